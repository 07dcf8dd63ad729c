"""The journal's records as values, and the one JSON object a line that each is written as."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from reconciler import strict_json
from reconciler.apply.outcome import Result
from reconciler.moments import utc_text
from reconciler.settings import FIELDS, SWITCHES, Settings, Switch
from reconciler.text import printable

FORMAT_VERSION = "1.0"
SANDBOX = "sandbox"
"""What is written for the address of the API where a run was for the sandbox."""
_TIME_SHAPE = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SANTRAL = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_RUN = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")


class RecordError(Exception):
    """A line that is no record; the text is a clause without any of the line's values."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who started a run: a person's name at the CI, or the operating system's user."""

    name: str
    link: str | None = None
    """The CI's page of the run."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run has the journal, and has told of the lines in it that it could not read."""

    command: str
    author: Author
    api: str
    """Its address, or SANDBOX."""
    unreadable_lines: tuple[int, ...] = ()
    """Lines that no earlier run has told of, counted from 1."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A change is about to be sent."""

    santral: str
    before: Settings
    after: Settings


@dataclass(frozen=True, slots=True)
class SendingAgain:
    """The change whose intent the run wrote is about to be sent a second time."""

    santral: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How the change ended, and the settings last read."""

    santral: str
    result: Result
    live: Settings | None


class Finding(StrEnum):
    """What had become of a change whose run died before it could tell."""

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
    live: Settings | None


Event = RunStarted | Intent | SendingAgain | Ended | Settled


@dataclass(frozen=True, slots=True)
class Record:
    """What a run wrote down."""

    time: datetime
    run: str
    event: Event
    line: int = 0
    """Where it stands in the journal, counted from 1; 0 for one that does not stand there yet."""


_KINDS: dict[str, type[Event]] = {
    "run_started": RunStarted,
    "intent": Intent,
    "sending_again": SendingAgain,
    "outcome": Ended,
    "settled": Settled,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_COMMON = frozenset({"format_version", "time", "run", "event"})


def encode(record: Record) -> bytes:
    """Return the record as a line of the journal."""
    document = {
        "format_version": FORMAT_VERSION,
        "time": utc_text(record.time),
        "run": record.run,
        "event": _NAMES[type(record.event)],
        **asdict(record.event),
    }
    return f"{json.dumps(document)}\n".encode()


def decode(line: bytes, number: int) -> Record:
    """Return the record that a line of the journal holds; raises RecordError.

    It must be as ``encode`` writes it, field by field, since a rollback sends what it says.
    """
    document = _object(line)
    kind = _KINDS.get(str(document.get("event")))
    if not kind or document.keys() != _COMMON | {field.name for field in fields(kind)}:
        raise RecordError("it has not the fields of a record")
    event = kind(**{f.name: _checked(f.name, document[f.name]) for f in fields(kind)})
    return Record(
        _checked("time", document["time"]), _checked("run", document["run"]), event, number
    )


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        document = strict_json.loads(line.decode("utf-8"))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise RecordError("it is no JSON object")
    version = document.get("format_version")
    if version != FORMAT_VERSION:
        shown = printable(version, 20) if isinstance(version, str) else "unknown"
        raise RecordError(f"its format is {shown}, and this santral knows {FORMAT_VERSION}")
    return document


def _checked(field: str, value: object) -> Any:
    try:
        return _DECODERS[field](value)
    except (ValueError, TypeError):
        reason = f"its {field} is not as santral writes it"
    raise RecordError(reason)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # Half a character, which JSON allows, is a ValueError here.
    return value


def _matching(pattern: re.Pattern[str]) -> Callable[[object], str]:
    def match(value: object) -> str:
        text = _text(value)
        if not pattern.fullmatch(text):
            raise ValueError
        return text

    return match


_time = _matching(_TIME_SHAPE)


def _fields(value: object, names: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise ValueError
    return value


def _settings(value: object) -> Settings:
    document = _fields(value, FIELDS)
    url = document["notification_url"]
    switches = {name: Switch(_text(document[name])) for name in SWITCHES}
    return Settings(**switches, notification_url=None if url is None else _url(url))


def _url(value: object) -> str:
    text = _text(value)
    if not text.strip():
        raise ValueError
    return text


def _author(value: object) -> Author:
    document = _fields(value, ("name", "link"))
    link = document["link"]
    return Author(_text(document["name"]), None if link is None else _text(link))


def _line_numbers(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(number) is int for number in value):
        raise TypeError
    return tuple(value)


_DECODERS: dict[str, Callable[[object], object]] = {
    "time": lambda value: datetime.fromisoformat(_time(value)),
    "run": _matching(_RUN),
    "of_run": _matching(_RUN),
    "command": _text,
    "author": _author,
    "api": _text,
    "unreadable_lines": _line_numbers,
    "santral": _matching(_SANTRAL),
    "before": _settings,
    "after": _settings,
    "live": lambda value: None if value is None else _settings(value),
    "result": lambda value: Result(_text(value)),
    "finding": lambda value: Finding(_text(value)),
}
