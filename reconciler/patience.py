"""Trying again, and for how long: the waits between requests."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.client.answers import Live
from reconciler.client.api import Account, Api, Note, Unread
from reconciler.scheduler import Job, Pause


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is tried and how long it waits between, in seconds."""

    tries: int = 3
    first_wait: float = 1.0
    """Doubled with each further try, and lengthened by up to a half, so that many do not meet."""
    rate_limit_wait: float = 30.0
    """After a 429 that does not say how long: documented limits of this API are per minute."""
    shortest_asked: float = 1.0
    longest_asked: float = 90.0
    """Bounds on what a server may ask for in Retry-After."""
    late_delivery: float = 5.0
    """A request whose answer was lost may still take effect for so long."""

    def wait(
        self, attempt: int, asked: float | None = None, *, is_rate_limit: bool = False
    ) -> float:
        """Return the seconds to wait after the given try, counted from 1."""
        if asked is not None:
            return min(max(asked, self.shortest_asked), self.longest_asked)
        wait = self.rate_limit_wait if is_rate_limit else self.first_wait * 2 ** (attempt - 1)
        return wait * random.uniform(1.0, 1.5)  # noqa: S311 - no secret depends on it


INTERRUPTED = Unread("the run was interrupted before it was read")
TRY_AGAIN = "waiting {seconds:.0f} s before trying again"


def read_patiently(
    api: Api, account: Account, patience: Patience, is_stopping: Callable[[], bool] | None = None
) -> Job[Live | Unread]:
    """Read live settings, trying again where that can help.

    With ``is_stopping`` it gives up as soon as the run is to stop; without, it goes on until it
    knows.
    """
    for attempt in range(1, patience.tries + 1):
        if is_stopping and is_stopping():
            return INTERRUPTED
        result = api.read(account)
        if isinstance(result, Live) or not result.may_retry or attempt == patience.tries:
            return result
        wait = patience.wait(attempt, result.retry_after, is_rate_limit=result.is_rate_limit)
        tell_wait(api, "GET", account, TRY_AGAIN, wait)
        yield Pause(wait, ends_on_stop=is_stopping is not None)
    raise AssertionError  # The last try returned.


def tell_wait(api: Api, method: str, account: Account, clause: str, seconds: float) -> None:
    """Tell the observer of a wait before a request; untold it looks like a hang."""
    api.observe(Note(method, account.name, clause.format(seconds=seconds)))
