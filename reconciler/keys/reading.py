"""Reading keys: ``name=key`` lines or a JSON object, from a file or a variable."""

import contextlib
import json
import os
import re
import shlex
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reconciler.core.errors import SantralError, system_reason
from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.core.text import printable

MOST_BYTES = 16 * 1024 * 1024
"""Of a keys file; 10,000 of the longest keys with the longest names take a fifth of it."""
SINGLE_KEY = "SANTRAL_KEY_"
"""What the variable of one key begins with; no variable for anything else does."""


class KeyLookupError(SantralError):
    """A key is missing, malformed or given to two santrals; the text never holds it."""

    options: tuple[str, ...] = ("keys_file",)


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
    try:
        with open(keys_file, "rb") as file:  # noqa: PTH123 - also a pipe
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        return _refused(keys_file, system_reason(error))
    reason = why_unreadable(content)
    if reason:
        return _refused(keys_file, reason)
    return read_text(content.decode("utf-8-sig"), printable(keys_file))


def _refused(keys_file: str, reason: Message) -> KeyLookupError:
    if re.search(r"[={\n]", keys_file):
        return KeyLookupError(Message("keys-file-content"))
    return KeyLookupError(_unreadable(keys_file), reason)


def why_unreadable(content: bytes) -> Message | None:
    """Say why there can be no keys in these bytes, whatever they are; None where there can."""
    if len(content) > MOST_BYTES:
        return Message("file-too-large", most=MOST_BYTES // 1024**2)
    if _is_utf_16(content):
        return Message("keys-utf-16")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return Message("keys-not-utf8")
    return None


def _is_utf_16(content: bytes) -> bool:
    """Say whether it has the mark of UTF-16, or most of its characters have a NUL beside them."""
    has_mark = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return has_mark or any(half.count(0) * 2 > len(half) for half in (content[::2], content[1::2]))


_MAY_BE_KEY = re.compile("[!-~]{8}")
"""What may be a key, or hold one, with what was copied along."""


def _unreadable(keys_file: str) -> Message:
    """Say which file cannot be read, without its name where that may be a key, of any shape.

    It is none where something has that name, or where it names something in a folder that exists.
    """
    folder = os.path.dirname(keys_file)  # noqa: PTH120 - no name is too long for it, or odd
    is_in_a_folder = os.path.basename(folder) not in {"", ".", ".."} and os.path.isdir(folder)  # noqa: PTH112, PTH119
    is_file = is_in_a_folder or os.path.exists(keys_file) or not _MAY_BE_KEY.search(keys_file)  # noqa: PTH110
    if is_file:
        return Message("keys-file-unreadable", path=printable(keys_file))
    return Message("keys-file-unnamed")


def exposed(keys_file: str) -> Message | None:
    """Warn of a keys file that other users of this machine may read, as Windows does not tell."""
    with contextlib.suppress(OSError):
        mode = os.stat(keys_file).st_mode  # noqa: PTH116 - also a pipe
        if os.name == "posix" and stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
            shown = printable(keys_file)
            return Message("keys-file-exposed", path=shown, argument=shlex.quote(shown))
    return None


def read_text(content: str, source: str) -> Read:
    """Read ``name=key`` lines (blank ones and # comments aside) or a JSON object of strings.

    ``source`` is what is named in errors.
    """
    content = content.removeprefix("\ufeff")
    if content.lstrip().startswith("{"):
        return _read_json(content, source)
    keys: list[Given] = []
    for number, line in _lines(content):
        name, equals, key = (part.strip() for part in line.partition("="))
        mistake = _mistake(name, key) if name and equals else "keys-line"
        if mistake:
            return KeyLookupError(Message(mistake, line=number), place=source)
        keys.append(Given(name, Key(key), f"{source}:{number}"))
    return keys


def _lines(content: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(content.splitlines(), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield number, stripped


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


def _read_json(content: str, source: str) -> Read:
    try:
        pairs = json.loads(content, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, tuple) or not all(isinstance(key, str) for _, key in pairs):
        return KeyLookupError(Message("keys-json"), place=source)
    if len(dict(pairs)) < len(pairs):
        return KeyLookupError(Message("keys-json-repeated"), place=source)
    return [Given(name, Key(key.strip()), source) for name, key in pairs]
