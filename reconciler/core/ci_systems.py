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

    name: str
    """Its name, for people."""
    mark: str
    """The variable that is "true" in its jobs."""
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
    api: str
    """The variable that has the address of its API."""
    token: str
    """The variable that has a token for it."""
    token_header: str
    """The header that the token goes in, with what stands before the token."""
    place: str
    """The variable that has the repository, as its API names it."""
    commit: str
    """The variable that has the commit which a job runs on."""
    branch: str
    """The variable that has its branch."""
    event: str
    """The variable that says what started a job."""
    of_proposals: frozenset[str]
    """What that one holds in jobs for files which are only proposed, by anybody."""

    def link_of(self, environment: Mapping[str, str]) -> str | None:
        """Return the address of this job, None where the environment does not say it."""
        parts = [environment.get(part) if part.isupper() else part for part in self.link]
        return "".join(filter(None, parts)) if all(parts) else None


SYSTEMS: Mapping[Ci, System] = {
    Ci.GITHUB: System(
        name="GitHub",
        mark="GITHUB_ACTIONS",
        pipeline=".github/workflows/santral.yml",
        included=None,
        lock=".github/santral.lock",
        author="GITHUB_ACTOR",
        link=("GITHUB_SERVER_URL", "/", "GITHUB_REPOSITORY", "/actions/runs/", "GITHUB_RUN_ID"),
        whole_history="fetch-depth: 0 (actions/checkout)",
        workspace="GITHUB_WORKSPACE",
        api="GITHUB_API_URL",
        token="GITHUB_TOKEN",  # noqa: S106 - a name
        token_header="Authorization: Bearer ",  # noqa: S106 - what stands before one
        place="GITHUB_REPOSITORY",
        commit="GITHUB_SHA",
        branch="GITHUB_REF_NAME",
        event="GITHUB_EVENT_NAME",
        of_proposals=frozenset(
            (
                *("pull_request", "pull_request_target", "pull_request_review"),
                *("pull_request_review_comment", "issue_comment", "merge_group"),
            )
        ),
    ),
    Ci.GITLAB: System(
        name="GitLab",
        mark="GITLAB_CI",
        pipeline=".gitlab-ci.yml",
        included=".gitlab/santral.yml",
        lock=".gitlab/santral.lock",
        author="GITLAB_USER_LOGIN",
        link=("CI_JOB_URL",),
        whole_history="GIT_DEPTH: 0 (GitLab)",
        workspace="CI_PROJECT_DIR",
        api="CI_API_V4_URL",
        token="SANTRAL_GITLAB_TOKEN",  # noqa: S106 - a name
        token_header="PRIVATE-TOKEN: ",  # noqa: S106 - what stands before one
        place="CI_PROJECT_ID",
        commit="CI_COMMIT_SHA",
        branch="CI_COMMIT_BRANCH",
        event="CI_PIPELINE_SOURCE",
        of_proposals=frozenset(("merge_request_event", "external_pull_request_event")),
    ),
}


def running(environment: Mapping[str, str]) -> Ci | None:
    """Return the CI system that this is a job of, if it is one."""
    return next((ci for ci, one in SYSTEMS.items() if environment.get(one.mark) == "true"), None)


def is_of_a_proposal(environment: Mapping[str, str]) -> bool:
    """Return whether this is a job for files which are only proposed."""
    systems = SYSTEMS.values()
    return any(environment.get(system.event) in system.of_proposals for system in systems)


def workspaces(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the folders of checkouts that CI systems name, each behind its variable."""
    for system in SYSTEMS.values():
        folder = environment.get(system.workspace)
        if folder:
            yield system.workspace, folder
