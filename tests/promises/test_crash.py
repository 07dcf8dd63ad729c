"""Kill -9 at every step of the protocol: nothing is left unnoticed, nothing is sent blindly."""

import atexit
import functools
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import Future
from dataclasses import dataclass, field

import pytest
from support.fleet import ANKARA
from support.journals import JOURNAL
from support.places import SUPPORT, importing_support
from support.program import Program
from support.reports import unresolved
from support.stand_in import StandIn

from reconciler.sandbox.service import Reply

KILLED = SUPPORT / "killed.py"

ONE_POST = (
    *("write 1 run_started", "fsync 1", "GET 1", "GET 2", "write 2 intent", "fsync 2", "POST 1"),
    *("GET 3", "write 3 outcome", "fsync 3", "write 4 run_ended", "fsync 4"),
)
"""Every step of a change; a write is named with what it tells of."""
TWO_POSTS = (
    *("write 1 run_started", "fsync 1", "GET 1", "GET 2", "write 2 intent", "fsync 2", "POST 1"),
    *("GET 3", "GET 4", "write 3 sending_again", "fsync 3", "POST 2"),
    *("GET 5", "write 4 outcome", "fsync 4", "write 5 run_ended", "fsync 5"),
)
"""The steps where the first POST is lost."""
MOMENTS = {
    "write": ("before", "half", "after"),
    "fsync": ("before", "after"),
    "GET": ("received",),
    "POST": ("received", "taken"),
}


@dataclass
class Remains:
    """What a run that was killed should leave behind."""

    events: list[str] = field(default_factory=list)
    is_torn: bool = False
    is_applied: bool = False
    posts: int = 0

    @property
    def is_unresolved(self) -> bool:
        return "intent" in self.events and "outcome" not in self.events


def remains(steps: tuple[str, ...], last: str) -> Remains:
    """Walk through the steps up to the last moment, and return what they leave behind."""
    left = Remains()
    for step in steps:
        kind, nth, *event = step.split()
        at = last.removeprefix(f"{kind} {nth} ") if last.startswith(f"{kind} {nth} ") else None
        if kind == "write" and at not in {"before", "half"}:
            left.events += event
        left.is_torn = at == "half"
        if kind == "POST":
            left.posts += 1
            is_lost = f"POST {int(nth) + 1}" in steps
            left.is_applied = at != "received" and not is_lost
        if at:
            break
    return left


def moments(steps: tuple[str, ...]) -> list[str]:
    """Return each moment of each step."""
    numbered = [" ".join(step.split()[:2]) for step in steps]
    return [f"{step} {moment}" for step in numbered for moment in MOMENTS[step.split()[0]]]


KILLS = [
    *((ONE_POST, last) for last in moments(ONE_POST)),
    *((TWO_POSTS, last) for last in moments(TWO_POSTS[TWO_POSTS.index("GET 4") + 1 :])),
]


@functools.cache
def runner() -> "subprocess.Popen[str]":
    """Start the process of whose copies each is a run."""
    process = subprocess.Popen(
        [sys.executable, str(KILLED)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=importing_support(),
        text=True,
    )
    atexit.register(process.communicate)
    return process


@dataclass
class Victim:
    """The program in a process of its own, which is killed at one moment."""

    program: Program
    stand_in: StandIn
    steps: tuple[str, ...]
    last: str
    _process: "Future[int]" = field(default_factory=Future)

    def run(self) -> int:
        """Apply, be killed, and return the process's exit code."""
        self.stand_in.service.rules.append(self._rule)
        given = str(self.program.folder), importing_support(), "steps.log", self.last
        process = runner()
        assert process.stdin
        assert process.stdout
        print(json.dumps([*given, "apply", "--target", "ankara"]), file=process.stdin, flush=True)
        self._process.set_result(int(process.stdout.readline()))
        code = int(process.stdout.readline())
        self.stand_in.answer_as_usual()
        return code

    def _rule(self, method: str, name: str, nth: int) -> Reply | None:
        step = f"{method} {nth}"
        with (self.program.folder / "steps.log").open("a") as log:
            log.write(f"{step}\n")
        if self.last == f"{step} taken":
            self.stand_in.hold(name, ANKARA)
        if self.last in {f"{step} received", f"{step} taken"}:
            os.kill(self._process.result(60), signal.SIGKILL)
            return Reply(500, "")
        is_lost = method == "POST" and f"POST {nth + 1}" in self.steps
        return Reply(502, "") if is_lost else None


@pytest.mark.parametrize("steps", [ONE_POST, TWO_POSTS], ids=["one POST", "two POSTs"])
def test_these_are_all_steps(program: Program, two: StandIn, steps: tuple[str, ...]) -> None:
    """What the program writes, puts on the disk and sends, in this order and nothing else."""
    code = Victim(program, two, steps, "none").run()

    numbered = [" ".join(step.split()[:2]) for step in steps]
    assert (code, (program.folder / "steps.log").read_text().splitlines()) == (0, numbered)


@pytest.mark.parametrize(("steps", "last"), KILLS, ids=[f"{len(s)}: {at}" for s, at in KILLS])
def test_killed_at_any_moment_nothing_is_left_unnoticed(
    program: Program, two: StandIn, steps: tuple[str, ...], last: str
) -> None:
    """The next plan tells what had happened; the next apply too, ends the work, and settles it."""
    left = remains(steps, last)

    assert Victim(program, two, steps, last).run() == -signal.SIGKILL

    content = JOURNAL.read_bytes()
    assert content.endswith(b"\n") == (bool(content) and not left.is_torn)
    whole = [json.loads(line) for line in content.splitlines()[: len(left.events)]]
    assert [record["event"] for record in whole] == left.events
    assert two.count("POST") == left.posts
    told = expected_words(left, whole)

    assert program.run("plan", "--target", "ankara").stderr == told
    assert JOURNAL.read_bytes() == content

    applied = program.run("apply", "--target", "ankara")
    assert (applied.exit_code, applied.stderr) == (0, told)
    assert two.count("POST") == left.posts + (not left.is_applied)
    assert two.live("ankara") == ANKARA

    assert program.run("plan", "--target", "ankara", "--detailed-exitcode").stderr == ""


def expected_words(left: Remains, whole: list[dict[str, str]]) -> str:
    """Return what the next run says on stderr."""
    torn = (
        f".santral/journal.jsonl:{len(whole) + 1}: The last line of the journal is torn: a run "
        "died while it was writing it. A change whose own line is torn was not sent. One whose "
        "outcome is missing is unresolved.\n"
    )
    ended = (
        "The change had been applied: what it wanted is live."
        if left.is_applied
        else "The change had not been applied: the settings from before it are live."
    )
    change = f"{unresolved('ankara', whole[0]['run'] if whole else '')}{ended}\n"
    return torn * left.is_torn + change * left.is_unresolved


def test_so_many_kills_are_tried_as_contributing_says() -> None:
    """A step that is left out fails here."""
    assert len(KILLS) == 43
