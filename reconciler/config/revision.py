"""Files as they were at a revision, read from git.

git runs without the keys in its environment, and reads objects only: no hook, filter or text
conversion that a repository may configure comes into it.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from reconciler.config.load import (
    STANDARD_INPUT,
    STANDARD_INPUT_NAME,
    Source,
    is_meant,
    limited,
)
from reconciler.errors import SantralError
from reconciler.text import printable

_SECONDS = 60
_REGULAR_FILE = b"100"
"""How git's modes of files begin; links and folders have others."""


class NoRevisionError(SantralError):
    """There is no such revision here, as far as git can tell."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The files that were named, as they were."""

    contents: tuple[tuple[str, bytes], ...]
    """Name and bytes of each."""
    missing: tuple[str, ...]
    """The paths at which nothing was then; what stood in their place may have had another name."""


def read_at(revision: str, paths: Sequence[str]) -> Earlier:
    """Read every file as it was; the paths are those that ``load`` takes, but for standard input.

    A link is followed as it is now. Raises NoRevisionError, ConfigError.
    """
    if STANDARD_INPUT in paths:
        raise NoRevisionError(
            f"--base {printable(revision)}: Standard input has no history; name a file with "
            "--config, or give --base a file."
        )
    found = {path: tuple(_files_at(revision, _followed(Path(path)))) for path in paths}
    return Earlier(
        contents=tuple(chain.from_iterable(found.values())),
        missing=tuple(path for path, files in found.items() if not files),
    )


def _followed(path: Path) -> Path:
    return path.resolve() if path.is_symlink() else path


def _files_at(revision: str, path: Path) -> Iterator[tuple[str, bytes]]:
    folder, names = (path, ()) if path.is_dir() else (path.parent, (f"./{path.name}",))
    commit = _commit(revision, folder)
    listed = _git(folder, "ls-tree", "-z", commit, "--", *names) or b""
    for entry in filter(None, listed.split(b"\0")):
        kind, _, name = entry.partition(b"\t")
        mode, _, digest = kind.split()[:3]
        file = folder / os.fsdecode(name)
        if mode.startswith(_REGULAR_FILE) and (names or is_meant(file.name)):
            name_then = f"{revision}:{file}"
            content = _git(folder, "cat-file", "blob", digest.decode())
            yield name_then, limited(content or b"", name_then)


def _commit(revision: str, folder: Path) -> str:
    """Return the commit that a revision names; raises NoRevisionError."""
    asked = "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    found = _git(folder, *asked)
    if found:
        return found.decode().strip()
    if _git(folder, "rev-parse", "--git-dir") is None:
        reason = (
            f"{printable(str(folder))} is in no git repository that git would read (one that "
            "belongs to another user has to be named in git's setting safe.directory)."
        )
    elif (_git(folder, "rev-parse", "--is-shallow-repository") or b"").strip() == b"true":
        reason = (
            "This clone is shallow and does not hold it; fetch more of the history (fetch-depth: 0 "
            "of actions/checkout, GIT_DEPTH: 0 in GitLab)."
        )
    else:
        reason = "There is no such revision, and no such file."
    raise NoRevisionError(f"--base {printable(revision)}: {reason}")


def _git(folder: Path, *arguments: str) -> bytes | None:
    """Return what git prints, or None where it fails; raises NoRevisionError where it is not."""
    environment = {k: v for k, v in os.environ.items() if not k.upper().startswith("SANTRAL_")}
    try:
        return subprocess.check_output(  # noqa: S603 - no shell, and no option can be smuggled in
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except subprocess.CalledProcessError:
        return None
    except (OSError, subprocess.TimeoutExpired):
        pass
    raise NoRevisionError("--base with a revision needs git, which could not be run.")


@dataclass(frozen=True, slots=True)
class Commit:
    """What is checked out where files lie."""

    name: str
    """The full hash."""
    has_all: bool
    """Whether each file was read, to the byte, as the commit has it."""


def commit_here(sources: Sequence[Source]) -> Commit | None:
    """Return what is checked out where the files that were read lie; None where there is no git.

    Whatever keeps git from answering is no error: nothing but what a plan says of itself depends
    on it. No file is compared by git, which would run the filters of a repository.
    """
    named = [source for source in sources if source.name != STANDARD_INPUT_NAME]
    files = {Path(source.name).resolve(): source.blobs for source in named}
    found = files and _quietly(next(iter(files)).parent, "rev-parse", "--show-toplevel", "HEAD")
    top, _, name = os.fsdecode(found or b"").removesuffix("\n").rpartition("\n")
    if not _HASH.fullmatch(name):
        return None
    is_whole = len(named) == len(sources)
    return Commit(name, is_whole and _has_all(Path(top), name, files))


_HASH = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


def _has_all(top: Path, commit: str, files: Mapping[Path, frozenset[str]]) -> bool:
    if not all(file.is_relative_to(top) for file in files):
        return False
    names = [f"./{file.relative_to(top)}" for file in files]
    listed = _quietly(top, "ls-tree", "-z", "--full-tree", commit, "--", *names) or b""
    held = dict(map(_path_and_blob, filter(None, listed.split(b"\0"))))
    return all(held.get(file.relative_to(top)) in blobs for file, blobs in files.items())


def _path_and_blob(entry: bytes) -> tuple[Path, str]:
    kind, _, name = entry.partition(b"\t")
    return Path(os.fsdecode(name)), kind.split()[2].decode()


def _quietly(folder: Path, *arguments: str) -> bytes | None:
    try:
        return _git(folder, *arguments)
    except SantralError:
        return None
