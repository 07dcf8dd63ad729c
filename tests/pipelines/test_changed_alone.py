"""``SANTRAL_CHANGED`` in a pipeline, as FLEETS.md adds it: a proposal reads what it changes.

The jobs that plan on their own, by hand or every night, read all.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.fleet import ANKARA, BURSA, FILE, KEYS
from support.forge import git, load
from support.program import Program
from support.stand_in import StandIn

from reconciler.core.ci_systems import Ci, Gate
from reconciler.scaffold.pipelines import Pipeline

REVISION = {
    Ci.GITHUB: "\"${{ github.event_name == 'pull_request' && 'HEAD^1' || '' }}\"",
    Ci.GITLAB: "$CI_MERGE_REQUEST_DIFF_BASE_SHA",
}
"""What SANTRAL_BASE is there, and SANTRAL_CHANGED as well."""


def job(ci: Ci, shards: int) -> dict[str, Any]:
    """Return the job that plans, with SANTRAL_CHANGED beside SANTRAL_BASE."""
    text = Pipeline(ci, Gate.REVIEWERS, shards).starter(None).text
    base = f"SANTRAL_BASE: {REVISION[ci]}"
    assert text.count(f"{base}}}") == 1
    pipeline = load(text.replace(base, f"{base}, SANTRAL_CHANGED: {REVISION[ci]}"))
    name = "shard" if shards > 1 else "plan"
    found: dict[str, Any] = pipeline["jobs" if ci is Ci.GITHUB else f"santral:{name}"]
    return found[name] if ci is Ci.GITHUB else found


def step(ci: Ci, shards: int, revision: str) -> tuple[str, dict[str, str]]:
    """Return the line that plans, and its variables, where they name this revision."""
    if ci is Ci.GITLAB:
        of_request = job(ci, shards)["rules"][0]["variables"]
        variables = {name: os.path.expandvars(value) for name, value in of_request.items()}
        assert variables == dict.fromkeys(variables, REVISION[ci])
        return job(ci, shards)["script"][0], dict.fromkeys(variables, revision)
    (plans,) = (one for one in job(ci, shards)["steps"] if "santral plan" in str(one))
    named = {name: value for name, value in plans["env"].items() if "event_name" in value}
    return plans["run"], dict.fromkeys(named, revision)


@pytest.fixture
def proposal(program: Program, stand_in: StandIn) -> StandIn:
    """Give a checkout of a proposal, merged on trial, which changes only bursa; all drifted."""
    git(program.folder, "init", "-q", "-b", "main")
    for content in (FILE, FILE.replace("ringing: off", "answered: off")):
        program.write("santral.yaml", content)
        git(program.folder, "add", ".")
        git(program.folder, "commit", "-q", "-m", "Change")
    stand_in.hold("ankara", BURSA)
    stand_in.hold("bursa", ANKARA)
    return stand_in


@pytest.mark.parametrize("shards", [1, 2])
@pytest.mark.parametrize("ci", Ci)
def test_a_proposal_reads_only_what_it_changes(
    program: Program, proposal: StandIn, ci: Ci, shards: int
) -> None:
    """What drifted besides is not seen; where no revision is named, as by hand, all is read."""
    (program.folder / ".santral-ci").mkdir()
    for revision, read in (("HEAD^1", {"bursa"}), ("", {"ankara", "bursa"})):
        proposal.service.requests.clear()
        for index in range(1, shards + 1):
            run(program.folder, *step(ci, shards, revision), SANTRAL_SHARD=f"{index}/{shards}")
        assert {name for _, name in proposal.service.requests} == read


def run(folder: Path, line: str, variables: dict[str, str], **more: str) -> None:
    """Run a line as the runners do."""
    keys = "\n".join(f"{name}={key.reveal()}" for name, key in KEYS.items())
    index, _, total = more["SANTRAL_SHARD"].partition("/")
    ours = {"SHARD": index, "CI_NODE_INDEX": index} | (more if total != "1" else {})
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", re.sub(r"^(?:exec )?santral", f"{PROGRAM}", line)],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(folder),
            "SANTRAL_KEYS": keys,
            "SANTRAL_API_URL": os.environ["SANTRAL_API_URL"],
            **ours,
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done


PROGRAM = f"{sys.executable} -P -m reconciler"
