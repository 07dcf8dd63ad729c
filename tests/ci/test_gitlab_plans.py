"""``santral ci reviewed-plan`` on GitLab: only the plan of the merge request that was merged."""

from typing import Any

import pytest
from support.clock import JumpingClock
from support.forge_api import TOKEN
from support.gitlab_api import FORK
from support.pipelines import HEAD, MERGED, OTHER, OnGitLab
from support.program import Result

FETCHED = Result(0, "", "The plan that was reviewed was written to plan.json.\n")
ANEW = (
    "Nothing was fetched. Start a pipeline by hand on main (Build, Pipelines, New pipeline): it "
    "plans anew, and that plan can be applied.\n"
)
NONE = (
    f"This pipeline has kept no plan of {MERGED}. Did its plan job fail, or was it skipped? {ANEW}"
)
EXPIRED = (
    f"The plan that was reviewed for {MERGED} is no longer kept: it has expired, or was deleted. "
    f"{ANEW}"
)
PLAN, EVIL = b'{"plan": "reviewed"}', b'{"plan": "evil"}'


def plan_in(gitlab: OnGitLab, plan: bytes = PLAN, job: str = "santral:plan", **more: Any) -> None:
    """Let a pipeline of the merge request make a plan; ``more`` says what is different."""
    about = {"sha": HEAD, "ref": "refs/merge-requests/1/head", "source": "merge_request_event"}
    pipeline = gitlab.api.begin_pipeline(**{**about, **more})
    gitlab.api.run_job(job, pipeline["id"], {".santral-ci/plan.json": plan})


@pytest.fixture
def merged(gitlab: OnGitLab) -> OnGitLab:
    """Give the job of the push that merged the merge request, whose plan was kept."""
    plan_in(gitlab)
    gitlab.api.merge(1, merge_commit_sha=MERGED)
    gitlab.variables.update(
        CI_PIPELINE_SOURCE="push", CI_COMMIT_SHA=MERGED, CI_COMMIT_BRANCH="main"
    )
    del gitlab.variables["CI_MERGE_REQUEST_IID"]
    return gitlab


def fetch(gitlab: OnGitLab, **variables: str | None) -> Result:
    """Run the command."""
    return gitlab.run("reviewed-plan", "--out", "plan.json", **variables)


def refused(gitlab: OnGitLab, text: str) -> None:
    """Hold that no plan was found, for this reason, and nothing was written."""
    assert fetch(gitlab) == Result(1, "", text)
    assert not gitlab.has("plan.json")


@pytest.mark.parametrize("field", ["merge_commit_sha", "squash_commit_sha", "sha"])
def test_the_plan_of_the_merged_merge_request_is_fetched(merged: OnGitLab, field: str) -> None:
    """Whichever way it was merged; a fast-forward brings its own last commit."""
    request = merged.api.merge_requests[0]
    request["merge_commit_sha"] = None
    request[field] = MERGED
    if field == "sha":
        merged.api.pipelines[0]["sha"] = MERGED

    assert fetch(merged) == FETCHED
    assert merged.written("plan.json") == PLAN


SHARD = b'{"plan": "of a shard"}'


def test_each_shard_has_a_plan_of_its_own(merged: OnGitLab) -> None:
    """Of the job that is called after it, beside that of all together."""
    (pipeline,) = merged.api.pipelines
    for index, plan in ((1, EVIL), (2, SHARD)):
        kept = {f".santral-ci/plan-{index}.json": plan}
        merged.api.run_job(f"santral:shard {index}/3", pipeline["id"], kept)

    assert fetch(merged, SANTRAL_SHARD="2/3") == FETCHED
    assert merged.written("plan.json") == SHARD
    assert fetch(merged, SANTRAL_SHARD=None) == FETCHED
    assert merged.written("plan.json") == PLAN
    for shard in ("3/3", "2/4"):
        assert merged.run("reviewed-plan", "--out", "x", "--shard", shard) == Result(1, "", NONE)


def test_a_plan_of_all_shards_that_was_refused_is_none(merged: OnGitLab) -> None:
    """It is kept for people to read, under a name that nothing applies."""
    (pipeline,) = merged.api.pipelines
    kept = {".santral-ci/plan.refused.json": EVIL}
    merged.api.run_job("santral:plan", pipeline["id"], kept, status="failed")

    refused(merged, NONE)


def test_a_file_that_is_kept_elsewhere_is_fetched_without_the_token(merged: OnGitLab) -> None:
    """The redirect's server sees none."""
    merged.api.is_stored_elsewhere = True

    assert fetch(merged) == FETCHED
    assert {one.headers["private-token"] for one in merged.api.requests} == {TOKEN}
    (download,) = merged.api.stored_requests
    assert download.headers.keys().isdisjoint({"authorization", "private-token", "cookie"})
    assert TOKEN not in str(download)


def test_a_merge_that_is_not_known_yet_is_waited_for(merged: OnGitLab) -> None:
    """For a minute at most."""
    merged.api.unindexed, merged.api.unmerged = 2, 3

    assert fetch(merged) == FETCHED
    assert [*map(round, JumpingClock.waits)] == [1, 2, 4, 8, 15]


