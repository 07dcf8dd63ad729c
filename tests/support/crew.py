"""A fleet that several machines share: twelve santrals, their file, and the API that has them."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from support.fleet import DEFAULTS, key_number
from support.stand_in import SpyService, StandIn

from reconciler.core.secret import Key
from reconciler.core.settings import Settings, Switch
from reconciler.core.shard import Shard
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import by_name
from reconciler.sandbox.store import Store

NAMES = (
    *("ankara", "bursa", "corum", "denizli", "edirne", "giresun"),
    *("hatay", "isparta", "konya", "malatya", "ordu", "rize"),
)
KEYS: Mapping[str, Key] = {name: key_number(at) for at, name in enumerate(NAMES, start=1)}
TOTAL = 3
SHARDS = tuple(Shard(index, TOTAL) for index in range(1, TOTAL + 1))
FILE = DEFAULTS + "".join(f"  {name}: {{crm_integration: {{}}}}\n" for name in NAMES)
QUIETER = FILE.replace("answered: on", "answered: off")
"""A change of every santral."""


def of(index: int) -> list[str]:
    """Return which santrals are of a shard."""
    return [name for name in NAMES if SHARDS[index - 1].holds(name)]


def lines(**others: str) -> str:
    """Return the keys as a file or a secret has them, with these different."""
    keys = {name: key.reveal() for name, key in KEYS.items()} | others
    return "".join(f"{name}={key}\n" for name, key in keys.items())


WRONG = key_number(99).reveal()
"""A key that the API does not know."""


@dataclass
class Fleet(StandIn):
    """The API, with all santrals as FILE wants them."""

    def answered(self) -> dict[str, str]:
        """Return what each santral has for calls that were answered."""
        return {name: str(self.live(name).answered) for name in NAMES}

    def lags(self, *names: str) -> dict[str, str]:
        """Return what ``answered`` is where all but these have changed."""
        return {name: "on" if name in names else "off" for name in NAMES}

    def kill_once(self, method: str, name: str, number: Callable[[], int]) -> None:
        """Have the process of this number die, as by kill -9, at a first such request."""
        is_killed: list[bool] = []

        def kill() -> None:
            if not is_killed:
                is_killed.append(True)
                os.kill(number(), signal.SIGKILL)

        self.meanwhile(method, name, do=kill)


class _Service(SpyService):
    """A stand-in that knows this fleet's keys."""

    keys = KEYS


@contextlib.contextmanager
def serving() -> Iterator[Fleet]:
    """Serve the API."""
    service = _Service(Store(), by_name(KEYS))
    service.requests = []
    service.rules = []
    with SandboxServer(service).running() as origin:
        fleet = Fleet(service, origin)
        for name in NAMES:
            url = f"https://crm.example.com/{name}"
            fleet.hold(name, Settings(Switch.ON, Switch.ON, Switch.ON, url))
        yield fleet
