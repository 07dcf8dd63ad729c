"""Whose change is it? The file before, the file now and what is live, compared field by field."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.core.fleet import Fleet, Santral
from reconciler.core.messages import Message
from reconciler.core.plan import Cause, Change, Dropped, KeyUse, Pending, Plan, Purpose, SantralPlan
from reconciler.core.settings import DesiredSettings, is_same_value


def attribute(plan: Plan, base: Fleet, now: Fleet) -> Plan:
    """Return the plan with the cause of each change, and whose key was whose, by the earlier fleet.

    A santral is its key: what was asked for it before is what the entry with its key asked for,
    under whatever name. Whether an entry goes by another key is said whatever is live, since the
    settings of one that looks in sync are then another's.
    """
    before = {santral.key_name: santral for santral in base.santrals}
    return replace(
        plan,
        santrals=tuple(_with_causes(planned, before) for planned in plan.santrals),
        purpose=Purpose.CAUSES,
        dropped=dropped_entries(((one.name, one.key_name) for one in base.santrals), now),
        keys=_keys(base, [planned.santral for planned in plan.santrals]),
    )


def dropped_entries(before: Iterable[tuple[str, str]], now: Fleet) -> tuple[Dropped, ...]:
    """Return which of the earlier entries, given as name and name of the key, are gone."""
    kept = {santral.name for santral in now.santrals}
    heirs = {santral.key_name: santral.name for santral in now.santrals}
    return tuple(
        Dropped(name, key_name, heirs[key_name]) if key_name in heirs else Dropped(name)
        for name, key_name in before
        if name not in kept
    )


def _keys(base: Fleet, santrals: Iterable[Santral]) -> dict[str, KeyUse]:
    keys = {santral.name: santral.key_name for santral in base.santrals}
    users = {santral.key_name: santral.name for santral in base.santrals}
    return {
        santral.name: KeyUse(santral.key_name, keys.get(santral.name), _another(users, santral))
        for santral in santrals
    }


def _another(users: Mapping[str, str], santral: Santral) -> str | None:
    user = users.get(santral.key_name)
    return None if user == santral.name else user


def as_drift(plan: Plan, fleet: Fleet) -> Plan:
    """Return the plan with every change called drift: the file is taken as applied before."""
    notes = (*plan.notes, *((Message("drift-direction"),) if plan.pending else ()))
    return replace(attribute(plan, fleet, fleet), purpose=Purpose.DRIFT, guard=None, notes=notes)


def _with_causes(planned: SantralPlan, before: Mapping[str, Santral]) -> SantralPlan:
    """Return a change with its causes; what the earlier file had secrets for stays hidden."""
    earlier = before.get(planned.santral.key_name)
    if not isinstance(planned, Pending):
        return planned
    wanted = earlier.desired if earlier else DesiredSettings()
    changes = tuple(replace(change, cause=_cause(change, wanted)) for change in planned.changes)
    mask = planned.santral.mask
    hiding = (*mask.templates, *(earlier.mask.templates if earlier else ()))
    santral = replace(planned.santral, mask=replace(mask, templates=hiding))
    return replace(planned, santral=santral, changes=changes)


def _cause(change: Change, before: DesiredSettings) -> Cause:
    """Tell the cause; a field that the earlier file did not manage cannot have drifted from it."""
    wanted = getattr(before, change.field)
    if wanted is None or is_same_value(wanted, change.before):
        return Cause.THIS_CHANGE
    return Cause.DRIFT if is_same_value(wanted, change.after) else Cause.BOTH
