"""Files as they were at a revision, read from git.

The repository that is read is the one that a file lies in. Git reads objects only: no hook, filter
or text conversion comes into it.
"""

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from reconciler.config.git import NoRevisionError, RevisionError, ask, run_git
from reconciler.config.links import links_on
from reconciler.config.load import blobs_of, check_size
from reconciler.config.reader import MOST_BYTES
from reconciler.core.ci_systems import SYSTEMS
from reconciler.core.messages import Message
from reconciler.core.text import printable
from reconciler.files import STANDARD_INPUT, is_settings_file, open_regular

_LONGEST_COMPLAINT = 300
"""Of what git complains of, in characters."""
_REGULAR_FILE = b"100"
"""How git's modes of files begin; folders have others."""
_LINK = b"120000"
_UNKNOWN = "fatal: Needed a single revision"
"""What git says where it found nothing of a name, and met no trouble on the way."""
_AMBIGUOUS = re.compile(r"refname '(.+)' is ambiguous")
_UNAMBIGUOUS = re.compile(r"HEAD|@|refs/.+|[0-9a-f]{40}|[0-9a-f]{64}")
"""What git takes for itself and nothing else, whatever branch or tag somebody named so."""
_LACKS_COMMITS = 1
"""What git ends with where one commit is not among another's ancestors; above it failed."""
_HOW_DEEP = ", ".join(system.whole_history for system in SYSTEMS.values())


@dataclass(frozen=True, slots=True)
class Earlier:
    """The files that were named, as they were."""

    contents: tuple[tuple[str, bytes], ...]
    """Name and bytes of each."""
    missing: tuple[str, ...]
    """The paths at which nothing was then; what stood in their place may have had another name."""
    moved: frozenset[str]
    """Those of them that are not missing, but lead over a link to another place than then."""
    doubts: tuple[Message, ...]
    """Why more than this change may lie between the files and now."""

    def absent(self, revision: str) -> Iterator[Message]:
        """Yield that a path which was named had nothing at it then, or something else."""
        for path in self.missing:
            code = "base-led-elsewhere" if path in self.moved else "base-not-there"
            yield Message(code, path=printable(path), base=printable(revision))


def read_at(revision: str, paths: Sequence[str]) -> Earlier:
    """Read every file as it was; the paths are those that ``load`` takes, except standard input.

    Where a link of the repository leads to another place than then, nothing is read, since a pull
    request could else point it at a file that nobody applies and that is there already. Any other
    link is followed as it is now. Raises RevisionError, ConfigError.
    """
    if STANDARD_INPUT in paths:
        raise NoRevisionError(Message("base-no-stdin"))
    followed = {path: _followed(Path(path)) for path in paths}
    commits = {folder: _commit(revision, folder) for folder, _ in followed.values()}
    moved = frozenset(path for path in paths if _leads_elsewhere(revision, Path(path)))
    found = {
        path: () if path in moved else tuple(_files_at(revision, commits[folder], folder, names))
        for path, (folder, names) in followed.items()
    }
    return Earlier(
        contents=tuple(chain.from_iterable(found.values())),
        missing=tuple(path for path, files in found.items() if not files),
        moved=moved,
        doubts=_doubts(revision, commits),
    )


def _followed(path: Path) -> tuple[Path, tuple[str, ...]]:
    """Return the folder that a path lies in and the name in it; none for a directory itself."""
    file = path.resolve() if path.is_symlink() else path
    return (file, ()) if file.is_dir() else (file.parent, (f"./{file.name}",))


def _leads_elsewhere(revision: str, path: Path) -> bool:
    """Return whether a path leads over a link that was another at the revision, or was none.

    A link that is not in the repository is somebody's own, who made it on this machine.
    """
    for link in links_on(path):
        then, committed = (_target_at(each, link) for each in (revision, "HEAD"))
        is_tracked = then is not None or committed is not None
        if is_tracked and then != os.fsencode(link.readlink().as_posix()):
            return True
    return False


