"""Reporting what an earlier run left behind: torn lines, and changes without an outcome."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from reconciler.cli.console import Console
from reconciler.cli.run import Request, Run
from reconciler.cli.session import Session
from reconciler.core.messages import Message, located, text_of
from reconciler.core.plan import Plan, refuse
from reconciler.core.text import printable
from reconciler.journal.contents import JournalContents, UnreadableLine
from reconciler.journal.journal import Journal, JournalError, read_journal
from reconciler.journal.recovery import Recovered, recover


def past_of(run: Run) -> JournalContents:
    """Read the journal for a run that writes nothing, and report lines that are not records."""
    try:
        past = read_journal(run.session.journal)
    except JournalError as error:
        run.console.error(text_of([*error.messages, Message("unresolved-unknown")]))
        return JournalContents(run.session.journal)
    report_unreadable(past, past.unreported, run.console)
    return past


def warn_of_other_journal(request: Request, console: Console) -> None:
    """Say so where a run is about to begin a journal here while there is one beside the files."""
    own = Path(request.journal)
    if request.access.journal or own.exists():
        return
    folders = (Path(path).parent for path in request.selection.config)
    other = next((one for one in folders if (one / own).exists()), None)
    if other:
        console.warning(Message("journal-elsewhere", folder=printable(str(other))))


def with_renewed(plan: Plan, session: Session) -> Plan:
    """Return the plan with a note on each santral whose key is said to have been renewed."""
    names = (one.santral.name for one in plan.santrals if one.santral.name in session.renewed)
    notes = (Message("renewed", santral=name) for name in names)
    return replace(plan, notes=(*plan.notes, *notes))


def without_doubted(plan: Plan, recovered: Sequence[Recovered]) -> Plan:
    """Return the plan with nothing to be done where the journal's entry is not trusted."""
    return refuse(plan, {one.santral: one.said for one in recovered if one.is_doubted})


def open_journal(path: Path, console: Console) -> Journal:
    """Open it, and report lines that are not records, once; raises JournalError."""
    journal = Journal(path)
    report_unreadable(journal.past, journal.past.unreported, console)
    return journal


def report_unresolved(past: JournalContents, plan: Plan, run: Run) -> tuple[Recovered, ...]:
    """Report what became of the changes of runs that died, as far as the plan's readings show."""
    if past.is_busy:
        run.console.error(str(past.busy))
        return ()
    recovered = tuple(recover(past, plan, run.fleets.whole, run.session.trust))
    for one in recovered:
        run.console.error(str(one))
    return recovered


def settle(journal: Journal, recovered: tuple[Recovered, ...]) -> None:
    """Write down what was found out, so that no later run reports it; raises JournalError."""
    for one in recovered:
        if one.is_final:
            journal.settle(one.santral, one.run, one.finding, one.live)


def report_unreadable(
    past: JournalContents, lines: Sequence[UnreadableLine], console: Console
) -> None:
    """Report these lines, which are not records, and what only a newer santral knows."""
    for line in past.describe(lines):
        console.error(line)
    if past.passed_over:
        console.error(located(past.shown_path, past.passed_over))
