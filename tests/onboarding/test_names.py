"""Names are made of what people write, and sort as people sort."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.onboarding.names import label_value_of, name_of, natural_order, numbered

NAME = re.compile("[a-z0-9][a-z0-9-]{0,62}")
LABEL_VALUE = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("İstanbul Şube 2", "istanbul-sube-2"),
        ("ankara", "ankara"),
        ("IĞDIR", "igdir"),
        ("ısparta / Gölcük", "isparta-golcuk"),
        ("I\u0307zmir", "izmir"),
        ("Çiğ\u0306li", "cigli"),
        ("Straße, ẞ", "strasse-ss"),
        ("Æther Œuvre ﬁn ĳ", "aether-oeuvre-fin-ij"),
        ("Łódź Đà Ñandú Ħ", "lodz-da-nandu-h"),
        ("Þórður Ŋ Ə", "thordur-ng-e"),
        ("ＡＢ２ x²", "ab2-x2"),  # noqa: RUF001 - full width
        ("an\u00adka\u200bra", "ankara"),
        ("Ankara'nın (Merkez)", "ankara-nin-merkez"),
        ("--2. Şube--", "2-sube"),
        ("Москва 2", "2"),
        ("Москва", None),
        ("...", None),
        ("", None),
        ("a" * 62 + " b", "a" * 62),
    ],
)
def test_a_title_becomes_a_name(title: str, name: str | None) -> None:
    """Latin letters are written without their marks, and all else is one hyphen."""
    assert name_of(title) == name


@pytest.mark.parametrize(
    ("text", "value"),
    [("Ege_1.0 Şb.", "ege_1.0-sb."), ("._-Ege-", "ege"), ("—", None), ("x" * 70, "x" * 63)],
)
def test_a_text_becomes_the_value_of_a_label(text: str, value: str | None) -> None:
    """It keeps dots and underscores, and begins with neither."""
    assert label_value_of(text) == value


@given(st.text())
@example("ŉ")
@example("\u0130\u0345")
def test_whatever_people_write_a_name_is_valid_and_stays(text: str) -> None:
    """What is a name already is its own."""
    name, value = name_of(text), label_value_of(text)
    assert name is None or (NAME.fullmatch(name) and name_of(name) == name)
    assert value is None or (LABEL_VALUE.fullmatch(value) and label_value_of(value) == value)


@given(st.from_regex(NAME, fullmatch=True))
def test_a_name_is_its_own(name: str) -> None:
    """But for hyphens that are no use."""
    assert name_of(name) == re.sub("-+", "-", name).strip("-")


def test_the_second_of_a_name_gets_a_number() -> None:
    """It passes over what others are called, and is no longer than a name may be."""
    long = "a" * 63
    assert numbered(["x", "x", "x-2", "x", "b", "x-2", long, long, "a" * 62, "a" * 62]) == [
        "x",
        "x-3",
        "x-2",
        "x-4",
        "b",
        "x-2-2",
        long,
        "a" * 60 + "-2",
        "a" * 62,
        "a" * 60 + "-3",
    ]


@given(st.lists(st.from_regex("[ab](-[23])?|a{59,63}", fullmatch=True)))
def test_numbers_make_all_names_different(names: list[str]) -> None:
    """The first of each keeps its name, and no other takes it."""
    result = numbered(names)
    firsts = {names.index(name) for name in names}
    assert len({*result}) == len(names)
    assert all(map(NAME.fullmatch, result))
    assert all(result[first] == names[first] for first in firsts)
    assert {n for at, n in enumerate(result) if at not in firsts}.isdisjoint(names)


def test_digits_sort_as_numbers() -> None:
    """However long they are, and in whichever script other digits are."""
    huge = "9" * 5000
    names = [
        "sube-10",
        f"a{huge}",
        f"a1{huge}",
        "2",
        "sube-2",
        "10",
        "sube",
        "b",
        "sube-009",
        "sube-2-1",
        "٣",
    ]
    assert sorted(names, key=natural_order) == [
        "2",
        "10",
        f"a{huge}",
        f"a1{huge}",
        "b",
        "sube",
        "sube-2",
        "sube-2-1",
        "sube-009",
        "sube-10",
        "٣",
    ]


@given(st.lists(st.text("ab0129-٣²"), unique=True))
def test_any_names_have_one_order(names: list[str]) -> None:
    """No two that differ are equal in it."""
    assert len({natural_order(name) for name in names}) == len(names)
    backwards = names[::-1]
    assert sorted(names, key=natural_order) == sorted(backwards, key=natural_order)


@given(st.integers(min_value=0), st.integers(min_value=0))
def test_the_order_of_numbers_is_theirs(one: int, other: int) -> None:
    """As the docstring says."""
    assert (natural_order(f"s-{one}") < natural_order(f"s-{other}")) == (one < other)
