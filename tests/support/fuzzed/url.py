"""A notification URL: one host for every program, and nothing shown that may be a token."""

import re
from urllib.parse import urlsplit

import requests
from hypothesis import strategies as st
from support.fuzzed.target import Target, decoded, encoded
from support.places import CASES
from urllib3.util import parse_url

from reconciler.core.notification_url import LONGEST, host, url_problem, url_warnings
from reconciler.core.text import HIDDEN, is_printable
from reconciler.core.url_hiding import masked, secrets_in
from reconciler.schemas import Schema, inlined


def check(content: bytes) -> None:
    """Judge a URL, and show it."""
    url = decoded(content)
    _check_mask(url.replace("*", "+"))
    host(url)
    strictly, loosely = (url_problem(url, allow_insecure=allowed) for allowed in (False, True))
    assert all(map(is_printable, map(str, filter(None, (strictly, loosely)))))
    assert strictly or not loosely
    if not loosely:
        _check_allowed(url)


def _check_allowed(url: str) -> None:
    """Expect all programs to see the same host and port, and an editor to mark nothing."""
    shown = host(url) or ""
    sent = requests.Request("POST", url).prepare().url or ""
    assert shown
    assert urlsplit(url).hostname == shown.strip("[]")
    assert [parse_url(each).host for each in (url, sent)] == [shown, shown]
    assert urlsplit(url).port == parse_url(url).port == parse_url(sent).port
    assert re.search(_SCHEMA["pattern"], url)
    assert len(url) <= min(LONGEST, _SCHEMA["maxLength"])
    insecure = [told for told in url_warnings(url) if told.code != "url-host-international"]
    assert bool(insecure) == bool(url_problem(url, allow_insecure=False))


_SCHEMA = inlined(Schema.SANTRAL)["properties"]["defaults"]["properties"]["crm_integration"][
    "properties"
]["notification_url"]


def _check_mask(url: str) -> None:
    """Masking changes nothing but the secrets, and shows one only where it stands openly too.

    The URL has no star of its own, so that each one stands for a secret.
    """
    shown, secrets = masked(url), secrets_in(url)
    in_the_open = [text for text in shown.split(HIDDEN) if text]
    _check_shown(shown)
    for secret in secrets:
        assert secret not in shown or any(secret in text for text in in_the_open) or len(secret) < 4
    rebuilt = shown
    for secret in secrets:
        rebuilt = rebuilt.replace(HIDDEN, secret, 1)
    assert rebuilt == url


def _check_shown(shown: str) -> None:
    """Expect stars for the user part, for each value of the query, and for the fragment."""
    before, *marked = _FRAGMENT_MARK.split(shown, maxsplit=1)
    address, _, query = before.partition("?")
    values = {pair.partition("=")[2] if "=" in pair else pair for pair in re.split("[&;]", query)}
    users = re.findall(r"^[a-z]*://[\0-\x20]*([^/]*)@", address)
    assert {*marked, *values, *users} <= {"", HIDDEN}


def _encoded_as(text: str) -> str:
    """Return a pattern of a text any part of which may be percent-encoded once more."""
    return "".join(f"(?:{each}|%{ord(each):02x})" for each in text)


_PERCENT = f"%(?:{_encoded_as('25')})*"
_IN_BYTES = ("23", "c0a3", "e080a3", "f08080a3", "efbc83", "f08fbc83", "efb99f", "f08fb99f")
"""The number sign, and those like it, in UTF-8, also in more bytes than needed."""
_FORMS = [
    *(
        "".join(_PERCENT + _encoded_as(byte) for byte in re.findall("..", form))
        for form in _IN_BYTES
    ),
    *(_PERCENT + _encoded_as(f"u{number}") for number in ("0023", "ff03", "fe5f")),
]
_FRAGMENT_MARK = re.compile("|".join(["#|\uff03|\ufe5f", *_FORMS]), re.IGNORECASE)
"""Every form of it that some program may take for one; the mark itself may be shown."""


