"""No output ever destroys something else, whichever command writes it, in whichever format."""

import os
import re
import shlex
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.fleet import FILE, KEYS
from support.program import Program
from support.stand_in import StandIn

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links are POSIX's")

SAVED = "saved.json"
SHARD = "shard.json"
WRITERS = {
    "plan, saved": "plan --sandbox --out={}",
    "plan, a format": "plan --sandbox --format=html={}",
    "apply": "apply --sandbox --yes --format=json={}",
    "rollback": "rollback --sandbox --yes --format=json={}",
    "show": f"show {SAVED} --format=markdown={{}}",
    "merge": f"merge {SHARD} --out={{}}",
    "validate": "validate --format=gitlab={}",
}
TAKEN = (
    "would be overwritten: santral reads it or keeps it, or this run writes it twice. Name "
    "another file."
)
MAY_BE_SETTINGS = (
    "cannot be written. An existing YAML file may be somebody's settings. Name another file, or "
    "remove it first."
)
SANDBOX_JOURNAL = ".santral/sandbox-journal.jsonl"
SANDBOX_STATE = ".santral/sandbox.json"
MOVED = "a link, which may lead anywhere. Remove it, or name the place it leads to"


def device(path: Path) -> None:
    """Make a device that is there everywhere, /dev/full's number."""
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 7))


def bound_socket(path: Path) -> None:
    """Make a socket in the working folder."""
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(path.name)  # The whole path may be too long for a socket.


THINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a pipe": (os.mkfifo, "It is not a regular file"),
    "a socket": (bound_socket, "It is not a regular file"),
    "a device": (device, "It is not a regular file"),
    "a link to a file": (lambda path: path.symlink_to("notes.txt"), f"out is {MOVED}"),
    "a link to nothing": (lambda path: path.symlink_to("new.txt"), f"out is {MOVED}"),
}


@pytest.fixture
def ready(program: Program) -> Program:
    """Give a folder in which every command has what it reads."""
    program.write("santral.yaml", FILE)
    program.write("notes.txt", "notes")
    assert program.run(*["apply", "--sandbox", "--yes", "--target=ankara"]).exit_code == 0
    assert program.run("plan", "--sandbox", "--out", SAVED).exit_code == 0
    assert program.run("plan", "--sandbox", "--shard=1/1", "--out", SHARD).exit_code == 0
    return program


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes | None]]:
    """Return what there is: kind and mode, inode, and the bytes of regular files."""

    def seen(path: Path) -> tuple[int, int, bytes | None]:
        status = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else None
        return status.st_mode, status.st_ino, content

    return {str(path): seen(path) for path in sorted(folder.rglob("*"))}


def refused(program: Program, command: str, reason: str) -> None:
    """Run a command line and expect it to end before it did anything at all."""
    before = snapshot(program.folder)

    result = program.run(*shlex.split(command))

    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Error: {reason}" in result.stderr.splitlines()[-2:]
    assert snapshot(program.folder) == before


@pytest.mark.parametrize(("make", "fault"), THINGS.values(), ids=THINGS)
@pytest.mark.parametrize("command", WRITERS.values(), ids=WRITERS)
def test_an_output_is_a_file_or_is_refused(
    ready: Program, command: str, make: Callable[[Path], object], fault: str
) -> None:
    """It is neither replaced nor written through nor waited for."""
    try:
        make(ready.folder / "out")
    except PermissionError:
        pytest.skip("only root makes devices")

    refused(ready, command.format("out"), f"out cannot be written. {fault}.")


@pytest.mark.parametrize("command", WRITERS.values(), ids=WRITERS)
def test_no_directory_on_the_way_is_a_link(ready: Program, command: str) -> None:
    """A pull request can bring one along, and so say where the pipeline writes."""
    (ready.folder / "reports").symlink_to(ready.folder.parent)

    for name in ("reports/out", str(ready.folder / "reports/out")):
        link = name.removesuffix("/out")
        refused(ready, command.format(name), f"{name} cannot be written. {link} is {MOVED}.")


