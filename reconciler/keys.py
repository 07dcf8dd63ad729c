"""Where the keys come from: a file, one environment variable for a fleet, or one for each."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import SantralError
from reconciler.fleet import Santral
from reconciler.secret import Key
from reconciler.text import printable

FLEET_VARIABLE = "SANTRAL_KEYS"
_WELL_FORMED = re.compile(r"[A-Za-z0-9-]{16,128}")


class KeyLookupError(SantralError):
    """A key is missing, malformed or given to two santrals; the text never holds it."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys at hand, by name, and the variables in which single ones may be."""

    file_keys: Mapping[str, str] = field(repr=False)
    fleet_keys: Mapping[str, str] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)

    def find(self, santral: Santral) -> Key:
        """Return the santral's key; the file goes before SANTRAL_KEYS, that before SANTRAL_KEY_*.

        Raises KeyLookupError when there is none, or one that cannot be a key.
        """
        name, variable = santral.key_name, variable_of(santral.key_name)
        text = self.file_keys.get(name, self.fleet_keys.get(name, self.environment.get(variable)))
        if not (text and text.strip()):
            raise KeyLookupError(
                f"There is no key for santral {santral.name}: set {variable}, "
                f'or add "{name}=..." to {FLEET_VARIABLE} or to the --keys-file.'
            )
        if not is_well_formed(text.strip()):
            raise KeyLookupError(
                f"The key of santral {santral.name} ({name}) cannot be an API key: a key has 16 to "
                f"128 letters, digits and hyphens. Was it copied whole, and nothing else with it?"
            )
        return Key(text.strip())


def variable_of(key_name: str) -> str:
    """Return the environment variable of a key: ``ankara-sube`` → ``SANTRAL_KEY_ANKARA_SUBE``."""
    return f"SANTRAL_KEY_{key_name.upper().replace('-', '_')}"


def is_well_formed(key: str) -> bool:
    """Tell whether a text may be sent as a key at all."""
    return bool(_WELL_FORMED.fullmatch(key))


def open_ring(keys_file: str | None, environment: Mapping[str, str]) -> KeyRing:
    """Read the keys file, if one is named, and SANTRAL_KEYS; raises KeyLookupError."""
    file_keys = _parse_file(keys_file) if keys_file else {}
    fleet_keys = _parse(environment.get(FLEET_VARIABLE, ""), FLEET_VARIABLE)
    return KeyRing(file_keys, fleet_keys, environment)


def read_keys_file(keys_file: str) -> dict[str, Key]:
    """Return every well-formed key of a file by its name; raises KeyLookupError."""
    keys = {name: text.strip() for name, text in _parse_file(keys_file).items()}
    return {name: Key(text) for name, text in keys.items() if is_well_formed(text)}


def find_all(
    ring: KeyRing, fleet: Iterable[Santral], wanted: Iterable[Santral]
) -> dict[str, Key | KeyLookupError]:
    """Look up the keys of the wanted santrals, by santral name.

    A key that some other santral of the whole fleet has too is an error of both, since nobody
    could say whose settings it would change.
    """
    found = {santral.name: _find(ring, santral) for santral in fleet}
    owners: dict[Key, list[str]] = {}
    for name, key in found.items():
        if isinstance(key, Key):
            owners.setdefault(key, []).append(name)
    for names in owners.values():
        if len(names) > 1:
            found.update((name, _shared(name, names)) for name in names)
    return {santral.name: found[santral.name] for santral in wanted}


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
    told = ", ".join(others) + (f" and {left_out} more" if left_out else "")
    return KeyLookupError(
        f"Santral {name} was given the same key as {told}; each santral has a key of its own."
    )


def _parse_file(keys_file: str) -> dict[str, str]:
    try:
        content = Path(keys_file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
    else:
        return _parse(content, printable(keys_file))
    if re.search(r"[={\n]", keys_file):
        raise KeyLookupError(
            "--keys-file (SANTRAL_KEYS_FILE) takes the name of a file; its content can be given in "
            f"{FLEET_VARIABLE}."
        )
    raise KeyLookupError(f"The keys file {printable(keys_file)} cannot be read: {reason}.")


def _parse(content: str, source: str) -> dict[str, str]:
    """Read ``name=key`` lines (blank ones and # comments aside) or a JSON object of strings."""
    content = content.removeprefix("\ufeff")
    if content.lstrip().startswith("{"):
        return _parse_json(content, source)
    keys: dict[str, str] = {}
    for number, line in enumerate(content.splitlines(), start=1):
        name, equals, key = (part.strip() for part in line.partition("="))
        if not line.strip() or name.startswith("#"):
            continue
        if not (name and equals):
            raise KeyLookupError(f'{source}: Line {number} is not of the form "name=key".')
        if name in keys:
            raise KeyLookupError(f"{source}: Line {number} names a key that was given before.")
        keys[name] = key
    return keys


def _parse_json(content: str, source: str) -> dict[str, str]:
    try:
        pairs = json.loads(content, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, tuple) or not all(isinstance(key, str) for _, key in pairs):
        raise KeyLookupError(
            f'{source}: It starts like JSON but is not an object of strings: {{"name": "key"}}.'
        )
    if len(dict(pairs)) < len(pairs):
        raise KeyLookupError(f"{source}: A key is given twice under one name.")
    return dict(pairs)
