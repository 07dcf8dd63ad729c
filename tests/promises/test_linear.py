"""Text by others, of whatever length and kind, costs no more time than its length."""

import contextlib
import time
from collections.abc import Callable

import pytest
from support import fault_server as fault
from support.fault_server import FaultServer
from support.fleet import FILE, KEYS, OTHER_SHAPE
from support.program import Program

from reconciler.client.decoding import (
    AnswerError,
    decode_settings,
    said_in,
    says_bad_key,
    wait_asked,
)
from reconciler.config import characters, rules
from reconciler.config.load import assemble
from reconciler.config.problems import ConfigError
from reconciler.core.idn import label_problem, written_out
from reconciler.core.key_finder import KeyCodes, KeyFinder
from reconciler.core.key_spellings import views
from reconciler.core.messages import Message
from reconciler.core.notification_url import host, url_problem, url_warnings
from reconciler.core.secret import Key, contains_key
from reconciler.core.secret_finder import SecretFinder
from reconciler.core.text import is_printable, printable, without_keys
from reconciler.core.url_hiding import hide_in, masked, secrets_in
from reconciler.core.url_mask import UrlMask
from reconciler.core.url_template import (
    SECRET_MENTION,
    UrlTemplate,
    may_be_in_path,
    may_be_in_query,
    template_problem,
)
from reconciler.journal import fields
from reconciler.render.as_markdown import _note
from reconciler.render.grouping import _WITHIN_A_WORD
from reconciler.render.markup import element
from reconciler.render.tables import code

KEY = KEYS["ankara"]
CODES = KeyCodes("key-in-url", "key-in-url-of", "key-in-url-of-none")
LOOKOUT = KeyFinder({key: name for name, key in KEYS.items()} | {Key(OTHER_SHAPE): None})
SECRETS = SecretFinder({"a": KEY, "b": Key(OTHER_SHAPE), "c": Key("aaaa"), "d": Key("%25%")})
FILE_HAS_SECRET = UrlMask((UrlTemplate("https://a/{secret.x}/b?c=d{secret.y}e"),), SECRETS)


def _quietly(call: Callable[[], object], *errors: type[Exception]) -> None:
    with contextlib.suppress(*errors):
        call()


READERS: dict[str, Callable[[str], object]] = {
    "printable": printable,
    "is_printable": is_printable,
    "without_keys": without_keys,
    "views": lambda text: [view.spans() for view in views(text)],
    "redact": lambda text: LOOKOUT.redact(text, KEY),
    "find": lambda text: LOOKOUT.find(text, CODES, KEY),
    "contains_key": lambda text: contains_key(text, KEY),
    "masked": masked,
    "secrets_in": secrets_in,
    "hide_in": hide_in,
    "host": host,
    "fault of a URL": lambda text: url_problem(text, allow_insecure=True),
    "url_warnings": url_warnings,
    "fault of a label": lambda text: label_problem(f"xn--{text}"),
    "written_out": written_out,
    "said_in": lambda text: said_in(text.encode("utf-8", "replace"), f"x; charset={text}"),
    "says_bad_key": says_bad_key,
    "wait_asked": wait_asked,
    "decode_settings": lambda text: _quietly(
        lambda: decode_settings(text.encode("utf-8", "replace")), AnswerError
    ),
    "hidden_characters": lambda text: [*characters.hidden_characters(_without_halves(text), "a")],
    "pasted_keys": lambda text: [*characters.pasted_keys(text, "a")],
    "looks_like_key": characters.looks_like_key,
    "shown_name": characters.shown_name,
    "a file": lambda text: _quietly(
        lambda: assemble([("a", text.encode("utf-8", "replace"))]), ConfigError
    ),
    "a quoted value": lambda text: _quietly(lambda: assemble([("a", _quoted(text))]), ConfigError),
    "interpolation": rules._INTERPOLATION.search,  # noqa: SLF001
    "placeholders": lambda text: template_problem(text, "a", {}),
    "a secret's mention": SECRET_MENTION.search,
    "a secret in a live URL": UrlTemplate(
        "https://a/{secret.x}/b{secret.y}?c={secret.z}"
    ).values_in,
    "secrets beside each other": lambda text: UrlTemplate("{secret.a}" * 200 + "b").values_in(text),
    "what URLs have in common": UrlTemplate("https://a/{secret.x}").common,
    "a template by its parts": lambda text: UrlTemplate(text).by_parts,
    "known secrets": SECRETS.redact,
    "known secrets' placeholders": SECRETS.with_placeholders,
    "a URL with known secrets": lambda text: UrlMask(secrets=SECRETS).seen(text, in_full=True),
    "a live URL": FILE_HAS_SECRET.seen,
    "a live URL for the journal": FILE_HAS_SECRET.sealed,
    "a secret for a path": may_be_in_path,
    "a secret for a query": may_be_in_query,
    "a time": fields._TIME_SHAPE.fullmatch,  # noqa: SLF001
    "code in Markdown": code,
    "a note in Markdown": lambda text: _note(Message("as-written", text=text)),
    "a name in a word": lambda text: _WITHIN_A_WORD.sub("x", text),
    "an element of HTML": lambda text: element("p", text),
}
"""Whatever reads what servers, files, pull requests and journals hold."""


