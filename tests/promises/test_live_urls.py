"""A live URL is shown for what it is, without its secrets; an error is read in its charset."""

import json
import sys
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from support.fault_server import FaultServer, answer
from support.fleet import KEYS, settings
from support.key_search import texts_under
from support.others_keys import ALL, OUTPUTS, assert_nothing_got_out
from support.program import Program, Result
from support.stand_in import StandIn

from reconciler.core.url_hiding import masked, secrets_in

pytestmark = pytest.mark.usefixtures("more_keys")


@pytest.mark.parametrize(
    ("url", "shown", "secrets"),
    [
        ("https://a.b/c", "https://a.b/c", ()),
        ("https://a.b/?t=1", "https://a.b/?t=***", ("1",)),
        ("https://a.b?t=1&u=2;v=3", "https://a.b?t=***&u=***;v=***", ("1", "2", "3")),
        ("https://a.b/?t=1=2?3", "https://a.b/?t=***", ("1=2?3",)),
        ("https://a.b/?token", "https://a.b/?***", ("token",)),
        ("https://a.b/?t=&u", "https://a.b/?t=&***", ("u",)),
        ("https://a.b/?&&", "https://a.b/?&&", ()),
        ("https://a.b/#t=1", "https://a.b/#***", ("t=1",)),
        ("https://a.b/?t=1#u=2", "https://a.b/?t=***#***", ("1", "u=2")),
        ("https://u:p@a.b:1/@c", "https://***@a.b:1/@c", ("u:p",)),
        ("https://u@v@a.b/", "https://***@a.b/", ("u@v",)),
        ("https://@a.b/", "https://@a.b/", ()),
        ("https://good.example\\@a.b/", "https://***@a.b/", ("good.example\\",)),
        ("//u@a.b", "//***@a.b", ("u",)),
        ("u@a.b?t=1", "***@a.b?t=***", ("u", "1")),
        ("https:///u:p@a.b/", "https:///***@a.b/", ("u:p",)),
        ("https:/u:p@a.b/", "https:/***@a.b/", ("u:p",)),
        ("https:u:p@a.b/", "https:***@a.b/", ("u:p",)),
        ("HTTPS:u:p@a.b/", "HTTPS:***@a.b/", ("u:p",)),
        ("https:\\\\u:p@a.b/", "https:\\\\***@a.b/", ("u:p",)),
        ("https:/\t/u:p@a.b/", "https:/\t/***@a.b/", ("u:p",)),
        (" https://u:p@a.b/ ", " https://***@a.b/ ", ("u:p",)),
        ("https://u:p＠a.b/", "https://***＠a.b/", ("u:p",)),  # noqa: RUF001
        ("https://u:p\ufe6ba.b/", "https://***\ufe6ba.b/", ("u:p",)),
        ("https://u:p%40a.b/", "https://***%40a.b/", ("u:p",)),
        ("https://u:p%2540a.b/", "https://***%2540a.b/", ("u:p",)),
        ("https：／／u:p@a.b/", "https：／／***@a.b/", ("u:p",)),  # noqa: RUF001
        ("https%3A%2F%2Fu:p@a.b/", "https%3A%2F%2F***@a.b/", ("u:p",)),
        ("https://u:p/q@a.b/", "https://***@a.b/", ("u:p/q",)),
        ("https://u:p", "https://u:***", ("p",)),
        ("https://a.b/c//u:p@d/", "https://a.b/c//***@d/", ("u:p",)),
        ("https://a.b/https://u:p@d/", "https://a.b/https://***@d/", ("u:p",)),
        ("https://a.b/？t=1", "https://a.b/？t=***", ("1",)),  # noqa: RUF001
        ("https://a.b/\u2048t=1", "https://a.b/\u2048t=***", ("1",)),
        ("https://a.b/%3Ft=1", "https://a.b/%3Ft=***", ("1",)),
        ("https://a.b/＃t=1", "https://a.b/＃***", ("t=1",)),  # noqa: RUF001
        ("https://a.b/%23t=1", "https://a.b/%23***", ("t=1",)),
        ("https://a.b/%EF%BC%9Ft=1", "https://a.b/%EF%BC%9Ft=***", ("1",)),
        ("https://a.b/%25EF%25BC%259Ft=1", "https://a.b/%25EF%25BC%259Ft=***", ("1",)),
        ("https://a.b/%ef%2525bc%259ft=1", "https://a.b/%ef%2525bc%259ft=***", ("1",)),
        ("https://a.b/%E2%81%88t=1", "https://a.b/%E2%81%88t=***", ("1",)),
        ("https://a.b/%C0%BFt=1", "https://a.b/%C0%BFt=***", ("1",)),
        ("https://a.b/%E0%80%BFt=1", "https://a.b/%E0%80%BFt=***", ("1",)),
        ("https://a.b/%uFF1Ft=1", "https://a.b/%uFF1Ft=***", ("1",)),
        ("https://a.b/%25u003ft=1", "https://a.b/%25u003ft=***", ("1",)),
        ("https://a.b/%25%33%46t=1", "https://a.b/%25%33%46t=***", ("1",)),
        ("https://a.b/%%33Ft=1", "https://a.b/%%33Ft=***", ("1",)),
        ("https://a.b/%EF%BC%83t=1", "https://a.b/%EF%BC%83***", ("t=1",)),
        ("https://u:p%EF%BC%A0a.b/", "https://***%EF%BC%A0a.b/", ("u:p",)),
        ("https://a.b/?t%EF%BC%86u=2", "https://a.b/?***", ("t%EF%BC%86u=2",)),
        ("https://a.b/%C3%9Ft=1%F0%9F%98%80", "https://a.b/%C3%9Ft=1%F0%9F%98%80", ()),
        ("https://a.b/?t＝1", "https://a.b/?***", ("t＝1",)),  # noqa: RUF001
        ("https://a.b/?t=1＆u=2", "https://a.b/?t=***", ("1＆u=2",)),  # noqa: RUF001
        ("https://a.b/?t＆u=2", "https://a.b/?***", ("t＆u=2",)),  # noqa: RUF001
        ("https://a.b/?t%26u=2", "https://a.b/?***", ("t%26u=2",)),
        ("https://a.b/?t＃u", "https://a.b/?***＃***", ("t", "u")),  # noqa: RUF001
        ("", "", ()),
    ],
)
def test_what_may_be_a_token_is_hidden(url: str, shown: str, secrets: tuple[str, ...]) -> None:
    """User part, values of the query and fragment become ***, in what is no proper URL too."""
    assert masked(url) == shown
    assert secrets_in(url) == secrets


