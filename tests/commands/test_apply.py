"""What ``santral apply`` does to the API, what it writes down, and how it ends."""

import json
import os
import re
import signal
import stat
from collections.abc import Callable

import pytest
from support.fleet import ANKARA, BURSA, KEYS, OFF, settings
from support.journals import JOURNAL, events, runs_in
from support.program import Program, without_times
from support.reports import TO_APPLY, TO_APPLY_IN_SANDBOX, assert_follows_schema, ended, summary
from support.stand_in import StandIn

from reconciler.client import api
from reconciler.client.api import Api, Delivery, WriteResult
from reconciler.core.messages import Message
from reconciler.core.settings import Settings
from reconciler.sandbox.service import Reply


def test_apply_shows_the_plan_changes_each_santral_and_says_so(
    program: Program, two: StandIn
) -> None:
    """Without a terminal it does not ask, since apply was given."""
    result = program.run("apply")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "~ ankara  (santral.yaml:9:3)\n"
        "    ringing           off → on\n"
        "    answered          off → on\n"
        "    hangup            off → on\n"
        "    notification_url  (not set) → https://crm.example.com/ankara\n"
        "                      new host: crm.example.com\n"
        "\n"
        "~ bursa  (santral.yaml:11:3)\n"
        "    answered          off → on\n"
        "    hangup            off → on\n"
        "    notification_url  (not set) → https://crm.example.com/bursa\n"
        "                      new host: crm.example.com\n"
        "\n"
        "Plan: 2 to change, 0 in sync, 0 failed.\n"
        "ankara: applied\n"
        "bursa: applied\n"
        "\n" + summary(applied=2)
    )
    assert (two.live("ankara"), two.live("bursa")) == (ANKARA, BURSA)


def test_each_change_is_read_sent_once_and_read_back(program: Program, two: StandIn) -> None:
    """One GET for the plan, one right before, one POST, one GET after it."""
    program.run("apply", "--target", "ankara")

    assert [method for method, _ in two.service.requests] == ["GET", "GET", "POST", "GET"]


def test_a_second_apply_makes_no_post(program: Program, two: StandIn) -> None:
    """Each POST makes the vendor call the customer's server, so none is made for nothing."""
    program.run("apply")
    two.service.requests.clear()

    result = program.run("apply")

    assert (result.exit_code, result.stdout) == (
        0,
        "Plan: 0 to change, 2 in sync, 0 failed.\n" + summary(in_sync=2),
    )
    assert sorted(two.service.requests) == [("GET", "ankara"), ("GET", "bursa")]


def test_unmanaged_fields_are_sent_back_as_they_are(program: Program, stand_in: StandIn) -> None:
    """The POST always carries the complete set."""
    program.write(
        "santral.yaml", "version: 1\nsantrals: {ankara: {crm_integration: {hangup: on}}}\n"
    )
    stand_in.hold("ankara", settings("on", "off", "off", "https://old.example.com/?t=1&u=ç"))

    assert program.run("apply").exit_code == 0
    assert stand_in.live("ankara") == settings(
        "on", "off", "on", "https://old.example.com/?t=1&u=ç"
    )


def test_json_adds_the_outcomes_to_the_plan(program: Program, two: StandIn) -> None:
    """One document, of the plan's schema."""
    two.hold("bursa", BURSA)

    result = program.run("apply", "--format", "json")

    document = json.loads(result.stdout)
    assert_follows_schema(document)
    assert [santral["outcome"] for santral in document["santrals"]] == [
        {"result": "applied", "reason": None, "reason_messages": [], "moved": []},
        {"result": "in_sync", "reason": None, "reason_messages": [], "moved": []},
    ]
    assert document["summary"] == {
        "change": 1,
        "in_sync": 1,
        "failed": 0,
        "causes": None,
        "outcomes": {
            "applied": 1,
            "in_sync": 1,
            "stale": 0,
            "refused": 0,
            "failed": 0,
            "not_verified": 0,
            "not_tried": 0,
        },
    }


