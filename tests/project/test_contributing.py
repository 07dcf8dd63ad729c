"""CONTRIBUTING.md counts the tests that attack each promise."""

import re
import subprocess
import sys
from collections.abc import Iterable

from support.places import CONTRIBUTING, ROOT, TESTS

PROMISES = TESTS / "promises"
ROW = re.compile(r"^\| .* \| (?P<files>[^|]*\.py`|all of `tests/`) \| (?P<number>[^|]*) \|$")
COUNTED = re.compile(r"(?:.*, )?(\d+) tests")
"""A number that is of all the tests of a file; the others are held in their file."""


def rows() -> dict[str, str]:
    """Return what each row names as its file, and as its number."""
    text = CONTRIBUTING.read_text("utf-8").partition("\n## What is promised")[2]
    table = text.partition("\n## ")[0]
    found = [*filter(None, map(ROW.match, table.splitlines()))]
    assert len(found) == table.count("\n| ") - 2
    files = {row["files"].strip("`"): row["number"] for row in found}
    assert len(files) == len(found)
    return files


def collected(files: Iterable[str]) -> dict[str, int]:
    """Return how many tests pytest finds in each file."""
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-qq", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.findall(r"^(\S+\.py): (\d+)$", result.stdout, re.MULTILINE)
    return {name: int(number) for name, number in found}


def test_each_promise_has_a_file_of_its_own() -> None:
    """What attacks it is found by its row, and no file there attacks something unnamed."""
    files = {path.relative_to(ROOT).as_posix() for path in PROMISES.glob("*.py")}
    assert files == rows().keys() - {"all of `tests/"}


def test_as_many_tests_attack_a_promise_as_is_said() -> None:
    """An attack fewer fails here."""
    counted = {file: COUNTED.fullmatch(number) for file, number in rows().items()}
    said = {file: int(number[1]) for file, number in counted.items() if number}
    there = collected(said)

    assert len(said) == 17
    assert there == said


def test_it_begins_with_the_layout_and_a_quick_check() -> None:
    """The first two questions of whoever changes something: where, and does it still work."""
    text = CONTRIBUTING.read_text("utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    (command,) = re.findall(r"^```sh\n(.*pytest.*)\n```$", text, re.MULTILINE)
    paths = re.findall(r"tests/\w+", command)
    listed = re.findall(r"(tests/\w+/test_)\{?([\w,]+)", command)
    paths += [f"{start}{name}.py" for start, names in listed for name in names.split(",")]

    assert headings[:2] == ["Layout", "Check your change"]
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []
