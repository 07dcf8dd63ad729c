"""The JUnit report: a test case a santral, in which no problem is lost and nobody forges one."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml
from support.fleet import ANKARA, BURSA, FILE
from support.fleet import settings as live
from support.hostile import COMMANDS, MARKUP, TEXTS_OF_A_PLAN, plan_of
from support.program import NOW, Program
from support.stand_in import StandIn

from reconciler.core.checkup import Checked, Checkup, Finding, Level, Measured, Reach, Source
from reconciler.core.fleet import Place
from reconciler.core.messages import Message, text_of
from reconciler.core.outcome import Result
from reconciler.render import as_junit
from reconciler.render.checkup import as_junit as checkup_as_junit
from reconciler.render.view import ShownPlan, Status
from reconciler.sandbox.service import Reply

BROKEN = "version: 1\nsantrals:\n  ankara:\n    crm_integration: {hangup: yes, ringing: no}\nx: 1\n"
INSECURE = FILE.replace(
    "{ringing: off}", "{notification_url: 'http://crm.example.com'}\n    allow_insecure_url: true"
)
REPORT = "--format=junit=report.xml"

Case = tuple[str, str, str]
"""Its name, how it ends, and its text."""


@pytest.fixture
def two(program: Program, stand_in: StandIn) -> StandIn:
    """Give a file of two santrals, one of which would change."""
    program.write("santral.yaml", FILE)
    stand_in.hold("ankara", live("on", "on", "off", "https://crm.example.com/ankara"))
    stand_in.hold("bursa", BURSA)
    return stand_in


def parsed(text: str) -> ET.Element:
    """Return what a strict parser reads."""
    return ET.fromstring(text.encode())  # noqa: S314 - written by what is tested here


def cases_in(text: str) -> list[Case]:
    """Return the test cases in a report."""
    return [
        (case.attrib["name"], end_of(case), "".join(case.itertext()))
        for case in parsed(text).iter("testcase")
    ]


def end_of(case: ET.Element) -> str:
    """Return how a test case ends."""
    return next((child.tag for child in case if child.tag != "system-out"), "passed")


def written() -> list[Case]:
    """Return the test cases in the report of the last run."""
    return cases_in(Path("report.xml").read_text("utf-8"))


def cases(program: Program, *command: str) -> list[Case]:
    """Return the test cases of a command, whatever its exit code."""
    return cases_in(program.run(*command, "--format=junit").whole_stdout)


def test_each_santral_is_a_test_case_and_a_planned_change_passes(
    program: Program, two: StandIn
) -> None:
    """With what the text says of it; what is said of all of them is the suite's."""
    two.answer("GET", "bursa", with_=Reply(500, "out of order"))

    result = program.run("plan", "--format=junit")

    said = "The API answered 500: &quot;out of order&quot;."
    assert (result.exit_code, result.stderr, result.whole_stdout) == (
        1,
        "",
        f"""\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="santral plan" tests="2" failures="0" errors="1" skipped="0" timestamp="{NOW}">
<testcase classname="santral.plan" name="ankara" file="santral.yaml" line="9">\
<system-out>    hangup  off → on</system-out></testcase>
<testcase classname="santral.plan" name="bursa" file="santral.yaml" line="11">\
<error type="api-answered-with" message="{said}">santral.yaml:11:3: {said}</error></testcase>
<system-out>For {two.origin}. Made {NOW} from santral.yaml.&#10;\
Plan: 1 to change, 0 in sync, 1 failed.</system-out>
</testsuite>
</testsuites>
""",
    )


def test_the_exit_code_for_changes_makes_none_a_failure(program: Program, two: StandIn) -> None:
    """The report is the same: 2 is for a script to branch by."""
    plain, detailed = (
        program.run("plan", "--format=junit", *option) for option in ((), ("--detailed-exitcode",))
    )
    assert (detailed.exit_code, detailed.whole_stdout) == (2, plain.whole_stdout)


def test_a_key_of_another_name_is_said(program: Program, two: StandIn) -> None:
    """As in the text: a mistake there changes another santral."""
    program.write("santral.yaml", FILE.replace("  ankara:\n", "  izmir:\n    key: ankara\n"))

    _, (_, _, izmir) = cases(program, "plan")

    assert izmir.startswith("key: ankara\n    ")


