"""Checking a document's structure against the JSON Schema, with messages of our own.

The library's messages quote the value they complain of, which may be a pasted key.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from reconciler.config.characters import has_curly_quotes, may_be_key, shown_name
from reconciler.config.conformity import fitting
from reconciler.config.nodes import Document, Mapping, Node, Refused, Scalar
from reconciler.config.problems import MOST_FOUND, Problem
from reconciler.config.syntax import WITHOUT_SPACE
from reconciler.core.fleet import Place
from reconciler.core.messages import Message
from reconciler.core.settings import FIELDS, SWITCHES
from reconciler.schemas import Schema, inlined

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
_SANTRAL_DEPTH = 2
_TURKISH = str.maketrans("çğıöşüÇĞİÖŞÜ", "cgiosuCGIOSU")
_LABEL_DEPTH = 4
_OF_A_SANTRAL = frozenset({"description", "key", "labels", "allow_insecure_url"})
_NO_NAME = _OF_A_SANTRAL | {"crm_integration"}
"""What is a field of a santral, not indented enough, where a santral's name belongs."""
_SWITCH_LIKE = frozenset(
    [
        "true",
        "false",
        "yes",
        "no",
        "y",
        "n",
        "1",
        "0",
        "on",
        "off",
        "evet",
        "hayır",
        "açık",
        "kapalı",
    ]
)
_CURLY = Message("quotes-curly")
_NOT_INDENTED = Message("santral-not-indented")
_EMPTY = {
    "version": Message("version-empty"),
    "santrals": Message("santrals-empty"),
    "crm_integration": Message("crm-integration-empty"),
    "description": Message("description-empty"),
    "key": Message("key-empty"),
    "labels": Message("labels-empty"),
    "allow_insecure_url": Message("allow-insecure-url-empty"),
    "notification_url": Message("notification-url-empty"),
    **{name: Message("switch-empty", field=name) for name in SWITCHES},
}
_MISSING = {
    "version": Message("version-missing"),
    "santrals": Message("santrals-missing"),
    "crm_integration": Message("crm-integration-missing"),
}
_EXPECTED = {
    "version": Message("version-value"),
    "description": Message("description-type"),
    "key": Message("key-name"),
    "allow_insecure_url": Message("allow-insecure-url-type"),
    "notification_url": Message("notification-url-type"),
}


def check(document: Document) -> Iterator[Problem]:
    """Yield what the schema does not allow, except what the reader has refused already."""
    schema = inlined(Schema.SANTRAL)
    return iter(()) if fitting(schema)(document.root) else _explained(document, schema)