# What URLs are made of.

texts = st.text(
    st.sampled_from("aZ09.-_~:/?#[]@!$&'()+,;=%\\ \n{}<>\"`^|çа\u202e") | st.characters()
)
_LABELS = st.from_regex(r"[A-Za-z0-9-]{1,9}|0x[0-9a-f]{0,4}", fullmatch=True)
_HOSTS = st.lists(_LABELS, min_size=1, max_size=5).map(".".join) | st.ip_addresses().map(str)
urls = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["https://", "https://", "https://", "http://", "https:/", "//", ""]),
    st.sampled_from(["", "", "", "user@", "user:pass@", "a.b\\@"]) | texts,
    _HOSTS | _HOSTS.map("[{}]".format) | texts,
    st.sampled_from(["", "", ":443", ":0", ":99999", ":"]),
    st.sampled_from(["", "/", "?", "#"]).flatmap(lambda start: texts.map(start.__add__)),
)
"""Any URL, right or wrong."""
_WORDS = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,7}[A-Za-z0-9])?", fullmatch=True)
_PLAIN = st.builds(
    "{}://{}.{}{}{}".format,
    st.sampled_from(["https", "http"]),
    _WORDS,
    _WORDS | st.from_regex("[a-z]?[_%!*~][a-z0-9]{0,2}|(xn|Xn)--[a-z0-9-]{0,9}", fullmatch=True),
    st.sampled_from(["", ":1", ":65535", ":00443"]),
    st.from_regex(r"([/?]([A-Za-z0-9\-._~!$&'()*+,;=:@/?\[\]]|%[0-9A-Fa-f]{2})*)?", fullmatch=True),
)
"""URLs that may be written, but for the host of some."""


def _written() -> tuple[bytes, ...]:
    """Return the URLs in the cases."""
    files = (path.read_bytes() for path in sorted(CASES.glob("*/*.yaml")))
    found = {
        each
        for file in files
        for each in re.findall(rb"notification_url: *['\"]?([^\s'\"}]+)", file)
    }
    return tuple(sorted(found))


_PIECES = [
    "https://", "http://", "://", "//", "/", "\\", "@", ":", "?", "#", "&", ";", "=", "[", "]", ".",
    "-", "%41", "%2e", "%25", "%00", "%", "xn--", "xn--ar-nia6e", "127.0.0.1", "[::1]", "0x7f",
    "[::ffff:1.2.3.4]", "017700000001", ":443", ":00443", ":65536", "user:pass@", "a.b", "**",
    "token=secret", "{name}", "\n", "\t", " ", "\r", "\x00", "\u3002", "\uff0e", "\xad", "\u212a",
    "\xdf", "\ud800", "..;", "a" * 63, "a." * 126, "a" * 2_036,
    "\uff20", "\uff1f", "\uff03", "\uff1a", "\uff0f", "\u2048", "%40", "%3F", "%23", "%2540",
    "%EF%BC%9F", "%EF%BC%83", "%25EF%25BC%2583", "%C0%A3", "%uFF03", "%25%32%33", "%%32%33",
    "%E2%81%88",
    "xn--k00000001-1111-2222-3333-444444444444-8k3a",
]  # fmt: skip
_ODD = [
    "https://u:p@a.b:1/@c",
    "https://a.b/?t=1#u=2",
    "https://u:pass@host/?pass=pass",
    "//u@a.b",
    "https://good.example\\@a.b/",
    "https://[2001:db8::1]:8443/",
    "https://a.b/\n",
    "https:///u:p@a.b/",
    "https://u:p\uff20a.b/\uff1ft=1\uff06u=2",
    "?\uff03",
    "https://a.b/?t%23u",
]

TARGET = Target(
    check=check,
    seeds=(*_written(), *encoded(_ODD)),
    words=encoded(_PIECES),
    grown=(urls | _PLAIN).map(lambda url: url.encode("utf-8", "surrogatepass")),
)
