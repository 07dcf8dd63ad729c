"""Notification URLs as files write them: with placeholders, of which secrets are filled in late.

A santral's name and labels are filled in when a file is read. A secret is filled in only for the
requests of a run, so what is shown and kept is the template, never the filled URL.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, takewhile, zip_longest

from reconciler.core.messages import Message
from reconciler.core.text import HIDDEN

_NAME = "name"
_PLACEHOLDER = re.compile(
    r"\{(?P<what>name|labels\.(?P<label>[a-z0-9][a-z0-9-]*)|secret\.(?P<secret>[a-z][a-z0-9_]*))\}"
)
_SECRET = re.compile(r"\{secret\.([a-z][a-z0-9_]*)\}")
SECRET_MENTION = re.compile(r"\{\s*secrets?\s*\.", re.IGNORECASE)
"""What is meant as the placeholder of a secret, well written or not."""
_BRACES = re.compile(r"[{}]")
_BEFORE_PATH = re.compile(r"(?:[^/?#]*//)?[^/?#]*")
_DELIMITERS = "/?&;=#"
_PIECE_OF_PATH = re.compile("[^/?&;#]*[/?&;#]?")
_PIECE_OF_QUERY = re.compile("(?<![^&;#])[^&;=#]*=|[^&;#]*[&;#]?")
"""What a secret may have in it delimits nothing where it stands: base64's slash in a query, say."""
_STAND_IN = "x"
"""What a secret counts as where its value is not known: a character that may stand anywhere."""
_CHARACTER = r"[A-Za-z0-9\-._~!$'()*+,:@=]|%[0-9A-Fa-f]{2}"
_IN_PATH = re.compile(rf"(?:{_CHARACTER})*")
_IN_QUERY = re.compile(rf"(?:{_CHARACTER}|[/?])*")
"""What a secret may be: what one segment of a path, or one value of a query, holds unencoded."""


def template_problem(template: str, santral: str, labels: Mapping[str, str]) -> Message | None:
    """Return why the placeholders of a URL in a file are wrong, or None if they are not."""
    problem, used = _problem_of_all(template)
    if problem:
        return problem
    unknown = next((label for label in used if label not in labels), None)
    if unknown:
        return Message("label-unknown", label=unknown, santral=santral)
    is_open = _SECRET.search(template) and not template.startswith("https://")
    return Message("secret-unencrypted") if is_open else None


@lru_cache(256)
def _problem_of_all(template: str) -> tuple[Message | None, tuple[str, ...]]:
    """Return what is wrong whichever santral it is for, and the labels that it asks for.

    It is kept for the templates looked at last: most of a fleet have that of the defaults.
    """
    if _BRACES.search(_PLACEHOLDER.sub("", template)):
        return Message("placeholder-unknown"), ()
    address = _BEFORE_PATH.match(template)
    in_address = [found["what"] for found in _PLACEHOLDER.finditer(address[0] if address else "")]
    if any(what != _NAME for what in in_address):
        return Message("placeholder-in-host"), ()
    found = _PLACEHOLDER.finditer(template)
    return None, tuple(one["label"] for one in found if one["label"])


def expanded(template: str, name: str, labels: Mapping[str, str]) -> str:
    """Return a template without problems with a santral's name and labels filled in."""

    def value(found: re.Match[str]) -> str:
        if found["secret"]:
            return found[0]
        return labels[found["label"]] if found["label"] else name

    filled = template.replace("{name}", name)  # Nearly all there is, in a tenth of the time.
    return _PLACEHOLDER.sub(value, filled) if "{" in filled else filled


def only_placeholders(text: str) -> str:
    """Return a text with stars for all but its placeholders, which hide nothing."""
    others = _PLACEHOLDER.split(text)[:: _PLACEHOLDER.groups + 1]
    stars = (HIDDEN if other else "" for other in others)
    placeholders = (found[0] for found in _PLACEHOLDER.finditer(text))
    return "".join(chain.from_iterable(zip_longest(stars, placeholders, fillvalue="")))


