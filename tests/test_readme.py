"""The README: each of its code blocks is run, and nothing that the program has is left out."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from readme import README, ROOT, blocks, section
from support import IN_SANDBOX, Program, settings

from reconciler.cli.main import santral
from reconciler.cli.session import made_up_key
from reconciler.client.api import PRODUCTION
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Service, by_fingerprint, by_name
from reconciler.sandbox.store import Store

OUTSIDE_THE_PIPELINE = README.replace(section("In a pipeline"), "")
"""All that is typed on a desk; test_readme_pipeline.py has the rest."""
EXAMPLE = (ROOT / "santral.yaml.example").read_text("utf-8")
COMMANDS = santral.list_commands(click.Context(santral))


def test_every_block_is_of_a_kind_that_is_run() -> None:
    """A block of another language would be run by nobody."""
    languages = re.findall(r"^ *```(\w*)$", README, re.MULTILINE)

    assert set(languages) == {"", "sh", "text", "yaml"}
    assert len(languages) == 2 * sum(len(blocks(name)) for name in ("sh", "text", "yaml"))


def test_the_picture_is_a_real_plan(program: Program) -> None:
    """What the example file shows against these live settings."""
    (picture,) = blocks("text")
    program.write("santral.yaml", EXAMPLE)
    store = Store()
    names = ("ankara-sube", "istanbul-merkez", "izmir-depo")
    live = (
        settings("on", "on", "on", "https://crm.example.com/ankara?token=abc"),
        settings("on", "on", "off", "https://crm.exarnple.com/events"),
        settings("off", "off", "on", "https://crm.example.com/santral/izmir-depo"),
    )
    keys = {name: made_up_key(name) for name in names}
    with SandboxServer(Service(store, by_name(keys))).running() as origin:
        for name, held in zip(names, live, strict=True):
            store.update(name, {field: getattr(held, field) for field in held.__slots__})
            variable = name.upper().replace("-", "_").removesuffix("_SUBE")
            program.monkeypatch.setenv(f"SANTRAL_KEY_{variable}", keys[name].reveal())

        result = program.run("plan", "--api-url", origin)

    assert result.whole_stdout.replace(origin, PRODUCTION) == picture


@pytest.mark.parametrize("block", blocks("yaml", OUTSIDE_THE_PIPELINE), ids=lambda _: "yaml")
def test_the_yaml_is_valid(program: Program, block: str) -> None:
    """A reader may copy it."""
    program.write("santral.yaml", block)

    assert program.run("validate").stdout == "santral.yaml: 3 santrals, valid\n"


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Give a folder like a clone, and an environment where installing is done already.

    CI runs the two installing commands for real; see .ci/run.
    """
    done, run = "#!/bin/sh\n", f'#!/bin/sh\nexec "{sys.executable}" -P -m reconciler "$@"\n'
    programs = {
        "bin/python3": done,
        "bin/santral": run,
        ".venv/bin/pip": done,
        ".venv/bin/pytest": done,
        ".venv/bin/santral": run,
    }
    for name, content in programs.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(0o755)
    (tmp_path / "santral.yaml.example").write_text(EXAMPLE, "utf-8")
    with SandboxServer(Service(Store(), by_fingerprint)).running() as origin:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("SANTRAL_")}
        path_variable = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
        yield {**inherited, "PATH": path_variable, "SANTRAL_API_URL": origin, "PWD": str(tmp_path)}


_NOT_SET = "notification_url was not set before the run"
"""What the rollback warns of, since the newcomer's santrals had never been set up."""


APPLIED = "Apply: 3 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 0 not tried."


def test_the_commands_work_from_first_to_last(newcomer: dict[str, str]) -> None:
    """One shell, block after block, as a newcomer would type them."""
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks("sh", OUTSIDE_THE_PIPELINE))],
        cwd=newcomer["PWD"],
        env=newcomer,
        capture_output=True,
        text=True,
        check=False,
    )

    hint = 'Try it with "santral plan --sandbox", which needs no key.'
    said = [line for line in run.stderr.splitlines(keepends=True) if line.strip() != hint]
    warned = [line.split()[3] for line in said if _NOT_SET in line]
    others = [line for line in said if _NOT_SET not in line]
    assert (run.returncode, sorted(warned), others) == (
        0,
        ["ankara-sube:", "istanbul-merkez:", "izmir-depo:"],
        [IN_SANDBOX] * 3,
    )
    ends = [
        line
        for line in run.stdout.splitlines()
        if re.match("(Plan|Drift|Apply|Rollback|santral.yaml):", line)
    ]
    assert ends == [
        "Plan: 3 to change, 0 in sync, 0 failed.",
        "Plan: 3 to change, 0 in sync, 0 failed.",
        APPLIED,
        "Plan: 0 to change, 3 in sync, 0 failed.",
        "santral.yaml: written",
        "santral.yaml: 3 santrals, valid",
        "Plan: 3 to change, 0 in sync, 0 failed.",
        "Plan: 3 to change, 0 in sync, 0 failed.",
        APPLIED,
        "Plan: 0 to change, 3 in sync, 0 failed.",
        "Plan: 0 to change, 3 in sync, 0 failed.",
        "Plan: 0 to change, 3 in sync, 0 failed.",
        "Apply: 0 applied, 3 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 0 not tried.",
        "Drift: 0 drifted, 3 in sync, 0 failed.",
        "santral.yaml: 3 santrals, valid",
        "Plan: 3 to change, 0 in sync, 0 failed.",
        APPLIED.replace("Apply", "Rollback"),
        "Plan: 3 to change, 0 in sync, 0 failed.",
    ]


def test_ci_runs_the_two_installing_commands_to_the_letter() -> None:
    """They are what a newcomer tries first."""
    script = (ROOT / ".ci" / "run").read_text()
    install, test = (block.strip() for block in blocks("sh")[:2])

    assert (install in script, test in script) == (True, True)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_in_the_readme(name: str) -> None:
    """A flag that is not documented is not there for anybody."""
    command = santral.get_command(click.Context(santral), name)
    options = {opt for parameter in (command.params if command else ()) for opt in parameter.opts}
    documented = set(re.findall(r"`(--?[a-z-]+)`", README))

    assert {option for option in options if option.startswith("-")} - documented == set()


def test_every_exit_code_is_in_the_readme() -> None:
    """In the order of their numbers."""
    assert re.findall(r"^\| (\d[\d, ]*) \|", README, re.MULTILINE) == [
        *("0", "1", "2", "3", "4"),
        "129, 130, 143",
    ]
