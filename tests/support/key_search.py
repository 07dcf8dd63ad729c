"""Looking for keys in whatever the program put out, however they may be written there."""

import html
from base64 import b64encode
from collections.abc import Iterator, Mapping
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
    plains = {"".join(unquote(unquote(each)).split()) for each in (text, html.unescape(text))}
    owners = {p: name for name, key in keys.items() for p in _pieces(key.reveal().lower())}
    encoded = {
        piece: name
        for name, key in keys.items()
        for spelling in _in_base64(key.reveal())
        for piece in _pieces(spelling)
    }
    there = {piece for plain in plains for piece in _pieces(plain.lower())}
    found = {owners[piece] for piece in owners.keys() & there}
    return sorted(found | {encoded[piece] for piece in encoded.keys() & set(_pieces(text))})


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
