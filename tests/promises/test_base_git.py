"""``plan --base`` reads git rightly: nothing of the repository's choosing runs or is believed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.fleet import ANKARA, BURSA, FILE, QUIETER
from support.forge import git
from support.places import CONTRIBUTING
from support.program import Program, Result
from support.stand_in import StandIn

from reconciler.config.reader import MOST_BYTES

ALL_THIS_CHANGE = "Fields: 2 by this change, 0 by drift, 0 by both.\n"


def commit(folder: Path, message: str) -> str:
    """Commit all there is, and return the commit's name."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a repository with two commits, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    git(folder, "init", "-q", "-b", "main")
    (folder / "santral.yaml").write_text("version: 1\nsantrals: {ankara: {crm_integration: {}}}\n")
    commit(folder, "zeroth")
    (folder / "santral.yaml").write_text(FILE)
    commit(folder, "first")
    return folder


@pytest.fixture
def repository(program: Program, stand_in: StandIn, made: Path) -> Path:
    """Give one of one's own, whose last commit is applied, and a file changed since."""
    shutil.copytree(made, program.folder, dirs_exist_ok=True)
    program.write("santral.yaml", QUIETER)
    stand_in.hold("ankara", ANKARA)
    stand_in.hold("bursa", BURSA)
    return program.folder


def refused(result: Result, message: str) -> None:
    """Check that a run ended with a message and nothing else."""
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{message}\n")


# (a) Nothing that a repository names is run.


def partial(folder: Path) -> Path:
    """Put a partial clone in the program's place, whose files are at the remote only."""
    commit(folder, "now")
    git(folder, "config", "uploadpack.allowFilter", "true")
    clone = folder / "clone"
    git(folder, "clone", "-q", "-n", "--filter=blob:none", folder.as_uri(), clone.name)
    (clone / "santral.yaml").write_text(QUIETER)
    os.chdir(clone)
    return clone


def marking(folder: Path) -> Path:
    """Make a program that leaves a mark, whatever it is asked."""
    program = folder / "marking"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> "{folder}/mark"\nexit 1\n')
    program.chmod(0o755)
    (folder / "git-remote-evil").symlink_to(program)
    return program


TRANSPORTS = {
    "ext": {"remote.origin.url": "ext::{0}", "protocol.ext.allow": "always"},
    "ssh": {"remote.origin.url": "ssh://x@127.0.0.1/x", "core.sshCommand": "{0}"},
    "the git protocol": {"remote.origin.url": "git://127.0.0.1/x", "core.gitProxy": "{0}"},
    "a program at the other end": {"remote.origin.uploadpack": "{0}"},
    "a helper by its name": {"remote.origin.url": "evil::x", "protocol.allow": "always"},
    "a helper by a setting": {"remote.origin.vcs": "evil", "protocol.allow": "always"},
}
LEFT_OUT = ("GIT_NO_LAZY_FETCH", "GIT_ALLOW_PROTOCOL", None)
"""The lock that is opened: one of two, or none."""


@pytest.mark.parametrize("variable", LEFT_OUT)
@pytest.mark.parametrize("configuration", TRANSPORTS.values(), ids=TRANSPORTS)
def test_a_partial_clone_fetches_nothing(
    program: Program, repository: Path, configuration: dict[str, str], variable: str | None
) -> None:
    """Each of two locks holds without the other; a git that heeds one only is safe, too."""
    evil = marking(repository)
    clone = partial(repository)
    program.monkeypatch.setenv("PATH", f"{repository}{os.pathsep}{os.environ['PATH']}")
    for name, value in configuration.items():
        git(clone, "config", name, value.format(evil))
    if variable:
        real = shutil.which("git")
        program.write("git", f'#!/bin/sh\nunset {variable}\nexec {real} "$@"\n').chmod(0o755)

    result = program.run("plan", "--base", "HEAD~1")

    said = result.stderr.partition("as of this revision. git says: ")
    assert not (repository / "mark").exists()
    assert (result.exit_code, result.stdout, said[0]) == (
        1,
        "",
        "--base HEAD~1: git could not read santral.yaml ",
    )
    assert re.search("from promisor remote|transport '.*' not allowed", said[2])


def test_the_partial_clone_would_run_them(program: Program, repository: Path) -> None:
    """So the test before proves something: git by itself does as the repository says."""
    evil = marking(repository)
    clone = partial(repository)
    git(clone, "config", "remote.origin.url", f"ext::{evil}")
    git(clone, "config", "protocol.ext.allow", "always")

    subprocess.run(["git", "cat-file", "blob", "HEAD:santral.yaml"], check=False)

    assert (repository / "mark").exists()


