"""``apply --canary`` and ``--max-failures``: a few first, and no more once too many have failed."""

import json
import os
import signal
import stat
import threading
from collections.abc import Callable, Collection

import pytest
from jsonschema import Draft202012Validator
from support.fleet import FILE, KEYS, OFF, settings
from support.journals import JOURNAL
from support.program import IN_SANDBOX, Program, Result
from support.reports import assert_follows_schema, summary
from support.stand_in import StandIn

from reconciler.apply.protocol import NOT_SENT, Protocol
from reconciler.cli.console import Console
from reconciler.client.api import Account
from reconciler.core.canary import Canary
from reconciler.core.fleet import Place, Santral
from reconciler.core.outcome import Outcome
from reconciler.core.plan import Pending
from reconciler.core.settings import DesiredSettings
from reconciler.core.stop import Stop
from reconciler.engine.jobs import Job
from reconciler.engine.retry import GIVEN_UP
from reconciler.engine.scheduler import Scheduler
from reconciler.sandbox.service import Reply
from reconciler.schemas import Schema, text_of

NAMES = [*KEYS]
LABELLED = """\
version: 1
defaults:
  crm_integration: {ringing: on, answered: on, hangup: on}
santrals:
  ankara:
    labels: {pilot: "yes", city: ankara}
    crm_integration: {notification_url: "https://crm.example.com/ankara"}
  bursa:
    labels: {pilot: "no", city: bursa}
    crm_integration: {notification_url: "https://crm.example.com/bursa"}
  canakkale:
    crm_integration: {notification_url: "https://crm.example.com/canakkale"}
  denizli:
    labels: {pilot: "no"}
    crm_integration: {notification_url: "https://crm.example.com/denizli"}
"""
LEFT = (
    "The canary did not end as applied, so this change was not begun. See what became of the "
    "canary, and run again."
)
ENOUGH = "--max-failures was reached before this change was sent. See what failed, and run again."
FOLLOWS = "The canary ended as applied. {} changes follow.\n"
NOTE = "Canary: {}. The other {} changes follow only if all of these end as applied."
REFUSAL = Reply(400, "no")
ONE_BY_ONE = ("--parallelism", "1")
PILOT = ("--canary", "pilot=yes")


def wanted(name: str) -> object:
    """Return what the file wants of a santral."""
    return settings("on", "on", "on", f"https://crm.example.com/{name}")


@pytest.fixture
def four(program: Program, stand_in: StandIn) -> StandIn:
    """Give a file of four santrals, none set up yet; ankara is the pilot."""
    program.write("santral.yaml", LABELLED)
    return stand_in


def end_of_run() -> dict[str, object]:
    """Return what the last run wrote down at its end."""
    last = json.loads(JOURNAL.read_text().splitlines()[-1])
    assert last["event"] == "run_ended"
    return {name: last[name] for name in ("canary", "stopped_by", "exit_code")}


def posted(api: StandIn) -> list[str]:
    """Return whose settings were sent, in that order."""
    return [name for method, name in api.service.requests if method == "POST"]


def results(result: Result) -> dict[str, str]:
    """Return how each santral ended, from JSON."""
    document = json.loads(result.stdout)
    assert_follows_schema(document)
    return {one["name"]: one["outcome"]["result"] for one in document["santrals"]}


def test_the_canary_is_read_back_before_anything_else_is_begun(
    program: Program, four: StandIn
) -> None:
    """Who reads the log sees which ones it was, and that it went well."""
    result = program.run("apply", "--canary", "2")

    first = end_of_run()["canary"]
    assert isinstance(first, list)
    note = NOTE.format(", ".join(first), 2)
    assert (result.exit_code, result.stderr) == (0, FOLLOWS.format(2))
    assert f"\nNote: {note}\n\nPlan: 4 to change, 0 in sync, 0 failed.\n" in result.stdout
    assert result.stdout.endswith(summary(applied=4))
    assert [four.live(name) for name in NAMES] == [wanted(name) for name in NAMES]
    planned, tried, rest = (four.service.requests[a:b] for a, b in ((0, 4), (4, 10), (10, 16)))
    assert {name for _, name in planned} == {*NAMES}
    assert ({name for _, name in tried}, len(first)) == ({*first}, 2)
    assert {name for _, name in rest} == {*NAMES} - {*first}
    assert end_of_run() == {"canary": first, "stopped_by": None, "exit_code": 0}
    assert program.run("history").stdout.endswith(
        f"Result: 4 applied. Canary: {', '.join(first)}.\n"
    )


