"""What the HTML page says of santrals: a card for each, or for those of which the same is said."""

from collections.abc import Iterable, Iterator, Sequence

from reconciler.core.messages import Message, say, text_of
from reconciler.core.plan import Cause
from reconciler.core.settings import URL_FIELD
from reconciler.render import wording
from reconciler.render.grouping import NAME, Group
from reconciler.render.markup import NOTHING, Markup, element, lines
from reconciler.render.view import ShownChange, ShownSantral, around_host

_MOST_OPEN_NAMES = 12
"""Santrals whose names a card shows unasked."""
_ARROW = element("span", "→", class_="arrow")


def card(group: Group, santrals: Sequence[ShownSantral]) -> Markup:
    """Return what is said of one santral, or of several under their number."""
    said = element("div", lines(*_said(group.shown)), class_="said")
    causes = " ".join(causes_of(group.shown)) or None
    if not santrals[1:]:
        single = lines(_santral("h3", group.shown), said)
        return element("article", single, data_causes=causes)
    heading = element("h3", wording.santrals(len(santrals)))
    legend = element("p", wording.nameless(NAME), class_="legend") if NAME in said.html else NOTHING
    several = lines(heading, said, legend, _names(santrals))
    return element("article", several, data_causes=causes)


def causes_of(santral: ShownSantral) -> tuple[Cause, ...]:
    """Return whose changes it has: those of this change first, each once."""
    found = {change.cause for change in santral.changes}
    return tuple(cause for cause in Cause if cause in found)


def shared_warning(warning: Message, names: Sequence[str]) -> Markup:
    """Return what is to be known of several santrals, and of which."""
    said = element("p", *_warning(warning))
    listed = (element("li", name_of(name)) for name in names)
    folded = _folded(len(names), lines(*listed), is_open=False)
    return element("div", said, folded, class_="warning")


def _names(santrals: Sequence[ShownSantral]) -> Markup:
    return folded(len(santrals), lines(*(_santral("li", santral) for santral in santrals)))


def folded(number: int, names: Markup) -> Markup:
    """Return the names of so many santrals, to be seen unasked where they are not many."""
    return _folded(number, names, is_open=number <= _MOST_OPEN_NAMES)


def _folded(number: int, names: Markup, *, is_open: bool) -> Markup:
    label = element("summary", say("Names"), " (", element("b", str(number)), ")")
    return element("details", label, element("ul", names), open="" if is_open else None)


def _santral(tag: str, santral: ShownSantral) -> Markup:
    place = element("small", santral.place)
    said = (element("span", santral.description), " ") if santral.description else ()
    labels = (_labels(santral), " ") if santral.labels else ()
    return element(tag, name_of(santral.name), " ", *said, *labels, place, class_="santral")


def _labels(santral: ShownSantral) -> Markup:
    """Return a santral's labels, by which the page's script finds it."""
    chips = (element("span", f"{name}={value}", class_="label") for name, value in santral.labels)
    spaced = (piece for chip in chips for piece in (chip, " "))
    return element("span", *spaced, class_="labels", translate="no")


def name_of(name: str) -> Markup:
    """Return a santral's name, which no browser shall translate."""
    return element("code", name, translate="no")


def _said(santral: ShownSantral) -> Iterator[Markup]:
    outcome = santral.outcome
    yield _key(santral)
    if santral.error:
        yield element("p", text_of(santral.error), class_="error")
    if outcome and outcome.reason and outcome.reason != santral.error:
        yield element("p", text_of(outcome.reason))
    for warning in santral.warnings:
        yield element("p", *_warning(warning), class_="warning")
    yield _changes(santral.changes)
    if outcome and outcome.moved:
        yield element("p", wording.moved(), class_="moved")
        yield _changes(outcome.moved)


def _warning(warning: Message) -> tuple[Markup, str]:
    return element("b", say("Warning:")), f" {warning}"


def _key(santral: ShownSantral) -> Markup:
    said = wording.key(santral)
    has_moved = santral.key and santral.key.has_moved
    return element("p", element("strong", said) if has_moved else said) if said else NOTHING


def _changes(changes: Iterable[ShownChange]) -> Markup:
    rows = [row for change in changes for row in (_field(change), _values(change))]
    return element("dl", lines(*rows), translate="no") if rows else NOTHING


def _field(change: ShownChange) -> Markup:
    return element("dt", element("code", change.field))


def _values(change: ShownChange) -> Markup:
    is_other_host = bool(wording.other_host(change))
    before = _value("del", change.before, change.before_host, is_other_host=is_other_host)
    after = _value("ins", change.after, change.after_host, is_other_host=is_other_host)
    notes = (piece for note in _notes(change) for piece in (" ", note))
    kind = "url" if change.field == URL_FIELD else None
    return element("dd", before, " ", _ARROW, " ", after, *notes, class_=kind)


def _value(tag: str, value: str | None, host: str | None, *, is_other_host: bool) -> Markup:
    if value is None:
        return element(tag, element("i", wording.not_set()))
    if not is_other_host:
        return element(tag, value)
    start, name, rest = around_host(value, host)
    return element(tag, start, element("mark", name) if name else NOTHING, rest)


def _notes(change: ShownChange) -> Iterator[Markup]:
    said = wording.other_host(change)
    if said:
        yield element("strong", said)
    if change.is_hidden_part_changed:
        yield element("span", wording.hidden_part_changes(), class_="hidden-part")
    if change.cause:
        yield element("span", wording.cause(change.cause), class_="cause", data_cause=change.cause)
