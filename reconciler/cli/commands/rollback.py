"""``santral rollback``: plan and apply the settings from before a run."""

import contextlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from reconciler.cli.applying import Applying, Approval, approval_options
from reconciler.cli.console import Console
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.fleets import scope_of
from reconciler.cli.help import Heading
from reconciler.cli.journal import report_unreadable
from reconciler.cli.option_types import MomentType
from reconciler.cli.options import Selection, option
from reconciler.cli.output import Presenter
from reconciler.cli.past_runs import is_missing, no_journal, run_option
from reconciler.cli.run import Request, Run, open_run, rollback_options
from reconciler.core.allowed_hosts import AllowedHosts
from reconciler.core.fleet import Fleet, NothingLeftError
from reconciler.core.messages import Message, say, say_number, template, text_of
from reconciler.core.outcome import Report
from reconciler.core.plan import Plan, refuse
from reconciler.core.shard import Shard
from reconciler.core.text import printable
from reconciler.documents import local_text
from reconciler.journal.journal import Journal
from reconciler.journal.rollback import (
    ROLLBACK,
    Rollback,
    RollbackError,
    rollback_of_run,
    rollback_to,
)
from reconciler.journal.rollback_warnings import elsewhere, files_asking_again
from reconciler.keys.secrets import Unfilled
from reconciler.render.wording import listed

_ALL = Shard(1, 1)
"""The shard that has every santral."""
_HELP = template(
    "Plan the settings from before a run, then make the changes as apply does.\n\n"
    "Restores what, according to the journal, the run changed or may have changed. With --to, goes "
    "back to a moment through all later runs, rollbacks among them. The files are not touched, and "
    "only say which key belongs to which santral: if they still ask for what was undone, the next "
    "apply brings it back, so revert the commit (git revert COMMIT) or correct the file."
)


@click.command("rollback", cls=HeadedCommand, help=_HELP)
@run_option(
    show_default=template("the last one that changed anything and was no rollback"),
    help=template("The run to undo, as history lists it."),
)
@option(
    "--to",
    "moment",
    heading=Heading.SELECTION,
    type=MomentType(),
    metavar="TIME",
    help=template(
        "Undo all that runs changed at this time or later, to have the settings from before it: a "
        "time as history shows it or as in 2026-11-25T11:00, local without an offset, or an age "
        "such as 2h or 3d. Instead of --run."
    ),
)
@rollback_options
@option(
    "--dry-run",
    is_flag=True,
    help=template("Show the plan and end, with nothing changed and nothing asked."),
)
@approval_options
def command(
    run_id: str | None,
    moment: datetime | None,
    request: Request,
    approval: Approval,
    *,
    dry_run: bool,
) -> int:
    """Run ``santral rollback``, and return the exit code."""
    if run_id is not None and moment:
        raise click.UsageError(say("Give --run or --to, not both."))
    request.forbid_overwriting(keeps_journal=True)
    console, selection = request.output.console, request.selection
    with request.reported("rollback"), _opened(request) as (journal, opened):
        rollback = _rollback(journal, run_id, moment, opened)
        wanted = _wanted(rollback, selection, opened.fleets.whole)
        rollback.require_same_api(opened.session.name)
        _announce(rollback, {one.name for one in wanted.santrals} - {*rollback.lost}, console)
        filled, unfilled = opened.session.secrets.fill(wanted)
        scope = scope_of(selection, opened.fleets.whole, opened.fleets.whole)
        presenter, run = Presenter(request.output, console), opened.wanting(filled, scope)
        applying = Applying(run, journal, presenter, approval)
        review = partial(_reviewed, rollback, unfilled, request.allow_hosts)
        if dry_run:
            return applying.preview(review)
        conclude = partial(_conclude, rollback, opened)
        return applying.carry_out(ROLLBACK, review, conclude=conclude)


@contextlib.contextmanager
def _opened(request: Request) -> Iterator[tuple[Journal, Run]]:
    """Open the journal, and a run for all santrals of the files; raises what is wrong with them."""
    console = request.output.console
    of_all = replace(request, selection=request.selection.of_all)
    fleets = of_all.load_fleets(console, wants_files=False)
    with _existing_journal(request) as journal:
        report_unreadable(journal.past, journal.past.unreadable, console)
        with open_run(request, fleets, console, wants_files=False) as opened:
            yield journal, opened


def _reviewed(
    rollback: Rollback, unfilled: Sequence[Unfilled], allowed: AllowedHosts | None, plan: Plan
) -> Plan:
    """Return the plan as the rollback's, with what is its santral's own trouble.

    That is a secret that is not there, and a URL where no calls may go.
    """
    reviewed = refuse(rollback.reviewed(plan), elsewhere(plan, allowed) if allowed else {})
    reasons: dict[str, tuple[Message, ...]] = {}
    for santral, reason in unfilled:
        reasons[santral.name] = (*reasons.get(santral.name, ()), reason)
    why = {name: (*said, Message("rollback-unfilled")) for name, said in reasons.items()}
    return refuse(reviewed, why)


def _rollback(journal: Journal, run_id: str | None, moment: datetime | None, run: Run) -> Rollback:
    trust = run.session.trust
    if moment:
        return rollback_to(journal.past, moment, trust)
    return rollback_of_run(journal.past, run_id, trust)


def _wanted(rollback: Rollback, selection: Selection, fleet: Fleet) -> Fleet:
    """Return what to bring back.

    Raises NothingLeftError where no santral of the runs was asked for; a shard may have none.
    """
    unselected = fleet.unselected(selection.select)
    shard = selection.shard or _ALL
    unselected |= {one.name for one in fleet.santrals if not shard.holds(one.name)}
    wanted = rollback.wanted(fleet, selection.target, selection.exclude, unselected)
    if not (wanted.santrals or selection.shard):
        raise NothingLeftError
    return wanted


def _announce(rollback: Rollback, names: Collection[str], console: Console) -> None:
    """Say what is undone, for the reviewer and for whoever reads the log."""
    first = rollback.runs[0]
    if not rollback.since:
        time = local_text(first.started)
        console.info(say("This undoes run {run}, which began at {time}.", run=first.id, time=time))
        return
    runs = rollback.runs_of(names)
    said = say_number(
        "This undoes what 1 run changed at {time} or later: {runs}.",
        "This undoes what {count} runs changed at {time} or later: {runs}.",
        count=len(runs),
        time=local_text(rollback.since),
        runs=listed([f"{run.id} ({printable(run.command or '')})" for run in runs]),
    )
    console.info(said)


def _conclude(rollback: Rollback, run: Run, report: Report) -> None:
    """Say what the files make of the rollback, or that there was nothing left to undo."""
    files = files_asking_again(report, run.fleets.whole)
    if files:
        named = listed([*map(printable, files)])
        run.console.warning(Message("rollback-files-ask", files=named, count=len(files)))
    elif not (report.plan.pending or report.plan.failed):
        run.console.info(text_of([Message("rollback-nothing-left"), *_earlier(rollback)]))


def _earlier(rollback: Rollback) -> list[Message]:
    run = rollback.earlier
    if not run:
        return []
    return [Message("rollback-earlier", run=run.id, time=local_text(run.started))]


def _existing_journal(request: Request) -> Journal:
    """Open the journal, but make none: raises RollbackError, JournalError."""
    path = Path(request.journal)
    if is_missing(path):
        raise RollbackError(*no_journal(path))
    return Journal(path)
