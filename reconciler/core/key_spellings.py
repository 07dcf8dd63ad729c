"""How a key may be written in a text by others, and what is left of that when it is undone."""

import re
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html.entities import html5
from urllib.parse import unquote

from reconciler.core.text import HIDDEN

SHORTEST = 8
"""Characters; a shorter text is not a spelling, since it may stand anywhere by chance."""


@dataclass(frozen=True, slots=True)
class View:
    """A text in lowercase, with nothing that splits words, and some of its encodings undone."""

    text: str
    spans: Callable[[], tuple[Sequence[int], Sequence[int]]]
    """Says where in the original each character starts and ends: few ever ask."""


def views(original: str) -> Iterator[View]:
    """Yield a text as it is, and with one layer after the other undone; in time linear in it.

    A key may hold what looks encoded, and so may what stands before one: whoever undoes too much
    loses it, whoever undoes too little never sees it. The last undoes all that is left.

    White space, controls and other characters without a shape are left out: a text in UTF-16 that
    was read as something else has one between any two letters.
    """
    view = View(_squeezed(original), lambda: _kept(original))
    yield view
    if not _may_be_undone(view.text):
        return
    for layer in (_LAYER, _LAYER, _LAYER, _ALL_LAYERS):
        further = _undone(view, layer)
        if further.text == view.text:
            return
        view = further
        yield view


_SPLITTING = dict.fromkeys([*range(ord("!")), 127])


def _squeezed(original: str) -> str:
    if original.isascii():
        return original.translate(_SPLITTING).lower()
    return "".join(map(_small, original))


@lru_cache(256)
def _small(character: str) -> str:
    """Return a character as a small letter; nothing for what splits words."""
    small = character.strip().lower()[:1]
    return small if small.isprintable() else ""


def _kept(original: str) -> tuple[Sequence[int], Sequence[int]]:
    starts = [at for at, character in enumerate(original) if _small(character)]
    return starts, [at + 1 for at in starts]


# What is undone: percent-encoding, HTML's references, and the escapes of JSON.

_HEX = "[0-9a-f]"
_REFERENCE = rf"(?:#0*[0-9]{{1,7}}(?![0-9])|#x0*{_HEX}{{1,6}}(?!{_HEX})|[a-z]{{2,31}});?"
_ESCAPE = rf"(?:u{_HEX}{{4}}|x{_HEX}{{2}}|[nrt/\\])"
_LAYER = re.compile(
    rf"%[0-7]{_HEX}|(?:%[89a-f]{_HEX})+|&{_REFERENCE}|\\{_ESCAPE}",
)
"""A character as somebody wrote it; beyond ASCII, a single byte is none."""
_PERCENT, _AMPERSAND = "%(?:25)*", "&(?:amp;|#38;|#x26;)*"
_ALL_LAYERS = re.compile(
    rf"{_PERCENT}[0-7]{_HEX}|(?:{_PERCENT}[89a-f]{_HEX})+|{_AMPERSAND}{_REFERENCE}|\\+{_ESCAPE}",
)
"""The same, written again and again."""


def _may_be_undone(text: str) -> bool:
    """Return whether a text has what every symbol of a layer begins with."""
    return "%" in text or "&" in text or "\\" in text


def _undone(view: View, layer: re.Pattern[str]) -> View:
    text = layer.sub(_meaning, view.text)
    return View(text, lambda: _traced(view, layer))


def _traced(view: View, layer: re.Pattern[str]) -> tuple[Sequence[int], Sequence[int]]:
    """Say where each character of what ``_undone`` makes of a view comes from."""
    (starts, ends), shown = view.spans(), 0
    undone_starts: list[int] = []
    undone_ends: list[int] = []
    for found in layer.finditer(view.text):
        meaning = _meaning(found)
        if meaning != found.group():
            undone_starts += starts[shown : found.start()]
            undone_ends += ends[shown : found.start()]
            undone_starts += [starts[found.start()]] * len(meaning)
            undone_ends += [ends[found.end() - 1]] * len(meaning)
            shown = found.end()
    return [*undone_starts, *starts[shown:]], [*undone_ends, *ends[shown:]]


