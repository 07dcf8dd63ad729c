"""Notification URLs: which may be written in a file, and how any URL is shown."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

from reconciler import international
from reconciler.text import HIDDEN

LONGEST = 2048
_LONGEST_HOST = 253
HIGHEST_PORT = 65_535
_ASCII_NO_SPACE = re.compile(r"[!-~]+")
_PARTS = re.compile(r"(?P<scheme>[A-Za-z]+)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]+")
_LIKE_IP_ADDRESS = re.compile(r"[0-9A-Fa-f:.\[\]]+")
_PARTED = re.compile(r"([^?#]*)([?#]?)(.*)", re.DOTALL)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_PATH_AND_QUERY = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?\[\]]|%[0-9A-Fa-f]{2})*")


def fault(url: str, *, allow_insecure: bool) -> str | None:
    """Return why the URL may not be a notification URL, as a whole sentence, or None if it may.

    It must be https, ASCII, a DNS name with a dot, optional port, path and query; without a user
    part, fragment, backslash or space; of at most 2048 characters. ``allow_insecure`` permits
    http and IP addresses too. The URL itself is never in the answer, for it may hold a token.
    """
    return _text_fault(url) or _parts_fault(url, allow_insecure=allow_insecure)


def too_long(length: int) -> str:
    """Say that a URL of this length is too long."""
    return f"It has {length} characters; {LONGEST} are the most."


def _text_fault(url: str) -> str | None:
    if not _ASCII_NO_SPACE.fullmatch(url):
        return (
            "It must be ASCII without spaces and line breaks; percent-encode other characters, and "
            "write such a host as xn--..."
        )
    if len(url) > LONGEST:
        return too_long(len(url))
    if "\\" in url:
        return "It has a backslash, which browsers and servers read differently; write /."
    if "#" in url:
        return "It has a fragment (#...), which is never sent to a server; take it out."
    return None


def _parts_fault(url: str, *, allow_insecure: bool) -> str | None:
    parts = _PARTS.fullmatch(url)
    if not parts or parts["scheme"] not in {"https", "http"}:
        return "It must start with https://, in small letters."
    if parts["scheme"] == "http" and not allow_insecure:
        return "It must start with https://, since call data are personal. " + _ALLOW
    return _authority_fault(parts["authority"], allow_insecure=allow_insecure) or _rest_fault(
        parts["rest"]
    )


_ALLOW = "(For a test system, write allow_insecure_url: true beside crm_integration.)"


def _authority_fault(authority: str, *, allow_insecure: bool) -> str | None:
    if "@" in authority:
        return "It has a user part before @, which hides the real host; take it out."
    match = _AUTHORITY.fullmatch(authority)
    if not match:
        return "Its host or port cannot be read; write them like crm.example.com:8443."
    if match["port"] and not 0 < int(match["port"]) <= HIGHEST_PORT:
        return f"Its port must be from 1 to {HIGHEST_PORT}."
    return _host_fault(match["host"], allow_insecure=allow_insecure)


def _host_fault(host: str, *, allow_insecure: bool) -> str | None:
    if _is_ip_address(host):
        return None if allow_insecure else "Its host is an IP address; write a DNS name. " + _ALLOW
    labels = host.split(".")
    if len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        return "Its host is not a DNS name, which has letters, digits and hyphens between dots."
    if len(labels) == 1:
        return "Its host has no dot; write the full DNS name."
    if re.fullmatch(r"[0-9]+|0[xX][0-9A-Fa-f]*", labels[-1]):
        return "Its host is a number that some programs read as an IP address; write a DNS name."
    return next(filter(None, map(international.fault, labels)), None)


def _is_ip_address(host: str) -> bool:
    if not _LIKE_IP_ADDRESS.fullmatch(host):
        return False
    try:
        ipaddress.IPv6Address(host[1:-1]) if host[0] == "[" else ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _rest_fault(rest: str) -> str | None:
    if _PATH_AND_QUERY.fullmatch(rest):
        return None
    return "Its path or query has a character that must be percent-encoded."


def insecurities(url: str) -> tuple[str, ...]:
    """Return what a reviewer should know of an allowed URL, each as a whole sentence."""
    parts = _PARTS.fullmatch(url)
    authority = _AUTHORITY.fullmatch(parts["authority"]) if parts else None
    found = []
    if parts and parts["scheme"] == "http":
        found.append("notification_url is http: call data travel unencrypted.")
    if authority and _is_ip_address(authority["host"]):
        found.append("notification_url names an IP address, which no certificate vouches for.")
    written_out = international.written_out(authority["host"]) if authority else None
    if authority and written_out:
        found.append(
            f"notification_url names the host {authority['host']}, which stands for {written_out}: "
            "is that the one that is meant?"
        )
    return tuple(found)


def host(url: str | None) -> str | None:
    """Return the host of a URL in lower case, or None where there is none that all agree on."""
    parts = _PARTS.fullmatch(url or "")
    if not parts or "\\" in parts["authority"]:
        return None
    match = _AUTHORITY.fullmatch(parts["authority"].rpartition("@")[2])
    return match["host"].lower() if match and _HOST.fullmatch(match["host"]) else None


def masked(url: str) -> str:
    """Hide what may be a token: ``https://u:p@h/x?token=abc`` → ``https://***@h/x?token=***``."""
    return "".join(HIDDEN if is_secret else text for text, is_secret in _pieces(url))