def pending(name: str, **labels: str) -> Pending:
    """Return a change, of which only the santral counts."""
    place, nothing = Place("santral.yaml", 1, 1), DesiredSettings()
    santral = Santral(name, name, nothing, place, labels=tuple(sorted(labels.items())))
    return Pending(santral, OFF, OFF, ())


MANY = [pending(f"s{number}") for number in range(200)]
SIZES = {
    "1": 1,
    "007": 7,
    "500": 200,
    "999999999": 200,
    "1%": 2,
    "33%": 66,
    "100%": 200,
}


@pytest.mark.parametrize(("text", "size"), SIZES.items())
def test_a_number_or_a_share_means_so_many_others_in_each_run(text: str, size: int) -> None:
    """By the run and the name, so neither the file's order nor an earlier run decides."""
    canary = Canary.of(text)
    assert canary
    runs = [canary.chosen(MANY, f"20261125T08000{n}Z-0a1b2c") for n in (1, 2, 3)]

    assert [len(chosen) for chosen in runs] == [size] * 3
    assert canary.chosen(MANY[::-1], "20261125T080001Z-0a1b2c") == runs[0]
    assert (len({*runs}) > 1) is (size < 200)


def test_a_share_is_one_change_at_least() -> None:
    """1 % of three is one of them, 34 % are two."""
    chosen = [Canary.of(text) for text in ("1%", "33%", "34%")]

    assert [one and len(one.chosen(MANY[:3], "run")) for one in chosen] == [1, 1, 2]


LABELS = {
    "pilot=yes": ["ankara"],
    "pilot=y*": ["ankara"],
    "pilot": ["ankara", "bursa", "denizli"],
    "pilot!=yes": ["bursa", "canakkale", "denizli"],
    "city!=*a": ["canakkale", "denizli"],
}


@pytest.mark.parametrize(("text", "names"), LABELS.items())
def test_a_label_means_those_that_select_would_mean(
    program: Program, four: StandIn, text: str, names: list[str]
) -> None:
    """They alone come first."""
    program.monkeypatch.setenv("SANTRAL_CANARY", text)

    assert program.run("apply").exit_code == 0
    assert (end_of_run()["canary"], sorted(posted(four)[: len(names)])) == (names, names)


WRONG = ("0", "0%", "000", "101%", "1.5%", "-1", "50 %", "%", "", "=yes", "a,b", "1234567890")
NOT_OF_FILES = " Compare --canary with the labels in the files.\n"


@pytest.mark.parametrize("text", WRONG)
def test_a_canary_that_is_none_is_a_usage_error(program: Program, four: StandIn, text: str) -> None:
    """Before anything is asked of the API."""
    result = program.run("apply", f"--canary={text}")

    said = "percentage from 1% to 100%, or a label such as pilot=yes.\n"
    assert (result.exit_code, result.stdout, four.service.requests) == (1, "", [])
    assert result.stderr.endswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    {
        "pilot=maybe": f'No santral has the label "pilot=maybe".{NOT_OF_FILES}',
        "pilto=yes": 'No santral has the label "pilto". Did you mean "pilot"?\n',
        "pilot!=ye": 'No santral has the label "pilot=ye". Did you mean "pilot=ye*"?\n',
        "\u202ex=1": f'No santral has the label "\\u202ex".{NOT_OF_FILES}',
        "9e9": f'No santral has the label "9e9".{NOT_OF_FILES}',
    }.items(),
)
def test_a_label_that_no_santral_has_is_the_error_that_it_is_for_select(
    program: Program, four: StandIn, text: str, said: str
) -> None:
    """Also where there is nothing to change: it is a slip all the same."""
    given = program.run("apply", "--canary", text)
    program.monkeypatch.setenv("SANTRAL_CANARY", text)
    by_variable = program.run("apply")

    assert (given.exit_code, given.stdout, given.stderr) == (1, "", said)
    assert by_variable.stderr == f"{said}Taken from the environment: SANTRAL_CANARY.\n"
    assert four.service.requests == []