@pytest.mark.parametrize(
    "name",
    [
        ".santral/journal.jsonl",
        ".santral/sandbox-journal.jsonl",
        ".santral/sandbox.json",
        ".santral/.gitignore",
        "hard",
        ".santral/../.santral/journal.jsonl",
    ],
)
@pytest.mark.parametrize("command", WRITERS.values(), ids=WRITERS)
def test_no_output_is_a_file_that_the_program_keeps(
    ready: Program, command: str, name: str
) -> None:
    """Both journals, with and without the sandbox; by any name of theirs, there or not yet."""
    os.link(".santral/sandbox-journal.jsonl", "hard")

    reason = f"{name} {TAKEN}"
    refused(ready, command.format(name), reason)


@pytest.mark.parametrize("command", WRITERS.values(), ids=WRITERS)
def test_no_output_is_a_file_that_the_program_keeps_in_another_folder(
    ready: Program, command: str
) -> None:
    """Nor in this one when it is reached from elsewhere: a run may be in any folder."""
    for folder in ("sub", ".santral"):
        ready.write(f"{folder}/santral.yaml", FILE)
        shutil.copy(SAVED, f"{folder}/{SAVED}")
    ready.write("other/.santral/journal.jsonl", "real")
    ready.write("sub/.santral/sandbox-journal.jsonl", Path(SANDBOX_JOURNAL).read_bytes())
    ready.write(".santral/.santral/sandbox-journal.jsonl", Path(SANDBOX_JOURNAL).read_bytes())
    whole = str(ready.folder / SANDBOX_JOURNAL)

    for folder, name in [
        *((".", name) for name in ("other/.santral/journal.jsonl", "other/.santral/sandbox.json")),
        *(("sub", name) for name in ("../.santral/journal.jsonl", "../.Santral/Sandbox.json")),
        *(("sub", name) for name in (whole, "../other/.santral/../.santral/.gitignore")),
        *((".santral", name) for name in ("journal.jsonl", "./sandbox-journal.jsonl")),
    ]:
        ready.monkeypatch.chdir(ready.folder / folder)
        refused(ready, command.format(name), f"{name} {TAKEN}")


def test_no_file_of_githubs_runner_or_stream_is_a_journal_in_another_folder(
    ready: Program,
) -> None:
    """Both are added to, which spoils it too."""
    journal = ready.write("other/.santral/journal.jsonl", "")
    ready.monkeypatch.setenv("GITHUB_OUTPUT", "other/.santral/journal.jsonl")
    reason = f"other/.santral/journal.jsonl {TAKEN}"
    refused(ready, "plan --sandbox --format=github", reason)

    stream = in_a_shell("santral plan --sandbox --out=/dev/fd/3 3>>other/.santral/journal.jsonl")

    assert stream.stderr.splitlines()[-1] == f"Error: /dev/fd/3 {TAKEN}"
    assert journal.read_text() == ""


NOT_ITS_PLACE = "is the place of something else that santral keeps. Name another file."
IN_WRONG_PLACES = {
    "the sandbox's run, in the state": "apply --sandbox --yes --journal=.santral/sandbox.json",
    "its rollback": "rollback --sandbox --yes --journal=.santral/sandbox.json",
    "in the real journal": "apply --sandbox --yes --journal=.santral/journal.jsonl",
    "in the folder's .gitignore": "apply --sandbox --yes --journal=.santral/.gitignore",
    "in another folder": "apply --sandbox --yes --journal=sub/.santral/sandbox.json",
    "by a link": "apply --sandbox --yes --journal=linked/sandbox.json",
    "a real run, in the sandbox's": "apply --yes --journal=.santral/sandbox-journal.jsonl",
    "a real run, in the state": "apply --yes --journal=.santral/../.santral/sandbox.json",
    "its rollback, there": "rollback --yes --journal=.santral/sandbox-journal.jsonl",
    "the server, in the real journal": "sandbox --port=0 --state=.santral/journal.jsonl",
    "the server, in the sandbox's": "sandbox --port=0 --state=.santral/sandbox-journal.jsonl",
    "the server, elsewhere": "sandbox --port=0 --state=sub/.santral/journal.jsonl",
}


