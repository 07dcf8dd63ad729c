"""Loading a fleet from files, directories and standard input."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from reconciler.config import rules, structure
from reconciler.config.collector import collector_paused
from reconciler.config.folders import beside, contents, settings_in
from reconciler.config.nodes import Document
from reconciler.config.problems import MOST_FOUND, ConfigError, Problem
from reconciler.config.reader import MOST_BYTES, read
from reconciler.core.allowed_hosts import AllowedHosts
from reconciler.core.errors import SantralError, system_reason
from reconciler.core.fleet import Fleet, Place
from reconciler.core.messages import Message
from reconciler.core.text import printable
from reconciler.files import STANDARD_INPUT, open_regular

STANDARD_INPUT_NAME = "<stdin>"
"""What it is called in messages."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was read, as the user named it, and how many santrals it describes."""

    name: str
    santrals: int
    blobs: frozenset[str]
    """What git may call the bytes that were read; see ``blobs_of``."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A fleet and the files it came from, in the order given."""

    fleet: Fleet
    sources: tuple[Source, ...]


def load(paths: Sequence[str], allowed: AllowedHosts | None = None) -> Loaded:
    """Read every file, check all of them, and return their santrals as one fleet.

    A path is a file, a directory (every ``*.yaml`` and ``*.yml`` in it), or ``-``; ``allowed`` is
    where their calls may go. Raises SourceError for what cannot be read, ConfigError with every
    problem of every file.
    """
    return assemble(_contents(paths), allowed)


def assemble(contents: Iterable[tuple[str, bytes]], allowed: AllowedHosts | None = None) -> Loaded:
    """Return the santrals of files, given as names and bytes, as one fleet; raises ConfigError."""
    with collector_paused():
        return _assembled(contents, allowed)


def _assembled(contents: Iterable[tuple[str, bytes]], allowed: AllowedHosts | None) -> Loaded:
    documents = [(name, read(content, name), blobs_of(content)) for name, content in contents]
    entries = [rules.entries_of(document) for _, document, _ in documents]
    problems = [
        *chain.from_iterable(_problems(document) for _, document, _ in documents),
        *islice(rules.check_urls(chain.from_iterable(entries), allowed), MOST_FOUND),
        *islice(rules.check_names(chain.from_iterable(entries)), MOST_FOUND),
        *islice(rules.check_uniqueness(chain.from_iterable(entries)), MOST_FOUND),
    ]
    if problems:
        raise ConfigError(problems)
    santrals = map(rules.santral_of, chain.from_iterable(entries))
    sources = (
        Source(name, len(found), blobs)
        for (name, _, blobs), found in zip(documents, entries, strict=True)
    )
    passages = (rules.passages(document, name) for name, document, _ in documents)
    ordered = tuple(sorted(santrals, key=lambda s: s.name))
    return Loaded(Fleet(ordered, tuple(chain.from_iterable(passages))), tuple(sources))


def blobs_of(content: bytes) -> frozenset[str]:
    """Return the names under which git may store a file's bytes, by either of its hashes.

    A checkout may have written its line ends as CRLF, which the reader takes for the same.
    """
    stored = (content, content.replace(b"\r\n", b"\n"))
    headed = [b"blob %d\0%b" % (len(content), content) for content in stored]
    return frozenset(
        hashlib.new(kind, blob, usedforsecurity=False).hexdigest()
        for kind in ("sha1", "sha256")
        for blob in headed
    )


def _problems(document: Document) -> Iterator[Problem]:
    yield from document.problems
    if document.is_whole:
        yield from structure.check(document)
        yield from islice(rules.check_values(document.root), MOST_FOUND)


def _contents(paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        if not path:
            raise SourceError(Message("file-name-empty"))
        if path == STANDARD_INPUT:
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
            yield STANDARD_INPUT_NAME, limited(content, STANDARD_INPUT_NAME)
        else:
            yield from _contents_at(Path(path))


def _contents_at(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield a file's content, or those of a directory's files; only the former may be a pipe."""
    members = _members(path)
    if members is None:
        yield str(path), _content(path, path.open)
    for file in members or ():
        yield str(file), _content(file, partial(_open_member, file))


def _members(path: Path) -> Sequence[Path] | None:
    """Return the files of a directory that are read, None for what is not a directory."""
    try:
        if not path.is_dir():
            return None
        found = settings_in(path)
        there = None if found else contents(path)
    except OSError as error:
        raise _unreadable(str(path), error) from None
    if there:
        raise SourceError(Message("directory-empty"), there, place=printable(str(path)))
    return found


def _open_member(file: Path, mode: str) -> IO[bytes]:
    return os.fdopen(open_regular(file, follows=True), mode)


def _content(file: Path, opened: Callable[[str], IO[Any]]) -> bytes:
    try:
        with opened("rb") as stream:
            return limited(stream.read(MOST_BYTES + 1), str(file))
    except OSError as error:
        raise _unreadable(str(file), error) from None


def limited(content: bytes, name: str) -> bytes:
    """Return a file's bytes; raises ConfigError where they are too many."""
    check_size(len(content), name)
    return content


def check_size(size: int, name: str) -> None:
    """Refuse a file of too many bytes; raises ConfigError."""
    if size > MOST_BYTES:
        message = Message("file-too-long", most=MOST_BYTES // 1024**2)
        raise ConfigError([Problem(Place(name, 1, 1), message)])


def _unreadable(name: str, error: OSError) -> "SourceError":
    is_missing = isinstance(error, FileNotFoundError)
    hint = (beside(Path(name)),) if is_missing else ()
    messages = (Message("file-unreadable"), system_reason(error), *hint)
    return SourceError(*messages, place=printable(name))


class SourceError(SantralError):
    """A file that was named cannot be read."""

    options: tuple[str, ...] = ("config",)
