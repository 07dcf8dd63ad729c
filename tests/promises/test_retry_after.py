"""Who wants to be asked again only later than this program would wait is not asked again."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from support.clock import JumpingClock
from support.fault_server import answer
from support.misbehaving_api import FLEET, WANTED, Scene, assert_between, failed_plan
from support.program import Result

from reconciler.client import decoding
from reconciler.documents import utc_text

TOLD_NO_MORE = "It asks for a longer wait than any date can express."
TOO_LONG_TO_WAIT = {
    "a second too long": ("91", 91),
    "hours": ("21600", 21_600),
    "31 years": ("999999999", 999_999_999),
    "32 years": ("1000000001", 1_000_000_001),
    "leading zeros": ("0" * 30 + "1000000001", 1_000_000_001),
    "thousands of years": ("200000000000", 200_000_000_000),
    "12 digits": ("999999999999", TOLD_NO_MORE),
    "13 digits": ("1" + "0" * 12, TOLD_NO_MORE),
    "23 digits": ("9" * 23, TOLD_NO_MORE),
    "5,000 digits": ("9" * 5_000, TOLD_NO_MORE),
    "a date": ("Sat, 25 Nov 2051 08:00:00 GMT", "2051-11-25T08:00:00Z"),
    "a date, elsewhere": ("Sat, 25 Nov 2051 08:00:00 +0300", "2051-11-25T05:00:00Z"),
    "the last date there is": ("Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"),
    "beyond the last date, here": ("Fri, 31 Dec 9999 23:59:59 -2359", TOLD_NO_MORE),
}
"""By what is asked for: so many seconds from now, a moment, or neither."""


def asked_again(asked: float | str) -> str:
    """Return what is told of it, where the time stands still."""
    if asked == TOLD_NO_MORE:
        return TOLD_NO_MORE
    moment = asked if isinstance(asked, str) else utc_text(STILL + timedelta(seconds=asked))
    return f"It asks to be tried again no earlier than {moment}."


STILL = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time go by between an answer and what is told of it."""
    monkeypatch.setattr(decoding, "utc_now", lambda: STILL)


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("header", "asked"), TOO_LONG_TO_WAIT.values(), ids=TOO_LONG_TO_WAIT)
def test_who_asks_for_a_longer_wait_than_is_made_is_not_asked_again(
    scene: Scene, jumping_clock: type[JumpingClock], header: str, asked: float | str, status: int
) -> None:
    """The santral fails at once, and the user reads when the API wants to be asked again."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    scene.server.rule("ankara", "GET", answer(status, "Slow down", f"Retry-After: {header}"))
    reason = f'The API answered {status}: "Slow down". {asked_again(asked)}'
    assert scene.run("plan") == Result(1, failed_plan(reason), "")
    assert scene.server.steps("ankara") == "G"
    assert jumping_clock.waits == []


def test_a_wait_that_a_busy_server_asks_for_is_made(
    scene: Scene, jumping_clock: type[JumpingClock]
) -> None:
    """Where it is not too long; without one it would be a second or so."""
    scene.server.live = dict.fromkeys(FLEET, WANTED)
    busy = answer(503, "Slow down", "Retry-After: 30")
    scene.server.rule("ankara", "GET", busy, turns=[1])
    assert scene.run("plan", "--target=ankara").exit_code == 0
    assert_between(jumping_clock.waits, (30, 30))


@pytest.mark.parametrize(
    ("method", "turn", "steps", "told"),
    [
        pytest.param("GET", 2, "GG", "failed. The santral could not be read again", id="look"),
        pytest.param(
            "POST",
            1,
            "GGP",
            "not verified. The change was sent, but could not be read back.",
            id="change",
        ),
        pytest.param(
            "GET",
            3,
            "GGPG",
            "not verified. The change was sent, but could not be read back.",
            id="read-back",
        ),
    ],
)
def test_a_change_that_is_to_wait_for_years_ends_at_once_as_what_is_known_of_it(
    scene: Scene,
    jumping_clock: type[JumpingClock],
    method: str,
    turn: int,
    steps: str,
    told: str,
) -> None:
    """Of a POST over the limit it is not known that it was not taken, as long as nobody looks."""
    years = answer(429, "Slow down", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT")
    scene.server.rule("ankara", method, years, turns=[turn])
    result = scene.run("apply", "--target=ankara")
    assert result.exit_code == (4 if "P" in steps else 1)
    (outcome,) = re.findall(r"^ankara: (.*)$", result.stdout, re.MULTILINE)
    assert outcome.startswith(told)
    assert f'The API answered 429: "Slow down". {asked_again("9999-12-31T23:59:59Z")}' in outcome
    assert (scene.server.steps("ankara"), jumping_clock.waits) == (steps, [])
