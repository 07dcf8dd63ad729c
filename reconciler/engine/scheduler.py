"""Running many jobs on a few threads; a job that waits gives its thread to another.

A job is a generator: it works between its ``yield``s and yields a Pause where it has to wait,
for a rate limit say, or a Turn before a request. So a protocol with waits in it still reads from
top to bottom.
"""

import heapq
import math
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, Generic, TypeVar

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


class Stop(Enum):
    """Why a run ends before its work is done."""

    SIGNAL = "signal"
    TIME_LIMIT = "time_limit"


_A_WHILE = 0.5
"""In seconds."""


class Clock:
    """The time, and waiting for a message; tests have one that jumps."""

    def now(self) -> float:
        """Return seconds from a fixed point."""
        return time.monotonic()

    def receive(self, inbox: "SimpleQueue[T]", seconds: float | None) -> T | None:
        """Return the next message, or None when there is none for so many seconds, or for a while.

        Python hears of a signal only once a wait has ended that it came right before.
        """
        try:
            return inbox.get(timeout=_A_WHILE if seconds is None else min(seconds, _A_WHILE))
        except Empty:
            return None


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


class Scheduler:
    """Runs jobs until all are done, or until those begun are done after ``stop``.

    A run begins with its scheduler. ``time_limit``, in seconds, after which it stops, and
    ``rate``, the most requests a second, hold for all its jobs together.
    """

    def __init__(
        self,
        workers: int,
        clock: Clock | None = None,
        *,
        time_limit: float | None = None,
        rate: float | None = None,
    ) -> None:
        self.workers = workers
        self.clock = clock or Clock()
        self.pace = Pace(rate)
        self.inbox: SimpleQueue[Any] = SimpleQueue()
        """Tasks that come back from a worker, and None to wake the run up."""
        self.stopped_by: Stop | None = None
        self._began = self.clock.now()
        self._time_limit = math.inf if time_limit is None else time_limit

    @property
    def is_stopping(self) -> bool:
        """Whether no further job is begun."""
        return self.stopped_by is not None

    def stop(self, reason: Stop = Stop.SIGNAL) -> None:
        """Begin no further job; may be called from a signal handler. The first reason stays."""
        self.stopped_by = self.stopped_by or reason
        self.inbox.put(None)

    def age(self) -> float:
        """Return the seconds since the run began."""
        return self.clock.now() - self._began

    def seconds_left(self) -> float:
        """Return the time left until the time limit, if the run does not stop anyway."""
        return math.inf if self.is_stopping else self._time_limit - self.age()

    def turn(self, *, ends_on_stop: bool) -> Job[None]:
        """Wait until the calling job may make a request; without a rate that is at once."""
        if self.pace.is_limited:
            yield Turn(ends_on_stop)

    def run(
        self, jobs: Iterable[Job[T]], on_done: Callable[[], object] = lambda: None
    ) -> list[T | None]:
        """Run the jobs and return their results in order, None for a job that was never begun.

        ``on_done`` is called, on this thread, each time a job ends. An error that a job raises is
        raised here once the others that were begun have ended.
        """
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        tasks = [_Task(job) for job in jobs]
        with ThreadPoolExecutor(max(1, min(self.workers, len(tasks)))) as pool:
            _Run(self, tasks, pool.submit, on_done).to_the_end()
        for task in tasks:
            if task.error:
                raise task.error
        return [task.result for task in tasks]


@dataclass(slots=True)
class _Task(Generic[T]):
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


