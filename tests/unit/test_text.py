"""Text by others is made safe to print, and a key cannot be printed by accident."""

import copy
import hmac
import json
import logging
import pickle
import pprint
import traceback
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from support.fleet import KEYS, OTHER_SHAPE
from support.key_search import holds_key

from reconciler.core.key_finder import KeyFinder
from reconciler.core.secret import Key, contains_key
from reconciler.core.text import is_printable, printable

KEY = KEYS["ankara"].reveal()
NOBODY_ELSE = KeyFinder({})
BASE64 = b64encode(KEY.encode()).decode()


# What others wrote.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]8;;https://evil.example\x07link\x1b]8;;\x07", r"\x1b]8;;https://evil.example\x07link\x1b]8;;\x07"),
        ("a\rb", r"a\rb"),
        ("a\nb", r"a\nb"),
        ("a\tb", r"a\tb"),
        ("a\bb", r"a\x08b"),
        ("a\x00b\x7fc", r"a\x00b\x7fc"),
        ("\x9b31m", r"\x9b31m"),
        ("\u202eno", r"\u202eno"),
        ("\u2066a\u2069", r"\u2066a\u2069"),
        ("a\u200bb\u200dc", r"a\u200bb\u200dc"),
        ("a\u00a0b", r"a\xa0b"),
        ("a\u00adb", r"a\xadb"),
        ("\ufeffa", r"\ufeffa"),
        ("a\u2028b\u2029c\u0085d", r"a\u2028b\u2029c\x85d"),
        ("\U000e0041\U000e0042", r"\U000e0041\U000e0042"),
        ("\ud800a\udfff", r"\ud800a\udfff"),
        ("\ufe0f\u3164\u2800", r"\ufe0f\u3164\u2800"),
        ("аnkara", r"\u0430nkara"),  # noqa: RUF001 - Cyrillic
        ("αnkara", r"\u03b1nkara"),  # noqa: RUF001 - Greek
        ("ａｎｋ", r"\uff41\uff4e\uff4b"),  # noqa: RUF001 - full width
        ("I\u0307zmir", r"I\u0307zmir"),
        ("😀", r"\U0001f600"),
        ("\U00017000", r"\U00017000"),
        ("a\\nb", r"a\\nb"),
    ],
)  # fmt: skip
def test_what_is_not_seen_for_what_it_is_becomes_an_escape(text: str, shown: str) -> None:
    """Controls, hidden characters and letters of other scripts are written out."""
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text",
    ["", "Genel merkez", "İstanbul Şube", "ığdır çöğüş ĞÜŞİÖÇ", "~!@#$%^&*()_+{}|:\"<>?-=[];',./"],
)
def test_turkish_and_ascii_are_shown_as_they_are(text: str) -> None:
    """What a Turkish reader writes is what the reader sees."""
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::pwned", r"\x3a:error::pwned"),
        ("  ::stop-commands::x", r"  \x3a:stop-commands::x"),
        ("\u00a0::error::x", r"\xa0::error::x"),
        ("a::error::x", "a::error::x"),
        (":a::", ":a::"),
        (":", r"\x3a"),
        (" :", r" \x3a"),
        ("##[error]pwned", r"#\x23[error]pwned"),
        ("https://a.b/##[set-output name=ok]", r"https://a.b/#\x23[set-output name=ok]"),
        ("###[debug]##[group]", r"##\x23[debug]#\x23[group]"),
        ("##vso[task.complete]x", r"#\x23vso[task.complete]x"),
        ("a ###VSO[a.b]", r"a ##\x23VSO[a.b]"),
        ("#[", "#["),
        ("##vso", "##vso"),
    ],
)
def test_commands_of_a_ci_log_are_broken_up(text: str, shown: str) -> None:
    """No runner finds one: GitHub's at the start of a line or within it, Azure's within it."""
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Gecersiz anahtar: {KEY}", "Gecersiz anahtar: ***"),
        (f"Gecersiz anahtar: {KEY.lower()}", "Gecersiz anahtar: ***"),
        (f"key={KEY}&ringing=on", "key=***&ringing=on"),
        (f"anahtar{KEY}{KEY}", "anahtar***"),
        (f"'{KEY[:14]}", "'***"),
        (f"'{KEY[:21]}...", "'***..."),
        (f"?next=%3Fkey%3D{KEY}", "?next=%3Fkey%3D***"),
        (f"_{KEY}_", "_***_"),
        (f"key={OTHER_SHAPE}&ringing=on", "key=***&ringing=on"),
        (f"?next=%3Fkey%3D{OTHER_SHAPE}", "?next=%3Fkey%3D***"),
        (f"{KEY}{OTHER_SHAPE}{KEY}", "***"),
        ("https://a.b/risk_assessment_of_2026", "https://a.b/risk_assessment_of_2026"),
        ("https://a.b/sk_assessment_of_risks", "https://a.b/sk_assessment_of_risks"),
        ("sk_12345678901234 and sk_1234567890-12345", "sk_12345678901234 and sk_1234567890-12345"),
        ("K123 kat 4", "K123 kat 4"),
        ("K00000001", "K00000001"),
    ],
)
def test_what_has_the_shape_of_a_key_is_hidden(text: str, shown: str) -> None:
    """Whole, cut, in any case and in any surroundings."""
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcdef..."),
        ("\x1b" * 7, 3, r"\x1b\x1b\x1b..."),
        (f"1234 {KEY}", 6, "1234 *..."),
        ("a" * 2_100, None, "a" * 2_100),
        ("a" * 2_101, None, "a" * 2_100 + "..."),
    ],
)
def test_long_text_is_cut_after_keys_are_hidden(text: str, limit: int | None, shown: str) -> None:
    """No half of a key is left at the cut, and no half of an escape."""
    assert (printable(text, limit) if limit else printable(text)) == shown


