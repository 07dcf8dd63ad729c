"""Telling what an earlier run left behind: lines it tore, and changes without an outcome."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from reconciler.cli.console import Console
from reconciler.cli.run import Run
from reconciler.cli.session import Session
from reconciler.core.plan import Plan, refuse
from reconciler.journal.contents import JournalContents, UnreadableLine
from reconciler.journal.journal import Journal, JournalError, read_journal
from reconciler.journal.recovery import Recovered, recover

_RENEWED = (
    "--key-renewed {}: What the journal says of this santral is trusted although it may not fit "
    "its key."
)


def past_of(run: Run) -> JournalContents:
    """Read the journal for a run that writes nothing, and tell of lines that are no records."""
    try:
        past = read_journal(run.session.journal)
    except JournalError as error:
        run.console.error(f"{error} What earlier runs left unresolved is not known.")
        return JournalContents(run.session.journal)
    tell_unreadable(past, past.untold, run.console)
    return past


def with_renewed(plan: Plan, session: Session) -> Plan:
    """Return the plan with a note on each santral whose key is said to have been renewed."""
    names = (one.santral.name for one in plan.santrals if one.santral.name in session.renewed)
    return replace(plan, notes=(*plan.notes, *map(_RENEWED.format, names)))


def without_doubted(plan: Plan, recovered: Sequence[Recovered]) -> Plan:
    """Return the plan with nothing to be done where the journal's entry is not trusted."""
    return refuse(plan, {one.santral: one.sentence for one in recovered if one.is_doubted})


def open_journal(path: Path, console: Console) -> Journal:
    """Open it, and tell of lines that are no records and not told of yet; raises JournalError."""
    journal = Journal(path)
    tell_unreadable(journal.past, journal.past.untold, console)
    return journal


def tell_unresolved(past: JournalContents, plan: Plan, run: Run) -> tuple[Recovered, ...]:
    """Tell what became of the changes of runs that died, as far as the plan's readings show."""
    if past.is_busy:
        run.console.error(past.busy_sentence)
        return ()
    recovered = tuple(recover(past, plan, run.fleets.whole, run.session.trust))
    for one in recovered:
        run.console.error(str(one))
    return recovered


def settle(journal: Journal, recovered: tuple[Recovered, ...]) -> None:
    """Write down what was found out, so that no later run tells it again; raises JournalError."""
    for one in recovered:
        if one.is_final:
            journal.settle(one.settled)


def tell_unreadable(
    past: JournalContents, lines: Sequence[UnreadableLine], console: Console
) -> None:
    """Tell of these lines, which are no records, and of what only a newer santral knows."""
    for sentence in past.describe(lines):
        console.error(sentence)
    if past.passed_over_sentence:
        console.error(past.passed_over_sentence)
