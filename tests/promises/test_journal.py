"""The journal over the years: every format is read for ever, and nobody edits it unnoticed."""

import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support import places
from support.fleet import ANKARA, FILE, KEYS, settings
from support.journals import ASKED_AGAIN, JOURNAL, begun, undoing
from support.program import IN_SANDBOX, Program
from support.reports import unresolved
from support.stand_in import StandIn

from reconciler.journal.records import content_of
from reconciler.journal.trust import digest_of
from reconciler.schemas import Schema, text_of

FOLDER = places.CASES / "journal"
CASES = sorted((FOLDER / "1.0").glob("*.jsonl"))
ALL_CASES = sorted(FOLDER.glob("1.*/*.jsonl"))
SANDBOX_JOURNAL = ".santral/sandbox-journal.jsonl"
OLD = settings("on", "off", "off", "https://old.example.com/")
NEW = ANKARA
Line = dict[str, Any]


@pytest.fixture
def two(program: Program, stand_in: StandIn) -> StandIn:
    """Give a file of two santrals, with older settings live."""
    program.write("santral.yaml", FILE)
    stand_in.hold("ankara", OLD)
    stand_in.hold("bursa", OLD)
    return stand_in


def lines() -> list[Line]:
    """Return the journal's lines."""
    return [json.loads(line) for line in Path(JOURNAL).read_text().splitlines()]


def write(changed: Iterable[Line]) -> None:
    """Write the journal anew."""
    Path(JOURNAL).write_text("".join(f"{json.dumps(line)}\n" for line in changed))


def applied(program: Program) -> list[Line]:
    """Apply, and return the lines: the run's beginning, ankara's two, bursa's two, the end."""
    assert program.run("apply", "--parallelism", "1").exit_code == 0
    written = lines()
    told = [(line["event"], line.get("santral")) for line in written]
    pairs = [(event, name) for name in ("ankara", "bursa") for event in ("intent", "outcome")]
    assert told == [("run_started", None), *pairs, ("run_ended", None)]
    return written


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: f"{case.parent.name}, {case.stem}")
def test_a_journal_of_each_format_is_read_for_ever(case: Path, program: Program) -> None:
    """Each was written by the program as it was then; a run of 1.0 says nothing of its end."""
    shutil.copy(case, "old.jsonl")
    last = len(case.read_text().splitlines())
    torn = (
        f"old.jsonl:{last}: The last line of the journal is torn: a run died while it was writing "
        "it. A change whose own line is torn was not sent. One whose outcome is missing is "
        "unresolved.\n"
    )

    result = program.run("history", "--sandbox", "--journal", "old.jsonl")

    assert result.stdout.encode() == case.with_suffix(".expected").read_bytes()
    assert result.stderr == (torn if case.stem == "torn" else "")


@pytest.mark.parametrize(
    "case",
    [case for case in ALL_CASES if case not in CASES],
    ids=lambda case: f"{case.parent.name}, {case.stem}",
)
def test_each_entry_of_a_journal_of_format_1_1_and_later_fits_its_key(
    case: Path, program: Program
) -> None:
    """What its digest is of stays what it was: recovery and rollback take all that is in it."""
    program.write("santral.yaml", FILE)
    program.write(SANDBOX_JOURNAL, case.read_bytes())

    recovered = program.run("plan", "--sandbox")
    rolled_back = program.run("rollback", "--sandbox")

    told = {
        "unresolved": "The change had not been applied: the settings from before it are live.",
        "torn": "The change had not been applied: the settings from before it are live.",
    }
    assert (recovered.exit_code, told.get(case.stem, "") in recovered.stderr) == (0, True)
    nothing = case.stem in {"refused", "canary", "failures"}
    assert rolled_back.exit_code == (1 if nothing else 0)
    assert "does not match" not in recovered.stdout + rolled_back.stdout
    assert ("so there is nothing to roll back" in rolled_back.stderr) is nothing


STORIES = ("applied", "refused", "rollback", "sent-again", "settled", "stale", "torn", "unresolved")
VERSIONS = ("1.0", "1.1", "1.2", "1.3")


