"""A fleet's day, by the commands of .github/FLEETS.md.

All santrals are set up by two machines, one of which is killed on its way, and a pull request
changes three of them. ``FLEET_SANTRALS`` says how many there are, if not as few as usual.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import warm
from support.program import SOON
from support.readme import FLEETS, blocks, section, with_jq

from reconciler.cli.connecting import made_up_key
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Reply, Service, by_name
from reconciler.sandbox.store import Store

SANTRALS = int(os.environ.get("FLEET_SANTRALS", "40"))
NAMES = [f"bayi-{number}" for number in range(SANTRALS)]
KEYS = {name: made_up_key(name) for name in NAMES}
PATIENCE = SOON * max(1, SANTRALS / 200)
HEAD = """\
version: 1
defaults: {crm_integration: {hangup: on, notification_url: 'https://crm.example.com/{name}'}}
santrals:
"""
RESULTS = "stdout"
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com")


def commands_of(title: str, number: int = 0) -> list[list[str]]:
    """Return the commands of a block of the guide, without the comments behind them."""
    lines = blocks("sh", section(title, FLEETS))[number].splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines]


PLAN_1, PLAN_2, MERGE, SHOW, APPLY_1, APPLY_2, MERGE_REPORTS = commands_of("Shards")
PLAN_CHANGED, _ = commands_of("Read what changed")


class CountingService(Service):
    """The stand-in, remembering how often it was asked in each way."""

    methods: list[str]

    def answer(self, method: str, target: str, body: str) -> Reply:
        self.methods.append(method)
        return super().answer(method, target, body)


@dataclass(frozen=True)
class Machine:
    """A clone of the repository, on a machine of its own."""

    folder: Path
    environment: dict[str, str]

    def start(self, command: Sequence[str]) -> "subprocess.Popen[bytes]":
        """Start the program from nothing, so that a signal reaches it."""
        with (self.folder / RESULTS).open("wb") as results:  # A pipe would fill up.
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "reconciler", *command],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=results,
                stderr=subprocess.DEVNULL,
            )

    def end(self, process: "subprocess.Popen[bytes]") -> tuple[int, str]:
        """Wait for a process; return its exit code and the last line of its results."""
        code = process.wait(timeout=PATIENCE)
        return code, (self.folder / RESULTS).read_text().rstrip().rpartition("\n")[2]

    def run(self, command: Sequence[str]) -> tuple[int, str]:
        """Run the program; return its exit code and the last line of its results."""
        return self.end(self.start(command))

    def git(self, *arguments: str) -> None:
        subprocess.run([*GIT, *arguments], cwd=self.folder, check=True, capture_output=True)

    def give(self, name: str, other: "Machine") -> None:
        """Hand a file over, as a pipeline's artifact is."""
        shutil.copy(self.folder / name, other.folder / name)


