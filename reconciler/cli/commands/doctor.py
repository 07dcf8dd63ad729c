"""``santral doctor``: does each key work, and does each URL take what the vendor sends."""

import click

from reconciler.cli.api_options import checking_options
from reconciler.cli.checkup_output import CHECKUP_FORMATS, present
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.formats import format_option
from reconciler.cli.help import Heading
from reconciler.cli.host_options import allow_hosts_option
from reconciler.cli.knocking import (
    CheckupWish,
    allow_private_option,
    desired_option,
    refuse_for_proposals,
)
from reconciler.cli.options import (
    grouped,
    option,
    selection_options_with_changed,
    show_urls_option,
    talk_options,
)
from reconciler.cli.output import Output
from reconciler.cli.run import Request, open_run
from reconciler.core.errors import ExitCode
from reconciler.core.messages import say, template

_HELP = template(
    "Check each santral: is its key at hand, does the API accept it, and does the server at "
    "its live notification_url take a POST as the vendor makes it to test a URL.\n\n"
    "Green is in order. Yellow needs a look: a certificate with less than 21 days left, an answer "
    "after more than 3 seconds, another URL than the file's, all events off. Red does not work. "
    "The "
    "exit code is 1 if anything is red. The API gets nothing but GETs, and a URL no key, no "
    "secret of another host, and nothing of the environment. This machine's view is not the "
    "vendor's."
)


@click.command("doctor", cls=HeadedCommand, help=_HELP)
@grouped(
    "request",
    Request,
    selection_options_with_changed,
    checking_options,
    allow_hosts_option,
    grouped(
        "output",
        Output,
        format_option(*CHECKUP_FORMATS, schema="doctor"),
        show_urls_option,
        *talk_options,
    ),
)
@grouped(
    "wish",
    CheckupWish,
    option(
        "--offline",
        heading=Heading.URLS,
        is_flag=True,
        help=template(
            "Only what takes no network: whether keys and secrets are at hand, and whether the "
            "URLs of the files are in order."
        ),
    ),
    option(
        "--no-post",
        heading=Heading.URLS,
        is_flag=True,
        help=template(
            "Only connect to each URL, with TLS, and send nothing: for a server that must not get "
            "a test."
        ),
    ),
    desired_option,
    allow_private_option,
)
def command(request: Request, wish: CheckupWish) -> int:
    """Run ``santral doctor``, and return the exit code."""
    from reconciler.cli.checking import Examination  # noqa: PLC0415

    if wish.offline and wish.no_post:
        raise click.UsageError(say("--offline and --no-post cannot be used together."))
    if wish.desired and not wish.offline:
        refuse_for_proposals()
    request.forbid_overwriting(keeps_journal=False)
    output, console = request.output, request.output.console
    with request.reported("doctor"):
        fleets = request.load_fleets(console, wants_files=False)
        with open_run(request, fleets, console, wants_files=False) as run:
            examined = Examination(run, wish, request.access.timeout, output.show_urls).carry_out()
    code = present(examined.checkup, output)
    codes: list[ExitCode] = [code, examined.checkup.exit_code]
    return examined.interrupted or ExitCode.most_severe(codes)
