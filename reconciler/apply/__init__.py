"""Carrying a plan out: the protocol of one change, its journal, and a whole run."""
