"""Which language the reader wants, and the words of it for when no catalogue can be read.

It is imported before all else, so that it is there when nothing more can be, and imports nothing
that Python has not in itself.
"""

import _locale
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TURKISH, ENGLISH = "tr", "en"
LANGUAGES = (TURKISH, ENGLISH)
OPTION = "--lang"
_VARIABLES = ("SANTRAL_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_FIRST_WORDS = {
    "Interrupted.": "Yarıda kesildi.",
    "No more files can be opened. Lower --parallelism, or raise the limit (ulimit -n).": (
        "Daha fazla dosya açılamıyor. --parallelism değerini düşürün ya da sınırı yükseltin "
        "(ulimit -n)."
    ),
    "The memory is used up. Lower --parallelism, or raise the limit (ulimit -v).": (
        "Bellek doldu. --parallelism değerini düşürün ya da sınırı yükseltin (ulimit -v)."
    ),
    "No more threads can be started. Raise the limit (ulimit -u).": (
        "Daha fazla iş parçacığı başlatılamıyor. Sınırı yükseltin (ulimit -u)."
    ),
}
"""What may have to be said before the catalogue is read; it says the same."""


def chosen(arguments: "Sequence[str]", environment: "Mapping[str, str]") -> str:
    """Return the language: of ``--lang``, wherever it stands, or else of the first variable set.

    Where none is, it is the system's, if that tells. What is neither Turkish nor known is English.
    A wrong ``--lang`` is refused by whoever reads the options; until then it counts for nothing.
    """
    if "_SANTRAL_COMPLETE" in environment:
        arguments = environment.get("COMP_WORDS", "").split()
    asked = [value for value in _asked(arguments) if value in LANGUAGES]
    if asked:
        return asked[-1]
    named = next(filter(None, map(environment.get, _VARIABLES)), None) or _of_system()
    for separator in "_-.@":
        named = named.partition(separator)[0]
    return TURKISH if named.lower() == TURKISH else ENGLISH


def _of_system() -> str:
    """Return the locale that Windows was set to, where nobody sets these variables."""
    known = getattr(_locale, "_getdefaultlocale", None)
    return (known and known()[0]) or ENGLISH


def _asked(arguments: "Sequence[str]") -> "Iterator[str]":
    """Yield each value of ``--lang``."""
    for place, word in enumerate(arguments):
        if word == "--":
            return
        if word == OPTION:
            yield from arguments[place + 1 : place + 2]
        elif word.startswith(f"{OPTION}="):
            yield word.removeprefix(f"{OPTION}=")


def asks_for_a_language_only(arguments: "Sequence[str]") -> bool:
    """Return whether there is nothing in a command line but ``--lang``, and its value."""
    words = iter(arguments)
    for word in words:
        if word == OPTION:
            next(words, None)
        elif not word.startswith(f"{OPTION}="):
            return False
    return True


def first_words(text: str, language: str) -> str:
    """Return a text of which this module has the translation."""
    return _FIRST_WORDS[text] if language == TURKISH else text


def for_stderr(text: str) -> bytes:
    """Return a text as what stderr is takes it, without the stream that Python has for it."""
    return text.encode(os.device_encoding(2) or "utf-8", "replace")
