"""SIGINT and SIGTERM, sent to the program as a process of its own."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from queue import SimpleQueue

import pytest
from support.fleet import FILE, OFF
from support.journals import events
from support.places import SUPPORT
from support.program import Program, Result, without_names
from support.stand_in import StandIn

from reconciler.cli.console import Console

SIGNALS = {
    "SIGINT": (signal.SIGINT, 130),
    "SIGTERM": (signal.SIGTERM, 143),
    "SIGHUP": (signal.SIGHUP, 129),
}
LONG = 120
"""Seconds, so that a broken program fails a test and does not stop it."""


@pytest.fixture(autouse=True)
def patient(program: Program) -> None:
    """Let requests wait for as long as a busy machine lets the tests wait."""
    program.monkeypatch.setenv("SANTRAL_TIMEOUT", str(LONG))


def start(program: Program, *arguments: str) -> "subprocess.Popen[str]":
    """Start the program in its folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments],
        cwd=program.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def hold_at(stand_in: StandIn, method: str, name: str, nth: int) -> tuple[threading.Event, ...]:
    """Let one request wait; gives the event that it has come, and the one that lets it go on."""
    has_come, may_go_on = threading.Event(), threading.Event()

    def wait() -> None:
        has_come.set()
        may_go_on.wait(LONG)

    stand_in.meanwhile(method, name, nth, do=wait)
    return has_come, may_go_on


def interrupted(
    program: Program, stand_in: StandIn, at: tuple[str, int], number: int, *arguments: str
) -> Result:
    """Run the program, and send it a signal while the nth such request of ankara is answered."""
    method, nth = at
    program.write("santral.yaml", FILE)
    for unused in ("CANAKKALE", "DENIZLI"):
        program.monkeypatch.delenv(f"SANTRAL_KEY_{unused}")
    has_come, may_go_on = hold_at(stand_in, method, "ankara", nth)
    with start(program, *arguments) as run:
        assert has_come.wait(LONG)
        run.send_signal(number)
        assert run.stderr
        told = run.stderr.readline() + run.stderr.readline()
        may_go_on.set()
        stdout, stderr = run.communicate(timeout=LONG)
    return Result(run.returncode, stdout, told + stderr)


@pytest.mark.parametrize(("number", "code"), SIGNALS.values(), ids=SIGNALS)
def test_a_signal_during_a_change_lets_it_end_and_begins_no_other(
    program: Program, stand_in: StandIn, number: int, code: int
) -> None:
    """What is in flight is verified and journalled; the rest is not tried."""
    run = interrupted(program, stand_in, ("POST", 1), number, "apply", "--parallelism", "1")

    assert run.exit_code == code
    assert run.stdout.endswith(
        "ankara: applied\n"
        "bursa: not tried. The run was interrupted before this change was sent. Run again.\n"
        "\n"
        "Apply: 1 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 1 not tried.\n"
    )
    assert without_names(run.stderr) == (
        "\nInterrupted. Finishing what is in flight. Press again to exit immediately.\n"
    )
    assert stand_in.live("bursa") == OFF
    assert events(program.folder / ".santral/journal.jsonl") == [
        *("run_started", "intent", "outcome", "run_ended")
    ]


def test_a_signal_right_before_a_change_sends_nothing(program: Program, stand_in: StandIn) -> None:
    """The read before the POST ends, and then nothing more is done."""
    run = interrupted(program, stand_in, ("GET", 2), signal.SIGTERM, "apply", "--target", "ankara")

    assert (run.exit_code, stand_in.count("POST")) == (143, 0)
    assert (
        "ankara: not tried. The run was interrupted before this change was sent. Run again.\n"
        in run.stdout
    )


def test_a_signal_during_the_plan_shows_what_was_read(program: Program, stand_in: StandIn) -> None:
    """The rest is listed as not read."""
    run = interrupted(program, stand_in, ("GET", 1), signal.SIGINT, "plan", "--parallelism", "1")

    assert run.exit_code == 130
    assert run.stdout.endswith(
        "! bursa  (santral.yaml:11:3)\n"
        "    The run was interrupted before this santral was read. Run again.\n"
        "\n"
        "Plan: 1 to change, 0 in sync, 1 failed. To make them, run santral apply for "
        "the same files and santrals.\n"
    )