def test_a_label_of_none_of_the_changes_is_an_error_and_nothing_is_sent(
    program: Program, four: StandIn
) -> None:
    """The pilot has what it should have already, so it would prove nothing."""
    four.hold("ankara", settings("on", "on", "on", "https://crm.example.com/ankara"))

    result = program.run("apply", *PILOT)

    assert (result.exit_code, posted(four)) == (1, [])
    assert result.stdout.endswith(
        "3 santrals: not tried. None of the changes has the label that --canary names, so none of "
        "them could be tried first. Nothing was sent.\n"
        "    bursa, canakkale, denizli\n\n" + summary(in_sync=1, not_tried=3)
    )
    assert end_of_run() == {"canary": [], "stopped_by": None, "exit_code": 1}


@pytest.mark.parametrize("text", ["1", "10%", "pilot=yes"])
def test_where_there_is_nothing_to_change_there_is_nothing_to_try(
    program: Program, four: StandIn, text: str
) -> None:
    """And that is no error: a pipeline runs with the same options each time."""
    program.run("apply")

    result = program.run("apply", "--canary", text)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "Plan: 0 to change, 4 in sync, 0 failed.\n" + summary(in_sync=4)


@pytest.mark.parametrize("text", ["4", "99", "100%"])
def test_a_canary_may_be_all_of_the_changes(program: Program, four: StandIn, text: str) -> None:
    """Nothing follows it then, and nobody says so."""
    result = program.run("apply", "--canary", text)

    assert (result.exit_code, result.stderr) == (0, "")
    assert "\nNote: Canary: all of the changes.\n" in result.stdout
    assert (sorted(posted(four)), end_of_run()["canary"]) == (NAMES, NAMES)


def refused(_: Program, four: StandIn) -> None:
    """Let the API refuse the change."""
    four.answer("POST", "ankara", with_=REFUSAL)


def stale(_: Program, four: StandIn) -> None:
    """Let somebody change the settings after the plan."""
    four.move("ankara", settings("off", "off", "on", None), before=("GET", 2))


def in_sync_by_then(_: Program, four: StandIn) -> None:
    """Let somebody make the very change, after the plan."""
    moved = settings("on", "on", "on", "https://crm.example.com/ankara")
    four.move("ankara", moved, before=("GET", 2))


def other_live(_: Program, four: StandIn) -> None:
    """Let something else be live after the change."""
    four.move("ankara", settings("off", "off", "on", None), before=("GET", 3))


def unread(_: Program, four: StandIn) -> None:
    """Let the API know the key no more, right before the change."""
    four.answer("GET", "ankara", 2, with_=Reply(401, ""))


def buggy(program: Program, _: StandIn) -> None:
    """Let the program itself fail."""
    change = Protocol.change

    def fails(self: Protocol, account: Account, pending: Pending) -> Job[Outcome]:
        yield from ()
        if account.name == "ankara":
            raise ZeroDivisionError
        return (yield from change(self, account, pending))

    program.monkeypatch.setattr(Protocol, "change", fails)


def full_disk(fails_at: int) -> Callable[[Program, StandIn], None]:
    """Return how to let the journal take no more from one record on."""

    def fill(program: Program, _: StandIn) -> None:
        fsync, calls = os.fsync, [0]

        def full(descriptor: int) -> None:
            calls[0] += stat.S_ISREG(os.fstat(descriptor).st_mode)
            if calls[0] >= fails_at:
                raise OSError(28, os.strerror(28))
            fsync(descriptor)

        program.monkeypatch.setattr(os, "fsync", full)

    return fill


TROUBLES: dict[str, tuple[Callable[[Program, StandIn], None], str, int, int]] = {
    "refused": (refused, "refused", 1, 1),
    "stale": (stale, "stale", 3, 0),
    "in sync by then": (in_sync_by_then, "stale", 3, 0),
    "not verified": (other_live, "not_verified", 4, 1),
    "failed": (unread, "failed", 1, 0),
    "a bug": (buggy, "not_verified", 4, 0),
    "no intent on the disk": (full_disk(2), "failed", 1, 0),
    "no outcome on the disk": (full_disk(3), "applied", 1, 1),
}