def test_a_santral_that_moved_after_the_plan_is_not_touched(program: Program, two: StandIn) -> None:
    """Somebody clicked in the panel between plan and change; the other one is applied."""
    moved = settings("off", "on", "off", "https://crm.example.com/?t=secret")
    two.move("ankara", moved, before=("GET", 2))

    result = program.run("apply")

    assert result.exit_code == 3
    assert result.stdout.endswith(
        "ankara: stale. The live settings changed after the plan was made. Nothing was sent. "
        "Plan again.\n"
        "    Expected, and what is live instead:\n"
        "    answered          off → on\n"
        "    notification_url  (not set) → https://crm.example.com/?t=***\n"
        "                      new host: crm.example.com\n"
        "bursa: applied\n"
        "\n" + summary(applied=1, stale=1)
    )
    assert ("POST", "ankara") not in two.service.requests


def test_a_refused_change_leaves_the_others_going(program: Program, two: StandIn) -> None:
    """The vendor tests a new URL; that the customer's server is down is that santral's trouble."""
    refusal = f"URL test failed for\n{KEYS['ankara'].reveal().lower()}\x1b[31m"
    two.answer("POST", "ankara", with_=Reply(400, refusal))

    result = program.run("apply")

    assert result.exit_code == 1
    assert result.stdout.endswith(
        'ankara: refused. The API answered 400: "URL test failed for ***\\x1b[31m". It tests a new '
        "notification_url with a POST and expects a success answer. Is that server up? "
        "santral doctor --desired shows what it answers.\n"
        "bursa: applied\n"
        "\n" + summary(applied=1, refused=1)
    )
    assert two.service.requests.count(("POST", "ankara")) == 1


def test_a_key_that_is_renewed_meanwhile_is_said_to_be_refused(
    program: Program, two: StandIn
) -> None:
    """Reading back would be refused too, so it is not tried."""
    two.answer("POST", "ankara", with_=Reply(401, "Gecersiz anahtar: x"))

    result = program.run("apply", "--target", "ankara")

    assert (result.exit_code, result.stdout.splitlines()[-3:]) == (
        1,
        [
            "ankara: refused. The API refused the key. Copy it from the panel again: it "
            "may have been renewed there.",
            "",
            summary(refused=1).strip(),
        ],
    )
    assert [method for method, _ in two.service.requests] == ["GET", "GET", "POST"]


def test_settings_that_read_back_otherwise_are_not_verified(program: Program, two: StandIn) -> None:
    """A server that normalises what it is sent must not pass for success."""
    normalised = settings("on", "on", "on", "https://crm.example.com/Ankara")
    two.move("ankara", normalised, before=("GET", 3))

    result = program.run("apply", "--target", "ankara")

    assert result.exit_code == 4
    assert result.stdout.endswith(
        "ankara: not verified. The change was sent, but the live settings are not what was "
        "wanted. Compare them, and plan again.\n"
        "    Expected, and what is live instead:\n"
        "    notification_url  https://crm.example.com/ankara → https://crm.example.com/Ankara\n"
        "\n" + summary(not_verified=1)
    )


def test_the_journal_tells_each_change_before_and_after(program: Program, two: StandIn) -> None:
    """It is what a rollback would send, so it holds whole settings; and never a key."""
    program.run("apply", "--target", "ankara")

    text = JOURNAL.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    runs = {line.pop("run") for line in lines}
    times = [line.pop("time") for line in lines]
    digests = [line.pop("digest") for line in lines[1:3]]
    start, end = lines.pop(0), lines.pop()
    assert len(runs) == 1
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time) for time in times)
    off = {"ringing": "off", "answered": "off", "hangup": "off", "notification_url": None}
    on = {"ringing": "on", "answered": "on", "hangup": "on"}
    after = {**on, "notification_url": "https://crm.example.com/ankara"}
    common = {"format_version": "1.3", "santral": "ankara", "record": "crm_integration"}
    assert start.items() >= {"event": "run_started", "command": "apply", "api": two.origin}.items()
    assert lines == [
        {**common, "event": "intent", "before": off, "after": after},
        {**common, "event": "outcome", "result": "applied", "live": after},
    ]
    assert all(re.fullmatch("[0-9a-f]{32}", digest) for digest in digests)
    assert end["event"] == "run_ended"
    assert not any(key.reveal() in text for key in KEYS.values())


