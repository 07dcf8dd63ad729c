"""Markdown tables that have to share a limited room."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, repeat

from reconciler.core.messages import say, say_number
from reconciler.render.wording import and_more, santrals

_UNLIMITED = 10**9


def size(text: str) -> int:
    """Return the room that a text takes: its bytes, at least as many as anybody's characters."""
    return len(text.encode())


def span(text: str) -> str:
    """Return a code span that shows just this text, outside a table."""
    longest_fence = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest_fence + 1)
    space = " " if text.strip(" ") and {text[0], text[-1]} & {" ", "`"} else ""
    return f"{fence}{space}{text}{space}{fence}" if text else ""


def code(text: str) -> str:
    """Return a code span that shows just this text, in a table's cell."""
    return span(text).replace("|", "\\|")


@dataclass(frozen=True, slots=True)
class Row:
    """What is said of one santral, or of several."""

    names: tuple[str, ...]
    said: str
    """Markdown of one line."""
    place: str = ""
    """Where the entry of a single santral stands."""
    description: str = ""
    """That of a single santral."""

    def text(self, room_for_names: int = _UNLIMITED) -> str:
        """Return the row, with as many of several names as their room holds."""
        if self.names[1:]:
            names = self._folded(room_for_names)
            return f"| {santrals(len(self.names))} | {self.said}{names} |\n"
        below = "".join(f"<br>{code(text)}" for text in (self.description, self.place) if text)
        return f"| {code(self.names[0])}{below} | {self.said} |\n"

    @property
    def least(self) -> int:
        """The room it takes without the names that may be left out."""
        return size(self.text(room_for_names=0))

    @property
    def room_for_names(self) -> int:
        """The room that those names take."""
        return sum(map(size, self._listed())) if self.names[1:] else 0

    def _folded(self, room: int) -> str:
        listed = self._listed()
        shown = listed[: bisect_right([*accumulate(map(size, listed))], room)]
        rest = len(listed) - len(shown)
        names = "".join(shown) + (and_more(rest) if rest else "")
        return f"<details><summary>{say('names')}</summary>{names.rstrip()}</details>"

    def _listed(self) -> list[str]:
        return [f"{code(name)} " for name in self.names]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a heading."""

    title: str
    column: str
    """The head of the column that says something of the santrals."""
    rows: Sequence[Row]
    legend: str = ""
    left_out: int = 0
    """Santrals for whose rows there was no room."""

    def text(self, rooms_for_names: Iterator[int] | None = None) -> str:
        """Return the table; each row takes the next of the rooms for its names."""
        rooms = rooms_for_names or repeat(_UNLIMITED)
        return self._framed("".join(row.text(next(rooms)) for row in self.rows), self.left_out)

    def _framed(self, rows: str, left_out: int) -> str:
        head = f"\n#### {self.title}\n\n| {say('Santral')} | {self.column} |\n| --- | --- |\n"
        legend = f"\n{self.legend}\n" if self.legend else ""
        cut = f"\n{_left_out(left_out)}\n" if left_out else ""
        return f"{head}{rows}{cut}{legend}"

    @property
    def room_for_frame(self) -> int:
        """The room that it takes beside its rows, whatever is left out."""
        return size(self._framed("", left_out=_count(self.rows)))

    @property
    def room_for_rows(self) -> int:
        """The room that its rows take without the names that may be left out."""
        return sum(row.least for row in self.rows)

    def cut_to(self, room: int) -> "Table":
        """Return the table with the rows, from the first on, that the room holds."""
        kept = tuple(_that_fit(self.rows, room))
        return replace(self, rows=kept, left_out=_count(self.rows) - _count(kept))


def _left_out(number: int) -> str:
    return say_number(
        "1 santral is left out here.", "{count} santrals are left out here.", count=number
    )


def fitted(tables: Sequence[Table], room: int) -> str:
    """Return the tables in that much room, cut at whole rows.

    Each table has the same right to the room, and so has each row to what is left for names; what
    one does not need goes to the others.
    """
    room -= sum(table.room_for_frame for table in tables)
    shares = _fair_shares([table.room_for_rows for table in tables], room)
    cut = [table.cut_to(share) for table, share in zip(tables, shares, strict=True)]
    room -= sum(table.room_for_rows for table in cut)
    needs = [row.room_for_names for table in cut for row in table.rows]
    rooms = iter(_fair_shares(needs, room))
    return "".join(table.text(rooms) for table in cut)


def _fair_shares(needs: Sequence[int], room: int) -> list[int]:
    shares = [0] * len(needs)
    smallest_first = sorted(range(len(needs)), key=needs.__getitem__)
    for waiting, index in zip(range(len(needs), 0, -1), smallest_first, strict=True):
        shares[index] = min(needs[index], room // waiting)
        room -= shares[index]
    return shares


def _that_fit(rows: Iterable[Row], room: int) -> Iterator[Row]:
    """Yield the rows that fit; one that is too large leaves its room to the next."""
    for row in rows:
        if row.least <= room:
            room -= row.least
            yield row


def _count(rows: Iterable[Row]) -> int:
    return sum(len(row.names) for row in rows)