@pytest.mark.parametrize(("arrange", "ended", "code", "posts"), TROUBLES.values(), ids=TROUBLES)
def test_nothing_follows_a_canary_that_does_not_end_as_applied(
    program: Program,
    four: StandIn,
    arrange: Callable[[Program, StandIn], None],
    ended: str,
    code: int,
    posts: int,
) -> None:
    """Applied but not on record is not enough: a rollback would not know of it."""
    arrange(program, four)

    result = program.run("apply", *PILOT, "--format", "json")

    others = NAMES[1:]
    document = json.loads(result.stdout)
    assert result.exit_code == code
    assert results(result) == {"ankara": ended, **dict.fromkeys(others, "not_tried")}
    assert {one["outcome"]["reason"] for one in document["santrals"][1:]} == {LEFT}
    assert posted(four) == ["ankara"] * posts
    assert [four.live(name) for name in others] == [OFF] * 3
    assert [four.service.requests.count(("GET", name)) for name in others] == [1] * 3
    assert document["notes"] == [NOTE.format("ankara", 3)]
    assert result.stderr.startswith(f"{NOTE.format('ankara', 3)}\n")
    assert "follow.\n" not in result.stderr


def test_the_journal_tells_that_the_canary_stopped_the_run(program: Program, four: StandIn) -> None:
    """And history shows it, as text and as JSON."""
    refused(program, four)
    program.run("apply", *PILOT)

    end = {"canary": ["ankara"], "stopped_by": "canary", "exit_code": 1}
    document = json.loads(program.run("history", "--format", "json").stdout)
    Draft202012Validator(json.loads(text_of(Schema.HISTORY))).validate(document)
    assert end_of_run() == end
    assert document["runs"][0]["end"].items() >= end.items()
    assert program.run("history").stdout.endswith(
        "Ended with exit code 1. Planned: 4 to change, 0 in sync, 0 failed. Result: 1 refused, 3 "
        "not tried. Canary: ankara. Stopped after the canary, which did not end as applied.\n"
    )


def test_one_of_a_canary_that_fails_is_enough(program: Program, four: StandIn) -> None:
    """The others of it are under way, and are brought to their end."""
    four.answer("POST", "bursa", with_=REFUSAL)

    result = program.run("apply", "--canary", "city", "--format", "json")

    ends = ["applied", "refused", "not_tried", "not_tried"]
    assert (result.exit_code, results(result)) == (1, dict(zip(NAMES, ends, strict=True)))


ASKED: dict[str, tuple[Collection[str], tuple[str, ...], str]] = {
    "on a terminal": (("stdin", "stdout", "stderr"), (), "stdout"),
    "on a terminal, with JSON for a pipe": (("stdin", "stderr"), ("--format", "json"), "stderr"),
    "on stdout": (("stdin", "stdout"), ("-q",), "stdout"),
    "quietly, with JSON for a pipe": (("stdin", "stderr"), ("--format=json", "-q"), "stderr"),
}


@pytest.mark.parametrize(("terminals", "options", "where"), ASKED.values(), ids=ASKED)
def test_who_is_asked_knows_what_comes_first(
    program: Program,
    four: StandIn,
    terminals: Collection[str],
    options: tuple[str, ...],
    where: str,
) -> None:
    """It stands above the question, wherever that is seen; a no changes nothing."""
    result = program.run("apply", "--no-color", *PILOT, *options, stdin=b"n\n", terminal=terminals)

    seen = {"stdout": result.stdout, "stderr": result.stderr}[where]
    question = "Apply these 4 changes? [y/N]: "
    asked = (result.stdout + result.stderr).count(question)
    assert (result.exit_code, posted(four), asked) == (1, [], 1)
    assert f"Note: {NOTE.format('ankara', 3)}\n" in seen
    assert end_of_run() == {"canary": ["ankara"], "stopped_by": None, "exit_code": 1}


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "junit", "github"])
def test_a_report_says_what_came_first_in_every_format(
    program: Program, four: StandIn, form: str
) -> None:
    """Whoever reviews it later knows what was tried before the others."""
    result = program.run("apply", *PILOT, "--format", form)

    assert (result.exit_code, result.stdout.count(NOTE.format("ankara", 3))) == (0, 1)


