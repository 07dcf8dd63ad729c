"""Runs the program so that it kills itself, as kill -9 would, at one write or fsync of the journal.

Each run is a copy of a process that has read the program already. That is asked by a line of JSON:
the folder, the environment, where each step's name goes, the last step, which may be none, and the
arguments. It says which process the copy is, and once that has ended, with which code.
"""

import json
import os
import signal
import stat
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from support.clock import JumpingClock
from support.warm import import_program

from reconciler.cli.main import main
from reconciler.engine import scheduler


class Steps:
    """Counts the journal's writes and fsyncs, and ends the process at one of them."""

    def __init__(self, log: Path, last: str) -> None:
        self._log = log
        self._last = last
        self._counts: Counter[str] = Counter()
        self._write, self._fsync = os.write, os.fsync

    def write(self, file: int, content: bytes) -> int:
        step = self._next("write", file)
        if self._last == f"{step} half":
            self._write(file, content[: len(content) // 2])
            self._die()
        written = self._write(file, content)
        self._may_die(step, "after")
        return written

    def fsync(self, file: int) -> None:
        step = self._next("fsync", file)
        self._fsync(file)
        self._may_die(step, "after")

    def _next(self, kind: str, file: int) -> str | None:
        """Name the step, and end the process before it if that is asked for."""
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return None
        self._counts[kind] += 1
        step = f"{kind} {self._counts[kind]}"
        with self._log.open("a") as log:
            log.write(f"{step}\n")
        self._may_die(step, "before")
        return step

    def _may_die(self, step: str | None, moment: str) -> None:
        if self._last == f"{step} {moment}":
            self._die()

    @staticmethod
    def _die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def _serve() -> None:
    """Run what is asked for, one after the other."""
    for line in sys.stdin:
        copy = os.fork()
        if copy == 0:
            _become(*json.loads(line))
        print(copy, flush=True)  # noqa: T201 - whoever asks reads it
        _, status = os.waitpid(copy, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def _become(
    folder: str, environment: Mapping[str, str], log: str, last: str, *arguments: str
) -> NoReturn:
    """Be the process that was asked for, and end as it does."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    steps = Steps(Path(log), last)
    os.write, os.fsync = steps.write, steps.fsync  # type: ignore[assignment]
    JumpingClock.waits = []
    scheduler.Clock = JumpingClock  # type: ignore[misc]
    try:
        os._exit(main(arguments))
    finally:
        os._exit(70)  # Nothing of this file's own goes on.


if __name__ == "__main__":
    import_program()
    _serve()
