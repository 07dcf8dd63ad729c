"""Requests to a forge's API: patience, pages, and downloads.

The token goes to the forge's own API and nowhere else: a page's address is made here and never
taken from an answer, and the one redirect that a download may have is followed without it. A
server may say the token in its answer: no error is raised where a variable holds one.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from reconciler.ci.environment import Job, parsed
from reconciler.ci.forge import ForgeError
from reconciler.ci.refusals import UNKNOWN, Asked, Refusals, is_good, is_success
from reconciler.client.address import Address
from reconciler.client.api import Note, Observer, ReadFailure, Timeouts, event_of
from reconciler.client.proxy import Proxy
from reconciler.client.response import Answer, Fault
from reconciler.client.retries import TRY_AGAIN, Patience, Retries, when_to_ask_again
from reconciler.client.transport import Request, Transport
from reconciler.core.messages import Message, say
from reconciler.core.secret import Key

PAGE = 100
"""Entries of a page, the most that both forges give."""
_MOST_PAGES = 50
_MOST_BYTES = 32 * 1024 * 1024
"""Of an answer; a page of the longest comments has a fifth of it."""
_GONE = frozenset({404, 410})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
Query = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Reach:
    """How servers are reached, how long that may take, and who hears of it."""

    proxy: Proxy | None
    roots: str | None
    """The certificates to trust in place of the built-in ones, in PEM."""
    timeouts: Timeouts
    observe: Observer
    sleep: Callable[[float], object]


class Web:
    """The API of a forge."""

    def __init__(self, job: Job, token: Key, headers: Mapping[str, str], reach: Reach) -> None:
        """Ask the API that the job names; ``headers`` go with each request, beside the token's."""
        self._address = job.address
        self._token_header, _, self._before_token = job.system.token_header.partition(": ")
        self._token = token
        self._headers = headers
        self._reach = reach
        self._refusals = Refusals(job.ci, job.system, token)
        self._transport = _transport_to(self._address, reach)

    def get(self, path: str, right: str) -> Any:
        """Return what the API answers, which is JSON; raises ForgeError."""
        content = parsed(self._get(path, {}, right).body)
        if content is None:
            raise ForgeError(self.malformed())
        return content

    def entries(
        self, path: str, right: str, query: Query, *, listed: str = "", most: int = _MOST_PAGES
    ) -> Iterator[Any]:
        """Yield the entries of a list, page by page, of so many; raises ForgeError.

        ``listed`` is the field that holds them, where the answer is not the list itself.
        """
        for page in range(1, most + 1):
            there, has_more = self.page(path, right, {**query, "page": str(page)}, listed=listed)
            yield from there
            if not has_more:
                return

    def page(
        self, path: str, right: str, query: Query, *, listed: str = ""
    ) -> tuple[list[Any], bool]:
        """Return a page of a list, the first unless asked otherwise, and whether more follow."""
        found = _page_of(self._get(path, {"per_page": str(PAGE), **query}, right), listed)
        if not found:
            raise ForgeError(self.malformed())
        return found

    def write(self, method: str, path: str, right: str, fields: Mapping[str, str]) -> bool:
        """Write once, and return whether an answer came; raises ForgeError.

        Where none came, it may have taken effect. It is sent again only where it certainly had no
        effect: where nothing left this machine, or where it was refused for being one too many.
        """
        asked, retries = Asked(method, path, right), Retries(Patience())
        body = json.dumps(fields).encode()
        while isinstance(written := self._written(asked, body), ReadFailure):
            self._wait(asked, retries, written)
        return written

    def download(self, path: str, right: str, most: int) -> bytes | None:
        """Return a file of at most so many bytes, None where it is gone; raises ForgeError."""
        answer = self._patiently(
            Asked("GET", path, right),
            lambda: self._ask("GET", path, None, most),
            _GONE | _REDIRECTS,
        )
        if answer.status in _REDIRECTS:
            answer = self._follow(answer.headers.get("location", ""), most)
        return None if answer.status in _GONE else answer.body

    def pause(self, path: str, seconds: float) -> None:
        """Wait before a request, and report the wait."""
        self._pause(Asked("GET", path), seconds)

    def malformed(self) -> Message:
        """Say that an answer is not the documented one."""
        return self._refusals.malformed()

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def _get(self, path: str, query: Query, right: str) -> Answer:
        target = f"{path}?{urlencode(query, doseq=True)}" if query else path
        asked = Asked("GET", path, right)
        return self._patiently(asked, lambda: self._ask("GET", target, None, _MOST_BYTES))

    def _patiently(
        self,
        asked: Asked,
        ask: Callable[[], Answer | Fault],
        welcome: Collection[int] = frozenset(),
    ) -> Answer:
        """Return an answer that is good, or has a welcome status; raises ForgeError."""
        retries = Retries(Patience())
        while isinstance(tried := self._tried(asked, ask, welcome), ReadFailure):
            self._wait(asked, retries, tried)
        return tried

    def _tried(
        self, asked: Asked, ask: Callable[[], Answer | Fault], welcome: Collection[int]
    ) -> Answer | ReadFailure:
        answer = ask()
        if isinstance(answer, Answer) and (is_good(answer) or answer.status in welcome):
            return answer
        return self._refusals.failure_of(answer, asked)

    def _written(self, asked: Asked, body: bytes) -> bool | ReadFailure:
        """Write, and return whether it was done; False where nobody knows, or why it was not."""
        answer = self._ask(asked.method, asked.path, body, _MOST_BYTES)
        if _may_have_taken_effect(answer):
            return False
        if isinstance(answer, Answer) and is_success(answer):
            return True
        return self._refusals.failure_of(answer, asked)

    def _ask(self, method: str, path: str, body: bytes | None, most: int) -> Answer | Fault:
        """Make a request with the token; raises nothing, as an error would take that along."""
        headers = {
            **self._headers,
            self._token_header: self._before_token + self._token.reveal(),
        }
        target, is_change = self._address.path + path, method != "GET"
        request = Request(method, target, headers, body, is_change=is_change)
        return self._send(self._transport, request, path.partition("?")[0], most)

    def _send(
        self, transport: Transport, request: Request, subject: str, most: int
    ) -> Answer | Fault:
        """Make a request; writes and files may take longer than other answers."""
        is_short = request.method == "GET" and most <= _MOST_BYTES
        timeouts, started = self._reach.timeouts, monotonic()
        answer = transport.send(request, timeouts.get if is_short else timeouts.post, most)
        self._reach.observe(Note(request.method, subject, event_of(answer, monotonic() - started)))
        return answer

    def _follow(self, location: str, most: int) -> Answer:
        """Follow the one redirect of a download, without the token, over another connection."""
        address = Address.parse(location)
        if not address or (address.is_plain and not self._address.is_plain):
            raise ForgeError(Message("forge-redirect", forge=self._refusals.forge))
        transport = _transport_to(address, self._reach)
        request = Request("GET", address.path or "/", {})
        try:
            return self._patiently(
                Asked("GET", address.origin),
                lambda: self._send(transport, request, address.origin, most),
                _GONE,
            )
        finally:
            transport.close()

    def _wait(self, asked: Asked, retries: Retries, failure: ReadFailure) -> None:
        """Wait before another try; raises ForgeError where there is to be none."""
        seconds = retries.wait_after(failure)
        if seconds is None:
            until = failure.wait if failure.may_retry else None
            raise ForgeError(*failure.reason, *when_to_ask_again(until))
        self._pause(asked, seconds)

    def _pause(self, asked: Asked, seconds: float) -> None:
        text = say(TRY_AGAIN, seconds=f"{seconds:.0f}")
        self._reach.observe(Note(asked.method, asked.path, text))
        self._reach.sleep(seconds)


def _page_of(answer: Answer, listed: str) -> tuple[list[Any], bool] | None:
    content = parsed(answer.body)
    there = content.get(listed) if listed and isinstance(content, dict) else content
    if not isinstance(there, list) or not all(isinstance(one, dict) for one in there):
        return None
    return there, 'rel="next"' in answer.headers.get("link", "")


def _may_have_taken_effect(answer: Answer | Fault) -> bool:
    """Return whether nobody knows what became of a write."""
    return answer.was_sent if isinstance(answer, Fault) else answer.status in UNKNOWN


def _transport_to(address: Address, reach: Reach) -> Transport:
    """Return a connection of its own; http, which is only this machine's, needs no proxy."""
    proxy, roots = (None, None) if address.is_plain else (reach.proxy, reach.roots)
    return Transport(address.origin, connections=1, roots=roots, proxy=proxy).apart()
