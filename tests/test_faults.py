"""What the program does when the API misbehaves, each way tried against a server of raw sockets."""

import gzip
import io
import json
import logging
import tracemalloc
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Container, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote

import fault_server as fault
import pytest
from fault_server import LIVE, Act, FaultServer, answer, document, drip, head, say
from key_search import files_with_key, holds_key
from support import KEYS, JumpingClock, Program, Result

from reconciler.secret import Key
from reconciler.settings import Settings, Switch

FILE = """\
version: 1
defaults:
  crm_integration: {ringing: off}
santrals:
  ankara:
    crm_integration: {}
  bursa:
    crm_integration: {}
"""
WANTED = replace(LIVE, ringing=Switch.OFF)
FLEET = {"ankara": Key("an-invented-key-of-no-known-shape"), "bursa": KEYS["bursa"]}
"""Ankara is what the faults befall; its key does not give itself away by its shape."""


@dataclass(frozen=True)
class Scene:
    """A program, the server it talks to, a server it must never talk to, and all that is logged."""

    program: Program
    server: FaultServer
    elsewhere: FaultServer
    log: io.StringIO

    def run(self, command: str, *options: str) -> Result:
        result = self.program.run(command, *options)
        self.log.write(result.stdout + result.stderr)
        return result


@pytest.fixture
def scene(program: Program, debug_log: io.StringIO) -> Iterator[Scene]:
    """Set the scene, and hold after each test what must hold in every one.

    Nobody else was asked, nothing was sent more than twice or twice without a look between, and
    no key came out: not on stdout or stderr, in what is logged at level DEBUG, or in any file.
    """
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_TIMEOUT", "10")
    for name, key in FLEET.items():
        program.monkeypatch.setenv(f"SANTRAL_KEY_{name.upper()}", key.reveal())
    with FaultServer(FLEET) as server, FaultServer(FLEET) as elsewhere:
        program.monkeypatch.setenv("SANTRAL_API_URL", server.origin)
        yield Scene(program, server, elsewhere, debug_log)
    assert elsewhere.connections == 0
    for name in FLEET:
        assert server.steps(name).count("P") <= 2
        assert "PP" not in server.steps(name)
    for key in FLEET.values():
        assert not holds_key(debug_log.getvalue(), key)
        assert files_with_key(program.folder, key) == []


@pytest.fixture
def debug_log() -> Iterator[io.StringIO]:
    """Collect everything that anybody logs."""
    log, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(log), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield log
    root.setLevel(level)
    root.removeHandler(handler)


def timeout_for(reason: str) -> str:
    """Return the time-out to run with: short where it is what the case waits for."""
    return "--timeout=0.5" if reason == LATE else "--timeout=10"


BROKE = "the connection broke before a complete answer had come."
LATE = "there was no complete answer within 0.5 s."
NOT_JSON = "the API's answer is not JSON."
MALFORMED = "the API's answer is not well-formed JSON in UTF-8."
NO_OBJECT = "the API's answer is JSON, but not an object."
TOO_LONG = "the answer is longer than 64 KiB."
COMPRESSED = "the answer is compressed, which was not asked for."
BAD_KEY = "the key of santral ankara was refused; renewed in the panel?"
CHUNKED = "Transfer-Encoding: chunked"
GOOD = document(WANTED).encode()

Case = tuple[Act, str]

BROKEN: dict[str, Case] = {
    "reset": (fault.reset, BROKE),
    "closed without an answer": (say(), BROKE),
    "cut in the first line": (say(b"HTTP/1.1 2"), BROKE),
    "not HTTP": (say(b"220 mail.example.com ESMTP\r\n"), BROKE),
    "status is no number": (say(b"HTTP/1.1 ok 200\r\n\r\n", GOOD), BROKE),
    "header line of 70 KiB": (say(head(200, "X: " + "x" * 70_000), GOOD), BROKE),
    "1000 headers": (say(head(200, *["X: x"] * 1_000), GOOD), BROKE),
    "body shorter than said": (say(head(200, "Content-Length: 99"), b'{"ringing'), BROKE),
    "body whole, yet shorter than said": (say(head(200, "Content-Length: 999"), GOOD), BROKE),
    "chunk cut": (say(head(200, CHUNKED), b"40\r\n{"), BROKE),
    "last chunk missing": (say(head(200, CHUNKED), b"2\r\nOk\r\n"), BROKE),
    "chunk size is no number": (say(head(200, CHUNKED), b"zz\r\n{}\r\n0\r\n\r\n"), BROKE),
    "chunk size is negative": (say(head(200, CHUNKED), b"-1\r\n{}\r\n0\r\n\r\n"), BROKE),
}
"""The connection gives out before there is a whole answer."""