@pytest.mark.parametrize("is_there", [True, False], ids=["there", "not yet"])
@pytest.mark.parametrize("command", IN_WRONG_PLACES.values(), ids=IN_WRONG_PLACES)
def test_no_run_keeps_its_journal_or_state_in_the_place_of_another_file_of_ours(
    program: Program, command: str, *, is_there: bool
) -> None:
    """What is not there yet would be taken for it by the next command."""
    program.write("santral.yaml", FILE)
    (program.folder / "linked").symlink_to(".santral")
    name = shlex.split(command)[-1].rpartition("=")[2]
    if is_there:
        assert program.run(*["apply", "--sandbox", "--yes"]).exit_code == 0
        program.write("sub/.santral/sandbox.json", Path(SANDBOX_STATE).read_bytes())
        for journal in (".santral/journal.jsonl", "sub/.santral/journal.jsonl"):
            program.write(journal, Path(SANDBOX_JOURNAL).read_bytes())

    refused(program, command, f"{name} {NOT_ITS_PLACE}")


def test_a_hard_link_to_the_state_is_no_journal(ready: Program) -> None:
    """It would be added to, whatever it is called."""
    os.link(SANDBOX_STATE, "hard")

    refused(ready, "apply --sandbox --yes --journal=hard", f"hard {NOT_ITS_PLACE}")


def test_a_journal_and_a_state_may_be_in_their_own_place_in_another_folder(
    ready: Program,
) -> None:
    """As a run in a folder below names them."""
    ready.monkeypatch.chdir(ready.write("sub/santral.yaml", FILE).parent)

    result = ready.run(*["apply", "--sandbox", "--yes", f"--journal=../{SANDBOX_JOURNAL}"])

    assert (result.exit_code, Path(SANDBOX_JOURNAL).exists()) == (0, False)


SETTINGS_OF_OTHERS = {
    "show": f"show {SAVED} --format=json=santral.yaml",
    "show, other settings": f"show {SAVED} --format=json=conf/x.yaml",
    "plan, other settings": "plan --sandbox --format=markdown=conf/x.yaml",
    "plan, saved": "plan --sandbox --out=conf/x.yaml",
    "apply, a pipeline": "apply --sandbox --yes --format=html=.gitlab-ci.yml",
    "validate, in capitals": "validate --format=gitlab=OTHER.YML",
    "rollback, in a repository": "rollback --sandbox --yes --format=json=./conf/../conf/x.yaml",
}


@pytest.mark.parametrize("command", SETTINGS_OF_OTHERS.values(), ids=SETTINGS_OF_OTHERS)
def test_no_output_is_a_yaml_file_that_is_there(ready: Program, command: str) -> None:
    """It may be the settings of another run; nobody here knows which files are."""
    for name in ("conf/x.yaml", ".gitlab-ci.yml", "OTHER.YML"):
        ready.write(name, FILE)
    name = shlex.split(command)[-1].rpartition("=")[2]

    refused(ready, command, f"{name} {MAY_BE_SETTINGS}")


def test_a_yaml_file_that_slips_in_after_the_check_is_left_as_it_is(
    program: Program, stand_in: StandIn
) -> None:
    """A new one may be made."""
    program.write("santral.yaml", FILE)
    made = program.run("plan", "--format=json=new.yaml")
    out = program.folder / "plan.yaml"
    stand_in.meanwhile(do=lambda: out.exists() or out.write_text(FILE))

    result = program.run("plan", "--format=json=plan.yaml")

    assert (made.exit_code, result.exit_code, out.read_text()) == (0, 1, FILE)


