"""The files that come with the program, and of them the JSON Schemas."""

import json
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any


class Schema(StrEnum):
    """What a schema describes."""

    SANTRAL = "santral"
    PLAN = "plan"
    HISTORY = "history"
    DOCTOR = "doctor"


def resource(name: str) -> str:
    """Return a file as it is: from the installed package, or from the checkout around it."""
    package = Path(__file__).parent
    installed, checkout = package / name, package.parent / name
    return (installed if installed.exists() else checkout).read_bytes().decode("utf-8")


def text_of(schema: Schema) -> str:
    """Return the schema's file as it is."""
    return resource(f"schemas/{schema}.schema.json")


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
