"""SIGINT, SIGTERM and SIGHUP: what is in flight is brought to a known end, then the program leaves.

A signal that was ignored when the program started (nohup, a background job) stays ignored.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from types import FrameType

from reconciler.scheduler import Scheduler

INTERRUPTED = 128 + signal.SIGINT
"""The exit code of a run that Ctrl-C ended."""
_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_SAME_WISH = 1.0
"""Seconds within which a second signal is taken for the first one, forwarded by a wrapper."""
_FIRST = b"\nInterrupted: what is in flight is being finished. Again to leave at once.\n"
_SECOND = b"\nLeft at once: what was in flight is not known; see the journal and plan again.\n"


class Interruption:
    """Whether a signal came, and the exit code that it calls for."""

    exit_code: int | None = None
    came_at = 0.0
    """When it came, in seconds from a fixed point."""


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

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


@contextlib.contextmanager
def leaving() -> Iterator[None]:
    """Have a signal raise: KeyboardInterrupt for SIGINT, SignalError for the others."""

    def leave(number: int) -> None:
        raise KeyboardInterrupt if number == signal.SIGINT else SignalError(number)

    with handling(leave):
        yield


@contextlib.contextmanager
def interruptible(scheduler: Scheduler) -> Iterator[Interruption]:
    """Stop the scheduler at the first signal, and leave at once at the second."""
    interruption = Interruption()

    def handle(number: int) -> None:
        if interruption.exit_code is None:
            interruption.exit_code, interruption.came_at = 128 + number, monotonic()
            _tell(_FIRST)
            scheduler.stop()
        elif monotonic() - interruption.came_at > _SAME_WISH:
            _tell(_SECOND)
            os._exit(128 + number)

    with handling(handle):
        yield interruption


def _tell(text: bytes) -> None:
    with contextlib.suppress(OSError):
        os.write(2, text)
