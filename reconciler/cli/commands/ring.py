"""``santral ring``: one call event that is made up, for the developer of a CRM to see arrive."""

from dataclasses import dataclass

import click

from reconciler.cli.api_options import Access, ringing_options
from reconciler.cli.completing import complete_santrals
from reconciler.cli.console import Console
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.knocking import allow_private_option, desired_option, refuse_for_proposals
from reconciler.cli.options import (
    config_option,
    grouped,
    option,
    quiet_option,
    show_urls_option,
)
from reconciler.cli.speaking import SpokenArgument
from reconciler.config.load import load
from reconciler.core.messages import say, template
from reconciler.doctor.call_event import Event

_HELP = template(
    "Send one made-up call event to the live notification_url of a santral, or to any URL.\n\n"
    "It is a POST with every field that the vendor documents, as a form; the numbers are zeros, "
    "and call_uuid begins with santral-test. So the developer of a CRM sees one arrive without a "
    "call. On a terminal it shows the event and asks first. A URL needs no key and no file. The "
    "exit code is 0 if the answer is a success, and 1 if not."
)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is sent, and how."""

    event: str
    desired: bool
    allow_private: bool
    yes: bool
    show_urls: bool
    quiet: bool


@click.command("ring", cls=HeadedCommand, help=_HELP)
@click.argument("called", cls=SpokenArgument, metavar="NAME|URL", shell_complete=complete_santrals)
@config_option
@ringing_options
@grouped(
    "wish",
    _Wish,
    option(
        "--event",
        type=click.Choice([str(event) for event in Event]),
        default=str(Event.RINGING),
        show_default=True,
        help=template("Which event of a call it is, by the names of the vendor."),
    ),
    desired_option,
    allow_private_option,
    option("--yes", is_flag=True, help=template("Do not ask on a terminal.")),
    show_urls_option,
    quiet_option,
)
def command(called: str, config: tuple[str, ...], access: Access, wish: _Wish) -> int:
    """Run ``santral ring``, and return the exit code."""
    from reconciler.cli import called as calling  # noqa: PLC0415
    from reconciler.cli.ringing import Ring  # noqa: PLC0415
    from reconciler.client.receiver import SECONDS, Receivers  # noqa: PLC0415

    is_url = "://" in called
    if wish.desired and is_url:
        raise click.UsageError(say("--desired is for a santral of the files, not for a URL."))
    if wish.desired:
        refuse_for_proposals()
    console = Console(wish.quiet)
    choice = calling.Choice(wish.desired, wish.allow_private)
    if is_url:
        found = calling.of_url(called, access, console, choice)
    else:
        fleet = load(config).fleet
        santral = calling.named(called, fleet)
        found = calling.of_santral(santral, fleet, access, console, choice)
    receivers = Receivers(access.timeout or SECONDS, allow_private=wish.allow_private)
    ring = Ring(found, Event(wish.event), console, wish.show_urls)
    return ring.carry_out(None if access.sandbox else receivers, yes=wish.yes)
