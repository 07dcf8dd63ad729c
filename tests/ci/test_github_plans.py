"""``santral ci reviewed-plan`` on GitHub: only the plan of the pull request that was merged."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.clock import JumpingClock
from support.forge_api import TOKEN, Reply
from support.github_api import FORK_ID, OTHER_WORKFLOW, zipped
from support.pipelines import HEAD, MERGED, OTHER, RUN, OnGitHub
from support.program import Result

FETCHED = Result(0, "", "The plan that was reviewed was written to plan.json.\n")
ANEW = (
    "Nothing was fetched. Start this workflow by hand on main (Actions, this workflow, Run "
    "workflow): it plans anew, and that plan can be applied.\n"
)
NONE = f"This pipeline has kept no plan of {HEAD}. Did its plan job fail, or was it skipped? {ANEW}"
PLAN, EVIL = b'{"plan": "reviewed"}', b'{"plan": "evil"}'
NAME = f"santral-plan-{HEAD}"


def keep(github: OnGitHub, plan: bytes = PLAN, name: str = NAME, **run: Any) -> dict[str, Any]:
    """Let a run keep a plan; the fields say what is different about the run."""
    head = run.pop("head", HEAD)
    begun = github.api.begin_run(head, **run)
    return github.api.keep_artifact(name, begun["id"], zipped({"plan.json": plan}))


@pytest.fixture
def merged(github: OnGitHub) -> OnGitHub:
    """Give the job of the push that merged the pull request, whose plan was kept."""
    keep(github)
    github.api.merge_pull(1, MERGED)
    github.api.begin_run(MERGED, id=RUN, event="push", branch="main")
    github.push(OTHER, MERGED)
    return github


def fetch(github: OnGitHub, **variables: str | None) -> Result:
    """Run the command."""
    return github.run("reviewed-plan", "--out", "plan.json", **variables)


def refused(github: OnGitHub, text: str) -> None:
    """Hold that no plan was found, for this reason, and nothing was written."""
    assert fetch(github) == Result(1, "", text)
    assert not github.has("plan.json")


def test_the_plan_of_the_merged_pull_request_is_fetched(merged: OnGitHub) -> None:
    """As it was kept, for its owner only."""
    assert fetch(merged) == FETCHED
    assert merged.written("plan.json") == PLAN
    assert (merged.program.folder / "plan.json").stat().st_mode & 0o777 == 0o600


def test_the_token_goes_to_the_api_only(merged: OnGitHub) -> None:
    """The download is redirected to another server, which sees no token."""
    fetch(merged)

    assert {one.headers["authorization"] for one in merged.api.requests} == {f"Bearer {TOKEN}"}
    (download,) = merged.api.stored_requests
    assert download.query == {"sig": "a-signature"}
    assert download.headers.keys().isdisjoint({"authorization", "private-token", "cookie"})
    assert TOKEN not in str(download)


def test_each_fleet_has_plans_of_its_own(merged: OnGitHub) -> None:
    """By its name."""
    keep(merged, EVIL, f"bayi-2-plan-{HEAD}")

    assert fetch(merged, SANTRAL_NAME="bayi-2") == FETCHED
    assert merged.written("plan.json") == EVIL


SHARD = b'{"plan": "of a shard"}'


def keep_shard(github: OnGitHub, index: int, plan: bytes = SHARD, **run: Any) -> None:
    """Let a run keep the plan of a shard."""
    begun = github.api.begin_run(run.pop("head", HEAD), **run)
    zip_ = zipped({f"plan-{index}.json": plan})
    github.api.keep_artifact(f"{NAME}-{index}", begun["id"], zip_)


@pytest.mark.parametrize("way", [{"SANTRAL_SHARD": "2/3"}, {}])
def test_each_shard_has_a_plan_of_its_own(merged: OnGitHub, way: dict[str, str]) -> None:
    """By its number, beside that of all together; one that is missing is said."""
    keep_shard(merged, 1, EVIL)
    keep_shard(merged, 2)
    options = () if way else ("--shard", "2/3")

    result = merged.run("reviewed-plan", "--out", "plan.json", *options, **way)

    assert result == FETCHED
    assert merged.written("plan.json") == SHARD
    assert merged.run("reviewed-plan", "--out", "whole.json").exit_code == 0
    assert merged.written("whole.json") == PLAN
    missing = merged.run("reviewed-plan", "--out", "3.json", "--shard", "3/3")
    assert missing == Result(1, "", NONE)


def test_a_plan_of_all_shards_that_was_refused_is_none(merged: OnGitHub) -> None:
    """It is kept for people to read, under a name that nothing applies."""
    begun = merged.api.begin_run(HEAD)
    merged.api.keep_artifact(NAME, begun["id"], zipped({"plan.refused.json": EVIL}))

    refused(
        merged,
        "The archive that an earlier job has kept holds no plan.json. Look at what that job did, "
        "and run it again.\n",
    )


def test_a_merge_that_is_not_known_yet_is_waited_for(merged: OnGitHub) -> None:
    """For a minute at most: the first answers are empty, then without merge_commit_sha."""
    merged.api.unindexed, merged.api.unmerged = 2, 3

    assert fetch(merged) == FETCHED
    assert [*map(round, JumpingClock.waits)] == [1, 2, 4]


def test_a_commit_that_came_without_a_pull_request_has_no_plan(merged: OnGitHub) -> None:
    """It is said after a minute, with what to do."""
    merged.push(OTHER)

    refused(merged, f"{OTHER} came without a pull request of this repository. {ANEW}")
    assert sum(map(round, JumpingClock.waits)) == 60


def test_a_merge_on_trial_is_no_merge(github: OnGitHub) -> None:
    """The commit that GitHub makes for an open pull request is in no branch."""
    keep(github)
    github.api.pulls[0]["merge_commit_sha"] = MERGED
    github.push(MERGED)

    refused(github, f"{MERGED} came without a pull request of this repository. {ANEW}")


def test_a_merge_into_another_branch_is_none_of_this_one(merged: OnGitHub) -> None:
    """The plan was reviewed for that."""
    merged.api.pulls[0]["base"]["ref"] = "release"

    refused(merged, f"{MERGED} came without a pull request of this repository. {ANEW}")


@pytest.mark.parametrize("owner", [{"id": FORK_ID, "full_name": "baskasi/fork"}, None])
def test_a_fork_has_no_plan(merged: OnGitHub, owner: dict[str, Any] | None) -> None:
    """Nor has one that was deleted since."""
    merged.api.pulls[0]["head"]["repo"] = owner

    refused(merged, f"Pull request #1 is from a fork, and no plan is made for those. {ANEW}")


def test_pull_requests_that_were_merged_together_have_no_plan(merged: OnGitHub) -> None:
    """None of theirs is of what is applied now: they are named."""
    for commit in (OTHER, "d" * 40):
        pull = merged.api.open_pull(commit)
        merged.api.merge_pull(pull["number"], commit)

    refused(
        merged,
        "#1, #2 were merged together. Each has a plan of its own, and none is of this commit. "
        f"{ANEW}",
    )


FALSE_RUNS: dict[str, dict[str, Any]] = {
    "of another workflow": {"workflow_id": OTHER_WORKFLOW},
    "of a fork": {"head_repository": {"id": FORK_ID}},
    "of a fork that is gone": {"head_repository": None},
    "of a push": {"event": "push"},
    "of the pull request's base": {"event": "pull_request_target"},
    "by hand": {"event": "workflow_dispatch"},
    "of an older head": {"head": OTHER},
    "of another branch with the same commit": {"branch": "another"},
}


@pytest.mark.parametrize("run", FALSE_RUNS.values(), ids=FALSE_RUNS)
def test_a_plan_of_another_run_is_passed_over(merged: OnGitHub, run: dict[str, Any]) -> None:
    """Whoever may run a workflow may keep an artifact of that name; the good one is older."""
    keep(merged, EVIL, **run)

    assert fetch(merged) == FETCHED
    assert merged.written("plan.json") == PLAN


@pytest.mark.parametrize("run", FALSE_RUNS.values(), ids=FALSE_RUNS)
def test_a_plan_of_another_run_is_none(github: OnGitHub, run: dict[str, Any]) -> None:
    """Where there is no good one."""
    keep(github, EVIL, **run)
    github.api.merge_pull(1, MERGED)
    github.api.begin_run(MERGED, id=RUN, event="push", branch="main")
    github.push(MERGED)

    refused(github, NONE)


def test_of_several_plans_of_a_commit_the_newest_counts(merged: OnGitHub) -> None:
    """By when it was made, not by its place in the list."""
    newer = b'{"plan": "newer"}'
    artifact = keep(merged, newer)
    old = keep(merged, EVIL)
    old["created_at"] = "2020-01-01T00:00:00Z"
    artifact["created_at"] = "2099-01-01T00:00:00Z"

    assert fetch(merged) == FETCHED
    assert merged.written("plan.json") == newer


def test_the_good_plan_is_found_among_others_on_the_third_page(merged: OnGitHub) -> None:
    """A fork may keep as many as it likes."""
    fork = merged.api.begin_run(HEAD, head_repository={"id": FORK_ID})
    for _ in range(230):
        merged.api.keep_artifact(NAME, fork["id"], zipped({"plan.json": EVIL}))

    assert fetch(merged) == FETCHED
    assert merged.written("plan.json") == PLAN


def test_an_expired_plan_has_words_of_its_own(merged: OnGitHub) -> None:
    """Whether the list says so, or only the download."""
    expired = (
        f"The plan that was reviewed for {HEAD} is no longer kept: it has expired, or was deleted. "
        f"{ANEW}"
    )
    merged.api.plan("GET", r".*/zip", Reply(410, {"message": "Artifact has expired"}))
    refused(merged, expired)

    merged.api.artifacts[0]["expired"] = True
    merged.api.requests.clear()
    refused(merged, expired)
    assert [one for one in merged.asked if one.endswith("/zip")] == []


def test_other_events_have_no_reviewed_plan(merged: OnGitHub) -> None:
    """A schedule, for one."""
    refused_text = (
        "A plan is reviewed for what a push or somebody's own start applies, and this run was "
        "started by schedule. Run this job for push and workflow_dispatch only.\n"
    )
    merged.happen("schedule")

    refused(merged, refused_text)


# By hand


@pytest.fixture
def by_hand(github: OnGitHub) -> OnGitHub:
    """Give a job that somebody started by hand on main."""
    run = {"event": "workflow_dispatch", "branch": "main"}
    github.api.begin_run(MERGED, id=RUN, **run)
    github.happen("workflow_dispatch", inputs={})
    github.variables.update(GITHUB_SHA=MERGED, GITHUB_REF_NAME="main")
    return github


BY_HAND = f"santral-plan-{MERGED}"
NONE_BY_HAND = (
    f"This pipeline has kept no plan of {MERGED}. Did its plan job fail, or was it skipped? {ANEW}"
)


def test_the_plan_of_this_very_run_is_fetched(by_hand: OnGitHub) -> None:
    """However old it is: an approval may take days."""
    artifact = by_hand.api.keep_artifact(BY_HAND, RUN, zipped({"plan.json": PLAN}))
    artifact["created_at"] = "2020-01-01T00:00:00Z"

    assert fetch(by_hand) == FETCHED
    assert by_hand.written("plan.json") == PLAN


def made(by_hand: OnGitHub, ago: timedelta, plan: bytes = PLAN, **run: Any) -> None:
    """Let another run by hand have kept a plan some time ago."""
    of = {"head": MERGED, "event": "workflow_dispatch", "branch": "main", **run}
    artifact = keep(by_hand, plan, BY_HAND, **of)
    artifact["created_at"] = f"{datetime.now(UTC) - ago:%Y-%m-%dT%H:%M:%SZ}"


def test_the_plan_of_this_very_run_is_fetched_though_another_is_newer(by_hand: OnGitHub) -> None:
    """Who approves this run has seen its plan, and not what somebody planned meanwhile."""
    own = by_hand.api.keep_artifact(BY_HAND, RUN, zipped({"plan.json": PLAN}))
    own["created_at"] = "2020-01-01T00:00:00Z"
    made(by_hand, timedelta(hours=1), EVIL)

    assert fetch(by_hand) == FETCHED
    assert by_hand.written("plan.json") == PLAN

    own["expired"] = True
    (by_hand.program.folder / "plan.json").unlink()
    refused(
        by_hand,
        f"The plan that was reviewed for {MERGED} is no longer kept: it has expired, or was "
        f"deleted. {ANEW}",
    )


def test_a_plan_of_another_run_by_hand_is_good_for_a_day(by_hand: OnGitHub) -> None:
    """Made, looked at, and then applied with a run of its own."""
    made(by_hand, timedelta(hours=23))

    assert fetch(by_hand) == FETCHED


def test_an_older_plan_by_hand_has_words_of_its_own(by_hand: OnGitHub) -> None:
    """It is not said that there is none."""
    made(by_hand, timedelta(hours=25))

    refused(
        by_hand,
        f"The newest plan of {MERGED} that was made by hand is more than 24 hours old, and the "
        f"live settings may have changed since. {ANEW}",
    )


FALSE_BY_HAND: dict[str, dict[str, Any]] = {
    "of another workflow": {"workflow_id": OTHER_WORKFLOW},
    "of a fork": {"head_repository": {"id": FORK_ID}},
    "of a pull request": {"event": "pull_request"},
    "of another branch": {"branch": "change"},
    "of another commit": {"head": OTHER},
}


@pytest.mark.parametrize("run", FALSE_BY_HAND.values(), ids=FALSE_BY_HAND)
def test_what_another_run_made_is_not_taken_for_a_plan_by_hand(
    by_hand: OnGitHub, run: dict[str, Any]
) -> None:
    """Though it has the name."""
    made(by_hand, timedelta(hours=1), EVIL, **run)

    refused(by_hand, NONE_BY_HAND)


# What others answer


BREAK: dict[str, Callable[[OnGitHub], object]] = {
    "a list in place of an object": lambda job: job.api.plan("GET", r".*/pulls/1", Reply(body=[])),
    "an object in place of a list": lambda job: job.api.plan(
        "GET", r".*/commits/.*", Reply(body={"message": "hm"})
    ),
    "no JSON": lambda job: job.api.plan("GET", r".*/actions/runs/.*", Reply(body=b"<html>")),
    "no UTF-8": lambda job: job.api.plan("GET", r".*/actions/runs/.*", Reply(body=b'"\xff"')),
}


@pytest.mark.parametrize("break_", BREAK.values(), ids=BREAK)
def test_an_answer_that_is_not_documented_ends_in_words(
    merged: OnGitHub, break_: Callable[[OnGitHub], object]
) -> None:
    """No traceback, and no plan that should not be."""
    break_(merged)
    result = fetch(merged)

    assert result.exit_code in {0, 1}
    assert "bug" not in result.stderr
    assert result.exit_code == 0 or result.stderr.startswith(
        ("An answer of GitHub is not the documented one.", f"{MERGED} came without")
    )


ODD: tuple[Any, ...] = (None, True, -1, "x", 1.5, [], {}, {"id": None}, [[]])


@pytest.mark.parametrize("odd", ODD, ids=json.dumps)
@pytest.mark.parametrize("field", ["workflow_id", "event", "head_sha", "head_repository", "id"])
def test_an_odd_field_of_a_run_is_not_believed(github: OnGitHub, field: str, odd: Any) -> None:
    """Whatever its kind."""
    run = keep(github)["workflow_run"]["id"]
    github.api.merge_pull(1, MERGED)
    github.api.begin_run(MERGED, id=RUN, event="push", branch="main")
    github.push(MERGED)
    github.api.runs[run][field] = odd

    refused(github, NONE)


def test_a_plan_of_unknown_age_is_an_old_one(by_hand: OnGitHub) -> None:
    """Its time cannot be read."""
    made(by_hand, timedelta(hours=1))
    by_hand.api.artifacts[0]["created_at"] = "yesterday"

    assert fetch(by_hand).stderr.startswith("The newest plan of")
