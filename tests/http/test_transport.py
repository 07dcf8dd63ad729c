"""The module that speaks HTTP, against servers that are slow, say too much or are not there."""

import errno
import gzip
import logging
import socket
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest
from support import fault_server as fault
from support.fault_server import HOST, Act, FaultServer, answer, drip, gush, head, say
from support.fleet import KEYS
from support.program import SOON, Program

from reconciler.client.deadline import Pulse, pulse_of
from reconciler.client.response import Answer, Fault
from reconciler.client.transport import Transport
from reconciler.core.messages import Message

PATH = "/crm_integrations"
MIB = 2**20
BOMB = gzip.compress(bytes(50 * MIB))
CHUNKED = "Transfer-Encoding: chunked"
LATE = Message("connection-timeout", seconds=0.3)
BROKE = Message("connection-broken")
TOO_LONG = Message("answer-too-long", most=64)
OK = Answer(200, b"Ok", None)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Serve on loopback."""
    with FaultServer(KEYS) as server:
        yield server


@pytest.fixture
def transport(server: FaultServer) -> Iterator[Transport]:
    """Give connections to the server."""
    transport = Transport(server.origin, connections=2)
    yield transport
    transport.close()


def get(transport: Transport, seconds: float = 120.0) -> Answer | Fault:
    """GET the settings of ankara."""
    return transport.get(PATH, {"key": KEYS["ankara"].reveal()}, seconds)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(fault.hang, id="no answer"),
        pytest.param(drip(b"", b"x"), id="first line drips"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n"), id="headers drip"),
        pytest.param(drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="only 100 Continue"),
        pytest.param(drip(head(200, "Content-Length: 999")), id="body drips"),
        pytest.param(drip(head(200)), id="body without length drips"),
        pytest.param(drip(head(200, CHUNKED), b"1\r\nx\r\n"), id="chunks drip"),
        pytest.param(drip(head(200, CHUNKED) + b"1;x=", b"x"), id="chunk extension drips"),
        pytest.param(drip(head(200, CHUNKED) + b"0\r\n", b"X: x\r\n"), id="trailers drip"),
        pytest.param(drip(head(302, "Content-Length: 999", "Location: /")), id="redirect drips"),
    ],
)
def test_the_deadline_holds_over_the_whole_exchange(
    server: FaultServer, transport: Transport, act: Act
) -> None:
    """However a server stretches its answer out, the request ends on time."""
    server.rule("ankara", "GET", act)
    started = time.monotonic()
    assert get(transport, 0.3) == Fault(LATE, was_sent=True, may_retry=True)
    assert 0.3 <= time.monotonic() - started < SOON


@pytest.fixture
def full_host() -> Iterator[str]:
    """Give the origin of a host whose queue is full, so that it answers no further connection."""
    with socket.create_server((HOST, 0), backlog=0) as listener, ExitStack() as waiting:
        for _ in range(4):
            connection = waiting.enter_context(socket.socket())
            connection.settimeout(0)
            connection.connect_ex(listener.getsockname())
        yield f"http://{HOST}:{listener.getsockname()[1]}"


def test_the_deadline_holds_while_connecting(full_host: str) -> None:
    """A host that does not answer is given up on time, and nothing was sent."""
    started = time.monotonic()
    result = get(Transport(full_host, connections=1), 0.3)
    assert result == Fault(LATE, was_sent=False, may_retry=True)
    assert 0.3 <= time.monotonic() - started < SOON


def test_the_deadline_holds_while_sending() -> None:
    """A host that takes the connection and reads nothing is given up on time."""
    with socket.create_server((HOST, 0)) as deaf:
        transport = Transport(f"http://{HOST}:{deaf.getsockname()[1]}", connections=1)
        started = time.monotonic()
        result = transport.post(PATH, "x" * 50 * MIB, 2.0)
    late = Message("connection-timeout", seconds=2.0)
    assert result == Fault(late, was_sent=True, may_retry=True)
    assert 2.0 <= time.monotonic() - started < SOON


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(gush(head(200)), id="body without length"),
        pytest.param(gush(head(200, "Content-Length: 300000000")), id="body of 300 MB"),
        pytest.param(gush(head(302, "Location: /")), id="redirect with a body"),
        pytest.param(gush(head(200, CHUNKED), b"4000\r\n%b\r\n" % bytes(16_384)), id="chunks"),
        pytest.param(gush(head(200, CHUNKED) + b"fffffffff\r\n"), id="chunk of 64 GiB"),
        pytest.param(gush(head(200, CHUNKED) + b"-1\r\n"), id="chunk of -1 bytes"),
        pytest.param(gush(b"HTTP/1.1 200 OK\r\nX: "), id="header line"),
        pytest.param(gush(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n" * 9_999), id="headers"),
        pytest.param(answer(200, BOMB, "Content-Encoding: gzip"), id="gzip bomb"),
    ],
)
def test_an_endless_answer_is_left_early_and_takes_little_memory(
    server: FaultServer, transport: Transport, act: Act
) -> None:
    """Neither the head nor the body of an answer is read, or unpacked, beyond a bound."""
    server.rule("ankara", "GET", act)
    tracemalloc.start()
    result = get(transport, 1.0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(result, Fault) or len(result.body) <= 65_536
    assert server.bytes_taken < 16 * MIB
    assert most < 2 * MIB


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, Answer(200, b"", None)),
        (65_536, Answer(200, b"x" * 65_536, None)),
        (65_537, Answer(200, b"", None, unread=TOO_LONG)),
        (300_000, Answer(200, b"", None, unread=TOO_LONG)),
    ],
)
@pytest.mark.parametrize("has_length", [True, False], ids=["length said", "length not said"])
def test_an_answer_may_have_64_kib(
    server: FaultServer,
    transport: Transport,
    length: int,
    expected: Answer,
    has_length: bool,
) -> None:
    """Up to there it is whole; of one that is longer there is the status and no body."""
    body = b"x" * length
    server.rule("ankara", "GET", answer(200, body) if has_length else say(head(200), body))
    assert get(transport) == expected


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (b"x" * 65_537, [], TOO_LONG),
        (
            gzip.compress(b"Slow down"),
            ["Content-Encoding: gzip"],
            Message("answer-compressed"),
        ),
    ],
    ids=["too long", "compressed"],
)
def test_an_answer_whose_body_is_not_read_says_how_long_to_wait_all_the_same(
    server: FaultServer, transport: Transport, body: bytes, headers: list[str], reason: Message
) -> None:
    """Its status and head are worth as much as any other's."""
    server.rule("ankara", "GET", answer(429, body, "Retry-After: 7", *headers))
    assert get(transport) == Answer(429, b"", "7", unread=reason)


