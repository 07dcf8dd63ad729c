"""Plans and reports as text for people."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import click

from reconciler.core.checkup import Checkup
from reconciler.core.messages import say, text_of
from reconciler.core.outcome import Result
from reconciler.core.plan import Dropped, Origin, Purpose
from reconciler.render import origin_wording, wording
from reconciler.render.grouping import NAME, Group, grouped
from reconciler.render.view import (
    ShownChange,
    ShownOutcome,
    ShownPlan,
    ShownSantral,
    Status,
    around_host,
)

COLOURS = {
    Result.APPLIED: "green",
    Result.IN_SYNC: "green",
    Result.STALE: "yellow",
    Result.REFUSED: "red",
    Result.FAILED: "red",
    Result.NOT_VERIFIED: "red",
    Result.NOT_TRIED: "yellow",
}

WIDTH = 100
"""Characters of a line where no terminal says how many there are."""
_MOST_FAILED = 20
"""Santrals of which the same failure names so many; it is not about each, as a change is."""
_FEW = 2
"""Outcomes that stand in a line each, since a heading and their names are as many lines."""


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How much the reader's screen can show."""

    colour: bool = False
    width: int = WIDTH

    def paint(self, text: str, **style: str | bool) -> str:
        """Return the text coloured, where colour can be shown."""
        return click.style(text, **style) if self.colour else text  # type: ignore[arg-type]


def render(plan: ShownPlan, style: TextStyle) -> str:
    """Return the plan, and the report of a run if there was one."""
    if plan.count_outcomes():
        return f"{render_plan(plan, style)}\n{render_report(plan, style)}"
    next_step = wording.next_step(plan)
    ending = f" {next_step}" if next_step else ""
    return f"{render_plan(plan, style)}{ending}\n{guard_line(plan, style)}"


def render_plan(plan: ShownPlan, style: TextStyle) -> str:
    """Return the santrals that would change, those that could not be read, and the counts.

    The last line has no end yet.
    """
    changed = _blocks(plan.of(Status.CHANGE), _Mark("~", "yellow"), _changed, style)
    in_sync = _blocks(plan.of(Status.IN_SYNC), _Mark("=", "green"), _key_line, style)
    failed = _blocks(
        plan.of(Status.FAILED), _Mark("!", "red", _MOST_FAILED, names_keys=True), _failed, style
    )
    return f"{_origin(plan, style)}{changed}{in_sync}{failed}{about(plan)}"


def about(plan: ShownPlan) -> str:
    """Return what is said of a plan as a whole; the last line has no end yet."""
    return f"{_dropped(plan.dropped)}{_notes_of(plan)}{_counts(plan)}"


def _origin(plan: ShownPlan, style: TextStyle) -> str:
    if not plan.origin:
        return ""
    return f"{painted_target(plan.origin, style)} {origin_wording.source(plan.origin)}\n\n"


def painted_target(asked: Origin | Checkup, style: TextStyle) -> str:
    """Return which API was asked, which nobody shall overlook where that is the sandbox."""
    target = origin_wording.target(asked)
    is_striking = origin_wording.is_of_sandbox(asked)
    return style.paint(target, fg="yellow", bold=True) if is_striking else target


@dataclass(frozen=True, slots=True)
class _Mark:
    """What stands before the names of santrals, and how many of those of which the same is said."""

    mark: str
    colour: str
    most: int | None = None
    names_keys: bool = False
    """Whether a key stands beside the name, so that it keeps nothing apart that is the same."""


def _blocks(
    santrals: Iterable[ShownSantral],
    mark: _Mark,
    say_of: Callable[[ShownSantral, TextStyle], str],
    style: TextStyle,
) -> str:
    """Return what is to be said of santrals, if anything, the same of several once."""
    named = {santral.name: santral for santral in santrals}
    plain = [_plain(santral, mark) for santral in named.values()]
    said = [(group, say_of(group.shown, style)) for group in _in_order(plain)]
    return "".join(
        f"{_heads(group, named, mark, style)}{text}{_legend(group, text)}\n"
        for group, text in said
        if text
    )


def _plain(santral: ShownSantral, mark: _Mark) -> ShownSantral:
    """Return a santral without what is not said here, so that it keeps nothing apart."""
    has_more = santral.warnings or santral.outcome
    bare = replace(santral, warnings=(), outcome=None) if has_more else santral
    return replace(bare, key=None) if mark.names_keys else bare


def _in_order(santrals: Iterable[ShownSantral]) -> list[Group]:
    return sorted(grouped(santrals), key=lambda group: group.names[0])


def _heads(group: Group, named: Mapping[str, ShownSantral], mark: _Mark, style: TextStyle) -> str:
    painted = style.paint(mark.mark, fg=mark.colour)
    heads = [
        f"{painted} {_head(named[name], style)}{_key_beside(named[name], mark, style)}\n"
        for name in group.names[: mark.most]
    ]
    rest = len(group.names) - len(heads)
    return "".join(heads) + (f"{painted} {wording.and_more(rest)}\n" if rest else "")


def _head(santral: ShownSantral, style: TextStyle) -> str:
    description = f"  {santral.description}" if santral.description else ""
    return f"{style.paint(santral.name, bold=True)}  ({santral.place}){description}"


def _legend(group: Group, text: str) -> str:
    """Say what ``{name}`` stands for, where it is said of several."""
    return f"    {wording.nameless(NAME)}\n" if group.names[1:] and NAME in text else ""


