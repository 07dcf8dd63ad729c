"""A server that answers as a test says, down to the bytes: for faults that no library makes.

It keeps apart what is truly live, so that a test can tell what was done from what was said. What it
does with one request is an act; how it takes a connection, before any request, is a door.
``faults.py`` names them, and says what can be known from each.
"""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from support.fleet import settings

from reconciler.client import deadline
from reconciler.core.secret import Key
from reconciler.core.settings import FIELDS, SWITCHES, Settings, Switch

HOST = "127.0.0.1"
LIVE = settings("on", "on", "on", "https://crm.example.com/calls")
"""What each santral of a server holds at first."""

_EVERY_TURN = range(1, 1_000)
_CLOSED = -1
"""The number of a socket that is closed."""
_FOR_EVER = 120.0
"""In seconds; an end all the same, so that a broken deadline fails a test and does not stop it."""
_BLOCK = b" " * 16_384
_MUCH = 300_000_000
"""In bytes; sent block by block, and held by nobody."""


@dataclass(frozen=True)
class Request:
    """A request as it came; the key is told by the name of the santral that has it."""

    method: str
    santral: str
    target: str
    """The path and query, without the key."""
    fields: Mapping[str, str]
    """Of the form, without the key."""
    headers: Mapping[str, str]
    """By name in lower case."""


@dataclass
class Turn:
    """One request, and the connection that waits for its answer."""

    server: "FaultServer"
    connection: socket.socket
    request: Request
    key: str

    @property
    def live(self) -> Settings:
        return self.server.live[self.request.santral]

    @live.setter
    def live(self, changed: Settings) -> None:
        self.server.live[self.request.santral] = changed

    @property
    def wanted(self) -> Settings:
        """What a POST asks for; it has to ask for all of it."""
        fields = self.request.fields
        assert set(fields) == set(FIELDS)
        switches = {name: Switch(fields[name]) for name in SWITCHES}
        return Settings(**switches, notification_url=fields["notification_url"])

    def show(self) -> Settings:
        """Return what is live; what is to take effect late does so now."""
        shown, late = self.live, self.server.late.pop(self.request.santral, None)
        if late:
            self.take(late)
        return shown

    def take(self, changed: Settings) -> None:
        """Make a change that was asked for."""
        self.live = changed
        self.server.taken.append(self.request.santral)

    def send(self, *parts: bytes) -> None:
        self.connection.sendall(b"".join(parts))

    def is_client_gone(self, after: float) -> bool:
        """Wait so many seconds for the client to leave, and tell whether it has."""
        self.connection.settimeout(after)
        try:
            return not self.connection.recv(1)
        except TimeoutError:
            return False


Act = Callable[[Turn], object]
"""What the server does with one request; the connection is kept, unless the act closes it."""

Door = Callable[["FaultServer", socket.socket], socket.socket]
"""What the server does with a new connection; raises OSError when no request is to come of it."""


