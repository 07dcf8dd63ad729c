"""A proxy on loopback that opens tunnels, or does not, and keeps what it could read."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
_LONGEST_WAIT = 120.0
"""In seconds; an end all the same, so that a broken deadline fails a test and does not stop it."""

Act = Callable[["ProxyServer", socket.socket, str], object]
"""What the proxy does with a connection once it has read the head of the request."""


class ProxyServer:
    """Serves on loopback, over TLS if it has a context."""

    def __init__(self, act: Act, tls: ssl.SSLContext | None = None) -> None:
        self.heads: list[str] = []
        """The requests for a tunnel."""
        self.carried = bytearray()
        """What clients sent through the tunnels, as the proxy saw it."""
        self._act = act
        self._tls = tls
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._listen)]
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        for sleeper in (self._listener, *self._open):
            with suppress(OSError):
                sleeper.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    @property
    def url(self) -> str:
        """What --proxy names it by."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}"

    def run(self, work: Callable[..., object], *arguments: object) -> None:
        """Work beside what is going on."""
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def keep(self, connection: socket.socket) -> socket.socket:
        """Remember a connection, to end it with the proxy."""
        self._open.append(connection)
        return connection

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                self.run(self._serve, self._listener.accept()[0])

    def _serve(self, plain: socket.socket) -> None:
        with suppress(OSError), plain, self._secured(plain) as connection:
            self.keep(connection)
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1) or _end()
            self.heads.append(head.decode("latin-1"))
            self._act(self, connection, self.heads[-1].split(" ")[1])

    def _secured(self, plain: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(plain, server_side=True) if self._tls else plain


def _end() -> bytes:
    raise ConnectionError


def tunnel(proxy: ProxyServer, client: socket.socket, target: str) -> None:
    """Connect to what was asked for, and carry bytes both ways."""
    host, _, port = target.rpartition(":")
    with proxy.keep(socket.create_connection((host, int(port)))) as server:
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        proxy.run(_carry, server, client, bytearray())
        _carry(client, server, proxy.carried)


def _carry(source: socket.socket, target: socket.socket, seen: bytearray) -> None:
    with suppress(OSError):
        while more := source.recv(65_536):
            seen += more
            target.sendall(more)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def say(*parts: bytes) -> Act:
    """Answer with these bytes, and close the connection."""
    return lambda _, client, __: client.sendall(b"".join(parts))


def hang(_: ProxyServer, client: socket.socket, __: str) -> None:
    """Never answer, whatever comes."""
    client.settimeout(_LONGEST_WAIT)
    while client.recv(65_536):
        pass


def open_to_nowhere(proxy: ProxyServer, client: socket.socket, target: str) -> None:
    """Say that the tunnel stands, and let nothing through."""
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    hang(proxy, client, target)


def drip(start: bytes, drop: bytes) -> Act:
    """Send a start, then a drop now and then for as long as the client stays."""

    def act(proxy: ProxyServer, client: socket.socket, target: str) -> None:
        client.sendall(start)
        client.settimeout(0.05)
        for _ in range(int(_LONGEST_WAIT / 0.05)):
            client.sendall(drop)
            with suppress(TimeoutError):
                client.recv(1)

    return act
