"""GitHub's side of a workflow: act runs its jobs, and the stand-in of the API keeps what they do.

What act cannot do as GitHub does is put into the file that it is given, see ``ADAPTED``: every
job gets a token with the rights that it asks for, and the secrets of the environment that it names.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from support.forge import Repository, git
from support.github_api import GitHubApi
from support.places import TESTS

ADAPTED = {
    ", deployment: false": "",  # act does not know it
    ", queue: max": "",  # nor this
    ", timezone: Europe/Istanbul": "",  # nor this
    "${{ github.token }}": "token-of-${{ github.job }}",  # one token for all jobs is act's
    "secrets.SANTRAL_KEYS": "secrets[format('SANTRAL_KEYS_{0}', github.job)]",  # so are secrets
}
"""What of a workflow act needs otherwise."""
_ACTIONS = TESTS / "runners" / "actions"
_ACT = Path(sys.executable).with_name("act")


@dataclass(frozen=True)
class Event:
    """What happened, as GitHub tells its runner."""

    name: str
    ref: str
    sha: str
    payload: Mapping[str, Any]
    head: str
    """The commit that GitHub says a run is of."""
    branch: str
    is_ours: bool = True
    """Whether the jobs get secrets, and a token that may write."""


@dataclass(frozen=True)
class Jobs:
    """What became of the jobs of a run."""

    number: int
    results: dict[str, str]
    """Of those that ran, by ID."""
    lines: list[tuple[str, str]]
    """What was written: the job, and the line."""

    def log(self, job: str) -> str:
        """Return what a job wrote."""
        return "".join(line for name, line in self.lines if name == job)


@dataclass
class Act:
    """Runs the workflow of a repository."""

    api: GitHubApi
    address: str
    repository: Repository
    folder: Path
    machine: Mapping[str, str]
    """The environment of the runner."""
    secrets: Mapping[str, str]
    """The keys of each environment."""
    everything: list[str] = field(default_factory=list)
    """All that was ever logged."""

    def run(self, event: Event) -> Jobs:
        """Run the workflow as it is at the event's commit."""
        number = self._begin(event)
        text = git(self.repository.origin, "show", f"{event.sha}:.github/workflows/santral.yml")
        self._write(event, text)
        done = subprocess.run(
            self._command(event, number),
            cwd=self.folder,
            env={**self.machine, "ORIGIN": str(self.repository.origin)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.everything += [done.stdout, done.stderr]
        return _read(number, done.stdout)

    def _begin(self, event: Event) -> int:
        about = self.api.begin_run(event.head, event=event.name, branch=event.branch)
        return int(about["id"])

    def _write(self, event: Event, text: str) -> None:
        for what, instead in ADAPTED.items():
            text = text.replace(what, instead)
        self.folder.joinpath("workflow.yml").write_text(text, "utf-8")
        self.folder.joinpath("event.json").write_text(json.dumps(event.payload), "utf-8")
        jobs = yaml.safe_load(text)["jobs"]
        secrets = {f"SANTRAL_KEYS_{job}": self._keys(about) for job, about in jobs.items()}
        given = secrets if event.is_ours else {}
        self.folder.joinpath("secrets.yml").write_text(json.dumps(given), "utf-8")
        for job, about in jobs.items():
            self.api.tokens[f"token-of-{job}"] = _rights(about["permissions"], event)

    def _keys(self, job: Mapping[str, Any]) -> str:
        environment = job.get("environment", "")
        name = environment["name"] if isinstance(environment, dict) else environment
        return self.secrets.get(name, "")

    def _command(self, event: Event, number: int) -> list[str]:
        variables = {
            "GITHUB_API_URL": self.address,
            "GITHUB_REPOSITORY": self.api.repository,
            "GITHUB_RUN_ID": str(number),
            "GITHUB_REF": event.ref,
            "SHA_REF": event.sha,
        }
        options = {
            "--workflows": "workflow.yml",
            "--eventpath": "event.json",
            "--secret-file": "secrets.yml",
            "--platform": "ubuntu-24.04=-self-hosted",
            "--action-cache-path": str(self.folder / "cache"),
            "--concurrent-jobs": "2",
        }
        command = [str(_ACT), event.name, "--json", "--no-skip-checkout", "--no-cache-server"]
        command += [part for option in options.items() for part in option]
        command += [f"--env={name}={value}" for name, value in variables.items()]
        return command + [f"--local-repository={uses}" for uses in self._actions()]

    def _actions(self) -> list[str]:
        """Return which folder stands for which action."""
        jobs = yaml.safe_load(self.folder.joinpath("workflow.yml").read_text("utf-8"))["jobs"]
        used = {step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step}
        return [f"{uses}={_ACTIONS / uses.partition('@')[0].partition('/')[2]}" for uses in used]


def _rights(permissions: Mapping[str, str], event: Event) -> set[str]:
    """Return what a job's token may do; where GitHub trusts nobody, that is to read."""
    held = permissions if event.is_ours else dict.fromkeys(permissions, "read")
    return {f"{scope}: {level}" for scope, level in held.items()}


def _read(number: int, log: str) -> Jobs:
    """Read what act wrote, as lines of JSON."""
    entries = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    results = {one["jobID"]: one["jobResult"] for one in entries if "jobResult" in one}
    lines = [(one.get("jobID", ""), one["msg"]) for one in entries]
    return Jobs(number, results, lines)