SLOW: dict[str, Case] = {
    "no answer": (fault.hang, LATE),
    "head drips": (drip(b"HTTP/1.1 200 OK\r\nX: "), LATE),
    "body drips": (drip(head(200, "Content-Length: 999")), LATE),
    "chunks drip": (drip(head(200, CHUNKED), b"1\r\n \r\n"), LATE),
    "never more than 100 Continue": (drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), LATE),
}
"""There is no whole answer in time, though bytes may come all the while."""

BUSY: dict[str, Case] = {
    str(status): (answer(status, "Try later"), f'the API answered {status}: "Try later".')
    for status in (408, 500, 502, 503, 504, 599)
}
"""The API says that it cannot just now; it may have made a change all the same."""

REFUSED: dict[str, Case] = {
    str(status): (answer(status, "No <b>way</b>"), f'the API answered {status}: "No <b>way</b>".')
    for status in (403, 404, 409, 410, 422)
}
"""The API says that it will not."""

ODD: dict[str, Case] = {
    **{
        str(status): (answer(status, "What?"), f'the API answered {status}: "What?".')
        for status in (201, 299, 300, 600, 999)
    },
    "204": (answer(204), "the API answered 204."),
    "304": (answer(304), "the API answered 304."),
    "longer than 64 KiB": (answer(200, b"[" * 65_537), TOO_LONG),
    "compressed": (answer(200, gzip.compress(GOOD), "Content-Encoding: gzip"), COMPRESSED),
}
"""An answer that means nothing documented."""

CUT: dict[str, Case] = {
    "cut in the headers": (say(b"HTTP/1.1 200 OK\r\nContent-Le"), NOT_JSON),
    "cut, and no length said": (say(head(200), GOOD[:30]), NOT_JSON),
    "length said is too small": (say(head(200, "Content-Length: 30"), GOOD), NOT_JSON),
    "empty": (answer(200), NOT_JSON),
}
"""What is a good answer as far as it goes."""


def good_but(**changed: object) -> Act:
    """Answer a GET rightly, save for these fields."""
    return answer(200, json.dumps({**asdict(WANTED), **changed}))


def good_without(field: str) -> Act:
    """Answer a GET rightly, save for one field that is not there."""
    return answer(200, json.dumps({n: v for n, v in asdict(WANTED).items() if n != field}))


def neither(field: str) -> str:
    """Return the reason for refusing a switch."""
    return f'the API\'s answer has a {field} that is neither "on" nor "off".'


NOT_SETTINGS: dict[str, Case] = {
    "HTML": (answer(200, "<!DOCTYPE html><p>Welcome</p>"), NOT_JSON),
    "Ok": (answer(200, "Ok"), NOT_JSON),
    "null": (answer(200, "null"), NO_OBJECT),
    "list": (answer(200, "[]"), NO_OBJECT),
    "true": (answer(200, "true"), NO_OBJECT),
    "empty text": (answer(200, '""'), NO_OBJECT),
    "empty object": (
        answer(200, "{}"),
        "the API's answer lacks ringing, answered, hangup, notification_url.",
    ),
    "switch missing": (good_without("answered"), "the API's answer lacks answered."),
    "URL missing": (good_without("notification_url"), "the API's answer lacks notification_url."),
    "switch is 1": (good_but(ringing=1), neither("ringing")),
    "switch is true": (good_but(answered=True), neither("answered")),
    "switch is ON": (good_but(hangup="ON"), neither("hangup")),
    "switch is null": (good_but(hangup=None), neither("hangup")),
    "switch is a list": (good_but(hangup=["on"]), neither("hangup")),
    "URL is a number": (
        good_but(notification_url=0),
        "the API's answer has a notification_url that is not a text.",
    ),
    "URL is half a character": (good_but(notification_url="https://x.example/\ud800"), MALFORMED),
    "field twice": (answer(200, GOOD[:-1] + b', "ringing": "on"}'), MALFORMED),
    "NaN": (answer(200, GOOD[:-1] + b', "x": NaN}'), MALFORMED),
    "Infinity": (answer(200, GOOD[:-1] + b', "x": -Infinity}'), MALFORMED),
    "Latin-5": (answer(200, '{"ringing": "açık ğ"}'.encode("iso-8859-9")), MALFORMED),
    "UTF-16": (answer(200, GOOD.decode().encode("utf-16")), MALFORMED),
    "30,000 deep": (answer(200, b"[" * 30_000), MALFORMED),
    "number of 5,000 digits": (answer(200, b"[" + b"9" * 5_000 + b"]"), MALFORMED),
}
"""An answer that came whole and does not tell the settings."""

