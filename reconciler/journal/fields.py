"""The values of the journal's records, each checked, since a rollback sends what they say."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from reconciler.core.messages import Message
from reconciler.core.outcome import Result
from reconciler.core.settings import FIELDS, Settings
from reconciler.core.stop import Stop
from reconciler.journal.recorded import Recorded, SealedUrl
from reconciler.journal.records import CRM_INTEGRATION, Author, Finding

_TIME_SHAPE = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SANTRAL = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_RUN = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")
_DIGEST = re.compile("[0-9a-f]{32}")
AUTHOR = ("name", "link")
_SEALED = ("text", "digest")


class RecordError(Exception):
    """A line that is not a record; the reason has none of the line's values."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.reason = reason


def checked(field: str, value: object) -> Any:
    """Return the value of a field as it is in an event; raises RecordError."""
    try:
        return _FIELDS[field](value)
    except (ValueError, TypeError):
        reason = Message("record-field", field=field)
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


def _or_none(decode_value: Callable[[object], Any]) -> Callable[[object], Any]:
    return lambda value: None if value is None else decode_value(value)


_time = _matching(_TIME_SHAPE)
_santral = _matching(_SANTRAL)


def _fields(value: object, names: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise ValueError
    return value


def _settings(value: object) -> Recorded:
    if not isinstance(value, dict):
        raise TypeError
    settings = Settings.parse({name: it for name, it in value.items() if name != "sealed_url"})
    sealed = _sealed(value["sealed_url"]) if "sealed_url" in value else None
    if sealed and settings.notification_url is not None:
        raise ValueError
    return Recorded(**{name: getattr(settings, name) for name in FIELDS}, sealed_url=sealed)


def _sealed(value: object) -> SealedUrl:
    document = _fields(value, _SEALED)
    return SealedUrl(_text(document["text"]), _or_none(_matching(_DIGEST))(document["digest"]))


def _author(value: object) -> Author:
    document = _fields(value, AUTHOR)
    return Author(_text(document["name"]), _or_none(_text)(document["link"]))


def _list_of(decode_value: Callable[[object], Any]) -> Callable[[object], tuple[Any, ...]]:
    def decode_list(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise TypeError
        return tuple(map(decode_value, value))

    return decode_list


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _count(value: object) -> int:
    if _number(value) < 0:
        raise ValueError
    return _number(value)


def _results(value: object) -> dict[Result, int]:
    document = _fields(value, tuple(Result))
    return {Result(name): _count(count) for name, count in document.items()}


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _record_name(value: object) -> str:
    if value != CRM_INTEGRATION:
        raise ValueError
    return CRM_INTEGRATION


_FIELDS: dict[str, Callable[[object], object]] = {
    "time": lambda value: datetime.fromisoformat(_time(value)),
    "run": _matching(_RUN),
    "of_run": _matching(_RUN),
    "command": _text,
    "author": _author,
    "api": _text,
    "unreadable_lines": _list_of(_number),
    "santral": _santral,
    "record": _record_name,
    "before": _settings,
    "after": _settings,
    "live": _or_none(_settings),
    "digest": _or_none(_matching(_DIGEST)),
    "result": lambda value: Result(_text(value)),
    "finding": lambda value: Finding(_text(value)),
    "to_change": _or_none(_list_of(_santral)),
    "in_sync": _count,
    "failed": _count,
    "results": _or_none(_results),
    "exit_code": _count,
    "interrupted": _flag,
    "canary": _or_none(_list_of(_santral)),
    "stopped_by": _or_none(lambda value: Stop(_text(value))),
}
