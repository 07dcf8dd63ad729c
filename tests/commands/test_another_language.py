"""The program in another language: whatever a command says comes out of the catalogue.

The language here is a made-up one, in which every letter of a template is an accented one. What is
English in an output nevertheless went past the catalogue.
"""

import gettext
import json
import re
from collections.abc import Sequence

import pytest
from support.fleet import ANKARA, FILE, KEYS
from support.program import Program
from support.stand_in import StandIn
from support.templates import TEMPLATES_OF_THE_SOURCE

from reconciler.core import translation
from reconciler.sandbox.service import Reply

ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "àƀčďēḟĝĥĩĵķĺḿñőṕɋŕśťűṽŵẋỳžÀƁČĎĒḞĜĤĨĴĶĹḾÑŐṔɊŔŚŤŰṼŴẊỲŽ",
)


class Accented(gettext.NullTranslations):
    """Translates into the made-up language; fields stay as they are."""

    def gettext(self, message: str) -> str:
        parts = re.split(r"(\{[^{}]*\})", message)
        return "".join(p if p.startswith("{") else p.translate(ACCENTED) for p in parts)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture(autouse=True)
def another_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the reader's language be the made-up one."""
    monkeypatch.setattr(translation, "catalogue_of", lambda _: Accented())


def english_in(*outputs: str) -> set[str]:
    """Return what of the source's templates stands in outputs, in English."""
    said = " ".join(" ".join(outputs).split())
    return {words for words in TEMPLATES_OF_THE_SOURCE if words in said}


COMMANDS: Sequence[tuple[str, ...]] = (
    ("--help",),
    *((command, "--help") for command in ("init", "validate", "plan", "apply", "rollback")),
    *((command, "--help") for command in ("history", "sandbox", "show", "schema", "completion")),
    ("import", "--help"),
    ("import",),
    ("import", "-o", "bad.yaml"),
    ("import", "-o", "santral.yaml", "--plain-urls", "--keys-out", "keys"),
    ("import", "-o", "new.yaml", "--secrets-out", "secrets"),
    ("import", "--csv", "list.csv"),
    ("import", "--csv", "list.csv", "--skip-bad"),
    ("import", "--sandbox"),
    ("import", "--skip-bad"),
    ("import", "--plain-urls", "--secrets-out", "secrets"),
    ("init", "--ci", "github"),
    ("init", "--ci", "kubernetes"),
    ("init", "--shards", "3"),
    ("init", "--ci", "gitlab", "--shards", "1"),
    ("init", "--ci", "kubernetes", "--gate", "manual"),
    ("validate",),
    ("validate", "-c", "bad.yaml"),
    ("validate", "-c", "bad.yaml", "--format", "github"),
    ("validate", "-c", "bad.yaml", "--format", "junit"),
    ("plan",),
    ("plan", "--format", "markdown"),
    ("plan", "--format", "html"),
    ("plan", "--format", "json"),
    ("plan", "--format", "github"),
    ("plan", "--format", "junit"),
    ("plan", "--drift", "-v"),
    ("plan", "--base", "nowhere"),
    ("plan", "--target", "nobody-*"),
    ("plan", "--select", "town"),
    ("plan", "--select", "="),
    ("plan", "--select", "citty"),
    ("plan", "city=ankara"),
    ("plan", "--rate", "fast"),
    ("plan", "--sandbox"),
    ("plan", "--max-changes", "0"),
    ("apply", "--yes", "--max-changes", "0"),
    ("apply", "--help"),
    ("apply", "--yes", "--canary", "0"),
    ("apply", "--yes", "--canary", "town"),
    ("apply", "--yes", "--canary", "1", "--max-failures", "1"),
    ("apply", "--yes", "--format", "junit"),
    ("apply", "--yes"),
    ("history",),
    ("history", "--since", "9999-12-31T00:00:00Z"),
    ("history", "--since", "soon"),
    ("history", "--target", "nobody-*"),
    ("rollback", "--run", "none"),
    ("rollback", "--yes"),
    ("rollback", "--yes"),
    ("rollback", "--to", "9999-12-31T00:00:00Z"),
    ("rollback", "--to", "1d", "--target", "nobody-*"),
    ("rollback", "--to", "1d"),
    ("doctor", "--help"),
    ("doctor",),
    ("doctor", "--format", "json"),
    ("doctor", "--format", "html"),
    ("doctor", "--format", "github"),
    ("doctor", "--format", "junit"),
    ("doctor", "--offline"),
    ("doctor", "--no-post", "-v"),
    ("doctor", "--sandbox"),
    ("doctor", "--offline", "--no-post"),
    ("ring", "--help"),
    ("ring", "ankara"),
    ("ring", "zonguldak"),
    ("ring", "https://crm.example.com/", "--desired"),
    ("ring", "ankara", "--sandbox"),
    ("show", "santral.yaml"),
    ("ci", "--help"),
    *(("ci", each, "--help") for each in ("comment", "issue", "reviewed-plan", "journal")),
    ("ci", "journal", "--out", "journal.jsonl"),
)


