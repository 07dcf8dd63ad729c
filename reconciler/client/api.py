"""The CRM settings endpoint of Bulutsantralim, as the vendor documents it.

Nobody on this project could reach the real API; what is not documented is treated as possible.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from time import monotonic
from typing import TYPE_CHECKING, Self

from reconciler.client.decoding import (
    AnswerError,
    Live,
    Quoting,
    Wait,
    decode_settings,
    said_in,
    says_bad_key,
    wait_asked,
)
from reconciler.client.response import Answer, Fault
from reconciler.core.key_finder import KeyCodes, KeyFinder
from reconciler.core.messages import Message
from reconciler.core.request_wording import ended, failed
from reconciler.core.secret import Key
from reconciler.core.secret_finder import NO_SECRETS, SecretFinder
from reconciler.core.settings import SWITCHES, Settings

if TYPE_CHECKING:
    from reconciler.client.transport import Transport

PRODUCTION = "https://api.bulutsantralim.com"
PATH = "/crm_integrations"
_SUCCESS = 200
_BAD_REQUEST = 400
_BAD_KEY_STATUSES = (_BAD_REQUEST, 401)
_BUSY_STATUSES = (408, 429)
_TOO_MANY = 429
_CLIENT_ERRORS = range(400, 500)
_SERVER_ERRORS = range(500, 600)
_KEY_IN_URL = KeyCodes("key-in-live-url", "key-in-live-url-of", "key-in-live-url-of-none")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a request may take in all, in seconds; a POST waits for the vendor's URL test."""

    get: float = 15.0
    post: float = 60.0


@dataclass(frozen=True, slots=True)
class Account:
    """A santral's name and its key."""

    name: str
    key: Key
    may_quote: bool = True
    """Whether what the API says may be shown, which may repeat a live URL with a secret."""


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """A read that failed; the reason has no key, and no raw text of the server."""

    reason: tuple[Message, ...]
    may_retry: bool = False
    is_rate_limit: bool = False
    wait: Wait | None = None
    """What the server asks for."""


class Delivery(Enum):
    """What became of a POST, and what follows from that: whoever asks, asks here."""

    ACCEPTED = auto()
    """Answered 200 ``Ok``."""
    REFUSED = auto()
    """Answered that it was not taken, for a reason that trying again would not change."""
    KEY_REFUSED = auto()
    """Answered that there is no such key; reading back would be refused too."""
    RATE_LIMITED = auto()
    """Answered 429."""
    UNSENT = auto()
    """Not a byte of it left this machine."""
    UNKNOWN = auto()
    """It may or may not have been taken."""

    @property
    def is_refusal(self) -> bool:
        """Whether the API said that it did not take it."""
        return self in {Delivery.REFUSED, Delivery.KEY_REFUSED}

    @property
    def is_without_effect(self) -> bool:
        """Whether it certainly changed nothing, and reading back could show nothing new."""
        return self in {Delivery.UNSENT, Delivery.KEY_REFUSED}

    @property
    def may_take_effect_late(self) -> bool:
        """Whether the new settings may come yet, though the old ones read back."""
        return self in {Delivery.ACCEPTED, Delivery.UNKNOWN}

    @property
    def may_be_sent_again(self) -> bool:
        """Whether a second POST is right when the old settings read back, and stay."""
        return self in {Delivery.UNKNOWN, Delivery.RATE_LIMITED}


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The outcome of one POST; the reason is one like that of ReadFailure."""

    delivery: Delivery
    reason: tuple[Message, ...] = ()
    may_retry: bool = False
    wait: Wait | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What was done about one request, for those who want to watch."""

    method: str
    subject: str
    """The santral that it is about; at a forge, the path."""
    event: str
    """A sentence such as ``Answered 200 in 0.12 s.``"""


Observer = Callable[[Note], object]


