"""Answers out of turn: that of one santral is never taken for another's, nor for another request's.

Nothing in an answer says whose it is, so a server or proxy that answers once too often shifts all
that follow over the same connection by one.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import requests.utils
from support import fault_server as fault
from support import proxy_server as proxies
from support.certificates import AUTHORITY, good_tls
from support.clock import JumpingClock
from support.fault_server import (
    LIVE,
    Act,
    FaultServer,
    Turn,
    after_interim,
    answer,
    head,
    listen_once_let_in,
)
from support.fleet import key_number
from support.journals import JOURNAL
from support.program import Program, Result
from support.proxy_server import ProxyServer

from reconciler.client.connections import SETTLING
from reconciler.core.settings import Settings, Switch

FLEET = {name: key_number(number) for number, name in enumerate(("ankara", "bursa", "canakkale"))}
FILE = """\
version: 1
santrals:
  ankara: {crm_integration: {ringing: off}}
  bursa: {crm_integration: {ringing: off}}
  canakkale: {crm_integration: {ringing: off}}
"""
RECORDS = {
    "ankara": replace(LIVE, notification_url="https://ankara.example.com/calls"),
    "bursa": replace(LIVE, notification_url="https://bursa.example.com", answered=Switch.OFF),
    "canakkale": replace(LIVE, notification_url="https://canakkale.example.com", hangup=Switch.OFF),
}
WANTED = {name: replace(record, ringing=Switch.OFF) for name, record in RECORDS.items()}
WARNING = (
    "The server answers out of turn, so one santral's answer may be taken for another's. This "
    "santral was read again, over a connection of its own."
)


@contextmanager
def serving(program: Program, way: str) -> Iterator[FaultServer]:
    """Serve the fleet, plain, over TLS, or over TLS behind a proxy."""
    authority = program.folder / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(authority))
    program.monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(authority))
    program.write("santral.yaml", FILE)
    lines = "\n".join(f"{name}={key.reveal()}" for name, key in FLEET.items())
    program.monkeypatch.setenv("SANTRAL_KEYS", lines)
    tls = None if way == "plain" else good_tls()
    with FaultServer(FLEET, tls) as server:
        server.live = dict(RECORDS)
        program.monkeypatch.setenv("SANTRAL_API_URL", server.origin)
        if not way.startswith("proxy"):
            yield server
            return
        with ProxyServer(proxies.tunnel, good_tls() if way == "proxy, TLS" else None) as proxy:
            program.monkeypatch.setenv("SANTRAL_PROXY", proxy.url)
            yield server


@pytest.fixture(params=["plain", "TLS", "proxy", "proxy, TLS"])
def server(request: pytest.FixtureRequest, program: Program) -> Iterator[FaultServer]:
    """Serve a fleet of which each santral has settings of its own."""
    with serving(program, request.param) as server:
        yield server


def run(program: Program, command: str, *options: str) -> Result:
    """Run a command, one santral at a time, so that all share a connection."""
    return program.run(command, "--format=json", "--parallelism=1", "--max-changes=100%", *options)


def planned(result: Result) -> dict[str, list[str]]:
    """Return the warnings of each santral of a plan; each is to be brought to what is wanted."""
    santrals = json.loads(result.stdout)["santrals"]
    assert {one["status"] for one in santrals} == {"change"}
    return {one["name"]: one["warnings"] for one in santrals}


def before_in_journal() -> dict[str, dict[str, str]]:
    """Return the settings before each change, by santral."""
    records = map(json.loads, Path(JOURNAL).read_text("utf-8").splitlines())
    return {one["santral"]: one["before"] for one in records if one["event"] == "intent"}


def as_record(settings: Settings) -> dict[str, str | None]:
    """Return settings as the journal has them."""
    return json.loads(fault.document(settings))  # type: ignore[no-any-return]


SHIFTS: dict[str, Act] = {
    "102": after_interim(102),
    "three 102": after_interim(102, 102, 102),
    "twice, at once": fault.twice,
    "twice, late": fault.twice_late,
    "Ok after it": fault.with_more(head(200, "Content-Length: 2") + b"Ok"),
}


@pytest.mark.parametrize("shift", SHIFTS.values(), ids=SHIFTS)
def test_every_change_is_made_from_the_santrals_own_settings(
    program: Program, server: FaultServer, shift: Act
) -> None:
    """The first answer of the plan comes with others around it; nobody gets another's settings."""
    server.rule("ankara", "GET", shift, turns=[1])

    result = run(program, "apply")

    outcomes = {one["name"]: one["outcome"] for one in json.loads(result.stdout)["santrals"]}
    assert {one["result"] for one in outcomes.values()} == {"applied"}, outcomes
    assert server.live == WANTED
    assert before_in_journal() == {name: as_record(one) for name, one in RECORDS.items()}


@pytest.mark.parametrize("shift", [SHIFTS["twice, late"]], ids=["twice, late"])
def test_what_came_over_a_connection_with_a_late_answer_is_read_anew_with_a_warning(
    program: Program, server: FaultServer, shift: Act
) -> None:
    """All that was read over it: which of them got another's answer cannot be known."""
    server.rule("ankara", "GET", shift, turns=[1])

    result = run(program, "plan")

    warned = {name: warnings == [WARNING] for name, warnings in planned(result).items()}
    steps = {name: server.steps(name) for name in FLEET}
    assert result.exit_code == 0
    assert warned["ankara"]
    assert warned["bursa"]
    assert steps == {name: "GG" if is_warned else "G" for name, is_warned in warned.items()}


