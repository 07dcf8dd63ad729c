"""The keys of a run: from files, from variables for a fleet, or from one variable for each."""

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.core.fleet import Santral
from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.core.text import printable
from reconciler.keys.reading import SINGLE_KEY, read_file, read_text, settled
from reconciler.keys.secrets import LIKE_SECRETS
from reconciler.keys.text_file import KeyLookupError, exposed

_FLEET_VARIABLES = ("SANTRAL_KEYS", *(f"SANTRAL_KEYS_{number}" for number in range(2, 10)))
"""Taken together, because a forge's secret ends at 48 KB."""
USUAL_FILE = "keys"
"""What the documents and the guided start call the file with keys."""
_RENEWED = "SANTRAL_KEY_RENEWED"
"""What the variable of --key-renewed would be, if that were not one of a key."""
_OF_OPTIONS = {"SANTRAL_KEYS_FILE", "SANTRAL_KEYS_OUT"}
"""The variables of --keys-file and --keys-out, which hold no key."""
_MISTAKEN = re.compile(
    r"SANTRAL_KEYS?|SANTRAL_KEYS?_?(?:FILES?|PATH)|SANTRAL_KEYS_\w{1,63}|SANTRAL_API_KEYS?"
)


def variables_with_secrets(environment: Mapping[str, str]) -> list[str]:
    """Return the variables that hold keys or secrets of URLs, or name a file of them, sorted."""
    return sorted(name for name, value in environment.items() if value and _is_secret(name))


def _is_secret(name: str) -> bool:
    is_key = name.startswith(SINGLE_KEY) or _MISTAKEN.fullmatch(name)
    return bool(is_key or LIKE_SECRETS.fullmatch(name))


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys at hand."""

    file_keys: Mapping[str, Key]
    fleet_keys: Mapping[str, Key]
    single_keys: Mapping[str, Key]
    """By variable; the others are by name."""
    files: tuple[str, ...]
    """The keys files that were read."""
    unread: tuple[str, ...]
    """Variables that look like those for a fleet and are none."""

    @property
    def _sources(self) -> tuple[Mapping[str, Key], ...]:
        return self.file_keys, self.fleet_keys, self.single_keys

    def all(self) -> Iterator[Key]:
        """Yield every key that may be one, whichever santral it is for, or for none."""
        for keys in self._sources:
            yield from (key for key in keys.values() if key.is_well_formed)

    @property
    def size(self) -> int:
        """How many keys there are that may be sent, each counted once."""
        return len({*self.all()})

    def find(self, santral: Santral) -> Key:
        """Return the santral's key; files go before SANTRAL_KEYS, that before SANTRAL_KEY_*.

        Raises KeyLookupError when there is none, or one that cannot be a key.
        """
        name, variable = santral.key_name, variable_of(santral.key_name)
        key = self.file_keys.get(name, self.fleet_keys.get(name, self.single_keys.get(variable)))
        if not any(self._sources):
            raise KeyLookupError(self.none_at_all())
        if key and key.is_empty and key is self.single_keys.get(variable):
            raise KeyLookupError(Message("key-variable-empty", variable=variable))
        if key and key.is_empty:
            raise KeyLookupError(Message("key-line-empty", name=name))
        if not key:
            raise KeyLookupError(Message("key-missing", name=name, variable=variable))
        if not key.is_well_formed:
            raise KeyLookupError(Message(_why_malformed(key), name=name))
        return key

    def none_at_all(self) -> Message:
        """Say that no key was given; the same of each santral, for it is one fact."""
        if not self.files:
            is_here = Path(USUAL_FILE).is_file()
            return Message("keys-none-but-file" if is_here else "keys-none")
        names = ", ".join(map(printable, self.files))
        return Message("keys-none-in-files", count=len(self.files), names=names)

    def by_name(self) -> dict[str, Key]:
        """Return every key that is not empty by its name; of a variable, the one that finds it."""
        of_variables = {_name_of(variable): key for variable, key in self.single_keys.items()}
        keys = {**of_variables, **self.fleet_keys, **self.file_keys}
        return {name: key for name, key in keys.items() if not key.is_empty}

    def unused(self, fleet: Sequence[Santral]) -> dict[str, Key]:
        """Return the keys that no santral goes by, by name or variable."""
        names = {santral.key_name for santral in fleet}
        used = names | {*map(variable_of, names)}
        keys = {**self.single_keys, **self.fleet_keys, **self.file_keys}
        others = {name: key for name, key in keys.items() if name not in used}
        return {
            name: key for name, key in others.items() if not (key.is_empty or key.is_placeholder)
        }

    def warnings(self) -> Iterator[Message]:
        """Yield what is odd about where the keys come from."""
        yield from filter(None, map(exposed, self.files))
        yield from (Message("keys-variable-unread", variable=name) for name in self.unread)


def _why_malformed(key: Key) -> str:
    if key.is_placeholder:
        return "key-placeholder"
    return "key-quoted" if key.is_quoted else "key-malformed"


def variable_of(key_name: str) -> str:
    """Return the environment variable of a key: ``ankara-sube`` → ``SANTRAL_KEY_ANKARA_SUBE``."""
    return f"{SINGLE_KEY}{key_name.upper().replace('-', '_')}"


def _name_of(variable: str) -> str:
    """Return the name of a key by its variable: ``SANTRAL_KEY_ANKARA_SUBE`` → ``ankara-sube``."""
    return variable.removeprefix(SINGLE_KEY).lower().replace("_", "-")


def open_ring(keys_files: Sequence[str], environment: MutableMapping[str, str]) -> KeyRing:
    """Read the keys files that are named, and take the keys out of the environment.

    Nothing that this process starts or loads finds them there afterwards. Raises KeyLookupError.
    """
    if _RENEWED in environment:
        raise KeyLookupError(Message("keys-variable-renewed"))
    single_keys = {
        name: Key(environment.pop(name).strip())
        for name in [*environment]
        if name.startswith(SINGLE_KEY)
    }
    fleet_keys = [read_text(environment.pop(name, ""), name) for name in _FLEET_VARIABLES]
    unread = [
        name
        for name in [*environment]
        if _MISTAKEN.fullmatch(name) and name not in _OF_OPTIONS and environment.pop(name)
    ]
    file_keys = settled(map(read_file, keys_files))
    return KeyRing(
        file_keys, settled(fleet_keys), single_keys, tuple(keys_files), tuple(sorted(unread))
    )


def read_keys_files(keys_files: Iterable[str]) -> dict[str, Key]:
    """Return every well-formed key of these files by its name; raises KeyLookupError."""
    keys = settled(map(read_file, keys_files))
    return {name: key for name, key in keys.items() if key.is_well_formed}


def find_all(ring: KeyRing, fleet: Iterable[Santral]) -> dict[str, Key | KeyLookupError]:
    """Look up the keys of all santrals of the files, by santral name.

    A key that two of them have is an error of both, since nobody could say whose settings it would
    change.
    """
    return without_shared({santral.name: _find(ring, santral) for santral in fleet})


def without_shared(keys: Mapping[str, Key | KeyLookupError]) -> dict[str, Key | KeyLookupError]:
    """Return the same, with an error in place of each key that two santrals have."""
    found = dict(keys)
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
