"""Reading keys: ``name=key`` lines or a JSON object, from a file or a variable."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.core.text import printable
from reconciler.keys import text_file
from reconciler.keys.text_file import KeyLookupError, content_lines

SINGLE_KEY = "SANTRAL_KEY_"
"""What the variable of one key begins with; no variable for anything else does."""


class Given(NamedTuple):
    """A key, under its name, and where it was given."""

    name: str
    key: Key
    place: str


Read = Sequence[Given] | KeyLookupError
"""An error is returned, and raised by ``settled``, which has no key among its variables: a raised
error takes along the variables of every function that it passes."""


def settled(sources: Iterable[Read]) -> dict[str, Key]:
    """Return the keys of sources that are taken together, by name.

    Raises KeyLookupError for the first source that cannot be read, and for a name that is given
    twice.
    """
    keys = _together(sources)
    if isinstance(keys, KeyLookupError):
        raise keys
    return keys


def _together(sources: Iterable[Read]) -> dict[str, Key] | KeyLookupError:
    found: dict[str, Given] = {}
    for source in sources:
        if isinstance(source, KeyLookupError):
            return source
        for given in source:
            first = found.setdefault(given.name, given)
            if first is not given:
                places = {"first": first.place, "second": given.place}
                return KeyLookupError(Message("keys-repeated", **places))
    return {name: given.key for name, given in found.items()}


def read_file(keys_file: str) -> Read:
    """Return what a keys file gives, which may be a pipe such as /dev/fd/63."""
    text = text_file.read(keys_file, text_file.KEYS)
    return read_text(text, printable(keys_file)) if isinstance(text, str) else text


def read_text(content: str, source: str) -> Read:
    """Read ``name=key`` lines (blank ones and # comments aside) or a JSON object of strings.

    ``source`` is what is named in errors.
    """
    content = content.removeprefix("\ufeff")
    if content.lstrip().startswith("{"):
        return read_json(content, source)
    keys: list[Given] = []
    for number, line in content_lines(content):
        name, equals, key = (part.strip() for part in line.partition("="))
        mistake = _mistake(name, key) if name and equals else "keys-line"
        if mistake:
            return KeyLookupError(Message(mistake, line=number), place=source)
        keys.append(Given(name, Key(key), f"{source}:{number}"))
    return keys


_WRITTEN_BREAK = re.compile(r"\\[nr][a-z0-9][a-z0-9-]*\s*=")
"""A line break as some forges' forms keep it, and the name behind it."""


def _mistake(name: str, key: str) -> str | None:
    """Return the code of what is wrong with a line on both sides of its =, if anything is."""
    if _WRITTEN_BREAK.search(key):
        return "keys-line-break"
    if re.match(r"export\s", name):
        return "keys-line-export"
    if name.startswith(SINGLE_KEY):
        return "keys-line-variable"
    return "keys-line-quotes" if name[0] in "\"'" else None


def read_json(content: str, source: str) -> Read:
    """Read a JSON object of strings."""
    try:
        pairs = json.loads(content, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, tuple) or not all(isinstance(key, str) for _, key in pairs):
        return KeyLookupError(Message("keys-json"), place=source)
    if len(dict(pairs)) < len(pairs):
        return KeyLookupError(Message("keys-json-repeated"), place=source)
    return [Given(name, Key(key.strip()), source) for name, key in pairs]
