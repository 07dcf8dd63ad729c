"""A stand-in of GitHub's runner: for an event it runs a workflow's jobs, step by step, in bash."""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.forge import git
from support.github_expressions import Scope
from support.github_hub import REPOSITORY, Hub, run_of

Context = Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """What happened: the part of the ``github`` context that tells of it."""

    name: str
    ref: str
    sha: str
    payload: Context
    is_fork: bool = False

    @property
    def head(self) -> str:
        """The commit that GitHub says a run is of."""
        pull = self.payload.get("pull_request")
        return str(pull["head"]["sha"] if pull else self.sha)


@dataclass(frozen=True)
class StepRun:
    """What became of a step that ran a script."""

    script: str
    code: int
    stdout: str
    stderr: str
    environment: Mapping[str, str]
    outputs: Mapping[str, str]
    summary: str


@dataclass
class JobRun:
    """What became of a job."""

    result: str = "success"
    outputs: dict[str, str] = field(default_factory=dict)
    steps: dict[str, StepRun] = field(default_factory=dict)
    """Those that ran a script, by name."""


@dataclass
class Runner:
    """Runs one workflow on a hub's events."""

    hub: Hub
    workflow: Mapping[str, Any]
    variables: Mapping[str, str]
    """What the machine's own environment holds."""
    secrets: Mapping[str, Mapping[str, str]]
    """The secrets of each environment."""
    runs: int = 0
    is_private: bool = True
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """What a workflow that is called was given."""

    def pull_request(self, number: int) -> dict[str, JobRun]:
        pull = self.hub.update_pull(number)
        is_fork = pull["head"]["repo"]["full_name"] != REPOSITORY
        ref = f"refs/pull/{number}/merge"
        payload = {"pull_request": pull}
        return self.run(Event("pull_request", ref, pull["merge_commit_sha"], payload, is_fork))

    def on_main(self, event: str) -> dict[str, JobRun]:
        """Run for a push to main, by hand, or by the schedule."""
        return self.run(Event(event, "refs/heads/main", self.hub.main, {}))

    def run(self, event: Event) -> dict[str, JobRun]:
        """Run every job whose turn it is; each gets a machine, that is a folder, of its own."""
        self.runs += 1
        done: dict[str, JobRun] = {}
        for name, job in self.workflow["jobs"].items():
            folder = self.hub.folder / "machines" / f"{self.runs}-{name}"
            done[name] = _Job(self, event, name, job, done, folder).run()
        return done

    def context(self, event: Event) -> dict[str, Any]:
        """Return the ``github`` context."""
        repository = {"default_branch": "main", "private": self.is_private}
        return {
            "event_name": event.name,
            "event": {"repository": repository, **event.payload},
            "ref": event.ref,
            "ref_name": event.ref.removeprefix("refs/heads/").removeprefix("refs/"),
            "sha": event.sha,
            "repository": REPOSITORY,
            "run_id": self.runs,
            "run_attempt": 1,
            "server_url": "https://github.example",
            "token": "token-of-the-job",
        }


