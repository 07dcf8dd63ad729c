"""The options that several commands share, handed to each as one value."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from math import isnan
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from reconciler.client.api import PRODUCTION
from reconciler.client.proxy import Proxy
from reconciler.core.guard import DEFAULT_LIMIT, SMALLEST_GUARDED_FLEET, Limit
from reconciler.core.url import HIGHEST_PORT

Command = TypeVar("Command", bound=Callable[..., Any])
_LOOPBACK = r"127\.0\.0\.1|localhost|\[::1\]"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ORIGIN = re.compile(
    rf"(?:https://(?:{_LABEL}(?:\.{_LABEL})*|{_LOOPBACK})|http://(?:{_LOOPBACK}))(?::(?P<port>[0-9]{{1,5}}))?/?"
)


def not_empty(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Refuse an empty name, which a variable that is not set leaves behind."""
    if value == "":
        raise click.BadParameter("It is empty; is a variable not set?")
    return value


def option(*names: str, **attributes: Any) -> Callable[[Command], Command]:
    """Declare an option that an environment variable SANTRAL_<OPTION> can give too.

    Where a key could have that variable, ``envvar`` names another.
    """
    long = next(name for name in names if name.startswith("--")).split("/")[0]
    variable = f"SANTRAL_{long.removeprefix('--').upper().replace('-', '_')}"
    return click.option(*names, **{"envvar": variable, **attributes})


def grouped(
    name: str, kind: type[Any], *options: Callable[[Any], Any]
) -> Callable[[Command], Command]:
    """Add options to a command, which gets their values as one dataclass."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_group(**values: Any) -> Any:
            group = kind(**{field.name: values.pop(field.name) for field in fields(kind)})
            return command(**{name: group}, **values)

        return functools.reduce(lambda so_far, add: add(so_far), reversed(options), with_group)  # type: ignore[return-value]

    return decorate


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files, and which of their santrals."""

    config: tuple[str, ...]
    target: tuple[str, ...]
    exclude: tuple[str, ...]


config_option = option(
    "-c",
    "--config",
    multiple=True,
    default=("santral.yaml",),
    show_default="santral.yaml",
    metavar="FILE|DIR",
    type=click.Path(allow_dash=True),
    help="A file, a directory (every *.yaml and *.yml in it), or - for stdin. Repeatable.",
)

selection_options = grouped(
    "selection",
    Selection,
    config_option,
    option(
        "--target",
        multiple=True,
        metavar="GLOB",
        help="Only santrals whose name matches. Repeatable.",
    ),
    option(
        "--exclude",
        multiple=True,
        metavar="GLOB",
        help="No santral whose name matches. Repeatable.",
    ),
)


class _Seconds(click.FloatRange):
    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        seconds = float(super().convert(value, param, ctx))
        return self.fail("It must be a number.", param, ctx) if isnan(seconds) else seconds


class _RateType(click.ParamType[float]):
    name = "N/s|N/m"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Return the requests a second."""
        match = re.fullmatch(r"([1-9][0-9]{0,5})/([sm])", value)
        if not match:
            self.fail("It must be like 5/s or 10/m: requests a second or a minute.", param, ctx)
        return int(match[1]) / (1 if match[2] == "s" else 60)


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the API, with which keys, and how hard to press it."""

    keys_file: str | None
    api_url: str
    proxy: Proxy | None
    sandbox: bool
    journal: str | None
    parallelism: int
    rate: float | None
    """Requests a second."""
    timeout: float | None
    time_limit: float | None
    key_renewed: tuple[str, ...] = ()
    """Santrals of which the journal is trusted although it does not fit their keys."""

    def __post_init__(self) -> None:
        if self.proxy and not self.sandbox and self.api_url.startswith("http:"):
            raise click.UsageError(
                "--proxy is for an https --api-url alone: over http the proxy would read the keys."
            )


def is_loopback(api_url: str) -> bool:
    """Return whether an accepted address is one of this machine."""
    return bool(re.fullmatch(rf"https?://(?:{_LOOPBACK})(?::[0-9]+)?", api_url))


