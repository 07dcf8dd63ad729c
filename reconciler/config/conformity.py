"""Whether a document fits the JSON Schema, said without explaining why it does not.

Nearly every file fits, and then jsonschema need not even be imported: with 10,000 santrals
``validate`` takes 0.72 of the time, and ``plan`` with three of them 0.90. What does not fit is for
jsonschema to explain. This follows the schema's file, and knows the keywords that stand in it.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reconciler.config.nodes import Mapping as Fields
from reconciler.config.nodes import Node, Scalar

Fits = Callable[[Node], bool]
_SAID_TO_PEOPLE = {"$schema", "$id", "title", "description", "examples"}
_OF_FIELDS = {
    "properties",
    "patternProperties",
    "additionalProperties",
    "required",
    "minProperties",
}
_OF_TEXTS = ({"enum"}, {"pattern", "minLength", "maxLength"})


class UnknownKeywordError(Exception):
    """The schema says something that this module cannot judge."""


def fitting(schema: Mapping[str, Any]) -> Fits:
    """Return what says whether a node fits a schema, which has no references any more.

    What has been refused fits nothing. Raises UnknownKeywordError.
    """
    said = schema.keys() - _SAID_TO_PEOPLE - {"type"}
    if schema.get("type") == "object" and said <= _OF_FIELDS:
        return _fitting_fields(schema)
    if _may_be_text(schema) and any(said <= keywords for keywords in _OF_TEXTS):
        return _fitting_text(schema)
    raise UnknownKeywordError(*sorted(said))


def _may_be_text(schema: Mapping[str, Any]) -> bool:
    """Return whether a text, which every value of a file is, may be what a schema describes."""
    kinds: Sequence[str] = schema.get("type", "string")
    return "string" in ([kinds] if isinstance(kinds, str) else kinds)


def _fitting_fields(schema: Mapping[str, Any]) -> Fits:
    fits_field = _fitting_field(schema)
    required, least = frozenset(schema.get("required", ())), schema.get("minProperties", 0)

    def fits(node: Node) -> bool:
        if type(node) is not Fields or len(node.entries) < least:
            return False
        fields = node.entries
        has_all = required <= fields.keys()
        return has_all and all(fits_field(name, value) for name, (_, value) in fields.items())

    return fits


def _fitting_field(schema: Mapping[str, Any]) -> Callable[[str, Node], bool]:
    """Return what says whether a field is one of a schema's, and fits what that says of it."""
    known = {name: fitting(within) for name, within in schema.get("properties", {}).items()}
    patterns = schema.get("patternProperties", {})
    if schema.get("additionalProperties") is not False or bool(known) is bool(patterns):
        raise UnknownKeywordError("properties")
    if known:
        return lambda name, value: name in known and known[name](value)
    ((pattern, within),) = patterns.items()
    is_named, fits = re.compile(pattern).search, fitting(within)
    return lambda name, value: bool(is_named(name)) and fits(value)


def _fitting_text(schema: Mapping[str, Any]) -> Fits:
    if "enum" in schema:
        allowed = frozenset(value for value in schema["enum"] if isinstance(value, str))
        return lambda node: type(node) is Scalar and node.text in allowed
    is_like = re.compile(schema.get("pattern", "")).search
    least, most = schema.get("minLength", 0), schema.get("maxLength", math.inf)

    def fits(node: Node) -> bool:
        is_long_enough = type(node) is Scalar and least <= len(node.text) <= most
        return is_long_enough and bool(is_like(node.text))  # type: ignore[union-attr]

    return fits
