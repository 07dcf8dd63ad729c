"""What a YAML parser stumbled over, said in our words: the parsers in C and Python differ."""

import re
from typing import TYPE_CHECKING

from reconciler.config.problems import Problem
from reconciler.core.fleet import Place
from reconciler.core.messages import Message
from reconciler.core.settings import FIELDS

if TYPE_CHECKING:
    import yaml

BACKSLASH = Message("yaml-backslash")
_NOT_CLOSED = Message("yaml-quote-open")
_BAD_START = Message("yaml-bad-start")
_ENDED = Message("yaml-ended")
_NOT_YAML = Message("yaml-syntax")
_BY_REASON = (
    ("mapping values are not allowed", Message("yaml-colon")),
    ("cannot start any token", _BAD_START),
    ("could not find expected ':'", Message("yaml-colon-missing")),
    ("expected ',' or", Message("yaml-comma-missing")),
    ("expected <document start>", _ENDED),
    ("expected '<document start>'", _ENDED),
)
_BY_CONTEXT = ("scanning an anchor", "scanning an alias", "tag", "block scalar")
"""What is begun by one character that should have been quoted."""

_LINES_BACK = 3
WITHOUT_SPACE = re.compile(
    rf" *(?P<field>version|crm_integration|key|allow_insecure_url|{'|'.join(FIELDS)}):(?=\S)"
)
"""A field as it must not be written: its colon is part of a value then."""


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


def field_without_space(text: str, place: Place) -> Problem | None:
    """Return the problem of a field whose colon has no space after it, near where that shows.

    The parser stumbles at a colon of that line or of the next, or at the end of what it takes for
    one value.
    """
    lines = text.split("\n")[: place.line]
    for number in range(len(lines), max(0, len(lines) - _LINES_BACK), -1):
        found = WITHOUT_SPACE.match(lines[number - 1])
        if found:
            here = Place(place.source, number, found.start("field") + 1)
            return Problem(here, Message("field-space-missing", field=found["field"]))
    return None


def _top(source: str) -> Place:
    return Place(source, 1, 1)
