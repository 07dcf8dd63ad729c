"""A key that cannot be printed by accident, and the removal of keys from text."""

import hmac
import re
from typing import NoReturn

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
    """Replace the key in the text by ``***``: in any case, percent-encoded or split by space."""
    letters = (f"(?:{re.escape(letter)}|%{ord(letter):02x})" for letter in key.reveal())
    return re.sub(r"\s*".join(letters), HIDDEN, text, flags=re.IGNORECASE)
