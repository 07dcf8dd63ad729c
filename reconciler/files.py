"""Writing files whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def unfinished(path: Path, content: bytes, mode: int = 0o666) -> Iterator[Path]:
    """Give a file beside the one meant, to be put in its place; it is gone afterwards.

    Raises OSError.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(file, "wb") as stream:  # noqa: PTH123 - a descriptor is no path
            stream.write(content)
        yield beside
    finally:
        beside.unlink(missing_ok=True)
