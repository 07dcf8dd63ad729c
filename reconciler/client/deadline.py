"""Sockets that keep one deadline over a full exchange.

A time-out on a socket bounds each single operation, so a server that sends a byte a second holds
a client for ever. These sockets take what is left of the exchange's time before each operation.
The exchange belongs to the thread that makes the request.
"""

import contextlib
import os
import socket
import ssl
import time
from collections.abc import Iterator
from enum import Enum, auto
from http.client import BadStatusLine, HTTPResponse, parse_headers
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from reconciler.client.round_trip import Reader, Source, Stage, exchange
from reconciler.core.shortages import shortage

_LONGEST_LISTENING = 0.1
"""In seconds; a new connection is listened to before anything is asked over it."""
_INTERIM = range(100, 200)
_SWITCHING_PROTOCOLS = 101
"""Nobody asked for another protocol, and what follows is no HTTP."""


class _Deadline:
    """The part that plain and TLS sockets share; stands before the socket's class."""

    def recv_into(self: Any, *args: Any) -> Any:
        self.settimeout(exchange.seconds_left())
        return exchange.count(super().recv_into(*args))  # type: ignore[misc]

    def recv(self: Any, *args: Any) -> Any:
        self.settimeout(exchange.seconds_left())
        received = super().recv(*args)  # type: ignore[misc]
        exchange.count(len(received))
        return received

    def sendall(self: Any, *args: Any) -> Any:
        if exchange.stage is not Stage.TUNNELLING:
            exchange.stage = Stage.SENDING
        self.settimeout(exchange.seconds_left())
        return super().sendall(*args)  # type: ignore[misc]


class _DeadlineSocket(_Deadline, socket.socket):
    pass


class _DeadlineTlsSocket(_Deadline, ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - inherited
        exchange.stage = Stage.SECURING
        self.settimeout(exchange.seconds_left())
        super().do_handshake(block)


class Pulse(Enum):
    """What a connection that nothing was asked over shows."""

    QUIET = auto()
    CLOSED = auto()
    OUT_OF_TURN = auto()
    """Bytes came that nobody asked for."""


def pulse_of(connection: Any, seconds: float = 0.0) -> Pulse:
    """Listen to a connection for so long; what came out of turn is partly read, and so lost.

    It is read and not only looked for, because TLS has messages of its own that are not an answer.
    """
    exchange.listens_for = seconds
    try:
        return Pulse.OUT_OF_TURN if connection.sock.recv(1) else Pulse.CLOSED
    except (BlockingIOError, TimeoutError, ssl.SSLWantReadError):
        return Pulse.QUIET
    except ssl.SSLError as error:
        exchange.tls_reason = error.reason
        return Pulse.CLOSED
    except OSError:
        return Pulse.CLOSED
    finally:
        exchange.listens_for = None


class _Response(HTTPResponse):
    """An answer; the interim ones that may come before it are passed over."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fp = exchange.reader = Reader(Source(self.fp.detach()))

    def _read_status(self) -> tuple[str, int, str]:
        """Return the first line of the final answer; http.client itself passes over 100 only."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == _SWITCHING_PROTOCOLS:
                raise BadStatusLine("")
            if status not in _INTERIM:
                return version, status, reason
            parse_headers(self.fp)


@contextlib.contextmanager
def noting_shortage() -> Iterator[None]:
    """Note in the exchange what fails, and whether this machine does and not the network."""
    try:
        yield
    except OSError as error:
        exchange.errno = error.errno
        exchange.shortage = shortage(error) or _shortage_of_files()
        raise


def _shortage_of_files() -> str | None:
    """Return the code for no file that can be opened; a resolver's own error does not say so."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return shortage(error)
    return None


class Connection(HTTPConnection):
    """Makes the TCP connection within the exchange's time, all addresses of the host together.

    Looking the name up is bounded only by the system's resolver.
    """

    debuglevel = 0
    """So that no other part of the process can have http.client print the requests."""
    response_class = _Response
    shortest_listening = 0.01
    """In seconds."""

    def connect(self) -> None:
        """Connect; raises ConnectionAbortedError where the other end speaks before it is asked.

        What it sends as soon as it has the connection is on its way for no longer than connecting
        takes. Later it could not be distinguished from an answer.
        """
        began = time.monotonic()
        super().connect()
        listening = max(self.shortest_listening, time.monotonic() - began)
        bounds = listening, _LONGEST_LISTENING, exchange.seconds_left()
        if pulse_of(self, min(bounds)) is Pulse.OUT_OF_TURN:
            exchange.is_answered_unasked = True
            raise ConnectionAbortedError

    def _new_conn(self) -> socket.socket:
        exchange.stage = Stage.RESOLVING
        with noting_shortage():
            found = exchange.resolve(self._dns_host, self.port)
        exchange.stage = Stage.CONNECTING
        for left, (family, kind, protocol, _, address) in zip(
            range(len(found), 0, -1), found, strict=True
        ):
            with contextlib.suppress(OSError), noting_shortage():
                return _connected(_DeadlineSocket(family, kind, protocol), address, left)
        raise NewConnectionError(self, "")


def _connected(connection: socket.socket, address: Any, addresses_left: int) -> socket.socket:
    """Connect within this address's share of the time, so that a dead one leaves some to others."""
    try:
        connection.settimeout(exchange.seconds_left() / addresses_left)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


class Http(Connection):
    """Makes the connection, and nothing more."""


class Https(Connection, HTTPSConnection):
    """Makes the TLS connection: with the host, or through a proxy's tunnel."""

    shortest_listening = 0.05
    """Behind TLS's own messages an answer may wait until those are acknowledged, 40 ms later."""

    def connect(self) -> None:
        """Connect; raises ssl.SSLError where no TLS connection comes about, and notes why."""
        try:
            super().connect()
        except ssl.SSLCertVerificationError as error:
            exchange.distrusted_for = error.verify_code
            raise
        except ssl.SSLError as error:
            exchange.tls_reason = error.reason
            raise
        exchange.stage = Stage.SENDING

    def _tunnel(self) -> None:
        exchange.stage = Stage.TUNNELLING
        super()._tunnel()


class DeadlinePool(HTTPConnectionPool):
    """Connections for plain HTTP, which is only for loopback."""

    ConnectionCls = Http


class DeadlineTlsPool(HTTPSConnectionPool):
    """Connections for HTTPS."""

    ConnectionCls = Https


def tls_context(built_in: str, roots: str | None = None) -> ssl.SSLContext:
    """Return the one TLS context of a run, which trusts the CA bundle and nothing else.

    ``built_in`` names the bundle's file; ``roots`` are the certificates to trust in its place.

    It is made without ``ssl.create_default_context``, which writes the session's secrets to the
    file that SSLKEYLOGFILE names.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _DeadlineTlsSocket
    if roots:
        context.load_verify_locations(cadata=roots)
    else:
        context.load_verify_locations(built_in)
    return context
