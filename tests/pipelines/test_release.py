"""A release: which tag makes one, with which notes, in which order, and what each job may do."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.forge import load
from support.places import ROOT
from support.readme import type_in, with_jq

from reconciler import __version__

WORKFLOWS = ROOT / ".github" / "workflows"
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
JOBS: dict[str, Any] = load((WORKFLOWS / "release.yml").read_text("utf-8"))["jobs"]
CALLED: dict[Any, Any] = load(
    (WORKFLOWS / JOBS["suite"]["uses"].rpartition("/")[2]).read_text("utf-8")
)
SUITE: dict[str, Any] = CALLED["jobs"]
READ = {"contents": "read"}
SIGN = {"attestations": "write", "id-token": "write"}
CHANGELOG = """\
# Changelog

## [Unreleased]

## [1.2.3] - 2026-11-27

### Added

- This.

## [1.2.2] - 2026-11-01

- That.
"""
NOTES = "### Added\n\n- This.\n"


def scripts(jobs: dict[str, Any], name: str) -> list[str]:
    """Return what a job runs, without the actions that it uses."""
    return [step["run"] for step in jobs[name]["steps"] if "run" in step]


def lay_out(folder: Path, changelog: str) -> str:
    """Make the files of version 1.2.3; return the script that is asked for its notes."""
    for name, text in (
        ("reconciler/__init__.py", '"""A program."""\n\n__version__ = "1.2.3"\n'),
        ("CHANGELOG.md", changelog),
    ):
        folder.joinpath(name).parent.mkdir(exist_ok=True)
        folder.joinpath(name).write_text(text)
    folder.joinpath(".ci").mkdir()
    return str(shutil.copy(ROOT / ".ci" / "release-notes", folder / ".ci"))


def notes(folder: Path, tag: str, changelog: str) -> "subprocess.CompletedProcess[str]":
    """Ask for the notes of a tag."""
    script = lay_out(folder, changelog)
    return subprocess.run(
        [sys.executable, script, tag], capture_output=True, text=True, check=False
    )


def test_the_notes_are_the_versions_section(tmp_path: Path) -> None:
    """Without its heading, and without what is older."""
    done = notes(tmp_path, "v1.2.3", CHANGELOG)

    assert (done.returncode, done.stdout, done.stderr) == (0, NOTES, "")


OTHER_TAG = (
    'The tag is "{}", but reconciler/__init__.py says 1.2.3. Set the version, and tag the commit '
    "that does; for this one, the tag is v1.2.3.\n"
)
NO_NOTES = (
    "CHANGELOG.md says nothing of 1.2.3. Rename [Unreleased]: what is new is under "
    '"## [1.2.3] - YEAR-MONTH-DAY".\n'
)


@pytest.mark.parametrize(
    ("tag", "changelog", "said"),
    [
        ("v1.2.2", CHANGELOG, OTHER_TAG.format("v1.2.2")),
        ("1.2.3", CHANGELOG, OTHER_TAG.format("1.2.3")),
        ("v1.2.3", CHANGELOG.replace("] - 2026-11-27", "]"), NO_NOTES),
        ("v1.2.3", CHANGELOG.replace("[1.2.3]", "[1.2.30]"), NO_NOTES),
        ("v1.2.3", CHANGELOG.replace("### Added\n\n- This.\n", ""), NO_NOTES),
    ],
)
def test_a_tag_without_its_version_or_notes_is_refused(
    tmp_path: Path, tag: str, changelog: str, said: str
) -> None:
    """Before anything is built, in a sentence that says what to do."""
    done = notes(tmp_path, tag, changelog)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_a_tag_beside_main_is_refused(tmp_path: Path) -> None:
    """Nobody may have reviewed that commit, whatever else is called main."""
    lay_out(tmp_path, CHANGELOG)
    git = "git -c user.name=a -c user.email=a@example.com"
    commit = f"{git} commit -q --allow-empty -m x"
    (script,) = scripts(JOBS, "notes")
    summary = tmp_path / "summary"
    environment = {
        **VARIABLES,
        "PATH": os.environ["PATH"],
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    type_in(
        tmp_path,
        f"git init -q && {commit} && git update-ref refs/remotes/origin/main HEAD",
        environment,
    )

    of_main = type_in(tmp_path, script, environment)
    beside = type_in(
        tmp_path, f"{commit}; git tag origin/main; ({script}) || test $? = 1", environment
    )

    assert (of_main, summary.read_text()) == ("", NOTES * 2)
    assert beside == (
        "::error::The tag's commit is not on main. Merge it, and tag the commit on main.\n"
    )


def test_this_version_has_its_notes() -> None:
    """So that its tag can be set at any commit."""
    assert f"\n## [{__version__}] - 20" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_each_job_waits_for_the_one_before_and_has_the_least_rights() -> None:
    """What builds may only read; what publishes runs nothing of this repository or its packages."""
    assert [(name, job.get("needs"), job["permissions"]) for name, job in JOBS.items()] == [
        ("notes", None, READ),
        ("suite", "notes", READ),
        ("build", "suite", READ),
        ("index", "build", SIGN),
        ("image", "index", {**READ, **SIGN, "packages": "write"}),
        ("github", "image", {"contents": "write"}),
    ]
    assert {name for name, job in JOBS.items() if "environment" in job} == {"index"}
    assert scripts(JOBS, "index") == []
    assert "secrets." not in str(JOBS)


def test_who_checks_a_release_asks_for_its_tag() -> None:
    """A branch can bring a release.yml of its own; only tags are protected."""
    security = " ".join((ROOT / "SECURITY.md").read_text("utf-8").split())

    (command,) = re.findall("`(gh attestation verify [^`]*)`", security)
    assert command.endswith(f" --source-ref refs/tags/v{__version__}")


def test_no_job_takes_anything_from_a_cache() -> None:
    """A workflow with fewer rights could have put it there."""
    assert [job for job in JOBS.values() if "cache" in str(job)] == []


def test_the_suite_that_is_called_asks_for_no_right_but_to_read() -> None:
    """GitHub does not start a release whose suite has a job, skipped or not, that asks for more."""
    assert "workflow_call" in CALLED[True]
    assert [job["permissions"] for job in SUITE.values()] == [READ] * len(SUITE)


(BUILDER, SCANNER) = (
    step["env"][name]
    for step in JOBS["image"]["steps"]
    if "run" in step
    for name in ("BUILDER", "SCANNER")
)


def test_the_suite_builds_the_image_as_the_release_does() -> None:
    """For the same platforms by the same builder, before a version is on the index for good."""
    released, tried = (
        re.findall(r"docker buildx create .*|--platform \S+", script)
        for script in (*scripts(JOBS, "image"), *scripts(SUITE, "image"))
    )

    assert (len(released), tried) == (2, released)
    assert [step["env"]["BUILDER"] for step in SUITE["image"]["steps"] if "run" in step] == [
        BUILDER
    ]


@pytest.mark.parametrize(
    "image", [BUILDER, SCANNER, *re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE)]
)
def test_every_image_that_makes_the_image_is_pinned(image: str) -> None:
    """By its digest, as a tag can be moved: each of them could change what is published."""
    assert re.fullmatch(r"[\w/-]+:[\w.-]+@sha256:[0-9a-f]{64}", image)


def test_nothing_that_is_kept_for_later_is_there_before_the_suite_has_ended() -> None:
    """The packages that the suite runs could replace it."""
    keeping = [name for name, job in JOBS.items() if "upload-artifact@" in str(job)]

    assert keeping == ["build"]


TOLD = """\
#!/bin/sh
printf '%s' "${0##*/}" >>told
for argument; do printf ' [%s]' "$argument" >>told; done
echo >>told
case "$*" in *"--password-stdin"*) cat >>told ;; esac
echo '{"containerimage.digest": "sha256:abc"}' >metadata.json
"""
"""A program that says what it is told; docker would write that file."""
VARIABLES = {
    "GITHUB_ACTOR": "somebody",
    "GITHUB_REF_NAME": "v1.2.3",
    "GITHUB_REPOSITORY": "Owner/Repository",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_SHA": "0" * 40,
}
PUBLISHED = """\
docker [login] [ghcr.io] [--username] [somebody] [--password-stdin]
a-token
docker [buildx] [create] [--use] [--driver] [docker-container] [--driver-opt] [image={builder}]
docker [buildx] [build] [.] [--push] [--tag] [ghcr.io/owner/repository:1.2.3] \
[--platform] [linux/amd64,linux/arm64] [--provenance] [mode=max] [--sbom] [generator={scanner}] \
[--metadata-file] [metadata.json] [--build-arg] [VERSION=1.2.3] [--build-arg] [REVISION={sha}] \
[--build-arg] [SOURCE=https://github.com/Owner/Repository]
gh [release] [create] [v1.2.3] [dist/x.tar.gz] [dist/x.whl] [--verify-tag] \
[--title] [santral 1.2.3] [--notes-file] [notes.md]
"""


def test_the_image_and_the_release_are_made_of_what_was_built(tmp_path: Path) -> None:
    """Under the version; the token is in no argument, and what is attested is what was pushed."""
    for name in ("bin/docker", "bin/gh"):
        tmp_path.joinpath(name).parent.mkdir(exist_ok=True)
        tmp_path.joinpath(name).write_text(TOLD)
        tmp_path.joinpath(name).chmod(0o755)
    with_jq(tmp_path / "bin")
    lay_out(tmp_path, CHANGELOG)
    (tmp_path / "dist").mkdir()
    for name in ("dist/x.whl", "dist/x.tar.gz"):
        (tmp_path / name).touch()
    environment = {
        **VARIABLES,
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "BUILDER": BUILDER,
        "SCANNER": SCANNER,
        "TOKEN": "a-token",
    }

    for script in (*scripts(JOBS, "image"), *scripts(JOBS, "github")):
        type_in(tmp_path, script, environment)

    told = PUBLISHED.format(sha=VARIABLES["GITHUB_SHA"], builder=BUILDER, scanner=SCANNER)
    assert (tmp_path / "told").read_text() == told
    assert (tmp_path / "notes.md").read_text() == NOTES
    assert (tmp_path / "output").read_text() == (
        "name=ghcr.io/owner/repository\ndigest=sha256:abc\n"
    )
