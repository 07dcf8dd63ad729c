"""Plans and reports as one self-contained page, for a CI artifact or a browser.

The page's own files lie beside this module: ``page.html``, ``page.css`` and ``page.js``.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from string import Template

from reconciler import __version__
from reconciler.apply.outcome import Result
from reconciler.plan import Purpose
from reconciler.render import wording
from reconciler.render.grouping import NAME, Group, grouped
from reconciler.render.markup import NOTHING, Markup, element, empty_element, escape, lines
from reconciler.render.shown import (
    URL_FIELD,
    ShownChange,
    ShownPlan,
    ShownSantral,
    Status,
    around_host,
)

_Standing = Status | Result
"""How a santral stands: by the plan, or once a run has ended by its outcome."""

_GRAVEST_FIRST: tuple[_Standing, ...] = (
    *(Result.NOT_VERIFIED, Result.FAILED, Result.REFUSED, Result.STALE, Result.NOT_TRIED),
    *(Status.CHANGE, Result.APPLIED, Result.IN_SYNC),
)
"""The order of the page: what needs somebody comes first."""

_MOST_OPEN_NAMES = 12
"""Santrals whose names a group shows unasked."""


def render(plan: ShownPlan) -> str:
    """Return the page: a plan, or with outcomes the report of a run."""
    style, script = _file("page.css"), _file("page.js")
    return Template(_file("page.html")).substitute(
        policy=_policy(style, script),
        style=style,
        script=script,
        title=escape(wording.outcomes(plan) if plan.count_outcomes() else wording.counts(plan)),
        heading=escape(wording.heading(plan)),
        remarks=lines(*_remarks(plan)).html,
        statuses=lines(*_statuses(plan)).html,
        total=len(plan.santrals),
        sections=lines(*_sections(plan)).html,
        tool=escape(f"santral {__version__}"),
    )


@cache
def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy: this style, this script, and nothing from anywhere."""
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _remarks(plan: ShownPlan) -> Iterator[Markup]:
    """Yield what is to be said of the plan as a whole."""
    if plan.guard:
        alarm = "alarm" if plan.guard.is_tripped else None
        yield element("p", wording.guard(plan.guard), class_=alarm)
    if plan.purpose is Purpose.CAUSES:
        yield element("p", wording.causes(plan))
    for name in plan.dropped:
        yield element("p", _name(name), f" {wording.DROPPED}")


def _statuses(plan: ShownPlan) -> Iterator[Markup]:
    """Yield the counts, each of which shows its own santrals alone when it is chosen."""
    yield _status("", "all", len(plan.santrals), is_chosen=True)
    counted = Counter(map(_standing, plan.santrals))
    possible: Iterable[_Standing] = Result if plan.count_outcomes() else Status
    for standing in sorted(possible, key=_GRAVEST_FIRST.index):
        yield _status(standing, wording.standing(plan, standing), counted[standing])


def _status(value: str, words: str, count: int, *, is_chosen: bool = False) -> Markup:
    chosen = "" if is_chosen else None
    radio = empty_element("input", type="radio", name="status", value=value, checked=chosen)
    number = element("b", str(count))
    return element("label", radio, number, f" {words}", data_status=value, data_count=str(count))


def _standing(santral: ShownSantral) -> _Standing:
    return santral.outcome.result if santral.outcome else santral.status


def _sections(plan: ShownPlan) -> Iterator[Markup]:
    """Yield the santrals, those that stand alike under one heading."""
    by_standing: dict[_Standing, list[ShownSantral]] = {}
    for santral in plan.santrals:
        by_standing.setdefault(_standing(santral), []).append(santral)
    for standing in sorted(by_standing, key=_GRAVEST_FIRST.index):
        heading = element("h2", wording.standing(plan, standing).capitalize())
        entries = _entries(by_standing[standing])
        yield element("section", lines(heading, *entries), data_status=standing)


def _entries(santrals: Iterable[ShownSantral]) -> Iterator[Markup]:
    """Yield what is said of the santrals; those whose calls would go to another host come first."""
    named = {santral.name: santral for santral in santrals}
    for group in sorted(grouped(named.values()), key=lambda group: not _has_other_host(group)):
        yield _entry(group, [named[name] for name in group.names])


def _has_other_host(group: Group) -> bool:
    return any(map(wording.other_host, group.told.changes))


def _entry(group: Group, santrals: Sequence[ShownSantral]) -> Markup:
    said = element("div", lines(*_said(group.told)), class_="said")
    if not santrals[1:]:
        return element("article", lines(_santral("h3", group.told), said))
    heading = element("h3", wording.santrals(len(santrals)))
    legend = element("p", wording.NAMELESS, class_="legend") if NAME in said.html else NOTHING
    return element("article", lines(heading, said, legend, _names(santrals)))


def _names(santrals: Sequence[ShownSantral]) -> Markup:
    label = element("summary", "Names (", element("b", str(len(santrals))), ")")
    names = element("ul", lines(*(_santral("li", santral) for santral in santrals)))
    is_open = len(santrals) <= _MOST_OPEN_NAMES
    return element("details", label, names, open="" if is_open else None)


def _santral(tag: str, santral: ShownSantral) -> Markup:
    place = element("small", santral.place)
    return element(tag, _name(santral.name), " ", place, class_="santral")


def _name(name: str) -> Markup:
    return element("code", name, translate="no")


def _said(santral: ShownSantral) -> Iterator[Markup]:
    outcome = santral.outcome
    if santral.error:
        yield element("p", santral.error, class_="error")
    if outcome and outcome.reason and outcome.reason != santral.error:
        yield element("p", outcome.reason, class_="reason")
    for warning in santral.warnings:
        yield element("p", element("b", "Warning:"), f" {warning}", class_="warning")
    yield _changes(santral.changes)
    if outcome and outcome.moved:
        yield element("p", wording.MOVED, class_="moved")
        yield _changes(outcome.moved)


def _changes(changes: Iterable[ShownChange]) -> Markup:
    rows = [row for change in changes for row in (_field(change), _values(change))]
    return element("dl", lines(*rows), translate="no") if rows else NOTHING


def _field(change: ShownChange) -> Markup:
    return element("dt", element("code", change.field))


def _values(change: ShownChange) -> Markup:
    is_other_host = bool(wording.other_host(change))
    before = _value("del", change.before, change.before_host, is_other_host=is_other_host)
    after = _value("ins", change.after, change.after_host, is_other_host=is_other_host)
    notes = chain.from_iterable((Markup(" "), note) for note in _notes(change))
    kind = "url" if change.field == URL_FIELD else None
    return element("dd", before, " ", _ARROW, " ", after, *notes, class_=kind)


_ARROW = element("span", "→", class_="arrow")


def _value(tag: str, value: str | None, host: str | None, *, is_other_host: bool) -> Markup:
    if value is None:
        return element(tag, element("i", wording.NOT_SET))
    if not is_other_host:
        return element(tag, value)
    start, name, rest = around_host(value, host)
    return element(tag, start, element("mark", name) if name else NOTHING, rest)


def _notes(change: ShownChange) -> Iterator[Markup]:
    said = wording.other_host(change)
    if said:
        yield element("strong", said)
    if change.is_hidden_part_changed:
        yield element("span", wording.HIDDEN_PART_CHANGES, class_="hidden-part")
    if change.cause:
        yield element("span", wording.CAUSES[change.cause], class_="cause", data_cause=change.cause)
