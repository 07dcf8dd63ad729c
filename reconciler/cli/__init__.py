"""The command line: the only part that prints, asks, and decides the exit code."""
