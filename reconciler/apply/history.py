"""The history that a journal tells: runs, what each changed, and how that ended."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.apply.outcome import Result
from reconciler.apply.records import (
    Author,
    Ended,
    Finding,
    Intent,
    Record,
    RunStarted,
    SendingAgain,
    Settled,
)
from reconciler.settings import Settings


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change that a run was about to send, and what is known of its end."""

    santral: str
    before: Settings
    after: Settings
    line: int
    """Where its intent stands in the journal."""
    was_sent_again: bool = False
    """Whether it was about to be sent a second time, the first being lost."""
    ended: Result | None = None
    """How it ended, where its run lived to write that down."""
    settled: Finding | None = None
    """What a later run found to have become of it, where its own did not tell."""

    @property
    def is_unresolved(self) -> bool:
        """Whether nobody has found out what became of it."""
        return self.ended is None and self.settled is None

    @property
    def may_have_been_made(self) -> bool:
        """Whether it was made, or nobody can rule that out."""
        if self.ended:
            return self.ended in {Result.APPLIED, Result.NOT_VERIFIED}
        return self.settled is not Finding.NOT_APPLIED


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run of ``apply`` or ``rollback``; what an unreadable line would have told is None."""

    id: str
    started: datetime
    command: str | None = None
    author: Author | None = None
    api: str | None = None
    """The API's address, or ``sandbox``."""
    changes: tuple[PastChange, ...] = ()
    """In the order in which they were begun."""


def runs_of(records: Iterable[Record]) -> tuple[PastRun, ...]:
    """Return the runs, oldest first."""
    runs: dict[str, PastRun] = {}
    changes: dict[str, dict[str, PastChange]] = {}
    for record in records:
        run = runs.setdefault(record.run, PastRun(record.run, record.time))
        if isinstance(record.event, RunStarted):
            event = record.event
            runs[run.id] = replace(run, command=event.command, author=event.author, api=event.api)
        else:
            _note(record, changes)
    return tuple(
        replace(run, changes=tuple(changes.get(run.id, {}).values())) for run in runs.values()
    )


def _note(record: Record, changes: dict[str, dict[str, PastChange]]) -> None:
    """Put what one record tells of a change to what is known: by run, then by santral."""
    of_run = changes.setdefault(record.run, {})
    match record.event:
        case Intent(santral, before, after):
            of_run[santral] = PastChange(santral, before, after, record.line)
        case SendingAgain(santral) if santral in of_run:
            of_run[santral] = replace(of_run[santral], was_sent_again=True)
        case Ended(santral, result) if santral in of_run:
            of_run[santral] = replace(of_run[santral], ended=result)
        case Settled(santral, run, finding) if santral in changes.get(run, {}):
            changes[run][santral] = replace(changes[run][santral], settled=finding)
        case _:
            pass
