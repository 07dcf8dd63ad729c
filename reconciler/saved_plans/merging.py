"""Putting the plans, or the reports, of all shards of a fleet together."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from reconciler.core.change_limit import Guard
from reconciler.core.errors import ExitCode, SantralError
from reconciler.core.messages import Message
from reconciler.core.outcome import code_of
from reconciler.core.plan import Origin, Purpose
from reconciler.core.scope import Part, Scope
from reconciler.core.shard import Shard
from reconciler.documents import duration_text
from reconciler.render.hosts import summed
from reconciler.render.view import ShownPlan, Status
from reconciler.saved_plans.digests import picked_of

_MOST_MISSING = 10


class MergeError(SantralError):
    """The files are not the plans of all shards of one fleet."""

    options: tuple[str, ...] = ("within",)


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """What one file shows of one shard."""

    name: str
    """Of the file, printable."""
    shown: ShownPlan
    origin: Origin
    scope: Scope
    part: Part

    @staticmethod
    def of(name: str, shown: ShownPlan) -> "ShardPlan":
        """Return the plan of a shard; raises MergeError where it is another plan."""
        origin, scope = shown.origin, shown.scope
        part = scope.part if scope else None
        if not (origin and scope and part):
            raise MergeError(Message("merge-no-shard"), place=name)
        if not all(part.shard.holds(santral.name) for santral in shown.santrals):
            raise MergeError(Message("merge-misplaced", shard=str(part.shard)), place=name)
        return ShardPlan(name, shown, origin, scope, part)

    @property
    def shard(self) -> Shard:
        """Which shard it is of."""
        return self.part.shard

    @property
    def made(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.origin.made)


_SAME: dict[str, Callable[[ShardPlan], object]] = {
    "merge-other-api": lambda plan: plan.origin.api,
    "merge-other-configuration": lambda plan: plan.part.configuration,
    "merge-other-total": lambda plan: plan.shard.total,
    "merge-other-selection": lambda plan: {*replace(plan.scope, part=None).options},
    "merge-other-purpose": lambda plan: plan.shown.purpose,
    "merge-other-santrals": lambda plan: plan.part.picked,
}
"""What all plans have in common, by the code for one that has it otherwise."""


def merge(plans: Sequence[ShardPlan], within: timedelta) -> ShownPlan:
    """Return one plan of what those of all shards show, one at least; raises MergeError.

    Each shard's is there once and whole, and all are of the same API, configuration and santrals,
    and were made within so long of each other.
    """
    for reason, plan in chain(_foreign(plans), _doubled(plans)):
        raise MergeError(reason, place=plan.name)
    _require_all(plans)
    _require_whole(plans)
    _require_same_time(plans, within)
    return _together(sorted(plans, key=lambda plan: plan.shard))


def _foreign(plans: Sequence[ShardPlan]) -> Iterator[tuple[Message, ShardPlan]]:
    first = plans[0]
    for plan in plans[1:]:
        for code, of in _SAME.items():
            if of(plan) != of(first):
                yield Message(code, other=first.name), plan
    kinds = {bool(plan.shown.count_outcomes()): plan for plan in plans if plan.shown.santrals}
    if len(kinds) > 1:
        yield Message("merge-mixed", other=kinds[True].name), kinds[False]


def _doubled(plans: Sequence[ShardPlan]) -> Iterator[tuple[Message, ShardPlan]]:
    found: dict[Shard, ShardPlan] = {}
    for plan in plans:
        other = found.setdefault(plan.shard, plan)
        if other is not plan:
            yield Message("merge-doubled", shard=str(plan.shard), other=other.name), plan


def _require_all(plans: Sequence[ShardPlan]) -> None:
    total = plans[0].shard.total
    there = {plan.shard.index for plan in plans}
    missing = [str(Shard(n, total)) for n in range(1, total + 1) if n not in there]
    if missing:
        named = ", ".join(missing[:_MOST_MISSING])
        raise MergeError(Message("merge-missing", shards=named, count=len(missing)))


def _require_whole(plans: Sequence[ShardPlan]) -> None:
    """Require all santrals that were picked; what a rollback brings back, each journal decides."""
    names = (santral.name for plan in plans for santral in plan.shown.santrals)
    is_rollback = plans[0].shown.purpose is Purpose.ROLLBACK
    if not is_rollback and picked_of(names) != plans[0].part.picked:
        raise MergeError(Message("merge-incomplete"))


def _require_same_time(plans: Sequence[ShardPlan], within: timedelta) -> None:
    oldest, newest = (end(plans, key=lambda plan: plan.made) for end in (min, max))
    if newest.made - oldest.made > within:
        apart = Message(
            "merge-apart",
            made=oldest.origin.made,
            newest=newest.name,
            newest_made=newest.origin.made,
            within=duration_text(within),
        )
        raise MergeError(apart, place=oldest.name)


def _together(plans: Sequence[ShardPlan]) -> ShownPlan:
    first = plans[0]
    each = [plan.shown for plan in plans]
    santrals = sorted(chain.from_iterable(one.santrals for one in each), key=lambda one: one.name)
    dropped = {entry.name: entry for one in each for entry in one.dropped}
    return ShownPlan(
        santrals=tuple(santrals),
        guard=_guard(each),
        purpose=first.shown.purpose,
        dropped=tuple(dropped.values()),
        notes=tuple(dict.fromkeys(note for one in each for note in one.notes)),
        origin=_origin([plan.origin for plan in plans]),
        scope=replace(first.scope, part=None, merged=len(plans)),
        hosts=summed(chain.from_iterable(one.hosts for one in each)),
    )


def _guard(each: Sequence[ShownPlan]) -> Guard | None:
    """Return the verdict on the changes of all shards together.

    A shard counts the keys at hand, but for those of its own santrals that could not be read. So
    what others could not read comes off, too, as in a plan of the fleet.
    """
    failed = sum(len(one.of(Status.FAILED)) for one in each)
    fleets = [one.guard.fleet - failed + len(one.of(Status.FAILED)) for one in each if one.guard]
    limits = [one.guard.limit for one in each if one.guard]
    changes = sum(len(one.of(Status.CHANGE)) for one in each)
    planned = sum(len(one.santrals) for one in each) - failed
    return Guard.of_parts(limits, changes, max(planned, *fleets)) if limits else None


def _origin(origins: Sequence[Origin]) -> Origin:
    """Return what they are of: as old as the oldest, and of a commit only if all are of it."""
    is_one = len({origin.commit for origin in origins}) == 1
    return replace(
        origins[0],
        commit=origins[0].commit if is_one else None,
        is_committed=is_one and all(origin.is_committed for origin in origins),
        made=min(origin.made for origin in origins),
    )


def exit_code_of(plan: ShownPlan) -> ExitCode:
    """Return the code that what became of the santrals calls for, or of a plan its guard."""
    ended = [santral.outcome.result for santral in plan.santrals if santral.outcome]
    if ended:
        return ExitCode.most_severe(map(code_of, ended))
    if plan.guard and plan.guard.is_tripped:
        return ExitCode.REFUSED
    return ExitCode.ERROR if plan.of(Status.FAILED) else ExitCode.OK
