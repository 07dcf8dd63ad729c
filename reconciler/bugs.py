"""Telling of a bug without telling any value, which might hold a key."""

import traceback
from collections.abc import Iterator
from pathlib import PurePath


def trace(error: BaseException) -> Iterator[str]:
    """Yield the kind of the error, and then where it passed, outermost first."""
    yield type(error).__name__
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{PurePath(frame.filename).name}:{frame.lineno} in {frame.name}"


def sentence(error: BaseException) -> str:
    """Return what to say of a bug that ended one santral's job."""
    kind, *_, place = trace(error)
    return f"A bug in santral ended this ({kind} at {place}); please report it."