@pytest.mark.parametrize("is_late", [True, False], ids=["late", "too late"])
def test_an_answer_that_comes_after_the_last_one_is_waited_for(
    program: Program, server: FaultServer, is_late: bool
) -> None:
    """Once the last request has been made, for a tenth of a second; nobody waits for more."""
    program.monkeypatch.setattr(
        "reconciler.client.connections.SETTLING", 1.0 if is_late else SETTLING
    )

    def late(turn: Turn) -> None:
        fault.as_documented(turn)
        if is_late:
            turn.send(fault.written(turn))

    server.rule("canakkale", "GET", late, turns=[1])
    warnings = planned(run(program, "plan"))
    assert warnings == dict.fromkeys(FLEET, [WARNING] if is_late else [])


def test_a_server_in_order_is_asked_over_one_connection_and_without_a_warning(
    program: Program, server: FaultServer
) -> None:
    """And each change goes over one of its own."""
    assert set(map(len, planned(run(program, "plan")).values())) == {0}
    assert server.connections == 1
    assert run(program, "apply").exit_code == 0
    assert {server.steps(name) for name in FLEET} == {"GGGPG"}
    assert server.connections == 1 + 1 + len(FLEET)


def test_interim_answers_make_no_refused_change_an_applied_one(
    program: Program, server: FaultServer
) -> None:
    """Three of them are neither its answer, nor those to the reading back."""

    def refuse(turn: Turn) -> None:
        turn.send(*[head(102)] * 3)
        answer(400, "number required")(turn)

    server.rule("bursa", "POST", refuse)

    result = run(program, "apply", "--target=bursa")

    (bursa,) = json.loads(result.stdout)["santrals"]
    assert (result.exit_code, bursa["outcome"]["result"]) == (1, "refused")
    assert (server.live["bursa"], server.steps("bursa")) == (RECORDS["bursa"], "GGPG")


def test_a_change_that_was_taken_is_not_sent_twice_for_interim_answers(
    program: Program, server: FaultServer
) -> None:
    """Neither the POST nor what is read around it is answered by one of them."""
    for method in ("GET", "POST"):
        server.rule("bursa", method, after_interim(102, 103, 102))

    assert run(program, "apply", "--target=bursa").exit_code == 0
    assert (server.live["bursa"], server.steps("bursa")) == (WANTED["bursa"], "GGPG")


@pytest.mark.parametrize(
    ("method", "turn"), [("GET", 2), ("POST", 1)], ids=["to the look", "to the change"]
)
def test_a_late_second_answer_within_a_change_is_no_news_of_it(
    program: Program, server: FaultServer, method: str, turn: int
) -> None:
    """What it is taken for is looked at again, over a new connection."""
    server.rule("bursa", method, fault.twice_late, turns=[turn])

    result = run(program, "apply", "--target=bursa")

    assert result.exit_code == 0
    assert (server.live["bursa"], server.taken) == (WANTED["bursa"], ["bursa"])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_change_holds_no_connection_while_it_waits(
    program: Program, server: FaultServer, jumping_clock: type[JumpingClock], method: str
) -> None:
    """When the wait is over, a new one is made."""
    busy = answer(429, "", "Retry-After: 20")
    server.rule("bursa", method, busy, turns=[2 if method == "GET" else 1])
    waited: list[int] = []

    def closed() -> None:
        server.wait_until_closed()
        waited.append(server.connections)

    program.monkeypatch.setattr(jumping_clock, "meanwhile", staticmethod(closed))

    assert run(program, "apply", "--target=bursa").exit_code == 0
    assert waited[0] == 2
    assert server.connections == 3


@pytest.mark.parametrize("way", ["plain", "TLS", "proxy", "proxy, TLS"])
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_an_answer_before_anything_was_asked_is_no_answer(
    program: Program, way: str, command: str
) -> None:
    """A new connection is listened to first, however slow the real answers are; nothing is sent."""
    with serving(program, way) as server:
        server.door(fault.greet)
        for method in ("GET", "POST"):
            server.rule("bursa", method, slowly)
        listen = listen_once_let_in(server)
        program.monkeypatch.setattr("reconciler.client.deadline.pulse_of", listen)
        result = run(program, command, "--target=bursa")

    (bursa,) = json.loads(result.stdout)["santrals"]
    assert (result.exit_code, bursa["status"], server.requests) == (1, "failed", [])
    assert "The server answered before anything was asked" in bursa["error"]


def slowly(turn: Turn) -> None:
    """Answer later than anybody listens to a new connection."""
    time.sleep(0.2)
    fault.as_documented(turn)


def test_no_change_is_made_from_a_look_that_came_with_more(
    program: Program, server: FaultServer
) -> None:
    """It may be another's answer; so it is looked again, over a new connection."""
    server.rule("bursa", "GET", fault.twice, turns=[2])

    result = run(program, "apply", "--target=bursa", "-v")

    assert result.exit_code == 0
    assert (server.steps("bursa"), server.live["bursa"]) == ("GGGPG", WANTED["bursa"])
    failed = r"^POST bursa: Failed in \S+ s: The server answered before anything was asked\."
    assert re.search(failed, result.stderr, re.MULTILINE)
