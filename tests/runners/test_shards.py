"""A fleet that three jobs share, on both forges, run whole by act and gitlab-ci-local."""

from collections.abc import Iterator

import pytest
from support import crew
from support.act import GitHub
from support.machines import number_of, run_named

pytestmark = pytest.mark.parametrize("shards", [crew.TOTAL])
reviewers = pytest.mark.parametrize("gate", ["reviewers"])
manual = pytest.mark.parametrize("gate", ["manual"])
EACH = (1, 2, 3)
MISSING = "The plan of 1 shard is missing: 3/3. Run that shard again."


@pytest.fixture
def live() -> Iterator[crew.Fleet]:
    """Give the API of the fleet."""
    with crew.serving() as fleet:
        yield fleet


def each(job: str, *results: str) -> dict[str, str]:
    """Return what became of the jobs of a matrix."""
    return {f"{job} ({index})": result for index, result in zip(EACH, results, strict=True)}


OK, BAD = "success", "failure"


@pytest.fixture
def hub(github: GitHub) -> GitHub:
    """Give the repository with the fleet's file and keys; all of it may change at once."""
    github.repository.commit("main", santral=crew.FILE)
    github.secrets = dict.fromkeys(github.secrets, crew.lines())
    github.machine = {**github.machine, "SANTRAL_MAX_CHANGES": str(len(crew.NAMES))}
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
    hub.secrets["santral-plan"] = crew.lines(**{wrong: crew.WRONG})
    jobs = hub.pull_request(pull)
    assert jobs.results == {
        "validate": OK,
        **each("shard", BAD, OK, OK),
        "plan": BAD, "comment": OK,
    }
    (comment,) = hub.api.comments
    assert "**Plan: 11 to change, 0 in sync, 1 failed." in comment["body"]

    live.kill_once("POST", crew.of(2)[0], lambda: number_of(hub.machine, "santral apply", "2/3"))
    applied = hub.merge(pull)
    assert applied.results == {"reviewed": OK, **each("apply", BAD, BAD, OK)}
    assert live.answered()[wrong] == "on"

    hub.secrets["santral-plan"] = crew.lines()
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
    assert live.answered() == {name: "off" if name in crew.of(2) else "on" for name in crew.NAMES}
