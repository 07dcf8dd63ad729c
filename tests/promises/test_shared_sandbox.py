"""Sandboxes that run at a time lose none of the state, and no web page can use one."""

import contextlib
import json
import os
import pty
import signal
import socket
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from support.fleet import FILE, KEYS, settings
from support.key_places import ANKARA, BURSA
from support.program import Program
from support.sandbox_served import (
    NEW,
    NEW_FIELDS,
    OLD,
    PATH,
    STATE,
    Listener,
    ask,
    broken_state,
    connect,
    form,
    serving,
    wait_until,
)

from reconciler.core.settings import Switch
from reconciler.locks import held
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Service, by_name
from reconciler.sandbox.store import StateError, Store

OWN = {"Host": "127.0.0.1:PORT"}
FROM_HERE = {
    "a program": OWN,
    "by name": {"Host": "localhost:PORT"},
    "by NAME": {"Host": "LOCALHOST:PORT"},
    "the address bar": {**OWN, "Sec-Fetch-Site": "none"},
    "its own page": {**OWN, "Origin": "http://127.0.0.1:PORT", "Sec-Fetch-Site": "same-origin"},
    "its own page by name": {"Host": "localhost:PORT", "Origin": "http://localhost:PORT"},
}
FROM_ELSEWHERE = {
    "no host": {},
    "an empty host": {"Host": ""},
    "another name for this address": {"Host": "evil.example:PORT"},
    "another name that looks alike": {"Host": "127.0.0.1.evil.example:PORT"},
    "another port": {"Host": "127.0.0.1:1"},
    "no port": {"Host": "127.0.0.1"},
    "a user": {"Host": "127.0.0.1:PORT@evil.example"},
    "another origin": {**OWN, "Origin": "https://evil.example"},
    "an origin that it does not say": {**OWN, "Origin": "null"},
    "an empty origin": {**OWN, "Origin": ""},
    "another port's page": {**OWN, "Origin": "http://127.0.0.1:3000"},
    "another name's page": {**OWN, "Origin": "http://localhost:PORT"},
    "another scheme's page": {**OWN, "Origin": "https://127.0.0.1:PORT"},
    "another site's page": {**OWN, "Sec-Fetch-Site": "cross-site"},
    "this site's other page": {**OWN, "Sec-Fetch-Site": "same-site"},
}
POSTED = form(ANKARA, **NEW_FIELDS)


def answered(origin: str, headers: dict[str, str], *more: str) -> bytes:
    """POST new settings of ankara with these headers, and return the answer."""
    port = origin.rpartition(":")[2]
    lines = [f"{name}: {text}".replace("PORT", port) for name, text in headers.items()]
    length = f"Content-Length: {len(POSTED)}"
    head = "\r\n".join([f"POST {PATH} HTTP/1.1", *lines, *more, length, "Connection: close"])
    with socket.create_connection(("127.0.0.1", int(port)), timeout=120) as client:
        client.sendall(f"{head}\r\n\r\n{POSTED}".encode())
        return b"".join(iter(lambda: client.recv(4096), b""))


@pytest.mark.parametrize("headers", FROM_HERE.values(), ids=FROM_HERE)
def test_programs_of_this_machine_are_answered(service: Service, headers: dict[str, str]) -> None:
    """And a page of the stand-in's own, if there were one."""
    with SandboxServer(service).running() as origin:
        assert answered(origin, headers).endswith(b"\r\n\r\nOk")
    assert service.store.get("ankara") == NEW


@pytest.mark.parametrize("headers", FROM_ELSEWHERE.values(), ids=FROM_ELSEWHERE)
def test_what_a_web_page_may_have_sent_is_refused(
    checking: Service, listener: Listener, headers: dict[str, str]
) -> None:
    """Nothing is changed, no URL is tested, and the answer says why, but not the key."""
    with SandboxServer(checking).running() as origin:
        reply = answered(origin, headers).decode()

    assert reply.startswith("HTTP/1.1 403 ")
    assert reply.endswith("(see Host, Origin and Sec-Fetch-Site).")
    assert "Access-Control" not in reply
    assert ANKARA not in reply
    assert checking.store.get("ankara") == OLD
    assert listener.asked == []


