""".github/PIPELINES.md, followed from nothing to the first reviewed apply."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from support.fleet import KEYS
from support.forge import git, load, machine
from support.github_hub import Hub
from support.github_runner import Runner, results
from support.key_places import private
from support.places import ROOT
from support.program import Program
from support.readme import EXAMPLE, PIPELINES, blocks
from support.reports import TO_APPLY_IN_SANDBOX

from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Service, by_name
from reconciler.sandbox.store import Store

MAKE, PUSH, ENVIRONMENTS, PROPOSE, MERGE = blocks("sh", PIPELINES)
CALLER, STEPS, HOOKS = blocks("yaml", PIPELINES)
SANTRALS = dict(zip(("istanbul-merkez", "ankara", "izmir-depo"), KEYS.values(), strict=False))
"""The names of the keys of the example file, and keys."""
WORKFLOW = Path(".github", "workflows", "santral.yml")
REUSABLE = load((ROOT / WORKFLOW).read_text("utf-8"))
ACTION = load((ROOT / ".github" / "actions" / "santral" / "action.yml").read_text("utf-8"))


@pytest.fixture
def hub(program: Program) -> Hub:
    """Give an empty repository on GitHub."""
    hub = Hub(program.folder)
    hub.create()
    return hub


@pytest.fixture
def desk(program: Program, hub: Hub) -> dict[str, str]:
    """Give the environment of somebody who is at the point where the section starts."""
    lines = "".join(f"{n}={key.reveal()}\n" for n, key in SANTRALS.items())
    keys = private(program, "keys", lines)
    rights = '{"administration": "write", "secrets": "write", "pull-requests": "write"'
    return {
        **os.environ,
        **{f"GIT_{who}_NAME": "Ekip" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "ekip@example.com" for who in ("AUTHOR", "COMMITTER")},
        "PATH": machine(hub.folder / "tools")["PATH"],
        "HUB": str(hub.folder),
        "HUB_PERMISSIONS": rights + ', "contents": "write"}',
        "GH_TOKEN": "of-the-user",
        "REPOSITORY": hub.origin.as_uri(),
        "SANTRAL_KEYS_FILE": str(keys),
    }


def type_in(folder: Path, block: str, environment: dict[str, str]) -> str:
    """Run a block in a shell, which must not complain; return what it prints."""
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


REVIEWED = {"validate": "success", "plan": "success", "comment": "success"}


def test_a_team_gets_to_its_first_reviewed_apply(
    program: Program, hub: Hub, desk: dict[str, str]
) -> None:
    """By its blocks, one after the other, and the one edit that it asks for."""
    made = type_in(program.folder, MAKE, desk)
    folder = program.folder / "santral-ayarlari"
    assert made.endswith(f"\nPlan: 3 to change, 0 in sync, 0 failed.{TO_APPLY_IN_SANDBOX}")
    workflow = (folder / WORKFLOW).read_text("utf-8").replace('PACKAGE: ""', "PACKAGE: x==1")
    (folder / WORKFLOW).write_text(workflow, "utf-8")

    for block in (PUSH, ENVIRONMENTS, PROPOSE):
        type_in(folder, block, desk)
    first = git(hub.origin, "ls-tree", "-r", "--name-only", "main").splitlines()
    assert {*first} & {*load(workflow)[True]["push"]["paths"]} == set()

    secrets = {one["environment"]: {one["name"]: one["value"]} for one in hub.state["secrets"]}
    names = {"ankara-sube": "ankara"}
    keys = {name: SANTRALS[names.get(name, name)] for name in load(EXAMPLE)["santrals"]}
    service = Service(Store(), by_name(keys))
    with SandboxServer(service).running() as origin:
        variables = {"PATH": desk["PATH"], "SANTRAL_API_URL": origin}
        runner = Runner(hub, load(workflow), variables, secrets)
        assert results(runner.pull_request(1)) == REVIEWED
        assert len(hub.state["comments"]) == 1
        type_in(folder, MERGE, desk)
        assert results(runner.on_main("push")) == {"apply": "success"}

    assert str(service.store.get("izmir-depo").hangup) == "on"


def test_the_workflow_to_call_is_called_rightly() -> None:
    """At the same events as the one that is copied, and with the rights that its jobs need."""
    caller = load(CALLER)
    (job,) = caller["jobs"].values()
    copied = load(
        (ROOT / "reconciler" / "scaffold" / "templates" / "github.yml").read_text("utf-8")
    )
    needed: dict[str, str] = {}
    for inner in REUSABLE["jobs"].values():
        needed |= {k: v for k, v in inner["permissions"].items() if needed.get(k) != "write"}

    assert caller[True] == copied[True]
    assert caller["permissions"] == {}
    assert job["permissions"] == needed
    assert (ROOT / named_path(job["uses"])).is_file()
    assert job["secrets"] == "inherit"
    assert set(re.findall(r"`(\w+)`", paragraph("Its inputs are"))) == {
        *REUSABLE[True]["workflow_call"]["inputs"]
    }


def test_the_workflow_to_call_works_in_the_sandbox(program: Program, hub: Hub) -> None:
    """From a pull request to its merge, without any key."""
    hub.commit("main", README="")
    hub.commit("ilk-ayarlar", santral=EXAMPLE)
    hub.open_pull("ilk-ayarlar")
    inputs = {"config": "santral.yaml", "sandbox": True}
    runner = Runner(hub, REUSABLE, machine(hub.folder / "tools"), {}, inputs=inputs)

    assert results(runner.pull_request(1)) == REVIEWED
    hub.merge_pull(1)
    jobs = runner.on_main("push")
    assert results(jobs) == {"apply": "success"}
    assert "Apply: 3 applied" in jobs["apply"].steps["Apply the reviewed plan"].stdout


def test_the_action_runs_the_command_it_is_given(tmp_path: Path) -> None:
    """With the program of its own commit, in an environment of its own; the counts are outputs."""
    step = load(STEPS)["steps"][-1]
    assert (ROOT / named_path(step["uses"]) / "action.yml").is_file()
    assert {*step["with"]} <= {*ACTION["inputs"]}
    (tmp_path / "santral.yaml").write_text(EXAMPLE, "utf-8")
    machine(tmp_path / "tools")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nmkdir -p "$4/bin" && cp "{tmp_path}/tools"/* "$4/bin/"\n')
    python.chmod(0o755)
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
