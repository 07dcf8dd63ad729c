"""The journal: what was about to be changed, written down before it is, and how it ended.

One JSON object a line, appended only. It holds complete settings (what may be a token in a URL
among them, since ``before`` is what a rollback sends), so only its owner may read it. It never
holds a key, nor a secret that was filled into a URL.
"""

import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Self

from reconciler import locks
from reconciler.core.errors import SantralError, explaining, system_reason
from reconciler.core.messages import Message
from reconciler.core.outcome import Outcome
from reconciler.core.secret import Key
from reconciler.core.settings import Settings
from reconciler.core.text import printable
from reconciler.core.url_mask import UrlMask
from reconciler.documents import utc_now
from reconciler.files import RefusedError, has_working_folder
from reconciler.journal import contents
from reconciler.journal.contents import JournalContents
from reconciler.journal.file import make_private, missing_end, open_to_append, read_whole
from reconciler.journal.recorded import Recorded
from reconciler.journal.records import (
    Author,
    Ended,
    Event,
    Finding,
    Intent,
    Keyed,
    Record,
    RunEnded,
    RunStarted,
    SendingAgain,
    Settled,
    content_of,
    document_of,
    encode,
)
from reconciler.journal.trust import digest_of, sealed_texts

_NOTHING_SENT = Message("nothing-sent")


class JournalError(SantralError):
    """The journal cannot be opened, read or written, so nothing may be sent."""

    options: tuple[str, ...] = ("journal",)


def read_journal(path: Path) -> JournalContents:
    """Return what a journal holds, and nothing where there is none; raises JournalError."""
    try:
        # Parsed later, so that no run finds the lock taken for long.
        content, is_busy = read_whole(path)
    except FileNotFoundError as error:
        if path.is_absolute() or has_working_folder():
            return JournalContents(path)
        reason = system_reason(error)
    except OSError as error:
        reason = system_reason(error)
    else:
        held = contents.read(BytesIO(content), path, is_busy=is_busy)
        if not held.newer:
            return held
        reason = held.newer
    raise JournalError(Message("journal-unreadable", path=printable(str(path))), reason)


class Journal:
    """An open journal; its methods may be called from any thread."""

    def __init__(self, path: Path, now: Callable[[], datetime] = utc_now) -> None:
        """Open or create the journal, and hold it until it is closed; raises JournalError."""
        self._now = now
        self._lock = threading.Lock()
        self._is_broken = False
        self._api, self._keys = "", dict[str, object]()
        self._masks = dict[str, UrlMask]()
        self._sealed_before: Mapping[str, str] = {}
        self._run = f"{now():%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        with explaining(
            lambda reason: JournalError(
                Message("journal-unopened", path=printable(str(path))), reason, _NOTHING_SENT
            )
        ):
            self._file = open_to_append(path)
            self.past = self._adopt(path)

    def _adopt(self, path: Path) -> JournalContents:
        try:
            return _adopt(self._file, path)
        except OSError:
            locks.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        locks.close(self._file)

    @property
    def run_id(self) -> str:
        """The name of this run, by which a rollback finds it."""
        return self._run

    def start(
        self,
        command: str,
        author: Author,
        api: str,
        keys: Mapping[str, object],
        masks: Mapping[str, UrlMask],
    ) -> None:
        """Write down who starts the run, and that the unreadable lines were reported.

        From then on, what is written of a santral has a digest keyed by its key, if there is one,
        and no secret that its mask hides.
        A line that a crash has torn is closed off, so that each record stands alone. Raises
        JournalError.
        """
        self._api, self._keys, self._masks = api, dict(keys), dict(masks)
        self._sealed_before = sealed_texts(self.past.records, api, keys)
        reported = tuple(unreadable.line for unreadable in self.past.unreported)
        started = RunStarted(command, author, api, reported)
        self._append(started, _NOTHING_SENT, line_end=missing_end(self._file))

    def intent(self, santral: str, before: Settings, after: Settings) -> None:
        """Write down what is about to be sent; on the disk when this returns, or JournalError."""
        written = [self._recorded(santral, settings) for settings in (before, after)]
        self._append(Intent(santral, written[0], written[1]))

    def sending_again(self, santral: str) -> None:
        """Write down that the same change is about to be sent a second time; as for ``intent``."""
        self._append(SendingAgain(santral))

    def outcome(self, outcome: Outcome, live: Settings | None) -> None:
        """Write down how it ended, and the settings last read; raises JournalError."""
        written = self._recorded(outcome.name, live) if live else None
        self._append(Ended(outcome.name, outcome.result, written))

    def settle(self, santral: str, run: str, finding: Finding, live: Settings | None) -> None:
        """Write down what became of an earlier run's change; raises JournalError."""
        written = self._recorded(santral, live) if live else None
        self._append(Settled(santral, run, finding, written), _NOTHING_SENT)

    def _recorded(self, santral: str, settings: Settings) -> Recorded:
        mask, key = self._masks[santral], self._keys.get(santral)
        return Recorded.of(settings, mask, key, self._sealed_before)

    def end(self, ended: RunEnded) -> None:
        """Write down how the run ended; raises JournalError."""
        self._append(ended)

    @property
    def is_broken(self) -> bool:
        """Whether something could not be written, so that nothing is written any more."""
        return self._is_broken

    def _append(self, event: Event, *consequence: Message, line_end: bytes = b"") -> None:
        record = self._keyed(Record(self._now(), self._run, event))
        with self._lock:
            reason = self._write(line_end + encode(record))
        if reason:
            raise JournalError(*reason, *consequence)

    def _keyed(self, record: Record) -> Record:
        """Return the record with its digest, where it has one."""
        event = record.event
        key = self._keys.get(event.santral) if isinstance(event, Keyed) else None
        if not isinstance(event, Keyed) or not isinstance(key, Key):
            return record
        content = content_of(document_of(record))
        return replace(record, event=replace(event, digest=digest_of(content, self._api, key)))

    def _write(self, line: bytes) -> tuple[Message, ...]:
        """Append and fsync; return what went wrong. After a fault nothing more is written."""
        if self._is_broken:
            return (Message("journal-broken", path=self.past.shown_path),)
        unwritten = Message("journal-unwritten", path=self.past.shown_path)
        try:
            self._is_broken = os.write(self._file, line) < len(line)
            os.fsync(self._file)
        except OSError as error:
            self._is_broken = True
            return unwritten, system_reason(error)
        return (unwritten, Message("journal-line-cut")) if self._is_broken else ()


def _adopt(file: int, path: Path) -> JournalContents:
    """Return what the journal holds, and make it private; raises OSError.

    A file that is something else is left as it is.
    """
    with os.fdopen(file, "rb", closefd=False) as readable:
        held = contents.read(readable, path)
    if held.newer:
        raise RefusedError(held.newer.code, **held.newer.values)
    if held.is_foreign:
        raise RefusedError("journal-foreign")
    make_private(file)
    return held