class _Waiting(Generic[T]):
    """The jobs that hold no worker: paused ones, those without a turn, and those not begun."""

    def __init__(self, fresh: Iterable[_Task[T]], pace: Pace) -> None:
        self._fresh = deque(fresh)
        self._pace = pace
        self._paused: list[tuple[float, int, _Task[T]]] = []
        self._turns: list[tuple[bool, int, _Task[T]]] = []
        """Who has had a turn goes first: what was looked at is to be changed soon after."""
        self._order = count()
        self.is_stopping = False

    def __bool__(self) -> bool:
        return bool(self._paused or self._turns or self._fresh)

    def add(self, task: _Task[T], wish: Pause | Turn, now: float) -> None:
        """Let a job wait for what it wishes."""
        order = next(self._order)
        if self.is_stopping and task.may_stop:
            heapq.heappush(self._paused, (_AT_ONCE, order, task))
        elif isinstance(wish, Turn):
            heapq.heappush(self._turns, (not task.has_had_a_turn, order, task))
        else:
            heapq.heappush(self._paused, (now + wish.seconds, order, task))

    def pop_ready(self, now: float) -> _Task[T] | None:
        """Return a job that has waited long enough, rather than one that was never begun.

        None is begun while others wait for their turn, or it would wait for its own at once.
        """
        if self._paused and self._paused[0][0] <= now:
            return heapq.heappop(self._paused)[2]
        if self._turns:
            return self._pop_turn(now) if self._pace.free_at <= now else None
        return self._fresh.popleft() if self._fresh else None

    def _pop_turn(self, now: float) -> _Task[T]:
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


class _Run(Generic[T]):
    """The state of one ``Scheduler.run``, touched by its calling thread alone."""

    def __init__(
        self,
        scheduler: Scheduler,
        tasks: Iterable[_Task[T]],
        submit: Callable[[Callable[[], None]], object],
        on_done: Callable[[], object],
    ) -> None:
        self._scheduler = scheduler
        self._submit = submit
        self._on_done = on_done
        self._waiting = _Waiting(tasks, scheduler.pace)
        self._working = 0
        self._most_handed_out = scheduler.workers * (1 if scheduler.pace.is_limited else 2)

    def to_the_end(self) -> None:
        """Hand out work and take it back until nothing is left to do."""
        while True:
            self._stop_if_asked()
            self._hand_out()
            if not (self._working or self._waiting):
                return
            task = self._scheduler.clock.receive(self._scheduler.inbox, self._seconds_to_next())
            if task:
                self._take_back(task)

    def _stop_if_asked(self) -> None:
        if self._scheduler.seconds_left() <= 0:
            self._scheduler.stop(Stop.TIME_LIMIT)
        if self._scheduler.is_stopping and not self._waiting.is_stopping:
            self._waiting.stop()

    def _hand_out(self) -> None:
        """Keep the workers busy, and as many jobs waiting for them, so that none has to wait.

        At a rate none waits for a worker, or its request would be made later than its turn was,
        and closer to the next. Where the system has no thread left, this one does the work.
        """
        clock = self._scheduler.clock
        while self._working < self._most_handed_out:
            task = self._waiting.pop_ready(clock.now())
            if not task:
                return
            self._working += 1
            work = partial(self._work_on, task, Lock())
            try:
                self._submit(work)
            except (RuntimeError, MemoryError):
                work()

    def _work_on(self, task: _Task[T], claim: Lock) -> None:
        """Work on it once: what the pool refused for want of a thread may stand in its queue."""
        if not claim.acquire(blocking=False):
            return
        if task.is_begun or not self._scheduler.is_stopping:
            task.step()
        self._scheduler.inbox.put(task)

    def _seconds_to_next(self) -> float | None:
        """Return how long until a free worker could take a job up, or time is up; None if never."""
        is_worker_free = self._working < self._most_handed_out
        now = self._scheduler.clock.now()
        to_next = self._waiting.seconds_to_next(now) if is_worker_free else math.inf
        seconds = max(0.0, min(to_next, self._scheduler.seconds_left()))
        return None if math.isinf(seconds) else seconds

    def _take_back(self, task: _Task[T]) -> None:
        self._working -= 1
        if task.wish:
            self._waiting.add(task, task.wish, self._scheduler.clock.now())
        else:
            self._on_done()
