"""Journals as an earlier run left them, and what is read from one."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.program import Program
from support.stand_in import StandIn

RUN = "20261124T101112Z-0a1b2c"

OFF = {"ringing": "off", "answered": "off", "hangup": "off", "notification_url": None}

ON = dict.fromkeys(OFF, "on") | {"notification_url": "https://crm.example.com/ankara"}

JOURNAL = Path(".santral/journal.jsonl")

START_OF_RECORD = {"format_version": "1.0", "time": "2026-11-24T10:11:12Z", "run": RUN}

INTENT: dict[str, Any] = {
    **START_OF_RECORD,
    "event": "intent",
    "santral": "ankara",
    "before": OFF,
    "after": ON,
}

START: dict[str, Any] = {
    **START_OF_RECORD,
    "event": "run_started",
    "command": "apply",
    "author": {"name": "ayşe", "link": None},
    "api": "https://api.bulutsantralim.com",
    "unreadable_lines": [],
}

UNKEYED = (
    f"The journal has run {RUN} in format 1.0, which does not show whether it was edited since."
)


def start_at(stand_in: StandIn) -> dict[str, Any]:
    """Return the record that the run began, with the stand-in for its API."""
    return {**START, "api": stand_in.origin}


def leave(program: Program, *records: object) -> None:
    """Write a journal of these records."""
    program.write(JOURNAL, "".join(f"{json.dumps(record)}\n" for record in records))


LATER = "20261125T070000Z-ffffff"


def outcome(result: str) -> dict[str, object]:
    """Return the record of how the change of INTENT ended."""
    return {
        **START_OF_RECORD,
        "event": "outcome",
        "santral": "ankara",
        "result": result,
        "live": ON,
    }


def later(record: Mapping[str, object], **more: object) -> dict[str, object]:
    """Return the record as a later run would have written it."""
    return {**record, "run": LATER, "time": "2026-11-25T07:00:00Z", **more}


def events(journal: Path) -> list[str]:
    """Return what a journal's records tell of, in order."""
    return [json.loads(line)["event"] for line in journal.read_text().splitlines()]
