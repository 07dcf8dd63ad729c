"""The help of a command: its options, each under a heading, in the reader's language.

What a command or an option says of itself is a template, which is looked up when it is shown.
"""

from collections.abc import Callable, Mapping
from copy import copy
from enum import StrEnum
from typing import Any

import click

from reconciler.core.messages import Field, say, template

_VARIABLES = template(
    "Every option can also be set by an environment variable: SANTRAL_ and the name of the option, "
    "as in SANTRAL_PARALLELISM=32. An option on the command line wins. Several values in one "
    "variable are separated as in PATH where they name files, by spaces otherwise."
)


class Heading(StrEnum):
    """What an option is about, in the order of the help."""

    SELECTION = template("Selection")
    COMPARISON = template("Comparison")
    API = template("API")
    LIMITS = template("Limits")
    JOURNAL = template("Journal")
    OUTPUT = template("Output")
    GENERAL = template("Options")


class HeadedOption(click.Option):
    """An option that knows its heading."""

    def __init__(
        self,
        *names: Any,
        heading: Heading = Heading.GENERAL,
        fields: Callable[[], Mapping[str, Field]] = dict,
        **attributes: Any,
    ) -> None:
        """Make the option; ``fields`` gives those of its help, and of its default in words."""
        super().__init__(*names, **attributes)
        self.heading = heading
        self._fields = fields

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's name and its help, as they are shown."""
        shown, fields = copy(self), self._fields()
        shown.help = say(self.help or "", **fields)
        if isinstance(self.show_default, str):
            shown.show_default = say(self.show_default, **fields)
        return click.Option.get_help_record(shown, ctx)


class HeadedCommand(click.Command):
    """A command whose help lists its options under their headings."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what the command does."""
        write_help_text(formatter, say(self.help or ""))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each heading under which there are options."""
        for heading in Heading:
            rows = self._rows(ctx, heading)
            if rows:
                with formatter.section(say(heading)):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Say which variables there are, where there is any."""
        if any(isinstance(option, HeadedOption) for option in self.params):
            formatter.write_paragraph()
            formatter.write_text(say(_VARIABLES))

    def _rows(self, ctx: click.Context, heading: Heading) -> list[tuple[str, str]]:
        options = (one for one in self.get_params(ctx) if isinstance(one, click.Option))
        records = (one.get_help_record(ctx) for one in options if _heading(one) is heading)
        return [record for record in records if record]


def write_help_text(formatter: click.HelpFormatter, text: str) -> None:
    """Write what a command does below its usage, as click lays it out."""
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(text)


def _heading(option: click.Option) -> Heading:
    """Return an option's heading; click's own, --help, has none."""
    return option.heading if isinstance(option, HeadedOption) else Heading.GENERAL
