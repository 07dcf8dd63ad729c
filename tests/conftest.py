"""Fixtures that every test may use."""

import io
import logging
import os
import runpy
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from support.certificates import AUTHORITY
from support.clock import JumpingClock
from support.fleet import ANKARA, BURSA, FILE, KEYS
from support.misbehaving_api import Scene, set_scene
from support.others_keys import ALL_KEYS
from support.places import ROOT
from support.program import NOW, Program
from support.sandbox_served import Listener, checking_service, listening, old_service
from support.stand_in import SpyService, StandIn

from reconciler.cli import fleets
from reconciler.cli.variables import PROXIES, ROOTS
from reconciler.client import receiver, round_trip
from reconciler.core.language import ENGLISH
from reconciler.core.translation import speak
from reconciler.engine import scheduler
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Service, by_name
from reconciler.sandbox.store import Store

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
"""Each of the many processes that tests start would compile the program anew, and each of pytest's
own the tests."""

for _name, _usual in (("SIGHUP", signal.SIG_DFL), ("SIGINT", signal.default_int_handler)):
    _number = getattr(signal, _name, None)  # Windows has no SIGHUP.
    # As nohup has it, and a shell in the background.
    if _number and signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)

hypothesis.settings.register_profile("busy", deadline=None)
hypothesis.settings.load_profile("busy")
"""A machine that is busy for a moment makes no example slow."""

os.environ.pop("SANTRAL_LANG", None)
os.environ.setdefault("LANG", "C.UTF-8")
for _name in ("LC_ALL", "LC_MESSAGES", "LANG"):
    if os.environ.get(_name, "").startswith("tr"):
        os.environ[_name] = "C.UTF-8"
"""What the program says is English, whatever whoever runs the tests speaks."""

runpy.run_path(str(ROOT / ".ci/build_catalogues.py"))["compile_all"](ROOT)
"""So translations that were edited are those that are tried."""

if hasattr(time, "tzset"):  # Windows takes the time zone from its settings only.
    os.environ["TZ"] = "<+03>-3"
    time.tzset()
    """So no local time is mistaken for one of UTC."""


BY_NAME = [Path(__file__).with_name(room) for room in ("runners", "installed")]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what needs runners that others wrote, or a wheel, unless .ci/run names it."""
    named = [Path(one.partition("::")[0]).absolute() for one in config.args]
    is_named = any(collection_path in {one, *one.parents} for one in named)
    return True if collection_path in BY_NAME and not is_named else None


@pytest.fixture(autouse=True)
def english() -> None:
    """Speak it, whatever was spoken in the test before."""
    speak(ENGLISH)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Give the program an empty folder, and an environment without settings for it."""
    for name in [*os.environ]:
        others = {"NO_COLOR", "FORCE_COLOR", "CI", *PROXIES, *ROOTS}
        if name.startswith("SANTRAL_") or name in others:
            monkeypatch.delenv(name)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(fleets, "utc_now", lambda: datetime.fromisoformat(NOW))
    return Program(folder, monkeypatch)


@pytest.fixture(autouse=True)
def jumping_clock(monkeypatch: pytest.MonkeyPatch) -> type[JumpingClock]:
    """Let no test wait for a backoff."""
    JumpingClock.waits = []
    monkeypatch.setattr(scheduler, "Clock", JumpingClock)
    return JumpingClock


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no name of a notification URL be looked up outside this machine."""

    def resolve(host: str, port: int) -> Sequence[Any]:
        if host not in {"localhost", "127.0.0.1", "::1"}:
            raise socket.gaierror(socket.EAI_NONAME, "")
        return round_trip.resolve(host, port)

    monkeypatch.setattr(receiver, "resolve", resolve)


@pytest.fixture
def stand_in(program: Program) -> Iterator[StandIn]:
    """Serve a stand-in that knows KEYS, and point the program at it."""
    service = SpyService(Store(), by_name(KEYS))
    service.requests = []
    service.rules = []
    with SandboxServer(service).running() as origin:
        program.monkeypatch.setenv("SANTRAL_API_URL", origin)
        for name, key in KEYS.items():
            program.monkeypatch.setenv(f"SANTRAL_KEY_{name.upper()}", key.reveal())
        yield StandIn(service, origin)


@pytest.fixture
def debug_log() -> Iterator[io.StringIO]:
    """Collect everything that anybody logs."""
    log, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(log), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield log
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture
def two(program: Program, stand_in: StandIn) -> StandIn:
    """Give a file of two santrals, neither set up yet."""
    program.write("santral.yaml", FILE)
    return stand_in


@pytest.fixture
def in_sync(two: StandIn) -> StandIn:
    """Give a file of two santrals, both as it wants them."""
    two.hold("ankara", ANKARA)
    two.hold("bursa", BURSA)
    return two


@pytest.fixture
def without_keys(program: Program, in_sync: StandIn) -> None:
    """Give a file of two santrals in sync, and no key of theirs in any variable."""
    for name in KEYS:
        program.monkeypatch.delenv(f"SANTRAL_KEY_{name.upper()}")


@pytest.fixture
def more_keys(program: Program) -> None:
    """Give a file of two santrals, and more keys than theirs."""
    program.monkeypatch.setenv("SANTRAL_KEYS", ALL_KEYS)
    program.write("santral.yaml", FILE)


@pytest.fixture
def scene(program: Program, debug_log: io.StringIO) -> Iterator[Scene]:
    """Give a program and an API that misbehaves, and hold what must hold in every such run."""
    with set_scene(program, debug_log) as scene:
        yield scene


@pytest.fixture
def service() -> Service:
    """Give a stand-in that knows ankara, with old settings, and bursa, which is not set up."""
    return old_service()


@pytest.fixture
def checking() -> Service:
    """Give a stand-in that tests new URLs, and knows ankara with old settings."""
    return checking_service()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Give a customer's web server, whose paths are HTTP statuses."""
    with listening() as heard:
        yield heard


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    """Give a file with the certificate of the authority that is trusted."""
    path = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    return str(path)
