"""A checkup as text for people: what is red first, and together what is alike."""

from collections.abc import Iterator, Sequence

from reconciler.core.checkup import WORST_FIRST, Checked, Checkup, Finding, Level
from reconciler.core.messages import say, text_of
from reconciler.render import wording as of_plans
from reconciler.render.as_text import TextStyle, painted_target
from reconciler.render.checkup import wording
from reconciler.render.checkup.grouping import Alike, alike
from reconciler.render.grouping import NAME

_MARKS = {Level.RED: "!", Level.YELLOW: "?", Level.GREEN: "="}
_COLOURS = {Level.RED: "red", Level.YELLOW: "yellow", Level.GREEN: "green"}
_MOST_HEADS = 20
"""Santrals that stand in a line each, with their URLs, where the same was found of them."""
_FEW = 5
"""Santrals in order of which each is said what its URL answered."""


def render(checkup: Checkup, style: TextStyle) -> str:
    """Return what was found, and the counts."""
    blocks = "".join(
        f"{_block(level, group, style)}\n"
        for level in WORST_FIRST
        for group in _groups(checkup.of(level))
    )
    notes = "".join(say("Note: {note}", note=str(note)) + "\n" for note in checkup.notes)
    end = f"{wording.counts(checkup)}\n"
    return f"{_origin(checkup, style)}\n\n{blocks}{notes}{end}"


def _origin(checkup: Checkup, style: TextStyle) -> str:
    return f"{painted_target(checkup, style)} {wording.source(checkup)}"


def _groups(santrals: Sequence[Checked]) -> list[Alike]:
    """Return those together of which the same is said; a few that are in order each on its own."""
    is_quiet = not any(one.findings for one in santrals)
    if is_quiet and len(santrals) <= _FEW:
        return [Alike((one,), ()) for one in santrals]
    return alike(santrals)


def _block(level: Level, group: Alike, style: TextStyle) -> str:
    mark = style.paint(_MARKS[level], fg=_COLOURS[level])
    said = "".join(f"    {_finding(one, style)}\n" for one in group.findings)
    legend = f"    {of_plans.nameless(NAME)}\n" if group.has_placeholder else ""
    heads = _short_heads if _are_many(group) else _heads
    return f"{heads(mark, level, group, style)}{said}{legend}{''.join(_measured(group))}"


def _short_heads(mark: str, level: Level, group: Alike, style: TextStyle) -> str:
    names = of_plans.listed([one.name for one in group.santrals])
    word = "" if group.findings else f"{style.paint(wording.level(level), fg=_COLOURS[level])}: "
    return f"{mark} {of_plans.santrals(len(group.santrals))}\n    {word}{names}\n"


def _heads(mark: str, _: Level, group: Alike, style: TextStyle) -> str:
    first = group.santrals[:_MOST_HEADS]
    heads = "".join(f"{mark} {_head(one, style)}\n" for one in first)
    rest = len(group.santrals) - _MOST_HEADS
    return f"{heads}{mark} {of_plans.and_more(rest)}\n" if rest > 0 else heads


def _are_many(group: Alike) -> bool:
    """Return whether names are enough: of those in order, and of many with no URL to be seen."""
    count, has_urls = len(group.santrals), any(one.url for one in group.santrals)
    return count > _FEW and not has_urls if group.findings else count > 1


def _head(checked: Checked, style: TextStyle) -> str:
    url = f"  {checked.url}" if checked.url else ""
    return f"{style.paint(checked.name, bold=True)}  ({checked.place}){url}"


def _finding(finding: Finding, style: TextStyle) -> str:
    word = style.paint(wording.level(finding.level), fg=_COLOURS[finding.level])
    return f"{word}: {text_of(finding.messages)}"


def _measured(group: Alike) -> Iterator[str]:
    """Yield what was measured of a single URL, where that says more than what is wrong with it."""
    first = group.santrals[0]
    if first.measured and not group.santrals[1:]:
        yield f"    {wording.measured(first.measured)}\n"
