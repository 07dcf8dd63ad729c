"""The forge that a job belongs to, with what it takes to talk to it."""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

from reconciler.ci.environment import Job, take_token
from reconciler.ci.forge import Forge
from reconciler.ci.github import GitHub
from reconciler.ci.gitlab import GitLab
from reconciler.ci.web import Reach, Web
from reconciler.core.ci_systems import Ci

USUAL_NAME = "santral"
"""What a fleet is called where a repository has only one."""
_FORGES: Mapping[Ci, type[GitHub | GitLab]] = {Ci.GITHUB: GitHub, Ci.GITLAB: GitLab}


@contextmanager
def open_forge(
    job: Job, environment: MutableMapping[str, str], reach: Reach, name: str
) -> Iterator[Forge]:
    """Give the forge, for the fleet of a name; raises ForgeError.

    The token is taken out of the environment, where nothing that this process starts finds it.
    """
    kind = _FORGES[job.ci]
    web = Web(job, take_token(job, environment), kind.headers, reach)
    try:
        yield kind(job, web, name)
    finally:
        web.close()
