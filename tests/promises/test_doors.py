"""Whose doors ``doctor``, ``ring`` and ``sandbox --check-urls`` knock at, and with what in hand.

A notification URL is what somebody clicked or proposed. A request to it must reach no machine that
is not public, hold no key and no secret of another, and take nothing from around the program.
"""

import json
import socket
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support import doors
from support.certificates import OTHER_AUTHORITY, tls_with
from support.doors import NAME, door, lead_here, url_of
from support.fault_server import FaultServer, answer
from support.fleet import KEYS, settings
from support.program import SOON, Program, Result
from support.stand_in import StandIn

from reconciler.client import deadline, receiver
from reconciler.client.receiver import Visit
from reconciler.core.ci_systems import SYSTEMS
from reconciler.doctor.rounds import MOST_AT_A_HOST, ask_all
from reconciler.doctor.vendor_test import vendor_test
from reconciler.engine.scheduler import Scheduler

URL = f"https://{NAME}/calls"
PUBLIC = "8.8.8.8"
PRIVATE = (
    *("127.0.0.1", "10.1.2.3", "100.64.0.1", "169.254.169.254", "192.168.1.1", "224.0.0.1"),
    *("::1", "fd00::1", "fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the addresses that would be connected to; nothing is."""
    addresses: list[str] = []

    def note(connection: Any, address: Any, _: int) -> Any:
        connection.close()
        addresses.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(deadline, "_connected", note)
    return addresses


def leading(monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str]) -> list[str]:
    """Have the name lead to each of these lists of addresses in turn; return who was looked up."""
    asked, left = [], [*answers]

    def resolve(host: str, port: int) -> Any:
        asked.append(host)
        found = left.pop(0) if left[1:] else left[0]
        return [(_family(one), socket.SOCK_STREAM, 0, "", (one, port)) for one in found]

    monkeypatch.setattr(receiver, "resolve", resolve)
    return asked


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def by_doctor(program: Program, url: str) -> None:
    """Have ``doctor`` ask a URL."""
    program.write("santral.yaml", one_santral(url))
    assert program.run("doctor", "--desired").exit_code == 1


def by_ring(program: Program, url: str) -> None:
    """Have ``ring`` send something there."""
    assert program.run("ring", url).exit_code == 1


def by_sandbox(_: Program, url: str) -> None:
    """Have the stand-in test a URL as ``sandbox --check-urls`` does."""
    assert not vendor_test()(url)


WAYS = {"doctor": by_doctor, "ring": by_ring, "sandbox": by_sandbox}


def one_santral(url: str) -> str:
    """Return a file of one santral with this URL."""
    fields = json.dumps(
        {"allow_insecure_url": "true", "crm_integration": {"notification_url": url}}
    )
    return f"version: 1\nsantrals:\n  ankara: {fields}\n"


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_is_connected_to_that_is_not_public(
    program: Program,
    connected: list[str],
    way: Callable[[Program, str], None],
    address: str,
) -> None:
    """Whatever the name, and however the address is wrapped."""
    leading(program.monkeypatch, [address])

    way(program, URL)

    assert connected == []


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_one_private_address_among_others_shuts_the_door(
    program: Program, connected: list[str], way: Callable[[Program, str], None]
) -> None:
    """Nobody knows which one the vendor would take."""
    leading(program.monkeypatch, [PUBLIC, "127.0.0.1"])

    way(program, URL)

    assert connected == []


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(
    program: Program, connected: list[str], way: Callable[[Program, str], None]
) -> None:
    """A name that leads to this machine a moment later has been looked up for the last time."""
    asked = leading(program.monkeypatch, [PUBLIC], ["127.0.0.1"])

    way(program, URL)

    assert (asked, connected) == ([NAME], [PUBLIC])


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://[::1]:9/", "https://[::ffff:7f00:1]/"]
)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_an_address_in_the_url_itself_is_looked_at_too(
    program: Program, connected: list[str], way: Callable[[Program, str], None], url: str
) -> None:
    """``allow_insecure_url`` is for the file; it opens no door."""
    way(program, url)

    assert connected == []


@contextmanager
def receiving(program: Program, tmp_path: Path) -> Iterator[FaultServer]:
    """Serve a receiver that is in order, to which every name below example.com leads."""
    lead_here(program.monkeypatch, tmp_path / "authority.pem")
    with door(tls_with(doors.IN_ORDER)) as server:
        yield server


