"""A connection to the API, or to the stand-in, with the keys of the santrals wanted."""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.apply.records import SANDBOX
from reconciler.cli.console import Console
from reconciler.cli.options import Access, Selection, is_loopback
from reconciler.client.api import PRODUCTION, Api, Observer, Timeouts
from reconciler.fleet import Fleet
from reconciler.keys import KeyLookupError, find_all, open_ring
from reconciler.private import JOURNAL, SANDBOX_JOURNAL, SANDBOX_STATE
from reconciler.scheduler import Scheduler
from reconciler.secret import Key


@dataclass(frozen=True, slots=True)
class Session:
    """What a command needs to talk to the API."""

    name: str
    """The API's address, or SANDBOX."""
    api: Api
    keys: Mapping[str, Key | KeyLookupError]
    """By santral name; an error for a santral whose key cannot be had."""
    journal: Path


def journal_path(journal: str | None, *, sandbox: bool) -> Path:
    """Return where the journal is: where it was said to be, else one for each kind of API."""
    return Path(journal) if journal else SANDBOX_JOURNAL if sandbox else JOURNAL


def files_of(selection: Selection, access: Access) -> tuple[str | None, ...]:
    """Return what a run reads, which nothing that it writes may be."""
    return (*selection.config, access.keys_file)


def journal_of(access: Access) -> str:
    """Return the name of the run's journal."""
    return str(journal_path(access.journal, sandbox=access.sandbox))


@contextlib.contextmanager
def open_session(
    access: Access, fleet: Fleet, wanted: Fleet, console: Console
) -> Iterator[Session]:
    """Look the keys up and open the connections; raises KeyLookupError for unreadable sources."""
    journal = journal_path(access.journal, sandbox=access.sandbox)
    if access.sandbox:
        keys = {santral.name: made_up_key(santral.name) for santral in fleet.santrals}
        with _stand_in(keys) as origin, _api(access, origin, console.observe) as api:
            console.say(_IN_SANDBOX)
            yield Session(SANDBOX, api, keys, journal)
    else:
        if access.api_url != PRODUCTION and not is_loopback(access.api_url):
            console.complain(f"Requests and keys go to {access.api_url}, not to {PRODUCTION}.")
        ring = open_ring(access.keys_file, os.environ)
        found = find_all(ring, fleet.santrals, wanted.santrals)
        with _api(access, access.api_url, console.observe) as api:
            yield Session(access.api_url, api, found, journal)


_IN_SANDBOX = f"This is the sandbox ({SANDBOX_STATE}): no real santral is read or changed."


def scheduler_for(access: Access) -> Scheduler:
    """Begin the run that the options ask for."""
    return Scheduler(access.parallelism, time_limit=access.time_limit, rate=access.rate)


@contextlib.contextmanager
def _api(access: Access, origin: str, observe: Observer) -> Iterator[Api]:
    from reconciler.client.transport import Transport  # noqa: PLC0415

    proxy = None if access.sandbox else access.proxy
    transport = Transport(origin, connections=access.parallelism, proxy=proxy)
    timeouts = Timeouts(access.timeout, access.timeout) if access.timeout else Timeouts()
    try:
        yield Api(transport, timeouts, observe)
    finally:
        transport.close()


@contextlib.contextmanager
def _stand_in(keys: Mapping[str, Key]) -> Iterator[str]:
    from reconciler.sandbox.server import SandboxServer  # noqa: PLC0415
    from reconciler.sandbox.service import Service, by_name  # noqa: PLC0415
    from reconciler.sandbox.store import Store  # noqa: PLC0415

    with SandboxServer(Service(Store(SANDBOX_STATE), by_name(keys))).running() as origin:
        yield origin


def made_up_key(name: str) -> Key:
    """Return a key for the stand-in, of the documented shape; the same one for the same name."""
    digits = f"{int(hashlib.sha256(name.encode()).hexdigest(), 16):078d}"
    groups = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32])
    return Key(f"K{'-'.join(groups)}")
