"""CONTRIBUTING.md counts the tests that attack each promise."""

import re
import subprocess
import sys

from support.places import CONTRIBUTING

ROW = re.compile(r"^\| .* \| (?P<files>[^|;]*)[^|]* \| (?:[^|]*, )?(?P<number>\d+) tests \|$")
"""One whose number is of all the tests of its files; the numbers of the others are held there."""


def claims() -> dict[str, int]:
    """Return how many tests are said to be in which files."""
    rows = map(ROW.match, CONTRIBUTING.read_text("utf-8").splitlines())
    return {
        " ".join(re.findall(r"[\w/]+\.py", row["files"])): int(row["number"]) for row in rows if row
    }


def collected(files: list[str]) -> dict[str, int]:
    """Return how many tests pytest finds in each file."""
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-qq", *files],
        cwd=CONTRIBUTING.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.findall(r"^(\S+\.py): (\d+)$", result.stdout, re.MULTILINE)
    return {name: int(number) for name, number in found}


def test_as_many_tests_attack_a_promise_as_is_said() -> None:
    """An attack fewer fails here."""
    said = claims()
    there = collected(" ".join(said).split())

    assert len(said) == 7
    assert {files: sum(there[name] for name in files.split()) for files in said} == said


def test_it_begins_with_the_house_and_a_quick_check() -> None:
    """The first two questions of whoever changes something: where, and does it still work."""
    text = CONTRIBUTING.read_text("utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    (command,) = re.findall(r"^```sh\n(.*pytest.*)\n```$", text, re.MULTILINE)
    names = [
        f"{room}/test_{name}"
        for room, names in re.findall(r"tests/(\w+)/test_\{?([\w,]+)", command)
        for name in names.split(",")
    ]

    assert headings[:2] == ["The house", "Check your change"]
    assert [n for n in names if not (CONTRIBUTING.parent / f"tests/{n}.py").is_file()] == []
