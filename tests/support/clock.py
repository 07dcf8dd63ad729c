"""A clock that jumps over the waits of a run."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reconciler.engine import scheduler

if TYPE_CHECKING:
    from queue import SimpleQueue


class JumpingClock(scheduler.Clock):
    """Jumps over the waits of a run, and remembers how far.

    It never jumps while work is under way, be the machine ever so busy.
    """

    waits: list[float]
    working = 0
    """How many jobs are being worked on, or are about to be."""
    meanwhile: Callable[[], object] = staticmethod(lambda: None)
    """What happens during each wait."""

    def __init__(self) -> None:
        self._jumped = 0.0
        type(self).waits = []

    def now(self) -> float:
        return super().now() + self._jumped

    def jump(self, seconds: float) -> None:
        self._jumped += seconds

    def receive(self, inbox: "SimpleQueue[Any]", seconds: float | None) -> Any:
        if self.working or not inbox.empty() or seconds is None:
            return super().receive(inbox, seconds)
        self.meanwhile()
        self.waits.append(seconds)
        self.jump(seconds)
        return None


_seconds_to_next = scheduler._Run._seconds_to_next  # noqa: SLF001


def _telling_the_clock(run: "scheduler._Run[Any]") -> float | None:
    """Let a clock that jumps know of the work under way, before it is asked to wait."""
    clock = run._scheduler.clock  # noqa: SLF001
    if isinstance(clock, JumpingClock):
        clock.working = run._working  # noqa: SLF001
    return _seconds_to_next(run)


scheduler._Run._seconds_to_next = _telling_the_clock  # type: ignore[assignment]  # noqa: SLF001
