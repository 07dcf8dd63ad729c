"""Notification URLs: which may be written, what a reviewer is told of them, and whose host."""

import time

import pytest
from hypothesis import given, settings
from support.fuzzed.url import urls

from reconciler.core.notification_url import host, url_problem, url_warnings
from reconciler.core.url_hiding import masked

NOT_ASCII = (
    "The URL must be ASCII without spaces and line breaks. Percent-encode other characters, and "
    "write an international host as xn--..."
)
BACKSLASH = "The URL has a backslash, which browsers and servers read differently. Write /."
FRAGMENT = "The URL has a fragment (#...), which is never sent to a server. Remove it."
NO_SCHEME = "The URL has no scheme. Write https:// in front of it."
NO_HTTPS = "The URL must start with https://, in lowercase."
USER_PART = "The URL has a user part before @, which hides the real host. Remove it."
UNREADABLE = "The host or the port cannot be read. Write them like crm.example.com:8443."
BAD_PORT = "The port must be from 1 to 65535."
NOT_DNS = "The host is not a DNS name, which has letters, digits and hyphens between dots."
NO_DOT = "The host has no dot. Write the full DNS name."
A_NUMBER = "The host is a number that some programs read as an IP address. Write a DNS name."
BAD_REST = "The path or the query has a character that must be percent-encoded."
ALLOW = "(For a test system, write allow_insecure_url: true beside crm_integration.)"
IS_HTTP = f"The URL must start with https://, because call data are personal. {ALLOW}"
IS_IP = f"The host is an IP address. Write a DNS name. {ALLOW}"

ALLOWED = [
    "https://crm.example.com",
    "https://crm.example.com/",
    "https://crm.example.com?a=b",
    "https://CRM.Example.COM/",
    "https://crm.example.com:1/",
    "https://crm.example.com:65535/",
    "https://crm.example.com:00443/",
    "https://xn--ar-nia6e.example/%C3%A7",
    "https://a.b/:@!$&'()*+,;=[]~-._/?/:@!$&'()*+,;=[]~-._?",
    "https://1.example/",
    "https://0x7f.example/",
    "https://a--b.example/",
    f"https://{'a' * 63}.example/",
    f"https://{'a.' * 126}b/",
    f"https://a.b/{'c' * 2036}",
]

NEVER_ALLOWED = [
    ("", NOT_ASCII),
    (" https://a.b/", NOT_ASCII),
    ("https://a.b/ ", NOT_ASCII),
    ("https://a.b/\n", NOT_ASCII),
    ("https://a.b/\r\n::error::", NOT_ASCII),
    ("https://a.b\t.c/", NOT_ASCII),
    ("https://a.b/\x00", NOT_ASCII),
    ("https://a.b/\x7f", NOT_ASCII),
    ("https://crm.exаmple.com/", NOT_ASCII),  # noqa: RUF001 - a Cyrillic letter
    ("https://a.b/ç", NOT_ASCII),
    ("https://a.b/\ud800", NOT_ASCII),
    (f"https://a.b/{'c' * 2037}", "The URL has 2049 characters; at most 2048 are allowed."),
    ("https://good.example\\@evil.example/", BACKSLASH),
    ("https:\\\\a.b/", BACKSLASH),
    ("https://a.b/#c", FRAGMENT),
    ("https://a.b#@evil.example/", FRAGMENT),
    ("javascript:alert(1)", NO_HTTPS),
    ("javascript://a.b/%0aalert(1)", NO_HTTPS),
    ("ftp://a.b/", NO_HTTPS),
    ("HTTPS://a.b/", NO_HTTPS),
    ("https:/a.b/", NO_HTTPS),
    ("https:a.b/", NO_HTTPS),
    ("//a.b/", NO_HTTPS),
    ("a.b", NO_SCHEME),
    ("https://user@a.b/", USER_PART),
    ("https://user:password@a.b/", USER_PART),
    ("https://a.b:443@evil.example/", USER_PART),
    ("https://@a.b/", USER_PART),
    ("https://a.b:/", UNREADABLE),
    ("https://a.b:https/", UNREADABLE),
    ("https://a.b:-1/", UNREADABLE),
    ("https://a.b:1:2/", UNREADABLE),
    ("https://a.b:000443/", UNREADABLE),
    ("https://[fe80::1%25eth0]/", UNREADABLE),
    ("https://[::1/", UNREADABLE),
    ("https://::1/", UNREADABLE),
    ("https://a.b:0/", BAD_PORT),
    ("https://a.b:00000/", BAD_PORT),
    ("https://a.b:65536/", BAD_PORT),
    ("https://a.b:99999/", BAD_PORT),
    ("https://", NOT_DNS),
    ("https:///a.b/", NOT_DNS),
    ("https://?a=b", NOT_DNS),
    ("https://.a.b/", NOT_DNS),
    ("https://a..b/", NOT_DNS),
    ("https://a.b./", NOT_DNS),
    ("https://-a.b/", NOT_DNS),
    ("https://a-.b/", NOT_DNS),
    ("https://a_b.c/", NOT_DNS),
    ("https://*.b/", NOT_DNS),
    ("https://a%2eb/", NOT_DNS),
    ("https://{name}.b/", NOT_DNS),
    ("https://[127.0.0.1]/", NOT_DNS),
    (f"https://{'a' * 64}.b/", NOT_DNS),
    (f"https://{'a.' * 126}bc/", NOT_DNS),
    ("https://localhost/", NO_DOT),
    ("https://2130706433/", NO_DOT),
    ("https://0x7f000001/", NO_DOT),
    ("https://127.1/", A_NUMBER),
    ("https://0x7f.1/", A_NUMBER),
    ("https://1.0x7f/", A_NUMBER),
    ("https://a.0x/", A_NUMBER),
    ("https://0177.0.0.1/", A_NUMBER),
    ("https://256.256.256.256/", A_NUMBER),
    ("https://1.2.3.4.5/", A_NUMBER),
    ("https://a.b/%", BAD_REST),
    ("https://a.b/%4", BAD_REST),
    ("https://a.b/%zz", BAD_REST),
    ("https://a.b/<c>", BAD_REST),
    ('https://a.b/"', BAD_REST),
    ("https://a.b/?c={name}", BAD_REST),
    ("https://a.b/`id`", BAD_REST),
    ("https://a.b/^|", BAD_REST),
]

