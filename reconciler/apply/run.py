"""Applying changes: many santrals at a time, one change in each."""

from collections.abc import Callable, Mapping, Sequence

from reconciler.apply.protocol import NOT_SENT, Protocol
from reconciler.core.errors import bug
from reconciler.core.outcome import Outcome, Result
from reconciler.core.plan import Pending
from reconciler.core.secret import Key
from reconciler.engine.jobs import Job
from reconciler.engine.reader import account_of
from reconciler.engine.scheduler import Stop


def apply(
    changes: Sequence[Pending],
    keys: Mapping[str, Key],
    protocol: Protocol,
    on_done: Callable[[], object] = lambda: None,
) -> list[Outcome]:
    """Carry the changes out and return how each ended; one that fails leaves the others going."""
    names = [pending.santral.name for pending in changes]
    jobs = (
        _guarded(name, protocol.change(account_of(pending.santral, keys[name]), pending))
        for name, pending in zip(names, changes, strict=True)
    )
    outcomes = protocol.scheduler.run(jobs, on_done)
    never_begun = NOT_SENT[protocol.scheduler.stopped_by or Stop.SIGNAL]
    return [
        outcome or Outcome(name, Result.NOT_TRIED, (never_begun,))
        for name, outcome in zip(names, outcomes, strict=True)
    ]


def _guarded(name: str, change: Job[Outcome]) -> Job[Outcome]:
    """Let a bug in one change take no other's outcome away; whether it was sent is not known."""
    try:
        return (yield from change)
    except Exception as error:  # noqa: BLE001
        return Outcome(name, Result.NOT_VERIFIED, (bug(error),))
