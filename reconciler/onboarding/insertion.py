"""Adding santrals to a file that is there: as text, every byte that was there left as it was."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.config.nodes import Document, Scalar
from reconciler.config.nodes import Mapping as Fields
from reconciler.onboarding.yaml_text import STEP, Lines, in_bytes, is_short, joined

_END_OF_DOCUMENT = re.compile(r"\.\.\.(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a file its santrals end, and how they are written."""

    before: bytes
    after: bytes
    """The file's bytes, cut where new santrals go."""
    end: str
    """What ends its lines."""
    indent: str
    step: str
    """Spaces before the name of a santral, and so many more before its fields."""
    is_spaced: bool | None
    """Whether blank lines stand between its santrals; None where there is only one."""

    def with_santrals(self, blocks: Sequence[Lines]) -> bytes:
        """Return the file with the lines of new santrals."""
        is_spaced = self.is_spaced
        if is_spaced is None:
            is_spaced = not all(map(is_short, blocks))
        is_cut = not self.before.endswith(b"\n")
        first = b"".join(self.end.encode() for is_there in (is_cut, is_spaced) if is_there)
        return (
            self.before
            + first
            + in_bytes(joined(blocks, is_spaced=is_spaced), self.end)
            + self.after
        )


def spot_in(content: bytes, document: Document) -> Spot | None:
    """Return where new santrals go; None where those that are there stand in braces.

    That is behind the last line of the last one, with the comments that are indented as deep as
    its name. The file is one without problems.
    """
    santrals = _child(document.root, "santrals")
    if not isinstance(santrals, Fields) or document.text.startswith(
        "{", _start(santrals, document)
    ):
        return None
    names = [name for name, _ in santrals.entries.values()]
    lines = content.split(b"\n")
    last = names[-1].place.line - 1
    end = _end(lines, last, _limit(document, last, len(lines)), names[-1].place.column - 1)
    before = b"\n".join(lines[:end]) + (b"\n" if end < len(lines) else b"")
    return Spot(
        before,
        content[len(before) :],
        "\r\n" if lines[last].endswith(b"\r") else "\n",
        " " * (names[-1].place.column - 1),
        _step(santrals, names[-1]),
        _is_spaced(lines, names),
    )


def _is_spaced(lines: list[bytes], names: list[Scalar]) -> bool | None:
    """Say whether most santrals but the first have a blank line above them and their comments."""
    spaced = [_is_apart(lines, name.place.line - 1) for name in names[1:]]
    return 2 * sum(spaced) > len(spaced) if spaced else None


def _is_apart(lines: list[bytes], number: int) -> bool:
    while lines[number - 1].lstrip().startswith(b"#"):
        number -= 1
    return not lines[number - 1].strip()


def _child(node: object, name: str) -> object:
    return node.entries[name][1] if isinstance(node, Fields) and name in node.entries else None


def _start(santrals: Fields, document: Document) -> int:
    """Return where in the text the santrals begin."""
    lines = document.text.split("\n")[: santrals.place.line - 1]
    return sum(len(line) + 1 for line in lines) + santrals.place.column - 1


def _step(santrals: Fields, last: Scalar) -> str:
    """Return how much deeper than its name the fields of the last santral are."""
    _, entry = santrals.entries[last.text]
    inner = next(iter(entry.entries.values()))[0] if isinstance(entry, Fields) else last
    deeper = inner.place.column - last.place.column
    return " " * deeper if inner.place.line > last.place.line and deeper > 0 else STEP


def _limit(document: Document, last: int, count: int) -> int:
    """Return the line at which what follows the santrals begins, from 0: a field, or the end."""
    fields = document.root.entries.values() if isinstance(document.root, Fields) else ()
    following = [name.place.line - 1 for name, _ in fields if name.place.line - 1 > last]
    ends = (
        number
        for number, line in enumerate(document.text.split("\n"))
        if number > last and _END_OF_DOCUMENT.match(line)
    )
    return min([count, *following, *ends])


def _end(lines: list[bytes], last: int, limit: int, indent: int) -> int:
    """Return the line behind the santrals, without what no longer belongs to them."""
    end = limit
    while end > last + 1 and _is_beyond(lines[end - 1], indent):
        end -= 1
    return end


def _is_beyond(line: bytes, indent: int) -> bool:
    text = line.removeprefix(codecs.BOM_UTF8).rstrip()
    return not text or (text.lstrip().startswith(b"#") and len(text) - len(text.lstrip()) < indent)
