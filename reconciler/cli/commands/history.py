"""``santral history``: list what earlier runs changed."""

import click

from reconciler.cli.console import Console
from reconciler.cli.help import HeadedCommand, Heading
from reconciler.cli.journal import tell_unreadable
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
from reconciler.journal.contents import JournalContents
from reconciler.journal.history import runs_of
from reconciler.journal.journal import read_journal
from reconciler.render import history
from reconciler.render.as_text import TextStyle


@click.command("history", cls=HeadedCommand)
@journal_option
@sandbox_option
@option(
    "--format",
    "format_",
    heading=Heading.OUTPUT,
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to write on stdout; santral schema history describes the JSON.",
)
@show_urls_option
@no_color_option
def command(
    *, journal: str | None, sandbox: bool, format_: str, show_urls: bool, no_color: bool
) -> ExitCode:
    """List the runs of apply and rollback, newest first: when, who, what, and how it ended.

    Reads the journal alone: needs no key and no network, and writes nothing.
    """
    console = Console(no_color=no_color)
    past = read_journal(journal_path(journal, sandbox=sandbox))
    runs = runs_of(past.records)[::-1]
    _tell(past, console, is_empty=not runs)
    if format_ == "json":
        console.write(history.render_json(runs, show_urls=show_urls))
    else:
        style = TextStyle(console.shows_colour)
        console.write(history.render_text(runs, style, PRODUCTION, show_urls=show_urls))
    return ExitCode.OK


def _tell(past: JournalContents, console: Console, *, is_empty: bool) -> None:
    """Tell what the list does not show; also of lines that an earlier run has told of."""
    tell_unreadable(past, past.unreadable, console)
    if past.is_busy:
        console.error(past.busy_sentence)
    if is_empty:
        console.error(f"There is no run in the journal {past.shown_path}.")
