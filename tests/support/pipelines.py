"""Jobs of pipelines: the variables that runners set, and the program run in such a job."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from typing import Any

import pytest
from support.forge_api import TOKEN, ForgeApi
from support.github_api import REPOSITORY, GitHubApi
from support.gitlab_api import PROJECT, GitLabApi
from support.program import Program, Result

HEAD, MERGED, OTHER = "a" * 40, "b" * 40, "c" * 40
"""The commit of a pull request, the one that it was merged as, and another."""
RUN = 9_999
"""The run of GitHub that the job is of."""
LINK = f"https://github.example.com/{REPOSITORY}/actions/runs/{RUN}"
JOB_LINK = "https://gitlab.example.com/ornek/ayarlar/-/jobs/77"


@dataclass
class Pipeline:
    """A job that the program is run in."""

    program: Program
    api: ForgeApi
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **variables: str | None) -> Result:
        """Run ``santral ci``, with these variables different; None is one that is not set."""
        given = {**self.variables, **variables}
        with pytest.MonkeyPatch.context() as patch:
            for name in [*os.environ]:
                if name.startswith("SANTRAL_"):
                    patch.delenv(name)  # The keys of the jobs before.
            for name, value in given.items():
                if value is not None:
                    patch.setenv(name, value)
            return self.program.run("ci", *arguments)

    def written(self, name: str) -> bytes:
        """Return what was written to a file."""
        return (self.program.folder / name).read_bytes()

    def has(self, name: str) -> bool:
        """Return whether there is a file."""
        return (self.program.folder / name).exists()

    @property
    def asked(self) -> list[str]:
        """What was asked of the API: methods and paths, below the repository."""
        inside = (f"/repos/{REPOSITORY}", f"/projects/{PROJECT}")
        asked = []
        for one in self.api.requests:
            path = one.path
            for each in inside:
                path = path.removeprefix(each)
            asked.append(f"{one.method} {path}")
        return asked


@dataclass
class OnGitHub(Pipeline):
    """A job of GitHub Actions."""

    api: GitHubApi

    def happen(self, name: str, **event: Any) -> None:
        """Let the job be started by an event, and its file hold this."""
        path = self.program.write("../event.json", json.dumps(event))
        self.variables.update(GITHUB_EVENT_NAME=name, GITHUB_EVENT_PATH=str(path))

    def push(self, *commits: str) -> None:
        """Let a push of commits have started the job; the last is the branch's new head."""
        ids = [{"id": commit} for commit in commits]
        repository = {"default_branch": self.api.default_branch}
        self.happen("push", commits=ids, repository=repository)
        self.variables.update(GITHUB_SHA=commits[-1], GITHUB_REF_NAME=self.api.default_branch)


@dataclass
class OnGitLab(Pipeline):
    """A job of GitLab CI."""

    api: GitLabApi


@contextmanager
def on_github(program: Program, tls: SSLContext | None = None) -> Iterator[OnGitHub]:
    """Give a job of GitHub Actions, for a pull request that is open."""
    api = GitHubApi()
    with api.serving(tls) as address:
        job = OnGitHub(program, api)
        job.variables = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": address,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": str(RUN),
            "GITHUB_SERVER_URL": "https://github.example.com",
            "GITHUB_SHA": HEAD,
            "GITHUB_REF_NAME": "1/merge",
            "GITHUB_TOKEN": TOKEN,
        }
        pull = api.open_pull(HEAD)
        job.happen("pull_request", pull_request=pull)
        yield job


@contextmanager
def on_gitlab(program: Program) -> Iterator[OnGitLab]:
    """Give a job of GitLab CI, for a merge request that is open."""
    api = GitLabApi()
    with api.serving() as address:
        job = OnGitLab(program, api)
        job.variables = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": address,
            "CI_PROJECT_ID": str(PROJECT),
            "CI_COMMIT_SHA": HEAD,
            "CI_DEFAULT_BRANCH": "main",
            "CI_JOB_URL": JOB_LINK,
            "CI_MERGE_REQUEST_IID": "1",
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "SANTRAL_GITLAB_TOKEN": TOKEN,
        }
        api.open_merge_request(HEAD)
        yield job


def write_plan(program: Program, *options: str, name: str = "plan.json") -> Path:
    """Save a plan of the files as they are, in the program's folder."""
    result = program.run("plan", "--out", name, *options)
    assert (program.folder / name).exists(), result
    return program.folder / name
