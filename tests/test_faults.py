"""What the program does when the API misbehaves, each way tried against a server of raw sockets."""

import gzip
import io
import json
import logging
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote

import fault_server as fault
import pytest
from fault_server import LIVE, Act, FaultServer, answer, document, drip, head, say
from key_search import files_with_key, holds_key
from support import KEYS, JumpingClock, Program, Result

from reconciler.client.answers import AnswerError, decode_settings
from reconciler.secret import Key
from reconciler.settings import Switch

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
LONG = "x" * 70_000
GZIP = "Content-Encoding: gzip"
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
}
"""There is no whole answer in time, though bytes may come all the while."""

BUSY: dict[str, Case] = {
    **{
        str(status): (answer(status, "Try later"), f'the API answered {status}: "Try later".')
        for status in (408, 500, 502, 503, 504, 599)
    },
    "503, long page": (answer(503, LONG), "the API answered 503."),
    "503, gzip": (answer(503, gzip.compress(b"Try later"), GZIP), "the API answered 503."),
}
"""The API says that it cannot just now; it may have made a change all the same."""

REFUSED: dict[str, Case] = {
    **{
        str(status): (
            answer(status, "No <b>way</b>"),
            f'the API answered {status}: "No <b>way</b>".',
        )
        for status in (403, 404, 409, 410, 422)
    },
    "403, long page": (answer(403, LONG), "the API answered 403."),
    "403, gzip": (answer(403, gzip.compress(b"No way"), GZIP), "the API answered 403."),
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
    "chunk of -1 bytes": (fault.gush(head(200, CHUNKED) + b"-1\r\n"), TOO_LONG),
    "compressed": (answer(200, gzip.compress(GOOD), GZIP), COMPRESSED),
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
        "the API's answer lacks ringing, answered, hangup.",
    ),
    "switch missing": (good_without("answered"), "the API's answer lacks answered."),
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


def cases(*tables: dict[str, Case], only: Container[str] | None = None) -> pytest.MarkDecorator:
    """Run a test for each case of some tables, or only for those with these ids."""
    chosen = _chosen(tables, only)
    return pytest.mark.parametrize(("act", "reason"), chosen.values(), ids=chosen.keys())


def acts(*tables: dict[str, Case], only: Container[str] | None = None) -> pytest.MarkDecorator:
    """Run a test as ``cases`` does, where the reason is never told."""
    chosen = _chosen(tables, only)
    return pytest.mark.parametrize("act", [act for act, _ in chosen.values()], ids=chosen.keys())


def _chosen(tables: Iterable[dict[str, Case]], only: Container[str] | None) -> dict[str, Case]:
    every = {name: case for table in tables for name, case in table.items()}
    return {name: case for name, case in every.items() if only is None or name in only}


IN_SYNC = "Plan: 0 to change, 2 in sync, 0 failed.\n"


def failed_plan(reason: str) -> str:
    """Return the plan in which ankara could not be read and bursa is in sync."""
    return (
        "! ankara  (santral.yaml:5:3)\n"
        f"    Santral ankara could not be read: {reason}\n\n"
        "Plan: 0 to change, 1 in sync, 1 failed.\n"
    )


@cases(BROKEN, BUSY, CUT)
def test_plan_tries_three_times_to_read_what_may_read_well_next_time(
    scene: Scene, act: Act, reason: str
) -> None:
    """A read that broke, was cut or met a busy server is tried three times, then reported."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", act)
    assert scene.run("plan") == Result(1, failed_plan(reason), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGG", "G"]


@cases(SLOW)
def test_plan_waits_three_times_for_a_slow_answer_and_each_time_no_longer_than_it_may(
    scene: Scene, act: Act, reason: str
) -> None:
    """The time-out is the most that a read takes in all, whatever trickles in meanwhile."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", act)
    started = time.monotonic()
    assert scene.run("plan", "--timeout=0.5") == Result(1, failed_plan(reason), "")
    assert 3 * 0.5 <= time.monotonic() - started < 3 * 1.5
    assert [scene.server.steps(name) for name in FLEET] == ["GGG", "G"]


