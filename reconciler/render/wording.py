"""What is said of a plan in every format for people, in one place."""

from collections.abc import Iterator, Sequence

from reconciler.core.change_limit import Guard
from reconciler.core.messages import Message, say, say_number, template
from reconciler.core.outcome import Result
from reconciler.core.plan import Cause, Dropped, Purpose
from reconciler.render.origin_wording import is_of_sandbox
from reconciler.render.scope_wording import looked_at
from reconciler.render.view import ShownChange, ShownPlan, ShownSantral, Standing, Status

_CAUSES = {
    Cause.THIS_CHANGE: template("this change"),
    Cause.DRIFT: template("drift"),
    Cause.BOTH: template("this change, and drift"),
}
_STANDINGS = {
    Status.CHANGE: template("to change"),
    Status.IN_SYNC: template("in sync"),
    Status.FAILED: template("failed"),
    Result.APPLIED: template("applied"),
    Result.IN_SYNC: template("in sync"),
    Result.STALE: template("stale"),
    Result.REFUSED: template("refused"),
    Result.FAILED: template("failed"),
    Result.NOT_VERIFIED: template("not verified"),
    Result.NOT_TRIED: template("not tried"),
}
_HEADINGS = {
    Status.CHANGE: template("To change"),
    Status.IN_SYNC: template("In sync"),
    Status.FAILED: template("Failed"),
    Result.APPLIED: template("Applied"),
    Result.IN_SYNC: template("In sync"),
    Result.STALE: template("Stale"),
    Result.REFUSED: template("Refused"),
    Result.FAILED: template("Failed"),
    Result.NOT_VERIFIED: template("Not verified"),
    Result.NOT_TRIED: template("Not tried"),
}
_OUTCOMES = {
    "apply": template(
        "Apply: {applied} applied, {in_sync} in sync, {stale} stale, {refused} refused, "
        "{failed} failed, {not_verified} not verified, {not_tried} not tried."
    ),
    "rollback": template(
        "Rollback: {applied} applied, {in_sync} in sync, {stale} stale, {refused} refused, "
        "{failed} failed, {not_verified} not verified, {not_tried} not tried."
    ),
}
_KEY = template("key: {name}")
_KEY_OF_ANOTHER = template("key: {name} (before: the key of {owner})")
_OTHER_KEY = template("other key: {before} → {name}")
_OTHER_KEY_OF_ANOTHER = template("other key: {before} → {name} (before: the key of {owner})")
_MOST_NAMES = 20
"""Santrals that are named in a line of text; JSON and HTML name all."""


def not_set() -> str:
    """Return what stands for a notification URL that is not set."""
    return say("(not set)")


def hidden_part_changes() -> str:
    """Say that two masked URLs differ in what is hidden."""
    return say("the part shown as *** changes")


def nameless(placeholder: str) -> str:
    """Say what the placeholder stands for where the same is said of several santrals."""
    return say("{placeholder} stands for the name of each santral.", placeholder=placeholder)


def moved() -> str:
    """Return the heading of what is live against what was expected."""
    return say("Expected, and what is live instead:")


def heading(plan: ShownPlan) -> str:
    """Say what this is, and of how many santrals."""
    count = len(plan.santrals)
    if plan.count_outcomes():
        return say_number(
            "Report of {command} for 1 santral",
            "Report of {command} for {count} santrals",
            count=count,
            command=command(plan.purpose),
        )
    if plan.purpose is Purpose.DRIFT:
        return say_number("Drift of 1 santral", "Drift of {count} santrals", count=count)
    return say_number("Plan of 1 santral", "Plan of {count} santrals", count=count)


def command(purpose: Purpose) -> str:
    """Return the command that carries out plans of this purpose."""
    return "rollback" if purpose is Purpose.ROLLBACK else "apply"


def key(santral: ShownSantral) -> str:
    """Say by which key a santral goes, where that is not plain from its name; else nothing."""
    use = santral.key
    if not use or (use.name == santral.name and not use.has_moved):
        return ""
    fields = {"name": use.name, "before": use.before or "", "owner": use.taken_from or ""}
    if use.before in {None, use.name}:
        said = _KEY_OF_ANOTHER if use.taken_from else _KEY
    else:
        said = _OTHER_KEY_OF_ANOTHER if use.taken_from else _OTHER_KEY
    return say(said, **fields)


def is_striking(santral: ShownSantral) -> bool:
    """Return whether what is said may be of another santral, or of another host, than it was."""
    has_moved = santral.key is not None and santral.key.has_moved
    return has_moved or any(map(other_host, santral.changes))


def dropped(entry: Dropped) -> str:
    """Say what becomes of the live settings of an entry that is gone; its name comes before."""
    if not entry.heir:
        return say("No longer in the files. Its live settings stay as they are.")
    return say(
        "No longer in the files. Its key, {key}, is now the key of {heir}, so what is planned for "
        "{heir} is planned for this santral.",
        key=entry.key or "",
        heir=entry.heir,
    )


def santrals(number: int) -> str:
    """Say how many santrals there are."""
    return say_number("1 santral", "{count} santrals", count=number)


def and_more(number: int) -> str:
    """Say how many are not named behind those that are."""
    return say_number("and 1 more", "and {count} more", count=number)


