"""One row of a list: what it says, and what is wrong with it in itself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from reconciler.config.characters import (
    in_unicode,
    is_hidden,
    is_pasted_key,
    looks_like_key,
)
from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.onboarding.csv_columns import Columns
from reconciler.onboarding.csv_text import Record
from reconciler.onboarding.names import LONGEST_NAME, name_of

LONGEST_CELL = 1_000
"""Characters of a name or a description, as they are in the list."""
_ROUNDED = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[Ee][+-]?[0-9]+")
"""What Excel makes of a long number, whose last digits are gone."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is written in a column, on one line."""

    column: int
    """Counted from 1, as people do."""
    text: str
    most: int = LONGEST_CELL
    """The most characters that it may have."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a row says, as far as it can be understood."""

    line: int
    title: Cell
    name: str | None
    """A valid one, made of the title; None where it has nothing for one."""
    description: Cell
    key: Key
    labels: tuple[tuple[str, Cell], ...]
    """The name of each label, and what is in its column."""
    problems: tuple[Message, ...]


def row_of(record: Record, columns: Columns) -> Row:
    """Return what a row says; ``problems`` is empty where all is well with it."""
    cells = record.cells or []
    title = _cell(cells, columns.name)
    row = Row(
        record.line,
        title,
        name_of(title.text),
        _cell(cells, columns.description),
        Key(_text_at(cells, columns.key)),
        tuple((name, _cell(cells, at, LONGEST_NAME)) for name, at in columns.labels),
        (),
    )
    # Where the cells cannot be told apart, whatever else is wrong only follows from that.
    shape = _problem_of_shape(record, columns.width)
    problems = (shape,) if shape else _problems(row, _text_at(cells, columns.key))
    return replace(row, problems=tuple(problems))


def _text_at(cells: Sequence[str], index: int | None) -> str:
    return cells[index] if index is not None and index < len(cells) else ""


def _cell(cells: Sequence[str], index: int | None, most: int = LONGEST_CELL) -> Cell:
    return Cell((index or 0) + 1, " ".join(_text_at(cells, index).split()), most)


def _problem_of_shape(record: Record, width: int) -> Message | None:
    if record.cells is None:
        return Message("list-row-quotes")
    count = len(record.cells)
    return Message("list-row-long", cells=count, headings=width) if count > width else None


def _problems(row: Row, key: str) -> Iterator[Message]:
    labels = [cell for _, cell in row.labels]
    found = (
        _problem_of_name(row),
        _problem_of_key(key, row.key),
        holds_key(row.description) if looks_like_key(row.description.text) else None,
        *(holds_key(cell) for cell in labels if is_pasted_key(cell.text)),
    )
    yield from filter(None, found)
    for cell in (row.title, row.description, *labels):
        yield from _problems_of_text(cell)


def holds_key(cell: Cell) -> Message:
    """Say that a key stands in a cell for something else."""
    return Message("list-cell-key", column=cell.column)


def _problem_of_name(row: Row) -> Message | None:
    if not row.title.text:
        return Message("list-name-empty")
    if is_pasted_key(row.title.text) or is_pasted_key(row.name or ""):
        return holds_key(row.title)
    return None if row.name else Message("list-name-unusable")


def _problem_of_key(text: str, key: Key) -> Message | None:
    if key.is_empty:
        return Message("list-key-empty")
    if key.is_like(_ROUNDED):
        return Message("list-key-rounded")
    if key.is_quoted:
        return Message("list-key-quoted")
    if any(one in "\n " or is_hidden(one) for one in text):
        return Message("list-key-spaced")
    if key.is_placeholder:
        return Message("list-key-placeholder")
    return None if key.is_well_formed else Message("list-key-malformed")


def _problems_of_text(cell: Cell) -> Iterator[Message]:
    if len(cell.text) > cell.most:
        yield Message("list-cell-long", column=cell.column, most=cell.most)
    for hidden in islice(filter(is_hidden, cell.text), 1):
        yield Message("list-cell-hidden", column=cell.column, character=in_unicode(hidden))