@cases(BROKEN, SLOW, BUSY, CUT, only={"reset", "no answer", "503", "empty"})
def test_plan_says_nothing_of_a_fault_that_passes(scene: Scene, act: Act, reason: str) -> None:
    """A read that goes well at the last of three tries is as good as one that did at once."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", act, turns=[1, 2])
    assert scene.run("plan", timeout_for(reason)) == Result(0, IN_SYNC, "")
    assert scene.server.steps("ankara") == "GGG"


@cases(REFUSED, ODD, NOT_SETTINGS, KEY_REFUSALS)
def test_plan_reads_but_once_what_would_read_the_same_again(
    scene: Scene, act: Act, reason: str
) -> None:
    """An answer that came whole and is not the documented one is reported without another try."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", act)
    assert scene.run("plan") == Result(1, failed_plan(reason), "")
    assert [scene.server.steps(name) for name in FLEET] == ["G", "G"]


@pytest.mark.parametrize("url", ["https://crm.example.com/ç", None])
def test_an_answer_cut_anywhere_is_known_as_one_that_may_have_been_cut(url: str | None) -> None:
    """So it is tried again, as a connection that broke is."""
    text = json.dumps(asdict(replace(LIVE, notification_url=url)), ensure_ascii=False)
    for whole in (text.encode(), json.dumps(json.loads(text)).encode()):
        for end in range(len(whole)):
            with pytest.raises(AnswerError) as raised:
                decode_settings(whole[:end])
            assert raised.value.is_cut, whole[:end]


UNDOCUMENTED = (
    "Warning: santral.yaml:5:3: santral ankara: The API's answer has fields that are not "
    "documented; they were left alone.\n"
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
        pytest.param(good_but(notification_url=" "), "", id="URL blank"),
        pytest.param(good_without("notification_url"), "", id="URL missing"),
        pytest.param(good_but(queue="7"), UNDOCUMENTED, id="field more"),
        pytest.param(good_but(**{"::x\n": 1}), UNDOCUMENTED, id="hostile field more"),
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


ABSURD_DATE = "Mon, 01 Jan 2026 00:00:00 +" + "9" * 40


IN_A_MINUTE = "(in a minute)"
"""Stands for the date that it is when the test runs, which may be long after this is read."""


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
        pytest.param([f"Retry-After: {IN_A_MINUTE}"], 50, 60, id="date"),
        pytest.param([f"Retry-After: {in_seconds(-60)}"], 1, 1, id="date gone by"),
        pytest.param(["Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"], 90, 90, id="date far off"),
        pytest.param([], 5, 7.5, id="not said"),
        pytest.param(["Retry-After: soon"], 5, 7.5, id="junk"),
        pytest.param(["Retry-After: -5"], 5, 7.5, id="negative"),
        pytest.param(["Retry-After: 1.5"], 5, 7.5, id="fraction"),
        pytest.param([f"Retry-After: {ABSURD_DATE}"], 5, 7.5, id="absurd date"),
    ],
)
def test_a_rate_limit_is_waited_out_for_as_long_as_is_asked_within_bounds(
    scene: Scene, jumping_clock: type[JumpingClock], asked: list[str], least: float, most: float
) -> None:
    """After 429 the wait is what Retry-After says, from 1 to 90 s, or five seconds or so."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    asked = [header.replace(IN_A_MINUTE, in_seconds(60)) for header in asked]
    scene.server.rule("ankara", "GET", answer(429, "Slow down", *asked), turns=[1])
    result = scene.run("plan", "--target=ankara")
    assert result == Result(0, "Plan: 0 to change, 1 in sync, 0 failed.\n", "")
    assert_between(jumping_clock.waits, (least, most))


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        pytest.param(["X: x"], [(5, 7.5), (10, 15), (20, 30), (40, 60), (80, 90)], id="not said"),
        pytest.param(["Retry-After: 20"], [(20, 20), (40, 40), (80, 80), (90, 90)], id="20 s"),
        pytest.param(["Retry-After: 90"], [(90, 90), (90, 90)], id="90 s"),
    ],
)
def test_a_rate_limit_without_end_is_an_error_after_four_minutes_of_longer_and_longer_waits(
    scene: Scene,
    jumping_clock: type[JumpingClock],
    asked: list[str],
    waits: list[tuple[float, float]],
) -> None:
    """A santral that answers 429 each time is reported, and the others are read."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", answer(429, "Slow down", *asked))
    reason = 'the API answered 429: "Slow down".'
    assert scene.run("plan") == Result(1, failed_plan(reason), "")
    assert [scene.server.steps(name) for name in FLEET] == [(len(waits) + 1) * "G", "G"]
    assert_between(jumping_clock.waits, *waits)


