"""``santral rollback`` through several runs: which one is undone, and back to a moment."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pytest
from support.fleet import ANKARA, BURSA, FILE, QUIETER, settings
from support.journals import (
    ASKED_AGAIN,
    BY_VARIABLE,
    INTENT,
    JOURNAL,
    LATER,
    ON,
    RUN,
    START,
    UNKEYED,
    begun,
    later,
    leave,
    outcome,
    runs_in,
    start_at,
    undoing,
)
from support.program import Program
from support.stand_in import StandIn

from reconciler.sandbox.service import Reply

OLD = settings("on", "off", "off", "https://old.example.com/")
QUIET = settings("on", "off", "on", "https://crm.example.com/ankara")
NOTHING_LEFT = "All that is to be restored is live, so nothing is left to undo."
BEGINNING = "2000-01-01"


@pytest.fixture
def twice(program: Program, stand_in: StandIn) -> StandIn:
    """Give two santrals, for which two versions of a file were applied over older settings."""
    stand_in.hold("ankara", OLD)
    stand_in.hold("bursa", OLD)
    for version in (FILE, QUIETER):
        program.write("santral.yaml", version)
        assert program.run("apply", "--parallelism", "1").exit_code == 0
    stand_in.service.requests.clear()
    return stand_in


def undoing_run(number: int) -> str:
    """Return what a rollback says at its beginning that undoes this run of the journal."""
    run = runs_in(JOURNAL)[number]
    return undoing(run, begun(JOURNAL, run))


def undoing_since(runs: Sequence[str], time: str = "2000-01-01 00:00:00 +03:00") -> str:
    """Return what a rollback to a moment says at its beginning."""
    count = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
    named = ", ".join(f"{run} (apply)" for run in runs)
    return f"This undoes what {count} changed at {time} or later: {named}.\n"


def test_the_next_rollback_undoes_the_rest_of_the_run_not_the_rollback(
    program: Program, twice: StandIn
) -> None:
    """Somebody tried it on one santral first."""
    program.run("rollback", "--target", "ankara")

    result = program.run("rollback")

    assert (result.exit_code, result.stderr) == (0, f"{undoing_run(1)}{ASKED_AGAIN}")
    assert (twice.live("ankara"), twice.live("bursa")) == (ANKARA, BURSA)


def test_where_nothing_is_left_to_undo_the_run_before_is_named(
    program: Program, twice: StandIn
) -> None:
    """Two bad runs take two commands, of which the second is named; it changes nothing unasked."""
    program.run("rollback")
    first = runs_in(JOURNAL)[0]
    twice.service.requests.clear()

    again = program.run("rollback")

    assert (again.exit_code, twice.count("POST")) == (0, 0)
    assert again.stderr == (
        f"{undoing_run(1)}{NOTHING_LEFT} The run before it that changed anything is {first}, which "
        f"began at {begun(JOURNAL, first)}. santral history --run {first} shows what it changed, "
        f"and santral rollback --run {first} undoes it.\n"
    )
    older = program.run("rollback", "--run", first)
    assert older.stderr == f"{undoing_run(0)}{ASKED_AGAIN}"
    assert (twice.live("ankara"), twice.live("bursa")) == (OLD, OLD)
    assert program.run("rollback", "--run", first).stderr == f"{undoing_run(0)}{NOTHING_LEFT}\n"


def test_the_run_before_that_is_named_is_one_that_a_rollback_would_take(
    program: Program, two: StandIn
) -> None:
    """Neither a rollback nor a run that changed nothing."""
    between = ("20261124T200000Z-000001", "20261124T200000Z-000002")
    rollback = [{**start_at(two), "command": "rollback"}, *through(("bursa", NEWER, OLDER))]
    leave(
        program,
        *two_runs(two)[:3],
        *({**record, "run": between[0]} for record in rollback),
        {**start_at(two), "run": between[1]},
        *two_runs(two)[3:],
    )
    two.service.store.update("ankara", NEWER)

    result = program.run("rollback")

    assert result.exit_code == 0
    assert f"The run before it that changed anything is {RUN}, which" in result.stderr


def test_where_a_santral_cannot_be_read_it_is_not_said_that_nothing_is_left(
    program: Program, twice: StandIn
) -> None:
    """Nobody knows."""
    twice.answer("GET", with_=Reply(401, "no"))

    result = program.run("rollback")

    assert (result.exit_code, result.stderr) == (1, undoing_run(1))


def test_where_only_rollbacks_changed_anything_one_must_be_named(
    program: Program, two: StandIn
) -> None:
    """The beginning of the journal may be lost."""
    leave(program, {**start_at(two), "command": "rollback"}, INTENT, outcome("applied"))

    result = program.run("rollback")

    assert (result.exit_code, result.stdout, two.service.requests) == (1, "", [])
    assert result.stderr == (
        f"Only rollbacks changed anything in the journal {JOURNAL}. To undo the last one, name it "
        f"(santral rollback --run {RUN}).\n"
    )


@pytest.mark.parametrize("moment", [BEGINNING, "1d"])
def test_it_goes_back_to_a_moment_through_all_later_runs(
    program: Program, twice: StandIn, moment: str
) -> None:
    """Rollbacks among them; what is sent is what was live then."""
    program.run("rollback", "--target", "bursa")

    result = program.run("rollback", "--to", moment)

    said, *rest = result.stderr.splitlines(keepends=True)
    assert (result.exit_code, rest) == (0, [ASKED_AGAIN])
    assert said.startswith("This undoes what 3 runs changed at ")
    assert result.stdout.startswith(
        "~ ankara  (.santral/journal.jsonl:2:1)\n"
        "    hangup            on → off\n"
        "    notification_url  https://crm.example.com/ankara → https://old.example.com/\n"
    )
    assert (twice.live("ankara"), twice.live("bursa")) == (OLD, OLD)


OLDER, NEWER = ({**ON, "answered": "off"}, {**ON, "hangup": "off"})


def through(*changes: tuple[str, dict[str, Any], dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the changes of RUN, each of a santral from one state to another, as records."""
    return [
        record
        for santral, before, after in changes
        for record in (
            {**INTENT, "santral": santral, "before": before, "after": after},
            {**outcome("applied"), "santral": santral},
        )
    ]


