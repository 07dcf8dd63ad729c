"""What a YAML file holds, as texts with their places; nothing is a number, a boolean or a date."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.config.problems import Problem
from reconciler.core.fleet import Place


class Scalar(NamedTuple):
    """One text, as typed; empty also where nothing was typed.

    A tuple, and its place worked out only when asked for: there is one for each word of a file.
    """

    text: str
    source: str
    mark: Any

    @property
    def place(self) -> Place:
        """Where the text starts."""
        return Place(self.source, self.mark.line + 1, self.mark.column + 1)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Fields by name; the name's own node keeps where the name stands."""

    place: Place
    entries: dict[str, tuple[Scalar, "Node"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Stands for what has been refused already, so that nothing more is said of it."""

    place: Place


Node = Scalar | Mapping | Refused


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: the tree as far as it could be read, and what is wrong with it."""

    root: Node
    problems: tuple[Problem, ...]
    is_whole: bool
    """Whether the file was read to its end, so that its tree is worth checking."""
    text: str = ""
