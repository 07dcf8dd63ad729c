"""What .github/PIPELINES.md offers beside the pipelines: a workflow to call, an action, a hook.

tests/runners/test_followed.py follows its steps.
"""

import os
import re
import shlex
import sys
import textwrap
from pathlib import Path

import pytest
import yaml
from support.forge import load
from support.places import ROOT
from support.program import Program
from support.readme import EXAMPLE, PIPELINES, blocks, section, type_in

CHECK_STEP, CHECK_LINE = blocks("yaml", section("Do the URLs answer", PIPELINES))
CALLER, STEPS, HOOKS = blocks("yaml", PIPELINES)[-3:]
REUSABLE = load((ROOT / ".github" / "workflows" / "santral.yml").read_text("utf-8"))
ACTION = load((ROOT / ".github" / "actions" / "santral" / "action.yml").read_text("utf-8"))
RUN_OR_TELL = (
    f'case "$*" in "-I -m pip "*) echo "$PWD: $*" ;; *) exec "{sys.executable}" "$@" ;; esac'
)
"""A Python that says what pip is told to install."""


def test_the_workflow_to_call_is_called_rightly() -> None:
    """At the same events as the one that is copied, and with the rights that its jobs need."""
    caller = load(CALLER)
    (job,) = caller["jobs"].values()
    copied = load(
        (ROOT / "reconciler" / "scaffold" / "templates" / "github-reviewers.yml").read_text("utf-8")
    )
    needed: dict[str, str] = {}
    for inner in REUSABLE["jobs"].values():
        needed |= {k: v for k, v in inner["permissions"].items() if needed.get(k) != "write"}

    assert caller[True] == copied[True]
    assert caller["permissions"] == {}
    assert job["permissions"] == needed
    assert (ROOT / named_path(job["uses"])).is_file()
    assert job["secrets"] == {
        name: f"${{{{ secrets.{name} }}}}" for name in ("SANTRAL_KEYS", "SANTRAL_SECRETS")
    }
    assert set(re.findall(r"`([a-z]+)`", paragraph("Its inputs are"))) == {
        *REUSABLE[True]["workflow_call"]["inputs"]
    }


def test_the_action_runs_the_command_it_is_given(tmp_path: Path) -> None:
    """With the program of its own commit, in an environment of its own; the counts are outputs."""
    step = load(STEPS)["steps"][-1]
    assert (ROOT / named_path(step["uses"]) / "action.yml").is_file()
    assert {*step["with"]} <= {*ACTION["inputs"]}
    (tmp_path / "santral.yaml").write_text(EXAMPLE, "utf-8")
    made, python = tmp_path / "made", tmp_path / "python"
    made.write_text(f"#!/bin/sh\n{RUN_OR_TELL}\n")
    python.write_text(f'#!/bin/sh\nmkdir -p "$4/bin" && cp "{made}" "$4/bin/python"\n')
    for script in (made, python):
        script.chmod(0o755)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHON": str(python),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTION_PATH": "/action/.github/actions/santral",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "COMMAND": step["with"]["command"],
        "SANTRAL_SANDBOX": "true",
    }
    install, run = (one["run"] for one in ACTION["runs"]["steps"] if "run" in one)

    installed = type_in(tmp_path, install, environment)
    ran = type_in(tmp_path, f"({run}) || test $? = 2", environment)

    assert "Plan: 3 to change" in ran
    pip, program = (
        f"{tmp_path}: -I -m pip install --quiet",
        "/action/.github/actions/santral/../../..",
    )
    assert installed == (
        f"{pip} --require-hashes --only-binary :all: -r {program}/requirements.lock\n"
        f"{pip} --no-deps --no-build-isolation {program}\n"
    )
    outputs = dict(line.split("=") for line in (tmp_path / "output").read_text().splitlines())
    assert {name: outputs[name] for name in ACTION["outputs"] if name in outputs} == {
        "change": "3",
        "in_sync": "0",
        "failed": "0",
        "sandbox": "true",
    }


def test_the_hook_is_there() -> None:
    """Under the name that the example asks for."""
    (repository,) = load(HOOKS)["repos"]
    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))

    assert [hook["id"] for hook in repository["hooks"]] == [hook["id"] for hook in offered]


def named_path(uses: str) -> str:
    """Return the path in this repository that a ``uses`` names."""
    found = re.fullmatch(r"OWNER/REPOSITORY/(.+)@FULL-COMMIT-SHA", uses)
    assert found, uses
    return found[1]


def paragraph(start: str) -> str:
    """Return the paragraph that begins so."""
    found = re.search(rf"^{start}.*?\n\n", PIPELINES, re.DOTALL | re.MULTILINE)
    assert found, start
    return found.group()


CHECKS = {"github": CHECK_STEP, "gitlab": CHECK_LINE}


@pytest.mark.parametrize("gate", ["reviewers", "manual"])
@pytest.mark.parametrize("ci", CHECKS)
def test_the_urls_are_looked_at_in_the_job_that_applies(
    program: Program, ci: str, gate: str
) -> None:
    """What is offered fits before the apply, there alone, and runs."""
    place = ROOT / "reconciler" / "scaffold" / "templates" / f"{ci}-{gate}.yml"
    template = place.read_text("utf-8")
    (apply,) = re.findall(r"^.*\n*.*exec santral apply.*$", template, re.MULTILINE)
    indent = re.match(" *", apply).group()  # type: ignore[union-attr]
    pipeline = load(template.replace(apply, f"{textwrap.indent(CHECKS[ci], indent)}{apply}"))
    job = (
        pipeline["jobs"]["apply"]["steps"]
        if ci == "github"
        else pipeline["santral:apply"]["script"]
    )
    commands = [step.get("run", "") if isinstance(step, dict) else step for step in job]
    (number,) = [n for n, one in enumerate(commands) if "santral doctor" in one]
    program.write("santral.yaml", EXAMPLE)
    program.monkeypatch.setenv("SANTRAL_SANDBOX", "true")

    assert "exec santral apply" in commands[number + 1]
    arguments = shlex.split(commands[number].partition("||")[0])
    assert program.run(*arguments[1:]).exit_code == 0