def test_there_is_such_a_journal_of_each_story() -> None:
    """One that is lost would be missed by nobody else."""
    told = [(case.parent.name, case.stem) for case in ALL_CASES]
    of_each = [(version, story) for version in VERSIONS for story in STORIES]
    since = [("1.2", "sealed"), *(("1.3", story) for story in ("canary", "failures", "sealed"))]
    assert told == sorted([*of_each, *since])


def in_sandbox(program: Program, story: str) -> str:
    """Go on from an old journal in the sandbox, and return the name of its first run."""
    program.write("santral.yaml", FILE)
    content = next(case for case in CASES if case.stem == story).read_text()
    program.write(SANDBOX_JOURNAL, content)
    return str(json.loads(content.splitlines()[0])["run"])


def unkeyed(run: str) -> str:
    """Return what is said of a run of format 1.0."""
    return f"The journal has run {run} in format 1.0, which does not show whether it was edited "


def test_what_an_old_journal_left_open_is_settled_with_a_warning(program: Program) -> None:
    """It has no digest, and goes on all the same."""
    run = in_sandbox(program, "unresolved")

    first, second = (program.run("apply", "--sandbox") for _ in range(2))

    assert (first.exit_code, first.stderr) == (
        0,
        f"{IN_SANDBOX}{unresolved('ankara', run)}"
        "The change had not been applied: the settings from before it are live. "
        f"{unkeyed(run)}since.\n",
    )
    assert second.stderr == IN_SANDBOX


def test_a_run_of_an_old_journal_is_rolled_back_with_a_warning(program: Program) -> None:
    """Which stands in the plan, in every format."""
    run = in_sandbox(program, "sent-again")

    result = program.run("rollback", "--sandbox", "--format", "json")

    santral = json.loads(result.stdout)["santrals"][0]
    assert (result.exit_code, santral["outcome"]["result"]) == (0, "in_sync")
    assert f"{unkeyed(run)}since." in santral["warnings"]


def newer(line: Line, **more: object) -> Line:
    """Return the line as a later 1.x would have written it."""
    made = {**line, **more, "format_version": "1.7"}
    if "digest" in made:
        made["digest"] = digest_of(content_of(made), lines()[0]["api"], KEYS[made["santral"]])
    return made


def test_what_only_a_newer_santral_knows_is_kept_passed_over_and_named_once(
    program: Program, two: StandIn
) -> None:
    """Neither a field, nor one inside another, nor an event makes a line unreadable."""
    start, intent, outcome, *rest = applied(program)
    event = {name: start[name] for name in ("time", "run")} | {"event": "run_paused\x1b"}
    write(
        [
            newer(start, author={"name": "ayşe", "link": None, "team": "crm"}),
            newer(event),
            newer(intent, colour="red"),
            newer(outcome),
            *map(newer, rest[:-1]),
            newer(rest[-1], weather={}),
        ]
    )
    content = Path(JOURNAL).read_bytes()
    told = (
        f"{JOURNAL}: A newer santral wrote to this journal (format 1.7). What this version does "
        f"not know is kept but ignored: run_started.author.team, run_paused\\x1b, intent.colour, "
    )

    listed = program.run("history")
    rolled_back = program.run("rollback")

    for result, lines_more in ((listed, 0), (rolled_back, 2)):
        assert result.exit_code == 0
        assert result.stderr.startswith(told)
        assert result.stderr.count("\n") == 1 + lines_more
    assert "ankara: applied\n" in listed.stdout
    assert (two.live("ankara"), two.live("bursa")) == (OLD, OLD)
    assert Path(JOURNAL).read_bytes().startswith(content)


def test_a_newer_major_format_is_refused_with_a_word_on_which_santral_reads_it(
    program: Program, two: StandIn
) -> None:
    """Nothing is sent; plan, which writes nothing, goes on without what it cannot know."""
    *known, last = applied(program)
    write([*known, {**last, "format_version": "2.0", "event": "anything"}])
    content = Path(JOURNAL).read_bytes()
    two.hold("ankara", OLD)
    two.service.requests.clear()
    why = "Line 6 has format 2.0, which only a newer santral reads. Update santral."

    for command, failed in (
        ("apply", f"cannot be opened. {why} Nothing was sent."),
        ("rollback", f"cannot be opened. {why} Nothing was sent."),
        ("history", f"cannot be read. {why}"),
    ):
        result = program.run(command)
        assert (result.exit_code, result.stdout, result.stderr) == (
            *(1, ""),
            f"The journal {JOURNAL} {failed}\n",
        )
    assert two.service.requests == []
    planned = program.run("plan")
    assert (planned.exit_code, planned.stderr) == (
        0,
        f"The journal {JOURNAL} cannot be read. {why} What earlier runs left unresolved is not "
        "known.\n",
    )
    assert Path(JOURNAL).read_bytes() == content


