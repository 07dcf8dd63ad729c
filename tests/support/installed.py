"""Stand-ins for installing: a Python whose environments have a pip that fetches nothing."""

from pathlib import Path

from support import warm


def stand_ins(folder: Path, origin: str) -> Path:
    """Make a ``python3`` whose environments hold santral, which asks this API.

    Returns the folder that it is in. What pip is told to install goes to ``folder / "installed"``.
    """
    programs = {
        "bin/python3": (
            '[ "$1 $2 $3" = "-I -m venv" ] || { echo "imports what is here" >&2; exit 1; }\n'
            f'mkdir -p "$4/bin" && cp "{folder}"/made/* "$4/bin"'
        ),
        "made/python": f'echo "$@" >> "{folder}/installed"',
        "made/santral": f"export SANTRAL_API_URL={origin}\n{warm.start()}",
    }
    for name, script in programs.items():
        script_file(folder / name, script)
    return folder / "bin"


def script_file(path: Path, script: str) -> Path:
    """Write a program for ``/bin/sh``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path
