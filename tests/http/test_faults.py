"""What the program says when the API misbehaves, how long it waits, and what it does besides.

That it does the right thing is held against every fault in ``test_matrix.py``.
"""

import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from urllib.parse import quote

import pytest
from support import fault_server as fault
from support.clock import JumpingClock
from support.fault_kinds import TIMEOUT, in_seconds, with_fields, without_field
from support.fault_server import LIVE, Act, answer, document
from support.faults import ABSURD_DATE, FAULTS
from support.key_search import holds_key
from support.misbehaving_api import FLEET, WANTED, Scene, assert_between, failed_plan
from support.program import Result

from reconciler.client.api import Account, Api, Timeouts
from reconciler.client.decoding import AnswerError, decode_settings
from reconciler.client.transport import Transport
from reconciler.core.key_finder import KeyFinder

IN_SYNC = "Plan: 0 to change, 2 in sync, 0 failed.\n"
BAD_KEY = "The API refused the key. Copy it from the panel again: it may have been renewed there."
BROKE = "The connection broke before a complete answer had arrived. Run again."
BY_NAME = {what.name: what for what in FAULTS}


WORDS_FOR_A_READ = {
    "reset": BROKE,
    "no answer": "No complete answer arrived within 1.5 s. Run again later, or raise --timeout.",
    "503": 'The API answered 503: "Said".',
    "403": 'The API answered 403: "Said".',
    "299": 'The API answered 299: "Said".',
    "429, no wait said": "The API answered 429.",
    "400, bad key": BAD_KEY,
    "empty": "The API's answer is not JSON. Run again later, and check --api-url if it stays so.",
    "list": (
        "The API's answer is JSON, but not an object. Run again later, and check --api-url "
        "if it stays so."
    ),
    "empty object": (
        "The API's answer lacks ringing, answered, hangup. Run again later, and check "
        "--api-url if it stays so."
    ),
    "switch is ON": 'The API\'s answer has neither "on" nor "off" in hangup. '
    "Run again later, and check --api-url if it stays so.",
    "URL is a number": (
        "The API's answer has a notification_url that is not text. Run again later, and "
        "check --api-url if it stays so."
    ),
    "field twice": (
        "The API's answer is not well-formed JSON in UTF-8. Run again later, and check "
        "--api-url if it stays so."
    ),
    "longer than 64 KiB": (
        "The answer is longer than 64 KiB. Run again later, and check --api-url if it stays so."
    ),
    "compressed": (
        "The answer is compressed, which was not asked for. Run again later, and check "
        "--api-url if it stays so."
    ),
}