@dataclass(frozen=True)
class Fleet:
    """What there is at the beginning of the day."""

    service: CountingService
    machines: Sequence[Machine]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Give three machines with a clone each, and santrals that were never set up."""
    origin = tmp_path / "origin"
    origin.mkdir()
    (origin / "santral.yaml").write_text(HEAD + "".join(map(_entry, NAMES)))
    keys = tmp_path / "keys"
    keys.touch(0o600)
    keys.write_text("".join(f"{name}={key.reveal()}\n" for name, key in KEYS.items()))
    service = CountingService(Store(), by_name(KEYS))
    service.methods = []
    with SandboxServer(service).running() as address:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("SANTRAL_")},
            "SANTRAL_API_URL": address,
            "SANTRAL_KEYS_FILE": str(keys),
            "SANTRAL_MAX_CHANGES": "100%",
        }
        first = Machine(origin, environment)
        first.git("init", "-q", "-b", "main")
        first.git("add", "santral.yaml")
        first.git("commit", "-q", "-m", "first")
        clones = [Machine(tmp_path / f"machine-{n}", environment) for n in (1, 2, 3)]
        for clone in clones:
            first.git("clone", "-q", str(origin), str(clone.folder))
        yield Fleet(service, clones)


def _entry(name: str) -> str:
    return f"  {name}: {{crm_integration: {{ringing: off}}}}\n"


def kill_midway(machine: Machine, process: "subprocess.Popen[bytes]") -> None:
    """Kill a process once its journal has begun a few changes."""
    journal = machine.folder / ".santral" / "journal.jsonl"
    ends = time.monotonic() + PATIENCE
    while not (journal.exists() and journal.read_text().count('"intent"') >= 3):
        assert process.poll() is None
        assert time.monotonic() < ends
        time.sleep(0.001)
    process.kill()
    process.wait()


def test_a_fleets_day(fleet: Fleet) -> None:
    """At its end, all is as the file asks for, and nothing was asked that need not be."""
    one, two, reviewer = fleet.machines
    planning = one.start(PLAN_1), two.start(PLAN_2)
    assert (one.end(planning[0])[0], two.end(planning[1])[0]) == (0, 0)
    one.give("plan-1.json", reviewer)
    two.give("plan-2.json", reviewer)
    assert reviewer.run(MERGE)[0] == 0
    _, shown = reviewer.run(["show", "merged.json"])
    assert shown.startswith(
        f"Plan: {SANTRALS} to change, 0 in sync, 0 failed. Merged from 2 shards"
    )
    assert reviewer.run(SHOW)[0] == 0

    killed = two.start(APPLY_2)
    kill_midway(two, killed)
    assert one.run(APPLY_1)[0] == 0
    one.give("report-1.json", reviewer)
    assert reviewer.run(MERGE_REPORTS)[0] == 1
    assert two.run(APPLY_2)[0] == 0
    two.give("report-2.json", reviewer)
    code, summary = reviewer.run(MERGE_REPORTS)
    counts = [int(count) for count in re.findall(r"\d+", summary)]
    assert (code, sum(counts[:2]), counts[2:]) == (0, SANTRALS, [0] * 5)
    assert fleet.service.methods.count("POST") in range(SANTRALS, SANTRALS + 11)

    _three_change(reviewer)
    fleet.service.methods.clear()
    assert reviewer.run([*PLAN_CHANGED, "--out", "plan.json"])[0] == 0
    assert fleet.service.methods == ["GET"] * 3
    code, summary = reviewer.run(["apply", "plan.json", "--canary", "1", "--max-failures", "1"])
    assert (code, summary[:18]) == (0, "Apply: 3 applied, ")

    code, counts_at_the_end = reviewer.run(["plan", "--detailed-exitcode"])
    assert (code, counts_at_the_end) == (0, f"Plan: 0 to change, {SANTRALS} in sync, 0 failed.")


def _three_change(machine: Machine) -> None:
    """Make the change of a pull request."""
    machine.git("switch", "-q", "-c", "pull-request")
    path = machine.folder / "santral.yaml"
    text = path.read_text()
    path.write_text(text.replace("ringing: off", "ringing: on", 3))
    machine.git("commit", "-q", "-a", "-m", "three")


def test_each_command_of_the_guide_works(tmp_path: Path) -> None:
    """One shell, block after block, with keys of the reader's own.

    Those that need a cluster are run by tests/pipelines/test_kubernetes.py.
    """
    entries = "".join(map(_entry, NAMES[2:12])) + "".join(
        f"  {name}: {{labels: {{pilot: 'yes'}}, crm_integration: {{}}}}\n" for name in NAMES[:2]
    )
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "santral.yaml").write_text(HEAD + entries)
    program = tmp_path / "bin" / "santral"
    with_jq(program.parent)
    program.write_text(f"#!/bin/sh\n{warm.start()}\n")
    program.chmod(0o755)
    typed = "\n".join(block for block in blocks("sh", FLEETS) if "kubectl" not in block)
    with SandboxServer(Service(Store(), by_name(KEYS))).running() as address:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{_REPOSITORY}\n{typed}"],
            cwd=tmp_path / "work",
            env={
                "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
                "SANTRAL_API_URL": address,
                "SANTRAL_KEYS": "\n".join(f"{n}={key.reveal()}" for n, key in KEYS.items()),
                "SANTRAL_MAX_CHANGES": "100%",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert "crm.example.com\t12\t12\tnull" in done.stdout.splitlines()


_REPOSITORY = """\
git init -q -b main && git add santral.yaml
git -c user.name=a -c user.email=a@example.com commit -q -m first
sed -i 's/ringing: off/ringing: on/' santral.yaml
"""
