"""Histories: one run after another, among faults, edits in the panel and kills, all at random.

After each run the laws of ``laws.py`` hold: what is reported is true. And however a history went,
a run in peace brings every santral to what the file wants, and the next one has nothing to send.
"""

import io
import math
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import count
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from support.clock import JumpingClock
from support.fault_kinds import Fault
from support.fault_server import Act, FaultServer, Turn, after_applying, after_edit
from support.faults import FAULTS, FAULTS_OF_A_POST
from support.fleet import key_number
from support.journals import JOURNAL
from support.laws import Scene
from support.places import CONTRIBUTING
from support.program import Program

from reconciler.cli import fleets
from reconciler.core.settings import DesiredSettings, Settings, Switch

AT_LEAST = {"runs": 200, "faults met": 200, "edits": 400, "kills": 6}
"""So much happens in all histories together; CONTRIBUTING.md says so too."""

NAMES = ("ankara", "bursa", "canakkale", "denizli")
STEPS = (("GET", 1), ("GET", 2), ("POST", 1), ("GET", 3))
HISTORIES, PARTS = 52, 4
PROFILE = profile(
    max_examples=HISTORIES // PARTS,
    stateful_step_count=14,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[*HealthCheck],
    phases=[Phase.generate],
)
"""Without Phase.shrink, which would take minutes; add it to look into a failure."""

_switch = st.sampled_from(Switch)
_live = st.builds(Settings, _switch, _switch, _switch, st.just("https://live.example.com/calls"))
_desired = st.builds(
    DesiredSettings,
    *[st.none() | _switch] * 3,
    st.sampled_from([None, "https://crm.example.com/1", "https://crm.example.com/2"]),
)


@dataclass(frozen=True)
class Trouble:
    """Something that befalls one request of a santral, or that one and those that follow."""

    santral: int
    method: str
    turns: range
    fault: Fault
    is_edited: bool
    """Whether somebody edits the settings in the panel right before."""


_santral = st.integers(0, 3)
"""A place in the fleet, which is counted round and round."""


def _trouble(method: str, *faults: Fault) -> st.SearchStrategy[Trouble]:
    quick = st.sampled_from([one for one in faults if not (one.is_slow or one.comes_again)])
    turns = st.sampled_from([range(1, 2), range(1, 9), range(2, 3), range(2, 9), range(3, 4)])
    return st.builds(Trouble, _santral, st.just(method), turns, quick, st.booleans())


_troubles = st.lists(
    _trouble("GET", *FAULTS) | _trouble("POST", *FAULTS, *FAULTS_OF_A_POST),
    min_size=1,
    max_size=6,
)


