"""The journal as a file: opened with care, held by one run at a time."""

import os
import sys
from pathlib import Path
from time import sleep

from reconciler.files import (
    CAREFULLY,
    IN_USE,
    RefusedError,
    make_private_directory,
    refuse_other_than_regular,
    sync_directory,
)

_LOCK_TRIES = 20
_BETWEEN_LOCK_TRIES = 0.05
"""In seconds."""


def open_to_append(path: Path) -> int:
    """Open it, or create it private, and hold it until it is closed; raises OSError."""
    make_private_directory(path.parent)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | CAREFULLY, 0o600)
    try:
        refuse_other_than_regular(file)
        _lock_patiently(file)
        sync_directory(path.parent)
    except OSError:
        os.close(file)
        raise
    return file


def make_private(file: int) -> None:
    """Let only its owner read it, whoever could before; raises OSError."""
    if hasattr(os, "fchmod"):
        os.fchmod(file, 0o600)


def lock(file: int, *, is_shared: bool) -> bool:
    """Lock the file until it is closed, or report that somebody else holds it.

    Windows has no such lock, so there two runs can meet.
    """
    if sys.platform == "win32":
        return True
    import fcntl  # noqa: PLC0415 - POSIX only

    try:
        fcntl.flock(file, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_patiently(file: int) -> None:
    """Hold the file for this run only; a reader lets go of it soon."""
    for _ in range(_LOCK_TRIES):
        if lock(file, is_shared=False):
            return
        sleep(_BETWEEN_LOCK_TRIES)
    raise RefusedError(IN_USE)


def missing_end(file: int) -> bytes:
    """Return the line feed that the last line lacks, if it does."""
    size = os.lseek(file, 0, os.SEEK_END)
    if not size:
        return b""
    os.lseek(file, size - 1, os.SEEK_SET)
    return b"" if os.read(file, 1) == b"\n" else b"\n"