def test_a_commit_that_came_without_a_merge_request_has_no_plan(merged: OnGitLab) -> None:
    """It is said after a minute, with what to do."""
    merged.variables["CI_COMMIT_SHA"] = OTHER

    refused(merged, f"{OTHER} came without a merge request of this project. {ANEW}")
    assert sum(map(round, JumpingClock.waits)) == 60


NOT_MERGED: dict[str, dict[str, Any]] = {
    "closed": {"state": "closed"},
    "into another branch": {"target_branch": "release"},
    "as another commit": {"merge_commit_sha": OTHER},
}


@pytest.mark.parametrize("fields", NOT_MERGED.values(), ids=NOT_MERGED)
def test_a_merge_request_that_was_not_merged_as_this_has_no_plan_of_it(
    merged: OnGitLab, fields: dict[str, Any]
) -> None:
    """What the list says of it is asked of the merge request itself."""
    merged.api.merge_requests[0].update(fields)

    refused(merged, f"{MERGED} came without a merge request of this project. {ANEW}")


def test_a_fork_has_no_plan(merged: OnGitLab) -> None:
    """Its pipelines run in the fork, or with the fork's file."""
    merged.api.merge_requests[0]["source_project_id"] = FORK

    refused(merged, f"Merge request !1 is from a fork, and no plan is made for those. {ANEW}")


def test_merge_requests_that_were_merged_together_have_no_plan(merged: OnGitLab) -> None:
    """They are named."""
    merged.api.open_merge_request(OTHER)
    merged.api.merge(2, merge_commit_sha=MERGED)

    refused(
        merged,
        "!1, !2 were merged together. Each has a plan of its own, and none is of this commit. "
        f"{ANEW}",
    )


FALSE_PIPELINES: dict[str, dict[str, Any]] = {
    "of a branch": {"ref": "change", "source": "push"},
    "of the branch's head, by hand": {"source": "web"},
    "of an older commit": {"sha": OTHER},
    "of another job": {"job": "bayi-2:plan"},
}


@pytest.mark.parametrize("pipeline", FALSE_PIPELINES.values(), ids=FALSE_PIPELINES)
def test_a_plan_of_another_pipeline_is_none(
    gitlab: OnGitLab, pipeline: dict[str, Any], merged: OnGitLab
) -> None:
    """Where there is no good one."""
    gitlab.api.pipelines.clear()
    gitlab.api.jobs.clear()
    plan_in(gitlab, EVIL, **pipeline)

    refused(merged, NONE)


@pytest.mark.parametrize("kind", ["merge", "train"])
def test_merged_results_and_merge_trains_are_refused_by_name(merged: OnGitLab, kind: str) -> None:
    """Their plans are of commits that nobody made."""
    merged.api.pipelines[0]["ref"] = f"refs/merge-requests/1/{kind}"

    refused(
        merged,
        "The plans of merge request !1 are of merged results or of a merge train, which are not "
        "supported: they are not of its own last commit. Turn both off (Settings, Merge requests). "
        f"{ANEW}",
    )


def test_the_newest_pipeline_and_its_newest_job_count(merged: OnGitLab) -> None:
    """A job that was run again has another number."""
    newer = b'{"plan": "newer"}'
    plan_in(merged, EVIL)
    pipeline = merged.api.pipelines[-1]["id"]
    merged.api.run_job("santral:plan", pipeline, {".santral-ci/plan.json": newer})
    plan_in(merged, EVIL, sha=OTHER)

    assert fetch(merged) == FETCHED
    assert merged.written("plan.json") == newer


def test_an_older_gitlab_does_not_say_what_started_a_pipeline(merged: OnGitLab) -> None:
    """Its pipelines count by their ref."""
    del merged.api.pipelines[0]["source"]

    assert fetch(merged) == FETCHED


def test_each_fleet_has_plans_of_its_own(merged: OnGitLab) -> None:
    """By its name."""
    pipeline = merged.api.pipelines[0]["id"]
    merged.api.run_job("bayi-2:plan", pipeline, {".santral-ci/plan.json": EVIL})

    assert fetch(merged, SANTRAL_NAME="bayi-2") == FETCHED
    assert merged.written("plan.json") == EVIL


def test_an_expired_plan_has_words_of_its_own(merged: OnGitLab) -> None:
    """GitLab answers 404 then."""
    merged.api.files.clear()

    refused(merged, EXPIRED)


def test_a_pipeline_by_hand_has_its_plan_already(merged: OnGitLab) -> None:
    """Its own plan job hands it on."""
    merged.variables["CI_PIPELINE_SOURCE"] = "web"

    refused(
        merged,
        "A plan is reviewed for what a push applies, and this pipeline was started by web. Take "
        "the plan of its own plan job instead (needs: and artifacts).\n",
    )


def test_without_a_token_it_is_said_which(merged: OnGitLab) -> None:
    """The job's own may not list pipelines."""
    result = fetch(merged, SANTRAL_GITLAB_TOKEN=None, CI_JOB_TOKEN=TOKEN)

    assert result == Result(
        1,
        "",
        "SANTRAL_GITLAB_TOKEN holds no token. Make a project access token, or the token of a user "
        "for pipelines, with the scope api, and give it to this job as the masked variable "
        "SANTRAL_GITLAB_TOKEN.\n",
    )
    assert merged.asked == []
