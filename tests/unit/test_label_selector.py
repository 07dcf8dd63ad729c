"""What ``--select`` may be given, and which labels it matches, for any labels."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.core.label_selector import LabelSelector
from reconciler.core.messages import Message
from reconciler.core.text import is_printable

NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,2}", fullmatch=True)
VALUES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,2}", fullmatch=True)
LABELS = st.dictionaries(NAMES, VALUES, max_size=3)


def selector(text: str) -> LabelSelector:
    """Return what is written, which is right."""
    read = LabelSelector.of(text)
    assert read
    return read


@given(LABELS, NAMES, VALUES)
def test_a_value_without_a_star_means_itself(
    labels: Mapping[str, str], name: str, value: str
) -> None:
    """And a name alone means any value."""
    assert selector(f"{name}={value}").matches(labels) is (labels.get(name) == value)
    assert selector(name).matches(labels) is (name in labels)


@given(LABELS, NAMES, VALUES | st.text("a*?[]!-.b1", min_size=1, max_size=4))
def test_a_negation_means_all_others(labels: Mapping[str, str], name: str, glob: str) -> None:
    """Those without the label too."""
    plain, negated = selector(f"{name}={glob}"), selector(f"{name}!={glob}")

    assert plain.matches(labels) is not negated.matches(labels)
    assert negated.matches({}) is True


@given(NAMES, VALUES, VALUES)
def test_a_star_stands_for_any_characters(name: str, value: str, more: str) -> None:
    """Also for none; a question mark stands for one."""
    assert selector(f"{name}={value}*").matches({name: value + more})
    assert selector(f"{name}={value}*").matches({name: value})
    assert selector(f"{name}={value}?").matches({name: f"{value}x"})
    assert not selector(f"{name}={value}?").matches({name: value})


@given(st.text())
def test_any_text_is_a_selector_or_none(text: str) -> None:
    """What is one says what it was written as."""
    read = LabelSelector.of(text)

    if read:
        sign = "!=" if read.is_negated else "="
        assert text == f"{read.label}{sign}{read.value}" or (read.label, read.value) == (text, "*")


@pytest.mark.parametrize(
    "text",
    [
        *("", "=", "=a", "a=", "!a", "!=a", "a!", "a!=", "a==b", "a=b=c", "a!b", "a=b,c", "a,b"),
        *(
            "a b",
            " a",
            "a ",
            "a=b c",
            "a=b\n",
            "-a",
            "--a=b",
            "*",
            "a*=b",
            "a?",
            "[a]=b",
            "a\u2028",
        ),
    ],
)
def test_what_is_no_selector_is_refused(text: str) -> None:
    """Not least what other programs write so."""
    assert LabelSelector.of(text) is None


@given(st.lists(LABELS, max_size=3), NAMES, VALUES, st.booleans())
def test_a_selector_is_a_mistake_where_no_santral_has_the_label(
    fleet: Sequence[Mapping[str, str]], name: str, value: str, is_negated: bool
) -> None:
    """Whether it is negated or not."""
    given_ = LabelSelector(name, value, is_negated=is_negated)

    assert (given_.mistake(fleet) is None) is any(labels.get(name) == value for labels in fleet)


@given(st.lists(LABELS, max_size=3), st.text(min_size=1))
def test_what_is_said_of_a_mistake_is_printable(
    fleet: Sequence[Mapping[str, str]], text: str
) -> None:
    """Whatever was typed."""
    read = LabelSelector.of(text)
    assume(read)
    assert read

    assert is_printable(str(read.mistake(fleet) or ""))


FLEET: Sequence[Mapping[str, str]] = ({"city": "ankara", "crm": "v2.1"}, {"city": "bursa"}, {})
MISTAKES = {
    "citty": Message("no-such-label-near", label="citty", near="city"),
    "City=ankara": Message("no-such-label-near", label="City", near="city"),
    "pilot!=yes": Message("no-such-label", label="pilot", option="--select"),
    "city=Ankara": Message("no-such-label-near", label="city=Ankara", near="city=ankara"),
    "city=anka": Message("no-such-label-near", label="city=anka", near="city=anka*"),
    "city!=brusa": Message("no-such-label-near", label="city=brusa", near="city=bursa"),
    "city=v2.1": Message("no-such-label", label="city=v2.1", option="--select"),
    "\u202e=x": Message("no-such-label", label=r"\u202e", option="--select"),
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.items(), ids=ascii)
def test_what_was_meant_is_said_where_that_is_known(text: str, said: Message) -> None:
    """A name like that one, or a value of that label."""
    assert selector(text).mistake(FLEET) == said
