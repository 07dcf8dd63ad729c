"""The keys of a run, whoever they belong to: none gets out by a live URL, an error or a file."""

import gc
import html.entities
import json
import time
import tracemalloc
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from urllib.parse import quote

import pytest
from support.fleet import FILE, settings
from support.key_crowds import ALPHABETS, made_up_keys
from support.key_search import keys_in
from support.others_keys import ALL, OUTPUTS, assert_nothing_got_out
from support.program import Program, Result
from support.stand_in import StandIn

from reconciler.core.key_finder import KeyCodes, KeyFinder
from reconciler.core.messages import Message
from reconciler.core.secret import Key, contains_key
from reconciler.sandbox.service import Reply

pytestmark = pytest.mark.usefixtures("more_keys")


def each_as(form: str) -> Callable[[str], str]:
    """Return what writes each character of a key in a form."""
    return lambda key: "".join(form.format(ord(letter)) for letter in key)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in lowercase": str.lower,
    "percent-encoded": each_as("%{:02x}"),
    "percent-encoded twice": lambda key: quote(each_as("%{:02X}")(key)),
    "as numbers of HTML": each_as("&#{};"),
    "as numbers of HTML with zeros": each_as("&#000{};"),
    "as numbers of HTML without semicolons": each_as("&#{}"),
    "as hexadecimal numbers of HTML": each_as("&#x{:x};"),
    "as hexadecimal numbers with zeros": each_as("&#X000{:X};"),
    "as hexadecimal numbers without semicolons": each_as("&#x{:02x}"),
    "as numbers of HTML, percent-encoded": lambda key: quote(each_as("&#{};")(key), safe=""),
    "as numbers of HTML, in HTML": lambda key: html.escape(each_as("&#{};")(key)),
    "in base64": lambda key: b64encode(f"x:{key}".encode()).decode(),
    "split by space": " ".join,
    "split by controls": "\0".join,
    "twelve characters of it": lambda key: key[:12],
}
WHOSE = {
    "bursa": "the key of santral bursa",
    "denizli": "a key that none of these santrals uses",
}
"""One that is in the file but not asked for, and one that is not in it."""
CODES = KeyCodes("key-in-url", "key-in-url-of", "key-in-url-of-none")


def key_of(owner: str) -> Message:
    """Return what is said of the key of a santral that is not one's own."""
    return Message(CODES.of, owner=owner)


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize("owner", WHOSE)
@pytest.mark.parametrize("written", SPELLINGS.values(), ids=SPELLINGS)
def test_a_live_url_that_holds_the_key_of_another_is_an_error(
    program: Program, stand_in: StandIn, command: str, owner: str, written: Callable[[str], str]
) -> None:
    """Neither the plan nor the journal gets it; the error says whose key has to be renewed."""
    url = f"https://crm.example.com/{written(ALL[owner].reveal())}"
    stand_in.hold("ankara", settings("on", "on", "off", url))
    result = program.run(command, "--target=ankara", *OUTPUTS)
    error = (
        f"The live notification_url contains {WHOSE[owner]}, and so do the logs of whoever "
        "receives the call data. Set another URL in the panel, and renew the key."
    )
    assert (result.exit_code, error in result.stdout, stand_in.count("POST")) == (1, True, 0)
    assert_nothing_got_out(program, result)


def test_eleven_characters_of_the_key_of_another_may_stand_by_chance(
    program: Program, stand_in: StandIn
) -> None:
    """A santral is not left out for those."""
    url = f"https://crm.example.com/{ALL['bursa'].reveal()[:11]}"
    stand_in.hold("ankara", settings("on", "on", "on", url))
    assert program.run("plan", "--target=ankara").exit_code == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("owner", WHOSE)
@pytest.mark.parametrize("written", SPELLINGS.values(), ids=SPELLINGS)
def test_an_error_that_echoes_the_key_of_another_is_shown_without_it(
    program: Program, stand_in: StandIn, method: str, owner: str, written: Callable[[str], str]
) -> None:
    """Whatever the server mixes up, and in whatever spelling."""
    said = f"Cannot find {written(ALL[owner].reveal())}!"
    stand_in.answer(method, with_=Reply(404, said))
    result = program.run("apply", "--target=ankara", *OUTPUTS)
    assert (result.exit_code, '"Cannot find' in result.stdout) == (1, True)
    assert_nothing_got_out(program, result)