def interrupt() -> None:
    """Be Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


def test_a_signal_during_the_canary_lets_nothing_follow(program: Program, four: StandIn) -> None:
    """What was sent is brought to its end; applied or not, the rest is not tried."""
    four.meanwhile("POST", "ankara", do=interrupt)

    result = program.run("apply", *PILOT)

    told = "not tried. The run was interrupted before this change was sent. Run again.\n"
    assert (result.exit_code, posted(four)) == (130, ["ankara"])
    assert f"3 santrals: {told}" in result.stdout
    assert result.stdout.endswith(summary(applied=1, not_tried=3))
    assert end_of_run() == {"canary": ["ankara"], "stopped_by": "signal", "exit_code": 130}
    assert program.run("history").stdout.endswith(
        "Interrupted with exit code 130. Planned: 4 to change, 0 in sync, 0 failed. Result: 1 "
        "applied, 3 not tried. Canary: ankara.\n"
    )


def test_a_signal_right_behind_the_canary_lets_nothing_follow(
    program: Program, four: StandIn
) -> None:
    """It comes while the run says that the rest follows."""
    info = Console.info

    def interrupted(self: Console, text: str) -> None:
        info(self, text)
        if "follow." in text:
            interrupt()

    program.monkeypatch.setattr(Console, "info", interrupted)

    result = program.run("apply", *PILOT)

    assert (result.exit_code, posted(four)) == (130, ["ankara"])
    assert result.stdout.endswith(summary(applied=1, not_tried=3))
    assert end_of_run()["stopped_by"] == "signal"


def test_time_that_is_up_behind_the_canary_lets_nothing_follow(
    program: Program, four: StandIn
) -> None:
    """The reason is the time, and nobody says that the rest follows."""
    late: list[float] = []
    age = Scheduler.age
    program.monkeypatch.setattr(Scheduler, "age", lambda self: age(self) + sum(late))
    four.meanwhile("GET", "ankara", 3, do=lambda: late.append(1000))

    result = program.run("apply", *PILOT, "--time-limit", "500")

    told = "The time limit was reached before this change was sent."
    assert (result.exit_code, posted(four), result.stderr) == (1, ["ankara"], "")
    assert f"ankara: applied\n3 santrals: not tried. {told}" in result.stdout
    assert end_of_run() == {"canary": ["ankara"], "stopped_by": "time_limit", "exit_code": 1}
    assert program.run("history").stdout.endswith("Canary: ankara. Stopped by --time-limit.\n")


def test_a_canary_is_chosen_from_what_a_saved_plan_agrees_on(
    program: Program, four: StandIn
) -> None:
    """What is held back is no change of this run, and proves nothing."""
    assert program.run("plan", "--out", "plan.json").exit_code == 0
    four.hold("ankara", settings("on", "off", "off", None))

    by_number = program.run("apply", "plan.json", "--canary", "1", "--format", "json")
    of_pilot = program.run("apply", "plan.json", *PILOT)

    ends = dict(zip(NAMES, ["stale", *["applied"] * 3], strict=True))
    assert (by_number.exit_code, results(by_number)) == (3, ends)
    assert "ankara" not in posted(four)
    assert (of_pilot.exit_code, of_pilot.stderr) == (3, "")


def test_a_saved_plan_whose_pilot_is_held_back_is_not_begun(
    program: Program, four: StandIn
) -> None:
    """Stale counts before not tried."""
    program.run("plan", "--out", "plan.json")
    four.hold("ankara", settings("on", "off", "off", None))

    result = program.run("apply", "plan.json", *PILOT)

    assert (result.exit_code, posted(four)) == (3, [])
    assert result.stdout.endswith(summary(stale=1, not_tried=3))


def test_too_many_changes_are_refused_before_any_is_tried(program: Program, four: StandIn) -> None:
    """The guard is about all of them."""
    result = program.run("apply", *PILOT, "--max-changes", "3")

    assert (result.exit_code, posted(four)) == (3, [])


def test_in_the_sandbox_a_few_come_first_too(program: Program) -> None:
    """A tenth of twenty are two."""
    names = [f"s{number:02}" for number in range(20)]
    entries = "".join(f"  {name}: {{crm_integration: {{}}}}\n" for name in names)
    program.write("santral.yaml", FILE.partition("  ankara:")[0] + entries)

    result = program.run("apply", "--sandbox", "--max-changes=100%", "--canary=10%")

    assert (result.exit_code, result.stderr) == (0, IN_SANDBOX + FOLLOWS.format(18))
    assert result.stdout.endswith(summary(applied=20))


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_one_by_one_exactly_so_many_may_fail(program: Program, four: StandIn, most: int) -> None:
    """The next one is not even looked at."""
    four.answer("POST", with_=REFUSAL)

    result = program.run("apply", f"--max-failures={most}", *ONE_BY_ONE, "--format=json")

    ends = ["refused"] * most + ["not_tried"] * (4 - most)
    assert (result.exit_code, [*results(result).values()]) == (1, ends)
    assert posted(four) == NAMES[:most]
    assert four.count("GET") == 4 + 2 * most
    left = json.loads(result.stdout)["santrals"][most:]
    assert [one["outcome"]["reason"] for one in left] == [ENOUGH] * (4 - most)
    stopped = "failures" if most < 4 else None
    assert end_of_run() == {"canary": None, "stopped_by": stopped, "exit_code": 1}
    words = " Stopped by --max-failures.\n" if most < 4 else "Result: 4 refused.\n"
    assert program.run("history").stdout.endswith(words)


COUNTED = {
    **{name: TROUBLES[name] for name in ("refused", "not verified", "failed", "a bug")},
    "no intent on the disk": TROUBLES["no intent on the disk"],
}


@pytest.mark.parametrize(("arrange", "ended", "code", "_"), COUNTED.values(), ids=COUNTED)
def test_what_failed_was_refused_or_is_not_verified_counts(
    program: Program,
    four: StandIn,
    arrange: Callable[[Program, StandIn], None],
    ended: str,
    code: int,
    _: int,
) -> None:
    """The first is enough here."""
    arrange(program, four)

    result = program.run("apply", "--max-failures=1", *ONE_BY_ONE, "--format=json")

    ends = [ended, *["not_tried"] * 3]
    assert (result.exit_code, [*results(result).values()]) == (code, ends)


def test_what_somebody_changed_meanwhile_is_no_failure(program: Program, four: StandIn) -> None:
    """Nor does one that could not be planned for stand for a change that failed."""
    stale(program, four)
    four.answer("GET", "bursa", with_=Reply(401, ""))

    result = program.run("apply", "--max-failures=1", *ONE_BY_ONE, "--format=json")

    ends = ["stale", "failed", "applied", "applied"]
    assert (result.exit_code, [*results(result).values()]) == (3, ends)


def test_failures_are_counted_over_the_canary_and_the_rest(program: Program, four: StandIn) -> None:
    """Within a canary the first reason to stop is the one that counts."""
    four.answer("POST", "ankara", with_=REFUSAL)

    result = program.run(
        *("apply", "--canary=city", "--max-failures=1", *ONE_BY_ONE, "--format=json")
    )

    assert (result.exit_code, [*results(result).values()]) == (1, ["refused", *["not_tried"] * 3])
    reasons = {one["outcome"]["reason"] for one in json.loads(result.stdout)["santrals"][1:]}
    assert (reasons, end_of_run()["stopped_by"]) == ({ENOUGH}, "failures")


def test_behind_a_good_canary_so_many_may_fail(program: Program, four: StandIn) -> None:
    """As without one."""
    four.answer("POST", "bursa", with_=REFUSAL)
    options = (*PILOT, "--max-failures=1", *ONE_BY_ONE)

    result = program.run("apply", *options, "--format=json")

    ends = ["applied", "refused", "not_tried", "not_tried"]
    assert (result.exit_code, [*results(result).values()]) == (1, ends)
    assert end_of_run() == {"canary": ["ankara"], "stopped_by": "failures", "exit_code": 1}


def test_what_is_under_way_is_finished_and_what_is_not_sent_is_left(
    program: Program, four: StandIn
) -> None:
    """Bursa's POST is with the API when ankara fails, and canakkale is only looked at."""
    stopped = threading.Event()
    stop = Scheduler.stop

    def tell(self: Scheduler, reason: Stop = Stop.SIGNAL) -> None:
        stop(self, reason)
        stopped.set()

    program.monkeypatch.setattr(Scheduler, "stop", tell)
    both = threading.Barrier(3)
    four.meanwhile("POST", "ankara", do=lambda: both.wait(30))
    four.meanwhile("POST", "bursa", do=lambda: (both.wait(30), stopped.wait(30)))
    four.meanwhile("GET", "canakkale", 2, do=lambda: (both.wait(30), stopped.wait(30)))
    four.answer("POST", "ankara", with_=REFUSAL)

    result = program.run("apply", "--max-failures=1", "--parallelism=3", "--format=json")

    ends = ["refused", "applied", "not_tried", "not_tried"]
    assert (result.exit_code, [*results(result).values()]) == (1, ends)
    left = json.loads(result.stdout)["santrals"][2:]
    assert [one["outcome"]["reason"] for one in left] == [ENOUGH] * 2
    assert sorted(posted(four)) == ["ankara", "bursa"]


