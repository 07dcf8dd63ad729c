"""A stand-in of GitLab's runner: for a pipeline's cause it runs the jobs whose rules hold."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.forge import git
from support.gitlab_hub import PROJECT, GitLab, add

Job = Mapping[str, Any]


@dataclass(frozen=True)
class JobRun:
    """What became of a job."""

    result: str
    """``success``, ``failed``, or ``warning`` for a failure that is allowed."""
    number: int
    script: str
    stdout: str
    stderr: str
    environment: Mapping[str, str]
    dotenv: Mapping[str, str]


@dataclass
class Runner:
    """Runs the pipeline of a project whose git repository is at ``origin``."""

    gitlab: GitLab
    origin: str
    folder: Path
    pipeline: Mapping[str, Any]
    variables: Mapping[str, str]
    """Those of the machine, and of the project."""
    scoped: Mapping[str, Mapping[str, str]]
    """The variables of each environment."""

    def run(self, commit: str, *, started: tuple[str, ...] = (), **cause: str) -> dict[str, JobRun]:
        """Run a pipeline; of the jobs that wait for somebody to start them, those ``started``."""
        ref = f"refs/merge-requests/{cause.get('CI_MERGE_REQUEST_IID')}/head"
        pipeline = add(self.gitlab.pipelines, {"sha": commit, "ref": ref})
        variables = {**self.variables, **self._predefined(commit, pipeline["id"]), **cause}
        done: dict[str, JobRun] = {}
        for name, job in self.pipeline.items():
            if not name.startswith("santral:"):
                continue
            made = _Job(self, name, _extended(job, self.pipeline), pipeline["id"], variables, done)
            run = made.run(is_started=name in started)
            done |= {name: run} if run else {}
        return done

    def _predefined(self, commit: str, pipeline: int) -> dict[str, str]:
        return {
            "CI": "true",
            "CI_PROJECT_ID": str(PROJECT),
            "CI_COMMIT_SHA": commit,
            "CI_DEFAULT_BRANCH": "main",
            "CI_PIPELINE_URL": f"https://gitlab.example/pipelines/{pipeline}",
        }


@dataclass(frozen=True)
class _Job:
    runner: Runner
    name: str
    job: Job
    pipeline: int
    variables: Mapping[str, str]
    done: Mapping[str, JobRun]

    def run(self, *, is_started: bool) -> JobRun | None:
        """Run the job, if it is its turn."""
        rule = next((rule for rule in self.job["rules"] if self._holds(rule)), None)
        if rule is None or not self._may_run(rule.get("when", "on_success"), is_started=is_started):
            return None
        number = add(self.runner.gitlab.jobs, {"name": self.name, "pipeline": self.pipeline})["id"]
        folder = self.runner.folder / f"job-{number}"
        self._check_out(folder)
        return self._run_script(number, folder, self._environment(rule))

    def _holds(self, rule: Job) -> bool:
        changed = rule.get("changes")
        is_changed = changed is None or changed == ["santral.yaml"]
        return is_changed and all(self._compares(part) for part in rule["if"].split(" && "))

    def _compares(self, comparison: str) -> bool:
        left, operator, right = comparison.split(" ")
        assert operator == "=="
        return self._value(left) == self._value(right)

    def _value(self, word: str) -> str | None:
        if word.startswith("$"):
            return self.variables.get(word[1:])
        return None if word == "null" else word.strip('"')

    def _may_run(self, when: str, *, is_started: bool) -> bool:
        before = [self.done[name] for name in self._needs if name in self.done]
        has_succeeded = all(run.result != "failed" for run in before)
        return {
            "never": False,
            "always": bool(before),
            "manual": is_started and has_succeeded,
            "on_success": has_succeeded and self._required <= self.done.keys(),
        }[when]

    @property
    def _needs(self) -> list[str]:
        needs = self.job.get("needs", [])
        return [need if isinstance(need, str) else need["job"] for need in needs]

    @property
    def _required(self) -> set[str]:
        return {need for need in self.job.get("needs", []) if isinstance(need, str)}

    def _check_out(self, folder: Path) -> None:
        """Bring the commit, and what the jobs before have left."""
        git(self.runner.folder, "clone", "-q", "--no-checkout", self.runner.origin, folder.name)
        git(folder, "checkout", "-q", self.variables["CI_COMMIT_SHA"])
        for name in self._needs:
            for (number, file), content in self.runner.gitlab.files.items():
                if name in self.done and number == self.done[name].number:
                    (folder / file).write_bytes(content)

    def _environment(self, rule: Job) -> dict[str, str]:
        environment = self.job.get("environment", "")
        scope = environment["name"] if isinstance(environment, dict) else environment
        levels = (
            self.runner.pipeline["variables"],
            self.job.get("variables", {}),
            rule.get("variables", {}),
            self.variables,
            self.runner.scoped.get(scope, {}),
            *(self.done[name].dotenv for name in self._needs if name in self.done),
        )
        given = {name: str(value) for level in levels for name, value in level.items()}
        return {name: self._expanded(value, given) for name, value in given.items()}

    @staticmethod
    def _expanded(value: str, given: Mapping[str, str]) -> str:
        return re.sub(r"^\$(\w+)$", lambda found: given.get(found[1], ""), value)

    def _run_script(self, number: int, folder: Path, environment: dict[str, str]) -> JobRun:
        """Run the lines as GitLab's runner does: one bash, which the first failure ends."""
        script = "\n".join([*self.job.get("before_script", []), *self.job["script"]])
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        allowed = self.job.get("allow_failure", {}).get("exit_codes", 0)
        result = {0: "success", allowed: "warning"}.get(done.returncode, "failed")
        result = "success" if done.returncode == 0 else result
        self._keep(number, folder)
        dotenv = self._dotenv(folder)
        return JobRun(result, number, script, done.stdout, done.stderr, environment, dotenv)

    def _keep(self, number: int, folder: Path) -> None:
        artifacts = self.job.get("artifacts", {})
        reports = [path for kind, path in artifacts.get("reports", {}).items() if kind != "dotenv"]
        for name in [*artifacts.get("paths", []), *reports]:
            if (folder / name).exists():
                self.runner.gitlab.files[number, name] = (folder / name).read_bytes()

    def _dotenv(self, folder: Path) -> dict[str, str]:
        file = self.job.get("artifacts", {}).get("reports", {}).get("dotenv")
        is_there = file and (folder / file).exists()
        lines = (folder / file).read_text().splitlines() if is_there else []
        return dict(line.split("=", 1) for line in lines)


def _extended(job: Job, pipeline: Mapping[str, Any]) -> Job:
    base = pipeline.get(job.get("extends", ""), {})
    return {**base, **job}
