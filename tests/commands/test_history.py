"""What ``santral history`` lists: when, who, what changed, and how that ended."""

import json

import pytest
from jsonschema import Draft202012Validator
from support.fleet import KEYS
from support.journals import (
    INTENT,
    JOURNAL,
    LATER,
    ON,
    RUN,
    START,
    START_OF_RECORD,
    later,
    leave,
    outcome,
)
from support.program import Program, Result
from support.stand_in import StandIn

from reconciler.schemas import Schema, text_of


def test_runs_are_listed_newest_first_with_who_what_and_outcome(program: Program) -> None:
    """The URL's token is masked as in a plan, and its host stands out."""
    url = "https://old.example.com/?token=secret"
    author = {"name": "octocat", "link": "https://github.com/o/r/actions/runs/7"}
    leave(
        program,
        START,
        {**INTENT, "before": {**ON, "notification_url": url, "hangup": "off"}},
        outcome("applied"),
        later(START, command="rollback", author=author),
        later(INTENT, santral="bursa", after={**ON, "notification_url": None}),
        {**START_OF_RECORD, "run": LATER, "event": "sending_again", "santral": "bursa"},
    )

    result = program.run("history")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"{LATER}  2026-11-25 10:00:00 +03:00  rollback by octocat "
        "(https://github.com/o/r/actions/runs/7)\n"
        "bursa: unresolved (sent twice)\n"
        "    ringing   off → on\n"
        "    answered  off → on\n"
        "    hangup    off → on\n"
        "\n"
        f"{RUN}  2026-11-24 13:11:12 +03:00  apply by ayşe\n"
        "ankara: applied\n"
        "    hangup            off → on\n"
        "    notification_url  https://old.example.com/?token=***\n"
        "                      → https://crm.example.com/ankara  (the part shown as *** changes)\n"
        "                      other host: old.example.com → crm.example.com\n"
    )
    assert url in program.run("history", "--show-urls").stdout


def test_it_is_one_json_document_of_its_own_schema(program: Program) -> None:
    """For a program that keeps an eye on changes."""
    leave(program, START, INTENT, outcome("not_verified"), later(START))

    result = program.run("history", "--format", "json")

    document = json.loads(result.stdout)
    Draft202012Validator(json.loads(text_of(Schema.HISTORY))).validate(document)
    changes = document["runs"][1]["changes"][0].pop("changes")
    assert [change["field"] for change in changes] == [*ON]
    assert document["runs"] == [
        {
            "run": LATER,
            "started": "2026-11-25T07:00:00Z",
            "command": "apply",
            "author": {"name": "ayşe", "link": None},
            "api": "https://api.bulutsantralim.com",
            "changes": [],
            "ended": None,
            "end": None,
        },
        {
            "run": RUN,
            "started": "2026-11-24T10:11:12Z",
            "command": "apply",
            "author": {"name": "ayşe", "link": None},
            "api": "https://api.bulutsantralim.com",
            "changes": [
                {
                    "santral": "ankara",
                    "record": "crm_integration",
                    "result": "not_verified",
                    "found_later": None,
                    "sent_again": False,
                }
            ],
            "ended": None,
            "end": None,
        },
    ]


FOUND = {
    "applied": "applied, as a later run found",
    "not_applied": "not applied, as a later run found",
    "others_live": "unknown; a later run found other settings live",
    "unknown": "unknown; no later run could find out",
}


@pytest.mark.parametrize(("finding", "words"), FOUND.items(), ids=FOUND)
def test_what_a_later_run_found_out_is_told(program: Program, finding: str, words: str) -> None:
    """Of a change whose own run died."""
    found = {"santral": "ankara", "of_run": RUN, "finding": finding, "live": None}
    leave(program, INTENT, later(START_OF_RECORD, event="settled", **found))

    assert f"\nankara: {words}\n" in program.run("history").stdout


def test_a_run_whose_beginning_is_unreadable_is_listed_all_the_same(program: Program) -> None:
    """What is missing is said to be unknown, and each unreadable line is told, also a told one."""
    told = later(START, unreadable_lines=[1])
    program.write(
        JOURNAL, "".join(f"{line}\n" for line in ("?", json.dumps(INTENT), json.dumps(told)))
    )

    result = program.run("history")

    assert result.stdout.endswith(
        f"{RUN}  2026-11-24 13:11:12 +03:00  unknown command by unknown (at an unknown API)\n"
        "ankara: unresolved\n"
        "    ringing           off → on\n"
        "    answered          off → on\n"
        "    hangup            off → on\n"
        "    notification_url  (not set) → https://crm.example.com/ankara\n"
        "                      new host: crm.example.com\n"
    )
    assert result.stderr == (
        f"{JOURNAL}:1: This line of the journal cannot be read. It is not a JSON object.\n"
    )


