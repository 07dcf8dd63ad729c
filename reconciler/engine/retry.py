"""Reading a santral patiently: the waits between requests, which hold no worker."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from reconciler.client.api import Account, Api, Note, ReadFailure
from reconciler.client.decoding import Live
from reconciler.client.retries import TRY_AGAIN, Patience, Retries, when_to_ask_again
from reconciler.core.messages import Message, say
from reconciler.core.stop import Stop
from reconciler.engine.jobs import Job, Pause
from reconciler.engine.scheduler import Scheduler

T = TypeVar("T")


GIVEN_UP = {
    Stop.SIGNAL: ReadFailure((Message("read-interrupted"),)),
    Stop.TIME_LIMIT: ReadFailure((Message("read-out-of-time"),)),
    Stop.FAILURES: ReadFailure((Message("failures-reached"),)),
    Stop.CANARY: ReadFailure((Message("canary-not-applied"),)),
}
"""What became of a read that a run came to no longer; the last two are those before a change."""


def read_patiently(
    api: Api,
    account: Account,
    patience: Patience,
    scheduler: Scheduler,
    *,
    is_in_flight: bool = False,
) -> Job[Live | ReadFailure]:
    """Read live settings, trying again where that can help.

    It gives up as soon as the run is to stop, unless it ``is_in_flight``: part of a change that
    is to be brought to a known end.
    """
    retries = Retries(patience)
    while True:
        yield from scheduler.turn(ends_on_stop=not is_in_flight)
        if scheduler.stopped_by and not is_in_flight:
            return GIVEN_UP[scheduler.stopped_by]
        result = api.read(account)
        if isinstance(result, Live):
            return result
        wait = retries.wait_after(result)
        if wait is None:
            asked = result.wait if result.may_retry else None
            return replace(result, reason=(*result.reason, *when_to_ask_again(asked)))
        report_wait(api, "GET", account, TRY_AGAIN, wait)
        yield Pause(wait, ends_on_stop=not is_in_flight)


def apart(api: Api, work: Callable[[Api], Job[T]]) -> Job[T]:
    """Do one santral's work over a connection of its own, which is closed while the work waits."""
    own = api.apart()
    job = work(own)
    try:
        while True:
            try:
                wish = next(job)
            except StopIteration as end:
                result: T = end.value
                return result
            own.hang_up()
            yield wish
    finally:
        job.close()
        own.hang_up()


def report_wait(api: Api, method: str, account: Account, text: str, seconds: float) -> None:
    """Report a wait before a request, which would otherwise look like a hang."""
    api.observe(Note(method, account.name, say(text, seconds=f"{seconds:.0f}")))
