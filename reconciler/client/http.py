"""What an HTTP exchange came to, as values without any library in them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer."""

    status: int
    body: bytes
    retry_after: str | None
    """The Retry-After header as it came."""


@dataclass(frozen=True, slots=True)
class Fault:
    """No complete answer came; the reason is a clause in our words."""

    reason: str
    was_sent: bool
    """Whether the server may have got the request."""
    may_retry: bool