def test_nothing_that_a_configuration_names_is_run(program: Program, repository: Path) -> None:
    """Hooks, filters, pagers, watchers."""
    evil = marking(repository)
    expected = program.run("plan", "--base", "HEAD")
    for name in (
        *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass"),
        *("diff.external", "diff.x.textconv", "diff.x.command", "filter.x.smudge"),
        *("filter.x.clean", "filter.x.process", "alias.ls-tree", "alias.cat-file", "gpg.program"),
        *("credential.helper", "core.alternateRefsCommand", "uploadpack.packObjectsHook"),
    ):
        git(repository, "config", name, str(evil))
    git(repository, "config", "core.hooksPath", "hooks")
    for name in ("post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc"):
        program.write(f"hooks/{name}", evil.read_text()).chmod(0o755)
    program.write(".gitattributes", "* diff=x filter=x\n")
    program.write(".git/info/attributes", "* diff=x filter=x\n")

    assert program.run("plan", "--base", "HEAD") == expected
    assert not (repository / "mark").exists()


def test_a_bare_repository_among_the_files_is_not_believed(
    program: Program, repository: Path
) -> None:
    """A pull request can add its files, and with them a history and a configuration."""
    program.write("fleet/a.yaml", QUIETER)
    git(repository, "clone", "-q", "--bare", ".", "bare")
    shutil.copytree(repository / "bare", repository / "fleet", dirs_exist_ok=True)

    result = program.run("plan", "-c", "fleet", "--base", "HEAD")

    refused(
        result,
        '--base HEAD: git could not read this revision. git says: "fatal: cannot use bare '
        f"repository '{repository}/fleet' (safe.bareRepository is 'explicit')\".",
    )


def test_a_worktree_of_a_bare_repository_has_a_history(program: Program, repository: Path) -> None:
    """It is no bare repository itself."""
    expected = program.run("plan", "--base", "HEAD")
    git(repository, "clone", "-q", "--bare", ".", "bare.git")
    git(repository / "bare.git", "worktree", "add", "-q", "../tree", "main")
    program.write("tree/santral.yaml", QUIETER)
    program.monkeypatch.chdir(repository / "tree")

    assert program.run("plan", "--base", "main") == expected


def test_a_replaced_commit_is_read_as_it_was(program: Program, repository: Path) -> None:
    """Git can put another one in its place, for whoever looks."""
    expected = program.run("plan", "--base", "HEAD")
    git(repository, "replace", "HEAD", "HEAD~1")

    assert program.run("plan", "--base", "HEAD") == expected


@pytest.mark.parametrize("name", ["main", "origin/main", "fleet/"])
def test_a_file_of_a_branchs_name_is_no_base(program: Program, repository: Path, name: str) -> None:
    """A pull request can add it, where the revision cannot be had; only a path is meant as one."""
    git(repository, "checkout", "-q", "-b", "other")
    git(repository, "branch", "-q", "-D", "main")
    program.write(name if not name.endswith("/") else "fleet/a.yaml", FILE)

    result = program.run("plan", "--base", name)
    by_path = program.run("plan", "--base", f"./{name}")

    assert (result.exit_code, "There is no such revision" in result.stderr) == (1, True)
    assert by_path.stdout.endswith(
        "Plan: 2 to change, 0 in sync, 0 failed. To make them, run santral apply for "
        "the same files and santrals.\n"
    )


# (b) What git cannot read is an error, and no drift.


def take_away(folder: Path, name: str) -> None:
    """Remove an object."""
    _object(folder, name).unlink()


def spoil(folder: Path, name: str) -> None:
    """Put other bytes in an object's place."""
    file = _object(folder, name)
    file.chmod(0o600)
    file.write_bytes(b"\x1b[31mspoilt")


def _object(folder: Path, name: str) -> Path:
    digest = git(folder, "rev-parse", name)
    return folder / ".git" / "objects" / digest[:2] / digest[2:]


