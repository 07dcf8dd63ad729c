"""From a file's bytes to its text: nothing hidden in it, and no key pasted into it."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from itertools import islice, pairwise

from reconciler.config.problems import MOST_FOUND, Problem
from reconciler.core.fleet import Place
from reconciler.core.messages import Message
from reconciler.core.text import CURLY_QUOTES, HIDDEN, KEY_SHAPE, printable

PASTED_KEY = Message("key-pasted")
_PLAIN_NAME = re.compile(r"[\w.<> -]+(?::[\w.<> -]*)?")
_LONGEST_SHOWN = 63
_RUN = re.compile("[0-9A-Za-z]+")
_SHORTEST_KEY = 8
_SHORTEST_PASTED = 16
"""Less may be a name, such as that of a room: only what is longer is refused for its looks."""
_MIXED = 0.4
_BARE_KEY = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
BARE_KEY_LENGTH = 36
_CONFLICT_MARKER = re.compile(r"^(?:<{7} .*|={7}|>{7} .*)$", re.MULTILINE)
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs"})


def decode(content: bytes, source: str) -> str | Problem:
    """Return the text of UTF-8 bytes, with or without a byte order mark, its lines ended by LF."""
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        line_start = before.rfind("\n") + 1
        place = Place(source, before.count("\n") + 1, len(before) - line_start + 1)
        return Problem(place, Message("file-not-utf8"))


def hidden_characters(text: str, source: str) -> Iterator[Problem]:
    """Find what a reviewer cannot see: control, bidi and zero-width characters, odd line ends.

    U+2028, U+2029, U+0085 and a bare CR end a comment for YAML parsers but not for most editors.
    """
    bad = "".join(sorted(filter(is_hidden, set(text))))
    found = _places_of(re.compile(f"[{re.escape(bad)}]"), text, source) if bad else iter(())
    for place, character in islice(found, MOST_FOUND):
        yield Problem(place, _hidden_message(character))


def is_hidden(character: str) -> bool:
    """Return whether a character is one that a file may not hold, other than LF and space."""
    if character in "\n ":
        return False
    return unicodedata.category(character) in _REFUSED_CATEGORIES or _is_noncharacter(character)


def _is_noncharacter(character: str) -> bool:
    """Return whether Unicode promises never to assign it (U+FDD0 and on, U+xxFFFE, U+xxFFFF)."""
    return ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF  # noqa: PLR2004


def _hidden_message(character: str) -> Message:
    if character == "\t":
        return Message("character-tab")
    if character == "\r":
        return Message("character-carriage-return")
    code = "character-space" if unicodedata.category(character) == "Zs" else "character-hidden"
    return Message(code, character=in_unicode(character))


def in_unicode(character: str) -> str:
    """Return a character's number, with its name if it has one: the same in every language."""
    number, name = f"U+{ord(character):04X}", unicodedata.name(character, "")
    return f"{number}, {name}" if name else number


def pasted_keys(text: str, source: str) -> Iterator[Problem]:
    """Find what looks like an API key anywhere in a file, its comments included."""
    for place, _ in islice(_places_of(KEY_SHAPE, text, source), MOST_FOUND):
        yield Problem(place, PASTED_KEY)


def conflict_marker(text: str, source: str) -> Problem | None:
    """Return the first marker that a merge of git has left behind, as a problem."""
    if not any(mark * 7 in text for mark in "<=>"):
        return None  # So says a search that takes no time, unlike that for lines.
    places = (place for place, _ in _places_of(_CONFLICT_MARKER, text, source))
    return next((Problem(place, Message("conflict-marker")) for place in places), None)


def has_curly_quotes(text: str) -> bool:
    """Return whether a value stands in quotes that a word processor has made curly."""
    return bool(text) and (text[0] in CURLY_QUOTES or text[-1] in CURLY_QUOTES)


def is_pasted_key(name: str) -> bool:
    """Return whether what stands in place of a name must be a key, by its looks."""
    return may_be_key(name, _SHORTEST_PASTED)


def _places_of(pattern: re.Pattern[str], text: str, source: str) -> Iterator[tuple[Place, str]]:
    """Yield each match with its place, counting lines once over the full text."""
    line, counted = 1, 0
    for match in pattern.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield Place(source, line, counted - text.rfind("\n", 0, counted)), match.group()


def looks_like_key(text: str) -> bool:
    """Return whether a value holds the shape of an API key, or is one without its letter."""
    return bool(KEY_SHAPE.search(text) or _BARE_KEY.fullmatch(text))


def may_be_key(text: str, shortest: int = _SHORTEST_KEY) -> bool:
    """Return whether text may hold a key of any shape: characters that no name mixes like that.

    Of those next to each other, in a run of letters and digits of at least ``shortest``, two in
    five are of different kinds: digits, small and capital letters. In words they seldom are.
    """
    runs = (run for run in _RUN.findall(text) if len(run) >= shortest)
    return looks_like_key(text) or any(_is_mixed(run) for run in runs)


def _is_mixed(run: str) -> bool:
    kinds = [(one.isdigit(), one.isupper()) for one in run]
    return sum(one != other for one, other in pairwise(kinds)) >= _MIXED * (len(run) - 1)


def shown_name(name: str) -> str:
    """Return a field's or santral's name for a message; stars for what may be a secret."""
    if len(name) <= _LONGEST_SHOWN and _PLAIN_NAME.fullmatch(name) and not may_be_key(name):
        return printable(name)
    return HIDDEN
