"""What is said of a plan in every format for people, in one place."""

from collections.abc import Callable, Iterator

from reconciler.core.guard import Guard
from reconciler.core.outcome import Result
from reconciler.core.plan import Cause, Dropped, Origin, Purpose
from reconciler.journal.records import SANDBOX
from reconciler.render.view import ShownChange, ShownPlan, ShownSantral, Status

NOT_SET = "(not set)"
HIDDEN_PART_CHANGES = "the part shown as *** changes"
CAUSES = {
    Cause.THIS_CHANGE: "this change",
    Cause.DRIFT: "drift",
    Cause.BOTH: "this change, and drift",
}
NAMELESS = "{name} stands for the name of each santral."
MOVED = "Expected, and what is live instead:"
_MOST_FILES = 5
"""Files that are named where there are many; JSON names all."""


def heading(plan: ShownPlan) -> str:
    """Say what this is, and of how many santrals."""
    if plan.count_outcomes():
        return f"Report of {_command(plan.purpose)} for {santrals(len(plan.santrals))}"
    kind = "Drift" if plan.purpose is Purpose.DRIFT else "Plan"
    return f"{kind} of {santrals(len(plan.santrals))}"


def _command(purpose: Purpose) -> str:
    """Return the command that carries out plans of this purpose."""
    return "rollback" if purpose is Purpose.ROLLBACK else "apply"


def is_of_sandbox(plan: ShownPlan) -> bool:
    """Return whether the plan is of the stand-in, and so of no real santral."""
    return plan.origin is not None and plan.origin.api == SANDBOX


def target(origin: Origin, quote: Callable[[str], str] = str) -> str:
    """Say of which API a plan is; ``quote`` marks what others named."""
    if origin.api == SANDBOX:
        return "For the sandbox, not for real santrals"
    return f"For {quote(origin.api)}"


def source(origin: Origin, quote: Callable[[str], str] = str) -> str:
    """Say when a plan was made, and from which files of which commit."""
    names = [quote(name) for name in origin.files[:_MOST_FILES]]
    rest = len(origin.files) - len(names)
    files = ", ".join(names) + (f" and {rest} more" if rest else "")
    where = f" from {files}{_commit(origin, quote)}" if files else ""
    return f"made {origin.made}{where}."


def _commit(origin: Origin, quote: Callable[[str], str]) -> str:
    if not origin.commit:
        return ""
    name = quote(origin.commit[:12])
    return f" of commit {name}" if origin.is_committed else f", not as in commit {name}"


def key(santral: ShownSantral) -> str:
    """Say by which key a santral goes, where that is not plain from its name; else nothing."""
    use = santral.key
    if not use or (use.name == santral.name and not use.has_moved):
        return ""
    is_other = use.before not in {None, use.name}
    said = f"other key: {use.before} → {use.name}" if is_other else f"key: {use.name}"
    return f"{said} (the key of {use.taken_from} before)" if use.taken_from else said


def is_striking(santral: ShownSantral) -> bool:
    """Return whether what is said may be of another santral, or of another host, than it was."""
    has_moved = santral.key is not None and santral.key.has_moved
    return has_moved or any(map(other_host, santral.changes))


def dropped(entry: Dropped) -> str:
    """Say what becomes of the live settings of an entry that is gone; its name comes before."""
    if not entry.heir:
        return "is no longer in the file; its live settings stay as they are."
    return (
        f"is no longer in the file, but its key, {entry.key}, lives on under {entry.heir}: "
        f"what is planned for {entry.heir} is planned for this santral."
    )


def santrals(number: int) -> str:
    """Say how many santrals there are."""
    return "1 santral" if number == 1 else f"{number} santrals"


def standing_words(plan: ShownPlan, standing: Status | Result) -> str:
    """Say how a santral stands: by the plan, or by its outcome."""
    if standing == Status.CHANGE:
        return "drifted" if plan.purpose is Purpose.DRIFT else "to change"
    return result_words(standing)


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
    told = ", ".join(f"{count} {result_words(result)}" for result, count in counted)
    return f"{_command(plan.purpose).capitalize()}: {told}."


def result_words(result: Status | Result) -> str:
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


def guard(verdict: Guard, purpose: Purpose) -> str:
    """Say what the guard allows, and where that is too little, what to do if it is meant."""
    judged = (
        f"Guard: {verdict.changes} of {verdict.fleet} santrals with a usable key would change; "
        f"--max-changes allows {verdict.limit}."
    )
    refusal = (
        f" {_command(purpose)} refuses this plan (exit code 3); if it is meant, give "
        f"--max-changes {verdict.changes}."
    )
    return judged + (refusal if verdict.is_tripped else "")
