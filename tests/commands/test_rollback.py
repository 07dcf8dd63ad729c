"""``santral rollback``: back to the settings from before a run, by the same protocol as apply."""

import json
from dataclasses import asdict

import pytest
from support.fleet import ANKARA, BURSA, FILE, KEYS, settings
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
    events,
    later,
    leave,
    outcome,
    runs_in,
    start_at,
    undoing,
)
from support.program import Program
from support.reports import assert_follows_schema, summary, unresolved
from support.stand_in import StandIn

OLD = settings("on", "off", "off", "https://old.example.com/?token=secret")


def told(**counts: int) -> str:
    """Return rollback's last line for these counts."""
    return summary(**counts).replace("Apply", "Rollback")


def undoing_first() -> str:
    """Return what a rollback of the first run in the journal says at its beginning."""
    run = runs_in(JOURNAL)[0]
    return undoing(run, begun(JOURNAL, run))


@pytest.fixture
def applied(program: Program, stand_in: StandIn) -> StandIn:
    """Give a file of two santrals that was applied over older settings."""
    program.write("santral.yaml", FILE)
    stand_in.hold("ankara", OLD)
    stand_in.hold("bursa", OLD)
    assert program.run("apply", "--parallelism", "1").exit_code == 0
    stand_in.service.requests.clear()
    return stand_in


OF_ANKARA = (
    "~ ankara  (.santral/journal.jsonl:2:1)\n"
    "    answered          on → off\n"
    "    hangup            on → off\n"
    "    notification_url  https://crm.example.com/ankara\n"
    "                      → https://old.example.com/?token=***"
    "  (the part shown as *** changes)\n"
    "                      other host: crm.example.com → old.example.com\n"
    "\n"
    "Plan: 1 to change, 0 in sync, 0 failed."
)
"""The plan of going back, for ankara alone."""


def test_a_rollback_brings_back_what_was_live_before(program: Program, applied: StandIn) -> None:
    """It shows a plan whose places are in the journal, sends once, and reads back."""
    result = program.run("rollback", "--target", "ankara")

    assert (result.exit_code, result.stderr) == (0, f"{undoing_first()}{ASKED_AGAIN}")
    assert result.stdout == (f"{OF_ANKARA}\nankara: applied\n\n" + told(applied=1))
    assert (applied.live("ankara"), applied.live("bursa")) == (OLD, BURSA)
    methods = [method for method, _ in applied.service.requests]
    assert methods == ["GET", "GET", "POST", "GET"]


def test_a_dry_run_shows_the_plan_and_leaves_all_as_it_is(
    program: Program, applied: StandIn
) -> None:
    """It reads and sends nothing, and the journal is as it was."""
    journal = JOURNAL.read_bytes()

    result = program.run("rollback", "--dry-run", "--target", "ankara")

    assert (result.exit_code, result.stderr) == (0, undoing_first())
    assert result.stdout == (
        f"{OF_ANKARA} To make them, run santral rollback with the same options, but not "
        "--dry-run.\n"
    )
    assert {method for method, _ in applied.service.requests} == {"GET"}
    assert JOURNAL.read_bytes() == journal


def test_a_dry_run_fails_where_a_santral_cannot_be_read(program: Program, applied: StandIn) -> None:
    """What is shown is not all that a rollback would do."""
    program.monkeypatch.delenv("SANTRAL_KEY_BURSA")

    result = program.run("rollback", "--dry-run")

    assert result.exit_code == 1
    assert "Plan: 1 to change, 0 in sync, 1 failed." in result.stdout


def test_after_a_rollback_plan_shows_how_the_file_differs(
    program: Program, applied: StandIn
) -> None:
    """The file still asks for what was undone."""
    program.run("rollback")

    result = program.run("plan", "--target", "bursa", "--detailed-exitcode")

    assert (result.exit_code, result.stderr) == (2, "")
    assert result.stdout == (
        "~ bursa  (santral.yaml:11:3)\n"
        "    ringing           on → off\n"
        "    answered          off → on\n"
        "    hangup            off → on\n"
        "    notification_url  https://old.example.com/?token=***\n"
        "                      → https://crm.example.com/bursa  (the part shown as *** changes)\n"
        "                      other host: old.example.com → crm.example.com\n"
        "\n"
        "Plan: 1 to change, 0 in sync, 0 failed. To make them, run santral apply for "
        "the same files and santrals.\n"
    )


