"""What is the user's alone: the directory ``.santral``, and files that nobody else may read."""

import os
from pathlib import Path

DIRECTORY = Path(".santral")


def make_private_directory(directory: Path) -> None:
    """Make a directory that only its owner may read, with a .gitignore that covers it whole.

    One that was there before is left as it is, but for .santral: that is never to be committed.
    """
    is_new = not directory.exists()
    if is_new:
        directory.mkdir(parents=True, mode=0o700)
    ignore = directory / ".gitignore"
    if (is_new or directory.name == DIRECTORY.name) and not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")


def write_private_file(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all; raises OSError."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(file, "w", encoding="utf-8", newline="\n") as stream:  # noqa: PTH123
            stream.write(text)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
