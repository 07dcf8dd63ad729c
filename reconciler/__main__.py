"""Run the program as ``python -P -m reconciler``."""

from reconciler.cli.main import run

run()