def two_runs(api: StandIn) -> list[dict[str, Any]]:
    """Return the records of two runs, of which each changed ankara: older, newer, on."""
    first = [start_at(api), *through(("ankara", OLDER, NEWER))]
    second = [start_at(api), *through(("ankara", NEWER, ON))]
    return [*first, *map(later, second)]


MOMENTS = {
    "2026-11-25 10:00:00 +03:00": (1, NEWER),
    "2026-11-25T07:00:00Z": (1, NEWER),
    "2026-11-25T10:00": (1, NEWER),
    "2026-11-24 13:11:13": (1, NEWER),
    "2026-11-24T12:11:12+02:00": (2, OLDER),
    "2026-11-24": (2, OLDER),
}


@pytest.mark.parametrize(("moment", "expected"), MOMENTS.items(), ids=MOMENTS)
def test_what_was_changed_at_the_moment_or_later_is_undone(
    program: Program, two: StandIn, moment: str, expected: tuple[int, dict[str, str]]
) -> None:
    """So the time that history shows of a run undoes that run; a time without offset is local."""
    leave(program, *two_runs(two))
    two.hold("ankara", ANKARA)

    result = program.run("rollback", "--to", moment)

    count, wanted = expected
    runs = "1 run" if count == 1 else "2 runs"
    assert result.stderr.startswith(f"This undoes what {runs} changed at 2026-11-2")
    warned = [UNKEYED.replace(RUN, run) in result.stderr for run in (RUN, LATER)]
    assert warned == [count == 2, True]
    assert asdict(two.live("ankara")) == wanted


def test_a_change_that_was_not_made_is_no_way_back(program: Program, two: StandIn) -> None:
    """What was live before it is what was live before the next one, or somebody changed it."""
    first, second = two_runs(two)[:3], two_runs(two)[3:]
    leave(program, *first[:2], {**first[2], "result": "refused"}, *second)
    two.hold("ankara", ANKARA)

    program.run("rollback", "--to", "2026-11-24")

    assert asdict(two.live("ankara")) == NEWER


