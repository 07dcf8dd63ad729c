"""Whose change is it? ``plan --base`` and ``plan --drift``."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.fleet import ANKARA, BURSA, FILE, QUIETER, settings
from support.program import Program
from support.repository import commit, git
from support.stand_in import StandIn


@pytest.fixture
def repository(program: Program, stand_in: StandIn) -> StandIn:
    """Give a repository whose first commit is applied, and a file that was changed since."""
    git("init", "-q", "-b", "main")
    program.write(".gitignore", "elsewhere/\n")
    program.write("santral.yaml", FILE)
    commit("first")
    program.write("santral.yaml", QUIETER)
    stand_in.hold("ankara", ANKARA)
    stand_in.hold("bursa", BURSA)
    return stand_in


LIVE = {
    "nobody else": (
        {},
        "    answered  on → off  (this change)\n",
        "Fields: 2 by this change, 0 by drift, 0 by both.",
    ),
    "somebody another field": (
        {"hangup": "off"},
        "    answered  on → off  (this change)\n    hangup    off → on  (drift)\n",
        "Fields: 2 by this change, 1 by drift, 0 by both.",
    ),
    "somebody to the same": (
        {"answered": "off"},
        "",
        "Fields: 1 by this change, 0 by drift, 0 by both.",
    ),
}


@pytest.mark.parametrize(("moved", "shown", "counts"), LIVE.values(), ids=LIVE)
def test_each_changed_field_says_whose_change_it_is(
    program: Program, repository: StandIn, moved: dict[str, str], shown: str, counts: str
) -> None:
    """The file before, the file now and what is live are compared; the counts stand apart."""
    fields = {"ringing": "on", "answered": "on", "hangup": "on", "url": ANKARA.notification_url}
    repository.hold("ankara", settings(**(fields | moved)))  # type: ignore[arg-type]

    result = program.run("plan", "--base", "HEAD")

    own = f"{shown}\n" if "drift" in shown else ""
    head = f"~ ankara  (santral.yaml:9:3)\n{own}" if shown else ""
    changed, in_sync = (2, 0) if shown else (1, 1)
    assert result.exit_code == 0
    assert result.stdout == (
        f"{head}~ bursa  (santral.yaml:11:3)\n    answered  on → off  (this change)\n\n"
        f"{counts}\nPlan: {changed} to change, {in_sync} in sync, 0 failed."
        " To make them, run santral apply for the same files and santrals.\n"
    )


def test_a_field_that_both_changed_says_so(program: Program, repository: StandIn) -> None:
    """The pull request asks for another URL, and somebody typed a third one into the panel."""
    program.write("santral.yaml", FILE.replace("crm.example", "new.example"))
    repository.hold("ankara", settings("on", "on", "on", "https://old.example.com/"))

    result = program.run("plan", "--base", "main", "--target", "ankara")

    assert result.stdout == (
        "~ ankara  (santral.yaml:9:3)\n"
        "    notification_url  https://old.example.com/\n"
        "                      → https://new.example.com/ankara  (this change, and drift)\n"
        "                      other host: old.example.com → new.example.com\n"
        "\n"
        "Fields: 0 by this change, 0 by drift, 1 by both.\n"
        "Plan: 1 to change, 0 in sync, 0 failed. To make them, run santral apply for "
        "the same files and santrals.\n"
    )


def test_what_the_earlier_file_did_not_manage_is_this_change(
    program: Program, repository: StandIn
) -> None:
    """A new santral, and a field that was left to itself, cannot have drifted from anything."""
    program.write("santral.yaml", FILE.replace("    hangup: on\n", ""))
    commit("hangup is unmanaged")
    program.write("santral.yaml", FILE + "  denizli: {crm_integration: {ringing: on}}\n")
    repository.hold("ankara", settings("on", "on", "off", ANKARA.notification_url))

    result = program.run("plan", "--base", "HEAD")

    assert "    hangup  off → on  (this change)\n" in result.stdout
    assert "Fields: 5 by this change, 0 by drift, 0 by both.\n" in result.stdout


def test_json_holds_the_causes(program: Program, repository: StandIn) -> None:
    """Field by field, and counted."""
    repository.hold("bursa", settings("on", "on", "on", BURSA.notification_url))

    document = json.loads(program.run("plan", "--base", "HEAD", "--format", "json").stdout)

    causes = {
        santral["name"]: {change["field"]: change["cause"] for change in santral["changes"]}
        for santral in document["santrals"]
    }
    assert causes == {
        "ankara": {"answered": "this_change"},
        "bursa": {"ringing": "drift", "answered": "this_change"},
    }
    assert (document["purpose"], document["summary"]["causes"]) == (
        "causes",
        {"this_change": 2, "drift": 1, "both": 0},
    )


def test_a_santral_that_the_file_no_longer_has_is_named(
    program: Program, repository: StandIn
) -> None:
    """Taking an entry out turns nothing off, which a reviewer may not expect."""
    program.write("santral.yaml", FILE.partition("  bursa")[0])

    result = program.run("plan", "--base", "HEAD")

    assert result.stdout == (
        "- bursa  No longer in the files. Its live settings stay as they are.\n\n"
        "Fields: 0 by this change, 0 by drift, 0 by both.\n"
        "Plan: 0 to change, 1 in sync, 0 failed.\n"
    )


def test_the_base_may_be_a_file(program: Program, repository: StandIn) -> None:
    """With no git at all, also for a file from standard input."""
    program.write("elsewhere/before.yaml", FILE)
    by_revision = program.run("plan", "--base", "HEAD")
    program.monkeypatch.setenv("PATH", "")

    by_file = program.run("plan", "--base", "elsewhere/before.yaml")
    from_stdin = program.run(
        "plan", "-c", "-", "--base", "elsewhere/before.yaml", stdin=QUIETER.encode()
    )

    assert by_file == by_revision
    assert from_stdin.stdout == by_file.stdout.replace("santral.yaml", "<stdin>")


def test_a_revision_goes_before_a_file_of_its_name(program: Program, repository: StandIn) -> None:
    """A pull request can add any file, so none may stand for the base."""
    before = program.run("plan", "--base", "main")
    program.write("main", QUIETER)

    assert program.run("plan", "--base", "main") == before


def test_directories_and_files_elsewhere_have_a_history_too(
    program: Program, repository: StandIn
) -> None:
    """Each path is looked up in the repository that it lies in."""
    for name, content in {"fleet/a.yaml": FILE, "fleet/b.txt": "x", "fleet/.c.yaml": "x"}.items():
        program.write(name, content)
    commit("a directory")
    program.write("fleet/a.yaml", QUIETER)
    expected = program.run("plan", "--base", "HEAD~1")

    from_above = program.run("plan", "-c", "fleet", "--base", "HEAD")
    program.monkeypatch.chdir(program.folder / "fleet")
    from_below = program.run("plan", "-c", "../santral.yaml", "--base", "HEAD~1")

    assert from_above.stdout == expected.stdout.replace("santral.yaml", "fleet/a.yaml")
    assert from_below.stdout == expected.stdout.replace("santral.yaml", "../santral.yaml")


def test_a_file_that_is_new_is_all_this_change(program: Program, repository: StandIn) -> None:
    """It did not exist at the base."""
    program.write("new.yaml", QUIETER)

    result = program.run("plan", "-c", "new.yaml", "--base", "HEAD")

    assert (result.exit_code, result.stdout.splitlines()[-4:-1]) == (
        0,
        [
            "Note: new.yaml did not exist at HEAD, or had another name, so everything that it "
            "asks for counts as this change.",
            "",
            "Fields: 2 by this change, 0 by drift, 0 by both.",
        ],
    )


def test_a_link_is_followed_to_the_file_that_has_a_history(
    program: Program, repository: StandIn
) -> None:
    """What was changed outside stays drift."""
    (program.folder / "link.yaml").symlink_to("santral.yaml")
    expected = program.run("plan", "--base", "HEAD")

    result = program.run("plan", "-c", "link.yaml", "--base", "HEAD")

    assert result.stdout == expected.stdout.replace("santral.yaml", "link.yaml")


def test_an_earlier_file_with_problems_gives_a_plan_without_causes(
    program: Program, repository: StandIn
) -> None:
    """The one who mends the file needs a plan."""
    program.write("santral.yaml", "version: 2\n")
    commit("broken")
    program.write("santral.yaml", QUIETER)

    result = program.run("plan", "--base", "HEAD")

    told = "It is not known whose change each is, because the files of --base have problems."
    shown = program.run("plan").stdout.replace("Plan:", f"Note: {told}\n\nPlan:")
    assert (result.exit_code, result.stdout) == (0, shown)
    assert result.stderr == (
        f"Warning: {told}\n"
        "HEAD:santral.yaml:1:1: santrals is missing. Add it, with the santrals under it, by name.\n"
        "HEAD:santral.yaml:1:10: version must be 1, the only version of this format.\n"
    )


def shallow(folder: Path) -> None:
    """Put a shallow clone of the folder's repository in its place."""
    commit("second")
    git("clone", "-q", "--depth", "1", f"file://{folder}", "shallow")
    os.chdir("shallow")


