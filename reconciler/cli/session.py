"""A connection to the API, or to the stand-in, with the keys of the files' santrals."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from reconciler.cli.api_options import Access
from reconciler.cli.connecting import at_hand, connected, ignored_variables, in_sandbox, owners_of
from reconciler.cli.console import Console
from reconciler.cli.variables import Ignored
from reconciler.client.api import Api
from reconciler.config.problems import MOST_FOUND, ConfigError, Problem
from reconciler.core.change_limit import Headcount
from reconciler.core.errors import SantralError
from reconciler.core.fleet import Fleet
from reconciler.core.key_finder import KeyCodes, KeyFinder
from reconciler.core.messages import Message, text_of
from reconciler.core.secret import Key
from reconciler.core.text import printable
from reconciler.files import JOURNAL, SANDBOX_JOURNAL
from reconciler.journal.records import SANDBOX
from reconciler.journal.trust import Trust
from reconciler.keys.names import telling, unused_keys, with_near_names
from reconciler.keys.ring import KeyRing, find_all
from reconciler.keys.secrets import SecretRing, Unfilled
from reconciler.keys.text_file import KeyLookupError

_LONGEST_NAME = 63
_KEY_IN_FILE = KeyCodes("key-pasted", "key-pasted-of", "key-pasted-of-none")


@dataclass(frozen=True, slots=True)
class Session:
    """What a command needs to talk to the API."""

    name: str
    """The API's address, or SANDBOX."""
    api: Api
    keys: Mapping[str, Key | KeyLookupError]
    """By the name of each santral of the files; an error where its key cannot be had."""
    keys_at_hand: int
    """Keys of santrals in no file among them."""
    ignored: Ignored
    secrets: SecretRing
    journal: Path
    renewed: frozenset[str] = frozenset()
    """The santrals whose key is said to have been renewed."""

    @property
    def trust(self) -> Trust:
        """What entries of the journal are held against."""
        return Trust(self.name, self.keys, self.renewed)

    def filled(self, fleet: Fleet) -> Fleet:
        """Return a fleet with its secrets filled in; raises ConfigError where one cannot be."""
        filled, unfilled = self.secrets.fill(fleet)
        if unfilled:
            raise ConfigError(map(_problem_of, unfilled))
        return filled

    def headcount(self, fleet: Fleet) -> Headcount:
        """Return how large the fleet of the files is, for a limit to be judged by."""
        with_key = frozenset(name for name, key in self.keys.items() if isinstance(key, Key))
        return Headcount(len(fleet.santrals), with_key, self.keys_at_hand)


def _problem_of(unfilled: Unfilled) -> Problem:
    santral, reason = unfilled
    return Problem(santral.url_place or santral.place, reason, santral.name)


class UnknownSantralError(SantralError):
    """``--key-renewed`` names a santral that no file has."""

    options: tuple[str, ...] = ("key_renewed",)


def journal_path(journal: str | None, *, sandbox: bool) -> Path:
    """Return where the journal is: where it was said to be, else one for each kind of API."""
    return Path(journal) if journal else SANDBOX_JOURNAL if sandbox else JOURNAL


@contextlib.contextmanager
def open_session(access: Access, fleet: Fleet, console: Console) -> Iterator[Session]:
    """Look the keys up and open the connections; raises KeyLookupError for unreadable sources.

    Raises UnknownSantralError and ConfigError too.
    """
    journal = journal_path(access.journal, sandbox=access.sandbox)
    renewed = _renewed(access, fleet)
    opened = _in_sandbox if access.sandbox else _at_the_api
    with opened(access, fleet, console) as what_differs:
        yield Session(*what_differs, journal, renewed)


_Opened = tuple[str, Api, Mapping[str, Key | KeyLookupError], int, Ignored, SecretRing]
"""The first fields of a session."""


@contextlib.contextmanager
def _in_sandbox(access: Access, fleet: Fleet, console: Console) -> Iterator[_Opened]:
    names = (santral.name for santral in fleet.santrals)
    with in_sandbox(access, names, console) as (api, keys, secrets):
        yield SANDBOX, api, keys, len(keys), Ignored(), secrets


@contextlib.contextmanager
def _at_the_api(access: Access, fleet: Fleet, console: Console) -> Iterator[_Opened]:
    ring, secrets = at_hand(access, console)
    found = find_all(ring, fleet.santrals)
    finder = KeyFinder(owners_of(ring, found))
    _refuse_keys_in(fleet, finder)
    keys = _with_advice(ring, found, fleet, finder, console)
    with connected(access, access.api_url, finder, secrets, console.observe) as api:
        yield access.api_url, api, keys, ring.size, ignored_variables(access), secrets


def _with_advice(
    ring: KeyRing,
    found: Mapping[str, Key | KeyLookupError],
    fleet: Fleet,
    finder: KeyFinder,
    console: Console,
) -> Mapping[str, Key | KeyLookupError]:
    """Say which keys are unused, and return all, with names that may be mistyped ones."""
    unused = ring.unused(fleet.santrals)
    if not unused:
        return found
    names = telling(unused, finder)
    console.info(text_of(unused_keys(len(unused), names)))
    return with_near_names(found, fleet.santrals, names)


def _renewed(access: Access, fleet: Fleet) -> frozenset[str]:
    """Return the santrals whose key was renewed; raises UnknownSantralError."""
    names = frozenset(access.key_renewed)
    for name in sorted(names - {santral.name for santral in fleet.santrals}):
        shown = printable(name, _LONGEST_NAME)
        raise UnknownSantralError(Message("renewed-unknown", name=shown))
    return names


def _refuse_keys_in(fleet: Fleet, finder: KeyFinder) -> None:
    """Raise ConfigError where the files hold a key, of whatever shape."""
    problems = list(islice(_keys_in(fleet, finder), MOST_FOUND))
    if problems:
        raise ConfigError(problems)


def _keys_in(fleet: Fleet, finder: KeyFinder) -> Iterator[Problem]:
    """Yield where a key stands; only a file that has one is gone through word by word."""
    find = cache(finder.find)
    for passage in fleet.passages:
        if not finder.finds(passage.all_words):
            continue
        for word, place in passage.words():
            held = find(word, _KEY_IN_FILE)
            if held:
                yield Problem(place, held)
