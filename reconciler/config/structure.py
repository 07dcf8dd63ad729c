"""Checking a document's structure against the JSON Schema, with messages of our own.

The library's messages quote the value they complain of, which may be a pasted key.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Any

from reconciler.config.characters import looks_like_key, shown_name
from reconciler.config.nodes import Document, Mapping, Node, Refused, Scalar
from reconciler.config.problems import MOST_FOUND, Problem
from reconciler.core.fleet import Place
from reconciler.core.settings import FIELDS, SWITCHES
from reconciler.schemas import Schema, inlined

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
_SANTRAL_DEPTH = 2
_FIELDS = "write its fields, or {} for none."
_SANTRAL_FIELDS = "write crm_integration under it, with its fields, or {} for defaults alone."
_TURKISH = str.maketrans("çğıöşüÇĞİÖŞÜ", "cgiosuCGIOSU")
_OF_A_SANTRAL = frozenset({"description", "key", "allow_insecure_url"})
_NO_FIELDS = "must hold fields (name: value), not a value."
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
_EMPTY = {
    "version": "version is empty; write 1.",
    "santrals": "santrals has no entry; write at least one santral.",
    "description": "description is empty; write one, or delete the line.",
    "key": "key is empty; write the name of the key, or delete the line.",
    "allow_insecure_url": "allow_insecure_url is empty; write true, or delete the line.",
    "notification_url": "notification_url is empty; write it, or delete the line to keep it as is.",
    **{name: f"{name} is empty; write on or off." for name in SWITCHES},
}
_MISSING = {
    "version": "version is missing; write version: 1 at the top.",
    "santrals": "santrals is missing; write the santrals under it, by name.",
    "crm_integration": "crm_integration is missing; write its fields, or {} for defaults alone.",
}
_EXPECTED = {
    "version": "version must be 1, the only version of this format.",
    "description": "description must be text.",
    "key": "key must be the name of a key: lowercase letters (a-z), digits and hyphens, at most "
    "63. The key itself belongs in the environment.",
    "allow_insecure_url": "allow_insecure_url must be true or false.",
}


def check(document: Document) -> Iterator[Problem]:
    """Yield what the schema does not allow, but for what the reader has refused already."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    validator = Draft202012Validator(inlined(Schema.SANTRAL))
    errors = validator.iter_errors(_plain(document.root))
    return islice(_problems(document.root, errors), MOST_FOUND)


def _plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {name: _plain(value) for name, (_, value) in node.entries.items()}
    return node.text if isinstance(node, Scalar) else None


def _problems(root: Node, errors: "Iterator[ValidationError]") -> Iterator[Problem]:
    for error in errors:
        path = [str(step) for step in error.absolute_path]
        node, named_at = _find(root, path)
        if not isinstance(node, Refused):
            yield from _explain(error, path, node, named_at)


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
    if error.validator == "additionalProperties" and path == ["santrals"]:
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
    elif field != "notification_url" or error.validator == "type":
        place = node.place if isinstance(node, Scalar) else named_at
        yield Problem(place, _wrong_value(path, node))


def _empty(path: list[str]) -> str:
    fields = _FIELDS if _field(path) else _SANTRAL_FIELDS
    return _EMPTY.get(_field(path), f"{_shown(path)} is empty; {fields}")


def _field(path: list[str]) -> str:
    """Return the name of the field at a path; a santral, whatever its name, is none."""
    is_santral = path[:1] == ["santrals"] and len(path) == _SANTRAL_DEPTH
    return path[-1] if path and not is_santral else ""


def _bad_names(node: Node, patterns: Iterable[str]) -> Iterator[Problem]:
    for key, _ in node.entries.values() if isinstance(node, Mapping) else ():
        if not any(re.match(pattern, key.text) for pattern in patterns):
            yield _bad_name(key)


def _bad_name(key: Scalar) -> Problem:
    slug = re.sub(r"[^a-z0-9]+", "-", key.text.translate(_TURKISH).lower()).strip("-")[:63]
    suggestion = f' Write "{slug}".' if slug and not looks_like_key(key.text) else ""
    return Problem(
        key.place,
        f"{shown_name(key.text)} cannot be a santral's name: a name has lowercase letters (a-z), "
        f"digits and hyphens, begins with a letter or digit, and has at most 63 characters."
        f"{suggestion}",
    )


def _unknown_fields(node: Mapping, known: dict[str, Any]) -> Iterator[Problem]:
    for name, (key, _) in node.entries.items():
        if name not in known:
            hint = _hint(name, known)
            yield Problem(key.place, f"{shown_name(name)} is not a field here; {hint}")


def _hint(name: str, known: dict[str, Any]) -> str:
    before, colon, _ = name.partition(":")
    if colon and before in known:
        return f'write a space after "{before}:".'
    if name in FIELDS:
        return "it belongs under crm_integration."
    if name in _OF_A_SANTRAL:
        return "it belongs beside a santral's crm_integration."
    near = get_close_matches(name[:63].lower(), known, n=1)
    return f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}."


def _wrong_value(path: list[str], node: Node) -> str:
    field = _field(path)
    if field in SWITCHES:
        typed = node.text if isinstance(node, Scalar) else ""
        said = f'is "{typed}"; write' if typed.lower() in _SWITCH_LIKE else "must be"
        return f"{field} {said} on or off."
    if field == "notification_url":
        return "notification_url must be a URL, not fields."
    return _EXPECTED.get(field, f"{_shown(path)} {_NO_FIELDS}")


def _shown(path: list[str]) -> str:
    return shown_name(path[-1]) if path else "The file"
