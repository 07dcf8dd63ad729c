"""The plan: what would change, as a value that ``plan`` shows and ``apply`` carries out."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from reconciler.fleet import Santral
from reconciler.settings import FIELDS, Settings


class Status(StrEnum):
    """What a plan says of one santral."""

    CHANGE = "change"
    IN_SYNC = "in_sync"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found out about one santral: its live settings, or why there are none."""

    santral: Santral
    live: Settings | None = None
    error: str | None = None
    """A whole sentence; given when ``live`` is not."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs; None stands for a notification URL that is not set."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class SantralPlan:
    """What a plan says of one santral."""

    santral: Santral
    status: Status
    before: Settings | None = None
    after: Settings | None = None
    """The complete settings to send: unmanaged fields carry their live values."""
    changes: tuple[Change, ...] = ()
    error: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """How many changes a run may make: a number, or a share of the fleet in percent."""

    amount: int
    is_percent: bool

    def allows(self, changes: int, fleet: int) -> bool:
        """Tell whether so many changes are within the limit for a fleet of that size."""
        return changes * 100 <= self.amount * fleet if self.is_percent else changes <= self.amount

    def __str__(self) -> str:
        return f"{self.amount}%" if self.is_percent else str(self.amount)


DEFAULT_LIMIT = Limit(30, is_percent=True)
SMALLEST_GUARDED_FLEET = 10


@dataclass(frozen=True, slots=True)
class Guard:
    """The verdict on how much a plan changes."""

    limit: Limit
    changes: int
    fleet: int
    """Santrals in the files, whether targeted or not."""

    @property
    def is_tripped(self) -> bool:
        """Whether ``apply`` must not carry the plan out."""
        return not self.limit.allows(self.changes, self.fleet)


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan for all santrals looked at, sorted by name."""

    santrals: tuple[SantralPlan, ...]
    guard: Guard | None = None

    def having(self, status: Status) -> tuple[SantralPlan, ...]:
        """Return the santrals of which the plan says this."""
        return tuple(santral for santral in self.santrals if santral.status is status)

    @property
    def has_changes(self) -> bool:
        """Whether there is anything to apply."""
        return bool(self.having(Status.CHANGE))


def build(readings: Iterable[Reading], fleet_size: int, limit: Limit | None = None) -> Plan:
    """Compare what the files want with what is live.

    Without a limit of its own, a fleet of ten or more santrals is held to the default one.
    """
    ordered = sorted(readings, key=lambda reading: reading.santral.name)
    santrals = tuple(map(_plan_one, ordered))
    if limit is None and fleet_size >= SMALLEST_GUARDED_FLEET:
        limit = DEFAULT_LIMIT
    changes = sum(santral.status is Status.CHANGE for santral in santrals)
    return Plan(santrals, Guard(limit, changes, fleet_size) if limit else None)


def _plan_one(reading: Reading) -> SantralPlan:
    santral, live, warnings = reading.santral, reading.live, reading.warnings
    if live is None:
        return _failed(reading, reading.error)
    wanted = santral.desired.over(live)
    if wanted == live:
        return SantralPlan(santral, Status.IN_SYNC, live, wanted, warnings=warnings)
    if wanted.notification_url is None:
        return _failed(reading, f"Santral {santral.name} {_NO_URL}")
    changes = differences(live, wanted)
    return SantralPlan(santral, Status.CHANGE, live, wanted, changes, warnings=warnings)


def _failed(reading: Reading, error: str | None) -> SantralPlan:
    return SantralPlan(
        reading.santral, Status.FAILED, reading.live, error=error, warnings=reading.warnings
    )


_NO_URL = (
    "has no notification_url, live or in the file, and the API takes no change without one; "
    "write one in the file."
)


def differences(before: Settings, after: Settings) -> tuple[Change, ...]:
    """Return the fields that differ, in the order of the vendor's documentation."""
    from deepdiff import DeepDiff  # noqa: PLC0415

    differing = DeepDiff(asdict(before), asdict(after)).affected_root_keys
    return tuple(
        Change(field, getattr(before, field), getattr(after, field))
        for field in FIELDS
        if field in differing
    )
