"""``santral init`` on a terminal: from a key to files by questions, and on to the first change."""

import io
import os
import re
import signal
import stat
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.certificates import AUTHORITY, tls_with
from support.fault_server import FaultServer
from support.fleet import ANKARA, KEYS, key_number, settings
from support.places import ROOT
from support.program import Program, Result
from support.proxy_server import ProxyServer, tunnel
from support.readme import EXAMPLE
from support.stand_in import StandIn
from support.terminal import Sitting, sitting

from reconciler.cli import import_writing, main
from reconciler.cli.guided import keys, writing
from reconciler.sandbox.service import Reply

A, B, C, D = (key.reveal() for key in KEYS.values())
NOT_THERE = key_number(9).reveal()
TOKEN = "Zx9Kq2Wv7Bn4Mt1R"  # noqa: S105 - nobody's
WITH_TOKEN = settings("on", "off", "on", f"https://crm.example.com/b?token={TOKEN}")
LIST = f"Ad;Anahtar\nÇanakkale;{C}\n"
KEY, LISTED, NO_MORE = "1", "2", "3"
GITHUB, GITLAB, NO_PIPELINE = "1", "2", "3"
REVIEWERS, MANUAL = "1", "2"


@pytest.fixture
def live(program: Program, stand_in: StandIn) -> StandIn:
    """Give an API with three santrals that were set up, and no key at hand; a list lies beside."""
    for name in KEYS:
        program.monkeypatch.delenv(f"SANTRAL_KEY_{name.upper()}")
    stand_in.hold("ankara", ANKARA)
    stand_in.hold("bursa", WITH_TOKEN)
    stand_in.hold("canakkale", ANKARA)
    program.write("../list.csv", LIST).chmod(0o600)
    return stand_in


def play(program: Program, *answers: str, arguments: Sequence[str] = (), then: str = "") -> Result:
    """Run ``init`` on a terminal with these answers, each with Enter, and then these keys."""
    typed = "".join(f"{answer}\n" for answer in answers) + then
    return program.run("init", *arguments, stdin=typed.encode(), terminal=True)


def files(program: Program) -> set[str]:
    """Return the places of all files."""
    found = (path for path in program.folder.rglob("*") if path.is_file())
    return {str(path.relative_to(program.folder)) for path in found}


def mode(program: Program, name: str) -> int:
    """Return who may do what with a file."""
    return stat.S_IMODE((program.folder / name).stat().st_mode)


# Whole sessions, on a real terminal


def printed_commands(screen: str) -> str:
    """Return the commands that were shown under what to do next, to the letter."""
    shown = screen.partition("\nWhat to do next\n")[2]
    return "".join(re.findall(r"^   ((?:export|santral) .*\n)", shown, re.MULTILINE))


def run_printed(screen: str, folder: Path) -> str:
    """Run those commands in one shell, as a newcomer would; return what they say."""
    programs = folder.parent / "bin"
    programs.mkdir()
    start = f'#!/bin/sh\nexec "{sys.executable}" -P -m reconciler "$@"\n'
    (programs / "santral").write_text(start)
    (programs / "santral").chmod(0o755)
    variables = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "SANTRAL_OFFLINE": "true",  # for doctor, which would ask URLs outside this machine
    }
    run = subprocess.run(
        ["bash", "-euc", printed_commands(screen)],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
        text=True,
    )
    return run.stdout


def recorded(sat: Sitting, origin: str = "http://nowhere") -> str:
    """Return what was shown, without the port and the time, and without spaces at line ends."""
    text = re.sub(" +$", "", sat.screen, flags=re.MULTILINE)
    text = text.replace(origin, "http://127.0.0.1:PORT")
    return re.sub(r"Made \d{4}-\S+ from", "Made NOW from", text)


