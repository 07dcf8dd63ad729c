"""A fleet that three jobs share, on both forges, run whole by act and gitlab-ci-local."""

import json
from collections.abc import Iterator

import pytest
from support import crew
from support.act import GitHub
from support.gitlab_ci_local import GitLab
from support.machines import number_of, run_named

pytestmark = pytest.mark.parametrize("shards", [crew.TOTAL])
reviewers = pytest.mark.parametrize("gate", ["reviewers"])
manual = pytest.mark.parametrize("gate", ["manual"])
EACH = (1, 2, 3)
ONE_BY_ONE = {"SANTRAL_MAX_CHANGES": str(len(crew.NAMES)), "SANTRAL_PARALLELISM": "1"}
"""All may change, and it is known what a job has done that is killed."""
MISSING = "The plan of 1 shard is missing: 3/3. Run that shard again."


@pytest.fixture
def live() -> Iterator[crew.Fleet]:
    """Give the API of the fleet."""
    with crew.serving() as fleet:
        yield fleet


def each(job: str, *results: str) -> dict[str, str]:
    """Return what became of the jobs of a matrix."""
    return {f"{job} ({index})": result for index, result in zip(EACH, results, strict=True)}


OK, BAD, FAILED = "success", "failure", "failed"


@pytest.fixture
def hub(github: GitHub) -> GitHub:
    """Give the repository with the fleet's file and keys; all of it may change at once."""
    github.repository.commit("main", santral=crew.FILE)
    github.secrets = dict.fromkeys(github.secrets, crew.lines())
    github.machine = {**github.machine, **ONE_BY_ONE}
    return github


@reviewers
def test_three_jobs_share_a_fleet_on_github(hub: GitHub, live: crew.Fleet) -> None:
    """One is killed as it plans, one has a wrong key, one is killed as it applies: all is done."""
    live.kill_once("GET", crew.of(3)[0], lambda: number_of(hub.machine, "santral plan", "3/3"))
    pull = hub.propose(hub.repository.commit("change", santral=crew.QUIETER))
    jobs = hub.pull_request(pull)
    assert jobs.results == {"validate": OK, **each("shard", OK, OK, BAD), "plan": BAD}
    assert MISSING in jobs.log("plan")
    assert hub.api.comments == []

    wrong = crew.of(1)[0]
    hub.secrets = dict.fromkeys(hub.secrets, crew.lines(**{wrong: crew.WRONG}))
    jobs = hub.pull_request(pull)
    assert jobs.results == {
        "validate": OK,
        **each("shard", BAD, OK, OK),
        "plan": BAD,
        "comment": OK,
    }
    (comment,) = hub.api.comments
    assert "**Plan: 11 to change, 0 in sync, 1 failed." in comment["body"]

    live.kill_once("POST", crew.of(2)[0], lambda: number_of(hub.machine, "santral apply", "2/3"))
    applied = hub.merge(pull)
    assert applied.results == {"reviewed": OK, **each("apply", BAD, BAD, OK)}
    assert live.answered() == live.lags(wrong, *crew.of(2)[1:])

    hub.secrets = dict.fromkeys(hub.secrets, crew.lines())
    again = hub.by_hand()
    done = each("shard", OK, OK, OK) | each("apply", OK, OK, OK)
    assert again.results == {"validate": OK, "plan": OK, "reviewed": OK} | done
    assert " is unresolved: " in again.log("shard (2)")
    assert live.answered() == live.lags()

    run = run_named(applied.log("apply (3)"))
    undone = hub.by_hand(run=run, shard="3")
    assert undone.results == {"validate": OK, "shard (3)": OK, "apply (3)": OK}
    assert live.answered() == live.lags(*crew.of(3))

    drifted = hub.by_schedule()
    assert drifted.results == {**each("drift", OK, OK, OK), "issue": OK}
    (issue,) = hub.api.issues
    count = len(crew.of(3))
    assert f"**Drift: {count} drifted, {12 - count} in sync, 0 failed." in issue["body"]


@manual
def test_what_is_too_much_for_all_shards_together_is_not_applied_on_github(
    hub: GitHub, live: crew.Fleet
) -> None:
    """Although no shard alone has too much; one of them may still be planned and applied alone."""
    hub.repository.commit("main", santral=crew.QUIETER)
    hub.machine = {**hub.machine, "SANTRAL_MAX_CHANGES": "10"}

    planned, applied = hub.by_hand(action="plan"), hub.by_hand(action="apply")
    assert planned.results == {**each("shard", OK, OK, OK), "plan": BAD}
    assert "That is too much for all shards together" in planned.log("plan")
    assert applied.results == {"reviewed": BAD}
    assert "holds no plan.json" in applied.log("reviewed")
    assert live.count("POST") == 0

    assert hub.by_hand(action="plan", shard="2").results == {"shard (2)": OK}
    assert hub.by_hand(action="apply", shard="2").results == {"apply (2)": OK}
    unsaid = hub.by_hand(action="apply", run="some-run")
    assert unsaid.results == {"reviewed": BAD}
    assert "A run is of one shard. Give it as well" in unsaid.log("reviewed")
    assert live.answered() == {name: "off" if name in crew.of(2) else "on" for name in crew.NAMES}


