"""The forge that a job belongs to, with what it takes to talk to it."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

from reconciler.ci import github, gitlab
from reconciler.ci.environment import Job, take_token
from reconciler.ci.forge import Forge
from reconciler.ci.web import Reach, Web
from reconciler.core.ci_systems import Ci

USUAL_NAME = "santral"
"""What a fleet is called where a repository has only one."""


@contextmanager
def open_forge(
    job: Job, environment: MutableMapping[str, str], reach: Reach, name: str
) -> Iterator[Forge]:
    """Give the forge, for the fleet of a name; raises ForgeError.

    The token is taken out of the environment, where nothing that this process starts finds it.
    """
    headers = github.HEADERS if job.ci is Ci.GITHUB else gitlab.HEADERS
    web = Web(job, take_token(job, environment), headers, reach)
    try:
        yield _forge(job, web, name)
    finally:
        web.close()


def _forge(job: Job, web: Web, name: str) -> Forge:
    return github.GitHub(job, web, name) if job.ci is Ci.GITHUB else gitlab.GitLab(job, web, name)
