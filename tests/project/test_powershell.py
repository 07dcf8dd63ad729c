"""What the README says for PowerShell: valid, as for a shell, and run on Windows."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import tree_sitter_powershell
from support.fleet import settings
from support.places import ROOT
from support.readme import EXAMPLE, README, README_TR, blocks
from tree_sitter import Language, Node, Parser

from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Service, by_fingerprint
from reconciler.sandbox.store import Store

BLOCKS = blocks("powershell")
PARSER = Parser(Language(tree_sitter_powershell.language()))
POWERSHELL = shutil.which("pwsh")


def nodes(node: Node) -> Iterator[Node]:
    """Yield a node and all below it."""
    yield node
    for child in node.children:
        yield from nodes(child)


def text_of(node: Node) -> str:
    """Return what stands in the block."""
    return (node.text or b"").decode()


@pytest.mark.parametrize(
    "block", [*BLOCKS, *blocks("powershell", README_TR)], ids=lambda block: block.partition("\n")[0]
)
def test_a_block_is_valid(block: str) -> None:
    """As far as its grammar goes."""
    assert not PARSER.parse(block.encode()).root_node.has_error


def commands_in_powershell() -> list[list[str]]:
    """Return the words of each line that starts the program."""
    found = [
        shlex.split(text_of(node))
        for block in BLOCKS
        for node in nodes(PARSER.parse(block.encode()).root_node)
        if node.type == "command"
    ]
    return [words for words in found if words[0] == "santral"]


def commands_in_the_shell() -> list[list[str]]:
    """Return the same of the README's blocks; what comes behind || is left out."""
    parts = (
        part.partition("||")[0]
        for block in blocks("sh", README)
        for line in block.splitlines()
        for part in line.split("&&")
    )
    found = [shlex.split(part, comments=True) for part in parts if "santral" in part]
    return [["santral", *words[1:]] for words in found if words and words[0].endswith("santral")]


def test_each_command_is_one_of_the_readme() -> None:
    """Where it is run, and its result is looked at."""
    there = commands_in_powershell()

    assert len(there) > 12
    assert [words for words in there if words not in commands_in_the_shell()] == []


def test_ci_runs_the_first_block_to_the_letter() -> None:
    """On Windows, with the tests of units and these."""
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    job = workflow.partition("\n  windows:\n")[2].partition("\n\n")[0]
    lines = [line.strip() for line in job.splitlines()]

    assert "\n".join(lines).count(BLOCKS[0]) == 1
    assert "tests/unit tests/project/test_powershell.py" in job


ENDS = [
    "santral.yaml: 3 santrals, valid",
    "Plan: 0 to change, 3 in sync, 0 failed.",
    "Plan: 0 to change, 1 in sync, 0 failed.",
]
"""What some of the lines show, of santrals of which one is set up and the others are not."""


@pytest.mark.skipif(not POWERSHELL, reason="there is no PowerShell")
def test_the_blocks_work_one_after_the_other(tmp_path: Path) -> None:
    """But for the first, with keys of the newcomer's own."""
    (tmp_path / "santral.yaml.example").write_text(EXAMPLE, "utf-8")
    typed = "\n".join(BLOCKS[1:]).replace("PUT-ITS-KEY-FROM-THE-PANEL-HERE", "a-newcomers-key")
    store = Store()
    live = settings("on", "on", "on", "https://crm.example.com/istanbul?token=Zx9Kq2Wv7Bn4Mt1R")
    store.update(str(by_fingerprint("a-newcomers-key-1")), asdict(live))
    others = {name: text for name, text in os.environ.items() if not name.startswith("SANTRAL_")}
    script = tmp_path / "typed.ps1"
    script.write_text(f"$ErrorActionPreference = 'Stop'\n{typed}", "utf-8-sig")
    with SandboxServer(Service(store, by_fingerprint)).running() as origin:
        run = subprocess.run(
            [str(POWERSHELL), "-NoProfile", "-NonInteractive", "-File", str(script)],
            cwd=tmp_path,
            env={**others, "SANTRAL_API_URL": origin},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",  # icacls writes in another encoding.
            check=False,
        )

    assert run.returncode == 0, run.stderr
    assert [end for end in ENDS if end not in run.stdout] == []
