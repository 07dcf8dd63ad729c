"""The whole way in one language: whatever comes out on it, no other language is in it.

Both ways are laid side by side, too: nothing but words is different.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support.catalogue import FIELD, TURKISH, translations_in
from support.program import NOW, Program
from support.stand_in import StandIn
from support.terminal import sitting
from support.walk import COMMANDS, TWELVE_ERRORS, Walk, walked
from support.words_of_outputs import COMMONEST, text_for_people, words

from reconciler.cli import checking

Walking = Callable[[str], Walk]
_WALKS: dict[str, Walk] = {}


@pytest.fixture
def walk_in(tmp_path: Path) -> Walking:
    """Give somebody who goes the whole way in a language, and once only."""

    def walk(language: str) -> Walk:
        if language not in _WALKS:
            _WALKS[language] = walked(language, tmp_path / language)
        return _WALKS[language]

    return walk


def _words_of(texts: Iterator[str]) -> set[str]:
    return {word for text in texts for word in words(text_for_people("", FIELD.sub(" ", text)))}


PAIRS = [
    pair
    for text, forms in translations_in(TURKISH).items()
    for pair in zip([text] if isinstance(text, str) else text, forms, strict=True)
]
OF_ENGLISH = _words_of(english for english, _ in PAIRS)
OF_TURKISH = _words_of(turkish for _, turkish in PAIRS)
"""The words of the catalogue. Those of both are names: of commands, fields, a forge's pages."""
NAMES = {
    *{word for command in COMMANDS for word in command.split()},
    *("off", "name"),  # what is written into files
    *("after", "change", "live", "red"),  # fields and values of JSON
    *("answer", "city", "fish"),  # an event, a label, and a shell
    "form",  # which is Turkish, too
}
ENGLISH = (COMMONEST | (OF_ENGLISH - OF_TURKISH)) - NAMES
ONLY_TURKISH = OF_TURKISH - OF_ENGLISH
TURKISH_LETTERS = re.compile("[çğıöşüÇĞİÖŞÜ]")


def found_in(walk: Walk, foreign: Callable[[str], bool]) -> dict[str, set[str]]:
    """Return the words of each output that are of another language, where there are any."""
    found = {
        step: {word for word in words(text_for_people(step, text)) if foreign(word)}
        for step, text in walk.said.items()
    }
    return {step: those for step, those in found.items() if those}


def test_no_output_has_a_word_of_english(walk_in: Walking) -> None:
    """None of the commonest, and none that only our own English says."""
    assert len(COMMONEST) > 300
    assert found_in(walk_in("tr"), ENGLISH.__contains__) == {}


def test_no_translation_has_a_common_word_of_english() -> None:
    """Also those that stand nowhere on the way."""
    found = {turkish: words(text_for_people("", turkish)) & COMMONEST for _, turkish in PAIRS}
    names = NAMES | {"get", "new", "put", "run"}

    assert {turkish: those - names for turkish, those in found.items() if those - names} == {}


def test_english_would_be_found(walk_in: Walking) -> None:
    """In each output that is another one in Turkish: no text is left out with what is no text."""
    english, turkish = walk_in("en"), walk_in("tr")
    found = found_in(english, ENGLISH.__contains__)
    read = {
        step: [text_for_people(step, one.said[step]) for one in (english, turkish)]
        for step in english.said
    }

    different = {step for step, (one, other) in read.items() if shown(one) != shown(other)}

    assert different - {*found} == set()
    assert len(found) > 150


def test_no_english_output_has_turkish_on_a_turkish_machine(walk_in: Walking) -> None:
    """But for what the panel calls itself, and the names of santrals."""

    def is_turkish(word: str) -> bool:
        has_letters = TURKISH_LETTERS.search(word) and word not in OF_ENGLISH
        return word in ONLY_TURKISH or bool(has_letters)

    assert found_in(walk_in("en"), is_turkish) == {}


def test_the_way_goes_the_same_way_in_both(walk_in: Walking) -> None:
    """The same steps with the same exit codes, and enough of them to be a way."""
    english, turkish = walk_in("en"), walk_in("tr")

    assert [*turkish.said] == [*english.said]
    assert turkish.codes == english.codes
    assert {*turkish.codes.values()} == {0, 1, 3}
    assert {line.split(":")[1] for line in complaints(turkish)} >= {*"1248"}
    assert len(complaints(turkish)) == len(complaints(english)) >= 12


def complaints(walk: Walk) -> list[str]:
    """Return the problems of the file with twelve of them."""
    assert TWELVE_ERRORS.count("\n") > 12
    said = walk.said["validate -c bad.yaml --format text"].splitlines()
    return [line for line in said if line.startswith("bad.yaml:")]


