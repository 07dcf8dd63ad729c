"""Asking many notification URLs: each once, and no host at more than a few at a time."""

import contextlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from threading import Lock

from reconciler.client.receiver import Ask, Visit
from reconciler.core.errors import bug
from reconciler.core.notification_url import address
from reconciler.engine.jobs import Job, Pause
from reconciler.engine.scheduler import Scheduler

MOST_AT_A_HOST = 4
"""Requests under way to one host, so that looking after a server does not press it."""
_AT_ONCE = Pause(0.0, ends_on_stop=True)


def ask_all(
    urls: Iterable[str],
    ask: Ask,
    scheduler: Scheduler,
    on_done: Callable[[], object] = lambda: None,
) -> dict[str, Visit]:
    """Return what each URL came to; one that the run came to no longer is missing.

    The URLs must be ones that ``url_problem`` allows. ``on_done`` is called by one thread at a
    time, after each.
    """
    waiting: dict[str, deque[str]] = defaultdict(deque)
    for url in dict.fromkeys(urls):
        waiting[address(url)[0]].append(url)
    visits: dict[str, Visit] = {}
    reporting = Lock()

    def lane(queue: "deque[str]") -> Job[None]:
        """Ask one URL of a host after the other, as long as there are any."""
        while not scheduler.is_stopping and (url := _next(queue)):
            visits[url] = _visit(url, ask)
            with reporting:
                on_done()
            yield _AT_ONCE

    lanes = [lane(queue) for queue in waiting.values() for _ in range(_lanes_for(queue))]
    scheduler.run(lanes)
    return visits


def _next(queue: "deque[str]") -> str | None:
    """Return the next URL, for which another lane may have been faster."""
    with contextlib.suppress(IndexError):
        return queue.popleft()
    return None


def _lanes_for(queue: "deque[str]") -> int:
    return min(MOST_AT_A_HOST, len(queue))


def _visit(url: str, ask: Ask) -> Visit:
    """Ask one; a bug is this URL's failure, so that it takes no other's answer away."""
    try:
        return ask(url)
    except Exception as error:  # noqa: BLE001
        return Visit(0.0, problem=bug(error))
