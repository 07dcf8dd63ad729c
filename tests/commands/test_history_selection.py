"""Which runs ``santral history`` lists, and how they stand out or are put together."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.journals import (
    INTENT,
    JOURNAL,
    LATER,
    RUN,
    START,
    leave,
    outcome,
)
from support.program import Program

from reconciler.schemas import Schema, text_of

OLDEST, QUIET_1, QUIET_2, DIED = (
    "20261124T101112Z-0a1b2c",
    "20261124T120000Z-000001",
    "20261124T130000Z-000002",
    "20261125T080000Z-dddddd",
)
COUNTS = dict.fromkeys(
    ("applied", "in_sync", "stale", "refused", "failed", "not_verified", "not_tried"), 0
)


def keyed(record: dict[str, Any], run: str) -> dict[str, Any]:
    """Return a record of format 1.1 by a run, at the time that its ID has."""
    day, hour = run[:8], run[9:15]
    moment = f"{day[:4]}-{day[4:6]}-{day[6:]}T{hour[:2]}:{hour[2:4]}:{hour[4:]}Z"
    more = {"record": "crm_integration", "digest": None} if "santral" in record else {}
    return {**record, "format_version": "1.1", "time": moment, "run": run, **more}


def end(exit_code: int = 0) -> dict[str, Any]:
    """Return the record of a run's end that had nothing to change."""
    counted = {"to_change": [], "in_sync": 2, "failed": 0, "results": {**COUNTS, "in_sync": 2}}
    return {"event": "run_ended", **counted, "exit_code": exit_code, "interrupted": False}


def quiet(run: str, **more: object) -> list[dict[str, Any]]:
    """Return the records of a run that had nothing to change."""
    return [keyed({**START, **more}, run), keyed(end(), run)]


def change(santral: str, run: str) -> list[dict[str, Any]]:
    """Return the records of one change that was applied."""
    intent, ended = ({**record, "santral": santral} for record in (INTENT, outcome("applied")))
    return [keyed(intent, run), keyed(ended, run)]


CHANGES = (
    "    ringing           off → on\n"
    "    answered          off → on\n"
    "    hangup            off → on\n"
    "    notification_url  (not set) → https://crm.example.com/ankara\n"
    "                      new host: crm.example.com\n"
)
ENDED = "Ended with exit code 0. Planned: 0 to change, 2 in sync, 0 failed. Result: 2 in sync.\n"


@pytest.fixture
def past(program: Program) -> Program:
    """Give a journal: two changes, two runs without any, one more change, and a run that died."""
    leave(
        program,
        keyed(START, OLDEST),
        *change("ankara", OLDEST),
        *change("bursa", OLDEST),
        keyed(end(), OLDEST),
        *quiet(QUIET_1),
        *quiet(QUIET_2),
        keyed(START, LATER),
        *change("bursa", LATER),
        keyed(end(), LATER),
        keyed(START, DIED),
    )
    return program


def listed(program: Program, *options: str) -> list[str]:
    """Return the IDs of the runs that are listed, by the JSON, which follows its schema."""
    document = json.loads(program.run("history", "--format", "json", *options).stdout)
    Draft202012Validator(json.loads(text_of(Schema.HISTORY))).validate(document)
    return [run["run"] for run in document["runs"]]


def test_a_run_that_died_stands_out_and_runs_that_changed_nothing_share_a_line(
    past: Program,
) -> None:
    """The times are local, with their offset; the JSON has every run."""
    result = past.run("history")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"{DIED}  2026-11-25 11:00:00 +03:00  apply by ayşe  DID NOT END\n"
        "The journal has no changes by this run.\n"
        "This run did not end: it was killed, or the machine went down.\n"
        "\n"
        f"{LATER}  2026-11-25 10:00:00 +03:00  apply by ayşe\n"
        f"bursa: applied\n{CHANGES}{ENDED}"
        "\n"
        "2 runs from 2026-11-24 15:00:00 +03:00 to 2026-11-24 16:00:00 +03:00 changed nothing.\n"
        "\n"
        f"{OLDEST}  2026-11-24 13:11:12 +03:00  apply by ayşe\n"
        f"ankara: applied\n{CHANGES}bursa: applied\n{CHANGES}{ENDED}"
    )
    assert listed(past) == [DIED, LATER, QUIET_2, QUIET_1, OLDEST]


