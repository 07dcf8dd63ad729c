"""The proxy that requests go through, where one is named; nothing else makes the program use one.

It is asked for a tunnel (CONNECT) and sees the API's host and port: the TLS connection inside the
tunnel is made with the API itself, so that no key passes the proxy in the open.
"""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote

from reconciler.core.notification_url import HIGHEST_PORT

_URL = re.compile(
    r"(?P<scheme>https?)://(?:(?P<user>[!-~]*)@)?"
    r"(?P<server>(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?)/?"
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and what it wants to know of who asks."""

    origin: str
    authorization: str | None = field(default=None, repr=False)
    """The value of Proxy-Authorization, which holds a password and is shown nowhere."""

    @classmethod
    def parse(cls, url: str) -> Self | None:
        """Return the proxy of ``http[s]://[USER:PASSWORD@]HOST[:PORT]``, or None for other text."""
        match = _URL.fullmatch(url)
        if not match or int(match["port"] or 0) > HIGHEST_PORT:
            return None
        return cls(f"{match['scheme']}://{match['server']}", _basic(match["user"]))


def _basic(user_part: str | None) -> str | None:
    """Return the credentials of a URL's user part as RFC 7617 writes them."""
    if not user_part:
        return None
    user, _, password = user_part.partition(":")
    credentials = f"{unquote(user)}:{unquote(password)}"
    return f"Basic {b64encode(credentials.encode()).decode('ascii')}"