BEFORE_ALL_ELSE: dict[str, tuple[tuple[str, ...], str]] = {
    "after the last run": (
        ("--to", "2026-11-25T10:00:01"),
        f"No run in the journal {JOURNAL} changed anything at 2026-11-25 10:00:01 +03:00 or later, "
        f"so there is nothing to roll back. The last run that changed anything is {LATER}, which "
        "began at 2026-11-25 10:00:00 +03:00.\n",
    ),
    "in the future": (
        ("--to", "9999-12-31T23:59:59Z"),
        f"No run in the journal {JOURNAL} changed anything at 9999-12-31 23:59:59 +00:00 or later, "
        f"so there is nothing to roll back. The last run that changed anything is {LATER}, which "
        "began at 2026-11-25 10:00:00 +03:00.\n",
    ),
    "no such santral": (
        ("--to", BEGINNING, "--target", "burs?"),
        'No santral that was changed since 2000-01-01 00:00:00 +03:00 matches "burs?". Compare '
        "--target and --exclude with what santral history lists.\n",
    ),
}


@pytest.mark.parametrize(
    ("options", "message"), BEFORE_ALL_ELSE.values(), ids=BEFORE_ALL_ELSE.keys()
)
def test_a_moment_without_anything_to_undo_is_an_error_that_asks_for_nothing(
    program: Program, two: StandIn, options: tuple[str, ...], message: str
) -> None:
    """It says how far the journal goes; a run that changed nothing does not count."""
    nothing = {**START, "time": "2026-11-25T07:00:02Z", "run": "20261125T070002Z-000000"}
    leave(program, *two_runs(two), nothing)

    result = program.run("rollback", *options)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", message)
    assert two.service.requests == []


def test_a_journal_without_changes_says_so_whatever_the_moment(
    program: Program, two: StandIn
) -> None:
    """There is no last run to name."""
    leave(program, START)

    result = program.run("rollback", "--to", "1h")

    assert (result.exit_code, result.stderr) == (
        1,
        f"No run in the journal {JOURNAL} changed anything, so there is nothing to roll back.\n",
    )


def test_a_run_and_a_moment_are_not_given_together(program: Program, two: StandIn) -> None:
    """Nobody could say which of them was meant."""
    result = program.run("rollback", "--run", RUN, "--to", "1h")

    assert (result.exit_code, result.stdout, two.service.requests) == (1, "", [])
    assert result.stderr.endswith("\nError: Give --run or --to, not both.\n")


TIMES = (
    *("", "x", "1", "3y", "-1d", "2026", "2026-11", "2026-13-01", "2026-11-25T25:00"),
    *("2026-W48-3", "2026-11-25x11:00", "2026-11-25 11:00 UTC", "0000-01-01", "0001-01-01"),
    *("2026-11-25T11:00:00+25:00", "٢٠٢٦-11-25"),
)


@pytest.mark.parametrize("time", TIMES)
def test_what_is_no_time_is_refused(program: Program, time: str) -> None:
    """What may be written is said."""
    result = program.run("rollback", "--to", time)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(
        "Error: Invalid value for '--to': It must be a time such as 2026-11-25, 2026-11-25T11:00, "
        "2026-11-25T11:00:00+03:00, or an age such as 30m, 2h, 3d.\n"
    )


def test_a_santral_whose_first_change_since_is_unreadable_is_left_alone(
    program: Program, two: StandIn
) -> None:
    """What was live before a later change was not live then; the others are brought back."""
    first = [start_at(two), "unreadable", outcome("applied")]
    second = [start_at(two), *through(("ankara", NEWER, ON), ("bursa", NEWER, asdict(BURSA)))]
    leave(program, *first, *map(later, second))
    two.hold("ankara", ANKARA)
    two.hold("bursa", BURSA)

    result = program.run("rollback", "--to", "2026-11-24")

    assert result.exit_code == 1
    assert two.live("ankara") == ANKARA
    assert asdict(two.live("bursa")) == NEWER
    assert result.stderr == (
        f"{JOURNAL}:2: This line of the journal cannot be read. It is not a JSON object.\n"
        f"{undoing_since([LATER], '2026-11-24 00:00:00 +03:00')}"
        f"Warning: {JOURNAL}:7:1: santral bursa: {UNKEYED.replace(RUN, LATER)}\n"
        f"{ASKED_AGAIN}"
    )


