"""Reading files that are files, and writing them whole or not at all."""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

CAREFULLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""No symbolic link, which could lead anywhere, and no wait for whoever writes to a pipe."""
NOT_REGULAR = "it is no regular file"


def has_working_folder() -> bool:
    """Tell whether the working folder is still there; in one that was removed no file is found."""
    try:
        os.stat(os.getcwd())  # noqa: PTH109, PTH116 - of a folder that is gone
    except OSError:
        return False
    return True


def open_regular(path: Path, *, follows: bool = False) -> int:
    """Open a regular file to be read, and wait for nobody; raises OSError for anything else.

    ``follows`` says whether a link is followed.
    """
    if follows and not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, NOT_REGULAR)
    file = os.open(path, os.O_RDONLY | (_WITHOUT_WAITING if follows else CAREFULLY))
    try:
        refuse_other_than_regular(file)
    except OSError:
        os.close(file)
        raise
    return file


_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0)


def read_regular(path: Path, most: int, *, follows: bool = False) -> bytes:
    """Return what a regular file holds; raises OSError, also where it is more than ``most``."""
    with open(open_regular(path, follows=follows), "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(0, f"it is larger than {most // 1024**2} MiB")
    return content


def refuse_other_than_regular(descriptor: int) -> None:
    """Raise OSError for a directory, a device or a pipe."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(0, NOT_REGULAR)


def link_on_the_way(path: Path) -> str | None:
    """Return the first link that a path passes, or is; None where it passes none.

    Of an absolute path only links below the working folder count: those that a repository can
    bring along.
    """
    ways = [*reversed(path.parents), path]
    links = (way for way in ways if way.is_symlink() and (_is_below_here(way)))
    return next(map(str, links), None)


def _is_below_here(way: Path) -> bool:
    return not way.is_absolute() or Path(os.path.realpath(way.parent)).is_relative_to(
        os.path.realpath(".")
    )


def link_fault(link: str) -> str:
    """Return why nothing is written by way of a link, as a clause."""
    return f"{link} is a link, which may lead anywhere; remove it, or name the place it leads to"


@contextlib.contextmanager
def unfinished(path: Path, content: bytes, mode: int = 0o666) -> Iterator[Path]:
    """Give a file beside the one meant, to be put in its place; it is gone afterwards.

    Raises OSError.
    """
    beside = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(file, "wb") as stream:  # noqa: PTH123 - a descriptor is no path
            stream.write(content)
        yield beside
    finally:
        beside.unlink(missing_ok=True)
