"""The CI systems that this program writes pipelines for, and what each calls what it knows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Ci(StrEnum):
    """A CI system, by the name that options and formats give it."""

    GITHUB = "github"
    GITLAB = "gitlab"


class Gate(StrEnum):
    """What lets a plan be applied, by the name that options give it."""

    REVIEWERS = "reviewers"
    """The merge of what was planned, and whoever must approve then."""
    MANUAL = "manual"
    """Whoever starts it by hand."""


@dataclass(frozen=True, slots=True)
class System:
    """What is particular to a CI system."""

    pipeline: str
    """Where its pipeline lies, below the repository's top."""
    included: str | None
    """Where ours lies if another pipeline has that one place; None where each has its own."""
    lock: str
    """Where the hashes lie of all that the program needs; the jobs install nothing else."""
    author: str
    """The variable that names who started a job."""
    link: tuple[str, ...]
    """What a job's address is made of: names of variables, and what stands between them."""
    whole_history: str
    """What has a job fetch it."""
    workspace: str
    """The variable that names the folder which the paths of its reports start from."""

    def link_of(self, environment: Mapping[str, str]) -> str | None:
        """Return the address of this job, None where the environment does not say it."""
        parts = [environment.get(part) if part.isupper() else part for part in self.link]
        return "".join(filter(None, parts)) if all(parts) else None


SYSTEMS: Mapping[Ci, System] = {
    Ci.GITHUB: System(
        pipeline=".github/workflows/santral.yml",
        included=None,
        lock=".github/santral.lock",
        author="GITHUB_ACTOR",
        link=("GITHUB_SERVER_URL", "/", "GITHUB_REPOSITORY", "/actions/runs/", "GITHUB_RUN_ID"),
        whole_history="fetch-depth: 0 (actions/checkout)",
        workspace="GITHUB_WORKSPACE",
    ),
    Ci.GITLAB: System(
        pipeline=".gitlab-ci.yml",
        included=".gitlab/santral.yml",
        lock=".gitlab/santral.lock",
        author="GITLAB_USER_LOGIN",
        link=("CI_JOB_URL",),
        whole_history="GIT_DEPTH: 0 (GitLab)",
        workspace="CI_PROJECT_DIR",
    ),
}


def workspaces(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the folders of checkouts that CI systems name, each behind its variable."""
    for system in SYSTEMS.values():
        folder = environment.get(system.workspace)
        if folder:
            yield system.workspace, folder
