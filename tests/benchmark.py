"""Measure what users wait for, as ratios that hold on any machine, and check them.

Run as ``python tests/benchmark.py``; ``--check`` ends with 1 when a figure is over its limit.
Short runs are taken several times, in turn with those they are compared to; the median counts.
"""

import argparse
import contextlib
import math
import os
import re
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from support.key_crowds import ALPHABETS, made_up_keys
from support.places import EXAMPLE

from reconciler.cli.connecting import made_up_key
from reconciler.core.key_finder import KeyCodes, KeyFinder
from reconciler.core.secret import Key

ROUNDS = 7
SANTRALS = 1_000
LATENCY = 0.1
PARALLELISM = 32
LIMITED_SANTRALS = 200
RATE_LIMIT = "2/5"
FLEET_SIZES = (100, 1_000, 10_000)
MOST_MEMORY = 200
"""In MB, of the whole process."""
MOST_OPEN_FILES = 64
MOST_BYTES_A_KEY = 1024
"""For looking for keys in texts by others."""
PROGRAM = (sys.executable, "-P", "-m", "reconciler")


@dataclass(frozen=True)
class Figure:
    """A number, in most cases a ratio, what it says, and what it may be."""

    what: str
    number: float
    limit: float = math.inf
    unit: str = "x"

    @property
    def is_over(self) -> bool:
        return self.number > self.limit

    def __str__(self) -> str:
        verdict = f"(at most {self.limit:g})  {'OVER' if self.is_over else 'ok'}"
        told = "" if math.isinf(self.limit) else verdict
        return f"{self.what:<68} {self.number:6.2f} {self.unit:<2}  {told}".rstrip()


@dataclass(frozen=True)
class Usage:
    """What a process took."""

    seconds: float
    processor_seconds: float
    memory: float
    """In MB, at its peak."""


CODES = KeyCodes("key-pasted", "key-pasted-of", "key-pasted-of-none")