class Api:
    """Reads and writes settings; one request a call, no retries."""

    def __init__(
        self,
        transport: "Transport",
        timeouts: Timeouts,
        finder: KeyFinder,
        observe: Observer = lambda _: None,
        secrets: SecretFinder = NO_SECRETS,
    ) -> None:
        self._transport = transport
        self._timeouts = timeouts
        self.finder = finder
        """Knows all keys of the run, none of which may get out by a live URL or an error."""
        self.observe = observe
        """Gets each request, and each wait before the next one."""
        self.quoting = Quoting(finder, secrets)
        """Says what may be shown of an answer."""

    def apart(self) -> Self:
        """Return the same for one santral, over a connection that no other's answer can take."""
        own = copy.copy(self)
        own._transport = self._transport.apart()  # noqa: SLF001 - another of this class
        return own

    def hang_up(self) -> None:
        """Close the connections; a later request makes a new one."""
        self._transport.close()

    def settle(self) -> frozenset[str]:
        """Hang up, and return the santrals whose last answer may have been another's.

        It waits for a moment, in which late answers come, where connections were shared.
        """
        return self._transport.settle()

    def read(self, account: Account) -> Live | ReadFailure:
        """GET the live settings."""
        answer = self._get(account)
        if isinstance(answer, Fault):
            return ReadFailure((answer.reason,), answer.may_retry)
        if answer.status != _SUCCESS:
            return _unread(answer, self._refusal(answer, account))
        if answer.unread:
            return ReadFailure((answer.unread,))
        try:
            live = decode_settings(answer.body)
        except AnswerError as fault:
            return ReadFailure((fault.reason,), may_retry=fault.is_cut)
        held = self.finder.find(live.settings.notification_url or "", _KEY_IN_URL, account.key)
        return ReadFailure((held,)) if held else live

    def write(self, account: Account, settings: Settings) -> WriteResult:
        """POST the complete settings once, and say what is known of it."""
        answer = self._post(account, settings)
        if isinstance(answer, Fault):
            delivery = Delivery.UNKNOWN if answer.was_sent else Delivery.UNSENT
            return WriteResult(delivery, (answer.reason,), may_retry=answer.may_retry)
        if answer.status == _SUCCESS:
            return _accepted(answer)
        return _refused(answer, self._refusal(answer, account, settings.notification_url))

    def _refusal(self, answer: Answer, account: Account, sent_url: str | None = None) -> Message:
        """Say what the API answered, without any key and without what a URL's masking hides."""
        text = said_in(answer.body, answer.content_type)
        if _is_bad_key(answer, text):
            return Message("key-refused")
        if not account.may_quote:
            return Message("api-answered-unquoted", status=answer.status)
        said = self.quoting.quoted(text, answer.body, sent_url, account.key)
        if said:
            return Message("api-answered-with", status=answer.status, said=said)
        return Message("api-answered", status=answer.status)

    def _get(self, account: Account) -> Answer | Fault:
        started = monotonic()
        query = {"key": account.key.reveal()}
        answer = self._transport.get(PATH, query, self._timeouts.get, account.name)
        return self._noted("GET", account, started, answer)

    def _post(self, account: Account, settings: Settings) -> Answer | Fault:
        started = monotonic()
        form = {"key": account.key.reveal(), **_form_of(settings)}
        answer = self._transport.post(PATH, form, self._timeouts.post)
        return self._noted("POST", account, started, answer)

    def _noted(
        self, method: str, account: Account, started: float, answer: Answer | Fault
    ) -> Answer | Fault:
        self.observe(Note(method, account.name, event_of(answer, monotonic() - started)))
        return answer


def event_of(answer: Answer | Fault, took: float) -> str:
    """Say what became of a request that took so many seconds."""
    if isinstance(answer, Fault):
        return failed(answer.reason, took)
    return ended(answer.status, took)


def _form_of(settings: Settings) -> dict[str, str]:
    """Return all four fields; a missing one would have an effect that nobody documents."""
    if settings.notification_url is None:
        raise ValueError(settings)
    switches = {name: str(getattr(settings, name)) for name in SWITCHES}
    return {**switches, "notification_url": settings.notification_url}


def _unread(answer: Answer, reason: Message) -> ReadFailure:
    return ReadFailure(
        (reason,),
        may_retry=answer.status in _BUSY_STATUSES or answer.status in _SERVER_ERRORS,
        is_rate_limit=answer.status == _TOO_MANY,
        wait=wait_asked(answer.retry_after),
    )


def _accepted(answer: Answer) -> WriteResult:
    if answer.body.strip() == b"Ok":
        return WriteResult(Delivery.ACCEPTED)
    return WriteResult(Delivery.UNKNOWN, (answer.unread or Message("answer-not-ok"),))


def _refused(answer: Answer, reason: Message) -> WriteResult:
    if answer.status == _TOO_MANY:
        return WriteResult(Delivery.RATE_LIMITED, (reason,), wait=wait_asked(answer.retry_after))
    if _is_bad_key(answer, said_in(answer.body, answer.content_type)):
        return WriteResult(Delivery.KEY_REFUSED, (reason,))
    if answer.status in _CLIENT_ERRORS and answer.status not in _BUSY_STATUSES:
        hint = (Message("api-tests-url"),) if answer.status == _BAD_REQUEST else ()
        return WriteResult(Delivery.REFUSED, (reason, *hint))
    return WriteResult(Delivery.UNKNOWN, (reason,))


def _is_bad_key(answer: Answer, text: str) -> bool:
    return answer.status in _BAD_KEY_STATUSES and says_bad_key(text)
