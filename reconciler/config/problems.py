"""What is wrong in a file, and where."""

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.core.errors import SantralError
from reconciler.core.fleet import Place

MOST_SHOWN = 100
MOST_FOUND = 1_000
"""Looking further ends here: a file with this many problems is not one that a person wrote."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend; the message never quotes a value, which might be a pasted key."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class ConfigError(SantralError):
    """The files cannot be used; its text lists every problem, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        lines = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        if len(self.problems) > MOST_SHOWN:
            lines.append(f"... and {len(self.problems) - MOST_SHOWN} more problems.")
        super().__init__("\n".join(lines))
