"""Numbers, moments and a system's words as people read them, in the language that is spoken.

What programs read has forms of its own, which no language changes.
"""

import re
from collections.abc import Callable, Mapping

from reconciler.core.language import TURKISH
from reconciler.core.system_words import SYSTEM_WORDS
from reconciler.core.translation import language, translated

_TURKISH_MARKS = str.maketrans(",.", ".,")
_MOMENT = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[T ]"
    r"(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?P<offset>Z| [+-][0-9]{2}:[0-9]{2})"
)
"""As ``documents`` writes one, in UTC or in the reader's time zone."""


def is_turkish() -> bool:
    """Return whether Turkish is spoken."""
    return language() == TURKISH


def number(value: int) -> str:
    """Return a number as people read a large one: 10,000 or 10.000."""
    return _marked(f"{value:,}")


def decimal(value: float, places: int | None = None) -> str:
    """Return a number that is not whole, with so many decimals or as many as it has: 0.5 or 0,5."""
    return _marked(f"{value:g}" if places is None else f"{value:.{places}f}")


def percent(value: int) -> str:
    """Return a percentage: 30% or %30."""
    return f"%{value}" if is_turkish() else f"{value}%"


def moment(text: str) -> str:
    """Return a moment that ``documents`` wrote, as people write one; any other text as it is.

    In Turkish ``25.11.2026 11:00:00 +03:00``, or with ``UTC`` at its end.
    """
    found = _MOMENT.fullmatch(text) if is_turkish() else None
    if not found:
        return text
    offset = " UTC" if found["offset"] == "Z" else found["offset"]
    return f"{found['day']}.{found['month']}.{found['year']} {found['time']}{offset}"


def _large(text: str) -> str:
    """Return a large number that was written in the form which no language changes."""
    return _marked(text) if re.fullmatch("[0-9]{1,3}(?:,[0-9]{3})+", text) else text


_SHOWN: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(("first", "last", "made", "newest_made", "time", "until"), moment),
    **dict.fromkeys(("fleet", "looked_at"), _large),
    "reason": lambda text: translated(text) if text in SYSTEM_WORDS else text,
}
"""By the name of a field which holds a text that no language changes: how people read it."""


def shown(field: str, text: str) -> str:
    """Return a field of a sentence; its text stays as it is, unless it is of one of these names."""
    return _SHOWN[field](text) if field in _SHOWN else text


def _marked(written: str) -> str:
    return written.translate(_TURKISH_MARKS) if is_turkish() else written
