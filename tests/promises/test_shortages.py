"""Where the system runs out of something, or a folder is gone: what it was, and what to do."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.fleet import FILE, KEYS
from support.program import Program
from support.stand_in import StandIn

from reconciler.cli import fleets, planning
from reconciler.client import deadline
from reconciler.core import plan
from reconciler.core.settings import Settings
from reconciler.core.shortages import shortage

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the limits are POSIX's")

NO_FILES = "No more files can be opened. Lower --parallelism, or raise the limit (ulimit -n)."
NO_MEMORY = "The memory is used up. Lower --parallelism, or raise the limit (ulimit -v)."
FOLDER_GONE = "The working folder was removed. Go to another one and run this again."


def test_too_few_files_are_each_santrals_failure_or_the_runs_but_no_bug(
    program: Program,
) -> None:
    """Whichever file was the one too many."""
    program.write("santral.yaml", FILE)

    run = subprocess.run(
        ["sh", "-c", f'ulimit -n 6; "{sys.executable}" -m reconciler plan --sandbox'],
        capture_output=True,
        text=True,
        check=False,
    )

    output = run.stdout + run.stderr
    assert run.returncode == 1
    assert NO_FILES in output
    assert "bug in santral" not in output
    assert "Traceback" not in output


STARTED = """
import resource, sys
from reconciler import __main__
room, kind = int(sys.argv.pop(1)), getattr(resource, sys.argv.pop(1))
if kind == resource.RLIMIT_AS:
    room += int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(kind, (room, room))
__main__.run()
"""
"""Our first lines have run, and from here on there is room for so much more."""


def starved(kind: str, room: int, command: str) -> tuple[int, str]:
    """Run a command line in so much room; return the exit code and all that is said."""
    arguments = [sys.executable, "-c", STARTED, str(room), kind, *command.split()]
    run = subprocess.run(arguments, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="nobody tells the memory in use")
@pytest.mark.parametrize("command", ["validate", "plan --sandbox", "apply --sandbox --yes"])
def test_no_memory_from_our_first_lines_on_is_no_bug_and_no_traceback(
    program: Program, command: str
) -> None:
    """Whatever is being imported by then: Python's modules, those of others, libraries of C.

    A signal that ends the process is the interpreter's own, which in some places survives no lack.
    """
    program.write("santral.yaml", FILE)

    first, *more = (starved("RLIMIT_AS", room << 10, command) for room in range(0, 18_000, 900))

    assert first == (1, f"{NO_MEMORY}\n")
    assert {told for code, told in more if code > 0} == {f"{NO_MEMORY}\n"}


FULL_AT_EACH_DEPTH = """
import os, resource, sys
from reconciler import __main__
held = []
def fill():
    room = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    for size in (1 << 20, 1 << 16, 1 << 12, 256, 64, 32):
        try:
            while True:
                held.append(bytes(size))
        except MemoryError:
            pass
def deeper(times):
    if os.fork() == 0:
        fill()
        __main__.run()
    os.wait()
    if times:
        deeper(times - 1)
deeper(260)
"""
"""A call needs memory of the system's for one frame in some hundred and sixty."""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="nobody tells the memory in use")
def test_a_word_is_said_where_no_memory_is_left_for_a_call(program: Program) -> None:
    """Wherever on Python's own stack that is: memory is kept for it."""
    program.write("santral.yaml", FILE)

    arguments = [sys.executable, "-c", FULL_AT_EACH_DEPTH, "validate"]
    run = subprocess.run(arguments, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (0, "")
    assert run.stderr == f"{NO_MEMORY}\n" * 261


@pytest.mark.parametrize("room", [0, 2, 3, 4])
@pytest.mark.parametrize("command", ["validate", "plan --sandbox", "apply --sandbox --yes"])
def test_no_files_from_our_first_lines_on_is_no_bug_and_no_traceback(
    program: Program, command: str, room: int
) -> None:
    """Also where none can be opened at all."""
    program.write("santral.yaml", FILE)

    code, text = starved("RLIMIT_NOFILE", room, command)

    assert "Traceback" not in text
    assert "bug in santral" not in text
    names_it = NO_FILES in text or os.strerror(errno.EMFILE) in text
    assert (code, names_it) == (1, True) or (code, command) == (0, "validate")
    assert room > 3 or text == f"{NO_FILES}\n"


NO_FILES_ONCE_READ = """
import resource, sys
from reconciler.client import decoding, transport
resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
print(*map("i".encode, sys.argv[1:]))
"""


def test_what_a_run_decodes_it_can_decode_when_no_file_can_be_opened() -> None:
    """Python reads most codecs at their first use, and of two threads one may get half of it."""
    used = ("idna", "punycode", "iso-8859-9", "cp1254", "cp1252", "utf-16-le", "utf-16-be")
    arguments = [sys.executable, "-c", NO_FILES_ONCE_READ, *used]

    run = subprocess.run(arguments, capture_output=True, text=True, check=False)

    told = r"b'i' b'i-' b'i' b'i' b'i' b'i\x00' b'\x00i'"
    assert (run.stderr, run.stdout) == ("", f"{told}\n")


NO_ASCII = """
import encodings
from reconciler.cli.streams import use_utf8
encodings._cache["ascii"] = None
use_utf8()
try:
    "".encode("none-such")
except LookupError as error:
    print(error)
"""
"""As Python leaves it once ASCII, which few terminals have, could not be read."""


def test_our_codec_is_in_the_way_of_no_other() -> None:
    """Not even of that which it is made of."""
    run = subprocess.run([sys.executable, "-c", NO_ASCII], capture_output=True, check=False)

    assert (run.stderr, run.stdout) == (b"", b"unknown encoding: none-such\n")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ImportError("unicodedata.so: failed to map segment from shared object"), "no-more-memory"),
        (ImportError("a.so: cannot allocate memory in static TLS block"), "no-more-memory"),
        (ImportError("libz.so.1: cannot open shared object file: Error 24"), "no-more-files"),
        (SystemError("error return without exception set"), "no-more-memory"),
        (SystemError("<function f> returned NULL without setting an exception"), "no-more-memory"),
        (ImportError("No module named 'click'"), None),
        (SystemError("bad argument to internal function"), None),
    ],
)
def test_what_python_and_the_loader_say_of_a_shortage_is_known(
    error: Exception, told: str | None
) -> None:
    """Each without a number of the system's."""
    assert shortage(error) == told


