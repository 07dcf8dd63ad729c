"""What is around the program leads no request and no key elsewhere: variables, files, proxies."""

import socket
import ssl
import subprocess
import sys
import textwrap
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Barrier

import pytest
import requests
import requests.utils
from support import fault_server as fault
from support import proxy_server as proxies
from support.certificates import BAD, good_tls, pem, tls_with
from support.fault_server import HOST, LIVE, FaultServer, Turn, document, head
from support.fleet import FILE, KEYS
from support.key_search import holds_key
from support.program import SOON, Program, Result
from support.proxy_server import ProxyServer, tunnel
from support.stand_in import StandIn

from reconciler.client.proxy import Proxy
from reconciler.client.response import Answer, Fault
from reconciler.client.transport import Transport
from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.keys.ring import open_ring

# Variables with which the program does not start

TLS_SECRETS = (
    "SSLKEYLOGFILE is set, which makes programs write down the secrets of TLS connections. "
    "Whoever records the traffic of this run can read the keys with them. Unset it and run again.\n"
)
RUNNER_COMMANDS = (
    "ACTIONS_ALLOW_UNSECURE_COMMANDS is true, which lets a line of any output set the variables of "
    "the job's later steps. Unset it and run again.\n"
)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("SSLKEYLOGFILE", "keylog", TLS_SECRETS),
        ("SSLKEYLOGFILE", "/dev/null", TLS_SECRETS),
        ("ACTIONS_ALLOW_UNSECURE_COMMANDS", "true", RUNNER_COMMANDS),
        ("ACTIONS_ALLOW_UNSECURE_COMMANDS", "True ", RUNNER_COMMANDS),
        ("ACTIONS_ALLOW_UNSECURE_COMMANDS", "1", RUNNER_COMMANDS),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply", "validate", "--version"])
def test_the_program_does_not_start_where_secrets_would_leak(
    program: Program, stand_in: StandIn, command: str, variable: str, value: str, message: str
) -> None:
    """Whatever it was to do: nothing is read, asked or written."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv(variable, value)
    assert program.run(command) == Result(1, "", message)
    assert stand_in.service.requests == []
    assert [path.name for path in program.folder.iterdir()] == ["santral.yaml"]


@pytest.mark.parametrize("value", ["", "false", "0", "no"])
def test_a_runner_that_takes_no_commands_is_no_obstacle(program: Program, value: str) -> None:
    """Such a variable is set on many a runner."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("ACTIONS_ALLOW_UNSECURE_COMMANDS", value)
    program.monkeypatch.setenv("SSLKEYLOGFILE", "")
    assert program.run("validate", "-q") == Result(0, "", "")


# The process


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no core dumps")
def test_a_crash_leaves_no_core_dump(program: Program) -> None:
    """The limit is zero and cannot be raised again, though it was as high as it may be here."""
    script = """
        import resource
        from reconciler.cli.main import main
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))
        main(["schema"])
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
    """
    run = run_python(script)
    assert (run.returncode, run.stderr) == (0, "")


def test_the_keys_are_taken_out_of_the_environment(program: Program, stand_in: StandIn) -> None:
    """A child of this process, and whatever prints the environment, would find none."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_KEYS", "# none")
    program.monkeypatch.setenv("SANTRAL_KEY_OF_NO_SANTRAL", "whatever")
    script = """
        import os, subprocess, sys
        from reconciler.cli.main import main
        assert main(["plan"]) == 0
        child = "import os; print(*sorted(name for name in os.environ if 'SANTRAL' in name))"
        print("left:", *sorted(name for name in os.environ if "SANTRAL" in name), flush=True)
        subprocess.run([sys.executable, "-c", child], check=True)
    """
    lines = run_python(script).stdout.splitlines()
    assert lines[-3:] == [
        "Plan: 2 to change, 0 in sync, 0 failed. To make them, run santral apply for "
        "the same files and santrals.",
        "left: SANTRAL_API_URL",
        "SANTRAL_API_URL",
    ]


def test_the_keys_are_taken_out_also_when_they_cannot_be_read() -> None:
    """The run ends then, but not at once."""
    taken = {
        "SANTRAL_KEYS": "{",
        "SANTRAL_KEYS_2": "a=b",
        "SANTRAL_KEYS_10": "a=b",
        "SANTRAL_KEY_A": "x",
    }
    environment = {**taken, "SANTRAL_KEYS_FILE": "f", "LANG": "C"}
    with pytest.raises(Exception, match="starts like JSON"):
        open_ring((), environment)
    assert environment == {"SANTRAL_KEYS_FILE": "f", "LANG": "C"}


def run_python(script: str) -> "subprocess.CompletedProcess[str]":
    """Run a script in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=False,
    )


