"""Reading the live settings of a fleet, many santrals at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.client.answers import Live
from reconciler.client.api import Account, Api
from reconciler.fleet import Santral
from reconciler.keys import KeyLookupError
from reconciler.patience import INTERRUPTED, Patience, read_patiently
from reconciler.plan import Reading, Unreadable
from reconciler.scheduler import Job, Scheduler
from reconciler.secret import Key
from reconciler.text import sentence


@dataclass(frozen=True, slots=True)
class FleetReader:
    """What it takes to read a fleet."""

    api: Api
    keys: Mapping[str, Key | KeyLookupError]
    scheduler: Scheduler
    patience: Patience

    def read(
        self, santrals: Sequence[Santral], on_done: Callable[[], object] = lambda: None
    ) -> list[Reading]:
        """Return what is live for each santral, or why it could not be read."""
        readings = self.scheduler.run(map(self._read, santrals), on_done)
        return [
            reading or _unread(santral, INTERRUPTED.reason)
            for santral, reading in zip(santrals, readings, strict=True)
        ]

    def _read(self, santral: Santral) -> Job[Reading]:
        key = self.keys[santral.name]
        if isinstance(key, KeyLookupError):
            return Reading(santral, Unreadable(str(key)), santral.warnings)
        account = Account(santral.name, key)
        result = yield from read_patiently(
            self.api, account, self.patience, lambda: self.scheduler.is_stopping
        )
        if isinstance(result, Live):
            return Reading(santral, result.settings, santral.warnings + result.warnings)
        return _unread(santral, result.reason)


def _unread(santral: Santral, reason: str) -> Reading:
    error = sentence(f"Santral {santral.name} could not be read: {reason}")
    return Reading(santral, Unreadable(error), santral.warnings)
