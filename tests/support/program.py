"""What tests share: the program to run, a clock that jumps, a stand-in to spy on."""

import io
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from reconciler.cli.main import main
from reconciler.core.secret import Key
from reconciler.core.settings import Settings, Switch
from reconciler.engine import scheduler
from reconciler.sandbox.service import Reply, Service

if TYPE_CHECKING:
    from queue import SimpleQueue

NOW = "2026-11-25T08:00:00Z"
"""The time at which the program fixture makes all plans."""


def key_number(number: int) -> Key:
    """Return a key of the documented shape; nobody's."""
    return Key(f"K{number:08d}-1111-2222-3333-444444444444")


KEYS = {
    name: key_number(number)
    for number, name in enumerate(("ankara", "bursa", "canakkale", "denizli"), start=1)
}

OTHER_SHAPE = "sk_made_up_0123456789abcdef"
"""A key of the other shape that the vendor shows; nobody's."""

FILE = """\
version: 1
defaults:
  crm_integration:
    ringing: on
    answered: on
    hangup: on
    notification_url: https://crm.example.com/{name}
santrals:
  ankara:
    crm_integration: {}
  bursa:
    crm_integration: {ringing: off}
"""

SOON = 30.0
"""Seconds within which a busy machine ends what takes well under one, and what hangs does not."""

IN_SANDBOX = "This is the sandbox (.santral/sandbox.json). No real santral is read or changed.\n"
"""What every run with --sandbox says on stderr."""


@dataclass(frozen=True)
class Result:
    """What a run of the program gave."""

    exit_code: int
    stdout: str
    """Without what is in ``origin``, which tests/promises/test_origin.py looks at."""
    stderr: str
    origin: str = field(default="", compare=False)
    """The line at the top of a plan's text that says what it is of, and the empty one below."""

    @property
    def whole_stdout(self) -> str:
        """What really came out."""
        return self.origin + self.stdout


_ORIGIN = re.compile(r"(?:\x1b\[\d+m)*For [^\n]*\.(?:\x1b\[0m)? Made \d{4}-[^\n]*\.\n\n")


def parted(text: str) -> tuple[str, str]:
    """Part the text of a plan into what says what it is of, with place and time, and the rest."""
    found = _ORIGIN.match(text)
    end = found.end() if found else 0
    return text[:end], text[end:]


def without_origin(text: str) -> str:
    """Return a plan, text or comment, without what differs from place to place, time to time."""
    return _ORIGIN_IN_COMMENT.sub(r"\1", parted(text)[1])


_ORIGIN_IN_COMMENT = re.compile(r"(<!-- santral:plan -->\n)\n(?:\*\*)?For [^\n]*\.(?:\*\*)? Made [^\n]*\.\n")


@dataclass
class Program:
    """The program as its user meets it, run inside this process in an empty folder."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, *arguments: str, stdin: bytes = b"", terminal: bool = False) -> Result:
        """Run one command line; with ``terminal``, all three streams say that they are one.

        The environment, which the program takes the keys from, is given back afterwards.
        """
        kind = _Terminal if terminal else io.TextIOWrapper
        out, err = (kind(io.BytesIO(), encoding="ascii") for _ in range(2))
        with mock.patch.dict(os.environ), pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", kind(io.BytesIO(stdin)))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            exit_code = main(arguments)
        origin, stdout = parted(_text(out))
        return Result(exit_code, stdout, _text(err), origin)


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")


def events(journal: Path) -> list[str]:
    """Return what a journal's records tell of, in order."""
    return [json.loads(line)["event"] for line in journal.read_text().splitlines()]


class JumpingClock(scheduler.Clock):
    """Jumps over the waits of a run, and remembers how far.

    It never jumps while work is under way, be the machine ever so busy.
    """

    waits: list[float]
    working = 0
    """How many jobs are being worked on, or are about to be."""
    meanwhile: Callable[[], object] = staticmethod(lambda: None)
    """What happens during each wait."""

    def __init__(self) -> None:
        self._jumped = 0.0
        type(self).waits = []

    def now(self) -> float:
        return super().now() + self._jumped

    def jump(self, seconds: float) -> None:
        self._jumped += seconds

    def receive(self, inbox: "SimpleQueue[Any]", seconds: float | None) -> Any:
        if self.working or not inbox.empty() or seconds is None:
            return super().receive(inbox, seconds)
        self.meanwhile()
        self.waits.append(seconds)
        self.jump(seconds)
        return None


_seconds_to_next = scheduler._Run._seconds_to_next  # noqa: SLF001


def _telling_the_clock(run: "scheduler._Run[Any]") -> float | None:
    """Let a clock that jumps know of the work under way, before it is asked to wait."""
    clock = run._scheduler.clock  # noqa: SLF001
    if isinstance(clock, JumpingClock):
        clock.working = run._working  # noqa: SLF001
    return _seconds_to_next(run)


scheduler._Run._seconds_to_next = _telling_the_clock  # type: ignore[assignment]  # noqa: SLF001


class SpyService(Service):
    """The stand-in, remembering what it was asked; the keys are left out."""

    requests: list[tuple[str, str]]
    meddle: Callable[[str, str, int], Reply | None]
    """Called with method, name, and how many such requests there were; may answer instead."""

    def answer(self, method: str, target: str, body: str) -> Reply:
        name = next((n for n, key in KEYS.items() if key.reveal() in target + body), "?")
        self.requests.append((method, name))
        meddled = self.meddle(method, name, self.requests.count((method, name)))
        return meddled or super().answer(method, target, body)


@dataclass
class StandIn:
    """A stand-in that is being served, and a program set up to use it."""

    service: SpyService
    origin: str

    def hold(self, name: str, settings: Settings) -> None:
        """Make these the live settings of a santral."""
        self.service.store.update(name, asdict(settings))

    def live(self, name: str) -> Settings:
        return self.service.store.get(name)

    def count(self, method: str) -> int:
        return sum(asked == method for asked, _ in self.service.requests)


def settings(ringing: str, answered: str, hangup: str, url: str | None) -> Settings:
    """Return settings from plain words."""
    return Settings(Switch(ringing), Switch(answered), Switch(hangup), url)
