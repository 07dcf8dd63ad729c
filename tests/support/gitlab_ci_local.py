"""GitLab's side of a pipeline: gitlab-ci-local runs its jobs, and the stand-in of the API keeps them.

What it cannot do as GitLab does is put into the file that it is given, see ``ADAPTED``.
"""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.forge import Repository, git
from support.gitlab_api import PROJECT, TOKEN, GitLabApi

ADAPTED = {
    "    access: maintainer # the journal holds the settings before and after, with URLs in full\n": "",
    "    access: maintainer\n": "",
}
"""What of a pipeline gitlab-ci-local needs otherwise: it does not know who may read artifacts."""
_STATE = ".gitlab-ci-local"
_RESULTS = {"PASS": "success", "WARN": "warning", "FAIL": "failed"}


@dataclass(frozen=True)
class Pipeline:
    """What became of the jobs of a pipeline, so far."""

    number: int
    folder: Path
    variables: Mapping[str, str]
    results: dict[str, str] = field(default_factory=dict)
    """Of those that ran, without ``santral:``."""

    def log(self, job: str) -> str:
        """Return what a job wrote."""
        (path,) = self.folder.glob(f"{_STATE}/output/santral*{job}.log")
        return path.read_text("utf-8")


@dataclass
class GitLabCiLocal:
    """Runs the pipeline of a repository."""

    program: Path
    api: GitLabApi
    address: str
    repository: Repository
    folder: Path
    machine: Mapping[str, str]
    """The environment of the runner."""
    keys: Mapping[str, str]
    """The keys of each environment."""
    everything: list[str] = field(default_factory=list)
    """All that was ever logged."""

    def run(self, commit: str, ref: str, source: str, *, start: str = "", **more: str) -> Pipeline:
        """Run a pipeline of a commit, with a job that somebody starts by hand at once."""
        about = self.api.begin_pipeline(commit, ref, source)
        number = about["id"]
        variables = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": self.address,
            "CI_PROJECT_ID": str(PROJECT),
            "CI_PIPELINE_ID": str(number),
            "CI_PIPELINE_SOURCE": source,
            "CI_COMMIT_SHA": commit,
            **({"CI_COMMIT_BRANCH": ref} if source != "merge_request_event" else {}),
            **more,
        }
        folder = self.folder / str(number)
        self._check_out(folder, commit)
        pipeline = Pipeline(number, folder, variables)
        self._go(pipeline, *(["--manual", start] if start else []))
        return pipeline

    def start(self, pipeline: Pipeline, job: str) -> None:
        """Start a job of a pipeline by hand, whose others have ended."""
        self._go(pipeline, job)

    def _check_out(self, folder: Path, commit: str) -> None:
        git(self.folder, "clone", "-q", str(self.repository.origin), str(folder))
        git(folder, "checkout", "-q", "--detach", commit)
        text = folder.joinpath(".gitlab-ci.yml").read_text("utf-8")
        for what, instead in ADAPTED.items():
            text = text.replace(what, instead)
        place = folder / _STATE / "pipeline.yml"
        place.parent.mkdir()
        place.write_text(text, "utf-8")
        # What has changed is what main has not yet: after a push, that is what it had before.
        git(folder, "update-ref", "refs/remotes/origin/main", f"{commit}^")

    def _go(self, pipeline: Pipeline, *arguments: str) -> None:
        home = self.folder / "home" / _STATE
        home.mkdir(parents=True, exist_ok=True)
        scoped = {"SANTRAL_KEYS": {"type": "variable", "values": dict(self.keys)}}
        held = {"global": {"SANTRAL_GITLAB_TOKEN": TOKEN, **scoped}}
        home.joinpath("variables.yml").write_text(json.dumps(held), "utf-8")
        options = ["--force-shell-executor", "--shell-isolation", "--no-color"]
        options += ["--home", str(home.parent), "--file", f"{_STATE}/pipeline.yml"]
        options += [f"--variable={name}={value}" for name, value in pipeline.variables.items()]
        if "CI_COMMIT_BRANCH" not in pipeline.variables:
            options += ["--unset-variable=CI_COMMIT_BRANCH"]
        done = subprocess.run(
            [str(self.program), *options, *arguments],
            cwd=pipeline.folder,
            env={**self.machine, "FORCE_COLOR": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        self.everything += [done.stdout, done.stderr]
        self._keep(pipeline, done.stdout)

    def _keep(self, pipeline: Pipeline, printed: str) -> None:
        """Tell the stand-in of the API what became of the jobs, and what they left."""
        for word, name in re.findall(r"^ (PASS|WARN|FAIL) +(santral:\S+)", printed, re.MULTILINE):
            pipeline.results[name.removeprefix("santral:")] = _RESULTS[word]
            status = "success" if word == "PASS" else "failed"
            self.api.run_job(name, pipeline.number, _artifacts(pipeline, name), status=status)


def _artifacts(pipeline: Pipeline, job: str) -> dict[str, bytes]:
    """Return the files that a job left, by their paths."""
    name = job.removeprefix("santral:")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for folder in pipeline.folder.glob(f"{_STATE}/artifacts/santral*{name}")
        for path in folder.rglob("*")
        if path.is_file()
    }
