"""Text by others, made safe to print: nothing hidden, no command, no key."""

import re
import unicodedata

from hypothesis import strategies as st
from support.fleet import OTHER_SHAPE
from support.fuzzed.target import Target, decoded, encoded
from support.places import CASES

from reconciler.core.text import KEY_SHAPE, is_printable, printable

_KEY = "K00000001-1111-2222-3333-444444444444"
_LIMITS = (2_100, 200, 7)
"""Those that the program uses, and one that cuts what the others leave whole."""


_WHOLE_KEY = re.compile(r"K[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OTHER_KEY = re.compile(r"(?<!\w)sk_[a-z_]*[0-9]\w{15,}", re.ASCII)
_CUT_KEY = re.compile(r"(?<![0-9a-z])K[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)
"""Within a word, such a beginning is more likely something else."""


def check(content: bytes) -> None:
    """Print a text, cut at several places."""
    text = decoded(content)
    for limit in _LIMITS:
        shown = printable(text, limit)
        _check_shown(shown)
        assert is_printable(shown)
    if is_printable(text):
        _check_shown(text)
    if not KEY_SHAPE.search(text):
        assert _unescaped(printable(text, limit=10**6)) == text


def _check_shown(shown: str) -> None:
    """Printable ASCII and Latin letters alone, nothing that GitHub's runner obeys, and no key."""
    assert {character for character in set(shown) if not _is_ascii_or_latin(character)} == set()
    assert "##[" not in shown
    assert not shown.lstrip().startswith("::")
    assert not _WHOLE_KEY.search(shown)
    assert not _CUT_KEY.search(shown)
    assert not _OTHER_KEY.search(shown)


def _is_ascii_or_latin(character: str) -> bool:
    return " " <= character <= "~" or unicodedata.name(character, "").startswith("LATIN ")


def _unescaped(shown: str) -> str:
    """Return what was there: an escape stands for one character, and can be told from any other."""
    return shown.encode("latin-1", "backslashreplace").decode("unicode_escape")


_PIECES = (
    "::", ":", "##[", "#", "[", " ", "\xa0", "\r", "\n", "\t", "\\", "\\x3a", "\x1b[31m", "\u3000",
    "\u202e", "\u2028", "ş", "İ", "\u0430", "\uff41", "\U0001f600", "\ud800", "%", "%3D", "-",
    _KEY, _KEY[1:], _KEY[:20], _KEY[20:], _KEY.replace("-", "%2D"), _KEY[:9], "K", "k0", "1111",
    "a" * 2_099, OTHER_SHAPE, OTHER_SHAPE[:9], OTHER_SHAPE[9:], "sk_", "_", "%3Dsk_",
)  # fmt: skip


def _messages() -> tuple[bytes, ...]:
    """Return what the program says of the bad files."""
    return tuple(path.read_bytes() for path in sorted((CASES / "bad").glob("*.expected")))


_ODD = ["####[[", "\u3000::x", "a\\nb", f"Gecersiz anahtar: {_KEY}", "İstanbul Şube"]

TARGET = Target(
    check=check,
    seeds=(*encoded(_ODD), *_messages()),
    words=encoded(_PIECES),
    grown=st.lists(st.sampled_from(_PIECES) | st.characters() | st.text(), max_size=12).map(
        lambda pieces: "".join(pieces).encode("utf-8", "surrogatepass")
    ),
)
