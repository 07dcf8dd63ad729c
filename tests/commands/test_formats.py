"""Where each format goes: stdout, files, and what the code hosts' runners read."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.fleet import BURSA, FILE, settings
from support.program import Program, without_origin
from support.stand_in import StandIn

from reconciler.sandbox.service import Reply

PLANNED = "Plan: 1 to change, 1 in sync, 0 failed."
COUNTS = f"{PLANNED} To make them, run santral apply for the same files and santrals.\n"
CHANGE = "~ ankara  (santral.yaml:9:3)\n    hangup  off → on\n\n"
FORMATS = ("text", "json", "markdown", "html", "junit")


@pytest.fixture
def two(program: Program, stand_in: StandIn) -> StandIn:
    """Give a file of two santrals, one of which would change."""
    for variable in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        program.monkeypatch.delenv(variable, raising=False)
    program.write("santral.yaml", FILE)
    stand_in.hold("ankara", settings("on", "on", "off", "https://crm.example.com/ankara"))
    stand_in.hold("bursa", BURSA)
    return stand_in


def fail(stand_in: StandIn, name: str) -> None:
    """Have the stand-in forget a santral's key, so that the santral cannot be read."""
    stand_in.answer(name=name, with_=Reply(401, "no"))


def read(name: str) -> str:
    """Return a file's content; of the text of a plan, what is the same everywhere."""
    return without_origin(Path(name).read_text("utf-8"))


# Stdout and files.


def test_files_are_written_beside_the_text_on_stdout(program: Program, two: StandIn) -> None:
    """Each has what its format alone would have given."""
    alone = {
        name: without_origin(program.run("plan", "--format", name).whole_stdout) for name in FORMATS
    }

    result = program.run("plan", *(f"--format={name}=out.{name}" for name in FORMATS))

    assert (result.exit_code, result.stdout, result.stderr) == (0, CHANGE + COUNTS, "")
    assert {name: read(f"out.{name}") for name in FORMATS} == alone
    assert alone["text"] == CHANGE + COUNTS


def test_one_format_may_take_the_place_of_the_text(program: Program, two: StandIn) -> None:
    """The others go to files, in whatever order they are given."""
    result = program.run("plan", "--format", "text=plan.txt", "--format", "json")

    assert json.loads(result.stdout)["summary"]["change"] == 1
    assert read("plan.txt") == CHANGE + COUNTS


def test_a_file_has_no_colour_though_the_terminal_has(program: Program, two: StandIn) -> None:
    """It is read elsewhere."""
    result = program.run("plan", "--format", "text=plan.txt", terminal=True)

    assert "\x1b[" in result.stdout
    assert read("plan.txt") == CHANGE + COUNTS


def test_formats_may_come_from_the_environment(program: Program, two: StandIn) -> None:
    """Parted by spaces."""
    program.monkeypatch.setenv("SANTRAL_FORMAT", "gitlab=report.json text=plan.txt")

    assert program.run("plan").stdout == read("plan.txt")


WRONG = {
    "two on stdout": (
        ("json", "markdown"),
        "Only one format can go to stdout. Give the others as NAME=FILE.",
    ),
    "text and GitHub's, which has the text": (
        ("text", "github"),
        "Only one format can go to stdout. Give the others as NAME=FILE.",
    ),
    "two in one file": (("json=out", "markdown=out"), "Each format needs a file of its own."),
    "no such format": (
        ("yaml=out",),
        "It must be one of text, json, markdown, html, junit, github, gitlab.",
    ),
    "no name of a file": (("json=",), "The name of a file is missing after json=."),
    "GitHub's in a file": (
        ("github=out",),
        "github goes to stdout and to the files of GitHub. Give no file.",
    ),
    "GitLab's on stdout": (("gitlab",), "gitlab goes to a file. Write gitlab=FILE."),
}


@pytest.mark.parametrize(("formats", "said"), WRONG.values(), ids=WRONG)
def test_formats_that_cannot_be_are_refused_before_any_request(
    program: Program, two: StandIn, formats: tuple[str, ...], said: str
) -> None:
    """With what to write instead."""
    result = program.run("plan", *(f"--format={name}" for name in formats))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(f"\nError: Invalid value for '--format': {said}\n")
    assert (two.service.requests, Path("out").exists()) == ([], False)


