"""The program on a pseudo terminal of its own, and somebody who answers what it asks there."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from support.program import SOON

_ROWS = 200
_LOOK = 0.05
"""Seconds between two looks whether the program has ended."""


@dataclass
class Sitting:
    """Somebody at the terminal, who types when a question has come."""

    process: "subprocess.Popen[bytes]"
    ours: int
    theirs: int
    seen: bytes = b""
    _answered: int = field(default=0)
    """How much of what was seen came before the last answer."""

    def until(self, text: str) -> None:
        """Wait until a text is seen that was not there when the last answer was given."""
        while text.encode() not in self.seen[self._answered :]:
            assert select.select([self.ours], [], [], SOON)[0], self.screen
            self.seen += os.read(self.ours, 65536)

    def answer(self, question: str, typed: str) -> None:
        """Wait for a question, and type something and Enter."""
        self.press(question, f"{typed}\n")

    def press(self, question: str, keys: str) -> None:
        """Wait for a question, and type something without Enter."""
        self.until(question)
        self._answered = len(self.seen)
        os.write(self.ours, keys.encode())

    def end(self) -> int:
        """Wait for the program to end, and return its exit code."""
        ends = time.monotonic() + SOON
        while self.process.poll() is None or select.select([self.ours], [], [], 0)[0]:
            assert time.monotonic() < ends, self.screen
            if select.select([self.ours], [], [], _LOOK)[0]:
                self.seen += os.read(self.ours, 65536)
        return self.process.returncode

    @property
    def screen(self) -> str:
        """All that was shown, with what was typed where the terminal shows it."""
        return self.seen.decode().replace("\r\n", "\n")

    @property
    def shows_typing(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self.theirs)[3] & termios.ECHO)


@contextlib.contextmanager
def sitting(*arguments: str, columns: int = 80, **variables: str) -> Iterator[Sitting]:
    """Run the program on a terminal that is so wide, and knows nothing but text."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name != "CI"}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "reconciler", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**inherited, "TERM": "dumb", "NO_COLOR": "1", **variables},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - Ctrl-C's target
    )
    try:
        yield Sitting(process, ours, theirs)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)
