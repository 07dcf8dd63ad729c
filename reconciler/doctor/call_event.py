"""A made-up call event, as the vendor would send it: the documented form, and nobody's data."""

from datetime import datetime
from enum import StrEnum
from urllib.parse import urlencode

MARK = "santral-test"
"""What the ID of a made-up call begins with, for the receiver to know it by."""
_NUMBER = "00000000000"
_EXTENSION = "0000"
_SECONDS = "0"


class Event(StrEnum):
    """The events of a call, by the names that the vendor gives them in ``event_type``."""

    RINGING = "ringing"
    ANSWER = "answer"
    HANGUP = "hangup"
    USER_HANGUP = "user_hangup"

    @property
    def is_end(self) -> bool:
        """Whether the call is over."""
        return self in {Event.HANGUP, Event.USER_HANGUP}


def fields_of(event: Event, moment: datetime) -> dict[str, str]:
    """Return every field that the vendor documents, in its order; empty where nothing is known yet.

    The forms of the values are those of its page on event reporting (report_event.md of
    verimor/Bulutsantralim-API), where they are shown: times as in 2016-01-01 00:00:00, true and
    false, caller. What that page says of ``answered`` contradicts itself.
    """
    stamp = moment.strftime("%Y-%m-%d %H:%M:%S")
    answered = event is not Event.RINGING
    return {
        "event_type": str(event),
        "domain_id": "0",
        "direction": "inbound",
        "caller_id_number": _NUMBER,
        "outbound_caller_id_number": "",
        "destination_number": _NUMBER,
        "dialed_user": _EXTENSION,
        "connected_user": _EXTENSION if answered else "",
        "call_uuid": f"{MARK}-{moment.strftime('%Y%m%dT%H%M%S')}",
        "start_stamp": stamp,
        "answer_stamp": stamp if answered else "",
        **_end(event, stamp),
    }


def _end(event: Event, stamp: str) -> dict[str, str]:
    """Return the fields that are known once the call is over."""
    known = {
        "end_stamp": stamp,
        "duration": _SECONDS,
        "recording_present": "false",
        "answered": "true",
        "queue": "",
        "queue_wait_duration": "",
        "sip_hangup_disposition": "caller",
        "hangup_cause": "NORMAL_CLEARING",
        "failure_status": "",
        "failure_phrase": "",
    }
    return known if event.is_end else dict.fromkeys(known, "")


def as_form(fields: dict[str, str]) -> str:
    """Return fields as a form is sent."""
    return urlencode(fields)