class FaultServer:
    """Serves on loopback; does what the vendor's page documents where no rule says otherwise."""

    def __init__(self, keys: Mapping[str, Key], tls: ssl.SSLContext | None = None) -> None:
        self.live = dict.fromkeys(keys, LIVE)
        """What each santral truly holds."""
        self.late: dict[str, Settings] = {}
        """What takes effect once the santral's settings have been shown again."""
        self.taken: list[str] = []
        """The santral of each change that took effect."""
        self.requests: list[Request] = []
        self.connections = 0
        """How many were ever made."""
        self.bytes_taken = 0
        """How much of an endless answer got out."""
        self.elsewhere = f"http://{HOST}:1"
        """The origin that redirects point to."""
        self.witness: Act = lambda _: None
        """Sees each request before anything is done with it."""
        self.late_answers: dict[socket.socket, bytes] = {}
        """What comes over a connection between its next request and the answer to that."""
        self.welcomed = threading.Semaphore(0)
        """Free once for each connection of which the door is through with its part."""
        self.keeps_connections = True
        """Whether a connection may carry more than one request."""
        self._names = {key.reveal(): name for name, key in keys.items()}
        self._tls = tls
        self._rules: dict[tuple[str, str], list[tuple[Container[int], Act]]] = {}
        self._doors: list[tuple[Container[int], Door]] = []
        self._opened: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((HOST, 0))
        self._listening = [threading.Thread(target=self._listen)]
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._listening[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.refuse_connections()
        for connection in self._opened:
            _wake(connection)
        for thread in [*self._listening, *self._threads]:
            thread.join()

    @property
    def origin(self) -> str:
        """Where it serves, as a URL without a path."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}"

    def rule(
        self, santral: str, method: str, act: Act, turns: Container[int] = _EVERY_TURN
    ) -> None:
        """Do this with a santral's GETs or POSTs, all or those with these numbers from 1 on."""
        self._rules.setdefault((santral, method), []).append((turns, act))

    def begin_anew(self) -> None:
        """Forget rules and requests; what was to take effect late has done so by now."""
        self.live |= self.late
        for memory in (self.late, self._rules, self.requests, self.taken):
            memory.clear()

    def door(self, door: Door, turns: Container[int] = _EVERY_TURN) -> None:
        """Take connections in this way, all or those with these numbers from 1 on."""
        self._doors.append((turns, door))
        self._shut_in_time()

    def steps(self, santral: str) -> str:
        """Return what was asked for a santral, in order: ``GGPG`` is GET, GET, POST, GET."""
        return "".join(asked.method[0] for asked in self.requests if asked.santral == santral)

    def refuse_connections(self) -> None:
        """Take no further connections; those there are go on."""
        _wake(self._listener)
        self._listener.close()

    def accept_connections(self) -> None:
        """Take connections again; that one was refused meanwhile counts as a connection made."""
        if self._listener.fileno() == _CLOSED:
            self.connections += 1
            self._listener = socket.create_server((HOST, self.port))
            self._listening.append(threading.Thread(target=self._listen))
            self._listening[-1].start()

    def wait_until_closed(self) -> None:
        """Wait for every connection so far to be closed."""
        for thread in self._threads:
            thread.join()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                door = self._next_door(self.connections)
                thread = threading.Thread(target=self._serve, args=[connection, door])
                self._threads.append(thread)
                thread.start()

    def _serve(self, plain: socket.socket, door: Door) -> None:
        """Answer until either side closes the connection."""
        self._opened.append(plain)
        with suppress(OSError), plain, self._let_in(plain, door) as connection:
            self._opened.append(connection)
            while True:
                turn = self._next_turn(connection)
                self._shut_in_time()
                self.witness(turn)
                turn.send(self.late_answers.pop(connection, b""))
                self._act_for(turn.request)(turn)
                if not self.keeps_connections:
                    break

    def _let_in(self, plain: socket.socket, door: Door) -> socket.socket:
        try:
            return door(self, plain)
        finally:
            self.welcomed.release()

    def _shut_in_time(self) -> None:
        """Refuse the next connection, if that is its door, before the client can try it."""
        if self._next_door(self.connections + 1) is refuse:
            self.refuse_connections()

    def _next_door(self, number: int) -> Door:
        """Return what the last rule for the connection says."""
        return next((door for turns, door in reversed(self._doors) if number in turns), welcome)

    def _next_turn(self, connection: socket.socket) -> Turn:
        first_line, headers, form = _receive(connection)
        method, target, _ = first_line.split(" ")
        url = urlsplit(target)
        query, fields = dict(parse_qsl(url.query)), dict(parse_qsl(form, keep_blank_values=True))
        key = query.pop("key", "") if method == "GET" else fields.pop("key", "")
        path = urlunsplit(url._replace(query=urlencode(query)))
        request = Request(method, self._names.get(key, "?"), path, fields, headers)
        self.requests.append(request)
        return Turn(self, connection, request, key)

    def _act_for(self, request: Request) -> Act:
        """Return what the last rule for the request says."""
        asked = self.steps(request.santral).count(request.method[0])
        rules = reversed(self._rules.get((request.santral, request.method), []))
        return next((act for turns, act in rules if asked in turns), as_documented)


def _receive(connection: socket.socket) -> tuple[str, dict[str, str], str]:
    """Return a whole request: its first line, headers and body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    first_line, *lines = head.decode("ascii").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += _more(connection)
    return first_line, headers, body.decode("ascii")


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(65_536)
    if not received:
        raise ConnectionError
    return received


def _wake(sleeper: socket.socket) -> None:
    """End what another thread waits for on a socket."""
    with suppress(OSError):
        sleeper.shutdown(socket.SHUT_RDWR)


def welcome(server: FaultServer, connection: socket.socket) -> socket.socket:
    """Take a connection as it should be taken."""
    tls = server._tls  # noqa: SLF001
    return tls.wrap_socket(connection, server_side=True) if tls else connection


def refuse(_: FaultServer, connection: socket.socket) -> socket.socket:
    """Stand for a port that nobody listens on; no connection comes so far."""
    raise AssertionError(connection)


def hang_up(_: FaultServer, connection: socket.socket) -> socket.socket:
    """Close the connection at once."""
    connection.close()
    raise ConnectionError


def hang_up_after_welcome(server: FaultServer, connection: socket.socket) -> socket.socket:
    """Take the connection, and break it off before a request has been read."""
    _break_off(welcome(server, connection))
    raise ConnectionError


def greet(server: FaultServer, connection: socket.socket) -> socket.socket:
    """Take the connection, and answer before anything is asked, with somebody else's settings."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    welcomed = welcome(server, connection)
    body = document(replace(LIVE, notification_url="https://other.example.com/calls")).encode()
    welcomed.sendall(head(200, f"Content-Length: {len(body)}") + body)
    return welcomed


def listen_once_let_in(server: FaultServer) -> Callable[..., object]:
    """Return a way to listen to a new connection that waits for the server's part first."""
    listen = deadline.pulse_of

    def wait_and_listen(connection: deadline.Connection, seconds: float = 0.0) -> deadline.Pulse:
        assert not seconds or server.welcomed.acquire(timeout=60)
        return listen(connection, seconds)

    return wait_and_listen


def stay_silent(_: FaultServer, connection: socket.socket) -> socket.socket:
    """Never begin the handshake, or rather for longer than any test may wait."""
    connection.settimeout(_FOR_EVER)
    while connection.recv(4_096):
        pass
    raise ConnectionError


def greet_in_the_clear(_: FaultServer, connection: socket.socket) -> socket.socket:
    """Say something that is no TLS, and hear the client out."""
    connection.sendall(b"220 mail.example.com ESMTP\r\n")
    while connection.recv(4_096):
        pass
    raise ConnectionError


def show(tls: ssl.SSLContext) -> Door:
    """Take the connection with another certificate."""
    return lambda _, connection: tls.wrap_socket(connection, server_side=True)


def as_documented(turn: Turn) -> None:
    """Do what the vendor's page says."""
    if turn.request.santral == "?":
        answer(400, f"Gecersiz anahtar: {turn.key}")(turn)
    elif turn.request.method == "POST":
        turn.take(turn.wanted)
        answer(200, "Ok")(turn)
    else:
        answer(200, document(turn.show()))(turn)


@dataclass
class _Draft(Turn):
    """A turn whose answer is kept, and not sent."""

    said: bytes = b""

    def send(self, *parts: bytes) -> None:
        self.said += b"".join(parts)


def written(turn: Turn) -> bytes:
    """Do what the vendor's page says, but for sending the answer; return that."""
    draft = _Draft(turn.server, turn.connection, turn.request, turn.key)
    as_documented(draft)
    return draft.said


def after_interim(*statuses: int, apart: float = 0.0) -> Act:
    """Send interim answers before the documented one, so many seconds apart."""

    def act(turn: Turn) -> None:
        for status in statuses:
            turn.send(head(status, "X-Progress: some"))
            time.sleep(apart)
        as_documented(turn)

    return act


def twice(turn: Turn) -> None:
    """Give the documented answer twice, in one breath."""
    turn.send(written(turn) * 2)


def twice_late(turn: Turn) -> None:
    """Give the documented answer, and again when the connection's next request has come.

    That is what an answer does that comes late by a few milliseconds, and what it does at worst.
    """
    answered = written(turn)
    turn.server.late_answers[turn.connection] = answered
    turn.send(answered)


def with_more(more: bytes) -> Act:
    """Give the documented answer, and bytes after its end."""
    return lambda turn: turn.send(written(turn), more)


def answer_and_leave(turn: Turn) -> None:
    """Answer as documented, and be no longer there when the client comes back."""
    turn.server.refuse_connections()
    say(head(200), document(turn.show()).encode())(turn)


def document(live: Settings) -> str:
    """Return settings as a GET answers them."""
    return json.dumps(asdict(live))


def head(status: int, *headers: str) -> bytes:
    """Return the head of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status} Said", *headers, "", ""]).encode("latin-1")


def answer(status: int, body: str | bytes = "", *headers: str) -> Act:
    """Answer wholly, and keep the connection."""
    content = body.encode() if isinstance(body, str) else body
    length = f"Content-Length: {len(content)}"

    def act(turn: Turn) -> None:
        farewell = [] if turn.server.keeps_connections else ["Connection: close"]
        turn.send(head(status, length, *headers, *farewell), content)

    return act


def echo(status: int, written: Callable[[str], str]) -> Act:
    """Answer with the key, written in some way."""
    return lambda turn: answer(status, written(turn.key))(turn)


def redirect(status: int, elsewhere: str) -> Act:
    """Point to the same thing on another host, the key in the query."""
    return lambda turn: answer(
        status, "", f"Location: {elsewhere}/crm_integrations?key={turn.key}"
    )(turn)


def send_away(status: int) -> Act:
    """Redirect to wherever the server points to."""
    return lambda turn: redirect(status, turn.server.elsewhere)(turn)


def tell(written: Callable[[bytes], bytes], *headers: str) -> Act:
    """Answer with the live settings, written in some way."""
    return lambda turn: answer(200, written(document(turn.show()).encode()), *headers)(turn)


def pour(*parts: bytes) -> Act:
    """Send these bytes, and keep the connection."""
    return lambda turn: turn.send(*parts)


def say(*parts: bytes) -> Act:
    """Send these bytes and close the connection."""

    def act(turn: Turn) -> None:
        turn.send(*parts)
        turn.connection.close()

    return act


def reset(turn: Turn) -> None:
    """Break the connection off as a crashed machine does."""
    _break_off(turn.connection)


def _break_off(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hang(turn: Turn) -> None:
    """Never answer, or rather for longer than any test may wait."""
    turn.is_client_gone(after=_FOR_EVER)
    turn.connection.close()


def drip(start: bytes, drop: bytes = b"x") -> Act:
    """Send a start, then a drop now and then for as long as the client stays."""

    def act(turn: Turn) -> None:
        turn.send(start)
        for _ in range(int(_FOR_EVER / 0.05)):
            if turn.is_client_gone(after=0.05):
                break
            turn.send(drop)
        turn.connection.close()

    return act


def gush(start: bytes, block: bytes = _BLOCK) -> Act:
    """Send a start, then one block after the other, 300 MB or as much as is taken."""

    def act(turn: Turn) -> None:
        turn.send(start)
        while turn.server.bytes_taken < _MUCH:
            turn.send(block)
            turn.server.bytes_taken += len(block)
        turn.connection.close()

    return act


def after_applying(act: Act) -> Act:
    """Make the change, then do something else than to say so."""

    def both(turn: Turn) -> None:
        turn.take(turn.wanted)
        act(turn)

    return both


def apply_late(turn: Turn) -> None:
    """Close without an answer; make the change after the next GET."""
    turn.server.late[turn.request.santral] = turn.wanted
    turn.connection.close()


def normalise(turn: Turn) -> None:
    """Make the change with a ``/`` at the URL's end, and answer Ok."""
    turn.take(replace(turn.wanted, notification_url=f"{turn.wanted.notification_url}/"))
    answer(200, "Ok")(turn)


def after_edit(edit: Callable[[Settings], Settings], act: Act) -> Act:
    """Let somebody edit the settings in the panel right before the request."""

    def both(turn: Turn) -> None:
        turn.live = edit(turn.live)
        act(turn)

    return both