def _like_a_delimiter() -> Iterator[tuple[str, str]]:
    """Yield each character that NFKC turns into a question or number sign, and that sign."""
    for character in map(chr, range(0x80, sys.maxunicode + 1)):
        signs = [form for form in unicodedata.normalize("NFKC", character) if form in "?#"]
        if signs:
            yield character, signs[0]


def test_a_delimiter_hides_what_follows_in_whatever_way_it_is_encoded() -> None:
    """Every character that NFKC makes one of, percent-encoded up to three times."""
    tried = [*_like_a_delimiter()]
    for character, sign in tried:
        written = character
        for _ in range(4):
            shown = "t=***" if sign == "?" else "***"
            assert masked(f"https://a.b/{written}t=TOKEN") == f"https://a.b/{written}{shown}"
            written = quote(written, safe="")
    assert len(tried) >= 8


def plan_with_error(program: Program, body: bytes, charset: str, status: int = 404) -> Result:
    """Plan ankara, which gets this error."""
    with FaultServer(KEYS) as server:
        declared = f"Content-Type: text/plain; charset={charset}"
        server.rule("ankara", "GET", answer(status, body, declared), turns=range(1, 9))
        return program.run("plan", "--target=ankara", "--api-url", server.origin)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("ISO-8859-9", "iso-8859-9"),
        ('"windows-1254"', "cp1254"),
        ("latin5", "iso-8859-9"),
        ("utf-8", "utf-8"),
        ("utf-16", "utf-16"),
        ("UTF-16BE", "utf-16-be"),
        ("utf-16le", "utf-16-le"),
        ("us-ascii", "utf-16"),
        ("utf-8", "utf-8-sig"),
    ],
)
def test_an_error_is_read_in_the_charset_that_it_declares(
    program: Program, charset: str, codec: str
) -> None:
    """Or that its byte order mark does; and keys are looked for in what was read."""
    body = f"Şube bulunamadı: {ALL['bursa'].reveal()}".encode(codec)
    result = plan_with_error(program, body, charset)
    assert 'The API answered 404: "Şube bulunamadı: ***".' in result.stdout


