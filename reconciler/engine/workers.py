"""Threads that work on what they are given."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Self

Work = Callable[[], None]


class Workers:
    """Up to so many threads, each made when all others have work; the work raises nothing.

    A pool of ``concurrent.futures`` notes for each piece of work what came of it, for which nobody
    asks here, and takes as long for that as a request waits for its answer on one machine.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._threads: list[Thread] = []
        self._work: SimpleQueue[Work | None] = SimpleQueue()

    def submit(self, work: Work, in_hand: int) -> None:
        """Have a thread do it; so much is in hand with it. Raises RuntimeError.

        That is where the system has no further thread. The work is in the queue then nevertheless,
        for those that there are.
        """
        self._work.put(work)
        if len(self._threads) < min(self._most, in_hand):
            thread = Thread(target=self._work_on)
            thread.start()
            self._threads.append(thread)

    def _work_on(self) -> None:
        while work := self._work.get():
            work()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait until all work is done."""
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join()
