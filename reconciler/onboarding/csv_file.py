"""A list of santrals as people have it from Excel: a name and a key in each row."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.config.characters import shown_name
from reconciler.core.errors import SantralError
from reconciler.core.key_finder import KeyFinder
from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.onboarding.csv_columns import columns_of
from reconciler.onboarding.csv_rows import Row, holds_key, row_of
from reconciler.onboarding.csv_text import UnreadableError, records_of
from reconciler.onboarding.names import label_value_of, numbered


class CsvError(SantralError):
    """Nothing of a list can be used; the text holds no cell of it."""

    options: tuple[str, ...] = ("csv_file",)


@dataclass(frozen=True, slots=True, order=True)
class RowRemark:
    """What is to be said of a row; the message quotes no cell, since any may be a key."""

    line: int
    """Where the row begins, from 1, as an editor counts."""
    message: Message


@dataclass(frozen=True, slots=True)
class Listed:
    """A santral of the list."""

    name: str
    """A valid one, and no other row's."""
    description: str
    """The list's own, or else the name as it was typed, where that is another; empty for none."""
    key: Key
    """Well-formed, and no other row's."""
    labels: tuple[tuple[str, str], ...] = ()
    """Valid ones, in the order in which they were asked for; none for an empty cell."""


@dataclass(frozen=True, slots=True)
class SantralList:
    """What a list holds; each row that is not blank is either good, or has problems."""

    santrals: tuple[Listed, ...]
    """In the order of the list."""
    problems: tuple[RowRemark, ...]
    """By line."""
    notes: tuple[RowRemark, ...]
    """What became of good rows that nobody typed, by line: a numbered name, a label left out."""


def read_list(content: bytes, source: str, labels: Sequence[str] = ()) -> SantralList | CsvError:
    """Return the santrals of a CSV file, and what is wrong with its rows.

    ``source`` is what is named in errors; ``labels`` are the headings of columns that become
    labels. An error is returned, not raised: that would take along variables that hold keys.
    """
    try:
        records = records_of(content)
        columns = columns_of(next(records, None), labels)
        rows = [row_of(record, columns) for record in records]
        return _judged(rows) if rows else CsvError(Message("list-empty"), place=source)
    except UnreadableError as unreadable:
        messages, line = unreadable.messages, unreadable.line
    return CsvError(*messages, place=f"{source}:{line}" if line else source)


def _judged(rows: Sequence[Row]) -> SantralList:
    judged = [*_without_leaks(_without_repeated_keys(rows))]
    names = _names(judged)
    good = [row for row in judged if not row.problems]
    return SantralList(
        tuple(_listed(row, names[row.line]) for row in good),
        tuple(RowRemark(row.line, problem) for row in judged for problem in row.problems),
        tuple(_notes(good, names)),
    )


def _without_repeated_keys(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows, where each that has the key of one above it has a problem."""
    lines: dict[Key, int] = {}
    for row in rows:
        first = lines.setdefault(row.key, row.line) if row.key.is_well_formed else row.line
        repeated = Message("list-key-repeated", first=first)
        yield row if first == row.line else _with_problems(row, repeated)


def _without_leaks(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows, where each that has any row's key in another column has a problem."""
    listed = list(rows)
    finder = KeyFinder({row.key: None for row in listed if row.key.is_well_formed})
    for row in listed:
        cells = (row.title, row.description, *(cell for _, cell in row.labels))
        yield _with_problems(row, *(holds_key(cell) for cell in cells if finder.finds(cell.text)))


def _with_problems(row: Row, *problems: Message) -> Row:
    return replace(row, problems=tuple(dict.fromkeys((*row.problems, *problems))))


def _names(rows: Iterable[Row]) -> Mapping[int, str]:
    """Return a name for each row that has one, by line.

    Rows with problems have theirs, so that mending one gives no other row a new name.
    """
    named = [(row.line, row.name) for row in rows if row.name]
    return dict(zip((line for line, _ in named), numbered([n for _, n in named]), strict=True))


def _listed(row: Row, name: str) -> Listed:
    title = row.title.text
    labels = ((label, label_value_of(cell.text)) for label, cell in row.labels)
    return Listed(
        name,
        row.description.text or (title if title != name else ""),
        row.key,
        tuple((label, value) for label, value in labels if value),
    )


def _notes(rows: Iterable[Row], names: Mapping[int, str]) -> Iterator[RowRemark]:
    for row in rows:
        name = names[row.line]
        if name != row.name:
            yield RowRemark(row.line, Message("list-name-numbered", name=shown_name(name)))
        for _, cell in row.labels:
            if cell.text and not label_value_of(cell.text):
                yield RowRemark(row.line, Message("list-label-left-out", column=cell.column))
