"""All keys of a run, looked for at once: in files, live settings and what a server says.

An error may echo the key of another santral, and a live URL may hold it. Looking for 10,000 keys
one by one would take too long, and all pieces of them in a dictionary too much memory. So a few
pieces of each are kept, in a table of small numbers; where a text has one of them, the key itself
is compared.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate, chain
from struct import Struct
from typing import NamedTuple

from reconciler.core.key_spellings import View, spellings, views, windows, without
from reconciler.core.messages import Message
from reconciler.core.secret import TELLING, Key, contains_key, runs_of

_PIECE = 6
_STEP = 7
"""Any 12 characters in a row have one piece of 6 that begins at a multiple of 7: it is kept."""
_PIECE_BITS = 8
"""The longest key has 219 pieces: 36 of it, 36 with all undone, and 49 for each base64."""
_CODE_BITS = 30
"""Of a hash: Python reckons faster with numbers of so few, which are enough here."""
_CODE = (1 << _CODE_BITS) - 1
_ENTRY_BITS = 32
_ROWS_A_KEY = 20
"""Of the table; about ten pieces of the longest key share a row then, and one of usual ones."""
_CROWD = 32
"""Entries of a row, from which on reading them takes as long as comparing a key."""
_FEW_PIECES = 64
"""Of a key; so many hashes of each may be kept until the table stands, which the longest may not.

Making the table takes 0.45 of the time without making them twice.
"""
_REMEMBERED = 512
"""Pieces of texts: those of one fleet's URLs begin alike, and its live ones are those wanted."""
_BLOCK = 16_384
"""Pieces of a text that are looked up together."""
_USUAL = 512
"""Characters of a text that may come again, such as a URL."""
_MOST_ALIKE = 10
"""Keys that may be one in a text, of which one is named."""
_PATIENCE = 16
"""Of so many pieces of all keys, one may be compared before all keys are gone through instead."""

Run = tuple[int, int, int]
"""Where in a text it starts and ends, and whose key it is."""


class KeyCodes(NamedTuple):
    """How to say whose key was found: a code of the catalogue for each."""

    own: str
    of: str
    """With the field ``owner``: the santral that goes by it."""
    of_none: str


class _Found(NamedTuple):
    owner: str | None


