"""Measure what users wait for, as ratios that hold on any machine, and check them.

Run as ``python tests/benchmark.py``; ``--check`` ends with 1 when a figure is over its limit, and
``--peers`` compares the program with others, which it installs into a folder of its own.
Short runs are taken several times, in turn with those they are compared to; the median counts.
"""

import argparse
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from support.benchmark import targets
from support.benchmark.comparison import compare
from support.benchmark.figures import Figure
from support.benchmark.processes import (
    MOST_OPEN_FILES,
    Clock,
    Usage,
    command,
    compile_once,
    sandbox,
    usage,
    write_fleet,
)
from support.key_crowds import ALPHABETS, made_up_keys

from reconciler.cli.connecting import made_up_key
from reconciler.core.key_finder import KeyCodes, KeyFinder
from reconciler.core.secret import Key

LIMITED_SANTRALS = 200
RATE_LIMIT = "2/5"
FLEET_SIZES = (100, 1_000, 10_000)
MOST_BYTES_A_KEY = 1024
"""For looking for keys in texts by others."""
CODES = KeyCodes("key-pasted", "key-pasted-of", "key-pasted-of-none")


def main() -> int:
    """Print every figure; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a limit is passed")
    parser.add_argument("--quick", action="store_true", help="leave out fleets of 10,000 and more")
    parser.add_argument("--peers", action="store_true", help="compare with other programs instead")
    parser.add_argument(
        "--processor",
        action="store_true",
        help="where processes are compared, compare processor time: for a busy machine",
    )
    given = parser.parse_args()
    clock = Clock.PROCESSOR if given.processor else Clock.WALL
    with tempfile.TemporaryDirectory() as folder:
        compile_once(Path(folder) / "compiled")
        figures = [*_told(Path(folder), clock, peers=given.peers, quick=given.quick)]
    return int(given.check and any(figure.is_over for figure in figures))


def _told(folder: Path, clock: Clock, *, peers: bool, quick: bool) -> Iterator[Figure]:
    """Print what is measured as it comes, and yield the figures."""
    chosen = [measure for measure in MEASURES if not (quick and measure in LARGE)]
    for measure in [compare] if peers else chosen:
        for told in measure(folder, clock):
            print(told, flush=True)  # noqa: T201
            if isinstance(told, Figure):
                yield told


def environment_size(folder: Path, _clock: Clock) -> Iterator[Figure]:
    """Compare a plan among 5,000 more environment variables with one among few."""
    fleet = write_fleet(folder / "500", 500)
    crowd = {f"UNRELATED_{number}": "x" for number in range(5_000)}
    few, many = [], []
    with sandbox(fleet) as origin:
        for _ in range(3):
            few.append(usage(command("plan", origin), fleet).seconds)
            many.append(usage(command("plan", origin), fleet, crowd).seconds)
    what = "plan of 500 santrals, 5,000 more variables to few"
    yield Figure(what, median(many) / median(few), 1.5)


def rate_limit(folder: Path, _clock: Clock) -> Iterator[Figure]:
    """Compare a fleet's changes under the API's rate limit with the change of one santral alone."""
    fleet, one = write_fleet(folder / "limited", LIMITED_SANTRALS + 1), "santral-00000"
    with sandbox(fleet, "--rate-limit", RATE_LIMIT) as origin:
        apply = command("apply", origin, "--max-changes", "100%")
        alone = usage((*apply, "--target", one), fleet).seconds
        together = usage((*apply, "--exclude", one), fleet).seconds
    what = f"apply of {LIMITED_SANTRALS} under {RATE_LIMIT} s a key, to one ({alone:.1f} s)"
    yield Figure(what, together / alone, 1.3)


def fleet_size(folder: Path, _clock: Clock) -> Iterator[Figure]:
    """Compare what a santral costs in a large fleet with what it costs in a smaller one.

    Processor time is compared, which other programs on the machine do not lengthen.
    """
    used: dict[tuple[str, int], Usage] = {}
    for size in FLEET_SIZES:
        fleet = write_fleet(folder / str(size), size)
        with sandbox(fleet) as origin:
            for name in ("plan", "apply"):
                run = command(name, origin, "--max-changes", "100%")
                used[name, size] = usage(run, fleet, most_files=MOST_OPEN_FILES)
                each = used[name, size].seconds / size * 1000
                yield Figure(f"{name} of {size:,} santrals, each", each, unit="ms")
    _, medium, large = FLEET_SIZES
    for name in ("plan", "apply"):
        growth = used[name, large].processor_seconds / used[name, medium].processor_seconds
        what = f"processor time of {name} for a santral of {large:,}, to one of {medium:,}"
        yield Figure(what, growth / (large / medium), 1.2)
    most = max(one.memory for one in used.values())
    what = f"memory for {large:,}, planned and applied, {MOST_OPEN_FILES} open files"
    yield Figure(what, most, 120, "MB")


def finder(_folder: Path, _clock: Clock) -> Iterator[Figure]:
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


MEASURES = (
    targets.start_up,
    targets.large_file,
    targets.each_further,
    targets.waiting,
    targets.encrypted,
    environment_size,
    rate_limit,
    fleet_size,
    targets.largest,
    finder,
)
LARGE = (targets.large_file, fleet_size, targets.largest)


if __name__ == "__main__":
    sys.exit(main())
