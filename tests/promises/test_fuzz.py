"""What holds for any input, tried with generated ones, and with every input that once broke it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.fuzzed.target import FOUND
from support.fuzzed.targets import TARGETS

FINDINGS = sorted(FOUND.glob("*/*"))

each_target = pytest.mark.parametrize("name", TARGETS)


@pytest.mark.parametrize("case", FINDINGS, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_what_a_fuzzer_once_found_stays_mended(case: Path) -> None:
    """Each finding is a file."""
    TARGETS[case.parent.name].check(case.read_bytes())


def test_no_attack_is_lost() -> None:
    """CONTRIBUTING.md names these numbers."""
    assert len(TARGETS) >= 8
    assert len(FINDINGS) >= 13
    assert {case.parent.name for case in FINDINGS} <= {*TARGETS}


@each_target
def test_the_properties_hold_for_each_seed(name: str) -> None:
    """What a fuzzer starts from is no finding yet."""
    for seed in TARGETS[name].seeds:
        TARGETS[name].check(seed)


@each_target
@settings(
    max_examples=500, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(data=st.data())
def test_the_properties_hold_for_generated_inputs(name: str, data: st.DataObject) -> None:
    """Grown from a grammar, edited, and put together from words."""
    TARGETS[name].check(data.draw(TARGETS[name].inputs))