LOST = Reply(502, "")
"""An answer that leaves open whether a POST was taken; it was not."""


def test_a_change_that_is_sent_again_is_written_down_again_first(
    program: Program, two: StandIn
) -> None:
    """Who reads the journal after a crash knows how often it may have been sent."""
    two.answer("POST", nth=1, with_=LOST)

    program.run("apply", "--target", "ankara")

    assert [method for method, _ in two.service.requests] == [
        "GET",
        "GET",
        "POST",
        "GET",
        "GET",
        "POST",
        "GET",
    ]
    assert events(JOURNAL) == ["run_started", "intent", "sending_again", "outcome", "run_ended"]


def test_verbose_tells_each_request_and_each_wait(program: Program, two: StandIn) -> None:
    """A minute and a half without a word would look like a hang."""
    limited = Reply(429, "", headers={"Retry-After": "90"})
    two.answer("GET", nth=1, with_=limited)
    two.answer("POST", nth=1, with_=limited)
    two.answer("POST", nth=2, with_=LOST)

    result = program.run("apply", "-v", "--target", "ankara")

    assert without_times(result.stderr).splitlines() == [
        "GET ankara: Answered 429 in ... s.",
        "GET ankara: Waiting 90 s before trying again.",
        "GET ankara: Answered 200 in ... s.",
        "GET ankara: Answered 200 in ... s.",
        "POST ankara: Answered 429 in ... s.",
        "GET ankara: Waiting 90 s before reading back.",
        "GET ankara: Answered 200 in ... s.",
        "POST ankara: Answered 502 in ... s.",
        "GET ankara: Answered 200 in ... s.",
        "GET ankara: Waiting 5 s before reading back again, because the POST may take effect late.",
        "GET ankara: Answered 200 in ... s.",
    ]


def test_the_journal_is_its_owners_alone_and_in_no_commit(program: Program, two: StandIn) -> None:
    """Mode 0600 in a folder of 0700 that git ignores."""
    program.run("apply")

    assert stat.S_IMODE(JOURNAL.stat().st_mode) == 0o600
    assert stat.S_IMODE(JOURNAL.parent.stat().st_mode) == 0o700
    assert (JOURNAL.parent / ".gitignore").read_text() == "*\n"


def test_without_a_journal_nothing_is_read_or_sent(program: Program, two: StandIn) -> None:
    """Here a symbolic link stands in its place, which could lead anywhere."""
    program.write("elsewhere", "")
    JOURNAL.parent.mkdir()
    JOURNAL.symlink_to(program.folder / "elsewhere")

    result = program.run("apply")

    assert (result.exit_code, result.stdout, two.service.requests) == (1, "", [])
    assert result.stderr == (
        "The journal .santral/journal.jsonl cannot be opened. .santral/journal.jsonl is a link, "
        "which may lead anywhere. Remove it, or name the place it leads to. Nothing was sent.\n"
    )


def fill_disk(program: Program, fails_at: int) -> str:
    """Let no fsync of the journal work from this one on, and return what apply says of it."""
    fsync, calls = os.fsync, [0]

    def full(descriptor: int) -> None:
        calls[0] += stat.S_ISREG(os.fstat(descriptor).st_mode)
        if calls[0] >= fails_at:
            raise OSError(28, os.strerror(28))
        fsync(descriptor)

    program.monkeypatch.setattr(os, "fsync", full)
    return (
        f"The journal .santral/journal.jsonl cannot be written. The system says: {os.strerror(28)}."
    )


@pytest.mark.parametrize(("fails_at", "posts"), [(2, 0), (3, 1)], ids=["intent", "outcome"])
def test_a_full_disk_stops_what_comes_after(
    program: Program, two: StandIn, fails_at: int, posts: int
) -> None:
    """No intent on the disk, no POST; no outcome on it, no exit code 0."""
    reason = fill_disk(program, fails_at)

    result = program.run("apply", "--target", "ankara")

    ends = {0: f"failed. {reason} Nothing was sent.", 1: f"applied. {reason}"}
    assert (result.exit_code, two.count("POST")) == (1, posts)
    assert result.stdout.splitlines()[-3] == f"ankara: {ends[posts]}"


