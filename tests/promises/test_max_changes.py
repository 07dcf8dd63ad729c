"""No entry of a file makes room for more changes than --max-changes means."""

import pytest
from support.fleet import KEYS, key_number
from support.program import Program
from support.reports import summary
from support.stand_in import StandIn

from reconciler.sandbox.service import Reply

URL = "'https://crm.example.com/x'"
FOUR = f"version: 1\ndefaults: {{crm_integration: {{notification_url: {URL}}}}}\nsantrals:\n" + (
    "".join(f"  {name}: {{crm_integration: {{}}}}\n" for name in KEYS)
)
DUMMIES = "".join(f"  dummy{number}: {{crm_integration: {{}}}}\n" for number in range(24))
TRIPPED = (
    "Guard: {} of {} santrals with a usable key would change; --max-changes allows {}. "
    "apply refuses this plan"
)


@pytest.mark.parametrize("options", [(), ("--max-changes", "30%")], ids=["default", "given"])
def test_entries_without_a_key_make_no_room_for_changes(
    program: Program, stand_in: StandIn, options: tuple[str, ...]
) -> None:
    """Twenty-four of them do not disarm the guard: 4 of 28 would be few enough."""
    program.write("santral.yaml", FOUR + DUMMIES)

    result = program.run("apply", *options)

    assert TRIPPED.format(4, 4, "30%") in result.stdout
    assert (result.exit_code, stand_in.count("POST")) == (3, 0)


def test_santrals_that_cannot_be_read_make_no_room_for_changes(
    program: Program, stand_in: StandIn
) -> None:
    """Their key is at hand, but nothing is known to stand behind them."""
    program.write("santral.yaml", FOUR + DUMMIES)
    for name in KEYS.keys() - {"ankara"}:
        stand_in.answer(name=name, with_=Reply(403, ""))

    result = program.run("apply", "--max-changes", "99%")

    assert TRIPPED.format(1, 1, "99%") in result.stdout
    assert (result.exit_code, stand_in.count("POST")) == (3, 0)


def test_entries_that_share_a_key_make_no_room_for_changes(
    program: Program, stand_in: StandIn
) -> None:
    """None of them has one of its own; the one that they took it from has none either."""
    same = KEYS["denizli"].reveal()
    shared = "\n".join(f"dummy{number}={same}" for number in range(24))
    program.monkeypatch.setenv("SANTRAL_KEYS", shared)
    program.write("santral.yaml", FOUR + DUMMIES)

    result = program.run("apply")

    assert TRIPPED.format(3, 3, "30%") in result.stdout
    assert (result.exit_code, stand_in.count("POST")) == (3, 0)


def test_santrals_that_were_not_asked_count_where_their_key_is_at_hand(
    program: Program, stand_in: StandIn
) -> None:
    """One of four is a quarter, whether the others are looked at or not."""
    program.write("santral.yaml", FOUR + DUMMIES)

    result = program.run("apply", "--target", "ankara")

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, summary(applied=1).strip())


def test_taking_entries_out_does_not_lift_the_guard(program: Program, stand_in: StandIn) -> None:
    """Twelve keys at hand allow as many changes as a file of twelve: three."""
    others = "\n".join(f"other{number}={key_number(number).reveal()}" for number in range(10, 18))
    program.monkeypatch.setenv("SANTRAL_KEYS", others)
    program.write("santral.yaml", FOUR)

    all_four, three = program.run("apply"), program.run("apply", "--exclude", "denizli")

    assert (all_four.exit_code, TRIPPED.format(4, 4, 3) in all_four.stdout) == (3, True)
    assert (three.exit_code, three.stdout.splitlines()[-1]) == (0, summary(applied=3).strip())