def edited(**values: object) -> Callable[[Line, Line], Line]:
    """Return an attack that changes fields of ankara's intent."""
    return lambda intent, _: {**intent, **values}


URL = {
    "ringing": "on",
    "answered": "on",
    "hangup": "on",
    "notification_url": "https://evil.example/",
}


def without_digest(line: Line) -> Line:
    """Return the line as if it never had one."""
    return {name: value for name, value in line.items() if name != "digest"}


OTHER_RUN = "20261124T101112Z-0a1b2c"
ATTACKS: dict[str, Callable[[Line, Line], Line]] = {
    "before": edited(before=URL),
    "after": edited(after=URL),
    "time": edited(time="2026-11-24T10:11:12Z"),
    "digest": edited(digest="0" * 32),
    "no digest": edited(digest=None),
    "a digest dropped": lambda intent, _: without_digest(intent),
    "a digest dropped, of a later format": lambda intent, _: (
        {**without_digest(intent), "format_version": "1.4"}
    ),
    "another santral's digest": lambda intent, other: {**intent, "digest": other["digest"]},
    "another santral's entry": lambda intent, other: {**other, "santral": intent["santral"]},
    "a later format": edited(format_version="1.4"),
    "a field more": edited(format_version="1.4", colour="red"),
    "an earlier format": lambda intent, _: (
        {name: value for name, value in intent.items() if name not in ("digest", "record")}
        | {"format_version": "1.0", "before": URL}
    ),
}


def doubt(line: int) -> str:
    """Return what is said of an entry that does not fit ankara's key."""
    return (
        f"Line {line} of the journal does not match the key of this santral: somebody edited it, "
        "or the key was renewed since. Nothing is taken from it. If the key was renewed in the "
        "panel, add --key-renewed ankara. If it was not, find out who edited the journal, and "
        "compare the settings in the panel."
    )


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_entry_that_was_edited_is_refused(
    program: Program, two: StandIn, attack: Callable[[Line, Line], Line]
) -> None:
    """By recovery and by rollback; the other santral's work is done."""
    start, intent, _, other, *_ = applied(program)
    write([start, attack(intent, other)])
    run = start["run"]
    two.hold("ankara", OLD)
    two.hold("bursa", OLD)
    two.service.requests.clear()

    rolled_back = program.run("rollback")
    planned = program.run("plan")
    after = program.run("apply")

    why = unresolved("ankara", run)
    assert (rolled_back.exit_code, planned.exit_code, after.exit_code) == (1, 1, 1)
    assert doubt(2) in rolled_back.stdout
    for result in (planned, after):
        assert result.stderr.endswith(f"{why}{doubt(2)}\n")
        assert doubt(2) in result.stdout
    assert "evil" not in rolled_back.stdout + planned.stdout + after.stdout
    assert two.live("ankara") == OLD
    assert [name for method, name in two.service.requests if method == "POST"] == ["bursa"]
    assert '"settled"' not in Path(JOURNAL).read_text()


def test_so_many_are_tried_as_contributing_says() -> None:
    """One that is left out fails here."""
    assert (len(CASES), len(ALL_CASES), len(ATTACKS), len(FORGED_ENDS)) == (8, 36, 12, 8)


@pytest.mark.parametrize("digest", [{}, {"digest": None}], ids=["dropped", "null"])
def test_a_change_whose_entry_lost_its_digest_is_not_skipped_by_rollback(
    program: Program, two: StandIn, digest: Line
) -> None:
    """Its outcome is there, and whoever has no key could have taken the digest away."""
    start, intent, *rest = applied(program)
    write([start, {**without_digest(intent), **digest}, *rest])

    result = program.run("rollback")

    said = f"{undoing(start['run'], begun(Path(JOURNAL), start['run']))}{ASKED_AGAIN}"
    assert (result.exit_code, doubt(2) in result.stdout, result.stderr) == (1, True, said)
    assert (two.live("ankara"), two.live("bursa")) == (NEW, OLD)


