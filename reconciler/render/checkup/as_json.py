"""A checkup as JSON: a versioned shape of its own, described by doctor.schema.json."""

from typing import Any

from reconciler import __version__
from reconciler.core.checkup import Checked, Checkup, Finding, Measured
from reconciler.core.messages import text_of
from reconciler.core.text import printable
from reconciler.render import as_json

FORMAT_VERSION = "1.0"
_DIGITS = 3
"""Of seconds, behind the point."""


def render(checkup: Checkup) -> str:
    """Return the checkup as one JSON document."""
    return as_json.text_of(
        {
            "format_version": FORMAT_VERSION,
            "tool_version": __version__,
            "api": checkup.api,
            "made": checkup.made,
            "urls": str(checkup.source),
            "reach": str(checkup.reach),
            "santrals": [*map(_santral, checkup.santrals)],
            "notes": [*map(str, checkup.notes)],
            "note_messages": [*map(as_json.coded, checkup.notes)],
            "summary": {str(level): number for level, number in checkup.count().items()},
        }
    )


def _santral(checked: Checked) -> dict[str, Any]:
    place = checked.place
    return {
        "name": checked.name,
        "source": {"file": printable(place.source), "line": place.line, "column": place.column},
        "level": str(checked.level),
        "notification_url": checked.url,
        "findings": [*map(_finding, checked.findings)],
        "measured": _measured(checked.measured) if checked.measured else None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "level": str(finding.level),
        "text": text_of(finding.messages),
        "messages": [*map(as_json.coded, finding.messages)],
    }


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        "seconds": round(measured.seconds, _DIGITS),
        "status": measured.status,
        "certificate_days": measured.certificate_days,
    }
