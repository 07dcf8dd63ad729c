"""The command line: options, variables, streams, colour, and what happens when all goes wrong."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.fleet import FILE, KEYS, settings
from support.places import EXAMPLE
from support.program import IN_SANDBOX, Program
from support.stand_in import StandIn

from reconciler import __version__
from reconciler.cli import fleets
from reconciler.core.errors import ExitCode


def test_the_version_is_one_line(program: Program) -> None:
    """The same from the module as from the script."""
    result = program.run("--version")

    assert (result.exit_code, result.stdout) == (0, f"santral {__version__}\n")
    run = subprocess.run(
        [sys.executable, "-P", "-m", "reconciler", "--version"], capture_output=True, check=True
    )
    assert run.stdout.decode() == result.stdout


def test_help_lists_the_commands(program: Program) -> None:
    """And says that each option has a variable."""
    result = program.run("--help")

    assert result.exit_code == 0
    for command in ("init", "validate", "plan", "apply", "sandbox", "schema", "completion"):
        assert f"\n  {command} " in result.stdout
    assert "SANTRAL_<OPTION>" in result.stdout


WRONG = {
    "an unknown option": ("plan", "--traget", "x"),
    "an unknown command": ("pln",),
    "an extra argument": ("plan", "extra"),
    "a format that is not": ("plan", "--format", "yaml"),
    "no parallelism": ("plan", "--parallelism", "0"),
    "no time": ("plan", "--timeout", "0"),
    "a limit that is not": ("plan", "--max-changes", "some"),
    "a limit over 100 %": ("plan", "--max-changes", "101%"),
    "a canary of none": ("apply", "--canary", "0"),
    "no failure at all": ("apply", "--max-failures", "0"),
    "both quiet and an option without its value": ("plan", "-q", "--target"),
    "a bad rate limit": ("sandbox", "--rate-limit", "10"),
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_a_wrong_option_is_an_error_before_any_request(
    program: Program, stand_in: StandIn, arguments: tuple[str, ...]
) -> None:
    """Exit code 1, not click's 2, which means that changes are pending."""
    program.write("santral.yaml", FILE)

    result = program.run(*arguments)

    assert (result.exit_code, result.stdout, stand_in.service.requests) == (1, "", [])
    assert "Error: " in result.stderr


def test_a_key_typed_as_an_argument_is_not_repeated(program: Program) -> None:
    """It is in the shell's history; it need not be in the log too."""
    result = program.run("plan", KEYS["ankara"].reveal())

    assert result.stderr.splitlines()[-1] == "Error: Got unexpected extra argument (***)"


URLS = {
    "https": ("https://api.example.com", True),
    "https and a port": ("https://api.example.com:8443/", True),
    "loopback": ("http://127.0.0.1:1", True),
    "IPv6 loopback": ("http://[::1]:1", True),
    "plain http": ("http://api.example.com", False),
    "a look-alike of loopback": ("http://127.0.0.1.evil.example.com", False),
    "a user part": ("https://api.example.com@evil.example.com", False),
    "a path": ("https://api.example.com/x", False),
    "no URL": ("api.example.com", False),
    "a broken URL": ("https://[::1", False),
    "a bad port": ("https://api.example.com:x", False),
    "a port too high": ("https://api.example.com:65536", False),
}


@pytest.mark.parametrize(("url", "is_allowed"), URLS.values(), ids=URLS)
def test_the_api_is_https_or_loopback(program: Program, url: str, is_allowed: bool) -> None:
    """A key must not travel in the open; the keys are missing here, so nothing is sent."""
    program.write("santral.yaml", FILE)

    result = program.run("plan", "--api-url", url)

    is_refused = "Invalid value for '--api-url'" in result.stderr
    assert (result.exit_code, is_refused) == (1, not is_allowed)