def test_a_refused_key_is_recognised_in_any_charset(program: Program) -> None:
    """It is said in Turkish, which older servers write in ISO 8859-9."""
    body = f"Geçersiz anahtar: {KEYS['ankara'].reveal()}".encode("iso-8859-9")
    result = plan_with_error(program, body, "iso-8859-9", 401)
    assert (
        "The API refused the key. Copy it from the panel again: it may have been renewed there."
        in result.stdout
    )


@pytest.mark.parametrize(
    "charset",
    [
        *("idna", "punycode", "rot13", "rot_13", "zip", "zlib", "bz2", "hex", "base64", "uu"),
        *("unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "utf-7", "cp037"),
        *("../utf-8", "a" * 300, "\xff", "", '"', "utf-16", "utf-16le", "iso-8859-9"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["ankara", "bursa"])
def test_no_declared_charset_hides_a_key(program: Program, charset: str, name: str) -> None:
    """What is no charset that servers write text in is read as UTF-8, like none at all."""
    body = f"Cannot find {ALL[name].reveal()}!".encode()
    result = plan_with_error(program, body, charset)
    assert 'The API answered 404: "Cannot find ***!".' in result.stdout


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_key_in_undeclared_utf_16_is_hidden(program: Program, codec: str) -> None:
    """Its letters have NULs between them when they are read as UTF-8."""
    result = plan_with_error(program, ALL["bursa"].reveal().encode(codec), "utf-8")
    assert "***" in result.stdout
    assert_nothing_got_out(program, Result(1, result.stdout.replace("\\x00", ""), ""))


ODD = {
    "https:///u:SECRET0@h.example/": "https:///***@h.example/",
    "https:u:SECRET0@h.example/": "https:***@h.example/",
    "https:\\\\u:SECRET0@h.example/": r"https:\\\\***@h.example/",
    "https://u:SECRET0\uff20h.example/": r"https://***\uff20h.example/",
    "https://h.example/\uff1ft=SECRET0": r"https://h.example/\uff1ft=***",
    "https://h.example/\uff03SECRET0": r"https://h.example/\uff03***",
    "https://u:SECRET0%40h.example/": "https://***%40h.example/",
    "https://h.example/%3Ft=SECRET0": "https://h.example/%3Ft=***",
    " https://crm.example.com/ankara": r"\x20https://crm.example.com/ankara",
    "https://crm.example.com/ankara ": r"https://crm.example.com/ankara\x20",
    "https://crm.example.com/  ankara": r"https://crm.example.com/\x20\x20ankara",
    "https://crm.example.com/ankara\u3000": r"https://crm.example.com/ankara\u3000",
}


@pytest.mark.parametrize(("live", "shown"), ODD.items())
def test_an_odd_live_url_is_shown_for_what_it_is_and_without_its_token(
    program: Program, stand_in: StandIn, live: str, shown: str
) -> None:
    """In every format: what any program may take for a secret is hidden, and no space is."""
    stand_in.hold("ankara", settings("on", "on", "on", live))
    result = program.run("apply", "--target=ankara", "--format=text", *OUTPUTS[1:4])
    texts = texts_under(program.folder)
    assert result.exit_code == 0
    assert result.stdout.partition("notification_url  ")[2].split()[:3] == [
        shown,
        "→",
        "https://crm.example.com/ankara",
    ]
    assert json.dumps(shown) in texts["plan.json"]
    assert shown in texts["plan.md"]
    assert shown in texts["plan.html"].replace("<mark>", "").replace("</mark>", "")
    told = [result.stdout, result.stderr, texts["plan.json"], texts["plan.md"], texts["plan.html"]]
    assert "SECRET0" not in "".join(told)
