"""All keys of a run, looked for at once: in files, live settings and what a server says.

An error may echo the key of another santral, and a live URL may hold it. Looking for 10,000 keys
one by one would take too long, and all pieces of them in a dictionary too much memory. So a few
pieces of each are kept, in a table of small numbers; where a text has one of them, the key itself
is compared.
"""

from array import array
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import accumulate, chain

from reconciler.core.secret import TELLING, Key, runs_of
from reconciler.core.spellings import plain, spellings, without

_PIECE = 7
_STEP = 6
"""Of any 12 characters in a row, 7 that begin at a multiple of 6 are a piece that is kept."""
_PIECE_BITS = 9
_ENTRY_BITS = 32
_CHARACTERS_A_ROW = 12
"""About ten pieces share a row of the table then."""
_REMEMBERED = 64
"""Pieces; a text that has one has it again, as a rule."""
_CROWD = 32
"""Pieces in a row, from which on they are looked up: many keys may begin alike."""


class Lookout:
    """Finds twelve characters in a row of any key, or all of a shorter one.

    It takes time linear in the text, however many keys there are, and less than 1 KB a key.
    """

    def __init__(self, owners: Mapping[Key, str | None]) -> None:
        """Look out for these keys; each has the santral that goes by it, or None."""
        self._keys = tuple(owners)
        self._owners = tuple(owners.values())
        self._shift = _PIECE_BITS + len(self._keys).bit_length()
        self._rows = sum(len(key.reveal()) for key in self._keys) // _CHARACTERS_A_ROW + 1
        self._starts = self._count()
        self._entries = self._fill()
        self._around = lru_cache(_REMEMBERED)(self._find_around)
        self._crowds: dict[int, dict[int, list[int]]] = {}
        self._windows: dict[tuple[int, int], dict[tuple[int, str], int]] = {}

    def whose_key_in(self, text: str) -> str | None:
        """Say whose key is in a text, as an object to "holds", or return None."""
        found = next(self._runs(plain(text).text), None)
        if not found:
            return None
        owner = self._owners[found[2]]
        return f"the key of santral {owner}" if owner else "a key that no santral here goes by"

    def redact(self, text: str, key: Key) -> str:
        """Replace each key by ``***``, of this one also any eight characters in a row."""
        searched = plain(text)
        others = ((start, end) for start, end, _ in self._runs(searched.text))
        return without(text, searched, chain(runs_of(key, searched.text), others))

    def _count(self) -> "array[int]":
        """Return where in the table each row starts; the last number is where the table ends."""
        rows = self._rows
        counts = array("I", [0]) * (rows + 1)
        for key in self._keys:
            for code in map(hash, _pieces(key)):
                counts[code % rows + 1] += 1
        return array("I", accumulate(counts))[:]

    def _fill(self) -> "array[int]":
        """Return the table: for each piece a few bits of its hash, whose it is, and which."""
        free, entries = self._starts[:], array("I", [0]) * self._starts[-1]
        rows, mark = self._rows, self._mark
        for index, key in enumerate(self._keys):
            for entry, code in enumerate(map(hash, _pieces(key)), index << _PIECE_BITS):
                row = code % rows
                entries[free[row]] = mark(code) | entry
                free[row] += 1
        return entries

    def _mark(self, code: int) -> int:
        mark: int = (code >> _ENTRY_BITS << self._shift) & (2**_ENTRY_BITS - 1)
        return mark

    def _runs(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Yield start, end and key of twelve characters wherever they stand together."""
        starts, rows, shift = self._starts, self._rows, self._shift
        for at in range(len(text) - _PIECE + 1):
            code = hash(text[at : at + _PIECE])
            row = code % rows
            start, end = starts[row], starts[row + 1]
            if end - start > _CROWD:
                yield from self._in_crowd(row, self._mark(code), text, at)
            elif start < end:
                mark = self._mark(code) >> shift
                for entry in self._entries[start:end]:
                    if entry >> shift == mark:
                        yield from self._at(entry, text, at)

    def _at(self, entry: int, text: str, at: int) -> Iterator[tuple[int, int, int]]:
        for back, window, index in self._around(entry):
            if back <= at and text.startswith(window, at - back):
                yield at - back, at - back + len(window), index

    def _in_crowd(self, row: int, mark: int, text: str, at: int) -> Iterator[tuple[int, int, int]]:
        windows = self._windows_of(row, mark >> self._shift)
        for back in range(min(_STEP, at + 1) if windows else 0):
            for end in range(at - back + _PIECE + 1, at - back + TELLING + 1):
                found = windows.get((back, text[at - back : end]))
                if found is not None and end <= len(text):
                    yield at - back, end, found

    def _windows_of(self, row: int, mark: int) -> Mapping[tuple[int, str], int]:
        """Return what is around the pieces of a crowd that have a mark, found out when needed."""
        if row not in self._crowds:
            crowd: dict[int, list[int]] = {}
            self._crowds[row] = crowd
            for entry in self._entries[self._starts[row] : self._starts[row + 1]]:
                crowd.setdefault(entry >> self._shift, []).append(entry)
        entries = self._crowds[row].get(mark)
        if entries and (row, mark) not in self._windows:
            around = chain.from_iterable(map(self._around, entries))
            self._windows[row, mark] = {(back, text): index for back, text, index in around}
        return self._windows[row, mark] if entries else {}

    def _find_around(self, entry: int) -> tuple[tuple[int, str, int], ...]:
        """Return each run of twelve that holds a piece: what is before it there, it, the key.

        A shorter spelling is one as a whole.
        """
        index = (entry & (1 << self._shift) - 1) >> _PIECE_BITS
        number = entry & (1 << _PIECE_BITS) - 1
        spelling, at = _places(self._keys[index])[number]
        length = min(TELLING, len(spelling))
        starts = range(max(0, at - _STEP + 1), min(at, len(spelling) - length) + 1)
        return tuple((at - start, spelling[start : start + length], index) for start in starts)


def _pieces(key: Key) -> list[str]:
    return [spelling[at : at + _PIECE] for spelling, at in _places(key)]


def _places(key: Key) -> list[tuple[str, int]]:
    """Return where in which spelling each piece begins, always in the same order."""
    return [
        (spelling, at)
        for spelling in spellings(key.reveal())
        for at in range(0, len(spelling) - _PIECE + 1, _STEP)
    ]
