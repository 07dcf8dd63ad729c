"""A key that cannot be printed by accident, and the removal of keys from text."""

import hmac
import re
from collections.abc import Iterator
from typing import NoReturn
from urllib.parse import unquote

from reconciler.text import HIDDEN


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

    It is found in any case, percent-encoded, and split by white space.
    """
    symbols = [*_SYMBOL.finditer(text)]
    plain = "".join(unquote(symbol.group()).lower()[:1] for symbol in symbols)
    secret = key.reveal().lower()
    parts = {secret[at : at + _SHORTEST_PART] for at in range(len(secret) - _SHORTEST_PART + 1)}
    for start, end in reversed([*_runs(plain, parts)]):
        text = text[: symbols[start].start()] + HIDDEN + text[symbols[end - 1].end() :]
    return text


_SYMBOL = re.compile(r"%[0-9A-Fa-f]{2}|\S")
_SHORTEST_PART = 8


def _runs(text: str, parts: set[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each longest run of characters that the parts cover."""
    run: tuple[int, int] | None = None
    for at in range(len(text) - _SHORTEST_PART + 1):
        end = at + _SHORTEST_PART
        if text[at:end] not in parts:
            continue
        if run and at > run[1]:
            yield run
            run = None
        run = (run[0] if run else at, end)
    if run:
        yield run
