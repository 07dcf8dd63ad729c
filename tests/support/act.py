"""GitHub's side of a workflow: act runs its jobs, and the stand-in of the API keeps what they do.

What act cannot do as GitHub does is put into the file that it is given, see ``ADAPTED``. Nor does
it ask which paths a push changed, wait for reviewers, or keep two runs apart (``concurrency``).
"""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from support.forge import Repository, git
from support.forge_api import Entry
from support.github_api import FORK_ID, REPOSITORY_ID, GitHubApi
from support.places import TESTS

ADAPTED = {
    # act does not know these three.
    ", deployment: false": "",
    ", queue: max": "",
    ", timezone: Europe/Istanbul": "",
    # It has one token and one set of secrets for all jobs. So each job has a token of its own
    # instead, with the rights that it asks for, and the secret of the environment that it names.
    "${{ github.token }}": "token-of-${{ github.job }}",
    "secrets.SANTRAL_KEYS": "secrets[format('SANTRAL_KEYS_{0}', github.job)]",
    # For it, the outputs of a job that was skipped are the text that should make them.
    "needs.plan.outputs.artifact != ''": (
        "needs.plan.result != 'skipped' && needs.plan.outputs.artifact != ''"
    ),
    "needs.shard.outputs.artifact != ''": (
        "needs.shard.result != 'skipped' && needs.shard.outputs.artifact != ''"
    ),
    "needs.drift.outputs.artifact != ''": (
        "needs.drift.result != 'skipped' && needs.drift.outputs.artifact != ''"
    ),
}
"""What of a workflow act needs otherwise."""
ADAPTED_IF_CALLED = {
    **{what: instead for what, instead in ADAPTED.items() if "secrets" not in what},
    # Nor does it know which commit of which repository has the workflow that was called.
    "${{ job.workflow_repository }}": "ekip/santral",
    "${{ job.workflow_sha }}": "main",
}
"""What of one that is called it needs otherwise; its secrets are those that the caller gives."""
PROGRAM = f"ekip/santral@{'5' * 40}"
"""Which repository, at which commit, has it."""
_ACTIONS = TESTS / "runners" / "actions"


def adapted(workflow: str, changes: Mapping[str, str] = ADAPTED) -> str:
    """Return a workflow as act needs it."""
    for what, instead in changes.items():
        workflow = workflow.replace(what, instead)
    return workflow