def test_nothing_around_the_program_has_a_say_at_a_url(program: Program, tmp_path: Path) -> None:
    """No proxy, no login, no CA bundle, and not what is given for the API either."""
    netrc, bundle = tmp_path / "netrc", tmp_path / "bundle.pem"
    netrc.write_text("default login a password b\n")
    OTHER_AUTHORITY.cert_pem.write_to_path(str(bundle))
    with FaultServer({}) as proxy, receiving(program, tmp_path) as server:
        program.monkeypatch.setenv("NETRC", str(netrc))
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
            program.monkeypatch.setenv(name, proxy.origin)
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            program.monkeypatch.setenv(name, str(bundle))
        program.write("santral.yaml", one_santral(url_of(server)))
        given = ("--proxy", proxy.origin, "--ca-file", str(bundle))

        result = program.run("doctor", "--desired", "--allow-private", *given)

    assert (result.exit_code, proxy.connections) == (0, 0)
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("command", ["doctor", "ring"])
def test_an_authority_for_the_api_vouches_for_no_url(
    program: Program, tmp_path: Path, command: str
) -> None:
    """The company's own CA is for the API; the vendor does not know it."""
    bundle = tmp_path / "bundle.pem"
    OTHER_AUTHORITY.cert_pem.write_to_path(str(bundle))
    lead_here(program.monkeypatch, tmp_path / "authority.pem")
    with door(tls_with(doors.WITHOUT_CHAIN)) as server:
        program.write("santral.yaml", one_santral(url_of(server)))
        target = [url_of(server)] if command == "ring" else ["--desired"]

        result = program.run(command, *target, "--allow-private", "--ca-file", str(bundle))

    assert (result.exit_code, server.requests) == (1, [])
    assert "It shows a certificate without the one that vouches for it." in result.stdout


def test_no_cookie_is_kept_from_one_url_to_the_next(program: Program, tmp_path: Path) -> None:
    """Each is asked as if it were the only one."""
    with receiving(program, tmp_path) as server:
        server.rule("?", "POST", answer(200, "", "Set-Cookie: a=b; Domain=example.com"))
        program.write("santral.yaml", several(server, "a", "b", "c"))

        assert program.run("doctor", "--desired", "--allow-private").exit_code == 0

    assert [one.headers.get("cookie") for one in server.requests] == [None] * 3


def several(server: FaultServer, *names: str, path: str = "/{name}") -> str:
    """Return a file of several santrals."""
    url = url_of(server, path)
    default = f"defaults: {{crm_integration: {{notification_url: '{url}'}}}}\n"
    entries = "".join(f"  {name}: {{crm_integration: {{}}}}\n" for name in names)
    return f"version: 1\n{default}santrals:\n{entries}"


def test_no_key_reaches_a_url(program: Program, stand_in: StandIn, tmp_path: Path) -> None:
    """Neither by doctor nor by ring, of whichever santral."""
    with receiving(program, tmp_path) as server:
        program.write("santral.yaml", several(server, *KEYS))
        for name in KEYS:
            stand_in.hold(name, settings("on", "on", "on", url_of(server, f"/{name}?t=1")))

        assert program.run("doctor", "--allow-private").exit_code == 0
        assert program.run("ring", "ankara", "--allow-private").exit_code == 0

    sent = [str(request) for request in server.requests]
    assert len(sent) == len(KEYS) + 1
    assert [key for key in KEYS.values() for one in sent if key.reveal() in one] == []


SHAPED = "K12345678-1234-5678-4321-123456789012"


UNSHAPED = "an-odd-key-of-no-known-shape"


@pytest.mark.parametrize("key", [UNSHAPED, SHAPED], ids=["at hand", "like one"])
@pytest.mark.parametrize("way", ["doctor", "ring a santral", "ring a URL"])
def test_a_url_with_a_key_in_it_is_not_asked(
    program: Program, stand_in: StandIn, tmp_path: Path, way: str, key: str
) -> None:
    """Whoever serves it would have the key."""
    program.monkeypatch.setenv("SANTRAL_KEY_DENIZLI", UNSHAPED)
    with receiving(program, tmp_path) as server:
        url = url_of(server, f"/?k={key}")
        program.write("santral.yaml", several(server, "ankara"))
        stand_in.hold("ankara", settings("on", "on", "on", url))
        command = {"doctor": ["doctor"], "ring a santral": ["ring", "ankara"]}

        result = program.run(*command.get(way, ["ring", url]), "--allow-private")

    assert (result.exit_code, server.connections) == (1, 0)
    assert key not in result.whole_stdout + result.stderr