@pytest.mark.parametrize(("name", "told"), WORDS_FOR_A_READ.items(), ids=WORDS_FOR_A_READ)
def test_plan_says_in_a_sentence_why_a_santral_could_not_be_read(
    scene: Scene, name: str, told: str
) -> None:
    """The other santral is planned for all the same."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", BY_NAME[name].act)
    timeout = str(TIMEOUT) if BY_NAME[name].is_slow else "120"
    assert scene.run("plan", f"--timeout={timeout}") == Result(1, failed_plan(told), "")


@pytest.mark.parametrize("url", ["https://crm.example.com/ç", None])
def test_an_answer_cut_anywhere_is_known_as_one_that_may_have_been_cut(url: str | None) -> None:
    """So it is tried again, as a connection that broke is."""
    text = json.dumps(asdict(replace(LIVE, notification_url=url)), ensure_ascii=False)
    for whole in (text.encode(), json.dumps(json.loads(text)).encode()):
        for end in range(len(whole)):
            with pytest.raises(AnswerError) as raised:
                decode_settings(whole[:end])
            assert raised.value.is_cut, whole[:end]


@pytest.mark.parametrize(
    ("body", "steps"),
    [
        pytest.param('{"ringing": on}', "G", id="whole, but not JSON"),
        pytest.param("{}", "G", id="whole, but without the fields"),
        pytest.param("Ok", "G", id="another text"),
        pytest.param('\ufeff{"ringing": "on', "GGG", id="cut, after a byte order mark"),
    ],
)
def test_an_answer_is_asked_for_again_only_where_it_may_have_been_cut(
    scene: Scene, body: str, steps: str
) -> None:
    """One that came whole would come the same again."""
    scene.server.rule("ankara", "GET", answer(200, body))
    assert scene.run("plan", "--target=ankara").exit_code == 1
    assert scene.server.steps("ankara") == steps


def with_url(url: str) -> bytes:
    """Return settings as a GET answers them, with this JSON for the URL."""
    return (
        f'{{"ringing": "on", "answered": "on", "hangup": "on", "notification_url": {url}}}'.encode()
    )


@pytest.mark.parametrize("url", ["null", '""', '" "', r'"\t\n"'])
def test_a_url_of_nothing_is_none(url: str) -> None:
    """Whoever compares or sends it need not know the ways to say so."""
    assert decode_settings(with_url(url)).settings.notification_url is None


@pytest.mark.parametrize("half", [r"\ud800", r"\udbff", r"\udc00", r"\udfff"])
def test_a_url_with_half_a_character_is_no_answer(half: str) -> None:
    """It could not be sent back as it is; a whole one beyond 16 bits is none of these."""
    with pytest.raises(AnswerError, match="is not well-formed JSON in UTF-8"):
        decode_settings(with_url(f'"https://a.example.com/{half}"'))
    whole = decode_settings(with_url(r'"https://a.example.com/\ud83d\ude00\ue000\ud7ff"'))
    assert whole.settings.notification_url == "https://a.example.com/😀\ue000\ud7ff"


UNDOCUMENTED = (
    "Warning: santral.yaml:5:3: santral ankara: The API's answer has undocumented fields. They "
    "were left alone.\n"
)


@pytest.mark.parametrize(
    ("act", "stderr"),
    [
        pytest.param(with_fields(notification_url=None), "", id="URL null"),
        pytest.param(with_fields(notification_url=""), "", id="URL empty"),
        pytest.param(with_fields(notification_url=" "), "", id="URL blank"),
        pytest.param(without_field("notification_url"), "", id="URL missing"),
        pytest.param(with_fields(queue="7"), UNDOCUMENTED, id="field more"),
        pytest.param(with_fields(**{"::x\n": 1}), UNDOCUMENTED, id="hostile field more"),
    ],
)
def test_plan_takes_an_answer_that_is_only_unusual(scene: Scene, act: Act, stderr: str) -> None:
    """A URL that is not set may be said in many ways; a further field is told."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", act)
    assert scene.run("plan") == Result(0, IN_SYNC, stderr)
    assert scene.server.steps("ankara") == "G"


def test_no_server_at_all_is_an_error_after_three_tries(
    scene: Scene, jumping_clock: type[JumpingClock]
) -> None:
    """A connection that is refused is tried again after a second or so, then after two."""
    scene.server.refuse_connections()
    reason = (
        "No connection to the server could be made. Check the network; behind a proxy, give "
        "--proxy."
    )
    result = scene.run("plan", "--target=ankara")
    assert result == Result(1, failed_plan(reason).replace("1 in sync", "0 in sync"), "")
    assert_between(jumping_clock.waits, (1.0, 1.5), (2.0, 3.0))


IN_A_MINUTE = "(in a minute)"
"""Stands for the date, in Greenwich, that it is when the test runs, long after this is read."""


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        pytest.param(["Retry-After: 7"], 7, 7, id="seconds"),
        pytest.param(["Retry-After: 0"], 1, 1, id="too few seconds"),
        pytest.param(["Retry-After: 90"], 90, 90, id="the longest that is waited"),
        pytest.param([f"Retry-After: {IN_A_MINUTE} GMT"], 50, 60, id="date"),
        pytest.param([f"Retry-After: {IN_A_MINUTE} -0000"], 50, 60, id="date of no zone"),
        pytest.param([f"Retry-After: {IN_A_MINUTE} +0001"], 1, 1, id="date of another zone"),
        pytest.param([f"Retry-After: {in_seconds(-60)}"], 1, 1, id="date gone by"),
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
    date = in_seconds(60).removesuffix(" GMT")
    asked = [header.replace(IN_A_MINUTE, date) for header in asked]
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
    when = f" {ASKED_AGAIN}" if asked != ["X: x"] else ""
    reason = f'The API answered 429: "Slow down".{when}'
    assert without_moment(scene.run("plan")) == Result(1, failed_plan(reason), "")
    assert [scene.server.steps(name) for name in FLEET] == [(len(waits) + 1) * "G", "G"]
    assert_between(jumping_clock.waits, *waits)


ASKED_AGAIN = "It asks to be tried again no earlier than (moment)."


def without_moment(result: Result) -> Result:
    """Return what a run gave, the moment aside at which the API wants to be asked again."""
    moment = r"(?<=tried again no earlier than )\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    return replace(result, stdout=re.sub(moment, "(moment)", result.stdout))