@dataclass
class _Job:
    runner: Runner
    event: Event
    name: str
    job: Mapping[str, Any]
    before: Mapping[str, JobRun]
    folder: Path
    done: JobRun = field(default_factory=JobRun)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of the steps so far, by their ids."""

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    def run(self) -> JobRun:
        needed = {name: self.before[name] for name in self._needs}
        has_succeeded = all(job.result == "success" for job in needed.values())
        if not self._scope(has_succeeded=has_succeeded).holds(self.job.get("if")):
            return JobRun("skipped")
        self.workspace.mkdir(parents=True)
        for step in self.job["steps"]:
            self._run_step(step)
        scope = self._scope()
        outputs = self.job.get("outputs", {})
        self.done.outputs = {name: scope.filled(value) for name, value in outputs.items()}
        return self.done

    @property
    def _needs(self) -> list[str]:
        needs = self.job.get("needs", [])
        return [needs] if isinstance(needs, str) else needs

    def _scope(self, *, has_succeeded: bool = True) -> Scope:
        needs = {
            name: {"result": self.before[name].result, "outputs": self.before[name].outputs}
            for name in self._needs
        }
        contexts = {
            "github": self.runner.context(self.event),
            "needs": needs,
            "steps": {name: {"outputs": outputs} for name, outputs in self.outputs.items()},
            "secrets": self._secrets,
            "inputs": self.runner.inputs,
            "env": self.runner.workflow.get("env", {}),
        }
        return Scope(contexts, has_succeeded)

    @property
    def _secrets(self) -> Mapping[str, str]:
        environment = self.job.get("environment", "")
        name = environment["name"] if isinstance(environment, dict) else environment
        return {} if self.event.is_fork else self.runner.secrets.get(name, {})

    def _run_step(self, step: Mapping[str, Any]) -> None:
        scope = self._scope(has_succeeded=self.done.result == "success")
        if not scope.holds(step.get("if")):
            return
        if "run" in step:
            run = self._run_script(step, scope)
            self.done.steps[step["name"]] = run
            outputs: Mapping[str, Any] = run.outputs
            self.done.result = "failure" if run.code else self.done.result
        else:
            action = _ACTIONS[step["uses"].partition("@")[0]]
            inputs = {name: scope.filled(value) for name, value in step.get("with", {}).items()}
            outputs = action(self, inputs)
        if "id" in step:
            self.outputs[step["id"]] = dict(outputs)

    def _run_script(self, step: Mapping[str, Any], scope: Scope) -> StepRun:
        """Run a script as the runner does where no shell is named: ``bash -e FILE``."""
        script = self.folder / "script.sh"
        script.write_text(step["run"], "utf-8")
        files = {name: self.folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        environment = self._environment(step, scope) | {n: str(p) for n, p in files.items()}
        done = subprocess.run(
            ["bash", "-e", str(script)],
            cwd=self.workspace,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        written = files["GITHUB_OUTPUT"].read_text("utf-8").splitlines()
        outputs = dict(line.split("=", 1) for line in written)
        summary = files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        return StepRun(
            step["run"], done.returncode, done.stdout, done.stderr, environment, outputs, summary
        )

    def _environment(self, step: Mapping[str, Any], scope: Scope) -> dict[str, str]:
        github = self.runner.context(self.event)
        named = ("event_name", "sha", "ref_name", "repository", "run_id", "server_url")
        levels = (self.runner.workflow.get("env", {}), self.job.get("env", {}), step.get("env", {}))
        return {
            **self.runner.variables,
            "CI": "true",
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_WORKSPACE": str(self.workspace),
            "HUB": str(self.runner.hub.folder),
            "HUB_PERMISSIONS": json.dumps(self._permissions),
            **{f"GITHUB_{name.upper()}": str(github[name]) for name in named},
            **{name: scope.filled(value) for level in levels for name, value in level.items()},
        }

    @property
    def _permissions(self) -> dict[str, str]:
        """What the job's token may do; that of a fork's pull request may only read."""
        held = self.job.get("permissions", self.runner.workflow["permissions"])
        return {scope: "read" if self.event.is_fork else level for scope, level in held.items()}


def _check_out(job: _Job, inputs: Context) -> Context:
    if "repository" in inputs:
        return {}  # the program, which is there already
    depth = inputs.get("fetch-depth", "1")
    git(job.workspace, "init", "-q")
    git(
        job.workspace,
        "fetch",
        "-q",
        "--depth",
        depth,
        job.runner.hub.origin.as_uri(),
        job.event.sha,
    )
    git(job.workspace, "checkout", "-q", "FETCH_HEAD")
    return {}


def _upload(job: _Job, inputs: Context) -> Context:
    named = [job.workspace / name for name in inputs["path"].split()]
    files = [file for file in named if file.exists()]
    if not files:
        assert inputs["if-no-files-found"] == "ignore"
        return {}
    run = run_of(job.runner.runs, job.event.head, is_fork=job.event.is_fork)
    return {"artifact-id": job.runner.hub.keep_artifact(inputs["name"], files, run)}


def _download(job: _Job, inputs: Context) -> Context:
    assert job.runner.hub.fetch_artifact(inputs["name"], job.runner.runs, job.workspace)
    return {}


_ACTIONS: Mapping[str, Callable[[_Job, Context], Context]] = {
    "actions/checkout": _check_out,
    "actions/setup-python": lambda *_: {},
    "actions/upload-artifact": _upload,
    "actions/download-artifact": _download,
}


def results(jobs: dict[str, JobRun]) -> dict[str, str]:
    """Return what became of the jobs that were run."""
    return {name: job.result for name, job in jobs.items() if job.result != "skipped"}
