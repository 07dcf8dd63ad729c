"""What looks like a token in a notification URL.

Only the path and the query are looked at, segment by segment and value by value. One is a token

- by its name: what a query's parameter, or the segment before, calls a token, a key, a password, a
  signature and the like; a key by that word alone or behind one that says for what (``apikey``,
  but not ``monkey``), and ``auth`` only where that is all of the name. After such a segment, a
  short word in lowercase is not one (``/auth/callback``);
- by its length and variety: letters and digits that alternate as no word or number does. From 6
  characters on, three changes between digits, small and capital letters make a token (two in a
  query's value), from 16 on two. A capital that begins a word is not a change, so CamelCase is not
  a token, nor with a year or a version behind its words (``Crm2024Webhook``, ``CrmWebhookV2``).
  These are tokens too: 20 letters and digits in a row other than CamelCase, 16 digits (no phone
  number has as many), 16 hexadecimal digits, a UUID, and six consonants in a row in a word of
  eight;
- by a user part with a password in it, as of a URL within a URL;
- by another URL: what is a token or a password in one URL is a token in every other.

The santral's own name does not count for length and variety, since it stands in the file anyway. A
host's name does not count at all: the DNS knows it.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote

from reconciler.onboarding.imported import Imported
from reconciler.onboarding.templates import own_name

_PASSWORD = re.compile(r"[^:/?#]*://[^/?#@:]*:([^/?#]+)@")
_WITH_PASSWORD = re.compile("[^/@:]:[^/@]+@")
_ADDRESS = re.compile(r"[^:/?#]*://[^/?#]*")
_IN_PATH = re.compile(r"(?P<name>[^/;&=]*)=(?P<value>[^/;&]*)|(?P<alone>[^/;&=]+)")
_IN_QUERY = re.compile(r"(?P<name>[^;&=]*)=(?P<value>[^;&]*)|(?P<alone>[^;&=]+)")

_TELLING_PART = re.compile(
    "token|secret|passw|parola|sifre|anahtar|gizli|imza|signature|credential|hmac|bearer|jwt"
    "|authoriz|authent|nonce|apikey|session"
)
_TELLING_WORD = re.compile(
    "(?:api|access|secret|private|auth|hook|webhook|crm|app|user|client|master|shared|sign)?key"
    "|pass|pwd|pw|psw|pin|otp|sig|sign|hash|access|sid|digest|salt"
)
_TELLING_NAME = "auth"
"""As one word of several it tells nothing: ``authType``."""
_PLAIN_WORD = re.compile("[a-z]{1,15}")
_HUMP = re.compile("[A-Z](?=[a-z]{2})")
_CAMEL_CASE = re.compile(
    "[A-Za-z][a-z]{2,19}(?:[A-Z][a-z]{2,19})*|(?:[A-Z][a-z]{2,19}(?:V?[0-9]{1,4})?)+"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}")
_UNPRONOUNCEABLE = re.compile("(?=[A-Za-z]{8})[A-Za-z]*?[b-df-hj-np-tv-xz]{6}", re.IGNORECASE)
_RUN = re.compile("[0-9A-Za-z]+")
_WORD = re.compile("[0-9A-Za-z_~-]+")
_SHORTEST, _LONG, _LONGEST_WORD = 6, 16, 20
_SHORTEST_ELSEWHERE, _LONGEST_ELSEWHERE = 8, 32
"""Less may stand in another URL by chance; of more this is enough to tell."""
_CHANGES_OF_LONG, _CHANGES_IN_QUERY, _CHANGES_IN_PATH = 2, 2, 3
_MOST_ENCODINGS = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment of a URL's path, or a value (or a name) in its query."""

    start: int
    end: int
    """Where in the URL it stands."""
    text: str
    name: str
    """What it is called: the parameter, or the segment before; empty where nothing names it."""
    is_value: bool
    """Whether it is a value in the query, where a slash and a question mark may stand."""
    is_parameter: bool
    """Whether its name stands before an equals sign."""


def tokens_of(fleet: Iterable[Imported]) -> dict[str, tuple[Piece, ...]]:
    """Return what looks like a token in each santral's URL, by the santral's name.

    A token that is found in one URL is looked for in all others, until nothing more is found.
    """
    urls = {one.name: one.live.notification_url or "" for one in fleet}
    found: dict[str, tuple[Piece, ...]] = {}
    while True:
        known = sightings_of(found)
        more = {name: tuple(_tokens_in(url, name, known)) for name, url in urls.items()}
        if more == found:
            return found
        found = more


def sightings_of(found: Mapping[str, Iterable[Piece]]) -> "Sightings":
    """Return what finds tokens elsewhere: each of them, and each word of one that looks random."""
    pieces = [piece for each in found.values() for piece in each]
    texts = (text for piece in pieces for text in (piece.text, *_random_words(piece)))
    return Sightings(dict.fromkeys(texts))


