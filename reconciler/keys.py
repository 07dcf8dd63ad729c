"""Where the keys come from: a file, one environment variable for a fleet, or one for each."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass

from reconciler.core.errors import SantralError, system_reason
from reconciler.core.fleet import Santral
from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.core.text import printable

FLEET_VARIABLE = "SANTRAL_KEYS"
_SINGLE_KEY = "SANTRAL_KEY_"
"""What the variable of one key begins with; no variable for anything else does."""
_MOST_BYTES = 16 * 1024 * 1024
"""Of a keys file; 10,000 of the longest keys with the longest names take a fifth of it."""


class KeyLookupError(SantralError):
    """A key is missing, malformed or given to two santrals; the text never holds it."""

    options: tuple[str, ...] = ("keys_file",)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys at hand."""

    file_keys: Mapping[str, Key]
    fleet_keys: Mapping[str, Key]
    single_keys: Mapping[str, Key]
    """By variable; the others are by name."""

    def all(self) -> Iterator[Key]:
        """Yield every key that may be one, whichever santral it is for, or for none."""
        for keys in (self.file_keys, self.fleet_keys, self.single_keys):
            yield from (key for key in keys.values() if key.is_well_formed)

    def find(self, santral: Santral) -> Key:
        """Return the santral's key; the file goes before SANTRAL_KEYS, that before SANTRAL_KEY_*.

        Raises KeyLookupError when there is none, or one that cannot be a key.
        """
        name, variable = santral.key_name, variable_of(santral.key_name)
        key = self.file_keys.get(name, self.fleet_keys.get(name, self.single_keys.get(variable)))
        if not key or key.is_empty:
            raise KeyLookupError(Message("key-missing", name=name, variable=variable))
        if not key.is_well_formed:
            raise KeyLookupError(Message("key-malformed", name=name))
        return key

    @property
    def size(self) -> int:
        """How many keys there are that may be sent, each counted once."""
        sources = (self.file_keys, self.fleet_keys, self.single_keys)
        return len({key for keys in sources for key in keys.values() if key.is_well_formed})


def variable_of(key_name: str) -> str:
    """Return the environment variable of a key: ``ankara-sube`` → ``SANTRAL_KEY_ANKARA_SUBE``."""
    return f"{_SINGLE_KEY}{key_name.upper().replace('-', '_')}"


def open_ring(keys_file: str | None, environment: MutableMapping[str, str]) -> KeyRing:
    """Read the keys file, if one is named, and take the keys out of the environment.

    Nothing that this process starts or loads finds them there afterwards. Raises KeyLookupError.
    """
    single_keys = {
        name: _wrapped(environment.pop(name))
        for name in [*environment]
        if name.startswith(_SINGLE_KEY)
    }
    fleet_keys = _parse(environment.pop(FLEET_VARIABLE, ""), FLEET_VARIABLE)
    file_keys = _parse_file(keys_file) if keys_file else {}
    return KeyRing(_settled(file_keys), _settled(fleet_keys), single_keys)


def read_keys_file(keys_file: str) -> dict[str, Key]:
    """Return every well-formed key of a file by its name; raises KeyLookupError."""
    keys = _settled(_parse_file(keys_file))
    return {name: key for name, key in keys.items() if key.is_well_formed}


def find_all(ring: KeyRing, fleet: Iterable[Santral]) -> dict[str, Key | KeyLookupError]:
    """Look up the keys of all santrals of the files, by santral name.

    A key that two of them have is an error of both, since nobody could say whose settings it would
    change.
    """
    found = {santral.name: _find(ring, santral) for santral in fleet}
    owners: dict[Key, list[str]] = {}
    for name, key in found.items():
        if isinstance(key, Key):
            owners.setdefault(key, []).append(name)
    for names in owners.values():
        if len(names) > 1:
            found.update((name, _shared(name, names)) for name in names)
    return found


def _find(ring: KeyRing, santral: Santral) -> Key | KeyLookupError:
    try:
        return ring.find(santral)
    except KeyLookupError as error:
        return error


_MOST_OTHERS = 3
"""Of those with the same key; a fleet that was given one key must not list itself once for each."""


def _shared(name: str, names: list[str]) -> KeyLookupError:
    others = [other for other in names[: _MOST_OTHERS + 1] if other != name][:_MOST_OTHERS]
    left_out = len(names) - 1 - len(others)
    shown = ", ".join(others)
    if left_out:
        return KeyLookupError(Message("key-given-to-many", names=shown, count=left_out))
    return KeyLookupError(Message("key-given-twice", names=shown))


_Parsed = dict[str, Key] | KeyLookupError
"""An error is returned, and raised by ``_settled``, which has no key among its variables: a raised
error takes along the variables of every function that it passes."""


def _settled(parsed: _Parsed) -> dict[str, Key]:
    if isinstance(parsed, KeyLookupError):
        raise parsed
    return parsed


def _wrapped(text: str) -> Key:
    return Key(text.strip())


def _parse_file(keys_file: str) -> _Parsed:
    try:
        with open(keys_file, "rb") as file:  # noqa: PTH123 - also a pipe such as /dev/fd/63
            content = file.read(_MOST_BYTES + 1)
        text = content[:_MOST_BYTES].decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else Message("keys-not-utf8")
    else:
        if len(content) <= _MOST_BYTES:
            return _parse(text, printable(keys_file))
        reason = Message("file-too-large", most=_MOST_BYTES // 1024**2)
    if re.search(r"[={\n]", keys_file):
        return KeyLookupError(Message("keys-file-content"))
    return KeyLookupError(_unreadable(keys_file), reason)


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


def _parse(content: str, source: str) -> _Parsed:
    """Read ``name=key`` lines (blank ones and # comments aside) or a JSON object of strings."""
    content = content.removeprefix("\ufeff")
    if content.lstrip().startswith("{"):
        return _parse_json(content, source)
    keys: dict[str, Key] = {}
    for number, line in enumerate(content.splitlines(), start=1):
        name, equals, key = (part.strip() for part in line.partition("="))
        if not line.strip() or name.startswith("#"):
            continue
        if not (name and equals):
            return KeyLookupError(Message("keys-line", line=number), place=source)
        if name in keys:
            return KeyLookupError(Message("keys-repeated", line=number), place=source)
        keys[name] = Key(key)
    return keys


def _parse_json(content: str, source: str) -> _Parsed:
    try:
        pairs = json.loads(content, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, tuple) or not all(isinstance(key, str) for _, key in pairs):
        return KeyLookupError(Message("keys-json"), place=source)
    if len(dict(pairs)) < len(pairs):
        return KeyLookupError(Message("keys-json-repeated"), place=source)
    return {name: _wrapped(key) for name, key in pairs}
