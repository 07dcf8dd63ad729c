"""Applying changes: many santrals at a time, one change in each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from reconciler.apply.protocol import NOT_SENT, Protocol
from reconciler.core.errors import bug
from reconciler.core.outcome import Outcome, Result
from reconciler.core.plan import Pending
from reconciler.core.secret import Key
from reconciler.core.stop import Stop
from reconciler.engine.jobs import Job
from reconciler.engine.reader import account_of
from reconciler.engine.scheduler import Scheduler

_FAILURES = (Result.FAILED, Result.REFUSED, Result.NOT_VERIFIED)


class Tolerance:
    """How many changes of a run may fail, be refused or not verified before it stops."""

    def __init__(self, most: int | None, scheduler: Scheduler) -> None:
        """Let the scheduler begin no further change once there are so many; None is any number."""
        self._most, self._scheduler = most, scheduler
        self._count, self._lock = 0, Lock()

    def take(self, outcome: Outcome) -> None:
        """Count an outcome; called on the worker's thread, which so begins no other change."""
        with self._lock:
            self._count += outcome.result in _FAILURES
            is_reached = self._most is not None and self._count >= self._most
        if is_reached:
            self._scheduler.stop(Stop.FAILURES)


@dataclass(frozen=True, slots=True)
class Changing:
    """What it takes to carry out changes of a run."""

    keys: Mapping[str, Key]
    protocol: Protocol
    tolerance: Tolerance

    def apply(
        self, changes: Sequence[Pending], on_done: Callable[[], object] = lambda: None
    ) -> list[Outcome]:
        """Carry changes out and return how each ended; one that fails leaves the others going."""
        scheduler = self.protocol.scheduler
        outcomes = scheduler.run(map(self._change, changes), on_done)
        never_begun = NOT_SENT[scheduler.stopped_by or Stop.SIGNAL]
        return [
            outcome or Outcome(pending.santral.name, Result.NOT_TRIED, (never_begun,))
            for pending, outcome in zip(changes, outcomes, strict=True)
        ]

    def _change(self, pending: Pending) -> Job[Outcome]:
        account = account_of(pending.santral, self.keys[pending.santral.name])
        return self._counted(_guarded(account.name, self.protocol.change(account, pending)))

    def _counted(self, change: Job[Outcome]) -> Job[Outcome]:
        outcome = yield from change
        self.tolerance.take(outcome)
        return outcome


def _guarded(name: str, change: Job[Outcome]) -> Job[Outcome]:
    """Let a bug in one change take no other's outcome away; whether it was sent is not known."""
    try:
        return (yield from change)
    except Exception as error:  # noqa: BLE001
        return Outcome(name, Result.NOT_VERIFIED, (bug(error),))
