"""The forge that a job belongs to, with what it takes to talk to it."""

from collections.abc import MutableMapping

from reconciler.ci.environment import Job, take_token
from reconciler.ci.forge import Forge
from reconciler.ci.github import GitHub
from reconciler.ci.gitlab import GitLab
from reconciler.ci.web import Reach
from reconciler.core.ci_systems import Ci

USUAL_NAME = "santral"
"""What a fleet is called where a repository has only one."""


def open_forge(job: Job, environment: MutableMapping[str, str], reach: Reach, name: str) -> Forge:
    """Return the forge, for the fleet of a name; raises ForgeError.

    The token is taken out of the environment, where nothing that this process starts finds it.
    """
    token = take_token(job, environment)
    if job.ci is Ci.GITHUB:
        return GitHub(job, token, reach, name)
    return GitLab(job, token, reach, name)
