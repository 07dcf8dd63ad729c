"""Whether ``apply`` and ``rollback`` ask before they change anything, by who sits there.

Where somebody sits there, nothing is changed unasked; in a pipeline, nobody is waited for.
"""

import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest
from support.fleet import ANKARA, BURSA, FILE, OFF
from support.program import SOON, Program
from support.reports import summary
from support.stand_in import StandIn

ALL = ("stdin", "stdout", "stderr")
QUESTION = "Apply these 2 changes? [y/N]: "
REFUSED = (
    "not tried. You cannot be asked here, because stdin is not a terminal or the question would "
    "not be seen. Add --yes to apply without being asked. Nothing was sent.\n"
)

NOBODY_THERE = {
    "no stream is a terminal": ((), {}, ()),
    "a terminal, but CI is set": (ALL, {"CI": "true"}, ()),
    "somebody sits there, and --yes": (("stdout", "stderr"), {}, ("--yes",)),
    "all streams, and --yes": (ALL, {}, ("--yes",)),
}


@pytest.mark.parametrize(
    ("terminals", "variables", "options"), NOBODY_THERE.values(), ids=NOBODY_THERE
)
def test_where_nobody_is_to_be_asked_the_changes_are_made(
    program: Program,
    two: StandIn,
    terminals: Collection[str],
    variables: dict[str, str],
    options: tuple[str, ...],
) -> None:
    """The command itself was the wish; whatever is typed is not waited for."""
    for name, value in variables.items():
        program.monkeypatch.setenv(name, value)

    result = program.run("apply", "--no-color", *options, stdin=b"n\n", terminal=terminals)

    assert (result.exit_code, QUESTION in result.stdout + result.stderr) == (0, False)
    assert (two.live("ankara"), two.live("bursa")) == (ANKARA, BURSA)


CANNOT_BE_ASKED = {
    "stdin is /dev/null": (("stdout", "stderr"), ()),
    "stdin is a file, stdout too": (("stderr",), ()),
    "stdin is a file, stderr too": (("stdout",), ()),
    "no question would be seen": (("stdin",), ()),
    "the question would stand in a document": (("stdin", "stdout"), ("--format", "json")),
}


@pytest.mark.parametrize(("terminals", "options"), CANNOT_BE_ASKED.values(), ids=CANNOT_BE_ASKED)
def test_who_sits_there_and_cannot_be_asked_gets_nothing_changed(
    program: Program, two: StandIn, terminals: Collection[str], options: tuple[str, ...]
) -> None:
    """An error that says what to add."""
    text = ("--no-color", "--format", "text=report.txt")

    result = program.run("apply", *text, *options, stdin=b"y\n", terminal=terminals)

    report = (program.folder / "report.txt").read_text("utf-8")
    assert (result.exit_code, two.count("POST"), two.live("ankara")) == (1, 0, OFF)
    assert report.endswith(f"ankara: {REFUSED}bursa: {REFUSED}\n{summary(not_tried=2)}")


def test_where_stderr_goes_to_a_file_the_question_is_on_stdout(
    program: Program, two: StandIn
) -> None:
    """Nobody answers a question that went to err.log."""
    result = program.run("apply", "--no-color", stdin=b"y\n", terminal=("stdin", "stdout"))

    assert (result.exit_code, result.stderr) == (0, "")
    assert f"Plan: 2 to change, 0 in sync, 0 failed.\n{QUESTION}" in result.stdout
    assert two.live("ankara") == ANKARA


def test_where_there_is_nothing_to_change_nobody_need_be_asked(
    program: Program, in_sync: StandIn
) -> None:
    """Not even where nobody could be."""
    result = program.run("apply", terminal=("stdout", "stderr"))

    assert (result.exit_code, in_sync.count("POST")) == (0, 0)


def test_a_rollback_asks_as_apply_does(program: Program, two: StandIn) -> None:
    """With stdin from /dev/null it changes nothing."""
    program.run("apply", "--target", "ankara")
    applied = two.count("POST")

    result = program.run("rollback", "--no-color", terminal=("stdout", "stderr"))

    assert (result.exit_code, two.count("POST") - applied) == (1, 0)
    assert f"ankara: {REFUSED}" in result.stdout
    assert two.live("ankara") == ANKARA


ANSWERS = {
    "yes": ("yes", True),
    "in capitals": ("Y", True),
    "in Turkish": ("evet", True),
    "no": ("n", False),
    "no, in Turkish": ("hayır", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("answer", "agrees"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_understood(
    program: Program, two: StandIn, answer: str, *, agrees: bool
) -> None:
    """In both languages, whichever the question is in; an empty line is a no."""
    result = program.run("apply", stdin=f"{answer}\n".encode(), terminal=True)

    assert (result.exit_code, two.count("POST")) == ((0, 2) if agrees else (1, 0))


def test_an_answer_that_is_not_understood_is_asked_for_again(
    program: Program, two: StandIn
) -> None:
    """With what may be answered."""
    result = program.run("apply", stdin=b"\xffperhaps\ny\n", terminal=True)

    again = f"{QUESTION}Answer y for yes or n for no.\n{QUESTION}"
    assert (result.exit_code, again in result.stderr) == (0, True)


def test_where_no_answer_comes_nothing_is_changed(program: Program, two: StandIn) -> None:
    """As after Ctrl-D; what is said then begins on a line of its own."""
    result = program.run("apply", stdin=b"", terminal=True)

    assert (result.exit_code, two.count("POST")) == (130, 0)
    assert f"{QUESTION}\n" in result.stderr


def until(terminal: int, text: bytes) -> bytes:
    """Return what comes from a terminal, up to a text that is to come soon."""
    seen = b""
    while text not in seen:
        assert select.select([terminal], [], [], SOON)[0], seen
        seen += os.read(terminal, 1024)
    return seen


def test_after_ctrl_c_at_the_question_it_is_said_that_nothing_was_sent(program: Program) -> None:
    """Somebody who changes their mind wants to know."""
    program.write("santral.yaml", FILE)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "reconciler", "apply", "--sandbox", "--no-color"],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "CI"},
    ) as run:
        os.close(theirs)
        seen = until(ours, b"[y/N]: ")
        run.send_signal(signal.SIGINT)
        try:
            seen += until(ours, b"Apply: ")
            assert run.wait(SOON) == 130
        finally:
            run.kill()
    os.close(ours)
    assert b"ankara: not tried. The run was interrupted before this change was sent." in seen


@pytest.mark.parametrize("redirected", ["stderr", "stdout"])
def test_on_a_real_terminal_the_question_is_where_somebody_sees_it(
    program: Program, redirected: str
) -> None:
    """Python's own question would be in err.log, unseen, and a blind answer would count."""
    program.write("santral.yaml", FILE)
    ours, theirs = pty.openpty()
    with Path("log").open("wb") as log:
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs, redirected: log}
        run = subprocess.Popen(
            [sys.executable, "-P", "-m", "reconciler", "apply", "--sandbox", "--no-color"],
            **streams,  # type: ignore[call-overload]
        )
    os.close(theirs)
    until(ours, b"[y/N]: ")
    os.write(ours, b"n\n")

    assert run.wait(SOON) == 1
    os.close(ours)
    assert b"[y/N]" not in Path("log").read_bytes()
