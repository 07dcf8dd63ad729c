"""What a forge is asked for, and the values that cross that line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from reconciler.core.errors import SantralError
from reconciler.core.shard import Shard


class ForgeError(SantralError):
    """The forge, or what it holds, is not as the work needs it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be written."""

    text: str
    title: str = ""
    """Of an issue; a comment has none."""


@dataclass(frozen=True, slots=True)
class Post:
    """What was written."""

    number: int
    draft: Draft


class Board(Protocol):
    """A place to write at: the comments of a pull request or of an issue, or the open issues."""

    def ours(self) -> Iterator[Post]:
        """Yield what the owner of our token has written; raises ForgeError."""

    def add(self, draft: Draft) -> bool:
        """Write something new, and return whether an answer came; raises ForgeError."""

    def replace(self, number: int, draft: Draft) -> bool:
        """Write in the place of something, and return the same; raises ForgeError."""


@dataclass(frozen=True, slots=True)
class KeptJournal:
    """The journal, as the newest jobs have kept it."""

    content: bytes | None
    """None where it is no longer there."""
    lacks_newest: bool = False
    """Whether that of the newest job is gone, so that what it changed may be missing."""


class Forge(Protocol):
    """A forge, seen from a job of one of its pipelines; everything may raise ForgeError."""

    def planned_commit(self) -> str:
        """Return the commit that the pull request's plan is of."""

    def comments(self) -> Board:
        """Return where to comment on the pull request that the job is of."""

    def issues(self) -> Board:
        """Return the open issues."""

    def replies(self, issue: int) -> Board:
        """Return where to comment on an issue."""

    def close(self, issue: int) -> bool:
        """Close an issue, and return whether an answer came."""

    def pause(self, seconds: float) -> None:
        """Wait, and report the wait."""

    def reviewed_plan(self, shard: Shard | None) -> bytes:
        """Return the plan, of all or of a shard, that was reviewed for the job's commit."""

    def journal(self, shard: Shard | None) -> KeptJournal | None:
        """Return the newest journal, None where no job has kept one yet; each shard has its own."""