WIDE = """\
This sets up santral in this folder: it takes the keys of your santrals, reads
their settings, and writes a file that says what they are, santral.yaml. A
change of that file can then be reviewed and applied.

Nothing is changed in your santrals: their settings are only read. No file is
written before the last question. Ctrl-C leaves at any question.

The key of a santral is in the Online İşlem Merkezi, under Bulut Santralim,
Santral Ayarlarım. The same key places calls and reads recordings, so it is not
shown when you paste it.
Key (not shown; Enter alone if you have a list):
That is the placeholder from the documentation. Paste the key from the panel:
Online İşlem Merkezi, Bulut Santralim, Santral Ayarlarım.
Key (not shown; Enter alone if you have a list):
It stands in quotes. Paste it without them: no key has any.
Key (not shown; Enter alone if you have a list):
Trying it at the API.
The API refused the key. Copy it from the panel again: it may have been renewed
there.
Was it copied whole, and nothing else with it?
Key (not shown; Enter alone if you have a list):
Trying it at the API.
The key is good.

What do you call this santral? For example: İstanbul Merkez.
Name: Ankara (Genel Müdürlük)
In the file it is called ankara-genel-mudurluk.

Are there more santrals?
  1  Another key.
  2  A list of them, saved from Excel as CSV.
  3  No more.
Which? [3]: 1
Key (not shown; Enter alone to go back):
Trying it at the API.
The key is good.

What do you call this santral? For example: İstanbul Merkez.
Name: bursa
In the file it is called bursa.

Are there more santrals?
  1  Another key.
  2  A list of them, saved from Excel as CSV.
  3  No more.
Which? [3]: 2

The list has a row of headings, name (ad) and key (anahtar) among them, and
below it a row for each santral. Which file is it?
File (Enter alone to go back): list.csv
list.csv:2: The key in this row cannot be an API key. A key has 8 to 256
printable ASCII characters without spaces or quotes. Was all of it copied, and
nothing else?
Correct that and save the list. Then type its name again.
File (Enter alone to go back): list.csv
New from the list: canakkale.

Are there more santrals?
  1  Another key.
  2  A list of them, saved from Excel as CSV.
  3  No more.
Which? [3]: 3

In which file shall the keys be kept? Nobody but you will be able to read it,
and git ignores it in this folder.
File for the keys [keys]:

This is santral.yaml:

# yaml-language-server: $schema=./schemas/santral.schema.json
#
# Imported from what was live. No key belongs here.
version: 1

# Merged under every santral, field by field.
defaults:
  crm_integration:
    ringing: on
    answered: on
    hangup: on
    notification_url: https://crm.example.com/ankara

santrals:
  ankara-genel-mudurluk:
    description: Ankara (Genel Müdürlük)
    crm_integration: {}

  bursa:
    crm_integration:
      answered: off
      notification_url: https://crm.example.com/b?token={secret.crm_token}

  canakkale:
    description: Çanakkale
    crm_integration: {}

What looks like a token in a URL goes to secrets, which nobody but you may read.
The file has {secret.NAME} in its place.

A pipeline lets a team review each change before it is made, and looks every day
whether somebody changed something in the panel. Where is your repository?
  1  GitHub
  2  GitLab
  3  No pipeline.
Which? [3]: 1

What shall let the pipeline apply a plan?
  1  reviewers: a pull request gets its plan as a comment, and merging it
     applies that very plan. The reviewers of an environment protect the keys
     and each apply. For a public repository, or a private one with GitHub
     Enterprise; elsewhere whoever can push a branch can read the keys, and
     nothing stops an apply after the merge.
  2  manual: a pull request is only checked, without any key. Somebody starts
     the plan, reads it, and starts the apply. Only people who can change the
     branch main can read the keys; a private repository needs GitHub Pro or
     Team for that.
Which? [2]: 2

The last question. These files are written or added to: .gitignore, keys,
secrets, santral.yaml, schemas/santral.schema.json,
.github/workflows/santral.yml, .github/santral.lock.
Write them? [Y/n]: perhaps
Answer y for yes or n for no.
Write them? [Y/n]: EVET
.gitignore: written
keys: added 3 lines
secrets: added 1 line
santral.yaml: written
schemas/santral.schema.json: written
.github/workflows/santral.yml: written
.github/santral.lock: written
The top of .github/workflows/santral.yml says what to set up once for the
pipeline.
The pipeline is for the branch main. For another one, change each "branches:
[main]" in it.

A plan shows what the file would change. It only reads.
Make a first plan? [Y/n]:
For http://127.0.0.1:PORT. Made NOW from santral.yaml.

Plan: 0 to change, 3 in sync, 0 failed.

What to do next

1. Open santral.yaml in an editor and change what you want: "ringing: on" to
   "ringing: off", say.

2. Tell santral where your keys are. A new terminal needs this again, before any
   other command.

   export SANTRAL_KEYS_FILE="$PWD/keys"
   export SANTRAL_SECRETS_FILE="$PWD/secrets"

3. See what would change.

   santral plan --api-url http://127.0.0.1:PORT

4. Make the change. This shows the plan and asks; then it sends each change once
   and reads it back. What it calls applied is verified.

   santral apply --api-url http://127.0.0.1:PORT

5. Find out whether your CRM gets the calls. This sends each live URL the test
   that the vendor sends, which is no call.

   santral doctor --api-url http://127.0.0.1:PORT

6. Set the pipeline up as the top of its file says, with whoever looks after
   your repository, and push it.
"""


def test_the_way_from_a_key_to_the_first_change_at_80_columns(
    program: Program, live: StandIn
) -> None:
    """With all that goes wrong on it; no key is shown, and nothing but GETs is sent."""
    program.monkeypatch.delenv("SANTRAL_API_URL")
    program.write("list.csv", LIST.replace(C, "x")).chmod(0o600)
    with sitting("init", "--api-url", live.origin) as sat:
        for typed in ("PUT-ITS-KEY-FROM-THE-PANEL-HERE", f'"{A}"', NOT_THERE, A):
            sat.answer("list):", typed)
        sat.answer("Name:", "Ankara (Genel Müdürlük)")
        sat.answer("Which? [3]:", KEY)
        sat.answer("back):", B)
        sat.answer("Name:", "bursa")
        sat.answer("Which? [3]:", LISTED)
        sat.answer("back):", "list.csv")
        sat.until("name again.")
        program.write("list.csv", LIST)
        sat.answer("back):", "list.csv")
        sat.answer("Which? [3]:", NO_MORE)
        sat.answer("[keys]:", "")
        sat.answer("Which? [3]:", GITHUB)
        sat.answer("Which? [2]:", MANUAL)
        sat.answer("Write them? [Y/n]:", "perhaps")
        sat.answer("Write them? [Y/n]:", "EVET")
        sat.answer("first plan? [Y/n]:", "")
        assert (sat.end(), recorded(sat, live.origin)) == (0, WIDE)
    assert {method for method, _ in live.service.requests} == {"GET"}
    assert (mode(program, "keys"), mode(program, "secrets")) == (0o600, 0o600)
    assert (
        program.folder / "keys"
    ).read_text() == f"ankara-genel-mudurluk={A}\nbursa={B}\ncanakkale={C}\n"
    assert (program.folder / "secrets").read_text() == f"crm_token@crm.example.com={TOKEN}\n"

    text = (program.folder / "santral.yaml").read_text()
    program.write("santral.yaml", text.replace("ringing: on", "ringing: off"))

    assert "Apply: 3 applied, 0 in sync, 0 stale, 0 refused, 0 failed" in run_printed(
        sat.screen, program.folder
    )
    assert live.live("bursa") == settings("off", "off", "on", WITH_TOKEN.notification_url)