ALONE: dict[str, list[dict[str, Any]]] = {
    "one that failed": [keyed(START, QUIET_2), keyed(end(1), QUIET_2)],
    "one that did not end": [keyed(START, QUIET_2)],
    "one at another API": quiet(QUIET_2, api="sandbox"),
    "one of format 1.0, which says nothing of its end": [{**START, "run": QUIET_2}],
}


@pytest.mark.parametrize("other", ALONE.values(), ids=ALONE)
def test_only_runs_that_ended_well_at_one_api_share_a_line(
    program: Program, other: list[dict[str, Any]]
) -> None:
    """Anything else may be what somebody looks for."""
    leave(program, *quiet(QUIET_1), *other)

    shown = program.run("history").stdout

    assert [line.split()[0] for line in shown.splitlines() if " apply by " in line] == [
        QUIET_2,
        QUIET_1,
    ]
    assert "changed nothing" not in shown


def test_runs_in_the_sandbox_that_changed_nothing_are_said_to_be_there(program: Program) -> None:
    """As each of them would be."""
    leave(program, *quiet(QUIET_1, api="sandbox"), *quiet(QUIET_2, api="sandbox"))

    assert program.run("history").stdout == (
        "2 runs from 2026-11-24 15:00:00 +03:00 to 2026-11-24 16:00:00 +03:00 changed nothing "
        "(in the sandbox).\n"
    )


PICKED = {
    "one run": (("--run", QUIET_1), [QUIET_1]),
    "since a time": (("--since", "2026-11-25T10:00"), [DIED, LATER]),
    "since a day": (("--since", "2026-11-25"), [DIED, LATER]),
    "since a time as it is shown": (("--since", "2026-11-25 11:00:00 +03:00"), [DIED]),
    "since long ago": (("--since", "3000w"), [DIED, LATER, QUIET_2, QUIET_1, OLDEST]),
    "the newest": (("--limit", "2"), [DIED, LATER]),
    "more than there are": (("--limit", "9"), [DIED, LATER, QUIET_2, QUIET_1, OLDEST]),
    "of a santral": (("--target", "ankara"), [OLDEST]),
    "of several": (("--target", "ank*", "--target", "bursa"), [LATER, OLDEST]),
    "the newest of a santral": (("--target", "bursa", "--limit", "1"), [LATER]),
    "none since, of a santral": (("--target", "ankara", "--since", "2026-11-25"), []),
    "none in the future": (("--since", "9999-12-31T23:59:59Z"), []),
    "a run that touched another": (("--target", "ankara", "--run", LATER), []),
}


@pytest.mark.parametrize(("options", "expected"), PICKED.values(), ids=PICKED)
def test_only_the_runs_that_were_asked_for_are_listed(
    past: Program, options: tuple[str, ...], expected: list[str]
) -> None:
    """Where there is none, that is no error, but it is said how far the journal goes."""
    result = past.run("history", *options)

    assert listed(past, *options) == expected
    assert (result.exit_code, bool(result.stdout)) == (0, bool(expected))
    assert result.stderr == (
        ""
        if expected
        else f"No run in the journal {JOURNAL} is one that was asked for. The last one in it began "
        "at 2026-11-25 11:00:00 +03:00.\n"
    )


def test_of_a_run_only_the_changes_that_were_asked_for_are_listed(past: Program) -> None:
    """Among them those whose own lines are unreadable."""
    past.write(JOURNAL, (past.folder / JOURNAL).read_text().replace('"before"', '"then"', 1))

    shown = past.run("history", "--target", "ankara").stdout

    assert shown == (
        f"{OLDEST}  2026-11-24 13:11:12 +03:00  apply by ayşe\n"
        f"ankara: applied. The settings before and after cannot be read.\n{ENDED}"
    )


ERRORS = {
    "no such run": (
        ("--run", "\x1b[31mx"),
        f"The journal {JOURNAL} has no run \\x1b[31mx. santral history lists its runs.\n",
    ),
    "no such santral": (
        ("--target", "bursa", "--target", "izm*"),
        f'No santral in the journal {JOURNAL} matches "izm*". santral history lists what is in '
        "it.\n",
    ),
}