def test_a_rate_limit_is_none_of_the_three_tries(scene: Scene) -> None:
    """However many requests it costs, two that broke are still made good by the third."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", answer(429), turns=[1, 3, 4, 6])
    scene.server.rule("ankara", "GET", fault.reset, turns=[2, 5])
    assert scene.run("plan") == Result(0, IN_SYNC, "")
    assert scene.server.steps("ankara") == "GGGGGGG"


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
        + summary("failed", "failed")
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
    return f"{PLAN}ankara: {told}\n{details}bursa: applied\n\n{summary(end, 'applied')}"


def summary(*ended: str) -> str:
    """Return the last line of apply for santrals that ended in these ways."""
    counts = Counter(ended)
    return f"Apply: {', '.join(f'{counts[end]} {end}' for end in ENDS)}.\n"


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


@acts(BROKEN, BUSY, ODD, ODD_OK, REFUSED)
def test_a_change_that_took_effect_is_applied_whatever_was_answered(scene: Scene, act: Act) -> None:
    """The wanted settings read back, so nothing is sent again and nothing is wrong."""
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


def test_a_post_that_takes_effect_late_is_applied_and_not_sent_again(
    scene: Scene, jumping_clock: type[JumpingClock]
) -> None:
    """When the old settings read back, five seconds pass before a second look."""
    scene.server.rule("ankara", "POST", fault.apply_late)
    result = scene.run("apply", "--target=ankara")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("ankara: applied\n\n" + summary("applied"))
    assert scene.server.steps("ankara") == "GGPGG"
    assert_between(jumping_clock.waits, (5, 5))


def test_ok_to_a_change_that_takes_no_effect_is_not_believed(scene: Scene) -> None:
    """It is not sent again either, since the API did not lose it."""
    scene.server.rule("ankara", "POST", answer(200, "Ok"))
    told = "The API answered Ok, but the old settings are still live."
    assert scene.run("apply") == Result(4, report("not verified", told), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGPGG", "GGPG"]
    assert scene.server.live == {"ankara": LIVE, "bursa": WANTED}


def test_a_url_that_the_api_rewrites_is_not_verified(scene: Scene) -> None:
    """What is live is shown against what was wanted."""
    scene.server.rule("ankara", "POST", fault.normalise)
    url = "https://crm.example.com/calls"
    details = f"    notification_url  {url} → {url}/\n"
    told = "Sent, but other settings are live than were wanted."
    assert scene.run("apply") == Result(4, report("not verified", told, details), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGPG", "GGPG"]


def test_ok_may_have_space_around_it(scene: Scene) -> None:
    """The vendor's page shows the word and not the bytes."""
    scene.server.rule("ankara", "POST", fault.after_applying(answer(200, " Ok\r\n")))
    assert scene.run("apply") == Result(0, report("applied"), "")
    assert scene.server.steps("ankara") == "GGPG"


def test_a_post_over_the_rate_limit_waits_looks_and_is_sent_again(
    scene: Scene, jumping_clock: type[JumpingClock]
) -> None:
    """The look comes before the second try.

    The wait is the one that was asked for and the age of the run: the limit may count the GET of
    the plan, and its place must be free too.
    """
    slow_down = answer(429, "Slow down", "Retry-After: 20")
    scene.server.rule("ankara", "POST", slow_down, turns=[1])
    result = scene.run("apply", "--target=ankara")
    assert (result.exit_code, result.stderr) == (0, "")
    assert scene.server.steps("ankara") == "GGPGPG"
    assert scene.server.live["ankara"] == WANTED
    assert_between(jumping_clock.waits, (20, 25))


