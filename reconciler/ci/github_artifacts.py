"""What earlier runs of a workflow have kept, and which of it may be believed.

Any run may keep anything under any name: one of another workflow, one of a fork. So each is asked
for its run, and only a run that is as it must be counts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.ci import archive
from reconciler.ci.environment import NUMBER, Job, at, number_at, text_at
from reconciler.ci.forge import KeptJournal
from reconciler.ci.journals import JOURNAL, together
from reconciler.ci.web import Web
from reconciler.files import MOST_KEPT

_RIGHT = "actions: read"
_REPOSITORY_RIGHT = "contents: read"
_EVENTS_THAT_KEEP = frozenset({"push", "workflow_dispatch", "schedule"})
"""Those of an apply, and of the check that keeps the journal anew."""
IsWanted = Callable[[Any], bool]
"""Says of a run whether it is as it must be."""


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The artifacts of a repository, as a job of one of its workflows may use them."""

    job: Job
    web: Web
    repository: str
    """Its path in the API."""

    def run(self) -> int:
        """Return the number of the run that the job is of; raises ForgeError."""
        return int(self.job.text("GITHUB_RUN_ID", NUMBER))

    def good(self, name: str, is_wanted: IsWanted) -> Iterator[Any]:
        """Yield the artifacts of a name that may be believed, newest first; raises ForgeError.

        Their runs are of this workflow and of this repository, and as they are wanted.
        """
        workflow = number_at(self._run(self.run()), "workflow_id")
        runs: dict[int, Any] = {}
        for artifact in self._named(name):
            number = number_at(artifact, "workflow_run", "id")
            if number and number not in runs:
                runs[number] = self._run(number)
            run = runs.get(number)
            if _is_of(run, number, workflow) and is_wanted(run):
                yield artifact

    def read(self, artifact: Any, member: str) -> bytes | None:
        """Return a file of an artifact, None where that has expired; raises ForgeError."""
        if at(artifact, "expired") is not False:
            return None
        path = f"{self.repository}/actions/artifacts/{number_at(artifact, 'id')}/zip"
        content = self.web.download(path, _RIGHT, MOST_KEPT)
        return None if content is None else archive.member(content, member, MOST_KEPT)

    def journal(self, name: str) -> KeptJournal | None:
        """Return the journal that runs on the default branch have kept; raises ForgeError."""
        branch = self._default_branch()
        found = self.good(
            name,
            lambda run: (
                text_at(run, "event") in _EVENTS_THAT_KEEP and text_at(run, "head_branch") == branch
            ),
        )
        return together(self.read(artifact, JOURNAL) for artifact in found)

    def _named(self, name: str) -> list[Any]:
        path = f"{self.repository}/actions/artifacts"
        entries = self.web.entries(path, _RIGHT, {"name": name}, listed="artifacts")
        found = (one for one in entries if text_at(one, "name") == name and number_at(one, "id"))
        return sorted(found, key=_age, reverse=True)

    def _run(self, number: int) -> Any:
        return self.web.get(f"{self.repository}/actions/runs/{number}", _RIGHT)

    def _default_branch(self) -> str:
        known = text_at(self.job.event(), "repository", "default_branch")
        return known or text_at(self.web.get(self.repository, _REPOSITORY_RIGHT), "default_branch")


def _age(artifact: Any) -> tuple[str, int]:
    """Return what orders artifacts by their time, which all have in one form."""
    return text_at(artifact, "created_at"), number_at(artifact, "id")


def _is_of(run: Any, number: int, workflow: int) -> bool:
    """Return whether a run is of the workflow, and of the repository's own code."""
    owner, source = (number_at(run, of, "id") for of in ("repository", "head_repository"))
    is_own = owner > 0 and owner == source
    is_workflow = workflow > 0 and number_at(run, "workflow_id") == workflow
    return is_own and is_workflow and number_at(run, "id") == number