def test_a_post_says_what_it_is_and_no_more_of_who_sends_it(
    server: FaultServer, transport: Transport
) -> None:
    """The version of the program or of its libraries is nobody's business."""
    transport.post(PATH, "key=value", 10.0)
    assert server.requests[0].headers == {
        "host": f"{HOST}:{server.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "content-length": "9",
        "content-type": "application/x-www-form-urlencoded",
        "user-agent": "santral-reconciler",
    }


@pytest.mark.parametrize("library", ["requests", "urllib3", "vcr"])
def test_no_library_that_sees_the_url_logs_anything(transport: Transport, library: str) -> None:
    """Not at the highest level, and to no logger above its own."""
    logger = logging.getLogger(library)
    assert (logger.isEnabledFor(logging.CRITICAL), logger.propagate) == (False, False)


def test_connections_are_used_again(server: FaultServer, transport: Transport) -> None:
    """Whatever was answered, the next request takes the same connection."""
    for status in (200, 204, 302, 400, 429, 503):
        server.rule("ankara", "GET", answer(status, "Ok" if status != 204 else ""))
        assert isinstance(get(transport), Answer)
    assert server.connections == 1


def test_a_connection_that_the_server_has_closed_is_replaced(
    server: FaultServer, transport: Transport
) -> None:
    """A request is not lost to a connection that ended since the last one."""
    server.rule("ankara", "GET", say(head(200, "Content-Length: 2"), b"Ok"))
    for count in (1, 2):
        assert get(transport) == OK
        server.wait_until_closed()
        assert server.connections == count


