"""What is wrong in a file, and where."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler.core.errors import SantralError
from reconciler.core.fleet import Place
from reconciler.core.messages import Message, located, say_number

MOST_SHOWN = 100
MOST_FOUND = 1_000
"""Looking further ends here: a file with this many problems is not one that a person wrote."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend; the message never quotes a value, which may be a pasted key."""

    place: Place
    message: Message
    santral: str = field(default="", compare=False)
    """The entry that it is in, safe to show; empty where it is in none."""

    def __str__(self) -> str:
        return located(str(self.place), self.message)


class ConfigError(SantralError):
    """The files cannot be used; its text lists every problem, sorted by place."""

    options: tuple[str, ...] = ("config",)

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(*(problem.message for problem in self.problems))

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        more = len(self.problems) - MOST_SHOWN
        if more > 0:
            lines.append(
                say_number("... and 1 more problem.", "... and {count} more problems.", count=more)
            )
        return "\n".join(lines)