class Histories(RuleBasedStateMachine):
    """A fleet and its file, and what is done to both."""

    program: ClassVar[Program]
    elsewhere: ClassVar[FaultServer]
    log: ClassVar[io.StringIO]
    happened: ClassVar[Counter[str]]

    @initialize(
        lives=st.lists(_live, min_size=4, max_size=4),
        desired=st.lists(_desired, min_size=1, max_size=4),
        kills=st.just(1),
    )
    def begin(self, lives: list[Settings], desired: list[DesiredSettings], kills: int) -> None:
        """Set up one to four santrals; the journal is a new one."""
        self.kills_left = kills
        JOURNAL.unlink(missing_ok=True)
        fleet = dict(zip(NAMES, desired, strict=False))
        keys = {name: key_number(number) for number, name in enumerate(fleet)}
        self.server = ExitStack()
        server = self.server.enter_context(FaultServer(keys))
        server.live = dict(zip(fleet, lives, strict=False))
        self.scene = Scene(self.program, keys, server, self.elsewhere, fleet, self.log)
        self.numbers = count()

    @rule(santral=_santral, desired=_desired)
    def the_file_is_changed(self, santral: int, desired: DesiredSettings) -> None:
        """Somebody merges a pull request."""
        self.scene.desired[self._name(santral)] = desired
        self.scene.write()

    @rule(
        command=st.sampled_from(["plan", "apply", "apply", "apply"]),
        edited=st.sets(_santral, min_size=1),
        troubles=_troubles,
    )
    def a_run_among_faults(self, command: str, edited: set[int], troubles: list[Trouble]) -> None:
        """Whatever befalls the run, after somebody used the panel, it tells the truth."""
        self._begin_anew(edited)
        for trouble in troubles:
            act = self._counted(trouble.fault.act)
            act = after_edit(self._edit, act) if trouble.is_edited else act
            name = self._name(trouble.santral)
            self.scene.server.rule(name, trouble.method, act, trouble.turns)
        self._run(command)

    @precondition(lambda self: self.kills_left)
    @rule(santral=_santral, step=st.sampled_from(STEPS), is_applied=st.booleans())
    def a_run_is_killed(self, santral: int, step: tuple[str, int], is_applied: bool) -> None:
        """Let the process be gone before an answer: what it sent, it had written down."""
        self._begin_anew({santral})
        self.scene.begin()
        self.kills_left -= 1
        method, turn = step
        kill = after_applying(self._kill) if is_applied and method == "POST" else self._kill
        self.scene.server.rule(self._name(santral), method, kill, [turn])
        with subprocess.Popen(
            [sys.executable, "-m", "reconciler", "apply", "--parallelism=1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as self.child:
            self.child.wait()
        self.scene.server.wait_until_closed()
        assert [*self.scene.broken_by_requests()] == []

    def teardown(self) -> None:
        """Let each history end in peace: all is as the file wants, then nothing is to be sent."""
        try:
            for results in ({"applied", "in_sync"}, {"in_sync"}):
                self.scene.server.begin_anew()
                self._run("apply")
                assert {result for result, _ in self.scene.ended().values()} <= results
        finally:
            self.server.close()

    def _begin_anew(self, edited: set[int]) -> None:
        live = self.scene.server.live
        live |= {name: self._edit(live[name]) for name in map(self._name, edited)}
        self.scene.server.begin_anew()

    def _name(self, santral: int) -> str:
        names = [*self.scene.desired]
        return names[santral % len(names)]

    def _counted(self, act: Act) -> Act:
        def counted(turn: Turn) -> None:
            self.happened["faults met"] += 1
            act(turn)

        return counted

    def _run(self, command: str) -> None:
        self.happened["runs"] += 1
        self.scene.run(command)
        assert self.scene.broken_laws() == []

    def _edit(self, live: Settings) -> Settings:
        """Change what is live to what it never was before."""
        self.happened["edits"] += 1
        url = f"https://panel.example.com/{next(self.numbers)}"
        hangup = Switch.OFF if live.hangup is Switch.ON else Switch.ON
        return replace(live, hangup=hangup, notification_url=url)

    def _kill(self, turn: Turn) -> None:
        self.happened["kills"] += 1
        os.kill(self.child.pid, signal.SIGKILL)
        turn.connection.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_befalls_a_history_it_tells_the_truth_and_ends_in_peace(
    program: Program, jumping_clock: type[JumpingClock], debug_log: io.StringIO, part: int
) -> None:
    """The histories are random, and yet the same at each run of this test."""
    program.monkeypatch.setattr(fleets, "commit_here", lambda _: None)  # There is no git here.
    happened: Counter[str] = Counter()
    with FaultServer({}) as elsewhere:
        bound = {
            "program": program,
            "elsewhere": elsewhere,
            "log": debug_log,
            "happened": happened,
        }
        histories = seed(part)(type("BoundHistories", (Histories,), bound))
        run_state_machine_as_test(histories, settings=PROFILE)
    least = {name: math.ceil(number / PARTS) for name, number in AT_LEAST.items()}
    assert {name: min(happened[name], number) for name, number in least.items()} == least


def test_so_much_happens_in_all_histories_as_contributing_says() -> None:
    """Each part has its share of them."""
    much = ", ".join(f"{least} {what}" for what, least in AT_LEAST.items())
    assert f"{HISTORIES} histories: at least {much} |" in CONTRIBUTING.read_text("utf-8")
    assert PROFILE.max_examples * PARTS == HISTORIES
