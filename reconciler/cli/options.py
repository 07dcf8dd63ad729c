"""The options that several commands share, handed to each as one value."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from reconciler.cli.help import HeadedOption, Heading
from reconciler.cli.values import LimitType, RateType, Seconds
from reconciler.client.api import PRODUCTION
from reconciler.client.proxy import Proxy
from reconciler.core.guard import DEFAULT_LIMIT, SMALLEST_GUARDED_FLEET
from reconciler.core.messages import say, template
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
        raise click.BadParameter(say("It is empty. Is a variable not set?"))
    return value


def option(
    *names: str, heading: Heading = Heading.GENERAL, **attributes: Any
) -> Callable[[Command], Command]:
    """Declare an option that an environment variable SANTRAL_<OPTION> can give too.

    Where a key could have that variable, ``envvar`` names another.
    """
    long = next(name for name in names if name.startswith("--")).split("/")[0]
    variable = f"SANTRAL_{long.removeprefix('--').upper().replace('-', '_')}"
    attributes = {"envvar": variable, "heading": heading, **attributes}
    return click.option(*names, cls=HeadedOption, **attributes)


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
    heading=Heading.SELECTION,
    multiple=True,
    default=("santral.yaml",),
    show_default="santral.yaml",
    metavar="FILE|DIR",
    type=click.Path(allow_dash=True),
    help=template(
        "A file, a directory (every *.yaml and *.yml in it, as one fleet), or - for stdin. "
        "Repeatable."
    ),
)

selection_options = grouped(
    "selection",
    Selection,
    config_option,
    option(
        "--target",
        heading=Heading.SELECTION,
        multiple=True,
        metavar="GLOB",
        help=template("Only santrals whose name matches, such as ankara-*. Repeatable."),
    ),
    option(
        "--exclude",
        heading=Heading.SELECTION,
        multiple=True,
        metavar="GLOB",
        help=template("Exclude santrals whose name matches. Repeatable."),
    ),
)


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
                say(
                    "--proxy is only for an https --api-url: over http the proxy would read the "
                    "keys."
                )
            )


def is_loopback(api_url: str) -> bool:
    """Return whether an accepted address is one of this machine."""
    return bool(re.fullmatch(rf"https?://(?:{_LOOPBACK})(?::[0-9]+)?", api_url))


def _api_url(_: click.Context, __: click.Parameter, value: str) -> str:
    """Accept an https origin, or http on loopback; a key must not travel in the open."""
    match = _ORIGIN.fullmatch(value)
    if not match or int(match["port"] or 0) > HIGHEST_PORT:
        raise click.BadParameter(say("It must be https://HOST[:PORT], or http://127.0.0.1[:PORT]."))
    return value.rstrip("/")


sandbox_option = option(
    "--sandbox",
    heading=Heading.API,
    is_flag=True,
    help=template("Use the stand-in API in this process: made-up keys, no network, no risk."),
)

journal_option = option(
    "--journal",
    heading=Heading.JOURNAL,
    type=click.Path(),
    metavar="FILE",
    show_default=template(
        ".santral/journal.jsonl, or with --sandbox .santral/sandbox-journal.jsonl"
    ),
    help=template("Write changes to this file before they are sent. history and rollback read it."),
)


def _proxy(context: click.Context, parameter: click.Parameter, value: str | None) -> Proxy | None:
    """Accept a proxy; one with a password only where other programs cannot read it."""
    if not value:
        return None
    proxy = Proxy.parse(value)
    if not proxy:
        raise click.BadParameter(say("It must be http://HOST[:PORT] or https://HOST[:PORT]."))
    is_argument = context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
    if proxy.authorization and is_argument:
        raise click.BadParameter(
            say(
                "Every program on this machine can read the arguments. Give a URL with a user and "
                "a password as SANTRAL_PROXY instead."
            )
        )
    return proxy


access_options = grouped(
    "access",
    Access,
    option(
        "--keys-file",
        heading=Heading.API,
        type=click.Path(),
        metavar="FILE",
        help=template(
            'The keys: lines "name=key", or a JSON object, of at most 16 MiB; also from a pipe '
            "such as /dev/fd/63. It takes precedence over SANTRAL_KEYS (the same lines in a "
            "variable), and that over SANTRAL_KEY_<NAME> (one key)."
        ),
    ),
    option(
        "--api-url",
        heading=Heading.API,
        default=PRODUCTION,
        show_default=True,
        callback=_api_url,
        metavar="URL",
        help=template("The address of the API: https, or loopback."),
    ),
    option(
        "--proxy",
        heading=Heading.API,
        callback=_proxy,
        metavar="URL",
        help=template(
            "The proxy through which to reach an https API, http[s]://HOST[:PORT]; none if not "
            "given. Give one with a user and a password as SANTRAL_PROXY."
        ),
    ),
    sandbox_option,
    journal_option,
    option(
        "--parallelism",
        heading=Heading.LIMITS,
        type=click.IntRange(1, 256),
        default=10,
        show_default=True,
        metavar="N",
        help=template("Number of santrals at a time."),
    ),
    option(
        "--rate",
        heading=Heading.LIMITS,
        type=RateType(),
        metavar="N/s|N/m",
        show_default="none",
        help=template(
            "Maximum request rate for the run, all santrals together, such as 5/s or 10/m."
        ),
    ),
    option(
        "--timeout",
        heading=Heading.LIMITS,
        type=Seconds(0.1, 3600),
        show_default=template("15 for a GET, 60 for a POST"),
        metavar="SECONDS",
        help=template("Total time allowed per request."),
    ),
    option(
        "--time-limit",
        heading=Heading.LIMITS,
        type=Seconds(0.1, 604_800),
        show_default="none",
        metavar="SECONDS",
        help=template("Stop starting work after this long; finish what is under way."),
    ),
    option(
        "--key-renewed",
        heading=Heading.JOURNAL,
        envvar="SANTRAL_RENEWED_KEY",  # What begins with SANTRAL_KEY_ is a key.
        multiple=True,
        metavar="NAME",
        help=template(
            "Trust the journal's entries for this santral even though they do not match its key, "
            "which was renewed in the panel. Repeatable. The variable is SANTRAL_RENEWED_KEY."
        ),
    ),
)


no_color_option = option(
    "--no-color",
    heading=Heading.OUTPUT,
    is_flag=True,
    help=template("No colour on a terminal. The variable NO_COLOR does the same."),
)

show_urls_option = option(
    "--show-urls",
    heading=Heading.OUTPUT,
    is_flag=True,
    help=template("Do not mask query values, the user part and the fragment of URLs."),
)

talk_options = (
    no_color_option,
    option(
        "-q",
        "--quiet",
        heading=Heading.OUTPUT,
        is_flag=True,
        help=template("Write only errors to stderr."),
    ),
    option(
        "-v",
        "--verbose",
        heading=Heading.OUTPUT,
        is_flag=True,
        help=template("Write each request and each wait to stderr."),
    ),
)


max_changes_option = option(
    "--max-changes",
    heading=Heading.LIMITS,
    type=LimitType(),
    metavar="N|P%",
    show_default=template(
        "{limit} once the files have {fleet} santrals; with fewer, but as many keys at hand, of "
        "those"
    ),
    fields=lambda: {"limit": str(DEFAULT_LIMIT), "fleet": SMALLEST_GUARDED_FLEET},
    help=template(
        "Refuse to apply more changes than this number, or than this share of the santrals in the "
        "files. A share counts those that have a key of their own at hand, except those that were "
        "asked and could not be read."
    ),
)
