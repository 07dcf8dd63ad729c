"""What an import leaves of a file that somebody else writes while it reads the live settings."""

from pathlib import Path

import pytest
from support.fleet import KEYS, settings
from support.program import Program, Result
from support.stand_in import StandIn

THERE = "version: 1\nsantrals:\n  ankara:\n    crm_integration: {}\n"


@pytest.fixture
def reading(program: Program, stand_in: StandIn) -> StandIn:
    """Have every santral set up."""
    for name in KEYS:
        stand_in.hold(name, settings("on", "on", "on", f"https://crm.example.com/{name}"))
    return stand_in


@pytest.mark.parametrize("name", ["live.yaml", "live"])
@pytest.mark.parametrize(
    ("before", "theirs"),
    [(None, "theirs"), (THERE, "theirs"), (THERE, f"# theirs\n{THERE}"), (THERE, None)],
)
def test_a_file_that_somebody_wrote_meanwhile_is_left_alone(
    program: Program, reading: StandIn, name: str, before: str | None, theirs: str | None
) -> None:
    """Whatever it is called, whether it was there before, and also where it is gone now."""
    if before:
        program.write(name, before)

    def meddle() -> None:
        Path(name).write_text(theirs) if theirs is not None else Path(name).unlink()

    reading.meanwhile("GET", "bursa", 1, do=meddle)

    result = program.run("import", "-o", name, "--yes")

    said = f"{name} cannot be written. Somebody changed it meanwhile. Run again.\n"
    assert result == Result(1, result.stdout, said)
    left = {path.name: path.read_text() for path in Path().iterdir()}
    assert left == ({} if theirs is None else {name: theirs})
