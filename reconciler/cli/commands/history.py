"""``santral history``: list what earlier runs changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import click

from reconciler.cli.console import Console
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.formats import Format, is_elsewhere
from reconciler.cli.help import Heading
from reconciler.cli.journal import report_unreadable
from reconciler.cli.option_types import MomentType, WholeNumber
from reconciler.cli.options import (
    grouped,
    journal_option,
    no_color_option,
    option,
    sandbox_option,
    show_urls_option,
)
from reconciler.cli.past_runs import complete_past_santrals, is_missing, no_journal, run_option
from reconciler.cli.session import journal_path
from reconciler.client.api import PRODUCTION
from reconciler.core.errors import ExitCode
from reconciler.core.messages import say, template, text_of
from reconciler.documents import local_text
from reconciler.journal.contents import JournalContents
from reconciler.journal.history import PastRun, named, runs_of, touching
from reconciler.journal.journal import read_journal
from reconciler.render import history

_FORMATS = [str(Format.TEXT), str(Format.JSON)]
_HELP = template(
    "List the runs of apply and rollback, newest first: when, who, what, and how it ended.\n\n"
    "Times are local. Several runs in a row that had nothing to change share a line, except in the "
    "JSON; one that changed more than ten santrals only names them, unless --run picks it. A run "
    "that was killed is marked DID NOT END. Reads only the journal: needs no key and no network, "
    "and writes nothing."
)


@dataclass(frozen=True, slots=True)
class _Wish:
    """Which runs to list, and of which journal."""

    journal: str | None
    sandbox: bool
    target: tuple[str, ...]
    run_id: str | None
    since: datetime | None
    limit: int | None

    def read(self) -> JournalContents:
        """Return what the journal holds; raises JournalError."""
        return read_journal(journal_path(self.journal, sandbox=self.sandbox))

    def picked(self, past: JournalContents) -> Sequence[PastRun]:
        """Return the runs, newest first; raises UnknownRunError, NothingMatchesError."""
        runs = runs_of(past.records)
        touched = touching(runs, self.target, past.shown_path)
        if self.run_id is not None:
            wanted = named(self.run_id, runs, past.shown_path).id
            touched = tuple(run for run in touched if run.id == wanted)
        since = (run for run in touched[::-1] if not self.since or run.started >= self.since)
        return [*since][: self.limit]


_wish_options = grouped(
    "wish",
    _Wish,
    journal_option(template("Read the runs in this journal.")),
    sandbox_option(template("Read the runs of the sandbox, which have a journal of their own.")),
    option(
        "--target",
        heading=Heading.SELECTION,
        multiple=True,
        metavar="GLOB",
        shell_complete=complete_past_santrals,
        help=template(
            "Only changes of santrals whose name matches, such as ankara-*, and the runs that made "
            "them. Repeatable."
        ),
    ),
    run_option(help=template("Only the run of this ID.")),
    option(
        "--since",
        heading=Heading.SELECTION,
        type=MomentType(),
        metavar="TIME",
        help=template(
            "Only runs that began at this time or later: a time as in 2026-11-25 or "
            "2026-11-25T11:00, local without an offset, or an age such as 2h or 3d."
        ),
    ),
    option(
        "--limit",
        heading=Heading.SELECTION,
        type=WholeNumber(1),
        metavar="N",
        help=template("Only the newest N of those runs."),
    ),
)


@click.command("history", cls=HeadedCommand, help=_HELP)
@_wish_options
@option(
    "--format",
    "format_",
    heading=Heading.OUTPUT,
    type=click.Choice(_FORMATS),
    is_for_others=lambda value: is_elsewhere(value, _FORMATS),
    default="text",
    show_default=True,
    help=template("What to write to stdout. santral schema history describes the JSON."),
)
@show_urls_option
@no_color_option
def command(
    *,
    wish: _Wish,
    format_: str,
    show_urls: bool,
    no_color: bool,
) -> ExitCode:
    """Run ``santral history``, and return the exit code."""
    console = Console(no_color=no_color)
    past = wish.read()
    _report(past, console)
    runs = wish.picked(past) if past.records else ()
    if past.records and not runs:
        console.error(_none_of_them(past))
    if format_ == "json":
        console.write(history.render_json(runs, show_urls=show_urls))
    else:
        look = history.Look(
            console.style,
            PRODUCTION,
            show_urls,
            is_brief=wish.run_id is None,
            under_way=past.records[-1].run if past.is_busy and past.records else None,
        )
        console.write(history.render_text(runs, look))
    return ExitCode.OK


def _report(past: JournalContents, console: Console) -> None:
    """Say what the list does not show; also of lines that an earlier run has reported."""
    report_unreadable(past, past.unreadable, console)
    if past.is_busy:
        console.error(str(past.busy))
    if is_missing(past.path):
        console.error(text_of(no_journal(past.path)))
    elif not past.records:
        console.error(say("There is no run in the journal {path}.", path=past.shown_path))


def _none_of_them(past: JournalContents) -> str:
    """Say that no run is one that was asked for, and how far the journal goes."""
    last = local_text(runs_of(past.records)[-1].started)
    return say(
        "No run in the journal {path} is one that was asked for. The last one in it began at "
        "{time}.",
        path=past.shown_path,
        time=last,
    )
