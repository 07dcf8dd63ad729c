"""The journal: what each run was about to change, what came of it, and going back by it."""
