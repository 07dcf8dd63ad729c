"""The addresses that requests may go to: https, or http on this machine."""

import re
from dataclasses import dataclass, field
from typing import Self

from reconciler.core.notification_url import HIGHEST_PORT

_LOOPBACK = r"127\.0\.0\.1|localhost|\[::1\]"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ORIGIN = (
    rf"(?:https://(?:{_LABEL}(?:\.{_LABEL})*|{_LOOPBACK})|http://(?:{_LOOPBACK}))"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
_ADDRESS = re.compile(rf"(?P<origin>{_ORIGIN})(?P<path>/[!\"$-\[\]-~]*)?")
"""The path is ASCII without spaces and without a fragment."""


def is_loopback(origin: str) -> bool:
    """Return whether an accepted address is one of this machine."""
    return bool(re.fullmatch(rf"https?://(?:{_LOOPBACK})(?::[0-9]+)?", origin))


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request goes; over http a key or a token would travel in the open."""

    origin: str
    path: str = field(repr=False)
    """With the query, if there is one; a redirect's may hold a secret."""

    @classmethod
    def parse(cls, url: str) -> Self | None:
        """Return the address, or None for a URL that no request may go to."""
        match = _ADDRESS.fullmatch(url)
        if not match or int(match["port"] or 0) > HIGHEST_PORT:
            return None
        return cls(match["origin"], match["path"] or "")

    @property
    def is_plain(self) -> bool:
        """Whether it is http, which only this machine's is."""
        return self.origin.startswith("http:")
