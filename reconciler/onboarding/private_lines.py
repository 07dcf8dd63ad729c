"""Adding lines to a file that holds secrets: nothing in it changes, and nobody else may read it."""

import os
import re
import shlex
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from reconciler.core.errors import SantralError, system_reason
from reconciler.core.messages import Message, naming
from reconciler.core.secret import Key
from reconciler.core.text import printable
from reconciler.files import (
    HAS_OWNERS,
    IN_USE,
    LINK,
    RefusedError,
    link_on_the_way,
    open_checked,
    open_regular,
    sync_directory,
)
from reconciler.keys.reading import Given
from reconciler.keys.text_file import MOST_BYTES, why_unreadable

Parser = Callable[[str, str], Sequence[Given] | SantralError]
"""Reads such a file, as ``keys.reading.read_text`` does: from its text and what to call it."""
_SEEN = re.compile("[!-~]+")
"""What is shown by every editor, so that a line holds nothing that nobody sees."""


class PrivateLinesError(SantralError):
    """Nothing was written; the text holds no value of any line."""


def add_lines(path: str, lines: Mapping[str, Key], parse: Parser) -> list[str] | SantralError:
    """Add ``name=value`` lines to a file, made with mode 0600 if it is not there; return the names.

    ``NAME@HOST=VALUE`` is given as the value of ``NAME@HOST``. A line that is there already is left
    as it is, and not returned; without any line, there is an empty file afterwards. ``parse`` has
    to read what is there, and then exactly these lines behind it. An error is returned, not raised:
    that would take along variables that hold secrets.
    """
    try:
        content = _content_of(path)
        added = _added(content or b"", printable(path), lines, parse)
        if isinstance(added, SantralError):
            return added
        names, text = added
        if names or content is None:
            _append(path, content, text.encode())
    except OSError as error:
        return _refused(printable(path), system_reason(error))
    return names


def obstacle(path: str, lines: Mapping[str, Key], parse: Parser) -> SantralError | None:
    """Say why ``add_lines`` could not add these lines, as far as can be told without writing."""
    try:
        added = _added(_content_of(path) or b"", printable(path), lines, parse)
    except OSError as error:
        return _refused(printable(path), system_reason(error))
    return added if isinstance(added, SantralError) else None


def _refused(place: str, *reasons: Message) -> PrivateLinesError:
    return PrivateLinesError(Message("private-unwritten", path=place), *reasons)


def _content_of(path: str) -> bytes | None:
    """Return what a file holds that only its owner may read, None where there is none."""
    link = link_on_the_way(Path(path))
    if link:
        raise RefusedError(LINK, link=printable(link))
    with suppress(FileNotFoundError):
        file = open_regular(Path(path))
        with open(file, "rb") as stream:  # noqa: PTH123 - a descriptor is not a path
            _refuse_exposed(file, path)
            return stream.read(MOST_BYTES + 1)
    return None


def _refuse_exposed(file: int, path: str) -> None:
    """Raise OSError for a file that others may read or change, as Windows does not tell."""
    if HAS_OWNERS and os.fstat(file).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise RefusedError("private-exposed", argument=shlex.quote(printable(path)))


def _added(
    content: bytes, place: str, lines: Mapping[str, Key], parse: Parser
) -> tuple[list[str], str] | SantralError:
    """Return the names of the lines that are missing, and the text to add for them."""
    unusable = why_unreadable(content)
    if unusable:
        return _refused(place, unusable)
    text = content.decode("utf-8-sig")
    if text.lstrip().startswith("{"):
        return _refused(place, Message("private-json"))
    there = parse(text, place)
    if isinstance(there, SantralError):
        return there
    missing = _missing(there, lines)
    added = _text_of(missing, text)
    mistakes = [*_conflicts(there, lines), *_odd_ones(missing, parse)]
    if not mistakes and not _is_read_as(parse(text + added, place), [*there, *missing.items()]):
        mistakes = [Message("private-unread")]
    return _refused(place, *mistakes) if mistakes else ([*missing], added)


def _missing(there: Iterable[Given], lines: Mapping[str, Key]) -> dict[str, Key]:
    names = {_name_in(given.name) for given in there}
    return {head: value for head, value in lines.items() if _name_in(head) not in names}


def _name_in(head: str) -> str:
    """Return the name of what a line gives: in ``NAME@HOST=VALUE`` it has one host only."""
    return head.partition("@")[0]


def _conflicts(there: Iterable[Given], lines: Mapping[str, Key]) -> Iterator[Message]:
    """Say which names are there with something else, and where."""
    meant = {_name_in(head): (head, value) for head, value in lines.items()}
    others = [one for one in there if meant.get(_name_in(one.name), one[:2]) != one[:2]]
    if others:
        named = [f"{printable(one.name)} ({one.place})" for one in others]
        yield naming("private-conflict", "private-conflict-more", named)


def _odd_ones(lines: Mapping[str, Key], parse: Parser) -> Iterator[Message]:
    """Say of which lines each would not be read as it is meant: one with a line feed in it, say."""
    odd = [
        printable(name)
        for name, value in lines.items()
        if not (_SEEN.fullmatch(name) and value.is_like(_SEEN))
        or not _is_read_as(parse(_text_of({name: value}, ""), ""), [(name, value)])
    ]
    if odd:
        yield naming("private-odd", "private-odd-more", odd)


def _text_of(lines: Mapping[str, Key], before: str) -> str:
    """Return the text that adds lines to what is before them, with its line ends."""
    end = "\r\n" if "\r\n" in before else "\n"
    gap = end if before and not before.endswith("\n") else ""
    return gap + "".join(f"{name}={value.reveal()}{end}" for name, value in lines.items())


def _is_read_as(
    read: Sequence[Given] | SantralError, meant: Sequence[Given | tuple[str, Key]]
) -> bool:
    """Return whether a file's text gives these names and values, in this order, and no more."""
    if isinstance(read, SantralError):
        return False
    return [one[:2] for one in read] == [one[:2] for one in meant]


def _append(path: str, content: bytes | None, added: bytes) -> None:
    """Add to a file that still is as it was read; after a failure it is again; raises OSError."""
    is_new, size = content is None, len(content or b"")
    new = os.O_CREAT | os.O_EXCL if is_new else 0
    file = open_checked(Path(path), os.O_WRONLY | os.O_APPEND | new, 0o600)
    try:
        _add(file, added, size)
        if is_new:
            sync_directory(Path(path).parent)
    except OSError:
        if is_new:
            Path(path).unlink(missing_ok=True)
        raise


def _add(file: int, added: bytes, size: int) -> None:
    """Add to a file of this size, and close it: Windows could not remove it while it is open."""
    try:
        if os.fstat(file).st_size != size:
            raise RefusedError(IN_USE)
        _write(file, added, size)
    finally:
        os.close(file)


def _write(file: int, added: bytes, size: int) -> None:
    try:
        with open(file, "wb", closefd=False) as stream:
            stream.write(added)
        os.fsync(file)
    except OSError:
        os.ftruncate(file, size)
        raise
