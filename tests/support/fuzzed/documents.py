"""Documents that are nearly right: one value in them replaced by another, or one name."""

from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

JSON_VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.0, 1e300, 10**400, "", " ", " on ", "ON", "on", "off", "1"),
    *("A", "ş", "\ud800", "\u2028", "\x1b[31m", "a\n::error::b", "##[group]", "9" * 5000, "030%"),
    *("https://evil.example/?t=1", "applied", "drift", "0001-01-01T00:00:00Z", [], ["on"], {}),
]


@st.composite
def near(
    draw: st.DrawFn,
    documents: st.SearchStrategy[dict[str, Any]],
    values: Sequence[Any] = JSON_VALUES,
    names: Sequence[str] = ("more",),
) -> dict[str, Any]:
    """Draw a document with one of its values replaced by an odd one, or one of its names."""
    document = draw(documents)
    parent = draw(st.sampled_from([*_parents(document)]))
    at = draw(st.sampled_from([*parent] if isinstance(parent, dict) else range(len(parent))))
    if isinstance(parent, dict) and draw(st.booleans()):
        parent[draw(st.sampled_from(names))] = parent.pop(at)
    else:
        parent[at] = draw(st.sampled_from(values))
    return document


def _parents(node: Any) -> Iterator[Any]:
    """Yield every object and list that holds something."""
    if node and isinstance(node, (dict, list)):
        yield node
        for child in node.values() if isinstance(node, dict) else node:
            yield from _parents(child)


def texts_in(node: Any) -> Iterator[str]:
    """Yield every text of a document but its names."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, (dict, list)):
        for child in node.values() if isinstance(node, dict) else node:
            yield from texts_in(child)