def test_hostile_names_in_it_do_no_harm(program: Program) -> None:
    """Somebody may have written into the journal by hand."""
    key = KEYS["ankara"].reveal()
    author = {"name": "\x1b[31m::error::", "link": f"https://x.example.com/{key}"}
    leave(program, {**START, "author": author, "command": "##[group]"})

    result = program.run("history")

    assert result.stdout == (
        f"{RUN}  2026-11-24 13:11:12 +03:00  #\\x23[group] by \\x1b[31m::error:: "
        "(https://x.example.com/***)\nThe journal has no changes by this run.\n"
    )


def test_a_journal_of_ones_own_is_written_and_listed(program: Program, two: StandIn) -> None:
    """``--journal`` says where, to every command that has to do with it."""
    program.run("apply", "--journal", "kept/changes.jsonl")

    assert not (program.folder / JOURNAL).exists()
    assert "ankara: applied\n" in program.run("history", "--journal", "kept/changes.jsonl").stdout


def test_the_sandbox_has_a_history_of_its_own(program: Program, two: StandIn) -> None:
    """Only with ``--sandbox`` is it listed."""
    program.run("apply", "--sandbox")

    assert "ankara: applied\n" in program.run("history", "--sandbox").stdout
    assert program.run("history").stdout == ""


WHERE = {
    "https://api.bulutsantralim.com": "",
    "http://127.0.0.1:8080": " (at http://127.0.0.1:8080)",
    "sandbox": " (in the sandbox)",
    "\x1b[31m": " (at \\x1b[31m)",
}


@pytest.mark.parametrize(("api", "told"), WHERE.items(), ids=WHERE.values())
def test_a_run_at_another_api_than_the_real_one_is_said_to_be(
    program: Program, api: str, told: str
) -> None:
    """One journal may have been given to both."""
    leave(program, {**START, "api": api})

    head = program.run("history").stdout.splitlines()[0]

    assert head == f"{RUN}  2026-11-24 13:11:12 +03:00  apply by ayşe{told}"


def test_without_a_journal_there_is_no_run_and_none_is_made(program: Program) -> None:
    """It writes nothing."""
    result = program.run("history")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        f"There is no journal {JOURNAL}. It was looked for in the folder {program.folder}. Run in "
        "another folder, or name another journal with --journal.\n"
    )
    assert [*program.folder.iterdir()] == []


def test_a_journal_that_cannot_be_read_is_an_error(program: Program) -> None:
    """Nothing else was asked for."""
    result = program.run("history", "--journal", ".")

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "The journal . cannot be read. It is not a regular file.\n",
    )


def test_while_a_run_is_at_work_its_changes_are_listed_as_unresolved(
    program: Program, two: StandIn
) -> None:
    """And it is said that the run is not over."""
    seen: list[Result] = []

    two.meanwhile("POST", nth=1, do=lambda: seen.append(program.run("history")))
    program.run("apply", "--target", "ankara")

    assert "ankara: unresolved\n" in seen[0].stdout
    assert "  IN PROGRESS\n" in seen[0].stdout
    assert seen[0].stdout.endswith("This run is still in progress.\n")
    assert (
        seen[0].stderr
        == f"Another run is using the journal {JOURNAL} now, so what it changes may be "
        "missing here.\n"
    )


ENDS = {
    "its end": (outcome("applied"), "applied", {"result": "applied"}),
    "a second sending": (
        {**START_OF_RECORD, "event": "sending_again", "santral": "ankara"},
        "unresolved (sent twice)",
        {"sent_again": True},
    ),
    "a later finding": (
        later(
            START_OF_RECORD,
            event="settled",
            santral="ankara",
            of_run=RUN,
            finding="applied",
            live=None,
        ),
        "applied, as a later run found",
        {"found_later": "applied"},
    ),
}


@pytest.mark.parametrize(("record", "words", "told"), ENDS.values(), ids=ENDS)
def test_of_a_change_that_is_unreadable_the_end_is_listed(
    program: Program, record: dict[str, object], words: str, told: dict[str, object]
) -> None:
    """Something was sent, though what it was is not known."""
    leave(program, START, "torn", record)

    text, document = program.run("history"), program.run("history", "--format", "json")

    assert text.stdout.endswith(
        f"{RUN}  2026-11-24 13:11:12 +03:00  apply by ayşe\n"
        f"ankara: {words}. The settings before and after cannot be read.\n"
    )
    assert text.stderr.startswith(f"{JOURNAL}:2: ")
    change = {
        "santral": "ankara",
        "record": "crm_integration",
        "result": None,
        "found_later": None,
        "sent_again": False,
    }
    listed = json.loads(document.stdout)
    Draft202012Validator(json.loads(text_of(Schema.HISTORY))).validate(listed)
    assert listed["runs"][-1]["changes"] == [{**change, "changes": None, **told}]


def test_a_run_without_a_change_in_the_journal_is_not_said_to_have_sent_nothing(
    program: Program,
) -> None:
    """The unreadable line may have been one of its changes."""
    leave(program, START, "torn")

    assert program.run("history").stdout.endswith("The journal has no changes by this run.\n")