KEY_REFUSALS: dict[str, Case] = {
    "400 bad key": (fault.echo(400, "Gecersiz anahtar: {}".format), BAD_KEY),
    "401 bad key": (fault.echo(401, "Gecersiz anahtar: {}".format), BAD_KEY),
    "400 bad key in capitals": (
        fault.echo(400, lambda k: f"GECERSIZ ANAHTAR: {k}".upper()),
        BAD_KEY,
    ),
}

TRIED_AGAIN = {**BROKEN, **SLOW, **BUSY, **CUT}
TRIED_ONCE = {**REFUSED, **ODD, **NOT_SETTINGS, **KEY_REFUSALS}


def cases(*tables: dict[str, Case], only: Container[str] | None = None) -> pytest.MarkDecorator:
    """Run a test for each case of some tables, or only for those with these ids."""
    chosen = {
        name: case
        for table in tables
        for name, case in table.items()
        if only is None or name in only
    }
    return pytest.mark.parametrize(("act", "reason"), chosen.values(), ids=chosen.keys())


IN_SYNC = "Plan: 0 to change, 2 in sync, 0 failed.\n"


def failed_plan(reason: str) -> str:
    """Return the plan in which ankara could not be read and bursa is in sync."""
    return (
        "! ankara  (santral.yaml:5:3)\n"
        f"    Santral ankara could not be read: {reason}\n\n"
        "Plan: 0 to change, 1 in sync, 1 failed.\n"
    )


@cases(TRIED_AGAIN)
def test_plan_tries_three_times_to_read_what_may_read_well_next_time(
    scene: Scene, act: Act, reason: str
) -> None:
    """A read that broke, was late or met a busy server is tried three times, then reported."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", act)
    assert scene.run("plan", timeout_for(reason)) == Result(1, failed_plan(reason), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGG", "G"]


@cases(TRIED_AGAIN, only={"reset", "no answer", "503", "empty"})
def test_plan_says_nothing_of_a_fault_that_passes(scene: Scene, act: Act, reason: str) -> None:
    """A read that goes well at the last of three tries is as good as one that did at once."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", act, turns=[1, 2])
    assert scene.run("plan", timeout_for(reason)) == Result(0, IN_SYNC, "")
    assert scene.server.steps("ankara") == "GGG"


@cases(TRIED_ONCE)
def test_plan_reads_but_once_what_would_read_the_same_again(
    scene: Scene, act: Act, reason: str
) -> None:
    """An answer that came whole and is not the documented one is reported without another try."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", act)
    assert scene.run("plan") == Result(1, failed_plan(reason), "")
    assert [scene.server.steps(name) for name in FLEET] == ["G", "G"]


def warning(field: str) -> str:
    """Return what is said of a field that is not documented."""
    return (
        "Warning: santral.yaml:5:3: santral ankara: "
        f'The API\'s answer has a field that is not documented: "{field}".\n'
    )


@pytest.mark.parametrize(
    ("act", "stderr"),
    [
        pytest.param(answer(200, b"\xef\xbb\xbf" + GOOD), "", id="byte order mark"),
        pytest.param(answer(200, b"\r\n " + GOOD + b"\n"), "", id="space around"),
        pytest.param(answer(200, GOOD, "Content-Type: text/html"), "", id="wrong type"),
        pytest.param(answer(200, GOOD, "Set-Cookie: a=b; Path=/"), "", id="cookie"),
        pytest.param(answer(200, GOOD, "no header at all"), "", id="malformed header"),
        pytest.param(answer(200, GOOD, "Connection: close"), "", id="connection to be closed"),
        pytest.param(say(head(200), GOOD), "", id="no length said"),
        pytest.param(
            say(head(200, CHUNKED), b"%x\r\n%b\r\n0\r\n\r\n" % (len(GOOD), GOOD)),
            "",
            id="chunks",
        ),
        pytest.param(say(head(100), head(200), GOOD), "", id="100 Continue before"),
        pytest.param(good_but(notification_url=None), "", id="URL null"),
        pytest.param(good_but(notification_url=""), "", id="URL empty"),
        pytest.param(good_but(queue="7"), warning("queue"), id="field more"),
        pytest.param(good_but(**{"::x\n": 1}), warning(r"\x3a:x\n"), id="hostile field more"),
    ],
)
def test_plan_takes_an_answer_that_is_only_unusual(scene: Scene, act: Act, stderr: str) -> None:
    """What has the documented content is read, however it is wrapped; a further field is told."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", act)
    assert scene.run("plan") == Result(0, IN_SYNC, stderr)
    assert scene.server.steps("ankara") == "G"


