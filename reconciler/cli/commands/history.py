"""``santral history``: list what earlier runs changed."""

import click

from reconciler.cli.console import Console
from reconciler.cli.help import HeadedCommand, Heading
from reconciler.cli.journal import report_unreadable
from reconciler.cli.options import (
    journal_option,
    no_color_option,
    option,
    sandbox_option,
    show_urls_option,
)
from reconciler.cli.session import journal_path
from reconciler.client.api import PRODUCTION
from reconciler.core.errors import ExitCode
from reconciler.core.messages import say, template
from reconciler.journal.contents import JournalContents
from reconciler.journal.history import runs_of
from reconciler.journal.journal import read_journal
from reconciler.render import history

_HELP = template(
    "List the runs of apply and rollback, newest first: when, who, what, and how it ended.\n\n"
    "Reads only the journal: needs no key and no network, and writes nothing."
)


@click.command("history", cls=HeadedCommand, help=_HELP)
@journal_option
@sandbox_option
@option(
    "--format",
    "format_",
    heading=Heading.OUTPUT,
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help=template("What to write to stdout. santral schema history describes the JSON."),
)
@show_urls_option
@no_color_option
def command(
    *, journal: str | None, sandbox: bool, format_: str, show_urls: bool, no_color: bool
) -> ExitCode:
    """Run ``santral history``, and return the exit code."""
    console = Console(no_color=no_color)
    past = read_journal(journal_path(journal, sandbox=sandbox))
    runs = runs_of(past.records)[::-1]
    _report(past, console, is_empty=not runs)
    if format_ == "json":
        console.write(history.render_json(runs, show_urls=show_urls))
    else:
        text = history.render_text(runs, console.style, PRODUCTION, show_urls=show_urls)
        console.write(text)
    return ExitCode.OK


def _report(past: JournalContents, console: Console, *, is_empty: bool) -> None:
    """Say what the list does not show; also of lines that an earlier run has reported."""
    report_unreadable(past, past.unreadable, console)
    if past.is_busy:
        console.error(str(past.busy))
    if is_empty:
        console.error(say("There is no run in the journal {path}.", path=past.shown_path))
