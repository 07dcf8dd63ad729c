"""Globs that match nothing, and what may have been meant by them."""

from collections.abc import Collection
from difflib import get_close_matches
from fnmatch import fnmatchcase


def near_glob(pattern: str, texts: Collection[str]) -> str | None:
    """Return what may be meant by a glob that matches none of the texts; None where nobody knows.

    It is a wider glob that matches one, or the text that is most like the pattern.
    """
    wider = (pattern.lower(), f"{pattern}*", f"{pattern.lower()}*", f"*{pattern.lower()}*")
    matching = (glob for glob in wider if pattern and any(fnmatchcase(t, glob) for t in texts))
    return next(matching, None) or next(
        iter(get_close_matches(pattern.rstrip("*"), texts, 1)), None
    )
