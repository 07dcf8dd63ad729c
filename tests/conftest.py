"""Fixtures that every test may use."""

import io
import logging
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from support.program import KEYS, NOW, JumpingClock, Program, SpyService, StandIn

from reconciler.cli import fleets
from reconciler.engine import scheduler
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import by_name
from reconciler.sandbox.store import Store


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Give the program an empty folder, and an environment without settings for it."""
    for name in [*os.environ]:
        if name.startswith("SANTRAL_") or name in {"NO_COLOR", "CI"}:
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


@pytest.fixture
def stand_in(program: Program) -> Iterator[StandIn]:
    """Serve a stand-in that knows KEYS, and point the program at it."""
    service = SpyService(Store(), by_name(KEYS))
    service.requests = []
    service.meddle = lambda *_: None
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
