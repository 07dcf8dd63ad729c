"""A saved plan: what reads is what this program writes, or a newer one; all else is refused."""

import json
from typing import Any

from hypothesis import strategies as st
from support.fuzzed.documents import near, texts_in
from support.fuzzed.target import Target, encoded

from reconciler.core.change_limit import Guard, Limit
from reconciler.core.messages import Message
from reconciler.core.outcome import Result
from reconciler.core.plan import Cause, Dropped, KeyUse, Origin, Purpose
from reconciler.core.settings import FIELDS
from reconciler.core.text import is_printable
from reconciler.render import as_json, as_text
from reconciler.render.hosts import ShownHost
from reconciler.render.view import ShownChange, ShownOutcome, ShownPlan, ShownSantral, Status
from reconciler.saved_plans.digests import Sealer, Seals, digest_of
from reconciler.saved_plans.file import SavedPlan, SavedPlanError, read, text_of


def check(content: bytes) -> None:
    """Read it as it is, and again with the checksum that somebody makes who knows how."""
    _check(content)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict) and isinstance(document.get("saved"), dict):
        _check(_resealed(document))


def _check(content: bytes) -> None:
    answer = _answer(content)
    if isinstance(answer, SavedPlan):
        _check_saved(answer, json.loads(content))
    else:
        assert is_printable(str(answer))
        assert (answer.__cause__, answer.__context__) == (None, None)


def _answer(content: bytes) -> SavedPlan | SavedPlanError:
    try:
        return read(content, "plan.json")
    except SavedPlanError as error:
        return error


def _check_saved(saved: SavedPlan, document: dict[str, Any]) -> None:
    """Expect nothing of it to be lost, all of its checksum to be right, and to show no harm."""
    assert all(map(is_printable, texts_in(document)))
    assert saved.document == document
    assert json.loads(_resealed(document)) == document
    versions = {name: document[name] for name in ("format_version", "tool_version")}
    if not saved.unknown:
        assert is_part(without_seals(document), as_json.document_of(saved.shown) | versions)
    for line in as_text.render(saved.shown, as_text.TextStyle()).splitlines():
        assert "##[" not in line
        assert not line.lstrip().startswith("::")


def is_part(part: Any, whole: Any) -> bool:
    """Tell whether each value of a document stands in another, which may have fields beside."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and is_part(value, whole[name]) for name, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(map(is_part, part, whole))
    return bool(part == whole)


def without_seals(document: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a saved plan that any JSON plan has, whichever version prints it."""
    santrals = [
        {name: value for name, value in santral.items() if name != "seals"}
        for santral in document["santrals"]
    ]
    plan = {
        name: value for name, value in document.items() if name not in {"saved", "tool_version"}
    }
    return plan | {"santrals": santrals}


def _resealed(document: dict[str, Any]) -> bytes:
    """Return a document with the checksum that it should have, as this program would write it."""
    about = {name: value for name, value in document["saved"].items() if name != "checksum"}
    checksum = digest_of({**document, "saved": about})
    whole = {**document, "saved": {**about, "checksum": checksum}}
    return _encoded(as_json.text_of(whole))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


# What saved plans are made of.

_URLS = st.sampled_from([None, "https://a.b/?t=***", "https://***@a.b/", ""])
_CHANGES = st.builds(
    ShownChange,
    field=st.sampled_from(FIELDS),
    before=_URLS,
    after=_URLS,
    is_masked=st.booleans(),
    is_hidden_part_changed=st.booleans(),
    before_host=st.sampled_from([None, "a.b", ""]),
    after_host=st.sampled_from([None, "evil.example", "b"]),
    cause=st.none() | st.sampled_from(Cause),
)
_BROKE = Message("connection-broken")
_MESSAGES = st.lists(
    st.sampled_from(
        [
            _BROKE,
            Message("api-answered-with", status=503, said="Slow down"),
            Message("connection-timeout", seconds=1.5),
            Message("journal-lines", count=1),
            Message("journal-lines", count=2),
            Message("journal-lines"),
            Message("journal-lines", count="many"),
            Message("as-written", text="A warning."),
            Message("of-a-later-version", colour="blue"),
        ]
    ),
    max_size=2,
).map(tuple)
_OUTCOMES = st.builds(ShownOutcome, st.sampled_from(Result), _MESSAGES, st.tuples(_CHANGES))
_KEYS = st.sampled_from(["ankara", "bursa", "k"])
_SANTRALS = st.builds(
    ShownSantral,
    name=st.sampled_from(["ankara", "bursa", "a" * 63]),
    source=st.sampled_from(["santral.yaml", "a b.yaml"]),
    line=st.integers(1, 10**20),
    column=st.integers(1, 3),
    status=st.sampled_from(Status),
    changes=st.lists(_CHANGES, max_size=2).map(tuple),
    error=_MESSAGES,
    warnings=_MESSAGES,
    outcome=st.none() | _OUTCOMES,
    key=st.none() | st.builds(KeyUse, _KEYS, st.none() | _KEYS, st.none() | _KEYS),
    labels=st.sampled_from([(), (("city", "ankara"), ("crm", "v2.1"))]),
)
_PLANS = st.builds(
    ShownPlan,
    santrals=st.lists(_SANTRALS, max_size=3, unique_by=lambda santral: santral.name).map(
        lambda santrals: tuple(sorted(santrals, key=lambda santral: santral.name))
    ),
    guard=st.none()
    | st.builds(
        Guard, st.builds(Limit, st.integers(0, 200), st.booleans()), *[st.integers(0, 99)] * 2
    ),
    purpose=st.sampled_from(Purpose),
    dropped=st.lists(
        st.sampled_from([Dropped("canakkale"), Dropped("denizli", "d", "ankara")]),
        max_size=2,
        unique=True,
    ).map(tuple),
    notes=_MESSAGES,
    origin=st.builds(
        Origin,
        api=st.sampled_from(["sandbox", "https://api.bulutsantralim.com"]),
        files=st.lists(st.sampled_from(["santral.yaml", "a b.yaml"]), max_size=7).map(tuple),
        commit=st.sampled_from([None, "0" * 40, "f" * 64]),
        is_committed=st.booleans(),
        made=st.just("2026-11-25T08:00:00Z"),
    ),
)


