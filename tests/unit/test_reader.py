"""Reading a file: each scalar stays as typed, both parsers agree, and hostile files end early."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.fuzzed.yaml_file import places_of, texts_in
from support.yaml_parsers import HAS_C_PARSER, PARSERS, use_parser

from reconciler.config import reader
from reconciler.config.characters import is_hidden
from reconciler.config.reader import MOST_VALUES, read

MIB = 2**20
KEY = "K00000001-1111-2222-3333-444444444444"
PASTED = (
    "This looks like an API key. Remove it, renew it in the panel (whoever can read this file "
    "can use it), and give the new one in the environment: see SANTRAL_KEYS."
)
NO_LISTS = "Lists are not supported. Write fields as name: value."
NO_FIELD = "is not a field here. Known here: version, defaults, santrals."
TOO_DEEP = "This is nested deeper than 16 levels. The format needs only four."
TOO_MANY = f"This file has more than {MOST_VALUES} values. Split it into several files."
FRAME = "version: 1\nsantrals: {a: {crm_integration: {notification_url: '%s'}}}\n"

each_parser = pytest.mark.parametrize("parser", PARSERS)
derandomized = settings(max_examples=100, deadline=None, derandomize=True)


# What is typed is what is read.


@each_parser
@pytest.mark.parametrize(
    "typed",
    [
        "on", "off", "ON", "yes", "no", "true", "null", "~", "0532", "0x1F", "0o17", "1_000",
        "+90212", "1:30", "190:20:30", "1e3", ".inf", ".nan", "2026-01-01", "2024-13-45", "=",
        pytest.param("9" * 1000, id="many digits"), "a#b", "a:b", "?a", "-a", "\\n", "a%41",
        "İstanbul Şube",
    ],
)  # fmt: skip
def test_a_plain_scalar_is_the_text_that_was_typed(
    typed: str, parser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing becomes a boolean, a number or a date, neither as a name nor as a value."""
    use_parser(parser, monkeypatch)

    assert texts_of(f"{typed}: {typed}\n".encode()) == {typed: typed}


@each_parser
@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("'it''s on'", "it's on"),
        ('"\\u0130\\x41\\/\\\\ \\"q\\""', 'İA/\\ "q"'),
        ('"a\\\n  b"', "ab"),
        ("'a\n\n  b'", "a\nb"),
        ("|-\n  a\n   b", "a\n b"),
        (">-\n  a\n  b", "a b"),
        ("a\n  b", "a b"),
        ("", ""),
        ("''", ""),
        ("{url: 'https://a.b/?c=d'}", {"url": "https://a.b/?c=d"}),
    ],
)
def test_quotes_escapes_and_folds_are_undone(
    written: str, text: Any, parser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How a text is written in YAML does not show in what is read."""
    use_parser(parser, monkeypatch)

    assert texts_of(f"name: {written}\n".encode()) == {"name": text}


@each_parser
def test_each_name_and_value_knows_its_place(parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines and columns count from 1, columns in characters, past a byte order mark and CRLF."""
    use_parser(parser, monkeypatch)

    document = read("\ufeffa: şş\r\n'😀': {ö: b}\r\n".encode(), "f.yaml")

    assert places_of(document.root) == {
        "a": ("f.yaml:1:1", "f.yaml:1:4"),
        "😀": ("f.yaml:2:1", {"ö": ("f.yaml:2:7", "f.yaml:2:10")}),
    }


@each_parser
@derandomized
@given(text=st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=99))
def test_what_is_quoted_as_json_is_read_as_it_was(text: str, parser: str) -> None:
    """A text written by a program, as JSON, comes back whole as a name and as a value."""
    assume(text != "<<")
    with pytest.MonkeyPatch.context() as patch:
        use_parser(parser, patch)

        assert texts_of(json.dumps({text: text}, ensure_ascii=False).encode()) == {text: text}


@pytest.mark.skipif(not HAS_C_PARSER, reason="PyYAML has no libyaml")
def test_the_parser_in_c_is_used_where_there_is_one() -> None:
    """It is many times as fast."""
    assert reader.parser() is yaml.CSafeLoader


# Bounds.


