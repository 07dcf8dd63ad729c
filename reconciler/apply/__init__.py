"""Carrying a plan out: the protocol of one change, and a run of them."""
