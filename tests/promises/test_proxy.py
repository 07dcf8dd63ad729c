"""Through a proxy: only one that is named, only by a tunnel, and within the same deadline."""

import ssl
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Barrier

import pytest
import requests.utils
import trustme
from support import fault_server as fault
from support import proxy_server as proxies
from support.fault_server import HOST, LIVE, FaultServer, Turn, document, head
from support.key_search import holds_key
from support.program import FILE, KEYS, SOON, Program, StandIn
from support.proxy_server import ProxyServer, tunnel

from reconciler.client.proxy import Proxy
from reconciler.client.response import Answer, Fault
from reconciler.client.transport import Transport
from reconciler.core.secret import Key

AUTHORITY = trustme.CA()
OTHER_AUTHORITY = trustme.CA()
ANKARA = KEYS["ankara"]
SETTINGS = Answer(200, document(LIVE).encode(), None)
DISTRUSTED = Fault(
    "The TLS certificate of the server or of the proxy is not trusted",
    was_sent=False,
    may_retry=False,
)
LATE = "No complete answer arrived within 0.3 s"
PASSWORD = "an-invented-pass:word"  # noqa: S105 - nobody's
CREDENTIALS = "clerk:an-invented-pass%3Aword"
BASIC = f"Proxy-Authorization: Basic {b64encode(f'clerk:{PASSWORD}'.encode()).decode()}\r\n"


def tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return a server's context with a certificate for loopback."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    return context


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    """Write the certificate of the authority that is trusted to a file."""
    path = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Serve the API over TLS."""
    with FaultServer(KEYS, tls(AUTHORITY)) as server:
        yield server


@pytest.fixture(params=["http", "https"])
def context(request: pytest.FixtureRequest) -> ssl.SSLContext | None:
    """Give the context of a proxy: of one that speaks plain HTTP, and of one behind TLS."""
    return tls(AUTHORITY) if request.param == "https" else None


@contextmanager
def connections(origin: str, ca_file: str, url: str) -> Iterator[Transport]:
    """Give connections through a proxy."""
    transport = Transport(origin, connections=1, ca_file=ca_file, proxy=Proxy.parse(url))
    try:
        yield transport
    finally:
        transport.close()


def get(transport: Transport, seconds: float = 120.0) -> Answer | Fault:
    """GET the settings of ankara."""
    return transport.get("/crm_integrations", {"key": ANKARA.reveal()}, seconds)


def test_the_proxy_carries_a_tunnel_and_reads_no_key(
    server: FaultServer, ca_file: str, context: ssl.SSLContext | None
) -> None:
    """It is told the API's host and port, once for all requests, and the rest is TLS to it."""
    with (
        ProxyServer(tunnel, context) as proxy,
        connections(server.origin, ca_file, proxy.url) as transport,
    ):
        assert [get(transport) for _ in range(3)] == [SETTINGS] * 3
        form = {"key": ANKARA.reveal(), **asdict(LIVE)}
        assert transport.post("/crm_integrations", form, 10.0) == Answer(200, b"Ok", None)
    assert [asked.split(" HTTP/1.")[0] for asked in proxy.heads] == [
        f"CONNECT {HOST}:{server.port}"
    ]
    assert len(proxy.carried) > 100
    assert not holds_key(proxy.carried.decode("latin-1"), ANKARA)
    assert not holds_key(proxy.heads[0], ANKARA)


def test_tunnels_for_as_many_as_ask_at_a_time_are_kept(server: FaultServer, ca_file: str) -> None:
    """Making one anew costs the proxy's answer and a handshake."""
    both_are_there = Barrier(2)

    def wait_for_the_other(turn: Turn) -> None:
        both_are_there.wait(120)
        fault.as_documented(turn)

    server.rule("ankara", "GET", wait_for_the_other)
    with ProxyServer(tunnel) as proxy, ThreadPoolExecutor(2) as pool:
        by_proxy = Proxy.parse(proxy.url)
        transport = Transport(server.origin, connections=2, ca_file=ca_file, proxy=by_proxy)
        for _ in range(3):
            assert [*pool.map(get, [transport] * 2)] == [SETTINGS] * 2
        transport.close()
    assert server.connections == 2


def test_the_proxy_is_told_the_credentials_and_the_api_is_not(
    server: FaultServer, ca_file: str
) -> None:
    """They are written percent-encoded in the URL, and Basic in the header."""
    with ProxyServer(tunnel) as proxy:
        url = proxy.url.replace("//", f"//{CREDENTIALS}@")
        with connections(server.origin, ca_file, url) as transport:
            assert get(transport) == SETTINGS
    assert BASIC in proxy.heads[0]
    assert "proxy-authorization" not in server.requests[0].headers


def test_credentials_of_a_proxy_are_not_shown() -> None:
    """A proxy can be printed."""
    assert (
        repr(Proxy.parse(f"http://{CREDENTIALS}@p.example.com"))
        == "Proxy(origin='http://p.example.com')"
    )