def test_at_a_rate_no_more_are_begun_either(program: Program, four: StandIn) -> None:
    """Whoever waits for a turn gives it up."""
    four.answer("POST", with_=REFUSAL)

    result = program.run("apply", "--max-failures=1", "--rate=5/s", *ONE_BY_ONE)

    assert (result.exit_code, posted(four)) == (1, ["ankara"])
    assert result.stdout.endswith(summary(refused=1, not_tried=3))


def test_one_that_waits_for_its_rate_limit_is_brought_to_its_end(
    program: Program, four: StandIn
) -> None:
    """Others go on meanwhile, until too many have failed."""
    four.answer("POST", "ankara", 1, with_=Reply(429, "", headers={"Retry-After": "30"}))
    four.answer("POST", "bursa", with_=REFUSAL)

    result = program.run("apply", "--max-failures=1", *ONE_BY_ONE, "--format=json")

    ends = ["failed", "refused", "not_tried", "not_tried"]
    assert (result.exit_code, [*results(result).values()]) == (1, ends)
    assert posted(four) == ["ankara", "bursa"]


@pytest.mark.parametrize("text", ["0", "-1", "some", "10%", ""])
def test_so_many_failures_are_a_number_from_one(program: Program, four: StandIn, text: str) -> None:
    """None at all would be a run that never begins."""
    result = program.run("apply", f"--max-failures={text}")

    assert (result.exit_code, result.stdout, four.service.requests) == (1, "", [])
    assert "Error: Invalid value for '--max-failures': " in result.stderr