MADE_UP = re.compile(
    r"127\.0\.0\.1:\d+|\d{8}T\d{6}Z?(?:-\w{6})?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?"
    r"|\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d|\d[.,]\d+ (?:sn|s)\b"
)
"""Ports, times, and the names of runs: they are others each time."""


def shown(text: str) -> str:
    """Return a text without what is another each time."""
    return MADE_UP.sub("", text)


JSON = re.compile(r"^\{\n.*", re.MULTILINE | re.DOTALL)
TEXTS = {"error", "warnings", "text", "note", "description", "examples", "reason", "notes"}
"""The fields of JSON that hold sentences."""


def without_texts(value: Any) -> Any:
    """Return JSON without the sentences in it, and without what is another each time."""
    if isinstance(value, dict):
        return {name: without_texts(one) for name, one in value.items() if name not in TEXTS}
    if isinstance(value, list):
        return [without_texts(one) for one in value]
    return shown(value) if isinstance(value, str) else value


def test_json_differs_in_its_sentences_only(walk_in: Walking) -> None:
    """Names, codes, values, counts and the order of all are the same."""
    english, turkish = (
        {step: JSON.search(text) for step, text in walk_in(each).said.items()}
        for each in ("en", "tr")
    )
    compared = 0
    for step, found in english.items():
        other = turkish[step]
        assert bool(found) is bool(other), step
        if found and other:
            one, two = json.loads(found[0]), json.loads(other[0])
            assert without_texts(one) == without_texts(two), step
            compared += 1

    assert compared > 10


OTHER = [("en", "tr"), ("tr", "en")]


@pytest.mark.parametrize(("first", "second"), OTHER)
def test_a_plan_of_one_language_is_shown_and_applied_in_the_other(
    two: StandIn, program: Program, first: str, second: str
) -> None:
    """It holds no sentence: saved in either, it is the same, and so is what comes of it."""
    for each in (first, second):
        assert program.run("plan", "--out", f"{each}.json", "--lang", each).exit_code == 0
    one, other = ((program.folder / f"{each}.json").read_text("utf-8") for each in OTHER[0])
    assert one == other

    shown = program.run("show", f"{first}.json", "--lang", second)
    assert shown.whole_stdout == program.run("plan", "--lang", second).whole_stdout
    applied = program.run("apply", f"{first}.json", "--yes", "--lang", second)
    assert (applied.exit_code, two.count("POST")) == (0, 2)


@pytest.mark.parametrize(("first", "second"), OTHER)
def test_a_journal_of_one_language_is_read_in_the_other(
    two: StandIn, program: Program, first: str, second: str
) -> None:
    """A run is listed, and undone."""
    program.run("apply", "--yes", "--lang", first)
    listed = {each: program.run("history", "--lang", each).stdout for each in (first, second)}

    undone = program.run("rollback", "--yes", "--lang", second)

    assert undone.exit_code == 0
    assert two.count("POST") == 4
    assert listed["tr"] != listed["en"]
    assert re.findall(r"\S+Z-\w+", listed["tr"]) == re.findall(r"\S+Z-\w+", listed["en"])


LINES = (
    ("--help",),
    ("plan", "--no-color"),
    ("validate", "-c", "bad.yaml"),
    ("doctor", "--offline", "--no-color"),
    ("apply", "--no-color"),
    ("nothing",),
)
PLAIN = str.maketrans("çğıöşüÇĞİÖŞÜ", "cgiosuCGIOSU")


@pytest.mark.parametrize("encoding", ["iso8859-9", "cp857", "ascii"])
def test_a_terminal_of_few_letters_shows_every_word(
    two: StandIn, program: Program, encoding: str
) -> None:
    """Where there are no Turkish letters, the nearest; nothing is a question mark or an escape."""
    program.write("bad.yaml", TWELVE_ERRORS)
    # Each of the two runs says when it looked, and a second may pass between them.
    program.monkeypatch.setattr(checking, "utc_now", lambda: datetime.fromisoformat(NOW))
    for line in LINES:
        usual, here = (
            program.run(*line, "--lang", "tr", stdin=b"h\n", terminal=True, shows=each)
            for each in ("utf-8", encoding)
        )
        one, other = (f"{each.stderr}{each.whole_stdout}" for each in (usual, here))

        assert usual.exit_code == here.exit_code
        assert "".join(one.split()).translate(PLAIN).replace("\u2192", "->").replace(
            "\u2026", "..."
        ) == "".join(other.split()).translate(PLAIN)


def test_a_real_terminal_without_a_locale_shows_every_word(program: Program) -> None:
    """LANG=C, and a Python that takes it at its word."""
    for name, value in {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}.items():
        program.monkeypatch.setenv(name, value)
    with sitting("validate", "--help", "--lang", "tr") as sat:
        assert sat.end() == 0
    usual = program.run("validate", "--help", "--lang", "tr").stdout

    assert sat.screen.split() == usual.translate(PLAIN).split()
