"""The values that everything speaks of: settings, santrals, plans, outcomes, and safe text."""
