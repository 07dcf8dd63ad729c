"""What an HTTP exchange came to, as values without any library in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.messages import Message


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer that came to its end, or to where its body was worth reading."""

    status: int
    body: bytes
    retry_after: str | None
    """The Retry-After header as it came."""
    unread: Message | None = None
    """Why the body was not read; it is empty then."""
    content_type: str = ""
    """The Content-Type header as it came."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """All headers, by their names in lowercase; one may hold a secret, as a redirect does."""


@dataclass(frozen=True, slots=True)
class Fault:
    """No complete answer came."""

    reason: Message
    was_sent: bool
    """Whether the server may have got the request."""
    may_retry: bool