def test_drift_is_a_failure(program: Program, two: StandIn) -> None:
    """As it is what that plan is to find, with what to do about it; the rest passes."""
    two.hold("ankara", live("on", "off", "off", "https://crm.example.com/ankara"))
    report = program.run("plan", "--drift", "--format=junit").whole_stdout

    assert cases_in(report) == [
        (
            "ankara",
            "failure",
            "santral.yaml:9:3: answered was changed outside the files. Live now: off. "
            "hangup was changed outside the files. Live now: off.\n"
            "    answered  off → on  (drift)\n"
            "    hangup    off → on  (drift)\n"
            "To undo the drift, run santral apply for the same files and santrals. To keep it, "
            "write what is live into the files.",
        ),
        ("bursa", "passed", ""),
    ]
    assert [one.attrib["type"] for one in parsed(report).iter("failure")] == ["drifted"]


# A run.


def test_what_was_applied_passes(program: Program, two: StandIn) -> None:
    """And so does what was in sync."""
    assert cases(program, "apply") == [
        ("ankara", "passed", "applied\n    hangup  off → on"),
        ("bursa", "passed", "in sync"),
    ]


def refuse(two: StandIn) -> None:
    """Take no change."""
    two.answer("POST", "ankara", with_=Reply(400, "no"))


def move(two: StandIn) -> None:
    """Change it in the panel after the plan."""
    two.move("ankara", live("off", "on", "off", ANKARA.notification_url), before=("GET", 2))


def lose(two: StandIn) -> None:
    """Take the change, and let nobody read it back."""
    for turn in range(3, 20):
        two.answer("GET", "ankara", turn, with_=Reply(404, "gone"))


MOVED = "\nExpected, and what is live instead:\n    ringing  on → off"
ENDS: dict[str, tuple[Callable[[StandIn], None], int, str, str]] = {
    "refused": (refuse, 1, "failure", ""),
    "stale": (move, 3, "failure", MOVED),
    "not verified": (lose, 4, "error", ""),
}


@pytest.mark.parametrize("words", ENDS)
def test_what_did_not_end_as_applied_does_not_pass(
    program: Program, two: StandIn, words: str
) -> None:
    """A failure where it is known not to be live, else an error; with what the text says."""
    happen, code, kind, found = ENDS[words]
    happen(two)

    result = program.run("apply", REPORT)

    (ankara, bursa) = written()
    reason = re.search(rf"\nankara: {words}\. (.*)\n", result.stdout)
    assert (result.exit_code, ankara[:2], bursa) == (
        code,
        ("ankara", kind),
        ("bursa", "passed", "in sync"),
    )
    assert reason
    assert ankara[2] == f"santral.yaml:9:3: {reason[1]}\n{words}\n    hangup  off → on{found}"


def test_what_was_not_tried_is_skipped_and_why_is_a_failure_of_the_run(
    program: Program, two: StandIn
) -> None:
    """So a report is never green where the exit code is not 0, nor red ten thousand times."""
    result = program.run("apply", "--max-changes=0", REPORT)

    guard = result.stdout.splitlines()[-1]
    run, ankara, bursa = written()
    assert (result.exit_code, run) == (3, ("santral apply", "failure", guard))
    assert (ankara[:2], bursa[:2]) == (("ankara", "skipped"), ("bursa", "passed"))


def test_what_cut_a_run_short_is_a_failure_of_the_run(program: Program, two: StandIn) -> None:
    """Whatever it is: here the canary."""
    two.hold("bursa", ANKARA)
    two.answer("POST", with_=Reply(400, "no"))

    run, *santrals = cases(program, "apply", "--canary=1")

    assert run[:2] == ("santral apply", "failure")
    assert {kind for _, kind, _ in santrals} == {"failure", "skipped"}
    (skipped,) = (text for _, kind, text in santrals if kind == "skipped")
    assert run[2] in skipped


