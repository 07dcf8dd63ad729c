"""Plans and reports as GitHub-flavoured Markdown, for a comment on a pull request.

Whatever others wrote stands in code spans, where neither CommonMark nor GitHub nor GitLab looks
for mentions, links, references, images or emoji. Every line begins with a word or a mark of this
program, so that none can be a command to a bot.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.core.messages import Message, say, text_of
from reconciler.core.outcome import Result
from reconciler.core.plan import Dropped, Purpose
from reconciler.render import origin_wording, wording
from reconciler.render.grouping import NAME, Group, grouped
from reconciler.render.tables import Row, Table, code, fitted, size, span
from reconciler.render.view import ShownChange, ShownOutcome, ShownPlan, ShownSantral, Status

MARKER = "<!-- santral:plan -->"
"""The first line, by which the comment can be found and replaced."""

LIMIT = 60_000
"""The most that is written. GitHub takes 65,536 characters, and a pipeline may add its own."""


def render(plan: ShownPlan) -> str:
    """Return the plan in at most ``LIMIT`` characters, cut at whole rows where it is larger."""
    tables = [table for table in _tables(plan) if table.rows]
    whole = _summary(plan) + "".join(table.text() for table in tables)
    if size(whole) <= LIMIT:
        return whole
    summary = _summary(plan) + _paragraph(_cut())
    return summary + fitted(tables, LIMIT - size(summary))


def _cut() -> str:
    return say(
        "The plan does not fit into a comment. All of it is in the log of the job, as text, and in "
        "the JSON and the HTML among its artifacts, where it keeps them."
    )


def _summary(plan: ShownPlan) -> str:
    headlines = [wording.outcomes(plan)] if plan.count_outcomes() and plan.news else []
    headlines.append(wording.counts(plan))
    if plan.guard and plan.guard.is_tripped:
        headlines.append(wording.guard(plan.guard, plan))
    causes = _paragraph(wording.causes(plan)) if plan.purpose is Purpose.CAUSES else ""
    notes = "".join(_paragraph(_note(note)) for note in plan.notes)
    counts = "".join(_paragraph(f"**{line}**") for line in headlines)
    return f"{MARKER}\n{_origin(plan)}{counts}{causes}{notes}"


def _origin(plan: ShownPlan) -> str:
    if not plan.origin:
        return ""
    target = origin_wording.target(plan.origin, span)
    painted = f"**{target}**" if origin_wording.is_of_sandbox(plan.origin) else target
    return _paragraph(f"{painted} {origin_wording.source(plan.origin, span)}")


def _note(note: Message) -> str:
    """Return what is only ours as it is; what may hold a name of a file, as code."""
    return span(str(note)) if note.fields else str(note)


def _paragraph(text: str) -> str:
    return f"\n{text}\n"


def _tables(plan: ShownPlan) -> Iterator[Table]:
    """Yield the tables, what went wrong first.

    Single changes have a table of their own, so that shared ones leave them their room.
    """
    santrals = [replace(santral, warnings=()) for santral in plan.santrals]
    failed = (santral for santral in santrals if santral.status is Status.FAILED)
    made = grouped(s for s in santrals if s.status is Status.CHANGE and not _is_missed(s))
    warned = (_only_warnings(santral) for santral in plan.santrals if santral.warnings)
    yield _table(say("Failed"), say("Error"), grouped(failed))
    missed = grouped(filter(_is_missed, santrals))
    yield _table(say("Not applied"), say("Change and outcome"), missed)
    shared, single = ([g for g in made if bool(g.names[1:]) is many] for many in (True, False))
    yield _table(say("Shared changes"), say("Change"), shared)
    yield _table(say("Single changes"), say("Change"), single)
    yield _table(
        say("In sync, by a key of another name"), say("Key"), grouped(_only_keys(santrals))
    )
    yield Table(say("No longer in the files"), say("Live settings"), [*_dropped(plan.dropped)])
    yield _table(say("Warnings"), say("Warning"), grouped(warned))


def _only_warnings(santral: ShownSantral) -> ShownSantral:
    """Return the santral with nothing else to say, so that it is alike whatever became of it."""
    return replace(santral, status=Status.IN_SYNC, changes=(), error=(), outcome=None, key=None)


def _only_keys(santrals: Iterable[ShownSantral]) -> Iterator[ShownSantral]:
    """Yield the santrals of which there is nothing to say but by which key they go."""
    for santral in santrals:
        if santral.status is Status.IN_SYNC and not _is_missed(santral) and wording.key(santral):
            yield replace(santral, outcome=None)


_AS_WANTED = {Result.APPLIED, Result.IN_SYNC}


def _is_missed(santral: ShownSantral) -> bool:
    """Return whether a change was to be made and was not."""
    is_as_wanted = not santral.outcome or santral.outcome.result in _AS_WANTED
    return santral.status is not Status.FAILED and not is_as_wanted


def _table(title: str, column: str, groups: Iterable[Group]) -> Table:
    """Return the table of these groups; those with another host or key than before come first."""
    ordered = sorted(groups, key=lambda group: not wording.is_striking(group.shown))
    rows = [_row(group) for group in ordered]
    is_nameless = any(NAME in row.said for row in rows if row.names[1:])
    return Table(title, column, rows, wording.nameless(code(NAME)) if is_nameless else "")


def _row(group: Group) -> Row:
    shown = group.shown
    return Row(group.names, _said(shown), shown.place, shown.description)


def _dropped(entries: Iterable[Dropped]) -> Iterator[Row]:
    for entry in entries:
        if entry.heir:
            yield Row((entry.name,), f"**{code(wording.dropped(entry))}**")
    names = tuple(entry.name for entry in entries if not entry.heir)
    if names:
        yield Row(names, say("stay as they are"))


def _said(santral: ShownSantral) -> str:
    return "<br>".join(_lines(santral))


def _lines(santral: ShownSantral) -> Iterator[str]:
    yield from _key(santral)
    for change in santral.changes:
        yield from _change(change)
    if santral.error:
        yield code(text_of(santral.error))
    elif santral.outcome:
        yield from _outcome(santral.outcome)
    yield from (code(str(warning)) for warning in santral.warnings)


def _key(santral: ShownSantral) -> Iterator[str]:
    said = code(wording.key(santral))
    if said:
        yield f"**{said}**" if santral.key and santral.key.has_moved else said


def _outcome(outcome: ShownOutcome) -> Iterator[str]:
    reason = f" {code(text_of(outcome.reason))}" if outcome.reason else ""
    yield f"**{wording.result_words(outcome.result)}**{reason}"
    if outcome.moved:
        yield wording.moved()
    for change in outcome.moved:
        yield from _change(change)


def _change(change: ShownChange) -> Iterator[str]:
    notes = "".join(f" ({note})" for note in wording.notes(change))
    yield f"{code(change.field)} {_value(change.before)} → {_value(change.after)}{notes}"
    said = wording.other_host(change)
    if said:
        yield f"**{code(said)}**"


def _value(value: str | None) -> str:
    return wording.not_set() if value is None else code(value)
