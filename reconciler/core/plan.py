"""The plan: what would change, as a value that ``plan`` shows and ``apply`` carries out."""

import contextlib
import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache

from reconciler.core.allowed_hosts import AllowedHosts
from reconciler.core.change_limit import Guard, Headcount, Limit
from reconciler.core.fleet import Santral
from reconciler.core.messages import Message
from reconciler.core.scope import Scope
from reconciler.core.settings import FIELDS, Settings


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why there are no live settings."""

    error: tuple[Message, ...]
    was_tried: bool = True
    """False when the run was interrupted before it came to reading them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found out about one santral."""

    santral: Santral
    live: Settings | Unreadable
    warnings: tuple[Message, ...] = ()


class Cause(StrEnum):
    """Whose change a field's change is."""

    THIS_CHANGE = "this_change"
    """The file asks for something else than it did before."""
    DRIFT = "drift"
    """Somebody changed the live value; applying puts it back."""
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs; None stands for a notification URL that is not set."""

    field: str
    before: str | None = dataclasses.field(repr=False)
    after: str | None = dataclasses.field(repr=False)
    cause: Cause | None = None
    """None where the plan was not compared with an earlier file."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A santral that would change."""

    santral: Santral
    before: Settings
    after: Settings
    """The complete settings to send: unmanaged fields carry their live values."""
    changes: tuple[Change, ...]
    warnings: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class InSync:
    """A santral whose live settings are what the file wants."""

    santral: Santral
    live: Settings
    warnings: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """A santral that cannot be planned for."""

    santral: Santral
    error: tuple[Message, ...]
    warnings: tuple[Message, ...] = ()
    was_tried: bool = True
    """False when the run was interrupted before it came to this santral."""
    live: Settings | None = None
    """What is live, where that is known though nothing may be done."""


SantralPlan = Pending | InSync | Failed


class Purpose(StrEnum):
    """What a plan was made to find out."""

    CHANGES = "changes"
    """What apply would change."""
    CAUSES = "causes"
    """The same, and whose change each is."""
    DRIFT = "drift"
    """What somebody changed since the file was applied."""
    ROLLBACK = "rollback"
    """What bringing back the settings from before a run would change."""

    @property
    def tells_causes(self) -> bool:
        """Whether each change says whose it is."""
        return self in {Purpose.CAUSES, Purpose.DRIFT}


@dataclass(frozen=True, slots=True)
class Origin:
    """What a plan is of, so that none is taken for another."""

    api: str
    """The API's address, or "sandbox"."""
    files: tuple[str, ...]
    """Files and directories as they were named."""
    commit: str | None
    """What is checked out where they lie, as a full hash; None where there is no git."""
    is_committed: bool
    """Whether every file is, to the byte, as that commit has it."""
    made: str
    """When, in UTC."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """By which key an entry goes, that is, whose settings it describes."""

    name: str
    before: str | None = None
    """The key's name in the earlier file; None where there is none, or it has no such entry."""
    taken_from: str | None = None
    """The other entry that went by this key in the earlier file."""

    @property
    def has_moved(self) -> bool:
        """Whether the entry now describes another santral than before."""
        return self.before not in {None, self.name} or self.taken_from is not None


@dataclass(frozen=True, slots=True)
class Dropped:
    """An entry of the earlier file that the file has no more."""

    name: str
    key: str | None = None
    """The name of its key, where another entry goes by it now."""
    heir: str | None = None
    """That entry."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan for all santrals looked at, sorted by name."""

    santrals: tuple[SantralPlan, ...]
    guard: Guard | None = None
    purpose: Purpose = Purpose.CHANGES
    dropped: tuple[Dropped, ...] = ()
    """No settings are changed on their account, unless another entry goes by their key."""
    notes: tuple[Message, ...] = ()
    """What a reviewer should know of the plan as a whole."""
    origin: Origin | None = None
    keys: Mapping[str, KeyUse] = field(default_factory=dict)
    """By santral name, where the plan was compared with an earlier file."""
    scope: Scope | None = None
    """Which santrals of the files were asked for."""
    allowed: AllowedHosts | None = None
    """Where calls may go; None where nobody said that."""

    @property
    def pending(self) -> tuple[Pending, ...]:
        """The santrals that would change; none means that there is nothing to apply."""
        return tuple(santral for santral in self.santrals if isinstance(santral, Pending))

    @property
    def in_sync(self) -> tuple[InSync, ...]:
        """The santrals with nothing to change."""
        return tuple(santral for santral in self.santrals if isinstance(santral, InSync))

    @property
    def failed(self) -> tuple[Failed, ...]:
        """The santrals that cannot be planned for."""
        return tuple(santral for santral in self.santrals if isinstance(santral, Failed))


