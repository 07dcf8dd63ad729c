"""Plans and reports as one self-contained page, for a CI artifact or a browser."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import starmap

from reconciler.core.messages import Message, say
from reconciler.core.outcome import Result
from reconciler.core.plan import Cause, Purpose
from reconciler.render import origin_wording, page, scope_wording, wording
from reconciler.render.cards import card, causes_of, name_of, shared_warning
from reconciler.render.grouping import Group, grouped
from reconciler.render.host_table import host_table
from reconciler.render.markup import NOTHING, Markup, element, lines
from reconciler.render.page import choice
from reconciler.render.view import (
    MOST_SEVERE_FIRST,
    ShownPlan,
    ShownSantral,
    Standing,
    Status,
    warned,
)


def render(plan: ShownPlan) -> str:
    """Return the page: a plan, or with outcomes the report of a run."""
    shared = _shared_warnings(plan)
    return page.render(
        page.Page(
            title=wording.outcomes(plan) if plan.count_outcomes() else wording.counts(plan),
            heading=wording.heading(plan),
            origin=_origin(plan),
            remarks=(*_remarks(plan), *starmap(shared_warning, shared.items())),
            statuses=_statuses(plan),
            sections=_sections(_without(plan, shared)),
            santrals=len(plan.santrals),
            causes=_causes(plan),
            labels=_label_choices(plan),
            hosts=host_table(plan),
        )
    )


def _shared_warnings(plan: ShownPlan) -> dict[Message, list[str]]:
    """Return the warnings that several santrals have, with their names: each is said once."""
    found = warned(plan.santrals).items()
    return {warning: [one.name for one in those] for warning, those in found if those[1:]}


def _without(plan: ShownPlan, warnings: Container[Message]) -> ShownPlan:
    return replace(
        plan,
        santrals=tuple(
            replace(santral, warnings=tuple(w for w in santral.warnings if w not in warnings))
            for santral in plan.santrals
        ),
    )


def _origin(plan: ShownPlan) -> Markup:
    if not plan.origin:
        return NOTHING
    return page.origin(plan.origin, origin_wording.source(plan.origin))


def _remarks(plan: ShownPlan) -> Iterator[Markup]:
    """Yield what is to be said of the plan as a whole."""
    if scope_wording.looked_at(plan):
        yield element("p", scope_wording.looked_at(plan))
    if plan.guard:
        alarm = "alarm" if plan.guard.is_tripped else None
        yield element("p", wording.guard(plan.guard, plan), class_=alarm)
    for entry in plan.dropped:
        alarm = "alarm" if entry.heir else None
        yield element("p", name_of(entry.name), f" {wording.dropped(entry)}", class_=alarm)
    for note in plan.notes:
        yield element("p", str(note))


def _statuses(plan: ShownPlan) -> Iterator[Markup]:
    """Yield the counts, each of which shows only its own santrals when it is chosen."""
    yield choice("status", "", say("all"), len(plan.santrals))
    counted = Counter(santral.standing for santral in plan.santrals)
    possible: Iterable[Standing] = Result if plan.count_outcomes() else Status
    for standing in sorted(possible, key=MOST_SEVERE_FIRST.index):
        words = wording.standing_words(plan, standing)
        yield choice("status", standing, words, counted[standing])


def _causes(plan: ShownPlan) -> Markup:
    """Return the causes, each of which shows only the santrals that have a change of it."""
    if plan.purpose is not Purpose.CAUSES:
        return NOTHING
    found = [causes_of(santral) for santral in plan.santrals]
    counted = Counter(cause for causes in found for cause in causes)
    choices = (choice("cause", cause, wording.cause(cause), counted[cause]) for cause in Cause)
    every = choice("cause", "", say("any cause"), len(plan.santrals))
    return element("fieldset", lines(element("legend", say("Cause")), every, *choices))


def _label_choices(plan: ShownPlan) -> Markup:
    """Return the values of each label, each of which shows only the santrals that have it."""
    counted = Counter(pair for santral in plan.santrals for pair in santral.labels)
    by_name: dict[str, dict[str, int]] = {}
    for name, value in sorted(counted):
        by_name.setdefault(name, {})[value] = counted[name, value]
    choices = starmap(_values_of, by_name.items())
    group = {"role": "group", "aria_label": say("Labels"), "class_": "find"}
    return element("div", lines(*choices), **group) if by_name else NOTHING


def _values_of(name: str, counted: Mapping[str, int]) -> Markup:
    """Return a list of a label's values to choose from, each with the number of its santrals."""
    options = (
        element("option", f"{value} ({count})", value=f"{name}={value}")
        for value, count in counted.items()
    )
    every = element("option", say("all"), value="")
    values = element("select", every, *options, name="label")
    return element("label", element("span", name), " ", values, translate="no")


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
    """Yield what is said of the santrals.

    Those with another host or key than before come first, then what this change brings.
    """
    named = {santral.name: santral for santral in santrals}
    groups = grouped(named.values())
    for group in sorted(groups, key=_place_on_page):
        yield card(group, [named[name] for name in group.names])


def _place_on_page(group: Group) -> tuple[bool, bool]:
    is_quiet = not wording.is_striking(group.shown)
    return is_quiet, causes_of(group.shown)[:1] == (Cause.DRIFT,)