@pytest.mark.parametrize("header", ["X: x", "Retry-After: soon", f"Retry-After: {ABSURD_DATE}"])
def test_a_post_over_the_rate_limit_twice_has_failed(scene: Scene, header: str) -> None:
    """It is left at two, whether or not the API says how long to wait."""
    scene.server.rule("ankara", "POST", answer(429, "Slow down", header))
    told = 'The old settings are still live: the API answered 429: "Slow down".'
    assert scene.run("apply") == Result(1, report("failed", told), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGPGPG", "GGPG"]
    assert scene.server.live == {"ankara": LIVE, "bursa": WANTED}


def test_a_lost_post_whose_second_is_refused_is_refused(scene: Scene) -> None:
    """The last answer tells, when what is live is known."""
    scene.server.rule("ankara", "POST", answer(422, "No"))
    scene.server.rule("ankara", "POST", fault.reset, turns=[1])
    told = 'Not changed: the API answered 422: "No".'
    assert scene.run("apply") == Result(1, report("refused", told), "")
    assert scene.server.steps("ankara") == "GGPGGPG"


def test_a_post_that_cannot_be_sent_has_failed(
    scene: Scene, jumping_clock: type[JumpingClock]
) -> None:
    """It is not tried again unseen: the look before the next try finds no connection either."""
    scene.server.rule("ankara", "GET", fault.answer_and_leave, turns=[2])
    result = scene.run("apply", "--target=ankara")
    assert (result.exit_code, result.stderr) == (1, "")
    told = "ankara: failed. Not sent: no connection to the server could be made.\n"
    assert result.stdout.endswith(f"{told}\n{summary('failed')}")
    assert scene.server.steps("ankara") == "GG"
    assert_between(jumping_clock.waits, (1.0, 1.5), (1.0, 1.5), (2.0, 3.0))


def test_every_post_carries_the_complete_settings_and_the_key_in_its_form_alone(
    scene: Scene,
) -> None:
    """Fields that the file does not manage go with their live values."""
    assert scene.run("apply") == Result(0, report("applied"), "")
    posts = [asked for asked in scene.server.requests if asked.method == "POST"]
    assert [(post.target, post.fields) for post in posts] == 2 * [
        ("/crm_integrations", {name: str(value) for name, value in asdict(WANTED).items()})
    ]


BEFORE = "It could not be read again before the change: "
NOTHING_SENT = "Nothing was sent."


@pytest.mark.parametrize(
    ("act", "steps", "told"),
    [
        pytest.param(fault.reset, "GGGG", f"{BEFORE}{BROKE}", id="reset"),
        pytest.param(answer(500), "GGGG", f"{BEFORE}the API answered 500.", id="500"),
        pytest.param(answer(429), "GGGGGGG", f"{BEFORE}the API answered 429.", id="429"),
        pytest.param(
            answer(200, "{}"), "GG", f"{BEFORE}{NOT_SETTINGS['empty object'][1]}", id="{}"
        ),
        pytest.param(answer(302), "GG", f"{BEFORE}the API answered 302.", id="302"),
        pytest.param(KEY_REFUSALS["401 bad key"][0], "GG", f"{BEFORE}{BAD_KEY}", id="bad key"),
    ],
)
def test_nothing_is_sent_when_the_look_before_it_fails(
    scene: Scene, act: Act, steps: str, told: str
) -> None:
    """A santral that read well for the plan and not again is left alone; the others go on."""
    scene.server.rule("ankara", "GET", act, turns=range(2, 9))
    assert scene.run("apply") == Result(1, report("failed", f"{told} {NOTHING_SENT}"), "")
    assert [scene.server.steps(name) for name in FLEET] == [steps, "GGPG"]
    assert scene.server.live == {"ankara": LIVE, "bursa": WANTED}


def test_nothing_is_sent_when_somebody_changed_the_settings_meanwhile(scene: Scene) -> None:
    """Such a santral is stale, which is exit code 3, and what was changed is shown."""
    scene.server.rule("ankara", "GET", good_but(ringing="on", hangup="off"), turns=[2])
    told = f"The live settings changed after the plan was made. {NOTHING_SENT} Plan again."
    details = "    hangup  on → off\n"
    assert scene.run("apply") == Result(3, report("stale", told, details), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GG", "GGPG"]


READ_BACK = "Sent, but not read back: "


@pytest.mark.parametrize(
    ("act", "steps", "told"),
    [
        pytest.param(fault.reset, "GGPGGG", f"{READ_BACK}{BROKE}", id="reset"),
        pytest.param(answer(503), "GGPGGG", f"{READ_BACK}the API answered 503.", id="503"),
        pytest.param(answer(429), "GGPGGGGGG", f"{READ_BACK}the API answered 429.", id="429"),
        pytest.param(answer(404), "GGPG", f"{READ_BACK}the API answered 404.", id="404"),
        pytest.param(answer(200, "[]"), "GGPG", f"{READ_BACK}{NO_OBJECT}", id="list"),
        pytest.param(KEY_REFUSALS["400 bad key"][0], "GGPG", f"{READ_BACK}{BAD_KEY}", id="bad key"),
    ],
)
@pytest.mark.parametrize("post", [fault.as_documented, say()], ids=["POST good", "POST lost"])
def test_a_change_that_cannot_be_read_back_is_not_verified(
    scene: Scene, post: Act, act: Act, steps: str, told: str
) -> None:
    """Whether it was answered Ok or lost, nobody knows what is live, so nothing more is sent."""
    scene.server.rule("ankara", "POST", post)
    scene.server.rule("ankara", "GET", act, turns=range(3, 9))
    assert scene.run("apply") == Result(4, report("not verified", told), "")
    assert [scene.server.steps(name) for name in FLEET] == [steps, "GGPG"]
    assert scene.server.live["bursa"] == WANTED


@acts(BROKEN, BUSY, CUT, only={"reset", "503", "empty"})
def test_a_fault_that_passes_while_reading_back_does_no_harm(scene: Scene, act: Act) -> None:
    """The settings are read again, and the change is applied."""
    scene.server.rule("ankara", "GET", act, turns=[3])
    assert scene.run("apply") == Result(0, report("applied"), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGPGG", "GGPG"]


def percent_encoded(key: str) -> str:
    """Write each letter as %XX."""
    return "".join(f"%{ord(letter):02X}" for letter in key)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(str, id="as it is"),
        pytest.param(str.upper, id="upper case"),
        pytest.param(str.lower, id="lower case"),
        pytest.param(percent_encoded, id="percent-encoded"),
        pytest.param(lambda key: percent_encoded(key).lower(), id="percent-encoded, lower case"),
        pytest.param(lambda key: key.replace("-", "%2d"), id="percent-encoded in part"),
        pytest.param(lambda key: f"{key[:15]} {key[15:]}", id="split by a space"),
        pytest.param(lambda key: f"{key[:9]}\r\n\t{key[9:]}", id="split by a line break"),
        pytest.param(" ".join, id="spaced out"),
        pytest.param(lambda key: key[:20], id="its start"),
        pytest.param(lambda key: key[-20:], id="its end"),
    ],
)
@pytest.mark.parametrize("name", ["bursa", "ankara"], ids=["documented shape", "other shape"])
def test_a_key_that_the_server_repeats_is_not_printed(
    scene: Scene, name: str, written: Callable[[str], str]
) -> None:
    """However it writes the key, ``***`` stands there; a key need not have the documented shape."""
    scene.server.rule(name, "GET", fault.echo(404, lambda key: f"Cannot find {written(key)}!"))
    result = scene.run("plan", f"--target={name}", "--verbose")
    assert result.stdout.splitlines()[1] == (
        f'    Santral {name} could not be read: the API answered 404: "Cannot find ***!".'
    )


def test_a_refused_url_says_what_to_look_at(scene: Scene) -> None:
    """A POST answered 400 for another reason than the key most likely failed the vendor's test."""
    scene.server.rule("ankara", "POST", fault.echo(400, lambda key: f"Bad URL for {key.upper()}"))
    told = (
        'Not changed: the API answered 400: "Bad URL for ***"; it tests a new notification_url '
        "with a POST and wants a success answer: is that server up?"
    )
    assert scene.run("apply") == Result(1, report("refused", told), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGPG", "GGPG"]


def test_what_the_server_says_is_made_harmless_and_cut(scene: Scene) -> None:
    """Neither a terminal nor a CI runner finds a command in it, and it stays short."""
    said = "##[error]x\x1b[31m\n::error::y \u202e" + "z" * 1_000
    scene.server.rule("ankara", "GET", answer(404, said))
    shown = r"#\x23[error]x\x1b[31m ::error::y \u202e" + "z" * 172 + "..."
    result = scene.run("plan", "--target=ankara")
    assert result.stdout.splitlines()[1] == (
        f'    Santral ankara could not be read: the API answered 404: "{shown}".'
    )


@pytest.mark.parametrize(
    "written",
    [
        str,
        str.upper,
        lambda key: f"x{key[5:17]}x",
        percent_encoded,
        lambda key: quote(percent_encoded(key)),
        " ".join,
        lambda key: b64encode(key.encode()).decode(),
        lambda key: b64encode(f"ab{key}cde".encode()).decode(),
    ],
)
def test_the_search_for_keys_that_these_tests_rely_on_finds_them(
    written: Callable[[str], str],
) -> None:
    """No key is found where none is, and each is found however it is written."""
    for key in FLEET.values():
        assert holds_key(f"before {written(key.reveal())} after", key)
        assert not holds_key(PLAN + BROKE, key)
