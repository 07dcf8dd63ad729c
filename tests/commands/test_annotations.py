"""What a code host is told of places in files: which of them, under which path, and how often."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.fleet import FILE, settings
from support.program import Program
from support.stand_in import StandIn

from reconciler.sandbox.service import Reply

BROKEN = "version: 1\nsantrals:\n  ankara:\n    crm_integration: {hangup: yes, ringing: no}\n"
WORKSPACES = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


@pytest.fixture
def desk(program: Program) -> Program:
    """Run where no CI system names a folder, and the code host no file."""
    for variable in (*WORKSPACES, "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        program.monkeypatch.delenv(variable, raising=False)
    return program


def commands(stdout: str) -> list[str]:
    """Return the lines that GitHub's runner takes for commands."""
    return [line for line in stdout.splitlines() if line.startswith("::")]


def annotated_paths(program: Program, config: str) -> set[str]:
    """Return the paths that ``validate`` gives to both code hosts."""
    result = program.run(
        *("validate", "-c", config, "--format", "github", "--format", "gitlab=out.json")
    )
    github = re.findall("^::error file=([^,]*),", result.stdout, re.MULTILINE)
    gitlab = [issue["location"]["path"] for issue in json.loads(Path("out.json").read_text())]
    assert github == gitlab
    return {*github}


PLACES = {
    "no repository": ((), {}, "santral.yaml", "santral.yaml"),
    "no repository, with a dot": ((), {}, "./santral.yaml", "santral.yaml"),
    "git's top": ((".git",), {}, "santral.yaml", "teams/crm/santral.yaml"),
    "git's nearest top": ((".git", "teams/.git"), {}, "./santral.yaml", "crm/santral.yaml"),
    "a folder above": ((".git",), {}, "../other.yaml", "teams/other.yaml"),
    "GitHub's folder": ((), {"GITHUB_WORKSPACE": "teams"}, "santral.yaml", "crm/santral.yaml"),
    "GitLab's folder": ((), {"CI_PROJECT_DIR": "."}, "santral.yaml", "teams/crm/santral.yaml"),
    "GitHub's folder before git's": (
        (".git", "teams/.git"),
        {"GITHUB_WORKSPACE": "."},
        "santral.yaml",
        "teams/crm/santral.yaml",
    ),
    "GitHub's folder, which is elsewhere": (
        (".git",),
        {"GITHUB_WORKSPACE": "elsewhere"},
        "santral.yaml",
        "teams/crm/santral.yaml",
    ),
    "a name that is empty": ((), {"GITHUB_WORKSPACE": ""}, "santral.yaml", "santral.yaml"),
}


@pytest.mark.parametrize(("repositories", "folders", "named", "path"), PLACES.values(), ids=PLACES)
def test_a_path_begins_where_the_code_host_has_it_begin(
    desk: Program,
    repositories: Sequence[str],
    folders: dict[str, str],
    named: str,
    path: str,
) -> None:
    """Wherever the command runs, and however its file is named: relatively or from the root."""
    for name in ("teams/crm/santral.yaml", "teams/other.yaml"):
        desk.write(name, BROKEN)
    for repository in repositories:
        desk.write(f"{repository}/HEAD", "")
    for variable, folder in folders.items():
        desk.monkeypatch.setenv(variable, folder and str(desk.folder / folder))
    desk.monkeypatch.chdir(desk.folder / "teams/crm")

    assert annotated_paths(desk, named) == {path}
    if repositories or any(folders.values()):
        assert annotated_paths(desk, str(Path(named).resolve())) == {path}


def test_a_linked_folder_is_called_what_the_repository_calls_it(desk: Program) -> None:
    """A link out of the repository leads nowhere that the code host knows."""
    desk.write(".git/HEAD", "")
    desk.write("teams/santral.yaml", BROKEN)
    Path("link").symlink_to("teams")

    assert annotated_paths(desk, "link/santral.yaml") == {"teams/santral.yaml"}


def test_a_plan_s_annotations_have_such_paths_too(desk: Program, in_sync: StandIn) -> None:
    """So has standard input its name, which is none of a file."""
    desk.write(".git/HEAD", "")
    desk.write("teams/santral.yaml", FILE)
    desk.monkeypatch.chdir(desk.folder / "teams")
    in_sync.answer(name="ankara", with_=Reply(401, "no"))

    (from_file,) = commands(desk.run("plan", "--format", "github").stdout)
    stdin = desk.run("plan", "-c", "-", "--format", "github", stdin=FILE.encode())
    (from_stdin,) = commands(stdin.stdout)

    assert from_file.startswith("::error file=teams/santral.yaml,line=9,col=3,title=santral ankara")
    assert from_stdin.startswith("::error file=<stdin>,line=9,col=3,title=santral ankara")


def fleet(count: int, entry: str = "{crm_integration: {}}") -> str:
    """Return a file of many santrals, s01 and on."""
    names = (f"  s{number:02}: {entry}\n" for number in range(1, count + 1))
    return f"{FILE[: FILE.index('santrals:')]}santrals:\n{''.join(names)}"


