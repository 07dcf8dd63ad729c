"""What this program writes and reads in every document: strict JSON, moments and durations."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any


def utc_now() -> datetime:
    """Return the time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def utc_text(moment: datetime) -> str:
    """Return a moment of UTC as text: ``2026-11-25T08:00:00Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def is_moment(text: str) -> bool:
    """Return whether ``utc_text`` could have written a text of this form."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def local_text(moment: datetime) -> str:
    """Return a moment in the reader's time zone, for people: ``2026-11-25 11:00:00 +03:00``.

    A moment that no local clock can show is left in UTC.
    """
    try:
        local = moment.astimezone()
    except (OverflowError, ValueError, OSError):
        local = moment
    text = local.isoformat(" ", "seconds")
    return f"{text[:_BEFORE_OFFSET]} {text[_BEFORE_OFFSET:]}"


_BEFORE_OFFSET = len("2026-11-25 11:00:00")


_DURATION = re.compile("([0-9]{1,5})([mhdw])")
_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
}


def duration_of(text: str) -> timedelta | None:
    """Return how long ``30m``, ``2h``, ``3d`` or ``1w`` is; None for any other text."""
    written = _DURATION.fullmatch(text)
    return int(written[1]) * _UNITS[written[2]] if written else None


def duration_text(duration: timedelta) -> str:
    """Return a duration of full minutes as ``duration_of`` takes it, in its largest unit."""
    unit = next((one for one, length in _UNITS.items() if not duration % length), "m")
    return f"{duration // _UNITS[unit]}{unit}"


def parse_json(text: str) -> Any:
    """Return the value; raises JSONDecodeError for what is not JSON, ValueError for the rest."""
    try:
        return _STRICT.decode(text)
    except RecursionError:
        nested_too_deep = ValueError()
    raise nested_too_deep


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError
    return fields


def _no_constant(_: str) -> None:
    raise ValueError


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
"""Made once: a decoder takes as long to be made as to read a santral's settings."""