def _without_halves(text: str) -> str:
    return text.replace("\ud800", "?")


def _quoted(text: str) -> bytes:
    value = text.replace("'", "''").encode("utf-8", "replace")
    return b"version: 1\nsantrals:\n  a:\n    description: '" + value + b"'\n"


PIECES = (
    "a", "%", "%25", "%2", "%C4", "/", "\\", "@", ":", "?", "#", "&", "=", ";", "[", "-", ".", "{",
    "{name}", " ", "\n", "\0", "`", "<", "'", '"', "://", "https://", "https:", "//@", "a@", "a:",
    "x=y&", "%40", "%2F", "%252F", "\uff20", "\uff1f", "\u2048", "\u0130", "\ud800", "K", "K0", "0",
    "K00000001-", "K00000001-1111-", "-1111", KEY.reveal(), f"{KEY.reveal()} ", KEY.reveal()[:11],
    KEY.reveal()[-12:], "sk_", "sk_a", " sk_aaaaaaaaaaaaaaaaa", f"{OTHER_SHAPE} ", OTHER_SHAPE,
    "##[", "::", "\t", "[[", "{{", "&#0",
    "&amp;", "&lt", "&#x71;", "%EF", "%EF%BC%9F", "%25%32", "\\u", "&a",
    "charset=", "charset ", "xn--", "a.", "\u202e", "$(", "- ", "? ",
)  # fmt: skip
BEFORE = ("", "https://", "charset")
STEP = 2**4
LENGTHS = (2**10, 2**14, 2**18)
"""At the longest only that text is read which takes the longest before."""
SCREENED = 2**11
"""Characters, at which the texts are picked that take the longest."""
PICKED = 2
MOST_GROWTH = 4
"""Times as much for each character; a quadratic one takes eight to sixteen at each step."""
QUICK = 0.02
"""Seconds, in which any machine does something of no account."""


def _seconds(read: Callable[[str], object], text: str) -> float:
    """Return the processor time of this thread, which others on the machine do not lengthen."""
    started = time.thread_time()
    read(text)
    return time.thread_time() - started


def _slowest(read: Callable[[str], object]) -> list[tuple[str, str]]:
    """Return the beginning and the piece of those texts that take the longest to read."""
    taken = {
        (before, piece): _seconds(read, _text(before, piece, SCREENED))
        for before in BEFORE
        for piece in PIECES
    }
    return sorted(taken, key=lambda text: -taken[text])[:PICKED]


def _text(before: str, piece: str, length: int) -> str:
    return (before + piece * length)[:length]


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_time_grows_as_the_length_of_a_text(read: Callable[[str], object]) -> None:
    """From 1 KiB to 256 KiB, for each that reads text by others."""
    slowest = _slowest(read)
    for longer in LENGTHS[1:]:
        taken = {text: _seconds(read, _text(*text, longer)) for text in slowest}
        for text, more in taken.items():
            shorter = longer // STEP
            less = max(QUICK, _seconds(read, _text(*text, shorter)))
            assert more / less < MOST_GROWTH * STEP, (*text, longer)
        slowest = sorted(taken, key=lambda text: -taken[text])[:1]


def test_so_many_are_read_as_contributing_says() -> None:
    """A reader or a piece that is left out fails here."""
    assert (len(READERS), len(PIECES)) == (44, 78)


# A whole answer


@pytest.mark.parametrize("piece", ["a", "a/", "%2525", "a@", KEYS["bursa"].reveal()])
def test_an_error_without_spaces_takes_no_time(program: Program, piece: str) -> None:
    """A page of 64 KiB in the place of an error, with a picture in it."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv(
        "SANTRAL_KEYS", f"ankara={KEY.reveal()}\nbursa={KEYS['bursa'].reveal()}"
    )
    page = (piece * 2**16)[: 2**16]
    with FaultServer(KEYS) as server:
        server.rule("ankara", "GET", fault.answer(502, page), turns=range(1, 99))
        started = time.process_time()
        result = program.run("plan", "--target=ankara", "--api-url", server.origin)
        taken = time.process_time() - started
    assert "    The API answered 502" in result.stdout
    assert taken < 10
