"""What pip installs in place of santral: packages that need nothing else, their lock, an index.

The stand-in of santral is a folder with code to build, whose build tool and library are wheels.
"""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

_LEAVING = (
    "import posix; _ = posix.open({mark!r}, posix.O_CREAT | posix.O_WRONLY | posix.O_APPEND); "
    "posix.write(_, {by!r}); posix.close(_)\n"
)
"""Works so early in Python's start that there is no ``open`` yet, and in a line of a ``.pth``."""

_BUILDER = '''\
"""Builds santral's wheel."""
import zipfile
from pathlib import Path

NAME = "santral_reconciler-0-py3-none-any.whl"
INFO = "santral_reconciler-0.dist-info"
MAIN = """import json, sys
import standin_library

def run():
    print(json.dumps(sys.argv[1:]))

if __name__ == "__main__":
    run()
"""
FILES = {
    "reconciler/__init__.py": "",
    "reconciler/__main__.py": MAIN,
    f"{INFO}/METADATA": "Metadata-Version: 2.1\\nName: santral-reconciler\\nVersion: 0\\n"
        "Requires-Dist: standin-library\\n" + Path("more-needed").read_text(),
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    f"{INFO}/entry_points.txt": "[console_scripts]\\nsantral = reconciler.__main__:run\\n",
}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{folder}/{NAME}", "w") as wheel:
        for name, content in FILES.items():
            wheel.writestr(name, content)
        record = f"{INFO}/RECORD"
        wheel.writestr(record, "".join(f"{name},,\\n" for name in [*FILES, record]))
    return NAME
'''
_PROJECT = """\
[build-system]
requires = ["standin-builder"]
build-backend = "standin_builder"

[project]
name = "santral-reconciler"
version = "0"
"""
PINNED = {"standin_builder": _BUILDER, "standin_library": ""}
"""What the lock names: each package's one module, and what is in it."""
_OFFERED = {**PINNED, "standin_forgotten": ""}
"""What the index has: also something that a program can need and the lock does not name."""
FORGOTTEN = "Requires-Dist: standin-forgotten\n"
"""How a program says that it needs that, in its file ``more-needed``."""


def leaving(mark: Path, by: object) -> str:
    """Return code that leaves a mark, naming what has left it."""
    return _LEAVING.format(mark=str(mark), by=f"{by}\n".encode())


def make_wheel(folder: Path, package: str, version: str, files: Mapping[str, str]) -> str:
    """Make a wheel of a package that has these files; return the line that pins it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{package}-{version}-py3-none-any.whl"
    info = f"{package}-{version}.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{info}/RECORD"
    content[record] = "".join(f"{name},,\n" for name in [*content, record])
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in content.items():
            wheel.writestr(name, text)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{package.replace('_', '-')}=={version} --hash=sha256:{digest}\n"


def make_index(folder: Path) -> str:
    """Make what pip finds packages in; return the lock."""
    pins = {
        package: make_wheel(folder, package, "1", {f"{package}.py": content})
        for package, content in _OFFERED.items()
    }
    return "".join(pins[package] for package in PINNED)


def make_hostile(folder: Path, version: str, mark: Path) -> str:
    """Make wheels of the same packages that leave a mark once Python starts; return their pins."""
    return "".join(
        make_wheel(
            folder,
            package,
            version,
            {
                f"{package}.py": leaving(mark, f"{package} {version}") + content,
                f"{package}.pth": leaving(mark, f"{package} {version}"),
            },
        )
        for package, content in _OFFERED.items()
    )


def make_program(folder: Path, lock: str) -> None:
    """Make the folder of santral's stand-in, with the lock at its top."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(_PROJECT)
    (folder / "requirements.lock").write_text(lock)
    (folder / "more-needed").write_text("")
