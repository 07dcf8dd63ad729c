"""A pipeline for several machines: the one for a single machine, with a few places replaced.

So there is one text to review and to keep up to date, and what shards need stands beside it, in a
file of its own (``templates/*.shards``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import starmap

_WAS, _IS, _END = "---- was", "---- is", "---- end"
_PAIR = re.compile(rf"^{_WAS}\n(.*?)\n{_IS}\n(.*?)\n{_END}$", re.DOTALL | re.MULTILINE)
_TOTAL, _EACH = "<N>", "<1..N>"
"""What stands for the number of shards, and for a list of all of them."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A place of a pipeline, and what comes there where it has shards."""

    was: str
    becomes: str


def replacements(text: str) -> Iterator[Replacement]:
    """Yield what a file of replacements holds."""
    return starmap(Replacement, _PAIR.findall(text))


def divided(pipeline: str, changes: str) -> str:
    """Return a pipeline with its places replaced; raises ValueError.

    Each text that is replaced must be there once, else nobody could say which is meant.
    """
    for one in replacements(changes):
        if pipeline.count(one.was) != 1:
            raise ValueError(one.was)
        pipeline = pipeline.replace(one.was, one.becomes)
    return pipeline


def numbered(pipeline: str, shards: int) -> str:
    """Return a pipeline that says into how many shards a fleet is divided."""
    each = ", ".join(map(str, range(1, shards + 1)))
    return pipeline.replace(_EACH, each).replace(_TOTAL, str(shards))
