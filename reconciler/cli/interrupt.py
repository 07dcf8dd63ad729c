"""Signals that end a run: what is in flight is brought to a known end, then the program leaves.

A signal that was ignored when the program started (nohup, a background job) stays ignored.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from enum import Enum, auto
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, NoReturn, TextIO

from reconciler.core.errors import ExitCode
from reconciler.core.language import for_stderr
from reconciler.core.messages import say, template

if TYPE_CHECKING:
    from reconciler.engine.scheduler import Scheduler

INTERRUPTED = 128 + signal.SIGINT
"""The exit code of a run that Ctrl-C ended."""
_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)
"""Windows has no SIGHUP, and SIGBREAK for Ctrl-Break."""
_FORWARDED = 1.0
"""Seconds within which a second signal is taken for the first one, forwarded by a wrapper."""
_STRONGER = 15.0
"""Seconds within which another kind is the same wish: GitHub sends SIGTERM 7.5 s after SIGINT."""
_FIRST = template("Interrupted. Finishing what is in flight. Press again to exit immediately.")
_SECOND = template(
    "Exited immediately. What became of what was in flight is not known. See the journal, and plan "
    "again."
)
_NOTHING_IN_FLIGHT = template("Interrupted.")


class Meaning(Enum):
    """What a signal says, after those that came before it."""

    FIRST = auto()
    SAME = auto()
    AGAIN = auto()


class Interruption:
    """Whether a signal came in a run, and the exit code that the first one calls for."""

    exit_code: int | None = None
    _came_at = 0.0
    """When the first came, in seconds from a fixed point."""

    def take(self, number: int) -> Meaning:
        """Remember the first signal; return what this one means."""
        now = monotonic()
        if self.exit_code is None:
            self.exit_code, self._came_at = 128 + number, now
            return Meaning.FIRST
        is_stronger = number not in {signal.SIGINT, self.exit_code - 128}
        is_same = now - self._came_at <= (_STRONGER if is_stronger else _FORWARDED)
        return Meaning.SAME if is_same else Meaning.AGAIN


_RUN: ContextVar[Interruption] = ContextVar("_RUN")
"""That of the run which is going on."""


@contextlib.contextmanager
def handling(handler: Callable[[int], object]) -> Iterator[None]:
    """Have the signals call the handler with their number, as long as the block lasts.

    Only a process's main thread can; a run on another leaves its signals to that one.
    """

    def handle(number: int, _: FrameType | None) -> None:
        handler(number)

    is_main = threading.current_thread() is threading.main_thread()
    signals = _SIGNALS if is_main else ()
    heeded = [number for number in signals if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in heeded}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


class SignalError(BaseException):
    """A signal came while nothing was in flight, so that the program can leave at once."""


@contextlib.contextmanager
def leaving(interruption: Interruption) -> Iterator[None]:
    """Begin a run in which a signal raises SignalError, except one that says nothing new."""

    def handle(number: int) -> None:
        if interruption.take(number) is not Meaning.SAME:
            raise SignalError

    token = _RUN.set(interruption)
    try:
        with _heeding_what_is_swallowed(interruption), handling(handle):
            yield
    finally:
        _RUN.reset(token)


@contextlib.contextmanager
def _heeding_what_is_swallowed(interruption: Interruption) -> Iterator[None]:
    """Leave where a SignalError was raised in a finalizer, from which Python lets none out."""
    others = sys.unraisablehook

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        if isinstance(unraisable.exc_value, SignalError):
            _leave_at_once(_NOTHING_IN_FLIGHT, interruption)
        others(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = others


@contextlib.contextmanager
def interruptible(scheduler: "Scheduler") -> Iterator[Interruption]:
    """Stop the scheduler at the first signal of the run, and leave at once when asked again."""
    interruption = _RUN.get(Interruption())

    def handle(number: int) -> None:
        meaning = interruption.take(number)
        if meaning is Meaning.FIRST:
            scheduler.stop()
            _report(_FIRST)
        elif meaning is Meaning.AGAIN:
            _leave_at_once(_SECOND, interruption)

    with handling(handle):
        yield interruption


def signalled_code() -> int | None:
    """Return the exit code that the first signal of this run calls for, if there was one."""
    return _RUN.get(Interruption()).exit_code


def leave(code: int, interruption: Interruption) -> NoReturn:
    """End the process, without what Python does at its end.

    That would show a traceback where a signal comes, and 120 for a terminal that has gone away.
    """

    def handle(number: int) -> None:
        if interruption.take(number) is not Meaning.SAME:
            _leave_at_once(_NOTHING_IN_FLIGHT, interruption)

    with handling(handle):
        is_lost = not _flushed(sys.stdout)
        _flushed(sys.stderr)
        os._exit(interruption.exit_code or code or (ExitCode.ERROR if is_lost else ExitCode.OK))


def _flushed(stream: TextIO) -> bool:
    try:
        stream.flush()
    except (OSError, ValueError):
        return False
    return True


def _leave_at_once(text: str, interruption: Interruption) -> NoReturn:
    _report(text)
    os._exit(interruption.exit_code or INTERRUPTED)


def _report(text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, for_stderr(f"\n{say(text)}\n"))
