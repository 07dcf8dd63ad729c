"""Every way to fail that the tests try, as a list, and what can be known from each.

The list is the attack, ``fault_server.py`` carries it out, ``forecast.py`` foretells from it how a
run must end, and ``test_matrix.py`` holds the program to that, fault by fault and step by step.
"""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import Enum, auto

import fault_server as fault
from certificates import BAD, tls_with
from fault_server import Act, Door, answer, document, drip, gush, head, pour, say, tell

from reconciler.settings import Switch


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
    """The clause that says it to the user, when it befalls a GET."""
    told_of_post: str = ""
    effect: Effect = Effect.NONE
    door: Door | None = None
    """Set when it befalls a connection, and not a request."""
    is_slow: bool = False

    def __repr__(self) -> str:
        return self.name

    def told_of(self, method: str) -> str:
        """Return the clause that says it to the user."""
        return self.told_of_get if method == "G" else self.told_of_post

    def heard_by(self, method: str) -> Heard:
        """Return what can be known from it."""
        return self.get if method == "G" else self.post


TIMEOUT = 0.5
"""In seconds, where a slow server is waited for."""
BROKE = "the connection broke before a complete answer had come"
LATE = f"there was no complete answer within {TIMEOUT} s"
NOT_JSON = "the API's answer is not JSON"
MALFORMED = "the API's answer is not well-formed JSON in UTF-8"
NO_OBJECT = "the API's answer is JSON, but not an object"
NO_TEXT = "the API's answer has a notification_url that is not a text"
TOO_LONG = "the answer is longer than 64 KiB"
COMPRESSED = "the answer is compressed, which was not asked for"
NOT_OK = 'the API answered 200, but not with the documented "Ok"'
BAD_KEY = "was refused; renewed in the panel?"
NO_CONNECTION = "no connection to the server could be made"
NO_TLS = "no TLS connection to the server could be made"
DISTRUSTED = "the server's TLS certificate is not trusted"

CHUNKED = "Transfer-Encoding: chunked"
GZIP = "Content-Encoding: gzip"
_PAGE = "<!DOCTYPE html><p>Welcome</p>"
_BOMB = gzip.compress(bytes(50_000_000), compresslevel=1)
_LONG = b"x" * 70_000
_PLENTY = f"Content-Length: {300_000_000}"
_HALF = b'{"ringing": "on", "answered": "on", "hangup": "on", "notif'


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


def rate_limit(name: str, *headers: str) -> Fault:
    """Let the API say that it was asked too often."""
    return _status(Heard.NOT_NOW, Heard.NOT_NOW, 429, f"429, {name}", answer(429, "", *headers))


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
    told = f"the API answered {status}"
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


