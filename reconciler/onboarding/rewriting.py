"""Writing a file of the user's own, which nobody else may have made or changed meanwhile."""

import os
from pathlib import Path

from reconciler.files import (
    LINK,
    MOST_KEPT,
    RefusedError,
    link_new,
    link_on_the_way,
    put_in_place,
    read_regular,
    sync_directory,
    unfinished,
)
from reconciler.output_files import keep_owner_and_mode


def write_new(path: str, content: bytes) -> None:
    """Write a file in one step, if there is none; raises OSError."""
    file = Path(path)
    if not link_new(file, content):
        raise RefusedError("file-changed")
    sync_directory(file.parent)


def rewrite(path: str, before: bytes, after: bytes) -> None:
    """Replace a file's content in one step, if it is what it was; raises OSError.

    The file keeps its mode, and its owner where that can be. A link is not followed.
    """
    file = Path(path)
    _require(file, before)
    with unfinished(file, after) as finished:
        keep_owner_and_mode(path, finished)
        _require(file, before)
        put_in_place(finished, file)
    sync_directory(file.parent)


def _require(file: Path, content: bytes) -> None:
    link = link_on_the_way(file)
    if link:
        raise RefusedError(LINK, link=link)
    if not os.path.lexists(file) or read_regular(file, MOST_KEPT) != content:
        raise RefusedError("file-changed")
