"""From the bytes of a list, as Excel and its like save them, to rows of cells."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from reconciler.core.messages import Message

MOST_BYTES = 16 * 1024 * 1024
MOST_ROWS = 100_000
"""Santrals of a list; nobody has so many."""
_DELIMITERS = ";\t,"
"""Excel's own in Turkey goes first, then what stands in no heading."""
_DECLARED = re.compile('"?sep=([,;\t|])"?(?:\r\n|\r|\n|$)', re.IGNORECASE)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files in the formats .xlsx (and .ods) and .xls begin."""
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class UnreadableError(Exception):
    """Why nothing of a list can be used; without any text of it, which may hold keys."""

    def __init__(self, *messages: Message, line: int | None = None) -> None:
        super().__init__(*messages)
        self.messages = messages
        self.line = line


class Record(NamedTuple):
    """A row that is not blank: where it begins, and its cells without spaces around them.

    Empty cells at its end are left out. ``cells`` is None where its quotes cannot be understood.
    """

    line: int
    cells: list[str] | None


def records_of(content: bytes) -> Iterator[Record]:
    """Yield each row of a list, its headings first; raises UnreadableError."""
    text = _decoded(content)
    declared = _DECLARED.match(text)
    if declared:
        return _limited(_records(text[declared.end() :], declared[1], 1))
    return _limited(_records(text, max(_DELIMITERS, key=lambda one: _width(text, one)), 0))


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise UnreadableError(Message("file-too-large", most=MOST_BYTES // 1024**2))
    if content.startswith(_WORKBOOKS):
        raise UnreadableError(Message("list-workbook"))
    marked = _UTF_16.get(content[:2]) or _utf_16_without_mark(content)
    if marked or content.startswith(codecs.BOM_UTF8):
        return _strictly(content, marked or "utf-8").removeprefix("\ufeff")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return _strictly(content, "cp1254")


def _utf_16_without_mark(content: bytes) -> str | None:
    """Return which UTF-16 it must be: most characters have a zero on the same side."""
    for half, encoding in ((content[1::2], "utf-16-le"), (content[::2], "utf-16-be")):
        if half.count(0) * 2 > len(half):
            return encoding
    return None


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = io.StringIO(content[: error.start].decode(encoding) + "?", newline=None)
    raise UnreadableError(Message("list-encoding"), line=sum(1 for _ in before))


def _width(text: str, delimiter: str) -> int:
    """Return how many cells a delimiter makes of the first row in which something is written."""
    written = io.StringIO(text.lstrip(f"{_DELIMITERS} \r\n"), newline="")
    try:
        return len(next(csv.reader(written, delimiter=delimiter), ()))
    except csv.Error:
        return 0


def _records(text: str, delimiter: str, above: int) -> Iterator[Record]:
    """Yield the rows of a text that has ``above`` lines before it; raises UnreadableError.

    A row with wrong quotes that ends on its own line has no cells. One that goes on may have
    swallowed the rows below it, so the list is refused.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        begun = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            if reader.line_num != begun:
                raise UnreadableError(Message("list-quote-open"), line=above + begun) from None
            yield Record(above + begun, None)
            continue
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield Record(above + begun, cells)


def _limited(records: Iterator[Record]) -> Iterator[Record]:
    """Yield rows up to one for the headings and as many as a list may have."""
    for number, record in enumerate(records):
        if number > MOST_ROWS:
            raise UnreadableError(Message("list-long", most=MOST_ROWS), line=record.line)
        yield record
