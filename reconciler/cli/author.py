"""Who starts a run: the person whom the CI names, or the operating system's user."""

import getpass
import os
from collections.abc import Mapping

from reconciler.core.text import printable
from reconciler.core.url import masked
from reconciler.journal.records import Author

_LONGEST = 200


def author_of(environment: Mapping[str, str]) -> Author:
    """Return who starts this run, by the variables that GitHub and GitLab set for each job."""
    if name := environment.get("GITHUB_ACTOR"):
        return _author(name, _github_run(environment))
    if name := environment.get("GITLAB_USER_LOGIN"):
        return _author(name, environment.get("CI_JOB_URL"))
    return _author(_system_user(), None)


def _author(name: str, link: str | None) -> Author:
    """Take what the environment says for text that somebody else wrote."""
    return Author(printable(name, _LONGEST), printable(masked(link)) if link else None)


def _github_run(environment: Mapping[str, str]) -> str | None:
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (environment.get(name) for name in names)
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else None


def _system_user() -> str:
    """Return the login name; a container's user may have none, and is a number then."""
    try:
        import pwd  # noqa: PLC0415 - POSIX only

        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
    except ImportError:
        return getpass.getuser()
