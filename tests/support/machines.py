"""The machines that run a pipeline's jobs: Python, and all that pip may find there."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from support.fleet import KEYS
from support.places import ROOT

import reconciler

PACKAGE = f"santral-reconciler=={reconciler.__version__}"
"""What a pipeline is told to install: this program, as a wheel."""
_LOCK = ROOT / "requirements.lock"
_RECORDER = """\
if [ -n "${CI_JOB_NAME:-$GITHUB_JOB}" ]; then
  cat "$0" >"$RECORDS/$$.script" 2>/dev/null
  env -0 >"$RECORDS/$$.env"
fi
"""
"""What bash reads first in each step that is run: it notes the step and its environment."""


@dataclass(frozen=True)
class Supplies:
    """What was made once for all machines."""

    folder: Path

    @property
    def bare(self) -> Path:
        """A Python with nothing but pip."""
        return self.folder / "bare"

    @property
    def ready(self) -> Path:
        """A Python in which the program and all that it needs are installed already.

        Its pip has nothing to do, which takes it no time.
        """
        return self.folder / "ready"

    @property
    def program(self) -> Path:
        """The program's repository, but for tests, as a workflow of somebody else checks it out."""
        return self.folder / "program"

    @property
    def index(self) -> Mapping[str, str]:
        """What has pip find all that the lock names, and this program, without any network."""
        wheels = str(self.folder / "wheels")
        return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels, "PIP_CONFIG_FILE": os.devnull}

    def make(self) -> None:
        """Make them, if nobody else has, or wait for who is at it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.folder.joinpath("lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.ready.exists():
                self._make()

    def _make(self) -> None:
        _run(sys.executable, "-m", "venv", str(self.bare))
        pip = [str(self.bare / "bin" / "python"), "-I", "-m", "pip"]
        _run(*pip, "install", "-q", "--upgrade", "pip")
        wheels = str(self.folder / "wheels")
        _run(*pip, "download", "-q", "--require-hashes", "-r", str(_LOCK), "-d", wheels)
        left_out = shutil.ignore_patterns(".*", "tests", "__pycache__", "build", "dist")
        shutil.copytree(ROOT, self.program, ignore=left_out)
        made = self.folder / "being-made"
        copy(self.bare, made)
        pip = [str(made / "bin" / "python"), "-I", "-m", "pip"]
        _run(*pip, "install", "-q", "--require-hashes", "-r", str(_LOCK), **self.index)
        _run(*pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", wheels, str(ROOT))
        _run(*pip, "install", "-q", "--no-deps", PACKAGE, **self.index)
        (modules,) = made.glob("lib/python*/site-packages/pip")
        shutil.rmtree(modules)
        modules.mkdir()
        (modules / "__main__.py").touch()
        copy(made, self.ready)  # whose scripts begin with the name of the Python that they are in

    def machine(self, folder: Path, **more: str) -> dict[str, str]:
        """Return the environment of a machine with a folder of its own, and little else in it."""
        folder.mkdir(parents=True)
        records = folder / "records"
        records.mkdir()
        recorder = folder / "recorder.sh"
        recorder.write_text(_RECORDER)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "BASH_ENV": str(recorder),
            "RECORDS": str(records),
            **self.index,
            **more,
        }


def run_named(log: str) -> str:
    """Return the ID by which the log of an apply calls its run."""
    found = re.search(r"^This was run (\S+)\. ", log, re.MULTILINE)
    assert found, log
    return found[1]


@dataclass(frozen=True)
class Step:
    """A script that was run, and the environment that it had."""

    script: str
    environment: Mapping[str, str]


def keys_in(texts: Iterable[str]) -> list[str]:
    """Return the names of the santrals whose keys stand in any of these texts."""
    said = [*texts]
    return [name for name, key in KEYS.items() if any(key.reveal() in text for text in said)]


def steps(machine: Mapping[str, str]) -> list[Step]:
    """Return the steps that were run on a machine, in no order."""
    noted = Path(machine["RECORDS"]).glob("*.env")
    return [_step(path) for path in noted]


def keyed_steps(machine: Mapping[str, str]) -> set[str]:
    """Return the first two words of each line that was run beside keys, where no token may be."""
    keyed = [step for step in steps(machine) if step.environment.get("SANTRAL_KEYS")]
    assert [step for step in keyed if "GITHUB_TOKEN" in step.environment] == []
    lines = (line.removeprefix("exec ") for step in keyed for line in step.script.splitlines())
    return {" ".join(line.split()[:2]) for line in lines if line.strip()}


def number_of(machine: Mapping[str, str], command: str, shard: str) -> int:
    """Return the number of the process that runs a command of a shard; it runs on the machine.

    It is that of its shell, if it has taken the shell's place, or else of what the shell started.
    """
    noted = sorted(Path(machine["RECORDS"]).glob("*.env"), key=lambda path: path.stat().st_mtime)
    shells = [int(one.stem) for one in noted if _is_of(_step(one), command, shard)]
    found = subprocess.run(
        ["pgrep", "-P", str(shells[-1])], capture_output=True, text=True, check=False
    )
    return int(found.stdout.split()[0]) if found.stdout else shells[-1]


def _is_of(step: Step, command: str, shard: str) -> bool:
    return command in step.script and step.environment.get("SANTRAL_SHARD") == shard


def _step(path: Path) -> Step:
    script = path.with_suffix(".script")
    variables = path.read_text("utf-8").split("\0")
    environment = dict(one.split("=", 1) for one in variables if one)
    return Step(script.read_text("utf-8") if script.exists() else "", environment)


def copy(python: Path, to: Path) -> None:
    """Make a Python of one's own of one that was made."""
    shutil.copytree(python, to, symlinks=True, copy_function=os.link)
    for program in ("santral", "pip"):
        path = to / "bin" / program
        if path.exists():
            text = path.read_text("utf-8").partition("\n")[2]
            path.unlink()
            path.write_text(f"#!{to / 'bin' / 'python'}\n{text}", "utf-8")
            path.chmod(0o755)


def _run(*command: str, **more: str) -> None:
    done = subprocess.run(
        command, env={**os.environ, **more}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
