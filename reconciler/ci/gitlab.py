"""GitLab, seen from a job of a pipeline: what is written there, and what is fetched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from reconciler.ci.environment import NUMBER, Job, number_at, text_at
from reconciler.ci.forge import Board, Draft, ForgeError, KeptJournal, Post
from reconciler.ci.gitlab_journal import Keepers, kept_journal
from reconciler.ci.gitlab_plans import KeptPlan, reviewed_plan
from reconciler.ci.lookup import suffix_of
from reconciler.ci.web import Web
from reconciler.core.messages import Message
from reconciler.core.shard import Shard

_MERGE_REQUEST = "CI_MERGE_REQUEST_IID"
_WRITER = "Developer"
"""The role that a token needs."""


class GitLab:
    """GitLab, for one project."""

    headers: ClassVar[Mapping[str, str]] = {
        "Accept": "application/json",
        "Content-Type": "application/json",
    }
    """What goes with each request."""

    def __init__(self, job: Job, web: Web, name: str) -> None:
        """Work for the fleet of this name; raises ForgeError where the job does not say enough."""
        self._job = job
        self._name = name
        self._number = int(job.text(job.system.place, NUMBER))
        self._project = f"/projects/{self._number}"
        self._web = web

    def planned_commit(self) -> str:
        """Return the head of the merge request, which is what the plan is of."""
        self._merge_request()
        return self._job.commit

    def comments(self) -> Board:
        """Return the notes of the merge request."""
        return self._notes_of(f"{self._project}/merge_requests/{self._merge_request()}/notes")

    def issues(self) -> Board:
        """Return the open issues."""
        return _Issues(self._web, f"{self._project}/issues", self._user())

    def replies(self, issue: int) -> Board:
        """Return the notes of an issue."""
        return self._notes_of(f"{self._project}/issues/{issue}/notes")

    def close(self, issue: int) -> bool:
        """Close an issue."""
        path = f"{self._project}/issues/{issue}"
        return self._web.write("PUT", path, _WRITER, {"state_event": "close"})

    def pause(self, seconds: float) -> None:
        """Wait before looking again at what is there."""
        self._web.pause(self._project, seconds)

    def reviewed_plan(self, shard: Shard | None) -> bytes:
        """Return the plan that was reviewed for this commit."""
        made_by = f"{self._name}:shard {shard}" if shard else f"{self._name}:plan"
        kept = KeptPlan(made_by, f"plan{suffix_of(shard)}.json")
        return reviewed_plan(self._job, self._web, self._number, kept)

    def journal(self, shard: Shard | None) -> KeptJournal | None:
        """Return the journal that the newest jobs on the default branch have kept."""
        return kept_journal(self._job, self._web, self._number, Keepers(self._name, shard))

    def _merge_request(self) -> int:
        if not NUMBER.fullmatch(self._job.variables.get(_MERGE_REQUEST, "")):
            raise ForgeError(Message("forge-no-merge-request", variable=_MERGE_REQUEST))
        return int(self._job.variables[_MERGE_REQUEST])

    def _notes_of(self, path: str) -> Board:
        return _Notes(self._web, path, self._user())

    def _user(self) -> int:
        """Return the number of the user that the token is of.

        Raises ForgeError where there is none: nothing would be known as ours, and so each run
        would write anew.
        """
        number = number_at(self._web.get("/user", _WRITER), "id")
        if not number:
            raise ForgeError(self._web.malformed())
        return number


def _is_by(entry: Any, user: int) -> bool:
    return number_at(entry, "author", "id") == user


@dataclass(frozen=True, slots=True)
class _Notes:
    """The notes of a merge request or of an issue."""

    web: Web
    all: str
    user: int

    def ours(self) -> Iterator[Post]:
        for entry in self.web.entries(self.all, _WRITER, {}):
            if _is_by(entry, self.user):
                yield Post(number_at(entry, "id"), Draft(text_at(entry, "body")))

    def add(self, draft: Draft) -> bool:
        return self.web.write("POST", self.all, _WRITER, {"body": draft.text})

    def replace(self, number: int, draft: Draft) -> bool:
        return self.web.write("PUT", f"{self.all}/{number}", _WRITER, {"body": draft.text})


@dataclass(frozen=True, slots=True)
class _Issues:
    """The open issues."""

    web: Web
    all: str
    user: int

    def ours(self) -> Iterator[Post]:
        query = {"state": "opened", "author_id": str(self.user)}
        for entry in self.web.entries(self.all, _WRITER, query):
            if _is_by(entry, self.user):
                draft = Draft(text_at(entry, "description"), text_at(entry, "title"))
                yield Post(number_at(entry, "iid"), draft)

    def add(self, draft: Draft) -> bool:
        return self.web.write("POST", self.all, _WRITER, _fields_of(draft))

    def replace(self, number: int, draft: Draft) -> bool:
        return self.web.write("PUT", f"{self.all}/{number}", _WRITER, _fields_of(draft))


def _fields_of(draft: Draft) -> dict[str, str]:
    return {"title": draft.title, "description": draft.text}