def test_no_server_at_all_is_an_error_after_three_tries(
    scene: Scene, jumping_clock: type[JumpingClock]
) -> None:
    """A connection that is refused is tried again after a second or so, then after two."""
    scene.server.refuse_connections()
    reason = "no connection to the server could be made."
    result = scene.run("plan", "--target=ankara")
    assert result == Result(1, failed_plan(reason).replace("1 in sync", "0 in sync"), "")
    assert_between(jumping_clock.waits, (1.0, 1.5), (2.0, 3.0))


def assert_between(waits: list[float], *bounds: tuple[float, float]) -> None:
    """Hold waits against bounds; a moment may pass between asking for a wait and waiting."""
    assert len(waits) == len(bounds)
    for wait, (least, most) in zip(waits, bounds, strict=True):
        assert least - 0.5 <= wait <= most


def in_seconds(seconds: int) -> str:
    """Return a time as HTTP writes it."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        pytest.param(["Retry-After: 7"], 7, 7, id="seconds"),
        pytest.param(["Retry-After: 0"], 1, 1, id="too few seconds"),
        pytest.param(["Retry-After: 21600"], 90, 90, id="hours"),
        pytest.param(["Retry-After: " + "9" * 5_000], 90, 90, id="5,000 digits"),
        pytest.param([f"Retry-After: {in_seconds(60)}"], 20, 60, id="date"),
        pytest.param([f"Retry-After: {in_seconds(-60)}"], 1, 1, id="date gone by"),
        pytest.param(["Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"], 90, 90, id="date far off"),
        pytest.param([], 30, 45, id="not said"),
        pytest.param(["Retry-After: soon"], 30, 45, id="junk"),
        pytest.param(["Retry-After: -5"], 30, 45, id="negative"),
        pytest.param(["Retry-After: 1.5"], 30, 45, id="fraction"),
        pytest.param(
            ["Retry-After: Mon, 01 Jan 2026 00:00:00 +" + "9" * 40], 30, 45, id="absurd time zone"
        ),
    ],
)
def test_a_rate_limit_is_waited_out_for_as_long_as_is_asked_within_bounds(
    scene: Scene, jumping_clock: type[JumpingClock], asked: list[str], least: int, most: int
) -> None:
    """After 429 the wait is what Retry-After says, from 1 to 90 s, or half a minute or so."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", answer(429, "Slow down", *asked), turns=[1])
    result = scene.run("plan", "--target=ankara")
    assert result == Result(0, "Plan: 0 to change, 1 in sync, 0 failed.\n", "")
    assert_between(jumping_clock.waits, (least, most))


def test_a_rate_limit_without_end_is_an_error_after_three_tries(scene: Scene) -> None:
    """A santral that answers 429 each time is reported, and the others are read."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", answer(429, "Slow down"))
    reason = 'the API answered 429: "Slow down".'
    assert scene.run("plan") == Result(1, failed_plan(reason), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGG", "G"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(scene: Scene, status: int) -> None:
    """Another host, named in a redirect of a GET or a POST, gets no request and so no key."""
    reason = f"the API answered {status}."
    redirect = fault.redirect(status, scene.elsewhere.origin)
    scene.server.rule("ankara", "POST", redirect)
    scene.server.rule("bursa", "GET", redirect)
    assert scene.run("apply") == Result(1, redirected(reason), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGPGGPGG", "G"]
    assert scene.elsewhere.connections == 0


def redirected(reason: str) -> str:
    """Return what apply says when ankara's POST and bursa's GET are redirected."""
    return (
        "~ ankara  (santral.yaml:5:3)\n"
        "    ringing  on → off\n\n"
        "! bursa  (santral.yaml:7:3)\n"
        f"    Santral bursa could not be read: {reason}\n\n"
        "Plan: 1 to change, 0 in sync, 1 failed.\n"
        f"ankara: failed. The old settings are still live: {reason}\n"
        f"bursa: failed. Santral bursa could not be read: {reason}\n\n"
        "Apply: 0 applied, 0 in sync, 0 stale, 0 refused, 2 failed, 0 not verified, 0 not tried.\n"
    )


def test_a_cookie_is_not_sent_back(scene: Scene) -> None:
    """What a server sets with one answer is in none of the later requests of any santral."""
    for name in FLEET:
        scene.server.rule(name, "GET", answer(200, document(LIVE), "Set-Cookie: a=b"), turns=[1, 2])
    assert scene.run("apply") == Result(0, report("applied"), "")
    assert len(scene.server.requests) == 8
    assert not any("cookie" in request.headers for request in scene.server.requests)


PLAN = """\
~ ankara  (santral.yaml:5:3)
    ringing  on → off

