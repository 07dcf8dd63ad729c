"""The one module that speaks HTTP: a request in, bytes or a fault out.

No exception of the libraries leaves it, because their texts and attributes hold the URL with the
key. What goes wrong comes back as a value, so that no exception hangs on as another's context.

Requests go through requests' adapter, without a Session: a Session is what follows redirects, keeps
cookies, and takes proxies, certificates and passwords from the environment and ~/.netrc.
"""

import copy
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from ssl import SSLContext
from typing import Any, Self
from urllib.parse import urlencode

import requests
import requests.adapters
import requests.utils
import urllib3
import urllib3.exceptions
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util.url import Url, parse_url

from reconciler.client.connections import Line, LinedPool, LinedTlsPool
from reconciler.client.deadline import tls_context
from reconciler.client.proxy import Proxy
from reconciler.client.response import Answer, Fault
from reconciler.client.round_trip import MOST_BYTES, Stage, exchange
from reconciler.core.messages import Message

MOST_BODY_BYTES = 64 * 1024
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "santral-reconciler"}
FORM_HEADERS = {**_HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
"""Those of a form."""
FAULTS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
    ValueError,
)
"""What the libraries raise where an exchange fails; none of it may get out of here."""
_BESIDE_BODY = MOST_BYTES - MOST_BODY_BYTES
"""What an answer may have beside its body, in bytes."""
_PIECE = 1024 * 1024
"""The most bytes that are read at a time."""
_COMPRESSED = Message("answer-compressed")


@dataclass(frozen=True, slots=True)
class Request:
    """Any request, of another API than the vendor's."""

    method: str
    path: str = field(repr=False)
    """With the query; a redirect's may hold a secret."""
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = None
    is_change: bool = False


