"""The jobs of a pipeline on GitLab that have kept a journal."""

import re
from typing import Any, NamedTuple

from reconciler.ci.environment import LINE, Job, at, number_at, text_at
from reconciler.ci.forge import KeptJournal
from reconciler.ci.gitlab_plans import KEPT_IN
from reconciler.ci.journals import together
from reconciler.ci.lookup import newest, suffix_of
from reconciler.ci.web import Web
from reconciler.core.shard import Shard
from reconciler.files import MOST_KEPT

_MAINTAINER = "Maintainer"
"""The role that a token needs; the artifacts may be for maintainers only."""
_ENDED = {"scope[]": ("success", "failed", "canceled")}
_JOB_PAGES = 10


class Keepers(NamedTuple):
    """The jobs that keep a journal."""

    fleet: str
    shard: Shard | None

    @property
    def file(self) -> str:
        """The name of the file that they keep."""
        return f"journal{suffix_of(self.shard)}.jsonl"

    def has(self, job: str) -> bool:
        """Return whether a job of this name is one; a shard may once have been one of another N."""
        ending = f" {self.shard.index}/[0-9]+" if self.shard else ""
        return bool(re.fullmatch(f"{re.escape(self.fleet)}:(apply|rollback){ending}", job))


def kept_journal(job: Job, web: Web, project: int, keepers: Keepers) -> KeptJournal | None:
    """Return the journal, None where no job on the default branch has kept one.

    Raises ForgeError.
    """
    branch, path = job.text("CI_DEFAULT_BRANCH", LINE), f"/projects/{project}/jobs"
    ended = web.entries(path, _MAINTAINER, _ENDED, most=_JOB_PAGES)
    found = [
        one for one in ended if keepers.has(text_at(one, "name")) and _is_of(one, project, branch)
    ]
    files = (f"{path}/{number_at(one, 'id')}/artifacts/{KEPT_IN}" for one in newest(found))
    return together(
        web.download(f"{file}/{keepers.file}", _MAINTAINER, MOST_KEPT) for file in files
    )


def _is_of(job: Any, project: int, branch: str) -> bool:
    """Return whether a job of this project, on this branch, has kept something."""
    is_there = text_at(job, "ref") == branch and at(job, "tag") is False
    is_here = number_at(job, "pipeline", "project_id") == project
    return is_there and is_here and bool(at(job, "artifacts_file"))
