"""Finding the plan that was reviewed, on GitLab: from the commit to its merge request, to its job.

The job token of a pipeline may not list pipelines, so a token of the project's own is asked for.
"""

from typing import Any, NamedTuple

from reconciler.ci.environment import Job, number_at, text_at
from reconciler.ci.forge import ForgeError
from reconciler.ci.lookup import names_of, newest, no_plan, patiently
from reconciler.ci.web import Web
from reconciler.core.messages import Message
from reconciler.core.text import printable
from reconciler.files import MOST_KEPT

_READER = "Developer"
"""The role that a token needs."""
_MADE = ("merge_commit_sha", "squash_commit_sha", "sha")
"""Where a merge request has the commit that it was merged as."""
KEPT_IN = ".santral-ci"
"""Where the jobs of our pipeline have the files that they keep, below the top of the repository."""


class KeptPlan(NamedTuple):
    """Where a plan is kept."""

    job: str
    """The name of the job that made it."""
    file: str


def reviewed_plan(job: Job, web: Web, project: int, kept: KeptPlan) -> bytes:
    """Return the plan that was reviewed for the job's commit; raises ForgeError."""
    if job.started_by != "push":
        raise ForgeError(Message("plan-event-gitlab", event=printable(job.started_by)))
    below = f"/projects/{project}"
    request = _merged_request(job, web, project)
    pipeline = _pipeline_of(job, web, below, request)
    jobs = web.entries(f"{below}/pipelines/{number_at(pipeline, 'id')}/jobs", _READER, {})
    made = newest([one for one in jobs if text_at(one, "name") == kept.job])
    if not made:
        no_plan(job, "plan-none", commit=job.commit)
    path = f"{below}/jobs/{number_at(made[0], 'id')}/artifacts/{KEPT_IN}/{kept.file}"
    plan = web.download(path, _READER, MOST_KEPT)
    if plan is None:
        has_failed = text_at(made[0], "status") == "failed"
        no_plan(job, "plan-none" if has_failed else "plan-expired", commit=job.commit)
    return plan


def _merged_request(job: Job, web: Web, project: int) -> Any:
    """Return the one merge request that the commit came by; raises ForgeError."""
    path = f"/projects/{project}/repository/commits/{job.commit}/merge_requests"
    found = patiently(web, path, lambda: _requests_merged_as(job, web, project, path))
    if not found:
        no_plan(job, "plan-without-request-gitlab", commit=job.commit)
    if found[1:]:
        no_plan(job, "plan-several", requests=names_of(found, "iid", "!"))
    if number_at(found[0], "source_project_id") != project:
        no_plan(job, "plan-of-fork-gitlab", request=names_of(found, "iid", "!"))
    return found[0]


def _requests_merged_as(job: Job, web: Web, project: int, path: str) -> list[Any]:
    """Return the merge requests that were merged as the commit, as each of them says itself."""
    candidates = [one for one in web.entries(path, _READER, {}) if _is_merged(job, one)]
    numbers = (number_at(one, "iid") for one in candidates)
    asked = [web.get(f"/projects/{project}/merge_requests/{number}", _READER) for number in numbers]
    return [one for one in asked if _is_merged(job, one)]


def _is_merged(job: Job, request: Any) -> bool:
    is_merged = text_at(request, "state") == "merged" and number_at(request, "iid") > 0
    is_here = text_at(request, "target_branch") == job.branch
    return is_merged and is_here and job.commit in {text_at(request, made) for made in _MADE}


def _pipeline_of(job: Job, web: Web, below: str, request: Any) -> Any:
    """Return the newest pipeline of the merge request's last commit; raises ForgeError."""
    number = number_at(request, "iid")
    path, own = f"{below}/merge_requests/{number}/pipelines", f"refs/merge-requests/{number}/"
    there = [one for one in web.entries(path, _READER, {}) if _is_of_request(one)]
    head = text_at(request, "sha")
    found = newest(
        [one for one in there if (text_at(one, "ref"), text_at(one, "sha")) == (f"{own}head", head)]
    )
    if found:
        return found[0]
    if any(text_at(one, "ref") in {f"{own}merge", f"{own}train"} for one in there):
        no_plan(job, "plan-of-merged-results", request=names_of([request], "iid", "!"))
    return no_plan(job, "plan-none", commit=job.commit)


def _is_of_request(pipeline: Any) -> bool:
    """Return whether a merge request started it; an older GitLab does not say what did."""
    return text_at(pipeline, "source") in {"", "merge_request_event"}
