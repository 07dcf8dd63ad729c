"""The image that the Dockerfile describes, as a folder: its steps are run without an engine.

A stand-in of the base image is made of the Python that runs this. Absolute paths in the Dockerfile
mean the folder, which stays where it is from stage to stage, since scripts name their interpreter.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pip

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "test", "config-*", "site-packages")
"""What the official images of Python leave out, too, and what is installed on this machine."""


def instructions(text: str) -> list[tuple[str, str]]:
    """Return each instruction and what follows it, without comments and line continuations."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    joined = re.sub(r"\s*\\\n\s*", " ", lines)
    parted = (line.partition(" ") for line in joined.splitlines() if line)
    return [(name, rest) for name, _, rest in parted]


def context(folder: Path, ignore: str) -> Iterator[str]:
    """Yield what of a folder the engine is given: all is ignored but for what is named."""
    everything, *exceptions = [one for one in ignore.splitlines() if one and one[0] != "#"]
    assert everything == "*"
    for pattern in exceptions:
        assert pattern[0] == "!"
        yield from (str(path.relative_to(folder)) for path in folder.glob(pattern[1:]))


@dataclass
class Image:
    """A folder that stands for the root of a container, and how a process starts in it."""

    root: Path
    context: Path
    arguments: dict[str, str]
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    _stages: dict[str, Path] = field(default_factory=dict)
    _stage: str = ""

    def build(self, text: str) -> None:
        """Carry out the instructions of a Dockerfile; one that is not known here is an error."""
        carried_out = {
            "FROM": lambda rest: self._begin(*rest.split(" AS ")),
            "ARG": lambda rest: self.arguments.setdefault(*rest.split("=")),
            "ENV": self._set,
            "WORKDIR": self._enter,
            "COPY": lambda rest: self._copy(rest.split()),
            "RUN": self._run,
            "USER": lambda rest: setattr(self, "user", rest),
            "ENTRYPOINT": lambda rest: setattr(self, "entrypoint", tuple(json.loads(rest))),
            "LABEL": self._label,
        }
        for name, rest in instructions(text):
            carried_out[name](rest)

    def place(self, path: str) -> Path:
        """Return where a path of the image is."""
        return self.root / path.lstrip("/")

    def _begin(self, image: str, stage: str = "") -> None:
        if self._stage:
            self._stages[self._stage] = self.root.with_name(f"stage-{self._stage}")
            self.root.rename(self._stages[self._stage])
        if image in self._stages:
            shutil.copytree(self._stages[image], self.root, symlinks=True, copy_function=os.link)
        else:
            _make_base(self.root)
        self._stage, self.folder = stage, "/"
        self.environment = {
            "PATH": f"{self.place('/usr/local/bin')}:/usr/bin:/bin",
            "LD_LIBRARY_PATH": str(self.place("/usr/local/lib")),
        }

    def _set(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        self.environment[name] = self._here(value).replace("$PATH", self.environment["PATH"])

    def _enter(self, folder: str) -> None:
        self.folder = folder
        self.place(folder).mkdir(parents=True)

    def _label(self, rest: str) -> None:
        filled = re.sub(r"\$(\w+)", lambda found: self.arguments[found[1]], rest)
        self.labels |= dict(one.split("=", 1) for one in shlex.split(filled))

    def _copy(self, words: list[str]) -> None:
        context = self.context
        if words[0].startswith("--from="):
            context = self._stages[words.pop(0).partition("=")[2]]
        *sources, target = words
        into = self.place(target if target[0] == "/" else f"{self.folder}/{target}")
        for pattern in sources:
            for source in context.glob(pattern.lstrip("/")):
                if source.is_dir():
                    shutil.copytree(source, into, symlinks=True)
                else:
                    shutil.copy(source, into)

    def _run(self, command: str) -> None:
        index = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        subprocess.run(
            ["/bin/sh", "-c", self._here(command)],
            cwd=self.place(self.folder),
            env=self.environment | index,
            check=True,
        )

    def _here(self, text: str) -> str:
        return re.sub(r"(?<![\w.$/])(?=/\w)", str(self.root), text)


def _make_base(root: Path) -> None:
    python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    library = Path(sysconfig.get_path("stdlib"))
    programs, libraries = root / "usr" / "local" / "bin", root / "usr" / "local" / "lib"
    programs.mkdir(parents=True)
    shutil.copy(python, programs / python.name)
    for name in ("python", "python3"):
        (programs / name).symlink_to(python.name)
    shutil.copytree(library, libraries / library.name, ignore=_LEFT_OUT)
    packages = libraries / library.name / "site-packages"
    shutil.copytree(Path(pip.__file__).parent, packages / "pip", ignore=_LEFT_OUT)
    for shared in library.parent.glob("libpython*.so*"):
        shutil.copy(shared, libraries)
