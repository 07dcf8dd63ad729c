"""Finding the plan that was reviewed, on GitHub: from the commit to its pull request, to its run.

After a merge it takes GitHub some seconds to know which pull request a commit came by: the first
answers are empty, or have no merge_commit_sha yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.ci.environment import COMMIT, Job, at, number_at, text_at
from reconciler.ci.forge import ForgeError
from reconciler.ci.github_artifacts import Artifacts
from reconciler.ci.lookup import names_of, no_plan, patiently, suffix_of
from reconciler.ci.web import Web
from reconciler.core.messages import Message
from reconciler.core.shard import Shard
from reconciler.core.text import printable
from reconciler.documents import utc_now

_RIGHT = "pull-requests: read"
_LONGEST_WAIT = timedelta(hours=24)
"""How old a plan may be that was made by hand: the live settings change without its files."""


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """The names under which a plan is kept."""

    name: str
    """What that of its artifact begins with."""
    shard: Shard | None

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"plan{suffix_of(self.shard)}.json"

    def of(self, commit: str) -> str:
        """Return the name of the artifact with the plan of a commit."""
        return f"{self.name}-{commit}{suffix_of(self.shard)}"


def reviewed_plan(job: Job, web: Web, artifacts: Artifacts, kept: KeptPlan) -> bytes:
    """Return the plan that was reviewed for the job's commit; raises ForgeError."""
    if job.started_by == "push":
        return _plan_of_pull(job, web, artifacts, kept)
    if job.started_by == "workflow_dispatch":
        return _plan_by_hand(job, artifacts, kept)
    raise ForgeError(Message("plan-event-github", event=printable(job.started_by)))


def _plan_of_pull(job: Job, web: Web, artifacts: Artifacts, kept: KeptPlan) -> bytes:
    pull = _merged_pull(job, web, artifacts.repository)
    head, branch = (text_at(pull, "head", each) for each in ("sha", "ref"))
    if not COMMIT.fullmatch(head):
        no_plan(job, "plan-none", commit=job.commit)

    wanted = ("pull_request", head, branch)
    found = artifacts.good(kept.of(head), lambda run: _source_of(run) == wanted)
    return _required(job, _first(artifacts, found, kept.file), head)


def _plan_by_hand(job: Job, artifacts: Artifacts, kept: KeptPlan) -> bytes:
    """Return the plan that this run has made, or else the newest that was made by hand lately.

    Whoever approves a run has seen the plan of that run. Another run of the same commit may have
    made one since, of which nobody has approved anything.
    """
    wanted, here = ("workflow_dispatch", job.commit, job.branch), artifacts.run()
    good = artifacts.good(kept.of(job.commit), lambda run: _source_of(run) == wanted)
    by_hand = [*good]
    own = [one for one in by_hand if number_at(one, "workflow_run", "id") == here]
    lately = [*filter(_is_recent, by_hand)]
    if by_hand and not (own or lately):
        no_plan(job, "plan-old", commit=job.commit)
    return _required(job, _first(artifacts, own or lately, kept.file), job.commit)


def _source_of(run: Any) -> tuple[str, ...]:
    """Return what started a run, of which commit, on which branch: others may have the commit."""
    return tuple(text_at(run, each) for each in ("event", "head_sha", "head_branch"))


def _is_recent(artifact: Any) -> bool:
    try:
        made = datetime.fromisoformat(text_at(artifact, "created_at"))
    except ValueError:
        return False
    return utc_now() - _LONGEST_WAIT <= (made if made.tzinfo else made.replace(tzinfo=UTC))


def _first(artifacts: Artifacts, found: Iterable[Any], file: str) -> bytes | str | None:
    """Return the newest plan; a code where it is gone, None where there never was one."""
    code = None
    for artifact in found:
        plan = artifacts.read(artifact, file)
        if plan is not None:
            return plan
        code = "plan-expired"
    return code


def _required(job: Job, plan: bytes | str | None, commit: str) -> bytes:
    if isinstance(plan, bytes):
        return plan
    return no_plan(job, plan or "plan-none", commit=commit)


def _merged_pull(job: Job, web: Web, repository: str) -> Any:
    """Return the one pull request that the commit came by; raises ForgeError."""
    path = f"{repository}/commits/{job.commit}/pulls"
    found = patiently(web, path, lambda: _pulls_merged_as(job, web, repository, path))
    if not found:
        no_plan(job, "plan-without-request-github", commit=job.commit)
    pull = found[0]
    others = found[1:] + _merged_along(job, web, repository, pull)
    if others:
        no_plan(job, "plan-several", requests=names_of([pull, *others], "number", "#"))
    owner, source = (number_at(pull, end, "repo", "id") for end in ("base", "head"))
    if not source or source != owner:
        no_plan(job, "plan-of-fork-github", request=names_of([pull], "number", "#"))
    return pull


def _pulls_merged_as(job: Job, web: Web, repository: str, path: str) -> list[Any]:
    """Return the pull requests that were merged as the commit, as each of them says itself."""
    candidates = [one for one in web.entries(path, _RIGHT, {}) if _is_merged(job, one)]
    asked = (f"{repository}/pulls/{number_at(one, 'number')}" for one in candidates)
    pulls = [web.get(one, _RIGHT) for one in asked]
    return [
        one
        for one in pulls
        if _is_merged(job, one) and text_at(one, "merge_commit_sha") == job.commit
    ]


def _is_merged(job: Job, pull: Any) -> bool:
    is_here = text_at(pull, "base", "ref") == job.branch
    return is_here and bool(text_at(pull, "merged_at")) and number_at(pull, "number") > 0


def _merged_along(job: Job, web: Web, repository: str, pull: Any) -> list[Any]:
    """Return other pull requests that came with the same push, as a merge queue's do."""
    commits = at(job.event(), "commits")
    pushed = {text_at(one, "id") for one in commits} if isinstance(commits, list) else set()
    query = {"state": "closed", "base": job.branch, "sort": "updated", "direction": "desc"}
    there, _ = web.page(f"{repository}/pulls", _RIGHT, query)
    return [
        one
        for one in there
        if _is_merged(job, one)
        and text_at(one, "merge_commit_sha") in pushed - {""}
        and number_at(one, "number") != number_at(pull, "number")
    ]
