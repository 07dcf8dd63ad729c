"""The words for yes and no, whichever language is spoken."""

import re

_YES = ("y", "yes", "e", "evet")
_NO = ("n", "no", "h", "hayir")
_ANSWERS = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}


def answer_of(text: str) -> bool | None:
    """Return whether a text says yes or no, in any letters; None where it says neither."""
    return _ANSWERS.get(_without_capitals(text))


def _without_capitals(text: str) -> str:
    """Return a text in small letters, with one i for Turkish's two: HAYIR is hayir, too."""
    return re.sub("[Iİı]", "i", text).lower()
