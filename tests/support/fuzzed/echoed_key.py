"""A server's answer that repeats the key: nothing of it is left, and other text is left alone."""

from hypothesis import strategies as st
from support.fleet import KEYS
from support.fuzzed.target import Target, decoded, encoded
from support.key_search import holds_key

from reconciler.core.key_finder import KeyFinder
from reconciler.core.text import is_printable, printable

_KEY = KEYS["ankara"]
_LOOKOUT = KeyFinder({_KEY: "ankara", KEYS["bursa"]: None})
_TEXT = _KEY.reveal()
_UNLIKE = KEYS["bursa"].reveal()


def check(content: bytes) -> None:
    """Take the key out of a text, and print what is left as the program prints it."""
    text = decoded(content)
    redacted = _LOOKOUT.redact(text, _KEY)
    shown = printable(" ".join(redacted.split()), 200)
    assert not holds_key(redacted, _KEY)
    assert not holds_key(shown, _KEY)
    assert is_printable(shown)
    assert _LOOKOUT.redact(redacted, _KEY) == redacted
    if not set(text) & set(_TEXT):
        assert redacted == text or "%" in text


_SPELLINGS = (
    _TEXT, _TEXT.lower(), _TEXT[:11], _TEXT[11:], _TEXT[5:20], _TEXT[:7], _TEXT[7:14], _TEXT[::-1],
    "".join(f"%{ord(letter):02x}" for letter in _TEXT), _TEXT.replace("-", "%2D"),
    _TEXT.replace("-", "%20-%0A"), "%2520".join(_TEXT), "\n".join(_TEXT), "\u212a" + _TEXT[1:],
    _UNLIKE, "***", " ", "%", "%25", "%20", "%0a", "%c4%b0", "İ", "\u200b", "\xad", "-", "0", "K",
    "1", "444444444444", "Gecersiz anahtar: ",
)  # fmt: skip

TARGET = Target(
    check=check,
    seeds=encoded([f"Gecersiz anahtar: {_TEXT}", *_SPELLINGS[:12], "100 % of İzmir\n\x1b"]),
    words=encoded(_SPELLINGS),
    grown=st.lists(st.sampled_from(_SPELLINGS) | st.text(max_size=3), max_size=9).map(
        lambda pieces: "".join(pieces).encode("utf-8", "surrogatepass")
    ),
)
