"""Trying again, and for how long: the waits between requests."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.client.api import ReadFailure
from reconciler.client.decoding import Wait
from reconciler.core.messages import Message, template
from reconciler.documents import utc_text

TRY_AGAIN = template("Waiting {seconds} s before trying again.")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is tried and how long it waits between, in seconds."""

    tries: int = 3
    """Those that end with 429 aside."""
    first_wait: float = 1.0
    """Doubled with each further try, and lengthened by up to a half, so that many do not meet."""
    first_rate_limit_wait: float = 5.0
    """After a 429 that does not say how long; lengthened in the same way."""
    shortest_asked: float = 1.0
    longest_rate_limit_wait: float = 90.0
    """Documented limits of this API are per minute; who asks for more in Retry-After is heeded by
    asking no more."""
    rate_limit_budget: float = 240.0
    """The most that one read waits for rate limits in all."""

    late_delivery: float = 5.0
    """A request whose answer was lost may still take effect for so long."""

    def wait(self, attempt: int) -> float:
        """Return the seconds to wait after the given try, counted from 1."""
        return _lengthened(self.first_wait * 2 ** (attempt - 1))

    def rate_limit_wait(self, asked: Wait | None, in_vain: float) -> float:
        """Return the seconds to wait after a 429: what was asked for, and as long as was in vain.

        So the waits double while the same is asked for; and a limit that counts the requests of
        the ``in_vain`` seconds before, each of which frees its place later, has places for two.
        """
        unasked = _lengthened(self.first_rate_limit_wait)
        wait = unasked if asked is None else max(asked.seconds, self.shortest_asked)
        return min(wait + in_vain, self.longest_rate_limit_wait)

    def is_too_long(self, asked: Wait | None) -> bool:
        """Return whether the API asks for a longer wait than this program would make."""
        return asked is not None and asked.seconds > self.longest_rate_limit_wait


def _lengthened(wait: float) -> float:
    return wait * random.uniform(1.0, 1.5)  # noqa: S311 - no secret depends on it


def when_to_ask_again(asked: Wait | None) -> Iterator[Message]:
    """Say when the API may be asked again, where it asks for a wait."""
    if asked and asked.until:
        yield Message("api-asks-late", until=utc_text(asked.until))
    elif asked:
        yield Message("api-asks-never")


@dataclass(slots=True)
class Retries:
    """What one read has cost so far."""

    patience: Patience
    faults: int = 0
    waited: float = 0.0
    """For rate limits, in seconds."""

    def wait_after(self, unread: ReadFailure) -> float | None:
        """Return how long to wait before the next try, in seconds, or None for no other try."""
        if not unread.may_retry or self.patience.is_too_long(unread.wait):
            return None
        return self._after_429(unread) if unread.is_rate_limit else self._after_fault(unread)

    def _after_429(self, unread: ReadFailure) -> float | None:
        wait = self.patience.rate_limit_wait(unread.wait, in_vain=self.waited)
        self.waited += wait
        return wait if self.waited <= self.patience.rate_limit_budget else None

    def _after_fault(self, unread: ReadFailure) -> float | None:
        self.faults += 1
        wait = max(self.patience.wait(self.faults), unread.wait.seconds if unread.wait else 0.0)
        return wait if self.faults < self.patience.tries else None
