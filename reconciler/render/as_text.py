"""Plans and reports as text for people."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import click

from reconciler.apply.outcome import Outcome, Report, Result
from reconciler.plan import Change, Failed, Guard, Pending, Plan, SantralPlan
from reconciler.render.shown import ShownChange, shown

Paint = Callable[[str], str]
_NOT_SET = "(not set)"


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How much the reader's screen can show, and may."""

    colour: bool = False
    show_urls: bool = False

    def paint(self, text: str, **style: str | bool) -> str:
        """Return the text coloured, where colour can be shown."""
        return click.style(text, **style) if self.colour else text  # type: ignore[arg-type]


def render_plan(plan: Plan, style: TextStyle) -> str:
    """Return the santrals that would change, those that could not be read, and the counts."""
    failed = "".join(_failed(santral, style) for santral in plan.failed)
    changed = "".join(_changed(santral, style) for santral in plan.pending)
    guard = _guard(plan.guard, style) if plan.guard and plan.guard.is_tripped else ""
    return f"{changed}{failed}{guard}{_plan_counts(plan)}\n"


def _changed(santral: Pending, style: TextStyle) -> str:
    mark = style.paint("~", fg="yellow")
    head = f"{mark} {_name_and_place(santral, style)}\n"
    width = max(len(change.field) for change in santral.changes)
    return head + "".join(_change(change, width, style) for change in santral.changes) + "\n"


def _failed(santral: Failed, style: TextStyle) -> str:
    mark = style.paint("!", fg="red")
    return f"{mark} {_name_and_place(santral, style)}\n    {santral.error}\n\n"


def _name_and_place(santral: SantralPlan, style: TextStyle) -> str:
    return f"{style.paint(santral.santral.name, bold=True)}  ({santral.santral.place})"


def _change(change: Change, width: int, style: TextStyle) -> str:
    seen = shown(change, show_urls=style.show_urls)
    before = _value(seen.before, seen.before_host, style, "red")
    after = _value(seen.after, seen.after_host, style, "green")
    note = "  (the part shown as *** changes)" if seen.is_hidden_part_changed else ""
    line = f"    {seen.field:<{width}}  {before} → {after}{note}\n"
    return line + _host_line(seen, width, style)


def _value(value: str | None, host: str | None, style: TextStyle, colour: str) -> str:
    if value is None:
        return _NOT_SET
    before, name, after = value.partition(host) if host else (value, "", "")
    return (
        style.paint(before, fg=colour)
        + (style.paint(name, fg=colour, bold=True) if name else "")
        + (style.paint(after, fg=colour) if after else "")
    )


def _host_line(change: ShownChange, width: int, style: TextStyle) -> str:
    """Say where call data will go, when that is another host than before."""
    if change.before_host == change.after_host:
        return ""
    after = change.after_host or "unclear"
    before = change.before_host or "unclear"
    said = f"new host: {after}" if change.before is None else f"other host: {before} → {after}"
    return f"    {'':<{width}}  {style.paint(said, fg='magenta', bold=True)}\n"


def _guard(guard: Guard, style: TextStyle) -> str:
    text = (
        f"Guard: {guard.changes} of {guard.fleet} santrals would change; --max-changes allows "
        f"{guard.limit}. apply refuses this plan (exit code 3); if it is meant, give "
        f"--max-changes {guard.changes}."
    )
    return style.paint(text, fg="red", bold=True) + "\n\n"


def _plan_counts(plan: Plan) -> str:
    changed, in_sync, failed = len(plan.pending), len(plan.in_sync), len(plan.failed)
    return f"Plan: {changed} to change, {in_sync} in sync, {failed} failed."


def render_report(report: Report, style: TextStyle) -> str:
    """Return how each change ended, and the counts; the plan itself was shown before."""
    lines = "".join(_outcome_lines(report.outcomes, style))
    counts = ", ".join(f"{count} {_words(result)}" for result, count in report.count().items())
    return f"{lines}\nApply: {counts}.\n" if lines else f"Apply: {counts}.\n"


def _outcome_lines(outcomes: Iterable[Outcome], style: TextStyle) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.result is not Result.IN_SYNC:
            word = style.paint(_words(outcome.result), fg=_COLOURS[outcome.result])
            yield f"{outcome.name}: {word}{f'. {outcome.reason}' if outcome.reason else ''}\n"
            width = max((len(change.field) for change in outcome.moved), default=0)
            yield from (_change(change, width, style) for change in outcome.moved)


def _words(result: Result) -> str:
    return result.replace("_", " ")


_COLOURS = {
    Result.APPLIED: "green",
    Result.IN_SYNC: "green",
    Result.STALE: "yellow",
    Result.REFUSED: "red",
    Result.FAILED: "red",
    Result.NOT_VERIFIED: "red",
    Result.NOT_TRIED: "yellow",
}
