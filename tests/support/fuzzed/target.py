"""What a fuzzer needs to know of a reader: what must hold for any input, and where to start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from hypothesis import strategies as st
from support.places import CASES

FOUND = CASES / "fuzz"
"""What a fuzzer once found: a folder for each target, a file for each finding."""


@dataclass(frozen=True)
class Target:
    """A reader of text by others."""

    check: Callable[[bytes], None]
    """States what holds for any bytes; raises where it does not."""
    seeds: tuple[bytes, ...]
    """Inputs to start from: good ones, and bad ones that somebody thought of."""
    words: tuple[bytes, ...]
    """What inputs are made of, so that chance need not spell it."""
    grown: st.SearchStrategy[bytes]
    """Inputs grown from a grammar, most of them good."""

    @cached_property
    def inputs(self) -> st.SearchStrategy[bytes]:
        """Grown inputs and seeds, with a few words put in, and words in a row."""
        edits = st.lists(
            st.tuples(_THOUSANDTHS, st.integers(0, 9), st.sampled_from(self.words)),
            max_size=4,
        )
        return (
            self.grown
            | st.builds(_edited, self.grown | st.sampled_from(self.seeds), edits)
            | st.lists(st.sampled_from(self.words), max_size=14).map(b"".join)
        )


_THOUSANDTHS = st.just(1_000) | st.integers(0, 999)


def _edited(content: bytes, edits: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Write words over an input, each at so many thousandths of its length."""
    for thousandths, length, word in edits:
        start = len(content) * thousandths // 1000
        content = content[:start] + word + content[start + length :]
    return content


def encoded(texts: Sequence[str]) -> tuple[bytes, ...]:
    """Return texts as the bytes that ``decoded`` reads; half characters are allowed."""
    return tuple(text.encode("utf-8", "surrogatepass") for text in texts)


def decoded(content: bytes) -> str:
    """Return any bytes as text; what is not UTF-8 becomes half characters."""
    try:
        return content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return content.decode("utf-8", "surrogateescape")
