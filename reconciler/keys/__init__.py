"""Where keys come from, whose they are, and what may be said of those that nobody uses."""
