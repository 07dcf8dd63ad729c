"""Every fault at every step of plan and apply, held against what the documents promise.

A cell is one fault (``faults.py``) at one step, once or from there on, of one command. How it must
end is foretold by ``forecast.py``; besides, every run is held to what may never be otherwise.
"""

import io
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from threading import Barrier

import pytest
import requests.utils
from support import fault_server as fault
from support.certificates import AUTHORITY, good_tls
from support.clock import JumpingClock
from support.fault_kinds import TIMEOUT, Fault, Heard
from support.fault_server import LIVE, FaultServer, Turn
from support.faults import FAULTS, FAULTS_AT_THE_DOOR, FAULTS_OF_A_POST, OUT_OF_TURN
from support.fleet import key_number
from support.forecast import Forecast
from support.laws import Scene
from support.places import CONTRIBUTING
from support.program import SOON, Program

from reconciler.cli import fleets
from reconciler.client import deadline
from reconciler.core.settings import DesiredSettings, Settings, Switch

CELLS = 1_736
"""So many attacks are survived; CONTRIBUTING.md says so too."""

DESIRED = DesiredSettings(ringing=Switch.OFF)


def record_of(name: str) -> Settings:
    """Return what a santral holds at first; no other has the same URL."""
    return replace(LIVE, notification_url=f"https://crm.example.com/{name}")


HEALTHY = {"bursa": record_of("bursa"), "canakkale": DESIRED.over(record_of("canakkale"))}
"""The other santrals of a run, and what they hold: one is to change, the other is in sync."""


@dataclass(frozen=True)
class Step:
    """A step of the protocol."""

    name: str
    method: str
    nth: int
    """Which of the santral's GETs or POSTs it is, when nothing goes wrong before it."""
    place: int
    """Which of all its requests."""


FIRST_GET = Step("at the first GET", "G", 1, 1)
LOOK = Step("at the GET before the POST", "G", 2, 2)
POST = Step("at the POST", "P", 1, 3)
READ_BACK = Step("at the read-back", "G", 3, 4)
STEPS = {"plan": (FIRST_GET,), "apply": (FIRST_GET, LOOK, POST, READ_BACK)}
ONCE, FROM_THERE_ON = 1, 99
DURATIONS = {ONCE: "once", FROM_THERE_ON: "from there on"}
"""So many requests or connections in a row, and how to say it."""


@dataclass(frozen=True)
class Cell:
    """One fault at one step of one command."""

    fault: Fault
    step: Step
    duration: int
    command: str
    is_tls: bool = False

    def in_common(self) -> str:
        """Return what it shares with other faults."""
        over = ", over TLS" if self.is_tls else ""
        return f"{self.command}, {self.step.name}, {DURATIONS[self.duration]}{over}"

    def __str__(self) -> str:
        return f"{self.fault.name}, {self.in_common()}"

    @property
    def turns(self) -> Container[int]:
        """Which GETs, POSTs or connections it befalls, counted from 1."""
        first = self.step.place if self.fault.door else self.step.nth
        return range(first, first + self.duration)

    @property
    def http_method(self) -> str:
        """The method of the requests it befalls."""
        return {"G": "GET", "P": "POST"}[self.step.method]

    def forecast(self, name: str) -> Forecast:
        """Return the run of a santral that it befalls."""
        return Forecast(record_of(name), DESIRED, self.befalls)

    def befalls(self, asked: str) -> Fault | None:
        """Return the fault, if it befalls the last of these requests."""
        method = asked[-1]
        turn = len(asked) if self.fault.door else asked.count(method)
        is_its_kind = self.fault.door or method == self.step.method
        return self.fault if is_its_kind and turn in self.turns else None


def cells() -> Iterator[Cell]:
    """Yield every cell."""
    for command, steps in STEPS.items():
        for step in steps:
            only_here = FAULTS_OF_A_POST if step is POST else ()
            for what in (*FAULTS, *only_here, *FAULTS_AT_THE_DOOR):
                for duration in DURATIONS:
                    yield Cell(what, step, duration, command)
            for what in OUT_OF_TURN:
                for duration in DURATIONS:
                    yield Cell(what, step, duration, command, is_tls=True)


