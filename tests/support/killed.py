"""Runs the program so that it kills itself, as kill -9 would, at one write or fsync of the journal.

``python killed.py LOG STEP ARGUMENT...``: each step's name goes to LOG; the STEP may be none.
"""

import os
import signal
import stat
import sys
from collections import Counter
from pathlib import Path

from support.clock import JumpingClock

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


if __name__ == "__main__":
    steps = Steps(Path(sys.argv[1]), sys.argv[2])
    os.write, os.fsync = steps.write, steps.fsync  # type: ignore[assignment]
    JumpingClock.waits = []
    scheduler.Clock = JumpingClock  # type: ignore[misc]
    sys.exit(main(sys.argv[3:]))