@pytest.mark.parametrize("order", [1, -1], ids=["first", "last"])
def test_a_file_that_cannot_be_written_costs_the_others_nothing(
    program: Program, two: StandIn, order: int
) -> None:
    """It is named, and the run ends with an error."""
    formats = ("--format=json=no/such/folder", "--format=markdown=plan.md")[::order]

    result = program.run("plan", *formats)

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        CHANGE + COUNTS,
        "no/such/folder cannot be written. The system says: No such file or directory.\n",
    )
    assert read("plan.md").startswith("<!-- santral:plan -->\n")


# They do not change how the run ends, and are there however it ends.

EVERY = ("--format=github", *(f"--format={name}=out.{name}" for name in (*FORMATS, "gitlab")))


@pytest.mark.parametrize("options", [(), ("--detailed-exitcode",), ("--drift",)])
@pytest.mark.parametrize("is_failing", [False, True])
def test_formats_change_no_exit_code_of_plan(
    program: Program, two: StandIn, options: tuple[str, ...], is_failing: bool
) -> None:
    """In sync, changed or failed."""
    if is_failing:
        fail(two, "bursa")
    plain = program.run("plan", *options)

    with_formats = program.run("plan", *options, *EVERY)

    assert with_formats.exit_code == plain.exit_code
    assert with_formats.exit_code == (1 if is_failing else 2 * ("--detailed-exitcode" in options))


def test_everything_is_written_when_a_santral_failed(program: Program, two: StandIn) -> None:
    """The failure is part of it."""
    fail(two, "bursa")

    result = program.run("plan", *EVERY)

    assert result.exit_code == 1
    assert json.loads(read("out.json"))["summary"]["failed"] == 1
    assert "\n#### Failed\n" in read("out.markdown")
    assert read("out.gitlab") == '{"create":0,"update":1,"delete":0}\n'
    assert result.stdout.startswith(read("out.text"))


def test_a_report_is_written_in_every_format(program: Program, two: StandIn) -> None:
    """After ``apply``, also where the plan was held back."""
    held_back = program.run("apply", "--max-changes", "0", *EVERY)
    assert (held_back.exit_code, json.loads(read("out.json"))["summary"]["outcomes"]) == (
        3,
        {"applied": 0, "in_sync": 1, "stale": 0, "refused": 0, "failed": 0, "not_verified": 0}
        | {"not_tried": 1},
    )

    done = program.run("apply", *EVERY)
    summary = (
        "Apply: 1 applied, 1 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 0 not tried."
    )
    assert (done.exit_code, done.stdout) == (
        0,
        f"{CHANGE}{PLANNED}\nankara: applied\n\n{summary}\n",
    )
    assert read("out.text") == done.stdout
    assert f"**{summary}**\n" in read("out.markdown")
    assert json.loads(read("out.json"))["summary"]["outcomes"]["applied"] == 1


def test_what_was_done_is_told_though_a_file_cannot_be_written(
    program: Program, two: StandIn
) -> None:
    """The change was made; the exit code speaks of the file."""
    result = program.run("apply", "--format", "json=no/such/folder")

    assert result.exit_code == 1
    assert "\nankara: applied\n" in result.stdout
    assert two.live("ankara").hangup == "on"


# GitHub.


def github_files(program: Program) -> tuple[Path, Path]:
    """Give the runner's two files, with what earlier steps wrote."""
    summary, output = program.write("summary", "# Before\n"), program.write("output", "before=1\n")
    program.monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    program.monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    return summary, output


def test_github_gets_text_and_drift_as_annotations(program: Program, two: StandIn) -> None:
    """At the place of the santral, another host first; no more is needed than a try at a desk."""
    two.hold("bursa", settings("off", "on", "on", None))

    result = program.run("plan", "--drift", "--format", "github")

    bursa = "    notification_url  (not set) → https://crm.example.com/bursa  (drift)\n"
    assert (result.exit_code, result.stdout) == (
        0,
        "~ ankara  (santral.yaml:9:3)\n    hangup  off → on  (drift)\n\n"
        f"~ bursa  (santral.yaml:11:3)\n{bursa}"
        "                      new host: crm.example.com\n\n"
        "Note: Each arrow points from the live value to the value in the file, "
        "which apply restores.\n\n"
        "Drift: 2 drifted, 0 in sync, 0 failed. To undo the drift, run santral apply "
        "for the same files and santrals. "
        "To keep it, write what is live into the files.\n"
        "::warning file=santral.yaml,line=11,col=3,title=santral bursa%3A drifted"
        "::notification_url was changed outside the files. Live now: (not set).\n"
        "::warning file=santral.yaml,line=9,col=3,title=santral ankara%3A drifted"
        "::hangup was changed outside the files. Live now: off.\n",
    )


