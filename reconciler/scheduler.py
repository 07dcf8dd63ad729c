"""Running many jobs on a few threads; a job that waits gives its thread to another.

A job is a generator: it works between its ``yield``s and yields a Pause where it has to wait,
for a rate limit say. So a protocol with waits in it still reads from top to bottom.
"""

import heapq
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pause:
    """A wish to wait."""

    seconds: float
    ends_on_stop: bool = False
    """Whether the wait is over at once when the run is to stop."""


Job = Generator[Pause, None, T]


class Clock:
    """The time, and waiting for a message; tests have one that jumps."""

    def now(self) -> float:
        """Return seconds from a fixed point."""
        return time.monotonic()

    def receive(self, inbox: "SimpleQueue[T]", seconds: float | None) -> T | None:
        """Return the next message, or None when there is none for so many seconds."""
        try:
            return inbox.get(timeout=seconds)
        except Empty:
            return None


@dataclass(slots=True)
class _Task(Generic[T]):
    """A job under way, and what came of it."""

    job: Job[T]
    is_begun: bool = False
    pause: Pause | None = None
    result: T | None = None
    error: BaseException | None = None

    def step(self) -> None:
        """Work until the next pause or the end; runs on a worker's thread."""
        self.is_begun = True
        try:
            self.pause = next(self.job)
        except StopIteration as end:
            self.pause, self.result = None, end.value
        except BaseException as error:  # noqa: BLE001 - re-raised by the thread that waits
            self.pause, self.error = None, error


class Scheduler:
    """Runs jobs until all are done, or until those begun are done after ``stop``."""

    def __init__(self, workers: int, clock: Clock | None = None) -> None:
        self.workers = workers
        self.clock = clock or Clock()
        self.inbox: SimpleQueue[Any] = SimpleQueue()
        """Tasks that come back from a worker, and None to wake the run up."""
        self.is_stopping = False

    def stop(self) -> None:
        """Begin no further job; may be called from a signal handler."""
        self.is_stopping = True
        self.inbox.put(None)

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
        self._fresh = deque(tasks)
        self._paused: list[tuple[float, int, _Task[T]]] = []
        self._order = count()
        self._working = 0
        self._most_handed_out = 2 * scheduler.workers

    def to_the_end(self) -> None:
        """Hand out work and take it back until nothing is left to do."""
        scheduler = self._scheduler
        while True:
            if scheduler.is_stopping:
                self._drop_what_can_stop()
            self._hand_out()
            if not (self._working or self._paused):
                return
            task = scheduler.clock.receive(scheduler.inbox, self._seconds_to_next())
            if task:
                self._take_back(task)

    def _drop_what_can_stop(self) -> None:
        for task in self._fresh:
            task.job.close()
        self._fresh.clear()
        self._paused = [
            (0.0 if task.pause and task.pause.ends_on_stop else ready, order, task)
            for ready, order, task in self._paused
        ]
        heapq.heapify(self._paused)

    def _hand_out(self) -> None:
        """Keep the workers busy, and as many jobs waiting for them, so that none has to wait.

        Where the system has no thread left, this one does the work.
        """
        while self._working < self._most_handed_out and (task := self._next_ready()):
            self._working += 1
            try:
                self._submit(partial(self._work_on, task))
            except RuntimeError:
                self._work_on(task)

    def _work_on(self, task: _Task[T]) -> None:
        if task.is_begun or not self._scheduler.is_stopping:
            task.step()
        self._scheduler.inbox.put(task)

    def _next_ready(self) -> _Task[T] | None:
        """Return a job whose pause is over rather than one that was never begun."""
        if self._paused and self._paused[0][0] <= self._scheduler.clock.now():
            return heapq.heappop(self._paused)[2]
        return self._fresh.popleft() if self._fresh else None

    def _seconds_to_next(self) -> float | None:
        """Return how long until a pause ends that a free worker could take up."""
        if not self._paused or self._working == self._most_handed_out:
            return None
        return max(0.0, self._paused[0][0] - self._scheduler.clock.now())

    def _take_back(self, task: _Task[T]) -> None:
        self._working -= 1
        if task.pause:
            ready = self._scheduler.clock.now() + task.pause.seconds
            heapq.heappush(self._paused, (ready, next(self._order), task))
        else:
            self._on_done()
