"""Journals as an earlier run left them, and what is read from one."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
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

BY_VARIABLE = "Taken from the environment: SANTRAL_API_URL.\n"
"""Where the API is not the one of a run: that is how tests say which API to talk to."""

UNKEYED = (
    f"The journal has run {RUN} in format 1.0, which does not show whether it was edited since."
)


def runs_in(journal: Path) -> list[str]:
    """Return the IDs of a journal's runs, in the order in which they began."""
    records = map(json.loads, journal.read_text().splitlines())
    return [*dict.fromkeys(record["run"] for record in records)]


def begun(journal: Path, run: str) -> str:
    """Return when a run in a journal began, in the time zone of the tests, three hours ahead."""
    records = map(json.loads, journal.read_text().splitlines())
    written = next(record["time"] for record in records if record["run"] == run)
    return f"{datetime.fromisoformat(written) + timedelta(hours=3):%Y-%m-%d %H:%M:%S} +03:00"


def undoing(run: str = RUN, time: str = "2026-11-24 13:11:12 +03:00") -> str:
    """Return what a rollback says at its beginning."""
    return f"This undoes run {run}, which began at {time}.\n"


ASKED_AGAIN = (
    "Warning: What was undone still stands in santral.yaml, so the next apply brings it back. "
    "Revert the commits that brought it in (git revert COMMIT), or correct the file.\n"
)
"""What a rollback says at its end, where the file asks for something else."""


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
