"""Whose change is it? The file before, the file now and what is live, compared field by field."""

from dataclasses import replace

from reconciler.fleet import Fleet
from reconciler.plan import Cause, Change, Pending, Plan, Purpose, SantralPlan
from reconciler.settings import DesiredSettings


def attribute(plan: Plan, base: Fleet, now: Fleet) -> Plan:
    """Return the plan with the cause of each change, told from the fleet as it was before."""
    before = {santral.name: santral.desired for santral in base.santrals}
    kept = {santral.name for santral in now.santrals}
    return replace(
        plan,
        santrals=tuple(_with_causes(santral, before) for santral in plan.santrals),
        purpose=Purpose.CAUSES,
        dropped=tuple(name for name in before if name not in kept),
    )


def as_drift(plan: Plan, fleet: Fleet) -> Plan:
    """Return the plan with every change called drift: the file is taken as applied before."""
    notes = (_DIRECTION,) if plan.pending else ()
    return replace(attribute(plan, fleet, fleet), purpose=Purpose.DRIFT, guard=None, notes=notes)


_DIRECTION = "Each arrow goes from what is live to what the file says, which applying brings back."


def _with_causes(santral: SantralPlan, before: dict[str, DesiredSettings]) -> SantralPlan:
    if not isinstance(santral, Pending):
        return santral
    wanted = before.get(santral.santral.name, DesiredSettings())
    changes = (replace(change, cause=_cause(change, wanted)) for change in santral.changes)
    return replace(santral, changes=tuple(changes))


def _cause(change: Change, before: DesiredSettings) -> Cause:
    """Tell the cause; a field that the earlier file did not manage cannot have drifted from it."""
    wanted = getattr(before, change.field)
    if wanted is None or wanted == change.before:
        return Cause.THIS_CHANGE
    return Cause.DRIFT if wanted == change.after else Cause.BOTH