def compare(reading: Reading) -> SantralPlan:
    """Compare what the file wants of a santral with what is live."""
    santral, live, warnings = reading.santral, reading.live, reading.warnings
    if not isinstance(live, Settings):
        return Failed(santral, live.error, warnings, live.was_tried)
    wanted = santral.desired.over(live)
    warnings = (*warnings, *_spelled_otherwise(santral, wanted))
    if wanted == live:
        return InSync(santral, live, warnings)
    if wanted.notification_url is None:
        return Failed(santral, (Message("no-url"),), warnings)
    return Pending(santral, live, wanted, differences(live, wanted), warnings)


def _spelled_otherwise(santral: Santral, wanted: Settings) -> tuple[Message, ...]:
    """Warn where the URL that is asked for stays as it is live, in another spelling."""
    asked, kept = santral.desired.notification_url, wanted.notification_url
    if not asked or not kept or asked == kept:
        return ()
    return (santral.mask.kept_otherwise(asked, kept, "url-spelled"),)


def differences(before: Settings, after: Settings) -> tuple[Change, ...]:
    """Return the fields that differ, in the order of the vendor's documentation."""
    is_same_url = before.notification_url == after.notification_url
    differing = _differing(
        Settings(before.ringing, before.answered, before.hangup, "this"),
        Settings(after.ringing, after.answered, after.hangup, "this" if is_same_url else "another"),
    )
    return tuple(
        Change(field, getattr(before, field), getattr(after, field))
        for field in FIELDS
        if field in differing
    )


@cache
def _differing(before: Settings, after: Settings) -> frozenset[str]:
    """Return the names of the fields that differ.

    A fleet has as many URLs as santrals but few patterns of switches, and DeepDiff takes longer
    than all else that is done for a santral: so it is asked once for each pattern.
    """
    from deepdiff import DeepDiff  # noqa: PLC0415 - see load_comparison

    old, new = ({name: getattr(side, name) for name in FIELDS} for side in (before, after))
    return frozenset(DeepDiff(old, new).affected_root_keys)


def load_comparison() -> None:
    """Import what ``differences`` needs, ahead of its use: the import takes longer than a GET.

    Where that fails it fails again where it is needed, and is told there.
    """
    with contextlib.suppress(Exception):
        import deepdiff  # noqa: F401, PLC0415


def refuse(plan: Plan, errors: Mapping[str, tuple[Message, ...]]) -> Plan:
    """Return the plan with nothing to be done to these santrals, each for its error's reason."""
    if not errors:
        return plan
    santrals = tuple(
        Failed(one.santral, errors[one.santral.name], live=_live_of(one))
        if one.santral.name in errors
        else one
        for one in plan.santrals
    )
    refused = replace(plan, santrals=santrals)
    guard = plan.guard and replace(plan.guard, changes=len(refused.pending))
    return replace(refused, guard=guard)


def _live_of(planned: SantralPlan) -> Settings | None:
    return planned.before if isinstance(planned, Pending) else planned.live


def build(
    santrals: Iterable[SantralPlan], headcount: Headcount, limit: Limit | None = None
) -> Plan:
    """Put the plans of single santrals together, and judge how much they change."""
    plan = Plan(tuple(sorted(santrals, key=lambda planned: planned.santral.name)))
    limit = limit or headcount.default_limit
    unread = {failed.santral.name for failed in plan.failed if failed.was_tried}
    fleet = len(headcount.with_key - unread)
    return replace(plan, guard=Guard(limit, len(plan.pending), fleet)) if limit else plan
