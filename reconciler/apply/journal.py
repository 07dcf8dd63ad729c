"""The journal: what was about to be changed, written down before it is, and how it ended.

One JSON object a line, appended only. It holds complete settings (a URL's token among them, since
``before`` is what a rollback would send), so only its owner may read it; it never holds a key.
"""

import json
import os
import secrets
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from reconciler.apply.outcome import Outcome
from reconciler.errors import SantralError
from reconciler.private import make_private_directory
from reconciler.settings import Settings
from reconciler.text import printable

FORMAT_VERSION = "1.0"


class JournalError(SantralError):
    """The journal cannot be opened or written, so nothing may be sent."""


def utc_now() -> datetime:
    """Return the time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


class Journal:
    """An open journal; its methods may be called from any thread."""

    def __init__(self, path: Path, now: Callable[[], datetime] = utc_now) -> None:
        """Open or create the journal, and hold it until ``close``; raises JournalError."""
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        self._is_torn = False
        self._run = f"{now():%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        try:
            self._file = _open(path)
        except OSError as error:
            reason = error.strerror
        else:
            return
        raise JournalError(
            f"The journal {printable(str(path))} cannot be opened: {reason}. Nothing was sent."
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        os.close(self._file)

    def intent(self, santral: str, before: Settings, after: Settings) -> None:
        """Write down what is about to be sent; on the disk when this returns, or JournalError."""
        self._append("intent", santral, {"before": asdict(before), "after": asdict(after)})

    def sending_again(self, santral: str) -> None:
        """Write down that the same change is about to be sent a second time; as for ``intent``."""
        self._append("sending_again", santral, {})

    def outcome(self, outcome: Outcome, live: Settings | None) -> None:
        """Write down how it ended, and the settings last read; raises JournalError."""
        ended = {"result": outcome.result, "live": asdict(live) if live else None}
        self._append("outcome", outcome.name, ended)

    def _append(self, event: str, santral: str, details: Mapping[str, object]) -> None:
        record = {
            "format_version": FORMAT_VERSION,
            "time": f"{self._now():%Y-%m-%dT%H:%M:%SZ}",
            "run": self._run,
            "event": event,
            "santral": santral,
            **details,
        }
        with self._lock:
            reason = self._write(f"{json.dumps(record)}\n".encode())
        if reason:
            raise JournalError(f"The journal {printable(str(self._path))} {reason}.")

    def _write(self, line: bytes) -> str | None:
        """Append and fsync; return what went wrong. After a fault nothing more is written."""
        if self._is_torn:
            return "could not be written before"
        try:
            self._is_torn = os.write(self._file, line) < len(line)
            os.fsync(self._file)
        except OSError as error:
            self._is_torn = True
            return f"cannot be written: {error.strerror}"
        return "cannot be written: the line was cut short" if self._is_torn else None


def _open(path: Path) -> int:
    """Open for appending; on its own, private, whole to its last line, and no symbolic link."""
    make_private_directory(path.parent)
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    file = os.open(path, flags, 0o600)
    try:
        if hasattr(os, "fchmod"):
            os.fchmod(file, 0o600)
        _lock(file)
        _end_last_line(file)
        _sync_directory(path.parent)
    except OSError:
        os.close(file)
        raise
    return file


def _lock(file: int) -> None:
    """Hold the journal for this run alone; Windows has no such lock, so there two can meet."""
    if sys.platform == "win32":
        return
    import fcntl  # noqa: PLC0415 - POSIX only

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OSError(error.errno, "another run is using it") from None


def _end_last_line(file: int) -> None:
    """Close off a line that a crash has torn, so that the next record stands alone."""
    size = os.lseek(file, 0, os.SEEK_END)
    if size:
        os.lseek(file, size - 1, os.SEEK_SET)
        if os.read(file, 1) != b"\n":
            os.write(file, b"\n")


def _sync_directory(directory: Path) -> None:
    """Make a new file's name durable; only POSIX systems can open a directory for that."""
    if os.name == "posix":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