def test_an_option_can_be_a_variable_and_the_option_wins(
    program: Program, stand_in: StandIn
) -> None:
    """SANTRAL_TARGET and --target mean the same."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_TARGET", "ankara bursa")
    program.monkeypatch.setenv("SANTRAL_FORMAT", "json")

    by_variable = program.run("plan")
    by_option = program.run("plan", "--target", "bursa")

    assert [santral["name"] for santral in json.loads(by_variable.stdout)["santrals"]] == [
        "ankara",
        "bursa",
    ]
    assert [santral["name"] for santral in json.loads(by_option.stdout)["santrals"]] == ["bursa"]


def test_several_files_and_directories_are_one_fleet(program: Program) -> None:
    """In the order given; a directory's files by name, others in it left alone."""
    program.write("one.yaml", FILE)
    program.write("more/b.yml", FILE.replace("ankara", "izmir").replace("bursa", "konya"))
    program.write("more/a.yaml", "version: 1\nsantrals: {sivas: {crm_integration: {}}}\n")
    program.write("more/notes.txt", "not YAML: at: all")

    result = program.run("validate", "-c", "one.yaml", "-c", "more")

    assert (result.exit_code, result.stdout) == (
        0,
        "one.yaml: 2 santrals, valid\n"
        "more/a.yaml: 1 santral, valid\n"
        "more/b.yml: 2 santrals, valid\n",
    )


def test_a_name_in_two_files_is_an_error_that_names_both_places(program: Program) -> None:
    """Whose settings would count could not be said."""
    program.write("one.yaml", FILE)
    program.write("two.yaml", "version: 1\nsantrals:\n  bursa: {crm_integration: {}}\n")

    result = program.run("validate", "-c", "one.yaml", "-c", "two.yaml")

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "two.yaml:3:3: This santral is written twice. The first is at one.yaml:11:3.\n",
    )


def test_standard_input_is_a_file_too(program: Program) -> None:
    """Named <stdin> in messages."""
    assert program.run("validate", "-c", "-", stdin=FILE.encode()).stdout == (
        "<stdin>: 2 santrals, valid\n"
    )
    assert program.run("validate", "-c", "-", stdin=b"version: 2\n").stderr == (
        "<stdin>:1:1: santrals is missing. Add it, with the santrals under it, by name.\n"
        "<stdin>:1:10: version must be 1, the only version of this format.\n"
    )


SOURCES = {
    "no file": (
        "santral.yaml",
        "santral.yaml: This file cannot be read. The system says: No such file or directory. Name "
        "your file with --config, or create one to start from with santral init.\n",
    ),
    "an empty directory": (
        "empty",
        "empty: This directory has no *.yaml or *.yml file. There is nothing in it.\n",
    ),
}


@pytest.mark.parametrize(("path", "message"), SOURCES.values(), ids=SOURCES)
def test_a_file_that_cannot_be_read_is_an_error(program: Program, path: str, message: str) -> None:
    """It says which, why, and what to do."""
    (program.folder / "empty").mkdir()

    result = program.run("validate", "-c", path)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", message)


def test_quiet_validation_says_nothing(program: Program) -> None:
    """The exit code is enough."""
    program.write("santral.yaml", FILE)

    result = program.run("validate", "-q")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


COLOURS = {
    "a terminal": ({}, (), True),
    "NO_COLOR": ({"NO_COLOR": "1"}, (), False),
    "--no-color": ({}, ("--no-color",), False),
    "a dumb terminal": ({"TERM": "dumb"}, (), False),
}


@pytest.mark.parametrize(("variables", "options", "is_coloured"), COLOURS.values(), ids=COLOURS)
def test_colour_is_for_terminals_that_want_it(
    program: Program,
    stand_in: StandIn,
    variables: dict[str, str],
    options: tuple[str, ...],
    is_coloured: bool,
) -> None:
    """Without it the text is the same."""
    program.write("santral.yaml", FILE)
    plain = program.run("plan").stdout
    program.monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        program.monkeypatch.setenv(name, value)

    shown = program.run("plan", *options, terminal=True).stdout

    assert (shown == plain) is not is_coloured
    assert ("\x1b[" in shown) is is_coloured


def test_the_host_of_a_changed_url_is_bold(program: Program, stand_in: StandIn) -> None:
    """In the value, and on the line of its own."""
    program.write("santral.yaml", FILE)
    stand_in.hold("ankara", settings("on", "on", "on", "https://old.example.com/x"))

    shown = program.run("plan", "--target", "ankara", terminal=True).stdout

    assert "\x1b[32m\x1b[1mcrm.example.com\x1b[0m" in shown
    assert "\x1b[35m\x1b[1mother host: old.example.com → crm.example.com\x1b[0m" in shown


BARS = {
    "a terminal": ({}, (), True),
    "a CI job": ({"CI": "true"}, (), False),
    "quiet": ({}, ("-q",), False),
    "verbose": ({}, ("-v",), False),
}