def _random_words(piece: Piece) -> Iterator[str]:
    for text in (piece.text, _decoded(piece.text)):
        yield from (word for word in _WORD.findall(text) if _looks_random(word, is_value=True))


def _tokens_in(url: str, name: str, known: "Sightings") -> Iterator[Piece]:
    for piece in pieces_of(url):
        if known.are_in(piece.text) or _is_token(piece, name):
            yield piece


def pieces_of(url: str) -> Iterator[Piece]:
    """Yield a URL's password, the segments of its path, and the names and values in its query."""
    password = _PASSWORD.match(url)
    if password:
        yield Piece(*password.span(1), password[1], "password", is_value=False, is_parameter=True)
    address = _ADDRESS.match(url)
    start = address.end() if address else 0
    mark = url.find("?", start)
    end = mark if mark >= 0 else len(url)
    before = ""
    for found in _IN_PATH.finditer(url, start, end):
        yield from _pieces(found, before, is_value=False)
        before = found.group()
    for found in _IN_QUERY.finditer(url, end + 1):
        yield from _pieces(found, "", is_value=True)


def _pieces(found: re.Match[str], before: str, *, is_value: bool) -> Iterator[Piece]:
    if found["name"]:
        yield Piece(*found.span("name"), found["name"], "", is_value=False, is_parameter=False)
    for group, name in (("value", found["name"]), ("alone", before)):
        if found[group]:
            is_parameter = group == "value"
            yield Piece(*found.span(group), found[group], name or "", is_value, is_parameter)


def is_telling(name: str) -> bool:
    """Return whether what bears this name is a token, whatever it looks like."""
    plain = unicodedata.normalize("NFKD", _decoded(name)).encode("ascii", "ignore").decode()
    words = re.split(r"[\W_]+", re.sub("(?<=[a-z])(?=[A-Z])", " ", plain).lower())
    joined = "".join(words)
    is_whole = joined == _TELLING_NAME or bool(_TELLING_PART.search(joined))
    return is_whole or any(map(_TELLING_WORD.fullmatch, words))


def _is_token(piece: Piece, santral: str) -> bool:
    is_named = is_telling(piece.name)
    if piece.is_parameter and is_named:
        return True
    rest = _decoded(own_name(santral).sub("", piece.text))
    if rest and is_named and not _PLAIN_WORD.fullmatch(rest):
        return True
    return bool(_WITH_PASSWORD.search(rest)) or _looks_random(rest, is_value=piece.is_value)


def _decoded(text: str) -> str:
    for _ in range(_MOST_ENCODINGS):
        text = unquote(text)
    return text


def _looks_random(text: str, *, is_value: bool) -> bool:
    runs = _RUN.findall(text)
    length = sum(map(len, runs))
    fewest = _CHANGES_IN_QUERY if is_value else _CHANGES_IN_PATH
    if length >= _LONG:
        fewest = _CHANGES_OF_LONG
    if length >= _SHORTEST and sum(map(_changes, runs)) >= fewest:
        return True
    return bool(_UUID.search(text)) or any(map(_is_odd_run, runs))


def _changes(run: str) -> int:
    """Count the changes between kinds of characters, but for those that words in CamelCase have."""
    if _CAMEL_CASE.fullmatch(run):
        return 0
    words = _HUMP.sub(lambda found: found.group().lower(), run)
    kinds = [(one.isdigit(), one.isupper()) for one in words]
    return sum(one != other for one, other in pairwise(kinds))


def _is_odd_run(run: str) -> bool:
    if len(run) >= _LONGEST_WORD and not _CAMEL_CASE.fullmatch(run):
        return True
    is_hexadecimal = len(run) >= _LONG and re.fullmatch("[0-9A-Fa-f]+", run)
    return bool(is_hexadecimal or _UNPRONOUNCEABLE.match(run))


class Sightings:
    """Finds any of many texts in another, in time linear in that one.

    Of a long one its beginning counts as all of it: else those that begin alike took too long.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Look out for these texts; one of less than eight characters may be there by chance."""
        beginnings = (text[:_LONGEST_ELSEWHERE] for text in texts)
        self._texts = {text for text in beginnings if len(text) >= _SHORTEST_ELSEWHERE}
        self._lengths: Mapping[str, set[int]] = defaultdict(set)
        for text in self._texts:
            self._lengths[text[:_SHORTEST_ELSEWHERE]].add(len(text))

    def are_in(self, text: str) -> bool:
        """Return whether one of them stands in a text."""
        return any(
            text[start : start + length] in self._texts
            for start in range(len(text) - _SHORTEST_ELSEWHERE + 1)
            for length in self._lengths.get(text[start : start + _SHORTEST_ELSEWHERE], ())
        )