def _target_at(revision: str, link: Path) -> bytes | None:
    """Return where a link led; nowhere if it was something else, None if there was nothing."""
    unread = Message("base-unreadable-file", file=printable(str(link)))
    try:
        commit = _commit(revision, link.parent)
    except NoRevisionError:
        return None
    listed = _read(link.parent, unread, "ls-tree", "-z", commit, "--", f"./{link.name}")
    if not listed:
        return None
    mode, _, digest = listed.partition(b"\t")[0].split()
    return _read(link.parent, unread, "cat-file", "blob", digest.decode()) if mode == _LINK else b""


def _files_at(
    revision: str, commit: str, folder: Path, names: tuple[str, ...]
) -> Iterator[tuple[str, bytes]]:
    unread = Message("base-unreadable-folder")
    listed = _read(folder, unread, "ls-tree", "-z", commit, "--", *names)
    for entry in filter(None, listed.split(b"\0")):
        kind, _, name = entry.partition(b"\t")
        mode, _, digest = kind.split()
        file = folder / os.fsdecode(name)
        if mode.startswith(_REGULAR_FILE) and (names or is_settings_file(file.name)):
            yield f"{revision}:{file}", _content(revision, folder, file, digest.decode())


def _content(revision: str, folder: Path, file: Path, digest: str) -> bytes:
    """Return a file's bytes, once git has said that they are not too many.

    What has not changed since is read from the file, for a folder may have thousands.
    """
    unchanged = _now(file)
    if digest in blobs_of(unchanged):
        return unchanged
    unread = Message("base-unreadable-file", file=printable(str(file)))
    size = _read(folder, unread, "cat-file", "-s", digest)
    check_size(int(size), f"{revision}:{file}")
    return _read(folder, unread, "cat-file", "blob", digest)


def _now(file: Path) -> bytes:
    """Return what a file has now; nothing where it cannot be read."""
    with contextlib.suppress(OSError), os.fdopen(open_regular(file, follows=True), "rb") as stream:
        return stream.read(MOST_BYTES)
    return b""


def _commit(revision: str, folder: Path) -> str:
    """Return the commit that a revision names; raises RevisionError."""
    _require_own_history(folder)
    named = ask(folder, "rev-parse", "--verify", "--end-of-options", revision)
    for name in _ambiguous_names(revision, folder, named.complaint):
        raise RevisionError(_may_be(name, folder))
    if named.output is None:
        raise _absent(revision, folder, named.complaint)
    commit = f"{named.output.decode().strip()}^{{commit}}"
    unread = Message("base-unreadable-commit")
    return _read(folder, unread, "rev-parse", "--verify", commit).decode().strip()


def _require_own_history(folder: Path) -> None:
    """Refuse a submodule of the repository that this program runs in; raises RevisionError.

    A revision there is what its own branches say, whatever commit of it the repository had.
    """
    outer = run_git(folder, "rev-parse", "--show-superproject-working-tree")
    top = outer and run_git(folder, "rev-parse", "--show-toplevel")
    if top and not Path.cwd().is_relative_to(os.fsdecode(top).removesuffix("\n")):
        raise RevisionError(Message("base-submodule", folder=printable(str(folder))))


def _ambiguous_names(revision: str, folder: Path, complaint: str) -> Iterator[str]:
    """Yield what stands for several things, whether or not git found one in the end.

    In some expressions (main@{0}, main@{upstream}) git takes the branch and says nothing, so it is
    asked about the bare name too.
    """
    name = _name_in(revision)
    if name not in {"", revision}:
        bare = ask(folder, "rev-parse", "--verify", "--end-of-options", name)
        complaint = f"{complaint}\n{bare.complaint}"
    yield from (one for one in _AMBIGUOUS.findall(complaint) if not _UNAMBIGUOUS.fullmatch(one))


def _name_in(revision: str) -> str:
    """Return the name that an expression begins with, as in main~1 and main@{upstream}."""
    return re.split(r"[~^:]|@\{", revision, maxsplit=1)[0]


