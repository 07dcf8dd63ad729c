"""Which column of a list holds what: found by its headings, in any case and in two languages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.config.characters import shown_name
from reconciler.core.messages import Message
from reconciler.onboarding.csv_text import Record, UnreadableError
from reconciler.onboarding.names import name_of

_NAME, _KEY, _DESCRIPTION = "name", "key", "description"
_HEADINGS = {
    _NAME: {"name", "ad", "isim", "santral"},
    _KEY: {"key", "anahtar"},
    _DESCRIPTION: {"description", "aciklama"},
}
"""By what a column holds: its possible headings, as ``name_of`` writes them, in which I, İ, ı and i
are one letter and Açıklama has no marks."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that are read, as indices from 0."""

    name: int
    key: int
    description: int | None
    labels: tuple[tuple[str, int], ...]
    """The name of each label, and its column."""
    width: int
    """How many columns have a heading, or stand before one that has."""


def columns_of(header: Record | None, labels: Sequence[str]) -> Columns:
    """Return what the first row of a list says; raises UnreadableError with all that is wrong.

    ``labels`` are the headings of columns that become labels.
    """
    if not header:
        raise UnreadableError(Message("list-empty"))
    if not header.cells:
        raise UnreadableError(Message("list-row-quotes"), line=header.line)
    places = _places(header.cells)
    held = {what: _held(places, headings) for what, headings in _HEADINGS.items()}
    wanted = dict.fromkeys((name_of(label), shown_name(label)) for label in labels)
    problems = [*_problems(held), *_problems_of_labels(places, wanted)]
    if problems:
        raise UnreadableError(*problems, line=header.line)
    return Columns(
        held[_NAME][0],
        held[_KEY][0],
        next(iter(held[_DESCRIPTION]), None),
        tuple((name, places[name][0]) for name, _ in wanted if name),
        len(header.cells),
    )


def _places(cells: Sequence[str]) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = {}
    for index, cell in enumerate(cells):
        places.setdefault(name_of(cell) or "", []).append(index)
    return places


def _held(places: Mapping[str, list[int]], headings: set[str]) -> list[int]:
    return sorted(index for heading in headings for index in places.get(heading, ()))


def _problems(held: Mapping[str, Sequence[int]]) -> Iterator[Message]:
    """Say what is missing or there twice; never quote a heading, which may be a key without one."""
    if not held[_NAME] and not held[_KEY]:
        yield Message("list-headings-missing")
    elif not held[_NAME]:
        yield Message("list-heading-name")
    elif not held[_KEY]:
        yield Message("list-heading-key")
    yield from (_repeated(indices) for indices in held.values() if len(indices) > 1)


def _repeated(indices: Sequence[int]) -> Message:
    return Message("list-heading-repeated", first=indices[0] + 1, second=indices[1] + 1)


def _problems_of_labels(
    places: Mapping[str, Sequence[int]], wanted: Mapping[tuple[str | None, str], None]
) -> Iterator[Message]:
    for name, shown in wanted:
        found = places.get(name, ()) if name else ()
        if name in set[str]().union(*_HEADINGS.values()):
            yield Message("list-label-taken", label=shown)
        elif not found:
            yield Message("list-label-missing", label=shown)
        elif len(found) > 1:
            yield _repeated(found)