def _saved(shown: ShownPlan, created: str, api: str) -> bytes:
    """Return the file of a plan."""
    seals = {santral.name: Seals("0" * 32, None) for santral in shown.santrals}
    return _encoded(text_of(shown, api, "0" * 64, seals, Sealer(created, {})))


def _saved_earlier(shown: ShownPlan, created: str, api: str) -> bytes:
    """Return the file of a plan as it was before there were messages: with sentences alone."""
    now = json.loads(_saved(shown, created, api))
    seals = [{"seals": santral["seals"]} for santral in now["santrals"]]
    document = as_json.document_of(shown, as_json.Texts.SENTENCES)
    santrals = [told | sealed for told, sealed in zip(document["santrals"], seals, strict=True)]
    return _resealed(document | {"santrals": santrals, "saved": now["saved"]})


_EXAMPLE = ShownPlan(
    santrals=(
        ShownSantral(
            *("ankara", "santral.yaml", 9, 3, Status.CHANGE),
            changes=(
                ShownChange("ringing", "off", "on", cause=Cause.DRIFT),
                ShownChange("notification_url", None, "https://a.b/?t=***", is_masked=True),
            ),
            outcome=ShownOutcome(Result.STALE, (_BROKE,), (ShownChange("hangup", "on", "off"),)),
            labels=(("city", "ankara"),),
        ),
        ShownSantral(
            "bursa", "santral.yaml", 11, 3, Status.IN_SYNC, warnings=(Message("insecure-url-http"),)
        ),
        ShownSantral(
            "denizli",
            "b.yaml",
            1,
            1,
            Status.FAILED,
            error=(Message("api-answered", status=404), _BROKE),
        ),
    ),
    guard=Guard(Limit(30, is_percent=True), 2, 12),
    purpose=Purpose.CAUSES,
    dropped=(Dropped("canakkale"), Dropped("denizli", "denizli", "ankara")),
    origin=Origin(
        "sandbox",
        ("santral.yaml", "b.yaml"),
        "0" * 40,
        is_committed=False,
        made="2026-11-25T08:00:00Z",
    ),
    hosts=(ShownHost("a.b", 1, 2, allowed=False), ShownHost("***", 1, 0), ShownHost(None, 0, 1)),
)
_NOW = "2026-11-25T08:00:00Z"
_WORDS = [
    '"format_version": ', '"saved": ', '"seals": ', '"name": ', '"line": ', '"limit": ', '"1.0"',
    '"code": ', '"fields": ', '"count": ', '"note_messages": ', '"notes": ', '"journal-lines"',
    '"outcome": ', '"labels": ', '"tripped": ', '"seal_version": ', '"more": ', '"1.1"', '"2.0"',
    '"30%"', '"030%"', f'"{"9" * 5000}%"', "9" * 4000, "9" * 5000,
    "0", "1", "1.0", "-1", "1e400", "1e2", "NaN", "true", "null", '"in_sync"', '"change"',
    '"failed"', '"drift"', '"applied"', '"\\ud800"', '"\\u2028"', '"a\\n::error::b"', '"##[group]"',
    "2026-13-45T25:61:61Z", "\u0661", "ankara", "aa", '{"a": ' * 2000, "[" * 5000, "[", "]", "{",
    "}", ",", ":", '"', "\\", "\n", " ", "\ufeff", "\x00",
]  # fmt: skip
_RIGHT = st.builds(
    lambda write, shown: json.loads(write(shown, _NOW, "sandbox")),
    st.sampled_from([_saved, _saved_earlier]),
    _PLANS,
)
_GROWN: st.SearchStrategy[dict[str, Any]] = _RIGHT | near(_RIGHT)

TARGET = Target(
    check=check,
    seeds=(
        _saved(_EXAMPLE, _NOW, "sandbox"),
        _saved_earlier(_EXAMPLE, _NOW, "sandbox"),
        _saved(ShownPlan(()), _NOW, "https://api.bulutsantralim.com"),
        as_json.render(_EXAMPLE).encode(),
        b'{"format_version": "1.0", "saved": 1}',
        b'{"format_version": "1.0", "saved": {}}',
        b"[]",
        b"",
    ),
    words=encoded(_WORDS),
    grown=_GROWN.map(as_json.text_of).map(_encoded),
)