def settled(line: Line, **values: object) -> Line:
    """Return what a later run would have written of ankara's change."""
    common = {name: line[name] for name in ("format_version", "time", "run", "santral", "record")}
    of_run = {"event": "settled", "of_run": line["run"], "finding": "applied", "live": None}
    return {**common, **of_run, "digest": None, **values}


FORGED_ENDS: dict[str, Callable[[Line, Line], Line]] = {
    "settled, a wrong digest": lambda intent, _: settled(intent, digest="0" * 32),
    "settled, no digest": lambda intent, _: settled(intent),
    "settled, a digest dropped": lambda intent, _: without_digest(settled(intent)),
    "settled, the intent's digest": lambda intent, _: settled(intent, digest=intent["digest"]),
    "settled, in format 1.0": lambda intent, _: {
        **{k: v for k, v in without_digest(settled(intent)).items() if k != "record"},
        "format_version": "1.0",
    },
    "an outcome, edited": lambda _, outcome: {**outcome, "result": "refused"},
    "an outcome without a digest": lambda _, outcome: {**outcome, "digest": None},
    "an outcome, a digest dropped": lambda _, outcome: without_digest(outcome),
}


@pytest.mark.parametrize("forged", FORGED_ENDS.values(), ids=FORGED_ENDS)
def test_no_forged_end_silences_an_unresolved_change(
    program: Program, two: StandIn, forged: Callable[[Line, Line], Line]
) -> None:
    """The change itself is of this key, so its end is of somebody else."""
    start, intent, outcome, *_ = applied(program)
    write([start, intent, forged(intent, outcome)])

    planned = program.run("plan")

    why = unresolved("ankara", start["run"])
    assert (planned.exit_code, planned.stderr) == (1, f"{why}{doubt(3)}\n")
    assert doubt(3) in planned.stdout
    assert program.run("rollback").exit_code == 1


@pytest.mark.parametrize("digest", [{}, {"digest": None}], ids=["dropped", "null"])
def test_what_was_settled_without_a_key_is_not_believed_where_the_key_is_at_hand(
    program: Program, two: StandIn, digest: Line
) -> None:
    """What could not be known then can be found out now; it is written down, by the key."""
    start, intent, *_ = applied(program)
    write([start, intent, without_digest(settled(intent, finding="unknown")) | digest])
    applied_all_the_same = "The change had been applied: what it wanted is live.\n"
    told = unresolved("ankara", start["run"]) + applied_all_the_same

    planned, after, again = (program.run(command) for command in ("plan", "apply", "plan"))

    assert [(one.exit_code, one.stderr) for one in (planned, after, again)] == [
        (0, told),
        (0, told),
        (0, ""),
    ]


def test_a_santral_that_left_the_files_is_settled_without_a_key_and_asked_for_on_its_return(
    program: Program, two: StandIn
) -> None:
    """The only line of format 1.1 that has no digest."""
    start, intent, *_ = applied(program)
    write([start, intent])
    program.write("santral.yaml", FILE.replace("  ankara:\n    crm_integration: {}\n", ""))
    unknown = "No santral in the files has this name, so what became of it cannot be found out.\n"

    left, then = (program.run("apply") for _ in range(2))
    written = next(line for line in lines() if line["event"] == "settled")
    program.write("santral.yaml", FILE)
    back = program.run("apply")

    assert (written["finding"], written["digest"]) == ("unknown", None)
    assert (left.exit_code, left.stderr[-len(unknown) :], then.stderr) == (0, unknown, "")
    assert back.stderr.endswith("The change had been applied: what it wanted is live.\n")


def test_old_changes_of_a_key_that_was_renewed_since_are_no_news(
    program: Program, two: StandIn
) -> None:
    """None of their lines fits the key of now, and nothing is left to be found out."""
    applied(program)
    renew(two, program)

    assert (program.run("plan").exit_code, program.run("plan").stderr) == (0, "")


