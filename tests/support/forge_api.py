"""What the stand-ins of the forges' APIs share: HTTP on loopback, rights, pages, planned answers.

A stand-in is as unkind as its forge is documented to be, where a test says so: ``plan`` gives
answers of its own to the next requests, ``lose`` lets answers get lost.
"""

import contextlib
import json
import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

Entry = dict[str, Any]
TOKEN = "token-of-the-pipeline"  # noqa: S105 - nobody's
_LONGEST_PAGE = 100


@dataclass(frozen=True)
class Asked:
    """A request, as it came."""

    method: str
    path: str
    """Below the API's address."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Of a name that comes several times, the values with commas between."""
    fields: Entry = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """By their names in lowercase."""
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """An answer: bytes as they are, all else as JSON; a list is answered page by page."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    listed: str = ""
    """The field of the body that holds the list, where the body is not that itself."""


@dataclass(frozen=True)
class Lost:
    """No answer at all: the connection is closed."""

    is_done: bool
    """Whether what was asked for is done before."""


Act = Callable[..., Reply]


class NotPermittedError(Exception):
    """The request is not permitted; the reply says so."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self.reply = reply


@dataclass
class ForgeApi:
    """What the forge holds, in its API's own words, and how it is served."""

    tokens: dict[str, set[str] | None] = field(default_factory=lambda: {TOKEN: None})
    """What each token may do; None is everything."""
    requests: list[Asked] = field(default_factory=list)
    stored: dict[str, bytes] = field(default_factory=dict)
    """What downloads are redirected to, on a port of its own, by path."""
    stored_requests: list[Asked] = field(default_factory=list)
    redirect: str | None = None
    """Where downloads are redirected to instead."""
    origin: str = ""
    storage: str = ""
    """The address of what downloads are redirected to."""
    planned: list[tuple[str, str, deque[Reply | Lost]]] = field(default_factory=list)
    lock: Any = field(default_factory=threading.RLock, repr=False)

    prefix: ClassVar[str] = ""
    """What stands before all paths."""
    shortest_page: ClassVar[int] = 20
    """How many entries of a list are answered unless asked otherwise."""

    def plan(self, method: str, pattern: str, *replies: Reply | Lost) -> None:
        """Give these to the next requests of a method whose path is like the pattern."""
        self.planned.append((method, pattern, deque(replies)))

    def answer(self, asked: Asked) -> Reply:
        """Return what the API answers; raises NotPermittedError."""
        raise NotImplementedError

    def state(self) -> Entry:
        """Return what it holds, for JSON."""
        raise NotImplementedError

    def store(self, content: bytes) -> Reply:
        """Keep what a download is redirected to, and return the redirect."""
        path = f"/kept/{len(self.stored)}"
        self.stored[path] = content
        location = self.redirect or f"{self.storage}{path}?sig=a-signature"
        return Reply(302, headers={"Location": location})

    @contextlib.contextmanager
    def serving(self, tls: SSLContext | None = None) -> Iterator[str]:
        """Serve the API, over TLS if it has a context, and give its address."""
        with (
            _served(type("_Api", (_ApiHandler,), {"forge": self}), tls) as self.origin,
            _served(type("_Storage", (_StorageHandler,), {"forge": self}), tls) as self.storage,
        ):
            yield self.origin + self.prefix


def now() -> str:
    """Return the time as both APIs write it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def dispatch(routes: Mapping[tuple[str, str], Act], forge: Any, asked: Asked) -> Reply | None:
    """Return what the route for a request answers, None where there is none."""
    for (method, pattern), act in routes.items():
        found = re.fullmatch(pattern, asked.path)
        if found and asked.method == method:
            return act(forge, asked, *found.groups())
    return None


def matching(entries: list[Entry], **wanted: Any) -> list[Entry]:
    """Return the entries that have these fields."""
    return [one for one in entries if wanted.items() <= one.items()]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has heard enough."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextlib.contextmanager
def _served(handler: type[BaseHTTPRequestHandler], tls: SSLContext | None) -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Reads a request, and writes an answer."""

    protocol_version = "HTTP/1.1"
    forge: ForgeApi

    def asked(self) -> Asked:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        is_json = (self.headers["Content-Type"] or "").startswith("application/json")
        fields = json.loads(body) if body and is_json else {}
        query: dict[str, str] = {}
        for name, value in parse_qsl(url.query, keep_blank_values=True):
            query[name] = f"{query[name]},{value}" if name in query else value
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Asked(self.command, url.path, query, fields, headers, body)

    def send(self, reply: Reply) -> None:
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        kind = "application/zip" if isinstance(reply.body, bytes) else "application/json"
        self.send_response(reply.status)
        headers = {"Content-Type": kind, "Content-Length": str(len(content)), **reply.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def answer(self) -> None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self.answer()

    do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815 - names of http.server

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _StorageHandler(_Handler):
    """What downloads are redirected to: it knows no token, and wants to see none."""

    def answer(self) -> None:
        asked = self.asked()
        self.forge.stored_requests.append(asked)
        content = self.forge.stored.get(asked.path)
        self.send(Reply(404) if content is None else Reply(body=content))


class _ApiHandler(_Handler):
    def answer(self) -> None:
        asked = self.asked()
        if asked.path == "/_state":
            with self.forge.lock:
                self.send(Reply(body=self.forge.state()))
            return
        below = asked.path.removeprefix(self.forge.prefix)
        asked = Asked(**{**vars(asked), "path": below})
        with self.forge.lock:
            reply = self._reply(asked)
        if isinstance(reply, Lost):
            self.close_connection = True
        else:
            self.send(self._paged(asked, reply))

    def _reply(self, asked: Asked) -> Reply | Lost:
        self.forge.requests.append(asked)
        planned = self._planned(asked)
        if isinstance(planned, Reply) or (planned and not planned.is_done):
            return planned
        try:
            reply = self.forge.answer(asked)
        except NotPermittedError as error:
            reply = error.reply
        return planned or reply

    def _planned(self, asked: Asked) -> Reply | Lost | None:
        for method, pattern, replies in self.forge.planned:
            if replies and method == asked.method and re.fullmatch(pattern, asked.path):
                return replies.popleft()
        return None

    def _paged(self, asked: Asked, reply: Reply) -> Reply:
        """Return the page that is asked for, with a Link to the next one if there is one."""
        body = reply.body[reply.listed] if reply.listed else reply.body
        if not isinstance(body, list) or reply.headers:
            return reply
        page = int(asked.query.get("page", 1))
        size = min(int(asked.query.get("per_page", self.forge.shortest_page)), _LONGEST_PAGE)
        end = page * size
        there = body[end - size : end]
        following = f'<{self.forge.origin}{asked.path}?page={page + 1}>; rel="next"'
        links = [following] if end < len(body) else []
        links += [f'<{self.forge.origin}{asked.path}?page=1>; rel="first"']
        content = {**reply.body, reply.listed: there} if reply.listed else there
        return Reply(reply.status, content, {"Link": ", ".join(links)})
