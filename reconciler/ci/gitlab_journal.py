"""The journal of a pipeline on GitLab, from what its newest jobs have kept.

A job that fetches the journal is not the one that applies, since the keys are there. So a job of
another pipeline can have applied in between, and the newest journal then lacks what it changed.
What several of them hold is therefore taken together.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from reconciler.ci.environment import LINE, Job, at, number_at, text_at
from reconciler.ci.forge import KeptJournal
from reconciler.ci.gitlab_plans import KEPT_IN
from reconciler.ci.lookup import newest
from reconciler.ci.web import Web
from reconciler.files import MOST_KEPT

_MAINTAINER = "Maintainer"
"""The role that a token needs; the artifacts may be for maintainers only."""
_JOURNAL = f"{KEPT_IN}/journal.jsonl"
_ENDED = {"scope[]": ("success", "failed", "canceled")}
_JOB_PAGES = 10
_TOGETHER = 5
"""So many journals are taken together: more applies than that seldom wait for one another."""


def kept_journal(job: Job, web: Web, project: int, name: str) -> KeptJournal | None:
    """Return the journal, None where no job on the default branch has kept one.

    Raises ForgeError.
    """
    branch, path = job.text("CI_DEFAULT_BRANCH", LINE), f"/projects/{project}/jobs"
    names = {f"{name}:apply", f"{name}:rollback"}
    ended = web.entries(path, _MAINTAINER, _ENDED, most=_JOB_PAGES)
    found = [one for one in ended if text_at(one, "name") in names and _is_of(one, project, branch)]
    if not found:
        return None
    files = (f"{path}/{number_at(one, 'id')}/artifacts/{_JOURNAL}" for one in newest(found))
    kept = [web.download(file, _MAINTAINER, MOST_KEPT) for file in islice(files, _TOGETHER)]
    return KeptJournal(_together(reversed([*filter(None, kept)])))


def _is_of(job: Any, project: int, branch: str) -> bool:
    """Return whether a job of this project, on this branch, has kept something."""
    is_there = text_at(job, "ref") == branch and at(job, "tag") is False
    is_here = number_at(job, "pipeline", "project_id") == project
    return is_there and is_here and bool(at(job, "artifacts_file"))


def _together(journals: Iterable[bytes]) -> bytes | None:
    """Return what journals hold, from the oldest on; a line that several have is there once."""
    lines = dict.fromkeys(line for journal in journals for line in journal.split(b"\n") if line)
    return b"".join(line + b"\n" for line in lines) or None
