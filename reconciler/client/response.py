"""What an HTTP exchange came to, as values without any library in them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer that came to its end, or to where its body was worth reading."""

    status: int
    body: bytes
    retry_after: str | None
    """The Retry-After header as it came."""
    unread: str | None = None
    """Why the body was not read, as a clause; it is empty then."""
    content_type: str = ""
    """The Content-Type header as it came."""


@dataclass(frozen=True, slots=True)
class Fault:
    """No complete answer came; the reason is a clause in our words."""

    reason: str
    was_sent: bool
    """Whether the server may have got the request."""
    may_retry: bool
