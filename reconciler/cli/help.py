"""The help of a command: its options, each under a heading, in the reader's language.

What a command or an option says of itself is a template, which is looked up when it is shown.
"""

from collections.abc import Callable, Collection, Mapping
from copy import copy
from enum import StrEnum
from typing import Any

import click

from reconciler.cli.console import Console
from reconciler.cli.near_misses import option_hints, refuse_single_dash
from reconciler.cli.variables import is_of_environment, taken_from_environment, without
from reconciler.core.errors import SantralError
from reconciler.core.messages import Field, say, template

_VARIABLES = template(
    "Every option can also be set by an environment variable: SANTRAL_ and the name of the option, "
    "as in SANTRAL_PARALLELISM=32. An option on the command line wins. Several values in one "
    "variable are separated by spaces, except in SANTRAL_CONFIG, where they are separated as in "
    "PATH; SANTRAL_KEYS_FILE names one file."
)

_PASSED_OVER = template(
    "{variable} has a value that {command} does not take, but others do. It is passed over."
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
        is_for_others: Callable[[str], bool] = lambda _: False,
        **attributes: Any,
    ) -> None:
        """Make the option; ``fields`` gives those of its help, and of its default in words.

        ``is_for_others`` says of a value of its variable that only other programs, or other
        commands, know what to do with it.
        """
        super().__init__(*names, **attributes)
        self.heading = heading
        self._fields = fields
        self._is_for_others = is_for_others

    def value_from_envvar(self, ctx: click.Context) -> Any:
        """Return the variable's value, without what is for others, which is said on stderr."""
        value, has_foreign = without(super().value_from_envvar(ctx), self._is_for_others)
        if has_foreign:
            fields = {"variable": str(self.envvar), "command": ctx.command_path}
            Console().error(say(_PASSED_OVER, **fields))
        return value

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Return what an error is about: the variable where the value came from there."""
        if ctx and is_of_environment(ctx, str(self.name)):
            return str(self.envvar)
        return super().get_error_hint(ctx)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's name and its help, as they are shown."""
        shown, fields = copy(self), self._fields()
        shown.help = say(self.help or "", **fields)
        if isinstance(self.show_default, str):
            shown.show_default = say(self.show_default, **fields)
        return click.Option.get_help_record(shown, ctx)


class HeadedCommand(click.Command):
    """A command whose help lists its options under their headings.

    An error that may be about the value of a variable says so.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; raises a usage error with what else to type, where that is known."""
        typed = [*args]
        try:
            refuse_single_dash(self, typed)
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise _with_hints(error, [*option_hints(self, typed)], ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; raises what it raises."""
        try:
            return super().invoke(ctx)
        except SantralError as error:
            error.add_note(taken_from_environment(ctx, error.options, str(error)))
            raise
        except click.UsageError as error:
            about = getattr(error, "options", None) or _named_in(error.message, ctx)
            error.add_note(taken_from_environment(ctx, about, error.message))
            raise

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


def _with_hints(
    error: click.UsageError, hints: Collection[str], context: click.Context
) -> click.UsageError:
    """Return the error with what to type instead; where that is known, without click's guesses."""
    if hints and isinstance(error, click.NoSuchOption):
        error = click.NoSuchOption(error.option_name, ctx=context)
    for hint in hints:
        error.add_note(hint)
    return error


def _named_in(message: str, context: click.Context) -> Collection[str]:
    """Return the options that a message names."""
    options = (one for one in context.command.params if isinstance(one, HeadedOption))
    return {str(one.name) for one in options if any(opt in message for opt in one.opts)}


def write_help_text(formatter: click.HelpFormatter, text: str) -> None:
    """Write what a command does below its usage, as click lays it out."""
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(text)


def _heading(option: click.Option) -> Heading:
    """Return an option's heading; click's own, --help, has none."""
    return option.heading if isinstance(option, HeadedOption) else Heading.GENERAL