@pytest.mark.parametrize(("variables", "options", "is_shown"), BARS.values(), ids=BARS)
def test_the_progress_bar_is_for_people_who_wait(
    program: Program,
    stand_in: StandIn,
    variables: dict[str, str],
    options: tuple[str, ...],
    is_shown: bool,
) -> None:
    """On a terminal's stderr, and in no CI log."""
    program.write("santral.yaml", FILE)
    for name, value in variables.items():
        program.monkeypatch.setenv(name, value)

    result = program.run("plan", *options, terminal=True)

    assert ("Reading" in result.stderr, "100%" in result.stderr) == (is_shown, is_shown)


def test_a_bug_is_told_without_its_values(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it struck, but nothing that could hold a key."""

    def broken(*_: object) -> None:
        raise RuntimeError(KEYS["ankara"].reveal())

    monkeypatch.setattr(fleets, "load", broken)
    program.write("santral.yaml", FILE)

    result = program.run("plan")

    lines = result.stderr.splitlines()
    assert result.exit_code == 1
    assert lines[:2] == [
        "This is a bug in santral. Please report it with these lines (they hold no values):",
        f"  santral {__version__}: RuntimeError",
    ]
    assert re.fullmatch("  test_cli.py:[0-9]+, broken", lines[-1])
    assert KEYS["ankara"].reveal() not in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_plan_that_cannot_be_written_is_an_error(program: Program) -> None:
    """A full disk behind stdout must not look like a plan without changes."""
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-P", "-m", "reconciler", "plan", "-c", EXAMPLE, "--sandbox"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert (run.returncode, run.stderr.decode()) == (
        1,
        f"{IN_SANDBOX}The result could not be written to stdout. The system says: "
        f"{os.strerror(28)}.\n",
    )


def test_help_that_nobody_reads_is_no_bug() -> None:
    """As with ``santral --help | head -0``: the exit code is 1, and nothing is said."""
    nobody, pipe = os.pipe()
    os.close(nobody)
    command = [sys.executable, "-m", "reconciler", "--help"]
    run = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, check=False)
    os.close(pipe)

    assert (run.returncode, run.stderr) == (1, b"")


def test_an_apply_whose_report_cannot_be_written_says_it_on_stderr(
    program: Program, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done was done: the report goes to stderr, and the exit code is 1."""
    program.write("santral.yaml", FILE)
    full = "import sys; from reconciler.cli import console, main; write = console.Console.write\n"
    full += "def once(self, text):\n    if text.startswith('For '): return write(self, text)\n"
    full += "    raise console.OutputError('stdout is full.')\n"
    full += "console.Console.write = once\nsys.exit(main.main(['apply', '-q', '--target=ankara']))"

    run = subprocess.run(
        [sys.executable, "-c", full], capture_output=True, check=False, cwd=program.folder
    )

    assert (run.returncode, run.stderr.decode()) == (
        1,
        "stdout is full.\nankara: applied\n\n"
        "Apply: 1 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 0 not tried.\n",
    )


def test_an_ascii_locale_stops_nothing(program: Program) -> None:
    """The arrow is written as UTF-8 whatever the locale says."""
    run = subprocess.run(
        [sys.executable, "-P", "-m", "reconciler", "plan", "-c", EXAMPLE, "--sandbox"],
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )

    assert "off → on" in run.stdout.decode("utf-8")


def test_the_gravest_code_counts() -> None:
    """4, 3, 1, 2, 0, in that order."""
    order = [4, 3, 1, 2, 0]

    assert [ExitCode.most_severe(map(ExitCode, order[n:])) for n in range(5)] == order
    assert ExitCode.most_severe([]) == 0


LAZY = {
    "--version": {"yaml", "jsonschema", "requests", "urllib3", "deepdiff", "http.server"},
    "validate": {"jsonschema", "requests", "urllib3", "deepdiff", "http.server"},
    "schema": {"yaml", "jsonschema", "requests", "urllib3", "deepdiff", "http.server"},
}


@pytest.mark.parametrize("command", LAZY)
def test_libraries_are_imported_where_they_are_used(program: Program, command: str) -> None:
    """Each costs a fifth of a second, which the other commands need not wait for."""
    program.write("santral.yaml", FILE)
    script = (
        "import sys; from reconciler.cli.main import main; main(sys.argv[1:]);"
        "print(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", script, command], capture_output=True, check=True)

    assert LAZY[command] & set(run.stderr.decode().split()) == set()