def main() -> int:
    """Print every figure; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a limit is passed")
    parser.add_argument("--quick", action="store_true", help="leave out fleets of 10,000")
    given = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for measure in (one for one in MEASURES if one is not fleet_size or not given.quick):
            for figure in measure(Path(folder)):
                figures.append(figure)
                print(figure, flush=True)  # noqa: T201
    return int(given.check and any(figure.is_over for figure in figures))


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


def rate_limit(folder: Path) -> Iterator[Figure]:
    """Compare a fleet's changes under the API's rate limit with the change of one santral alone."""
    _write_fleet(folder, LIMITED_SANTRALS + 1)
    one = "santral-0"
    with _sandbox(folder, "--rate-limit", RATE_LIMIT) as origin:
        command = _command("apply", origin, "--max-changes", "100%")
        alone = _seconds((*command, "--target", one), folder)
        together = _seconds((*command, "--exclude", one), folder)
    what = f"apply of {LIMITED_SANTRALS} under {RATE_LIMIT} s a key, to one ({alone:.1f} s)"
    yield Figure(what, together / alone, 1.3)


def fleet_size(folder: Path) -> Iterator[Figure]:
    """Compare what a santral costs in a large fleet with what it costs in a smaller one.

    Processor time is compared, which other programs on the machine do not lengthen.
    """
    used = {}
    for size in FLEET_SIZES:
        _write_fleet(folder, size)
        with _sandbox(folder) as origin:
            for name in ("plan", "apply"):
                command = _command(name, origin, "--max-changes", "100%")
                used[name, size] = usage = _usage(command, folder)
                each = usage.seconds / size * 1000
                yield Figure(f"{name} of {size:,} santrals, each", each, unit="ms")
    _, medium, large = FLEET_SIZES
    for name in ("plan", "apply"):
        growth = used[name, large].processor_seconds / used[name, medium].processor_seconds
        what = f"processor time of {name} for a santral of {large:,}, to one of {medium:,}"
        yield Figure(what, growth / (large / medium), 1.2)
    most = max(usage.memory for usage in used.values())
    what = f"memory for {large:,} santrals, with at most {MOST_OPEN_FILES} open files"
    yield Figure(what, most, MOST_MEMORY, "MB")


def finder(_: Path) -> Iterator[Figure]:
    """Measure what looking for every key of a run takes, in memory a key and in time a text."""
    count = FLEET_SIZES[-1]
    owners: dict[Key, str | None] = dict.fromkeys(map(made_up_key, map(str, range(count))))
    for alphabet in ALPHABETS:
        keys = made_up_keys(count // 10, 256, alphabet)
        what = f"memory for looking for {len(keys):,} long keys of {alphabet}, each"
        KeyFinder(
            dict.fromkeys(keys[:60])
        )  # What is kept once, HTML's names say, is there by then.
        yield Figure(what, _memory_for(dict.fromkeys(keys)) / len(keys), MOST_BYTES_A_KEY, "B")
    what = f"memory for looking for {count:,} keys, each"
    yield Figure(what, _memory_for(owners) / count, MOST_BYTES_A_KEY, "B")
    searched = KeyFinder(owners)
    seconds = []
    for length in (2**16, 2**20):
        text = ("https://crm.example.com/" * length)[:length]
        started = time.process_time()
        searched.find(text, CODES)
        seconds.append(time.process_time() - started)
    what = f"looking for {count:,} keys in a character of 1 MiB, to one of 64 KiB"
    yield Figure(what, seconds[1] / seconds[0] / 16, 2)


def _memory_for(owners: Mapping[Key, str | None]) -> int:
    """Return the most bytes that are in use while a finder is made, and so once it is."""
    tracemalloc.start()
    KeyFinder(owners)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


MEASURES = (start_up, parallel_plan, environment_size, rate_limit, fleet_size, finder)


def _usage(command: Sequence[str], folder: Path) -> Usage:
    """Run a command that may open few files, and say what it took."""
    limited = ("sh", "-c", f'ulimit -n {MOST_OPEN_FILES} && exec "$@"', "sh", *command)
    started = time.perf_counter()
    process = subprocess.Popen(limited, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    units_in_mb = 2**20 if sys.platform == "darwin" else 2**10
    return Usage(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / units_in_mb)


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
    command = _command("plan", origin, "--parallelism", str(parallelism))
    return _seconds(command, folder, environment)


def _command(name: str, origin: str, *options: str) -> tuple[str, ...]:
    return (*PROGRAM, name, "--keys-file", "keys", "--api-url", origin, *options)


def _write_fleet(folder: Path, size: int) -> None:
    """Write a fleet whose every santral differs from what a new stand-in holds, and its keys."""
    names = [f"santral-{number}" for number in range(size)]
    entries = "".join(f"  {name}: {{crm_integration: {{}}}}\n" for name in names)
    url = "https://crm.example.com/{name}"
    defaults = f"defaults: {{crm_integration: {{hangup: on, notification_url: '{url}'}}}}\n"
    (folder / "santral.yaml").write_text(f"version: 1\n{defaults}santrals:\n{entries}")
    keys = (f"{name}=K{n:08d}-0000-0000-0000-000000000000\n" for n, name in enumerate(names))
    (folder / "keys").write_text("".join(keys))


@contextlib.contextmanager
def _sandbox(folder: Path, *options: str) -> Iterator[str]:
    """Serve a new stand-in from a process of its own; gives its origin."""
    state = folder / "state.json"
    state.unlink(missing_ok=True)
    command = (*PROGRAM, "sandbox", "--port", "0", "--state", str(state), *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        found = re.search(r"http://[0-9.:]+", server.stdout.readline() if server.stdout else "")
        try:
            yield found.group() if found else ""
        finally:
            server.terminate()


if __name__ == "__main__":
    sys.exit(main())
