"""Decoding what the API answers: strictly, since a guess could overwrite settings."""

import codecs
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from reconciler.core.key_finder import KeyFinder
from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.core.secret_finder import SecretFinder
from reconciler.core.settings import FIELDS, SWITCHES, Settings, Switch
from reconciler.core.text import printable
from reconciler.core.url_hiding import hide_in
from reconciler.documents import parse_json, utc_now

BAD_KEY_TEXTS = ("gecersiz anahtar", "geçersiz anahtar")
_DOCUMENTED = frozenset(FIELDS)
_UNDOCUMENTED = Message("answer-undocumented")
_MALFORMED = Message("answer-malformed")
MOST_SEARCHED = 8 * 1024
_MOST_SHOWN = 200
_LONGEST_HEADER = 200
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]+)""", re.IGNORECASE)
_CHARSETS = {
    **dict.fromkeys(("iso-8859-9", "iso8859-9", "iso_8859-9", "latin5", "latin-5"), "iso-8859-9"),
    **dict.fromkeys(("windows-1254", "cp1254", "cp-1254", "x-cp1254"), "cp1254"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "latin-1"), "cp1252"),
    **dict.fromkeys(("windows-1252", "cp1252"), "cp1252"),
    **dict.fromkeys(("utf-16", "utf-16le"), "utf-16-le"),
    "utf-16be": "utf-16-be",
}
"""Those that are read; a codec of Python's with another name may not even give a text."""
for _charset in {*_CHARSETS.values()}:
    codecs.lookup(_charset)  # It is read here, before files may be short.
_BYTE_ORDERS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DIGITS = 12
_LONGEST = 10.0**_DIGITS
"""In seconds, beyond all dates: what more digits count as."""


@dataclass(frozen=True, slots=True)
class Live:
    """The live settings of a santral, and what was odd about the answer."""

    settings: Settings
    warnings: tuple[Message, ...] = ()


class AnswerError(Exception):
    """An answer that is not the documented one; the reason has nothing of the answer's own.

    ``is_cut`` says that the answer may be a good one that was cut off on its way.
    """

    def __init__(self, reason: Message, *, is_cut: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_cut = is_cut


def decode_settings(body: bytes) -> Live:
    """Return the settings in a GET's answer; raises AnswerError.

    It must be a JSON object with the three switches, each "on" or "off", and notification_url, a
    text; null, blank and missing all mean that none is set. Further fields give a warning.
    """
    answer = _decode_object(body)
    missing = [name for name in SWITCHES if name not in answer]
    if missing:
        raise AnswerError(Message("answer-field-missing", fields=", ".join(missing)))
    settings = Settings(
        **{name: _switch(name, answer[name]) for name in SWITCHES},
        notification_url=_url(answer.get("notification_url")),
    )
    return Live(settings, (_UNDOCUMENTED,) if answer.keys() - _DOCUMENTED else ())


def _decode_object(body: bytes) -> dict[str, Any]:
    try:
        answer = parse_json(body.removeprefix(codecs.BOM_UTF8).decode())
    except json.JSONDecodeError:
        answer = AnswerError(Message("answer-not-json"), is_cut=_is_cut(body))
    except ValueError:
        answer = AnswerError(_MALFORMED, is_cut=_is_cut(body))
    if isinstance(answer, AnswerError):
        raise answer
    if not isinstance(answer, dict):
        raise AnswerError(Message("answer-not-object"))
    return answer


def _is_cut(body: bytes) -> bool:
    """Return whether more of it could have made it right: nothing, or an object's beginning."""
    text = body.removeprefix(codecs.BOM_UTF8).strip()
    return not text or (text.startswith(b"{") and not text.endswith(b"}"))


def _switch(name: str, value: object) -> Switch:
    for switch in Switch:
        if value == switch:
            return switch
    raise AnswerError(Message("answer-switch", field=name))


def _url(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise AnswerError(Message("answer-url"))
    if _HALF_CHARACTER.search(value):
        raise AnswerError(_MALFORMED)  # Half a character, which JSON allows, cannot be sent back.
    return value if value.strip() else None


def said_in(body: bytes, content_type: str) -> str:
    """Return the beginning of a refusal as text: all that is worth searching, since less is shown.

    The charset that it declares counts where it is one of those that servers write text in; all
    else is read as UTF-8. What cannot be decoded becomes U+FFFD.
    """
    beginning = body[:MOST_SEARCHED]
    charset = next((name for mark, name in _BYTE_ORDERS if body.startswith(mark)), None)
    declared = _CHARSET.search(content_type[:_LONGEST_HEADER])
    charset = charset or _CHARSETS.get(declared[1].lower() if declared else "", "utf-8")
    if charset.startswith("utf-16") and b"\0" not in beginning:
        charset = "utf-8"  # In UTF-16 each ASCII letter has one, so the declaration is untrue.
    return beginning.decode(charset, errors="replace").removeprefix("\ufeff")


def quotable(text: str, body: bytes) -> str:
    """Return what is shown of the text of a refusal, without a last word that may be cut."""
    words = text.split()
    is_cut = len(body) > MOST_SEARCHED
    return printable(" ".join(words[:-1] or words if is_cut else words), _MOST_SHOWN)


@dataclass(frozen=True, slots=True)
class Quoting:
    """What may be shown of the texts of others: nothing of any key or secret at hand."""

    keys: KeyFinder
    secrets: SecretFinder

    def quoted(self, text: str, body: bytes, url: str | None, key: Key | None = None) -> str:
        """Return what is shown of the text of an answer to a request with a URL and a key.

        What masking hides of the URL is left out too.
        """
        known = self.secrets.redact(self.keys.redact(text, key))
        return quotable(hide_in(known, url), body)


def says_bad_key(text: str) -> bool:
    """Return whether a refusal is the documented ``Gecersiz anahtar: ...``."""
    beginning = text[:200].lower()
    return any(bad_key in beginning for bad_key in BAD_KEY_TEXTS)


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait that the API asks for."""

    seconds: float
    until: datetime | None
    """The moment of UTC, to the second; None where no date is so late."""


def wait_asked(retry_after: str | None, now: datetime | None = None) -> Wait | None:
    """Return the wait that a Retry-After header asks for, or None if it asks for none.

    It may be a whole number of seconds or an HTTP date; anything else counts as absent.
    """
    if retry_after is None:
        return None
    now = now or utc_now()
    text = retry_after[:_LONGEST_HEADER].strip()
    if text.isascii() and text.isdigit():
        digits = text.lstrip("0")
        seconds = float(digits or 0) if len(digits) <= _DIGITS else _LONGEST
        return Wait(seconds, _or_none(lambda: now + timedelta(seconds=seconds)))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = max(0.0, (moment - now).total_seconds())
    return Wait(seconds, _or_none(lambda: moment.astimezone(UTC)) if seconds else now)


def _or_none(moment: Callable[[], datetime]) -> datetime | None:
    try:
        return moment()
    except OverflowError:
        return None
