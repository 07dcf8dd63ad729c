"""How the program ends, and the root of every error that is the user's to mend."""

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """The documented exit codes."""

    OK = 0
    ERROR = 1
    CHANGES_PENDING = 2
    REFUSED = 3
    NOT_VERIFIED = 4

    @staticmethod
    def gravest(codes: Iterable["ExitCode"]) -> "ExitCode":
        """Return the code that a run ends with when several hold: 4, 3, 1, 2, 0 in that order."""
        return min(codes, key=_GRAVEST_FIRST.index, default=ExitCode.OK)


_GRAVEST_FIRST = (
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
