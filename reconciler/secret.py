"""A key that cannot be printed by accident, and the removal of keys from text."""

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import NoReturn
from urllib.parse import unquote

from reconciler.text import HIDDEN

_WELL_FORMED = re.compile(r"[A-Za-z0-9-]{16,128}")


class Key:
    """An API key; only ``reveal`` gives its text.

    The same key places calls and reads recordings, so no repr, format, log record, pickle or
    traceback may hold it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the key's text, for a request or a comparison and nothing else."""
        return self._text

    def digest(self, text: str) -> str:
        """Return a digest of a text that can be told only with this key, as 32 hex digits."""
        return hmac.new(self._text.encode(), text.encode(), "sha256").hexdigest()[:32]

    @property
    def is_empty(self) -> bool:
        """Whether there is no text at all, as in a variable that is set to nothing."""
        return not self._text

    @property
    def is_well_formed(self) -> bool:
        """Whether it may be sent as a key; anything else may be another secret."""
        return bool(_WELL_FORMED.fullmatch(self._text))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Key):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"Key({HIDDEN})"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A key is not stored anywhere, so it cannot be pickled or copied.")


def redact(text: str, key: Key) -> str:
    """Replace the key by ``***``, and any eight characters of it that stand together.

    It is found in any case, percent-encoded (more than once, too), in base64, and split by white
    space, be that percent-encoded itself.
    """
    symbols = _symbols(text)
    for start, end in reversed([*_runs(_plain(symbols), _parts(key, _SHORTEST_PART))]):
        text = text[: symbols[start].start()] + HIDDEN + text[symbols[end - 1].end() :]
    return text


def gives_away(text: str, key: Key) -> bool:
    """Tell whether twelve characters of the key stand together in a text, found as by ``redact``.

    Fewer may stand there by chance: a number, say.
    """
    plain = _plain(_symbols(text))
    return any(part in plain for part in _parts(key, _TELLING_PART))


_SYMBOL = re.compile(r"%(?:25)*[0-7][0-9A-Fa-f]|(?:%(?:25)*[89A-Fa-f][0-9A-Fa-f])+|\S")
"""A character, or what percent-encoding makes of it: beyond ASCII, a byte alone is none."""
_SHORTEST_PART = 8
_TELLING_PART = 12


def _symbols(text: str) -> list[re.Match[str]]:
    """Return whatever stands for a character, but for white space."""
    return [symbol for symbol in _SYMBOL.finditer(text) if _character(symbol)]


def _plain(symbols: Iterable[re.Match[str]]) -> str:
    """Return the characters that symbols stand for, in small letters, one for each."""
    return "".join(map(_character, symbols))


def _character(symbol: re.Match[str]) -> str:
    """Return the small letter that a symbol stands for; nothing for white space."""
    encoded_once = re.sub("%(?:25)+", "%", symbol.group())
    return unquote(encoded_once).strip().lower()[:1]


def _parts(key: Key, length: int) -> set[str]:
    return {
        spelling[at : at + length]
        for spelling in _spellings(key.reveal())
        for at in range(len(spelling) - length + 1)
    }


def _spellings(text: str) -> Iterator[str]:
    """Yield the text as it is and in base64, wherever in a longer one it stands; small letters."""
    yield text.lower()
    for before in (b".", b"..", b"..."):
        yield b64encode(before + text.encode())[4:-4].decode().lower()


def _runs(text: str, parts: set[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each longest run of characters that the parts cover."""
    run: tuple[int, int] | None = None
    for at in range(len(text)):
        end = at + _SHORTEST_PART
        if text[at:end] not in parts:
            continue
        if run and at > run[1]:
            yield run
            run = None
        run = (run[0] if run else at, end)
    if run:
        yield run