@pytest.fixture
def prepared(stand_in: StandIn, program: Program) -> Program:
    """Give the program files, and an API that refuses one santral and fails for another."""
    canakkale = "  canakkale: {labels: {city: canakkale}, crm_integration: {}}\n"
    program.write("santral.yaml", FILE + canakkale)
    program.write("bad.yaml", "version: 2\nsantrals: {Ankara: {crm: on}, b: {crm_integration: }}\n")
    program.write("list.csv", "name,key\nankara,x\nbursa,\n")
    stand_in.hold("ankara", ANKARA)
    stand_in.answer("POST", "bursa", with_=Reply(400, "no"))
    stand_in.answer("GET", "canakkale", with_=Reply(500, "out of order"))
    return program


def test_nothing_that_a_command_says_goes_past_the_catalogue(prepared: Program) -> None:
    """Reports, errors, warnings and help: nothing of them is English any more."""
    english = {}
    for command in COMMANDS:
        result = prepared.run(*command)
        english[command] = english_in(result.whole_stdout, result.stderr)

    assert english == {command: set() for command in COMMANDS}


def test_what_is_asked_on_a_terminal_is_in_that_language(
    stand_in: StandIn, program: Program
) -> None:
    """The question, and what comes of saying no to it."""
    program.write("santral.yaml", FILE)

    result = program.run("apply", stdin=b"n\n", terminal=True)

    assert english_in(result.whole_stdout, result.stderr) == set()
    assert "Apply these 2 changes?".translate(ACCENTED) in result.stderr
    assert "Cancelled. Nothing was sent.".translate(ACCENTED) in result.stdout


def test_all_questions_of_the_guided_start_are_in_that_language(
    stand_in: StandIn, program: Program
) -> None:
    """With what is said of wrong answers, and of what comes next."""
    program.write("list.csv", "name,key\nankara,x\n")
    good = (KEYS["denizli"].reveal(), "Denizli", "1", "")
    wrong = ("perhaps", "'quoted'", "nowhere.csv", "list.csv", "", "!", "9")
    for name in ("ANKARA", "BURSA", "CANAKKALE", "DENIZLI"):
        program.monkeypatch.delenv(f"SANTRAL_KEY_{name}")
    answers = ("short", wrong[1], *good, "2", *wrong[2:5], wrong[6], "3", "nowhere/keys", "keys")
    rest = ("1", "1", wrong[0], "y", "n")

    typed = "".join(f"{answer}\n" for answer in (*answers, *rest))
    result = program.run("init", stdin=typed.encode(), terminal=True)

    assert english_in(result.whole_stdout, result.stderr) == set()
    assert result.exit_code == 0


def test_a_saved_plan_is_shown_in_the_language_of_its_reader(
    stand_in: StandIn, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds codes and fields; no sentence of the language in which it was made."""
    program.write("santral.yaml", FILE)
    stand_in.answer("GET", "bursa", with_=Reply(500, "out of order"))
    program.run("plan", "--out", "plan.json")

    monkeypatch.setattr(translation, "catalogue_of", lambda _: gettext.NullTranslations())
    shown = program.run("show", "plan.json")

    assert 'The API answered 500: "out of order".' in shown.stdout
    assert shown.stdout.endswith(
        "1 failed. To make them, run santral apply for the same files and santrals.\n"
    )
    assert english_in((program.folder / "plan.json").read_text("utf-8")) == set()


def test_codes_fields_and_the_journal_are_in_no_language(
    stand_in: StandIn, program: Program
) -> None:
    """What programs read stays as it is."""
    program.write("santral.yaml", FILE)
    stand_in.answer("GET", "bursa", with_=Reply(500, "out of order"))
    report = json.loads(program.run("apply", "--yes", "--format", "json").stdout)
    journal = (program.folder / ".santral/journal.jsonl").read_text("utf-8")

    assert [santral["outcome"]["result"] for santral in report["santrals"]] == ["applied", "failed"]
    assert report["santrals"][1]["error_messages"] == [
        {"code": "api-answered-with", "fields": {"said": "out of order", "status": 500}}
    ]
    assert journal.isascii()
