"""Files: read with care, written completely or not at all; the user's own directory."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from time import sleep

_AS_IT_IS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CAREFULLY = getattr(os, "O_NOFOLLOW", 0) | _AS_IT_IS
"""Through no symbolic link, which could lead anywhere; without waiting for whoever writes to a
pipe; and with the file's own line ends, which Windows would translate otherwise."""
HAS_OWNERS = hasattr(os, "geteuid")
"""Whether a file's mode says who may read it; on Windows, access control lists do."""
STANDARD_INPUT = "-"
NOT_REGULAR, LINK, IN_USE = "file-not-regular", "file-link", "file-in-use"
"""Codes of why a file is not used."""
SETTINGS = {".yaml", ".yml"}
"""How the names of files that are read as settings end, in a directory."""

DIRECTORY = Path(".santral")
JOURNAL = DIRECTORY / "journal.jsonl"
SANDBOX_JOURNAL = DIRECTORY / "sandbox-journal.jsonl"
SANDBOX_STATE = DIRECTORY / "sandbox.json"
_IGNORE = ".gitignore"
DIRECTORY_LOCK = ".lock"
"""A file that is locked in place of its directory, where directories cannot be opened."""
OWN_FILES = (
    JOURNAL,
    SANDBOX_JOURNAL,
    SANDBOX_STATE,
    DIRECTORY / _IGNORE,
    DIRECTORY / DIRECTORY_LOCK,
)
"""What this program keeps for itself, in every command; no result may be written there."""

MOST_KEPT = 64 * 1024 * 1024
"""Bytes of a saved plan, and of whatever else a job of a pipeline keeps for later ones."""

_TRIES = 10
_BETWEEN_TRIES = 0.02
"""In seconds."""


class RefusedError(OSError):
    """A file that is not used, though the system would; ``code`` says why (``core.catalogue``)."""

    def __init__(self, code: str, **fields: str | float) -> None:
        super().__init__(0, code)
        self.code = code
        self.fields = fields


def has_working_folder() -> bool:
    """Return whether the working folder is still there; nothing is found in one that is gone."""
    try:
        os.stat(os.getcwd())  # noqa: PTH109, PTH116 - of a folder that is gone
    except OSError:
        return False
    return True


def is_settings_file(name: str) -> bool:
    """Say whether a file of a directory is one that is read as settings."""
    return Path(name).suffix in SETTINGS and not name.startswith(".")


def open_regular(path: Path, *, follows: bool = False) -> int:
    """Open a regular file to be read, and wait for nobody; raises OSError for anything else.

    ``follows`` says whether a link is followed.
    """
    if follows and not stat.S_ISREG(path.stat().st_mode):
        raise RefusedError(NOT_REGULAR)
    return open_checked(path, os.O_RDONLY, follows=follows)


def open_checked(path: Path, flags: int, mode: int = 0o666, *, follows: bool = False) -> int:
    """Open a regular file; raises OSError for anything else.

    That is a link too, unless it ``follows`` links. O_NOFOLLOW alone would refuse one in the
    system's words, and Windows has no such flag.
    """
    if not follows and path.is_symlink():
        raise RefusedError(LINK, link=str(path))
    try:
        file = os.open(path, flags | (_AS_IT_IS if follows else _CAREFULLY), mode)
    except PermissionError:  # Windows reports a directory so.
        if path.is_dir():
            raise RefusedError(NOT_REGULAR) from None
        raise
    try:
        _refuse_other_than_regular(file)
    except OSError:
        os.close(file)
        raise
    return file


def read_regular(path: Path, most: int, *, follows: bool = False) -> bytes:
    """Return what a regular file holds; raises OSError, also where it is more than ``most``."""
    with open(open_regular(path, follows=follows), "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise RefusedError("file-too-large", most=most // 1024**2)
    return content


def _refuse_other_than_regular(descriptor: int) -> None:
    """Raise OSError for a directory, a device or a pipe."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise RefusedError(NOT_REGULAR)


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


@contextlib.contextmanager
def unfinished(path: Path, content: bytes, mode: int = 0o666) -> Iterator[Path]:
    """Give a file beside the one meant, to be put in its place; it is gone afterwards.

    Raises OSError.
    """
    import secrets  # noqa: PLC0415 - only what writes needs it

    beside = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(file, "wb") as stream:  # noqa: PTH123 - a descriptor is not a path
            stream.write(content)
        yield beside
    finally:
        beside.unlink(missing_ok=True)


def put_in_place(finished: Path, path: str | Path) -> None:
    """Replace a file by a finished one, in one step; raises OSError.

    Windows refuses that while somebody reads the file, perhaps a virus scanner, so it is tried
    again for a moment.
    """
    for _ in range(_TRIES):
        try:
            finished.replace(path)
        except PermissionError:
            sleep(_BETWEEN_TRIES)
        else:
            return
    finished.replace(path)


def link_new(path: Path, content: bytes) -> bool:
    """Write a file that is not there yet, in one step; return whether nothing was there.

    Whatever has its name is left alone, even a link that leads nowhere. Raises OSError.
    """
    with unfinished(path, content) as finished:
        try:
            os.link(finished, path)
        except FileExistsError:
            return False
    return True


def make_private_directory(directory: Path) -> None:
    """Make a directory that only its owner may read, with a .gitignore that covers all of it.

    One that was there before is left as it is, except .santral: that is never to be committed.
    Whatever is called .gitignore is left alone, even a link that leads nowhere. Raises OSError,
    also for a directory behind a link that a repository may have brought along.
    """
    link = link_on_the_way(directory)
    if link:
        raise RefusedError(LINK, link=link)
    is_new = not directory.exists()
    if is_new:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    ignore = directory / _IGNORE
    if (is_new or directory.name == DIRECTORY.name) and not os.path.lexists(ignore):
        _write_new(ignore, b"*\n")


def _write_new(path: Path, content: bytes) -> None:
    """Write a file where nothing is; O_EXCL follows no link."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with open(file, "wb") as stream:  # noqa: PTH123 - a descriptor is not a path
        stream.write(content)


def sync_directory(directory: Path) -> None:
    """Make a new file's name durable, where a directory can be opened for that."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