BROKEN: dict[str, tuple[str, str]] = {
    "a file": (
        "HEAD:santral.yaml",
        "git could not read santral.yaml as of this revision. git says: ",
    ),
    "a file in a folder": (
        "HEAD:fleet/a.yaml",
        "git could not read fleet/a.yaml as of this revision. git says: ",
    ),
    "a folder": ("HEAD:fleet", "git could not read the folder as of this revision. git says: "),
    "the whole tree": ("HEAD^{tree}", "git could not read "),
    "the commit": ("main", "git could not read "),
}
HARMS = (take_away, spoil)


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize(("name", "message"), BROKEN.values(), ids=BROKEN)
def test_what_git_cannot_read_is_an_error_that_says_so(
    program: Program,
    repository: Path,
    stand_in: StandIn,
    name: str,
    message: str,
    harm: Callable[[Path, str], None],
) -> None:
    """Taken for a file that was empty or not there, it would make of drift a change."""
    program.write("fleet/a.yaml", FILE)
    program.write("santral.yaml", FILE)
    commit(repository, "second")
    harm(repository, name)
    for changed in ("fleet/a.yaml", "santral.yaml"):  # Git is not asked for what is still there.
        program.write(changed, QUIETER)
    files = ("-c", "fleet") if "fleet" in name else ()

    result = program.run("plan", "--base", "main", *files)

    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert result.stderr.startswith(f"--base main: {message}")
    assert "\x1b" not in result.stderr
    assert len(result.stderr) < 500
    assert stand_in.service.requests == []


def test_a_commit_that_is_missing_on_the_way_is_no_unknown_revision(
    program: Program, repository: Path
) -> None:
    """Nor are its ancestors."""
    parent = git(repository, "rev-parse", "HEAD")
    commit(repository, "second")
    take_away(repository, parent)

    result = program.run("plan", "--base", "HEAD~2")

    refused(
        result,
        '--base HEAD~2: git could not read this revision. git says: "error: Could not read '
        f'{parent}".',
    )


# (c) A name that stands for two things stands for none.

AMBIGUOUS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "a tag and a branch": (("refs/tags/main",), "main", "refs/tags/main, refs/heads/main"),
    "within an expression": (("refs/tags/main",), "main~0", "refs/tags/main, refs/heads/main"),
    **{
        f"within {base}": (("refs/tags/main",), base, "refs/tags/main, refs/heads/main")
        for base in (
            *("main~1", "main~9", "main^{tree}", "main^{/nothing}", "main@{0}", "main@{9}"),
            *("main@{1.day.ago}", "main@{upstream}", "main@{0}~1", "main..HEAD"),
        )
    },
    "a short hash within one": (("refs/heads/{short}",), "{short}~9", "refs/heads/{short}, {long}"),
    "a slip within one": (("main",), "main@{0}", "refs/heads/main, .git/main"),
    "a branch of a remote's name": (
        ("refs/heads/origin/main", "refs/remotes/origin/main"),
        "origin/main",
        "refs/heads/origin/main, refs/remotes/origin/main",
    ),
    "a remote of a branch's name": (
        ("refs/remotes/main/HEAD",),
        "main",
        "refs/heads/main, refs/remotes/main/HEAD",
    ),
    "a short hash": (("refs/heads/{short}",), "{short}", "refs/heads/{short}, {long}"),
    "a slip": (("main",), "main", "refs/heads/main, .git/main"),
}
IS_SAID = ("true", "false")
NO_NAME = re.compile(r"[~^]|@\{|\.\.")
"""What begins behind the name in an expression."""


