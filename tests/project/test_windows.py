"""On Windows: all works without what that lacks, and two runs do not meet there either."""

import ast
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from support import windows
from support.fleet import ANKARA, BURSA, KEYS, QUIETER
from support.places import ROOT, TESTS
from support.program import Program
from support.stand_in import StandIn

import reconciler
from reconciler import locks
from reconciler.files import JOURNAL, RefusedError

HIDING = (
    *(sys.executable, "-P", "-X", "warn_default_encoding", "-W", "error::EncodingWarning"),
    windows.__file__,
)
"""Starts what follows without what Windows lacks; nothing may count on UTF-8 as the usual encoding,
which it is not there."""
NAMES = {"os.name", "sys.platform", "sys.getwindowsversion", "platform.system", "platform.platform"}
"""What tells the name of the platform."""
NAMING_THE_USER = {"LOGNAME", "USER", "LNAME", "USERNAME"}
"""Variables with the login name; a service may have none of them."""
IN_USE = "Another run is using it. Wait for it to end, then run again. Nothing was sent.\n"

INTERRUPTED = b"Interrupted. Finishing what is in flight. Press again to exit immediately.\n"


def test_no_code_asks_for_the_platform() -> None:
    """It asks for what it needs, so that a system that lacks just that is served too."""
    asking = {
        f"{path.name}:{node.lineno}"
        for path in Path(reconciler.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in NAMES
    }

    assert asking == set()


class Windows:
    """Runs the program in processes that lack what Windows lacks."""

    def __init__(self, bytes_: Path) -> None:
        nobody = {name: text for name, text in os.environ.items() if name not in NAMING_THE_USER}
        self._environment = {**nobody, windows.LOCKED_BYTES: str(bytes_)}

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [*HIDING, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Return the exit code, and what came on stdout and stderr."""
        with self.start(*arguments) as process:
            stdout, stderr = process.communicate(timeout=120)
        return process.returncode, stdout.decode(), stderr.decode()


@pytest.fixture
def there(program: Program, two: StandIn, tmp_path: Path) -> Windows:
    """Give such a machine, with a file of two santrals of which neither is set up."""
    for name in [*KEYS][2:]:
        program.monkeypatch.delenv(f"SANTRAL_KEY_{name.upper()}")
    folder = tmp_path / "bytes"
    folder.mkdir()
    return Windows(folder)


def ends(stdout: str) -> str:
    """Return the last line, which sums a run up."""
    return stdout.splitlines()[-1]


def test_the_commands_work(program: Program, two: StandIn, there: Windows) -> None:
    """One after the other, as in the README."""
    applied = "Apply: {} applied, {} in sync, 0 stale, 0 refused, 0 failed, 0 not verified, {}"

    assert there.run("validate") == (0, "santral.yaml: 2 santrals, valid\n", "")
    program.write("ankara.txt", "")  # which the pattern would be taken for
    assert there.run("plan", "--target", "ankara*")[0] == 0
    assert there.run("plan", "--detailed-exitcode", "--out", "plan.json")[0] == 2
    code, shown, _ = there.run("apply", "plan.json")
    assert (code, ends(shown)) == (0, applied.format(2, 0, "0 not tried."))
    assert (two.live("ankara"), two.live("bursa")) == (ANKARA, BURSA)
    program.write("santral.yaml", QUIETER)
    assert there.run("apply", "plan.json")[0] == 3
    assert there.run("apply")[0] == 0
    history = there.run("history")[1]
    assert history.count("ankara: applied\n") == 2
    assert there.run("rollback", "--yes")[0] == 0
    assert (two.live("ankara"), two.live("bursa")) == (ANKARA, BURSA)
    code, imported, _ = there.run("import")
    assert (code, "\n  ankara:\n" in imported) == (0, True)
    lines = JOURNAL.read_bytes()
    assert (b'"author": {"name": "unknown"' in lines, b"\r" in lines) == (True, False)


def make_folder() -> None:
    """Put a folder in the journal's place."""
    JOURNAL.mkdir(parents=True)


def make_link() -> None:
    """Put a link in the journal's place."""
    JOURNAL.parent.mkdir()
    JOURNAL.symlink_to(Path("santral.yaml").absolute())


@pytest.mark.parametrize("make", [make_folder, make_link])
def test_what_is_no_file_of_its_own_is_refused_in_the_same_words(
    program: Program, there: Windows, make: Callable[[], None]
) -> None:
    """Although the system neither opens a folder nor refuses a link by itself."""
    make()

    result = program.run("history")

    assert result.exit_code == 1
    assert there.run("history") == (1, result.stdout, result.stderr)


@contextmanager
def stopped_in_a_post(two: StandIn, there: Windows) -> Iterator["subprocess.Popen[bytes]"]:
    """Give a run that waits for the answer to a POST, until the block ends."""
    has_come, may_go_on = threading.Event(), threading.Event()

    def wait() -> None:
        has_come.set()
        may_go_on.wait(120)

    two.meanwhile("POST", "ankara", nth=1, do=wait)
    with there.start("apply", "--target", "ankara") as run:
        assert has_come.wait(120)
        try:
            yield run
        finally:
            may_go_on.set()
            run.communicate(timeout=120)


def test_two_runs_do_not_meet(two: StandIn, there: Windows) -> None:
    """The second sends nothing, and who reads the journal is told of the first."""
    with stopped_in_a_post(two, there) as run:
        second = there.run("apply")
        read = there.run("history")

    assert run.returncode == 0
    assert second == (1, "", f"The journal {JOURNAL} cannot be opened. {IN_USE}")
    assert (read[0], "ankara: unresolved\n" in read[1]) == (0, True)
    assert read[2] == (
        f"Another run is using the journal {JOURNAL} now, so what it changes may be missing here.\n"
    )
    assert there.run("apply")[0] == 0


def test_a_run_that_is_killed_keeps_nobody_out(two: StandIn, there: Windows) -> None:
    """The next one says what became of its change."""
    with stopped_in_a_post(two, there) as run:
        run.kill()
        run.wait(120)
    two.answer_as_usual()

    code, _, said = there.run("apply")

    assert code == 0
    assert "ankara" in said


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (windows.SIGBREAK, 149)]
)
def test_a_signal_lets_a_change_come_to_its_end(
    two: StandIn, there: Windows, number: int, code: int
) -> None:
    """Ctrl-C and Ctrl-Break."""
    with stopped_in_a_post(two, there) as run:
        run.send_signal(number)
        assert run.stderr
        assert [run.stderr.readline() for _ in range(2)] == [b"\n", INTERRUPTED]
    assert run.returncode == code
    assert two.live("ankara") == ANKARA


