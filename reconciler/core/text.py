"""Text that somebody else wrote, made safe to print."""

import re
import unicodedata
from codecs import unicode_escape_encode

_HEX, _DASH = "[0-9A-Fa-f]", "(?:-|%2[Dd])"
_WHOLE = rf"{_HEX}{{8}}(?:{_DASH}{_HEX}{{4}}){{3}}{_DASH}{_HEX}{{12}}"
_AT_WORD_START = rf"(?:(?<![0-9A-Za-z].)|(?<=%{_HEX}{_HEX}.))"
_BEGINNING = rf"{_HEX}{{8}}{_DASH}{_HEX}{{4}}(?:{_DASH}{_HEX}{{0,12}}){{0,8}}"
_SECOND = rf"sk_(?=[A-Za-z_]*[0-9])(?:(?![Kk]{_WHOLE})[0-9A-Za-z_]){{16,}}"
_FIRST = rf"[Kk](?:{_WHOLE}|{_AT_WORD_START}{_BEGINNING})"
KEY_SHAPE = re.compile(rf"{_FIRST}|(?:(?<![0-9A-Za-z_])|(?<=%{_HEX}{_HEX})){_SECOND}", re.DOTALL)
"""What the two keys on the vendor's pages look like: the sample, complete (also within a word) or
cut short; and one that begins with ``sk_``, of which no more is shown."""
_KEYS = re.compile(rf"(?:{KEY_SHAPE.pattern})(?:[Kk]{_BEGINNING}|{_SECOND})*", re.DOTALL)
"""One, and more right behind it, which would each start a word once the one before is hidden."""

CURLY_QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb"
"""What word processors make of straight quotes, and the quotes of Turkish print."""
HIDDEN = "***"
"""Stands where a secret was."""
_HARMFUL = re.compile(r"[^ -\[\]-~]")
"""Anything but printable ASCII; and the backslash, which begins an escape."""
_BEGINNING_OF_COMMAND = re.compile(r"^(\s*):(?=:|\Z)")
COMMAND_WITHIN = re.compile(r"##\w*\[")
"""What begins a command to a runner wherever it stands: ``##[`` to that of GitHub, ``##vso[`` to
that of Azure, ``##teamcity[`` to that of TeamCity."""
_COMMAND = re.compile(rf"^\s*:(?=:|\Z)|{COMMAND_WITHIN.pattern}")
"""What a runner takes for a command to it."""


def printable(text: str, limit: int = 2_100) -> str:
    r"""Return text that can do no harm on a terminal, in a log or in a CI log's command parser.

    Anything but printable ASCII and Latin letters (Turkish ones among them) becomes an escape
    such as ``\u202e``; what looks like an API key becomes ``***``; ``::`` at the start (also when
    the second colon is yet to follow), and ``##[``, also with a word between, anywhere, which
    runners take for commands, are broken up; what is longer than ``limit`` characters is cut.
    """
    if not text:
        return text
    cut = shortened(without_keys(text), limit)
    shown = _HARMFUL.sub(lambda found: _escaped(found.group()), cut)
    broken_up = _BEGINNING_OF_COMMAND.sub(lambda found: rf"{found[1]}\x3a", shown)
    return without_commands_within(broken_up)


def without_commands_within(text: str) -> str:
    """Return a text with an escape in each ``COMMAND_WITHIN``, so that no runner obeys it."""
    return COMMAND_WITHIN.sub(lambda found: rf"#\x23{found.group()[2:]}", text)


def shortened(text: str, limit: int) -> str:
    """Return a text, or the first characters of a longer one, with dots for the rest."""
    return text if len(text) <= limit else f"{text[:limit]}..."


def without_keys(text: str) -> str:
    """Return a text with stars for what looks like API keys."""
    return _KEYS.sub(HIDDEN, text)


def is_printable(text: str) -> bool:
    """Return whether a text may be what ``printable`` returned: nothing in it can do any harm."""
    odd = set(_HARMFUL.findall(text)) - {"\\"}
    return not any(map(_is_harmful, odd)) and not (KEY_SHAPE.search(text) or _COMMAND.search(text))


def escaped(text: str) -> str:
    """Return a text with the escape of Python in the place of each character beyond ASCII.

    No codec has to be read for it, which fails where no file can be opened.
    """
    return unicode_escape_encode(text)[0].decode()


def _escaped(character: str) -> str:
    return escaped(character) if _is_harmful(character) else character


def _is_harmful(character: str) -> bool:
    is_latin = character.isalpha() and unicodedata.name(character, "").startswith("LATIN ")
    return bool(_HARMFUL.match(character)) and not is_latin