def _explained(document: Document, schema: dict[str, Any]) -> Iterator[Problem]:
    """Yield the same of a document that does not fit, asking the library what is wrong."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    validator = Draft202012Validator(schema)
    errors = validator.iter_errors(_plain(document.root))
    found = chain(_problems(document.root, errors), _of_misnamed(document.root, validator))
    return islice(found, MOST_FOUND)


def _of_misnamed(root: Node, validator: Any) -> Iterator[Problem]:
    """Yield what is wrong within entries whose own name is, and which the schema thus passes by."""
    patterns = validator.schema["properties"]["santrals"]["patternProperties"]
    santrals = root.entries.get("santrals") if isinstance(root, Mapping) else None
    node = santrals[1] if santrals else None
    for name, (_, entry) in node.entries.items() if isinstance(node, Mapping) else ():
        if _is_misnamed(name, patterns) and name not in _NO_NAME and isinstance(entry, Mapping):
            within = validator.evolve(schema=next(iter(patterns.values())))
            yield from _problems(root, within.iter_errors(_plain(entry)), ("santrals", name))


def _is_misnamed(name: str, patterns: Iterable[str]) -> bool:
    return not any(re.match(pattern, name) for pattern in patterns)


def _plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {name: _plain(value) for name, (_, value) in node.entries.items()}
    return node.text if isinstance(node, Scalar) else None


def _problems(
    root: Node, errors: "Iterator[ValidationError]", above: tuple[str, ...] = ()
) -> Iterator[Problem]:
    for error in errors:
        path = [*above, *(str(step) for step in error.absolute_path)]
        node, named_at = _find(root, path)
        if not isinstance(node, Refused):
            santral = shown_name(path[1]) if path[:1] == ["santrals"] and path[1:] else ""
            found = _explain(error, path, node, named_at)
            yield from (replace(problem, santral=santral) for problem in found)


def _find(root: Node, path: list[str]) -> tuple[Node, Place]:
    """Return the node at a path, and the place of its name (of itself, for the root)."""
    node, named_at = root, root.place
    for step in path:
        if isinstance(node, Mapping):
            key, node = node.entries[step]
            named_at = key.place
    return node, named_at


def _explain(error: Any, path: list[str], node: Node, named_at: Place) -> Iterator[Problem]:
    field = _field(path)
    if error.validator == "additionalProperties" and field == "labels":
        yield from _bad_labels(node, error.schema["patternProperties"])
    elif error.validator == "additionalProperties" and path == ["santrals"]:
        yield from _bad_names(node, error.schema["patternProperties"])
    elif isinstance(node, Scalar) and not node.text:
        yield Problem(named_at, _empty(path))
    elif error.validator == "additionalProperties" and isinstance(node, Mapping):
        yield from _unknown_fields(node, error.schema["properties"])
    elif error.validator == "required" and isinstance(node, Mapping):
        missing = (name for name in error.validator_value if name not in node.entries)
        yield from (Problem(named_at, _MISSING[name]) for name in missing)
    elif error.validator == "minProperties":
        yield Problem(named_at, _EMPTY[field])
    elif not path:
        yield Problem(named_at, Message("file-not-fields"))
    elif field != "notification_url" or error.validator == "type":
        place = node.place if isinstance(node, Scalar) else named_at
        yield Problem(place, _wrong_value(path, node))


def _empty(path: list[str]) -> Message:
    field = _field(path)
    if _is_label(path):
        return Message("label-empty", label=shown_name(path[-1]))
    if not field:
        return Message("santral-empty", santral=shown_name(path[-1]))
    return _EMPTY.get(field) or Message("field-empty", field=shown_name(field))


def _field(path: list[str]) -> str:
    """Return the name of the field at a path; a santral or a label, whatever its name, is none."""
    is_santral = path[:1] == ["santrals"] and len(path) == _SANTRAL_DEPTH
    return path[-1] if path and not (is_santral or _is_label(path)) else ""


def _is_label(path: list[str]) -> bool:
    return len(path) == _LABEL_DEPTH and path[::2] == ["santrals", "labels"]


def _bad_labels(node: Node, patterns: Iterable[str]) -> Iterator[Problem]:
    for key, _ in node.entries.values() if isinstance(node, Mapping) else ():
        if _is_misnamed(key.text, patterns):
            yield Problem(key.place, Message("label-name", label=shown_name(key.text)))


def _bad_names(node: Node, patterns: Iterable[str]) -> Iterator[Problem]:
    for key, _ in node.entries.values() if isinstance(node, Mapping) else ():
        if _is_misnamed(key.text, patterns):
            yield _bad_name(key)


def _bad_name(key: Scalar) -> Problem:
    name = shown_name(key.text)
    if key.text in _NO_NAME:
        return Problem(key.place, Message("field-not-indented", field=name))
    if has_curly_quotes(key.text):
        return Problem(key.place, _CURLY)
    slug = re.sub(r"[^a-z0-9]+", "-", key.text.translate(_TURKISH).lower()).strip("-")[:63]
    if not slug or may_be_key(key.text):
        return Problem(key.place, Message("santral-name", name=name))
    return Problem(key.place, Message("santral-name-suggested", name=name, suggestion=slug))


def _unknown_fields(node: Mapping, known: dict[str, Any]) -> Iterator[Problem]:
    for name, (key, value) in node.entries.items():
        if name not in known:
            message = _unknown(name, known)
            is_strange = message.code == "field-unknown" and "santrals" in known
            is_santral = is_strange and _is_like_a_santral(value)
            yield Problem(key.place, _NOT_INDENTED if is_santral else message)


def _is_like_a_santral(node: Node) -> bool:
    return isinstance(node, Mapping) and not {*node.entries}.isdisjoint(
        {*_OF_A_SANTRAL, "crm_integration"}
    )


def _unknown(name: str, known: dict[str, Any]) -> Message:
    field = shown_name(name)
    if has_curly_quotes(name):
        return _CURLY
    before, colon, _ = name.partition(":")
    if colon and before in known:
        return Message("field-no-space", field=field, before=before)
    if name in FIELDS:
        return Message("field-misplaced", field=field)
    if name in _OF_A_SANTRAL:
        return Message("field-misplaced-beside", field=field)
    near = get_close_matches(name[:63].lower(), known, n=1)
    if near:
        return Message("field-misspelled", field=field, near=near[0])
    return Message("field-unknown", field=field, known=", ".join(known))


def _wrong_value(path: list[str], node: Node) -> Message:
    field = _field(path)
    if isinstance(node, Scalar) and has_curly_quotes(node.text):
        return _CURLY
    if _is_label(path):
        return Message("label-value", label=shown_name(path[-1]))
    if field in SWITCHES:
        typed = node.text if isinstance(node, Scalar) else ""
        is_like = typed.lower() in _SWITCH_LIKE
        switch = {"field": field, "typed": typed} if is_like else {"field": field}
        return Message("switch-like" if is_like else "switch-value", **switch)
    if not field and path[-1] in _OF_A_SANTRAL:
        return Message("field-not-indented", field=path[-1])
    unspaced = WITHOUT_SPACE.match(node.text) if isinstance(node, Scalar) else None
    if unspaced and field not in _EXPECTED:
        return Message("field-space-missing", field=unspaced["field"])
    return _EXPECTED.get(field) or Message("field-not-fields", field=shown_name(path[-1]))
