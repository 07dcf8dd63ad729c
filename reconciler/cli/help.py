"""How the help of a command is laid out; what it says is looked up when it is shown."""

from enum import StrEnum

import click

from reconciler.core.messages import template


class Heading(StrEnum):
    """What an option is about, in the order of the help."""

    SELECTION = template("Selection")
    COMPARISON = template("Comparison")
    API = template("API")
    URLS = template("URLs")
    LIMITS = template("Limits")
    JOURNAL = template("Journal")
    OUTPUT = template("Output")
    GENERAL = template("Options")


def write_help_text(formatter: click.HelpFormatter, text: str) -> None:
    """Write what a command does below its usage, as click lays it out."""
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(text)
