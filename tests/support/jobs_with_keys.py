"""What the jobs of a pipeline that have keys do in the checkout, read from the pipeline's file."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a job with keys does in the checkout: to make it, or to run a script."""

    script: str | None
    branch: str = ""
    """Which branch is checked out, if there is no script."""
    folder: str = "."
    """Where, below the checkout; the program's own, if it is not the top."""
    variables: Mapping[str, str] = field(default_factory=dict)


Job = tuple[Step, ...]


def github_jobs(workflow: dict[str, Any]) -> Iterator[tuple[str, Job]]:
    """Yield the jobs that have keys, by name."""
    for name, job in workflow["jobs"].items():
        if "environment" in job:
            known = (github_step(step, name) for step in job["steps"])
            yield name, tuple(step for step in known if step)


def github_step(step: dict[str, Any], job: str) -> Step | None:
    """Return what a step does; None for an action that has nothing to do with the checkout.

    A job that is not of a pull request has main checked out.
    """
    inputs = step.get("with", {})
    if step.get("uses", "").startswith("actions/checkout@"):
        is_main = job != "plan" or "default_branch" in str(inputs.get("ref"))
        return Step(None, "main" if is_main else "evil", inputs.get("path", "."))
    if "run" not in step:
        return None
    variables = {name: re.sub(r"\$\{\{.*?\}\}", "", v) for name, v in step.get("env", {}).items()}
    return Step(step["run"], variables=variables, folder=step.get("working-directory", "."))


def gitlab_jobs(pipeline: dict[str, Any]) -> Iterator[tuple[str, Job]]:
    """Yield the jobs that have keys, by name."""
    for name, job in pipeline.items():
        if isinstance(job, dict) and "environment" in job:
            whole = pipeline[job["extends"]] | job
            script = "\n".join((*whole["before_script"], *whole["script"]))
            branch = "evil" if name == "santral:plan" else "main"
            yield name, (Step(None, branch), Step(script))