INPUTS = {
    "the file": "validate --format=gitlab=santral.yaml",
    "a member of a directory": "plan --sandbox -c conf --out=conf/a.yaml",
    "a member by a link": "validate -c conf --format=gitlab=shared.yaml",
    "a hard link to a member": "plan --sandbox -c conf --format=json=hard",
    "a hard link to the file": "plan --sandbox -c conf/a.yaml --out=hard",
    "a file of --base": "plan --sandbox --base=base.yaml --out=base.yaml",
    "a member of --base": "plan --sandbox --base=conf --format=html=conf/a.yaml",
    "the keys": "plan --keys-file=keys --format=json=keys",
    "the keys, as the journal": "apply --yes --keys-file=keys --journal=keys",
    "the file, as the journal": "apply --sandbox --yes --journal=santral.yaml",
    "the keys, as the state": "sandbox --port=0 --keys-file=keys --state=keys",
    "the saved plan": f"show {SAVED} --format=markdown=./{SAVED}",
    "a journal of one's own": "plan --sandbox --journal=mine.jsonl --out=mine.jsonl",
    "the same, by apply": "apply --sandbox --yes --journal=mine.jsonl --format=json=mine.jsonl",
    "two outputs": "plan --sandbox --format=json=new --format=html=./new",
    "two outputs, one file": "plan --sandbox --format=html=two --out=one",
}


@pytest.mark.parametrize("command", INPUTS.values(), ids=INPUTS)
def test_no_output_is_an_input_or_another_output(ready: Program, command: str) -> None:
    """Judged by device and inode."""
    for name in ("conf/a.yaml", "base.yaml", "shared.yaml"):
        ready.write(name, FILE)
    ready.write("keys", f"ankara={KEYS['ankara'].reveal()}")
    ready.write("one", "")
    os.link("one", "two")
    os.link("conf/a.yaml", "hard")
    (ready.folder / "conf/b.yaml").symlink_to("../shared.yaml")
    name = shlex.split(command)[-1].rpartition("=")[2]

    reason = f"{name} {TAKEN}"
    refused(ready, command, reason)


def test_no_output_becomes_a_file_that_the_next_run_reads(ready: Program) -> None:
    """Whatever else lies in a directory of settings is nobody's input."""
    ready.write("conf/a.yaml", FILE)

    for name in ("conf/new.yaml", "./conf/../conf/new.yml"):
        reason = f"{name} would be read as settings by the next run. Name another file."
        refused(ready, f"plan --sandbox -c conf --out={name}", reason)
    reason = "conf/new.yaml would be read as settings by the next run. Name another file."
    refused(ready, "apply --sandbox --yes -c conf --journal=conf/new.yaml", reason)
    assert ready.run(*["plan", "--sandbox", "-c", "conf", "--out=conf/plan.json"]).exit_code == 0


@pytest.mark.parametrize("command", [*WRITERS.values()][:1], ids=["plan, saved"])
def test_a_dash_is_no_name_of_a_file(ready: Program, command: str) -> None:
    """It means stdout elsewhere."""
    reason = (
        "- cannot be written. - is not the name of a file here. For stdout write /dev/stdout, for "
        "such a file ./-."
    )
    refused(ready, command.format("-"), reason)


