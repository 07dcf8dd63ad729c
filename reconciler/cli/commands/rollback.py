"""``santral rollback``: plan and apply the settings from before a run."""

import os
from dataclasses import replace
from pathlib import Path

import click

from reconciler.cli.applying import Applying, Approval, approval_options
from reconciler.cli.journal import tell_unreadable
from reconciler.cli.options import Access, Selection, access_options, option, selection_options
from reconciler.cli.output import Output, Presenter, output_options
from reconciler.cli.overwriting import forbid_overwriting
from reconciler.cli.planning import load_fleets
from reconciler.cli.session import files_of, journal_of, open_session, scheduler_for
from reconciler.core.text import printable
from reconciler.journal.journal import Journal
from reconciler.journal.rollback import RollbackError, rollback_of


@click.command("rollback", short_help="Bring back the settings from before a run.")
@option(
    "--run",
    "run_id",
    metavar="ID",
    show_default="the last one that changed anything",
    help="The run to undo, as history lists it.",
)
@selection_options
@access_options
@output_options
@approval_options
def command(
    run_id: str | None,
    selection: Selection,
    access: Access,
    output: Output,
    approval: Approval,
) -> int:
    """Plan the settings from before a run, then make the changes as apply does.

    It brings back what the run changed, or may have changed, by the journal. The files say only
    which key is whose; where they ask for something else, plan shows that afterwards.
    """
    own = files_of(selection, access)
    forbid_overwriting(output.files, own, kept=journal_of(access), appended=output.appended)
    console = output.console
    every = replace(selection, target=(), exclude=())
    fleets = load_fleets(every, output.formats, console)
    with _existing_journal(access) as journal:
        tell_unreadable(journal.past, journal.past.unreadable, console)
        with open_session(access, fleets.whole, console) as session:
            rollback = rollback_of(journal.past, run_id, session.trust)
            for sentence in rollback.lost_sentences:
                console.complain(sentence)
            wanted = rollback.wanted(fleets.whole, selection.target, selection.exclude)
            fleets = replace(fleets, wanted=wanted)
            rollback.demand_same_api(session.name)
            scheduler, presenter = scheduler_for(access), Presenter(output, console)
            applying = Applying(session, journal, scheduler, presenter, approval)
            return applying.run("rollback", fleets, rollback.reviewed)


def _existing_journal(access: Access) -> Journal:
    """Open the journal, but make none: raises RollbackError, JournalError."""
    path = journal_of(access)
    if not _may_exist(path):
        raise RollbackError(
            f"There is no journal {printable(path)}, so nothing is known that could be rolled back."
        )
    return Journal(Path(path))


def _may_exist(path: str) -> bool:
    """Tell whether something is there, or stands in the way of it, which opening it will say."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True
