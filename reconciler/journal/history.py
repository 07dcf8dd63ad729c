"""The history in a journal: runs, what each changed, and how that ended."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reconciler.core.errors import SantralError
from reconciler.core.fleet import selected
from reconciler.core.messages import Message
from reconciler.core.outcome import Result
from reconciler.core.text import printable
from reconciler.journal.recorded import Recorded
from reconciler.journal.records import (
    UNKEYED,
    Author,
    Ended,
    Finding,
    Intent,
    Record,
    RunEnded,
    RunStarted,
    SendingAgain,
    Settled,
)


@dataclass(frozen=True, slots=True)
class PastEnd:
    """What is known of the end of a change that a run was about to send."""

    santral: str
    was_sent_again: bool = False
    """Whether it was about to be sent a second time, the first being lost."""
    ended: Result | None = None
    """How it ended, where its run lived to write that down."""
    settled: Finding | None = None
    """What a later run found to have become of it, where its own did not report it."""
    records: tuple[Record, ...] = ()
    """The lines that say so."""
    doubt: Message | None = None
    """Why they are not trusted; None too where nobody has looked into that."""

    @property
    def began(self) -> datetime:
        """When it was about to be sent; where that line is unreadable, the next that is known."""
        return self.records[0].time

    @property
    def line(self) -> int:
        """Where the first that is known of it stands in the journal."""
        return self.records[0].line

    @property
    def is_unresolved(self) -> bool:
        """Whether nobody has found out what became of it."""
        return self.ended is None and self.settled is None

    @property
    def may_have_been_made(self) -> bool:
        """Whether it was made, or nobody can rule that out."""
        if self.doubt:
            return True
        if self.ended:
            return self.ended in {Result.APPLIED, Result.NOT_VERIFIED}
        return self.settled is not Finding.NOT_APPLIED


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange(PastEnd):
    """A change that a run was about to send, and what is known of its end."""

    before: Recorded
    after: Recorded


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run of ``apply`` or ``rollback``; what an unreadable line would have said is None."""

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
    end: RunEnded | None = None
    """What it wrote down at its end, where it came to that."""
    is_unkeyed: bool = True
    """Whether it was written in format 1.0: without digests, and without the run's end."""

    @property
    def touched(self) -> tuple[PastEnd, ...]:
        """All that it was about to change, whether or not that can be read."""
        return (*self.changes, *self.ends)

    @property
    def may_have_changed(self) -> bool:
        """Whether it made a change, or nobody can rule that out."""
        return any(change.may_have_been_made for change in self.touched)

    @property
    def is_cut_short(self) -> bool:
        """Whether it did not write its end, as each run of a later format than 1.0 does."""
        return not self.is_unkeyed and self.end is None


class UnknownRunError(SantralError):
    """The journal has no such run."""

    options: tuple[str, ...] = ("run_id", "journal")


def named(run_id: str, runs: Iterable[PastRun], path: str) -> PastRun:
    """Return the run of this ID; raises UnknownRunError, which names the journal's ``path``."""
    by_id = {run.id: run for run in runs}
    if run_id in by_id:
        return by_id[run_id]
    near = [one for one in by_id if run_id.strip().lower() in one.lower()]
    said = {"path": path, "run": printable(run_id)}
    if len(near) == 1:
        raise UnknownRunError(Message("journal-no-run-near", near=near[0], **said))
    raise UnknownRunError(Message("journal-no-run", **said))


def touching(runs: Sequence[PastRun], targets: Sequence[str], path: str) -> tuple[PastRun, ...]:
    """Return the runs that touched a santral which some glob matches, with only those changes.

    No target means every run. Raises NothingMatchesError for a glob that matches no santral in the
    journal of this ``path``.
    """
    if not targets:
        return tuple(runs)
    every = {end.santral for run in runs for end in run.touched}
    names = selected(
        every, targets, (), lambda it: Message("nothing-matches-in-journal", pattern=it, path=path)
    )
    narrowed = (
        replace(
            run,
            changes=tuple(change for change in run.changes if change.santral in names),
            ends=tuple(end for end in run.ends if end.santral in names),
        )
        for run in runs
    )
    return tuple(run for run in narrowed if run.touched)


def runs_of(records: Iterable[Record]) -> tuple[PastRun, ...]:
    """Return the runs, oldest first."""
    runs: dict[str, PastRun] = {}
    known: _Known = defaultdict(dict)
    for record in records:
        run = runs.setdefault(record.run, PastRun(record.run, record.time))
        runs[run.id] = _with_frame(run, record)
        _note(record, known)
    return tuple(_with_changes(run, known[run.id].values()) for run in runs.values())


def _with_frame(run: PastRun, record: Record) -> PastRun:
    """Return the run with what one record says of its beginning, its end and its format."""
    run = replace(run, is_unkeyed=run.is_unkeyed and record.version == UNKEYED)
    match record.event:
        case RunStarted(command, author, api):
            return replace(run, command=command, author=author, api=api)
        case RunEnded():
            return replace(run, end=record.event)
    return run


_Known = defaultdict[str, dict[str, PastEnd]]
"""What is known of changes: by run, then by santral."""


def _note(record: Record, known: _Known) -> None:
    """Add what one record says of a change to what is known."""
    match record.event:
        case Intent(santral, before, after):
            known[record.run][santral] = PastChange(
                santral, records=(record,), before=before, after=after
            )
        case SendingAgain(santral):
            _add(known[record.run], santral, record, was_sent_again=True)
        case Ended(santral, result):
            _add(known[record.run], santral, record, ended=result)
        case Settled(santral, run, finding):
            _add(known[run], santral, record, settled=finding)


def _add(of_run: dict[str, PastEnd], santral: str, record: Record, **said: Any) -> None:
    known = of_run.get(santral, PastEnd(santral))
    of_run[santral] = replace(known, records=(*known.records, record), **said)


def _with_changes(run: PastRun, known: Collection[PastEnd]) -> PastRun:
    changes = tuple(change for change in known if isinstance(change, PastChange))
    ends = tuple(change for change in known if not isinstance(change, PastChange))
    return replace(run, changes=changes, ends=ends)
