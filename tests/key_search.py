"""Looking for a key in whatever the program put out, however it may be written there."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from reconciler.secret import Key

_SHORTEST = 12
"""So many characters of a key in a row count as the key."""


def holds_key(text: str, key: Key) -> bool:
    """Tell whether a piece of the key is in the text: in any case, encoded, or split by space."""
    plain = "".join(unquote(unquote(text)).split()).lower()
    return any(piece in plain for piece in _pieces(key.reveal().lower())) or any(
        encoded in text for encoded in _in_base64(key.reveal())
    )


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
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path.name for path in files if holds_key(path.read_bytes().decode("latin-1"), key)]