def test_a_rate_limit_is_none_of_the_three_tries(scene: Scene) -> None:
    """However many requests it costs, two that broke are still made good by the third."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", answer(429), turns=[1, 3, 4, 6])
    scene.server.rule("ankara", "GET", fault.reset, turns=[2, 5])
    assert scene.run("plan") == Result(0, IN_SYNC, "")
    assert scene.server.steps("ankara") == "GGGGGGG"


def test_a_cookie_is_not_sent_back(scene: Scene) -> None:
    """What a server sets with one answer is in none of the later requests of any santral."""
    for name in FLEET:
        scene.server.rule(name, "GET", answer(200, document(LIVE), "Set-Cookie: a=b"), turns=[1, 2])
    assert scene.run("apply") == Result(0, report("applied"), "")
    assert len(scene.server.requests) == 8
    assert not any("cookie" in request.headers for request in scene.server.requests)


PLAN = """\
~ ankara  (santral.yaml:5:3)
~ bursa  (santral.yaml:7:3)
    ringing  on → off

Plan: 2 to change, 0 in sync, 0 failed.
"""
MOVED = "    Expected, and what is live instead:\n"
ENDS = ("applied", "in sync", "stale", "refused", "failed", "not verified", "not tried")


def report(end: str, reason: str = "", details: str = "") -> str:
    """Return what apply says when ankara ends in this way and bursa is applied."""
    told = f"{end}. {reason}" if reason else end
    return f"{PLAN}ankara: {told}\n{details}bursa: applied\n\n{summary(end, 'applied')}"


def summary(*ended: str) -> str:
    """Return the last line of apply for santrals that ended in these ways."""
    counts = Counter(ended)
    return f"Apply: {', '.join(f'{counts[end]} {end}' for end in ENDS)}.\n"


WORDS_FOR_A_POST = {
    "reset": ("failed", f"The old settings are still live. {BROKE}"),
    "503": ("failed", 'The old settings are still live. The API answered 503: "Said".'),
    "429, junk": ("failed", "The old settings are still live. The API answered 429."),
    "HTML": (
        "failed",
        'The old settings are still live. The API answered 200, but not with the documented "Ok".',
    ),
    "422": ("refused", 'The API answered 422: "Said".'),
    "401, bad key": ("refused", BAD_KEY),
}


@pytest.mark.parametrize(("name", "told"), WORDS_FOR_A_POST.items(), ids=WORDS_FOR_A_POST)
def test_apply_says_in_a_sentence_why_a_change_was_not_made(
    scene: Scene, name: str, told: tuple[str, str]
) -> None:
    """The other santral is changed all the same."""
    scene.server.rule("ankara", "POST", BY_NAME[name].act)
    assert scene.run("apply") == Result(1, report(*told), "")
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
    told = "The API answered Ok, but the old settings are still live. Plan again later."
    assert scene.run("apply") == Result(4, report("not verified", told), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGPGG", "GGPG"]
    assert scene.server.live == {"ankara": LIVE, "bursa": WANTED}


def test_a_url_that_the_api_rewrites_is_not_verified(scene: Scene) -> None:
    """What is live is shown against what was wanted."""
    scene.server.rule("ankara", "POST", fault.normalise)
    url = "https://crm.example.com/calls"
    details = f"{MOVED}    notification_url  {url} → {url}/\n"
    told = (
        "The change was sent, but the live settings are not what was wanted. Compare them, "
        f"and plan again. The API keeps the notification_url as {url}/. Write it so in the "
        "file."
    )
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


def test_a_lost_post_whose_second_is_refused_is_refused(scene: Scene) -> None:
    """The last answer tells, when what is live is known."""
    scene.server.rule("ankara", "POST", answer(422, "No"))
    scene.server.rule("ankara", "POST", fault.reset, turns=[1])
    told = 'The API answered 422: "No".'
    assert scene.run("apply") == Result(1, report("refused", told), "")
    assert scene.server.steps("ankara") == "GGPGGPG"


def test_a_post_that_cannot_be_sent_has_failed(
    scene: Scene, jumping_clock: type[JumpingClock]
) -> None:
    """It is not tried again unseen: the look before the next try finds no connection either."""
    scene.server.rule("ankara", "GET", fault.answer_and_leave, turns=[2])
    result = scene.run("apply", "--target=ankara")
    assert (result.exit_code, result.stderr) == (1, "")
    told = (
        "ankara: failed. The santral could not be read again right before the change. No "
        "connection to the server could be made. Check the network; behind a proxy, give "
        "--proxy. Nothing was sent.\n"
    )
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


def test_settings_without_a_url_are_never_sent(scene: Scene) -> None:
    """A plan has none; were there one, the API would get three fields of four."""
    transport = Transport(scene.server.origin, connections=1)
    account = Account("ankara", FLEET["ankara"])
    with pytest.raises(ValueError, match=r"^Settings\(.*\)$"):
        Api(transport, Timeouts(), KeyFinder({})).write(
            account, replace(LIVE, notification_url=None)
        )
    transport.close()
    assert scene.server.connections == 0


BEFORE = "The santral could not be read again right before the change."
NOTHING_SENT = "Nothing was sent."


@pytest.mark.parametrize(("name", "told"), {"reset": BROKE, "401, bad key": BAD_KEY}.items())
def test_nothing_is_sent_when_the_look_before_it_fails(scene: Scene, name: str, told: str) -> None:
    """A santral that read well for the plan and not again is left alone; the others go on."""
    scene.server.rule("ankara", "GET", BY_NAME[name].act, turns=range(2, 9))
    told = f"{BEFORE} {told} {NOTHING_SENT}"
    assert scene.run("apply") == Result(1, report("failed", told), "")
    assert scene.server.live == {"ankara": LIVE, "bursa": WANTED}


def test_nothing_is_sent_when_somebody_changed_the_settings_meanwhile(scene: Scene) -> None:
    """Such a santral is stale, which is exit code 3, and what was changed is shown."""
    scene.server.rule("ankara", "GET", with_fields(hangup="off"), turns=[2])
    told = f"The live settings changed after the plan was made. {NOTHING_SENT} Plan again."
    details = f"{MOVED}    hangup  on → off\n"
    assert scene.run("apply") == Result(3, report("stale", told, details), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GG", "GGPG"]


@pytest.mark.parametrize(("name", "told"), {"reset": BROKE, "401, bad key": BAD_KEY}.items())
def test_a_change_that_cannot_be_read_back_is_not_verified(
    scene: Scene, name: str, told: str
) -> None:
    """Nobody knows what is live, though the API said Ok."""
    scene.server.rule("ankara", "GET", BY_NAME[name].act, turns=range(3, 9))
    told = f"The change was sent, but could not be read back. {told}"
    assert scene.run("apply") == Result(4, report("not verified", told), "")
    assert scene.server.live["bursa"] == WANTED


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
    assert result.stdout.splitlines()[1] == ('    The API answered 404: "Cannot find ***!".')


def test_a_refused_url_says_what_to_look_at(scene: Scene) -> None:
    """A POST answered 400 for another reason than the key most likely failed the vendor's test."""
    scene.server.rule("ankara", "POST", fault.echo(400, lambda key: f"Bad URL for {key.upper()}"))
    told = (
        'The API answered 400: "Bad URL for ***". It tests a new notification_url with a POST '
        "and expects a success answer. Is that server up? "
        "santral doctor --desired shows what it answers."
    )
    assert scene.run("apply") == Result(1, report("refused", told), "")
    assert [scene.server.steps(name) for name in FLEET] == ["GGPG", "GGPG"]


