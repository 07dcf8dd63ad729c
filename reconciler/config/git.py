"""Running git, in a repository that is somebody else's, and what is checked out there.

Git runs without the keys in its environment, fetches nothing that is missing, and is kept from
every transport, each of which could run a command of the repository's choosing.
"""

import contextlib
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product, starmap
from pathlib import Path

from reconciler.config.load import STANDARD_INPUT_NAME, Source
from reconciler.core.errors import SantralError
from reconciler.core.messages import Message
from reconciler.core.text import printable

_SECONDS = 60
_SETTINGS = ("safe.bareRepository=explicit", "core.warnAmbiguousRefs=true", "core.fsmonitor=false")
"""The first keeps git from a bare repository among the files, which a pull request can add."""
_FORBIDDEN = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",  # since what git says is looked at
}
_PASSED_ON = ("GIT_CONFIG_", "GIT_EXEC_PATH", "GIT_CEILING_", "GIT_DISCOVERY_")
"""How the variables for git begin that are left; others (in a hook: GIT_DIR) name a repository."""
_HASH = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class RevisionError(SantralError):
    """A revision cannot be read from git, or may be one of several."""


class NoRevisionError(RevisionError):
    """There is no such revision here, as far as git knows."""


@contextlib.contextmanager
def revision_of(option: str, revision: str) -> Iterator[None]:
    """Where a revision cannot be read, have the error say which option asked for it."""
    try:
        yield
    except RevisionError as error:
        error.place = f"--{option} {printable(revision)}"
        error.options = (option,)
        raise


@dataclass(frozen=True, slots=True)
class Answer:
    """What git printed, and what it complained of."""

    output: bytes | None
    """None where git failed."""
    complaint: str
    """Text by others; empty where there was none."""
    code: int
    """What git ended with."""


def run_git(folder: Path, *arguments: str) -> bytes | None:
    """Return what git prints, or None where it fails; raises RevisionError where it is not."""
    return ask(folder, *arguments).output


def ask(folder: Path, *arguments: str) -> Answer:
    """Run git in a folder; raises RevisionError where it cannot be run."""
    settings = chain.from_iterable(("-c", setting) for setting in _SETTINGS)
    try:
        with subprocess.Popen(  # noqa: S603 - no shell, and no option can be smuggled in
            [_program(), "-C", str(folder), *settings, *arguments],
            env=_environment(os.environ.items()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as git:
            try:
                output, complaint = git.communicate(timeout=_SECONDS)
            finally:
                git.kill()  # where it has not ended: out of time, or a signal came
    except subprocess.TimeoutExpired:
        reason = Message("base-timeout", seconds=_SECONDS)
    except OSError:
        reason = Message("base-no-git")
    else:
        said = complaint.decode("utf-8", "backslashreplace").strip()
        return Answer(None if git.returncode else output, said, git.returncode)
    raise NoRevisionError(reason)


def _program() -> str:
    """Return the path of git; raises FileNotFoundError.

    Windows would look in the working folder first, where a stranger's files may be.
    """
    folders = filter(os.path.isabs, os.get_exec_path())
    for place in starmap(os.path.join, product(folders, ("git.exe", "git"))):
        if os.path.isfile(place) and os.access(place, os.X_OK):  # noqa: PTH113 - Path's may raise
            return place
    raise FileNotFoundError


def _environment(variables: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what git may know of the environment, and what it must."""
    passed = {name: value for name, value in variables if _is_passed_on(name.upper())}
    return passed | _FORBIDDEN


def _is_passed_on(name: str) -> bool:
    return name.startswith(_PASSED_ON) or not name.startswith(("GIT_", "SANTRAL_"))


@dataclass(frozen=True, slots=True)
class Commit:
    """What is checked out where files lie."""

    name: str
    """The full hash."""
    has_all: bool
    """Whether each file was read, to the byte, as the commit has it."""


def commit_here(sources: Sequence[Source]) -> Commit | None:
    """Return what is checked out where the files that were read lie; None where there is no git.

    Whatever keeps git from answering is not an error, since only a plan's origin depends on it.
    No file is compared by git, which would run the filters of a repository.
    """
    named = [source for source in sources if source.name != STANDARD_INPUT_NAME]
    files = {Path(source.name).resolve(): source.blobs for source in named}
    found = files and _quietly(next(iter(files)).parent, "rev-parse", "--show-toplevel", "HEAD")
    top, _, name = os.fsdecode(found or b"").removesuffix("\n").rpartition("\n")
    if not _HASH.fullmatch(name):
        return None
    is_whole = len(named) == len(sources)
    return Commit(name, is_whole and _has_all(Path(top), name, files))


def _has_all(top: Path, commit: str, files: Mapping[Path, frozenset[str]]) -> bool:
    if not all(file.is_relative_to(top) for file in files):
        return False
    names = [f"./{file.relative_to(top).as_posix()}" for file in files]
    listed = _quietly(top, "ls-tree", "-z", "--full-tree", commit, "--", *names) or b""
    held = dict(map(_path_and_blob, filter(None, listed.split(b"\0"))))
    return all(held.get(file.relative_to(top)) in blobs for file, blobs in files.items())


def _path_and_blob(entry: bytes) -> tuple[Path, str]:
    kind, _, name = entry.partition(b"\t")
    return Path(os.fsdecode(name)), kind.split()[2].decode()


def _quietly(folder: Path, *arguments: str) -> bytes | None:
    try:
        return run_git(folder, *arguments)
    except SantralError:
        return None
