"""What is said of a plan in every format for people, in one place."""

from collections.abc import Iterator

from reconciler.apply.outcome import Result
from reconciler.plan import Cause, Guard, Purpose
from reconciler.render.shown import ShownChange, ShownPlan

NOT_SET = "(not set)"
HIDDEN_PART_CHANGES = "the part shown as *** changes"
DROPPED = "is no longer in the file; its live settings stay as they are."
CAUSES = {
    Cause.THIS_CHANGE: "this change",
    Cause.DRIFT: "drift",
    Cause.BOTH: "this change, and drift",
}


def counts(plan: ShownPlan) -> str:
    """Say how many santrals the plan would change."""
    changed, in_sync, failed = plan.count().values()
    if plan.purpose is Purpose.DRIFT:
        return f"Drift: {changed} drifted, {in_sync} in sync, {failed} failed."
    return f"Plan: {changed} to change, {in_sync} in sync, {failed} failed."


def causes(plan: ShownPlan) -> str:
    """Say whose changes the changed fields are."""
    counted = plan.count_causes()
    return (
        f"Fields: {counted[Cause.THIS_CHANGE]} by this change, {counted[Cause.DRIFT]} by drift, "
        f"{counted[Cause.BOTH]} by both."
    )


def outcomes(plan: ShownPlan) -> str:
    """Say how many santrals ended in each way."""
    counted = (plan.count_outcomes() or {}).items()
    return f"Apply: {', '.join(f'{count} {result_words(result)}' for result, count in counted)}."


def result_words(result: Result) -> str:
    """Return a result as people say it."""
    return result.replace("_", " ")


def notes(change: ShownChange) -> Iterator[str]:
    """Say what the two values of a change do not tell."""
    if change.is_hidden_part_changed:
        yield HIDDEN_PART_CHANGES
    if change.cause:
        yield CAUSES[change.cause]


def other_host(change: ShownChange) -> str:
    """Say where call data will go, when that is another host than before; else nothing."""
    if change.before_host == change.after_host:
        return ""
    after = change.after_host or "unclear"
    before = change.before_host or "unclear"
    return f"new host: {after}" if change.before is None else f"other host: {before} → {after}"


def guard(verdict: Guard) -> str:
    """Say what the guard refuses, and what to do if it is meant."""
    return (
        f"Guard: {verdict.changes} of {verdict.fleet} santrals would change; --max-changes allows "
        f"{verdict.limit}. apply refuses this plan (exit code 3); if it is meant, give "
        f"--max-changes {verdict.changes}."
    )
