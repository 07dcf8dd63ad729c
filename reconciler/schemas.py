"""The JSON Schemas that come with the program."""

import json
from enum import StrEnum
from functools import cache
from typing import Any

from reconciler import resources


class Schema(StrEnum):
    """What a schema describes."""

    SANTRAL = "santral"
    PLAN = "plan"
    HISTORY = "history"


def text_of(schema: Schema) -> str:
    """Return the schema's file as it is."""
    return resources.text_of(f"schemas/{schema}.schema.json")


@cache
def inlined(schema: Schema) -> dict[str, Any]:
    """Return the schema with each ``$ref`` replaced by what it names; checking is faster so."""
    document = json.loads(text_of(schema))
    definitions = document.pop("$defs", {})
    resolved: dict[str, Any] = _inline(document, definitions)
    return resolved


def _inline(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    resolved = {name: _inline(value, definitions) for name, value in node.items()}
    reference = resolved.pop("$ref", None)
    if reference is None:
        return resolved
    return _inline(definitions[reference.rpartition("/")[2]], definitions) | resolved
