"""Applying a plan: many santrals at a time, one change in each."""

from collections.abc import Callable, Mapping

from reconciler import bugs
from reconciler.apply.outcome import Outcome, Report, Result, report
from reconciler.apply.protocol import Protocol
from reconciler.client.api import Account
from reconciler.plan import Plan
from reconciler.scheduler import Job, Scheduler
from reconciler.secret import Key

_INTERRUPTED = "The run was interrupted before it came to this santral. Nothing was sent."


def apply(
    plan: Plan,
    keys: Mapping[str, Key],
    protocol: Protocol,
    scheduler: Scheduler,
    on_done: Callable[[], object] = lambda: None,
) -> Report:
    """Carry out every change of the plan; one that fails leaves the others going."""
    names = [pending.santral.name for pending in plan.pending]
    jobs = (
        _guarded(name, protocol.change(Account(name, keys[name]), pending.before, pending.after))
        for name, pending in zip(names, plan.pending, strict=True)
    )
    outcomes = scheduler.run(jobs, on_done)
    return report(
        plan,
        (
            outcome or Outcome(name, Result.NOT_TRIED, _INTERRUPTED)
            for name, outcome in zip(names, outcomes, strict=True)
        ),
    )


def _guarded(name: str, change: Job[Outcome]) -> Job[Outcome]:
    """Let a bug in one change take no other's outcome away; whether it was sent is not known."""
    try:
        return (yield from change)
    except Exception as error:  # noqa: BLE001
        return Outcome(name, Result.NOT_VERIFIED, bugs.sentence(error))
