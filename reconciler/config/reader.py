"""The one YAML reader: from a file's bytes to a tree of texts, each with its place.

It works on PyYAML's events, so nothing is composed, constructed, expanded or recursed into before
it has been looked at, and every scalar stays the text that was typed: ``on`` is not a boolean and
``0532`` not an octal number. The parser in C is used where PyYAML has it; the one in Python gives
the same answers, but that it refuses an unquoted ``?`` within braces, as in a URL's query, and a
comment right behind ``|`` or ``>``, and that it takes a colon right before a bracket or a comma.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.config.characters import (
    BARE_KEY_LENGTH,
    PASTED_KEY,
    conflict_marker,
    decode,
    hidden_characters,
    is_hidden,
    looks_like_key,
    pasted_keys,
    shown_name,
)
from reconciler.config.nodes import Document, Mapping, Node, Refused, Scalar
from reconciler.config.problems import MOST_FOUND, Problem
from reconciler.config.syntax import BACKSLASH, field_without_space, syntax_problem
from reconciler.core.fleet import Place
from reconciler.core.messages import Message
from reconciler.core.text import KEY_SHAPE

DEEPEST = 16
MOST_BYTES = 16 * 1024 * 1024
MOST_VALUES = 200_000
LONGEST_VALUE = 65_536
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
"""An escape for it ends the reading, as it does in the parser in C."""

_DIRECTIVE = re.compile(r"(?: *+(?:#.*+)?\n)*+(?=%)")


def read(content: bytes, source: str) -> Document:
    """Read one file's bytes; ``source`` is its name in messages."""
    start = Place(source, 1, 1)
    text = decode(content, source)
    if isinstance(text, Problem):
        return Document(Refused(start), (text,), is_whole=False)
    hidden = tuple(hidden_characters(text, source))
    if hidden:
        return Document(Refused(start), hidden, is_whole=False)
    conflict = conflict_marker(text, source)
    if conflict:
        return Document(Refused(start), (conflict,), is_whole=False)
    builder, is_whole = _build(text, source)
    root = builder.root
    if is_whole and (root is None or (type(root) is Scalar and not root.text)):
        empty = Problem(start, Message("file-blank"))
        return Document(Refused(start), (*builder.problems, empty), is_whole)
    return Document(root or Refused(start), tuple(builder.problems), is_whole, text)


def _build(text: str, source: str) -> tuple["_Builder", bool]:
    """Return the tree, and whether the text was read to its end.

    The parser in C gives up on a thousand open brackets before it has reported the first one (since
    PyYAML 6.0.4); the one in Python reports it, so that the answer is the same.
    """
    import yaml  # noqa: PLC0415

    try:
        builder = _Builder(text, source)
        return builder, builder.build(parser())
    except _GaveUpError:
        builder = _Builder(text, source)
        return builder, builder.build(yaml.SafeLoader)


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    node: Mapping | Refused
    key: Scalar | Refused | None = None
    """The field that waits for its value."""


