"""SIGINT and SIGTERM: what is in flight is brought to a known end, then the program leaves."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from types import FrameType

from reconciler.scheduler import Scheduler

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_FIRST = b"\nInterrupted: what is in flight is being finished. Again to leave at once.\n"
_SECOND = b"\nLeft at once: what was in flight is not known; see the journal and plan again.\n"


class Interruption:
    """Whether a signal came, and the exit code that it calls for."""

    exit_code: int | None = None


@contextlib.contextmanager
def handling(handler: Callable[[int], object]) -> Iterator[None]:
    """Have SIGINT and SIGTERM call the handler with their number, as long as the block lasts."""

    def handle(number: int, _: FrameType | None) -> None:
        handler(number)

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextlib.contextmanager
def interruptible(scheduler: Scheduler) -> Iterator[Interruption]:
    """Stop the scheduler at the first signal, and leave at once at the second."""
    interruption = Interruption()

    def handle(number: int) -> None:
        is_first = interruption.exit_code is None
        with contextlib.suppress(OSError):
            os.write(2, _FIRST if is_first else _SECOND)
        if not is_first:
            os._exit(128 + number)
        interruption.exit_code = 128 + number
        scheduler.stop()

    with handling(handle):
        yield interruption
