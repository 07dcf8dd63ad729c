"""How any URL is shown: without what any program may take for a secret in it."""

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote

from reconciler.core.notification_url import AUTHORITY
from reconciler.core.text import HIDDEN

_WORD = re.compile(r"[^\s\"'<>]+")


def _hidden(_: str) -> str:
    return HIDDEN


def masked(url: str, hide: Callable[[str], str] = _hidden) -> str:
    """Hide what may be a token: ``https://u:p@h/x?token=abc`` → ``https://***@h/x?token=***``."""
    return "".join(hide(text) if is_secret else text for text, is_secret in _pieces(url) if text)


def secrets_in(url: str) -> tuple[str, ...]:
    """Return what ``masked`` hides: the user part, the values of the query, the fragment."""
    return tuple(text for text, is_secret in _pieces(url) if is_secret and text)


def has_nothing_to_hide(url: str) -> bool:
    """Return whether a URL is one of the most usual form, where ``masked`` hides nothing."""
    return bool(_WITHOUT_SECRET.fullmatch(url))


def masked_and_hidden(url: str) -> tuple[str, tuple[str, ...]]:
    """Return what ``masked`` and ``secrets_in`` do, taking the URL apart once."""
    pieces = [piece for piece in _pieces(url) if piece[0]]
    shown = "".join(HIDDEN if is_secret else text for text, is_secret in pieces)
    return shown, tuple(text for text, is_secret in pieces if is_secret)


def hide_in(text: str, url: str | None = None, hide: Callable[[str], str] = _hidden) -> str:
    """Hide what may be a token in a text by somebody else: of this URL, and of any in the text.

    ``hide`` makes what is shown in the place of each that is in a URL of the text.
    """
    for secret in sorted(filter(_is_telling, secrets_in(url or "")), key=len, reverse=True):
        for written in (secret, quote(secret, safe=""), unquote(secret)):
            text = text.replace(written, HIDDEN)
    return _WORD.sub(lambda found: _masked_where_a_url(found.group(), hide), text)


_HAS_URL = re.compile(r"https?:|[/\\]\0*[/\\]", re.IGNORECASE)
_SHORTEST_SECRET = 4
"""Less may stand in a text by chance."""


def _is_telling(secret: str) -> bool:
    return len(unquote(secret)) >= _SHORTEST_SECRET


def _masked_where_a_url(word: str, hide: Callable[[str], str]) -> str:
    return masked(word, hide) if _HAS_URL.search(_folded(word)) else word


_DELIMITERS = frozenset("@?#&=;:/\\")
_BYTE = "%(?:25)*{}[0-9A-Fa-f]"
_FURTHER = f"(?:{_BYTE.format('[89abAB]')})"
_ENCODED = re.compile(
    f"{_BYTE.format('[0-7]')}|%(?:25)*[uU](?P<number>[0-9A-Fa-f]{{4}})|{_BYTE.format('[cdCD]')}{_FURTHER}"
    f"|{_BYTE.format('[eE]')}{_FURTHER}{{2}}|{_BYTE.format('[fF]')}{_FURTHER}{{3}}"
)
"""One character: in ASCII, as a number, or in bytes of UTF-8, also in more than it needs."""
_PART_OF_ENCODED = frozenset("%uU0123456789abcdefABCDEF")
_BEFORE_AUTHORITY = re.compile(
    r"(?:[^/\\?#@:]*:(?=[/\\\0-\x20])|\s*https?:)?[/\\\0-\x20]*", re.IGNORECASE
)
_WITHOUT_SECRET = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?")
"""In which no program finds a user part, a query or a fragment."""
_MARK = re.compile(r"[?#]\0*")
_FRAGMENT = re.compile(r"#\0*")
_USER_WITHIN = re.compile(r"(?:[/\\]\0*){2}([^/\\]*)@")