# Variables and files by which libraries find proxies, passwords and authorities

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY")
AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture
def trap(program: Program) -> Iterator[FaultServer]:
    """Serve where every variable that a library may heed leads; nobody is to come."""
    with FaultServer(KEYS) as trap:
        for name in (*PROXIES, *map(str.lower, PROXIES), *AUTHORITIES):
            program.monkeypatch.setenv(name, trap.origin)
        for name in ("NO_PROXY", "no_proxy"):
            program.monkeypatch.delenv(name, raising=False)
        yield trap


@pytest.fixture
def netrc(program: Program) -> Path:
    """Write passwords for this host, and for any other, where requests looks for them."""
    content = f"machine {HOST} login a password b\ndefault login c password d\n"
    path = program.write("home/.netrc", content)
    path.chmod(0o600)
    (path.parent / "_netrc").write_text(content)
    program.monkeypatch.setenv("HOME", str(path.parent))
    program.monkeypatch.setenv("NETRC", str(path))
    return path


def test_no_variable_and_no_netrc_changes_a_request(
    program: Program, trap: FaultServer, netrc: Path
) -> None:
    """Plan and apply go straight to the API, with no password that was not theirs to send."""
    program.write("santral.yaml", FILE)
    for name in ("ankara", "bursa"):
        program.monkeypatch.setenv(f"SANTRAL_KEY_{name.upper()}", KEYS[name].reveal())
    with FaultServer(KEYS) as server:
        program.monkeypatch.setenv("SANTRAL_API_URL", server.origin)
        assert program.run("apply").exit_code == 0
    assert [server.steps(name) for name in ("ankara", "bursa")] == ["GGPG", "GGPG"]
    assert {"authorization", "proxy-authorization", "cookie"} & {
        header for request in server.requests for header in request.headers
    } == set()
    assert trap.connections == 0


def test_the_real_api_is_asked_past_every_proxy(
    program: Program, trap: FaultServer, netrc: Path
) -> None:
    """The name of the API does not get to a proxy either; here, it does not resolve."""

    def resolve_nothing(*_: object, **__: object) -> None:
        raise socket.gaierror

    program.write("santral.yaml", FILE)
    program.monkeypatch.setattr(socket, "getaddrinfo", resolve_nothing)
    program.monkeypatch.setenv("SANTRAL_KEY_ANKARA", KEYS["ankara"].reveal())
    result = program.run("plan", "--target=ankara")
    assert (
        "The name of the server could not be resolved. Check the network and --api-url; "
        "behind a proxy, give --proxy." in result.stdout
    )
    assert trap.connections == 0


def test_the_trap_is_one(trap: FaultServer, netrc: Path) -> None:
    """What requests does when it is left to itself: it asks the proxy, and tells the password."""
    requests.get(f"http://example.com/crm_integrations?key={KEYS['ankara'].reveal()}", timeout=120)
    assert trap.connections == 1
    assert "authorization" in trap.requests[0].headers


# Through a proxy: only one that is named, only by a tunnel, and within the same deadline