CLOSED = {
    "stdin": ("<&-", ("validate", "-c", "-"), 1, "<stdin>:1:1: The file is empty. It needs"),
    "stdout": (">&-", ("plan", "--sandbox"), 0, ""),
    "stderr": ("2>&-", ("plan", "--sandbox", "-v"), 0, ""),
}


@pytest.mark.parametrize(("closing", "arguments", "code", "stderr"), CLOSED.values(), ids=CLOSED)
def test_a_closed_stream_is_no_bug(
    program: Program, closing: str, arguments: tuple[str, ...], code: int, stderr: str
) -> None:
    """What is written there goes nowhere; the exit code stays what it is."""
    program.write("santral.yaml", FILE)
    command = f'"{sys.executable}" -P -m reconciler {" ".join(arguments)} {closing}'

    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stderr[: len(stderr)]) == (code, stderr)
    assert "bug" not in run.stdout + run.stderr


def test_the_program_alone_shows_its_help(program: Program) -> None:
    """It is the first thing that a newcomer types."""
    result = program.run()

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == program.run("--help").stdout


def test_a_full_stderr_stops_nothing(program: Program) -> None:
    """Telling of requests is a courtesy; a change under way is not given up for it."""
    program.write("santral.yaml", FILE)
    command = f'"{sys.executable}" -P -m reconciler apply --sandbox -v 2>/dev/full'

    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout.splitlines()[-1]) == (
        0,
        "Apply: 2 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 0 not tried.",
    )


EMPTY_NAMES = {
    "an empty name": (
        ("-c", ""),
        "The name of a file in --config is empty. Is a variable in it unset?\n",
    ),
    "a name that is too long": (
        ("-c", "x" * 300),
        f"{'x' * 300}: This file cannot be read. The system says: File name too long.\n",
    ),
}


@pytest.mark.parametrize(("arguments", "stderr"), EMPTY_NAMES.values(), ids=EMPTY_NAMES)
def test_a_file_name_that_cannot_be_one_is_an_error(
    program: Program, arguments: tuple[str, ...], stderr: str
) -> None:
    """An empty one comes from a variable that is not set, and does not mean this folder."""
    result = program.run("validate", *arguments)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", stderr)


def test_a_run_says_when_it_is_not_for_the_real_api(program: Program) -> None:
    """Nobody is to take the sandbox for real, which quiet hides, nor to send keys elsewhere."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_API_URL", "https://api.example.com")

    elsewhere = program.run("plan")
    in_sandbox = program.run("plan", "--sandbox")
    quietly = program.run("plan", "--sandbox", "--quiet")

    assert (
        elsewhere.stderr
        == program.run("plan", "--quiet").stderr
        == (
            "Requests and keys go to https://api.example.com, not to "
            "https://api.bulutsantralim.com.\n"
        )
    )
    assert (in_sandbox.stderr, quietly.stderr) == (IN_SANDBOX, "")


OVERWRITTEN = {
    "the file": ("plan", "--out=santral.yaml"),
    "the file, by a format": ("plan", "--format=json=./santral.yaml"),
    "the keys": ("plan", "--keys-file=keys", "--out=keys"),
    "the journal": ("apply", "--format=json=.santral/journal.jsonl"),
    "the saved plan": ("apply", "plan.json", "--format=json=plan.json"),
    "the saved plan, shown": ("show", "plan.json", "--format=html=plan.json"),
    "one format by another": ("plan", "--out=plan.json", "--format=json=plan.json"),
}


@pytest.mark.parametrize("arguments", OVERWRITTEN.values(), ids=OVERWRITTEN)
def test_no_output_overwrites_what_the_run_reads(
    program: Program, stand_in: StandIn, arguments: tuple[str, ...]
) -> None:
    """A slip in a command line must not cost the keys, the journal or the settings."""
    files = {name: program.write(name, FILE) for name in ("santral.yaml", "keys", "plan.json")}
    path = arguments[-1].rpartition("=")[2]

    result = program.run(*arguments)

    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        1,
        f"Error: {path} would be overwritten: santral reads it or keeps it, or this run writes it "
        "twice. Name another file.",
    )
    assert {path.read_text() for path in files.values()} == {FILE}
    assert stand_in.service.requests == []


def test_filters_that_leave_no_santral_are_an_error(program: Program, stand_in: StandIn) -> None:
    """A slip in a filter must not look like a fleet in sync."""
    program.write("santral.yaml", FILE)

    result = program.run("apply", "--target", "ankara", "--exclude", "a*")

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "No santral is left to look at. Compare --target, --exclude and --select with each "
        "other.\n",
    )
