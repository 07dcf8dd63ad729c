"""The names of keys that no santral uses: which may be shown, and which may be mistyped ones.

A name may be a key: one that stands before its name, say. It is shown only where it is none.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.core.fleet import Santral
from reconciler.core.key_finder import KeyFinder
from reconciler.core.messages import Message, naming
from reconciler.core.secret import Key
from reconciler.core.text import printable
from reconciler.keys.reading import SINGLE_KEY
from reconciler.keys.ring import variable_of
from reconciler.keys.text_file import KeyLookupError

_LOWER, _UPPER = "a-zçğıöşü", "A-ZÇĞİÖŞÜ"
_WORD = f"(?:[{_LOWER}]{{1,15}}|[{_UPPER}]{{1,15}}|[{_UPPER}][{_LOWER}]{{1,14}}|[0-9]{{1,4}})"
_TELLING = re.compile(rf"(?:{SINGLE_KEY})?{_WORD}(?:[-_]{_WORD}){{0,9}}")
"""Words and short numbers, as no random key is written."""
_AS_KEY = re.compile("[a-z0-9][a-z0-9-]{0,62}")
"""What may be written as ``key`` in the file."""
_SHORTEST_MISTYPED = 4
"""Letters of a name; with fewer, one that was mistyped is another name."""


def is_key_name(name: str) -> bool:
    """Return whether a file may name a key so."""
    return bool(_AS_KEY.fullmatch(name))


def telling(unused: Mapping[str, Key], finder: KeyFinder) -> Sequence[str]:
    """Return the names among those of unused keys that cannot be keys themselves, sorted.

    What stands beside them must be a key then, and no name.
    """
    return sorted(
        name
        for name, key in unused.items()
        if _TELLING.fullmatch(name)
        and key.is_well_formed
        and not key.is_like(_TELLING)
        and not finder.finds(name)
    )


def unused_keys(count: int, names: Sequence[str]) -> Iterator[Message]:
    """Say how many keys no santral uses, with the names that may be shown."""
    if names:
        yield naming("keys-unused", "keys-unused-more", [*map(printable, names)], count=count)
    else:
        yield Message("keys-unused-unnamed", count=count)
    if count > len(names):
        yield Message("keys-unused-hidden", count=count - len(names))


def with_near_names(
    found: Mapping[str, Key | KeyLookupError], fleet: Iterable[Santral], names: Iterable[str]
) -> dict[str, Key | KeyLookupError]:
    """Return the same keys, where each error of a missing one names an unused one like it."""
    near = _Names(names)
    key_names = {santral.name: santral.key_name for santral in fleet}
    return {name: near.named(key, key_names[name], name) for name, key in found.items()}


class _Names:
    """Names of unused keys, to be found by one that is like them; in linear time."""

    def __init__(self, names: Iterable[str]) -> None:
        self._same: dict[str, str] = {}
        self._similar: dict[str, str] = {}
        for name in names:
            folded = _folded(name.removeprefix(SINGLE_KEY))
            self._same.setdefault(folded, name)
            for form in _mistyped(folded):
                self._similar.setdefault(form, name)

    def named(self, key: Key | KeyLookupError, key_name: str, santral: str) -> Key | KeyLookupError:
        """Return a key, or its error with the name that may have been meant, where it is none.

        That is one like the key's, or else like the santral's.
        """
        if isinstance(key, Key) or key.messages[0].code != "key-missing":
            return key
        near = self._near(_folded(key_name)) or self._near(_folded(santral))
        return KeyLookupError(*key.messages, _advice(near, key_name)) if near else key

    def _near(self, folded: str) -> str | None:
        alike = (self._similar.get(form) for form in _mistyped(folded))
        return self._same.get(folded) or next(filter(None, alike), None)


def _advice(near: str, key_name: str) -> Message:
    """Say what to rename, and what to write instead where the file may name such a key."""
    is_variable = near.startswith(SINGLE_KEY)
    wanted = variable_of(key_name) if is_variable else key_name
    key = near.removeprefix(SINGLE_KEY).lower().replace("_", "-") if is_variable else near
    if _AS_KEY.fullmatch(key) and near in {key, variable_of(key)}:
        return Message("key-near-usable", near=near, wanted=wanted, key=key)
    return Message("key-near", near=near, wanted=wanted)


def _folded(name: str) -> str:
    """Return a name without what is easily mistaken: case, hyphens, and the marks of letters."""
    parts = unicodedata.normalize("NFKD", name.replace("ı", "i").lower())
    return "".join(part for part in parts if part.isalnum())


def _mistyped(folded: str) -> Iterator[str]:
    """Yield forms of which two names have one in common that differ by a letter, or by two.

    Digits count: they often are all that tells one santral from another.
    """
    if len(folded) >= _SHORTEST_MISTYPED:
        yield folded
        for at, letter in enumerate(folded):
            if not letter.isdigit():
                yield folded[:at] + folded[at + 1 :]
