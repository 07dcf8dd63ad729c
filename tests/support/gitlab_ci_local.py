"""GitLab's side of a pipeline: gitlab-ci-local runs it, and the stand-in of the API keeps its jobs.

What it cannot do as GitLab does is put into the file that it is given, see ``ADAPTED``. Nor does it
keep reports, or one job from another of its resource group.
"""

import base64
import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.forge import Repository, git
from support.forge_api import TOKEN, Entry
from support.gitlab_api import PROJECT, GitLabApi

_ACCESS = re.compile(r"^    access: maintainer\b.*\n", re.MULTILINE)
_STATE = ".gitlab-ci-local"
_RESULTS = {"PASS": "success", "WARN": "warning", "FAIL": "failed"}
_REQUESTED = "merge_request_event"
_ENDED = re.compile(r"^ (PASS|WARN|FAIL) +santral:([\w-]+)(?:: \[([0-9/]+)\])?", re.MULTILINE)


def adapted(pipeline: str) -> str:
    """Return a pipeline without what gitlab-ci-local does not know: who may read artifacts."""
    return _ACCESS.sub("", pipeline)


@dataclass(frozen=True)
class Pipeline:
    """What became of the jobs of a pipeline, so far."""

    number: int
    folder: Path
    variables: Mapping[str, str]
    results: dict[str, str] = field(default_factory=dict)
    """Of those that ran, without ``santral:`` before the name."""

    def log(self, job: str) -> str:
        """Return what a job wrote."""
        return self._of(job, "output").with_suffix(".log").read_text("utf-8")

    def left(self, job: str, name: str) -> str:
        """Return what a job left in a file, whether GitLab keeps that or reads it as a report."""
        return self._of(job, "builds").joinpath(name).read_text("utf-8")

    def kept(self, job: str) -> dict[str, bytes]:
        """Return the files that a job's artifacts are, by their paths."""
        folder = self._of(job, "artifacts")
        files = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}

    def _of(self, job: str, kind: str) -> Path:
        """Return where gitlab-ci-local has what is of a job, in whose name it encodes all signs."""
        name = re.sub(r"[^\w-]+", _encoded, f"santral:{_named_there(job)}")
        return self.folder / _STATE / kind / name


def _named_there(job: str) -> str:
    """Return how gitlab-ci-local calls a job: one of several in parallel otherwise than GitLab."""
    name, _, shard = job.partition(" ")
    return f"{name}: [{shard}]" if shard else name


def _encoded(signs: re.Match[str]) -> str:
    return base64.urlsafe_b64encode(signs.group().encode()).decode().rstrip("=")