@pytest.mark.parametrize(("options", "message"), ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_what_the_journal_does_not_know_is_an_error(
    past: Program, options: tuple[str, ...], message: str, format_: str
) -> None:
    """It may have been mistyped."""
    result = past.run("history", "--format", format_, *options)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", message)


def test_variables_give_these_options_too(past: Program) -> None:
    """As for every option."""
    past.monkeypatch.setenv("SANTRAL_TARGET", "ankara bursa")
    past.monkeypatch.setenv("SANTRAL_LIMIT", "1")

    assert listed(past) == [LATER]


def test_where_the_sandbox_has_a_journal_that_is_said(program: Program) -> None:
    """Only where the usual one is missed, and never of one that was named."""
    program.write(".santral/sandbox-journal.jsonl", "")
    looked = (
        f"It was looked for in the folder {program.folder}. Run in another folder, or name another "
        "journal with --journal."
    )
    sandbox = "The sandbox has a journal of its own here, which --sandbox uses."

    usual = program.run("history")
    named = program.run("history", "--journal", "my.jsonl")
    absolute = program.run("history", "--journal", str(program.folder / "my.jsonl"))
    empty = program.run("history", "--sandbox")

    assert usual.stderr == f"There is no journal {JOURNAL}. {looked} {sandbox}\n"
    assert named.stderr == f"There is no journal my.jsonl. {looked}\n"
    assert absolute.stderr == f"There is no journal {program.folder}/my.jsonl.\n"
    assert empty.stderr == "There is no run in the journal .santral/sandbox-journal.jsonl.\n"
    assert {usual.exit_code, named.exit_code, absolute.exit_code, empty.exit_code} == {0}


@pytest.fixture
def time_zone(program: Program) -> Iterator[None]:
    """Give a place whose clock is half an hour off, and changes in summer."""
    before = time.tzname
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "NST3:30NDT,M3.2.0,M11.1.0")
        time.tzset()
        yield
    time.tzset()
    assert time.tzname == before


@pytest.mark.usefixtures("time_zone")
def test_times_are_those_of_the_reader_s_clock(program: Program) -> None:
    """Each with the offset of its own season; a time that no clock can show is in UTC."""
    moments = ("2026-07-01T12:00:00Z", "2026-12-01T12:00:00Z", "9999-12-31T23:59:59Z")
    runs = (RUN, LATER, DIED)
    leave(
        program,
        *({**START, "run": r, "time": moment} for r, moment in zip(runs, moments, strict=True)),
    )

    heads = [line for line in program.run("history").stdout.splitlines() if " apply by " in line]
    since = listed(program, "--since", "2026-12-01 08:30:00 -03:30")

    assert [head.split("  ")[1] for head in heads] == [
        "9999-12-31 20:29:59 -03:30",
        "2026-12-01 08:30:00 -03:30",
        "2026-07-01 09:30:00 -02:30",
    ]
    assert since == listed(program, "--since", "2026-12-01T08:30") == [DIED, LATER]


def test_a_time_that_no_local_clock_can_show_is_in_utc(program: Program) -> None:
    """Three hours ahead, the year would be 10,000."""
    leave(program, {**START, "time": "9999-12-31T23:59:59Z"})

    assert "  9999-12-31 23:59:59 +00:00  apply by" in program.run("history").stdout


def test_in_a_list_a_run_of_many_santrals_only_names_them(program: Program) -> None:
    """Three hundred changes in full hide all other runs; of one run they are all there."""
    many = [record for n in range(11) for record in change(f"a{n:02}", OLDEST)]
    leave(program, keyed(START, OLDEST), *many, keyed(end(), OLDEST), keyed(START, DIED))

    shown = program.run("history").stdout
    alone = program.run("history", "--run", OLDEST).stdout

    names = ", ".join(f"a{n:02}" for n in range(11))
    assert shown.endswith(
        f"{OLDEST}  2026-11-24 13:11:12 +03:00  apply by ayşe\n"
        f"applied: {names}\nsantral history --run {OLDEST} shows each change.\n{ENDED}"
    )
    assert (alone.count(CHANGES), "applied: a00" in alone) == (11, False)


def test_a_part_of_an_id_is_answered_with_the_whole_one(past: Program) -> None:
    """People copy its end, or type it in capitals."""
    result = past.run("history", "--run", LATER[-8:].upper())

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        f"The journal {JOURNAL} has no run {LATER[-8:].upper()}. Did you mean {LATER}?\n",
    )