TOGETHER = 16
"""So many cells a run holds at the most: all its santrals are read at once."""


def runs() -> Iterator[tuple[Cell, ...]]:
    """Yield cells that one run can hold, each with its own santral; slow ones wait together.

    A fault that leaves something in a connection can meet whoever comes next over it, which is
    foretold only where that is the same santral, or a healthy one.
    """
    on_their_way = [cell for cell in cells() if not cell.fault.door]
    lonely = [cell for cell in on_their_way if cell.fault.is_followed or cell.fault.comes_again]
    yield from ((cell,) for cell in lonely)
    others = sorted((cell for cell in on_their_way if cell not in lonely), key=_kind_of_run)
    for _, group in groupby(others, _kind_of_run):
        alike = [*group]
        for first in range(0, len(alike), TOGETHER):
            yield tuple(alike[first : first + TOGETHER])


def _kind_of_run(cell: Cell) -> tuple[bool, str]:
    return cell.fault.is_slow, cell.in_common()


def _name_of_run(cells: Sequence[Cell]) -> str:
    return str(cells[0]) if len(cells) == 1 else f"{len(cells)} from {cells[0]}"


RUNS = {_name_of_run(cells): cells for cells in runs()}
AT_THE_DOOR = {str(cell): cell for cell in cells() if cell.fault.door}
FINE = ("applied", "in_sync", "change")
"""Ends that need no reason."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[FaultServer]:
    """Serve on another host, which nobody may ever ask."""
    with FaultServer({}) as server:
        yield server


@pytest.fixture
def set_scene(
    program: Program, elsewhere: FaultServer, debug_log: io.StringIO
) -> Callable[..., Scene]:
    """Return a function that sets the scene for santrals and what they hold."""

    def set_scene(holdings: Mapping[str, Settings], *, tls: bool = False) -> Scene:
        keys = {name: key_number(number) for number, name in enumerate(holdings)}
        server = FaultServer(keys, good_tls() if tls else None)
        server.live = dict(holdings)
        desired = dict.fromkeys(holdings, DESIRED)
        return Scene(program, keys, server, elsewhere, desired, debug_log)

    return set_scene


@pytest.fixture(autouse=True)
def trusted_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jumping_clock: type[JumpingClock]
) -> None:
    """Let the program trust the authority of these tests, and nobody wait."""
    authority = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(authority))
    monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(authority))


@pytest.fixture(autouse=True)
def no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask no git what is checked out: nothing is, in the folder of a test."""
    monkeypatch.setattr(fleets, "commit_here", lambda _: None)


def run(scene: Scene, cell: Cell) -> None:
    """Run the command of a cell, with time enough for all but slow servers."""
    timeout = TIMEOUT if cell.fault.is_slow else 120
    scene.run(cell.command, f"--timeout={timeout}", "--parallelism=20", "--max-changes=100%")


def assert_as_foretold(scene: Scene, name: str, forecast: Forecast, command: str) -> None:
    """Hold what was done for a santral, and what was said of it, against the forecast."""
    expected = forecast.apply() if command == "apply" else forecast.plan()
    result, reason = scene.ended()[name]
    asked, seconds = scene.asked(name)
    assert (result, asked) == (expected, forecast.asked)
    assert scene.server.steps(name) == forecast.arrived
    assert scene.server.live[name] == forecast.holds
    assert result in FINE or forecast.told in reason
    assert max(seconds) < SOON


def assert_in_time(scene: Scene, *forecasts: Forecast) -> None:
    """Hold the time of a run against how often it had to wait; its santrals wait together."""
    waits = max(forecast.waits for forecast in forecasts)
    assert not waits or scene.seconds < waits * SOON


