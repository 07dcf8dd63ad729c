"""The pipelines of ``init --shards``: what differs from those for one machine, and no more.

.ci/run has the linters look at them too.
"""

import re
from typing import Any

import pytest
from support.forge import load
from support.places import ROOT

from reconciler.core.ci_systems import Ci, Gate
from reconciler.scaffold.pipelines import Pipeline
from reconciler.scaffold.sharding import Replacement, divided, numbered, replacements

TEMPLATES = ROOT / "reconciler" / "scaffold" / "templates"
READ = {"contents": "read"}
READ_ARTIFACTS = {**READ, "actions": "read"}
RIGHTS: dict[str, dict[str, dict[str, str]]] = {
    "reviewers": {
        "validate": READ,
        "shard": READ_ARTIFACTS,
        "plan": READ,
        "comment": {**READ, "pull-requests": "write"},
        "reviewed": {**READ_ARTIFACTS, "pull-requests": "read"},
        "apply": {**READ_ARTIFACTS, "pull-requests": "read"},
        "drift": READ_ARTIFACTS,
        "issue": {**READ, "issues": "write"},
    },
    "manual": {
        "validate": READ,
        "shard": READ_ARTIFACTS,
        "plan": READ,
        "reviewed": READ_ARTIFACTS,
        "apply": READ_ARTIFACTS,
        "drift": READ_ARTIFACTS,
        "issue": {**READ, "issues": "write"},
    },
}
KEYED = ["shard", "apply", "drift"]
gates = pytest.mark.parametrize("gate", [*map(str, Gate)])


def written(ci: str, gate: str, shards: int = 3) -> str:
    """Return the pipeline that init writes for so many shards."""
    return Pipeline(Ci(ci), Gate(gate), shards).starter(None).text


def base(ci: str, gate: str) -> str:
    """Return the pipeline for one machine."""
    return (TEMPLATES / f"{ci}-{gate}.yml").read_text("utf-8")


@pytest.mark.parametrize("changes", sorted(TEMPLATES.glob("*.shards")), ids=lambda path: path.stem)
def test_each_place_that_is_replaced_is_there_once(changes: Any) -> None:
    """So nobody who edits a template edits past its shards; and no pair is lost in reading them."""
    (template,) = TEMPLATES.glob(f"{changes.stem}.y*ml")
    text, said = template.read_text("utf-8"), changes.read_text("utf-8")
    pairs = [*replacements(said)]

    assert pairs
    assert len(pairs) == said.count("---- was\n") == said.count("---- is\n")
    assert [one.was for one in pairs if text.count(one.was) != 1] == []
    for pair in pairs:
        with pytest.raises(ValueError, match=re.escape(pair.was.splitlines()[0])):
            divided(text.replace(pair.was, ""), said)


def test_every_template_has_shards() -> None:
    """Each file that init writes for a CI system or a cluster."""
    assert {one.stem for one in TEMPLATES.glob("*.y*ml")} == {
        one.stem for one in TEMPLATES.glob("*.shards")
    }


def test_a_place_may_be_filled_with_the_number_of_shards() -> None:
    """And with a list of all of them."""
    said = "About.\n\n---- was\nb\n---- is\n<N>\n  <1..N>\n---- end\n"

    assert [*replacements(said)] == [Replacement("b", "<N>\n  <1..N>")]
    assert numbered(divided("a\nb\nc\n", said), 3) == "a\n3\n  1, 2, 3\nc\n"


@gates
def test_each_job_of_github_has_the_least_rights(gate: str) -> None:
    """Where keys are, there is no token; the job that puts the plans together has neither."""
    jobs = load(written("github", gate))["jobs"]

    assert {name: job["permissions"] for name, job in jobs.items()} == RIGHTS[gate]
    assert [name for name, job in jobs.items() if "secrets." in str(job)] == KEYED
    assert [name for name, job in jobs.items() if "environment" in job] == KEYED
    assert [name for name, job in jobs.items() if "strategy" in job] == KEYED
    for job in jobs.values():
        assert "secrets." not in str(job.get("env", ""))
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


@gates
def test_each_shard_of_github_waits_for_itself_alone(gate: str) -> None:
    """One that fails stops no other; an apply waits for the one before it of the same shard."""
    jobs = load(written("github", gate))["jobs"]

    for name in KEYED:
        assert jobs[name]["strategy"]["fail-fast"] is False
        assert jobs[name]["env"]["SANTRAL_SHARD"] == "${{ matrix.shard }}/3"
        assert jobs[name]["strategy"]["matrix"]["shard"] == (
            "${{ fromJSON(format('[{0}]', inputs.shard || '1, 2, 3')) }}"
        )
    assert jobs["apply"]["concurrency"]["group"] == "santral-apply-${{ matrix.shard }}"


@gates
def test_the_actions_are_those_of_the_template(gate: str) -> None:
    """Of the same commits, so an update has no place to forget."""
    pinned = re.compile(r"uses: +(\S+ # v[\d.]+)$", re.MULTILINE)

    assert {*pinned.findall(written("github", gate))} == {*pinned.findall(base("github", gate))}
    checkouts = re.findall(r"actions/checkout@.*\n.*", written("github", gate))
    assert [one for one in checkouts if "persist-credentials: false" not in one] == []


@gates
def test_each_shard_of_gitlab_waits_for_itself_alone(gate: str) -> None:
    """Jobs with keys are parallel; no other has keys."""
    pipeline = load(written("gitlab", gate))
    parallel = [name for name, job in pipeline.items() if "parallel" in (job or ())]

    assert parallel == [f"santral:{name}" for name in ("shard", "apply", "rollback-plan", "drift")]
    for name in parallel:
        assert (pipeline[name]["parallel"], pipeline[name]["variables"]) == (
            3,
            {"SANTRAL_SHARD": "$CI_NODE_INDEX/$CI_NODE_TOTAL"},
        )
        assert pipeline[name]["environment"]
    assert pipeline["santral:apply"]["resource_group"] == "santral-apply-$CI_NODE_INDEX"
    assert pipeline["santral:rollback"]["extends"] == "santral:apply"


@gates
@pytest.mark.parametrize("ci", [*map(str, Ci)])
def test_a_pipeline_with_shards_is_read_in_one_sitting_too(ci: str, gate: str) -> None:
    """At most 200 lines, however many shards there are."""
    lines = map(str.strip, written(ci, gate, 200).splitlines())

    assert len([line for line in lines if line and not line.startswith("#")]) <= 205