def test_a_rollback_has_a_suite_of_its_own(program: Program, two: StandIn) -> None:
    """Its preview too."""
    program.run("apply")

    preview = program.run("rollback", "--dry-run", "--format=junit").whole_stdout
    done = program.run("rollback", "--format=junit").whole_stdout

    assert {*re.findall('classname="(.*?)"', preview + done)} == {"santral.rollback"}
    assert cases_in(done) == [("ankara", "passed", "applied\n    hangup  on → off")]


def test_a_merged_plan_with_too_many_changes_fails(program: Program, two: StandIn) -> None:
    """Its exit code says so, and no santral."""
    two.hold("bursa", ANKARA)
    for shard in ("1", "2"):
        options = ("--max-changes=1", "--format=json=/dev/null", f"--out=plan-{shard}.json")
        program.run("plan", "--shard", f"{shard}/2", *options)

    result = program.run("merge", "plan-1.json", "plan-2.json", REPORT)

    ends = [case[:2] for case in written()]
    assert (result.exit_code, ends) == (
        3,
        [("santral plan", "failure"), ("ankara", "passed"), ("bursa", "passed")],
    )


# Files, and what comes before any plan.


def test_valid_files_pass_with_what_is_odd_in_them(program: Program) -> None:
    """On stdout in place of the text."""
    program.write("santral.yaml", INSECURE)

    result = program.run("validate", "--format=junit")

    ankara, bursa = cases_in(result.stdout)
    warning = result.stderr.partition("santral bursa: ")[2].rstrip()
    assert (result.exit_code, ankara) == (0, ("ankara", "passed", ""))
    assert bursa == ("bursa", "passed", f"Warning: {warning}")
    assert warning != ""


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "doctor"])
def test_what_is_wrong_in_files_is_a_failure_of_its_santral_or_of_the_file(
    program: Program, command: str
) -> None:
    """All of it, each with its place; and stderr says it as ever."""
    program.write("santral.yaml", BROKEN)

    result = program.run(command, REPORT)

    first, second, third = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (1, "")
    assert written() == [
        ("ankara", "failure", f"{first}\n{second}"),
        ("santral.yaml", "failure", third),
    ]


ENDED_EARLY = {
    "no file": ("validate", "-c", "nowhere.yaml"),
    "no santral": ("plan", "--target=nobody"),
    "no keys file": ("doctor", "--keys-file=nowhere"),
    "no revision": ("plan", "--base=nowhere"),
    "no journal": ("rollback",),
    "a canary that nobody has": ("apply", "--canary=town=x"),
    "no saved plan": ("show", "nowhere.json"),
    "a plan that is none": ("merge", "santral.yaml"),
    "a plan that is none, to apply": ("apply", "santral.yaml"),
}


@pytest.mark.parametrize("command", ENDED_EARLY.values(), ids=ENDED_EARLY)
def test_a_run_that_ends_before_its_plan_is_an_error_and_no_empty_report(
    program: Program, two: StandIn, command: Sequence[str]
) -> None:
    """No file would be taken for a job without tests; on stdout it is the same."""
    result = program.run(*command, REPORT)

    name = f"santral {command[0]}"
    assert (result.exit_code, result.stdout) == (1, "")
    assert written() == [(name, "error", result.stderr.rstrip("\n"))]
    assert cases(program, *command) == written()


IN_SANDBOX = {
    "no santral": ("plan", "--target=nobody"),
    "a broken file": ("apply", "-c", "broken.yaml"),
    "no run": ("rollback", "--run=nope"),
    "no journal": ("rollback",),
    "no keys file": ("doctor", "--keys-file=nowhere"),
    "no answer of an API": ("doctor", "--offline"),
    "changes": ("plan",),
}


def test_drift_of_the_sandbox_is_undone_there(program: Program, two: StandIn) -> None:
    """The text and the report name the command that does it."""
    result = program.run("plan", "--drift", "--sandbox", REPORT)

    step = "To undo the drift, run santral apply --sandbox for the same files and santrals. "
    assert step in result.stdout
    assert [step in text for _, _, text in written()] == [True, True]


