"""The stand-in's HTTP server, on loopback only."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from reconciler.core.errors import SantralError, explaining
from reconciler.core.messages import Message, say, template
from reconciler.sandbox.service import Reply, Service
from reconciler.sandbox.store import StateError

HOST = "127.0.0.1"
_MOST_BODY_BYTES = 64 * 1024
_POLL_INTERVAL = 0.02
"""Seconds until the server notices that it is to end."""
_SAVE_INTERVAL = 0.5
"""Seconds of changes that a crash of the server may cost, while saving them is quick."""
_SAVING_SHARE = 0.05
"""The most of its time to spend on saving: a large state is saved less often."""

_HTTP_PORT = 80
"""The port that a client leaves out."""
_NOT_FOR_WEB_PAGES = template(
    "This is the sandbox of santral, for programs on this machine: it answers requests to "
    "127.0.0.1 or localhost and its port, and none that a web page of another origin makes "
    "(see Host, Origin and Sec-Fetch-Site)."
)


class PortError(SantralError):
    """The port cannot be listened on."""

    options: tuple[str, ...] = ("port",)


class SandboxServer(ThreadingHTTPServer):
    """Serves a service until it is shut down, saving its state as it goes."""

    daemon_threads = True
    allow_reuse_address = not hasattr(socket, "SO_EXCLUSIVEADDRUSE")
    """On Windows this would let a second server have the first one's port, and its requests."""
    request_queue_size = 256

    def __init__(self, service: Service, port: int = 0, latency: float = 0.0) -> None:
        """Listen on a port, 0 for any free one; answer after ``latency`` seconds.

        Raises PortError.
        """
        self.service = service
        self.latency = latency
        self._next_save = 0.0
        with explaining(lambda reason: PortError(Message("sandbox-port", port=port), reason)):
            super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Bind without looking this machine's name up, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    @property
    def origin(self) -> str:
        """Where it serves, as a URL without a path."""
        return f"http://{HOST}:{self.server_address[1]}"

    @property
    def hosts(self) -> frozenset[str]:
        """What a client of this machine may call it, as in a Host header."""
        port = self.server_address[1]
        suffixes = {f":{port}", ""} if port == _HTTP_PORT else {f":{port}"}
        return frozenset(f"{name}{suffix}" for name in (HOST, "localhost") for suffix in suffixes)

    def service_actions(self) -> None:
        """Save what changed, now and then; called by ``serve_forever`` at each poll.

        What cannot be saved now is tried again, and is an error only at the end.
        """
        started = time.monotonic()
        if started >= self._next_save:
            with contextlib.suppress(StateError):
                self.service.store.save(patience=0)
            taken = time.monotonic() - started
            self._next_save = started + max(_SAVE_INTERVAL, taken / _SAVING_SHARE)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away: the request may hold a key."""

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """Serve from a thread of its own; gives the origin, and saves the state at the end."""
        thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": _POLL_INTERVAL}
        )
        thread.start()
        try:
            yield self.origin
        finally:
            self.shutdown()
            thread.join()
            self.server_close()
            self.service.store.save()


class _Handler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True
    wbufsize = -1
    _arrived = 0.0

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET

    def parse_request(self) -> bool:
        self._arrived = time.monotonic()
        return super().parse_request()

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch("[0-9]{1,9}", length) or int(length) > _MOST_BODY_BYTES:
            self._send(Reply(413, "Content Too Large", headers={"Connection": "close"}))
            return
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        reply = (
            self.server.service.answer(self.command, self.path, body)
            if self._is_from_here()
            else Reply(403, say(_NOT_FOR_WEB_PAGES))
        )
        if self.server.latency:
            time.sleep(max(0.0, self._arrived + self.server.latency - time.monotonic()))
        self._send(reply)

    def _is_from_here(self) -> bool:
        """Judge whether a program asks, or a page of the stand-in's own, and no other web page.

        A page elsewhere cannot but send its Origin with a POST, and a host name that was made to
        lead here in place of elsewhere stands in Host.
        """
        hosts = [host.lower() for host in self.headers.get_all("Host", [])]
        origins = [origin.lower() for origin in self.headers.get_all("Origin", [])]
        sites = self.headers.get_all("Sec-Fetch-Site", [])
        return (
            len(hosts) == 1
            and hosts[0] in self.server.hosts
            and set(origins) <= {f"http://{hosts[0]}"}
            and set(sites) <= {"same-origin", "none"}
        )

    def _send(self, reply: Reply) -> None:
        content = reply.body.encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Log nothing: the request line holds the key."""
