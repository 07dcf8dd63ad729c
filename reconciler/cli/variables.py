"""Environment variables: those that stand for options, and those that are ignored on purpose."""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain

import click
from click.core import ParameterSource

from reconciler.core.messages import Message, say

_PRIVATE = ("SANTRAL_KEY", "SANTRAL_SECRET")
"""What the names of all variables with keys or secrets begin with.

The modules that read keys and secrets say which names are mistyped.
"""
_CLOSE = 0.88
"""How like each other two names of variables are, of which one may be mistyped."""
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
ROOTS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
_UNREACHED = frozenset(
    {"connection-none", "connection-timeout", "connection-broken", "name-unresolved", "tls-none"}
)
_DISTRUSTED = frozenset({"tls-untrusted", "proxy-tls-untrusted"})


def is_of_environment(context: click.Context, option: str) -> bool:
    """Return whether the value of an option, or of an argument, was taken from a variable."""
    return context.get_parameter_source(option) is ParameterSource.ENVIRONMENT


def taken_from_environment(context: click.Context, options: Collection[str], said: str) -> str:
    """Say which variables gave these options their values, apart from those named already."""
    given = (one for one in context.command.params if one.name in options)
    used = (str(one.envvar) for one in given if is_of_environment(context, str(one.name)))
    names = [name for name in used if name not in said]
    return say("Taken from the environment: {names}.", names=", ".join(names)) if names else ""


def without(
    value: str | Iterable[str] | None, is_for_others: Callable[[str], bool]
) -> tuple[str | list[str] | None, bool]:
    """Return the value of a variable without what only others understand; and whether it had that.

    Of several values in one variable the others stay.
    """
    if value is None or isinstance(value, str):
        is_foreign = value is not None and is_for_others(value)
        return (None if is_foreign else value), is_foreign
    given = [*value]
    kept = [one for one in given if not is_for_others(one)]
    return kept or None, len(kept) < len(given)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Variables of other programs that santral ignores on purpose, though they may be missed."""

    proxy: str | None = None
    """The first that names a proxy, where no option does."""
    roots: str | None = None
    """The first that names whose certificates to trust, where no option does."""

    @staticmethod
    def of(environment: Mapping[str, str], *, has_proxy: bool, has_roots: bool) -> "Ignored":
        """Return those that are set, and that no option stands in for."""
        proxy = None if has_proxy else next(filter(environment.get, PROXIES), None)
        roots = None if has_roots else next(filter(environment.get, ROOTS), None)
        return Ignored(proxy, roots)

    def missed_by(self, errors: Iterable[Message]) -> Iterator[Message]:
        """Yield what to say where some of them may be why santrals could not be read."""
        codes = {message.code for message in errors}
        if self.proxy and codes & _UNREACHED:
            yield Message("ignored-proxy", variable=self.proxy)
        if self.roots and codes & _DISTRUSTED:
            yield Message("ignored-roots", variable=self.roots)


def mistyped_variables(
    known: Collection[str], given: Iterable[str], others: Callable[[], Collection[str]]
) -> Iterator[tuple[str, str]]:
    """Yield variables that are no option's, each with the one of this command that it is like.

    ``others`` gives those of all commands, which are left alone; it may take long.
    """
    ours = (name for name in given if name.startswith("SANTRAL_"))
    strange = (name for name in ours if name not in known and not name.startswith(_PRIVATE))
    near = ((name, get_close_matches(name, known, 1, _CLOSE)) for name in sorted(strange))
    found = [(name, alike[0]) for name, alike in near if alike]
    if found:
        elsewhere = others()
        yield from (pair for pair in found if pair[0] not in elsewhere)


def variables_of(command: click.Command) -> Collection[str]:
    """Return the variables of a command's options."""
    return {str(one.envvar) for one in command.params if one.envvar}


def variables_of_all(context: click.Context) -> Collection[str]:
    """Return the variables of every command, which takes importing all of them."""
    return _variables_below(context.find_root().command, context)


def _variables_below(command: click.Command, context: click.Context) -> Collection[str]:
    if not isinstance(command, click.Group):
        return variables_of(command)
    below = (command.get_command(context, name) for name in command.list_commands(context))
    return {*chain.from_iterable(_variables_below(one, context) for one in below if one)}


def options_about(error: click.UsageError, context: click.Context) -> Collection[str]:
    """Return the options that an error names, or the words of whose variables it does."""
    options = (one for one in context.command.params if one.envvar)
    said = {*re.split(r"[\s:]+", error.message)}
    return {
        str(one.name)
        for one in options
        if said & {*one.opts, *re.split(r"[\s:=]+", os.environ.get(str(one.envvar), "-"))}
    }
