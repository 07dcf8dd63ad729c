"""Where results go: what a name stands for, and writing there without destroying anything else.

The name of an output may be a new file, or a regular file that is none of a run's own. What it is
is judged by the file (device and inode), not by its name. The streams that a run was given, and
the null device, are written to and never replaced.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from string import ascii_letters

from reconciler.core.errors import system_reason
from reconciler.core.messages import Message
from reconciler.core.text import printable
from reconciler.files import (
    DIRECTORY,
    LINK,
    NOT_REGULAR,
    OWN_FILES,
    SETTINGS,
    STANDARD_INPUT,
    RefusedError,
    is_settings_file,
    link_on_the_way,
    open_checked,
    put_in_place,
    unfinished,
)

_Mark = str | tuple[int, int]
"""What a file is known by: its device and inode, and the place of its name."""
_STREAMS, _MOST_DIGITS = {"stdout": 1, "stderr": 2}, 8
_OTHER_CAPITALS = str.maketrans(ascii_letters, ascii_letters.swapcase())
"""Of ASCII alone: to a file system, a Turkish dotless i and the capital I may be two letters."""
_OWN_NAMES = frozenset(own.name for own in OWN_FILES)


@dataclass(frozen=True, slots=True)
class Kept:
    """The run's own journal or state."""

    path: str
    own: Path
    """The one of OWN_FILES in whose place it is; that of another command is not for this run."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files that a run names, each by what the run does with it."""

    written: Sequence[str]
    """Replaced, or made."""
    read: Sequence[str]
    """Files and directories, and what is neither; also what other commands read or keep."""
    kept: Kept | None = None
    appended: Sequence[str] = ()
    """Added to, whatever is in them."""
    foreign: Sequence[str] = ()
    """What other runs of this command keep, as this run may too."""


def obstacle(files: Files) -> tuple[Message, ...]:
    """Return what a run with these files would destroy, or nothing."""
    folders = [path for path in files.read if os.path.isdir(path)]  # noqa: PTH112 - Path's raises
    taken = _marks_of([*files.read, *_members(folders)])
    kept = [files.kept.path] if files.kept else []
    clash = _obstacle_to_kept(files.kept, taken, folders) if files.kept else ()
    taken |= _marks_of([*kept, *files.foreign, *map(str, OWN_FILES)])
    return (
        clash
        or next(filter(None, (_obstacle_to(path, taken, folders) for path in files.appended)), ())
        or _first_obstacle(files.written, taken | _marks_of(files.appended), folders)
    )


def _marks_of(paths: Iterable[str]) -> set[_Mark]:
    return set[_Mark]().union(*map(_marks, paths))


def _obstacle_to_kept(kept: Kept, taken: set[_Mark], folders: Iterable[str]) -> tuple[Message, ...]:
    others = [str(own) for own in OWN_FILES if own != kept.own]
    if _own_name(kept.path) not in {None, kept.own.name} or _marks(kept.path) & _marks_of(others):
        return (Message("output-own", path=printable(kept.path)),)
    if _marks(kept.path) & taken:
        return _would_overwrite(kept.path)
    return _would_be_settings(kept.path, folders)


def _obstacle_to(path: str, taken: set[_Mark], folders: Iterable[str]) -> tuple[Message, ...]:
    """Return why nothing may be written there, if so."""
    if _marks(path) & taken or _own_name(path):
        return _would_overwrite(path)
    fault = _fault(path)
    if fault:
        return Message("output-unwritten", path=printable(path)), system_reason(fault)
    return _would_be_settings(path, folders)


def _first_obstacle(
    written: Iterable[str], taken: set[_Mark], folders: Sequence[str]
) -> tuple[Message, ...]:
    streams = set[_Mark]().union(*map(_marks_of_descriptor, _STREAMS.values()))
    for path in written:
        in_the_way = _obstacle_to(path, taken if is_stream(path) else taken | streams, folders)
        if in_the_way:
            return in_the_way
        taken |= _marks(path)
    return ()


def _own_name(path: str) -> str | None:
    """Return as which file of this program's own it goes, in whichever folder a run kept that.

    Capitals never matter: no system says of a folder whether it does.
    """
    for place in map(Path, _places_of(path)):
        is_own = place.parent.name.lower() == DIRECTORY.name and place.name.lower() in _OWN_NAMES
        if is_own:
            return place.name.lower()
    return None


def _places_of(path: str) -> Iterator[str]:
    """Yield where a name is, as it is written and with its links followed."""
    with suppress(OSError):
        yield os.path.abspath(path)  # noqa: PTH100 - without ".."
        yield os.path.realpath(path)


def _would_overwrite(path: str) -> tuple[Message, ...]:
    return (Message("output-overwrites", path=printable(path)),)


def _members(folders: Iterable[str]) -> Iterator[str]:
    """Yield the files of directories that are read; one that cannot be listed is not read."""
    for folder in folders:
        with suppress(OSError):
            yield from (os.path.join(folder, n) for n in os.listdir(folder) if is_settings_file(n))  # noqa: PTH118, PTH208


def _would_be_settings(path: str, folders: Iterable[str]) -> tuple[Message, ...]:
    if not any(_would_be_read(path, folder) for folder in folders):
        return ()
    return (Message("output-settings", path=printable(path)),)