def placeholder_of(secret: str) -> str:
    """Return what stands in a URL for a secret of this name."""
    return f"{{secret.{secret}}}"


def may_be_in_path(value: str) -> bool:
    """Return whether a secret's value is one segment of a path, and none that means a folder."""
    return bool(_IN_PATH.fullmatch(value)) and value not in {".", ".."}


def may_be_in_query(value: str) -> bool:
    """Return whether a secret's value is one value of a query, as it is sent."""
    return bool(_IN_QUERY.fullmatch(value))


def with_stand_ins(template: str) -> str:
    """Return a template as a URL whose rules can be checked though its secrets are not known."""
    return _SECRET.sub(_STAND_IN, template) if "{" in template else template


@dataclass(frozen=True, slots=True)
class UrlTemplate:
    """A notification URL with placeholders of secrets, and of nothing else."""

    text: str

    @staticmethod
    def of(text: str | None) -> "UrlTemplate | None":
        """Return the template that a URL is; None for one without a secret."""
        return UrlTemplate(text) if text and "{" in text and _SECRET.search(text) else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets, each once, in their order."""
        return tuple(dict.fromkeys(_SECRET.findall(self.text)))

    @property
    def shown(self) -> str:
        """The URL with stars for its secrets."""
        return _SECRET.sub(HIDDEN, self.text)

    @property
    def by_parts(self) -> "UrlTemplate":
        """The template with each part of the path or the query that has a secret hidden entirely.

        What is shown of a live URL depends on nothing smaller. Whoever writes the template would
        else learn, from whether it fits, how the hidden part begins or ends, letter by letter.
        """
        return UrlTemplate("".join(map(_with_secret_alone, _pieces(self.text))))

    def is_in_path(self, secret: str) -> bool:
        """Return whether a secret stands before the query, where some characters would end it."""
        return placeholder_of(secret) in self.text.partition("?")[0]

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the URL with its secrets, given by name."""
        return _SECRET.sub(lambda found: values[found[1]], self.text)

    def values_in(self, url: str) -> tuple[str, ...] | None:
        """Return what stands in a URL where the secrets do; None where it differs otherwise."""
        first, *texts = _SECRET.split(self.text)[::2]
        if not url.startswith(first):
            return None
        values, start = [], len(first)
        for number, text in enumerate(texts, start=1):
            is_last = number == len(texts)
            end = len(url) - len(text) if is_last else url.find(text, start)
            if end < start or not url.startswith(text, end):
                return None
            values.append(url[start:end])
            start = end + len(text)
        return tuple(values) if all(map(self._may_hold, self._order(), values)) else None

    def _order(self) -> list[str]:
        return _SECRET.findall(self.text)

    def _may_hold(self, secret: str, value: str) -> bool:
        form = _IN_PATH if self.is_in_path(secret) else _IN_QUERY
        return bool(form.fullmatch(value))

    def common(self, url: str) -> str:
        """Return of another URL what equals the template's beginning, and stars for the rest.

        Only complete parts of the path and the query count. A part of a value would tell whoever
        writes the template how the hidden one begins, letter by letter.
        """
        pairs = zip(_pieces(url), _pieces(self.text), strict=False)
        same = takewhile(lambda pair: pair[0] == pair[1] and not _BRACES.search(pair[0]), pairs)
        return f"{''.join(piece for piece, _ in same)}{HIDDEN}"


def _pieces(url: str) -> list[str]:
    path, mark, query = url.partition("?")
    pieces = (*_PIECE_OF_PATH.findall(path + mark), *_PIECE_OF_QUERY.findall(query))
    return [piece for piece in pieces if piece]


def _with_secret_alone(piece: str) -> str:
    secret = _SECRET.search(piece)
    end = piece[-1] if piece[-1] in _DELIMITERS else ""
    return f"{secret[0]}{end}" if secret else piece