@each_parser
def test_a_text_may_have_65536_characters(parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one that is longer, the place is told."""
    use_parser(parser, monkeypatch)
    longest = "x" * 65_536

    assert texts_of(f"a: {longest}\n".encode()) == {"a": longest}
    assert told_of(f"a: b\nc: {longest}x\n") == [
        "f:2:4: This text has more than 65536 characters. No field needs that many."
    ]


@each_parser
def test_a_file_may_have_so_many_values(parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names count, too; here it may have four."""
    use_parser(parser, monkeypatch)
    monkeypatch.setattr(reader, "MOST_VALUES", 4)

    assert texts_of(b"a: b\nc: d\n") == {"a": "b", "c": "d"}
    assert told_of("a: b\nc: d\ne: f\n") == [
        "f:3:1: This file has more than 4 values. Split it into several files."
    ]


@each_parser
@pytest.mark.parametrize("line", ["f{number}: !t x\n", f"# {KEY}\n", "# \u200b\n"])
def test_reading_ends_with_the_thousandth_problem(
    line: str, parser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody reads so many, and what follows is not known to be right."""
    use_parser(parser, monkeypatch)
    text = "".join(line.format(number=number) for number in range(1_001))

    document = read(text.encode(), "f")

    assert (len(document.problems), document.is_whole) == (1_000, False)


@pytest.mark.parametrize("content", [b"\xff", "# \u200b".encode()])
def test_a_file_that_is_not_looked_into_is_not_read_to_its_end(content: bytes) -> None:
    """So nothing is said to be missing from it."""
    assert not read(content, "f").is_whole


def test_the_line_and_column_of_what_is_hidden_count_from_the_first_character() -> None:
    """Also where that ends a line; and of two such characters each is told, and no other."""
    assert told_of("\n\u200b\u202eX") == [
        "f:2:1: There is a hidden character here (U+200B, ZERO WIDTH SPACE). Delete it.",
        "f:2:2: There is a hidden character here (U+202E, RIGHT-TO-LEFT OVERRIDE). Delete it.",
    ]


@pytest.mark.parametrize(
    ("character", "hidden"),
    [
        *[("\ufdcf", False), ("\ufdd0", True), ("\ufdef", True), ("\ufdf0", False)],
        *[("\ufffd", False), ("\ufffe", True), ("\uffff", True), ("\U0010ffff", True)],
    ],
)
def test_what_unicode_never_assigns_is_hidden(character: str, hidden: bool) -> None:
    """Thirty-two in one block, and the last two of each plane."""
    assert is_hidden(character) is hidden


def told_of(text: str) -> list[str]:
    """Return the problems of a file, each as it is told."""
    return [str(problem) for problem in read(text.encode(), "f").problems]


# Hostile files.


@dataclass(frozen=True)
class Hostile:
    """A file made to hang or fill the reader, and the problems to name first and last."""

    content: Callable[[], bytes]
    first: str
    last: str | None = None
    """None where there is one problem alone."""
    in_python: bool = True
    """Whether to try the parser in Python too: not where it never comes to work, or takes long."""


HOSTILE = {
    "more than 16 MiB": Hostile(
        lambda: b"#" * (16 * MIB + 1),
        "1:1: This file is larger than 16 MiB. Split it.",
        in_python=False,
    ),
    "10^6 brackets": Hostile(lambda: b"[" * 10**6, f"1:1: {NO_LISTS}", f"1:17: {TOO_DEEP}"),
    "10^6 braces": Hostile(lambda: b"{" * 10**6, f"1:17: {TOO_DEEP}"),
    "10^6 dashes": Hostile(lambda: b"- " * 10**6, f"1:1: {NO_LISTS}", f"1:33: {TOO_DEEP}"),
    "10^6 question marks": Hostile(lambda: b"? " * 10**6, f"1:33: {TOO_DEEP}"),
    "3,000 indentations": Hostile(
        lambda: b"".join(b" " * depth + b"a:\n" for depth in range(3_000)), f"17:17: {TOO_DEEP}"
    ),
    "alias bomb": Hostile(
        lambda: alias_bomb("{name}: &{name} [{aliases}]\n"),
        f'1:1: "a" {NO_FIELD}',
        "... and 204 more problems.",
    ),
    "merge bomb": Hostile(
        lambda: alias_bomb("{name}: &{name} {{<<: [{aliases}]}}\n"),
        f'1:1: "a" {NO_FIELD}',
        "... and 229 more problems.",
    ),
    "5,000-digit number": Hostile(
        lambda: b"version: %s\nsantrals: {a: {crm_integration: {}}}\n" % (b"9" * 5_000),
        "1:10: version must be 1, the only version of this format.",
    ),
    "16 MiB of flat fields": Hostile(
        lambda: b"".join(b"f%06d: %s\n" % (n, b"1" * 31) for n in range(16 * MIB // 41)),
        f"{MOST_VALUES // 2 + 1}:1: {TOO_MANY}",
        in_python=False,
    ),
    "16 MiB of one field": Hostile(
        lambda: b"a: 1\n" * (16 * MIB // 5),
        '2:1: "a" is written twice. The first is at line 1, column 1.',
        "... and 900 more problems.",
    ),
    "4*10^6 empty lines": Hostile(
        lambda: b"\n" * (4 * 10**6) + b"%YAML 1.2",
        "4000001:1: Directives (%YAML, %TAG) are not supported. Delete this line.",
        in_python=False,
    ),
    "16 MiB of one quoted value": Hostile(
        lambda: b'version: "%s"' % (b"9" * (16 * MIB - 11)),
        "1:10: This text has more than 65536 characters. No field needs that many.",
        in_python=False,
    ),
    "64 KiB of URL for 5,000 santrals": Hostile(
        lambda: (
            b"defaults: {crm_integration: {notification_url: '%s'}}\nsantrals:\n%s"
            % (
                b"https://a.b/" + b"{name}" * 10_000,
                b"".join(b" a%062d: {crm_integration: {}}\n" % number for number in range(5_000)),
            )
        ),
        "1:1: version is missing. Write version: 1 at the top.",
        "1:48: The URL has 60012 characters; at most 2048 are allowed.",
        in_python=False,
    ),
    "5*10^6 bidi characters": Hostile(
        lambda: "\u202e".encode() * (5 * 10**6),
        "1:1: There is a hidden character here (U+202E, RIGHT-TO-LEFT OVERRIDE). Delete it.",
        "... and 900 more problems.",
        in_python=False,
    ),
    "400,000 pasted keys": Hostile(
        lambda: f"{KEY}\n".encode() * 400_000,
        f"1:1: {PASTED}",
        "... and 900 more problems.",
        in_python=False,
    ),
    "40,000 escaped keys in one line": Hostile(
        lambda: (
            f"# {KEY}\n".encode() * 998
            + b"{"
            + b"".join(b'f%d: "\\x4b%s",' % (n, KEY[1:].encode()) for n in range(40_000))
        ),
        f"1:3: {PASTED}",
        "... and 900 more problems.",
    ),
    "a key of 3*10^6 groups": Hostile(
        lambda: b"# K00000001-1111%s\nversion: 1" % (b"-1111" * (3 * 10**6)),
        f"1:3: {PASTED}",
        "2:1: santrals is missing. Add it, with the santrals under it, by name.",
        in_python=False,
    ),
}

RUNS = [
    pytest.param(name, parser, id=f"{name}-{parser}")
    for name, hostile in HOSTILE.items()
    for parser in PARSERS
    if parser == "C" or hostile.in_python
]


@pytest.mark.parametrize(("name", "parser"), RUNS)
def test_a_hostile_file_gets_a_clear_error_soon(name: str, parser: str, tmp_path: Path) -> None:
    """Within six seconds of the processor and 300 MB, the first and last problem are named."""
    hostile = HOSTILE[name]
    (tmp_path / "f").write_bytes(hostile.content())

    run = measured(parser, tmp_path)

    last = hostile.last or hostile.first
    assert (run.exit_code, run.stdout) == (1, "")
    assert (run.first, run.last) == (line(hostile.first), line(last))
    assert run.seconds < 6 or run.seconds < 6 * slowness()
    assert run.megabytes < 300


# What the tests above look through.


def line(problem: str) -> str:
    """Return a problem as the program says it of the file ``f``."""
    return problem if problem.startswith("...") else f"f:{problem}"


def alias_bomb(pattern: str) -> bytes:
    """Return fields that each name the one before nine times; expanded, they are 9^25 values."""
    bomb = ["a: &a {x: y}\n"]
    for before, name in pairwise("abcdefghijklmnopqrstuvwxyz"):
        bomb.append(pattern.format(name=name, aliases=", ".join([f"*{before}"] * 9)))
    return "".join(bomb).encode()


def texts_of(content: bytes) -> Any:
    """Return what a file without problems says, as plain dictionaries and texts."""
    document = read(content, "f")
    assert document.problems == ()
    return texts_in(document.root)


@dataclass(frozen=True)
class Run:
    """How a run of the program ended, and what it took."""

    exit_code: int
    stdout: str
    first: str
    last: str
    seconds: float
    megabytes: float


MEASURE = """
import json, resource, subprocess, sys

resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
run = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 2**20 if sys.platform == "darwin" else 2**10
lines = run.stderr.splitlines() or [""]
print(json.dumps({
    "exit_code": run.returncode, "stdout": run.stdout, "first": lines[0], "last": lines[-1],
    "seconds": used.ru_utime + used.ru_stime, "megabytes": used.ru_maxrss * unit / 10**6,
}))
"""
"""Run by an interpreter of its own: a child's peak memory counts from what its parent held."""

VALIDATE = {
    "C": "from reconciler.__main__ import run; run()",
    "Python": "import yaml; vars(yaml).pop('CSafeLoader', None);"
    "from reconciler.__main__ import run; run()",
}


def measured(parser: str, folder: Path) -> Run:
    """Validate the file ``f`` in a process of its own, again should the machine be busy."""
    pytest.importorskip("resource", reason="nobody else tells the time and memory of a process")
    runs = (_measured_once(parser, folder) for _ in range(4))
    return next((run for run in runs if run.seconds < 4), None) or _measured_once(parser, folder)


USUAL_START = 0.025
"""Seconds of the processor that Python's bare start takes on the machine the limit is for."""


def slowness() -> float:
    """Return how much slower than that this machine is right now, and 1 if it is not."""
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(5):
        subprocess.run([sys.executable, "-c", "pass"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return max(1.0, float(spent) / 5 / USUAL_START)


def _measured_once(parser: str, folder: Path) -> Run:
    command = [sys.executable, "-c", VALIDATE[parser], "validate", "-c", "f"]
    untraced = {name: value for name, value in os.environ.items() if "COV" not in name}
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        cwd=folder,
        env=untraced,
        check=True,
        capture_output=True,
        text=True,
    )
    return Run(**json.loads(run.stdout))
