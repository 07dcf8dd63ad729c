"""Runs the program, and at many moments a copy of it that gets a signal there.

``python signalled.py FOUND KIND EVERY ARGUMENT...``: KIND is ``import``, where each moment is taken
once for each signal, or ``call`` for calls of functions, where each EVERYth moment is taken, with
the signals in turn. The file FOUND gets a JSON list, for each copy the moment, the signal, its exit
code and what it wrote to stderr. A copy is a fork, made while there is one thread.
"""

import gc
import json
import os
import runpy
import signal
import sys
import threading
from itertools import cycle
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NoReturn

_FORKED, _EXIT = os.fork, os._exit
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOST = 1 << 20
"""Bytes that are read of what a copy said."""


class Copies:
    """Makes the copies, and collects what becomes of them."""

    def __init__(self, file: Path, every: int) -> None:
        self._file, self._every, self._turns = file, every, cycle(SIGNALS)
        self._parent, self._moments, self._has_begun = os.getpid(), 0, False
        self._stderr = os.open(f"{file}.stderr", os.O_RDWR | os.O_CREAT | os.O_APPEND)
        self.found: list[tuple[str, int, int, str]] = []

    def find_spec(self, name: str, *_: object) -> None:
        """Be there whenever a module is looked for, after the program's first lines."""
        if name not in {"reconciler", "reconciler.__main__"}:
            for number in SIGNALS:
                self.take(f"import of {name}", number)

    def profile(self, frame: FrameType, event: str, _: Any) -> None:
        """Be there whenever a function is called, after the program's first lines."""
        if event != "call":
            return
        code = frame.f_code
        if not self._has_begun:
            self._has_begun = code.co_name == "run" and code.co_filename.endswith("__main__.py")
        if self._has_begun:
            self._moments += 1
            if self._moments % self._every == 0:
                self.take(code, next(self._turns))

    def take(self, moment: str | CodeType, number: int) -> None:
        """Make a copy that goes on with the signal, where a copy can be made."""
        if os.getpid() != self._parent or threading.active_count() > 1:
            return
        os.ftruncate(self._stderr, 0)
        copy = _FORKED()
        if copy == 0:
            sys.setprofile(None)
            gc.disable()  # It would touch, and so copy, all memory.
            os.dup2(self._stderr, 2)
            os.kill(os.getpid(), number)
            return
        code = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
        self.found.append((str(moment), number, code, os.pread(self._stderr, MOST, 0).decode()))

    def end(self, code: int) -> NoReturn:
        """Say what was found, in the place of ``os._exit``."""
        if os.getpid() == self._parent:
            sys.setprofile(None)
            self._file.write_text(json.dumps(self.found))
        _EXIT(code)


def _main() -> None:
    file, kind, every, *arguments = sys.argv[1:]
    copies = Copies(Path(file), int(every))
    sys.argv = ["santral", *arguments]
    os._exit = copies.end  # type: ignore[assignment]
    if kind == "import":
        sys.meta_path.insert(0, copies)
    else:
        sys.setprofile(copies.profile)
    runpy.run_module("reconciler", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