TOKEN = "Zx9Kq2Wv7Bn4Mt1R"  # noqa: S105 - nobody's
SPELLINGS = {
    "as it is": TOKEN,
    "percent-encoded": "".join(f"%{ord(one):02X}" for one in TOKEN),
    "in part": f"%5A{TOKEN[1:]}",
    "in base64": b64encode(TOKEN.encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("way", [["doctor"], ["ring", "ankara"]], ids=["doctor", "ring"])
def test_a_url_with_the_secret_of_another_host_is_not_asked(
    program: Program, stand_in: StandIn, tmp_path: Path, way: list[str], spelled: str
) -> None:
    """It is live by mistake, or by malice; its place there is shown to nobody."""
    program.monkeypatch.setenv("SANTRAL_SECRETS", f"crm_token@other.example.com={TOKEN}")
    with receiving(program, tmp_path) as server:
        program.write("santral.yaml", several(server, "ankara"))
        stand_in.hold("ankara", settings("on", "on", "on", url_of(server, f"/?token={spelled}")))

        result = program.run(*way, "--allow-private", "--show-urls")

    assert (result.exit_code, server.connections) == (1, 0)
    assert "holds a secret that is for another host" in result.stdout + result.stderr
    assert {TOKEN, spelled} & {*(result.whole_stdout + result.stderr).split("=")} == set()


def test_a_secret_goes_to_its_own_host(program: Program, stand_in: StandIn, tmp_path: Path) -> None:
    """Also one that begins like another's, as tokens of one kind do."""
    with receiving(program, tmp_path) as server:
        lines = f"a@{NAME}:{server.port}={TOKEN}-ours\nb@b.example.com={TOKEN}-theirs"
        program.monkeypatch.setenv("SANTRAL_SECRETS", lines)
        program.write("santral.yaml", several(server, "ankara"))
        stand_in.hold("ankara", settings("on", "on", "on", url_of(server, f"/?t={TOKEN}-ours")))

        assert program.run("doctor", "--allow-private").exit_code == 0

    assert server.requests[0].target == f"/?t={TOKEN}-ours"


def test_each_url_is_asked_once_and_a_host_by_few_at_a_time() -> None:
    """However many santrals share a URL, and however many are looked at at a time."""
    urls = [f"https://{NAME}/{number}" for number in range(12)]
    asked: list[str] = []
    entered, may_leave = threading.Semaphore(0), threading.Semaphore(0)

    def ask(url: str) -> Visit:
        asked.append(url)
        entered.release()
        assert may_leave.acquire(timeout=SOON)
        return Visit(0.0, status=200)

    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(ask_all, [*urls, *urls], ask, Scheduler(32))
        for _ in range(MOST_AT_A_HOST):
            assert entered.acquire(timeout=SOON)
        is_fifth_there = entered.acquire(timeout=0.3)
        may_leave.release(2 * len(urls))

    assert (is_fifth_there, sorted(asked)) == (False, sorted(urls))
    assert {*result.result()} == {*urls}


def test_no_url_is_lost_where_two_are_after_the_last() -> None:
    """Of threads that change places at every turn, one finds nothing left."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    urls = [f"https://{NAME}/{number}" for number in range(5)]
    try:
        for _ in range(200):
            found = ask_all(urls, lambda _: Visit(0.0, status=200), Scheduler(8))
            assert {*found} == {*urls}
    finally:
        sys.setswitchinterval(interval)


EVENTS = [(one.event, value) for one in SYSTEMS.values() for value in sorted(one.of_proposals)]


@pytest.mark.parametrize(("variable", "value"), EVENTS)
@pytest.mark.parametrize("way", [["doctor"], ["ring", "ankara"]], ids=["doctor", "ring"])
def test_a_pull_request_makes_no_runner_knock(
    program: Program, connected: list[str], way: list[str], variable: str, value: str
) -> None:
    """Its files would choose whom the runner asks, and secrets would go along."""
    program.write("santral.yaml", one_santral(URL))
    program.monkeypatch.setenv(variable, value)
    told = (
        "Error: --desired asks the URLs of the files, and a pull request must not make a runner do "
        "that. Use it in the job that applies what was approved.\n"
    )

    result = program.run(*way, "--desired")

    assert (result.exit_code, result.stdout, connected) == (1, "", [])
    assert result.stderr.endswith(told)


def test_a_resolver_that_hangs_takes_no_longer_than_the_request_may(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline is of the whole request."""
    ended = threading.Event()
    monkeypatch.setattr(receiver, "resolve", lambda *_: ended.wait(120))
    program.write("santral.yaml", one_santral(URL))

    result: Result = program.run("doctor", "--desired", "--timeout=0.2")
    ended.set()

    assert "could not be looked up within 0.2 s" in result.stdout
