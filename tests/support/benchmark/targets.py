"""The figures that the program is held to, each beside what it is compared with.

Runs that are compared are made in turn, so that a machine whose speed changes changes both. Where
one and the other only differ in their number of santrals, what is compared is each further one.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from support.benchmark.figures import Figure, paired
from support.benchmark.processes import (
    BARE_LOOP,
    MOST_OPEN_FILES,
    PROGRAM,
    Clock,
    Usage,
    command,
    fast_server,
    sandbox,
    usage,
    write_fleet,
)

ROUNDS = 11
FEW_ROUNDS = 5
_FEW, _MANY = 100, 5_000
_LATENCY = 0.1
_LARGE, _LARGEST = 10_000, 50_000
_PASS = (sys.executable, "-c", "pass")

Run = Callable[[], Usage]


def start_up(folder: Path, clock: Clock) -> Iterator[Figure]:
    """Compare the program's start with that of Python itself."""
    fleet = write_fleet(folder / "3", 3)
    with fast_server() as origin:
        runs = [
            _running((*PROGRAM, "--version"), fleet),
            _running((*PROGRAM, "validate"), fleet),
            _running(command("plan", origin), fleet),
            _running((*PROGRAM, "plan", "--sandbox"), fleet),
        ]
        base, *taken = _in_turn(ROUNDS, _running(_PASS, fleet), *runs)
    names = ("--version", "validate", "plan of 3", "plan of 3 --sandbox")
    pass_seconds = sorted(_times(base, clock))[len(base) // 2]
    for name, used, limit in zip(names, taken, (4.5, 15, 23, 26), strict=True):
        what = f"santral {name}, to python -c pass ({pass_seconds * 1000:.0f} ms)"
        yield Figure(what, paired(_times(used, clock), _times(base, clock)), limit)


def large_file(folder: Path, clock: Clock) -> Iterator[Figure]:
    """Compare checking a large file with Python's start, and reading what changed with that."""
    fleet = write_fleet(folder / "10000", _LARGE)
    _commit(fleet)
    with fast_server() as origin:
        changed = _running(command("plan", origin, "--changed", "HEAD"), fleet)
        validate = _running((*PROGRAM, "validate"), fleet)
        base, checked, planned = _in_turn(FEW_ROUNDS, _running(_PASS, fleet), validate, changed)
    what = f"santral validate of {_LARGE:,}, to python -c pass"
    yield Figure(what, paired(_times(checked, clock), _times(base, clock)), 45)
    yield Figure(f"its memory for {_LARGE:,}", max(one.memory for one in checked), 50, "MB")
    what = f"plan --changed of 3 in {_LARGE:,}, to validate"
    yield Figure(what, paired(_times(planned, clock), _times(checked, clock)), 2.3)


def each_further(folder: Path, clock: Clock) -> Iterator[Figure]:
    """Compare what each further santral takes with a bare loop of requests' adapter."""
    few, many = write_fleet(folder / "few", _FEW), write_fleet(folder / "many", _MANY)
    with fast_server() as origin:
        taken = _in_turn(
            FEW_ROUNDS,
            _running(command("plan", origin), few),
            _running(command("plan", origin), many),
            _running((*BARE_LOOP, origin, str(_FEW), "10"), few),
            _running((*BARE_LOOP, origin, str(_MANY), "10"), few),
        )
    few_plans, many_plans, few_bare, many_bare = taken
    each, bare = _further(few_plans, many_plans, clock), _further(few_bare, many_bare, clock)
    yield Figure("plan without latency, each further santral", 1000 * min(each), unit="ms")
    yield Figure("the same, to a bare loop of requests' adapter", paired(each, bare), 1.6)


def waiting(folder: Path, _: Clock) -> Iterator[Figure]:
    """Compare what each further santral takes with the time that the latency alone would."""
    for parallelism, limit in ((32, 1.03), (128, 1.10)):
        sizes = (10 * parallelism, 50 * parallelism)
        fleets = [write_fleet(folder / str(size), size) for size in sizes]
        with fast_server("--latency", str(_LATENCY)) as origin:
            plan = command("plan", origin, "--parallelism", str(parallelism))
            few, many = _in_turn(3, *(_running(plan, fleet) for fleet in fleets))
        ideal = (sizes[1] - sizes[0]) / parallelism * _LATENCY
        spent = [
            more - less
            for less, more in zip(_times(few, Clock.WALL), _times(many, Clock.WALL), strict=True)
        ]
        what = f"each further santral at 100 ms, {parallelism} at a time, to the ideal"
        yield Figure(what, sorted(spent)[1] / ideal, limit)


def encrypted(folder: Path, clock: Clock) -> Iterator[Figure]:
    """Compare a plan over HTTPS with one over plain HTTP."""
    import trustme  # noqa: PLC0415 - the other figures need nothing that is not installed

    fleet, authority = write_fleet(folder / "1000", 1_000), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate = authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem
    certificate.write_to_path(folder / "server.pem")
    with (
        fast_server() as plain,
        fast_server("--certificate", str(folder / "server.pem")) as encrypted,
    ):
        options = ("--ca-file", str(folder / "ca.pem"))
        over_tls = _running(command("plan", encrypted, *options), fleet)
        ours, theirs = _in_turn(FEW_ROUNDS, over_tls, _running(command("plan", plain), fleet))
    yield Figure(
        "plan of 1,000 over HTTPS, to plain HTTP",
        paired(_times(ours, clock), _times(theirs, clock)),
        1.6,
    )


def largest(folder: Path, _: Clock) -> Iterator[Figure]:
    """Measure what the largest fleet takes against the stand-in."""
    used = {}
    for size in (_LARGE, _LARGEST):
        fleet = write_fleet(folder / str(size), size)
        with sandbox(fleet) as origin:
            used[size] = usage(command("plan", origin), fleet, most_files=MOST_OPEN_FILES)
    yield Figure(f"plan of {_LARGEST:,} santrals", used[_LARGEST].seconds, unit="s")
    growth = (used[_LARGEST].memory - used[_LARGE].memory) * 1024 / (_LARGEST - _LARGE)
    yield Figure(f"memory for each santral beyond {_LARGE:,}", growth, 6, "KB")


def _running(started: Sequence[str], folder: Path) -> Run:
    return lambda: usage(started, folder)


def _in_turn(rounds: int, *runs: Run) -> list[list[Usage]]:
    """Make each run so many times, one after the other; the first time is for practice."""
    for run in runs:
        run()
    made = [[run() for run in runs] for _ in range(rounds)]
    return [[*column] for column in zip(*made, strict=True)]


def _times(used: Sequence[Usage], clock: Clock) -> list[float]:
    return [one.by(clock) for one in used]


def _further(few: Sequence[Usage], many: Sequence[Usage], clock: Clock) -> list[float]:
    """Return the seconds that each further one takes."""
    pairs = zip(_times(few, clock), _times(many, clock), strict=True)
    return [(more - less) / (_MANY - _FEW) for less, more in pairs]


def _commit(fleet: Path) -> None:
    """Commit the file, and then change three of its santrals."""
    who = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com")
    for arguments in (("init", "-q"), ("add", "santral.yaml"), (*who, "commit", "-qm", "fleet")):
        subprocess.run(("git", *arguments), cwd=fleet, check=True)
    file = fleet / "santral.yaml"
    text = file.read_text()
    for number in (7, 5_000, 9_998):
        entry = f"santral-{number:05d}: {{crm_integration: {{"
        text = text.replace(entry, f"{entry}ringing: off")
    file.write_text(text)
