"""What a benchmark prints: figures with their limits, most of them ratios that hold anywhere."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """A number, in most cases a ratio, what it says, and what it may be."""

    what: str
    number: float
    limit: float = math.inf
    unit: str = "x"

    @property
    def is_over(self) -> bool:
        return self.number > self.limit

    def __str__(self) -> str:
        verdict = f"(at most {self.limit:g})  {'OVER' if self.is_over else 'ok'}"
        told = "" if math.isinf(self.limit) else verdict
        return f"{self.what:<68} {self.number:6.2f} {self.unit:<2}  {told}".rstrip()


def paired(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median ratio of runs that were made in turn."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))