def test_what_the_server_says_is_made_harmless_and_cut(scene: Scene) -> None:
    """Neither a terminal nor a CI runner finds a command in it, and it stays short."""
    said = "##[error]x\x1b[31m\n::error::y \u202e" + "z" * 1_000
    scene.server.rule("ankara", "GET", answer(404, said))
    shown = r"#\x23[error]x\x1b[31m ::error::y \u202e" + "z" * 172 + "..."
    result = scene.run("plan", "--target=ankara")
    assert result.stdout.splitlines()[1] == (f'    The API answered 404: "{shown}".')


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param(
            "Yanlış istek".encode("iso8859-9"), "Yanl\\ufffd\\ufffd istek", id="not UTF-8"
        ),
        pytest.param(b"x" * 185 + b"gecersiz anahtar", f"{'x' * 185}gecersiz anahta...", id="late"),
    ],
)
def test_what_the_server_says_of_a_refusal_is_shown_unless_it_begins_as_one_of_the_key(
    scene: Scene, said: bytes, shown: str
) -> None:
    """The documented words are looked for within its first 200 bytes, whatever these are."""
    scene.server.rule("ankara", "GET", answer(400, said))
    result = scene.run("plan", "--target=ankara")
    assert result.stdout.splitlines()[1] == (f'    The API answered 400: "{shown}".')


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
        assert not holds_key(PLAN, key)
