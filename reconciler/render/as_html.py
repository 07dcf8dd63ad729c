"""Plans and reports as one self-contained page, for a CI artifact or a browser.

The page's own files lie beside this module: ``page.html``, ``page.css`` and ``page.js``.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from string import Template

from reconciler import __version__
from reconciler.core.messages import say
from reconciler.core.outcome import Result
from reconciler.core.plan import Purpose
from reconciler.render import wording
from reconciler.render.cards import card, name_of
from reconciler.render.grouping import grouped
from reconciler.render.markup import NOTHING, Markup, element, empty_element, escape, lines
from reconciler.render.view import MOST_SEVERE_FIRST, ShownPlan, ShownSantral, Standing, Status


def render(plan: ShownPlan) -> str:
    """Return the page: a plan, or with outcomes the report of a run."""
    style, script = _file("page.css"), _file("page.js")
    return Template(_file("page.html")).substitute(
        policy=_policy(style, script),
        style=style,
        script=script,
        title=escape(wording.outcomes(plan) if plan.count_outcomes() else wording.counts(plan)),
        heading=escape(wording.heading(plan)),
        origin=_origin(plan).html,
        remarks=lines(*_remarks(plan)).html,
        statuses=lines(*_statuses(plan)).html,
        **{name: escape(said) for name, said in _labels().items()},
        shown=_shown(len(plan.santrals)),
        sections=lines(*_sections(plan)).html,
        tool=escape(f"santral {__version__}"),
    )


def _labels() -> dict[str, str]:
    return {
        "filter": say("Filter"),
        "status": say("Status"),
        "find": say("Find"),
        "hint": say("name, field, host …"),
        "clear": say("Clear"),
        "nothing": say("No santral matches."),
    }


def _shown(total: int) -> str:
    """Return how many santrals are shown, the number in an element that the script keeps true."""
    said = say("Shown: {shown} of {total}", shown="\0", total=total)
    return escape(said).replace("\0", f'<b id="shown">{total}</b>')


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


def _origin(plan: ShownPlan) -> Markup:
    """Return what the plan is of, which nobody shall overlook where that is the sandbox."""
    if not plan.origin:
        return NOTHING
    target = element("b", wording.target(plan.origin))
    kind = "sandbox" if wording.is_of_sandbox(plan) else None
    return element("p", target, f" {wording.source(plan.origin)}", class_=kind)


def _remarks(plan: ShownPlan) -> Iterator[Markup]:
    """Yield what is to be said of the plan as a whole."""
    if plan.guard:
        alarm = "alarm" if plan.guard.is_tripped else None
        yield element("p", wording.guard(plan.guard, plan.purpose), class_=alarm)
    if plan.purpose is Purpose.CAUSES:
        yield element("p", wording.causes(plan))
    for entry in plan.dropped:
        alarm = "alarm" if entry.heir else None
        yield element("p", name_of(entry.name), f" {wording.dropped(entry)}", class_=alarm)
    for note in plan.notes:
        yield element("p", str(note))


def _statuses(plan: ShownPlan) -> Iterator[Markup]:
    """Yield the counts, each of which shows only its own santrals when it is chosen."""
    yield _status("", say("all"), len(plan.santrals), is_chosen=True)
    counted = Counter(santral.standing for santral in plan.santrals)
    possible: Iterable[Standing] = Result if plan.count_outcomes() else Status
    for standing in sorted(possible, key=MOST_SEVERE_FIRST.index):
        yield _status(standing, wording.standing_words(plan, standing), counted[standing])


def _status(value: str, words: str, count: int, *, is_chosen: bool = False) -> Markup:
    chosen = "" if is_chosen else None
    radio = empty_element("input", type="radio", name="status", value=value, checked=chosen)
    number = element("b", str(count))
    return element("label", radio, number, f" {words}", data_status=value, data_count=str(count))


def _sections(plan: ShownPlan) -> Iterator[Markup]:
    """Yield the santrals, those that stand alike under one heading."""
    by_standing: dict[Standing, list[ShownSantral]] = {}
    for santral in plan.santrals:
        by_standing.setdefault(santral.standing, []).append(santral)
    for standing in sorted(by_standing, key=MOST_SEVERE_FIRST.index):
        heading = element("h2", wording.standing_heading(plan, standing))
        cards = _cards(by_standing[standing])
        yield element("section", lines(heading, *cards), data_status=standing)


def _cards(santrals: Iterable[ShownSantral]) -> Iterator[Markup]:
    """Yield what is said of the santrals; those with another host or key than before come first."""
    named = {santral.name: santral for santral in santrals}
    groups = grouped(named.values())
    for group in sorted(groups, key=lambda group: not wording.is_striking(group.shown)):
        yield card(group, [named[name] for name in group.names])