NO_TUNNEL = "The proxy made no connection to the server"
UNSENT = {
    "407": (proxies.say(head(407, "Proxy-Authenticate: Basic")), NO_TUNNEL),
    "403": (proxies.say(head(403)), NO_TUNNEL),
    "302": (proxies.say(head(302, "Location: https://evil.example.com/")), NO_TUNNEL),
    "closed without an answer": (proxies.say(), NO_TUNNEL),
    "not HTTP": (proxies.say(b"SSH-2.0-OpenSSH_9.6\r\n"), NO_TUNNEL),
    "no answer": (proxies.hang, LATE),
    "first line drips": (proxies.drip(b"", b"H"), LATE),
    "headers drip": (proxies.drip(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n"), LATE),
    "headers drip after a refusal": (
        proxies.drip(b"HTTP/1.1 407 No\r\n", b"X: x\r\n"),
        LATE
        if sys.version_info >= (3, 12)
        else NO_TUNNEL,  # Since then http.client reads them all.
    ),
    "tunnel to nowhere": (proxies.open_to_nowhere, LATE),
}


@pytest.mark.parametrize(("act", "reason"), UNSENT.values(), ids=UNSENT)
def test_where_there_is_no_tunnel_nothing_is_sent_and_the_deadline_holds(
    server: FaultServer,
    ca_file: str,
    context: ssl.SSLContext | None,
    act: proxies.Act,
    reason: str,
) -> None:
    """Whatever the proxy does instead, the request is known not to have left."""
    with (
        ProxyServer(act, context) as proxy,
        connections(server.origin, ca_file, proxy.url) as transport,
    ):
        started = time.monotonic()
        assert get(transport, 0.3) == Fault(reason, was_sent=False, may_retry=True)
        assert time.monotonic() - started < SOON
    assert server.requests == []


def test_an_endless_answer_of_the_proxy_is_left_early(
    server: FaultServer, ca_file: str, context: ssl.SSLContext | None
) -> None:
    """A head has an end, also a proxy's."""
    endless = proxies.say(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n" * 200_000)
    with (
        ProxyServer(endless, context) as proxy,
        connections(server.origin, ca_file, proxy.url) as transport,
    ):
        fault_found = get(transport)
    assert isinstance(fault_found, Fault)
    assert not fault_found.was_sent


def test_no_proxy_at_all_is_told(server: FaultServer, ca_file: str) -> None:
    """It is the proxy that is missing, and not the API."""
    with ProxyServer(tunnel) as gone:
        pass
    with connections(server.origin, ca_file, gone.url) as transport:
        reason = "No connection to the proxy could be made"
        assert get(transport) == Fault(reason, was_sent=False, may_retry=True)


@pytest.mark.parametrize("is_api_imposter", [True, False], ids=["API", "proxy"])
def test_neither_another_api_nor_another_proxy_is_trusted(
    ca_file: str, is_api_imposter: bool
) -> None:
    """Both certificates are verified, the API's inside the tunnel."""
    imposter, genuine = tls(OTHER_AUTHORITY), tls(AUTHORITY)
    with (
        FaultServer(KEYS, imposter if is_api_imposter else genuine) as server,
        ProxyServer(tunnel, genuine if is_api_imposter else imposter) as proxy,
        connections(server.origin, ca_file, proxy.url) as transport,
    ):
        assert get(transport) == DISTRUSTED
    assert server.requests == []


def test_a_proxy_that_answers_for_the_api_is_not_trusted(ca_file: str) -> None:
    """Such as a company's that looks into TLS: it would read the keys."""
    with FaultServer(KEYS, tls(OTHER_AUTHORITY)) as interceptor:

        def intercept(proxy: ProxyServer, client: object, _: str) -> None:
            tunnel(proxy, client, f"{HOST}:{interceptor.port}")  # type: ignore[arg-type]

        with (
            ProxyServer(intercept) as proxy,
            connections("https://127.0.0.1:9", ca_file, proxy.url) as transport,
        ):
            assert get(transport) == DISTRUSTED
    assert interceptor.requests == []


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(fault.hang, id="no answer"),
        pytest.param(fault.drip(b"HTTP/1.1 200 OK\r\nX: "), id="head drips"),
        pytest.param(fault.drip(head(200, "Content-Length: 999")), id="body drips"),
    ],
)
def test_the_deadline_holds_inside_the_tunnel(
    server: FaultServer, ca_file: str, context: ssl.SSLContext | None, act: fault.Act
) -> None:
    """The request was sent, and what came of it is not known."""
    server.rule("ankara", "GET", act)
    with (
        ProxyServer(tunnel, context) as proxy,
        connections(server.origin, ca_file, proxy.url) as transport,
    ):
        started = time.monotonic()
        assert get(transport, 0.3) == Fault(LATE, was_sent=True, may_retry=True)
        assert time.monotonic() - started < SOON


def test_an_endless_answer_is_left_early_inside_the_tunnel(
    server: FaultServer, ca_file: str, context: ssl.SSLContext | None
) -> None:
    """What is counted is what comes in, whatever a chunk says of its size."""
    chunk_of_minus_one = fault.gush(head(200, "Transfer-Encoding: chunked") + b"-1\r\n")
    server.rule("ankara", "GET", chunk_of_minus_one)
    with (
        ProxyServer(tunnel, context) as proxy,
        connections(server.origin, ca_file, proxy.url) as transport,
    ):
        reason = "The answer is longer than 64 KiB"
        assert get(transport) == Fault(reason, was_sent=True, may_retry=False)


# The option


@pytest.fixture
def reachable(program: Program, server: FaultServer, ca_file: str) -> Program:
    """Set up the program so that all it lacks is a way to the API; ankara alone has a key."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_API_URL", server.origin)
    program.monkeypatch.setenv("SANTRAL_KEY_ANKARA", ANKARA.reveal())
    program.monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", ca_file)
    return program


@pytest.mark.parametrize("way", ["option", "variable"])
def test_plan_and_apply_go_through_the_proxy_that_is_named(
    reachable: Program, server: FaultServer, way: str
) -> None:
    """Every request of the run goes into its tunnels."""
    with ProxyServer(tunnel) as proxy:
        if way == "variable":
            reachable.monkeypatch.setenv("SANTRAL_PROXY", proxy.url)
        options = [f"--proxy={proxy.url}"] if way == "option" else []
        result = reachable.run("apply", "--target=ankara", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    assert server.steps("ankara") == "GGPG"
    assert server.connections == len(proxy.heads)


def test_a_password_of_the_proxy_comes_from_the_environment_and_is_shown_nowhere(
    reachable: Program, server: FaultServer
) -> None:
    """Not when the proxy is of use, and not when it refuses and repeats it."""
    for act in (tunnel, proxies.say(head(407, BASIC.strip()), BASIC.encode())):
        with ProxyServer(act) as proxy:
            url = proxy.url.replace("//", f"//{CREDENTIALS}@")
            reachable.monkeypatch.setenv("SANTRAL_PROXY", url)
            result = reachable.run("plan", "-v", "--target=ankara")
        assert BASIC in proxy.heads[0]
        assert not holds_key(result.stdout + result.stderr, Key(PASSWORD))


PROXY_REFUSALS: dict[str, tuple[str, str]] = {
    "a user part": (
        f"http://{CREDENTIALS}@127.0.0.1:1",
        "Every program on this machine can read the arguments; give a URL with a user and a "
        "password as SANTRAL_PROXY instead.",
    ),
    **{
        name: (url, "It must be http://HOST[:PORT] or https://HOST[:PORT].")
        for name, url in {
            "no scheme": "127.0.0.1:8080",
            "SOCKS": "socks5://127.0.0.1:1080",
            "a path": "http://127.0.0.1:8080/x",
            "a query": "http://127.0.0.1:8080?x",
            "a port too high": "http://127.0.0.1:65536",
            "a space": "http://127.0.0.1 :8080",
            "a line end": "http://127.0.0.1:8080\n",
            "a user part and more": f"http://{CREDENTIALS}@127.0.0.1:1/x",
        }.items()
    },
}


@pytest.mark.parametrize(("url", "message"), PROXY_REFUSALS.values(), ids=PROXY_REFUSALS)
def test_what_is_no_proxy_is_refused_and_not_repeated(
    reachable: Program, server: FaultServer, url: str, message: str
) -> None:
    """The message does not quote it, since a password may be in it."""
    result = reachable.run("plan", "--proxy", url)
    assert (result.exit_code, result.stdout, server.connections) == (1, "", 0)
    assert result.stderr.splitlines()[-1] == f"Error: Invalid value for '--proxy': {message}"


def test_a_proxy_for_plain_http_is_refused(program: Program, stand_in: StandIn) -> None:
    """Without TLS there is no tunnel: the proxy would read each key."""
    program.write("santral.yaml", FILE)
    with ProxyServer(tunnel) as proxy:
        result = program.run("plan", "--proxy", proxy.url)
    message = "--proxy is for an https --api-url alone: over http the proxy would read the keys."
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1] == f"Error: {message}"
    assert (proxy.heads, stand_in.service.requests) == ([], [])


@pytest.mark.parametrize("api_url", [None, "http://127.0.0.1:1"])
def test_the_sandbox_needs_no_proxy(program: Program, api_url: str | None) -> None:
    """It is in the same process, whatever the environment names for other runs."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_PROXY", "http://127.0.0.1:1")
    if api_url:
        program.monkeypatch.setenv("SANTRAL_API_URL", api_url)
    assert program.run("plan", "--sandbox").exit_code == 0


def test_an_empty_variable_names_no_proxy(program: Program, stand_in: StandIn) -> None:
    """A CI that sets every variable sets some to nothing."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_PROXY", "")
    assert program.run("plan", "--target=ankara").exit_code == 0