@pytest.mark.parametrize("where", ["https://a.example.com/KEY", "https://a.example.com/?k=KEY"])
def test_settings_that_move_to_the_key_of_another_are_not_shown(
    program: Program, stand_in: StandIn, where: str
) -> None:
    """What a look before the change, or the reading back, finds goes the same way as a plan's."""
    url = where.replace("KEY", ALL["bursa"].reveal())
    stand_in.move("ankara", settings("off", "off", "off", url), before=("GET", 2))
    result = program.run("apply", "--target=ankara", *OUTPUTS)
    assert result.exit_code == 1
    assert_nothing_got_out(program, result)


# In whatever way a key that looks encoded is written


ENCODINGS: dict[str, Callable[[str], str]] = {
    **{name: write for name, write in SPELLINGS.items() if write("-" * 99) != "-" * 12},
    "in uppercase": str.upper,
    "in a URL": lambda key: quote(key, safe=""),
    "in a URL, in lowercase": lambda key: quote(key, safe="").lower(),
    "in a URL in a URL": lambda key: quote(quote(key, safe=""), safe=""),
    "in three URLs": lambda key: quote(quote(quote(key, safe=""), safe=""), safe=""),
    "in HTML": html.escape,
    "in HTML in HTML": lambda key: html.escape(html.escape(key)),
    "in HTML, by names": lambda key: "".join(NAMES.get(letter, letter) for letter in key),
    "in HTML, by names, in a URL": lambda key: quote(ENCODINGS["in HTML, by names"](key)),
    "in a URL in HTML": lambda key: html.escape(quote(key)),
    "in JSON": lambda key: json.dumps(key)[1:-1],
    "in JSON as PHP writes it": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "in JSON, by numbers": each_as("\\u{:04x}"),
    "split by HTML": "&nbsp;&#8203;".join,
}
NAMES: dict[str, str] = {
    text: f"&{name}" for name, text in html.entities.html5.items() if name[0].islower()
} | {"<": "&lt", "&": "&AMP;"}  # fmt: skip
LIKE_ENCODED = (
    "abcdefgh%5Bijklmnop",
    "abcdefgh%5bijklmnop",
    "abcdefgh%255Bijklmnop",
    "%2525252525252525252525",
    "%41%42%43%44%45%46%47%48",
    "abc%C4%B0def%E2%80%8Bghi%20jkl",
    "41bcdef%00000001-1111",
    "abc&amp;def&lt;ghi&#113;jkl",
    "abc&AMPdef&lpar;ghi&#x71jkl",
    "113;amp;lt;x71;0000",
    "abc\\u0041def\\/ghi\\\\jkl\\n",
    "{[<(|)>]}~`^_@#$%&*=+;:,.?/!-",
)


def test_as_many_spellings_are_tried_as_is_said() -> None:
    """CONTRIBUTING.md has these numbers."""
    assert (len(SPELLINGS), len(ENCODINGS), len(LIKE_ENCODED)) == (16, 29, 12)


@pytest.mark.parametrize("key", LIKE_ENCODED)
@pytest.mark.parametrize("written", ENCODINGS.values(), ids=ENCODINGS)
def test_any_twelve_characters_of_a_key_that_looks_encoded_are_found(
    key: str, written: Callable[[str], str]
) -> None:
    """In every spelling; and what is undone of the text hides none that is not encoded."""
    own = Key(key)
    finder, nobody = KeyFinder({own: "ankara", Key("somebody-else"): None}), Key("nobody's-own")
    for start in range(len(key) - 11):
        text = f"Key: {written(key[start : start + 12])} !"
        assert finder.find(text, CODES) == key_of("ankara")
        assert contains_key(text, own)
        for shown in (finder.redact(text, nobody), KeyFinder({}).redact(text, own)):
            assert "***" in shown
            assert keys_in(shown, {"ankara": own}) == []


