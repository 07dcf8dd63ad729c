"""What the system ran out of; said without any value, which might hold a key.

It is imported before all else, so that it is there when nothing more can be, and imports nothing
that Python has not in itself.
"""

import errno

_SIGNS_OF_NO_FILES = ("too many open files", f"error {errno.EMFILE}")
_SIGNS_OF_NO_MEMORY = ("cannot allocate", "failed to map segment", "cannot map zero-fill pages")
"""In lowercase: where a library cannot be loaded, Python's error has only the loader's words."""
_SIGNS_OF_A_FAILURE_UNSAID = ("without exception set", "without setting an exception")
_NO_FILES, _NO_MEMORY, _NO_THREADS = "no-more-files", "no-more-memory", "no-more-threads"
TEMPLATES = {
    _NO_FILES: "No more files can be opened. Lower --parallelism, or raise the limit (ulimit -n).",
    _NO_MEMORY: "The memory is used up. Lower --parallelism, or raise the limit (ulimit -v).",
    _NO_THREADS: "No more threads can be started. Raise the limit (ulimit -u).",
}
"""By code; a part of the catalogue that is at hand when nothing more can be imported."""


def shortage(error: BaseException) -> str | None:
    """Return the code of what the system ran out of, where that is what went wrong."""
    code = getattr(error, "errno", None)
    if code in {errno.EMFILE, errno.ENFILE} or _is_unloaded(error, _SIGNS_OF_NO_FILES):
        return _NO_FILES
    if isinstance(error, MemoryError) or code == errno.ENOMEM:
        return _NO_MEMORY
    if _is_unloaded(error, _SIGNS_OF_NO_MEMORY) or _is_unsaid(error):
        return _NO_MEMORY
    return _NO_THREADS if isinstance(error, RuntimeError) and "thread" in str(error) else None


def _is_unloaded(error: BaseException, signs: tuple[str, ...]) -> bool:
    text = str(error).lower()
    return isinstance(error, ImportError) and any(sign in text for sign in signs)


def _is_unsaid(error: BaseException) -> bool:
    """Return whether Python itself failed without an error, as it does where memory is short."""
    text = str(error)
    return isinstance(error, SystemError) and any(
        sign in text for sign in _SIGNS_OF_A_FAILURE_UNSAID
    )
