"""The journal as a file: opened with care, held by one run at a time."""

import os
from pathlib import Path

from reconciler import locks
from reconciler.files import (
    make_private_directory,
    open_checked,
    open_regular,
    sync_directory,
)

_PATIENCE = 1.0
"""Seconds to wait for somebody who only reads it, and soon releases it."""


def open_to_append(path: Path) -> int:
    """Open it, or create it private, and hold it until ``locks.close``; raises OSError."""
    make_private_directory(path.parent)
    file = open_checked(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        locks.hold(file, _PATIENCE)
        sync_directory(path.parent)
    except OSError:
        locks.close(file)
        raise
    return file


def read_whole(path: Path) -> tuple[bytes, bool]:
    """Return what it holds, and whether a run is using it now; raises OSError."""
    file = open_regular(path)
    try:
        is_busy = not locks.share(file)
        with open(file, "rb", closefd=False) as stream:
            return stream.read(), is_busy
    finally:
        locks.close(file)


def make_private(file: int) -> None:
    """Let only its owner read it, whoever could before; raises OSError."""
    if hasattr(os, "fchmod"):
        os.fchmod(file, 0o600)


def missing_end(file: int) -> bytes:
    """Return the line feed that the last line lacks, if it does."""
    size = os.lseek(file, 0, os.SEEK_END)
    if not size:
        return b""
    os.lseek(file, size - 1, os.SEEK_SET)
    return b"" if os.read(file, 1) == b"\n" else b"\n"