def test_a_second_host_is_refused(service: Service) -> None:
    """Nobody knows which of them was meant."""
    with SandboxServer(service).running() as origin:
        assert b" 403 " in answered(origin, OWN, "Host: evil.example")


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize("is_reversed", [False, True])
def test_two_at_a_time_lose_nothing_of_the_state(*, is_reversed: bool) -> None:
    """Each adds to what the other saved, and sees it; whichever ends first."""
    with serving() as one, serving() as other:
        one.ask("POST", ANKARA, **NEW_FIELDS)
        other.ask("POST", BURSA, **NEW_FIELDS)
        new = (200, json.dumps(asdict(NEW)))
        wait_until(lambda: (one.ask("GET", BURSA), other.ask("GET", ANKARA)) == (new, new))
        for served in sorted((one, other), key=lambda served: (served is one) == is_reversed):
            assert served.end(signal.SIGTERM)[0] == 0
    assert [*json.loads(STATE.read_text())["santrals"].values()] == [asdict(NEW)] * 2


def test_only_what_was_changed_is_added_to_what_another_saved(tmp_path: Path) -> None:
    """Also of one santral: what a POST leaves out keeps the value that it has by then."""
    path = tmp_path / "state.json"
    one, other = Store(path), Store(path)
    one.update("ankara", {"ringing": Switch.ON})
    other.update("ankara", {"hangup": Switch.ON})
    other.update("bursa", asdict(NEW))
    one.save()
    other.save()

    for store in (one, other, Store(path)):
        assert store.get("ankara") == settings("on", "off", "on", None)
        assert store.get("bursa") == NEW


def test_a_state_that_another_holds_is_saved_later(tmp_path: Path) -> None:
    """It is an error only at the end, and says who hinders."""
    path = tmp_path / "state.json"
    store = Store(path)
    store.update("ankara", asdict(NEW))

    with held(tmp_path, patience=0), pytest.raises(StateError) as raised:
        store.save(patience=0)
    assert str(raised.value).endswith(
        "state.json, cannot be written. Another run is using it. Wait for it to end, then run "
        "again."
    )
    store.save()
    assert Store(path).get("ankara") == NEW


def test_a_large_state_is_not_written_for_each_request(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 300 POSTs to one of 10,000 santrals, few make the file anew."""
    store = Store(tmp_path / "state.json")
    for number in range(10_000):
        store.update(f"santral-{number}", asdict(NEW))
    written: list[Path] = []
    monkeypatch.setattr("reconciler.output_files.write", lambda path, _, **__: written.append(path))
    large = Service(store, by_name({"ankara": KEYS["ankara"]}))

    with (
        SandboxServer(large).running() as origin,
        contextlib.closing(connect(origin)) as connection,
    ):
        for _ in range(300):
            assert ask(connection, "POST", PATH, POSTED) == (200, "Ok")
        assert len(written) < 100


@pytest.mark.usefixtures("program")
def test_a_state_edited_while_it_is_served_is_seen(program: Program) -> None:
    """One that was edited wrongly is passed over, and never written over."""
    program.write("keys", f"ankara={ANKARA}")
    with serving("--keys-file", "keys") as served:
        program.write("state.json", json.dumps({"santrals": {"ankara": asdict(NEW)}}))
        assert served.ask("GET", ANKARA) == (200, json.dumps(asdict(NEW)))
        STATE.write_text("{")
        assert served.ask("GET", ANKARA) == (200, json.dumps(asdict(NEW)))
        assert served.ask("POST", ANKARA, **NEW_FIELDS) == (200, "Ok")
        said = f"Only the keys in the keys file exist there.\n{broken_state('state.json')}\n"
        assert served.end(signal.SIGTERM) == (1, "", said)
    assert STATE.read_text() == "{"


def test_two_runs_in_the_sandbox_at_a_time_lose_nothing(program: Program) -> None:
    """One waits for an answer, knowing the state of before, while the other begins and ends."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_SANDBOX", "1")
    pid, terminal = pty.fork()
    if pid == 0:
        arguments = ("apply", "--target", "ankara", "--journal", "other.jsonl")
        os.execv(sys.executable, [sys.executable, "-m", "reconciler", *arguments])  # noqa: S606
    seen = b""
    while b"[y/N]" not in seen:
        seen += os.read(terminal, 4096)

    run = program.run("apply", "--yes", "--target", "bursa")
    os.write(terminal, b"y\n")
    with contextlib.suppress(OSError):  # Where the other end is closed.
        while os.read(terminal, 4096):
            pass
    _, status = os.waitpid(pid, 0)
    os.close(terminal)

    assert (run.exit_code, os.waitstatus_to_exitcode(status)) == (0, 0)
    assert program.run("plan").stdout == "Plan: 0 to change, 2 in sync, 0 failed.\n"