def healthy(read_anew: Container[str]) -> dict[str, Forecast]:
    """Foretell the runs of the santrals that nothing befalls, some of which are read anew."""
    more = Fault("more over the same connection", get=Heard.ALL, is_followed=True)
    return {
        name: Forecast(
            live,
            DESIRED,
            lambda asked, name=name: more if asked == "G" and name in read_anew else None,  # type: ignore[misc]
        )
        for name, live in HEALTHY.items()
    }


def read_anew(scene: Scene, cell: Cell) -> Container[str]:
    """Return the healthy santrals of a plan whose connection another's further tries went over."""
    if cell.fault.get is Heard.ALL or not (cell.fault.is_followed and cell.step is FIRST_GET):
        return []
    usual = healthy(read_anew=[])
    for forecast in usual.values():
        getattr(forecast, cell.command)()
    return [name for name in usual if scene.asked(name)[0] == f"G{usual[name].asked}"]


def let_all_first_reads_meet(scene: Scene) -> None:
    """Answer no first read before all are asked, so that each goes over a connection of its own."""
    barrier, witness, met = Barrier(len(scene.keys)), scene.server.witness, set[str]()

    def meet(turn: Turn) -> None:
        witness(turn)
        if turn.request.santral not in met:
            met.add(turn.request.santral)
            barrier.wait(10)

    scene.server.witness = meet


@pytest.mark.parametrize("cells", RUNS.values(), ids=RUNS.keys())
def test_a_fault_ends_as_foretold_and_befalls_no_other_santral(
    set_scene: Callable[..., Scene], cells: tuple[Cell, ...]
) -> None:
    """How it ends, what is said, every request, what is live, and the time are as foretold."""
    befallen = {f"santral-{number}": cell for number, cell in enumerate(cells)}
    records = {name: record_of(name) for name in befallen}
    scene = set_scene(records | HEALTHY, tls=cells[0].is_tls)
    let_all_first_reads_meet(scene)
    for name, cell in befallen.items():
        scene.server.rule(name, cell.http_method, cell.fault.act, cell.turns)

    with scene.server:
        run(scene, cells[0])

    forecasts = {name: cell.forecast(name) for name, cell in befallen.items()}
    for name, forecast in (forecasts | healthy(read_anew(scene, cells[0]))).items():
        assert_as_foretold(scene, name, forecast, cells[0].command)
    assert_in_time(scene, *forecasts.values())
    assert scene.broken_laws() == []


@pytest.mark.parametrize("cell", AT_THE_DOOR.values(), ids=AT_THE_DOOR.keys())
def test_a_fault_at_the_door_ends_as_foretold(
    set_scene: Callable[..., Scene], jumping_clock: type[JumpingClock], cell: Cell
) -> None:
    """It befalls whoever comes, so there is but one santral, and one request a connection."""
    scene = set_scene({"ankara": record_of("ankara")}, tls=True)
    scene.server.keeps_connections = False
    assert cell.fault.door
    scene.server.door(cell.fault.door, cell.turns)
    if cell.duration is ONCE:
        scene.program.monkeypatch.setattr(
            jumping_clock, "meanwhile", staticmethod(scene.server.accept_connections)
        )

    if cell.fault.door is fault.greet:
        scene.program.monkeypatch.setattr(
            deadline, "pulse_of", fault.listen_once_let_in(scene.server)
        )

    with scene.server:
        run(scene, cell)

    forecast = cell.forecast("ankara")
    assert_as_foretold(scene, "ankara", forecast, cell.command)
    assert_in_time(scene, forecast)
    assert scene.broken_laws() == []


def test_the_matrix_has_as_many_cells_as_is_said() -> None:
    """Each is an attack of its own, and each is in a run."""
    assert len({str(cell) for cell in cells()}) == CELLS
    assert sum(map(len, RUNS.values())) + len(AT_THE_DOOR) == CELLS
    assert f"`tests/promises/test_matrix.py` | {CELLS:,} |" in CONTRIBUTING.read_text("utf-8")