def test_a_rollback_is_a_run_that_can_be_rolled_back(program: Program, applied: StandIn) -> None:
    """It is journalled as every change is; but it is undone only where it is named."""
    program.run("rollback")
    program.run("rollback", "--run", runs_in(JOURNAL)[-1])

    assert (applied.live("ankara"), applied.live("bursa")) == (ANKARA, BURSA)
    heads = [line for line in program.run("history").stdout.splitlines() if " by " in line]
    assert [line.split("  ")[2].split()[0] for line in heads] == ["rollback", "rollback", "apply"]


def test_the_last_run_that_changed_anything_is_undone(program: Program, applied: StandIn) -> None:
    """Runs that changed nothing since do not count."""
    program.run("apply")

    program.run("rollback")

    assert (applied.live("ankara"), applied.live("bursa")) == (OLD, OLD)


def test_a_second_rollback_of_the_same_run_makes_no_post(
    program: Program, applied: StandIn
) -> None:
    """Nothing differs any more."""
    run = json.loads((program.folder / JOURNAL).read_text().splitlines()[0])["run"]
    program.run("rollback", "--run", run)
    applied.service.requests.clear()

    result = program.run("rollback", "--run", run)

    assert (result.exit_code, result.stdout) == (
        0,
        "Plan: 0 to change, 2 in sync, 0 failed.\n" + told(in_sync=2),
    )
    assert applied.count("POST") == 0


def test_what_somebody_changed_since_is_planned_with_a_warning(
    program: Program, applied: StandIn
) -> None:
    """The reviewer decides; the JSON has the warning too."""
    applied.hold("ankara", settings("off", "off", "on", "https://new.example.com/"))
    run = json.loads((program.folder / JOURNAL).read_text().splitlines()[0])["run"]

    result = program.run("rollback", "--format", "json")

    warning = f"Somebody changed the settings after run {run}. Those changes would be lost."
    warned = f"Warning: {JOURNAL}:2:1: santral ankara: {warning}\n"
    assert result.stderr == f"{undoing_first()}{warned}{ASKED_AGAIN}"
    document = json.loads(result.stdout)
    assert_follows_schema(document)
    assert [santral["warnings"] for santral in document["santrals"]] == [[warning], []]
    assert applied.live("ankara") == OLD


ENDS = {
    "applied": (outcome("applied"), True),
    "not verified": (outcome("not_verified"), True),
    "unresolved": (None, True),
    "refused": (outcome("refused"), False),
    "failed": (outcome("failed"), False),
}


@pytest.mark.parametrize(("ended", "is_undone"), ENDS.values(), ids=ENDS)
def test_only_what_was_applied_or_may_have_been_is_undone(
    program: Program, applied: StandIn, ended: object, is_undone: bool
) -> None:
    """A change that is known not to have been made leaves nothing to undo."""
    leave(program, *filter(None, [start_at(applied), INTENT, ended]))
    nothing = f"No run in the journal {JOURNAL} changed anything, so there is nothing to roll back."

    result = program.run("rollback")

    assert result.exit_code == (0 if is_undone else 1)
    assert applied.count("POST") == is_undone
    if not is_undone:
        assert (result.stdout, result.stderr) == ("", f"{nothing}\n")


FOUND = {"applied": True, "others_live": True, "unknown": True, "not_applied": False}


@pytest.mark.parametrize(("finding", "is_undone"), FOUND.items(), ids=FOUND)
def test_what_a_later_run_found_out_counts(
    program: Program, applied: StandIn, finding: str, is_undone: bool
) -> None:
    """Of a change whose own run died."""
    settled = {**outcome("applied"), "event": "settled", "of_run": RUN, "finding": finding}
    del settled["result"]
    leave(program, start_at(applied), INTENT, later(settled))

    program.run("rollback")

    assert applied.count("POST") == is_undone


def test_a_url_that_was_not_set_stays_as_it_is(program: Program, applied: StandIn) -> None:
    """The API takes no change without one, so it cannot be taken away; that is said."""
    leave(program, start_at(applied), INTENT, outcome("applied"))

    result = program.run("rollback")

    assert result.exit_code == 0
    assert result.stderr == (
        f"{undoing()}"
        f"Warning: {JOURNAL}:2:1: santral ankara: The notification_url was not set before the run, "
        "and the API accepts no change without one. The live one stays.\n"
        f"Warning: {JOURNAL}:2:1: santral ankara: {UNKEYED}\n"
        f"{ASKED_AGAIN}"
    )
    assert applied.live("ankara") == settings("off", "off", "off", ANKARA.notification_url)


