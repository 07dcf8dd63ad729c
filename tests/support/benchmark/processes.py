"""Running the program, and what it is compared to, as processes; and what each of them took."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

MOST_OPEN_FILES = 64
PROGRAM = (sys.executable, "-P", "-m", "reconciler")
_FAST_SERVER = Path(__file__).with_name("fast_server.py")
BARE_LOOP = (sys.executable, str(Path(__file__).with_name("bare_loop.py")))


class Clock(Enum):
    """Which time counts where one process is compared with another."""

    WALL = auto()
    """What a user waits for."""
    PROCESSOR = auto()
    """What a process takes itself, which hardly depends on what else the machine does."""


@dataclass(frozen=True)
class Usage:
    """What a process took."""

    seconds: float
    processor_seconds: float
    memory: float
    """In MB, at its peak."""

    def by(self, clock: Clock) -> float:
        """Return the seconds that count."""
        return self.seconds if clock is Clock.WALL else self.processor_seconds


def usage(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    *,
    most_files: int | None = None,
) -> Usage:
    """Run a command, and say what it took; raises CalledProcessError where it fails."""
    limited = ("sh", "-c", f'ulimit -n {most_files} && exec "$@"', "sh", *command)
    started = time.perf_counter()
    process = subprocess.Popen(
        limited if most_files else command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    units_in_mb = 2**20 if sys.platform == "darwin" else 2**10
    return Usage(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / units_in_mb)


def compile_once(folder: Path) -> None:
    """Have Python keep what it compiles, as an installed program is compiled; in a folder."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)


def command(name: str, origin: str, *options: str) -> tuple[str, ...]:
    """Return a command of the program on the fleet in the working folder."""
    return (*PROGRAM, name, "--keys-file", "keys", "--api-url", origin, *options)


def write_fleet(folder: Path, size: int) -> Path:
    """Write a fleet whose every santral differs from what a new stand-in holds, and its keys."""
    folder.mkdir(exist_ok=True)
    names = [f"santral-{number:05d}" for number in range(size)]
    entries = "".join(f"  {name}: {{crm_integration: {{}}}}\n" for name in names)
    url = "https://crm.example.com/{name}"
    defaults = f"defaults: {{crm_integration: {{hangup: on, notification_url: '{url}'}}}}\n"
    (folder / "santral.yaml").write_text(f"version: 1\n{defaults}santrals:\n{entries}")
    keys = (f"{name}={key_of(number)}\n" for number, name in enumerate(names))
    (folder / "keys").touch(mode=0o600)
    (folder / "keys").write_text("".join(keys))
    return folder


def key_of(number: int) -> str:
    """Return the key of a santral of such a fleet."""
    return f"K{number:08d}-0000-0000-0000-000000000000"


@contextlib.contextmanager
def sandbox(folder: Path, *options: str) -> Iterator[str]:
    """Serve a new stand-in from a process of its own; gives its origin."""
    state = folder / "state.json"
    state.unlink(missing_ok=True)
    with _serving((*PROGRAM, "sandbox", "--port", "0", "--state", str(state), *options)) as origin:
        yield origin


@contextlib.contextmanager
def fast_server(*options: str, python: str = sys.executable) -> Iterator[str]:
    """Serve from a process of its own, by a server that is no bottleneck; gives its origin."""
    with _serving((python, str(_FAST_SERVER), *options)) as origin:
        yield origin


@contextlib.contextmanager
def _serving(started: Sequence[str]) -> Iterator[str]:
    with subprocess.Popen(started, stdout=subprocess.PIPE, text=True) as server:
        found = re.search(r"https?://[0-9.:]+", server.stdout.readline() if server.stdout else "")
        try:
            yield found.group() if found else ""
        finally:
            server.terminate()