NARROW = """\
This sets up santral in this folder: it
takes the keys of your santrals, reads
their settings, and writes a file that
says what they are, santral.yaml. A
change of that file can then be reviewed
and applied.

Nothing is changed in your santrals:
their settings are only read. No file is
written before the last question. Ctrl-C
leaves at any question.

This is the sandbox, a stand-in for the
API inside this program. Do not type a
real key here: any word of at least 8
letters does.
Key (not shown; Enter alone if you have
a list):
That cannot be an API key. A key has 8
to 256 printable ASCII characters
without spaces or quotes. Was all of it
copied, and nothing else?
Key (not shown; Enter alone if you have
a list):
The key is good.

What do you call this santral? For
example: İstanbul Merkez.
Name: İstanbul Merkez
In the file it is called
istanbul-merkez.

Are there more santrals?
  1  Another key.
  2  A list of them, saved from Excel as
     CSV.
  3  No more.
Which? [3]: 4
Answer with a number from 1 to 3.
Which? [3]: 3
This is the sandbox
(.santral/sandbox.json). No real santral
is read or changed.

This is santral.yaml:

# yaml-language-server: $schema=./schemas/santral.schema.json
#
# Imported from what was live. No key belongs here.
# 1 santral has a comment that says what to decide.
version: 1

santrals:
  istanbul-merkez:
    description: İstanbul Merkez
    # notification_url is unmanaged: none is set. Set one below crm_integration.
    crm_integration:
      ringing: off
      answered: off
      hangup: off

istanbul-merkez: notification_url is
unmanaged: none is set. Set one below
crm_integration.

A pipeline lets a team review each
change before it is made, and looks
every day whether somebody changed
something in the panel. Where is your
repository?
  1  GitHub
  2  GitLab
  3  No pipeline.
Which? [3]: 3

The last question. These files are
written or added to: .gitignore,
santral.yaml,
schemas/santral.schema.json.
Write them? [Y/n]:
.gitignore: written
santral.yaml: written
schemas/santral.schema.json: written

A plan shows what the file would change.
It only reads.
Make a first plan? [Y/n]: e
This is the sandbox (.santral/sandbox.json). No real santral is read or changed.
For the sandbox, not for real santrals. Made NOW from santral.yaml.

Plan: 0 to change, 1 in sync, 0 failed.

What to do next

1. istanbul-merkez has no notification
   URL yet, and cannot be changed
   without one. Open santral.yaml in an
   editor. Below crm_integration, write
   the address of your CRM, and on for
   the calls that it shall be told of
   (ringing, answered, hangup). The
   entry may then look like this:

  istanbul-merkez:
    crm_integration:
      ringing: on
      notification_url: https://crm.example.com/santral

2. See what would change.

   santral plan --sandbox

3. Make the change. This shows the plan
   and asks; then it sends each change
   once and reads it back. What it calls
   applied is verified.

   santral apply --sandbox

4. That was the rehearsal. For your real
   santrals, run santral init in
   another, empty folder.
"""


def test_the_way_from_nothing_to_the_first_change_in_the_sandbox_at_40_columns(
    program: Program,
) -> None:
    """What was typed as a key lies nowhere; the entry that is shown can be copied."""
    with sitting("init", "--sandbox", columns=40) as sat:
        sat.answer("list):", "short")
        sat.answer("list):", "anything-goes-here")
        sat.answer("Name:", "İstanbul Merkez")
        sat.answer("Which? [3]:", "4")
        sat.answer("Which? [3]:", NO_MORE)
        sat.answer("Which? [3]:", NO_PIPELINE)
        sat.answer("Write them? [Y/n]:", "")
        sat.answer("first plan? [Y/n]:", "e")
        assert (sat.end(), recorded(sat)) == (0, NARROW)
    assert files(program) == {".gitignore", "santral.yaml", "schemas/santral.schema.json"}
    assert "anything-goes" not in sat.screen

    text = (program.folder / "santral.yaml").read_text()
    shown = re.findall(r"^  istanbul-merkez:\n(?:^    .*\n)+", sat.screen, re.MULTILINE)
    program.write("santral.yaml", text[: text.index("  istanbul-merkez:")] + shown[-1])

    assert "istanbul-merkez: applied\n" in run_printed(sat.screen, program.folder)


