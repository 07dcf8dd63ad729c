"""The kinds of faults that ``faults.py`` lists: what can be known from each, and how it is told."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import Enum, auto

from support import fault_server as fault
from support.certificates import BAD, tls_with
from support.fault_server import Act, Door, answer, document, say, tell


class Heard(Enum):
    """What a client can know from what it heard, or did not hear."""

    ALL = auto()
    """The documented answer: the settings after a GET, ``Ok`` after a POST."""
    NOTHING = auto()
    """Anything may have become of the request; asking again may help."""
    NO = auto()
    """Not what was asked for, and asking again would bring the same."""
    NO_KEY = auto()
    """There is no such key, so nothing was done and nothing will be."""
    NOT_NOW = auto()
    """Asked too often."""
    NOBODY = auto()
    """Nobody to talk to: nothing was sent; asking again may help."""
    STRANGER = auto()
    """Somebody else was there: nothing was sent, and nothing will be."""


class Effect(Enum):
    """What becomes of the settings that the server holds."""

    NONE = auto()
    TAKEN = auto()
    LATE = auto()
    """They are taken after the next GET."""
    ALTERED = auto()
    """They are taken, with a ``/`` at the URL's end."""
    EDIT = auto()
    """They are taken; but before that, be it GET or POST, somebody switched ``hangup`` off."""


@dataclass(frozen=True, repr=False)
class Fault:
    """One way to fail."""

    name: str
    act: Act = fault.as_documented
    get: Heard = Heard.NOTHING
    post: Heard = Heard.NOTHING
    told_of_get: str = ""
    """The sentence that says it to the user, when it befalls a GET."""
    told_of_post: str = ""
    effect: Effect = Effect.NONE
    door: Door | None = None
    """Set when it befalls a connection, and not a request."""
    is_slow: bool = False
    is_followed: bool = False
    """Whether more comes with the answer than that."""
    comes_again: bool = False
    """Whether the answer comes again, right before that to the connection's next request."""
    asks: float = 0.0
    """How long to wait, in seconds, says whoever was asked too often; or so long it is at least."""

    def __repr__(self) -> str:
        return self.name

    def told_of(self, method: str) -> str:
        """Return the sentence that says it to the user."""
        return self.told_of_get if method == "G" else self.told_of_post

    def heard_by(self, method: str) -> Heard:
        """Return what can be known from it."""
        return self.get if method == "G" else self.post


TIMEOUT = 1.5
"""In seconds, where a slow server is waited for."""
BROKE = "The connection broke before a complete answer had arrived. Run again."
LATE = f"No complete answer arrived within {TIMEOUT} s. Run again later, or raise --timeout."
IF_IT_STAYS = "Run again later, and check --api-url if it stays so."
NOT_JSON = f"The API's answer is not JSON. {IF_IT_STAYS}"
MALFORMED = f"The API's answer is not well-formed JSON in UTF-8. {IF_IT_STAYS}"
NO_OBJECT = f"The API's answer is JSON, but not an object. {IF_IT_STAYS}"
NO_TEXT = f"The API's answer has a notification_url that is not text. {IF_IT_STAYS}"
TOO_LONG = f"The answer is longer than 64 KiB. {IF_IT_STAYS}"
COMPRESSED = f"The answer is compressed, which was not asked for. {IF_IT_STAYS}"
NOT_OK = 'The API answered 200, but not with the documented "Ok".'
BAD_KEY = "The API refused the key. Copy it from the panel again: it may have been renewed there."
TOO_SOON = (
    "The server answered before anything was asked. Something else may stand in its place: "
    "check --api-url and --proxy."
)
NO_CONNECTION = (
    "No connection to the server could be made. Check the network; behind a proxy, give --proxy."
)
NO_TLS = "No TLS connection to the server could be made. Check --api-url and the network."
DISTRUSTED = (
    "The TLS certificate of the server is not trusted. If your company intercepts TLS, use a "
    "network that does not, or name its CA with --ca-file."
)


def broken(name: str, act: Act) -> Fault:
    """Let the connection give out before there is a whole answer."""
    return Fault(name, act, told_of_get=BROKE, told_of_post=BROKE)


def slow(name: str, act: Act) -> Fault:
    """Let there be no whole answer in time, though bytes may come all the while."""
    return Fault(name, act, told_of_get=LATE, told_of_post=LATE, is_slow=True)


def flood(name: str, act: Act) -> Fault:
    """Let there be more of an answer than anybody can want."""
    return Fault(name, act, get=Heard.NO, told_of_get=TOO_LONG, told_of_post=TOO_LONG)


def busy(status: int, name: str = "", act: Act | None = None) -> Fault:
    """Let the API say that it cannot just now; it may have made a change all the same."""
    return _status(Heard.NOTHING, Heard.NOTHING, status, name, act)


def refusal(status: int, name: str = "", act: Act | None = None) -> Fault:
    """Let the API say that it will not."""
    return _status(Heard.NO, Heard.NO, status, name, act)


def odd(status: int, name: str = "", act: Act | None = None) -> Fault:
    """Let the API say something that means nothing documented."""
    return _status(Heard.NO, Heard.NOTHING, status, name, act)


