"""Reading the live settings of a fleet, many santrals at a time."""

from collections.abc import Callable, Mapping, Sequence

from reconciler.client.answers import Live
from reconciler.client.api import Account, Api
from reconciler.fleet import Santral
from reconciler.keys import KeyLookupError
from reconciler.patience import INTERRUPTED, Patience, read_patiently
from reconciler.plan import Reading
from reconciler.scheduler import Job, Scheduler
from reconciler.secret import Key
from reconciler.text import sentence


def read_all(
    santrals: Sequence[Santral],
    keys: Mapping[str, Key | KeyLookupError],
    api: Api,
    scheduler: Scheduler,
    patience: Patience,
    on_done: Callable[[], object] = lambda: None,
) -> list[Reading]:
    """Return what is live for each santral, or why it could not be read."""
    jobs = (_read(s, keys[s.name], api, scheduler, patience) for s in santrals)
    readings = scheduler.run(jobs, on_done)
    return [
        reading or _unread(santral, INTERRUPTED.reason)
        for santral, reading in zip(santrals, readings, strict=True)
    ]


def _read(
    santral: Santral,
    key: Key | KeyLookupError,
    api: Api,
    scheduler: Scheduler,
    patience: Patience,
) -> Job[Reading]:
    if isinstance(key, KeyLookupError):
        return Reading(santral, error=str(key), warnings=santral.warnings)
    account = Account(santral.name, key)
    result = yield from read_patiently(api, account, patience, lambda: scheduler.is_stopping)
    if isinstance(result, Live):
        return Reading(santral, result.settings, warnings=santral.warnings + result.warnings)
    return _unread(santral, result.reason)


def _unread(santral: Santral, reason: str) -> Reading:
    error = sentence(f"Santral {santral.name} could not be read: {reason}")
    return Reading(santral, error=error, warnings=santral.warnings)