@pytest.mark.parametrize("command", IN_SANDBOX.values(), ids=IN_SANDBOX)
def test_the_sandbox_has_a_suite_and_a_class_of_its_own_however_a_run_ends(
    program: Program, two: StandIn, command: Sequence[str]
) -> None:
    """A CI system recognizes a test by them, and would mix it up with that of real santrals."""
    program.write("broken.yaml", BROKEN)
    report = parsed(program.run(*command, "--sandbox", "--format=junit").whole_stdout)

    suites = {suite.attrib["name"] for suite in report.iter("testsuite")}
    classes = {case.attrib["classname"] for case in report.iter("testcase")}
    assert suites == {f"santral {command[0]} --sandbox"}
    assert classes == {f"santral.sandbox.{command[0]}"}


def test_a_saved_plan_that_cannot_be_written_leaves_the_report_of_the_plan(
    program: Program, two: StandIn
) -> None:
    """What was found out is not lost to what came after it."""
    result = program.run("plan", "--out=no/such/folder", REPORT)

    names = [name for name, _, _ in written()]
    assert (result.exit_code, names) == (1, ["ankara", "bursa"])


def test_no_report_of_an_error_replaces_what_the_run_reads(program: Program) -> None:
    """The files are wrong, and stay as they are."""
    program.write("santral.yaml", BROKEN)
    program.write("keys", "ankara")

    for name in ("santral.yaml", "keys"):
        result = program.run("plan", "--keys-file=keys", f"--format=junit={name}")
        assert (result.exit_code, f"Error: {name} would be" in result.stderr) == (1, True)
    assert (Path("santral.yaml").read_text(), Path("keys").read_text()) == (BROKEN, "ankara")


@pytest.mark.parametrize("content", [FILE, BROKEN], ids=["valid", "broken"])
def test_a_report_that_cannot_be_written_is_an_error(program: Program, content: str) -> None:
    """The rest is said all the same."""
    program.write("santral.yaml", content)
    plain = program.run("validate")

    result = program.run("validate", "--format=junit=no/such/folder")

    unwritten = "no/such/folder cannot be written. The system says: No such file or directory.\n"
    assert (result.exit_code, result.stdout) == (1, plain.stdout)
    assert result.stderr == unwritten + plain.stderr


def test_a_run_of_no_santral_is_a_case_that_passes(program: Program, two: StandIn) -> None:
    """As Jenkins takes a report without a case for a mistake; a shard may be empty."""
    shards = [cases(program, "plan", f"--shard={number}/9") for number in range(1, 10)]

    assert shards.count([("santral plan", "passed", "")]) == 7
    assert {found[0][0] for found in shards} == {"santral plan", "ankara", "bursa"}


# Doctor.


def test_only_what_is_red_fails_in_a_checkup() -> None:
    """What is yellow passes, and says why it needs a look."""
    found = {
        "ankara": [
            Finding.of(Level.RED, Message("receiver-not-tried")),
            Finding.of(Level.YELLOW, Message("drift-direction")),
        ],
        "bursa": [Finding.of(Level.YELLOW, Message("drift-direction"))],
        "denizli": [],
    }
    santrals = (
        Checked(name, Place("conf/a.yaml", 9, 3), (*findings,), "https://x.example", Measured(0.25))
        for name, findings in found.items()
    )
    checkup = Checkup((*santrals,), Source.LIVE, Reach.POST, "sandbox", NOW, in_sandbox=True)

    report = checkup_as_junit.render(checkup, lambda path: f"top/{path}")

    red, yellow = (str(Message(code)) for code in ("receiver-not-tried", "drift-direction"))
    took = "Connected in 0.25 s."
    assert cases_in(report) == [
        (
            *("ankara", "failure"),
            f"top/conf/a.yaml:9:3: {red}\nhttps://x.example\nyellow: {yellow}\n{took}",
        ),
        ("bursa", "passed", f"https://x.example\nyellow: {yellow}\n{took}"),
        ("denizli", "passed", f"https://x.example\n{took}"),
    ]
    assert [*parsed(report).iter("testcase")][1].attrib == {
        "classname": "santral.sandbox.doctor",
        "name": "bursa",
        "file": "top/conf/a.yaml",
        "line": "9",
        "time": "0.250",
    }


# Who reads it.