ANKARA = KEYS["ankara"]
SETTINGS = Answer(200, document(LIVE).encode(), None)
DISTRUSTED = Fault(
    Message("proxy-tls-untrusted"),
    was_sent=False,
    may_retry=False,
)
LATE = Message("connection-timeout", seconds=0.3)
PASSWORD = "an-invented-pass:word"  # noqa: S105 - nobody's
CREDENTIALS = "clerk:an-invented-pass%3Aword"
BASIC = f"Proxy-Authorization: Basic {b64encode(f'clerk:{PASSWORD}'.encode()).decode()}\r\n"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Serve the API over TLS."""
    with FaultServer(KEYS, good_tls()) as server:
        yield server


@pytest.fixture(params=["http", "https"])
def context(request: pytest.FixtureRequest) -> ssl.SSLContext | None:
    """Give the context of a proxy: of one that speaks plain HTTP, and of one behind TLS."""
    return good_tls() if request.param == "https" else None


@contextmanager
def connections(origin: str, ca_file: str, url: str) -> Iterator[Transport]:
    """Give connections through a proxy."""
    transport = Transport(origin, connections=1, roots=pem(ca_file), proxy=Proxy.parse(url))
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
        transport = Transport(server.origin, connections=2, roots=pem(ca_file), proxy=by_proxy)
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


NO_TUNNEL = Message("proxy-refused")
NO_PROXY = Message("proxy-connection-none")
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
    reason: Message,
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
        assert get(transport) == Fault(NO_PROXY, was_sent=False, may_retry=True)


def test_what_goes_wrong_with_a_proxy_is_said_in_a_sentence() -> None:
    """It names the proxy, so that nobody looks for the fault at the API."""
    assert [str(reason) for reason in (NO_TUNNEL, NO_PROXY, DISTRUSTED.reason, LATE)] == [
        "The proxy did not connect to the server. Check --proxy, its user and password, "
        "and what it allows.",
        "No connection to the proxy could be made. Check --proxy.",
        "The TLS certificate of the server or of the proxy is not trusted. If your "
        "company intercepts TLS, use a network that does not, or name its CA with "
        "--ca-file.",
        "No complete answer arrived within 0.3 s. Run again later, or raise --timeout.",
    ]


@pytest.mark.parametrize("is_api_imposter", [True, False], ids=["API", "proxy"])
def test_neither_another_api_nor_another_proxy_is_trusted(
    ca_file: str, is_api_imposter: bool
) -> None:
    """Both certificates are verified, the API's inside the tunnel."""
    imposter, genuine = tls_with(BAD["unknown authority"]), good_tls()
    with (
        FaultServer(KEYS, imposter if is_api_imposter else genuine) as server,
        ProxyServer(tunnel, genuine if is_api_imposter else imposter) as proxy,
        connections(server.origin, ca_file, proxy.url) as transport,
    ):
        assert get(transport) == DISTRUSTED
    assert server.requests == []


def test_a_proxy_that_answers_for_the_api_is_not_trusted(ca_file: str) -> None:
    """Such as a company's that looks into TLS: it would read the keys."""
    with FaultServer(KEYS, tls_with(BAD["unknown authority"])) as interceptor:

        def intercept(proxy: ProxyServer, client: object, _: str) -> None:
            tunnel(proxy, client, f"{HOST}:{interceptor.port}")  # type: ignore[arg-type]

        with (
            ProxyServer(intercept) as proxy,
            connections("https://127.0.0.1:9", ca_file, proxy.url) as transport,
        ):
            assert get(transport) == DISTRUSTED
    assert interceptor.requests == []


UNHURRIED = 1.5
"""Seconds within which a busy machine, too, makes the connections that a request goes over."""


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
        late = Message("connection-timeout", seconds=UNHURRIED)
        assert get(transport, UNHURRIED) == Fault(late, was_sent=True, may_retry=True)
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
        reason = Message("answer-too-long", most=64)
        assert get(transport) == Fault(reason, was_sent=True, may_retry=False)


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
        "Every program on this machine can read the arguments. Give a URL with a user and a "
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
    message = "--proxy is only for an https --api-url: over http the proxy would read the keys."
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-2:] == [
        f"Error: {message}",
        "Taken from the environment: SANTRAL_API_URL.",
    ]
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
