"""Which changes of a run come first, so that the others follow only where those went well."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from reconciler.core.change_limit import Limit
from reconciler.core.fleet import Fleet, NoSuchLabelError
from reconciler.core.label_selector import LabelSelector
from reconciler.core.messages import Message, naming
from reconciler.core.plan import Pending

_NUMBER = re.compile("[0-9]+%?|[^=]*%")
"""What is no label, or must not be taken for one."""
_PART = re.compile("0*[1-9][0-9]{0,8}|0*(?:[1-9][0-9]?|100)%")


@dataclass(frozen=True, slots=True)
class Stages:
    """The changes of a run, in the order in which they are begun."""

    canary: tuple[Pending, ...] | None
    """Those that come first; None where nobody asked for that."""
    rest: tuple[Pending, ...]

    @property
    def names(self) -> tuple[str, ...] | None:
        """The santrals of the canary, sorted."""
        return None if self.canary is None else tuple(one.santral.name for one in self.canary)

    @property
    def count(self) -> int:
        """How many changes there are."""
        return len(self.canary or ()) + len(self.rest)

    @property
    def is_without_canary(self) -> bool:
        """Whether there are changes, but none that could be tried first as was asked for."""
        return bool(self.rest) and self.canary == ()

    @property
    def note(self) -> Message | None:
        """What a reviewer should know of the order, if there is one."""
        if not self.names:
            return None
        if not self.rest:
            return Message("canary-all")
        return naming("canary-first", "canary-first-more", self.names, count=len(self.rest))


@dataclass(frozen=True, slots=True)
class Canary:
    """What is tried first: so many changes, such a share of them, or those with a label."""

    part: Limit | LabelSelector

    @staticmethod
    def of(text: str) -> "Canary | None":
        """Return what is meant by N, P% or a label selector; None for anything else, and for 0."""
        if _PART.fullmatch(text):
            return Canary(Limit.of(text))
        selector = None if _NUMBER.fullmatch(text) else LabelSelector.of(text)
        return Canary(selector) if selector else None

    def require_label(self, fleet: Fleet) -> None:
        """Raise NoSuchCanaryError for a label, or a value of it, that no santral has."""
        if isinstance(self.part, LabelSelector):
            labels = [dict(santral.labels) for santral in fleet.santrals]
            mistake = self.part.mistake(labels, "--canary")
            if mistake:
                raise NoSuchCanaryError(mistake)

    def chosen(self, changes: Sequence[Pending], run: str) -> frozenset[str]:
        """Return the names of the santrals that come first in the run of this ID.

        Which ones a number means differs from run to run, or the same few would try everything.
        """
        part = self.part
        if isinstance(part, LabelSelector):
            return frozenset(
                one.santral.name for one in changes if part.matches(dict(one.santral.labels))
            )
        names = sorted((one.santral.name for one in changes), key=lambda name: _draw(run, name))
        return frozenset(names[: part.of_changes(len(names))])


def _draw(run: str, name: str) -> bytes:
    return sha256(f"{run} {name}".encode()).digest()


def stages_of(canary: Canary | None, changes: Sequence[Pending], run: str) -> Stages:
    """Return the changes of a run in the order in which they are begun."""
    if not canary:
        return Stages(None, tuple(changes))
    first = canary.chosen(changes, run)
    return Stages(
        tuple(one for one in changes if one.santral.name in first),
        tuple(one for one in changes if one.santral.name not in first),
    )


class NoSuchCanaryError(NoSuchLabelError):
    """A ``--canary`` is about a label that no santral has, or about a value that none has there."""

    options: tuple[str, ...] = ("canary",)