ELSEWHERE: dict[str, tuple[object, str]] = {
    "at another API": (
        START,
        f"Run {RUN} changed settings at https://api.bulutsantralim.com, but this run is for "
        "ORIGIN. Name another run with --run, or use that address.\n",
    ),
    "nobody knows where": (
        "unreadable",
        f"{JOURNAL}:1: This line of the journal cannot be read. It is not a JSON object.\n"
        f"The journal does not say at which API run {RUN} changed settings, so it cannot be "
        "rolled back. Name another run with --run, or put what history lists into the files.\n",
    ),
}


@pytest.mark.parametrize(("start", "told"), ELSEWHERE.values(), ids=ELSEWHERE)
@pytest.mark.parametrize("is_first", [True, False])
def test_no_run_on_the_way_may_have_been_at_another_api(
    program: Program, two: StandIn, start: object, told: str, *, is_first: bool
) -> None:
    """Exit code 3, and nothing is asked for, whichever of the runs it is."""
    first, second = two_runs(two)[:3], two_runs(two)[3:]
    told = told.replace("ORIGIN", two.origin) + BY_VARIABLE
    if is_first:
        leave(program, start, *first[1:], *second)
    else:
        foreign = later(START) if isinstance(start, dict) else start
        leave(program, *first, foreign, *second[1:])
        told = told.replace(RUN, LATER).replace(f"{JOURNAL}:1:", f"{JOURNAL}:4:")

    result = program.run("rollback", "--to", "2026-11-24")

    assert (result.exit_code, result.stdout, result.stderr) == (3, "", told)
    assert two.service.requests == []


EDITS: dict[str, tuple[int, dict[str, object]]] = {
    "what was live before the first": (0, {"before": ON}),
    "when the first was made": (0, {"time": "1999-01-01T00:00:00Z"}),
    "what was live before the second": (1, {"before": {**ON, "ringing": "off"}}),
    "when the second was made": (1, {"time": "1999-01-01T00:00:00Z"}),
}


@pytest.mark.parametrize(("number", "edit"), EDITS.values(), ids=EDITS)
def test_a_santral_of_which_any_change_on_the_way_was_edited_is_left_alone(
    program: Program, twice: StandIn, number: int, edit: dict[str, object]
) -> None:
    """A change that is said to be older is not hidden by that; the other santral goes back."""
    records = [*map(json.loads, JOURNAL.read_text().splitlines())]
    intents = [r for r in records if r["event"] == "intent" and r["santral"] == "ankara"]
    intents[number].update(edit)
    leave(program, *records)

    result = program.run("rollback", "--to", BEGINNING)

    line = 1 + records.index(intents[number])
    assert result.exit_code == 1
    assert f"Line {line} of the journal does not match the key of this santral" in result.stdout
    assert (twice.live("ankara"), twice.live("bursa")) == (QUIET, OLD)


def test_what_somebody_changed_after_the_last_of_the_runs_is_warned_of(
    program: Program, twice: StandIn
) -> None:
    """By the name of that run; what lies between the runs is no surprise."""
    twice.hold("ankara", settings("off", "off", "off", "https://new.example.com/"))
    twice.hold("bursa", BURSA)

    result = program.run("rollback", "--to", BEGINNING)

    assert result.stderr == (
        f"{undoing_since(runs_in(JOURNAL)[:2])}"
        f"Warning: {JOURNAL}:2:1: santral ankara: Somebody changed the settings after run "
        f"{runs_in(JOURNAL)[1]}. Those changes would be lost.\n"
        f"{ASKED_AGAIN}"
    )


def test_where_the_file_was_reverted_before_it_does_not_ask_again(
    program: Program, twice: StandIn
) -> None:
    """Then there is nothing to warn of."""
    program.write("santral.yaml", FILE)

    assert program.run("rollback").stderr == undoing_run(1)


def test_where_nothing_was_brought_back_the_file_is_not_blamed(
    program: Program, twice: StandIn
) -> None:
    """The API refused all of it."""
    for name in ("ankara", "bursa"):
        twice.answer("POST", name, with_=Reply(400, "no"))

    result = program.run("rollback")

    assert (result.exit_code, result.stderr) == (1, undoing_run(1))