def test_a_program_that_shows_such_reports_counts_what_there_is(
    program: Program, two: StandIn
) -> None:
    """Failed, skipped and passed are what it says they are."""
    program.run("apply", "--max-changes=0", REPORT)

    (suite,) = JUnitXml.fromfile("report.xml")

    assert (suite.name, suite.tests, suite.failures, suite.errors, suite.skipped) == (
        *("santral apply", 3, 1, 0, 1),
    )
    assert [(case.classname, case.name, case.is_passed, case.is_skipped) for case in suite] == [
        ("santral.apply", "santral apply", False, False),
        ("santral.apply", "ankara", False, True),
        ("santral.apply", "bursa", True, False),
    ]


SHAPE = {
    "testsuites": (set(), set(), {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped"},
        {"timestamp"},
        {"testcase", "system-out"},
    ),
    "testcase": (
        {"classname", "name"},
        {"time", "file", "line"},
        {"failure", "error", "skipped", "system-out"},
    ),
    **{tag: ({"type", "message"}, set(), set()) for tag in ("failure", "error", "skipped")},
    "system-out": (set(), set(), set()),
}
"""Of each element the attributes that it has and may have, and what it may hold: as in the schema
of Ant's reports, with the place that GitLab reads. Jenkins' step ``junit`` takes that; the schema
of its plugin xUnit has no ``file`` and no ``line``."""

texts = st.lists(st.sampled_from([*COMMANDS, *MARKUP]) | st.characters(), max_size=4).map("".join)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    texts=st.lists(texts, min_size=TEXTS_OF_A_PLAN, max_size=TEXTS_OF_A_PLAN),
    status=st.sampled_from(Status),
    result=st.none() | st.sampled_from(Result),
)
def test_no_text_of_others_breaks_the_shape_or_forges_a_case(
    texts: list[str], status: Status, result: Result | None
) -> None:
    """Not even one that nobody made printable before."""
    plan = plan_of(texts, status, result)

    root = parsed(as_junit.render(plan, str))

    for element in root.iter():
        needed, possible, inside = SHAPE[element.tag]
        assert needed <= {*element.attrib} <= needed | possible
        assert {child.tag for child in element} <= inside
    (suite,) = root
    found = [case.attrib["name"] for case in suite.iter("testcase")]
    assert [name for name in found if name != "santral apply"] == ["ankara"]
    assert suite.attrib["tests"] == str(len(found))


@pytest.mark.parametrize("text", ["]]>", "</failure><testcase/>", "\x00\x1b\ufffe\udc80", "&#0;"])
def test_text_of_others_can_still_be_read(text: str) -> None:
    """What XML has no way to hold is an escape."""
    plan = plan_of([text] * TEXTS_OF_A_PLAN, Status.FAILED, None)

    ((_, kind, shown),) = cases_in(as_junit.render(plan, str))

    escaped = re.sub(
        "[\x00-\x08\x0e-\x1f\ud800-\udfff\ufffe]",
        lambda found: found[0].encode("unicode_escape").decode(),
        text_of(plan.santrals[0].error),
    )
    assert kind == "error"
    assert f": {escaped}\n" in shown


@pytest.mark.parametrize("status", Status)
def test_no_text_of_others_attaches_a_file(status: Status) -> None:
    """As GitLab, and a plugin of Jenkins, do where a test case says so."""
    plan = plan_of(["[[[ATTACHMENT|keys]]"] * TEXTS_OF_A_PLAN, status, None)

    report = as_junit.render(plan, str)

    assert ("[[" in report, r"[\x5b[ATTACHMENT|keys]]" in report) == (False, True)


def test_a_large_fleet_s_report_is_one_that_code_hosts_take(program: Program, two: StandIn) -> None:
    """GitLab's limit is 30 MB, and it ignores a case of the name and class of another."""
    texts = ["x" * 100] * TEXTS_OF_A_PLAN
    (one,) = plan_of(texts, Status.CHANGE, Result.NOT_TRIED).santrals
    plan = ShownPlan(tuple(replace(one, name=f"santral-{number}") for number in range(10_000)))

    report = as_junit.render(plan, str)

    names = [name for name, _, _ in cases_in(report)]
    assert (len(report) < 30_000_000, len(names), len({*names})) == (True, 10_001, 10_001)
