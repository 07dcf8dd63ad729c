"""Telling of a bug, or of what ran out, without any value, which might hold a key."""

import errno
import traceback
from collections.abc import Iterator
from pathlib import PurePath


def trace(error: BaseException) -> Iterator[str]:
    """Yield the kind of the error, and then where it passed, outermost first."""
    yield type(error).__name__
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{PurePath(frame.filename).name}:{frame.lineno} in {frame.name}"


def sentence(error: BaseException) -> str:
    """Return what to say of an error that ended one santral's job."""
    short = shortage(error)
    if short:
        return short
    kind, *_, place = trace(error)
    return f"A bug in santral ended this ({kind} at {place}); please report it."


def shortage(error: BaseException) -> str | None:
    """Return what the system ran out of, as whole sentences, where that is what went wrong."""
    code = getattr(error, "errno", None)
    if code in {errno.EMFILE, errno.ENFILE}:
        return _NO_FILES
    if isinstance(error, MemoryError) or code == errno.ENOMEM or _is_lack_of_memory(error):
        return _NO_MEMORY
    return _NO_THREADS if isinstance(error, RuntimeError) and "thread" in str(error) else None


def _is_lack_of_memory(error: BaseException) -> bool:
    """Tell whether a library could not be loaded for lack of it; its error has no number."""
    text = str(error)
    return isinstance(error, ImportError) and any(sign in text for sign in _SIGNS_OF_NO_MEMORY)


_SIGNS_OF_NO_MEMORY = ("Cannot allocate memory", "failed to map segment")
_NO_FILES = "No more files can be opened; lower --parallelism, or raise the limit (ulimit -n)."
_NO_MEMORY = "The memory is used up; lower --parallelism, or raise the limit (ulimit -v)."
_NO_THREADS = "No more threads can be started; raise the limit (ulimit -u)."