@dataclass(frozen=True)
class Event:
    """What happened, as GitHub tells its runner."""

    name: str
    ref: str
    sha: str
    payload: Mapping[str, Any]
    head: str = ""
    """The commit that GitHub says a run is of, if it is not ``sha``."""
    is_from_fork: bool = False
    is_trusted: bool = True
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
class GitHub:
    """One repository on GitHub, with a runner for its workflow."""

    act: Path
    api: GitHubApi
    address: str
    repository: Repository
    folder: Path
    machine: Mapping[str, str]
    """The environment of the runner."""
    secrets: dict[str, str]
    """The keys of each environment."""
    called: Path | None = None
    """The workflow that the repository's own one only calls; it gets the same keys in each job."""
    everything: list[str] = field(default_factory=list)
    """All that was ever logged."""

    # What people do

    def propose(self, head: str, *, is_fork: bool = False, author: str = "biri") -> Entry:
        """Open a pull request of the branch ``change``, which is at this commit."""
        pull = self.api.open_pull(head, is_fork=is_fork)
        pull["user"]["login"] = author
        return pull

    def pull_request(self, pull: Entry) -> Jobs:
        """Run for a pull request, which GitHub merges on trial."""
        pull["head"]["sha"] = head = git(self.repository.origin, "rev-parse", pull["head"]["ref"])
        ref = f"refs/pull/{pull['number']}/merge"
        pull["merge_commit_sha"] = sha = self._merge(head, ref)
        is_fork = pull["head"]["repo"]["id"] != REPOSITORY_ID
        is_trusted = not is_fork and pull["user"]["login"] != "dependabot[bot]"
        payload = {"number": pull["number"], "pull_request": pull}
        return self.run(Event("pull_request", ref, sha, payload, head, is_fork, is_trusted))

    def merge(self, pull: Entry) -> Jobs:
        """Merge a pull request, and run for the push that this is."""
        before = self.repository.main
        merged = self._merge(pull["head"]["sha"], "main")
        self.api.merge_pull(pull["number"], merged)
        return self.push(before)

    def push(self, before: str) -> Jobs:
        """Run for a push to main, which was at a commit before."""
        main = self.repository.main
        listed = git(self.repository.origin, "rev-list", "--reverse", f"{before}..{main}")
        commits = [{"id": commit} for commit in listed.split()]
        payload = {"before": before, "after": main, "commits": commits}
        return self.run(Event("push", "refs/heads/main", main, payload))

    def by_hand(self, **inputs: str) -> Jobs:
        """Run on main, as somebody starts it there."""
        main = self.repository.main
        return self.run(Event("workflow_dispatch", "refs/heads/main", main, {"inputs": inputs}))

    def by_schedule(self) -> Jobs:
        """Run on main, as every night."""
        return self.run(Event("schedule", "refs/heads/main", self.repository.main, {}))

    def queue(self, pull: Entry) -> Jobs:
        """Run for a pull request that is in a merge queue."""
        ref = f"refs/heads/gh-readonly-queue/main/pr-{pull['number']}"
        sha = self._merge(pull["head"]["sha"], ref)
        return self.run(Event("merge_group", ref, sha, {"merge_group": {"head_sha": sha}}))

    def _merge(self, head: str, ref: str) -> str:
        """Merge a commit into main, and let the ref be that."""
        desk = self.repository.desk
        git(desk, "fetch", "-q", "origin")
        git(desk, "checkout", "-q", "--detach", "origin/main")
        git(desk, "merge", "-q", "--no-ff", "-m", "Merge", head)
        git(desk, "push", "-qf", "origin", f"HEAD:{ref}")
        return git(desk, "rev-parse", "HEAD")

    # What GitHub does then

    def run(self, event: Event) -> Jobs:
        """Run the workflow as it is at the event's commit."""
        number = self._begin(event)
        text = git(self.repository.origin, "show", f"{event.sha}:.github/workflows/santral.yml")
        jobs = yaml.safe_load(self.called.read_text("utf-8") if self.called else text)["jobs"]
        self._write(event, adapted(text, ADAPTED_IF_CALLED if self.called else ADAPTED), jobs)
        done = subprocess.run(
            self._command(event, number, jobs),
            cwd=self.folder,
            env={**self.machine, "ORIGIN": str(self.repository.origin)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.everything += [done.stdout, done.stderr]
        return _read(number, done.stdout)

    def _begin(self, event: Event) -> int:
        owner = {"id": FORK_ID if event.is_from_fork else REPOSITORY_ID}
        pull = event.payload.get("pull_request")
        branch = pull["head"]["ref"] if pull else event.ref.removeprefix("refs/heads/")
        about = self.api.begin_run(
            event.head or event.sha, event=event.name, branch=branch, head_repository=owner
        )
        return int(about["id"])

    def _write(self, event: Event, text: str, jobs: Mapping[str, Any]) -> None:
        about = {
            "full_name": self.api.repository,
            "default_branch": self.api.default_branch,
            "private": self.api.private,
        }
        keys = {f"SANTRAL_KEYS_{name}": self._keys(job) for name, job in jobs.items()}
        keys |= {"SANTRAL_KEYS": self.secrets["santral-plan"]} if self.called else {}
        files = {
            "workflow.yml": text,
            "event.json": json.dumps({"repository": about, **event.payload}),
            "secrets.yml": json.dumps(keys if event.is_trusted else {}),
        }
        for name, content in files.items():
            self.folder.joinpath(name).write_text(content, "utf-8")
        for name, job in jobs.items():
            self.api.tokens[f"token-of-{name}"] = _rights(job["permissions"], event)

    def _keys(self, job: Mapping[str, Any]) -> str:
        """Return what the secret of a job's environment is."""
        environment = job.get("environment", "")
        name = environment["name"] if isinstance(environment, dict) else environment
        return self.secrets.get(name, "")

    def _command(self, event: Event, number: int, jobs: Mapping[str, Any]) -> list[str]:
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
        }
        # Secrets are not hidden in the log, so that a test can see that no program shows any.
        command = [str(self.act), event.name, "--json", "--no-skip-checkout", "--insecure-secrets"]
        command += [part for option in options.items() for part in option]
        command += [f"--env={name}={value}" for name, value in variables.items()]
        if self.called:
            command += [f"--local-repository={PROGRAM}={self._call(self.called)}"]
        return command + [f"--local-repository={uses}" for uses in _actions(jobs)]

    def _call(self, workflow: Path) -> Path:
        """Put the workflow that is called where act finds it; return the repository's folder."""
        folder = self.folder / "program"
        place = folder / ".github" / "workflows" / "santral.yml"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(adapted(workflow.read_text("utf-8"), ADAPTED_IF_CALLED), "utf-8")
        return folder


def _actions(jobs: Mapping[str, Any]) -> list[str]:
    """Return which folder stands for which action."""
    used = {step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step}
    return [f"{uses}={_ACTIONS / uses.partition('@')[0].partition('/')[2]}" for uses in used]


def _rights(permissions: Mapping[str, str], event: Event) -> set[str]:
    """Return what a job's token may do; where GitHub trusts nobody, that is to read."""
    held = permissions if event.is_trusted else dict.fromkeys(permissions, "read")
    return {f"{scope}: {level}" for scope, level in held.items()}


def _read(number: int, log: str) -> Jobs:
    """Read what act wrote, as lines of JSON."""
    entries = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    results = {_job(one): one["jobResult"] for one in entries if "jobResult" in one}
    # It has one result for all jobs of a matrix. Each of them is as good as its steps.
    failed = {_job(one) for one in entries if one.get("stepResult") == "failure"}
    matrix = {_job(one) for one in entries if one.get("matrix")} & results.keys()
    results |= {job: "failure" if job in failed else "success" for job in matrix}
    return Jobs(number, results, [(_job(one), one["msg"]) for one in entries])


def _job(entry: Mapping[str, Any]) -> str:
    """Return the job that wrote a line, as GitHub calls it: each of a matrix by its values."""
    values = ", ".join(map(str, (entry.get("matrix") or {}).values()))
    return f"{entry.get('jobID', '')} ({values})" if values else str(entry.get("jobID", ""))
