"""What is the user's alone: the directory ``.santral``, and what lies in it."""

import os
from pathlib import Path

from reconciler.files import link_fault, link_on_the_way

DIRECTORY = Path(".santral")
JOURNAL = DIRECTORY / "journal.jsonl"
SANDBOX_JOURNAL = DIRECTORY / "sandbox-journal.jsonl"
SANDBOX_STATE = DIRECTORY / "sandbox.json"
_IGNORE = ".gitignore"
OWN_FILES = (JOURNAL, SANDBOX_JOURNAL, SANDBOX_STATE, DIRECTORY / _IGNORE)
"""What this program keeps for itself, in every command; no result may be written there."""


def make_private_directory(directory: Path) -> None:
    """Make a directory that only its owner may read, with a .gitignore that covers it whole.

    One that was there before is left as it is, but for .santral: that is never to be committed.
    Whatever is called .gitignore is left alone, even a link that leads nowhere. Raises OSError,
    also for a directory behind a link that a repository may have brought along.
    """
    link = link_on_the_way(directory)
    if link:
        raise OSError(0, link_fault(link))
    is_new = not directory.exists()
    if is_new:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    ignore = directory / _IGNORE
    if (is_new or directory.name == DIRECTORY.name) and not os.path.lexists(ignore):
        _write_new(ignore, b"*\n")


def _write_new(path: Path, content: bytes) -> None:
    """Write a file where nothing is; O_EXCL follows no link."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with open(file, "wb") as stream:  # noqa: PTH123 - a descriptor is no path
        stream.write(content)
