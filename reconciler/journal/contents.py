"""What a journal holds: its records, and the lines that are none."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from reconciler.core.messages import Message, located
from reconciler.core.text import printable
from reconciler.journal.decoding import NewerFormatError, decode
from reconciler.journal.fields import RecordError
from reconciler.journal.records import Record, RunStarted

_MOST_TOLD = 10
_LONGEST_NAME = 80
_LONGEST_LINE = 1 << 20
"""Bytes; two URLs as long as the API's longest answer take less, however they are escaped."""


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line of the journal that is not a record."""

    line: int
    reason: Message
    is_torn: bool
    """Whether its end is missing: a run died while it wrote it."""


@dataclass(frozen=True, slots=True)
class JournalContents:
    """What a journal held when it was read."""

    path: Path
    records: tuple[Record, ...] = ()
    unreadable: tuple[UnreadableLine, ...] = ()
    is_busy: bool = False
    """Whether another run was writing to it, so that what looks unresolved may be under way."""
    newer: Message | None = None
    """Why only a newer santral can read it; None where this one can."""

    @property
    def unreported(self) -> tuple[UnreadableLine, ...]:
        """The unreadable lines, except those that an earlier run has reported and noted."""
        events = (record.event for record in self.records)
        reported = {n for e in events if isinstance(e, RunStarted) for n in e.unreadable_lines}
        return tuple(line for line in self.unreadable if line.line not in reported)

    @property
    def shown_path(self) -> str:
        """The journal's name as it may be printed."""
        return printable(str(self.path))

    @property
    def busy(self) -> Message:
        """What to say where it is busy."""
        return Message("journal-in-use", path=self.shown_path)

    @property
    def is_foreign(self) -> bool:
        """Whether the file is something else: a run that died leaves at most a torn line."""
        return not self.records and any(not line.is_torn for line in self.unreadable)

    @property
    def passed_over(self) -> Message | None:
        """What to say of fields and events that only a newer santral knows, if there are any."""
        names = [*dict.fromkeys(name for record in self.records for name in record.passed_over)]
        if not names:
            return None
        known = {record.version for record in self.records if record.passed_over}
        versions = ", ".join(sorted(known)[:_MOST_TOLD])
        shown = ", ".join(printable(name, _LONGEST_NAME) for name in names[:_MOST_TOLD])
        more = len(names) - _MOST_TOLD
        if more > 0:
            return Message("journal-passed-over-more", versions=versions, names=shown, count=more)
        return Message("journal-passed-over", versions=versions, names=shown)

    def describe(self, unreadable: Sequence[UnreadableLine]) -> Iterator[str]:
        """Yield a line for each line that is not a record, and not more than anybody reads."""
        yield from map(self._describe, unreadable[:_MOST_TOLD])
        more = len(unreadable) - _MOST_TOLD
        if more > 0:
            yield located(self.shown_path, Message("journal-lines", count=more))

    def _describe(self, unreadable: UnreadableLine) -> str:
        place = f"{self.shown_path}:{unreadable.line}"
        if unreadable.is_torn:
            return located(place, Message("journal-torn"))
        return located(place, Message("journal-line"), unreadable.reason)


def read(file: BinaryIO, path: Path, *, is_busy: bool = False) -> JournalContents:
    """Read every line; raises OSError."""
    records, unreadable, newer = [], [], None
    for number, line in enumerate(_lines(file), start=1):
        try:
            records.append(decode(line, number))
        except RecordError as error:
            if isinstance(error, NewerFormatError):
                newer = newer or Message("journal-newer", line=number, version=error.version)
            is_cut = not line.endswith(b"\n") and len(line) < _LONGEST_LINE
            is_torn = is_cut and _begins_like_a_record(line)
            unreadable.append(UnreadableLine(number, error.reason, is_torn))
    return JournalContents(path, tuple(records), tuple(unreadable), is_busy, newer)


_BEGINNING = b'{"format_version": "", "time": "'
"""Of every record, whichever the version: digits and dots aside."""


def _begins_like_a_record(line: bytes) -> bool:
    """Return whether a run may have died while it wrote the line; else somebody changed it."""
    beginning = re.sub(rb"[0-9.]", b"", line[:64])
    return beginning.startswith(_BEGINNING) or _BEGINNING.startswith(beginning)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield line after line, of one that is too long only the beginning."""
    while line := file.readline(_LONGEST_LINE):
        yield line
        while len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(_LONGEST_LINE)