def test_a_change_that_the_file_asks_for_is_no_annotation(program: Program, two: StandIn) -> None:
    """The reviewer came to see it."""
    assert program.run("plan", "--format", "github").stdout == CHANGE + COUNTS


def test_github_gets_failures_and_warnings_as_annotations(program: Program, two: StandIn) -> None:
    """A report has them as the plan has, the failure once."""
    insecure = (
        "allow_insecure_url: true\n    crm_integration: {notification_url: http://b.example.com/}"
    )
    program.write("santral.yaml", FILE.replace("crm_integration: {ringing: off}", insecure))
    program.monkeypatch.delenv("SANTRAL_KEY_ANKARA")

    for command in ("plan", "apply"):
        result = program.run(command, "--format", "github")
        assert (result.exit_code, [*filter(is_annotation, result.stdout.splitlines())]) == (
            1,
            [
                "::error file=santral.yaml,line=9,col=3,title=santral ankara%3A key-missing"
                "::There is no key for this santral. Set SANTRAL_KEY_ANKARA, or add "
                '"ankara=..." to SANTRAL_KEYS or to the --keys-file.',
                "::warning file=santral.yaml,line=11,col=3,title=santral bursa%3A insecure-url-http"
                "::The notification_url uses http, so call data are sent unencrypted.",
            ],
        )


def test_github_gets_what_was_not_applied_as_an_annotation(program: Program, two: StandIn) -> None:
    """With the reason."""
    result = program.run("apply", "--max-changes", "0", "--format", "github")

    assert [*filter(is_annotation, result.stdout.splitlines())] == [
        "::error file=santral.yaml,line=9,col=3,"
        "title=santral ankara%3A guard-refused%2C nothing-sent"
        "::--max-changes does not allow this many changes. Nothing was sent."
    ]


def is_annotation(line: str) -> bool:
    """Tell whether the runner takes a line for a command."""
    return line.startswith("::")


def test_github_s_files_get_the_comment_and_the_counts(program: Program, two: StandIn) -> None:
    """Behind what earlier steps wrote."""
    summary, output = github_files(program)
    comment = program.run("plan", "--format", "markdown").stdout
    assert (summary.read_text(), output.read_text()) == ("# Before\n", "before=1\n")

    program.run("plan", "--format", "github")

    assert summary.read_text("utf-8") == f"# Before\n{comment}"
    assert output.read_text() == "before=1\nchange=1\nin_sync=1\nfailed=0\nsandbox=false\n"


def test_counts_for_github_tell_causes_and_outcomes_where_there_are_any(
    program: Program, two: StandIn
) -> None:
    """By the names of the JSON plan; a later step compares them with numbers."""
    _, output = github_files(program)
    program.run("plan", "--drift", "--format", "github")
    program.run("apply", "--format", "github")

    assert output.read_text() == (
        "before=1\n"
        "change=1\nin_sync=1\nfailed=0\nthis_change=0\ndrift=1\nboth=0\nsandbox=false\n"
        "change=1\nin_sync=1\nfailed=0\n"
        "applied=1\nstale=0\nrefused=0\nnot_verified=0\nnot_tried=0\nsandbox=false\n"
    )


def test_a_file_of_github_that_cannot_be_written_costs_the_other_nothing(
    program: Program, two: StandIn
) -> None:
    """It is named by its path."""
    _, output = github_files(program)
    program.monkeypatch.setenv("GITHUB_STEP_SUMMARY", "no/summary")

    result = program.run("plan", "--format", "github", "--format", "json=plan.json")

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        CHANGE + COUNTS,
        "no/summary cannot be written. The system says: No such file or directory.\n",
    )
    assert output.read_text() == "before=1\nchange=1\nin_sync=1\nfailed=0\nsandbox=false\n"
    assert json.loads(read("plan.json"))["summary"]["change"] == 1