def listed(names: Sequence[str]) -> str:
    """Return the names in one line, as far as a line shall name them."""
    rest = len(names) - _MOST_NAMES
    return ", ".join([*names[:_MOST_NAMES], *([and_more(rest)] if rest > 0 else [])])


def standing_words(plan: ShownPlan, standing: Standing) -> str:
    """Say how a santral stands: by the plan, or by its outcome."""
    if standing is Status.CHANGE and plan.purpose is Purpose.DRIFT:
        return say("drifted")
    return say(_STANDINGS[standing])


def standing_heading(plan: ShownPlan, standing: Standing) -> str:
    """Return the heading of the santrals that stand so."""
    if standing is Status.CHANGE and plan.purpose is Purpose.DRIFT:
        return say("Drifted")
    return say(_HEADINGS[standing])


def result_words(result: Standing) -> str:
    """Return a result as people say it."""
    return say(_STANDINGS[result])


def counts(plan: ShownPlan) -> str:
    """Say how many santrals the plan would change, and of how many it is."""
    return " ".join(filter(None, [_changes(plan), looked_at(plan)]))


def _changes(plan: ShownPlan) -> str:
    changed, in_sync, failed = plan.count().values()
    if plan.purpose is Purpose.DRIFT:
        return say(
            "Drift: {changed} drifted, {in_sync} in sync, {failed} failed.",
            changed=changed,
            in_sync=in_sync,
            failed=failed,
        )
    return say(
        "Plan: {changed} to change, {in_sync} in sync, {failed} failed.",
        changed=changed,
        in_sync=in_sync,
        failed=failed,
    )


def next_step(plan: ShownPlan) -> str:
    """Say what to do with a plan of changes; nothing where the guard says it, or there are none."""
    is_refused = plan.guard is not None and plan.guard.is_tripped
    if is_refused or not plan.of(Status.CHANGE):
        return ""
    if plan.purpose is Purpose.DRIFT:
        return next_step_of_drift(plan)
    if plan.scope and plan.scope.merged:
        return say("To make them, apply the plan of each shard.")
    if plan.purpose is Purpose.ROLLBACK:
        return say("To make them, run santral rollback with the same options, but not --dry-run.")
    return say("To make them, run {command} for the same files and santrals.", command=_apply(plan))


def next_step_of_drift(plan: ShownPlan) -> str:
    """Say what to do with what drifted."""
    return say(
        "To undo the drift, run {command} for the same files and santrals. To keep it, write what "
        "is live into the files.",
        command=_apply(plan),
    )


def _apply(plan: ShownPlan) -> str:
    sandbox = ["--sandbox"] if is_of_sandbox(plan.origin) else []
    return " ".join(["santral", "apply", *sandbox])


def causes(plan: ShownPlan) -> str:
    """Say whose changes the changed fields are."""
    counted = plan.count_causes()
    return say(
        "Fields: {this_change} by this change, {drift} by drift, {both} by both.",
        **{str(cause): count for cause, count in counted.items()},
    )


def outcomes(plan: ShownPlan) -> str:
    """Say how many santrals ended in each way."""
    counted = (plan.count_outcomes() or {}).items()
    return say(_OUTCOMES[command(plan.purpose)], **{str(name): count for name, count in counted})


def cause(cause: Cause) -> str:
    """Say whose change a field's change is."""
    return say(_CAUSES[cause])


def drifted(santral: ShownSantral) -> Iterator[Message]:
    """Say of each field that somebody changed outside the files what it is now."""
    for change in santral.changes:
        if change.cause in {Cause.DRIFT, Cause.BOTH}:
            live = not_set() if change.before is None else change.before
            yield Message("drifted", field=change.field, live=live)


def notes(change: ShownChange) -> Iterator[str]:
    """Say what the two values of a change do not show."""
    if change.is_hidden_part_changed:
        yield hidden_part_changes()
    if change.cause:
        yield cause(change.cause)


def other_host(change: ShownChange) -> str:
    """Say where call data will go, when that is another host than before; else nothing."""
    if change.before_host == change.after_host:
        return ""
    after, before = (host or say("(unclear)") for host in (change.after_host, change.before_host))
    if change.before is None:
        return say("new host: {after}", after=after)
    return say("other host: {before} → {after}", before=before, after=after)


def guard(verdict: Guard, plan: ShownPlan) -> str:
    """Say what the guard allows, and where that is too little, what to do if it is meant."""
    judged = say(
        "Guard: {changes} of {fleet} santrals with a usable key would change; --max-changes allows "
        "{limit}.",
        changes=verdict.changes,
        fleet=verdict.fleet,
        limit=str(verdict.limit),
    )
    return f"{judged} {_refusal(verdict, plan)}" if verdict.is_tripped else judged


def _refusal(verdict: Guard, plan: ShownPlan) -> str:
    if plan.scope and plan.scope.merged:
        return say(
            "That is too much for all shards together (exit code 3), although each alone may be "
            "within the limit. If it is intended, plan them with --max-changes {changes}.",
            changes=verdict.changes,
        )
    if plan.scope and plan.scope.shard:
        return say(
            "{command} refuses this plan (exit code 3). If it is intended, give every shard the "
            "same --max-changes, for its plan and its apply: merge counts the changes of all of "
            "them together.",
            command=command(plan.purpose),
        )
    return say(
        "{command} refuses this plan (exit code 3). If it is intended, give --max-changes "
        "{changes}.",
        command=command(plan.purpose),
        changes=verdict.changes,
    )
