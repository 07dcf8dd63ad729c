"""The history that a journal tells: runs, what each changed, and how that ended."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

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
class PastEnd:
    """What is known of the end of a change that a run was about to send."""

    santral: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange(PastEnd):
    """A change that a run was about to send, and what is known of its end."""

    before: Settings
    after: Settings
    line: int
    """Where its intent stands in the journal."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run of ``apply`` or ``rollback``; what an unreadable line would have told is None."""

    id: str
    started: datetime
    command: str | None = None
    author: Author | None = None
    api: str | None = None
    """The API's address, or SANDBOX."""
    changes: tuple[PastChange, ...] = ()
    """In the order in which they were begun."""
    ends: tuple[PastEnd, ...] = ()
    """Those of changes whose own line is unreadable, so that nobody knows what they were."""

    @property
    def may_have_changed(self) -> bool:
        """Whether it made a change, or nobody can rule that out."""
        return any(change.may_have_been_made for change in (*self.changes, *self.ends))


def runs_of(records: Iterable[Record]) -> tuple[PastRun, ...]:
    """Return the runs, oldest first."""
    runs: dict[str, PastRun] = {}
    known: _Known = defaultdict(dict)
    for record in records:
        run = runs.setdefault(record.run, PastRun(record.run, record.time))
        if isinstance(record.event, RunStarted):
            event = record.event
            runs[run.id] = replace(run, command=event.command, author=event.author, api=event.api)
        else:
            _note(record, known)
    return tuple(_with_changes(run, known[run.id].values()) for run in runs.values())


_Known = defaultdict[str, dict[str, PastEnd]]
"""What is known of changes: by run, then by santral."""


def _note(record: Record, known: _Known) -> None:
    """Put what one record tells of a change to what is known."""
    match record.event:
        case Intent(santral, before, after):
            known[record.run][santral] = PastChange(
                santral, before=before, after=after, line=record.line
            )
        case SendingAgain(santral):
            _add(known[record.run], santral, was_sent_again=True)
        case Ended(santral, result):
            _add(known[record.run], santral, ended=result)
        case Settled(santral, run, finding):
            _add(known[run], santral, settled=finding)


def _add(of_run: dict[str, PastEnd], santral: str, **told: Any) -> None:
    of_run[santral] = replace(of_run.get(santral, PastEnd(santral)), **told)


def _with_changes(run: PastRun, known: Collection[PastEnd]) -> PastRun:
    changes = tuple(change for change in known if isinstance(change, PastChange))
    ends = tuple(change for change in known if not isinstance(change, PastChange))
    return replace(run, changes=changes, ends=ends)