def test_a_signal_during_the_plan_of_apply_leaves_the_rest_not_tried(
    program: Program, stand_in: StandIn
) -> None:
    """Nothing failed: it was not come to."""
    run = interrupted(program, stand_in, ("GET", 1), signal.SIGTERM, "apply", "--parallelism", "1")

    assert (run.exit_code, stand_in.count("POST")) == (143, 0)
    assert run.stdout.endswith(
        "ankara: not tried. The run was interrupted before this change was sent. Run again.\n"
        "bursa: not tried. The run was interrupted before this santral was read. Run again.\n"
        "\n"
        "Apply: 0 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 2 not tried.\n"
    )


CLOCK = """
import sys
from reconciler.cli import interrupt, main

take, moments = interrupt.Interruption.take, iter(map(float, sys.argv.pop(1).split(",")))

def taken(*signal):
    meaning = take(*signal)
    print("A signal was taken.", file=sys.stderr, flush=True)
    return meaning

interrupt.Interruption.take, interrupt.monotonic = taken, moments.__next__
main.run()
"""
"""Runs the program, saying of each signal that it was taken; its first word says when they come."""


@pytest.mark.parametrize("last", [signal.SIGINT, signal.SIGTERM])
def test_a_second_wish_leaves_at_once(
    program: Program, stand_in: StandIn, last: signal.Signals
) -> None:
    """The journal has the intent, so nothing is lost; a repeat soon after is the same wish."""
    program.write("santral.yaml", FILE)
    has_come, may_go_on = hold_at(stand_in, "POST", "ankara", 1)
    moments = "0,0.9,1.1" if last is signal.SIGINT else "0,0.9,15.1"
    command = [sys.executable, "-c", CLOCK, moments, "apply", "--target", "ankara"]

    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        assert has_come.wait(LONG)
        assert run.stderr
        for number in (signal.SIGINT, signal.SIGINT, last):
            run.send_signal(number)
            while run.stderr.readline() != "A signal was taken.\n":
                pass
        stderr = run.stderr.read()
    may_go_on.set()

    assert (run.returncode, stderr) == (
        130,
        "\nExited immediately. What became of what was in flight is not known. See the journal, "
        "and plan again.\n",
    )
    assert events(program.folder / ".santral/journal.jsonl") == ["run_started", "intent"]


class Clock:
    """Says when each signal comes, in seconds, and lets who sent it know that it was taken."""

    def __init__(self, *moments: float) -> None:
        self._moments = iter(moments)
        self.taken: SimpleQueue[None] = SimpleQueue()

    def __call__(self) -> float:
        self.taken.put(None)
        return next(self._moments)


SAME_WISH = {
    "forwarded by a wrapper": ((signal.SIGINT, signal.SIGINT), 0.9, 130),
    "as GitHub cancels": ((signal.SIGINT, signal.SIGTERM), 7.5, 130),
    "late": ((signal.SIGINT, signal.SIGTERM), 14.9, 130),
    "and the terminal is closed": ((signal.SIGINT, signal.SIGHUP), 14.9, 130),
    "hung up, then ended": ((signal.SIGHUP, signal.SIGTERM), 10, 129),
}


@pytest.mark.parametrize(("numbers", "after", "code"), SAME_WISH.values(), ids=SAME_WISH)
@pytest.mark.parametrize("at", [("POST", 1), ("GET", 3)])
def test_a_stronger_signal_soon_after_is_the_same_wish(
    program: Program,
    stand_in: StandIn,
    numbers: tuple[signal.Signals, ...],
    after: float,
    code: int,
    at: tuple[str, int],
) -> None:
    """What is in flight is still brought to a known end, and the first signal makes the code."""
    program.write("santral.yaml", FILE)
    clock = Clock(0.0, after)
    program.monkeypatch.setattr("reconciler.cli.interrupt.monotonic", clock)

    def signal_one_by_one() -> None:
        for number in numbers:
            os.kill(os.getpid(), number)
            clock.taken.get(timeout=LONG)

    stand_in.meanwhile(at[0], "ankara", at[1], do=signal_one_by_one)
    run = program.run("apply", "--target", "ankara")

    assert (run.exit_code, run.stderr) == (code, "")
    assert "ankara: applied\n" in run.stdout


