"""Digests by which a saved plan is compared with what is live, and which reveal nothing.

A saved plan is published as an artifact, so it shows URLs masked. The digest of what is masked has
to be keyed, or else short tokens could be found by trying; and the one secret that the job which
plans and the job which applies both hold is the santral's key. A digest reveals no more of the key
than any message authentication code does of its own: it can confirm the full key to whoever has it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from reconciler.core.fleet import Fleet, Santral
from reconciler.core.plan import Pending, SantralPlan
from reconciler.core.secret import Key
from reconciler.core.url_hiding import masked

VERSION = 2
"""Of what is sealed, and how; a plan with other seals cannot be applied. 1 left out whose key."""


@dataclass(frozen=True, slots=True)
class Seals:
    """The digests of one santral; None where there was no key, or nothing to change."""

    wanted: str | None = None
    """Of what the file asks for, and the name of the key that it is asked with."""
    before: str | None = None
    """Of the complete live settings that the change starts from."""
    document: str | None = None
    """Of all else in the saved plan, of this santral and of the others."""


@dataclass(frozen=True, slots=True)
class Witness:
    """The digest of a plan that has no santral, by the key of another santral of the files."""

    name: str
    seal: str


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals santrals for the plan that was saved at one moment."""

    created: str
    keys: Mapping[str, object]
    """By santral name; anything but a Key stands for one that could not be had."""

    def seal(self, planned: SantralPlan) -> Seals:
        """Return the digests of a santral in a plan."""
        before = asdict(planned.before) if isinstance(planned, Pending) else None
        return Seals(
            wanted=self.wanted(planned.santral),
            before=self._digest(planned.santral.name, "before", before) if before else None,
        )

    def wanted(self, santral: Santral) -> str | None:
        """Return the digest of what the file asks for, and of whom."""
        asked = [santral.key_name, asdict(santral.desired)]
        return self._digest(santral.name, "wanted", asked)

    def has_key(self, name: str) -> bool:
        """Return whether the key of a santral is at hand."""
        return isinstance(self.keys.get(name), Key)

    def document(self, name: str, content: str) -> str | None:
        """Return the digest of a document's content, by the key of one santral in it."""
        return self._digest(name, "document", content)

    def witness(self, content: str) -> Witness | None:
        """Return the digest of the content of a plan of no santral, by some key at hand."""
        name = next((name for name in sorted(self.keys) if self.has_key(name)), None)
        seal = self.document(name, content) if name else None
        return Witness(name, seal) if name and seal else None

    def _digest(self, name: str, what: str, sealed: object) -> str | None:
        key = self.keys.get(name)
        message = json.dumps([VERSION, self.created, name, what, sealed], sort_keys=True)
        return key.digest(message) if isinstance(key, Key) else None


def configuration_of(fleet: Fleet) -> str:
    """Return a digest of all that the files ask for, except what is masked in URLs."""
    return digest_of([_visible(santral) for santral in fleet.santrals])


def picked_of(names: Iterable[str]) -> str:
    """Return a digest of the names of santrals, in whatever order."""
    return digest_of(sorted(names))


def _visible(santral: Santral) -> list[object]:
    fields = asdict(santral.desired)
    written = santral.url.text if santral.url else santral.desired.notification_url
    fields["notification_url"] = masked(written or "")
    return [santral.name, santral.key_name, fields]


def digest_of(value: object) -> str:
    """Return the SHA-256 of a JSON value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
