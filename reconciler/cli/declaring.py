"""A command and its options, as every command here is declared.

The help stands under headings, and is looked up when it is shown. An option's variable is named in
errors, and what is typed nearly right is answered with what to type.
"""

import os
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import click

from reconciler.cli.help import Heading, write_help_text
from reconciler.cli.near_misses import option_hints, refuse_single_dash
from reconciler.cli.speaking import Spoken, SpokenOption
from reconciler.cli.variables import (
    is_of_environment,
    mistyped_variables,
    options_about,
    taken_from_environment,
    variables_of,
    variables_of_all,
    without,
)
from reconciler.core.errors import SantralError
from reconciler.core.messages import Field, say, template
from reconciler.core.text import printable

_VARIABLES = template(
    "Every option can also be set by an environment variable: SANTRAL_ and the name of the option, "
    "as in SANTRAL_PARALLELISM=32. An option on the command line wins. Several values in one "
    "variable are separated by spaces, except in SANTRAL_CONFIG, where they are separated as in "
    "PATH; SANTRAL_KEYS_FILE and SANTRAL_SECRETS_FILE name one file each."
)

_PASSED_OVER = template("{variable} has a value that is not for {command}. It is passed over.")

_MISTYPED = template("{variable} is not read. Did you mean {near}?")


class HeadedOption(SpokenOption):
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
        self.fields = fields
        self._is_for_others = is_for_others

    def value_from_envvar(self, ctx: click.Context) -> Any:
        """Return the variable's value, without what is for others, which is said on stderr."""
        value, has_foreign = without(super().value_from_envvar(ctx), self._is_for_others)
        if has_foreign:
            fields = {"variable": str(self.envvar), "command": ctx.command_path}
            _say(say(_PASSED_OVER, **fields))
        return value

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Return what an error is about: the variable where the value came from there."""
        if ctx and is_of_environment(ctx, str(self.name)):
            return str(self.envvar)
        return super().get_error_hint(ctx)


class HeadedCommand(Spoken):
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
        self._warn_of_variables(ctx)
        try:
            return super().invoke(ctx)
        except SantralError as error:
            error.add_note(taken_from_environment(ctx, error.options, str(error)))
            raise
        except click.UsageError as error:
            error.add_note(taken_from_environment(ctx, options_about(error, ctx), error.message))
            raise

    def _warn_of_variables(self, ctx: click.Context) -> None:
        """Name variables that look mistyped: what they ask for is not done."""
        others = partial(variables_of_all, ctx)
        for name, near in mistyped_variables(variables_of(self), os.environ, others):
            shown = printable(name)
            _say(say(_MISTYPED, variable=shown, near=near))

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


def _say(text: str) -> None:
    """Write to stderr, before a command has a console; importing that takes time."""
    from reconciler.cli.console import Console  # noqa: PLC0415

    Console().error(text)


def _heading(option: click.Option) -> Heading:
    """Return an option's heading; click's own, --help, has none."""
    return option.heading if isinstance(option, HeadedOption) else Heading.GENERAL
