"""JSON read strictly: a name given twice, and NaN, which JSON does not have, are errors."""

import json
from typing import Any


def loads(text: str) -> Any:
    """Return the value; raises JSONDecodeError for what is not JSON, ValueError for the rest."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        nested_too_deep = ValueError()
    raise nested_too_deep


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError
    return fields


def _no_constant(_: str) -> None:
    raise ValueError