def test_a_full_disk_stops_the_second_try(program: Program, two: StandIn) -> None:
    """What cannot be written down is not sent, and what is live is told all the same."""
    two.answer("POST", nth=1, with_=LOST)
    fill_disk(program, fails_at=3)

    result = program.run("apply", "--target", "ankara")

    assert (result.exit_code, two.count("POST")) == (1, 1)
    assert result.stdout.splitlines()[-3] == (
        "ankara: failed. The old settings are still live. The API answered 502. An earlier line "
        "could not be written to the journal .santral/journal.jsonl."
    )


URL = "'https://crm.example.com/x'"
FLEET = f"version: 1\ndefaults: {{crm_integration: {{notification_url: {URL}}}}}\nsantrals:\n" + (
    "".join(f"  s{number}: {{crm_integration: {{}}}}\n" for number in range(10))
)

GUARDS = {
    "the default share": ((), "30%", True),
    "a larger share": (("--max-changes", "100%"), "100%", False),
    "a number": (("--max-changes", "9"), "9", True),
    "a number that is enough": (("--max-changes", "10"), "10", False),
}


@pytest.mark.parametrize(("options", "limit", "is_tripped"), GUARDS.values(), ids=GUARDS)
def test_a_plan_that_changes_too_much_is_shown_and_not_applied(
    program: Program, options: tuple[str, ...], limit: str, is_tripped: bool
) -> None:
    """A fleet of ten santrals is guarded without being asked."""
    program.write("santral.yaml", FLEET)
    guard = (
        f"Guard: 10 of 10 santrals with a usable key would change; --max-changes allows {limit}. "
        "apply refuses this plan (exit code 3). If it is intended, give --max-changes 10.\n"
    )

    planned = program.run("plan", "--sandbox", *options)
    applied = program.run("apply", "--sandbox", *options)

    assert planned.stdout.endswith(
        "Plan: 10 to change, 0 in sync, 0 failed."
        + (f"\n{guard}" if is_tripped else TO_APPLY_IN_SANDBOX)
    )
    assert (planned.exit_code, applied.exit_code) == (0, 3 if is_tripped else 0)
    ended = summary(not_tried=10) + guard if is_tripped else summary(applied=10)
    assert applied.stdout.endswith(ended)


def test_the_guard_counts_the_whole_fleet_whatever_is_targeted(program: Program) -> None:
    """Three of ten are 30 %, which is allowed, though they are all that was targeted."""
    program.write("santral.yaml", FLEET)

    result = program.run("apply", "--sandbox", "--target", "s[123]")

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, summary(applied=3).strip())


def test_the_guard_is_in_the_json(program: Program) -> None:
    """A reviewer's tool reads the verdict there."""
    program.write("santral.yaml", FLEET)

    document = json.loads(program.run("plan", "--sandbox", "--format", "json").stdout)

    assert document["guard"] == {"limit": "30%", "changes": 10, "fleet": 10, "tripped": True}
    assert_follows_schema(document)


ANSWERS = {"yes": (b"y\n", 0, ANKARA), "no": (b"n\n", 1, OFF), "just enter": (b"\n", 1, OFF)}


@pytest.mark.parametrize(("typed", "code", "live"), ANSWERS.values(), ids=ANSWERS)
def test_on_a_terminal_it_asks_first(
    program: Program, two: StandIn, typed: bytes, code: int, live: Settings
) -> None:
    """Only a clear yes counts."""
    result = program.run("apply", "--target", "ankara", stdin=typed, terminal=True)

    assert (result.exit_code, two.live("ankara")) == (code, live)
    assert "Apply this change? [y/N]: " in result.stderr