def test_a_url_that_no_file_may_have_is_warned_of(program: Program, applied: StandIn) -> None:
    """It may have been live, set in the panel; or somebody wrote it into the journal."""
    before = {**ON, "notification_url": "http://u:p@192.0.2.1/"}
    leave(program, start_at(applied), {**INTENT, "before": before}, outcome("applied"))

    result = program.run("rollback")

    place = f"Warning: {JOURNAL}:2:1: santral ankara: The notification_url"
    assert result.stderr == (
        f"{undoing()}"
        f"{place} uses http, so call data are sent unencrypted.\n"
        f"{place} from before the run is one that is not allowed in a file.\n"
        f"Warning: {JOURNAL}:2:1: santral ankara: {UNKEYED}\n"
        f"{ASKED_AGAIN}"
    )


def test_a_santral_that_left_the_file_is_an_error_unless_it_is_left_out(
    program: Program, applied: StandIn
) -> None:
    """Its key is looked up by its entry."""
    program.write("santral.yaml", FILE[: FILE.index("  bursa:")])

    result = program.run("rollback")

    assert (result.exit_code, result.stdout, applied.count("GET")) == (1, "", 0)
    assert result.stderr == (
        "The files no longer have what is to be restored: bursa. A key is looked up through the "
        "entry in the files. Restore what is missing, or leave it out with --exclude.\n"
    )
    assert program.run("rollback", "--exclude", "bursa").exit_code == 0
    assert (applied.live("ankara"), applied.live("bursa")) == (OLD, BURSA)


ERRORS = {
    "an unknown run": (
        ("--run", "\x1b[31mx"),
        f"The journal {JOURNAL} has no run \\x1b[31mx. santral history lists its runs.",
    ),
    "a run that changed nothing": (
        ("--run", LATER),
        f"Run {LATER} changed nothing, so there is nothing to roll back. santral history "
        "lists the runs.",
    ),
    "no such santral": (
        ("--run", RUN, "--target", "bursa"),
        f'Run {RUN} changed no santral that matches "bursa". santral history --target "bursa" '
        "lists the runs that did.",
    ),
    "no such journal": (
        ("--journal", "none.jsonl"),
        "There is no journal none.jsonl. It was looked for in the folder FOLDER. Run in another "
        "folder, or name another journal with --journal.",
    ),
}


@pytest.mark.parametrize(("options", "message"), ERRORS.values(), ids=ERRORS)
def test_what_cannot_be_rolled_back_is_an_error_that_asks_for_nothing(
    program: Program, applied: StandIn, options: tuple[str, ...], message: str
) -> None:
    """No request is made, and no journal either."""
    leave(program, START, INTENT, outcome("applied"), later(START))
    content = (program.folder / JOURNAL).read_bytes()

    result = program.run("rollback", *options)

    message = message.replace("FOLDER", str(program.folder))
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{message}\n")
    assert applied.service.requests == []
    assert (program.folder / JOURNAL).read_bytes() == content
    assert not (program.folder / "none.jsonl").exists()


UNREADABLE = f"{JOURNAL}:2: This line of the journal cannot be read. It is not a JSON object.\n"


def test_a_change_whose_settings_before_are_unreadable_is_told_and_left_alone(
    program: Program, applied: StandIn
) -> None:
    """Each time, though an earlier run has told of the line; the rest is brought back."""
    bursa = {"santral": "bursa"}
    intent = {**INTENT, **bursa, "before": asdict(OLD), "after": asdict(BURSA)}
    change = [intent, outcome("applied") | bursa]
    told = later(start_at(applied), unreadable_lines=[2])
    leave(program, start_at(applied), "unreadable", outcome("applied"), *change, told)

    result = program.run("rollback")

    assert result.exit_code == 1
    assert (applied.live("ankara"), applied.live("bursa")) == (ANKARA, OLD)
    assert (
        f"\n\n! ankara  ({JOURNAL}:3:1)\n"
        f"    Run {RUN} changed the settings of this santral, or may have. Those from before it "
        "are in a line of the journal that cannot be read, so they are not restored. Write the "
        "right ones into the files, and apply them.\n\n"
    ) in result.stdout
    assert result.stdout.endswith(
        "\nbursa: applied\n\nRollback: 1 applied, 0 in sync, 0 stale, 0 refused, 1 failed, "
        "0 not verified, 0 not tried.\n"
    )
    assert result.stderr == (
        f"{UNREADABLE}{undoing()}Warning: {JOURNAL}:4:1: santral bursa: {UNKEYED}\n{ASKED_AGAIN}"
    )


def test_a_run_of_unreadable_changes_is_not_passed_over(program: Program, applied: StandIn) -> None:
    """An older one would be rolled back instead."""
    older = [start_at(applied), "unreadable", INTENT, outcome("applied")]
    leave(program, *older, later(start_at(applied)), later(outcome("not_verified")))

    result = program.run("rollback")

    assert (result.exit_code, result.stdout, applied.service.requests) == (1, "", [])
    assert result.stderr == (
        f"{UNREADABLE}"
        f"Run {LATER} changed ankara, or may have, but the settings from before it are in lines of "
        f"the journal {JOURNAL} that cannot be read. Name another run with --run.\n"
    )