# GitLab.


def test_gitlab_gets_the_counts_that_its_merge_request_shows(
    program: Program, two: StandIn
) -> None:
    """Only updates: nothing is ever created or deleted."""
    program.run("plan", "--format", "gitlab=plan.json")
    assert read("plan.json") == '{"create":0,"update":1,"delete":0}\n'

    program.run("apply")
    program.run("plan", "--format", "gitlab=plan.json")
    assert read("plan.json") == '{"create":0,"update":0,"delete":0}\n'


# What is wrong in files.

BROKEN = "version: 1\nsantrals:\n  ankara:\n    crm_integration: {hangup: yes, ringing: no}\n"


def problems(program: Program) -> list[str]:
    """Return what validate says of the broken file."""
    return program.run("validate").stderr.splitlines()


def test_github_shows_each_problem_at_its_place(program: Program, two: StandIn) -> None:
    """``validate`` and ``plan`` alike; stderr has them too."""
    program.write("santral.yaml", BROKEN)
    said = [re.fullmatch(r"santral\.yaml:(\d+):(\d+): (.*)", line) for line in problems(program)]
    expected = [
        f"::error file=santral.yaml,line={found[1]},col={found[2]},"
        f"title=santral validate%3A switch-like::{found[3].replace('%', '%25')}"
        for found in said
        if found
    ]

    for command in ("validate", "plan"):
        result = program.run(command, "--format", "github")
        assert (result.exit_code, result.stderr.splitlines()) == (1, problems(program))
        assert (len(expected), result.stdout.splitlines()) == (2, expected)
    assert two.service.requests == []


def test_gitlab_gets_each_problem_for_its_code_quality_report(program: Program) -> None:
    """And an empty report for a file without any; fingerprints are told apart and stay the same."""
    program.write("santral.yaml", BROKEN)
    result = program.run("validate", "--format", "gitlab=quality.json")
    report = json.loads(read("quality.json"))
    program.run("validate", "--format", "gitlab=again.json")

    assert (result.exit_code, result.stderr.splitlines()) == (1, problems(program))
    fingerprints = [issue.pop("fingerprint") for issue in report]
    assert [
        f"santral.yaml:4:{column}: {issue['description']}"
        for column, issue in zip((31, 45), report, strict=True)
    ] == problems(program)
    assert [{**issue, "description": ""} for issue in report] == [
        {
            "description": "",
            "check_name": "switch-like",
            "severity": "major",
            "location": {"path": "santral.yaml", "lines": {"begin": 4}},
        }
    ] * 2
    assert (len(set(fingerprints)), read("again.json")) == (2, read("quality.json"))

    program.write("santral.yaml", FILE)
    valid = program.run("validate", "--format", "gitlab=quality.json")
    assert (valid.exit_code, valid.stdout) == (0, "santral.yaml: 2 santrals, valid\n")
    assert read("quality.json") == "[]\n"


@pytest.mark.parametrize("content", [FILE, BROKEN], ids=["valid", "broken"])
def test_a_code_quality_report_that_cannot_be_written_is_an_error(
    program: Program, content: str
) -> None:
    """The rest is said all the same."""
    program.write("santral.yaml", content)
    plain = program.run("validate")

    result = program.run("validate", "--format", "gitlab=no/such/folder")

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        plain.stdout,
        "no/such/folder cannot be written. The system says: No such file or directory.\n"
        f"{plain.stderr}",
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("content", [FILE, BROKEN], ids=["valid", "broken"])
def test_a_full_stdout_takes_neither_report_nor_problems_away(
    program: Program, content: str
) -> None:
    """Each of the three places is written for itself."""
    program.write("santral.yaml", content)
    options = ("--format=gitlab=quality.json", "--format=github")
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "reconciler", "validate", *options],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    is_full = f"The result could not be written to stdout. The system says: {os.strerror(28)}."
    assert (run.returncode, run.stderr.splitlines()) == (1, [is_full, *problems(program)])
    assert len(json.loads(read("quality.json"))) == len(problems(program))
