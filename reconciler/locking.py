"""Holding a directory, so that two runs change what lies in it one after the other."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

_BETWEEN_TRIES = 0.02
"""In seconds."""


@contextlib.contextmanager
def held(directory: Path, patience: float) -> Iterator[None]:
    """Hold the directory, waiting for it so many seconds; raises OSError.

    Windows has no such lock, nor have some file systems of other machines; there two runs can meet.
    """
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        ends = monotonic() + patience
        while not _is_locked(descriptor):
            if monotonic() >= ends:
                raise BlockingIOError(0, "another run is using it")
            sleep(_BETWEEN_TRIES)
        yield
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    """Lock it, unless somebody else does; where there are no locks there is nothing to wait for."""
    import fcntl  # noqa: PLC0415 - POSIX only

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return not isinstance(error, BlockingIOError)
    return True
