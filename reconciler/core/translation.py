"""The catalogue of the language that is spoken: every text for people is looked up here.

English is what is looked up, and has no catalogue. That of Turkish is compiled from the ``.po``
beside it when the program is built. Where it is not there, or cannot be read, English is spoken.
"""

import gettext
from functools import cache
from os import path
from struct import error as CutShortError  # noqa: N812

from reconciler.core.language import ENGLISH

_LOCALE = path.join(path.dirname(path.dirname(__file__)), "locale")  # noqa: PTH118, PTH120 - pathlib is slow to read


class _Spoken:
    """What is spoken in this process."""

    catalogue = gettext.NullTranslations()


def speak(language: str) -> None:
    """Say all that follows in this language."""
    _Spoken.catalogue = catalogue_of(language)


def language() -> str:
    """Return the language that is spoken."""
    return _Spoken.catalogue.info().get("language", ENGLISH)


def translated(text: str) -> str:
    """Return a text in that language; one that is not in its catalogue as it is."""
    return _Spoken.catalogue.gettext(text) if text else ""


def translated_number(one: str, many: str, count: int) -> str:
    """Return what is said of one, or of many, in that language."""
    return _Spoken.catalogue.ngettext(one, many, count)


@cache
def catalogue_of(language: str) -> gettext.NullTranslations:
    """Return a language's catalogue; it takes a few milliseconds to read."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    try:
        with open(path.join(_LOCALE, language, "LC_MESSAGES", "santral.mo"), "rb") as file:  # noqa: PTH118, PTH123
            return gettext.GNUTranslations(file)
    except (OSError, ValueError, CutShortError):
        return gettext.NullTranslations()
