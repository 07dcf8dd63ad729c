"""Plans and reports as text for people."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import click

from reconciler.core.messages import say, text_of
from reconciler.core.outcome import Result
from reconciler.core.plan import Dropped, Purpose
from reconciler.render import wording
from reconciler.render.view import ShownChange, ShownPlan, ShownSantral, Status, around_host

COLOURS = {
    Result.APPLIED: "green",
    Result.IN_SYNC: "green",
    Result.STALE: "yellow",
    Result.REFUSED: "red",
    Result.FAILED: "red",
    Result.NOT_VERIFIED: "red",
    Result.NOT_TRIED: "yellow",
}


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How much the reader's screen can show."""

    colour: bool = False

    def paint(self, text: str, **style: str | bool) -> str:
        """Return the text coloured, where colour can be shown."""
        return click.style(text, **style) if self.colour else text  # type: ignore[arg-type]


def render(plan: ShownPlan, style: TextStyle) -> str:
    """Return the plan, and the report of a run if there was one."""
    report = render_report(plan, style) if plan.count_outcomes() else ""
    return render_plan(plan, style) + report


def render_plan(plan: ShownPlan, style: TextStyle) -> str:
    """Return the santrals that would change, those that could not be read, and the counts."""
    changed = "".join(_changed(santral, style) for santral in plan.of(Status.CHANGE))
    in_sync = "".join(_in_sync(santral, style) for santral in plan.of(Status.IN_SYNC))
    failed = "".join(_failed(santral, style) for santral in plan.of(Status.FAILED))
    about = f"{_dropped(plan.dropped)}{_notes_of(plan)}{_guard(plan, style)}{_counts(plan)}"
    return f"{_origin(plan, style)}{changed}{in_sync}{failed}{about}"


def _origin(plan: ShownPlan, style: TextStyle) -> str:
    if not plan.origin:
        return ""
    target = wording.target(plan.origin)
    is_striking = wording.is_of_sandbox(plan)
    painted = style.paint(target, fg="yellow", bold=True) if is_striking else target
    return f"{painted} {wording.source(plan.origin)}\n\n"


def _changed(santral: ShownSantral, style: TextStyle) -> str:
    mark = style.paint("~", fg="yellow")
    head = f"{mark} {_name_and_place(santral, style)}\n"
    changes = "".join(change_lines(santral.changes, style))
    return f"{head}{_key_line(santral, style)}{changes}\n"


def _in_sync(santral: ShownSantral, style: TextStyle) -> str:
    """Return what there is to say of a santral with nothing to change: by which key it goes."""
    said = _key_line(santral, style)
    mark = style.paint("=", fg="green")
    return f"{mark} {_name_and_place(santral, style)}\n{said}\n" if said else ""


def _key_line(santral: ShownSantral, style: TextStyle) -> str:
    said = wording.key(santral)
    if santral.key and santral.key.has_moved:
        said = style.paint(said, fg="magenta", bold=True)
    return f"    {said}\n" if said else ""


def _failed(santral: ShownSantral, style: TextStyle) -> str:
    mark, key = style.paint("!", fg="red"), _key_line(santral, style)
    return f"{mark} {_name_and_place(santral, style)}\n{key}    {text_of(santral.error)}\n\n"


def _name_and_place(santral: ShownSantral, style: TextStyle) -> str:
    return f"{style.paint(santral.name, bold=True)}  ({santral.place})"


def change_lines(changes: tuple[ShownChange, ...], style: TextStyle) -> Iterator[str]:
    """Yield a line, or two, for each field that changes."""
    width = max((len(change.field) for change in changes), default=0)
    return (_change(change, width, style) for change in changes)


def _change(change: ShownChange, width: int, style: TextStyle) -> str:
    before = _value(change.before, change.before_host, style, "red")
    after = _value(change.after, change.after_host, style, "green")
    notes = "".join(f"  ({note})" for note in wording.notes(change))
    line = f"    {change.field:<{width}}  {before} → {after}{notes}\n"
    return line + _host_line(change, width, style)


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


def _guard(plan: ShownPlan, style: TextStyle) -> str:
    if not (plan.guard and plan.guard.is_tripped):
        return ""
    return style.paint(wording.guard(plan.guard, plan.purpose), fg="red", bold=True) + "\n\n"


def _counts(plan: ShownPlan) -> str:
    causes = f"{wording.causes(plan)}\n" if plan.purpose is Purpose.CAUSES else ""
    return f"{causes}{wording.counts(plan)}\n"


def render_report(plan: ShownPlan, style: TextStyle) -> str:
    """Return how each change ended, and the counts; the plan itself was shown before."""
    lines = "".join(line for santral in plan.santrals for line in _outcome_lines(santral, style))
    return f"{lines}\n{wording.outcomes(plan)}\n" if lines else f"{wording.outcomes(plan)}\n"


def _outcome_lines(santral: ShownSantral, style: TextStyle) -> Iterator[str]:
    outcome = santral.outcome
    if not outcome or outcome.result is Result.IN_SYNC:
        return
    word = style.paint(wording.result_words(outcome.result), fg=COLOURS[outcome.result])
    reason = f". {text_of(outcome.reason)}" if outcome.reason else ""
    yield f"{santral.name}: {word}{reason}\n"
    if outcome.moved:
        yield f"    {wording.moved()}\n"
        yield from change_lines(outcome.moved, style)
