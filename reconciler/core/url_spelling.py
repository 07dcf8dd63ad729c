"""Two spellings of one notification URL: servers store a URL their own way, such as with a "/"."""

import re
import string
from urllib.parse import unquote

from reconciler.core.notification_url import USUAL_PORTS, url_problem

_URL = re.compile(r"(https?)://([^/?:\[]+|\[[^]]*\])(?::([0-9]+))?([^?]*)(.*)")
_ENCODED = re.compile("%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")


def is_same_url(one: str | None, other: str | None) -> bool:
    """Return whether two URLs are equal, or two spellings of one.

    They are where RFC 3986, section 6.2, normalises both to the same: the case of the host and of
    percent-encodings, a character that needs no encoding, dots in the path, the usual port; or
    where one ends its path with a slash and the other does not. What may not be a notification URL
    at all equals only itself, since nobody knows how a program would read it.
    """
    if one == other:
        return True
    if one is None or other is None:
        return False
    same = _normalised(one)
    return same is not None and same == _normalised(other) and _is_plain(one) and _is_plain(other)


def _is_plain(url: str) -> bool:
    return url_problem(url, allow_insecure=True) is None


def _normalised(url: str) -> tuple[str, ...] | None:
    """Return the parts that two spellings have in common; None for what is no URL at all."""
    found = _URL.fullmatch(url)
    if not found:
        return None
    scheme, host, port, path, query = found.groups()
    number = port.lstrip("0") if port else str(USUAL_PORTS[scheme])
    return scheme, host.lower(), number, _plain_path(_decoded(path)), _decoded(query)


def _decoded(text: str) -> str:
    """Decode what needs no encoding, and write other encodings in upper case."""
    if "%" not in text:
        return text
    return _ENCODED.sub(lambda found: _one_decoded(found.group()), text)


def _one_decoded(encoded: str) -> str:
    character = unquote(encoded)
    return character if character in _UNRESERVED else encoded.upper()


def _plain_path(path: str) -> str:
    """Return an absolute path without its dots, and without a slash at its end."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept).removesuffix("/")