def _api_url(_: click.Context, __: click.Parameter, value: str) -> str:
    """Accept an https origin, or http on loopback; a key must not travel in the open."""
    match = _ORIGIN.fullmatch(value)
    if not match or int(match["port"] or 0) > HIGHEST_PORT:
        raise click.BadParameter("It must be https://HOST[:PORT], or http://127.0.0.1[:PORT].")
    return value.rstrip("/")


sandbox_option = option(
    "--sandbox",
    is_flag=True,
    help="Use the stand-in API in this process: no key, no network, nothing at risk.",
)

journal_option = option(
    "--journal",
    type=click.Path(),
    metavar="FILE",
    show_default=".santral/journal.jsonl, or sandbox-journal.jsonl beside it with --sandbox",
    help="Where changes are written down before they are sent.",
)


def _proxy(context: click.Context, parameter: click.Parameter, value: str | None) -> Proxy | None:
    """Accept a proxy; one with a password only where other programs cannot read it."""
    if not value:
        return None
    proxy = Proxy.parse(value)
    if not proxy:
        raise click.BadParameter("It must be http://HOST[:PORT] or https://HOST[:PORT].")
    is_argument = context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
    if proxy.authorization and is_argument:
        raise click.BadParameter(
            "Every program on this machine can read the arguments; give a URL with a user and a "
            "password as SANTRAL_PROXY instead."
        )
    return proxy


access_options = grouped(
    "access",
    Access,
    option(
        "--keys-file",
        type=click.Path(),
        metavar="FILE",
        help='The keys: lines "name=key", or a JSON object.',
    ),
    option(
        "--api-url",
        default=PRODUCTION,
        show_default=True,
        callback=_api_url,
        metavar="URL",
        help="The API's address: https, or loopback.",
    ),
    option(
        "--proxy",
        callback=_proxy,
        metavar="URL",
        help="The proxy to reach an https API through; none if not given.",
    ),
    sandbox_option,
    journal_option,
    option(
        "--parallelism",
        type=click.IntRange(1, 256),
        default=10,
        show_default=True,
        metavar="N",
        help="Santrals at a time.",
    ),
    option(
        "--rate",
        type=_RateType(),
        help="Make no more requests than so many a second, or a minute, for all santrals together.",
    ),
    option(
        "--timeout",
        type=_Seconds(0.1, 3600),
        show_default="15 for a GET, 60 for a POST",
        metavar="SECONDS",
        help="The most that a request may take in all.",
    ),
    option(
        "--time-limit",
        type=_Seconds(0.1, 604_800),
        show_default="none",
        metavar="SECONDS",
        help="Begin and wait for nothing more after so long; what was begun is brought to an end.",
    ),
    option(
        "--key-renewed",
        envvar="SANTRAL_RENEWED_KEY",  # What begins with SANTRAL_KEY_ is a key.
        multiple=True,
        metavar="NAME",
        help="Trust the journal's entries of this santral although they do not fit its key, since "
        "that was renewed in the panel. Repeatable; its variable is SANTRAL_RENEWED_KEY.",
    ),
)


no_color_option = option(
    "--no-color", is_flag=True, help="No colour, also on a terminal. So does NO_COLOR."
)

talk_options = (
    no_color_option,
    option("-q", "--quiet", is_flag=True, help="Nothing on stderr but errors."),
    option("-v", "--verbose", is_flag=True, help="Tell each request and each wait on stderr."),
)


class _LimitType(click.ParamType[Limit]):
    name = "N|P%"

    def convert(self, value: Any, param: Any, ctx: Any) -> Limit:
        if isinstance(value, Limit):
            return value
        limit = Limit.of(value) if re.fullmatch("[0-9]{1,9}%?", value) else None
        if not limit or (limit.is_percent and limit.amount > 100):  # noqa: PLR2004
            return self.fail(
                "It must be a number of changes, or a percentage up to 100%.", param, ctx
            )
        return limit


max_changes_option = option(
    "--max-changes",
    type=_LimitType(),
    metavar="N|P%",
    show_default=f"{DEFAULT_LIMIT} once the files have {SMALLEST_GUARDED_FLEET} santrals; with "
    "fewer, but as many keys at hand, of those",
    help="Refuse to apply more changes than this, or than this share of the files' santrals: of "
    "those that have a key of their own at hand, less those that were asked and could not be read.",
)
