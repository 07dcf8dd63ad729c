"""Test receivers and tunnels that are known by their hosts: no place for personal data.

They are listed in ``known_receivers.json``, each with a public page that names its domains.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from reconciler.core.host_glob import comparable

_FILE = "known_receivers.json"
_MOST_REMEMBERED = 4_096
"""Hosts; where each santral has one of its own, looking it up again costs little."""


class Kind(StrEnum):
    """What a service does with a request."""

    RECEIVER = "receiver"
    """It shows the request to whoever knows the URL."""
    TUNNEL = "tunnel"
    """It passes the request on to a machine that somebody has connected."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is known."""

    name: str
    kind: Kind


@lru_cache(_MOST_REMEMBERED)
def service_of(host: str) -> Service | None:
    """Return the service that a host, in lower case, is of; None where it is of none."""
    known, rest = _services(), comparable(host)
    while rest and rest not in known:
        rest = rest.partition(".")[2]
    return known.get(rest)


@cache
def _services() -> Mapping[str, Service]:
    """Return the services by their domains; read when the first host is looked up."""
    document = json.loads(Path(__file__).with_name(_FILE).read_bytes())
    return {
        domain: Service(entry["name"], Kind(entry["kind"]))
        for entry in document["services"]
        for domain in entry["domains"]
    }
