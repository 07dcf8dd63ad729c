"""The table of ratios: how long others take for what this program takes once."""

import json
import os
import platform
import re
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from support.benchmark.figures import Figure
from support.benchmark.peers import (
    PARALLELISM,
    SIZES,
    Peer,
    Scratch,
    Task,
    checked,
    installed,
    peers_of,
)
from support.benchmark.processes import Clock, Usage, fast_server, usage

import reconciler

ROUNDS = 5
_LIMITS = {
    ("octoDNS", 1_000, 0.0): ("plan of 1,000 without latency, to octoDNS", 1 / 3.5),
    ("curl and jq", 1_000, 0.1): ("plan of 1,000 at 100 ms, to curl and jq", 1.08),
}

Case = tuple[int, float]
"""How many santrals, and the latency in seconds."""


def compare(folder: Path, _: Clock) -> Iterator[str | Figure]:
    """Yield a table in Markdown, line by line, and the figures that have limits."""
    scratch = installed(folder / "scratch")
    taken: dict[Case, dict[str, list[Usage]]] = {}
    load: list[float] = []
    served: dict[float, tuple[float, int]] = {}
    for latency in PARALLELISM:
        with fast_server("--latency", str(latency), python=scratch.python) as origin:
            for size in SIZES:
                task = Task(folder / f"{size}", origin, size, PARALLELISM[latency])
                taken[size, latency] = _measure(task, peers_of(scratch), load)
            served[latency] = _asked(origin)
    yield from _table(scratch, taken)
    yield from _about(scratch, served[0.0], max(load))
    for (name, size, latency), (what, limit) in _LIMITS.items():
        runs = taken[size, latency]
        if name in runs:
            yield Figure(what, _seconds(runs["santral plan"]) / _seconds(runs[name]), limit)


def _measure(task: Task, peers: Sequence[Peer], load: list[float]) -> dict[str, list[Usage]]:
    """Run each in turn, and note the share of a core that the server took."""
    task.folder.mkdir(exist_ok=True)
    commands = {peer.name: peer.prepare(task) for peer in peers}
    for peer in (one for one in peers if not one.is_slow or task.size == min(SIZES)):
        checked(peer, task, commands[peer.name])
    taken: dict[str, list[Usage]] = {peer.name: [] for peer in peers}
    for number in range(ROUNDS):
        for peer in (one for one in peers if not (one.is_slow and number)):
            before = _asked(task.origin)[0]
            used = usage(commands[peer.name], task.folder, peer.environment)
            load.append((_asked(task.origin)[0] - before) / used.seconds)
            taken[peer.name].append(used)
    return taken


def _asked(origin: str) -> tuple[float, int]:
    """Return the processor seconds that the server has taken, and for how many requests."""
    with urllib.request.urlopen(f"{origin}/usage") as answer:  # noqa: S310 - our own server's
        used = json.load(answer)
    return used["seconds"], used["requests"]


def _seconds(runs: Sequence[Usage]) -> float:
    """Return what the fastest run took: others wait for whatever else the machine does."""
    return min(one.seconds for one in runs)


def _table(scratch: Scratch, taken: Mapping[Case, Mapping[str, Sequence[Usage]]]) -> Iterator[str]:
    cases = sorted(taken, key=lambda case: (case[1], case[0]))
    heads = [f"{size:,}, {1000 * latency:.0f} ms" for size, latency in cases]
    yield f"| | {' | '.join(heads)} |"
    yield f"| --- {'| --- ' * len(cases)}|"
    for name in taken[cases[0]]:
        cells = (_cell(taken[case], name) for case in cases)
        yield f"| {name} | {' | '.join(cells)} |"
    for name, reason in scratch.missing.items():
        yield f"| {name} | {' | '.join(['not measured: ' + reason] * len(cases))} |"


def _cell(runs: Mapping[str, Sequence[Usage]], name: str) -> str:
    ours, seconds = _seconds(runs["santral plan"]), _seconds(runs[name])
    shown = f"{seconds:.2f} s"
    return shown if name == "santral plan" else f"{seconds / ours:.2f} × ({shown})"


def _about(scratch: Scratch, used: tuple[float, int], load: float) -> Iterator[str]:
    """Say when, where and with what this was measured."""
    seconds, requests = used
    server = f"{'asyncio' if 'uvloop' in scratch.missing else 'uvloop'} server"
    at_a_time = " and ".join(
        f"{number} at a time at {1000 * latency:.0f} ms" for latency, number in PARALLELISM.items()
    )
    yield ""
    yield f"{datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} cores ({_model()}); {platform.system()}."
    yield f"Requests: {at_a_time}. The fastest of {ROUNDS} runs in turn; of Ansible, 1 run."
    yield (
        f"The {server} took {1e6 * seconds / requests:.0f} µs of processor time for a request, "
        f"so it can answer {requests / seconds:,.0f} a second; it was at most {load:.0%} busy."
    )
    yield f"{'; '.join(_versions(scratch))}."


def _model() -> str:
    """Return the processor's name."""
    file = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", file.read_text() if file.exists() else "")
    return found[1] if found else platform.processor() or platform.machine()


def _versions(scratch: Scratch) -> Iterator[str]:
    yield f"santral {reconciler.__version__}"
    yield f"Python {platform.python_version()}"
    for package in ("requests", "urllib3", "PyYAML", "jsonschema", "deepdiff", "click"):
        yield f"{package} {version(package)}"
    for package in ("octodns", "octodns-powerdns", "ansible-core", "uvloop"):
        found = scratch.version(package)
        if found:
            yield f"{package} {found}"
    for program in ("curl", "jq"):
        shown = subprocess.run((program, "--version"), capture_output=True, text=True, check=False)
        yield shown.stdout.split("\n")[0].split(" (")[0].replace("jq-", "jq ")
