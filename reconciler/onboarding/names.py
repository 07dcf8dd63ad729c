"""Valid names from what people write, made different where they are alike, and their order."""

import re
import unicodedata
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from itertools import count, filterfalse, zip_longest

LONGEST_NAME = 63
"""Characters of the name of a santral, of a label, and of a label's value."""
_LATIN = re.compile("LATIN (?:SMALL|CAPITAL) (?:LETTER|LIGATURE) ([A-Z]{1,2})(?: WITH .*)?")
"""Unicode's name for a letter that is written as one or two of a to z: O WITH STROKE, AE."""
_OTHERS = {"ı": "i", "ß": "ss", "ð": "d", "þ": "th", "ŋ": "ng", "ə": "e"}
_UNSEEN = {"Mn", "Me", "Cf"}
"""Categories of what belongs to the letter before it, or is no mark at all."""
_NUMBER = re.compile("([0-9]+)")


def name_of(title: str) -> str | None:
    """Return the name of a santral (``[a-z0-9][a-z0-9-]*``) for a title; None if there is none.

    ``İstanbul Şube 2`` gives ``istanbul-sube-2``; a title without a Latin letter or a digit gives
    none. Labels are named in the same way.
    """
    return _cut(re.sub("[^a-z0-9]+", "-", _transliterated(title)).strip("-"))


def label_value_of(text: str) -> str | None:
    """Return the value of a label for a text; that may have dots and underscores after its start.

    None where nothing of the text can stand in one.
    """
    return _cut(re.sub("[^a-z0-9._]+", "-", _transliterated(text)).lstrip("-._").rstrip("-"))


def _cut(name: str) -> str | None:
    return name[:LONGEST_NAME].rstrip("-") or None


def _transliterated(text: str) -> str:
    """Return a text in lowercase, with a to z for each Latin letter, and all else as it is.

    Compatible forms (full width, superscripts, ligatures) are what they stand for.
    """
    parts = unicodedata.normalize("NFKD", text).lower()
    return "".join(one if one.isascii() else _ascii(one) for one in parts)


@lru_cache(maxsize=4096)
def _ascii(character: str) -> str:
    if character in _OTHERS:
        return _OTHERS[character]
    if unicodedata.category(character) in _UNSEEN:
        return ""
    latin = _LATIN.fullmatch(unicodedata.name(character, ""))
    return latin[1].lower() if latin else character


def numbered(names: Sequence[str]) -> list[str]:
    """Return the names, each a different one: the second ``ankara`` becomes ``ankara-2``.

    What a number makes is no name that stands in the list, and not too long.
    """
    there, given = frozenset(names), set[str]()
    room = LONGEST_NAME - len(f"-{len(names)}")
    series: dict[str, Iterator[str]] = {}
    found = []
    for name in names:
        stem = name[:room].rstrip("-")
        numbers = series.setdefault(stem, _numbers(stem, there))
        found.append(next(numbers) if name in given else name)
        given.add(name)
    return found


def _numbers(stem: str, there: Container[str]) -> Iterator[str]:
    """Yield a name with each number that gives a new one; no other stem gives the same."""
    return filterfalse(there.__contains__, (f"{stem}-{number}" for number in count(2)))


def natural_order(name: str) -> tuple[object, ...]:
    """Return what sorts names with their digits as numbers: ``sube-2`` before ``sube-10``.

    Numbers are compared as text, since Python turns none of more than 4,300 digits into an int.
    """
    parts = _NUMBER.split(name)
    numbers = (part.lstrip("0") for part in parts[1::2])
    ranked = zip_longest(parts[::2], ((len(one), one) for one in numbers), fillvalue=(0, ""))
    return tuple(ranked), name
