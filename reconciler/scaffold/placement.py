"""Putting files into a repository without harm to what is there."""

import contextlib
import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from reconciler.core.errors import SantralError, explaining
from reconciler.core.messages import Message
from reconciler.core.text import printable
from reconciler.files import read_regular, unfinished

_MOST_BYTES = 16 * 1024 * 1024


class PlacingError(SantralError):
    """A file cannot be read or put where it belongs."""


def text_at(top: Path, place: str) -> str | None:
    """Return what a file holds, None if there is no such file; raises PlacingError."""
    with _explained("place-unreadable", place), contextlib.suppress(FileNotFoundError):
        return read_regular(top / place, _MOST_BYTES, follows=True).decode(errors="replace")
    return None


def place_new(top: Path, place: str, text: str) -> bool:
    """Write a file that is not there yet, in one step; return whether it was not there.

    Whatever has its name is left alone. Raises PlacingError, also where a link on the way leads
    out of ``top``.
    """
    path = top / place
    _require_inside(top, path.parent, place)
    with _explained("place-unwritten", place):
        return _link_new(path, text)


def add_line(top: Path, place: str, line: str) -> bool:
    """Add a line at the end of a file that lacks it; return whether it did. Raises PlacingError."""
    path = top / place
    _require_inside(top, path, place)
    _refuse_link(path, place)
    with _explained("place-line", place, line=line):
        content = read_regular(path, _MOST_BYTES)
        if line.encode() in map(bytes.strip, content.splitlines()):
            return False
        gap = b"\n" if content and not content.endswith(b"\n") else b""
        _replace(path, content + gap + line.encode() + b"\n")
    return True


def _explained(code: str, place: str, **fields: str) -> AbstractContextManager[None]:
    failed = Message(code, place=printable(place), **fields)
    return explaining(lambda reason: PlacingError(failed, reason))


def _require_inside(top: Path, path: Path, place: str) -> None:
    if not path.resolve().is_relative_to(top.resolve()):
        raise PlacingError(Message("place-outside", place=place))


def _refuse_link(path: Path, place: str) -> None:
    if path.is_symlink():
        raise PlacingError(Message("place-link", place=place))


def _link_new(path: Path, text: str) -> bool:
    """Link the finished file into place, which fails where there is anything, even a link."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with unfinished(path, text.encode()) as finished:
        try:
            os.link(finished, path)
        except FileExistsError:
            return False
    return True


def _replace(path: Path, content: bytes) -> None:
    with unfinished(path, content) as finished:
        shutil.copymode(path, finished)
        finished.replace(path)
