"""The stand-in API, spied on, and answering otherwise where a test says so."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from support.fleet import KEYS

from reconciler.core.settings import Settings
from reconciler.sandbox.service import Reply, Service


class SpyService(Service):
    """The stand-in, remembering what it was asked; the keys are left out."""

    requests: list[tuple[str, str]]
    meddle: Callable[[str, str, int], Reply | None]
    """Called with method, name, and how many such requests there were; may answer instead."""

    def answer(self, method: str, target: str, body: str) -> Reply:
        name = next((n for n, key in KEYS.items() if key.reveal() in target + body), "?")
        self.requests.append((method, name))
        meddled = self.meddle(method, name, self.requests.count((method, name)))
        return meddled or super().answer(method, target, body)


@dataclass
class StandIn:
    """A stand-in that is being served, and a program set up to use it."""

    service: SpyService
    origin: str

    def hold(self, name: str, settings: Settings) -> None:
        """Make these the live settings of a santral."""
        self.service.store.update(name, asdict(settings))

    def live(self, name: str) -> Settings:
        return self.service.store.get(name)

    def count(self, method: str) -> int:
        return sum(asked == method for asked, _ in self.service.requests)
