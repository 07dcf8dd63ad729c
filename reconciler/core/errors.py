"""How the program ends, errors that the user can mend, and telling of those that nobody can.

A bug is told without any value, which might hold a key.
"""

import contextlib
import traceback
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from pathlib import PurePath

from reconciler.core.shortages import shortage


class ExitCode(IntEnum):
    """The documented exit codes."""

    OK = 0
    ERROR = 1
    CHANGES_PENDING = 2
    REFUSED = 3
    NOT_VERIFIED = 4

    @staticmethod
    def most_severe(codes: Iterable["ExitCode"]) -> "ExitCode":
        """Return the code that a run ends with when several hold: 4, 3, 1, 2, 0 in that order."""
        return min(codes, key=_MOST_SEVERE_FIRST.index, default=ExitCode.OK)


_MOST_SEVERE_FIRST = (
    ExitCode.NOT_VERIFIED,
    ExitCode.REFUSED,
    ExitCode.ERROR,
    ExitCode.CHANGES_PENDING,
    ExitCode.OK,
)


class SantralError(Exception):
    """Something the user can mend; its text is a whole sentence and never holds a key."""

    exit_code = ExitCode.ERROR
    """What the program ends with when it is not handled."""


@contextlib.contextmanager
def explaining(explained: Callable[[str], SantralError]) -> Iterator[None]:
    """Where the system fails, raise what is made of its reason, a clause without a full stop."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
    else:
        return
    raise explained(reason)


def trace(error: BaseException) -> Iterator[str]:
    """Yield the kind of the error, and then where it passed, outermost first."""
    yield type(error).__name__
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{PurePath(frame.filename).name}:{frame.lineno} in {frame.name}"


def bug_sentence(error: BaseException) -> str:
    """Return what to say of an error that ended one santral's job."""
    short = shortage(error)
    if short:
        return short
    kind, *_, place = trace(error)
    return f"A bug in santral ended this ({kind} at {place}); please report it."
