"""Looking for keys in whatever the program put out, however they may be written there."""

import html
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from reconciler.core.secret import Key

_SHORTEST = 12
"""So many characters of a key in a row count as the key."""


def holds_key(text: str, key: Key) -> bool:
    """Tell whether a piece of the key is in the text: in any case, encoded, or split by space."""
    return bool(keys_in(text, {"": key}))


def keys_in(text: str, keys: Mapping[str, Key]) -> list[str]:
    """Return the names of the keys of which a piece is in the text, as ``holds_key`` finds it."""
    plain, encoded = _sought(tuple((name, key.reveal()) for name, key in keys.items()))
    spellings = {"".join(unquote(unquote(each)).split()) for each in (text, html.unescape(text))}
    found = {owner for each in spellings for owner in plain.owners_in(each.lower())}
    return sorted(found | set(encoded.owners_in(text)))


class _Pieces:
    """Pieces of keys, and whose they are."""

    def __init__(self, owners: Mapping[str, str]) -> None:
        self._owners = owners
        characters = "".join(map(re.escape, sorted(set("".join(owners)))))
        self._run = re.compile(rf"[{characters or 'x'}]{{{_SHORTEST},}}")
        """Characters of keys in a row; elsewhere no piece can be."""

    def owners_in(self, text: str) -> Iterator[str]:
        """Yield whose pieces are in a text."""
        for run in set(self._run.findall(text)):
            yield from (self._owners[piece] for piece in _pieces(run) if piece in self._owners)


@cache
def _sought(keys: tuple[tuple[str, str], ...]) -> tuple[_Pieces, _Pieces]:
    """Return the pieces of keys as they are, in lower case, and those of them in base64."""
    plain = {piece: name for name, key in keys for piece in _pieces(key.lower())}
    encoded = {
        piece: name
        for name, key in keys
        for spelling in _in_base64(key)
        for piece in _pieces(spelling)
    }
    return _Pieces(plain), _Pieces(encoded)


def _pieces(text: str) -> Iterator[str]:
    for start in range(len(text) - _SHORTEST + 1):
        yield text[start : start + _SHORTEST]


def _in_base64(text: str) -> Iterator[str]:
    """Yield what base64 makes of the text wherever in a longer one it stands."""
    for offset in range(3):
        encoded = b64encode(b"." * offset + text.encode()).decode("ascii")
        yield encoded[4:-4]


def files_with_key(folder: Path, key: Key) -> list[str]:
    """Return the names of the files under a folder that hold the key."""
    return [name for name, text in texts_under(folder).items() if holds_key(text, key)]


def texts_under(folder: Path) -> dict[str, str]:
    """Return what the files under a folder hold, by name; any bytes make a text."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.name: path.read_bytes().decode("latin-1") for path in files}