def test_bytes_after_an_answer_are_no_answer_to_the_next_request(
    server: FaultServer, transport: Transport
) -> None:
    """What a server said too much about one santral is not taken for another's settings."""
    too_much = head(200, "Content-Length: 6") + b"others"
    act = fault.pour(head(200, "Content-Length: 2"), b"Ok", too_much)
    server.rule("ankara", "GET", act, turns=[1])
    server.rule("ankara", "GET", answer(200, "mine"), turns=[2])
    assert [get(transport), get(transport)] == [OK, Answer(200, b"mine", None)]


def test_a_connection_that_was_closed_is_no_reason_for_doubt() -> None:
    """Nothing came that nobody asked for: a change may still be made from what was read before."""
    here, there = socket.socketpair()
    here.settimeout(0)
    quiet = pulse_of(SimpleNamespace(sock=here))
    there.close()
    closed = pulse_of(SimpleNamespace(sock=here))
    here.close()

    assert (quiet, closed) == (Pulse.QUIET, Pulse.CLOSED)


def test_where_a_file_cannot_be_opened_the_request_may_be_tried_again(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others let go of theirs; nothing was sent."""

    def none_left(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "getaddrinfo", none_left)

    assert get(transport) == Fault(Message("no-more-files"), was_sent=False, may_retry=True)


def test_a_request_that_may_have_arrived_is_not_repeated(
    server: FaultServer, transport: Transport
) -> None:
    """When a connection breaks, whether to ask again is for others to say."""
    server.rule("ankara", "GET", fault.reset)
    assert get(transport) == Fault(BROKE, was_sent=True, may_retry=True)
    assert server.steps("ankara") == "G"


def test_a_name_that_does_not_resolve_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was sent, and it may be another matter in a moment."""
    asked = []

    def fail(host: str, *_: object, **__: object) -> NoReturn:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    result = get(Transport("http://api.example.com", connections=1))
    expected = Message("name-unresolved")
    assert result == Fault(expected, was_sent=False, may_retry=True)
    assert asked == ["api.example.com"]


def test_an_address_that_does_not_answer_leaves_time_for_the_next(
    server: FaultServer, full_host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two addresses, the first may take half of the time."""
    ports = (int(full_host.rpartition(":")[2]), server.port)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (HOST, port)) for port in ports]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    server.rule("ankara", "GET", answer(200, "Ok"))
    transport = Transport("http://api.example.com", connections=1)
    assert get(transport, 2.0) == OK
    transport.close()


@pytest.mark.parametrize("family", [socket.AF_INET, 9_999], ids=["refuses", "unknown family"])
def test_every_address_of_a_host_is_tried(
    server: FaultServer,
    transport: Transport,
    monkeypatch: pytest.MonkeyPatch,
    family: int,
) -> None:
    """One that refuses, or that this machine has no network for, does not hide the next."""
    useless = (family, socket.SOCK_STREAM, 0, "", (HOST, 1))
    good = (socket.AF_INET, socket.SOCK_STREAM, 0, "", (HOST, server.port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [useless, good])
    server.rule("ankara", "GET", answer(200, "Ok"))
    assert get(transport) == OK


def test_the_environment_has_no_say_in_where_requests_go(
    program: Program, server: FaultServer, tmp_path: Path
) -> None:
    """Neither a proxy nor a login for the host is taken from the user's surroundings."""
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {HOST} login a password b\ndefault login a password b\n")
    program.monkeypatch.setenv("NETRC", str(netrc))
    with FaultServer(KEYS) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            program.monkeypatch.setenv(name, proxy.origin)
        for name in ("NO_PROXY", "no_proxy"):
            program.monkeypatch.delenv(name, raising=False)
        transport = Transport(server.origin, connections=1)
        assert isinstance(get(transport), Answer)
        transport.close()
    assert proxy.connections == 0
    assert [(asked.target, asked.headers) for asked in server.requests] == [
        (
            "/crm_integrations",
            {
                "host": f"{HOST}:{server.port}",
                "accept": "*/*",
                "accept-encoding": "identity",
                "user-agent": "santral-reconciler",
            },
        )
    ]