def test_with_yes_it_does_not_ask(program: Program, two: StandIn) -> None:
    """Also on a terminal."""
    result = program.run("apply", "--yes", terminal=True)

    assert (result.exit_code, "Apply these" in result.stderr) == (0, False)
    assert two.live("ankara") == ANKARA


def test_json_on_a_terminal_is_asked_about_on_stderr(program: Program, two: StandIn) -> None:
    """Who is asked sees what, and stdout stays one document."""
    plan = program.run("plan").whole_stdout.removesuffix(TO_APPLY)
    quiet = ("-q", "--no-color", "--format", "json")

    result = program.run("apply", *quiet, stdin=b"n\n", terminal=True)

    assert result.stderr == f"{plan}\nApply these 2 changes? [y/N]: "
    assert json.loads(result.stdout)["summary"]["outcomes"]["not_tried"] == 2


def unreachable_once(program: Program, meanwhile: Callable[[], object]) -> None:
    """Let the first POST not leave this machine, and something happen until it is tried again."""
    write = Api.write

    def unsent(*_: object) -> WriteResult:
        program.monkeypatch.setattr(Api, "write", write)
        meanwhile()
        return WriteResult(Delivery.UNSENT, (Message("connection-none"),), may_retry=True)

    program.monkeypatch.setattr(Api, "write", unsent)


def test_a_change_that_could_not_be_sent_is_looked_at_again_before_it_is(
    program: Program, two: StandIn
) -> None:
    """While no connection was to be had somebody clicked in the panel; that is not overwritten."""
    clicked = settings("off", "on", "off", None)
    unreachable_once(program, lambda: two.hold("ankara", clicked))

    result = program.run("apply", "--target", "ankara")

    assert (result.exit_code, two.count("POST")) == (3, 0)
    assert result.stdout.splitlines()[-5:-2] == [
        "ankara: stale. The live settings changed after the plan was made. Nothing was sent. Plan "
        "again.",
        "    Expected, and what is live instead:",
        "    answered  off → on",
    ]
    assert two.live("ankara") == clicked
    assert ended(JOURNAL) == ["stale"]


def test_a_change_that_could_not_be_sent_is_not_tried_again_once_the_run_is_interrupted(
    program: Program, two: StandIn
) -> None:
    """It did not fail: the run did not come to it any more."""
    unreachable_once(program, lambda: os.kill(os.getpid(), signal.SIGTERM))

    result = program.run("apply", "--target", "ankara")

    assert (result.exit_code, two.count("POST")) == (143, 0)
    told = "ankara: not tried. The run was interrupted before this change was sent. Run again."
    assert result.stdout.splitlines()[-3] == told
    assert ended(JOURNAL) == ["not_tried"]