def _absent(revision: str, folder: Path, complaint: str) -> RevisionError:
    """Return why git finds no such revision."""
    if "not a git repository" in complaint:
        has_variable = "GIT_DIR" in os.environ
        code = "base-no-repository-git-dir" if has_variable else "base-no-repository"
        absent = Message(code, folder=printable(str(folder)))
    elif complaint != _UNKNOWN:
        return _unreadable(Message("base-unreadable"), complaint)
    else:
        absent = _absence(_name_in(revision), folder)
    return NoRevisionError(absent)


def _absence(name: str, folder: Path) -> Message:
    """Say where what is looked for may be instead."""
    remote = _remote_ones(name, folder)
    if remote:
        found = printable(", ".join(remote))
        return Message("base-remote-only", name=printable(name), remote=found)
    if _is_shallow(folder):
        return Message("base-shallow", how=_HOW_DEEP)
    return Message("base-no-revision")


def _remote_ones(name: str, folder: Path) -> list[str]:
    """Return the branches of that name that are known of remotes only, as in origin/main."""
    if run_git(folder, "rev-parse", "--verify", "--end-of-options", name) is not None:
        return []
    listed = _refs(folder, 2, f"refs/remotes/*/{name}")
    return [ref for ref in listed if ref.endswith(f"/{name}")]


def _may_be(name: str, folder: Path) -> Message:
    """Say what an ambiguous name stands for, each by a name that stands for nothing else."""
    rules = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
    full = [rule.format(name) for rule in rules]
    refs = [ref for ref in _refs(folder, 0, *full) if ref in full]
    objects = (run_git(folder, "rev-parse", f"--disambiguate={name}") or b"").decode().split()
    unusual = [] if refs[1:] or objects else [f".git/{name}"]
    listed = ", ".join([*refs, *objects, *unusual])
    return Message("base-ambiguous", name=printable(name), full=printable(listed))


def _refs(folder: Path, stripped: int, *patterns: str) -> list[str]:
    """Return the full names of branches and tags that match, less so many parts at the front."""
    listed = run_git(folder, "for-each-ref", f"--format=%(refname:lstrip={stripped})", *patterns)
    return os.fsdecode(listed or b"").splitlines()


def _doubts(revision: str, commits: dict[Path, str]) -> tuple[Message, ...]:
    found = (_doubt(revision, commit, folder) for folder, commit in commits.items())
    return tuple(dict.fromkeys(filter(None, found)))


def _doubt(revision: str, commit: str, folder: Path) -> Message | None:
    """Say that the branch lacks commits of the base, or may; others' changes are among them."""
    has_all = ask(folder, "merge-base", "--is-ancestor", commit, "HEAD")
    base = printable(revision)
    if has_all.output is not None:
        return None
    if has_all.code != _LACKS_COMMITS:
        raise _unreadable(Message("base-unreadable-history"), has_all.complaint)
    if _is_shallow(folder):
        return Message("base-shallow-branch", base=base, how=_HOW_DEEP)
    return Message("base-lacks-commits", base=base)


def _is_shallow(folder: Path) -> bool:
    return (run_git(folder, "rev-parse", "--is-shallow-repository") or b"").strip() == b"true"


def _read(folder: Path, unread: Message, *arguments: str) -> bytes:
    """Return what git prints; raises RevisionError with what was not read, and why."""
    answer = ask(folder, *arguments)
    if answer.output is None:
        raise _unreadable(unread, answer.complaint)
    return answer.output


def _unreadable(unread: Message, complaint: str) -> RevisionError:
    return RevisionError(unread, _said(complaint))


def _said(complaint: str) -> Message:
    lines = (line.strip() for line in complaint.splitlines())
    words = printable("; ".join(line for line in lines if line not in {"", _UNKNOWN}))
    cut = words if len(words) <= _LONGEST_COMPLAINT else f"{words[:_LONGEST_COMPLAINT]}..."
    return Message("git-says", complaint=cut) if cut else Message("git-said-nothing")
