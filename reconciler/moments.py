"""Moments as this program writes them: in UTC, to the second."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def utc_text(moment: datetime) -> str:
    """Return a moment of UTC as text: ``2026-11-25T08:00:00Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