@pytest.mark.parametrize(
    "text",
    ["\x1b[31m", "a\nb", "a\u00a0b", "\u202e", "::a", " :", "a##[b]", f"a {KEY}", "\\ ::\\\x00"],
)
def test_text_that_was_not_made_harmless_is_known(text: str) -> None:
    """A file that holds such a text was not written by this program."""
    assert not is_printable(text)


@pytest.mark.parametrize("text", ["", "abc", r"a\x1b\\b", "İzmir", ":a", "##", "*** ..."])
def test_text_that_is_harmless_is_known_too(text: str) -> None:
    """So is what was made harmless."""
    assert is_printable(text)


# A key.

WAYS_TO_PRINT: dict[str, Callable[[Key], str]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": format,
    "pprint": pprint.pformat,
    "f-string": lambda key: f"{key}",
    "f-string, padded": lambda key: f"{key:>40}",
    "f-string, cut": lambda key: f"{key:.4}",
    "format method": "{0!r}".format,
    "%s": lambda key: "%s" % key,  # noqa: UP031 - another way to print
    "%r": lambda key: "%r" % (key,),  # noqa: UP031 - another way to print
}

WAYS_TO_STORE: dict[str, Callable[[Any], object]] = {
    "pickle": pickle.dumps,
    "pickle in a list": lambda key: pickle.dumps([key], protocol=0),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "json": json.dumps,
    "vars": vars,
    "bytes": bytes,
    "list": list,
    "join": "".join,
}


@pytest.mark.parametrize("shown", WAYS_TO_PRINT.values(), ids=WAYS_TO_PRINT)
def test_a_key_prints_as_stars(shown: Callable[[Key], str]) -> None:
    """However it is asked for as text, in however narrow a field."""
    assert shown(Key(KEY)) == "Key(***)"


@pytest.mark.parametrize("store", WAYS_TO_STORE.values(), ids=WAYS_TO_STORE)
def test_a_key_cannot_be_taken_along(store: Callable[[Any], object]) -> None:
    """Nothing copies, stores or takes it apart, and no error about that shows it."""
    with pytest.raises(TypeError) as caught:
        store(Key(KEY))

    assert not holds_key("".join(traceback.format_exception(caught.value)), Key(KEY))


def test_who_tries_to_store_a_key_is_told_why_it_fails() -> None:
    """The error would look like an oversight of this program's otherwise."""
    with pytest.raises(TypeError) as caught:
        pickle.dumps(Key(KEY))

    told = "A key is not stored anywhere, so it cannot be pickled or copied."
    assert str(caught.value) == told


def test_a_key_among_other_things_prints_as_stars() -> None:
    """A list, a dictionary or a dataclass that holds a key can be printed."""
    held = Held(Key(KEY))

    assert (
        f"{[Key(KEY)]} { ({Key(KEY): 1}) } {held}" == "[Key(***)] {Key(***): 1} Held(key=Key(***))"
    )


@dataclass(frozen=True)
class Held:
    """Something that has a key."""

    key: Key


