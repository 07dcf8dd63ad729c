"""``santral init``: what it writes, what it leaves alone, and that what it wrote works at once."""

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest
from support.forge import load
from support.places import ROOT
from support.program import Program, Result
from support.readme import EXAMPLE, FLEETS, README, blocks
from support.reports import TO_APPLY_IN_SANDBOX

from reconciler.core.ci_systems import Ci, Gate

TEMPLATES = ROOT / "reconciler" / "scaffold" / "templates"
SCHEMA = (ROOT / "schemas" / "santral.schema.json").read_text("utf-8")
GITHUB = (TEMPLATES / "github-reviewers.yml").read_text("utf-8")
GITLAB = (TEMPLATES / "gitlab-reviewers.yml").read_text("utf-8")
LOCK = (ROOT / "requirements.lock").read_text("utf-8")

BASE = ("santral.yaml", "schemas/santral.schema.json", ".gitignore")
OURS = (
    ".santral/",
    *("/keys", "/secrets", "/list.csv", "/plan.json", "/plan.html", "/plan.xml", "/comment.md"),
    *("/plan-*.json", "/report-*.json", "/merged.json", "/checkup.html"),
    *("/drift.md", "/drift.html", "/drift.json", "/issue.md", "/quality.json"),
)
IGNORE = "".join(f"{line}\n" for line in OURS)
ALL_ADDED = f".gitignore: added 17 lines: {', '.join(OURS)}"
TRY = 'Try it with "santral plan --sandbox", which needs no key.\n'


