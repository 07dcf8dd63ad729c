"""The quick check of a file's structure: it says of every document what the library says."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.config.conformity import UnknownKeywordError, fitting
from reconciler.config.nodes import Mapping, Node, Scalar
from reconciler.core.fleet import Place
from reconciler.schemas import Schema, inlined

SCHEMA = inlined(Schema.SANTRAL)
PLACE = Place("santral.yaml", 1, 1)
FITTING = {
    "version": "1",
    "defaults": {"crm_integration": {"hangup": "unmanaged"}},
    "santrals": {
        "ankara": {
            "description": "x",
            "key": "a-1",
            "labels": {"city": "v2.1"},
            "allow_insecure_url": "true",
            "crm_integration": {"ringing": "on", "notification_url": "https://a.example.com/"},
        }
    },
}
PATHS = (
    ("version",),
    ("defaults", "crm_integration", "hangup"),
    ("santrals",),
    ("santrals", "ankara"),
    *(("santrals", "ankara", field) for field in FITTING["santrals"]["ankara"]),  # type: ignore[index]
    ("santrals", "ankara", "labels", "city"),
    ("santrals", "ankara", "crm_integration", "ringing"),
    ("santrals", "ankara", "crm_integration", "notification_url"),
)
TEXTS = (
    *("", "1", "2", "on", "ON", "true", "unmanaged", "a", "-a", "a\n", "A", "a_1", "v2.1"),
    *("x" * 63, "x" * 64, "https://a", "http://a b", "https://", "ftp://a", "unmanagedx"),
    *("https://" + "a" * 2040, "https://" + "a" * 2041, "çay", "a\u2028"),
)
NAMES = (*TEXTS, "ankara", "version", "crm_integration", "santrals", "labels", "key", "ringing")
VALUES = st.recursive(
    st.sampled_from(TEXTS) | st.text(),
    lambda inner: st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=3),
    max_leaves=6,
)


def node_of(value: Any) -> Node:
    """Return what the reader makes of a value."""
    mark = SimpleNamespace(line=0, column=0, index=0)
    if isinstance(value, str):
        return Scalar(value, "santral.yaml", mark)
    entries = {name: (Scalar(name, "santral.yaml", mark), node_of(v)) for name, v in value.items()}
    return Mapping(PLACE, entries)


def changed(document: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return a document with another value, or none, at a path."""
    if not path:
        return value
    first, *rest = path
    inner = changed(document[first], tuple(rest), value)
    others = {name: each for name, each in document.items() if name != first}
    return others if inner is None else {**others, first: inner}


@settings(max_examples=150)
@given(document=VALUES)
@example(document=FITTING)
def test_it_says_what_the_library_says(document: Any) -> None:
    """Of any document at all."""
    assert fitting(SCHEMA)(node_of(document)) is Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_it_says_what_the_library_says_of_each_field(path: tuple[str, ...]) -> None:
    """Of a document that fits but for one field, or which lacks that one or has one more."""
    of_library, of_ours = Draft202012Validator(SCHEMA), fitting(SCHEMA)
    more = [(*path[:-1], name) for name in NAMES]
    documents = [
        FITTING,
        *(changed(FITTING, path, value) for value in (*TEXTS, {}, {"a": "on"}, None)),
        *(changed_in(FITTING, name) for name in more),
    ]

    verdicts = [of_ours(node_of(each)) for each in documents]

    assert verdicts == [of_library.is_valid(each) for each in documents]
    assert len(set(verdicts)) == 2


def changed_in(document: Any, path: tuple[str, ...]) -> Any:
    """Return a document with a field more, or another one, at a path."""
    first, *rest = path
    return {**document, first: changed_in(document[first], tuple(rest)) if rest else "on"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array"},
        {"type": "object", "additionalProperties": False},
        {"type": "object", "properties": {"a": {"type": "string"}}},
        {"type": "object", "properties": {"a": {"format": "uri"}}, "additionalProperties": False},
        {"type": "object", "maxProperties": 3, "additionalProperties": False},
        {"type": "string", "format": "uri"},
        {"type": "string", "enum": ["on"], "pattern": "o"},
        {"type": "integer", "minLength": 1},
        {"$ref": "#/$defs/name"},
    ],
    ids=str,
)
def test_what_it_cannot_judge_is_an_error(schema: dict[str, Any]) -> None:
    """A keyword that the schema gains is not passed over."""
    with pytest.raises(UnknownKeywordError):
        fitting(schema)