def test_a_connection_for_which_no_file_is_left_says_so(
    program: Program, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not the network that fails."""
    program.write("santral.yaml", FILE)

    def exhausted(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(deadline._DeadlineSocket, "__init__", exhausted)  # noqa: SLF001

    result = program.run("plan", "--target=ankara")

    assert (result.exit_code, result.stdout) == (
        1,
        f"! ankara  (santral.yaml:9:3)\n    {NO_FILES}\n\n"
        "Plan: 0 to change, 0 in sync, 1 failed.\n",
    )


@pytest.mark.parametrize("error", [MemoryError(), OSError(12, os.strerror(12))])
def test_no_memory_is_no_bug(
    program: Program, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Of a whole run."""

    def exhausted(*_: object) -> None:
        raise error

    monkeypatch.setattr(fleets, "load", exhausted)

    result = program.run("plan")

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{NO_MEMORY}\n")


def test_no_memory_for_one_santral_is_its_own_failure(
    program: Program, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are planned all the same."""
    program.write("santral.yaml", FILE)

    def exhausted(read: plan.Reading) -> plan.SantralPlan:
        if read.santral.name == "ankara" and isinstance(read.live, Settings):
            raise MemoryError
        return plan.compare(read)

    monkeypatch.setattr(planning, "compare", exhausted)

    result = program.run("plan")

    assert result.exit_code == 1
    assert f"! ankara  (santral.yaml:9:3)\n    {NO_MEMORY}\n" in result.stdout
    assert result.stdout.endswith(
        "Plan: 1 to change, 0 in sync, 1 failed. To make them, run santral apply for "
        "the same files and santrals.\n"
    )


@pytest.mark.parametrize(
    ("command", "first"),
    [
        ("validate", "santral.yaml: This file cannot be read. "),
        ("init", "A stream or file of this run failed. "),
        ("plan --out=p.json -c {}", "The plan cannot be saved to p.json. "),
        ("plan --base=HEAD -c {}", "--base HEAD: "),
        ("apply --yes -c {}", "The journal .santral/journal.jsonl cannot be opened. "),
        ("history", "The journal .santral/journal.jsonl cannot be read. "),
        ("rollback --yes -c {}", "There is no journal .santral/journal.jsonl."),
        ("show p.json", "The plan p.json cannot be read. "),
    ],
)
def test_a_working_folder_that_was_removed_is_named(
    program: Program, stand_in: StandIn, command: str, first: str
) -> None:
    """What failed for want of it is named too."""
    file = program.folder.parent / "santral.yaml"
    file.write_text(FILE)
    program.folder.rmdir()

    result = program.run(*command.format(file).split())

    *_, failed, gone = result.stderr.splitlines()
    assert (result.exit_code, failed[: len(first)], gone) == (1, first, FOLDER_GONE)


@pytest.mark.parametrize("command", ["apply --yes", "rollback", "history"])
@pytest.mark.parametrize(
    ("name", "reason"), [("j" * 300, 36), ("santral.yaml/journal", 20)], ids=["long", "a file"]
)
def test_a_journal_where_none_can_be_is_named(
    program: Program, stand_in: StandIn, command: str, name: str, reason: int
) -> None:
    """With what stands in the way of it."""
    program.write("santral.yaml", FILE)

    result = program.run(*command.split(), "--journal", name)

    assert (result.exit_code, result.stdout, stand_in.service.requests) == (1, "", [])
    assert result.stderr.startswith(f"The journal {name} cannot be ")
    assert os.strerror(reason) in result.stderr


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero here")
@pytest.mark.parametrize("command", ["plan --keys-file={}", "sandbox --port=0 --keys-file={}"])
def test_keys_without_an_end_are_not_read_to_it(program: Program, command: str) -> None:
    """Nor is a file that is larger than the keys of any fleet."""
    program.write("santral.yaml", FILE)

    result = program.run(*command.format("/dev/zero").split())

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "The keys file /dev/zero cannot be read. It is larger than 16 MiB.\n",
    )


def test_keys_may_come_from_a_pipe(program: Program, stand_in: StandIn) -> None:
    """As a shell's process substitution names it: /dev/fd/63."""
    program.write("santral.yaml", FILE)
    keys = "\n".join(f"{name}={key.reveal()}" for name, key in KEYS.items())
    reading_end, writing_end = os.pipe()
    os.write(writing_end, keys.encode())
    os.close(writing_end)
    for name in KEYS:
        program.monkeypatch.delenv(f"SANTRAL_KEY_{name.upper()}")

    result = program.run("plan", "--keys-file", f"/dev/fd/{reading_end}")

    os.close(reading_end)
    assert (result.exit_code, result.stderr) == (0, "")


def test_an_argument_with_a_nul_is_no_name(program: Program) -> None:
    """No system has such files."""
    result = program.run("history", "--journal", "a\0b")

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "Error: An argument holds a NUL character, which no name may.\n",
    )
