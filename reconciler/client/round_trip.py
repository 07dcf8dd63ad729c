"""The request that a thread is making: how far it has come, its time, and how much it was sent."""

import codecs
import io
import socket
import threading
import time
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any

MOST_BYTES = 256 * 1024
"""An answer's head and body, unless an exchange says otherwise; many times what the API documents.
"""
_SHORTEST = 0.001
"""A socket takes a time-out of zero for "do not wait at all", which is another thing."""
codecs.lookup("idna")  # Which looking up a host needs; read here, before files may be short.


class Stage(Enum):
    """How far an exchange has come."""

    RESOLVING = auto()
    CONNECTING = auto()
    TUNNELLING = auto()
    """The proxy was asked for a tunnel; whatever is sent until it stands is not the request."""
    SECURING = auto()
    SENDING = auto()
    """From here on the server may have got the request."""


Resolve = Callable[[str, int], Sequence[Any]]
"""From a host and a port to what ``socket.getaddrinfo`` returns for a stream; raises OSError."""


def resolve(host: str, port: int) -> Sequence[Any]:
    """Look up any address of a host; raises OSError."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Source(io.RawIOBase):
    """Where a reader takes its bytes from, until it is shut off."""

    is_off = False

    def __init__(self, source: io.RawIOBase) -> None:
        self._source = source

    def readable(self) -> bool:
        """Say that it can be read from."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read, or return None where nothing may be read any more."""
        return None if self.is_off else self._source.readinto(buffer)

    def close(self) -> None:
        """Close, and the source too."""
        self._source.close()
        super().close()


class Reader(io.BufferedReader):
    """Reads one answer, and knows in the end whether more had come than that."""

    has_more = False

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._source = source

    def close(self) -> None:
        """Close; what has come by now counts as more."""
        if not self.closed:
            self._source.is_off = True
            self.has_more = bool(self.peek())
        super().close()


class Exchange(threading.local):
    """The request that this thread is making."""

    stage = Stage.RESOLVING
    resolve: Resolve = staticmethod(resolve)
    """Finds the addresses that may be connected to; no other is."""
    distrusted_for: int | None = None
    """Why the server's certificate was refused, as OpenSSL's number; None where it was not."""
    tls_reason: str | None = None
    """OpenSSL's name of why no TLS connection came about, where it has one."""
    errno: int | None = None
    """The system's number of what kept the last connection from being made."""
    is_flooded = False
    """Whether the answer was given up for its length."""
    is_answered_unasked = False
    """Whether a new connection held bytes before anything was sent."""
    refused_address: str | None = None
    """One of the host's addresses, for which ``resolve`` let none of them through."""
    reader: Reader | None = None
    """What the answer is read from."""
    listens_for: float | None = None
    """How many seconds this thread waits for what nobody asked for; None where it asks."""
    shortage: str | None = None
    """The code of what the system ran out of, so that no connection could be made."""
    _ends = 0.0
    _received = 0
    _most = MOST_BYTES

    def begin(self, seconds: float, most: int = MOST_BYTES, find: Resolve = resolve) -> None:
        """Start the clock of a new exchange, whose answer may have so many bytes in all."""
        self.stage = Stage.RESOLVING
        self.resolve = find
        self.distrusted_for = None
        self.tls_reason = None
        self.errno = None
        self.refused_address = None
        self.is_flooded = False
        self.is_answered_unasked = False
        self.reader = None
        self.shortage = None
        self._received = 0
        self._most = most
        self._ends = time.monotonic() + seconds

    def is_out_of_time(self) -> bool:
        """Return whether the exchange's time is up."""
        return time.monotonic() >= self._ends

    def seconds_left(self) -> float:
        """Return the time left, in seconds; raises TimeoutError when there is none."""
        if self.listens_for is not None:
            return self.listens_for
        if self.is_out_of_time():
            raise TimeoutError
        return max(_SHORTEST, self._ends - time.monotonic())

    def count(self, received: int) -> int:
        """Count bytes that came in; raises ConnectionAbortedError when they are too many.

        So no trick with lengths, chunks or endless headers makes the parsers hold more.
        """
        self._received += received
        if self.listens_for is None and self._received > self._most:
            self.is_flooded = True
            raise ConnectionAbortedError
        return received


exchange = Exchange()
