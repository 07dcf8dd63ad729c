"""Requests to notification URLs: what the server there says to the vendor's test, or to a call.

They have nothing to do with those to the API: no key, no proxy, no ``--ca-file``, no cookie,
nothing of the environment, no redirect followed. And they go to public addresses only, unless a
private one is allowed: what is connected to is the address that was looked at, so that a name that
leads elsewhere a moment later does no harm.
"""

import contextlib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from reconciler.client.deadline import Http, Https, Pulse, pulse_of
from reconciler.client.distress import Progress, problem_of
from reconciler.client.round_trip import exchange, resolve
from reconciler.client.transport import (
    FAULTS,
    FORM_HEADERS,
    read_body,
    silence_libraries,
    trusting,
)
from reconciler.core.messages import Message
from reconciler.core.notification_url import address
from reconciler.core.public_address import is_public

SECONDS = 10.0
"""How long a request may take in all, where nobody says otherwise."""
TEST_CONTENT = "{}"
"""What the vendor's test of a new URL sends, as ``curl --data '{}'`` does (its page)."""
MOST_BODY_BYTES = 64 * 1024
_SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True)
class Visit:
    """What one request to a notification URL came to."""

    seconds: float
    """How long it took."""
    certificate_ends: datetime | None = None
    """None for http, and where no certificate was accepted."""
    status: int | None = None
    """Of the answer, if a complete one came."""
    location: str = field(default="", repr=False)
    """Where a redirect leads, as it came."""
    body: bytes = field(default=b"", repr=False)
    """The beginning of what was answered."""
    is_long: bool = False
    """Whether there was more of it, which was not read."""
    content_type: str = ""
    problem: Message | None = None
    """Why no complete answer came."""
    was_sent: bool = True
    """Whether the server may have got the request."""

    @property
    def is_success(self) -> bool:
        """Whether it was answered as the vendor wants it to be."""
        return self.status in _SUCCESS


Ask = Callable[[str], Visit]
"""Makes one request to a notification URL."""


class Receivers:
    """Knocks at the doors of notification URLs, from any thread."""

    def __init__(self, seconds: float = SECONDS, *, allow_private: bool = False) -> None:
        """Give each request so many seconds in all, looking the name up included."""
        silence_libraries()
        self._seconds = seconds
        self._find = _in_time if allow_private else _public_only
        self._context = trusting()

    def knock(self, url: str) -> Visit:
        """Connect, with TLS where the URL is https, and send nothing."""
        return self._visited(url, None)

    def test(self, url: str) -> Visit:
        """Do what the vendor does with a new URL."""
        return self._visited(url, TEST_CONTENT)

    def post(self, url: str, form: str) -> Visit:
        """POST a form, encoded already, to a URL that ``url_problem`` allows."""
        return self._visited(url, form)

    def _visited(self, url: str, form: str | None) -> Visit:
        began = time.monotonic()
        exchange.begin(self._seconds, 2 * MOST_BODY_BYTES, self._find)
        call = _Call(url, self._context)
        try:
            call.make(form)
        except FAULTS as error:
            call.problem = problem_of(error, call.progress, call.port, self._seconds)
        finally:
            call.hang_up()
        return call.visit(time.monotonic() - began)


class _Call:
    """One request under way, and what is known of it so far."""

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        parts, (host, port) = urlsplit(url), address(url)
        self.port = port
        self._target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        self._connection: Http | Https = (
            Https(host.strip("[]"), port, ssl_context=context)
            if parts.scheme == "https"
            else Http(host.strip("[]"), port)
        )
        self._certificate_ends: datetime | None = None
        self._answer: Any = None
        self._body = b""
        self.problem: Message | None = None
        self.progress = Progress.CONNECTING

    def make(self, form: str | None) -> None:
        """Connect, and send the form if there is one; raises what FAULTS has."""
        self._connection.connect()
        self.progress = Progress.CONNECTED
        if isinstance(self._connection.sock, ssl.SSLSocket):
            self._certificate_ends = _end_of(self._connection.sock)
        if form is None:
            _require_open(self._connection)
            return
        self.progress = Progress.SENT
        self._connection.request(
            "POST",
            self._target,
            form.encode(),
            FORM_HEADERS,
            preload_content=False,
            decode_content=False,
        )
        answer = self._connection.getresponse()
        self._body = read_body(answer, MOST_BODY_BYTES)
        self._answer = answer

    def hang_up(self) -> None:
        """Close the connection."""
        self._connection.close()

    def visit(self, seconds: float) -> Visit:
        """Return what it came to."""
        headers = self._answer.headers if self._answer else {}
        return Visit(
            seconds,
            self._certificate_ends,
            self._answer.status if self._answer else None,
            headers.get("Location", ""),
            self._body[:MOST_BODY_BYTES],
            len(self._body) > MOST_BODY_BYTES,
            headers.get("Content-Type", ""),
            self.problem,
            self.progress is Progress.SENT,
        )


def _require_open(connection: Http | Https) -> None:
    """Raise ConnectionResetError where the server has hung up already."""
    if pulse_of(connection) is Pulse.CLOSED:
        raise ConnectionResetError


def _end_of(connection: ssl.SSLSocket) -> datetime | None:
    """Return when the certificate that was accepted ends; None where the server has hung up."""
    certificate: Any = {}
    with contextlib.suppress(ValueError):
        certificate = connection.getpeercert() or {}
    ends = str(certificate.get("notAfter", ""))
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if ends else None


def _public_only(host: str, port: int) -> Sequence[Any]:
    """Look a host up, and let none of its addresses through where one is not public."""
    found = _in_time(host, port)
    exchange.refused_address = next(
        (str(one[4][0]) for one in found if not is_public(str(one[4][0]))), None
    )
    if exchange.refused_address:
        raise PermissionError
    return found


def _in_time(host: str, port: int) -> Sequence[Any]:
    """Look a host up within the exchange's time, however long the system's resolver takes."""
    answers: SimpleQueue[Sequence[Any] | Exception] = SimpleQueue()

    def look() -> None:
        try:
            answers.put(resolve(host, port))
        except Exception as error:  # noqa: BLE001 - raised by the thread that waits
            answers.put(error)

    Thread(target=look, daemon=True).start()
    try:
        found = answers.get(timeout=exchange.seconds_left())
    except Empty:
        raise TimeoutError from None
    if isinstance(found, Exception):
        raise found
    return found
