"""The lowest versions that ``pyproject.toml`` allows: CI installs them, so none is a mere claim."""

import subprocess
import sys
from importlib.metadata import requires, version

import pytest
from support import lowest
from support.places import CONTRIBUTING, ROOT

PROJECT = """\
[project]
dependencies = ["click>=8.4.1,<9", "urllib3>=2.6.3,<3"]
optional-dependencies.test = ["jq>=1.11"]
optional-dependencies.dev = ["types-requests"]
"""


def test_constraints_are_the_floors_of_the_program_and_its_tests() -> None:
    """In the order of the file; what only a developer needs is left out."""
    assert [*lowest.floors(PROJECT)] == ["click==8.4.1", "urllib3==2.6.3", "jq==1.11"]


@pytest.mark.parametrize("requirement", ["jq", "jq<2", "jq~=1.10", "jq>=1.10,!=1.11", "jq>1.10"])
def test_a_requirement_without_a_floor_is_refused(requirement: str) -> None:
    """Nobody could say what its lowest version is."""
    with pytest.raises(ValueError, match="Say the lowest version"):
        [*lowest.floors(PROJECT.replace("jq>=1.11", requirement))]


def test_every_requirement_has_one() -> None:
    """What pip is given names each package that the program needs, and each of the tests."""
    printed = subprocess.check_output([sys.executable, lowest.__file__], text=True).splitlines()
    needed = [text for text in requires("santral-reconciler") or () if "extra" not in text]

    assert len(needed) == 6
    said = f"`tests/promises/test_lowest.py` | {len(printed)} floors |"
    assert said in CONTRIBUTING.read_text("utf-8")
    assert {line.partition("==")[0] for line in printed} >= {"pytest", "vcrpy"} | {
        text.partition(">=")[0].partition("<")[0] for text in needed
    }


@pytest.mark.parametrize("floor", [*lowest.floors(lowest.PYPROJECT.read_text("utf-8"))])
def test_what_is_installed_is_not_below_a_floor(floor: str) -> None:
    """So these tests run on what pip would have installed."""
    name, _, lowest_version = floor.partition("==")
    installed, least = (
        [int(part) for part in text.split(".")[:3] if part.isdigit()]
        for text in (version(name), lowest_version)
    )
    assert installed >= least


def test_ci_runs_the_main_commands_on_them() -> None:
    """An environment of its own, with nothing newer in it."""
    parts = (ROOT / ".ci" / "run").read_text("utf-8").split("\n}\n")
    (step,) = [part for part in parts if "tests/support/lowest.py" in part]

    assert "--constraint" in step
    for command in ("plan", "apply", "rollback", "history", "saved_plan"):
        assert command in step.rpartition("pytest")[2]
