"""Changing a file of the user's own, which nobody else may have changed meanwhile."""

import os
from pathlib import Path

from reconciler.files import (
    LINK,
    MOST_KEPT,
    RefusedError,
    link_on_the_way,
    read_regular,
    sync_directory,
    unfinished,
)
from reconciler.output_files import keep_owner_and_mode


def rewrite(path: str, before: bytes | None, after: bytes) -> None:
    """Replace a file's content in one step, if it is what it was; raises OSError.

    Where there was no file (``before`` is None), there still must be none. The file keeps its mode,
    and its owner where that can be. A link is not followed.
    """
    file = Path(path)
    _require(file, before)
    with unfinished(file, after) as finished:
        keep_owner_and_mode(path, finished)
        _require(file, before)
        os.replace(finished, file)  # noqa: PTH105 - as the name is, without resolving it
    sync_directory(file.parent)


def _require(file: Path, content: bytes | None) -> None:
    link = link_on_the_way(file)
    if link:
        raise RefusedError(LINK, link=link)
    if (read_regular(file, MOST_KEPT) if os.path.lexists(file) else None) != content:
        raise RefusedError("file-changed")
