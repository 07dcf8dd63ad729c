"""What went wrong between this program and a forge, and what to do about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from reconciler.ci.environment import parsed, text_at
from reconciler.client.api import ReadFailure
from reconciler.client.decoding import MOST_SEARCHED, Wait, quotable, said_in, wait_asked
from reconciler.client.response import Answer, Fault
from reconciler.core.ci_systems import Ci, System
from reconciler.core.messages import Message
from reconciler.core.secret import Key, contains_key
from reconciler.core.text import printable
from reconciler.documents import utc_now

_SUCCESS = range(200, 300)
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 401, 403, 404, 429
UNKNOWN = frozenset({408, *range(500, 600)})
"""Statuses that do not say whether a request took effect."""
_PASSING = UNKNOWN | {_TOO_MANY}
"""Statuses that another try may not meet."""
_LIMITS = ("x-ratelimit-", "ratelimit-")
"""What GitHub's and GitLab's headers about rate limits begin with."""
_DIGITS = 12
_AT_A_FORGE = {
    "answer-compressed": "forge-compressed",
    "answer-too-long": "forge-too-long",
    "connection-unasked": "forge-unasked",
    "name-unresolved": "forge-unresolved",
    "tls-none": "forge-tls-none",
}
"""What is said of the vendor's API, and what is said here: there is no --api-url."""
_FORBIDDEN_BY = {Ci.GITHUB: "forge-forbidden-github", Ci.GITLAB: "forge-forbidden-gitlab"}
_HIDDEN_BY = {Ci.GITHUB: "forge-hidden-github", Ci.GITLAB: "forge-hidden-gitlab"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as messages name it."""

    method: str
    path: str
    """Without the query."""
    right: str = ""
    """What the token needs for it; nothing where it is made without a token."""


def is_good(answer: Answer | Fault) -> bool:
    """Return whether it is a success that was read to its end."""
    return isinstance(answer, Answer) and is_success(answer) and not answer.unread


def is_success(answer: Answer) -> bool:
    """Return whether what was asked for was done."""
    return answer.status in _SUCCESS


@dataclass(frozen=True, slots=True)
class Refusals:
    """Says why a request failed."""

    ci: Ci
    system: System
    token: Key = field(repr=False)

    @property
    def forge(self) -> str:
        """The forge's name."""
        return self.system.name

    def failure_of(self, answer: Answer | Fault, asked: Asked) -> ReadFailure:
        """Return why a request failed, and whether another try may help."""
        if isinstance(answer, Fault):
            return ReadFailure((self._here(answer.reason),), answer.may_retry)
        if is_success(answer) and answer.unread:
            return ReadFailure((self._here(answer.unread),))
        is_limit = _is_limit(answer)
        return ReadFailure(
            (self._refusal(answer, asked, is_limit=is_limit), *self._said(answer)),
            may_retry=is_limit or answer.status in _PASSING,
            is_rate_limit=is_limit,
            wait=_wait_asked(answer),
        )

    def malformed(self) -> Message:
        """Say that an answer is not the documented one."""
        return Message("forge-malformed", forge=self.forge)

    def _here(self, reason: Message) -> Message:
        code = _AT_A_FORGE.get(reason.code)
        return Message(code, forge=self.forge) if code else reason

    def _refusal(self, answer: Answer, asked: Asked, *, is_limit: bool) -> Message:
        about = {"forge": self.forge, "path": printable(asked.path)}
        if is_limit:
            return Message("forge-limit", forge=self.forge)
        if asked.right and answer.status == _UNAUTHORIZED:
            return Message("forge-token-refused", forge=self.forge, variable=self.system.token)
        if asked.right and answer.status in {_FORBIDDEN, _NOT_FOUND}:
            codes = _FORBIDDEN_BY if answer.status == _FORBIDDEN else _HIDDEN_BY
            return Message(codes[self.ci], **about, method=asked.method, right=asked.right)
        return Message("forge-answered", **about, method=asked.method, status=answer.status)

    def _said(self, answer: Answer) -> Iterator[Message]:
        """Quote the answer, unless it may hold a part of the token."""
        document = parsed(answer.body)
        named = text_at(document, "message") or text_at(document, "error")
        text = named[:MOST_SEARCHED] or said_in(answer.body, answer.content_type)
        said = quotable(text, answer.body)
        if said and not contains_key(text, self.token):
            yield Message("forge-said", said=said)


def _is_limit(answer: Answer) -> bool:
    """Return whether there were too many requests; GitHub says so with 403, too."""
    if answer.status != _FORBIDDEN:
        return answer.status == _TOO_MANY
    is_used_up = _limit_of(answer.headers, "remaining") == "0"
    return is_used_up or answer.retry_after is not None or b"secondary rate limit" in answer.body


def _limit_of(headers: Mapping[str, str], name: str) -> str:
    found = (headers.get(prefix + name, "").strip() for prefix in _LIMITS)
    return next(filter(None, found), "")


def _wait_asked(answer: Answer) -> Wait | None:
    """Return the wait that is asked for: in Retry-After, or as the time when a limit is over."""
    reset = _limit_of(answer.headers, "reset")
    is_time = reset.isascii() and reset.isdigit() and len(reset) <= _DIGITS
    if answer.retry_after is not None or not is_time or not _is_limit(answer):
        return wait_asked(answer.retry_after)
    return _wait_until(int(reset))


def _wait_until(reset: int) -> Wait:
    now = utc_now()
    seconds = max(0.0, reset - now.timestamp())
    try:
        return Wait(seconds, datetime.fromtimestamp(reset, UTC))
    except (OverflowError, ValueError, OSError):
        return Wait(seconds, None)
