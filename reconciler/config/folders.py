"""Which files of a directory are read as settings, and which look as if they were meant to be."""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from reconciler.core.messages import Message, naming
from reconciler.core.text import printable
from reconciler.files import is_settings_file

_MEANT = re.compile(r"[^.].*\.ya?ml(?:\.txt)?", re.IGNORECASE | re.DOTALL)
"""In capitals, or with the ending that some editors add, a file is not read."""
_PASSED_OVER = ("directory-passed-over", "directory-passed-over-more")
_LONGEST_NAME = 100
_CLOSE = 0.75
_MOST_NAMES = 1000
"""Of a folder, that are looked at for one like a name that is missing."""


def settings_in(folder: Path) -> Sequence[Path]:
    """Return the files of a directory that are read; raises OSError."""
    return sorted(file for file in folder.iterdir() if is_settings_file(file.name))


def contents(folder: Path) -> Message:
    """Say what is in a directory in which nothing is read; raises OSError."""
    names = _names(folder.iterdir())
    if names:
        return naming("directory-holds", "directory-holds-more", names)
    return Message("directory-bare")


def passed_over(paths: Iterable[str]) -> Iterator[Message]:
    """Say for each directory what is not read there, although it looks like settings."""
    for path in paths:
        with contextlib.suppress(OSError):
            names = _names(each for each in Path(path).iterdir() if _looks_meant(each))
            if names:
                place = printable(str(Path(path)))
                yield naming(*_PASSED_OVER, names, folder=place)


def beside(missing: Path) -> Message:
    """Say what may be meant instead of a file that is missing."""
    wanted, names = _stem(missing.name), []
    with contextlib.suppress(OSError):
        names = sorted(islice(os.listdir(missing.parent), _MOST_NAMES))  # noqa: PTH208
    others = (name for name in names if name != missing.name)
    stems = {_stem(name): name for name in others if _MEANT.fullmatch(name)}
    near = get_close_matches(wanted, stems, 1, _CLOSE)
    if not near:
        return Message("file-missing-hint")
    return Message("file-missing-near", near=printable(str(missing.with_name(stems[near[0]]))))


def _stem(name: str) -> str:
    return name.lower().partition(".")[0]


def _looks_meant(path: Path) -> bool:
    if is_settings_file(path.name) or path.name.startswith("."):
        return False
    if not path.is_dir():
        return bool(_MEANT.fullmatch(path.name))
    with contextlib.suppress(OSError):
        return any(_MEANT.fullmatch(inner.name) for inner in path.iterdir())
    return False


def _names(paths: Iterable[Path]) -> list[str]:
    """Return what to call files and folders, these with a slash."""
    ends = ((path, "/" if path.is_dir() else "") for path in sorted(paths))
    return [f"{printable(path.name, _LONGEST_NAME)}{end}" for path, end in ends]
