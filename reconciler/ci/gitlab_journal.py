"""The jobs of a pipeline on GitLab that have kept a journal."""

from typing import Any

from reconciler.ci.environment import LINE, Job, at, number_at, text_at
from reconciler.ci.forge import KeptJournal
from reconciler.ci.gitlab_plans import KEPT_IN
from reconciler.ci.journals import JOURNAL, together
from reconciler.ci.lookup import newest
from reconciler.ci.web import Web
from reconciler.files import MOST_KEPT

_MAINTAINER = "Maintainer"
"""The role that a token needs; the artifacts may be for maintainers only."""
_ENDED = {"scope[]": ("success", "failed", "canceled")}
_JOB_PAGES = 10


def kept_journal(job: Job, web: Web, project: int, name: str) -> KeptJournal | None:
    """Return the journal, None where no job on the default branch has kept one.

    Raises ForgeError.
    """
    branch, path = job.text("CI_DEFAULT_BRANCH", LINE), f"/projects/{project}/jobs"
    names = {f"{name}:apply", f"{name}:rollback"}
    ended = web.entries(path, _MAINTAINER, _ENDED, most=_JOB_PAGES)
    found = [one for one in ended if text_at(one, "name") in names and _is_of(one, project, branch)]
    files = (f"{path}/{number_at(one, 'id')}/artifacts/{KEPT_IN}" for one in newest(found))
    return together(web.download(f"{file}/{JOURNAL}", _MAINTAINER, MOST_KEPT) for file in files)


def _is_of(job: Any, project: int, branch: str) -> bool:
    """Return whether a job of this project, on this branch, has kept something."""
    is_there = text_at(job, "ref") == branch and at(job, "tag") is False
    is_here = number_at(job, "pipeline", "project_id") == project
    return is_there and is_here and bool(at(job, "artifacts_file"))