@dataclass
class GitLab:
    """One project on GitLab, with a runner for its pipeline."""

    program: Path
    api: GitLabApi
    address: str
    repository: Repository
    folder: Path
    machine: Mapping[str, str]
    """The environment of the runner."""
    keys: dict[str, str]
    """The keys of each environment."""
    tokens: dict[str, str] = field(default_factory=lambda: {"*": TOKEN})
    """What the project has as SANTRAL_GITLAB_TOKEN, by environment; "*" stands for all."""
    everything: list[str] = field(default_factory=list)
    """All that was ever logged."""

    # What people do

    def merge_request(self, request: Entry, branch: str = "change", **others: str) -> Pipeline:
        """Run for a merge request of a branch."""
        request["sha"] = head = git(self.repository.origin, "rev-parse", branch)
        variables = {
            "CI_MERGE_REQUEST_IID": str(request["iid"]),
            "CI_MERGE_REQUEST_PROJECT_ID": str(request["target_project_id"]),
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(request["source_project_id"]),
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(
                self.repository.origin, "merge-base", "main", head
            ),
            **others,
        }
        return self.run(head, f"refs/merge-requests/{request['iid']}/head", _REQUESTED, variables)

    def merge(self, request: Entry, start: str = "") -> Pipeline:
        """Merge it, and run for the push that this is."""
        desk = self.repository.desk
        git(desk, "fetch", "-q", "origin")
        git(desk, "checkout", "-q", "-B", "main", "origin/main")
        git(desk, "merge", "-q", "--no-ff", "-m", "Merge", request["sha"])
        git(desk, "push", "-q", "origin", "main")
        self.api.merge(request["iid"], merge_commit_sha=self.repository.main)
        return self.push(start)

    def push(self, start: str = "") -> Pipeline:
        """Run for a push to main, with a job that somebody starts by hand at once."""
        return self.run(self.repository.main, "main", "push", {}, start)

    def by_hand(self, start: str = "", **variables: str) -> Pipeline:
        """Run on main, as somebody starts it there."""
        return self.run(self.repository.main, "main", "web", variables, start)

    def by_schedule(self) -> Pipeline:
        """Run on main, as every night."""
        return self.run(self.repository.main, "main", "schedule", {})

    def start(self, pipeline: Pipeline, job: str) -> None:
        """Start a job of a pipeline by hand, whose others have ended."""
        self._go(pipeline, f"santral:{_named_there(job)}")

    # What GitLab does then

    def run(
        self, commit: str, ref: str, source: str, more: Mapping[str, str], start: str = ""
    ) -> Pipeline:
        """Run a pipeline of a commit."""
        number = self.api.begin_pipeline(commit, ref, source)["id"]
        variables = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": self.address,
            "CI_PROJECT_ID": str(PROJECT),
            "CI_PIPELINE_ID": str(number),
            "CI_PIPELINE_SOURCE": source,
            "CI_COMMIT_SHA": commit,
            **({} if source == _REQUESTED else {"CI_COMMIT_BRANCH": ref}),
            **more,
        }
        pipeline = Pipeline(number, self.folder / str(number), variables)
        self._check_out(pipeline.folder, commit)
        if source == "push":
            # What origin/main has not is what it takes for changed.
            git(pipeline.folder, "update-ref", "refs/remotes/origin/main", f"{commit}^")
        self._go(pipeline, *(["--manual", f"santral:{start}"] if start else []))
        return pipeline

    def _check_out(self, folder: Path, commit: str) -> None:
        git(self.folder, "clone", "-q", str(self.repository.origin), str(folder))
        git(folder, "checkout", "-q", "--detach", commit)
        place = folder / _STATE / "pipeline.yml"
        place.parent.mkdir()
        text = folder.joinpath(".gitlab-ci.yml").read_text("utf-8")
        place.write_text(adapted(text), "utf-8")

    def _go(self, pipeline: Pipeline, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.program), *self._options(pipeline), *arguments],
            cwd=pipeline.folder,
            env={**self.machine, "FORCE_COLOR": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        self.everything += [done.stdout, done.stderr]
        self._keep(pipeline, done.stdout)

    def _options(self, pipeline: Pipeline) -> list[str]:
        """Return how it is started; the project's own variables are in a file."""
        home = self.folder / "home" / _STATE
        home.mkdir(parents=True, exist_ok=True)
        keys = {"SANTRAL_KEYS": {"type": "variable", "values": self.keys}}
        tokens = {"type": "variable", "values": self.tokens}
        token = {"SANTRAL_GITLAB_TOKEN": tokens} if self.tokens else {}
        home.joinpath("variables.yml").write_text(json.dumps({"global": {**keys, **token}}))
        options = ["--force-shell-executor", "--shell-isolation", "--no-artifacts-to-source"]
        options += ["--home", str(home.parent), "--file", f"{_STATE}/pipeline.yml", "--no-color"]
        options += [f"--variable={name}={value}" for name, value in pipeline.variables.items()]
        is_of_branch = "CI_COMMIT_BRANCH" in pipeline.variables
        return options if is_of_branch else [*options, "--unset-variable=CI_COMMIT_BRANCH"]

    def _keep(self, pipeline: Pipeline, printed: str) -> None:
        """Have the stand-in of the API know what became of the jobs, and what they left."""
        found = _ENDED.findall(printed)
        assert found or "pipeline finished" in self.everything[-1], self.everything[-2:]
        for word, job, shard in found:
            name = f"{job} {shard}" if shard else job
            pipeline.results[name] = _RESULTS[word]
            status = "success" if word == "PASS" else "failed"
            files = pipeline.kept(name)
            self.api.run_job(f"santral:{name}", pipeline.number, files, status=status)