def secrets_in(url: str) -> tuple[str, ...]:
    """Return what ``masked`` hides: the user part, the values of the query, the fragment."""
    return tuple(text for text, is_secret in _pieces(url) if is_secret)


def hide_in(text: str, url: str | None = None) -> str:
    """Hide what may be a token in a text by somebody else: of this URL, and of any in the text."""
    for secret in sorted(filter(_is_telling, secrets_in(url or "")), key=len, reverse=True):
        for written in (secret, quote(secret, safe=""), unquote(secret)):
            text = text.replace(written, HIDDEN)
    return _URL_WITHIN.sub(lambda found: masked(found.group()), text)


_URL_WITHIN = re.compile(r"[^\s\"'<>]+://[^\s\"'<>]+")
_SHORTEST_SECRET = 4
"""Less may stand in a text by chance."""


def _is_telling(secret: str) -> bool:
    return len(unquote(secret)) >= _SHORTEST_SECRET


def _pieces(url: str) -> Iterator[tuple[str, bool]]:
    """Split a URL, or anything else that stands for one, into texts and whether each is secret."""
    address, query_mark, query = _PARTED.fullmatch(url).groups()  # type: ignore[union-attr]
    scheme, slashes, rest = address.partition("//") if "//" in address else ("", "", address)
    authority, _, _ = rest.partition("/")
    is_plain = "@" not in authority and _AUTHORITY.fullmatch(authority)
    user, at, shown = ("", "", rest) if is_plain else _split_user(rest, authority)
    yield scheme + slashes, False
    if user:
        yield user, True
    yield at + shown + query_mark, False
    yield from _query_pieces(query, is_fragment=query_mark == "#")


def _split_user(rest: str, authority: str) -> tuple[str, str, str]:
    """Part the user from the host; where the host cannot be one, a slash may be in the password."""
    if "@" not in authority:
        return rest.rpartition("@")
    user, at, server = authority.rpartition("@")
    return user, at, server + rest[len(authority) :]


def _query_pieces(query: str, *, is_fragment: bool) -> Iterator[tuple[str, bool]]:
    pairs, fragment_mark, fragment = ("", "", query) if is_fragment else query.partition("#")
    for pair in re.split("([&;])", pairs):
        name, equals, value = pair.partition("=") if "=" in pair else ("", "", pair)
        yield name + equals, False
        if value:
            yield value, value not in "&;"
    yield fragment_mark, False
    if fragment:
        yield fragment, True