def _chunks(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def ending(end: bytes) -> Act:
    """Answer a GET rightly but for the end of it."""
    return tell(lambda body: body[:-1] + end)


def lacks(*fields: str) -> str:
    """Return how fields that are not there are told of."""
    return f"the API's answer lacks {', '.join(fields)}"


def neither(field: str) -> str:
    """Return how a switch that is none is told of."""
    return f'the API\'s answer has a {field} that is neither "on" nor "off"'


def in_seconds(seconds: int) -> str:
    """Return a time as HTTP writes it."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


EDITED = fault.after_edit(lambda live: replace(live, hangup=Switch.OFF), fault.as_documented)
ABSURD_DATE = "Mon, 01 Jan 2026 00:00:00 +" + "9" * 40

FAULTS: tuple[Fault, ...] = (
    broken("reset", fault.reset),
    broken("closed without an answer", say()),
    broken("cut in the first line", say(b"HTTP/1.1 2")),
    broken("not HTTP", say(b"220 mail.example.com ESMTP\r\n")),
    broken("status is no number", say(b"HTTP/1.1 ok 200\r\n\r\n", b"Ok")),
    broken("header line of 70 KiB", say(head(200, "X: " + "x" * 70_000), b"Ok")),
    broken("1000 headers", say(head(200, *["X: x"] * 1_000), b"Ok")),
    broken("body shorter than said", say(head(200, "Content-Length: 99"), _HALF)),
    broken("Ok, yet shorter than said", say(head(200, "Content-Length: 99"), b"Ok")),
    broken("chunk cut", say(head(200, CHUNKED), b"40\r\n{")),
    broken("last chunk missing", say(head(200, CHUNKED), b"2\r\nOk\r\n")),
    broken("chunk size is no number", say(head(200, CHUNKED), b"zz\r\nOk\r\n0\r\n\r\n")),
    broken("chunk size is negative", say(head(200, CHUNKED), b"-1\r\nOk\r\n0\r\n\r\n")),
    slow("no answer", fault.hang),
    slow("first line drips", drip(b"", b"x")),
    slow("headers drip", drip(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n")),
    slow("only 100 Continue", drip(b"", head(100))),
    slow("body drips", drip(head(200, "Content-Length: 999"))),
    slow("chunks drip", drip(head(200, CHUNKED), b"1\r\nx\r\n")),
    flood("longer than 64 KiB", answer(200, b"[" * 65_537)),
    flood("body of 300 MB", gush(head(200, _PLENTY))),
    flood("body without length or end", gush(head(200))),
    flood("chunk of -1 bytes", gush(head(200, CHUNKED) + b"-1\r\n")),
    flood("headers without end", gush(b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 60_000 + b"\r\n")),
    *(busy(status) for status in (408, 500, 502, 503, 504, 599)),
    busy(503, "503, long page", answer(503, _LONG)),
    busy(503, "503, gzip", answer(503, _BOMB[:9_000], GZIP)),
    *(refusal(status) for status in (403, 404, 405, 409, 410, 413, 422, 451)),
    refusal(400, "400, of the URL's test"),
    refusal(401, "401, of no key"),
    refusal(403, "403, long page", answer(403, _LONG)),
    refusal(403, "403, gzip bomb", answer(403, _BOMB, GZIP)),
    rate_limit("no wait said"),
    rate_limit("seconds", "Retry-After: 20"),
    rate_limit("no seconds", "Retry-After: 0"),
    rate_limit("hours", "Retry-After: 21600"),
    rate_limit("5,000 digits", "Retry-After: " + "9" * 5_000),
    rate_limit("date", f"Retry-After: {in_seconds(60)}"),
    rate_limit("date gone by", f"Retry-After: {in_seconds(-60)}"),
    rate_limit("absurd date", f"Retry-After: {ABSURD_DATE}"),
    rate_limit("junk", "Retry-After: soon"),
    *(odd(status) for status in (201, 202, 299, 600, 999)),
    odd(204, "204", answer(204)),
    odd(304, "304", answer(304)),
    odd(300, "300", answer(300)),
    *(odd(code, f"{code} to another host", fault.send_away(code)) for code in (301, 302, 303)),
    *(odd(code, f"{code} to another host", fault.send_away(code)) for code in (307, 308)),
    bad_key("400, bad key", 400, "Gecersiz anahtar: {}".format),
    bad_key("401, bad key", 401, "Gecersiz anahtar: {}".format),
    bad_key("400, bad key in capitals", 400, lambda key: f"GECERSIZ ANAHTAR: {key}".upper()),
    cut("cut in the headers", say(b"HTTP/1.1 200 OK\r\nContent-Le")),
    cut("cut, and no length said", say(head(200), _HALF)),
    cut("length said is too small", pour(head(200, "Content-Length: 30"), _HALF)),
    cut("empty", answer(200)),
    not_settings("HTML", answer(200, _PAGE), NOT_JSON),
    not_settings("HTML, said to be JSON", answer(200, _PAGE, "Content-Type: text/json"), NOT_JSON),
    not_settings("Ok in quotes", answer(200, '"Ok"'), NO_OBJECT),
    not_settings("Ok and more", answer(200, "Ok, queued"), NOT_JSON),
    not_settings("null", answer(200, "null"), NO_OBJECT),
    not_settings("list", answer(200, "[]"), NO_OBJECT),
    not_settings("true", answer(200, "true"), NO_OBJECT),
    not_settings("empty text", answer(200, '""'), NO_OBJECT),
    not_settings("empty object", answer(200, "{}"), lacks("ringing", "answered", "hangup")),
    not_settings("switch missing", without_field("answered"), lacks("answered")),
    not_settings("switch is 1", with_fields(ringing=1), neither("ringing")),
    not_settings("switch is true", with_fields(answered=True), neither("answered")),
    not_settings("switch is ON", with_fields(hangup="ON"), neither("hangup")),
    not_settings("switch is null", with_fields(hangup=None), neither("hangup")),
    not_settings("switch is a list", with_fields(hangup=["on"]), neither("hangup")),
    not_settings("URL is a number", with_fields(notification_url=0), NO_TEXT),
    not_settings("URL is half a character", with_fields(notification_url="\ud800"), MALFORMED),
    not_settings("field twice", ending(b', "ringing": "on"}'), MALFORMED),
    not_settings("NaN", ending(b', "x": NaN}'), MALFORMED),
    not_settings("Infinity", ending(b', "x": -Infinity}'), MALFORMED),
    not_settings("Latin-5", ending(', "x": "ğ"}'.encode("iso-8859-9")), MALFORMED),
    not_settings("UTF-16", tell(lambda body: body.decode().encode("utf-16")), MALFORMED),
    not_settings("30,000 deep", answer(200, b"[" * 30_000), MALFORMED),
    not_settings("number of 5,000 digits", answer(200, b"[" + b"9" * 5_000 + b"]"), MALFORMED),
    compressed("compressed", tell(gzip.compress, GZIP)),
    compressed("gzip bomb", answer(200, _BOMB, GZIP)),
    Fault("Ok", answer(200, "Ok"), get=Heard.NO, post=Heard.ALL, told_of_get=NOT_JSON),
    Fault("edited in the panel", EDITED, Heard.ALL, Heard.ALL, effect=Effect.EDIT),
    unusual("settings", tell(bytes)),
    unusual("byte order mark", tell(b"\xef\xbb\xbf".__add__)),
    unusual("space around", tell(lambda body: b"\r\n " + body + b"\n")),
    unusual("wrong type", tell(bytes, "Content-Type: text/html; charset=iso-8859-9")),
    unusual("cookie", tell(bytes, "Set-Cookie: a=b; Path=/")),
    unusual("malformed header", tell(bytes, "no header at all")),
    unusual("connection to be closed", tell(bytes, "Connection: close")),
    unusual("no length said", spell(lambda body: head(200) + body)),
    unusual("chunks", spell(lambda body: head(200, CHUNKED) + _chunks(body), pour)),
    unusual("100 Continue before", spell(lambda body: head(100) + head(200) + body)),
    unusual("field more", with_fields(queue="7")),
)
"""What may become of a request whose connection is in order."""


def applied_all_the_same(what: Fault) -> Fault:
    """Let the change be made, and only then the answer fail."""
    act = fault.after_applying(what.act)
    return replace(what, name=f"{what.name}, yet applied", act=act, effect=Effect.TAKEN)


_MAY_HAVE_BEEN_TAKEN = (Heard.NOTHING, Heard.NO, Heard.NOT_NOW)

FAULTS_OF_A_POST: tuple[Fault, ...] = (
    Fault("applied late", fault.apply_late, told_of_post=BROKE, effect=Effect.LATE),
    Fault("normalised", fault.normalise, post=Heard.ALL, effect=Effect.ALTERED),
    *(applied_all_the_same(what) for what in FAULTS if what.post in _MAY_HAVE_BEEN_TAKEN),
)
"""What may become of a POST besides."""

FAULTS_AT_THE_DOOR: tuple[Fault, ...] = (
    nobody("refused", fault.refuse, NO_CONNECTION),
    nobody("closed before the handshake", fault.hang_up),
    nobody("no TLS", fault.greet_in_the_clear),
    nobody("no handshake", fault.stay_silent, LATE, is_slow=True),
    broken_at_the_door("closed after the handshake", fault.hang_up_after_welcome),
    *map(stranger, BAD),
)
"""What may become of a connection before it can carry a request; it befalls whoever comes."""
