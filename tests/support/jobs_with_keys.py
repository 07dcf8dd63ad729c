"""What the jobs of a pipeline that have keys do in the checkout, read from the pipeline's file."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a job with keys does: it checks something out, or runs a script."""

    script: str | None
    branch: str = ""
    """What is checked out, if there is no script: a branch, or PROGRAM."""
    folder: str = "."
    """Where this is, below the top of the checkout."""
    variables: Mapping[str, str] = field(default_factory=dict)


PROGRAM = "program"
"""Stands for the repository that the program comes from."""

Job = tuple[Step, ...]


def github_jobs(workflow: dict[str, Any]) -> Iterator[tuple[str, Job]]:
    """Yield the jobs that have keys, by name."""
    for name, job in workflow["jobs"].items():
        if "environment" in job:
            known = (github_step(step, name) for step in job["steps"])
            yield name, tuple(step for step in known if step)


def checked_out(inputs: dict[str, Any], job: str) -> str:
    """Return what GitHub checks out; only the job that plans is of a pull request."""
    if "repository" in inputs:
        return PROGRAM
    is_main = job != "plan" or "default_branch" in str(inputs.get("ref"))
    return "main" if is_main else "evil"


def github_step(step: dict[str, Any], job: str) -> Step | None:
    """Return what a step does; None for an action that has nothing to do with the checkout."""
    inputs = step.get("with", {})
    if step.get("uses", "").startswith("actions/checkout@"):
        return Step(None, checked_out(inputs, job), inputs.get("path", "."))
    if "run" not in step:
        return None
    variables = {name: re.sub(r"\$\{\{.*?\}\}", "", v) for name, v in step.get("env", {}).items()}
    return Step(step["run"], variables=variables, folder=step.get("working-directory", "."))


def extended(pipeline: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    """Return a job with what it takes over from others."""
    base = pipeline.get(job.get("extends", ""))
    return extended(pipeline, base) | job if base else job


def gitlab_jobs(pipeline: dict[str, Any]) -> Iterator[tuple[str, Job]]:
    """Yield the jobs that have keys, by name."""
    for name, job in pipeline.items():
        if isinstance(job, dict) and "environment" in extended(pipeline, job):
            whole = extended(pipeline, job)
            script = "\n".join((*whole["before_script"], *whole["script"]))
            branch = "evil" if name == "santral:plan" else "main"
            yield name, (Step(None, branch), Step(script))