def _meaning(found: re.Match[str]) -> str:
    """Return what a symbol stands for, in lowercase; itself if it is none."""
    symbol = found[0]
    return _usual(symbol) if len(symbol) <= _USUAL else _undone_symbol(symbol)


_USUAL = 6
"""Characters; so short a symbol is likely to come again."""


@lru_cache(128)
def _usual(symbol: str) -> str:
    return _undone_symbol(symbol)


def _undone_symbol(symbol: str) -> str:
    if symbol[0] == "%":
        written = unquote(re.sub("%(?:25)+", "%", symbol))
    elif symbol[0] == "&":
        return _referred_to(symbol)
    else:
        written = _escaped(symbol.lstrip("\\") or "\\")
    return "".join(map(_small, written))


def _escaped(escape: str) -> str:
    if len(escape) > 1:
        return chr(int(escape[1:], 16))
    return "" if escape in "nrt" else escape


def _referred_to(symbol: str) -> str:
    """Return what HTML means by a reference, which may lack its semicolon; itself if nothing."""
    name = re.split(r"&(?:amp;|#38;|#x26;)*(?=[#a-z])", symbol, maxsplit=1)[1]
    if name[0] != "#":
        return _named(name, symbol)
    number = name[1:].removesuffix(";")
    code = int(number[1:], 16) if number[0] == "x" else int(number.lstrip("0") or "0")
    return _small(chr(code)) if code <= _LAST_CHARACTER else ""


_LAST_CHARACTER = 0x10FFFF


def _named(name: str, symbol: str) -> str:
    """Return what a name means; some need no semicolon, also at the beginning of a word."""
    names = _names()
    for end in range(len(name), 1, -1):
        if name[:end] in names:
            return names[name[:end]] + name[end:]
    return symbol


@cache
def _names() -> dict[str, str]:
    """Return HTML's names, in lowercase, of what a key may have and of what splits words."""
    meant = {
        name.lower(): "".join(map(_small, text))
        for name, text in sorted(html5.items(), key=lambda item: -ord(item[1][0]))
    }
    return {name: text for name, text in meant.items() if text.isascii()}


# How a key is spelled, once that is undone.


def spellings(key: str) -> Iterator[str]:
    """Yield the key as a view may have it: itself, in base64 wherever in a text, all undone."""
    small = key.lower()
    found = [small, *_in_base64(key.encode())]
    yield from (text for text in found if len(text) >= SHORTEST)
    if _may_be_undone(small):
        *_, last = views(key)
        if last.text != small and len(last.text) >= SHORTEST:
            yield last.text


def _in_base64(key: bytes) -> Iterator[str]:
    """Yield the characters that hold nothing but the key, for each way that it may be aligned."""
    for before, first in ((b"", 0), (b"\0", 2), (b"\0\0", 3)):
        end = 8 * (len(before) + len(key)) // 6
        yield b2a_base64(before + key, newline=False)[first:end].decode().lower()


def windows(spelling: str, length: int) -> list[str]:
    """Return all runs of so many characters of a spelling; a shorter one entirely."""
    length = min(length, len(spelling))
    return [spelling[start : start + length] for start in range(len(spelling) - length + 1)]


def without(original: str, found: Iterable[tuple[View, Iterable[tuple[int, int]]]]) -> str:
    """Return a text with ``***`` for each run, given as start and end in a view of it.

    Runs that touch become one.
    """
    covered = bytearray(len(original))
    for view, runs in found:
        joined = _covered(len(view.text), runs)
        if b"x" in joined:
            starts, ends = view.spans()
            for run in re.finditer(rb"x+", joined):
                start, end = starts[run.start()], ends[run.end() - 1]
                covered[start:end] = b"x" * (end - start)
    pieces, shown = [], 0
    for run in re.finditer(rb"x+", covered):
        pieces += [original[shown : run.start()], HIDDEN]
        shown = run.end()
    return "".join([*pieces, original[shown:]])


def _covered(length: int, runs: Iterable[tuple[int, int]]) -> bytearray:
    covered = bytearray(length)
    for start, end in runs:
        covered[start:end] = b"x" * (end - start)
    return covered