class Transport:
    """Connections to one origin, shared by the threads of a run."""

    def __init__(
        self,
        origin: str,
        connections: int,
        roots: str | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        """Prepare connections, to an https origin through the proxy if there is one.

        ``roots`` are the certificates to trust in place of the built-in ones, in PEM.
        """
        silence_libraries()
        self._origin = origin
        self._words = _WORDS_WITH_PROXY if proxy else _WORDS
        self._get = requests.Request("GET", origin, _HEADERS).prepare()
        self._post = requests.Request("POST", origin, FORM_HEADERS).prepare()
        self._adapter = _Adapter(origin, roots, proxy)
        self._line = Line(connections)

    def apart(self) -> Self:
        """Return the same for requests one after the other, over a connection of their own."""
        own = copy.copy(self)
        own._line = Line(1, is_own=True)  # noqa: SLF001 - another of this class
        return own

    def get(
        self, path: str, query: Mapping[str, str], seconds: float, asker: str = ""
    ) -> Answer | Fault:
        """GET within so many seconds in all; ``asker`` is who ``settle`` names."""
        request = _Get()
        request.path_url = f"{path}?{urlencode(query)}"
        request.url = self._origin + request.path_url
        return self._exchange(request, seconds, asker)

    def post(self, path: str, form: Mapping[str, str] | str, seconds: float) -> Answer | Fault:
        """POST a form, or one that is encoded already, within so many seconds in all."""
        request = self._post.copy()
        request.url = self._origin + path
        request.prepare_body(form, None)
        return self._exchange(request, seconds, is_change=True)

    def send(self, request: Request, seconds: float, most: int) -> Answer | Fault:
        """Make a request within so many seconds in all; its answer may have ``most`` bytes."""
        prepared = self._get.copy()
        prepared.method, prepared.url = request.method, self._origin + request.path
        prepared.headers.update(request.headers)
        if request.body is not None:
            prepared.prepare_body(request.body, None)
        return self._exchange(prepared, seconds, is_change=request.is_change, most=most)

    def settle(self) -> frozenset[str]:
        """Close the connections; return the askers whose last answer may have been another's."""
        return self._line.settle()

    def close(self) -> None:
        """Close the connections; a later request makes a new one."""
        self._line.close()

    def _exchange(
        self,
        request: requests.PreparedRequest,
        seconds: float,
        asker: str = "",
        *,
        is_change: bool = False,
        most: int = MOST_BODY_BYTES,
    ) -> Answer | Fault:
        exchange.begin(seconds, most + _BESIDE_BODY)
        try:
            with self._line.used_by(asker, is_change=is_change):
                return self._send(request, seconds, most)
        except FAULTS:
            return _fault(seconds, self._words, most)

    def _send(self, request: requests.PreparedRequest, seconds: float, most: int) -> Answer | Fault:
        timeout = urllib3.Timeout(total=seconds)
        response: Any = self._adapter.send(request, stream=True, timeout=timeout)  # type: ignore[arg-type]
        try:
            return _answer(response, most)
        finally:
            response.close()
            response.release_conn()


class _Get(requests.PreparedRequest):
    """A GET in which nothing needs to be prepared, nor copied: its headers are always the same."""

    path_url = ""
    """The path and the query, which requests would look for in the URL."""

    def __init__(self) -> None:
        super().__init__()
        self.method, self.headers = "GET", _HEADERS  # type: ignore[assignment]


def _answer(response: urllib3.HTTPResponse, most: int) -> Answer:
    status, retry_after = response.status, response.headers.get("Retry-After")
    headers = {name.lower(): response.headers[name] for name in response.headers}
    if "content-encoding" in headers:
        return Answer(status, b"", retry_after, _COMPRESSED, headers=headers)
    body = read_body(response, most)
    if len(body) > most:
        return Answer(status, b"", retry_after, _too_long(most), headers=headers)
    content_type = headers.get("content-type") or ""
    return Answer(status, body, retry_after, content_type=content_type, headers=headers)


def read_body(stream: Any, most: int) -> bytes:
    """Read until the end, which is where a body shorter than announced is noticed, or the cap."""
    body = bytearray()
    while more := stream.read(min(_PIECE, most + 1 - len(body))):
        body += more
    return bytes(body)


def _too_long(most: int) -> Message:
    return Message("answer-too-long", most=most // 1024)


_UNASKED = Message("connection-unasked")
_BROKEN = Message("connection-broken")


@dataclass(frozen=True, slots=True)
class _Words:
    """How to say what went wrong."""

    distrusted: Message
    broke_while: Mapping[Stage, Message]


_WORDS = _Words(
    distrusted=Message("tls-untrusted"),
    broke_while={
        Stage.RESOLVING: Message("name-unresolved"),
        Stage.CONNECTING: Message("connection-none"),
        Stage.SECURING: Message("tls-none"),
        Stage.SENDING: _BROKEN,
    },
)
_WORDS_WITH_PROXY = _Words(
    distrusted=Message("proxy-tls-untrusted"),
    broke_while={
        Stage.RESOLVING: Message("proxy-name-unresolved"),
        Stage.CONNECTING: Message("proxy-connection-none"),
        Stage.TUNNELLING: Message("proxy-refused"),
        Stage.SECURING: Message("proxy-tls-none"),
        Stage.SENDING: _BROKEN,
    },
)


def _fault(seconds: float, words: _Words, most: int) -> Fault:
    """Say what went wrong from how far the exchange had come; the exception is not looked at."""
    was_sent = exchange.stage is Stage.SENDING
    if exchange.distrusted_for is not None:
        return Fault(words.distrusted, was_sent, may_retry=False)
    if exchange.is_answered_unasked:
        return Fault(_UNASKED, was_sent=False, may_retry=True)
    if exchange.is_flooded:
        return Fault(_too_long(most), was_sent, may_retry=False)
    if exchange.shortage:
        return Fault(Message(exchange.shortage), was_sent, may_retry=True)
    if exchange.is_out_of_time():
        late = Message("connection-timeout", seconds=seconds)
        return Fault(late, was_sent, may_retry=True)
    return Fault(words.broke_while[exchange.stage], was_sent, may_retry=True)


class _Adapter(requests.adapters.HTTPAdapter):
    """Connections to one origin, with one TLS context; the lines keep those that are made.

    requests would look the pool up, and read the CA bundle for each new connection, anew. It would
    also look for a proxy of the environment, and for cookies, which together take an eighth of the
    time of a request.
    """

    def __init__(self, origin: str, roots: str | None, proxy: Proxy | None) -> None:
        super().__init__()
        url = parse_url(origin)
        if url.scheme == "https":
            context = trusting(roots)
            self._pool: HTTPConnectionPool = _tls_pool(url, context, proxy)
        else:
            self._pool = LinedPool(url.host or "", url.port)

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:
        return self._pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave the pool as it is: it verifies with its context."""

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:  # noqa: ARG002
        """Return the path; a proxy, if there is one, is the pool's own and gets a tunnel."""
        path: str = request.path_url
        return path

    def build_response(self, req: Any, resp: Any) -> Any:  # noqa: ARG002
        """Return urllib3's answer as it is."""
        return resp


def trusting(roots: str | None = None) -> SSLContext:
    """Return what a run trusts: these certificates, in PEM, or the built-in ones."""
    return tls_context(requests.utils.DEFAULT_CA_BUNDLE_PATH, roots)


def _tls_pool(url: Url, context: SSLContext, proxy: Proxy | None) -> HTTPConnectionPool:
    host = url.host or ""
    if not proxy:
        return LinedTlsPool(host, url.port, ssl_context=context)
    manager = urllib3.ProxyManager(
        proxy.origin,
        proxy_headers={"Proxy-Authorization": proxy.authorization} if proxy.authorization else {},
        proxy_ssl_context=context,
        ssl_context=context,
    )
    manager.pool_classes_by_scheme = {"https": LinedTlsPool}
    return manager.connection_from_host(host, url.port, "https")


def silence_libraries() -> None:
    """Turn off loggers that print URLs, and so keys, even at level WARNING.

    A record factory that searches each message for keys would be a second net under this one. It
    is left out: this program logs nothing, no other logger ever sees a request, and a search finds
    only those spellings of a key that it was written for.
    """
    for name in ("requests", "urllib3", "vcr"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