def files(folder: Path) -> dict[str, str]:
    """Return what a folder holds: each file's text by its place."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in found}


def told(outcome: str, *places: str) -> str:
    """Return the lines that say the same of several files."""
    return "".join(f"{place}: {outcome}\n" for place in places)


def test_init_writes_a_file_that_works_at_once(program: Program) -> None:
    """It is valid, and planned in the sandbox without any key."""
    result = program.run("init")

    assert (result.exit_code, result.stdout, result.stderr) == (0, told("written", *BASE), TRY)
    assert files(program.folder) == {
        "santral.yaml": EXAMPLE,
        "schemas/santral.schema.json": SCHEMA,
        ".gitignore": IGNORE,
    }
    assert program.run("validate").stdout == "santral.yaml: 3 santrals, valid\n"
    assert program.run("plan", "--sandbox").stdout.endswith(
        f"\nPlan: 3 to change, 0 in sync, 0 failed.{TO_APPLY_IN_SANDBOX}"
    )


PIPELINES = {
    Ci.GITHUB: (".github/workflows/santral.yml", GITHUB),
    Ci.GITLAB: (".gitlab-ci.yml", GITLAB),
}
LOCKS = {Ci.GITHUB: ".github/santral.lock", Ci.GITLAB: ".gitlab/santral.lock"}
"""Where the copy of requirements.lock goes."""


BRANCH = {
    Ci.GITHUB: "The pipeline is for the branch main. For another one, change each "
    '"branches: [main]" in it.\n',
    Ci.GITLAB: "The pipeline is for the default branch of the project, main or another, which is "
    "set in GitLab (Settings -> Repository).\n",
}


@pytest.mark.parametrize("ci", Ci)
def test_init_writes_the_pipeline_that_is_asked_for(program: Program, ci: Ci) -> None:
    """With the lock of what it installs; and says where to read on. Again, nothing is written."""
    (place, text), lock = PIPELINES[ci], LOCKS[ci]
    where = f"The top of {place} says what to set up once for the pipeline.\n{BRANCH[ci]}"

    first = program.run("init", "--ci", str(ci))
    written = files(program.folder)
    second = program.run("init", "--ci", str(ci))

    assert (first.exit_code, first.stdout) == (0, told("written", *BASE, place, lock))
    assert first.stderr == second.stderr == where + TRY
    assert (written[place], written[lock]) == (text, LOCK)
    assert (second.exit_code, second.stdout) == (0, told("kept as it was", *BASE, place, lock))
    assert files(program.folder) == written


@pytest.mark.parametrize("ci", Ci)
@pytest.mark.parametrize("gate", Gate)
def test_init_writes_the_pipeline_with_the_gate_that_is_asked_for(
    program: Program, ci: Ci, gate: Gate
) -> None:
    """Without --gate, that of reviewers; a gate without a pipeline is a mistake."""
    place, _ = PIPELINES[ci]

    assert program.run("init", "--ci", str(ci), "--gate", str(gate)).exit_code == 0
    alone = program.run("init", "--gate", str(gate))

    assert files(program.folder)[place] == (TEMPLATES / f"{ci}-{gate}.yml").read_text("utf-8")
    assert (alone.exit_code, alone.stdout) == (1, "")
    assert "Error: --gate is for a pipeline: add --ci github or --ci gitlab.\n" in alone.stderr


KUBERNETES = ("kubernetes/santral.yaml", "kubernetes/santral.lock")


@pytest.mark.parametrize("options", [(), ("--shards", "3")])
def test_init_writes_what_runs_on_kubernetes(program: Program, options: tuple[str, ...]) -> None:
    """With the lock of what it installs; again, nothing is written."""
    said = f"The top of {KUBERNETES[0]} says how to set it up and run it.\n{TRY}"

    first = program.run("init", "--ci", "kubernetes", *options)
    there = files(program.folder)
    second = program.run("init", "--ci", "kubernetes", *options)

    assert first == Result(0, told("written", *BASE, *KUBERNETES), said)
    assert second == Result(0, told("kept as it was", *BASE, *KUBERNETES), said)
    assert there == files(program.folder)
    assert there[KUBERNETES[1]] == LOCK
    assert there[KUBERNETES[0]].count(f"\n  completions: {3 if options else 1}\n") == 2


@pytest.mark.parametrize("gate", Gate)
@pytest.mark.parametrize("ci", Ci)
def test_init_divides_a_pipeline_into_shards(program: Program, ci: Ci, gate: Gate) -> None:
    """Beside the same files, and with the same words, as for one machine."""
    place, _ = PIPELINES[ci]
    result = program.run("init", "--ci", str(ci), "--gate", str(gate), "--shards", "7")

    assert (result.exit_code, result.stdout) == (0, told("written", *BASE, place, LOCKS[ci]))
    where = f"The top of {place} says what to set up once for the pipeline.\n{BRANCH[ci]}"
    assert result.stderr == where + TRY
    text = files(program.folder)[place]
    assert ("/7" if ci is Ci.GITHUB else "\n  parallel: 7\n") in text
    assert "The fleet is divided into 7 shards." in text


RANGE = (
    "It must be 2 to 200. GitLab runs at most 200 jobs of one kind in parallel; GitHub's matrix "
    "has at most 256. For one machine, leave it out.\n"
)
MISTAKES = {
    "no pipeline": (
        ("--shards", "3"),
        "Error: --shards is for a pipeline: add --ci github, --ci gitlab or --ci kubernetes.\n",
    ),
    "one shard": (
        ("--ci", "github", "--shards", "1"),
        f"Error: Invalid value for '--shards': {RANGE}",
    ),
    "too many": (
        ("--ci", "gitlab", "--shards", "201"),
        f"Error: Invalid value for '--shards': {RANGE}",
    ),
    "no number": (
        ("--ci", "kubernetes", "--shards", "1/3"),
        f"Error: Invalid value for '--shards': {RANGE}",
    ),
    "a gate without a forge": (
        ("--ci", "kubernetes", "--gate", "manual"),
        "Error: --gate is for pipelines of GitHub and GitLab. On Kubernetes, whoever may start the "
        "Job applies.\n",
    ),
}


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize(("options", "said"), MISTAKES.values(), ids=MISTAKES)
def test_what_no_pipeline_can_be_is_a_mistake(
    program: Program, options: tuple[str, ...], said: str, *, terminal: bool
) -> None:
    """Said before anything is asked or written."""
    result = program.run("init", *options, terminal=terminal)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(said)
    assert files(program.folder) == {}


def test_the_pipeline_has_its_branch_where_init_says() -> None:
    """On GitHub in two places; on GitLab in none, for there the default branch is asked for."""
    elsewhere = load(GITHUB.replace("branches: [main]", "branches: [master]"))

    assert GITHUB.count("branches: [main]") == 2
    assert [elsewhere[True][event]["branches"] for event in ("pull_request", "push")] == [
        ["master"],
        ["master"],
    ]
    assert re.findall(r"\bmain\b(?! as)", f"{elsewhere} {load(GITLAB)}") == []


@pytest.mark.parametrize("ci", Ci)
@pytest.mark.parametrize("is_worktree", [False, True])
def test_a_pipeline_below_the_top_of_the_repository_is_warned_of(
    program: Program, ci: Ci, *, is_worktree: bool
) -> None:
    """It is never read there. Of a worktree or a submodule, .git is a file."""
    program.write(".git" if is_worktree else ".git/HEAD", "")
    below = program.folder / "ayar" / "santral"
    below.mkdir(parents=True)
    program.monkeypatch.chdir(below)
    place, text = PIPELINES[ci]

    result = program.run("init", "--ci", str(ci))

    assert (result.exit_code, files(below)[place]) == (0, text)
    assert result.stderr == (
        f"The top of {place} says what to set up once for the pipeline.\n{BRANCH[ci]}"
        "Warning: A pipeline is only read at the top of the repository, which is "
        f"{program.folder.resolve()}. Run this command there, or move {place} and {LOCKS[ci]} "
        f"there and write ayar/santral/santral.yaml in the pipeline instead of santral.yaml.\n{TRY}"
    )


def test_at_the_top_of_a_repository_inside_another_there_is_nothing_to_warn_of(
    program: Program,
) -> None:
    """As of a submodule; and without a pipeline, nothing need be at a top."""
    program.write(".git/HEAD", "")
    program.write("inner/.git/HEAD", "")
    program.write("ayar/here", "")

    program.monkeypatch.chdir(program.folder / "inner")
    assert "Warning" not in program.run("init", "--ci", "github").stderr
    program.monkeypatch.chdir(program.folder / "ayar")
    assert program.run("init").stderr == TRY


def test_nothing_that_is_there_is_overwritten(program: Program) -> None:
    """Not a file, not an empty one, not a directory, not a link that leads nowhere."""
    program.write("santral.yaml", "mine")
    program.write("schemas/santral.schema.json", "")
    program.write(".gitignore", f"mine\n{IGNORE}")
    program.write(".github/workflows/santral.yml/mine", "")
    program.write(".github/santral.lock", "mine")

    result = program.run("init", "--ci", "github")

    kept = told("kept as it was", *BASE, ".github/workflows/santral.yml", LOCKS[Ci.GITHUB])
    assert (result.exit_code, result.stdout) == (0, kept)
    assert files(program.folder) == {
        "santral.yaml": "mine",
        "schemas/santral.schema.json": "",
        ".gitignore": f"mine\n{IGNORE}",
        ".github/workflows/santral.yml/mine": "",
        ".github/santral.lock": "mine",
    }


def test_a_link_that_leads_nowhere_is_not_followed(program: Program) -> None:
    """Writing through it would make a file in a place that nobody named."""
    (program.folder / "santral.yaml").symlink_to(program.folder.parent / "elsewhere")

    result = program.run("init")

    assert result.stdout.splitlines()[0] == "santral.yaml: kept as it was"
    assert not (program.folder.parent / "elsewhere").exists()


MISSING = {
    "without a newline at its end": ("dist/", f"dist/\n{IGNORE}", ALL_ADDED),
    "empty": ("", IGNORE, ALL_ADDED),
    "with a comment about it": ("# .santral/\n", f"# .santral/\n{IGNORE}", ALL_ADDED),
    "without the last": (
        "".join(f" {line}\r\n" for line in OURS[:-1]),
        "".join(f" {line}\r\n" for line in OURS[:-1]) + "/quality.json\n",
        ".gitignore: added the line /quality.json",
    ),
}


@pytest.mark.parametrize(("before", "after", "said"), MISSING.values(), ids=MISSING)
def test_a_gitignore_is_given_the_missing_lines(
    program: Program, before: str, after: str, said: str
) -> None:
    """Once; and its permissions stay."""
    program.write(".gitignore", before).chmod(0o640)

    first, second = program.run("init"), program.run("init")

    assert first.stdout.splitlines()[2] == said
    assert second.stdout.splitlines()[2] == ".gitignore: kept as it was"
    assert (program.folder / ".gitignore").read_bytes().decode() == after
    assert stat.S_IMODE((program.folder / ".gitignore").stat().st_mode) == 0o640


def test_git_ignores_the_keys_and_what_runs_leave_behind(program: Program) -> None:
    """In this folder; what has such a name elsewhere is somebody's own."""
    program.run("init")
    git = ("git", "-c", "core.excludesFile=/dev/null")
    subprocess.run([*git, "init", "-q"], check=True)
    names = [line.removeprefix("/").replace("*", "12") for line in OURS[1:]]
    others = ["santral.yaml", "docs/keys", "docs/plan.json", "docs/plan-1.json", "docs/drift.md"]

    run = subprocess.run(
        [*git, "check-ignore", ".santral/journal.jsonl", *names, *others],
        capture_output=True,
        check=False,
        text=True,
    )

    assert run.stdout.splitlines() == [".santral/journal.jsonl", *names]


def test_git_ignores_what_the_documents_write(program: Program) -> None:
    """Each file that a command of theirs makes in this folder, by the name that they give it."""
    program.run("init")
    subprocess.run(["git", "init", "-q"], check=True)
    commands = "".join(block for text in (README, FLEETS) for block in blocks("sh", text))
    made = {*re.findall(r"(?:--out |--format \w+=| > )([\w.-]+)(?=\s)", commands)}

    run = subprocess.run(
        ["git", "-c", "core.excludesFile=/dev/null", "check-ignore", *sorted(made)],
        capture_output=True,
        check=False,
        text=True,
    )

    assert made >= {"plan-1.json", "plan-2.json", "merged.json", "report-1.json", "plan.html"}
    assert run.stdout.splitlines() == sorted(made)


def test_another_gitlab_pipeline_is_left_as_it_is(program: Program) -> None:
    """Ours goes beside it, to be included; once it is, there is nothing left to say."""
    program.write(".gitlab-ci.yml", "build:\n  script: make\n")
    hint = (
        ".gitlab-ci.yml was there before, with another pipeline. Add these lines to it:\n\n"
        "include:\n  - local: .gitlab/santral.yml\n\n"
        'If it has a list of stages, "test" and "deploy" must be among them. '
        "The top of .gitlab/santral.yml says what to set up once.\n"
    )

    first = program.run("init", "--ci", "gitlab")

    assert first.stdout == told("written", *BASE, ".gitlab/santral.yml", LOCKS[Ci.GITLAB])
    assert first.stderr == hint + BRANCH[Ci.GITLAB] + TRY
    assert files(program.folder)[".gitlab/santral.yml"] == GITLAB
    assert files(program.folder)[".gitlab-ci.yml"] == "build:\n  script: make\n"

    program.write(".gitlab-ci.yml", "include:\n  - local: .gitlab/santral.yml\n")
    second = program.run("init", "--ci", "gitlab")

    assert second.stdout == told("kept as it was", *BASE, ".gitlab/santral.yml", LOCKS[Ci.GITLAB])
    assert (
        "The top of .gitlab/santral.yml says what to set up once for the pipeline." in second.stderr
    )


