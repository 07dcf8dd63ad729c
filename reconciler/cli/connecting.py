"""The way to the API, or to the stand-in, and what opens it: keys, and secrets of URLs."""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import NamedTuple

from reconciler.cli.api_options import Access
from reconciler.cli.console import Console
from reconciler.cli.variables import Ignored
from reconciler.client.address import is_loopback
from reconciler.client.api import PRODUCTION, Api, Observer, Timeouts
from reconciler.core.key_finder import KeyFinder
from reconciler.core.messages import say
from reconciler.core.secret import Key
from reconciler.files import SANDBOX_STATE
from reconciler.keys.ring import KeyRing, open_ring
from reconciler.keys.secrets import SecretRing, take_secrets
from reconciler.keys.text_file import KeyLookupError


class AtHand(NamedTuple):
    """What opens the API, and the placeholders of URLs."""

    ring: KeyRing
    secrets: SecretRing


def at_hand(
    access: Access, console: Console, environment: MutableMapping[str, str] = os.environ
) -> AtHand:
    """Take keys and secrets out of the environment and read them.

    Say what is odd about them, and where they go if that is not where they usually go.
    """
    _warn_of_other_address(access, console)
    return keys_and_secrets(access, console, environment)


def keys_and_secrets(
    access: Access, console: Console, environment: MutableMapping[str, str] = os.environ
) -> AtHand:
    """Do the same for a command that does not ask the API."""
    taken = take_secrets(environment)
    ring = open_ring(access.keys_file, environment)
    secrets = taken.with_files(access.secrets_file)
    for warning in (*ring.warnings(), *secrets.warnings):
        console.warning(warning)
    return AtHand(ring, secrets)


def _warn_of_other_address(access: Access, console: Console) -> None:
    if access.api_url != PRODUCTION and not is_loopback(access.api_url):
        addresses = {"api": access.api_url, "usual": PRODUCTION}
        console.error(say("Requests and keys go to {api}, not to {usual}.", **addresses))


@contextlib.contextmanager
def connected(
    access: Access, origin: str, finder: KeyFinder, secrets: SecretRing, observe: Observer
) -> Iterator[Api]:
    """Give the API at an address, and close its connections afterwards."""
    from reconciler.client.transport import Transport  # noqa: PLC0415

    proxy = None if access.sandbox else access.proxy
    roots = access.ca_file.pem if access.ca_file and not access.sandbox else None
    transport = Transport(origin, connections=access.parallelism, roots=roots, proxy=proxy)
    timeouts = Timeouts(access.timeout, access.timeout) if access.timeout else Timeouts()
    try:
        yield Api(transport, timeouts, finder, observe, secrets.finder)
    finally:
        transport.close()


def ignored_variables(access: Access) -> Ignored:
    """Return the variables of other programs that may be missed, since santral ignores them."""
    has = {"has_proxy": bool(access.proxy), "has_roots": bool(access.ca_file)}
    return Ignored.of(os.environ, **has)


def owners_of(ring: KeyRing, keys: Mapping[str, Key | KeyLookupError]) -> dict[Key, str | None]:
    """Return every key at hand, whoever is asked for, with the santral that goes by it."""
    owners: dict[Key, str | None] = dict.fromkeys(ring.all())
    return owners | {key: name for name, key in keys.items() if isinstance(key, Key)}


@contextlib.contextmanager
def in_sandbox(
    access: Access, names: Iterable[str], console: Console
) -> Iterator[tuple[Api, dict[str, Key], SecretRing]]:
    """Give the stand-in as an API, with made-up keys for these santrals, and say that it is one."""
    keys, secrets = {name: made_up_key(name) for name in names}, SecretRing.made_up()
    finder = KeyFinder({key: name for name, key in keys.items()})
    with (
        _stand_in(keys) as origin,
        connected(access, origin, finder, secrets, console.observe) as api,
    ):
        path = str(SANDBOX_STATE)
        console.info(
            say("This is the sandbox ({path}). No real santral is read or changed.", path=path)
        )
        yield api, keys, secrets


@contextlib.contextmanager
def _stand_in(keys: Mapping[str, Key]) -> Iterator[str]:
    """Serve the stand-in in this process, with these keys by name; gives its address."""
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
