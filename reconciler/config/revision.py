"""Files as they were at a revision, read from git.

The repository that is read is the one that a file lies in, and it is somebody else's: git runs
without the keys in its environment, reads objects only (no hook, filter or text conversion comes
into it), fetches none that are missing, and is kept from every transport, each of which could run
a command of the repository's choosing.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from reconciler.config.load import STANDARD_INPUT_NAME, Source, check_size
from reconciler.core.errors import SantralError
from reconciler.core.text import printable, sentence
from reconciler.files import STANDARD_INPUT, is_settings_file

_SECONDS = 60
_LONGEST_COMPLAINT = 300
"""Of what git complains of, in characters."""
_REGULAR_FILE = b"100"
"""How git's modes of files begin; links and folders have others."""
_UNKNOWN = "fatal: Needed a single revision"
"""What git says where it found nothing of a name, and met no trouble on the way."""
_AMBIGUOUS = re.compile(r"refname '(.+)' is ambiguous")
_UNAMBIGUOUS = re.compile(r"HEAD|@|refs/.+|[0-9a-f]{40}|[0-9a-f]{64}")
"""What git takes for itself and nothing else, whatever branch or tag somebody named so."""
_HOW_DEEP = "fetch-depth: 0 of actions/checkout, GIT_DEPTH: 0 in GitLab"

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
    """There is no such revision here, as far as git can tell."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The files that were named, as they were."""

    contents: tuple[tuple[str, bytes], ...]
    """Name and bytes of each."""
    missing: tuple[str, ...]
    """The paths at which nothing was then; what stood in their place may have had another name."""
    doubts: tuple[str, ...]
    """Sentences on why more than this change may lie between the files and now."""


def read_at(revision: str, paths: Sequence[str]) -> Earlier:
    """Read every file as it was; the paths are those that ``load`` takes, but for standard input.

    A link is followed as it is now. Raises RevisionError, ConfigError.
    """
    if STANDARD_INPUT in paths:
        raise NoRevisionError(
            f"--base {printable(revision)}: Standard input has no history; name a file with "
            "--config, or give --base a file."
        )
    followed = {path: _followed(Path(path)) for path in paths}
    commits = {folder: _commit(revision, folder) for folder, _ in followed.values()}
    found = {
        path: tuple(_files_at(revision, commits[folder], folder, names))
        for path, (folder, names) in followed.items()
    }
    return Earlier(
        contents=tuple(chain.from_iterable(found.values())),
        missing=tuple(path for path, files in found.items() if not files),
        doubts=_doubts(revision, commits),
    )


def _followed(path: Path) -> tuple[Path, tuple[str, ...]]:
    """Return the folder that a path lies in and the name in it; none for a directory itself."""
    file = path.resolve() if path.is_symlink() else path
    return (file, ()) if file.is_dir() else (file.parent, (f"./{file.name}",))


def _files_at(
    revision: str, commit: str, folder: Path, names: tuple[str, ...]
) -> Iterator[tuple[str, bytes]]:
    listed = _read(revision, folder, "the folder", "ls-tree", "-z", commit, "--", *names)
    for entry in filter(None, listed.split(b"\0")):
        kind, _, name = entry.partition(b"\t")
        mode, _, digest = kind.split()
        file = folder / os.fsdecode(name)
        if mode.startswith(_REGULAR_FILE) and (names or is_settings_file(file.name)):
            yield f"{revision}:{file}", _content(revision, folder, file, digest.decode())


def _content(revision: str, folder: Path, file: Path, digest: str) -> bytes:
    """Return a file's bytes, once git has said that they are not too many."""
    size = _read(revision, folder, str(file), "cat-file", "-s", digest)
    check_size(int(size), f"{revision}:{file}")
    return _read(revision, folder, str(file), "cat-file", "blob", digest)


def _commit(revision: str, folder: Path) -> str:
    """Return the commit that a revision names; raises RevisionError."""
    named = _ask(folder, "rev-parse", "--verify", "--end-of-options", revision)
    if named.output is None:
        raise _absent(revision, folder, named.complaint)
    for name in _AMBIGUOUS.findall(named.complaint):
        if not _UNAMBIGUOUS.fullmatch(name):
            raise RevisionError(_may_be(revision, name, folder))
    commit = f"{named.output.decode().strip()}^{{commit}}"
    return _read(revision, folder, "its commit", "rev-parse", "--verify", commit).decode().strip()


def _absent(revision: str, folder: Path, complaint: str) -> RevisionError:
    """Return why git finds no such revision."""
    about = f"--base {printable(revision)}:"
    if "not a git repository" in complaint:
        aside = " (GIT_DIR is not looked at)" if "GIT_DIR" in os.environ else ""
        return NoRevisionError(f"{about} {printable(str(folder))} is in no git repository{aside}.")
    if complaint != _UNKNOWN:
        return RevisionError(f"{about} git could not read it: {_shown(complaint)}")
    name = re.split(r"[~^:]|@\{", revision, maxsplit=1)[0]
    remote = _remote_ones(name, folder)
    if remote:
        use = printable(" or ".join(remote))
        return NoRevisionError(f"{about} There is no {printable(name)} here, but {use}: use that.")
    if _is_shallow(folder):
        return NoRevisionError(
            f"{about} This clone is shallow and does not hold it; fetch more of the history "
            f"({_HOW_DEEP})."
        )
    return NoRevisionError(
        f"{about} There is no such revision, and no such file (a file's name ends in .yaml or "
        ".yml, or begins with ./ or /)."
    )


