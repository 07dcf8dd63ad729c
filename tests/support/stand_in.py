"""The stand-in API, spied on, and answering otherwise where a test says so."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from support.fleet import KEYS

from reconciler.core.secret import Key
from reconciler.core.settings import Settings
from reconciler.sandbox.service import Reply, Service


class SpyService(Service):
    """The stand-in, remembering what it was asked; the keys are left out."""

    keys: Mapping[str, Key] = KEYS
    requests: list[tuple[str, str]]
    rules: list[Callable[[str, str, int], Reply | None]]
    """Called with method, name, and how many such requests there were; the first reply counts."""

    def answer(self, method: str, target: str, body: str) -> Reply:
        name = next((n for n, key in self.keys.items() if key.reveal() in target + body), "?")
        self.requests.append((method, name))
        nth = self.requests.count((method, name))
        replies = [rule(method, name, nth) for rule in self.rules]
        return next(filter(None, replies), None) or super().answer(method, target, body)


@dataclass
class StandIn:
    """A stand-in that is being served, and a program set up to use it."""

    service: SpyService
    origin: str

    def hold(self, name: str, settings: Settings) -> None:
        """Make these the live settings of a santral."""
        self.service.store.update(name, asdict(settings))

    def answer(
        self,
        method: str | None = None,
        name: str | None = None,
        nth: int | None = None,
        *,
        with_: Reply,
    ) -> None:
        """Answer such requests with this instead; what is not said may be anything."""
        asked = (method, name, nth)
        self.service.rules.append(lambda *request: with_ if _is(request, asked) else None)

    def meanwhile(
        self,
        method: str | None = None,
        name: str | None = None,
        nth: int | None = None,
        *,
        do: Callable[[], object],
    ) -> None:
        """Do this whenever such a request has come, which is then answered as usual."""
        asked = (method, name, nth)

        def rule(*request: Any) -> None:
            if _is(request, asked):
                do()

        self.service.rules.append(rule)

    def move(self, name: str, settings: Settings, *, before: tuple[str, int]) -> None:
        """Let somebody change a santral in the panel before the nth request of a method."""
        self.meanwhile(before[0], name, before[1], do=lambda: self.hold(name, settings))

    def answer_as_usual(self) -> None:
        """Take back all that was said of such requests."""
        self.service.rules.clear()

    def live(self, name: str) -> Settings:
        return self.service.store.get(name)

    def count(self, method: str) -> int:
        return sum(asked == method for asked, _ in self.service.requests)


def _is(request: tuple[str, str, int], asked: tuple[str | None, str | None, int | None]) -> bool:
    """Tell whether a request is one that was described."""
    return all(wanted in {None, it} for it, wanted in zip(request, asked, strict=True))