@pytest.mark.parametrize("before", ["%", "%2", "%25", "&", "&#", "&#x", "&amp", "\\", "\\u"])
@pytest.mark.parametrize("key", ["41bcdef-0000-1111", "113lt;x71;amp;qwe", "lt000000000000000"])
def test_what_stands_before_a_key_hides_nothing_of_it(before: str, key: str) -> None:
    """It looks encoded together with that alone."""
    text = f"100{before}{key[:12]}"
    finder = KeyFinder({Key(key): "ankara"})
    assert finder.find(text, CODES) == key_of("ankara")
    assert finder.redact(text, Key("nobody's-own")) in {f"100{before}***", "100***"}


# In a file


def held(place: str, whose: str) -> str:
    """Return the error of a key in the file."""
    return (
        f"santral.yaml:{place}: This holds {whose}. Remove it, renew it in the panel (whoever "
        "can read this file can use it), and give the new one in the environment: see SANTRAL_KEYS."
        "\n"
    )


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("  ankara: {description: KEY, crm_integration: {}}", 25),
        ("  ankara: {description: 'the KEY', crm_integration: {}}", 30),
        ('  ankara: {description: "KE\\x59", crm_integration: {}}', 25),
        ("  ankara: {key: KEY, crm_integration: {}}", 17),
        ("  ankara: {crm_integration: {}} # KEY", 35),
        ("  ankara: {crm_integration: {notification_url: 'https://a.b/KEY'}}", 48),
        ("  ankara: {crm_integration: {notification_url: 'https://a.b/?k=KEY'}}", 48),
        ("  KEY: {crm_integration: {}}", 3),
    ],
)
def test_a_key_at_hand_in_the_file_is_an_error_with_its_place(
    program: Program, stand_in: StandIn, command: str, line: str, column: int
) -> None:
    """Of whatever shape, in whatever value, or in a comment; nothing is asked."""
    key = "a-secret-of-no-known-shapey"
    text = line.replace("KEY", key).replace("KE\\x59", f"{key[:-1]}\\x79")
    program.write("santral.yaml", f"version: 1\nsantrals:\n{text}\n")
    program.monkeypatch.setenv("SANTRAL_KEYS", f"unknown={key}")
    result = program.run(command)
    assert result == Result(1, "", held(f"3:{column}", WHOSE["denizli"]))
    assert stand_in.service.requests == []


def test_every_key_at_hand_in_the_file_is_named_with_its_owner(program: Program) -> None:
    """All at once, in the order of their places."""
    program.monkeypatch.setenv("SANTRAL_KEYS", "ankara=first-made-up-key\nbursa=other-made-up-key")
    program.write("santral.yaml", f"# first-made-up-key\n{FILE}# also\n # other-made-up-key\n")
    first, second = (held(*said) for said in (
        ("1:3", "the key of santral ankara"), ("15:4", WHOSE["bursa"]),
    ))  # fmt: skip
    assert program.run("plan") == Result(1, "", first + second)


# What it costs


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_looking_for_a_key_takes_less_than_1_kb_of_memory(alphabet: str) -> None:
    """At its peak, for the longest keys of whatever characters; the benchmark has 1,000 of each."""
    owners: dict[Key, str | None] = dict.fromkeys(made_up_keys(300, 256, alphabet))
    KeyFinder(dict.fromkeys(made_up_keys(60, 256, alphabet)))  # What is kept once is there by then.

    assert min(_peak_of(owners) for _ in range(2)) / len(owners) < 1024


def _peak_of(owners: dict[Key, str | None]) -> int:
    """Return the bytes in use at the peak; what other threads use meanwhile counts as well."""
    gc.collect()
    tracemalloc.start()
    KeyFinder(owners)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


_KEPT = 256 * 1024
"""Bytes that are kept of what was found last, however many keys there are."""


