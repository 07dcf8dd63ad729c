"""How a change is judged, from what was answered and what read back: the whole table."""

import pytest
from support.fleet import settings

from reconciler.apply.verdict import judge
from reconciler.client.api import Delivery, ReadFailure, WriteResult
from reconciler.client.decoding import Live
from reconciler.core.fleet import Place, Santral
from reconciler.core.messages import Message
from reconciler.core.outcome import Outcome, Result
from reconciler.core.plan import Change, Pending
from reconciler.core.settings import DesiredSettings

BEFORE = settings("off", "off", "off", "https://a.example.com/")
AFTER = settings("on", "off", "off", "https://a.example.com/")
OTHER = settings("on", "on", "off", "https://a.example.com/")
PENDING = Pending(
    Santral("a", "a", DesiredSettings(), Place("santral.yaml", 1, 1)), BEFORE, AFTER, ()
)
BROKE = Message("connection-broken")
WHY = Message("api-answered", status=503)
OLD_LIVE = Message("old-settings-live")
UNREAD = (Message("change-not-read-back"), BROKE)
READINGS: dict[str, Live | ReadFailure | None] = {
    "wanted": Live(AFTER),
    "old": Live(BEFORE),
    "other": Live(OTHER),
    "unread": ReadFailure((BROKE,)),
    "not looked at": None,
}
TABLE = {
    (Delivery.ACCEPTED, "wanted"): (Result.APPLIED, ()),
    (Delivery.ACCEPTED, "old"): (Result.NOT_VERIFIED, (Message("old-settings-live-after-ok"),)),
    (Delivery.ACCEPTED, "unread"): (Result.NOT_VERIFIED, UNREAD),
    (Delivery.UNKNOWN, "wanted"): (Result.APPLIED, ()),
    (Delivery.UNKNOWN, "old"): (Result.FAILED, (OLD_LIVE, WHY)),
    (Delivery.UNKNOWN, "unread"): (Result.NOT_VERIFIED, UNREAD),
    (Delivery.RATE_LIMITED, "wanted"): (Result.APPLIED, ()),
    (Delivery.RATE_LIMITED, "old"): (Result.FAILED, (OLD_LIVE, WHY)),
    (Delivery.RATE_LIMITED, "unread"): (Result.NOT_VERIFIED, UNREAD),
    (Delivery.REFUSED, "wanted"): (Result.APPLIED, ()),
    (Delivery.REFUSED, "old"): (Result.REFUSED, (WHY,)),
    (Delivery.REFUSED, "unread"): (Result.NOT_VERIFIED, UNREAD),
    (Delivery.KEY_REFUSED, "not looked at"): (Result.REFUSED, (WHY,)),
    (Delivery.UNSENT, "not looked at"): (Result.FAILED, (Message("change-not-sent"), WHY)),
}


@pytest.mark.parametrize(
    ("delivery", "reading", "ended"),
    [(*case, ended) for case, ended in TABLE.items()],
    ids=[f"{delivery.name}, {reading}" for delivery, reading in TABLE],
)
def test_what_is_live_counts_before_what_was_answered(
    delivery: Delivery, reading: str, ended: tuple[Result, tuple[Message, ...]]
) -> None:
    """Applied is only what reads back as wanted, and what reads back so is applied."""
    verdict = judge(PENDING, WriteResult(delivery, (WHY,)), READINGS[reading])

    assert verdict == Outcome("a", *ended)


@pytest.mark.parametrize("delivery", [d for d, reading in TABLE if reading == "wanted"])
def test_settings_that_nobody_planned_are_never_called_anything_but_not_verified(
    delivery: Delivery,
) -> None:
    """Whatever was answered, somebody or something else had a hand in it."""
    verdict = judge(PENDING, WriteResult(delivery, (WHY,)), Live(OTHER))

    assert verdict == Outcome(
        "a",
        Result.NOT_VERIFIED,
        (Message("change-other-live"),),
        (Change("answered", "off", "on"),),
    )
