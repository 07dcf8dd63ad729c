"""What a message is: a code for ever, and sentences that are made when somebody reads them."""

import gettext
import re
from collections.abc import Iterator

import pytest
from support.places import CASES

from reconciler.core import translation
from reconciler.core.message_catalogue import TEMPLATES
from reconciler.core.messages import Message, codes_of, located, say, say_number, text_of

CODES = CASES / "codes.txt"


def forms() -> Iterator[tuple[str, str]]:
    """Yield each template with its code; one with two forms twice."""
    for code, template in TEMPLATES.items():
        yield from (
            (code, form) for form in ([template] if isinstance(template, str) else template)
        )


def test_a_message_is_its_template_with_the_fields_filled_in() -> None:
    """Text, numbers and measures stand where the template has their names."""
    assert str(Message("url-port", most=65_535)) == "The port must be from 1 to 65535."
    assert str(Message("connection-timeout", seconds=0.5)) == (
        "No complete answer arrived within 0.5 s. Run again later, or raise --timeout."
    )
    assert str(Message("connection-timeout", seconds=15.0)) == (
        "No complete answer arrived within 15 s. Run again later, or raise --timeout."
    )
    assert text_of([Message("nothing-sent"), Message("plan-again")]) == (
        "Nothing was sent. Plan again."
    )
    assert located("a.yaml:1:2", Message("yaml-list")) == (
        "a.yaml:1:2: Lists are not supported. Write fields as name: value."
    )


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "1 more line of the journal cannot be read."),
        (2, "2 more lines of the journal cannot be read."),
    ],
)
def test_a_number_chooses_the_form(count: int, text: str) -> None:
    """One has a form of its own."""
    assert str(Message("journal-lines", count=count)) == text
    assert say_number("1 santral", "{count} santrals", count=1) == "1 santral"


def test_fields_stand_as_they_are() -> None:
    """Whatever a field holds, nothing in it is filled in."""
    assert say("For {api}.", api="{made} {0} {{x}}") == "For {made} {0} {{x}}."


@pytest.mark.parametrize(
    "message",
    [
        Message("of-the-future"),
        Message("of-the-future", name="ankara"),
        Message("url-port"),
        Message("journal-lines"),
        Message("journal-lines", count="many"),
    ],
)
def test_a_message_that_is_not_known_here_is_shown_as_its_code(message: Message) -> None:
    """A saved plan of a newer santral may hold codes, or fields, that this one does not know."""
    assert str(message) == message.code


def test_messages_compare_by_what_they_say() -> None:
    """The order of fields is no difference, and codes sort."""
    one, other = Message("a-b", x=1, y="2"), Message("a-b", y="2", x=1)

    assert (one, hash(one)) == (other, hash(other))
    assert sorted([Message("b-c"), one, Message("a-a", z=1)]) == [
        Message("a-a", z=1),
        one,
        Message("b-c"),
    ]
    assert codes_of([one, Message("b-c")]) == "a-b, b-c"


def test_no_code_changes_or_disappears() -> None:
    """People search for codes, and saved plans hold them. Add a new one to the list, in order."""
    assert CODES.read_text("utf-8").splitlines() == sorted(TEMPLATES)


def test_a_code_is_short_and_stable() -> None:
    """Two to five words in lowercase, with hyphens; CONTRIBUTING.md says how to choose them."""
    shape = re.compile(r"[a-z0-9]+(-[a-z0-9]+){0,5}")

    assert [code for code in TEMPLATES if not shape.fullmatch(code) or len(code) > 40] == []


def test_a_template_is_whole_sentences() -> None:
    """It ends like one; only what quotes something ends with that."""
    unended = {code: form for code, form in forms() if not form.endswith((".", "?", ".)"))}

    assert unended == {
        "as-written": "{text}",
    }


def test_every_text_is_looked_up_in_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second language is a catalogue: gettext's, asked at the moment that a text is shown."""

    class Shouting(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return f"<{message}>"

        def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
            return f"<{msgid1 if n == 1 else msgid2}>"

    known = Message("url-port", most=3)
    monkeypatch.setattr(translation, "catalogue_of", lambda _: Shouting())
    translation.speak("xx")

    assert str(known) == "<The port must be from 1 to 3.>"
    assert str(Message("journal-lines", count=2)) == "<2 more lines of the journal cannot be read.>"