def test_a_signal_that_says_nothing_new_stops_no_output(
    program: Program, stand_in: StandIn
) -> None:
    """SIGTERM comes where nothing is in flight any more, while the result is being written."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setattr("reconciler.cli.interrupt.monotonic", Clock(0.0, 7.5))
    write = Console.write

    def late(console: Console, text: str) -> None:
        signal.raise_signal(signal.SIGTERM)
        write(console, text)

    stand_in.meanwhile(nth=1, do=lambda: os.kill(os.getpid(), signal.SIGINT))
    program.monkeypatch.setattr(Console, "write", late)
    run = program.run("plan", "--target", "ankara")

    assert (run.exit_code, run.stderr) == (130, "")
    assert run.stdout.endswith(
        "Plan: 1 to change, 0 in sync, 0 failed. To make them, run santral apply for "
        "the same files and santrals.\n"
    )


@pytest.mark.parametrize(("number", "code"), SIGNALS.values(), ids=SIGNALS)
def test_a_signal_while_nothing_is_in_flight_ends_the_program_with_a_word(
    program: Program, number: int, code: int
) -> None:
    """Here it is still reading its file."""
    os.mkfifo(program.folder / "santral.yaml")

    with start(program, "plan") as run, (program.folder / "santral.yaml").open("w"):
        run.send_signal(number)
        stdout, stderr = run.communicate(timeout=LONG)

    assert (run.returncode, stdout, stderr.strip()) == (code, "", "Interrupted.")


MOMENTS = {
    "each import of plan": ("import", "1", "plan", "--sandbox"),
    "many calls of validate": ("call", "397", "validate"),
    "many calls of plan": ("call", "397", "plan", "--sandbox"),
    "many calls of a wrong line": ("call", "397", "plan", "--no-such-option"),
    "many calls of --version": ("call", "97", "--version"),
}
"""What ``plan`` imports is all that other commands do, but for their own modules."""
SIGNALLED = SUPPORT / "signalled.py"


@pytest.mark.parametrize("moments", MOMENTS.values(), ids=MOMENTS)
def test_a_signal_at_any_moment_from_our_first_line_on_ends_the_program_with_a_word(
    program: Program, moments: tuple[str, ...]
) -> None:
    """While modules are imported, files read, results written, and at the very end.

    At an import that is each of the three signals, at a call one of them, in turn.
    """
    program.write("santral.yaml", FILE)
    found = program.folder / "found.json"
    command = (sys.executable, str(SIGNALLED), str(found), *moments)
    subprocess.run(command, capture_output=True, timeout=10 * LONG, check=False)
    results = json.loads(found.read_text())

    codes = {int(number): code for number, code in SIGNALS.values()}
    wrong = [one for one in results if one[2:] != [codes[one[1]], "\nInterrupted.\n"]]
    assert len(results) > 100
    assert {one[1] for one in results} == set(codes)
    assert wrong == []


def test_a_signal_that_was_ignored_from_the_start_stays_ignored(program: Program) -> None:
    """As nohup asks for, and a shell for what it runs in the background."""
    os.mkfifo(program.folder / "santral.yaml")
    command = f"trap '' HUP INT; exec '{sys.executable}' -m reconciler validate"

    with subprocess.Popen(
        ["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        with (program.folder / "santral.yaml").open("w") as file:
            run.send_signal(signal.SIGHUP)
            run.send_signal(signal.SIGINT)
            file.write(FILE)
        stdout, stderr = run.communicate(timeout=LONG)

    assert (run.returncode, stdout, stderr) == (0, "santral.yaml: 2 santrals, valid\n", "")


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_terminal_that_hangs_up_ends_a_run_as_documented(
    program: Program, stand_in: StandIn, command: str
) -> None:
    """All three streams are dead by then; what is in flight is brought to a known end."""
    program.write("santral.yaml", FILE)
    at = ("GET", 1) if command == "plan" else ("POST", 1)
    has_come, may_go_on = hold_at(stand_in, at[0], "ankara", at[1])

    pid, terminal = pty.fork()
    if pid == 0:
        arguments = [sys.executable, "-m", "reconciler", command, *YES[command]]
        os.execv(sys.executable, arguments)  # noqa: S606
    assert has_come.wait(LONG)
    os.close(terminal)
    may_go_on.set()
    _, status = os.waitpid(pid, 0)

    assert os.waitstatus_to_exitcode(status) == 129
    if command == "apply":
        journal = program.folder / ".santral/journal.jsonl"
        assert events(journal) == ["run_started", "intent", "outcome", "run_ended"]


YES = {"plan": (), "apply": ("--yes", "--parallelism=1")}
