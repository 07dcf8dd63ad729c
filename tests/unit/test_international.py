"""Hosts in letters beyond ASCII: which are allowed, and how a reviewer is told what they are."""

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from reconciler.core.notification_url import url_problem, url_warnings
from reconciler.core.text import printable

NO_NAME = "Part of the host begins with xn-- but does not stand for any name. Correct it."


def label(letters: str) -> str:
    """Return the label that stands for these letters."""
    return f"xn--{letters.encode('punycode').decode('ascii')}"


def fault_of(name: str) -> str | None:
    """Return what is wrong with a host."""
    problem = url_problem(f"https://{name}.example/x", allow_insecure=False)
    return str(problem) if problem else None


@pytest.mark.parametrize(
    ("letters", "written_out"),
    [
        ("şirket", r"\u015firket"),
        ("çağrı-merkezi", r"\xe7a\u011fr\u0131-merkezi"),
        ("ığüşöç", r"\u0131\u011f\xfc\u015f\xf6\xe7"),
        ("example\u0131", r"example\u0131"),
    ],
)
def test_latin_letters_are_allowed_and_written_out(letters: str, written_out: str) -> None:
    """A Turkish company has a Turkish name; that it is this one is for the reviewer to see."""
    name = f"crm.{label(letters)}"
    assert fault_of(name) is None
    assert [str(warning) for warning in url_warnings(f"https://{name}.example/")] == [
        f"The host of the notification_url, {name}.example, stands for "
        f"crm.{letters}.example (crm.{written_out}.example). Check that it is the one you mean."
    ]


@pytest.mark.parametrize(
    ("letters", "written_out"),
    [
        ("\u0430nkara", r"\u0430nkara"),
        ("\u03b1nkara", r"\u03b1nkara"),
        ("\u4f8b\u3048", r"\u4f8b\u3048"),
        ("\u0645\u062b\u0627\u0644", r"\u0645\u062b\u0627\u0644"),
        ("a\u200bnkara", r"a\u200bnkara"),
        ("crm\u2215x", r"crm\u2215x"),
        ("\U0001f600", r"\U0001f600"),
    ],
    ids=ascii,
)
def test_other_letters_are_refused(letters: str, written_out: str) -> None:
    """They can look like Latin ones, like a slash, or like nothing."""
    assert fault_of(label(letters)) == (
        f'Part of the host stands for "{written_out}", with letters that are not Latin but may '
        "look like it. Write a host without them."
    )


@pytest.mark.parametrize(
    "name",
    [
        "xn--example",
        "xn--99999999",
        label("ŞIRKET"),
        label("ﬁrma"),
        label("\uff41nkara"),
        label("a\u0307nkara"),
        label("ankara\u2024x"),
    ],
)
def test_what_is_not_the_one_way_to_write_a_name_is_refused(name: str) -> None:
    """Nothing, capitals, ligatures, full width, parts of letters: each program reads its own."""
    assert fault_of(name) == NO_NAME


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.from_regex(r"xn--[a-z0-9-]{0,58}[a-z0-9]", fullmatch=True))
@example("xn--0")
@example("xn--a-0ya")
def test_any_label_is_answered_in_latin_letters(name: str) -> None:
    """Whatever it decodes to, or does not: half a character, say."""
    url = f"https://{name}.example/"
    told = [fault_of(name) or "", *map(str, url_warnings(url))]
    plain = [text.replace("\\", "") for text in told]
    assert [printable(text) for text in plain] == plain


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12))
def test_only_latin_letters_get_through(letters: str) -> None:
    """What is allowed stands for small Latin letters, digits and hyphens."""
    assume(not letters.isascii())
    name = label(letters)
    if fault_of(name) is None:
        assert letters == letters.lower()
        assert all(c.isascii() or c.isalpha() for c in letters)