def _would_be_read(path: str, folder: str) -> bool:
    with suppress(OSError):
        return is_settings_file(Path(path).name) and os.path.samefile(_folder_of(path), folder)  # noqa: PTH121
    return False


def _marks(path: str) -> set[_Mark]:
    """Return what a regular file, or one that is yet to be, is known by; nothing else has any."""
    if path == STANDARD_INPUT:
        return _marks_of_descriptor(0)
    descriptor = _descriptor_of(path)
    if descriptor is not None:
        return _marks_of_descriptor(descriptor)
    try:
        return _mark_of(os.stat(path), _place_of(path))  # noqa: PTH116 - Path's resolves more
    except OSError:
        return {_place_of(path)}


def _marks_of_descriptor(descriptor: int) -> set[_Mark]:
    with suppress(OSError):
        return _mark_of(os.fstat(descriptor))
    return set()


def _mark_of(status: os.stat_result, *places: str) -> set[_Mark]:
    return {(status.st_dev, status.st_ino), *places} if stat.S_ISREG(status.st_mode) else set()


def _place_of(path: str) -> str:
    """Return where a name leads; in lowercase where capitals do not matter."""
    with suppress(OSError):
        path = os.path.realpath(path)
    return path.lower() if _ignores_capitals(_folder_of(path)) else path


def _ignores_capitals(folder: str) -> bool:
    """Return whether a folder is found under its name in other capitals too."""
    with suppress(OSError):
        other = folder.translate(_OTHER_CAPITALS)
        return folder != other and os.path.samefile(folder, other)  # noqa: PTH121
    return False


def _folder_of(path: str) -> str:
    return os.path.dirname(path) or "."  # noqa: PTH120 - as the system takes it


def _descriptor_of(path: str) -> int | None:
    """Return the descriptor that a name such as /dev/stdout or /dev/fd/3 stands for."""
    name = os.path.basename(path)  # noqa: PTH119 - as the system takes it
    folder = _place_of(_folder_of(path))
    if name in _STREAMS and folder == _place_of("/dev"):
        return _STREAMS[name]
    is_number = name.isascii() and name.isdigit() and len(name) < _MOST_DIGITS
    return int(name) if is_number and folder == _place_of("/dev/fd") else None


def is_stream(path: str) -> bool:
    """Return whether a name stands for a stream of this run, or for the null device."""
    return _descriptor_of(path) is not None or _is_null(path)


def _is_null(path: str) -> bool:
    with suppress(OSError):
        status = os.lstat(path)
        return stat.S_ISCHR(status.st_mode) and status.st_rdev == os.stat(os.devnull).st_rdev  # noqa: PTH116
    return False


def _fault(path: str) -> OSError | None:
    """Return why nothing can be written there, whatever the run reads."""
    if path == STANDARD_INPUT:
        return RefusedError("output-dash")
    descriptor = _descriptor_of(path)
    try:
        if descriptor is not None:
            os.fstat(descriptor)
            return None
        return None if _is_null(path) else _fault_of_file(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        return error


def _fault_of_file(path: str) -> OSError | None:
    """Return what stands in the way of a file there; raises OSError where nothing is."""
    link = link_on_the_way(Path(path))
    if link:
        return RefusedError(LINK, link=link)
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return RefusedError(NOT_REGULAR)
    # Nobody knows which files other runs read, so each that can be settings is left alone.
    return RefusedError("output-yaml") if Path(path).suffix.lower() in SETTINGS else None


def write(path: str, text: str, *, is_private: bool = False) -> None:
    """Write a file completely or not at all, or to a stream; raises OSError.

    A file that was there keeps its owner and its mode, unless it is to be private: then only its
    owner may read it. What the name stands for is looked at again, right before it is replaced.
    """
    descriptor = _descriptor_of(path)
    if descriptor is not None:
        _write_to(os.dup(descriptor), text.encode())
    elif _is_null(path):
        _write_to(os.open(path, os.O_WRONLY), text.encode())
    else:
        _replace(path, text.encode(), is_private=is_private)


def append(path: str, text: str) -> None:
    """Add to a file, or to a stream; raises OSError."""
    descriptor = _descriptor_of(path)
    if descriptor is not None:
        _write_to(os.dup(descriptor), text.encode())
    elif not _is_null(path):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        _write_to(open_checked(Path(path), flags), text.encode())


def _write_to(descriptor: int, content: bytes) -> None:
    with open(descriptor, "wb") as stream:
        stream.write(content)


def _replace(path: str, content: bytes, *, is_private: bool) -> None:
    _require_replaceable(path)
    with unfinished(Path(path), content, mode=0o600 if is_private else 0o666) as finished:
        if not is_private:
            keep_owner_and_mode(path, finished)
        _require_replaceable(path)
        put_in_place(finished, path)


def _require_replaceable(path: str) -> None:
    fault = _fault(path)
    if fault:
        raise fault


def keep_owner_and_mode(path: str, finished: Path) -> None:
    """Do for the new file what can be done; only root can give a file to somebody else."""
    with suppress(FileNotFoundError):
        status = os.lstat(path)
        with suppress(OSError):
            if hasattr(os, "chown"):
                os.chown(finished, status.st_uid, status.st_gid)
        finished.chmod(status.st_mode & 0o777)
