"""How a key may be written in a text by others, and what is left of that when it is undone."""

import html
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from reconciler.core.text import HIDDEN

SHORTEST = 8
"""Characters; a shorter text is no spelling, since it may stand anywhere by chance."""

_SYMBOL = re.compile(r"%(?:25)*[0-7][0-9A-Fa-f]|(?:%(?:25)*[89A-Fa-f][0-9A-Fa-f])+|\S")
"""A character, or what percent-encoding makes of it: beyond ASCII, a byte alone is none."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in lowercase, with nothing that splits words and nothing percent-encoded."""

    text: str
    starts: Sequence[int]
    """Where in the original each of its characters starts."""
    ends: Sequence[int]


def plain(original: str) -> Plain:
    """Undo what hides a key in a text; in time linear in its length.

    White space, controls and other characters without a shape are left out: a text in UTF-16 that
    was read as something else has one between any two letters.
    """
    if original.isascii() and original.isprintable() and not set(original) & {" ", "%"}:
        return Plain(original.lower(), range(len(original)), range(1, len(original) + 1))
    characters, starts, ends = [], [], []
    for symbol in _SYMBOL.finditer(original):
        character = _character(symbol.group())
        if character:
            characters.append(character)
            starts.append(symbol.start())
            ends.append(symbol.end())
    return Plain("".join(characters), starts, ends)


def _character(symbol: str) -> str:
    """Return the small letter that a symbol stands for; nothing for what splits words."""
    is_encoded = symbol[0] == "%" and len(symbol) > 1
    text = unquote(re.sub("%(?:25)+", "%", symbol)) if is_encoded else symbol
    character = text.strip().lower()[:1]
    return character if character.isprintable() else ""


def spellings(key: str) -> tuple[str, ...]:
    """Return the key as ``plain`` may have it: itself, in HTML, in base64 wherever in a text."""
    found = [key.lower(), plain(key).text, plain(html.escape(key)).text, *_in_base64(key.encode())]
    return tuple(dict.fromkeys(text for text in found if len(text) >= SHORTEST))


def _in_base64(key: bytes) -> Iterator[str]:
    """Yield the characters that hold nothing but the key, for each way that it may be aligned."""
    for before in range(3):
        encoded = b64encode(bytes(before) + key).decode()
        first, end = -(-8 * before // 6), 8 * (before + len(key)) // 6
        yield encoded[first:end].lower()


def windows(spelling: str, length: int) -> Iterator[str]:
    """Yield all runs of so many characters of a spelling; a shorter one as a whole."""
    length = min(length, len(spelling))
    for start in range(len(spelling) - length + 1):
        yield spelling[start : start + length]


def without(original: str, found: Plain, runs: Iterable[tuple[int, int]]) -> str:
    """Return a text with ``***`` for each run, given as start and end in its plain form.

    Runs that touch become one.
    """
    covered = bytearray(len(found.text))
    for start, end in runs:
        covered[start:end] = b"x" * (end - start)
    pieces, shown = [], 0
    for run in re.finditer(rb"x+", covered):
        pieces += [original[shown : found.starts[run.start()]], HIDDEN]
        shown = found.ends[run.end() - 1]
    return "".join([*pieces, original[shown:]])