~ bursa  (santral.yaml:7:3)
    ringing  on → off

Plan: 2 to change, 0 in sync, 0 failed.
"""
ENDS = ("applied", "in sync", "stale", "refused", "failed", "not verified", "not tried")


def report(end: str, reason: str = "", details: str = "") -> str:
    """Return what apply says when ankara ends in this way and bursa is applied."""
    told = f"{end}. {reason}" if reason else end
    counts = Counter([end, "applied"])
    summary = ", ".join(f"{counts[end]} {end}" for end in ENDS)
    return f"{PLAN}ankara: {told}\n{details}bursa: applied\n\nApply: {summary}.\n"


NOT_OK = 'the API answered 200, but not with the documented "Ok".'

ODD_OK: dict[str, Case] = {
    "HTML": (answer(200, "<!DOCTYPE html><p>Welcome</p>"), NOT_OK),
    "empty": (answer(200), NOT_OK),
    "settings": (answer(200, GOOD), NOT_OK),
    "Ok in quotes": (answer(200, '"Ok"'), NOT_OK),
    "Ok and more": (answer(200, "Ok, queued"), NOT_OK),
    "cut in the headers": (say(b"HTTP/1.1 200 OK\r\nContent-Le"), NOT_OK),
    "cut, and no length said": (say(head(200), b"O"), NOT_OK),
    "Ok, yet shorter than said": (say(head(200, "Content-Length: 99"), b"Ok"), BROKE),
}
AMBIGUOUS = (BROKEN, SLOW, BUSY, ODD, ODD_OK)
A_FEW = {"reset", "no answer", "503", "204", "HTML"}


@cases(*AMBIGUOUS)
def test_a_post_that_is_lost_twice_has_failed(scene: Scene, act: Act, reason: str) -> None:
    """It is sent again once, when the old settings read back; then it is left at that."""
    scene.server.rule("ankara", "POST", act)
    told = report("failed", f"The old settings are still live: {reason}")
    assert scene.run("apply", timeout_for(reason)) == Result(1, told, "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGPGGPGG", "GGPG"]
    assert scene.server.live == {"ankara": LIVE, "bursa": WANTED}


@cases(*AMBIGUOUS, only=A_FEW)
def test_a_post_that_is_lost_once_is_applied_by_the_second(
    scene: Scene, act: Act, reason: str
) -> None:
    """After a look that finds the old settings it is sent again, and that it reads back counts."""
    scene.server.rule("ankara", "POST", act, turns=[1])
    assert scene.run("apply", timeout_for(reason)) == Result(0, report("applied"), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGPGGPG", "GGPG"]
    assert scene.server.live == {"ankara": WANTED, "bursa": WANTED}


@cases(BROKEN, BUSY, ODD, ODD_OK, REFUSED)
def test_a_change_that_took_effect_is_applied_whatever_was_answered(
    scene: Scene, act: Act, reason: str
) -> None:
    """The wanted settings read back, so nothing is sent again and nothing is wrong."""
    del reason
    scene.server.rule("ankara", "POST", fault.after_applying(act))
    assert scene.run("apply") == Result(0, report("applied"), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGPG", "GGPG"]
    assert scene.server.live == {"ankara": WANTED, "bursa": WANTED}


@cases(REFUSED)
def test_a_post_that_is_refused_is_not_sent_again(scene: Scene, act: Act, reason: str) -> None:
    """The settings are read back all the same, and the reason is told."""
    scene.server.rule("ankara", "POST", act)
    assert scene.run("apply") == Result(1, report("refused", f"Not changed: {reason}"), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGPG", "GGPG"]
    assert scene.server.live == {"ankara": LIVE, "bursa": WANTED}


@cases(KEY_REFUSALS)
def test_a_post_with_a_bad_key_is_the_last_request(scene: Scene, act: Act, reason: str) -> None:
    """Reading back with that key could tell nothing."""
    scene.server.rule("ankara", "POST", act)
    assert scene.run("apply") == Result(1, report("refused", f"Not changed: {reason}"), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGP", "GGPG"]
    assert scene.server.live == {"ankara": LIVE, "bursa": WANTED}