def test_an_entry_of_another_run_or_api_is_refused(program: Program, two: StandIn) -> None:
    """The run and the API are part of what the digest is of."""
    start, intent, *_ = applied(program)
    for other in ({"run": OTHER_RUN}, {"api": "https://api.bulutsantralim.com"}):
        moved = [
            {**line, **{k: v for k, v in other.items() if k in line}} for line in (start, intent)
        ]
        write([moved[0] | {"api": two.origin}, moved[1]] if "run" in other else moved)
        result = program.run("rollback")
        assert result.exit_code == (1 if "run" in other else 3)
        assert (doubt(2) in result.stdout) is ("run" in other)


def test_an_outcome_that_was_edited_hides_no_change_from_rollback(
    program: Program, two: StandIn
) -> None:
    """Said to have been refused, the change would be passed over."""
    start, intent, outcome, *rest = applied(program)
    write([start, intent, {**outcome, "result": "refused"}, *rest])

    result = program.run("rollback")

    assert result.exit_code == 1
    assert doubt(3) in result.stdout
    assert (two.live("ankara"), two.live("bursa")) == (NEW, OLD)


def test_a_run_that_was_rewritten_as_format_1_0_gets_the_warning_of_that_format(
    program: Program, two: StandIn
) -> None:
    """It has no digests to hold it against; that is what the warning says."""
    kept = [
        {k: v for k, v in line.items() if k not in ("digest", "record")}
        for line in applied(program)
    ]
    write({**line, "format_version": "1.0"} for line in kept[:-1])

    result = program.run("rollback")

    assert result.exit_code == 0
    told = f"Warning for ankara, bursa: {unkeyed(kept[0]['run'])}since.\n"
    assert result.stderr.count(told) == 1


FORMATS = ("text", "json", "markdown", "html", "junit")
RENEWED = (
    "--key-renewed ankara: What the journal says of this santral is trusted even where it does "
    "not match its key."
)


def renew(two: StandIn, program: Program) -> None:
    """Give ankara another key, as its panel would."""
    key = KEYS["canakkale"]
    program.monkeypatch.setenv("SANTRAL_KEY_ANKARA", key.reveal())
    program.monkeypatch.delenv("SANTRAL_KEY_CANAKKALE")
    two.hold("canakkale", two.live("ankara"))


def test_a_key_that_was_renewed_is_said_to_be_and_the_plan_shows_it(
    program: Program, two: StandIn
) -> None:
    """In every format; the run goes on, and settles what was open."""
    start, intent, *_ = applied(program)
    write([start, intent])
    renew(two, program)

    assert program.run("plan").exit_code == 1
    for form in FORMATS:
        shown = program.run("plan", "--key-renewed", "ankara", "--format", form)
        assert shown.exit_code == 0
        assert RENEWED in shown.stdout
    program.monkeypatch.setenv("SANTRAL_RENEWED_KEY", "ankara")
    settled = program.run("apply")
    program.monkeypatch.delenv("SANTRAL_RENEWED_KEY")

    assert settled.exit_code == 0
    assert "The change had been applied: what it wanted is live.\n" in settled.stderr
    assert program.run("apply").stderr == ""


def test_a_run_before_a_key_was_renewed_is_rolled_back_when_that_is_said(
    program: Program, two: StandIn
) -> None:
    """Without it, nothing is taken from its entry."""
    applied(program)
    renew(two, program)

    refused = program.run("rollback", "--target", "ankara")
    assert (refused.exit_code, doubt(2) in refused.stdout) == (1, True)
    assert two.live("canakkale") == NEW
    rolled_back = program.run(
        *("rollback", "--target", "ankara", "--run", lines()[0]["run"], "--key-renewed", "ankara")
    )
    assert (rolled_back.exit_code, two.live("canakkale")) == (0, OLD)


@pytest.mark.parametrize("command", ["plan", "apply", "rollback"])
def test_a_renewed_key_of_a_santral_that_no_file_has_is_an_error(
    program: Program, two: StandIn, command: str
) -> None:
    """A slip in the name must not look like a yes."""
    applied(program)

    result = program.run(command, "--key-renewed", "izmir")

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "--key-renewed names izmir, and no santral in the files has this name.\n",
    )


