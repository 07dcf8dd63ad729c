"""Reading the journal's lines, by a decoder for each format version, which is kept for ever."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.core.messages import Message
from reconciler.core.settings import FIELDS
from reconciler.core.text import printable
from reconciler.documents import parse_json
from reconciler.journal.fields import AUTHOR, RecordError, checked
from reconciler.journal.records import (
    CRM_INTEGRATION,
    FORMAT_VERSION,
    KINDS,
    UNKEYED,
    PassedOver,
    Record,
    content_of,
)

_VERSION = re.compile(r"(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})")
_COMMON = ("format_version", "time", "run", "event")
_SETTINGS = ("before", "after", "live")
_INNER = {"author": AUTHOR, **dict.fromkeys(_SETTINGS, (*FIELDS, "sealed_url"))}
"""The fields that have fields of their own."""
_NO_RECORD = Message("record-fields")


class NewerFormatError(RecordError):
    """A line of a format whose lines only a newer santral can read."""

    def __init__(self, version: str) -> None:
        super().__init__(Message("record-format", version=version))
        self.version = version


@dataclass(frozen=True, slots=True)
class _Decoder:
    """How one version of the format is read: field by field, since a rollback sends what it says.

    ``events`` has the fields of each event, but those that all events have.
    """

    events: Mapping[str, tuple[str, ...]]
    may_be_sealed: bool = True
    """Whether settings may have a URL without its secrets."""
    is_newer: bool = False
    """Whether there may be fields and events that nobody here has heard of."""

    # A digest that is missing is not a fault of the line: whoever took it away must gain no more by
    # that than by another one, and it is left to whoever has the key.

    def decode(self, document: Mapping[str, Any], number: int) -> Record:
        """Return the record; raises RecordError."""
        fields = self.events.get(str(document.get("event")))
        if "digest" in (fields or ()):
            document = {"digest": None, **document}
        if self.is_newer and (fields is None or _is_of_another_record(document)):
            return _unknown(document, number)
        passed_over = tuple(_unknown_fields(document, fields or ())) if self.is_newer else ()
        known = _without_unknown(document, fields or ()) if passed_over else document
        if fields is None or known.keys() != {*_COMMON, *fields}:
            raise RecordError(_NO_RECORD)
        if _has_sealed_url(known) and not self.may_be_sealed:
            raise RecordError(_NO_RECORD)
        event = _event(str(known["event"]), {name: known[name] for name in fields})
        return _record(document, event, number, passed_over)


def _has_sealed_url(document: Mapping[str, Any]) -> bool:
    settings = (document.get(name) for name in _SETTINGS)
    return any(isinstance(one, dict) and "sealed_url" in one for one in settings)


def _is_of_another_record(document: Mapping[str, Any]) -> bool:
    return bool(document.get("record", CRM_INTEGRATION) != CRM_INTEGRATION)


def _unknown(document: Mapping[str, Any], number: int) -> Record:
    """Return the record of an event, or about settings, that only a newer format has."""
    name, record = document.get("event"), document.get("record")
    if not isinstance(name, str) or not document.keys() >= {*_COMMON}:
        raise RecordError(_NO_RECORD)
    what = f"{name} of {record}" if isinstance(record, str) else name
    return _record(document, PassedOver(), number, (what,))


def _record(
    document: Mapping[str, Any], event: Any, number: int, passed_over: tuple[str, ...]
) -> Record:
    return Record(
        checked("time", document["time"]),
        checked("run", document["run"]),
        event,
        number,
        document["format_version"],
        content_of(document) if "digest" in document else "",
        passed_over,
    )


def _event(name: str, values: Mapping[str, object]) -> Any:
    return KINDS[name](**{field: checked(field, value) for field, value in values.items()})


def _unknown_fields(document: Mapping[str, Any], fields: tuple[str, ...]) -> Iterator[str]:
    """Yield the names of fields that only a newer format has."""
    event = document["event"]
    yield from (f"{event}.{name}" for name in document if name not in (*_COMMON, *fields))
    for name, inner in _INNER.items():
        if name in fields and isinstance(document.get(name), dict):
            yield from (f"{event}.{name}.{one}" for one in document[name] if one not in inner)


def _without_unknown(document: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    known = {name: value for name, value in document.items() if name in (*_COMMON, *fields)}
    for name, inner in _INNER.items():
        if isinstance(known.get(name), dict):
            known[name] = {one: value for one, value in known[name].items() if one in inner}
    return known


_EVENTS_1_0 = {
    "run_started": ("command", "author", "api", "unreadable_lines"),
    "intent": ("santral", "before", "after"),
    "sending_again": ("santral",),
    "outcome": ("santral", "result", "live"),
    "settled": ("santral", "of_run", "finding", "live"),
}
_EVENTS_1_1 = {
    "run_started": ("command", "author", "api", "unreadable_lines"),
    "intent": ("santral", "record", "before", "after", "digest"),
    "sending_again": ("santral", "record"),
    "outcome": ("santral", "record", "result", "live", "digest"),
    "settled": ("santral", "record", "of_run", "finding", "live", "digest"),
    "run_ended": ("to_change", "in_sync", "failed", "results", "exit_code", "interrupted"),
}
_EVENTS_1_3 = {
    **_EVENTS_1_1,
    "run_ended": (*_EVENTS_1_1["run_ended"], "canary", "stopped_by"),
}
_DECODERS = {
    UNKEYED: _Decoder(_EVENTS_1_0, may_be_sealed=False),
    "1.1": _Decoder(_EVENTS_1_1, may_be_sealed=False),
    "1.2": _Decoder(_EVENTS_1_1),
    FORMAT_VERSION: _Decoder(_EVENTS_1_3),
}
_NEWER = _Decoder(_EVENTS_1_3, is_newer=True)
"""For later minor versions, which only add."""


def decode(line: bytes, number: int) -> Record:
    """Return the record that a line of the journal holds.

    Raises RecordError, for one of a newer major version NewerFormatError.
    """
    document = _object(line)
    return _decoder_of(document.get("format_version")).decode(document, number)


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        document = parse_json(line.decode("utf-8"))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise RecordError(Message("record-not-json"))
    return document


def _decoder_of(version: object) -> _Decoder:
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match and int(match[1]) > 1:
        raise NewerFormatError(match[0])
    if match and match[1] == "1":
        return _DECODERS.get(match[0], _NEWER)
    if isinstance(version, str):
        raise RecordError(Message("record-format", version=printable(version, 20)))
    raise RecordError(Message("record-format-unknown"))
