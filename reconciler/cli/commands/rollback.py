"""``santral rollback``: plan and apply the settings from before a run."""

import os
from dataclasses import replace
from pathlib import Path

import click

from reconciler.cli.applying import Applying, Approval, approval_options
from reconciler.cli.help import HeadedCommand, Heading
from reconciler.cli.journal import tell_unreadable
from reconciler.cli.options import option
from reconciler.cli.output import Presenter
from reconciler.cli.run import Request, open_run, run_options
from reconciler.core.text import printable
from reconciler.journal.journal import Journal
from reconciler.journal.rollback import RollbackError, rollback_of


@click.command("rollback", cls=HeadedCommand)
@option(
    "--run",
    "run_id",
    heading=Heading.SELECTION,
    metavar="ID",
    show_default="the last one that changed anything",
    help="The run to undo, as history lists it.",
)
@run_options
@approval_options
def command(run_id: str | None, request: Request, approval: Approval) -> int:
    """Plan the settings from before a run, then make the changes as apply does.

    It brings back what the run changed, or may have changed, by the journal. The files say only
    which key is whose; where they ask for something else, plan shows that afterwards.
    """
    request.forbid_overwriting(keeps_journal=True)
    console, selection = request.output.console, request.selection
    every = replace(request, selection=replace(selection, target=(), exclude=()))
    fleets = every.load_fleets(console)
    with _existing_journal(request.journal) as journal:
        tell_unreadable(journal.past, journal.past.unreadable, console)
        with open_run(request.access, fleets, console) as opened:
            rollback = rollback_of(journal.past, run_id, opened.session.trust)
            for sentence in rollback.lost_sentences:
                console.error(sentence)
            wanted = rollback.wanted(fleets.whole, selection.target, selection.exclude)
            rollback.require_same_api(opened.session.name)
            run = replace(opened, fleets=replace(fleets, wanted=wanted))
            applying = Applying(run, journal, Presenter(request.output, console), approval)
            return applying.carry_out("rollback", rollback.reviewed)


def _existing_journal(path: str) -> Journal:
    """Open the journal, but make none: raises RollbackError, JournalError."""
    if not _may_exist(path):
        raise RollbackError(
            f"There is no journal {printable(path)}, so nothing is known that could be rolled back."
        )
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