def test_a_rollback_passes_the_variables_over(program: Program, four: StandIn) -> None:
    """It undoes all of a run; a pipeline sets them for every command."""
    program.run("apply")
    program.monkeypatch.setenv("SANTRAL_CANARY", "pilot=yes")
    program.monkeypatch.setenv("SANTRAL_MAX_FAILURES", "1")
    four.answer("POST", "ankara", with_=REFUSAL)

    result = program.run("rollback")

    assert result.stdout.endswith(
        "Rollback: 3 applied, 0 in sync, 0 stale, 1 refused, 0 failed, 0 not verified, 0 not "
        "tried.\n"
    )


def test_each_reason_to_stop_is_known_wherever_a_run_can_stop() -> None:
    """One that was forgotten would end a change with a bug."""
    assert ({*NOT_SENT}, {*GIVEN_UP}) == ({*Stop}, {*Stop})


def test_a_canary_of_none_would_let_nothing_follow(program: Program, four: StandIn) -> None:
    """Even if nobody had noticed before that there is none."""
    program.monkeypatch.setattr("reconciler.cli.applying.obstacle_to", lambda *_: None)
    four.hold("ankara", settings("on", "on", "on", "https://crm.example.com/ankara"))

    assert program.run("apply", *PILOT).exit_code == 1
    assert posted(four) == []