@pytest.mark.parametrize(("count", "rest"), [(9, None), (10, 1), (14, 5)])
def test_a_step_has_nine_errors_and_one_that_counts_the_rest(
    desk: Program, in_sync: StandIn, count: int, rest: int | None
) -> None:
    """The runner shows ten and drops the others without a word."""
    desk.write("santral.yaml", fleet(count))

    found = commands(desk.run("plan", "--format", "github").stdout)

    titles = [f"::error file=santral.yaml,line={line},col=3," for line in range(9, 9 + 9)]
    assert [line[: len(title)] for line, title in zip(found, titles, strict=False)] == titles
    more = {
        None: [],
        1: [
            "::error title=santral%3A errors-more::There is 1 more error. See the log of this step."
        ],
        5: [
            "::error title=santral%3A errors-more"
            "::There are 5 more errors. See the log of this step."
        ],
    }
    assert found[9:] == more[rest]


def test_so_has_it_nine_problems_of_a_file(desk: Program) -> None:
    """Errors of ``validate`` are counted as those of a plan."""
    desk.write("santral.yaml", fleet(12, "{crm_integration: {hangup: yes}}"))

    found = commands(desk.run("validate", "--format", "github").stdout)

    assert (len(found), found[-1]) == (
        10,
        "::error title=santral%3A errors-more::There are 3 more errors. See the log of this step.",
    )


def test_so_has_it_nine_warnings_the_worst_first(desk: Program, stand_in: StandIn) -> None:
    """Another host for call data is worse than a plain warning."""
    names = [*(f"a{number:02}" for number in range(11)), "bursa"]
    insecure = (
        "{allow_insecure_url: true, crm_integration: {notification_url: 'http://a.example.com/'}}"
    )
    entries = "".join(f"  {name}: {insecure}\n" for name in names[:-1])
    desk.write(
        "santral.yaml",
        f"version: 1\nsantrals:\n{entries}  bursa:\n    crm_integration: {{notification_url: 'https://crm.example.com/'}}\n",
    )
    stand_in.hold("bursa", settings("on", "on", "on", "https://evil.example.com/"))

    found = commands(desk.run("plan", "--drift", "--format", "github").stdout)

    warnings = [line for line in found if line.startswith("::warning")]
    assert warnings[0] == (
        "::warning file=santral.yaml,line=14,col=3,title=santral bursa%3A drifted"
        "::notification_url was changed outside the files. Live now: https://evil.example.com/."
    )
    assert (len(warnings), warnings[-1]) == (
        10,
        "::warning title=santral%3A warnings-more"
        "::There are 3 more warnings. See the log of this step.",
    )


def test_what_may_have_been_sent_comes_before_what_was_not(
    desk: Program, stand_in: StandIn
) -> None:
    """Not verified is worse than failed, whatever the names."""
    desk.write("santral.yaml", FILE)
    stand_in.hold("bursa", settings("off", "off", "off", None))
    stand_in.answer(name="ankara", with_=Reply(401, "no"))
    stand_in.move("bursa", settings("on", "off", "off", None), before=("GET", 3))

    result = desk.run("apply", "--format", "github")

    assert (
        result.exit_code,
        [re.findall("santral ([a-z]+)", c) for c in commands(result.stdout)],
    ) == (
        4,
        [["bursa"], ["ankara"]],
    )


def fingerprints(program: Program, content: str) -> list[str]:
    """Return those that the code-quality report has for a file of this content."""
    program.write("santral.yaml", content)
    program.run("validate", "--format", "gitlab=out.json")
    return [issue["fingerprint"] for issue in json.loads(Path("out.json").read_text())]


ABOVE = "# a line\n\n"
FAULTS = {
    "two values": BROKEN,
    "a name twice": BROKEN.replace(
        "{hangup: yes, ringing: no}\n", "{}\n  bursa: {key: ankara, crm_integration: {}}\n"
    ),
    "a syntax error": BROKEN.replace("hangup: yes", "hangup: [yes"),
    "the same value in two santrals": fleet(2, "{crm_integration: {hangup: yes}}"),
    "a URL in two santrals": fleet(
        2, "{crm_integration: {notification_url: 'http://a.example.com'}}"
    ),
}


@pytest.mark.parametrize("content", FAULTS.values(), ids=FAULTS)
def test_a_fingerprint_stays_when_lines_are_added_above(desk: Program, content: str) -> None:
    """GitLab would take the same problem for a new one, and the old one for solved."""
    before = fingerprints(desk, content)

    assert fingerprints(desk, ABOVE + content) == before
    assert len(set(before)) == len(before) > 0


def test_a_fingerprint_tells_santrals_files_and_equal_findings_apart(desk: Program) -> None:
    """Mending one problem leaves the others theirs."""
    wrong, right = "{crm_integration: {hangup: yes}}", "{crm_integration: {hangup: on}}"
    both = fingerprints(desk, fleet(2, wrong))
    second = fingerprints(desk, fleet(2, wrong).replace(wrong, right, 1))
    assert second == both[1:]

    keys = "".join(f"# K{n:08}-1234-5678-4321-123456789012\n" for n in (1, 2))
    assert len({*fingerprints(desk, keys + FILE)}) == 2