ELSEWHERE = {
    "at the vendor's": (
        START,
        f"Run {RUN} changed settings at https://api.bulutsantralim.com, but this run is for "
        "ORIGIN. Name another run with --run, or use that address.\n",
    ),
    "in the sandbox": (
        {**START, "api": "sandbox"},
        f"Run {RUN} changed settings at sandbox, but this run is for ORIGIN. Name another run "
        f"with --run, or use that address.\n",
    ),
    "nobody knows where": (
        "unreadable",
        f"{JOURNAL}:1: This line of the journal cannot be read. It is not a JSON object.\n"
        f"The journal does not say at which API run {RUN} changed settings, so it cannot be "
        "rolled back. Name another run with --run, or put what history lists into the files.\n",
    ),
}


@pytest.mark.parametrize(("start", "told"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_run_at_another_api_is_refused(
    program: Program, applied: StandIn, start: object, told: str
) -> None:
    """Settings of one API, a sandbox say, are none for another; exit code 3, and no request."""
    leave(program, start, INTENT, outcome("applied"))
    content = (program.folder / JOURNAL).read_bytes()

    result = program.run("rollback")

    told = told.replace("ORIGIN", applied.origin) + BY_VARIABLE
    assert (result.exit_code, result.stdout, result.stderr) == (3, "", told)
    assert applied.service.requests == []
    assert (program.folder / JOURNAL).read_bytes() == content


def test_on_a_terminal_it_asks_first(program: Program, applied: StandIn) -> None:
    """As apply does."""
    result = program.run("rollback", stdin=b"n\n", terminal=True)

    assert (result.exit_code, applied.count("POST")) == (1, 0)
    assert "Apply these 2 changes? [y/N]: " in result.stderr


def test_the_guard_holds_for_a_rollback_too(program: Program, applied: StandIn) -> None:
    """It counts the files' santrals."""
    result = program.run("rollback", "--max-changes", "1")

    assert (result.exit_code, applied.count("POST")) == (3, 0)
    assert result.stdout.startswith("~ ankara")
    assert result.stdout.endswith(
        told(not_tried=2)
        + "Guard: 2 of 2 santrals with a usable key would change; --max-changes allows 1. rollback "
        "refuses this plan (exit code 3). If it is intended, give --max-changes 2.\n"
    )


def stale(stand_in: StandIn) -> None:
    """Let somebody click in the panel between the plan and the change."""
    for name in ("ankara", "bursa"):
        stand_in.move(name, settings("off", "on", "off", None), before=("GET", 2))


def test_santrals_that_move_meanwhile_are_stale(program: Program, applied: StandIn) -> None:
    """Exit code 3, and nothing is sent."""
    stale(applied)

    result = program.run("rollback")

    assert (result.exit_code, applied.count("POST")) == (3, 0)
    assert result.stdout.endswith(told(stale=2))


def test_a_run_that_died_is_found_out_about_and_rolled_back(
    program: Program, applied: StandIn
) -> None:
    """What is unresolved is told and settled by rollback as by apply."""
    leave(program, start_at(applied), {**INTENT, "before": {**ON, "hangup": "off"}})

    result = program.run("rollback")

    assert result.stderr == (
        f"{undoing()}"
        f"Warning: {JOURNAL}:2:1: santral ankara: {UNKEYED}\n"
        f"{unresolved('ankara', RUN)}The "
        f"change had been applied: what it wanted is live. {UNKEYED}\n"
        f"{ASKED_AGAIN}"
    )
    assert applied.live("ankara") == settings("on", "on", "off", ANKARA.notification_url)
    assert events(program.folder / JOURNAL) == [
        *("run_started", "intent", "run_started", "settled", "intent", "outcome", "run_ended")
    ]


def test_the_sandbox_is_rolled_back_by_its_own_journal(program: Program, applied: StandIn) -> None:
    """And the real API is not touched."""
    program.run("apply", "--sandbox")

    result = program.run("rollback", "--sandbox")

    assert (result.exit_code, applied.service.requests) == (0, [])
    assert result.stdout.endswith(told(applied=2))


def test_no_key_comes_out(program: Program, applied: StandIn) -> None:
    """Neither printed nor written."""
    result = program.run("rollback", "-v")

    written = result.stdout + result.stderr + (program.folder / JOURNAL).read_text()
    assert not any(key.reveal() in written for key in KEYS.values())
