"""What an import is given for each santral, and what it has to say about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Imported:
    """One santral that was read."""

    name: str
    """As the file is to call it: a valid name, which no other has."""
    key_name: str
    """The name of its key; no two santrals have the same."""
    live: Settings
    description: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    """Names and values, in the order in which they are to be written."""


class Tokens(Enum):
    """What becomes of a URL in which something looks like a token."""

    SECRET = auto()
    """The token becomes a secret, for which a placeholder stands in the file."""
    UNMANAGED = auto()
    """The URL is left unmanaged."""
    PLAIN = auto()
    """The URL is written in full."""


@dataclass(frozen=True, slots=True)
class ImportedSecret:
    """What ``{secret.NAME}`` stands for, and the only host that it may go to."""

    name: str
    host: str
    """In lower case; with ``:port`` where that is not 443."""
    value: Key


@dataclass(frozen=True, slots=True)
class Remark:
    """What the user should know of one santral."""

    name: str
    """Safe to show."""
    messages: tuple[Message, ...]


def merged(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Return one remark for each santral, in the order in which they are first named."""
    found: dict[str, tuple[Message, ...]] = {}
    for remark in remarks:
        found[remark.name] = (*found.get(remark.name, ()), *remark.messages)
    return tuple(Remark(name, messages) for name, messages in found.items())
