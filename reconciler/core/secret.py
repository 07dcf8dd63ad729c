"""A key that cannot be printed by accident, and whether a text gives it away."""

import hmac
import re
from collections.abc import Iterable, Iterator
from typing import NoReturn

from reconciler.core.key_spellings import SHORTEST, spellings, views, windows
from reconciler.core.text import CURLY_QUOTES, HIDDEN

_WELL_FORMED = re.compile(r"[!#-&(-~]{8,256}")
"""The vendor's pages show two shapes of keys, so none is known: ASCII without space or quote."""
_PLACEHOLDER = re.compile(r"PUT-ITS-KEY-FROM-THE-PANEL-HERE.*|ITS-KEY|ANAHTARI")
"""What the documents have in a key's place."""
_QUOTES = {*"\"'", *CURLY_QUOTES}
TELLING = 12
"""So many characters of a key in a row are not there by chance."""


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
        """Return a digest of a text that can be made only with this key, as 32 hex digits."""
        return hmac.new(self._text.encode(), text.encode(), "sha256").hexdigest()[:32]

    @property
    def is_empty(self) -> bool:
        """Whether there is no text at all, as in a variable that is set to nothing."""
        return not self._text

    @property
    def stripped(self) -> "Key":
        """The key without white space around it, such as the end of the line that was typed."""
        return Key(self._text.strip())

    @property
    def is_well_formed(self) -> bool:
        """Whether it may be sent as a key; anything else may be another secret."""
        return self.is_like(_WELL_FORMED) and not self.is_placeholder

    @property
    def is_placeholder(self) -> bool:
        """Whether it was copied from the documents, and never replaced."""
        return self.is_like(_PLACEHOLDER)

    @property
    def is_quoted(self) -> bool:
        """Whether a quote stands at either end, of those that editors make, too."""
        return bool({self._text[:1], self._text[-1:]} & _QUOTES)

    def is_like(self, form: re.Pattern[str]) -> bool:
        """Return whether all of it is of a form."""
        return bool(form.fullmatch(self._text))

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


def runs_of(key: Key, texts: Iterable[str]) -> Iterator[list[tuple[int, int]]]:
    """Yield, for each text, start and end of eight characters of the key that stand together."""
    parts = {part for each in spellings(key.reveal()) for part in windows(each, SHORTEST)}
    for text in texts:
        yield [
            (start, start + SHORTEST)
            for start in range(len(text) - SHORTEST + 1)
            if text[start : start + SHORTEST] in parts
        ]


def contains_key(text: str, key: Key) -> bool:
    """Return whether twelve characters of the key, or all of a shorter one, stand in a text.

    It is found in any case, percent-encoded, in HTML, with JSON's escapes (each more than once,
    too), in base64, and split by white space, be that encoded itself. Fewer may stand there by
    chance: a number, say.
    """
    searched = [view.text for view in views(text)]
    return any(_shares(each, view) for each in spellings(key.reveal()) for view in searched)


def spells_out(text: str, key: Key) -> bool:
    """Return whether all of a key stands in a text, spelled in whatever way."""
    searched = [view.text for view in views(text)]
    return any(each in view for each in spellings(key.reveal()) for view in searched)


def _shares(spelling: str, text: str) -> bool:
    length = min(TELLING, len(spelling))
    shorter, longer = sorted((spelling, text), key=len)
    return len(text) >= length and any(run in longer for run in windows(shorter, length))