@pytest.mark.parametrize(("number", "length"), [(1_000, 37), (1_000, 44), (500, 256)])
def test_what_is_kept_of_keys_that_were_found_is_little(number: int, length: int) -> None:
    """However many keys there are, and however many a text has."""
    keys = made_up_keys(number, length)
    finder = KeyFinder(dict.fromkeys(keys))
    text = " ".join(key.reveal() for key in keys[:200])
    tracemalloc.start()
    assert finder.redact(text, keys[0]) == "***"
    gc.collect()  # What nothing refers to any more is none of it.
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < _KEPT


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_looking_for_keys_that_are_all_alike_ends(alphabet: str) -> None:
    """In a text full of keys: where comparing the keys takes too long, they are all read once."""
    keys = made_up_keys(200, 256, alphabet)
    finder = KeyFinder({key: str(number) for number, key in enumerate(keys)})
    text = "".join(key.reveal() for key in keys)[: 2**13]
    started = time.process_time()
    assert finder.redact(text, Key("somebody-else")) == "***"
    assert time.process_time() - started < 60


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_the_same_is_found_among_keys_that_are_all_alike(alphabet: str) -> None:
    """Twelve characters that some key has, and no others."""
    keys = made_up_keys(200, 64, alphabet)
    finder = KeyFinder({key: str(number) for number, key in enumerate(keys)})
    strangers = made_up_keys(50, 30, alphabet)
    for text in (key.reveal()[20:32] for key in (*keys[:50], *strangers)):
        assert bool(finder.find(text, CODES)) == any(contains_key(text, key) for key in keys)


def test_a_key_is_found_wherever_in_a_long_text_it_stands() -> None:
    """A long text is searched in blocks, and a key may stand across the border of two."""
    key = made_up_keys(1, 40)[0]
    finder, border = KeyFinder({key: "ankara"}), 16_384
    for start in range(border - 41, border + 2):
        assert finder.find(f"{'!' * start}{key.reveal()[:12]}", CODES) == key_of("ankara")
        assert not finder.find(f"{'!' * start}{key.reveal()[:11]}", CODES)


def test_a_short_key_hides_no_longer_one() -> None:
    """Where one begins as the other does, all of both is taken out."""
    keys = [Key("abcdefgh"), Key("abcdefghijklmnop")]
    for owners in (keys, keys[::-1], [*keys, *made_up_keys(50, 40)]):
        finder = KeyFinder(dict.fromkeys(owners))
        assert finder.redact("abcdefghijkl and abcdefgh", Key("nobody's-own")) == "*** and ***"


@pytest.mark.parametrize("length", [8, 11, 12, 13, 37, 41, 64, 256])
def test_twelve_characters_of_any_key_are_found_wherever_they_stand(length: int) -> None:
    """And eleven are not, but for a whole key that has no more."""
    keys = made_up_keys(50, length)
    finder = KeyFinder({key: str(number) for number, key in enumerate(keys)})
    for number, key in enumerate(keys):
        text = key.reveal()
        for start in range(max(1, length - 11)):
            part = f"!{text[start : start + 12]}?"
            assert finder.find(part, CODES) == key_of(str(number))
            assert finder.redact(part, Key("somebody-else")) == "!***?"
        assert not finder.find(text[: min(11, length - 1)], CODES)
        assert not finder.find(text[1:12] if length > 11 else text[1:], CODES)


@cache
def ten_thousand_alike() -> tuple[list[Key], KeyFinder]:
    """Return keys that share most of their characters, and what finds them; made once."""
    keys = [Key(f"K{number:08d}-0000-0000-0000-000000000000") for number in range(10_000)]
    return keys, KeyFinder({key: str(number) for number, key in enumerate(keys)})


@pytest.mark.parametrize("piece", ["0000-0000", "k00000001-0", "zzzzzzzz", "MDAwMC0wMDA"])
def test_keys_that_begin_and_end_alike_are_found_too(piece: str) -> None:
    """Ten thousand that share most of their characters cost no more for that, in any text."""
    keys, finder = ten_thousand_alike()
    assert finder.find(f"/{keys[77].reveal()}", CODES) == key_of("77")
    text = f"{piece}!" * 2_000
    assert finder.redact(text, Key("somebody-else")) in {text, "***!" * 2_000}
    assert finder.redact(f"{keys[5].reveal()}!" * 200, keys[7]) == "***!" * 200
