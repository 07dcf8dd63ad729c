"""TLS: which servers are trusted, and that nothing around the program can change that."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest
import trustme
from support import fault_server as fault
from support.certificates import AUTHORITY, BAD, OTHER_AUTHORITY, pem, tls_with
from support.clock import JumpingClock
from support.fault_server import HOST, LIVE, Act, FaultServer, Turn, document, drip, head
from support.fleet import KEYS
from support.program import SOON, Program, Result

from reconciler.client.response import Answer, Fault
from reconciler.client.transport import Transport
from reconciler.core.messages import Message

SETTINGS = Answer(200, document(LIVE).encode(), None)
DISTRUSTED = Fault(Message("tls-untrusted"), was_sent=False, may_retry=False)
LATE = Message("connection-timeout", seconds=0.3)


@contextmanager
def serving(certificate: trustme.LeafCert) -> Iterator[FaultServer]:
    """Serve with a certificate."""
    with FaultServer(KEYS, tls_with(certificate)) as server:
        yield server


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Serve with a certificate that is in order."""
    with serving(AUTHORITY.issue_cert(HOST)) as server:
        yield server


@contextmanager
def connections(origin: str, ca_file: str | None) -> Iterator[Transport]:
    """Give connections that trust an authority."""
    transport = Transport(origin, connections=1, roots=pem(ca_file) if ca_file else None)
    try:
        yield transport
    finally:
        transport.close()


def get(transport: Transport, seconds: float = 120.0) -> Answer | Fault:
    """GET the settings of ankara."""
    return transport.get("/crm_integrations", {"key": KEYS["ankara"].reveal()}, seconds)


def test_a_server_with_a_certificate_in_order_is_talked_to_over_one_connection(
    server: FaultServer, ca_file: str
) -> None:
    """The handshake is made once for all requests."""
    with connections(server.origin, ca_file) as transport:
        assert [get(transport) for _ in range(3)] == [SETTINGS] * 3
    assert server.connections == 1


def test_connections_for_as_many_as_ask_at_a_time_are_kept(
    server: FaultServer, ca_file: str
) -> None:
    """Making one anew costs a handshake."""
    both_are_there = Barrier(2)

    def wait_for_the_other(turn: Turn) -> None:
        both_are_there.wait(120)
        fault.as_documented(turn)

    server.rule("ankara", "GET", wait_for_the_other)
    transport = Transport(server.origin, connections=2, roots=pem(ca_file))
    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            assert [*pool.map(get, [transport] * 2)] == [SETTINGS] * 2
    transport.close()
    assert server.connections == 2


@pytest.mark.parametrize("certificate", BAD.values(), ids=BAD)
def test_a_server_with_another_certificate_gets_nothing(
    ca_file: str, certificate: trustme.LeafCert
) -> None:
    """It is not worth another try, and not a byte of the request was sent."""
    with serving(certificate) as server, connections(server.origin, ca_file) as transport:
        assert get(transport) == DISTRUSTED
    assert server.requests == []


def test_a_private_authority_is_trusted_by_nobody_who_was_not_told(server: FaultServer) -> None:
    """Without a CA file the public authorities count."""
    with connections(server.origin, None) as transport:
        assert get(transport) == DISTRUSTED


def test_the_program_reports_an_untrusted_server_after_one_try(
    program: Program, server: FaultServer, jumping_clock: type[JumpingClock]
) -> None:
    """Exit code 1, and the reason beside the santral."""
    program.write("santral.yaml", "version: 1\nsantrals:\n  ankara: {crm_integration: {}}\n")
    program.monkeypatch.setenv("SANTRAL_KEY_ANKARA", KEYS["ankara"].reveal())
    expected = (
        "! ankara  (santral.yaml:3:3)\n    "
        "The TLS certificate of the server is not trusted. If your company intercepts "
        "TLS, use a network that does not, or name its CA with --ca-file.\n\n"
        "Plan: 0 to change, 0 in sync, 1 failed.\n"
    )
    assert program.run("plan", f"--api-url={server.origin}") == Result(1, expected, "")
    assert (server.connections, jumping_clock.waits) == (1, [])


def test_a_server_that_does_not_speak_tls_gets_nothing(server: FaultServer, ca_file: str) -> None:
    """It may be another matter in a moment, and nothing was sent."""
    reason = Message("tls-none")
    server.door(fault.greet_in_the_clear)
    with connections(server.origin, ca_file) as transport:
        assert get(transport) == Fault(reason, was_sent=False, may_retry=True)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(fault.hang, id="no answer"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX: "), id="head drips"),
        pytest.param(drip(head(200, "Content-Length: 999")), id="body drips"),
        pytest.param(
            drip(head(200, "Transfer-Encoding: chunked"), b"1\r\nx\r\n"), id="chunks drip"
        ),
    ],
)
def test_the_deadline_holds_over_tls(server: FaultServer, ca_file: str, act: Act) -> None:
    """However a server stretches its answer out, the request ends on time."""
    server.rule("ankara", "GET", act)
    with connections(server.origin, ca_file) as transport:
        started = time.monotonic()
        assert get(transport, 0.3) == Fault(LATE, was_sent=True, may_retry=True)
        assert 0.3 <= time.monotonic() - started < SOON


def test_the_deadline_holds_over_the_handshake(server: FaultServer, ca_file: str) -> None:
    """A host that does not answer the handshake is given up on time, and nothing was sent."""
    server.door(fault.stay_silent)
    with connections(server.origin, ca_file) as transport:
        started = time.monotonic()
        assert get(transport, 0.3) == Fault(LATE, was_sent=False, may_retry=True)
        assert 0.3 <= time.monotonic() - started < SOON


def test_no_session_secret_is_written_for_sslkeylogfile(
    server: FaultServer, ca_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the secrets of a session can read the key in a recording of it."""
    key_log = tmp_path / "keylog"
    monkeypatch.setenv("SSLKEYLOGFILE", str(key_log))
    with connections(server.origin, ca_file) as transport:
        assert get(transport) == SETTINGS
    assert not key_log.exists()


@pytest.mark.parametrize(
    "variable",
    ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"],
)
def test_the_environment_has_no_say_in_whom_to_trust(
    server: FaultServer,
    ca_file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    """An authority that the environment names is not trusted, and none is trusted less for it."""
    other = tmp_path / "other.pem"
    OTHER_AUTHORITY.cert_pem.write_to_path(str(other))
    monkeypatch.setenv(variable, str(other))
    with (
        serving(OTHER_AUTHORITY.issue_cert(HOST)) as imposter,
        connections(imposter.origin, ca_file) as to_imposter,
        connections(server.origin, ca_file) as to_server,
    ):
        assert [get(to_imposter), get(to_server)] == [DISTRUSTED, SETTINGS]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_no_proxy_of_the_environment_is_used(
    server: FaultServer, ca_file: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Not even the host that is talked to is told to it."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with FaultServer(KEYS) as proxy, connections(server.origin, ca_file) as transport:
        monkeypatch.setenv(variable, proxy.origin)
        assert get(transport) == SETTINGS
    assert proxy.connections == 0
