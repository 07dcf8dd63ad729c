"""Running many jobs on a few threads; a job that waits gives its thread to another.

A job is a generator: it works between its ``yield``s and yields a Pause where it has to wait,
for a rate limit say, or a Turn before a request. So a protocol with waits in it still reads from
top to bottom.
"""

import math
import time
from collections.abc import Callable, Iterable
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, Generic, TypeVar

from reconciler.core.stop import Stop
from reconciler.engine.jobs import Job, Pace, Task, Turn, Waiting

T = TypeVar("T")


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

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        nothing: SimpleQueue[None] = SimpleQueue()
        ends = self.now() + seconds
        while (left := ends - self.now()) > 0:
            self.receive(nothing, left)


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

        tasks = [Task(job) for job in jobs]
        with ThreadPoolExecutor(max(1, min(self.workers, len(tasks)))) as pool:
            _Run(self, tasks, pool.submit, on_done).to_the_end()
        for task in tasks:
            if task.error:
                raise task.error
        return [task.result for task in tasks]


class _Run(Generic[T]):
    """The state of one ``Scheduler.run``, touched only by its calling thread."""

    def __init__(
        self,
        scheduler: Scheduler,
        tasks: Iterable[Task[T]],
        submit: Callable[[Callable[[], None]], object],
        on_done: Callable[[], object],
    ) -> None:
        self._scheduler = scheduler
        self._submit = submit
        self._on_done = on_done
        self._waiting = Waiting(tasks, scheduler.pace)
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

    def _work_on(self, task: Task[T], claim: Lock) -> None:
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

    def _take_back(self, task: Task[T]) -> None:
        self._working -= 1
        if task.wish:
            self._waiting.add(task, task.wish, self._scheduler.clock.now())
        else:
            self._on_done()
