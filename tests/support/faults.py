"""Every way to fail that the tests try, as a list.

The list is the attack, ``fault_server.py`` carries it out, ``forecast.py`` foretells from it how a
run must end, and ``test_matrix.py`` holds the program to that, fault by fault and step by step.
"""

import gzip
from dataclasses import replace

from support import fault_server as fault
from support.certificates import BAD
from support.fault_kinds import (
    BROKE,
    LATE,
    MALFORMED,
    NO_CONNECTION,
    NO_OBJECT,
    NO_TEXT,
    NOT_JSON,
    TOO_SOON,
    Effect,
    Fault,
    Heard,
    applied_all_the_same,
    bad_key,
    broken,
    broken_at_the_door,
    busy,
    coming_again,
    compressed,
    cut,
    ending,
    flood,
    followed,
    harmless,
    in_seconds,
    lacks,
    neither,
    nobody,
    not_settings,
    odd,
    rate_limit,
    refusal,
    slow,
    spell,
    stranger,
    unusual,
    with_fields,
    without_field,
)
from support.fault_server import (
    after_interim,
    answer,
    document,
    drip,
    gush,
    head,
    pour,
    say,
    tell,
    with_more,
)

from reconciler.core.settings import Switch

CHUNKED = "Transfer-Encoding: chunked"
GZIP = "Content-Encoding: gzip"
EDITED = fault.after_edit(lambda live: replace(live, hangup=Switch.OFF), fault.as_documented)
ABSURD_DATE = "Mon, 01 Jan 2026 00:00:00 +" + "9" * 40
UNASKED = 5
"""In seconds; the least to wait after a 429 that does not say how long."""
_PAGE = "<!DOCTYPE html><p>Welcome</p>"
_BOMB = gzip.compress(bytes(50_000_000), compresslevel=1)
_LONG = b"x" * 70_000
_PLENTY = "Content-Length: 300000000"
_HALF = b'{"ringing": "on", "answered": "on", "hangup": "on", "notif'


def _chunks(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


_OTHERS = document(replace(fault.LIVE, answered=Switch.OFF, hangup=Switch.OFF)).encode()
"""Settings that no santral of the server has."""

OUT_OF_TURN: tuple[Fault, ...] = (
    harmless("102 before", after_interim(102)),
    harmless("103 before", after_interim(103)),
    harmless("several 102 and 103 before, at once", after_interim(102, 103, 100, 102, 102, 199)),
    harmless("several 102 before, spread", after_interim(102, 102, 102, apart=0.05)),
    slow("only 102", drip(b"", head(102))),
    slow("only 103", drip(b"", head(103, "Link: </style.css>; rel=preload"))),
    flood("102 without end", gush(head(102), head(102) * 999)),
    broken("101", pour(head(101, "Upgrade: websocket", "Connection: Upgrade"))),
    followed("answered twice, at once", fault.twice),
    coming_again("answered twice, late", fault.twice_late),
    followed(
        "another answer before the next request",
        with_more(head(200, f"Content-Length: {len(_OTHERS)}") + _OTHERS),
    ),
    followed("Ok before the next request", with_more(head(200, "Content-Length: 2") + b"Ok")),
    followed("bytes after the announced length", with_more(b"\r\nand more")),
    followed("a byte after the announced length", with_more(b"\n")),
)
"""Answers that others come before or after; each is tried over TLS too."""

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
    rate_limit("no wait said", UNASKED),
    rate_limit("seconds", 20, "Retry-After: 20"),
    rate_limit("no seconds", 1, "Retry-After: 0"),
    rate_limit("hours", 21_600, "Retry-After: 21600"),
    rate_limit("5,000 digits", 10**9, "Retry-After: " + "9" * 5_000),
    rate_limit("date", 3_000, f"Retry-After: {in_seconds(3_600)}"),
    rate_limit("date gone by", 1, f"Retry-After: {in_seconds(-60)}"),
    rate_limit("absurd date", UNASKED, f"Retry-After: {ABSURD_DATE}"),
    rate_limit("junk", UNASKED, "Retry-After: soon"),
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
    replace(
        cut("length said is too small", pour(head(200, "Content-Length: 30"), _HALF)),
        is_followed=True,
    ),
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
    *OUT_OF_TURN,
)
"""What may become of a request whose connection is in order."""

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
    nobody("an answer before the request", fault.greet, TOO_SOON),
    broken_at_the_door("closed after the handshake", fault.hang_up_after_welcome),
    *map(stranger, BAD),
)
"""What may become of a connection before it can carry a request; it befalls whoever comes."""