def rate_limit(name: str, asks: float, *headers: str) -> Fault:
    """Let the API say that it was asked too often, and for how many seconds not to ask."""
    act = answer(429, "", *headers)
    return replace(_status(Heard.NOT_NOW, Heard.NOT_NOW, 429, f"429, {name}", act), asks=asks)


def bad_key(name: str, status: int, written: Callable[[str], str]) -> Fault:
    """Let the API say that there is no such key, and repeat it."""
    act = fault.echo(status, written)
    return Fault(name, act, Heard.NO_KEY, Heard.NO_KEY, BAD_KEY, BAD_KEY)


def cut(name: str, act: Act) -> Fault:
    """Let the answer be a good one, as far as it goes."""
    return Fault(name, act, told_of_get=NOT_JSON, told_of_post=NOT_OK)


def not_settings(name: str, act: Act, told: str) -> Fault:
    """Let the answer come whole, and not tell the settings."""
    return Fault(name, act, get=Heard.NO, told_of_get=told, told_of_post=NOT_OK)


def compressed(name: str, act: Act) -> Fault:
    """Let the answer be one to unpack, which may make a mountain of it."""
    return Fault(name, act, get=Heard.NO, told_of_get=COMPRESSED, told_of_post=COMPRESSED)


def unusual(name: str, act: Act) -> Fault:
    """Let the answer tell the settings in an unusual way; to a POST it is none all the same."""
    return Fault(name, act, get=Heard.ALL, told_of_post=NOT_OK)


def harmless(name: str, act: Act) -> Fault:
    """Let the documented answer come, though not in the usual way."""
    return Fault(name, act, Heard.ALL, Heard.ALL, effect=Effect.TAKEN)


def followed(name: str, act: Act) -> Fault:
    """Let the documented answer come, and more than anybody asked for right after it."""
    return replace(harmless(name, act), is_followed=True)


def coming_again(name: str, act: Act) -> Fault:
    """Let the documented answer come, and again where the connection carries a further request."""
    return replace(harmless(name, act), comes_again=True)


ANOTHERS_ANSWER = Fault(
    "an answer to another request",
    get=Heard.NO,
    post=Heard.NOTHING,
    told_of_get=NOT_JSON,
    told_of_post=NOT_OK,
)
"""What befalls a GET after a POST, and the other way round, when the first is answered again."""


def applied_all_the_same(what: Fault) -> Fault:
    """Let the change be made, and only then the answer fail."""
    act = fault.after_applying(what.act)
    return replace(what, name=f"{what.name}, yet applied", act=act, effect=Effect.TAKEN)


def nobody(name: str, door: Door, told: str = NO_TLS, *, is_slow: bool = False) -> Fault:
    """Let there be no connection to send anything over."""
    return Fault(
        name,
        get=Heard.NOBODY,
        post=Heard.NOBODY,
        told_of_get=told,
        told_of_post=told,
        door=door,
        is_slow=is_slow,
    )


DOUBTED = nobody("a look that came with more than that", fault.welcome, TOO_SOON)
"""What befalls a POST then: it is not sent."""


def broken_at_the_door(name: str, door: Door) -> Fault:
    """Let the connection give out when a request may have been sent already."""
    return replace(broken(name, fault.as_documented), door=door)


def stranger(name: str) -> Fault:
    """Let somebody be there who cannot prove to be the API."""
    return Fault(
        f"certificate: {name}",
        get=Heard.STRANGER,
        post=Heard.STRANGER,
        told_of_get=DISTRUSTED,
        told_of_post=DISTRUSTED,
        door=fault.show(tls_with(BAD[name])),
    )


def _status(get: Heard, post: Heard, status: int, name: str, act: Act | None) -> Fault:
    told = f"The API answered {status}"
    return Fault(name or str(status), act or answer(status, "Said"), get, post, told, told)


def with_fields(**changed: object) -> Act:
    """Answer a GET rightly, save for these fields."""
    return tell(lambda body: json.dumps({**json.loads(body), **changed}).encode())


def without_field(name: str) -> Act:
    """Answer a GET rightly, save for one field that is not there."""
    return tell(
        lambda body: json.dumps({n: v for n, v in json.loads(body).items() if n != name}).encode()
    )


def spell(written: Callable[[bytes], bytes], send: Callable[[bytes], Act] = say) -> Act:
    """Answer a GET rightly, in bytes made from the body."""
    return lambda turn: send(written(document(turn.show()).encode()))(turn)


def ending(end: bytes) -> Act:
    """Answer a GET rightly but for the end of it."""
    return tell(lambda body: body[:-1] + end)


def lacks(*fields: str) -> str:
    """Return how fields that are not there are told of."""
    return f"The API's answer lacks {', '.join(fields)}. {IF_IT_STAYS}"


def neither(field: str) -> str:
    """Return how a switch that is none is told of."""
    return f'The API\'s answer has neither "on" nor "off" in {field}. {IF_IT_STAYS}'


def in_seconds(seconds: int) -> str:
    """Return a time as HTTP writes it."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