@pytest.mark.parametrize("keys", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_the_terminal_shows_typing_again_whoever_leaves(
    program: Program, live: StandIn, keys: str
) -> None:
    """Not while a key is typed; nor can the keys that stop or kill a program leave it so."""
    with sitting("init") as sat:
        sat.until("list):")
        was_shown = sat.shows_typing
        sat.answer("list):", "\x1a\x1c")
        sat.press("list):", keys)
        code = sat.end()
        assert (was_shown, sat.shows_typing, code) == (False, True, 130)
    assert sat.screen.endswith("\nNothing was written.\n")
    assert files(program) == set()


def test_a_signal_ends_it_at_once(program: Program, live: StandIn) -> None:
    """With its own exit code, and a terminal that shows typing."""
    with sitting("init") as sat:
        sat.until("list):")
        sat.process.terminate()
        assert (sat.end(), sat.shows_typing) == (143, True)
    assert sat.screen.endswith("list): \nNothing was written.\n")
    assert files(program) == set()


def test_what_is_pasted_behind_a_key_is_no_answer_and_not_shown(
    program: Program, live: StandIn
) -> None:
    """As of a key with a line break in it, or with its neighbour's below."""
    with sitting("init") as sat:
        sat.answer("list):", f"{A}\n{B}\n{C}")
        sat.answer("Name:", "ankara")
        sat.press("Which? [3]:", "\x03")
        assert sat.end() == 130
    assert "\nName: ankara\nIn the file it is called ankara.\n" in sat.screen
    assert sat.screen.count("Name:") == 1
    assert [key for key in (A, B, C) if key in sat.screen] == []


# Leaving


class Keys(io.BytesIO):
    """What is typed, and Ctrl-C after it."""

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if not line:
            raise KeyboardInterrupt
        return line


ANSWERS = {
    "the first key": A,
    "its name": "Ankara",
    "what else there is": KEY,
    "another key": B,
    "its name too": "bursa",
    "whether there is a list": LISTED,
    "which list": "../list.csv",
    "what else there is still": NO_MORE,
    "where keys shall lie": "",
    "the forge": GITLAB,
    "the gate": REVIEWERS,
    "whether to write": "y",
}
"""All answers that lead to the writing."""


@pytest.mark.parametrize("kind", [Keys, io.BytesIO], ids=["Ctrl-C", "Ctrl-D"])
@pytest.mark.parametrize("at", range(len(ANSWERS)), ids=ANSWERS)
def test_whoever_leaves_at_a_question_leaves_nothing_behind(
    program: Program, live: StandIn, at: int, kind: type[io.BytesIO]
) -> None:
    """It is said so, and the exit code is that of an interrupted run."""
    given = "".join(f"{answer}\n" for answer in [*ANSWERS.values()][:at])

    result = program.run("init", stdin=kind(given.encode()), terminal=True)

    assert (result.exit_code, result.stderr.splitlines()[-1]) == (130, "Nothing was written.")
    assert (files(program), live.count("POST")) == (set(), 0)


@pytest.mark.parametrize("kind", [Keys, io.BytesIO], ids=["Ctrl-C", "Ctrl-D"])
def test_whoever_leaves_after_the_writing_has_all_files(
    program: Program, live: StandIn, kind: type[io.BytesIO]
) -> None:
    """At the question for a first plan."""
    given = "".join(f"{answer}\n" for answer in ANSWERS.values())

    result = program.run("init", stdin=kind(given.encode()), terminal=True)

    assert result.exit_code == 130
    assert "What to do next\n" in result.stderr
    assert files(program) == {
        *(".gitignore", "keys", "secrets", "santral.yaml", "schemas/santral.schema.json"),
        *(".gitlab-ci.yml", ".gitlab/santral.lock"),
    }


def test_a_signal_while_files_are_written_leaves_none_out(
    program: Program, live: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends behind them, with the signal's exit code."""

    def put(path: str, before: bytes | None, content: bytes) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        import_writing.put(path, before, content)

    monkeypatch.setattr(writing, "put", put)

    result = play(program, A, "ankara", NO_MORE, "", NO_PIPELINE, "y")

    assert (result.exit_code, "first plan?" in result.stderr) == (143, False)
    assert files(program) == {".gitignore", "keys", "santral.yaml", "schemas/santral.schema.json"}


def test_whoever_does_not_want_the_files_gets_none(program: Program, live: StandIn) -> None:
    """As who declines an import."""
    result = play(program, A, "ankara", NO_MORE, "", NO_PIPELINE, "hayır")

    assert (result.exit_code, files(program)) == (1, set())
    assert result.stderr.endswith("Cancelled. Nothing was written.\n")


def test_whoever_leaves_while_a_key_is_tried_leaves_nothing_behind(
    program: Program, live: StandIn
) -> None:
    """Nor is there another question."""
    live.meanwhile("GET", do=lambda: os.kill(os.getpid(), signal.SIGINT))

    result = play(program, A, "ankara")

    assert (result.exit_code, result.stderr.splitlines()[-1]) == (130, "Nothing was written.")
    assert ("Name:" in result.stderr, files(program)) == (False, set())


# Keys


def test_a_key_that_was_typed_already_is_not_another_santrals(
    program: Program, live: StandIn
) -> None:
    """Nor has one name two keys; Enter goes back."""
    result = play(program, A, "ankara", KEY, A, B, "Ankara", "", A, "!", "bursa", KEY, "")

    assert "That is the key of ankara. Each santral has a key of its own.\n" in result.stderr
    assert "Name: There is another key for ankara already. Type another name.\n" in result.stderr
    assert "Name: Type a name.\n" in result.stderr
    assert "Name: That looks like a key. Type the name of the santral.\n" in result.stderr
    assert (
        "Name: That has neither a Latin letter nor a digit. Type one that has.\n" in result.stderr
    )
    assert result.stderr.count("Are there more santrals?") == 3
    assert A not in result.stderr + result.stdout


@pytest.mark.parametrize(("again", "code"), [("", 0), ("n", 1)])
def test_an_api_that_fails_is_asked_again_if_that_is_wanted(
    program: Program, live: StandIn, again: str, code: int
) -> None:
    """It says why; who does not want that has nothing written."""
    live.answer("GET", "ankara", 1, with_=Reply(503, "out of order"))
    live.answer("GET", "ankara", 2, with_=Reply(503, "out of order"))
    live.answer("GET", "ankara", 3, with_=Reply(503, "out of order"))

    result = play(program, A, again, "ankara", NO_MORE, "", NO_PIPELINE, "y", "n")

    assert result.exit_code == code
    assert re.search(
        r"list\): \nTrying it at the API\.\nThe API answered 503\. .*\nTry again\? \[Y/n\]: ",
        result.stderr,
    )
    assert ("The key is good." in result.stderr, bool(files(program))) == (not code, not code)


def test_an_api_that_cannot_be_reached_is_said_to_be_so(program: Program, live: StandIn) -> None:
    """With the proxy that other programs would use; nothing listens on port 1."""
    program.monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com")

    result = play(program, A, "n", arguments=("--api-url", "http://127.0.0.1:1"))

    assert (result.exit_code, files(program)) == (1, set())
    assert re.search(r"API\.\nNo connection.* HTTPS_PROXY .*\nTry again\? \[Y/n\]: ", result.stderr)


def test_a_later_key_that_cannot_be_tried_takes_nothing_away(
    program: Program, live: StandIn
) -> None:
    """The santrals before it stay."""
    live.answer("GET", "bursa", with_=Reply(503, "out of order"))

    result = play(program, A, "ankara", KEY, B, "n", NO_MORE, "", NO_PIPELINE, "y", "n")

    assert result.exit_code == 0
    assert (program.folder / "keys").read_text() == f"ankara={A}\n"


@pytest.mark.parametrize(("use", "santrals"), [("y", {"ankara", "bursa"}), ("n", {"denizli"})])
def test_keys_at_hand_are_offered(
    program: Program, live: StandIn, use: str, santrals: set[str]
) -> None:
    """Those that are used stay where they are; the first plan finds them there too."""
    program.monkeypatch.setenv("SANTRAL_KEYS", f"ankara={A}\nbursa={B}\n")
    typed = () if use == "y" else (D, "denizli")
    place = () if use == "y" else ("",)

    result = play(program, use, *typed, NO_MORE, *place, NO_PIPELINE, "y", "y")

    question = "2 keys are at hand already, from the environment. Use them?"
    assert (result.exit_code, f"{question} [Y/n]: " in result.stderr) == (0, True)
    text = (program.folder / "santral.yaml").read_text()
    assert {*re.findall(r"^  (\w+):$", text, re.MULTILINE)} - {"crm_integration"} == santrals
    assert ("keys" in files(program)) == (use == "n")
    assert result.stdout.endswith(f"{len(santrals)} in sync, 0 failed.\n")


def test_keys_at_hand_of_which_two_are_the_same_are_left_out(
    program: Program, live: StandIn
) -> None:
    """Nobody could say whose settings they would change."""
    program.monkeypatch.setenv("SANTRAL_KEYS", f"ankara={A}\nbursa={B}\nizmir={A}\n")

    result = play(program, "y", NO_MORE, NO_PIPELINE, "y", "n")

    assert "\nizmir: This santral was given the same key as ankara." in result.stderr
    assert result.exit_code == 1
    assert "\nsantrals:\n  bursa:\n" in (program.folder / "santral.yaml").read_text()


def test_new_keys_join_those_of_the_file_that_is_at_hand(program: Program, live: StandIn) -> None:
    """Which is the one that is offered; with another one beside it, commands name both."""
    program.write("../my keys", f"ankara={A}\n").chmod(0o600)
    options = ("--keys-file", "../my keys")

    first = play(program, "", KEY, B, "bursa", NO_MORE, "", NO_PIPELINE, "n", arguments=options)
    second = play(
        program, "", KEY, B, "bursa", NO_MORE, "keys", NO_PIPELINE, "y", "y", arguments=options
    )

    assert "File for the keys [../my keys]: " in first.stderr
    assert second.stdout.endswith("Plan: 0 to change, 2 in sync, 0 failed.\n")
    assert (
        "\n   santral plan --keys-file '../my keys' --keys-file keys --secrets-file secrets\n"
    ) in second.stderr.replace(f" --api-url {live.origin}", "")
    assert "export" not in second.stderr


# Lists


def test_who_has_a_list_can_begin_with_it(program: Program, live: StandIn) -> None:
    """Of which git ignores the name, whatever that is."""
    program.write("my [list] .csv", f"name,key\nankara,{A}\ndenizli,{D}\n").chmod(0o600)

    result = play(
        program, "", "nowhere.csv", D, "'my [list] .csv'", NO_MORE, "", NO_PIPELINE, "y", "n"
    )

    assert result.exit_code == 0
    told = (
        "There is no such file. If it was a key: press Enter alone here, and paste it where a key "
        "is asked for.\n"
    )
    assert result.stderr.count(told) == 2
    assert "New from the list: ankara, denizli.\n" in result.stderr
    assert (program.folder / ".gitignore").read_text().endswith("\n/my \\[list\\] .csv\n")


def test_a_list_cannot_give_a_name_another_key(program: Program, live: StandIn) -> None:
    """What is there already under the same key is passed over."""
    program.write("taken.csv", f"name,key\nankara,{B}\n").chmod(0o600)
    program.write("again.csv", f"name,key\nother,{A}\nbursa,{B}\n").chmod(0o600)

    result = play(
        program, A, "ankara", LISTED, "taken.csv", "again.csv", NO_MORE, "", NO_PIPELINE, "y", "n"
    )

    assert "There are other keys for these already: ankara. Rename them.\n" in result.stderr
    assert "New from the list: bursa.\n" in result.stderr
    assert (program.folder / "keys").read_text() == f"ankara={A}\nbursa={B}\n"


def test_a_santral_of_a_list_that_cannot_be_read_is_left_out(
    program: Program, live: StandIn
) -> None:
    """As by an import: it is named, its key is not kept, and the exit code is 1."""
    program.write("list.csv", f"name,key\nankara,{A}\nvan,{NOT_THERE}\n").chmod(0o600)

    result = play(program, "", "list.csv", NO_MORE, "", NO_PIPELINE, "y", "n")

    assert result.exit_code == 1
    assert "\nvan: The API refused the key." in result.stderr
    assert (program.folder / "keys").read_text() == f"ankara={A}\n"


# Where keys lie


WRONG_PLACES = {
    "a key": (B, "That looks like a key. Type the name of a file for the keys."),
    "what is written too": ("santral.yaml", "santral.yaml would be overwritten: "),
    "the .gitignore": (".gitignore", ".gitignore is for something else. Type another name."),
    "the secrets": ("./secrets", "./secrets is for something else. Type another name."),
    "the list": ("../list.csv", "../list.csv is for something else. Type another name."),
    "no folder": ("nowhere/keys", "The folder of nowhere/keys is not there."),
    "a folder": ("..", ".. is a folder. Type the name of a file."),
    "an odd name": ("ke\u202eys", "There is an odd character in that name. Type a plainer one."),
    "a file that others may read": ("../open", "Nothing was added to ../open. Other users"),
    "a file with another key": ("../other", "Nothing was added to ../other. Something else"),
}


@pytest.mark.parametrize(("place", "said"), WRONG_PLACES.values(), ids=WRONG_PLACES)
def test_a_place_that_keys_cannot_have_is_asked_for_again(
    program: Program, live: StandIn, place: str, said: str
) -> None:
    """Before anything is written, with the reason."""
    program.write("../open", "").chmod(0o644)
    program.write("../other", f"ankara={D}\n").chmod(0o600)

    result = play(program, A, "ankara", LISTED, "../list.csv", NO_MORE, place)

    assert f"File for the keys [keys]: {said}" in result.stderr
    assert (result.exit_code, files(program)) == (130, set())


PLACES = {
    "in this folder": ("my-key*", "/my-key\\*\n", "SANTRAL_KEYS_FILE='{folder}/my-key*'"),
    "where git ignores it anyway": ("keys", "", 'SANTRAL_KEYS_FILE="$PWD/keys"'),
    "outside": ("../keys", "", 'SANTRAL_KEYS_FILE="$PWD/../keys"'),
}


@pytest.mark.parametrize(("place", "line", "export"), PLACES.values(), ids=PLACES)
def test_git_ignores_the_keys_wherever_they_lie_in_this_folder(
    program: Program, live: StandIn, place: str, line: str, export: str
) -> None:
    """Only their owner may read them, and the commands that are shown find them."""
    result = play(program, A, "ankara", NO_MORE, place, NO_PIPELINE, "y", "n")

    assert (result.exit_code, mode(program, place)) == (0, 0o600)
    assert (program.folder / ".gitignore").read_text().endswith(f"/quality.json\n{line}")
    assert f"   export {export.format(folder=program.folder)}\n" in result.stderr


def test_a_pipeline_that_is_there_is_not_asked_for_again(program: Program, live: StandIn) -> None:
    """It needs the new keys, though."""
    first = play(program, A, "ankara", NO_MORE, "", GITHUB, MANUAL, "y", "n")
    second = play(program, "y", KEY, B, "bursa", NO_MORE, "", "y", "n")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "Where is your repository?" not in second.stderr
    assert (
        "There is a pipeline already: .github/workflows/santral.yml. Its secret SANTRAL_KEYS must "
        "get the keys that are new.\n"
    ) in second.stderr


def test_a_file_of_real_santrals_is_no_place_to_rehearse(program: Program, live: StandIn) -> None:
    """It would get entries that are made up, unless that is wanted."""
    program.write("santral.yaml", "version: 1\nsantrals: {bursa: {crm_integration: {}}}\n")

    no = program.run("init", "--sandbox", stdin=b"\n", terminal=True)
    yes = program.run("init", "--sandbox", stdin=b"y\n", terminal=True)

    assert no.stderr.endswith("all the same? [y/N]: Cancelled. Nothing was written.\n")
    assert "Key (not shown" in yes.stderr
    assert (no.exit_code, yes.exit_code, files(program)) == (1, 130, {"santral.yaml"})


def test_a_santral_whose_url_is_in_the_file_is_not_said_to_lack_one(
    program: Program, live: StandIn
) -> None:
    """The first plan sets it."""
    url = "https://crm.example.com/b"
    program.write(
        "santral.yaml",
        f"version: 1\nsantrals: {{denizli: {{crm_integration: {{notification_url: {url}}}}}}}\n",
    )

    result = play(program, D, "denizli", NO_MORE, "", NO_PIPELINE, "y", "n")

    assert "has no notification URL yet" not in result.stderr
    assert "1. Open santral.yaml in an editor and change what you want" in result.stderr


def test_keys_lie_nowhere_in_a_repository_that_git_does_not_ignore(
    program: Program, live: StandIn
) -> None:
    """Above this folder there may be no .gitignore of ours."""
    program.write("../.git/HEAD", "ref: refs/heads/main\n")

    result = play(program, A, "ankara", NO_MORE, "../keys", "keys", NO_PIPELINE, "y", "n")

    assert "../keys is in this repository, but outside this folder, so git would" in result.stderr
    assert (result.exit_code, mode(program, "keys")) == (0, 0o600)


@pytest.mark.parametrize("given", [["--sandbox"], ["--keys-file=keys"], ["--timeout=9"]])
def test_an_option_for_questions_is_refused_where_none_is_asked(
    program: Program, given: list[str]
) -> None:
    """It would do nothing; a variable is for other commands, too, and is passed over."""
    program.monkeypatch.setenv("SANTRAL_API_URL", "http://127.0.0.1:9")

    result = program.run("init", "--no-input", *given, terminal=True)

    option = given[0].partition("=")[0]
    assert (result.exit_code, files(program)) == (1, set())
    assert f"Error: {option} is for the questions that init asks on a terminal" in result.stderr
    assert program.run("init", "--no-input", terminal=True).exit_code == 0


# What else is there


def test_a_file_that_is_there_gets_the_santrals_that_it_lacks(
    program: Program, live: StandIn
) -> None:
    """The change is shown; all else of it stays. Where it lacks none, it stays as it is."""
    mine = "version: 1\nsantrals:\n  bursa: # mine\n    crm_integration: {answered: off}\n"
    program.write("santral.yaml", mine)
    program.write(".gitignore", "dist/\n")

    first = play(program, A, "ankara", NO_MORE, "", NO_PIPELINE, "y", "n")
    text = (program.folder / "santral.yaml").read_text()
    second = play(program, "y", NO_MORE, NO_PIPELINE, "y", "n")

    assert "santral.yaml is there already. It is kept, and gets the santrals" in first.stderr
    assert "1 key is at hand already, from keys. Use it? [Y/n]: " in second.stderr
    assert "\n+  ankara:\n" in first.stdout
    assert text.startswith(mine)
    assert first.stdout.endswith("\nsantral.yaml: written\nschemas/santral.schema.json: written\n")
    assert second.stdout == (
        ".gitignore: kept as it was\nsantral.yaml: kept as it was\n"
        "schemas/santral.schema.json: kept as it was\n"
    )
    assert "santral.yaml: has this santral already\n" in second.stderr
    assert "written or added to: .gitignore.\n" in second.stderr


def test_the_secrets_of_a_file_that_is_there_are_found_again(
    program: Program, live: StandIn
) -> None:
    """By the first plan, and by the commands that are shown."""
    play(program, B, "bursa", NO_MORE, "", NO_PIPELINE, "y", "n")

    result = play(program, "y", KEY, A, "ankara", NO_MORE, "", NO_PIPELINE, "y", "y")

    assert result.stdout.endswith("Plan: 0 to change, 2 in sync, 0 failed.\n")
    assert '\n   export SANTRAL_SECRETS_FILE="$PWD/secrets"\n' in result.stderr


def test_in_powershell_a_variable_is_set_as_it_is_there(program: Program, live: StandIn) -> None:
    """Who has Windows can copy the line too."""
    program.monkeypatch.setenv("PSModulePath", "modules")
    program.monkeypatch.delenv("SHELL", raising=False)
    play(program, B, "bursa", NO_MORE, "", NO_PIPELINE, "y", "n")

    result = play(program, "y", KEY, A, "ankara", NO_MORE, "", NO_PIPELINE, "y", "y")

    assert f"\n   $env:SANTRAL_SECRETS_FILE = '{program.folder}/secrets'\n" in result.stderr


def test_a_file_that_is_wrong_is_said_to_be_so_before_any_question(
    program: Program, live: StandIn
) -> None:
    """Nobody should answer ten questions for nothing."""
    program.write("santral.yaml", "version: 2\n")

    result = play(program)

    assert (result.exit_code, result.stderr.startswith("santral.yaml:1:1: ")) == (1, True)


def test_a_file_that_would_not_be_written_is_said_to_be_so_before_any_question(
    program: Program, live: StandIn
) -> None:
    """As of a link that leads somewhere else."""
    (program.folder / "santral.yaml").symlink_to("../elsewhere")

    result = play(program)

    assert (result.exit_code, "santral.yaml is a link" in result.stderr) == (1, True)
    assert "list):" not in result.stderr


def test_secrets_that_cannot_be_kept_stop_it_before_anything_is_written(
    program: Program, live: StandIn
) -> None:
    """Another secret has the name."""
    program.write("secrets", "crm_token@crm.example.com=another\n").chmod(0o600)

    result = play(program, B, "bursa", NO_MORE, "")

    assert (result.exit_code, files(program)) == (1, {"secrets"})
    assert "Nothing was added to secrets. Something else stands there already" in result.stderr


# What comes next


def test_the_commands_that_are_shown_reach_the_same_api(
    program: Program, live: StandIn, ca_file: str
) -> None:
    """By the same proxy, with the same certificates, and for this file, whatever variables say."""
    program.monkeypatch.setenv("SANTRAL_CONFIG", "other.yaml")
    with (
        FaultServer(KEYS, tls_with(AUTHORITY.issue_cert("127.0.0.1"))) as server,
        ProxyServer(tunnel) as proxy,
    ):
        options = ("--api-url", server.origin, "--proxy", proxy.url, "--ca-file", ca_file)
        result = play(program, A, "ankara", NO_MORE, "", NO_PIPELINE, "y", "y", arguments=options)

    words = ("santral plan -c santral.yaml", *options)
    assert (result.exit_code, f"   {' '.join(words)}\n" in result.stderr) == (0, True)
    assert result.stdout.endswith("Plan: 0 to change, 1 in sync, 0 failed.\n")


def test_where_variables_say_it_all_the_commands_are_short(program: Program, live: StandIn) -> None:
    """With the keys in the file that is named already, nothing need be exported either."""
    program.write("keys", "").chmod(0o600)
    program.monkeypatch.setenv("SANTRAL_KEYS_FILE", "keys")

    result = play(program, A, "ankara", NO_MORE, "", NO_PIPELINE, "y", "n")

    assert (result.exit_code, "export" in result.stderr) == (0, False)
    assert "\n2. See what would change.\n\n   santral plan\n" in result.stderr


def test_a_first_plan_that_fails_does_not_take_the_next_steps_away(
    program: Program, live: StandIn
) -> None:
    """It is said why; the exit code is 1."""
    program.monkeypatch.setenv("SANTRAL_FORMAT", "nothing")

    result = play(program, A, "ankara", NO_MORE, "", NO_PIPELINE, "y", "y")

    assert (result.exit_code, "SANTRAL_FORMAT" in result.stderr) == (1, True)
    assert "\nWhat to do next\n" in result.stderr


def test_no_error_takes_a_key_along(
    program: Program, live: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one of ours, with the variables of every function on its way."""
    chains: list[str] = []

    def fail(*_: object) -> None:
        raise RuntimeError

    def keep(error: Exception) -> tuple[str, ...]:
        chain = traceback.TracebackException.from_exception(error, capture_locals=True)
        chains.extend(chain.format())
        return ()

    monkeypatch.setattr(keys, "read_fleet", fail)
    monkeypatch.setattr(main, "_last_words", keep)

    result = play(program, A)

    assert (result.exit_code, "in _errors_with\n" in "".join(chains)) == (1, True)
    assert A not in "".join(chains)


# Pipelines, and who is not asked


PIPELINES = {
    "GitHub, reviewers": ((GITHUB, REVIEWERS), (), ".github/workflows/santral.yml"),
    "GitHub, manual": ((GITHUB, MANUAL), (), ".github/workflows/santral.yml"),
    "GitLab, reviewers": ((GITLAB, REVIEWERS), (), ".gitlab-ci.yml"),
    "GitLab, manual": ((GITLAB, MANUAL), (), ".gitlab-ci.yml"),
    "GitLab, manual, by options": ((), ("--ci", "gitlab", "--gate", "manual"), ".gitlab-ci.yml"),
    "GitLab, manual, the gate by option": ((GITLAB,), ("--gate", "manual"), ".gitlab-ci.yml"),
}


@pytest.mark.parametrize(("answers", "options", "place"), PIPELINES.values(), ids=PIPELINES)
def test_the_pipeline_is_the_one_that_was_chosen(
    program: Program,
    live: StandIn,
    request: pytest.FixtureRequest,
    answers: tuple[str, ...],
    options: tuple[str, ...],
    place: str,
) -> None:
    """What an option says is not asked."""
    result = play(program, A, "ankara", NO_MORE, "", *answers, "y", "n", arguments=options)

    forge, gate = request.node.callspec.id.lower().split(", ")[:2]
    template = ROOT / "reconciler" / "scaffold" / "templates" / f"{forge}-{gate}.yml"
    assert (result.exit_code, (program.folder / place).read_text()) == (0, template.read_text())
    assert "Set the pipeline up as the top of its file says, with whoever" in result.stderr


def test_shards_are_taken_from_the_option(program: Program, live: StandIn) -> None:
    """Nothing is asked for them; the gate still is."""
    options = ("--ci", "github", "--shards", "3")
    result = play(program, A, "ankara", NO_MORE, "", MANUAL, "y", "n", arguments=options)

    assert result.exit_code == 0
    assert "'1, 2, 3'" in (program.folder / ".github/workflows/santral.yml").read_text()


def test_what_runs_on_kubernetes_has_no_gate_to_ask_for(program: Program, live: StandIn) -> None:
    """It is named among the files, and how it goes on is said."""
    options = ("--ci", "kubernetes", "--shards", "2")
    result = play(program, A, "ankara", NO_MORE, "", "y", "n", arguments=options)

    assert result.exit_code == 0
    assert "completions: 2\n" in (program.folder / "kubernetes/santral.yaml").read_text()
    assert "kubernetes/santral.yaml, kubernetes/santral.lock." in " ".join(result.stderr.split())
    assert "Set up what runs on Kubernetes as the top of its file says" in result.stderr


NOT_ASKED = {
    "--no-input": (("--no-input",), {}, True),
    "the variable for that": ((), {"SANTRAL_NO_INPUT": "1"}, True),
    "in CI": ((), {"CI": "true"}, True),
    "stdin is no terminal": ((), {}, ("stdout", "stderr")),
    "stdout is no terminal": ((), {}, ("stdin", "stderr")),
    "no stream is a terminal": ((), {}, False),
}


@pytest.mark.parametrize(("options", "variables", "terminals"), NOT_ASKED.values(), ids=NOT_ASKED)
def test_who_is_not_asked_gets_the_example(
    program: Program,
    options: tuple[str, ...],
    variables: dict[str, str],
    terminals: bool | tuple[str, ...],
) -> None:
    """With the output and the files that it always had."""
    for name, value in variables.items():
        program.monkeypatch.setenv(name, value)

    result = program.run("init", *options, stdin=b"", terminal=terminals)

    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "santral.yaml: written\nschemas/santral.schema.json: written\n.gitignore: written\n",
        'Try it with "santral plan --sandbox", which needs no key.\n',
    )
    assert (program.folder / "santral.yaml").read_text("utf-8") == EXAMPLE


def test_where_stderr_goes_to_a_file_the_questions_are_on_stdout(
    program: Program, live: StandIn
) -> None:
    """Nobody answers questions that went to err.log."""
    given = f"{A}\nankara\n".encode()

    result = program.run("init", stdin=given, terminal=("stdin", "stdout"))

    assert (result.exit_code, result.stderr) == (130, "")
    assert result.stdout.endswith("Which? [3]: \nNothing was written.\n")