ZEROS = dict.fromkeys(
    ("applied", "in_sync", "stale", "refused", "failed", "not_verified", "not_tried"), 0
)
ENDS: dict[str, tuple[tuple[str, ...], bytes | None, dict[str, int], int, str]] = {
    "applied": ((), None, {"applied": 2}, 0, "Result: 2 applied."),
    "declined": ((), b"n\n", {"not_tried": 2}, 1, "Result: 2 not tried."),
    "given up": ((), b"", {"not_tried": 2}, 130, "Result: 2 not tried."),
    "too many": (("--max-changes", "1"), None, {"not_tried": 2}, 3, "Result: 2 not tried."),
}


@pytest.mark.parametrize(("options", "answer", "counts", "code", "told"), ENDS.values(), ids=ENDS)
def test_a_run_writes_down_what_was_planned_and_what_came_of_it(
    program: Program,
    two: StandIn,
    options: tuple[str, ...],
    answer: bytes | None,
    counts: dict[str, int],
    code: int,
    told: str,
) -> None:
    """However it ends; history shows it, as text and as JSON."""
    result = program.run("apply", *options, stdin=answer or b"", terminal=answer is not None)

    assert result.exit_code == code
    end = {
        "to_change": ["ankara", "bursa"],
        "in_sync": 0,
        "failed": 0,
        "results": {**ZEROS, **counts},
        "exit_code": code,
        "interrupted": code == 130,
        "canary": None,
        "stopped_by": "signal" if code == 130 else None,
    }
    last = lines()[-1]
    assert (last["event"], {name: last[name] for name in end}) == ("run_ended", end)
    document = json.loads(program.run("history", "--format", "json").stdout)
    Draft202012Validator(json.loads(text_of(Schema.HISTORY))).validate(document)
    assert (document["runs"][0]["ended"], document["runs"][0]["end"]) == (True, end)
    how = "Interrupted" if code == 130 else "Ended"
    assert program.run("history").stdout.endswith(
        f"{how} with exit code {code}. Planned: 2 to change, 0 in sync, 0 failed. {told}\n"
    )


def test_a_run_that_fails_on_its_way_writes_its_end_too(program: Program, two: StandIn) -> None:
    """Here the plan could not be shown."""
    program.monkeypatch.setattr("reconciler.cli.output.Presenter.announce", lambda *_, **__: 1 / 0)

    assert program.run("apply").exit_code == 1
    last = lines()[-1]
    assert (last["event"], last["results"], last["exit_code"]) == ("run_ended", None, 1)


def test_a_run_that_was_killed_is_listed_as_one_that_did_not_end(
    program: Program, two: StandIn
) -> None:
    """Its changes may all have an outcome."""
    write_after = applied(program)[:-1]
    write(write_after)

    assert program.run("history").stdout.endswith(
        "This run did not end: it was killed, or the machine went down.\n"
    )
    document = json.loads(program.run("history", "--format", "json").stdout)
    assert (document["runs"][0]["ended"], document["runs"][0]["end"]) == (False, None)


def test_an_end_that_cannot_be_written_is_an_error(program: Program, two: StandIn) -> None:
    """All else was done and is reported."""
    fsync = os.fsync

    def full(file: int) -> None:
        if b'"run_ended"' in Path(JOURNAL).read_bytes():
            raise OSError(28, os.strerror(28))
        fsync(file)

    program.monkeypatch.setattr(os, "fsync", full)

    result = program.run("apply")

    assert (result.exit_code, result.stdout.count(": applied\n")) == (1, 2)
    why = f"The system says: {os.strerror(28)}."
    assert result.stderr == f"The journal {JOURNAL} cannot be written. {why}\n"


def test_a_change_that_was_lost_is_recovered_by_its_own_key(program: Program, two: StandIn) -> None:
    """An entry that fits goes on without a word about it."""
    start, intent, *_ = applied(program)
    write([start, intent])

    result = program.run("plan", "--target", "ankara")

    assert (result.exit_code, result.stderr) == (
        0,
        unresolved("ankara", start["run"])
        + "The change had been applied: what it wanted is live.\n",
    )
