"""The one YAML reader: from text to a tree of texts, each with its place.

It works on PyYAML's events, so nothing is composed, constructed, expanded or recursed into before
it has been looked at, and every scalar stays the text that was typed: ``on`` is not a boolean and
``0532`` not an octal number. The parser in C is used where PyYAML has it; the one in Python gives
the same answers.
"""

import gc
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.config.problems import Problem
from reconciler.fleet import Place
from reconciler.text import KEY_SHAPE, printable

if TYPE_CHECKING:
    import yaml

DEEPEST = 16
MOST_BYTES = 16 * 1024 * 1024
MOST_VALUES = 300_000
MOST_PROBLEMS = 1_000
"""Reading stops here: a file with this many problems is not one that a person wrote."""


class Scalar(NamedTuple):
    """One text, as typed; empty also where nothing was typed.

    A tuple, and its place worked out only when asked for: there is one for each word of a file.
    """

    text: str
    source: str
    mark: Any

    @property
    def place(self) -> Place:
        """Where the text starts."""
        return Place(self.source, self.mark.line + 1, self.mark.column + 1)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Fields by name; the key's own node keeps where the name stands."""

    place: Place
    entries: dict[str, tuple[Scalar, "Node"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Stands for what has been refused already, so that nothing more is said of it."""

    place: Place


Node = Scalar | Mapping | Refused


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: the tree as far as it could be read, and what is wrong with it."""

    root: Node
    problems: tuple[Problem, ...]
    is_whole: bool
    """Whether the file was read to its end, so that its tree is worth checking."""


def read(content: bytes, source: str) -> Document:
    """Read one file's bytes; ``source`` is its name in messages."""
    start = Place(source, 1, 1)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        problem = Problem(_place_of(before, len(before), source), _NOT_UTF8)
        return Document(Refused(start), (problem,), is_whole=False)
    hidden = tuple(_hidden_characters(text, source))
    if hidden:
        return Document(Refused(start), hidden, is_whole=False)
    builder = _Builder(source)
    builder.problems.extend(_pasted_keys(text, source))
    is_whole = builder.build(text)
    root = builder.root if is_whole and builder.root else Refused(start)
    return Document(root, tuple(builder.problems), is_whole)


_NOT_UTF8 = "This is not UTF-8 text; save the file as UTF-8."


def _place_of(text: str, index: int, source: str) -> Place:
    line_start = text.rfind("\n", 0, index) + 1
    return Place(source, text.count("\n", 0, index) + 1, index - line_start + 1)


def _places_of(pattern: re.Pattern[str], text: str, source: str) -> Iterator[tuple[Place, str]]:
    """Yield each match with its place, counting lines once over the whole text."""
    line, counted = 1, 0
    for match in pattern.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield Place(source, line, counted - text.rfind("\n", 0, counted)), match.group()


def _hidden_characters(text: str, source: str) -> Iterator[Problem]:
    """Find what a reviewer cannot see: control, bidi and zero-width characters, odd line ends.

    U+2028, U+2029, U+0085 and a bare CR end a comment for YAML parsers but not for most editors.
    """
    bad = "".join(sorted(character for character in set(text) if _is_hidden(character)))
    if not bad:
        return
    found = _places_of(re.compile(f"[{re.escape(bad)}]"), text, source)
    for place, character in islice(found, MOST_PROBLEMS):
        yield Problem(place, _hidden_message(character))


def _is_hidden(character: str) -> bool:
    refused = unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
    noncharacter = ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF  # noqa: PLR2004
    return (refused and character != "\n") or noncharacter


def _hidden_message(character: str) -> str:
    if character == "\t":
        return "There is a tab here; write spaces instead."
    name = unicodedata.name(character, "control character")
    return f"There is a hidden character here (U+{ord(character):04X}, {name}); delete it."


def _pasted_keys(text: str, source: str) -> Iterator[Problem]:
    for place, _ in islice(_places_of(KEY_SHAPE, text, source), MOST_PROBLEMS):
        yield Problem(place, PASTED_KEY)


PASTED_KEY = (
    "This looks like an API key. Take it out, renew it in the panel (whoever can read this file "
    "can use it), and give the new one in the environment: see SANTRAL_KEYS."
)


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    node: Mapping | Refused
    key: Scalar | Refused | None = None
    """The field that waits for its value."""


class _Builder:
    """Builds the tree from events, noting what it refuses on the way."""

    def __init__(self, source: str) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._source = source
        self._open: list[_Open] = []
        self._values = 0
        self._documents = 0

    def build(self, text: str) -> bool:
        """Read the text; return whether its end was reached."""
        import yaml  # noqa: PLC0415

        try:
            with _collector_paused():
                return self._take_all(yaml.parse(text, Loader=parser()))
        except yaml.MarkedYAMLError as error:
            self.problems.append(_syntax_problem(error, self._source))
        except _TooMuchError as error:
            self.problems.append(error.problem)
        return False

    def _take_all(self, events: "Iterator[yaml.Event]") -> bool:
        for event in events:
            self._take(event)
            if len(self.problems) >= MOST_PROBLEMS:
                return False
        return True

    def _take(self, event: Any) -> None:
        match type(event).__name__:
            case "ScalarEvent":
                self._add(self._scalar(event))
            case "MappingStartEvent":
                self._start(event, Mapping(self._place(event)))
            case "SequenceStartEvent":
                self._refuse(event, "There are no lists in this file; write fields as name: value.")
                self._start(event, Refused(self._place(event)))
            case "MappingEndEvent" | "SequenceEndEvent":
                self._add(self._open.pop().node)
            case "AliasEvent":
                self._refuse(event, f"Aliases (*name) are not read; {_INSTEAD}")
                self._add(Refused(self._place(event)))
            case "DocumentStartEvent":
                self._document(event)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            message = "A second document starts here; put it in a file of its own."
            raise _TooMuchError(Problem(self._place(event), message))
        if event.version or event.tags:
            self._refuse(event, DIRECTIVE)

    def _start(self, event: Any, node: Mapping | Refused) -> None:
        if len(self._open) == DEEPEST:
            message = f"This is nested deeper than {DEEPEST} levels; three are needed."
            raise _TooMuchError(Problem(self._place(event), message))
        self._refuse_marks(event)
        self._open.append(_Open(node))

    def _scalar(self, event: Any) -> Scalar:
        self._values += 1
        if self._values > MOST_VALUES:
            message = f"This file has more than {MOST_VALUES} values; split it into several files."
            raise _TooMuchError(Problem(self._place(event), message))
        if event.anchor is not None or event.tag is not None:
            self._refuse_marks(event)
        if event.style or len(event.value) == _BARE_KEY_LENGTH:
            self._check_text(event)
        return Scalar(event.value, self._source, event.start_mark)

    def _check_text(self, event: Any) -> None:
        """Look for what only shows once quotes and escapes are undone."""
        if any(map(_is_hidden, event.value.replace("\n", ""))):
            self._refuse(event, ESCAPE)
        if looks_like_key(event.value):
            self._note_pasted_key(event)

    def _note_pasted_key(self, event: Any) -> None:
        """Note a key, unless it was found already in the text as it stands."""
        line = event.start_mark.line + 1
        if not any(p.message == PASTED_KEY and p.place.line >= line for p in self.problems):
            self._refuse(event, PASTED_KEY)

    def _refuse_marks(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(event, f"Anchors (&name) are not read; {_INSTEAD}")
        if event.tag is not None:
            self._refuse(event, "Tags (!name) are not read; write the value alone.")

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if parent.key is None:
            parent.key = self._field_name(node)
            return
        if type(parent.node) is Mapping and type(parent.key) is Scalar:
            self._set(parent.node, parent.key, node)
        parent.key = None

    def _field_name(self, node: Node) -> Scalar | Refused:
        if type(node) is Scalar and node.text != "<<":
            return node
        if type(node) is Scalar:
            message = "Merge keys (<<) are not read; use defaults for what santrals share."
            self.problems.append(Problem(node.place, message))
        elif type(node) is Mapping:
            self.problems.append(Problem(node.place, "A field's name must be a plain word."))
        return Refused(node.place)

    def _set(self, mapping: Mapping, key: Scalar, value: Node) -> None:
        earlier, _ = mapping.entries.setdefault(key.text, (key, value))
        if earlier is not key:
            first = f"line {earlier.place.line}, column {earlier.place.column}"
            message = f"{shown_name(key.text)} is written twice; the first is at {first}."
            self.problems.append(Problem(key.place, message))

    def _refuse(self, event: Any, message: str) -> None:
        self.problems.append(Problem(self._place(event), message))

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._source, mark.line + 1, mark.column + 1)


_INSTEAD = "write the value out, or use defaults for what santrals share."


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Hold the garbage collector off: it would look at the whole growing tree again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _TooMuchError(Exception):
    """Nothing after this place is worth reading."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


def parser() -> Any:
    """Return PyYAML's parser in C, or the one in Python where the C library is missing."""
    import yaml  # noqa: PLC0415

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def shown_name(name: str) -> str:
    """Return a field's or santral's name for a message; what may be a secret is not quoted."""
    if re.fullmatch(r"[\w.<> -]{1,63}", name) and not looks_like_key(name):
        return f'"{printable(name)}"'
    return "This name"


def looks_like_key(text: str) -> bool:
    """Tell whether a whole value has the shape of an API key, with or without its letter."""
    return bool(KEY_SHAPE.search(text) or _BARE_KEY.fullmatch(text))


_BARE_KEY_LENGTH = 36
_BARE_KEY = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

DIRECTIVE = "Directives (%YAML, %TAG) are not read; delete this line."
ESCAPE = "This quoted text has an escape that is not read; write the character itself."
_SYNTAX = (
    (
        "mapping values are not allowed",
        "A colon cannot stand here; indent the line like its neighbours, or quote the value.",
    ),
    ("cannot start any token", "A value cannot start with this character; put it in quotes."),
    ("could not find expected ':'", "The field before this place has no colon after its name."),
    ("expected ',' or", "A bracket is still open before this place; close it."),
    ("expected <document start>", "Nothing can follow here; is a line before it indented less?"),
    ("incompatible YAML document", DIRECTIVE),
    ("directive", DIRECTIVE),
)


def _syntax_problem(error: "yaml.MarkedYAMLError", source: str) -> Problem:
    """Say in our words what the parser met; the parsers in C and Python word it differently."""
    reason = error.problem or ""
    mark = error.problem_mark
    message = next((ours for theirs, ours in _SYNTAX if theirs in reason), _NOT_YAML)
    if error.context_mark and "quoted scalar" in (error.context or ""):
        mark = error.context_mark
        message = "This quote is never closed." if "end of stream" in reason else ESCAPE
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem(Place(source, line, column), message)


_NOT_YAML = (
    "This is not YAML; look at the indentation, the quotes and the colons at and before this place."
)
