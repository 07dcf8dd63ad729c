"""The options that say how to reach the API, with which keys, and how hard to press it."""

from collections.abc import Callable
from dataclasses import dataclass

import click
from click.core import ParameterSource

from reconciler.cli.checkouts import require_outside_checkout
from reconciler.cli.help import Heading
from reconciler.cli.option_types import OneFile, RateType, Seconds, WholeNumber
from reconciler.cli.options import (
    Command,
    grouped,
    journal_option,
    keys_file_option,
    option,
    sandbox_option,
)
from reconciler.client.address import Address
from reconciler.client.api import PRODUCTION
from reconciler.client.proxy import Proxy
from reconciler.client.roots import Roots
from reconciler.core.errors import explaining
from reconciler.core.messages import say, template


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the API, with which keys, and how hard to press it."""

    keys_file: tuple[str, ...]
    api_url: str
    proxy: Proxy | None
    ca_file: Roots | None
    sandbox: bool
    timeout: float | None
    parallelism: int = 1
    rate: float | None = None
    """Requests a second."""
    time_limit: float | None = None
    secrets_file: tuple[str, ...] = ()
    journal: str | None = None
    key_renewed: tuple[str, ...] = ()
    """Santrals of which the journal is trusted although it does not fit their keys."""

    def __post_init__(self) -> None:
        if self.sandbox or not self.api_url.startswith("http:"):
            return
        if self.proxy:
            raise click.UsageError(
                say(
                    "--proxy is only for an https --api-url: over http the proxy would read the "
                    "keys."
                )
            )
        if self.ca_file:
            raise click.UsageError(
                say("--ca-file is only for an https --api-url: http has no certificates.")
            )


def _api_url(_: click.Context, __: click.Parameter, value: str) -> str:
    """Accept an https origin, or http on loopback; a key must not travel in the open."""
    address = Address.parse(value)
    if not address or address.path not in {"", "/"}:
        raise click.BadParameter(say("It must be https://HOST[:PORT], or http://127.0.0.1[:PORT]."))
    return address.origin


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


def _roots(_: click.Context, __: click.Parameter, value: str | None) -> Roots | None:
    """Read the file with the certificates to trust; a pull request must not bring it along."""
    if not value:
        return None
    require_outside_checkout(value)
    with explaining(lambda reason: click.BadParameter(str(reason))):
        roots = Roots.read(value)
    if not roots:
        raise click.BadParameter(
            say("It has no certificate in PEM form (-----BEGIN CERTIFICATE-----).")
        )
    return roots


def proxy_option(help_: str) -> Callable[[Command], Command]:
    """Declare --proxy."""
    return option("--proxy", heading=Heading.API, callback=_proxy, metavar="URL", help=help_)


def ca_file_option(help_: str) -> Callable[[Command], Command]:
    """Declare --ca-file."""
    return option("--ca-file", heading=Heading.API, callback=_roots, metavar="FILE", help=help_)


def _timeout_option(default: str) -> Callable[[Command], Command]:
    return option(
        "--timeout",
        heading=Heading.LIMITS,
        type=Seconds(0.1, 3600),
        show_default=default,
        metavar="SECONDS",
        help=template("Total time allowed per request."),
    )


timeout_option = _timeout_option(template("15 for a GET, 60 for a POST"))
_timeout_option_with_urls = _timeout_option(
    template("15 for a request to the API, 10 for one to a notification URL")
)

_keys_file_option = keys_file_option(
    template(
        'The keys: lines "name=key", or a JSON object, of at most 16 MiB; also from a pipe '
        "such as /dev/fd/63. Repeatable; the variable names one file. It takes precedence "
        "over SANTRAL_KEYS (the same lines in a variable, with SANTRAL_KEYS_2 to "
        "SANTRAL_KEYS_9 for more), and that over SANTRAL_KEY_<NAME> (one key)."
    ),
    heading=Heading.API,
)

_secrets_file_option = option(
    "--secrets-file",
    heading=Heading.API,
    multiple=True,
    type=OneFile(),
    metavar="FILE",
    help=template(
        'The secrets for {{secret.NAME}} in URLs: lines "NAME@HOST=VALUE", or a JSON object, HOST '
        "a host such as crm.example.com or *.example.com, with its port where that is not 443. "
        "Repeatable; "
        "the variable names one file. It takes precedence over SANTRAL_SECRETS (the same lines "
        "in a variable, with SANTRAL_SECRETS_2 to SANTRAL_SECRETS_9 for more)."
    ),
)

_api_url_option = option(
    "--api-url",
    heading=Heading.API,
    default=PRODUCTION,
    show_default=True,
    callback=_api_url,
    metavar="URL",
    help=template("The address of the API: https, or loopback."),
)

_parallelism_option = option(
    "--parallelism",
    heading=Heading.LIMITS,
    type=WholeNumber(1, 256),
    default=10,
    show_default=True,
    metavar="N",
    help=template("Number of santrals at a time."),
)

_rate_option = option(
    "--rate",
    heading=Heading.LIMITS,
    type=RateType(),
    metavar="N/s|N/m",
    show_default=template("none"),
    help=template(
        "Maximum request rate for the run, all santrals together, such as 5/s or 10/m. It is a "
        "process's own: of N shards, divide by N."
    ),
)

_time_limit_option = option(
    "--time-limit",
    heading=Heading.LIMITS,
    type=Seconds(0.1, 604_800),
    show_default=template("none"),
    metavar="SECONDS",
    help=template("Stop starting work after this long; finish what is under way."),
)


def _limits(timeout: Callable[[Command], Command]) -> tuple[Callable[[Command], Command], ...]:
    return (_parallelism_option, _rate_option, timeout, _time_limit_option)


_key_renewed_option = option(
    "--key-renewed",
    heading=Heading.JOURNAL,
    envvar="SANTRAL_RENEWED_KEY",  # What begins with SANTRAL_KEY_ is a key.
    multiple=True,
    metavar="NAME",
    help=template(
        "Trust the journal's entries for this santral even though they do not match its key, "
        "which was renewed in the panel. Repeatable. The variable is SANTRAL_RENEWED_KEY."
    ),
)

_PRIVATE = (_keys_file_option, _secrets_file_option)
_TO_THE_API = (
    _api_url_option,
    proxy_option(
        template(
            "The proxy through which to reach an https API, http[s]://HOST[:PORT]; none if not "
            "given. Give one with a user and a password as SANTRAL_PROXY."
        )
    ),
    ca_file_option(
        template(
            "The certificate authorities to trust for the API, in PEM, instead of the built-in "
            "ones: for a company that intercepts TLS with a CA of its own. Whoever holds that CA "
            "can read every key."
        )
    ),
    sandbox_option(
        template("Use the stand-in API in this process: made-up keys, no network, no risk.")
    ),
)

access_options = grouped(
    "access",
    Access,
    *_PRIVATE,
    *_TO_THE_API,
    journal_option(
        template("Write changes to this file before they are sent. history and rollback read it.")
    ),
    *_limits(timeout_option),
    _key_renewed_option,
)

reading_options = grouped(
    "access",
    Access,
    _keys_file_option,
    *_TO_THE_API,
    *_limits(timeout_option),
)
"""Those of a command that sends nothing but GETs, and for which no file has a URL."""

checking_options = grouped(
    "access",
    Access,
    *_PRIVATE,
    *_TO_THE_API,
    *_limits(_timeout_option_with_urls),
)
"""Those of a command that only reads, and asks notification URLs."""

ringing_options = grouped(
    "access",
    Access,
    *_PRIVATE,
    *_TO_THE_API,
    _timeout_option_with_urls,
)
"""Those of a command that reads at most one santral, and asks one notification URL."""
