"""``santral import``: where it writes, in which order, and what it never touches."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
from support.fleet import ANKARA, BURSA, FILE, KEYS, settings
from support.key_places import private, put
from support.program import Program, Result
from support.stand_in import StandIn

from reconciler.sandbox.service import Reply

A, B, C, D = (key.reveal() for key in KEYS.values())
UNQUOTED = "What it said is not shown, because the URL of this santral may have a secret."
TOKEN = "Zx9Kq2Wv7Bn4Mt1R"  # noqa: S105 - nobody's
CANAKKALE = settings("on", "on", "off", f"https://crm.example.com/x?token={TOKEN}")

ADDED = """\
  canakkale:
    crm_integration:
      hangup: off
      notification_url: https://crm.example.com/x?token={secret.crm_token}
"""
SECRET = f"crm_token@crm.example.com={TOKEN}\n"
THREE_KEYS = f"ankara={A}\nbursa={B}\ncanakkale={C}\n"
TO_ADD = ("import", "-o", "santral.yaml", "--keys-out", "keys", "--secrets-out", "secrets")
DIFF = """\
--- santral.yaml
+++ santral.yaml
@@ -10,3 +10,7 @@
     crm_integration: {}
   bursa:
     crm_integration: {ringing: off}
+  canakkale:
+    crm_integration:
+      hangup: off
+      notification_url: https://crm.example.com/x?token={secret.crm_token}
"""
WRITTEN = (
    "keys: added 3 lines\nsecrets: added 1 line\nsantral.yaml: written. To compare it with what is "
    "live: santral plan -c santral.yaml --keys-file keys --secrets-file secrets\n"
)
QUESTION = "Add this santral to santral.yaml? [y/N]: "
ALL = ("stdin", "stdout", "stderr")


@pytest.fixture
def three(program: Program, stand_in: StandIn) -> StandIn:
    """Give an API with three santrals, their keys, and a file with two of them."""
    program.monkeypatch.setenv("TERM", "dumb")  # On which no bar is drawn.
    program.write("santral.yaml", FILE)
    for name in KEYS:
        program.monkeypatch.delenv(f"SANTRAL_KEY_{name.upper()}")
    put(program, "SANTRAL_KEYS", THREE_KEYS)
    for name, held in {"ankara": ANKARA, "bursa": BURSA, "canakkale": CANAKKALE}.items():
        stand_in.hold(name, held)
    return stand_in


def found(program: Program) -> dict[str, bytes]:
    """Return what each file holds, by name."""
    paths = (path for path in program.folder.rglob("*") if path.is_file())
    return {str(path.relative_to(program.folder)): path.read_bytes() for path in paths}


BEFORE = {"santral.yaml": FILE.encode()}
AFTER = {
    "santral.yaml": (FILE + ADDED).encode(),
    "keys": THREE_KEYS.encode(),
    "secrets": SECRET.encode(),
}


# A file that is there.


def test_a_file_that_is_there_gets_what_it_lacks_once_somebody_agreed(
    program: Program, three: StandIn
) -> None:
    """The change is shown, and keys and secrets are kept; then nothing is left to change."""
    Path("santral.yaml").chmod(0o640)

    result = program.run(*TO_ADD, stdin=b"y\n", terminal=True)

    assert result == Result(0, DIFF, f"{QUESTION}{WRITTEN}")
    assert found(program) == AFTER
    assert [Path(name).stat().st_mode & 0o777 for name in AFTER] == [0o640, 0o600, 0o600]
    assert three.count("POST") == 0
    plan = program.run("plan", "--keys-file", "keys", "--secrets-file", "secrets")
    assert plan.stdout == "Plan: 0 to change, 3 in sync, 0 failed.\n"


def test_whoever_does_not_agree_gets_nothing_written(program: Program, three: StandIn) -> None:
    """Neither the file nor the keys nor the secrets."""
    result = program.run(*TO_ADD, stdin=b"n\n", terminal=True)

    assert result == Result(1, DIFF, f"{QUESTION}Cancelled. Nothing was written.\n")
    assert found(program) == BEFORE


def test_where_no_answer_comes_nothing_is_written(program: Program, three: StandIn) -> None:
    """As after Ctrl-D."""
    result = program.run(*TO_ADD, stdin=b"", terminal=True)

    assert result == Result(130, DIFF, f"{QUESTION}\n\nInterrupted.\n")
    assert found(program) == BEFORE


NOT_ASKED = {
    "--yes": (ALL, {}, ("--yes",)),
    "a pipeline": (ALL, {"CI": "true"}, ()),
    "no terminal": ((), {}, ()),
}


@pytest.mark.parametrize(("terminals", "variables", "options"), NOT_ASKED.values(), ids=NOT_ASKED)
def test_where_nobody_is_to_be_asked_the_santrals_are_added(
    program: Program,
    three: StandIn,
    terminals: Collection[str],
    variables: dict[str, str],
    options: tuple[str, ...],
) -> None:
    """As apply does; the change is shown all the same."""
    for name, value in variables.items():
        program.monkeypatch.setenv(name, value)

    result = program.run(*TO_ADD, *options, stdin=b"n\n", terminal=terminals)

    assert result == Result(0, DIFF, WRITTEN)
    assert found(program) == AFTER


@pytest.mark.parametrize("terminals", [("stdout", "stderr"), ("stdin",)])
def test_who_sits_there_and_cannot_be_asked_gets_nothing_written(
    program: Program, three: StandIn, terminals: Collection[str]
) -> None:
    """With what to add to the command."""
    result = program.run(*TO_ADD, stdin=b"y\n", terminal=terminals)

    assert result == Result(
        1,
        DIFF,
        "You cannot be asked here, because stdin is not a terminal or the question would not be "
        "seen. Add --yes to change the file without being asked. Nothing was written.\n",
    )
    assert found(program) == BEFORE


def test_who_is_asked_sees_the_change_wherever_stdout_goes(
    program: Program, three: StandIn
) -> None:
    """A blind answer would be none."""
    result = program.run(*TO_ADD, stdin=b"n\n", terminal=("stdin", "stderr"))

    assert result == Result(1, DIFF, f"{DIFF}{QUESTION}Cancelled. Nothing was written.\n")


def test_a_file_that_changes_while_somebody_is_asked_is_left_as_it_is(
    program: Program, three: StandIn
) -> None:
    """Nothing that somebody else wrote is lost."""
    changed = FILE.replace("ringing: on", "ringing: off")
    edit = "reconciler.cli.asking.Asking.agrees"
    program.monkeypatch.setattr(edit, lambda *_: program.write("santral.yaml", changed))

    result = program.run(*TO_ADD, terminal=True)

    assert result == Result(
        1,
        DIFF,
        "keys: added 3 lines\nsecrets: added 1 line\n"
        "santral.yaml cannot be written. Somebody changed it meanwhile. Run again.\n",
    )
    assert found(program) == {**AFTER, "santral.yaml": changed.encode()}


@pytest.mark.parametrize("name", ["new.yaml", "new.txt"])
def test_a_file_that_comes_while_santrals_are_read_is_left_as_it_is(
    program: Program, three: StandIn, name: str
) -> None:
    """It was a new one when the command began."""
    three.meanwhile("GET", "bursa", do=lambda: program.write(name, "theirs\n"))

    result = program.run("import", "-o", name, "--quiet")

    assert result == Result(
        1, "", f"{name} cannot be written. Somebody changed it meanwhile. Run again.\n"
    )
    assert found(program) == {**BEFORE, name: b"theirs\n"}


def test_where_nothing_is_missing_the_file_stays_and_nobody_is_asked(
    program: Program, three: StandIn
) -> None:
    """Its keys are kept all the same, and entries that say something else are named."""
    put(program, "SANTRAL_KEYS", f"ankara={A}\nbursa={B}\n")
    three.hold("bursa", settings("on", "on", "on", "https://crm.example.com/elsewhere"))

    result = program.run("import", "-o", "santral.yaml", "--keys-out", "keys", terminal=True)

    assert result == Result(
        0,
        "",
        "Warning: Other settings are live than the file says, and its entries stay as they are: "
        "bursa. santral plan shows the differences.\n"
        "santral.yaml: has all 2 santrals already\nkeys: added 2 lines\n",
    )
    assert found(program) == {**BEFORE, "keys": f"ankara={A}\nbursa={B}\n".encode()}
    again = program.run("import", "-o", "santral.yaml", "--keys-out", "keys", "--quiet")
    assert again == Result(0, "", "")


def test_a_santral_whose_name_another_one_has_is_not_added(
    program: Program, three: StandIn
) -> None:
    """It is an error, since the file lacks it; the rest is added."""
    other = FILE.replace("  bursa:\n", "  bursa:\n    key: other\n")
    program.write("santral.yaml", other)

    result = program.run("import", "-o", "santral.yaml", "--plain-urls", "--quiet")

    assert (result.exit_code, result.stderr) == (
        1,
        "bursa: It is not added to the file, which has another santral of this name, with another "
        "key. Give it another name.\n",
    )
    text = Path("santral.yaml").read_text()
    assert text == other + ADDED.replace("{secret.crm_token}", TOKEN)


def test_what_cannot_be_read_is_named_before_anybody_is_asked(
    program: Program, three: StandIn
) -> None:
    """They know what they agree to."""
    three.answer("GET", "bursa", with_=Reply(403, "no"))

    result = program.run(*TO_ADD, stdin=b"y\n", terminal=True)

    said = WRITTEN.replace("3 lines", "2 lines")
    assert result == Result(1, DIFF, f"bursa: The API answered 403. {UNQUOTED}\n{QUESTION}{said}")
    assert found(program)["santral.yaml"] == AFTER["santral.yaml"]


LAYOUTS: dict[str, tuple[bytes, bytes]] = {
    "CRLF, and a byte order mark": (
        b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + (FILE + ADDED).replace("\n", "\r\n").encode(),
    ),
    "comments, and fields behind the santrals": (
        FILE.replace("version: 1\n", "").encode() + b"    # of bursa\n# ours\nversion: 1  # end",
        FILE.replace("version: 1\n", "").encode()
        + b"    # of bursa\n"
        + ADDED.encode()
        + b"# ours\nversion: 1  # end",
    ),
}


@pytest.mark.parametrize(("before", "after"), LAYOUTS.values(), ids=LAYOUTS)
def test_everything_that_was_there_stays_byte_for_byte(
    program: Program, three: StandIn, before: bytes, after: bytes
) -> None:
    """However the file is written."""
    program.write("santral.yaml", before)

    result = program.run(*TO_ADD)

    assert (result.exit_code, found(program)["santral.yaml"]) == (0, after)


IN_BRACES = """\
version: 1
santrals: {ankara: {crm_integration: {}}, bursa: {crm_integration: {}}}
"""


def test_a_file_in_braces_gets_nothing_and_the_new_entries_are_shown(
    program: Program, three: StandIn
) -> None:
    """With the keys and secrets that they need, so that they can be added by hand."""
    program.write("santral.yaml", IN_BRACES)

    result = program.run(*TO_ADD, terminal=True)

    entry = ADDED.replace(
        "    crm_integration:\n", "    crm_integration:\n      ringing: on\n      answered: on\n"
    )
    assert result == Result(
        1,
        entry,
        "keys: added 3 lines\nsecrets: added 1 line\nsantral.yaml: The santrals of this file are "
        "written in braces, so none is added. Write them without braces and import again, or "
        "add the new ones yourself: they are shown above on stdout.\n",
    )
    assert found(program) == {**AFTER, "santral.yaml": IN_BRACES.encode()}


def test_a_file_with_problems_is_refused_before_anything_is_read(
    program: Program, three: StandIn
) -> None:
    """With each of them, as validate tells them."""
    program.write("santral.yaml", "version: 2\n")

    assert program.run(*TO_ADD) == Result(
        1,
        "",
        "santral.yaml:1:1: santrals is missing. Add it, with the santrals under it, by name.\n"
        "santral.yaml:1:10: version must be 1, the only version of this format.\n",
    )
    assert (three.service.requests, found(program)) == ([], {"santral.yaml": b"version: 2\n"})


# Files that nothing is written to.


def link(target: str) -> Callable[[Path], object]:
    """Return what makes a link there."""
    return lambda path: path.symlink_to(target)


USAGE = "Usage: santral import [OPTIONS]\nTry 'santral import --help'.\n\nError: "
IS_LINK = "{path} is a link, which may lead anywhere. Remove it, or name the place it leads to.\n"
IRREGULAR = "It is not a regular file.\n"
UNFIT: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (Path.mkdir, IRREGULAR),
    "a pipe": (os.mkfifo, IRREGULAR),
    "a link": (link("santral.yaml"), IS_LINK),
    "a link to nowhere": (link("nowhere.yaml"), IS_LINK),
}


@pytest.mark.parametrize("option", ["--output", "--keys-out", "--secrets-out"])
@pytest.mark.parametrize(("make", "said"), UNFIT.values(), ids=UNFIT)
def test_only_a_regular_file_is_written_to(
    program: Program, three: StandIn, option: str, make: Callable[[Path], object], said: str
) -> None:
    """Anything else is refused before anything is read."""
    make(program.folder / "x")

    result = program.run("import", option, "x")

    shown = f"x cannot be written. {said.format(path='x')}"
    assert result == Result(1, "", f"{USAGE}{shown}")
    assert three.service.requests == []


TWICE = {
    "keys and secrets": ("--keys-out", "x", "--secrets-out", "./x"),
    "keys and the file": ("-o", "x", "--keys-out", "x"),
    "secrets and the file": ("-o", "x", "--secrets-out", "x"),
    "keys and a file that is there": ("-o", "santral.yaml", "--keys-out", "santral.yaml"),
    "keys and the list": ("--csv", "list.csv", "--keys-out", "list.csv"),
    "secrets and the list": ("--csv", "list.csv", "--secrets-out", "list.csv"),
    "secrets and keys that are read": ("--keys-file", "mine", "--secrets-out", "mine"),
    "keys and the journal": ("--keys-out", ".santral/journal.jsonl"),
    "secrets and the state of the sandbox": ("--secrets-out", ".santral/sandbox.json"),
    "the file and the journal": ("-o", ".santral/journal.jsonl"),
    "keys and the secrets of other commands": ("--keys-out", "theirs"),
}


@pytest.mark.parametrize("options", TWICE.values(), ids=TWICE)
def test_no_file_is_two_things(program: Program, three: StandIn, options: tuple[str, ...]) -> None:
    """Not even where it is not there yet."""
    private(program, "list.csv", f"name,key\nankara,{A}\n")
    private(program, "mine", f"ankara={A}\n")
    private(program, "theirs", SECRET)
    program.monkeypatch.setenv("SANTRAL_SECRETS_FILE", "theirs")
    before = found(program)

    result = program.run("import", *options)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(
        " would be overwritten: santral reads it or keeps it, or this run writes it twice. Name "
        "another file.\n"
    )
    assert (three.service.requests, found(program)) == ([], before)


def test_a_list_is_no_file_that_santrals_can_be_added_to(program: Program, three: StandIn) -> None:
    """It stays as it is."""
    listed = f"name,key\nankara,{A}\n"
    private(program, "list.csv", listed)

    result = program.run("import", "--csv", "list.csv", "-o", "list.csv")

    assert (result.exit_code, Path("list.csv").read_text()) == (1, listed)
    assert (A in result.stderr, three.service.requests) == (False, [])


# Keys and secrets.


def test_the_file_that_keys_come_from_may_get_more(program: Program, three: StandIn) -> None:
    """And that of secrets; what they hold stays, with its comments and line ends."""
    private(program, "keys", f"# ours\r\nankara={A}")
    private(program, "secrets", "# none yet\n")
    program.monkeypatch.setenv("SANTRAL_KEYS_FILE", "keys")
    program.monkeypatch.setenv("SANTRAL_SECRETS_FILE", "secrets")

    assert program.run(*TO_ADD).exit_code == 0
    assert found(program) == {
        **AFTER,
        "keys": f"# ours\r\nankara={A}\r\nbursa={B}\r\ncanakkale={C}\r\n".encode(),
        "secrets": f"# none yet\n{SECRET}".encode(),
    }
    assert program.run("plan").stdout == "Plan: 0 to change, 3 in sync, 0 failed.\n"


def test_what_is_there_already_is_not_added_again(program: Program, three: StandIn) -> None:
    """It is said."""
    private(program, "keys", THREE_KEYS)
    private(program, "secrets", SECRET)

    result = program.run(*TO_ADD)

    said = WRITTEN.replace("added 3 lines", "nothing to add")
    assert result == Result(0, DIFF, said.replace("added 1 line", "nothing to add"))
    assert found(program) == AFTER


UNUSABLE: dict[str, tuple[str, str, int, str]] = {
    "another key of that name": (
        "keys",
        f"ankara={D}\nx={C}\n",
        0o600,
        "Something else stands there already for ankara (keys:1). Remove what is not right, or "
        "name another file.",
    ),
    "another secret of that name": (
        "secrets",
        "crm_token@crm.example.com=another\n",
        0o600,
        "Something else stands there already for crm_token@crm.example.com (secrets:1). Remove "
        "what is not right, or name another file.",
    ),
    "a secret of another host": (
        "secrets",
        f"crm_token@other.example.com={TOKEN}\n",
        0o600,
        "Something else stands there already for crm_token@other.example.com (secrets:1). Remove "
        "what is not right, or name another file.",
    ),
    "keys as JSON": (
        "keys",
        f'{{"ankara": "{A}"}}',
        0o600,
        "It holds a JSON object, to which no lines can be added. Name another file.",
    ),
    "keys that others may read": (
        "keys",
        "",
        0o644,
        "Other users of this machine may read or change it. Take that permission away with "
        '"chmod 600 keys".',
    ),
}


@pytest.mark.parametrize(("name", "content", "mode", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_for_keys_or_secrets_that_cannot_take_them_stops_all(
    program: Program, three: StandIn, name: str, content: str, mode: int, said: str
) -> None:
    """It stays as it is, and so does the file with the santrals, which would need them."""
    program.write(name, content).chmod(mode)

    result = program.run(*TO_ADD)

    assert (result.exit_code, result.stdout) == (1, DIFF)
    assert result.stderr.endswith(f"Nothing was added to {name}. {said}\n")
    assert {**found(program), "keys": b""} == {
        **BEFORE,
        "keys": b"",
        **({name: content.encode()} if name == "secrets" else {}),
    }
    assert Path(name).read_text() == content


# Streams and signals.


def test_the_result_can_go_to_a_stream(program: Program, three: StandIn) -> None:
    """/dev/null is written to, and never replaced."""
    result = program.run("import", "-o", "/dev/null", "--quiet")

    assert result == Result(0, "", "")
    assert Path("/dev/null").is_char_device()


def test_a_stream_that_is_a_file_is_written_to_as_any_stream(
    program: Program, three: StandIn
) -> None:
    """Where stdout goes, nothing is there to be added to."""
    command = [sys.executable, "-P", "-m", "reconciler", "import", "-o", "/dev/stdout", "--quiet"]
    with Path("live.yaml").open("wb") as file:
        run = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, check=False)

    assert (run.returncode, run.stderr) == (0, b"")
    assert program.run("plan", "-c", "live.yaml").stdout == (
        "Plan: 0 to change, 3 in sync, 0 failed.\n"
    )


HINTS = {
    "keys of a variable": ((), "santral plan -c live.yaml"),
    "keys of a file": (("--keys-file", "keys"), "santral plan -c live.yaml --keys-file keys"),
    "the sandbox": (("--sandbox",), "santral plan --sandbox -c live.yaml"),
}


@pytest.mark.parametrize(("options", "hint"), HINTS.values(), ids=HINTS)
def test_a_new_file_comes_with_the_command_that_compares_it(
    program: Program, three: StandIn, options: tuple[str, ...], hint: str
) -> None:
    """It can be run as it is."""
    private(program, "keys", THREE_KEYS)
    program.run("apply", "--sandbox")

    result = program.run("import", "-o", "live.yaml", *options)

    said = f"live.yaml: written. To compare it with what is live: {hint}"
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (0, said)
    assert program.run(*hint.split()[1:], "--detailed-exitcode").exit_code == 0


def test_a_keys_file_that_a_variable_names_need_not_be_named_again(
    program: Program, three: StandIn
) -> None:
    """The next command has it, too."""
    private(program, "keys", THREE_KEYS)
    program.monkeypatch.setenv("SANTRAL_KEYS_FILE", "keys")

    result = program.run("import", "-o", "live.yaml")

    assert result.stderr.endswith(": santral plan -c live.yaml\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_after_a_signal_nothing_is_written(
    program: Program, three: StandIn, number: int, code: int
) -> None:
    """What was read so far would be taken for all there is."""
    three.meanwhile("GET", nth=1, do=lambda: os.kill(os.getpid(), number))

    result = program.run(*TO_ADD, "--parallelism", "1")

    assert (result.exit_code, result.stdout, found(program)) == (code, "", BEFORE)
    assert result.stderr == "Nothing was written.\n"


def test_keys_and_secrets_are_there_before_the_file_that_needs_them(
    program: Program, three: StandIn
) -> None:
    """Whenever the run is killed, what is in the file can be filled in."""
    seen: list[dict[str, bytes]] = []
    rewrite = "reconciler.cli.import_writing.rewrite"
    program.monkeypatch.setattr(rewrite, lambda *_: seen.append(found(program)))

    program.run(*TO_ADD)

    assert seen == [{**AFTER, **BEFORE}]


def test_a_later_plan_fills_in_what_a_file_had_placeholders_for(
    program: Program, three: StandIn
) -> None:
    """An import needs no secrets to know that such an entry is as it was."""
    program.run(*TO_ADD)
    three.hold("canakkale", settings("on", "on", "off", "https://crm.example.com/x?token=renewed"))

    assert program.run("import", "-o", "santral.yaml") == Result(
        0, "", "santral.yaml: has all 3 santrals already\n"
    )
