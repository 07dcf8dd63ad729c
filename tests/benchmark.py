"""Measure what users wait for, as ratios that hold on any machine, and check them.

Run as ``python tests/benchmark.py``; ``--check`` ends with 1 when a ratio is over its limit.
Each figure is the median of several runs, taken in turn with the runs it is compared to.
"""

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROUNDS = 7
SANTRALS = 1_000
LATENCY = 0.1
PARALLELISM = 32
EXAMPLE = Path(__file__).parent.parent / "santral.yaml.example"
PROGRAM = (sys.executable, "-m", "reconciler")


@dataclass(frozen=True)
class Figure:
    """A ratio, what it compares, and what it may be."""

    what: str
    ratio: float
    limit: float

    def __str__(self) -> str:
        verdict = "ok" if self.ratio <= self.limit else "OVER"
        return f"{self.what:<62} {self.ratio:6.2f} x  (at most {self.limit:g})  {verdict}"


def main() -> int:
    """Print every ratio; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a limit is passed")
    is_check = parser.parse_args().check
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for measure in (start_up, parallel_plan, environment_size):
            for figure in measure(Path(folder)):
                figures.append(figure)
                print(figure, flush=True)  # noqa: T201
    return int(is_check and any(figure.ratio > figure.limit for figure in figures))


def start_up(folder: Path) -> Iterator[Figure]:
    """Compare the program's start with that of Python itself."""
    config = ("-c", str(EXAMPLE))
    commands = {
        "python -c pass": (sys.executable, "-c", "pass"),
        "santral --version": (*PROGRAM, "--version"),
        "santral validate": (*PROGRAM, "validate", *config),
        "santral plan --sandbox": (*PROGRAM, "plan", *config, "--sandbox"),
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            times[name].append(_seconds(command, folder))
    base = median(times.pop("python -c pass"))
    for (name, taken), limit in zip(times.items(), (6, 20, 35), strict=True):
        yield Figure(
            f"{name}, to python -c pass ({base * 1000:.0f} ms)", median(taken) / base, limit
        )


def parallel_plan(folder: Path) -> Iterator[Figure]:
    """Compare a fleet's plan with the time that the API's latency alone would take."""
    _write_fleet(folder, SANTRALS)
    ideal = SANTRALS * LATENCY / PARALLELISM
    with _sandbox(folder, "--latency", f"{LATENCY * 1000:.0f}") as origin:
        taken = [_plan(folder, origin, PARALLELISM) for _ in range(3)]
    what = f"plan of {SANTRALS} santrals at 100 ms, {PARALLELISM} at a time, to the ideal"
    yield Figure(what, median(taken) / ideal, 1.25)


def environment_size(folder: Path) -> Iterator[Figure]:
    """Compare a plan among 5,000 more environment variables with one among few."""
    _write_fleet(folder, SANTRALS // 2)
    crowd = {f"UNRELATED_{number}": "x" for number in range(5_000)}
    few, many = [], []
    with _sandbox(folder) as origin:
        for _ in range(3):
            few.append(_plan(folder, origin, 10))
            many.append(_plan(folder, origin, 10, crowd))
    what = f"plan of {SANTRALS // 2} santrals, 5,000 more variables to few"
    yield Figure(what, median(many) / median(few), 1.5)


def _seconds(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> float:
    started = time.perf_counter()
    subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - started


def _plan(
    folder: Path, origin: str, parallelism: int, environment: Mapping[str, str] | None = None
) -> float:
    options = ("--keys-file", "keys", "--api-url", origin, "--parallelism", str(parallelism))
    return _seconds((*PROGRAM, "plan", *options), folder, environment)


def _write_fleet(folder: Path, size: int) -> None:
    """Write a fleet whose every santral differs from what the stand-in holds, and its keys."""
    names = [f"santral-{number}" for number in range(size)]
    entries = "".join(f"  {name}: {{crm_integration: {{}}}}\n" for name in names)
    url = "https://crm.example.com/{name}"
    defaults = f"defaults: {{crm_integration: {{hangup: on, notification_url: '{url}'}}}}\n"
    (folder / "santral.yaml").write_text(f"version: 1\n{defaults}santrals:\n{entries}")
    keys = (f"{name}=K{n:08d}-0000-0000-0000-000000000000\n" for n, name in enumerate(names))
    (folder / "keys").write_text("".join(keys))


@contextlib.contextmanager
def _sandbox(folder: Path, *options: str) -> Iterator[str]:
    """Serve the stand-in from a process of its own; gives its origin."""
    command = (*PROGRAM, "sandbox", "--port", "0", "--state", str(folder / "state.json"), *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        found = re.search(r"http://[0-9.:]+", server.stdout.readline() if server.stdout else "")
        try:
            yield found.group() if found else ""
        finally:
            server.terminate()


if __name__ == "__main__":
    sys.exit(main())
