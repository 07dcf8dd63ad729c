"""Notification URLs: which may be written in a file."""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

from reconciler.core import idn
from reconciler.core.messages import Message

LONGEST = 2048
_LONGEST_HOST = 253
HIGHEST_PORT = 65_535
USUAL_PORTS = {"https": 443, "http": 80}
_ASCII_NO_SPACE = re.compile(r"[!-~]+")
_PARTS = re.compile(r"(?P<scheme>[A-Za-z]+)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
"""The host of a URL, as written, and its port."""
_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]+")
_LIKE_IP_ADDRESS = re.compile(r"[0-9A-Fa-f:.\[\]]+")
_WITHOUT_SCHEME = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63})+(?:[:/?]|$)")
_PATH_AND_QUERY = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?\[\]]|%[0-9A-Fa-f]{2})*")


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What is allowed beside what always is."""

    insecure: bool
    local: bool


def url_problem(url: str, *, allow_insecure: bool, allow_local: bool = False) -> Message | None:
    """Return why the URL may not be a notification URL, or None if it may.

    It must be https, ASCII, a DNS name with a dot, optional port, path and query; without a user
    part, fragment, backslash or space; of at most 2048 characters. ``allow_insecure`` permits
    http and IP addresses too, ``allow_local`` a host of one label, such as localhost. The URL
    itself is never in the answer, for it may hold a token.
    """
    return _text_problem(url) or _parts_problem(url, _Allowed(allow_insecure, allow_local))


def too_long(length: int) -> Message:
    """Say that a URL of this length is too long."""
    return Message("url-too-long", count=length, most=LONGEST)


def _text_problem(url: str) -> Message | None:
    if not _ASCII_NO_SPACE.fullmatch(url):
        if _WITHOUT_SCHEME.match(url):
            return Message("url-scheme-missing")
        return _international_host(url) or Message("url-characters")
    if len(url) > LONGEST:
        return too_long(len(url))
    if "\\" in url:
        return Message("url-backslash")
    if "#" in url:
        return Message("url-fragment")
    return None


def _international_host(url: str) -> Message | None:
    """Return how to write a host with Latin letters that are not ASCII, where the URL has one."""
    parts = _PARTS.fullmatch(url)
    match = AUTHORITY.fullmatch(parts["authority"]) if parts else None
    written = idn.encoded(match["host"]) if match else None
    return Message("url-host-unencoded", host=written) if written else None


def _parts_problem(url: str, allowed: _Allowed) -> Message | None:
    parts = _PARTS.fullmatch(url)
    if not parts or parts["scheme"] not in {"https", "http"}:
        return Message("url-scheme-missing" if _WITHOUT_SCHEME.match(url) else "url-scheme")
    if parts["scheme"] == "http" and not allowed.insecure:
        return Message("url-unencrypted")
    return _authority_problem(parts["authority"], allowed) or _rest_problem(parts["rest"])


@lru_cache(256)
def _authority_problem(authority: str, allowed: _Allowed) -> Message | None:
    if "@" in authority:
        return Message("url-user")
    match = AUTHORITY.fullmatch(authority)
    if not match:
        return Message("url-authority")
    if match["port"] and not 0 < int(match["port"]) <= HIGHEST_PORT:
        return Message("url-port", most=HIGHEST_PORT)
    return _host_problem(match["host"], allowed)


def _host_problem(host: str, allowed: _Allowed) -> Message | None:
    if _is_ip_address(host):
        return None if allowed.insecure else Message("url-host-ip")
    labels = host.split(".")
    if len(host) > _LONGEST_HOST or not all(map(idn.LABEL.fullmatch, labels)):
        return Message("url-host-name")
    if len(labels) == 1 and not allowed.local:
        return Message("url-host-dot")
    if re.fullmatch(r"[0-9]+|0[xX][0-9A-Fa-f]*", labels[-1]):
        return Message("url-host-number")
    return next(filter(None, map(idn.label_problem, labels)), None)


def _is_ip_address(host: str) -> bool:
    if not _LIKE_IP_ADDRESS.fullmatch(host):
        return False
    try:
        ipaddress.IPv6Address(host[1:-1]) if host[0] == "[" else ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _rest_problem(rest: str) -> Message | None:
    if _PATH_AND_QUERY.fullmatch(rest):
        return None
    return Message("url-encoding")


def url_warnings(url: str) -> tuple[Message, ...]:
    """Return what a reviewer should know of an allowed URL."""
    parts = _PARTS.fullmatch(url)
    return _warnings(parts["scheme"], parts["authority"]) if parts else ()


@lru_cache(256)
def _warnings(scheme: str, authority: str) -> tuple[Message, ...]:
    found, parts = [], AUTHORITY.fullmatch(authority)
    if scheme == "http":
        found.append(Message("insecure-url-http"))
    if parts and _is_ip_address(parts["host"]):
        found.append(Message("insecure-url-ip"))
    written_out = idn.written_out(parts["host"]) if parts else None
    if parts and written_out:
        found.append(Message("url-host-international", host=parts["host"], name=written_out))
    return tuple(found)


def host(url: str | None) -> str | None:
    """Return the host of a URL in lower case, or None where there is none that all agree on."""
    parts = _PARTS.fullmatch(url or "")
    if not parts or "\\" in parts["authority"]:
        return None
    match = AUTHORITY.fullmatch(parts["authority"].rpartition("@")[2])
    return match["host"].lower() if match and _HOST.fullmatch(match["host"]) else None


def address(url: str) -> tuple[str, int]:
    """Return the host, in lowercase, and the port of a URL that ``url_problem`` allows."""
    parts = _PARTS.fullmatch(url)
    found = AUTHORITY.fullmatch(parts["authority"]) if parts else None
    if not parts or not found:
        raise ValueError
    return found["host"].lower(), int(found["port"] or USUAL_PORTS[parts["scheme"]])
