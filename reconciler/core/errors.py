"""How the program ends, errors that the user can mend, and reporting those that nobody can.

A bug is reported without any value, which might hold a key.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from pathlib import PurePath

from reconciler.core.messages import Message, located, text_of
from reconciler.core.shortages import shortage
from reconciler.core.text import printable
from reconciler.files import RefusedError


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
    """Something the user can mend; its text never holds a key."""

    exit_code = ExitCode.ERROR
    """What the program ends with when it is not handled."""
    options: tuple[str, ...] = ()
    """The options, by the names of their parameters, whose values it may be about."""

    def __init__(self, *messages: Message, place: str = "") -> None:
        """Say what is wrong; and in which file, where that is not part of it."""
        super().__init__(*messages)
        self.messages = messages
        self.place = place

    def __str__(self) -> str:
        return located(self.place, *self.messages) if self.place else text_of(self.messages)


def system_reason(error: OSError) -> Message:
    """Say why something of the system failed, where it says so itself."""
    if isinstance(error, RefusedError):
        return Message(error.code, **error.fields)
    return Message("system-error", reason=printable(error.strerror or type(error).__name__))


@contextlib.contextmanager
def explaining(explained: Callable[[Message], Exception]) -> Iterator[None]:
    """Where the system fails, raise what is made of its reason."""
    try:
        yield
    except OSError as error:
        reason = system_reason(error)
    else:
        return
    raise explained(reason)


def trace(error: BaseException) -> Iterator[str]:
    """Yield the kind of the error, and then where it passed, outermost first."""
    import traceback  # noqa: PLC0415 - rarely needed

    yield type(error).__name__
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{PurePath(frame.filename).name}:{frame.lineno}, {frame.name}"


def bug(error: BaseException) -> Message:
    """Say that a bug, or a shortage, ended one santral's job."""
    short = shortage(error)
    if short:
        return Message(short)
    kind, *_, place = trace(error)
    return Message("bug", kind=kind, place=place)
