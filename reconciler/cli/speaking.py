"""What is seen of commands and options in the reader's language, beyond what click translates.

click looks up its sentences (``cli/__init__.py``), but not the words of a usage, nor the names of
values; and its help texts only once. All commands have ``--lang`` from here.
"""

import re
from collections.abc import Callable, Mapping
from copy import copy
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.core.language import LANGUAGES, OPTION
from reconciler.core.messages import Field, say, template

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem
    from click.types import OptionHelpExtra

Number = TypeVar("Number", int, float)

_PLACEHOLDERS = (
    template("ARGS"),
    template("COMMAND"),
    template("DIR"),
    template("DURATION"),
    template("FILE"),
    template("GLOB"),
    template("HEADING"),
    template("ID"),
    template("KEY"),
    template("LABEL"),
    template("MS"),
    template("NAME"),
    template("OPTIONS"),
    template("PLANFILE"),
    template("PORT"),
    template("REV"),
    template("SECONDS"),
    template("TIME"),
    template("URL"),
    template("VALUE"),
)
"""What stands for what is to be typed; any other word in such a place is shown as it is."""
_PLACEHOLDER = re.compile(rf"\b(?:{'|'.join(_PLACEHOLDERS)})\b")
_HELP = template("Show this message and exit.")


def placeholders(shown: str) -> str:
    """Return what stands for values in the reader's language, as in ``KEY[=VALUE]``."""
    return _PLACEHOLDER.sub(lambda found: say(found[0]), shown)


class Ranged(click.ParamType[Number]):
    """A number from one to another, each of which it may be."""

    def __init__(self, least: float, most: float = inf) -> None:
        self._least, self._most = least, most

    @property
    def said(self) -> str:
        """The range in the reader's language."""
        if self._most == inf:
            return say("at least {least}", least=self._least)
        return say("{least} to {most}", least=self._least, most=self._most)

    def within(self, number: Number, typed: object, param: Any, ctx: Any) -> Number:
        """Return the number, or raise a usage error where it is outside, as NaN is."""
        if self._least <= number <= self._most:
            return number
        fields: dict[str, Field] = {"typed": str(typed), "least": self._least, "most": self._most}
        if self._most == inf:
            return self.fail(say("{typed} is less than {least}.", **fields), param, ctx)
        return self.fail(say("{typed} is not from {least} to {most}.", **fields), param, ctx)


class SpokenOption(click.Option):
    """An option whose help is looked up when it is shown."""

    fields: Callable[[], Mapping[str, Field]] = dict
    """Gives the fields of its help, and of its default in words."""

    @property
    def said(self) -> str:
        """The help in the reader's language."""
        return say(self.help or "", **self.fields())

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's name and its help, as they are shown."""
        shown = copy(self)
        shown.help = self.said
        if isinstance(self.show_default, str):
            shown.show_default = say(self.show_default, **self.fields())
        return click.Option.get_help_record(shown, ctx)

    def get_help_extra(self, ctx: click.Context) -> "OptionHelpExtra":
        """Return what stands in brackets behind the help, such as the range of a number."""
        extra = super().get_help_extra(ctx)
        if isinstance(self.type, Ranged):
            extra["range"] = self.type.said
        return extra

    def make_metavar(self, ctx: click.Context) -> str:
        """Return what stands for the option's value."""
        return placeholders(super().make_metavar(ctx))


class SpokenArgument(click.Argument):
    """An argument whose name is looked up when it is shown."""

    def make_metavar(self, ctx: click.Context) -> str:
        """Return what stands for the argument's value."""
        return placeholders(super().make_metavar(ctx))


class _LanguageOption(SpokenOption):
    """Only to be shown, completed and refused: what it asks for is done before it is read."""

    def value_from_envvar(self, ctx: click.Context) -> None:
        """Leave the variable alone, which may name a language that is not known here."""


def _language_option() -> click.Option:
    return _LanguageOption(
        [OPTION],
        type=click.Choice(LANGUAGES),
        envvar="SANTRAL_LANG",
        expose_value=False,
        help=template(
            "The language of all that is shown: Turkish or English. If not given, the first of "
            "SANTRAL_LANG, LC_ALL, LC_MESSAGES and LANG that is set chooses it."
        ),
    )


class Spoken(click.Command):
    """A command that is shown in the reader's language, and lets them choose it."""

    def __init__(self, *names: Any, **attributes: Any) -> None:
        super().__init__(*names, **attributes)
        self.params.append(_language_option())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; raises usage errors that know the command, as not all of click do."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return --help, which click makes once."""
        option = super().get_help_option(ctx)
        if option:
            option.help = say(_HELP)
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return what it does in a few words."""
        shown = copy(self)
        shown.help = say(self.help or "")
        return click.Command.get_short_help_str(shown, limit)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what stands behind the command's name."""
        return [*map(placeholders, super().collect_usage_pieces(ctx))]

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Return options and commands that begin like this, with what each is for."""
        options = [one for one in self.get_params(ctx) if isinstance(one, SpokenOption)]
        said = {name: one.said for one in options for name in (*one.opts, *one.secondary_opts)}
        found = super().shell_complete(ctx, incomplete)
        for item in found:
            item.help = said.get(str(item.value), item.help)
        return found
