"""A pipeline's work at its forge: comments, issues, and what earlier jobs have kept."""