def test_each_file_that_asks_again_is_named(program: Program, stand_in: StandIn) -> None:
    """As far as anybody reads, and only those."""
    names = ("ankara", "bursa", "canakkale", "denizli")
    for name in names:
        stand_in.hold(name, OLD)
        url = f"https://crm.example.com/{name}"
        program.write(
            f"files/{name}.yaml",
            f"version: 1\nsantrals: {{{name}: {{crm_integration: {{notification_url: {url}}}}}}}\n",
        )
    program.run("apply", "-c", "files")

    all_four = program.run("rollback", "-c", "files")
    program.run("apply", "-c", "files")
    one = program.run("rollback", "-c", "files", "--target", "denizli")

    assert all_four.stderr == (
        f"{undoing_run(0)}"
        "Warning: What was undone still stands in files/ankara.yaml, files/bursa.yaml, "
        "files/canakkale.yaml, files/denizli.yaml, so the next apply brings it back. Revert the "
        "commits that brought it in (git revert COMMIT), or correct the files.\n"
    )
    assert one.stderr.endswith(ASKED_AGAIN.replace("santral.yaml", "files/denizli.yaml"))


def test_what_later_runs_changed_is_not_put_down_to_somebody(
    program: Program, twice: StandIn
) -> None:
    """Whoever undoes an older run is told that the later ones go too."""
    program.write("santral.yaml", FILE.replace("ringing: on", "ringing: off"))
    program.run("apply")

    result = program.run("rollback", "--run", runs_in(JOURNAL)[0])

    assert (
        f"Warning: {JOURNAL}:2:1: santral ankara: Later runs changed the settings after run "
        f"{runs_in(JOURNAL)[0]}. That would be undone too: santral history shows what they "
        "changed.\n"
    ) in result.stderr
    assert "Somebody" not in result.stderr


def test_what_cannot_be_restored_is_no_success(program: Program, two: StandIn) -> None:
    """Also where all else is restored already; one that is left out is nobody's concern."""
    first = [start_at(two), "unreadable", outcome("applied")]
    leave(program, *first, *through(("bursa", asdict(BURSA), NEWER)))
    two.hold("bursa", BURSA)

    asked = program.run("rollback")
    left_out = program.run("rollback", "--target", "bursa")

    assert (asked.exit_code, left_out.exit_code) == (1, 0)
    assert "so they are not restored" in asked.stdout
    assert "nothing is left to undo" not in asked.stderr
    assert "so they are not restored" in program.run("rollback", "--format=junit").whole_stdout
    assert "so they are not restored" not in left_out.stdout


def test_a_file_that_asks_for_another_field_is_not_blamed(
    program: Program, stand_in: StandIn
) -> None:
    """It asks for what was undone only where it asks for another value of what was undone."""
    program.write("santral.yaml", QUIETER.split("  bursa")[0])
    stand_in.hold("ankara", OLD)
    program.run("apply")
    program.run("rollback")
    program.write("santral.yaml", FILE.split("  bursa")[0].replace("answered: on", "answered: off"))
    stand_in.hold("ankara", settings("on", "off", "on", "https://new.example.com/"))

    result = program.run("rollback", "--run", runs_in(JOURNAL)[1])

    assert "still stands" not in result.stderr


def test_the_first_set_up_is_not_offered_to_be_undone(program: Program, two: StandIn) -> None:
    """It would switch everything off, which nobody who goes back wants; --run still does it."""
    program.run("apply")
    program.write("santral.yaml", QUIETER)
    program.run("apply")
    program.run("rollback")

    again = program.run("rollback")

    assert again.stderr == f"{undoing_run(1)}{NOTHING_LEFT}\n"


def test_a_run_that_is_undone_already_is_not_offered(program: Program, twice: StandIn) -> None:
    """Whoever goes back step by step is not led in a circle."""
    program.run("rollback", "--to", BEGINNING)

    again = program.run("rollback", "--run", runs_in(JOURNAL)[1])

    assert "The run before it" not in again.stderr


def test_what_somebody_changed_and_a_rollback_leaves_is_not_called_lost(
    program: Program, two: StandIn
) -> None:
    """It stays: the URL that was not set before, and a switch that the run did not touch."""
    program.run("apply", "--target", "ankara")
    two.hold("ankara", settings("on", "on", "on", "https://elsewhere.example.com/"))

    result = program.run("rollback")

    assert "would be lost" not in result.stdout + result.stderr
    assert two.live("ankara") == settings("off", "off", "off", "https://elsewhere.example.com/")
