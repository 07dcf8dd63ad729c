"""Locks between processes, on open files; the system releases them when a process ends.

POSIX systems have ``flock``, whose locks readers can share. Windows has ``msvcrt.locking``: it
locks bytes for one process alone, and nobody else can read them meanwhile. So there a single byte
is locked, far beyond the end of any file, which is allowed; a reader holds it only while it reads.

Why not the library filelock: it locks a file of its own. Earlier versions of this program, which
lock the journal itself, would not heed that, and readers could not share it.
"""

import contextlib
import math
import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from time import sleep
from typing import Any

from reconciler.files import DIRECTORY_LOCK, IN_USE, RefusedError, open_checked

_BETWEEN_TRIES = 0.02
"""In seconds."""
_PATIENCE_OF_A_READER = 0.2
"""Seconds within which another reader releases it."""
_LOCKED_BYTE = 2**31 - 2
"""The last byte that an offset of 32 bits can lock; no journal is as long."""


def hold(file: int, patience: float) -> None:
    """Lock a file for this process alone until it is closed, waiting for ``patience`` seconds.

    Raises OSError; RefusedError where another process has it.
    """
    if not _is_locked_within(patience, file, is_shared=False):
        raise RefusedError(IN_USE)


def share(file: int) -> bool:
    """Lock a file with other readers until it is closed; return False where a run has it."""
    return _is_locked_within(_PATIENCE_OF_A_READER, file, is_shared=True)


def close(file: int) -> None:
    """Close a file and release its lock; Windows would do the latter by itself, but at any time."""
    with contextlib.suppress(ImportError, OSError):
        _lock_byte(file, import_module("msvcrt").LK_UNLCK)
    os.close(file)


@contextlib.contextmanager
def held(directory: Path, patience: float) -> Iterator[None]:
    """Hold a directory, waiting for it for ``patience`` seconds; raises OSError.

    Some network file systems have no such locks; there two runs can meet.
    """
    file = _open_directory(directory)
    try:
        _hold_if_possible(file, patience)
        yield
    finally:
        close(file)


def _open_directory(directory: Path) -> int:
    """Open what is locked for a directory: itself, or a file in it on Windows, which opens none."""
    if hasattr(os, "O_DIRECTORY"):
        return os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    return open_checked(directory / DIRECTORY_LOCK, os.O_RDWR | os.O_CREAT, 0o600)


def _hold_if_possible(file: int, patience: float) -> None:
    try:
        hold(file, patience)
    except RefusedError:
        raise
    except OSError:
        return


def _is_locked_within(patience: float, file: int, *, is_shared: bool) -> bool:
    """Lock it, trying again for ``patience`` seconds; return whether that worked."""
    for _ in range(math.ceil(patience / _BETWEEN_TRIES)):
        if _is_locked(file, is_shared=is_shared):
            return True
        sleep(_BETWEEN_TRIES)
    return _is_locked(file, is_shared=is_shared)


def _is_locked(file: int, *, is_shared: bool) -> bool:
    """Lock it, unless another process has it; return whether that worked."""
    try:
        _way_to_lock(is_shared=is_shared)(file)
    except (BlockingIOError, PermissionError):  # of flock, and of msvcrt
        return False
    return True


def _way_to_lock(*, is_shared: bool) -> Callable[[int], None]:
    try:
        import fcntl  # noqa: PLC0415 - POSIX only
    except ImportError:
        mode = import_module("msvcrt").LK_NBLCK
        return lambda file: _lock_byte(file, mode)
    kind = fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX
    return lambda file: fcntl.flock(file, kind | fcntl.LOCK_NB)


def _lock_byte(file: int, mode: Any) -> None:
    """Lock or unlock the byte; ``msvcrt`` takes the one at the file's position."""
    before = os.lseek(file, 0, os.SEEK_CUR)
    os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
    try:
        import_module("msvcrt").locking(file, mode, 1)
    finally:
        os.lseek(file, before, os.SEEK_SET)
