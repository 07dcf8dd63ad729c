"""How much a plan may change before ``apply`` holds back."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """How many changes a run may make: a number, or a share of the fleet in percent."""

    amount: int
    is_percent: bool

    @staticmethod
    def of(text: str) -> "Limit":
        """Return the limit that ``str`` gives as this text: ``30%`` or ``12``."""
        return Limit(int(text.removesuffix("%")), is_percent=text.endswith("%"))

    def allows(self, changes: int, fleet: int) -> bool:
        """Return whether so many changes are within the limit for a fleet of that size."""
        return changes * 100 <= self.amount * fleet if self.is_percent else changes <= self.amount

    def of_changes(self, changes: int) -> int:
        """Return how many of so many changes this is; of a share, every begun one counts."""
        return -(-self.amount * changes // 100) if self.is_percent else self.amount

    def __str__(self) -> str:
        return f"{self.amount}%" if self.is_percent else str(self.amount)


DEFAULT_LIMIT = Limit(30, is_percent=True)
SMALLEST_GUARDED_FLEET = 10


@dataclass(frozen=True, slots=True)
class Headcount:
    """How large a fleet is, so that entries which nothing stands behind make no room for changes.

    A share is of the santrals that have a key of their own at hand, whether targeted or not, less
    those that were asked and could not be read.
    """

    entries: int
    """All santrals of the files."""
    with_key: frozenset[str]
    """The names of those that have a key of their own at hand."""
    keys: int
    """All keys at hand, which no file can make more or fewer."""

    @property
    def default_limit(self) -> Limit | None:
        """The limit where none was given; None for a small fleet.

        Neither adding entries lifts it nor taking them out: fewer entries than it takes are held
        to the number of changes that the keys at hand stand for.
        """
        if self.entries >= SMALLEST_GUARDED_FLEET:
            return DEFAULT_LIMIT
        if self.keys >= SMALLEST_GUARDED_FLEET:
            return Limit(self.keys * DEFAULT_LIMIT.amount // 100, is_percent=False)
        return None


@dataclass(frozen=True, slots=True)
class Guard:
    """The verdict on how much a plan changes."""

    limit: Limit
    changes: int
    fleet: int
    """What a percentage is of: see ``Headcount``."""

    @property
    def is_tripped(self) -> bool:
        """Whether ``apply`` must not carry the plan out."""
        return not self.limit.allows(self.changes, self.fleet)

    @staticmethod
    def of_parts(limits: Sequence[Limit], changes: int, fleet: int) -> "Guard":
        """Return the verdict on the parts of a fleet; of different limits, one that is exceeded."""
        exceeded = (limit for limit in limits if not limit.allows(changes, fleet))
        return Guard(next(exceeded, limits[0]), changes, fleet)