def outside(folder: Path) -> None:
    """Go where no repository is."""
    (folder / ".git").rename(folder / "no-git")


def without_git(_: Path) -> None:
    """Hide git."""
    os.environ["PATH"] = ""


SHALLOW = (
    "This clone is shallow and does not contain this revision. Fetch more of the history: "
    "fetch-depth: 0 "
    "(actions/checkout), GIT_DEPTH: 0 (GitLab)."
)
MAY_BE_FILE = "--base also takes a file, whose name ends in .yaml or .yml, or begins with ./ or /."
NO_REPOSITORY = f"--base HEAD: . is not in a git repository. Run in one. {MAY_BE_FILE}"
UNKNOWN = f"There is no such revision. {MAY_BE_FILE}"
NO_BASES: dict[str, tuple[Any, str, str]] = {
    "an unknown revision": (lambda _: None, "nope", f"--base nope: {UNKNOWN}"),
    "an option of git's": (lambda _: None, "--all", f"--base --all: {UNKNOWN}"),
    "a name too long": (lambda _: None, "x" * 300, f"--base {'x' * 300}: {UNKNOWN}"),
    "escapes": (lambda _: None, "\x1b[31m", f"--base \\x1b[31m: {UNKNOWN}"),
    "a shallow clone": (shallow, "HEAD~1", f"--base HEAD~1: {SHALLOW}"),
    "no repository": (outside, "HEAD", NO_REPOSITORY),
    "no git": (
        without_git,
        "HEAD",
        f"--base HEAD: A revision needs git, which could not be run. Install git. {MAY_BE_FILE}",
    ),
}