class _Builder:
    """Builds the tree from events, noting what it refuses on the way."""

    def __init__(self, text: str, source: str) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = list(pasted_keys(text, source))
        self._has_pasted_keys = bool(self.problems)
        self._text = text
        self._source = source
        self._open: list[_Open] = []
        self._values = 0
        self._documents = 0

    def build(self, parser: Any) -> bool:
        """Read the text; return whether its end was reached. Raises _GaveUpError."""
        import yaml  # noqa: PLC0415

        directive = _DIRECTIVE.match(self._text)
        if directive:
            line = directive.group().count("\n") + 1
            place = Place(self._source, line, 1)
            self.problems.append(Problem(place, Message("yaml-directive")))
            return False
        loader = parser(self._text if self._text.endswith("\n") else f"{self._text}\n")
        try:
            return self._take_all(iter(loader.get_event, None))
        except yaml.MarkedYAMLError as error:
            if error.problem == "exceeded maximum nesting depth":
                raise _GaveUpError from None
            self._note_syntax(syntax_problem(error, self._source))
        except (ValueError, OverflowError):  # The parser in Python, at an escape beyond Unicode.
            self._note_syntax(Problem(self._quote_before(loader.get_mark()), BACKSLASH))
        except _StoppedError:
            pass
        return False

    def _quote_before(self, mark: Any) -> Place:
        """Return the place of the quote that is open at a mark."""
        index = self._text.rfind('"', 0, mark.index)
        while self._text.endswith("\\", 0, index):
            index = self._text.rfind('"', 0, index)
        before = self._text[:index]
        return Place(self._source, before.count("\n") + 1, index - before.rfind("\n"))

    def _note_syntax(self, problem: Problem) -> None:
        """Note it, unless a key is to be taken out right there anyway."""
        here = self._within(problem.place)
        after_quote = here._replace(column=here.column + 1)
        if not any(found.place in {here, after_quote} for found in self.problems):
            unspaced = field_without_space(self._text, here)
            self.problems.append(unspaced or Problem(here, problem.message))

    def _within(self, place: Place) -> Place:
        """Return the place, or the text's end for the line that was added to it."""
        lines = self._text.split("\n")
        is_added = place.line > len(lines)
        return Place(self._source, len(lines), len(lines[-1]) + 1) if is_added else place

    def _take_all(self, events: Iterator[Any]) -> bool:
        import yaml  # noqa: PLC0415

        take = {
            yaml.ScalarEvent: self._take_scalar,
            yaml.MappingStartEvent: self._take_fields,
            yaml.MappingEndEvent: self._take_end,
            yaml.SequenceStartEvent: self._take_list,
            yaml.SequenceEndEvent: self._take_end,
            yaml.AliasEvent: self._take_alias,
            yaml.DocumentStartEvent: self._take_document,
        }
        for event in events:
            taken = take.get(type(event))
            if taken:
                taken(event)
            if len(self.problems) >= MOST_FOUND:
                return False
        return True

    def _take_scalar(self, event: Any) -> None:
        self._add(self._scalar(event))

    def _take_fields(self, event: Any) -> None:
        self._start(event, Mapping(self._place(event)))

    def _take_list(self, event: Any) -> None:
        self._refuse(event, Message("yaml-list"))
        self._start(event, Refused(self._place(event)))

    def _take_end(self, _: Any) -> None:
        self._add(self._open.pop().node)

    def _take_alias(self, event: Any) -> None:
        self._refuse(event, Message("yaml-alias"))
        self._add(Refused(self._place(event)))

    def _take_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop(event, Message("yaml-document"))

    def _start(self, event: Any, node: Mapping | Refused) -> None:
        if len(self._open) == DEEPEST:
            self._stop(event, Message("yaml-nesting", most=DEEPEST))
        self._refuse_marks(event)
        self._open.append(_Open(node))

    def _scalar(self, event: Any) -> Scalar | Refused:
        if event.style == '"' and _HALF_CHARACTER.search(event.value):
            self._note_syntax(Problem(self._place(event), BACKSLASH))
            raise _StoppedError
        self._values += 1
        if self._values > MOST_VALUES:
            self._stop(event, Message("file-too-many-values", most=MOST_VALUES))
        if event.anchor is not None or event.tag is not None:
            self._refuse_marks(event)
        length = len(event.value)
        if length > LONGEST_VALUE:
            self._stop(event, Message("yaml-text-long", most=LONGEST_VALUE))
        if event.style or self._has_pasted_keys or length == BARE_KEY_LENGTH:
            return self._checked(event)
        return Scalar(event.value, self._source, event.start_mark)

    def _checked(self, event: Any) -> Scalar | Refused:
        """Look for what only shows once quotes and escapes are undone."""
        if looks_like_key(event.value):
            if not KEY_SHAPE.search(self._text[event.start_mark.index : event.end_mark.index]):
                self._refuse(event, PASTED_KEY)
            return Refused(self._place(event))
        if any(map(is_hidden, event.value)):
            self._refuse(event, Message("character-hidden-escape"))
            return Refused(self._place(event))
        return Scalar(event.value, self._source, event.start_mark)

    def _refuse_marks(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(event, Message("yaml-anchor"))
        if event.tag is not None:
            self._refuse(event, Message("yaml-tag"))

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if type(parent.node) is not Mapping:
            return
        if parent.key is None:
            parent.key = self._field_name(node)
            return
        if type(parent.key) is Scalar:
            self._set(parent.node, parent.key, node)
        parent.key = None

    def _field_name(self, node: Node) -> Scalar | Refused:
        if type(node) is Scalar and node.text != "<<":
            return node
        if type(node) is Scalar:
            self.problems.append(Problem(node.place, Message("yaml-merge-key")))
        elif type(node) is Mapping:
            self.problems.append(Problem(node.place, Message("yaml-field-name")))
        return Refused(node.place)

    def _set(self, mapping: Mapping, key: Scalar, value: Node) -> None:
        earlier, _ = mapping.entries.setdefault(key.text, (key, value))
        if earlier is not key:
            name, first = shown_name(key.text), earlier.place
            message = Message("field-repeated", field=name, line=first.line, column=first.column)
            self.problems.append(Problem(key.place, message))

    def _refuse(self, event: Any, message: Message) -> None:
        self.problems.append(Problem(self._place(event), message))

    def _stop(self, event: Any, message: Message) -> None:
        self._refuse(event, message)
        raise _StoppedError

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._source, mark.line + 1, mark.column + 1)


class _GaveUpError(Exception):
    """The parser reads no text that is nested so deep."""


class _StoppedError(Exception):
    """Nothing after this place is worth reading."""


def parser() -> Any:
    """Return PyYAML's parser in C, or the one in Python where the C library is missing."""
    import yaml  # noqa: PLC0415

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