class KeyFinder:
    """Finds twelve characters in a row of any key, or all of a shorter one.

    It takes time linear in the text, however many keys there are, and less than 1 KB a key.
    """

    def __init__(self, owners: Mapping[Key, str | None]) -> None:
        """Look out for these keys; each has the santral that goes by it, or None."""
        self._keys = tuple(owners)
        self._owners = tuple(owners.values())
        self._shift = _PIECE_BITS + len(self._keys).bit_length()
        self._unmarked = self._shift - (_ENTRY_BITS - _CODE_BITS)
        """Bits of a code that an entry has no room for."""
        self._rows = len(self._keys) * _ROWS_A_KEY + 1
        hashes = _Hashes(self._keys)
        self._starts = self._count(hashes)
        self._entries = self._fill(hashes)
        self._is_known = lru_cache(_REMEMBERED)(self._has)
        """Whether a key has a piece, or seems to."""
        self._search_again = lru_cache(_REMEMBERED // 2)(self._search)

    def find(self, text: str, codes: KeyCodes, own: Key | None = None) -> Message | None:
        """Say whose key is in a text, if one is, by one of these codes; ``own`` goes first."""
        found = self._find(text)
        if not found:
            return None
        if own and contains_key(text, own):
            return Message(codes.own)
        return Message(codes.of, owner=found.owner) if found.owner else Message(codes.of_none)

    def finds(self, text: str) -> bool:
        """Say whether any key is in a text."""
        return self._find(text) is not None

    def _find(self, text: str) -> _Found | None:
        """Do ``_search``, but once for what is wanted and live, or live everywhere."""
        return (self._search_again if len(text) <= _USUAL else self._search)(text)

    def _search(self, text: str) -> _Found | None:
        """Return whose key is in a text; of keys that are alike the one of which there is most."""
        searched = [view.text for view in views(text)]
        found = Counter(index for each in searched for _, _, index in self._runs(each))
        if not found:
            return None
        likely = [index for index, _ in found.most_common(_MOST_ALIKE)]
        if len(likely) == 1:
            return _Found(self._owners[likely[0]])
        return _Found(self._owners[max(likely, key=lambda i: self._how_much(i, searched))])

    def _how_much(self, index: int, texts: Sequence[str]) -> int:
        """Return how many runs of a key stand in texts."""
        runs = (run for each in _spelled(self._keys[index]) for run in windows(each, TELLING))
        return sum(run in text for run in runs for text in texts)

    def redact(self, text: str, key: Key | None = None) -> str:
        """Replace each key by ``***``, of this one also any eight characters in a row."""
        searched = [*views(text)]
        own_runs = runs_of(key, (view.text for view in searched)) if key else ()
        own = zip(searched, own_runs, strict=False)
        return without(text, chain(own, self._others(searched)))

    def _others(self, searched: Iterable[View]) -> Iterator[tuple[View, Iterator[tuple[int, int]]]]:
        for view in searched:
            yield view, ((start, end) for start, end, _ in self._runs(view.text))

    def _count(self, hashes: "_Hashes") -> "array[int]":
        """Return where in the table each row ends; the last number is where the table does."""
        rows = self._rows
        counts = array("I", [0]) * (rows + 1)
        for codes in hashes:
            for code in codes:
                counts[code % rows] += 1
        return array("I", accumulate(counts))[:]

    def _fill(self, hashes: "_Hashes") -> "array[int]":
        """Return the table: for each piece a few bits of its hash, whose it is, and which.

        Rows are filled from their end, so that each is left with where it starts.
        """
        free, entries = self._starts, array("I", [0]) * self._starts[-1]
        rows, shift, unmarked = self._rows, self._shift, self._unmarked
        for index, codes in enumerate(hashes):
            for entry, code in enumerate(codes, index << _PIECE_BITS):
                row = code % rows
                free[row] = at = free[row] - 1
                entries[at] = code >> unmarked << shift | entry
        return entries

    def _runs(self, text: str) -> Iterator[Run]:
        """Yield each twelve characters wherever they stand together.

        Keys may be so alike that comparing all that have a piece would take longer than going
        through all of them once; so it is done only as long as it is cheaper.
        """
        left = len(self._entries) // _PATIENCE + len(text) // 2
        for at, piece in self._known_pieces(_one_byte_each(text)):
            alike, cost = self._alike(piece)
            left -= cost
            if left < 0:
                yield from self._runs_of_all(text)
                return
            yield from self._around(alike, text, at)

    def _known_pieces(self, text: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield all pieces of a text that a key has, or seems to have, and where they stand.

        Each is looked up once in a block, since texts repeat themselves: so a file with 10,000
        santrals is searched in a third of the time. A hostile text need not repeat itself, and its
        pieces take ninety times its room: so no more of it is taken at a time.
        """
        for start in range(0, len(text) - _PIECE + 1, _BLOCK):
            block = text[start : start + _BLOCK + _PIECE - 1]
            pieces = {block[at : at + _PIECE] for at in range(len(block) - _PIECE + 1)}
            known = filter(self._is_known, pieces)
            yield from sorted(
                (start + at, piece) for piece in known for at in _places(piece, block)
            )

    def _has(self, piece: bytes) -> bool:
        code = hash(piece) & _CODE
        row, mark = code % self._rows, code >> self._unmarked
        entries = self._entries[self._starts[row] : self._starts[row + 1]]
        return any(entry >> self._shift == mark for entry in entries)

    def _alike(self, piece: bytes) -> tuple[list[int], int]:
        """Return the entries that may be of a piece, and what it costs to look at them."""
        code = hash(piece) & _CODE
        row, mark = code % self._rows, code >> self._unmarked
        entries, shift = self._entries[self._starts[row] : self._starts[row + 1]], self._shift
        alike = [entry for entry in entries if entry >> shift == mark]
        return alike, len(alike) + len(entries) // _CROWD

    def _around(self, alike: Iterable[int], text: str, at: int) -> Iterator[Run]:
        """Yield each run that holds the piece at a place, once, of whichever key has it."""
        missing = set(range(min(at + 1, _STEP)))
        for entry in alike:
            index = (entry & (1 << self._shift) - 1) >> _PIECE_BITS
            for back, window in _windows_at(self._keys[index], entry & (1 << _PIECE_BITS) - 1):
                if back in missing and text.startswith(window, at - back):
                    if len(window) == TELLING:  # A shorter one may begin a longer one.
                        missing.discard(back)
                    yield at - back, at - back + len(window), index
            if not missing:
                return

    def _runs_of_all(self, text: str) -> Iterator[Run]:
        """Yield the same as ``_runs`` in a time that no likeness of keys lengthens."""
        there = cache(lambda length: {*windows(text, length)})
        found = {
            window: index
            for index, key in enumerate(self._keys)
            for spelling in _spelled(key)
            for window in there(min(TELLING, len(spelling))).intersection(
                windows(spelling, TELLING)
            )
        }
        for length in sorted(set(map(len, found))):
            for at in range(len(text) - length + 1):
                index = found.get(text[at : at + length])
                if index is not None:
                    yield at, at + length, index


def _spelled(key: Key) -> Iterator[str]:
    return spellings(key.reveal())


class _Hashes:
    """The hashes of each key's pieces, gone through twice: kept where no key has many of them."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = keys
        self._kept: list[array[int]] | None = []

    def __iter__(self) -> Iterator["array[int]"]:
        return iter(self._kept) if self._kept else self._made()

    def _made(self) -> Iterator["array[int]"]:
        for key in self._keys:
            codes = array("I", [hash(piece) & _CODE for piece in _pieces(key)])
            if len(codes) > _FEW_PIECES:
                self._kept = None
            if self._kept is not None:
                self._kept.append(codes)
            yield codes


def _pieces(key: Key) -> Iterator[bytes]:
    """Yield all pieces of a key, always in the same order."""
    return chain.from_iterable(
        _cutter(len(spelling)).unpack(_one_byte_each(spelling)) for spelling in _spelled(key)
    )


@lru_cache(8)
def _cutter(length: int) -> Struct:
    """Return what cuts a spelling into its pieces, in a sixth of the time that slices take.

    The keys of a fleet are about as long as each other, so few are kept.
    """
    count = (length - _PIECE) // _STEP + 1
    between, rest = f"{_STEP - _PIECE}x", length - (count - 1) * _STEP - _PIECE
    return Struct(f"{between.join([f'{_PIECE}s'] * count)}{rest}x")


def _one_byte_each(text: str) -> bytes:
    """Return a text with a byte for each character, where other characters than ASCII are alike."""
    return text.encode("ascii", "replace")


def _places(piece: bytes, text: bytes) -> Iterator[int]:
    """Yield everywhere where a piece starts in a text."""
    at = text.find(piece)
    while at >= 0:
        yield at
        at = text.find(piece, at + 1)


def _windows_at(key: Key, number: int) -> Iterator[tuple[int, str]]:
    """Yield each run of twelve that holds a piece, and what is before the piece there.

    A shorter spelling is one run.
    """
    for spelling in _spelled(key):
        count = (len(spelling) - _PIECE) // _STEP + 1
        if number < count:
            at, length = number * _STEP, min(TELLING, len(spelling))
            for start in range(max(0, at - _STEP + 1), min(at, len(spelling) - length) + 1):
                yield at - start, spelling[start : start + length]
            return
        number -= count