@pytest.mark.parametrize(("prepare", "base", "message"), NO_BASES.values(), ids=NO_BASES)
def test_a_base_that_is_not_to_be_had_is_an_error_before_any_request(
    program: Program, repository: StandIn, prepare: Any, base: str, message: str
) -> None:
    """With what to do."""
    program.monkeypatch.setenv("PATH", os.environ["PATH"])
    prepare(program.folder)

    result = program.run("plan", f"--base={base}")

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{message}\n")
    assert repository.service.requests == []


def test_standard_input_has_no_history(program: Program, repository: StandIn) -> None:
    """A revision says nothing of it."""
    result = program.run("plan", "-c", "-", "--base", "HEAD", stdin=QUIETER.encode())

    assert (result.exit_code, result.stderr) == (
        1,
        f"--base HEAD: Standard input has no history. Name a file with --config. {MAY_BE_FILE}\n",
    )


def test_git_gets_no_key(program: Program, repository: StandIn) -> None:
    """Nor any other variable of the program's."""
    program.write(
        "bin/git", '#!/bin/sh\nenv >> "$PWD/environment"\nexec /usr/bin/env -i "$(cat real)" "$@"\n'
    ).chmod(0o755)
    real = subprocess.check_output(["/bin/sh", "-c", "command -v git"], text=True)
    program.write("real", real.strip())
    program.monkeypatch.setenv("PATH", f"{program.folder}/bin{os.pathsep}{os.environ['PATH']}")

    assert program.run("plan", "--base", "HEAD").exit_code == 0

    seen = (program.folder / "environment").read_text()
    assert ("PATH=" in seen, "SANTRAL_" in seen) == (True, False)


DRIFTS = {
    "none": ("on", "Drift: 0 drifted, 2 in sync, 0 failed.\n", 0),
    "some": (
        "off",
        "~ ankara  (santral.yaml:9:3)\n    hangup  off → on  (drift)\n\n"
        "Note: Each arrow points from the live value to the value in the file, which apply "
        "restores.\n\n"
        "Drift: 1 drifted, 1 in sync, 0 failed. To undo the drift, run santral apply "
        "for the same files and santrals. "
        "To keep it, write what is live into the files.\n",
        2,
    ),
}


@pytest.mark.parametrize(("hangup", "shown", "code"), DRIFTS.values(), ids=DRIFTS)
def test_drift_is_what_somebody_changed_since_the_file_was_applied(
    program: Program, repository: StandIn, hangup: str, shown: str, code: int
) -> None:
    """For a scheduled job: exit code 2 when there is some."""
    program.write("santral.yaml", FILE)
    repository.hold("ankara", settings("on", "on", hangup, ANKARA.notification_url))

    result = program.run("plan", "--drift", "--detailed-exitcode")

    assert (result.exit_code, result.stdout) == (code, shown)


def test_base_and_drift_exclude_each_other(program: Program, repository: StandIn) -> None:
    """They answer different questions."""
    result = program.run("plan", "--drift", "--base", "HEAD")

    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        1,
        "Error: --base and --drift cannot be used together.",
    )
