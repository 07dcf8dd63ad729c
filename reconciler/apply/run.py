"""Applying a plan: many santrals at a time, one change in each."""

from collections.abc import Callable, Mapping

from reconciler.apply.outcome import Outcome, Report, Result, report
from reconciler.apply.protocol import Protocol
from reconciler.client.api import Account
from reconciler.plan import Plan, SantralPlan, Status
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
    changes = plan.having(Status.CHANGE)
    jobs = (_change(change, keys, protocol) for change in changes)
    outcomes = scheduler.run(jobs, on_done)
    return report(
        plan,
        (
            outcome or Outcome(change.santral.name, Result.NOT_TRIED, _INTERRUPTED)
            for change, outcome in zip(changes, outcomes, strict=True)
        ),
    )


def _change(change: SantralPlan, keys: Mapping[str, Key], protocol: Protocol) -> Job[Outcome]:
    assert change.before
    assert change.after
    name = change.santral.name
    return protocol.change(Account(name, keys[name]), change.before, change.after)
