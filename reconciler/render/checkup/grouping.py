"""Santrals of which the same was found, so that a large fleet is shown in few lines."""

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.core.checkup import Checked, Finding
from reconciler.render.grouping import NAME, nameless


@dataclass(frozen=True, slots=True)
class Alike:
    """Santrals of which the same was found, but for their names; or a single one."""

    santrals: tuple[Checked, ...]
    findings: tuple[Finding, ...]

    @property
    def has_placeholder(self) -> bool:
        """Whether ``{name}`` stands for the name of each in what was found."""
        return self.santrals[1:] != () and _has_placeholder(self.findings)


def alike(santrals: Iterable[Checked]) -> list[Alike]:
    """Return santrals of which the same was found together, the most of them first."""
    found: dict[tuple[Finding, ...], list[Checked]] = {}
    for santral in santrals:
        found.setdefault(_without_name(santral), []).append(santral)
    groups = (
        Alike(tuple(those), common if those[1:] else those[0].findings)
        for common, those in found.items()
    )
    return sorted(groups, key=lambda group: -len(group.santrals))


def _has_placeholder(findings: Iterable[Finding]) -> bool:
    texts = (value for one in findings for m in one.messages for value in m.values.values())
    return any(NAME in str(text) for text in texts)


def _without_name(santral: Checked) -> tuple[Finding, ...]:
    """Return what was found with ``{name}`` for the name, unless that stands there literally."""
    if _has_placeholder(santral.findings):
        return santral.findings

    def without(text: str) -> str:
        return nameless(text, santral.name)

    return tuple(
        Finding(one.level, tuple(message.rewritten(without) for message in one.messages))
        for one in santral.findings
    )
