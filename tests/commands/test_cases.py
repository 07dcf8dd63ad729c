"""The files under cases/: good ones are valid, bad ones get exactly the expected message.

Those into which a key was pasted are in tests/promises/test_key_shapes.py.
"""

import re
from pathlib import Path

import pytest
import yaml
from support.places import CASES
from support.program import Program, Result
from support.validation import PASTED, expected_of, validated_with_each_parser
from support.yaml_parsers import PARSERS

GOOD = sorted((CASES / "good").iterdir())
BAD = sorted((CASES / "bad").glob("*.yaml"))
EXPECTED = sorted((CASES / "bad").glob("*.expected"))


ODD = {
    "urls.yaml": "Warning: urls.yaml:12:3: santral d: The host of the notification_url, "
    "xn--ar-nia6e.example, stands for aráó.example (ar\\xe1\\xf3.example). Check that it is the "
    "one you mean.\n",
    "insecure-urls-allowed.yaml": "Warning for ankara, canakkale: The notification_url uses http, "
    "so call data are sent unencrypted.\nWarning for bursa, canakkale: The host of the "
    "notification_url is an IP address, which no certificate vouches for.\n",
}
"""What is said of good files that a reviewer should look at."""


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.stem)
def test_a_good_file_is_valid(case: Path, program: Program) -> None:
    """A good file gets one line that counts its santrals, whichever parser reads it.

    What is odd about it, though allowed, goes to stderr.
    """
    count = len(yaml.load(case.read_bytes(), Loader=yaml.BaseLoader)["santrals"])  # noqa: S506 - texts only
    noun = "santral" if count == 1 else "santrals"

    odd = ODD.get(case.name, "")
    valid = Result(0, f"{case.name}: {count} {noun}, valid\n", odd)
    assert validated_with_each_parser(case, program) == dict.fromkeys(PARSERS, valid)


@pytest.mark.parametrize("case", sorted({*BAD} - {*PASTED}), ids=lambda case: case.stem)
def test_a_bad_file_gets_the_expected_message(case: Path, program: Program) -> None:
    """A bad file gets all its messages, sorted by place, whichever parser reads it."""
    assert validated_with_each_parser(case, program) == expected_of(case)


def test_each_bad_file_has_an_expected_message() -> None:
    """No bad file goes without a message, no message without a file, and nothing else is there."""
    assert [case.stem for case in BAD] == [message.stem for message in EXPECTED]
    assert sorted([*BAD, *EXPECTED]) == sorted((CASES / "bad").iterdir())


def test_good_files_are_all_that_is_among_the_good() -> None:
    """A file that no test would read is not there by mistake."""
    assert {case.suffix for case in GOOD} == {".yaml"}


def test_no_message_quotes_what_has_the_shape_of_a_key() -> None:
    """Bad files hold keys: whole, cut, escaped, without their letter. Messages hold none."""
    key = re.compile(r"[0-9a-f]{8}-|-[0-9a-f]{4}-", re.IGNORECASE)

    assert [message.stem for message in EXPECTED if key.search(message.read_text("utf-8"))] == []