@pytest.mark.parametrize("is_said", IS_SAID)
@pytest.mark.parametrize(("refs", "base", "listed"), AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_an_ambiguous_name_is_an_error_with_the_full_names(
    program: Program,
    repository: Path,
    refs: tuple[str, ...],
    base: str,
    listed: str,
    is_said: str,
) -> None:
    """Whatever the repository has git say of it."""
    long = git(repository, "rev-parse", "HEAD~1")
    git(repository, "config", "core.warnAmbiguousRefs", is_said)
    names = {"short": long[:9], "long": long}
    for ref in refs:
        git(repository, "update-ref", ref.format(**names), "HEAD~1")
    base = base.replace("{short}", names["short"])

    result = program.run("plan", "--base", base)

    refused(
        result,
        f"--base {base}: {NO_NAME.split(base)[0]} is ambiguous. Give one of these in full, or "
        f"remove the others: {sorted_as(listed.format(**names), result.stderr)}.",
    )


def sorted_as(listed: str, text: str) -> str:
    """Return names in the order of a text; git's is that of the names."""
    return ", ".join(sorted(listed.split(", "), key=lambda name: text.rfind(f" {name}")))


@pytest.mark.parametrize(
    "base",
    [
        *("HEAD", "@", "{hash}", "refs/heads/main"),
        *("HEAD~0", "@~0", "{hash}^0", "refs/heads/main~0", "HEAD@{{0}}", "refs/heads/main@{{0}}"),
    ],
)
def test_what_git_takes_for_itself_is_not_ambiguous(
    program: Program, repository: Path, base: str
) -> None:
    """Or whoever pushes a branch could stop every plan."""
    head = git(repository, "rev-parse", "HEAD")
    expected = program.run("plan", "--base", head)
    for name in ("HEAD", head, "refs/heads/main"):
        git(repository, "update-ref", f"refs/heads/{name}", "HEAD~1")
        git(repository, "update-ref", f"refs/tags/{name}", "HEAD~1")

    assert program.run("plan", "--base", base.format(hash=head)) == expected


# (d) The branch lacks commits of the base.

BEHIND = (
    "The branch lacks commits of main, so what others changed there counts as this change. Merge "
    "main first."
)
SHALLOW = (
    "This clone is too shallow to show whether the branch has all commits of main. If it does not, "
    "what others changed there counts as this change. Fetch more of the history: fetch-depth: 0 "
    "(actions/checkout), GIT_DEPTH: 0 (GitLab)."
)


def fall_behind(folder: Path) -> None:
    """Leave main for a branch, and let others go on there."""
    git(folder, "stash", "-q")
    git(folder, "branch", "-q", "mine")
    commit(folder, "by others")
    git(folder, "checkout", "-q", "mine")
    git(folder, "stash", "pop", "-q")


@pytest.mark.parametrize("tag", ["v1", "HEAD"])
def test_a_branch_that_lacks_commits_of_the_base_is_told_to_merge_it(
    program: Program, repository: Path, tag: str
) -> None:
    """What others merged since then looks like this change; a tag that git warns of aside."""
    git(repository, "update-ref", f"refs/tags/{tag}", "HEAD")
    fall_behind(repository)

    before = program.run("plan", "--base", "main")
    quiet = program.run("plan", "--base", "main", "--quiet")
    git(repository, "merge", "-q", "main")
    after = program.run("plan", "--base", "main")

    assert (before.exit_code, before.stderr) == (0, f"Warning: {BEHIND}\n")
    assert quiet == replace(before, stderr="")
    assert before.stdout == after.stdout.replace("\nFields:", f"\nNote: {BEHIND}\n\nFields:")
    assert (after.stderr, after.stdout.count("Note:")) == ("", 0)
    assert ALL_THIS_CHANGE in after.stdout


def test_every_format_says_that_the_branch_lacks_commits(
    program: Program, repository: Path
) -> None:
    """Once, also where several files are of one repository."""
    fall_behind(repository)
    program.write("fleet/a.yaml", FILE.replace("ankara", "canakkale").replace("bursa", "denizli"))
    formats = {"json": "plan.json", "markdown": "plan.md", "html": "plan.html"}

    arguments = [f"--format={name}={file}" for name, file in formats.items()]
    program.run("plan", "--base", "main", *arguments, "-c", "santral.yaml", "-c", "fleet")

    for file in formats.values():
        assert (program.folder / file).read_text().count(BEHIND) == 1, file
    assert BEHIND in json.loads((program.folder / "plan.json").read_text())["notes"]


def test_a_shallow_clone_says_that_it_cannot_see_that(program: Program, repository: Path) -> None:
    """Two commits are there, and not what lies between them."""
    fall_behind(repository)
    commit(repository, "mine")
    git(repository, "init", "-q", "clone")
    clone = repository / "clone"
    refspecs = ("main:refs/heads/main", "mine:refs/heads/mine")
    git(clone, "fetch", "-q", "--depth=1", repository.as_uri(), *refspecs)
    git(clone, "checkout", "-q", "mine")
    program.monkeypatch.chdir(clone)

    result = program.run("plan", "--base", "main")

    assert (result.exit_code, result.stderr) == (0, f"Warning: {SHALLOW}\n")
    assert f"\nNote: {SHALLOW}\n" in result.stdout


def test_the_merge_of_a_pull_request_has_its_base(program: Program, repository: Path) -> None:
    """As GitHub checks it out, two commits deep; its first parent is the base."""
    git(repository, "checkout", "-q", "-b", "pull")
    commit(repository, "a change")
    git(repository, "checkout", "-q", "main")
    commit(repository, "by others")
    git(repository, "merge", "-q", "--no-ff", "-m", "merge", "pull")
    git(repository, "clone", "-q", "--depth=2", repository.as_uri(), "clone")
    program.monkeypatch.chdir(repository / "clone")

    result = program.run("plan", "--base", "HEAD^1")

    assert (result.exit_code, result.stderr) == (0, "")
    assert ALL_THIS_CHANGE in result.stdout


# (e) and (f): another name, another folder.


@pytest.mark.parametrize("base", ["main", "main~1", "main^{commit}"])
def test_a_branch_that_only_the_remote_has_is_named(
    program: Program, repository: Path, base: str
) -> None:
    """As in a clone of a pull request's branch."""
    git(repository, "checkout", "-q", "-b", "mine")
    git(repository, "update-ref", "refs/remotes/origin/main", "main")
    git(repository, "branch", "-q", "-D", "main")

    refused(
        program.run("plan", "--base", base),
        f"--base {base}: There is no main here, but there is origin/main. Use that.",
    )


def test_a_hook_of_git_can_run_it(program: Program, repository: Path) -> None:
    """Git names its own folder to a hook, relative to where it is, and keeps the index apart."""
    program.write("fleet/a.yaml", FILE)
    commit(repository, "fleet")
    program.write("fleet/a.yaml", QUIETER)
    command = f'"{sys.executable}" -P -m reconciler plan -c fleet --base HEAD'
    program.write(".git/hooks/pre-commit", f"#!/bin/sh\n{command} > out\n").chmod(0o755)

    commit(repository, "by way of the hook")

    assert ALL_THIS_CHANGE in (repository / "out").read_text()


@pytest.mark.parametrize(
    ("variable", "value"),
    {
        "GIT_DIR": ".git",
        "GIT_WORK_TREE": ".",
        "GIT_INDEX_FILE": "nowhere",
        "GIT_OBJECT_DIRECTORY": "nowhere",
        "GIT_COMMON_DIR": "nowhere",
        "GIT_ICASE_PATHSPECS": "1",
        "GIT_NAMESPACE": "x",
        "GIT_SHALLOW_FILE": "nowhere",
    }.items(),
)
def test_no_variable_for_git_leads_elsewhere(
    program: Program, repository: Path, variable: str, value: str
) -> None:
    """The repository is the one that the file lies in."""
    program.write("fleet/a.yaml", QUIETER)
    expected = program.run("plan", "-c", "fleet", "--base", "HEAD")
    program.monkeypatch.setenv(variable, value)

    assert program.run("plan", "-c", "fleet", "--base", "HEAD") == expected


def test_a_repository_that_a_variable_names_is_not_looked_at_and_the_error_says_so(
    program: Program, repository: Path
) -> None:
    """The right cause."""
    (repository / ".git").rename(repository / "elsewhere.git")
    program.monkeypatch.setenv("GIT_DIR", "elsewhere.git")

    refused(
        program.run("plan", "--base", "HEAD"),
        "--base HEAD: . is not in a git repository. GIT_DIR is ignored. Run in a "
        "repository. --base also takes a file, whose name ends in .yaml or .yml, or begins with ./ "
        "or /.",
    )


# (g) A file is measured before it is read.


def test_a_file_too_large_is_not_read(program: Program, repository: Path) -> None:
    """Git says how large it is; the one who mends it gets a plan all the same."""
    program.write("santral.yaml", b"#" * (MOST_BYTES + 1))
    commit(repository, "large")
    program.write("santral.yaml", QUIETER)
    real = shutil.which("git")
    logging = f'#!/bin/sh\necho "$*" >> "{repository}/asked"\nexec {real} "$@"\n'
    program.write("bin/git", logging).chmod(0o755)
    program.monkeypatch.setenv("PATH", f"{repository}/bin{os.pathsep}{os.environ['PATH']}")

    result = program.run("plan", "--base", "HEAD")

    assert (result.exit_code, result.stderr) == (
        0,
        "Warning: It is not known whose change each is, because the files of --base have problems."
        "\n"
        "HEAD:santral.yaml:1:1: This file is larger than 16 MiB. Split it.\n",
    )
    asked = (repository / "asked").read_text()
    assert ("cat-file -s" in asked, "cat-file blob" in asked) == (True, False)


def test_the_number_of_attacks_is_the_documented_one() -> None:
    """One fewer would be seen."""
    partials, broken, ambiguous = (
        len(first) * len(second)
        for first, second in ((TRANSPORTS, LEFT_OUT), (BROKEN, HARMS), (AMBIGUOUS, IS_SAID))
    )
    claim = f"{partials} partial clones, {broken} broken objects, {ambiguous} ambiguous names |"
    assert f"`tests/promises/test_base_git.py` | {claim}" in CONTRIBUTING.read_text("utf-8")
