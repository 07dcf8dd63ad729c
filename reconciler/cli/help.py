"""The help of a command: its options, each under a heading."""

from enum import StrEnum
from typing import Any

import click

VARIABLES = (
    "Every option can also be set by an environment variable: SANTRAL_ and the option's name, as "
    "in SANTRAL_PARALLELISM=32. An option on the command line wins. Several values in one variable "
    "are separated as in PATH where they name files, by spaces otherwise."
)


class Heading(StrEnum):
    """What an option is about, in the order of the help."""

    SELECTION = "Selection"
    COMPARISON = "Comparison"
    API = "API"
    LIMITS = "Limits"
    JOURNAL = "Journal"
    OUTPUT = "Output"
    GENERAL = "Options"


class HeadedOption(click.Option):
    """An option that knows its heading."""

    def __init__(self, *names: Any, heading: Heading = Heading.GENERAL, **attributes: Any) -> None:
        super().__init__(*names, **attributes)
        self.heading = heading


class HeadedCommand(click.Command):
    """A command whose help lists its options under their headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each heading under which there are options."""
        for heading in Heading:
            rows = self._rows(ctx, heading)
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Say which variables there are, where there is any."""
        if any(isinstance(option, HeadedOption) for option in self.params):
            formatter.write_paragraph()
            formatter.write_text(VARIABLES)

    def _rows(self, ctx: click.Context, heading: Heading) -> list[tuple[str, str]]:
        options = (one for one in self.get_params(ctx) if isinstance(one, click.Option))
        records = (one.get_help_record(ctx) for one in options if _heading(one) is heading)
        return [record for record in records if record]


def _heading(option: click.Option) -> Heading:
    """Return an option's heading; click's own, --help, has none."""
    return option.heading if isinstance(option, HeadedOption) else Heading.GENERAL
