"""Which notification URLs are two spellings of one, so that no change is made between them."""

import pytest
from hypothesis import given
from support.fuzzed.url import urls

from reconciler.core.notification_url import host
from reconciler.core.url_spelling import is_same_url

SAME = [
    ("https://a.example", "https://a.example/"),
    ("https://a.example?b=c", "https://a.example/?b=c"),
    ("https://a.example/b", "https://a.example/b/"),
    ("https://A.Example/b", "https://a.eXAMPLE/b"),
    ("https://a.example:443/b", "https://a.example/b"),
    ("https://a.example:0443/b", "https://a.example/b"),
    ("http://192.0.2.1:80/b", "http://192.0.2.1/b"),
    ("http://[2001:DB8::1]:8080/b", "http://[2001:db8::1]:8080/b/"),
    ("https://a.example/%c3%a7?t=%2f", "https://a.example/%C3%A7?t=%2F"),
    ("https://a.example/%62?%63=%7E", "https://a.example/b?c=~"),
    ("https://a.example/x/../b/./c", "https://a.example/b/c"),
    ("https://a.example/../b", "https://a.example/b"),
    ("https://a.example/%2E%2e/b", "https://a.example/b"),
    ("https://a.example/b/.", "https://a.example/b/"),
    ("https://a.example/b/c/..", "https://a.example/b"),
]
DIFFERENT = [
    ("https://a.example/", None),
    ("https://a.example/", "http://a.example/"),
    ("https://a.example/", "https://b.example/"),
    ("https://a.example/", "https://a.example:8443/"),
    ("https://a.example:80/", "https://a.example/"),
    ("https://a.example/b", "https://a.example/B"),
    ("https://a.example/b//", "https://a.example/b"),
    ("https://a.example//b", "https://a.example/b"),
    ("https://a.example/b%2Fc", "https://a.example/b/c"),
    ("https://a.example/?", "https://a.example/"),
    ("https://a.example/?b=c/", "https://a.example/?b=c"),
    ("https://a.example/?b=C", "https://a.example/?b=c"),
    ("https://a.example/?b=+", "https://a.example/?b=%2B"),
    ("https://a.example/?b=%26", "https://a.example/?b=&"),
    ("https://a.example/?b=/../c", "https://a.example/?b=/c"),
    ("https://a.example/", "https://user@a.example/"),
    ("https://a.example/", "https://a.example/#b"),
    ("https://a.example/\\..\\b", "https://a.example/b"),
    ("https://a.example/", "https://a.example/\n"),
    ("https://a.example/", " https://a.example/"),
    ("https://a.example/", "https://a.example\t/"),
    ("https://a.example/", "HTTPS://a.example/"),
    ("https://a.example/b\n", "https://a.example/b/\n"),
    ("https://a.example./", "https://a.example/"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_are_two_spellings_of_one_url(one: str, other: str) -> None:
    """By RFC 3986, or because one path ends with a slash."""
    assert is_same_url(one, other)
    assert is_same_url(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_these_are_different_urls(one: str, other: str | None) -> None:
    """A server may tell them apart, or one of them may not be a notification URL."""
    assert not is_same_url(one, other)
    assert not is_same_url(other, one)


@given(urls, urls)
def test_no_text_is_too_odd_to_compare_and_no_two_hosts_are_the_same(one: str, other: str) -> None:
    """Whatever the URLs hold: the data of calls never go to another host unnoticed."""
    assert is_same_url(one, one)
    if is_same_url(one, other):
        assert host(one) == host(other)
