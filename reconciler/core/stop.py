"""Why a run ends before its work is done."""

from enum import StrEnum


class Stop(StrEnum):
    """Why a run ends before its work is done; the first reason is the one that counts."""

    SIGNAL = "signal"
    TIME_LIMIT = "time_limit"
    FAILURES = "failures"
    """As many changes did not succeed as the run was given."""
    CANARY = "canary"
    """A change that was tried first did not end as applied."""