@pytest.fixture
def byte_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have locks be as on Windows in this process."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", windows.msvcrt(tmp_path))
    monkeypatch.delattr(os, "O_DIRECTORY")


def letting_go(file: int) -> Callable[[float], None]:
    """Return what closes a file in the place of waiting."""

    def let_go(_: float) -> None:
        locks.close(file)

    return let_go


@pytest.mark.usefixtures("two", "byte_locks")
@pytest.mark.parametrize("command", ["history", "apply"])
def test_who_reads_the_journal_is_in_nobodys_way(program: Program, command: str) -> None:
    """Nor taken for a run, although no reader can share a lock there."""
    program.run("apply", "--target", "ankara")
    reader = os.open(JOURNAL, os.O_RDONLY)
    assert locks.share(reader)
    program.monkeypatch.setattr(locks, "sleep", letting_go(reader))

    result = program.run(command)

    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.usefixtures("byte_locks")
def test_two_sandboxes_do_not_write_at_a_time(tmp_path: Path) -> None:
    """No directory can be opened there, so a file in it is locked."""
    with (
        locks.held(tmp_path, patience=0),
        pytest.raises(RefusedError),
        locks.held(tmp_path, patience=0),
    ):
        pass
    with locks.held(tmp_path, patience=0):
        pass


@pytest.mark.usefixtures("byte_locks")
def test_what_is_locked_is_never_a_link(tmp_path: Path) -> None:
    """A stranger's files may have one there, and nothing is made where it leads."""
    (tmp_path / ".lock").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match=r"."), locks.held(tmp_path, patience=0):
        pass
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(("refusals", "exit_code"), [(10, 0), (11, 1)])
def test_a_file_that_is_being_read_is_replaced_a_moment_later(
    program: Program, refusals: int, exit_code: int
) -> None:
    """Windows refuses meanwhile; it says so where that lasts."""
    program.write("plan.json", "old")
    refusing, replace = [*range(refusals)], os.replace

    def refuse(before: str, after: str) -> None:
        if refusing and Path(after).name == "plan.json":
            refusing.pop()
            raise PermissionError(13, os.strerror(13))
        replace(before, after)

    program.monkeypatch.setattr(os, "replace", refuse)
    program.monkeypatch.setattr("reconciler.files.sleep", lambda _: None)

    result = program.run("plan", "--out", "plan.json")

    assert result.exit_code == exit_code
    assert ((program.folder / "plan.json").read_text("utf-8") == "old") == bool(exit_code)


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(("most", "has_colour"), [(7, True), (3, False)])
def test_a_console_shows_colour_or_no_escape_sequence(
    program: Program, byte_locks: None, most: int, *, has_colour: bool
) -> None:
    """It is asked to; one of before Windows 10 does not know how."""
    console = windows.Console(most)
    windll = SimpleNamespace(kernel32=console)
    program.monkeypatch.setattr(ctypes, "windll", windll, raising=False)

    shown = program.run("plan", terminal=["stdout"]).stdout

    assert ("\x1b[" in shown, console.mode) == (has_colour, most)


def test_git_is_never_one_of_the_working_folder(program: Program, two: StandIn) -> None:
    """Windows would look there first; elsewhere a PATH with an empty part, or a dot, says so."""
    for name in ("git", "git.exe"):
        program.write(name, f"#!/bin/sh\ntouch {program.folder}/was-run\n").chmod(0o755)
    program.monkeypatch.setenv("PATH", os.pathsep.join(["", ".", os.environ["PATH"]]))

    assert program.run("plan").exit_code == 0
    assert not (program.folder / "was-run").exists()


def test_git_is_found_behind_what_cannot_be_looked_at(program: Program, two: StandIn) -> None:
    """A folder of PATH may be another user's; one with a name too long is as bad for root, too."""
    before = program.run("plan", "--base", "nowhere").stderr
    program.monkeypatch.setenv("PATH", f"/{'x' * 300}{os.pathsep}{os.environ['PATH']}")

    assert ". is not in a git repository." in before
    assert program.run("plan", "--base", "nowhere").stderr == before


def test_the_tests_of_units_pass(tmp_path: Path) -> None:
    """With those of PowerShell they are what CI runs on Windows itself."""
    tests = (str(TESTS / "unit"), str(TESTS / "project" / "test_powershell.py"))
    arguments = ("-m", "pytest", "-q", "--numprocesses=0", *tests)
    done = subprocess.run(
        [*HIDING, *arguments],
        cwd=ROOT,
        env={**os.environ, windows.LOCKED_BYTES: str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
