"""SIGINT and SIGTERM, sent to the program as a process of its own."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from support import FILE, Program, Result, StandIn, events, settings

from reconciler.sandbox.service import Reply

SIGNALS = {
    "SIGINT": (signal.SIGINT, 130),
    "SIGTERM": (signal.SIGTERM, 143),
    "SIGHUP": (signal.SIGHUP, 129),
}
OFF = settings("off", "off", "off", None)


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

    def meddle(*request: object) -> Reply | None:
        if request == (method, name, nth):
            has_come.set()
            may_go_on.wait(20)
        return None

    stand_in.service.meddle = meddle
    return has_come, may_go_on


def interrupted(
    program: Program, stand_in: StandIn, at: tuple[str, int], number: int, *arguments: str
) -> Result:
    """Run the program, and send it a signal while the nth such request of ankara is answered."""
    method, nth = at
    program.write("santral.yaml", FILE)
    has_come, may_go_on = hold_at(stand_in, method, "ankara", nth)
    with start(program, *arguments) as run:
        assert has_come.wait(20)
        run.send_signal(number)
        assert run.stderr
        told = run.stderr.readline() + run.stderr.readline()
        may_go_on.set()
        stdout, stderr = run.communicate(timeout=20)
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
        "bursa: not tried. The run was interrupted before its change was sent.\n"
        "\n"
        "Apply: 1 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 1 not tried.\n"
    )
    assert run.stderr == (
        "\nInterrupted: what is in flight is being finished. Again to leave at once.\n"
    )
    assert stand_in.live("bursa") == OFF
    assert events(program.folder / ".santral/journal.jsonl") == [
        *("run_started", "intent", "outcome", "run_ended")
    ]


def test_a_signal_right_before_a_change_sends_nothing(program: Program, stand_in: StandIn) -> None:
    """The read before the POST ends, and then nothing more is done."""
    run = interrupted(program, stand_in, ("GET", 2), signal.SIGTERM, "apply", "--target", "ankara")

    assert (run.exit_code, stand_in.count("POST")) == (143, 0)
    assert "ankara: not tried. The run was interrupted before its change was sent.\n" in run.stdout


def test_a_signal_during_the_plan_shows_what_was_read(program: Program, stand_in: StandIn) -> None:
    """The rest is listed as not read."""
    run = interrupted(program, stand_in, ("GET", 1), signal.SIGINT, "plan", "--parallelism", "1")

    assert run.exit_code == 130
    assert run.stdout.endswith(
        "! bursa  (santral.yaml:11:3)\n"
        "    Santral bursa could not be read: the run was interrupted before it was read.\n"
        "\n"
        "Plan: 1 to change, 0 in sync, 1 failed.\n"
    )


def test_a_signal_during_the_plan_of_apply_leaves_the_rest_not_tried(
    program: Program, stand_in: StandIn
) -> None:
    """Nothing failed: it was not come to."""
    run = interrupted(program, stand_in, ("GET", 1), signal.SIGTERM, "apply", "--parallelism", "1")

    assert (run.exit_code, stand_in.count("POST")) == (143, 0)
    assert run.stdout.endswith(
        "ankara: not tried. The run was interrupted before its change was sent.\n"
        "bursa: not tried. Santral bursa could not be read: the run was interrupted before it was "
        "read.\n"
        "\n"
        "Apply: 0 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 2 not tried.\n"
    )


def test_a_second_signal_leaves_at_once(program: Program, stand_in: StandIn) -> None:
    """The journal has the intent, so nothing is lost."""
    program.write("santral.yaml", FILE)
    has_come, may_go_on = hold_at(stand_in, "POST", "ankara", 1)

    with start(program, "apply", "--target", "ankara") as run:
        assert has_come.wait(20)
        run.send_signal(signal.SIGINT)
        time.sleep(0.1)
        run.send_signal(signal.SIGINT)  # So soon, it is the same wish.
        time.sleep(1.2)
        run.send_signal(signal.SIGINT)
        _, stderr = run.communicate(timeout=5)
    may_go_on.set()

    assert run.returncode == 130
    assert stderr.endswith(
        "Left at once: what was in flight is not known; see the journal and plan again.\n"
    )
    assert events(program.folder / ".santral/journal.jsonl") == ["run_started", "intent"]


@pytest.mark.parametrize(("number", "code"), SIGNALS.values(), ids=SIGNALS)
def test_a_signal_while_nothing_is_in_flight_ends_the_program_with_a_word(
    program: Program, number: int, code: int
) -> None:
    """Here it is still reading its file."""
    os.mkfifo(program.folder / "santral.yaml")

    with start(program, "plan") as run, (program.folder / "santral.yaml").open("w"):
        run.send_signal(number)
        stdout, stderr = run.communicate(timeout=20)

    assert (run.returncode, stdout, stderr.strip()) == (code, "", "Interrupted.")