OUT = {
    "a directory on the way": (".github", ".github/workflows/santral.yml"),
    "the .gitignore": (".gitignore", ".gitignore"),
}


@pytest.mark.parametrize(("link", "place"), OUT.values(), ids=OUT)
def test_a_link_out_of_the_folder_is_not_followed(program: Program, link: str, place: str) -> None:
    """A repository that somebody else made must not choose where this program writes."""
    outside = program.folder.parent / "outside"
    outside.mkdir()
    target = outside / "ignore" if link == ".gitignore" else outside
    if link == ".gitignore":
        target.write_text("mine\n")
    (program.folder / link).symlink_to(target)
    before = files(outside)

    result = program.run("init", "--ci", "github")

    assert (result.exit_code, result.stderr) == (
        1,
        f"{place} is left alone: a link on the way there leads out of this folder. Remove the "
        "link, or run this command in the folder that it leads to.\n",
    )
    assert files(outside) == before


def test_a_place_that_cannot_be_written_is_an_error(program: Program) -> None:
    """It says which, and why; nothing half-written stays."""
    program.write(".github", "a file where a directory is needed")

    result = program.run("init", "--ci", "github")

    assert (result.exit_code, result.stderr) == (
        1,
        f".github/workflows/santral.yml cannot be written. The system says: {os.strerror(20)}.\n",
    )
    assert set(files(program.folder)) == {*BASE, ".github"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_an_error(program: Program) -> None:
    """As the one above, but by permission."""
    program.folder.chmod(0o500)

    result = program.run("init")

    assert (result.exit_code, result.stderr) == (
        1,
        f"santral.yaml cannot be written. The system says: {os.strerror(13)}.\n",
    )


def test_a_gitlab_file_that_cannot_be_read_is_an_error(program: Program) -> None:
    """Whether it is ours cannot be told."""
    (program.folder / ".gitlab-ci.yml").mkdir()

    result = program.run("init", "--ci", "gitlab")

    assert (result.exit_code, result.stderr) == (
        1,
        ".gitlab-ci.yml cannot be read. It is not a regular file.\n",
    )
