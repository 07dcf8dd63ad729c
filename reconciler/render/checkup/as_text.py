"""A checkup as text for people: what is red first, and together what is alike."""

from collections.abc import Iterator, Sequence

from reconciler.core.checkup import WORST_FIRST, Checked, Checkup, Finding, Level, alike
from reconciler.core.messages import say, text_of
from reconciler.journal.records import SANDBOX
from reconciler.render import wording as of_plans
from reconciler.render.as_text import TextStyle
from reconciler.render.checkup import wording

_MARKS = {Level.RED: "!", Level.YELLOW: "?", Level.GREEN: "="}
_COLOURS = {Level.RED: "red", Level.YELLOW: "yellow", Level.GREEN: "green"}
_MOST_HEADS = 20
"""Santrals that stand in a line each, with their URLs, where the same was found of them."""
_FEW = 5
"""Santrals in order of which each is said what its URL answered."""


def render(checkup: Checkup, style: TextStyle) -> str:
    """Return what was found, and the counts."""
    blocks = "".join(
        f"{_block(level, those, style)}\n"
        for level in WORST_FIRST
        for those in _groups(checkup.of(level))
    )
    notes = "".join(say("Note: {note}", note=str(note)) + "\n" for note in checkup.notes)
    end = f"{wording.counts(checkup)}\n"
    return f"{_origin(checkup, style)}\n\n{blocks}{notes}{end}"


def _origin(checkup: Checkup, style: TextStyle) -> str:
    target = wording.target(checkup)
    is_striking = checkup.api == SANDBOX
    painted = style.paint(target, fg="yellow", bold=True) if is_striking else target
    return f"{painted} {wording.source(checkup)}"


def _groups(santrals: Sequence[Checked]) -> list[list[Checked]]:
    """Return those together of which the same is said; a few that are in order each on its own."""
    groups = [*alike(santrals).values()]
    is_quiet = not any(one.findings for one in santrals)
    return [[one] for one in santrals] if is_quiet and len(santrals) <= _FEW else groups


def _block(level: Level, santrals: Sequence[Checked], style: TextStyle) -> str:
    mark = style.paint(_MARKS[level], fg=_COLOURS[level])
    first = santrals[0]
    if santrals[1:] and not first.findings:
        names = of_plans.listed([one.name for one in santrals])
        return f"{mark} {of_plans.santrals(len(santrals))}\n    {names}\n"
    heads = "".join(f"{mark} {_head(one, style)}\n" for one in santrals[:_MOST_HEADS])
    rest = len(santrals) - _MOST_HEADS
    more = f"{mark} {of_plans.and_more(rest)}\n" if rest > 0 else ""
    said = "".join(f"    {_finding(one, style)}\n" for one in first.findings)
    return f"{heads}{more}{said}{''.join(_measured(santrals))}"


def _head(checked: Checked, style: TextStyle) -> str:
    url = f"  {checked.url}" if checked.url else ""
    return f"{style.paint(checked.name, bold=True)}  ({checked.place}){url}"


def _finding(finding: Finding, style: TextStyle) -> str:
    word = style.paint(wording.level(finding.level), fg=_COLOURS[finding.level])
    return f"{word}: {text_of(finding.messages)}"


def _measured(santrals: Sequence[Checked]) -> Iterator[str]:
    """Yield what was measured of a single URL, where that says more than what is wrong with it."""
    first = santrals[0]
    if first.measured and not santrals[1:]:
        yield f"    {wording.measured(first.measured)}\n"
