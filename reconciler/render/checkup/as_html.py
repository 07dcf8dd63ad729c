"""A checkup as one self-contained page."""

from collections.abc import Iterator

from reconciler.core.checkup import WORST_FIRST, Checked, Checkup, Finding, Level
from reconciler.core.messages import say, text_of
from reconciler.render import page
from reconciler.render import wording as of_plans
from reconciler.render.cards import folded, name_of
from reconciler.render.checkup import wording
from reconciler.render.checkup.grouping import Alike, alike
from reconciler.render.grouping import NAME
from reconciler.render.markup import NOTHING, Markup, element, lines
from reconciler.render.page import choice

_CLASSES = {Level.RED: "error", Level.YELLOW: "warning", Level.GREEN: None}


def render(checkup: Checkup) -> str:
    """Return the page."""
    return page.render(
        page.Page(
            title=wording.counts(checkup),
            heading=wording.heading(checkup),
            origin=page.origin(checkup, wording.source(checkup)),
            remarks=[element("p", str(note)) for note in checkup.notes],
            statuses=_statuses(checkup),
            sections=_sections(checkup),
            santrals=len(checkup.santrals),
        )
    )


def _statuses(checkup: Checkup) -> Iterator[Markup]:
    yield choice("status", "", say("all"), len(checkup.santrals))
    for level in WORST_FIRST:
        yield choice("status", level, wording.level(level), len(checkup.of(level)))


def _sections(checkup: Checkup) -> Iterator[Markup]:
    for level in WORST_FIRST:
        found = checkup.of(level)
        heading = element("h2", wording.level_heading(level))
        cards = [_card(group) for group in alike(found)]
        if cards:
            yield element("section", lines(heading, *cards), data_status=level)


def _card(group: Alike) -> Markup:
    findings, first = [*map(_finding, group.findings)], group.santrals[0]
    if not group.santrals[1:]:
        facts = [element("p", *_facts(first))] if first.url else []
        said = element("div", lines(*facts, *findings), class_="said")
        return element("article", lines(_santral("h3", first), said))
    heading = element("h3", of_plans.santrals(len(group.santrals)))
    said = element("div", lines(*findings), class_="said")
    legend = NOTHING
    if group.has_placeholder:
        legend = element("p", of_plans.nameless(NAME), class_="legend")
    names = lines(*(_santral("li", one, *_facts(one), " ") for one in group.santrals))
    return element("article", lines(heading, said, legend, folded(len(group.santrals), names)))


def _finding(finding: Finding) -> Markup:
    return element("p", text_of(finding.messages), class_=_CLASSES[finding.level])


def _santral(tag: str, checked: Checked, *facts: Markup | str) -> Markup:
    place = element("small", str(checked.place))
    return element(tag, name_of(checked.name), " ", *facts, place, class_="santral")


def _facts(checked: Checked) -> Iterator[Markup | str]:
    """Yield a URL, and what was measured there."""
    if checked.url:
        yield element("code", checked.url, translate="no")
    if checked.measured:
        yield f" {wording.measured(checked.measured)}"
