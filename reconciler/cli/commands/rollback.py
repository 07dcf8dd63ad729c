"""``santral rollback``: plan and apply the settings from before a run."""

import os
from dataclasses import replace
from pathlib import Path

import click

from reconciler.cli.applying import Applying, Approval, approval_options
from reconciler.cli.help import HeadedCommand, Heading
from reconciler.cli.journal import report_unreadable
from reconciler.cli.options import option
from reconciler.cli.output import Presenter
from reconciler.cli.run import Request, open_run, run_options
from reconciler.core.messages import Message, template
from reconciler.core.text import printable
from reconciler.journal.journal import Journal
from reconciler.journal.rollback import RollbackError, rollback_of

_HELP = template(
    "Plan the settings from before a run, then make the changes as apply does.\n\n"
    "Restores what, according to the journal, the run changed or may have changed. The files only "
    "say which key belongs to which santral; if they ask for something else, plan shows it "
    "afterwards."
)


@click.command("rollback", cls=HeadedCommand, help=_HELP)
@option(
    "--run",
    "run_id",
    heading=Heading.SELECTION,
    metavar="ID",
    show_default=template("the last one that changed anything"),
    help=template("The run to undo, as history lists it."),
)
@run_options
@approval_options
def command(run_id: str | None, request: Request, approval: Approval) -> int:
    """Run ``santral rollback``, and return the exit code."""
    request.forbid_overwriting(keeps_journal=True)
    console, selection = request.output.console, request.selection
    every = replace(request, selection=replace(selection, target=(), exclude=()))
    fleets = every.load_fleets(console)
    with _existing_journal(request.journal) as journal:
        report_unreadable(journal.past, journal.past.unreadable, console)
        with open_run(request.access, fleets, console) as opened:
            rollback = rollback_of(journal.past, run_id, opened.session.trust)
            for line in rollback.lost_lines:
                console.error(line)
            wanted = rollback.wanted(fleets.whole, selection.target, selection.exclude)
            rollback.require_same_api(opened.session.name)
            run = replace(opened, fleets=replace(fleets, wanted=wanted))
            applying = Applying(run, journal, Presenter(request.output, console), approval)
            return applying.carry_out("rollback", rollback.reviewed)


def _existing_journal(path: str) -> Journal:
    """Open the journal, but make none: raises RollbackError, JournalError."""
    if not _may_exist(path):
        raise RollbackError(Message("journal-missing", path=printable(path)))
    return Journal(Path(path))


def _may_exist(path: str) -> bool:
    """Return whether something is there, or stands in the way of it, which opening it will say."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True
