"""The CRM settings of one santral: as they are live, and as a file wants them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, TypeGuard

from reconciler.core.url_spelling import is_same_url


class Switch(StrEnum):
    """Whether one kind of call event is reported."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Settings:
    """The complete settings of one santral, as the API reports and takes them."""

    ringing: Switch
    answered: Switch
    hangup: Switch
    notification_url: str | None = field(repr=False)
    """Where call events are posted; None while none is set. It may have a secret."""

    @staticmethod
    def parse(document: Mapping[str, Any]) -> "Settings":
        """Return settings that this program wrote down as JSON; raises ValueError.

        Every field is there, and no other; a notification URL that is not set is null.
        """
        if document.keys() != set(FIELDS):
            raise ValueError
        switches = {name: Switch(document[name]) for name in SWITCHES}
        url = document["notification_url"]
        if url is not None and not _is_url(url):
            raise ValueError
        return Settings(**switches, notification_url=url)

    def is_same(self, other: "Settings") -> bool:
        """Return whether both mean the same: the URL may be spelled in two ways."""
        return all(is_same_value(getattr(self, name), getattr(other, name)) for name in FIELDS)


def _is_url(value: object) -> TypeGuard[str]:
    """Say whether it is a text that is not blank; raises ValueError for half a character."""
    return isinstance(value, str) and bool(value.encode()) and bool(value.strip())


FIELDS = tuple(one.name for one in fields(Settings))
"""The names of the settings, in the order of the vendor's documentation."""

SWITCHES = FIELDS[:3]
URL_FIELD = "notification_url"


@dataclass(frozen=True, slots=True)
class DesiredSettings:
    """What a file asks for; a field that is None is unmanaged."""

    ringing: Switch | None = None
    answered: Switch | None = None
    hangup: Switch | None = None
    notification_url: str | None = field(default=None, repr=False)

    def over(self, live: Settings) -> Settings:
        """Return the complete settings to send: the managed fields laid over the live ones.

        A notification URL that the API keeps in another spelling stays as the API keeps it.
        """
        managed = {name: getattr(self, name) for name in FIELDS}
        differing = {
            name: value
            for name, value in managed.items()
            if value and not is_same_value(value, getattr(live, name))
        }
        return replace(live, **differing) if differing else live


def is_same_value(one: str | None, other: str | None) -> bool:
    """Return whether two values of one field mean the same: switches, or URLs however spelled."""
    return one == other or is_same_url(one, other)