def test_a_logged_key_is_stars(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the message nor the arguments of a log record show it."""
    logging.getLogger("santral.test").warning("asked with %s, %r", Key(KEY), [Key(KEY)])

    assert caplog.messages == ["asked with Key(***), [Key(***)]"]
    assert not holds_key(str(vars(caplog.records[0])), Key(KEY))


def test_a_traceback_with_its_variables_shows_no_key() -> None:
    """Tools that print each frame's variables print stars."""
    lines = fail_with(Key(KEY))

    assert "    key = Key(***)\n" in lines
    assert not holds_key("".join(lines), Key(KEY))


def fail_with(key: Key) -> list[str]:
    """Return a traceback of a frame that has the key among its variables."""
    try:
        raise RuntimeError(key)  # noqa: TRY301 - to be caught with this frame's variables
    except RuntimeError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(shown.format()).splitlines(keepends=True)


def test_keys_are_equal_by_their_text_alone() -> None:
    """The same text makes the same key, to compare and to look up; a text is no key."""
    assert Key(KEY) == Key(KEY)
    assert Key(KEY) != KEYS["bursa"]
    assert Key(KEY) != KEY
    assert {Key(KEY): "ankara", KEYS["bursa"]: "bursa"}[Key(KEY)] == "ankara"
    assert Key(KEY).reveal() == KEY


def test_a_digest_needs_the_key_and_the_text() -> None:
    """It is the HMAC with SHA-256, cut in half: saved plans hold such digests."""
    whole = hmac.digest(KEY.encode(), b"a plan", "sha256").hex()
    assert Key(KEY).digest("a plan") == whole[:32]


# A key in text by others.


@pytest.mark.parametrize(
    "echo",
    [
        KEY,
        KEY.lower(),
        "".join(f"%{ord(letter):02x}" for letter in KEY),
        "".join(f"%{ord(letter):02X}" for letter in KEY),
        KEY.replace("-", "%2D"),
        "\n".join(KEY),
        KEY[:12] + "\r\n\t " + KEY[12:],
        KEY.replace("-", " - "),
        quote("".join(f"%{ord(letter):02X}" for letter in KEY)),
        "".join(f"%2525{ord(letter):02x}" for letter in KEY),
    ],
)
def test_a_known_key_is_taken_out_of_what_a_server_says(echo: str) -> None:
    """In any case, percent-encoded, or split by space."""
    assert (
        NOBODY_ELSE.redact(f"Gecersiz anahtar: {echo}, {echo}!", Key(KEY))
        == "Gecersiz anahtar: ***, ***!"
    )


@pytest.mark.parametrize(
    "text",
    [KEY, f"{KEY}\n", f"a{KEY}bc", f"ab{KEY}", f"key={KEY}&ringing=on"],
)
def test_a_known_key_is_taken_out_of_base64(text: str) -> None:
    """Wherever in what was encoded it stands; what is left tells none of it."""
    encoded = b64encode(text.encode()).decode()
    shown = NOBODY_ELSE.redact(f"Authorization: Basic {encoded}!", Key(KEY))
    assert shown.startswith("Authorization: Basic ")
    assert "***" in shown
    assert not holds_key(shown, Key(KEY))


@pytest.mark.parametrize(("start", "end"), [(0, 8), (44, 52), (20, 28)])
def test_eight_letters_of_a_known_key_in_base64_are_taken_out(start: int, end: int) -> None:
    """At its beginning, within it, and at its end."""
    key = "an-invented-key-of-which-no-part-repeats"
    encoded = b64encode(key.encode()).decode()
    assert NOBODY_ELSE.redact(f"cut ...{encoded[start:end]}", Key(key)) == "cut ...***"


@pytest.mark.parametrize(
    ("text", "is_given_away"),
    [
        (f"https://crm.example.com/{KEY}", True),
        (f"https://crm.example.com/{KEY[5:17]}", True),
        (f"https://crm.example.com/{KEY[5:16]}", False),
        (f"https://crm.example.com/{KEY[-11:]}", False),
        (f"https://crm.example.com/?k={KEY.lower().replace('-', '%2D')}", True),
        (f"https://crm.example.com/?k={b64encode(KEY.encode()).decode()}", True),
        ("https://crm.example.com/00000001", False),
        ("", False),
    ],
)
def test_twelve_characters_of_a_key_give_it_away(text: str, is_given_away: bool) -> None:
    """Fewer may stand there by chance, and no URL is refused for those."""
    assert contains_key(text, Key(KEY)) is is_given_away


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (KEY[:-1], "***"),
        (f"cut {KEY[:8]}...", "cut ***..."),
        (f"cut {KEY[:7]}...", f"cut {KEY[:7]}..."),
        (f"cut {KEY[-7:]}", f"cut {KEY[-7:]}"),
        (f"cut {BASE64[:8]}...", "cut ***..."),
        (f"cut {BASE64[:7]}...", f"cut {BASE64[:7]}..."),
        (f"İİİ {KEY}", "İİİ ***"),
        (f"{KEY[:8]} and {KEY[10:20]}", "*** and ***"),
        (f"{KEY[:8]}{KEY[19:29]}", "***"),
        ("K98765432-abcd-ef01-abcd-ef0123456789", "K98765432-abcd-ef01-abcd-ef0123456789"),
        ("100 % of İzmir\n\x1b", "100 % of İzmir\n\x1b"),
        ("", ""),
    ],
)
def test_eight_characters_of_a_key_are_taken_out_too(text: str, shown: str) -> None:
    """A part of the key is no part of the output; other text stays as it is."""
    assert NOBODY_ELSE.redact(text, Key(KEY)) == shown
