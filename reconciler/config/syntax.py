"""What a YAML parser stumbled over, said in our words: the parsers in C and Python differ."""

from typing import TYPE_CHECKING

from reconciler.config.problems import Problem
from reconciler.core.fleet import Place

if TYPE_CHECKING:
    import yaml

BACKSLASH = (
    "This quoted text has a backslash that begins no escape; write \\\\ for a backslash, or use "
    "single quotes."
)
_NOT_CLOSED = "This quote is never closed."
_BAD_START = "A value cannot start with this character; put it in quotes."
_NOT_YAML = (
    "This is not YAML; look at the indentation, the quotes and the colons at and before this place."
)
_COLON = (
    "A colon cannot stand here: indent the line like its neighbours, write a colon and a space "
    "after the name above, or quote the value."
)
_ENDED = (
    "The file's fields ended before this place; indent it like the first field, or delete the "
    '"..." line before it.'
)
_BY_REASON = (
    ("mapping values are not allowed", _COLON),
    ("cannot start any token", _BAD_START),
    ("could not find expected ':'", "The field before this place has no colon after its name."),
    ("expected ',' or", "A comma or a closing bracket is missing before this place."),
    ("expected <document start>", _ENDED),
    ("expected '<document start>'", _ENDED),
)
_BY_CONTEXT = ("scanning an anchor", "scanning an alias", "tag", "block scalar")
"""What is begun by one character that should have been quoted."""


def syntax_problem(error: "yaml.MarkedYAMLError", source: str) -> Problem:
    """Return the problem that a parser's error stands for."""
    reason, context = error.problem or "", error.context or ""
    mark = error.problem_mark
    message = next((ours for theirs, ours in _BY_REASON if theirs in reason), _NOT_YAML)
    if error.context_mark and "quoted scalar" in context:
        mark, message = error.context_mark, BACKSLASH
        if any(end in reason for end in ("end of stream", "document indicator", "separator")):
            message = _NOT_CLOSED
    elif error.context_mark and any(begun in context for begun in _BY_CONTEXT):
        mark, message = error.context_mark, _BAD_START
    return Problem(Place(source, mark.line + 1, mark.column + 1) if mark else _top(source), message)


def _top(source: str) -> Place:
    return Place(source, 1, 1)
