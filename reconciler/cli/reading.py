"""Reading santrals of which no file says anything yet: which they are, and what is live."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.cli.api_options import Access
from reconciler.cli.connecting import AtHand, at_hand, connected, in_sandbox, owners_of
from reconciler.cli.console import Console
from reconciler.cli.interrupt import interruptible
from reconciler.client.api import Api
from reconciler.client.retries import Patience
from reconciler.config.characters import is_pasted_key
from reconciler.core.errors import SantralError
from reconciler.core.fleet import Place, Santral
from reconciler.core.key_finder import KeyFinder
from reconciler.core.messages import Message, naming, say
from reconciler.core.plan import Reading
from reconciler.core.secret import Key
from reconciler.core.settings import DesiredSettings, Settings
from reconciler.core.text import printable
from reconciler.engine.reader import FleetReader
from reconciler.engine.scheduler import Scheduler
from reconciler.files import SANDBOX_STATE
from reconciler.keys.names import is_key_name, telling
from reconciler.keys.ring import KeyRing, find_all, without_shared
from reconciler.keys.text_file import KeyLookupError
from reconciler.sandbox.store import Store


class NothingToReadError(SantralError):
    """There is no santral to read, or no key to read one with."""

    options: tuple[str, ...] = ("keys_file", "csv_file")


@dataclass(frozen=True, slots=True)
class Candidates:
    """The santrals that are to be read, by name, with their keys."""

    keys: Mapping[str, Key | KeyLookupError]
    misnamed: tuple[Message, ...] = ()
    """What is to be said of keys whose names cannot stand in a file."""
    key_names: Mapping[str, str] = field(default_factory=dict)
    """The names of keys that are at hand under others than their santrals'."""
    are_at_hand: bool = True
    """Whether a later run finds every key where this one did, if it came from no list."""


@dataclass(frozen=True, slots=True)
class ReadFleet:
    """What was found out about each santral, in the order of the candidates."""

    readings: tuple[Reading, ...]
    candidates: Candidates
    interrupted: int | None
    """The exit code that a signal calls for; not all may be read then."""
    finder: KeyFinder
    """Knows all keys at hand, none of which may get into a file."""

    @property
    def is_whole(self) -> bool:
        """Whether every santral could be read that was to be."""
        is_read = (isinstance(one.live, Settings) for one in self.readings)
        return all(is_read) and not self.candidates.misnamed


def read_fleet(
    access: Access,
    listed: Mapping[str, Key] | None,
    console: Console,
    given: AtHand | None = None,
) -> ReadFleet:
    """Read each santral over a connection of its own: what is read becomes what is wanted.

    They are those of a list, or else those of all keys at hand, which are looked for unless they
    are ``given``. Raises NothingToReadError and KeyLookupError.
    """
    opened = _in_sandbox(access, listed, console) if access.sandbox else None
    with opened or _at_the_api(access, listed, console, given) as (api, candidates):
        scheduler = Scheduler(access.parallelism, time_limit=access.time_limit, rate=access.rate)
        santrals = [_unknown(name) for name in candidates.keys]
        with (
            interruptible(scheduler) as interruption,
            console.progress(say("Reading"), len(santrals)) as step,
        ):
            reader = FleetReader(
                api, candidates.keys, scheduler, Patience(), is_apart=True, may_quote=False
            )
            readings = reader.read(santrals, lambda reading: reading, step)
    return ReadFleet(tuple(readings), candidates, interruption.exit_code, api.finder)


def _unknown(name: str) -> Santral:
    """Return a santral of which no file says anything."""
    return Santral(name, name, DesiredSettings(), Place("", 1, 1))


@contextlib.contextmanager
def _in_sandbox(
    access: Access, listed: Mapping[str, Key] | None, console: Console
) -> Iterator[tuple[Api, Candidates]]:
    names = Store(SANDBOX_STATE).labels if listed is None else tuple(listed)
    if not names:
        raise NothingToReadError(Message("import-sandbox-empty", path=str(SANDBOX_STATE)))
    usable = [*filter(_may_stand_in_file, names)]
    with in_sandbox(access, usable, console) as (api, keys, _):
        others = [name for name in names if name not in keys and not is_pasted_key(name)]
        yield api, Candidates(keys, tuple(_misnamed(others, len(names) - len(keys))))


@contextlib.contextmanager
def _at_the_api(
    access: Access,
    listed: Mapping[str, Key] | None,
    console: Console,
    given: AtHand | None,
) -> Iterator[tuple[Api, Candidates]]:
    ring, secrets = given or at_hand(access, console)
    candidates = _candidates_of(ring) if listed is None else _listed_candidates(listed, ring)
    if not candidates.keys:
        raise NothingToReadError(*(candidates.misnamed or (ring.none_at_all(),)))
    finder = KeyFinder(owners_of(ring, candidates.keys))
    with connected(access, access.api_url, finder, secrets, console.observe) as api:
        yield api, candidates


def _candidates_of(ring: KeyRing) -> Candidates:
    names = ring.by_name().keys()
    usable = {*filter(_may_stand_in_file, names)}
    keys = find_all(ring, [_unknown(name) for name in sorted(usable)])
    others = {name: key for name, key in ring.unused(()).items() if name in names - usable}
    shown = telling(others, KeyFinder(dict.fromkeys(ring.all())))
    return Candidates(keys, tuple(_misnamed(shown, len(names - usable))))


def _listed_candidates(listed: Mapping[str, Key], ring: KeyRing) -> Candidates:
    """Return the santrals of a list, each by the key that a later run will find for it.

    A key that is at hand under another name keeps that one, since two would be the error of both.
    """
    there = usable_keys(ring)
    names = {key: name for name, key in there.items()}
    others = {name for name, key in listed.items() if there.get(name, key) != key}
    keys = {name: _other_key(name) if name in others else key for name, key in listed.items()}
    known = ((name, names.get(key, name)) for name, key in listed.items())
    key_names = {name: key_name for name, key_name in known if key_name != name}
    return Candidates(without_shared(keys), (), key_names, {*listed.values()} <= {*there.values()})


def _other_key(name: str) -> KeyLookupError:
    return KeyLookupError(Message("import-key-other", name=name))


def usable_keys(ring: KeyRing) -> dict[str, Key]:
    """Return the keys at hand whose names can stand in a file, by name."""
    return {name: key for name, key in ring.by_name().items() if _may_stand_in_file(name)}


def _may_stand_in_file(name: str) -> bool:
    return is_key_name(name) and not is_pasted_key(name)


def _misnamed(shown: Sequence[str], count: int) -> Iterator[Message]:
    """Say how many names cannot stand in a file, and which, as far as they may be shown."""
    if shown:
        yield naming("import-key-names", "import-key-names-more", [*map(printable, shown)])
    if count > len(shown):
        yield Message("import-key-names-hidden", count=count - len(shown))
