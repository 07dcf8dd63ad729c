"""Decoding what the API answers: strictly, since a guess could overwrite settings."""

import codecs
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from reconciler import strict_json
from reconciler.settings import FIELDS, SWITCHES, Settings, Switch

BAD_KEY_TEXTS = ("gecersiz anahtar", "geçersiz anahtar")


@dataclass(frozen=True, slots=True)
class Live:
    """The live settings of a santral, and what was odd about the answer."""

    settings: Settings
    warnings: tuple[str, ...] = ()


class AnswerError(Exception):
    """An answer that is not the documented one; the text is a clause without the answer's own.

    ``is_cut`` tells that the answer may be a good one that was cut off on its way.
    """

    def __init__(self, reason: str, *, is_cut: bool = False) -> None:
        super().__init__(reason)
        self.is_cut = is_cut


def decode_settings(body: bytes) -> Live:
    """Return the settings in a GET's answer; raises AnswerError.

    It must be a JSON object with the three switches, each "on" or "off", and notification_url, a
    text; null, blank and missing all mean that none is set. Further fields give a warning.
    """
    answer = _decode_object(body)
    missing = [name for name in SWITCHES if name not in answer]
    if missing:
        raise AnswerError(f"the API's answer lacks {', '.join(missing)}")
    settings = Settings(
        **{name: _switch(name, answer[name]) for name in SWITCHES},
        notification_url=_url(answer.get("notification_url")),
    )
    return Live(settings, (_UNDOCUMENTED,) if answer.keys() - set(FIELDS) else ())


_UNDOCUMENTED = "The API's answer has fields that are not documented; they were left alone."


def _decode_object(body: bytes) -> dict[str, Any]:
    try:
        answer = strict_json.loads(body.decode("utf-8-sig"))
    except json.JSONDecodeError:
        answer = AnswerError("the API's answer is not JSON", is_cut=_is_cut(body))
    except ValueError:
        answer = AnswerError(_MALFORMED, is_cut=_is_cut(body))
    if isinstance(answer, AnswerError):
        raise answer
    if not isinstance(answer, dict):
        raise AnswerError("the API's answer is JSON, but not an object")
    return answer


_MALFORMED = "the API's answer is not well-formed JSON in UTF-8"


def _is_cut(body: bytes) -> bool:
    """Tell whether more of it could have made it right: it is nothing, or an object's beginning."""
    text = body.removeprefix(codecs.BOM_UTF8).strip()
    return not text or (text.startswith(b"{") and not text.endswith(b"}"))


def _switch(name: str, value: object) -> Switch:
    if value in ("on", "off"):
        return Switch(value)
    raise AnswerError(f'the API\'s answer has a {name} that is neither "on" nor "off"')


def _url(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise AnswerError("the API's answer has a notification_url that is not a text")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise AnswerError(_MALFORMED)  # Half a character, which JSON allows, cannot be sent back.
    return value if value.strip() else None


def says_bad_key(body: bytes) -> bool:
    """Tell whether a refusal is the documented ``Gecersiz anahtar: ...``."""
    text = body[:200].decode(errors="replace").lower()
    return any(bad_key in text for bad_key in BAD_KEY_TEXTS)


def seconds_of(retry_after: str | None, now: datetime | None = None) -> float | None:
    """Return the wait that a Retry-After header asks for, in seconds, or None if it asks for none.

    It may be a whole number of seconds or an HTTP date; anything else counts as absent. What is
    more than 31 years counts as that.
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:_DIGITS]), _LONGEST)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(0.0, seconds), _LONGEST)


_DIGITS = 12
_LONGEST = 1e9
"""In seconds, 31 years: so that any wait ends at a moment that can be written down."""
