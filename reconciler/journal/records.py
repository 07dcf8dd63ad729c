"""The journal's records as values, and the one JSON object a line that each is written as.

A record of a change has a digest, keyed by the santral's key, of the full line and of the API, so
that it says whose key it was written with, and fits nothing else once somebody has edited it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from reconciler.core.outcome import Result
from reconciler.core.stop import Stop
from reconciler.documents import utc_text
from reconciler.journal.recorded import Recorded

FORMAT_VERSION = "1.3"
"""A minor version adds fields and events, never a value to a field that an earlier one has."""
UNKEYED = "1.0"
"""The version whose records have no digests, and whose runs do not write their end."""
SANDBOX = "sandbox"
"""What is written for the address of the API where a run was for the sandbox."""
CRM_INTEGRATION = "crm_integration"
"""The one record of a santral that changes are about."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who started a run: a person's name at the CI, or the operating system's user."""

    name: str
    link: str | None = None
    """The CI's page of the run."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run has the journal, and has reported the lines in it that it could not read."""

    command: str
    author: Author
    api: str
    """Its address, or SANDBOX."""
    unreadable_lines: tuple[int, ...] = ()
    """Lines that no earlier run has reported, counted from 1."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A change is about to be sent."""

    santral: str
    before: Recorded
    after: Recorded
    record: str = CRM_INTEGRATION
    digest: str | None = None
    """By the santral's key; None in format 1.0, and where somebody took it away."""


@dataclass(frozen=True, slots=True)
class SendingAgain:
    """The change whose intent the run wrote is about to be sent a second time."""

    santral: str
    record: str = CRM_INTEGRATION


@dataclass(frozen=True, slots=True)
class Ended:
    """How the change ended, and the settings last read."""

    santral: str
    result: Result
    live: Recorded | None
    record: str = CRM_INTEGRATION
    digest: str | None = None
    """As of an intent."""


class Finding(StrEnum):
    """What had become of a change whose run died before it could report it."""

    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    OTHERS_LIVE = "others_live"
    """Neither what was before it nor what it wanted is live."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Settled:
    """A later run has found out what became of a change, as far as that can be."""

    santral: str
    of_run: str
    finding: Finding
    live: Recorded | None
    record: str = CRM_INTEGRATION
    digest: str | None = None
    """As of an intent; None too where the santral has left the files, and its key with it."""


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run has come to its end: what it had planned, and what came of that."""

    to_change: tuple[str, ...] | None
    """The santrals that were to be changed; None where the run ended before it had a plan."""
    in_sync: int
    """How many had nothing to change."""
    failed: int
    """How many could not be planned for."""
    results: Mapping[Result, int] | None
    """How many ended in which way, zeros included; None where nobody came to say."""
    exit_code: int
    interrupted: bool
    canary: tuple[str, ...] | None = None
    """The santrals whose changes came first; None where none did, and up to format 1.2."""
    stopped_by: Stop | None = None
    """What stopped it with changes left; None where nothing did, and up to format 1.2."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An event that a newer format has, and this one does not know."""


Keyed = Intent | Ended | Settled
"""The events with a digest."""
Event = RunStarted | Intent | SendingAgain | Ended | Settled | RunEnded | PassedOver


@dataclass(frozen=True, slots=True)
class Record:
    """What a run wrote down."""

    time: datetime
    run: str
    event: Event
    line: int = 0
    """Where it stands in the journal, counted from 1; 0 for one that does not stand there yet."""
    version: str = FORMAT_VERSION
    """The format in which it was written."""
    content: str = ""
    """All of the line that its digest is of; nothing where it has none."""
    passed_over: tuple[str, ...] = ()
    """The fields and the event in it that only a newer format has, as they were written."""


KINDS: Mapping[str, type[Event]] = {
    "run_started": RunStarted,
    "intent": Intent,
    "sending_again": SendingAgain,
    "outcome": Ended,
    "settled": Settled,
    "run_ended": RunEnded,
}
_NAMES = {kind: name for name, kind in KINDS.items()}


def encode(record: Record) -> bytes:
    """Return the record as a line of the journal, in the format of now."""
    return f"{json.dumps(document_of(record))}\n".encode()


def document_of(record: Record) -> dict[str, Any]:
    """Return the record as the JSON object that it is written as."""
    return {
        "format_version": FORMAT_VERSION,
        "time": utc_text(record.time),
        "run": record.run,
        "event": _NAMES[type(record.event)],
        **asdict(record.event, dict_factory=_fields),
    }


def _fields(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the fields of a record, or of settings, where what is not sealed says nothing."""
    return {name: value for name, value in fields if name != "sealed_url" or value}


def content_of(document: Mapping[str, Any]) -> str:
    """Return what a line's digest is of: every field of it, known or not, but the digest."""
    content = {name: value for name, value in document.items() if name != "digest"}
    return json.dumps(content, sort_keys=True)