def test_a_lost_post_stays_known_when_the_second_cannot_be_sent(
    program: Program, two: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first one left behind is what is told, not that nothing was sent."""
    answers = [
        WriteResult(Delivery.UNKNOWN, (Message("connection-broken"),)),
        WriteResult(Delivery.UNSENT, (Message("connection-none"),)),
    ]
    monkeypatch.setattr(Api, "write", lambda *_: answers.pop(0))

    result = program.run("apply", "--target", "ankara")

    assert (result.exit_code, result.stdout.splitlines()[-3]) == (
        1,
        "ankara: failed. The old settings are still live. The connection broke before a complete "
        "answer had arrived. Run again.",
    )


BUGS = {
    "while reading": ("plan", "decode_settings", "failed", 1),
    "while changing": ("apply", "_accepted", "not verified", 4),
}


@pytest.mark.parametrize(("command", "broken", "word", "code"), BUGS.values(), ids=BUGS)
def test_a_bug_takes_no_other_santral_along(
    program: Program,
    two: StandIn,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    broken: str,
    word: str,
    code: int,
) -> None:
    """It is told of one santral, without any value; the other goes on."""
    right, calls = getattr(api, broken), []

    def buggy(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError(KEYS["ankara"].reveal())
        return right(*arguments)

    monkeypatch.setattr(api, broken, buggy)

    result = program.run(command, "--parallelism", "1")

    assert result.exit_code == code
    bug = r"A bug in santral ended this \(ZeroDivisionError at test_apply\.py:[0-9]+, buggy\)\. "
    assert re.search(bug, result.stdout)
    assert f"1 {word}" in result.stdout.splitlines()[-1]
    assert KEYS["ankara"].reveal() not in result.stdout + result.stderr
    if command == "apply":
        assert sorted(events(JOURNAL)) == [
            *("intent", "intent", "outcome", "outcome", "run_ended", "run_started")
        ]
        assert two.live("bursa") == BURSA


def test_without_a_terminal_for_stderr_it_still_asks(program: Program, two: StandIn) -> None:
    """Whether it asks is decided by who could answer: stdin."""
    result = program.run("apply", "-q", stdin=b"", terminal=True)

    assert (result.exit_code, two.count("POST")) == (130, 0)
    assert result.stdout.endswith(summary(not_tried=2))


def test_a_lost_post_that_takes_effect_while_the_second_waits_is_applied(
    program: Program, two: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look before the second try finds it, and it is judged by what is live then."""
    answers = [
        WriteResult(Delivery.UNKNOWN, (Message("connection-broken"),)),
        WriteResult(Delivery.UNSENT, (Message("connection-none"),), may_retry=True),
    ]

    def write(*_: object) -> WriteResult:
        if len(answers) == 1:
            two.hold("ankara", ANKARA)
        return answers.pop(0)

    monkeypatch.setattr(Api, "write", write)

    result = program.run("apply", "--target", "ankara")

    assert (result.exit_code, result.stdout.splitlines()[-3]) == (0, "ankara: applied")
    assert (answers, two.count("POST")) == ([], 0)


def test_a_refusal_that_quotes_the_url_gives_its_token_away_nowhere(
    program: Program, stand_in: StandIn
) -> None:
    """Neither the one that was sent, in any spelling, nor that of another URL in the answer."""
    url = "https://crm.example.com/x?token=s%C3%BCper-secret"
    said = f"{url} bad, süper-secret bad, see https://other.example.com/?key=abc"
    entry = f"{{crm_integration: {{notification_url: '{url}'}}}}"
    program.write("santral.yaml", f"version: 1\nsantrals: {{ankara: {entry}}}\n")
    stand_in.answer("POST", with_=Reply(400, said))

    result = program.run("apply")

    assert result.exit_code == 1
    assert (
        'The API answered 400: "https://crm.example.com/x?token=*** bad, *** bad, '
        'see https://other.example.com/?key=***"'
    ) in result.stdout


def test_a_run_that_changed_something_says_how_it_is_called_and_undone(
    program: Program, two: StandIn
) -> None:
    """At three in the morning nobody looks for its ID; a run that changed nothing has none."""
    changed = program.run("apply")
    unchanged = program.run("apply")

    run = runs_in(JOURNAL)[0]
    assert changed.named == f"This was run {run}. santral rollback --run {run} undoes it.\n"
    assert unchanged.named == ""
    assert program.run("rollback", "--run", run).exit_code == 0
    assert two.live("ankara").ringing == OFF.ringing


def test_quiet_does_not_say_how_a_run_is_called(program: Program, two: StandIn) -> None:
    """It writes only errors."""
    result = program.run("apply", "-q")

    assert (result.exit_code, result.named, result.stderr) == (0, "", "")


def test_a_journal_beside_the_files_is_named_before_another_is_begun_here(
    program: Program, two: StandIn
) -> None:
    """Else history and rollback would not find the run where everybody looks; said once."""
    program.run("apply")
    (program.folder / "below").mkdir()
    program.monkeypatch.chdir(program.folder / "below")

    first = program.run("apply", "-c", "../santral.yaml")
    second = program.run("apply", "-c", "../santral.yaml")

    assert first.stderr == (
        "Warning: There is a journal in .., beside the files. This run writes one of its own here, "
        "where history and rollback of that folder do not find it. Run there, or name it with "
        "--journal.\n"
    )
    assert second.stderr == ""
    named = program.run("apply", "-c", "../santral.yaml", "--journal", "../.santral/journal.jsonl")
    assert named.stderr == ""
