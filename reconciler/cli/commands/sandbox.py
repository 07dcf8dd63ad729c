"""``santral sandbox``: serve the stand-in API."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from reconciler.cli.console import Console
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.interrupt import handling
from reconciler.cli.knocking import allow_private_option
from reconciler.cli.option_types import FilePath, WholeNumber, with_point
from reconciler.cli.options import grouped, keys_file_option, option
from reconciler.cli.output import forbid_overwriting
from reconciler.core.errors import ExitCode
from reconciler.core.messages import say, template
from reconciler.files import SANDBOX_STATE
from reconciler.keys.ring import read_keys_files
from reconciler.output_files import Kept
from reconciler.sandbox.service import Identify, RateLimit, Service, by_fingerprint, by_name
from reconciler.sandbox.store import Store

_A_WHILE = 0.5
"""Seconds; Python hears of a signal only once a wait has ended that it came right before."""


@dataclass(frozen=True, slots=True)
class _Options:
    """What the stand-in is to be like."""

    port: int
    state: str
    keys_file: tuple[str, ...]
    latency: int
    rate_limit: RateLimit | None
    check_urls: bool
    allow_private: bool


class _RateLimitType(click.ParamType[RateLimit]):
    name = "N/SECONDS"

    def convert(self, value: Any, param: Any, ctx: Any) -> RateLimit:
        requests, _, seconds = value.partition("/")
        match = re.fullmatch(
            r"([0-9]{1,6})/([0-9]{1,6}(?:\.[0-9]{1,3})?)", f"{requests}/{with_point(seconds)}"
        )
        if not match or not int(match[1]) or not float(match[2]):
            self.fail(say("It must be like 10/60: requests, a slash, seconds."), param, ctx)
        return RateLimit(int(match[1]), float(match[2]))


_HELP = template(
    "Serve the API on this machine as the vendor documents it, until Ctrl-C.\n\n"
    "Use it with --api-url http://127.0.0.1:PORT. The first line on stdout is its address."
)


@click.command("sandbox", cls=HeadedCommand, help=_HELP)
@grouped(
    "options",
    _Options,
    option(
        "--port",
        type=WholeNumber(0, 65535),
        default=8080,
        show_default=True,
        metavar="PORT",
        is_for_others=lambda value: value.startswith("tcp://"),  # Kubernetes, for such a service
        help=template("The port on 127.0.0.1, or 0 for any free one."),
    ),
    option(
        "--state",
        type=FilePath(dir_okay=False),
        default=str(SANDBOX_STATE),
        show_default=True,
        metavar="FILE",
        help=template(
            "The file that keeps the settings. Several sandboxes and --sandbox runs may share it."
        ),
    ),
    keys_file_option(
        template("The keys that exist. Repeatable. Without it, every well-formed key exists.")
    ),
    option(
        "--latency",
        type=WholeNumber(0, 60_000),
        default=0,
        metavar="MS",
        help=template("Delay each answer by this many milliseconds."),
    ),
    option(
        "--rate-limit",
        type=_RateLimitType(),
        metavar="N/SECONDS",
        help=template(
            "Answer 429 to more requests of a key than this, such as 10/60: ten in sixty seconds."
        ),
    ),
    option(
        "--check-urls",
        is_flag=True,
        help=template("Test a new notification_url with a POST, as the vendor does."),
    ),
    allow_private_option,
)
def command(options: _Options) -> ExitCode:
    """Run ``santral sandbox``, and return the exit code."""
    from reconciler.sandbox.server import SandboxServer  # noqa: PLC0415

    forbid_overwriting((), options.keys_file, kept=Kept(options.state, SANDBOX_STATE))
    service = Service(
        Store(Path(options.state)),
        _identify(options.keys_file),
        rate_limit=options.rate_limit,
        is_url_up=_test(options) if options.check_urls else lambda _: True,
    )
    server = SandboxServer(service, options.port, options.latency / 1000)
    ended = threading.Event()
    with handling(lambda _: ended.set()), server.running() as origin:
        Console().write(
            say("The sandbox is at {origin} (press Ctrl-C to stop it).", origin=origin) + "\n"
        )
        if options.keys_file:
            Console().info(say("Only the keys in the keys file exist there."))
        while not ended.wait(_A_WHILE):
            pass
    return ExitCode.OK


def _identify(keys_files: Sequence[str]) -> Identify:
    return by_name(read_keys_files(keys_files)) if keys_files else by_fingerprint


def _test(options: _Options) -> Callable[[str], bool]:
    from reconciler.doctor.vendor_test import vendor_test  # noqa: PLC0415

    return vendor_test(allow_private=options.allow_private)
