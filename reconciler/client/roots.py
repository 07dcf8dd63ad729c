"""Whose certificates a run trusts, where it is not told to trust the built-in authorities."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from reconciler.files import read_regular

_MOST_BYTES = 4 * 1024 * 1024
"""Of a file with certificates; the built-in authorities take less than a tenth of it."""


@dataclass(frozen=True, slots=True)
class Roots:
    """The certificates to trust in place of the built-in ones."""

    path: str
    """The file that they come from."""
    pem: str = field(repr=False)

    @classmethod
    def read(cls, path: str) -> Self | None:
        """Return those of a file, or None where it has none that can be read; raises OSError."""
        pem = read_regular(Path(path), _MOST_BYTES, follows=True).decode("ascii", "ignore")
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
        except (ssl.SSLError, ValueError):
            return None
        return cls(path, pem)