def in_a_shell(line: str) -> subprocess.CompletedProcess[str]:
    """Run a line in which ``santral`` is the program."""
    program = f'santral() {{ "{sys.executable}" -m reconciler "$@"; }}; '
    return subprocess.run(
        ["bash", "-c", program + line], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("command", [WRITERS["plan, saved"], WRITERS["show"], WRITERS["validate"]])
def test_streams_and_the_null_device_are_written_to(ready: Program, command: str) -> None:
    """What is in a file behind one stays, and the file is not replaced."""
    for name in ("out", "err", "three"):
        ready.write(name, f"{name} before\n")
    streams = [command.format(f"/dev/{name}") for name in ("stdout", "stderr", "fd/3", "null")]
    ready.run(*shlex.split(command.format("new")))
    expected = Path("new").read_text()
    null = Path("/dev/null").stat()

    runs = [in_a_shell(f"santral {line} >>out 2>>err 3>>three") for line in streams]

    assert [run.returncode for run in runs] == [0, 0, 0, 0]
    first = expected.split('"made"')[0]
    for name in ("out", "err", "three"):
        content = Path(name).read_text()
        assert content.startswith(f"{name} before\n")
        assert first in content
    after = Path("/dev/null").stat()
    assert (after.st_mode, after.st_rdev, after.st_ino) == (null.st_mode, null.st_rdev, null.st_ino)


def test_a_stream_that_is_not_open_or_is_an_input_is_refused(ready: Program) -> None:
    """Also by its number."""
    closed = in_a_shell("santral plan --sandbox --out=/dev/fd/9")
    journal = in_a_shell("santral plan --sandbox --out=/dev/fd/3 3>>.santral/journal.jsonl")
    stdin = in_a_shell("santral plan --sandbox -c - --out=santral.yaml < santral.yaml")
    stdout = in_a_shell("santral plan --sandbox --format=json=new > new")

    lines = [run.stderr.splitlines()[-1] for run in (closed, journal, stdin, stdout)]
    twice = TAKEN
    assert lines == [
        f"Error: /dev/fd/9 cannot be written. The system says: {os.strerror(9)}.",
        f"Error: /dev/fd/3 {twice}",
        f"Error: santral.yaml {twice}",
        f"Error: new {twice}",
    ]
    assert Path("santral.yaml").read_text() == FILE


def test_a_file_that_is_replaced_keeps_its_mode_and_its_hard_links_their_content(
    ready: Program,
) -> None:
    """A saved plan is for its owner's eyes whatever was there."""
    for name in ("plan.html", "plan.json"):
        ready.write(name, "before").chmod(0o640)
    os.link("plan.html", "kept")

    result = ready.run(*["plan", "--sandbox", "--out=plan.json", "--format=html=plan.html"])

    modes = [stat.S_IMODE(Path(name).stat().st_mode) for name in ("plan.json", "plan.html")]
    assert (result.exit_code, modes) == (0, [0o600, 0o640])
    assert (Path("kept").read_text(), Path("plan.html").read_text()[:9]) == ("before", "<!doctype")


def test_what_cannot_be_written_whole_leaves_what_was_there(ready: Program) -> None:
    """As on a full disk."""
    for name in ("plan.json", "plan.html"):
        ready.write(name, "before")
    before = sorted(Path().iterdir())

    run = in_a_shell(
        "export PYTHONDONTWRITEBYTECODE=1; trap '' XFSZ; ulimit -f 1; "  # Python cuts it short.
        "santral plan --sandbox --out=plan.json --format=html=plan.html"
    )

    assert run.returncode == 1
    assert [Path(name).read_text() for name in ("plan.json", "plan.html")] == ["before"] * 2
    assert sorted(Path().iterdir()) == before


def test_a_thing_that_slips_in_after_the_check_is_left_as_it_is(
    program: Program, stand_in: StandIn
) -> None:
    """It is looked at again, right before it is replaced."""
    program.write("santral.yaml", FILE)
    out = program.folder / "plan.html"

    def put_a_link() -> None:
        if not out.is_symlink():
            out.symlink_to("elsewhere")

    stand_in.meanwhile(do=put_a_link)

    result = program.run("plan", "--format=html=plan.html")

    assert (result.exit_code, result.stderr) == (
        1,
        f"plan.html cannot be written. plan.html is {MOVED}.\n",
    )
    assert (out.is_symlink(), (program.folder / "elsewhere").exists()) == (True, False)


def test_files_of_githubs_runner_are_added_to(ready: Program) -> None:
    """They are the environment's; no other output may be one of them."""
    ready.write("outputs", "before=1\n")
    ready.monkeypatch.setenv("GITHUB_OUTPUT", str(ready.folder / "outputs"))

    result = ready.run(*["plan", "--sandbox", "--format=github"])
    assert result.exit_code == 0
    assert Path("outputs").read_text().startswith("before=1\nchange=")

    reason = f"outputs {TAKEN}"
    refused(ready, "plan --sandbox --format=github --format=html=outputs", reason)


NO_FILES_OF_A_RUNNER = {
    "the real journal": (".santral/journal.jsonl", TAKEN),
    "the run's journal": (".santral/sandbox-journal.jsonl", TAKEN),
    "the state": (".santral/sandbox.json", TAKEN),
    "the file": ("santral.yaml", TAKEN),
    "a pipe": ("pipe", "cannot be written. It is not a regular file."),
    "a link to nothing": ("link", f"cannot be written. link is {MOVED}."),
}


@pytest.mark.parametrize("variable", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
@pytest.mark.parametrize(
    ("name", "reason"), NO_FILES_OF_A_RUNNER.values(), ids=NO_FILES_OF_A_RUNNER
)
@pytest.mark.parametrize("command", ["plan --sandbox", "apply --sandbox --yes", f"show {SAVED}"])
def test_nothing_else_is_added_to_as_a_file_of_githubs_runner(
    ready: Program, command: str, name: str, reason: str, variable: str
) -> None:
    """What a job's environment names is judged as every output is, before anything is sent."""
    if name == "santral.yaml" and command.startswith("show"):
        reason = MAY_BE_SETTINGS  # Show reads none.
    os.mkfifo("pipe")
    Path("link").symlink_to("nowhere")
    ready.monkeypatch.setenv(variable, name)

    refused(ready, f"{command} --format=github", f"{name} {reason}")


def test_both_files_of_githubs_runner_may_be_one_or_the_null_device(ready: Program) -> None:
    """As when a job's script is tried by hand."""
    for name in ("one", "/dev/null"):
        ready.monkeypatch.setenv("GITHUB_OUTPUT", name)
        ready.monkeypatch.setenv("GITHUB_STEP_SUMMARY", name)
        assert ready.run("plan", "--sandbox", "--format=github").exit_code == 0
    assert "change=1\n" in Path("one").read_text()


@pytest.mark.parametrize(
    "variable", ["SANTRAL_KEYS_FILE", "SANTRAL_JOURNAL", "SANTRAL_STATE", "SANTRAL_CONFIG"]
)
@pytest.mark.parametrize(
    "command", ["validate --format=gitlab=mine", f"show {SAVED} --format=html=mine"]
)
def test_a_file_that_other_commands_are_to_use_is_no_output(
    ready: Program, command: str, variable: str
) -> None:
    """The environment names it, though this command does not read it."""
    ready.write("mine", "ankara=no-key")
    ready.monkeypatch.setenv(
        variable, "mine" if variable != "SANTRAL_CONFIG" else "santral.yaml:mine"
    )

    refused(ready, command, f"mine {TAKEN}")


def test_no_journal_is_what_is_to_be_the_sandboxs_state(ready: Program) -> None:
    """Nor the other way round; the environment names it."""
    ready.monkeypatch.setenv("SANTRAL_STATE", "mine")
    refused(ready, "apply --sandbox --yes --journal=mine", f"mine {TAKEN}")
    ready.monkeypatch.delenv("SANTRAL_STATE")
    ready.monkeypatch.setenv("SANTRAL_JOURNAL", "mine")
    refused(ready, "sandbox --port=0 --state=mine", f"mine {TAKEN}")


@pytest.mark.parametrize("link", [".santral/.gitignore", ".santral"])
def test_the_programs_own_folder_is_not_made_through_a_link(program: Program, link: str) -> None:
    """A repository can bring both along."""
    program.write("santral.yaml", FILE)
    elsewhere = program.folder.parent / "elsewhere"
    if link == ".santral":
        elsewhere.mkdir()
    else:
        (program.folder / ".santral").mkdir()
    (program.folder / link).symlink_to(elsewhere)

    result = program.run("apply", "--sandbox", "--yes")

    if link == ".santral":
        assert result.exit_code == 1
        assert result.stderr.splitlines()[-1] == (
            "The journal .santral/sandbox-journal.jsonl cannot be opened. .santral is "
            f"{MOVED}. Nothing was sent."
        )
        assert list(elsewhere.iterdir()) == []
    else:
        assert (result.exit_code, elsewhere.exists()) == (0, False)


STATES: dict[str, tuple[Callable[[Path], object], str]] = {
    "settings": (
        lambda path: path.write_text('{"version": 1, "santrals": {}}'),
        "does not hold what the sandbox writes. Delete it to start afresh",
    ),
    "a pipe": (os.mkfifo, "cannot be read. It is not a regular file"),
    "a link": (
        lambda path: path.symlink_to("santral.yaml"),
        "cannot be read. state is a link, which may lead anywhere. Remove it, or name the place it "
        "leads to",
    ),
}


@pytest.mark.parametrize(("make", "fault"), STATES.values(), ids=STATES)
def test_the_sandbox_keeps_its_state_in_a_file_of_its_own(
    program: Program, make: Callable[[Path], object], fault: str
) -> None:
    """Only what held a state is replaced."""
    program.write("santral.yaml", FILE)
    make(program.folder / "state")
    before = snapshot(program.folder)

    result = program.run("sandbox", "--port=0", "--state=state")

    assert (result.exit_code, result.stderr) == (
        1,
        f"The state file of the sandbox, state, {fault}.\n",
    )
    assert snapshot(program.folder) == before


def test_init_writes_no_line_through_a_link(program: Program) -> None:
    """Git reads no .gitignore behind a link; what it leads to may be the settings."""
    program.write("santral.yaml", FILE)
    (program.folder / ".gitignore").symlink_to("santral.yaml")

    result = program.run("init")

    assert (result.exit_code, result.stderr) == (
        1,
        ".gitignore is left alone: it is a link, and what it leads to may be something else. Put a "
        "file in its place.\n",
    )
    assert Path("santral.yaml").read_text() == FILE


@pytest.mark.parametrize(
    ("name", "unread"),
    [
        (".gitignore", ".gitignore cannot be given the lines that it lacks."),
        (".gitlab-ci.yml", ".gitlab-ci.yml cannot be read."),
    ],
)
def test_init_waits_for_no_pipe(program: Program, name: str, unread: str) -> None:
    """Nor does it take one for a file."""
    os.mkfifo(name)

    result = program.run("init", "--ci", "gitlab")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == f"{unread} It is not a regular file."


def without_capitals(path: str) -> str:
    """Return a name as a file system that ignores capitals knows it; ı and I stay two letters."""
    return re.sub("[A-Z]", lambda found: found[0].lower(), path)


def test_two_outputs_are_one_where_capitals_do_not_matter(program: Program) -> None:
    """In a folder with a Turkish name as in any."""

    def is_same(one: str, other: str) -> bool:
        return without_capitals(one) == without_capitals(other)

    program.write("santral.yaml", FILE)
    (program.folder / "Yazılım").mkdir()
    program.monkeypatch.setattr(os.path, "samefile", is_same)

    outputs = ("--out=Yazılım/Plan.json", "--format=json=Yazılım/plan.json")
    result = program.run("plan", "--sandbox", *outputs)

    assert (result.exit_code, TAKEN in result.stderr) == (1, True)
    assert [*(program.folder / "Yazılım").iterdir()] == []


MEMBERS: dict[str, tuple[Callable[[Path], object], str]] = {
    **{name: (make, "It is not a regular file") for name, (make, _) in [*THINGS.items()][:3]},
    "a directory": (lambda path: path.mkdir(), "It is not a regular file"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "It is not a regular file"),
    "a link to nothing": (
        lambda path: path.symlink_to("nothing"),
        "The system says: No such file or directory. Name your file with --config, or create one "
        "to start from with santral init",
    ),
}


@pytest.mark.parametrize(("make", "fault"), MEMBERS.values(), ids=MEMBERS)
def test_a_member_of_a_directory_is_a_regular_file(
    program: Program, make: Callable[[Path], object], fault: str
) -> None:
    """Nobody waits for a pipe that somebody left there."""
    program.write("conf/a.yaml", FILE)
    program.monkeypatch.chdir(program.folder / "conf")
    make(Path("b.yaml"))
    program.monkeypatch.chdir(program.folder)

    result = program.run("validate", "-c", "conf")

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        f"conf/b.yaml: This file cannot be read. {fault}.\n",
    )


def test_files_and_keys_may_come_from_pipes_that_are_named(ready: Program) -> None:
    """As a shell's process substitution names them."""
    run = in_a_shell("santral validate -c <(cat santral.yaml)")

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith(": 2 santrals, valid\n")


@pytest.fixture(autouse=True)
def within_time() -> Iterator[None]:
    """Let a test that waits for a pipe fail, and not hang."""
    import signal  # noqa: PLC0415 - POSIX only

    signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it hangs"))
    signal.alarm(120)
    yield
    signal.alarm(0)
