"""Jobs that take turns, and how those that hold no worker wait."""

import heapq
import math
from collections import deque
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")
_AT_ONCE = 0.0


@dataclass(frozen=True, slots=True)
class Pause:
    """A wish to wait."""

    seconds: float
    ends_on_stop: bool = False
    """Whether the wait is over at once when the run is to stop."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A wish to make a request, which has to wait until the run's rate allows it."""

    ends_on_stop: bool = False
    """Whether the wait is over at once when the run is to stop; no request may follow then."""


Job = Generator[Pause | Turn, None, T]


class Pace:
    """Keeps requests apart, so that there are never more of them than a rate allows."""

    def __init__(self, rate: float | None) -> None:
        """Allow so many requests a second, or any number."""
        self.is_limited = rate is not None
        self._seconds_between = 1 / rate if rate else 0.0
        self.free_at = 0.0
        """The moment from which on the next request may be made."""

    def take(self, now: float) -> None:
        """Count a request that is made now."""
        self.free_at = now + self._seconds_between


@dataclass(slots=True)
class Task(Generic[T]):
    """A job under way, and what came of it."""

    job: Job[T]
    is_begun: bool = False
    has_had_a_turn: bool = False
    wish: Pause | Turn | None = None
    result: T | None = None
    error: BaseException | None = None

    def step(self) -> None:
        """Work until the next wish or the end; runs on a worker's thread."""
        self.is_begun = True
        try:
            self.wish = next(self.job)
        except StopIteration as end:
            self.wish, self.result = None, end.value
        except BaseException as error:  # noqa: BLE001 - re-raised by the thread that waits
            self.wish, self.error = None, error

    @property
    def may_stop(self) -> bool:
        """Whether what it waits for ends when the run is to stop."""
        return bool(self.wish and self.wish.ends_on_stop)


class Waiting(Generic[T]):
    """The jobs that hold no worker: paused ones, those without a turn, and those not begun."""

    def __init__(self, fresh: Iterable[Task[T]], pace: Pace) -> None:
        self._fresh = deque(fresh)
        self._pace = pace
        self._paused: list[tuple[float, int, Task[T]]] = []
        self._turns: list[tuple[bool, int, Task[T]]] = []
        """Who has had a turn goes first: what was looked at is to be changed soon after."""
        self._order = count()
        self.is_stopping = False

    def __bool__(self) -> bool:
        return bool(self._paused or self._turns or self._fresh)

    def add(self, task: Task[T], wish: Pause | Turn, now: float) -> None:
        """Let a job wait for what it wishes."""
        order = next(self._order)
        if self.is_stopping and task.may_stop:
            heapq.heappush(self._paused, (_AT_ONCE, order, task))
        elif isinstance(wish, Turn):
            heapq.heappush(self._turns, (not task.has_had_a_turn, order, task))
        else:
            heapq.heappush(self._paused, (now + wish.seconds, order, task))

    def pop_ready(self, now: float) -> Task[T] | None:
        """Return a job that has waited long enough, rather than one that was never begun.

        None is begun while others wait for their turn, or it would wait for its own at once.
        """
        if self._paused and self._paused[0][0] <= now:
            return heapq.heappop(self._paused)[2]
        if self._turns:
            return self._pop_turn(now) if self._pace.free_at <= now else None
        return self._fresh.popleft() if self._fresh else None

    def _pop_turn(self, now: float) -> Task[T]:
        self._pace.take(now)
        task = heapq.heappop(self._turns)[2]
        task.has_had_a_turn = True
        return task

    def seconds_to_next(self, now: float) -> float:
        """Return how long until one has waited long enough; infinite where none waits."""
        paused = self._paused[0][0] if self._paused else math.inf
        turn = self._pace.free_at if self._turns else math.inf
        return min(paused, turn) - now

    def stop(self) -> None:
        """Drop the jobs that were never begun, and end the waits that may end."""
        for task in self._fresh:
            task.job.close()
        self._fresh.clear()
        self.is_stopping = True
        stoppable = [entry for entry in self._turns if entry[2].may_stop]
        self._turns = [entry for entry in self._turns if not entry[2].may_stop]
        self._paused = [
            (_AT_ONCE if task.may_stop else ready, order, task)
            for ready, order, task in self._paused
        ] + [(_AT_ONCE, order, task) for _, order, task in stoppable]
        heapq.heapify(self._turns)
        heapq.heapify(self._paused)
