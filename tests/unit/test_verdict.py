"""How a change is judged, from what was answered and what read back: the whole table."""

import pytest
from support.fleet import settings

from reconciler.apply.verdict import judge
from reconciler.client.answers import Live
from reconciler.client.api import Delivery, ReadFailure, WriteResult
from reconciler.core.outcome import Outcome, Result
from reconciler.core.plan import Change

BEFORE = settings("off", "off", "off", "https://a.example.com/")
AFTER = settings("on", "off", "off", "https://a.example.com/")
OTHER = settings("on", "on", "off", "https://a.example.com/")
READINGS: dict[str, Live | ReadFailure | None] = {
    "wanted": Live(AFTER),
    "old": Live(BEFORE),
    "other": Live(OTHER),
    "unread": ReadFailure("it broke"),
    "not looked at": None,
}
TABLE = {
    (Delivery.ACCEPTED, "wanted"): (Result.APPLIED, None),
    (Delivery.ACCEPTED, "old"): (
        Result.NOT_VERIFIED,
        "The API answered Ok, but the old settings are still live.",
    ),
    (Delivery.ACCEPTED, "unread"): (Result.NOT_VERIFIED, "Sent, but not read back: it broke."),
    (Delivery.UNKNOWN, "wanted"): (Result.APPLIED, None),
    (Delivery.UNKNOWN, "old"): (Result.FAILED, "The old settings are still live: why."),
    (Delivery.UNKNOWN, "unread"): (Result.NOT_VERIFIED, "Sent, but not read back: it broke."),
    (Delivery.RATE_LIMITED, "wanted"): (Result.APPLIED, None),
    (Delivery.RATE_LIMITED, "old"): (Result.FAILED, "The old settings are still live: why."),
    (Delivery.RATE_LIMITED, "unread"): (
        Result.NOT_VERIFIED,
        "Sent, but not read back: it broke.",
    ),
    (Delivery.REFUSED, "wanted"): (Result.APPLIED, None),
    (Delivery.REFUSED, "old"): (Result.REFUSED, "Not changed: why."),
    (Delivery.REFUSED, "unread"): (Result.NOT_VERIFIED, "Sent, but not read back: it broke."),
    (Delivery.KEY_REFUSED, "not looked at"): (Result.REFUSED, "Not changed: why."),
    (Delivery.UNSENT, "not looked at"): (Result.FAILED, "Not sent: why."),
}


@pytest.mark.parametrize(
    ("delivery", "reading", "ended"),
    [(*case, ended) for case, ended in TABLE.items()],
    ids=[f"{delivery.name}, {reading}" for delivery, reading in TABLE],
)
def test_what_is_live_counts_before_what_was_answered(
    delivery: Delivery, reading: str, ended: tuple[Result, str | None]
) -> None:
    """Applied is only what reads back as wanted, and what reads back so is applied."""
    verdict = judge("a", BEFORE, AFTER, WriteResult(delivery, "why"), READINGS[reading])

    assert verdict == Outcome("a", *ended)


@pytest.mark.parametrize("delivery", [d for d, reading in TABLE if reading == "wanted"])
def test_settings_that_nobody_planned_are_never_called_anything_but_not_verified(
    delivery: Delivery,
) -> None:
    """Whatever was answered, somebody or something else had a hand in it."""
    verdict = judge("a", BEFORE, AFTER, WriteResult(delivery, "why"), Live(OTHER))

    assert verdict == Outcome(
        "a",
        Result.NOT_VERIFIED,
        "The change was sent, but the live settings are not what was wanted.",
        (Change("answered", "off", "on"),),
    )
