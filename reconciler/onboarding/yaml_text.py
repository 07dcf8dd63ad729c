"""The YAML of an import, as a person would have written it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from textwrap import wrap

from reconciler.config.rules import UNMANAGED
from reconciler.core.messages import Message, say, text_of
from reconciler.core.settings import FIELDS, SWITCHES, URL_FIELD
from reconciler.core.text import COMMAND_WITHIN, printable, without_commands_within
from reconciler.onboarding.entries import Entry

STEP = "  "
_WIDTH = 80
"""What yamllint takes a line for that is not too long."""
_SCHEMA = "# yaml-language-server: $schema=./schemas/santral.schema.json"
_PLAIN = re.compile(r"\w(?:[^\n]*[^\s:])?")
_NOT_PLAIN = re.compile(rf": | #|{COMMAND_WITHIN.pattern}")
_LIKE_NUMBER = re.compile(r"[0-9][0-9A-Fa-foOxX_.:TtZz+ -]*")
_TYPED = frozenset({"on", "off", "yes", "no", "y", "n", "true", "false", "null"})
_LINES_OF_SHORT = 2

Lines = tuple[str, ...]


def scalar(text: str) -> str:
    """Return a text as YAML; in quotes where it would otherwise be none, or something else.

    What a log's reader takes for a command has an escape in it, as the file may go to stdout.
    """
    is_plain = _PLAIN.fullmatch(text) and not _NOT_PLAIN.search(text)
    is_text = text.lower() not in _TYPED and not _LIKE_NUMBER.fullmatch(text)
    if is_plain and is_text:
        return text
    return without_commands_within(json.dumps(text, ensure_ascii=False))


def file_lines(entries: Sequence[Entry], defaults: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a whole file, without their ends; ``defaults`` is what all entries get."""
    yield from (_SCHEMA, "#", *_comment(say("Imported from what was live. No key belongs here.")))
    yield from _of_decisions(sum(bool(entry.decisions) for entry in entries))
    yield "version: 1"
    if defaults:
        yield from ("", *_comment(say("Merged under every santral, field by field.")))
        yield from ("defaults:", f"{STEP}crm_integration:")
        yield from _settings(defaults, STEP * 2)
    yield from ("", "santrals:")
    yield from joined([entry_lines(entry, defaults, STEP, STEP) for entry in entries])


def _of_decisions(count: int) -> Iterator[str]:
    if count:
        yield from _comment(str(Message("import-decisions", count=count)))


def is_short(block: Lines) -> bool:
    """Say whether an entry has nothing of its own."""
    return len(block) <= _LINES_OF_SHORT


def joined(blocks: Sequence[Lines], *, is_spaced: bool | None = None) -> Iterator[str]:
    """Yield the lines of entries, with a blank one between them.

    Where nothing is said of that: except between two that have nothing of their own.
    """
    for block, following in pairwise((*blocks, ())):
        yield from block
        are_apart = not (is_short(block) and is_short(following))
        if following and (are_apart if is_spaced is None else is_spaced):
            yield ""


def entry_lines(entry: Entry, defaults: Mapping[str, str], indent: str, step: str) -> Lines:
    """Return the lines of one entry, without what the defaults say already."""
    inner = indent + step
    managed = dict.fromkeys(defaults, UNMANAGED) | dict(entry.settings)
    own = {name: value for name, value in managed.items() if defaults.get(name) != value}
    # Right above the line that says unmanaged, where there is one.
    of_url, others = (entry.unmanaged, ()) if URL_FIELD in own else ((), entry.unmanaged)
    return (
        f"{indent}{scalar(entry.name)}:",
        *(f"{inner}{line}" for line in _about(entry)),
        *_of_labels(entry.labels, inner, step),
        *_of_insecure(entry.insecure, inner),
        *_comment_of((*others, *entry.comments), inner),
        f"{inner}crm_integration:{'' if own else ' {}'}",
        *_settings(own, inner + step, of_url),
    )


def _about(entry: Entry) -> Iterator[str]:
    if entry.description:
        yield _field("description", scalar(entry.description))
    if entry.key_name != entry.name:
        yield _field("key", scalar(entry.key_name))


def _of_labels(labels: Sequence[tuple[str, str]], indent: str, step: str) -> Iterator[str]:
    if labels:
        yield f"{indent}labels:"
    for name, value in labels:
        yield f"{indent}{step}{_field(scalar(name), scalar(value))}"


def _of_insecure(why: Sequence[Message], indent: str) -> Iterator[str]:
    if why:
        yield from (*_comment_of(why, indent), f"{indent}{_field('allow_insecure_url', 'true')}")


def _settings(
    settings: Mapping[str, str], indent: str, of_url: Sequence[Message] = ()
) -> Iterator[str]:
    """Yield settings in the order in which the vendor's documentation has them."""
    for name in FIELDS:
        if name in settings:
            yield from _comment_of(of_url if name == URL_FIELD else (), indent)
            value = settings[name]
            yield f"{indent}{_field(name, value if name in SWITCHES else scalar(value))}"


def _field(name: str, value: str) -> str:
    return f"{name}: {value}"


def _comment_of(messages: Sequence[Message], indent: str) -> Iterable[str]:
    return _comment(text_of(messages), indent) if messages else ()


def _comment(text: str, indent: str = "") -> Iterator[str]:
    """Yield a text, which may have parts by others, as lines of a comment."""
    for line in wrap(printable(text), _WIDTH - len(indent) - 2, break_on_hyphens=False):
        yield f"{indent}# {line}"


def in_bytes(lines: Iterable[str], end: str = "\n") -> bytes:
    """Return lines, each with its end, as a file has them."""
    return "".join(chain.from_iterable((line, end) for line in lines)).encode()
