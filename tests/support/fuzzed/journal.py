"""The journal: each line is a record as this program writes it, or is told of and left alone."""

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from hypothesis import strategies as st
from support.fuzzed.documents import near
from support.fuzzed.target import Target, encoded
from support.places import CASES

from reconciler.core.outcome import Result
from reconciler.core.settings import Switch
from reconciler.core.stop import Stop
from reconciler.core.text import is_printable
from reconciler.journal.contents import read
from reconciler.journal.decoding import decode
from reconciler.journal.history import runs_of
from reconciler.journal.recorded import Recorded, SealedUrl
from reconciler.journal.records import (
    FORMAT_VERSION,
    Author,
    Ended,
    Event,
    Finding,
    Intent,
    PassedOver,
    Record,
    RunEnded,
    RunStarted,
    SendingAgain,
    Settled,
    encode,
)
from reconciler.render import history
from reconciler.render.as_text import TextStyle


def check(content: bytes) -> None:
    """Read a journal, and show what it tells."""
    past = read(BytesIO(content), Path("journal.jsonl"))
    lines = content.split(b"\n")
    numbers = {record.line for record in past.records} | {line.line for line in past.unreadable}
    assert sorted(numbers) == [*range(1, len(lines) + bool(lines[-1]))]
    for record in past.records:
        if record.version == FORMAT_VERSION:
            assert decode(encode(record), record.line) == record
            assert json.loads(encode(record)) == json.loads(lines[record.line - 1])
        assert bool(record.passed_over) >= isinstance(record.event, PassedOver)
    assert all(map(is_printable, past.describe(past.unreadable)))
    assert is_printable(str(past.passed_over or ""))
    _check_history(past.records)


def _check_history(records: tuple[Record, ...]) -> None:
    """Show the runs; nobody's text makes a command or a line of its own."""
    runs = runs_of(records)
    json.loads(history.render_json(runs, show_urls=False))
    for line in history.render_text(runs, _LOOK).splitlines():
        assert "##[" not in line
        assert not line.lstrip().startswith("::")
        assert "\x1b" not in line


# What journals are made of.

_LOOK = history.Look(TextStyle(), "https://api.example.com", show_urls=True, is_brief=False)
_RUNS = st.sampled_from(["20261125T080000Z-0a1b2c", "20261125T090000Z-ffffff"])
_NAMES = st.sampled_from(["ankara", "bursa", "0"])
_SWITCHES = st.sampled_from(Switch)
_URLS = st.sampled_from(["https://a.b/?t=1", "##[group]", "\x1b[31m", "ş", "::error::x"])
_DIGEST = "0123456789abcdef" * 2
_DIGESTS = st.sampled_from([_DIGEST, _DIGEST[::-1]])
_SEALED = st.builds(
    SealedUrl,
    _URLS | st.sampled_from(["https://a.b/{secret.t}", "https://***", "{secret.}", "***{"]),
    st.none() | _DIGESTS,
)
_SETTINGS = st.builds(Recorded, *[_SWITCHES] * 3, st.none() | _URLS) | st.builds(
    Recorded, *[_SWITCHES] * 3, st.none(), _SEALED
)
_TEXTS = st.sampled_from(
    ["apply", "Ayşe", "::error::x", "##[x]", "\n", "\x1b", "", "https://ci.example/1"]
)
_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        RunStarted,
        _TEXTS,
        st.builds(Author, _TEXTS, st.none() | _TEXTS),
        _TEXTS,
        st.lists(st.integers(0, 9), max_size=2).map(tuple),
    ),
    st.builds(Intent, _NAMES, _SETTINGS, _SETTINGS, digest=_DIGESTS),
    st.builds(SendingAgain, _NAMES),
    st.builds(Ended, _NAMES, st.sampled_from(Result), st.none() | _SETTINGS, digest=_DIGESTS),
    st.builds(
        Settled,
        *(_NAMES, _RUNS, st.sampled_from(Finding), st.none() | _SETTINGS),
        digest=_DIGESTS | st.none(),
    ),
    st.builds(
        RunEnded,
        st.none() | st.lists(_NAMES, max_size=2).map(tuple),
        *[st.integers(0, 9)] * 2,
        st.none() | st.fixed_dictionaries({result: st.integers(0, 9) for result in Result}),
        st.sampled_from([0, 1, 3, 4, 130]),
        st.booleans(),
        st.none() | st.lists(_NAMES, max_size=2).map(tuple),
        st.none() | st.sampled_from(Stop),
    ),
)
_NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
_DIED, _NEXT = "20261125T080000Z-0a1b2c", "20261125T090000Z-ffffff"
_ON, _OFF = (Recorded(Switch.ON, Switch.ON, switch, "https://a.b/?t=1") for switch in Switch)
_EXAMPLE = b"".join(
    map(
        encode,
        [
            Record(_NOW, _DIED, RunStarted("apply", Author("Ayşe"), "sandbox")),
            Record(_NOW, _DIED, Intent("ankara", _ON, _OFF, digest=_DIGEST)),
            Record(_NOW, _DIED, SendingAgain("ankara")),
            Record(_NOW, _DIED, Ended("ankara", Result.APPLIED, _OFF, digest=_DIGEST)),
            Record(_NOW, _DIED, Intent("bursa", _ON, _OFF, digest=_DIGEST)),
            Record(_NOW, _NEXT, RunStarted("apply", Author("Ali", "x://a.b"), "sandbox", (6,))),
            Record(_NOW, _NEXT, Settled("bursa", _DIED, Finding.NOT_APPLIED, _ON, digest=_DIGEST)),
            Record(
                _NOW,
                _NEXT,
                RunEnded(("bursa",), 1, 0, dict.fromkeys(Result, 0), 0, interrupted=False),
            ),
        ],
    )
)
"""A run that died, and the one after it."""
_LINES = st.builds(Record, st.just(_NOW), _RUNS, _EVENTS).map(encode)
_LINES |= near(_LINES.map(json.loads)).map(lambda document: f"{json.dumps(document)}\n".encode())
_WORDS = [
    "{", "}", "[", "]", ":", ",", '"', "\\", "\n", "\r", "\r\n", "\x00", " ", "null", "true", "1",
    "1.1", "1.2", "1.3", "2.0", '"1.2"', '"1.3"', '"2.0"', '"canary": ', '"stopped_by": ',
    '"digest": ', '"record": ', '"run_ended"',
    "1.0", "1e400", "NaN", "9" * 5000, '"1.0"', '"\\ud800"', '"\\u001b[31m"', '"##[group]"',
    '"format_version": ', '"time": ', '"run": ', '"event": ', '"santral": ', '"before": ',
    '"live": ', '"of_run": ', '"author": ', '"unreadable_lines": ', '"run_started"', '"intent"',
    '"outcome"', '"settled"', '"sending_again"', '"2026-11-25T08:00:00Z"', "0001-01-01T00:00:00Z",
    "2026-1-2T3:4:5Z", "2026-11-25T23:59:60Z", "\u0661", "20261125T080000Z-0a1b2c", "ankara",
    "[" * 5000, "::error::x",
]  # fmt: skip

_REAL = tuple(path.read_bytes() for path in sorted((CASES / "journal/1.0").glob("*.jsonl")))
"""Journals of format 1.0, which are read for ever."""

TARGET = Target(
    check=check,
    seeds=(
        *_REAL,
        _EXAMPLE,
        _EXAMPLE[:-40],
        *_EXAMPLE.splitlines(keepends=True),
        b"",
        b"\n",
        b"{}",
    ),
    words=encoded(_WORDS),
    grown=st.lists(_LINES, max_size=6).map(b"".join),
)