def _changed(santral: ShownSantral, style: TextStyle) -> str:
    return _key_line(santral, style) + "".join(change_lines(santral.changes, style))


def _key_beside(santral: ShownSantral, mark: _Mark, style: TextStyle) -> str:
    said = _key_line(santral, style).strip() if mark.names_keys else ""
    return f"  {said}" if said else ""


def _key_line(santral: ShownSantral, style: TextStyle) -> str:
    said = wording.key(santral)
    if santral.key and santral.key.has_moved:
        said = style.paint(said, fg="magenta", bold=True)
    return f"    {said}\n" if said else ""


def _failed(santral: ShownSantral, _: TextStyle) -> str:
    return f"    {text_of(santral.error)}\n"


def change_lines(changes: tuple[ShownChange, ...], style: TextStyle) -> Iterator[str]:
    """Yield what is said of each field that changes: a line, and more where it needs them."""
    width = max((len(change.field) for change in changes), default=0)
    return (_change(change, width, style) for change in changes)


def _change(change: ShownChange, width: int, style: TextStyle) -> str:
    before = _value(change.before, change.before_host, style, "red")
    after = _value(change.after, change.after_host, style, "green")
    notes = "".join(f"  ({note})" for note in wording.notes(change))
    unpainted = _change_line(change, width, change.before or wording.not_set(), " ")
    fits = len(unpainted) + len(f"{change.after or wording.not_set()}{notes}") <= style.width
    between = " " if fits else f"\n{'':<{width + _INDENT}}"
    line = f"{_change_line(change, width, before, between)}{after}{notes}\n"
    return line + _host_line(change, width, style)


_INDENT = 6
"""Characters beside the name of a field, before its values begin."""


def _change_line(change: ShownChange, width: int, before: str, between: str) -> str:
    """Return a change up to its second value."""
    return f"    {change.field:<{width}}  {before}{between}→ "


def _value(value: str | None, host: str | None, style: TextStyle, colour: str) -> str:
    if value is None:
        return wording.not_set()
    before, name, after = around_host(value, host)
    return (
        style.paint(before, fg=colour)
        + (style.paint(name, fg=colour, bold=True) if name else "")
        + (style.paint(after, fg=colour) if after else "")
    )


def _host_line(change: ShownChange, width: int, style: TextStyle) -> str:
    said = wording.other_host(change)
    return f"    {'':<{width}}  {style.paint(said, fg='magenta', bold=True)}\n" if said else ""


def _dropped(entries: Iterable[Dropped]) -> str:
    lines = "".join(f"- {entry.name}  {wording.dropped(entry)}\n" for entry in entries)
    return f"{lines}\n" if lines else ""


def _notes_of(plan: ShownPlan) -> str:
    lines = "".join(say("Note: {note}", note=str(note)) + "\n" for note in plan.notes)
    return f"{lines}\n" if lines else ""


def guard_line(plan: ShownPlan, style: TextStyle) -> str:
    """Say that the plan is refused, and what to do, where that is so."""
    if not (plan.guard and plan.guard.is_tripped):
        return ""
    return style.paint(wording.guard(plan.guard, plan), fg="red", bold=True) + "\n"


def _counts(plan: ShownPlan) -> str:
    causes = f"{wording.causes(plan)}\n" if plan.purpose is Purpose.CAUSES else ""
    return f"{causes}{wording.counts(plan)}"


def render_report(plan: ShownPlan, style: TextStyle) -> str:
    """Return how each change ended, and the counts; the plan itself was shown before.

    What the plan says of santrals that it could not read is not said again; where it says that of
    them all, there is nothing to report.
    """
    if not plan.news:
        return ""
    lines = "".join(_outcome(group, style) for group in _outcomes(plan.news))
    space = "\n" if lines else ""
    return f"{lines}{space}{wording.outcomes(plan)}\n{guard_line(plan, style)}"


def _outcomes(santrals: Iterable[ShownSantral]) -> list[Group]:
    """Return how changes ended, where more than a few ended alike in a group."""
    ended = {
        one.name: replace(one, status=Status.CHANGE, changes=(), error=(), warnings=(), key=None)
        for one in santrals
        if one.outcome and one.outcome.result is not Result.IN_SYNC
    }
    groups = [
        part
        for group in grouped(ended.values())
        for part in ([group] if group.names[_FEW:] else _apart(group, ended))
    ]
    return sorted(groups, key=lambda group: group.names[0])


def _apart(group: Group, santrals: Mapping[str, ShownSantral]) -> list[Group]:
    return [Group((name,), santrals[name]) for name in group.names]


def _outcome(group: Group, style: TextStyle) -> str:
    outcome = group.shown.outcome
    text = _outcome_text(group.names, outcome, style) if outcome else ""
    return f"{text}{_legend(group, text)}"


def _outcome_text(names: Sequence[str], outcome: ShownOutcome, style: TextStyle) -> str:
    who = wording.santrals(len(names)) if names[1:] else names[0]
    word = style.paint(wording.result_words(outcome.result), fg=COLOURS[outcome.result])
    reason = f". {text_of(outcome.reason)}" if outcome.reason else ""
    listed = f"    {wording.listed(names)}\n" if names[1:] else ""
    moved = "".join(change_lines(outcome.moved, style))
    changes = f"    {wording.moved()}\n{moved}" if moved else ""
    return f"{who}: {word}{reason}\n{listed}{changes}"
