"""What the stand-in answers: from a method, a target and a body to an HTTP answer."""

import hashlib
import json
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from urllib.parse import parse_qsl

from reconciler.core.messages import say, template
from reconciler.core.notification_url import LONGEST
from reconciler.core.secret import Key
from reconciler.core.settings import SWITCHES, Switch
from reconciler.sandbox.store import Store

PATH = "/crm_integrations"
_TEST_FAILED = template("notification_url did not answer the test request with success")
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: str
    content_type: str = _TEXT
    headers: Mapping[str, str] = field(default_factory=dict)


Identify = Callable[[str], str | None]
"""From a key's text to the label of its santral; None for a key that does not exist."""


def by_name(keys: Mapping[str, Key]) -> Identify:
    """Know only these keys; the label is the name."""
    names = {key.reveal(): name for name, key in keys.items()}
    return names.get


def by_fingerprint(key: str) -> str | None:
    """Know every well-formed key; the label is a digest, which does not reveal the key.

    The digest goes into the state file; a real key, which has no business in a sandbox, could be
    recognised by it but not be read from it.
    """
    digest = hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
    return f"key-{digest}" if Key(key).is_well_formed else None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most so many requests of one key in so many seconds."""

    requests: int
    seconds: float


class _Meter:
    """Counts the requests of each key."""

    def __init__(self, limit: RateLimit, now: Callable[[], float]) -> None:
        self._limit = limit
        self._now = now
        self._lock = threading.Lock()
        self._taken: dict[str, deque[float]] = {}

    def seconds_until_free(self, label: str) -> float:
        """Take one request of the key and return 0, or return how long none is to be had."""
        with self._lock:
            now, taken = self._now(), self._taken.setdefault(label, deque())
            while taken and taken[0] <= now - self._limit.seconds:
                taken.popleft()
            if len(taken) >= self._limit.requests:
                return taken[0] + self._limit.seconds - now
            taken.append(now)
            return 0.0


class Service:
    """The stand-in API, without its server."""

    def __init__(
        self,
        store: Store,
        identify: Identify,
        *,
        rate_limit: RateLimit | None = None,
        is_url_up: Callable[[str], bool] = lambda _: True,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self._identify = identify
        self._meter = _Meter(rate_limit, now) if rate_limit else None
        self._is_url_up = is_url_up

    def answer(self, method: str, target: str, body: str) -> Reply:
        """Answer one request; ``target`` is the path and query, ``body`` a form."""
        path, _, query = target.partition("?")
        if path != PATH:
            return Reply(404, "Not Found")
        if method not in {"GET", "POST"}:
            return Reply(405, "Method Not Allowed", headers={"Allow": "GET, POST"})
        parameters = dict(_pairs(query, body))
        key = parameters.pop("key", "")
        label = self._identify(key)
        if label is None:
            return Reply(400, f"Gecersiz anahtar: {key}")
        wait = self._meter.seconds_until_free(label) if self._meter else 0.0
        if wait:
            return Reply(429, "Too Many Requests", headers={"Retry-After": str(math.ceil(wait))})
        return self._update(label, parameters) if method == "POST" else self._show(label)

    def _show(self, label: str) -> Reply:
        return Reply(200, json.dumps(asdict(self.store.get(label))), "application/json")

    def _update(self, label: str, parameters: Mapping[str, str]) -> Reply:
        mistake = _mistake(parameters)
        if mistake:
            return Reply(400, mistake)
        url = parameters["notification_url"]
        if url != self.store.get(label).notification_url and not self._is_url_up(url):
            return Reply(400, say(_TEST_FAILED))
        switches = {name: Switch(parameters[name]) for name in SWITCHES if name in parameters}
        self.store.update(label, {**switches, "notification_url": url})
        return Reply(200, "Ok")


def _pairs(*encoded: str) -> Iterable[tuple[str, str]]:
    for text in encoded:
        yield from parse_qsl(text, keep_blank_values=True)


def _mistake(parameters: Mapping[str, str]) -> str | None:
    url = parameters.get("notification_url")
    if not url:
        return "notification_url required"
    if len(url) > LONGEST or not url.startswith(("https://", "http://")):
        return "notification_url invalid"
    wrong = (name for name in SWITCHES if parameters.get(name, "on") not in {"on", "off"})
    return next((say("{field} must be on or off", field=name) for name in wrong), None)
