"""Reading the live settings of a fleet, many santrals at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from reconciler.client.api import Account, Api, ReadFailure
from reconciler.client.decoding import Live
from reconciler.client.retries import Patience
from reconciler.core.errors import bug
from reconciler.core.fleet import Santral
from reconciler.core.key_finder import KeyCodes
from reconciler.core.messages import Message
from reconciler.core.plan import Reading, Unreadable
from reconciler.core.secret import Key
from reconciler.core.stop import Stop
from reconciler.engine.jobs import Job
from reconciler.engine.retry import GIVEN_UP, apart, read_patiently
from reconciler.engine.scheduler import Scheduler
from reconciler.keys.text_file import KeyLookupError

T = TypeVar("T")
_OUT_OF_TURN = Message("answered-out-of-turn")
_KEY_IN_FILE = KeyCodes("key-in-url", "key-in-url-of", "key-in-url-of-none")


@dataclass(frozen=True, slots=True)
class FleetReader:
    """What it takes to read a fleet."""

    api: Api
    keys: Mapping[str, Key | KeyLookupError]
    scheduler: Scheduler
    patience: Patience
    is_apart: bool = False
    """Whether each santral is read over a connection of its own."""
    may_quote: bool = True
    """Whether what the API says is shown; not where no file tells which santrals have secrets."""

    def read(
        self,
        santrals: Sequence[Santral],
        then: Callable[[Reading], T],
        on_done: Callable[[], object] = lambda: None,
    ) -> list[T]:
        """Return what ``then`` makes of what was found out about each santral.

        It is called as soon as the santral is read, while others are still waited for.
        """
        results = self._read_all(santrals, then, on_done)
        doubtful = self.api.settle()
        again = {santral.name: santral for santral in santrals if santral.name in doubtful}
        if not again:
            return results
        anew = replace(self, is_apart=True).read([*again.values()], then)
        new = dict(zip(again, anew, strict=True))
        return [new.get(santral.name, old) for santral, old in zip(santrals, results, strict=True)]

    def _read_all(
        self,
        santrals: Sequence[Santral],
        then: Callable[[Reading], T],
        on_done: Callable[[], object],
    ) -> list[T]:
        may_hold = self._may_hold_keys(santrals)
        jobs = (self._read_one(santral, then, may_hold_key=may_hold) for santral in santrals)
        results = zip(santrals, self.scheduler.run(jobs, on_done), strict=True)
        return [
            then(self._given_up(santral)) if result is None else result
            for santral, result in results
        ]

    def _may_hold_keys(self, santrals: Sequence[Santral]) -> bool:
        """Return whether some URL of the files holds a key, having looked at all of them at once.

        That takes a fifth of the time, since they are much alike. No key has a quote, so none
        begins in one URL and ends in the next.
        """
        urls = (santral.desired.notification_url or "" for santral in santrals)
        return self.api.finder.finds('"'.join(urls))

    def _given_up(self, santral: Santral) -> Reading:
        return _unread(santral, GIVEN_UP[self.scheduler.stopped_by or Stop.SIGNAL])

    def _read_one(
        self, santral: Santral, then: Callable[[Reading], T], *, may_hold_key: bool
    ) -> Job[T]:
        """Read one; a bug is this santral's failure, so that it takes no other's reading away."""
        try:
            return then((yield from self._read(santral, may_hold_key=may_hold_key)))
        except Exception as error:  # noqa: BLE001
            return then(Reading(santral, Unreadable((bug(error),)), santral.warnings))

    def _read(self, santral: Santral, *, may_hold_key: bool) -> Job[Reading]:
        key = self.keys[santral.name]
        if isinstance(key, KeyLookupError):
            return Reading(santral, Unreadable(key.messages), santral.warnings)
        url = santral.desired.notification_url or ""
        held = self.api.finder.find(url, _KEY_IN_FILE, key) if may_hold_key else None
        if held:
            return Reading(santral, Unreadable((held,)), santral.warnings)
        account = account_of(santral, key, may_quote=self.may_quote)
        result = yield from self._ask(account)
        if not isinstance(result, Live):
            return _unread(santral, result)
        warnings = (*result.warnings, _OUT_OF_TURN) if self.is_apart else result.warnings
        return Reading(santral, result.settings, santral.warnings + warnings)

    def _ask(self, account: Account) -> Job[Live | ReadFailure]:
        def read(api: Api) -> Job[Live | ReadFailure]:
            return read_patiently(api, account, self.patience, self.scheduler)

        return apart(self.api, read) if self.is_apart else read(self.api)


def account_of(santral: Santral, key: Key, *, may_quote: bool = True) -> Account:
    """Return whom to ask; of a santral whose URL has a secret nothing that is said is quoted."""
    return Account(santral.name, key, may_quote=may_quote and not santral.mask.templates)


def _unread(santral: Santral, result: ReadFailure) -> Reading:
    unreadable = Unreadable(result.reason, was_tried=result not in GIVEN_UP.values())
    return Reading(santral, unreadable, santral.warnings)