def _folded(url: str) -> str:
    """Return a URL with each character that some program may take for a delimiter as that one.

    These are the percent-encoded ones, and those that NFKC turns into one: the full-width forms. It
    stays as long as it was: NUL stands for the rest of what was percent-encoded.
    """
    without_nul = url.replace("\0", "\1")
    folded = without_nul if url.isascii() else "".join(map(_delimiter, without_nul))
    return _decoded(folded) if "%" in folded else folded


def _decoded(url: str) -> str:
    """Fold what is percent-encoded, also where its own percent sign or digits are once more."""
    folded, text, starts = [*url], url, [*range(len(url) + 1)]
    for _ in range(2):
        pieces, places, shown = [], [], 0
        for found in _ENCODED.finditer(text):
            character = _delimiter(_character(found))
            start, end = starts[found.start()], starts[found.end()]
            if character in _DELIMITERS:
                folded[start:end] = character.ljust(end - start, "\0")
            elif character not in _PART_OF_ENCODED:
                continue
            pieces += [text[shown : found.start()], character]
            places += [*starts[shown : found.start()], start]
            shown = found.end()
        text, starts = "".join([*pieces, text[shown:]]), [*places, *starts[shown:]]
    return "".join(folded)


def _character(encoded: re.Match[str]) -> str:
    if encoded["number"]:
        return chr(int(encoded["number"], 16))
    first, *further = (int(byte, 16) for byte in _DIGITS.findall(encoded.group()))
    code = first & (0x3F >> len(further) if further else 0x7F)
    for byte in further:
        code = code << 6 | byte & 0x3F
    return chr(code) if code <= sys.maxunicode else ""


_DIGITS = re.compile("%(?:25)*([0-9A-Fa-f]{2})(?=%|$)")


def _delimiter(character: str) -> str:
    forms = unicodedata.normalize("NFKC", character) if character > "~" else character
    return next((form for form in forms if form in _DELIMITERS), character)


def _pieces(url: str) -> Iterator[tuple[str, bool]]:
    """Split a URL, or anything else that stands for one, into texts and whether each is secret.

    That is what any program, however lenient, may take for the user part, query or fragment.
    """
    if has_nothing_to_hide(url):
        yield url, False
        return
    folded = _folded(url)
    mark = _MARK.search(folded)
    end, after = mark.span() if mark else (len(url), len(url))
    start = 0
    for secret_start, secret_end in _secrets_of_address(url[:end], folded[:end]):
        yield url[start:secret_start], False
        yield url[secret_start:secret_end], True
        start = secret_end
    yield url[start:after], False
    if mark:
        yield from _query_pieces(url[after:], folded[after:], is_fragment=mark.group()[0] == "#")


def _secrets_of_address(address: str, folded: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of the user part, and of one in a URL that stands in the path."""
    start = _BEFORE_AUTHORITY.match(folded).end()  # type: ignore[union-attr]
    slash = address.find("/", start)
    end = slash if slash >= 0 else len(address)
    is_plain = AUTHORITY.fullmatch(folded, start, end)
    at = folded.rfind("@", start, end)
    if at < 0 and not is_plain:
        at = folded.rfind("@", start)  # A slash may be in the password.
    if at >= 0:
        end = max(at, end)
        secret = start, at
    else:
        secret = end if is_plain else folded.find(":", start, end) + 1, end
    if secret[0] < secret[1]:
        yield secret
    yield from (found.span(1) for found in _USER_WITHIN.finditer(folded, end) if found[1])


def _query_pieces(query: str, folded: str, *, is_fragment: bool) -> Iterator[tuple[str, bool]]:
    mark = None if is_fragment else _FRAGMENT.search(folded)
    end, after = mark.span() if mark else (len(query), len(query))
    for pair in re.split("([&;])", "" if is_fragment else query[:end]):
        name, equals, value = pair.partition("=")
        is_named = equals and not _DELIMITERS & set(_folded(name))
        yield (name + equals if is_named else ""), False
        yield (value if is_named else pair), pair not in {"&", ";"}
    yield query[end:after], False
    yield query if is_fragment else query[after:], True