INSECURE = [
    ("http://a.b/", IS_HTTP),
    ("http://192.0.2.1/", IS_HTTP),
    ("https://192.0.2.1/", IS_IP),
    ("https://169.254.169.254:80/latest", IS_IP),
    ("https://[::1]/", IS_IP),
    ("https://[2001:DB8::1]:8443/", IS_IP),
    ("https://[::ffff:127.0.0.1]/", IS_IP),
]


# Which URLs may be written.


@pytest.mark.parametrize("url", ALLOWED, ids=lambda url: url[:40])
def test_an_ordinary_https_url_may_be_written(url: str) -> None:
    """Nothing is wrong with it, whether insecure ones are allowed or not."""
    assert url_problem(url, allow_insecure=False) is None
    assert url_problem(url, allow_insecure=True) is None


@pytest.mark.parametrize(("url", "reason"), NEVER_ALLOWED, ids=lambda value: value[:40])
def test_what_programs_may_read_differently_is_never_allowed(url: str, reason: str) -> None:
    """The reason says what to mend, and allow_insecure_url is no way around it."""
    assert str(url_problem(url, allow_insecure=False)) == reason
    assert str(url_problem(url, allow_insecure=True)) == reason


@pytest.mark.parametrize(("url", "reason"), INSECURE, ids=lambda value: value[:40])
def test_http_and_ip_addresses_need_to_be_allowed(url: str, reason: str) -> None:
    """The reason names the field that allows them, which then does."""
    assert str(url_problem(url, allow_insecure=False)) == reason
    assert url_problem(url, allow_insecure=True) is None


IS_HTTP_WARNING = "The notification_url uses http, so call data are sent unencrypted."
IS_IP_WARNING = (
    "The host of the notification_url is an IP address, which no certificate vouches for."
)


@pytest.mark.parametrize(
    ("url", "warnings"),
    [
        ("https://a.b/", ()),
        ("https://a.b/?c=http://192.0.2.1/", ()),
        ("http://a.b/", (IS_HTTP_WARNING,)),
        ("https://192.0.2.1/", (IS_IP_WARNING,)),
        ("https://[2001:db8::1]:8443/", (IS_IP_WARNING,)),
        ("http://192.0.2.1:80/", (IS_HTTP_WARNING, IS_IP_WARNING)),
    ],
)
def test_a_reviewer_is_told_what_is_insecure(url: str, warnings: tuple[str, ...]) -> None:
    """Each insecurity of an allowed URL is a sentence of its own."""
    assert tuple(map(str, url_warnings(url))) == warnings


# What a reviewer sees of it.


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://CRM.Example.com:8443/a", "crm.example.com"),
        ("https://u:p@a.b/", "a.b"),
        ("https://good.example@evil.example/", "evil.example"),
        ("http://192.0.2.1/", "192.0.2.1"),
        ("http://[2001:DB8::1]:80/", "[2001:db8::1]"),
        ("https://localhost?a=b", "localhost"),
        ("https://good.example\\@evil.example/", None),
        ("https://exаmple.com/", None),  # noqa: RUF001 - a Cyrillic letter
        ("https://a b/", None),
        ("https:///", None),
        ("crm.example.com", None),
        ("", None),
        (None, None),
    ],
)
def test_the_host_is_the_one_that_all_programs_see(url: str | None, expected: str | None) -> None:
    """Where programs may differ about the host, none is named."""
    assert host(url) == expected


# What holds for any URL, beside what tests/support/fuzzed/url.py states.

each = settings(max_examples=50, deadline=None, derandomize=True)


@each
@given(urls)
def test_a_reason_quotes_nothing_of_the_url(url: str) -> None:
    """The same reason is given whatever secrets the URL holds."""
    reasons = {reason for _, reason in (*NEVER_ALLOWED, *INSECURE)}
    length = f"The URL has {len(url)} characters; at most 2048 are allowed."
    problem = url_problem(url, allow_insecure=False)

    assert problem is None or str(problem) in {length, *reasons}


@pytest.mark.parametrize(
    "hostile",
    [
        "https://" + "a." * 1_000_000,
        "https://" + "a" * 2_000_000,
        "https://" + "-" * 2_000_000,
        "https://" + ":" * 2_000_000,
        "https://" + "[" * 2_000_000,
        "https://a.b/" + "%41" * 600_000 + "%",
        "https://a.b/?" + "a=b&" * 500_000,
        "https://a.b/?" + "a" * 2_000_000,
        "https://" + "a@" * 1_000_000,
        "/" * 2_000_000,
        "#" * 2_000_000,
        "https://" + "a" * 60 + "_.b/",
    ],
    ids=lambda hostile: hostile[:14],
)
def test_a_hostile_url_takes_no_longer_than_its_length(hostile: str) -> None:
    """Two million characters are done with in seconds, of which quadratic time would take days."""
    started = time.process_time()

    url_problem(hostile, allow_insecure=False)
    url_problem(hostile[:2048], allow_insecure=False)
    host(hostile)
    url_warnings(hostile)
    masked(hostile)

    assert time.process_time() - started < 60
