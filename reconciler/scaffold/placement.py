"""Putting files into a repository without harm to what is there."""

import contextlib
import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from reconciler.core.errors import SantralError, explaining
from reconciler.core.messages import Message
from reconciler.core.text import printable
from reconciler.files import link_new, put_in_place, read_regular, unfinished

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
        path.parent.mkdir(parents=True, exist_ok=True)
        return link_new(path, text.encode())


def add_lines(top: Path, place: str, lines: Sequence[str]) -> Sequence[str]:
    """Add lines at the end of a file that lacks them; return those. Raises PlacingError."""
    path = top / place
    _require_inside(top, path, place)
    _refuse_link(path, place)
    with _explained("place-line", place):
        content = read_regular(path, _MOST_BYTES)
        there = {*map(bytes.strip, content.splitlines())}
        missing = [line for line in lines if line.encode() not in there]
        if missing:
            gap = b"\n" if content and not content.endswith(b"\n") else b""
            _replace(path, content + gap + text_of_lines(missing).encode())
    return missing


def text_of_lines(lines: Sequence[str]) -> str:
    """Return lines as a file has them."""
    return "".join(f"{line}\n" for line in lines)


def _explained(code: str, place: str) -> AbstractContextManager[None]:
    failed = Message(code, place=printable(place))
    return explaining(lambda reason: PlacingError(failed, reason))


def _require_inside(top: Path, path: Path, place: str) -> None:
    if not path.resolve().is_relative_to(top.resolve()):
        raise PlacingError(Message("place-outside", place=place))


def _refuse_link(path: Path, place: str) -> None:
    if path.is_symlink():
        raise PlacingError(Message("place-link", place=place))


def _replace(path: Path, content: bytes) -> None:
    with unfinished(path, content) as finished:
        shutil.copymode(path, finished)
        put_in_place(finished, path)