def _remote_ones(name: str, folder: Path) -> list[str]:
    """Return the branches of that name that are known of remotes only, as in origin/main."""
    if _git(folder, "rev-parse", "--verify", "--end-of-options", name) is not None:
        return []
    listed = _refs(folder, 2, f"refs/remotes/*/{name}")
    return [ref for ref in listed if ref.endswith(f"/{name}")]


def _may_be(revision: str, name: str, folder: Path) -> str:
    """Say what an ambiguous name stands for, each by a name that stands for nothing else."""
    rules = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
    full = [rule.format(name) for rule in rules]
    refs = [ref for ref in _refs(folder, 0, *full) if ref in full]
    objects = (_git(folder, "rev-parse", f"--disambiguate={name}") or b"").decode().split()
    unusual = [] if refs[1:] or objects else [f"{name} in git's own folder"]
    listed = ", ".join([*refs, *objects, *unusual])
    return (
        f"--base {printable(revision)}: {printable(name)} is ambiguous; give one of these in full, "
        f"or remove the others: {printable(listed)}."
    )


def _refs(folder: Path, stripped: int, *patterns: str) -> list[str]:
    """Return the full names of branches and tags that match, less so many parts at the front."""
    listed = _git(folder, "for-each-ref", f"--format=%(refname:lstrip={stripped})", *patterns)
    return os.fsdecode(listed or b"").splitlines()


def _doubts(revision: str, commits: dict[Path, str]) -> tuple[str, ...]:
    found = (_doubt(revision, commit, folder) for folder, commit in commits.items())
    return tuple(dict.fromkeys(filter(None, found)))


_LACKS_COMMITS = 1
"""What git ends with where one commit is not among another's ancestors; above it failed."""


def _doubt(revision: str, commit: str, folder: Path) -> str:
    """Say that the branch lacks commits of the base, or may; others' changes are among them."""
    has_all = _ask(folder, "merge-base", "--is-ancestor", commit, "HEAD")
    base = printable(revision)
    if has_all.output is not None:
        return ""
    if has_all.code != _LACKS_COMMITS:
        raise _unreadable(revision, "the history since then", has_all.complaint)
    if _is_shallow(folder):
        return (
            f"This clone is too shallow to see whether the branch has all commits of {base}; if it "
            "has not, what others changed there counts as this change. Fetch more of the history "
            f"({_HOW_DEEP})."
        )
    return (
        f"The branch lacks commits of {base}, so what others changed there counts as this change; "
        f"merge {base} first."
    )


def _is_shallow(folder: Path) -> bool:
    return (_git(folder, "rev-parse", "--is-shallow-repository") or b"").strip() == b"true"


@dataclass(frozen=True, slots=True)
class _Answer:
    """What git printed, and what it complained of."""

    output: bytes | None
    """None where git failed."""
    complaint: str
    """Text by others; empty where there was none."""
    code: int
    """What git ended with."""


def _read(revision: str, folder: Path, what: str, *arguments: str) -> bytes:
    """Return what git prints; raises RevisionError with what it could not read, and why."""
    answer = _ask(folder, *arguments)
    if answer.output is None:
        raise _unreadable(revision, what, answer.complaint)
    return answer.output


def _unreadable(revision: str, what: str, complaint: str) -> RevisionError:
    return RevisionError(
        f"--base {printable(revision)}: git could not read {printable(what)} as of then: "
        f"{_shown(complaint)}"
    )


def _shown(complaint: str) -> str:
    lines = (line.strip() for line in complaint.splitlines())
    words = printable(" ".join(line for line in lines if line not in {"", _UNKNOWN}))
    cut = words if len(words) <= _LONGEST_COMPLAINT else f"{words[:_LONGEST_COMPLAINT]}..."
    return sentence(cut or "git did not say why")


def _git(folder: Path, *arguments: str) -> bytes | None:
    """Return what git prints, or None where it fails; raises RevisionError where it is not."""
    return _ask(folder, *arguments).output


def _ask(folder: Path, *arguments: str) -> _Answer:
    """Run git in a folder; raises RevisionError where it cannot be run."""
    settings = chain.from_iterable(("-c", setting) for setting in _SETTINGS)
    try:
        with subprocess.Popen(  # noqa: S603 - no shell, and no option can be smuggled in
            ["git", "-C", str(folder), *settings, *arguments],  # noqa: S607 - the user's own git
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
        reason = f"git did not answer within {_SECONDS} seconds."
    except OSError:
        reason = "--base with a revision needs git, which could not be run."
    else:
        said = complaint.decode("utf-8", "backslashreplace").strip()
        return _Answer(None if git.returncode else output, said, git.returncode)
    raise NoRevisionError(reason)


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
