"""Fuzz every reader of text by others for a while: ``python tests/fuzz.py --seconds 20``.

Each target runs in a process of its own, guided by which branches an input takes. An input for
which something does not hold that should is cut down, printed, and kept under
``tests/support/cases/fuzz``, where the test suite tries it from then on; the exit code is then 1.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from support.fuzzed.target import FOUND, Target
from support.fuzzed.targets import TARGETS
from support.places import SUPPORT, importing_support

_LINES_SHOWN = 30
"""Of libFuzzer's log: its end has the traceback."""
_LONGEST_WORD = 64
"""libFuzzer takes no longer ones."""
_OPTIONS = ("-seed=1", "-max_len=8192", "-timeout=20", "-rss_limit_mb=2048", "-dict=words", "seeds")


@dataclass(frozen=True)
class Run:
    """What came of fuzzing one target."""

    name: str
    count: int
    is_clean: bool
    finding: bytes | None
    log: str

    def __str__(self) -> str:
        verdict = "nothing found" if self.is_clean else "FOUND"
        return f"{self.name:<13} {self.count:>9,} inputs  {verdict}"


def main() -> int:
    """Print what came of each target; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="for each target; 20 if not given")
    parser.add_argument("--target", action="append", choices=TARGETS, help="repeatable")
    options = parser.parse_args()
    if not find_spec("atheris"):
        print("Skipped: atheris is not installed; the extra named fuzz has it where it runs.")  # noqa: T201
        return 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        names = (f"support.fuzzed.{name}" for name in options.target or TARGETS)
        reports = [*map(_report, pool.map(lambda name: fuzz(name, options.seconds), names))]
    return int(not all(reports))


def fuzz(module: str, seconds: int) -> Run:
    """Fuzz the target of a module for so many seconds, or until something is found."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        _write_start(folder, import_module(module).TARGET)
        worker = _worked(folder, module, seconds)
        found = [path.read_bytes() for path in folder.iterdir() if _IS_FINDING.match(path.name)]
    counts = map(int, re.findall(r"^#([0-9]+)", worker.stdout, re.MULTILINE))
    return Run(
        name=module.removeprefix("support.fuzzed."),
        count=max(counts, default=0),
        is_clean=worker.returncode == 0,
        finding=found[0] if found else None,
        log=worker.stdout,
    )


def _worked(folder: Path, module: str, seconds: int) -> subprocess.CompletedProcess[str]:
    worker, limit = SUPPORT / "fuzz_worker.py", f"-max_total_time={seconds}"
    return subprocess.run(
        [sys.executable, worker, module, limit, *_OPTIONS],
        cwd=folder,
        env={**importing_support(), "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


_IS_FINDING = re.compile("crash-|timeout-|oom-")
_EXCEPTION = "Uncaught Python exception"


def _write_start(folder: Path, target: Target) -> None:
    """Write what libFuzzer starts from: the seeds, each a file, and the words, each a line."""
    (folder / "seeds").mkdir()
    for number, seed in enumerate(target.seeds):
        (folder / "seeds" / f"{number:03}").write_bytes(seed)
    words = (word for word in target.words if len(word) <= _LONGEST_WORD)
    lines = ("".join(f"\\x{byte:02x}" for byte in word) for word in words)
    (folder / "words").write_text("".join(f'"{line}"\n' for line in lines))


def _report(run: Run) -> bool:
    """Print a run, and keep what it found; return whether that is nothing."""
    print(run, flush=True)  # noqa: T201
    if run.is_clean:
        return True
    print(*run.log.splitlines()[-_LINES_SHOWN:], sep="\n")  # noqa: T201
    if run.finding is not None:
        is_quick = _EXCEPTION in run.log  # What never ends would not end here either.
        small = smallest(TARGETS[run.name].check, run.finding) if is_quick else run.finding
        print(f"{small!r}\nkept as {keep(FOUND / run.name, small)}", flush=True)  # noqa: T201
    return False


def smallest(check: Callable[[bytes], object], finding: bytes) -> bytes:
    """Cut pieces out of a finding for as long as it stays one."""
    size = len(finding) // 2
    while size:
        start = 0
        while start < len(finding):
            shorter = finding[:start] + finding[start + size :]
            if _fails(check, shorter):
                finding = shorter
            else:
                start += size
        size //= 2
    return finding


def _fails(check: Callable[[bytes], object], content: bytes) -> bool:
    try:
        check(content)
    except Exception:  # noqa: BLE001 - whatever it is, it is a finding
        return True
    return False


def keep(folder: Path, finding: bytes) -> Path:
    """Write a finding to the disk, and return where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / sha256(finding).hexdigest()[:12]
    path.write_bytes(finding)
    return path


if __name__ == "__main__":
    sys.exit(main())