@pytest.fixture
def lab(gitlab: GitLab) -> GitLab:
    """Give the project with the fleet's file and keys; all of it may change at once."""
    gitlab.repository.commit("main", santral=crew.FILE)
    keys = {name: key.reveal() for name, key in crew.KEYS.items()}
    gitlab.keys = dict.fromkeys(gitlab.keys, json.dumps(keys))
    gitlab.machine = {**gitlab.machine, **ONE_BY_ONE}
    return gitlab


@reviewers
def test_three_jobs_share_a_fleet_on_gitlab(lab: GitLab, live: crew.Fleet) -> None:
    """One is killed as it plans, one as it applies; the way back is of one shard."""
    live.kill_once("GET", crew.of(3)[0], lambda: number_of(lab.machine, "santral plan", "3/3"))
    request = lab.api.open_merge_request(lab.repository.commit("change", santral=crew.QUIETER))
    pipeline = lab.merge_request(request)
    assert pipeline.results == {
        "validate": OK,
        **parallel("shard", OK, OK, FAILED),
        "plan": FAILED,
        "comment": OK,
    }
    assert MISSING in pipeline.log("plan")
    assert lab.api.notes == []

    pipeline = lab.merge_request(request)
    planned = {"validate": OK, "plan": OK, "comment": OK}
    assert pipeline.results == planned | parallel("shard", OK, OK, OK)
    (note,) = lab.api.notes
    assert "**Plan: 12 to change, 0 in sync, 0 failed." in note["body"]

    live.kill_once("POST", crew.of(2)[0], lambda: number_of(lab.machine, "santral apply", "2/3"))
    applied = lab.merge(request)
    fetched = {"validate": OK, "fetch": OK}
    assert applied.results == fetched | parallel("apply", OK, FAILED, OK)
    assert applied.kept("apply 2/3").keys() == {".santral-ci/journal-2.jsonl"}

    again = lab.by_hand()
    assert again.results == {"validate": OK, "plan": OK, "fetch": OK} | parallel(
        "shard", OK, OK, OK
    )
    assert live.answered() == live.lags(*crew.of(2)[1:])
    lab.start(again, "apply 2/3")
    assert again.results["apply 2/3"] == OK
    assert " is unresolved: " in again.log("apply 2/3")
    assert live.answered() == live.lags()

    undone = lab.by_hand(SANTRAL_RUN=run_named(applied.log("apply 3/3")))
    assert undone.results == {"fetch": OK} | parallel("rollback-plan", OK, OK, OK)
    assert "is not of shard 1/3." in undone.log("rollback-plan 1/3")
    lab.start(undone, "rollback 3/3")
    assert undone.results["rollback 3/3"] == OK
    assert live.answered() == live.lags(*crew.of(3))

    drifted = lab.by_schedule()
    assert drifted.results == {**parallel("drift", OK, OK, "warning"), "issue": OK}
    (issue,) = lab.api.issues
    count = len(crew.of(3))
    assert f"**Drift: {count} drifted, {12 - count} in sync, 0 failed." in issue["description"]


@reviewers
def test_what_is_too_much_for_all_shards_together_is_not_applied_on_gitlab(
    lab: GitLab, live: crew.Fleet
) -> None:
    """Although no shard alone has too much, and somebody merges all the same."""
    lab.machine = {**lab.machine, "SANTRAL_MAX_CHANGES": "10"}
    request = lab.api.open_merge_request(lab.repository.commit("change", santral=crew.QUIETER))

    pipeline = lab.merge_request(request)
    merged = lab.merge(request)

    others = {"validate": OK, "plan": FAILED, "comment": OK}
    assert pipeline.results == others | parallel("shard", OK, OK, OK)
    (note,) = lab.api.notes
    assert "too much for all shards together" in note["body"]
    assert merged.results == {"validate": OK, "fetch": FAILED}
    assert "This pipeline has kept no plan of" in merged.log("fetch")
    assert live.count("POST") == 0


def parallel(job: str, *results: str) -> dict[str, str]:
    """Return what became of jobs in parallel."""
    return {f"{job} {index}/3": result for index, result in zip(EACH, results, strict=True)}
