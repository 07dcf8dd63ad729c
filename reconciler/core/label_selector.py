"""Which santrals are meant, said by their labels: ``city=ankara``, ``crm!=v1*``, ``pilot``."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from reconciler.core.globs import near_glob
from reconciler.core.messages import Message
from reconciler.core.text import printable

_ANY = "*"
_SELECTOR = re.compile(r"([^\s,=!*?\[\]-][^\s,=!*?\[\]]*)(?:(!?)=([^\s,=]+))?")


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """What one label of a santral must be, or must not be."""

    label: str
    """The name of the label."""
    value: str = _ANY
    """A glob, in which case counts."""
    is_negated: bool = False

    @staticmethod
    def of(text: str) -> "LabelSelector | None":
        """Return what is meant by KEY, KEY=VALUE or KEY!=VALUE; None for anything else."""
        written = _SELECTOR.fullmatch(text)
        if not written:
            return None
        label, negation, value = written.groups()
        return LabelSelector(label, value or _ANY, is_negated=bool(negation))

    def __str__(self) -> str:
        """Return what ``of`` takes."""
        sign = "!=" if self.is_negated else "="
        is_any = self.value == _ANY and not self.is_negated
        return self.label if is_any else f"{self.label}{sign}{self.value}"

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether a santral with these labels, values by name, is meant.

        As in Kubernetes, one without the label is, where the selector is negated.
        """
        return self._is_named(labels) is not self.is_negated

    def _is_named(self, labels: Mapping[str, str]) -> bool:
        return self.label in labels and fnmatchcase(labels[self.label], self.value)

    def mistake(
        self, fleet: Collection[Mapping[str, str]], option: str = "--select"
    ) -> Message | None:
        """Return what to say where no santral of a fleet has such a label; None where one does.

        A negated selector is held to the same: mistyped, it would take in what is to be left out.
        """
        if any(map(self._is_named, fleet)):
            return None
        values = {labels[self.label] for labels in fleet if self.label in labels}
        if not values:
            names = {name for labels in fleet for name in labels}
            near = next(iter(get_close_matches(self.label, names, 1)), None)
            return _of_none(self.label, near, option)
        near = near_glob(self.value, values)
        return _of_none(self._pair(self.value), self._pair(near) if near else None, option)

    def _pair(self, value: str) -> str:
        return f"{self.label}={value}"


def _of_none(label: str, near: str | None, option: str) -> Message:
    if near:
        return Message("no-such-label-near", label=printable(label), near=printable(near))
    return Message("no-such-label", label=printable(label), option=option)
