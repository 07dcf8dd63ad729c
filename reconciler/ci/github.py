"""GitHub, seen from a job of GitHub Actions: what is written there, and what is fetched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from reconciler.ci.environment import COMMIT, REPOSITORY, Job, number_at, text_at
from reconciler.ci.forge import Board, Draft, ForgeError, KeptJournal, Post
from reconciler.ci.github_artifacts import Artifacts
from reconciler.ci.github_plans import KeptPlan, reviewed_plan
from reconciler.ci.lookup import suffix_of
from reconciler.ci.web import Web
from reconciler.core.messages import Message
from reconciler.core.shard import Shard

_BOT = "github-actions[bot]"
"""Whom a job's token writes as."""
_COMMENTS_RIGHT = "pull-requests: write"
_ISSUES_RIGHT = "issues: write"


class GitHub:
    """GitHub, for one repository."""

    headers: ClassVar[Mapping[str, str]] = {
        "Accept": "application/vnd.github+json",
        "Content-Type": "application/json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    """What goes with each request."""

    def __init__(self, job: Job, web: Web, name: str) -> None:
        """Work for the fleet of this name; raises ForgeError where the job does not say enough."""
        self._job = job
        self._name = name
        self._repository = f"/repos/{job.text(job.system.place, REPOSITORY)}"
        self._web = web

    def planned_commit(self) -> str:
        """Return the head of the pull request, which is what the plan is of."""
        commit = text_at(self._pull(), "head", "sha")
        if not COMMIT.fullmatch(commit):
            raise ForgeError(Message("forge-no-pull-request"))
        return commit

    def comments(self) -> Board:
        """Return the comments of the pull request."""
        return self._comments_of(number_at(self._pull(), "number"), _COMMENTS_RIGHT)

    def issues(self) -> Board:
        """Return the open issues."""
        return _Issues(self._web, f"{self._repository}/issues")

    def replies(self, issue: int) -> Board:
        """Return the comments of an issue."""
        return self._comments_of(issue, _ISSUES_RIGHT)

    def close(self, issue: int) -> bool:
        """Close an issue."""
        path = f"{self._repository}/issues/{issue}"
        return self._web.write("PATCH", path, _ISSUES_RIGHT, {"state": "closed"})

    def pause(self, seconds: float) -> None:
        """Wait before looking again at what is there."""
        self._web.pause(self._repository, seconds)

    def reviewed_plan(self, shard: Shard | None) -> bytes:
        """Return the plan that was reviewed for this commit."""
        kept = KeptPlan(f"{self._name}-plan", shard)
        return reviewed_plan(self._job, self._web, self._artifacts, kept)

    def journal(self, shard: Shard | None) -> KeptJournal | None:
        """Return the newest journal that a run on the default branch has kept."""
        return self._artifacts.journal(f"{self._name}-journal{suffix_of(shard)}")

    @property
    def _artifacts(self) -> Artifacts:
        return Artifacts(self._job, self._web, self._repository)

    def _pull(self) -> Any:
        """Return the pull request that the job is of, as its event has it."""
        pull = self._job.event().get("pull_request")
        if not number_at(pull, "number"):
            raise ForgeError(Message("forge-no-pull-request"))
        return pull

    def _comments_of(self, number: int, right: str) -> Board:
        issues = f"{self._repository}/issues"
        return _Comments(self._web, f"{issues}/{number}/comments", f"{issues}/comments", right)


def _is_ours(entry: Any) -> bool:
    return text_at(entry, "user", "login") == _BOT


@dataclass(frozen=True, slots=True)
class _Comments:
    """The comments of an issue, or of a pull request, which is one to the API."""

    web: Web
    all: str
    each: str
    """What the path of one begins with."""
    right: str

    def ours(self) -> Iterator[Post]:
        for entry in self.web.entries(self.all, self.right, {}):
            if _is_ours(entry):
                yield Post(number_at(entry, "id"), Draft(text_at(entry, "body")))

    def add(self, draft: Draft) -> bool:
        return self.web.write("POST", self.all, self.right, {"body": draft.text})

    def replace(self, number: int, draft: Draft) -> bool:
        path = f"{self.each}/{number}"
        return self.web.write("PATCH", path, self.right, {"body": draft.text})


@dataclass(frozen=True, slots=True)
class _Issues:
    """The open issues; the API counts pull requests among them."""

    web: Web
    all: str

    def ours(self) -> Iterator[Post]:
        query = {"state": "open", "creator": _BOT}
        for entry in self.web.entries(self.all, _ISSUES_RIGHT, query):
            if _is_ours(entry) and "pull_request" not in entry:
                draft = Draft(text_at(entry, "body"), text_at(entry, "title"))
                yield Post(number_at(entry, "number"), draft)

    def add(self, draft: Draft) -> bool:
        return self.web.write("POST", self.all, _ISSUES_RIGHT, _fields_of(draft))

    def replace(self, number: int, draft: Draft) -> bool:
        return self.web.write("PATCH", f"{self.all}/{number}", _ISSUES_RIGHT, _fields_of(draft))


def _fields_of(draft: Draft) -> dict[str, str]:
    return {"title": draft.title, "body": draft.text}
