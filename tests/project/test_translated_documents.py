"""A document in Turkish says all that the English one says, and has the same commands."""

import posixpath
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from support.places import ROOT
from support.readme import DOCUMENTS, anchors
from support.translated import (
    PARAGRAPHS,
    code_blocks,
    first_cells,
    names,
    numbers,
    sections,
    structure,
    targets,
)

TRANSLATED = {
    name: name.replace(".md", ".tr.md") for name in DOCUMENTS if not name.endswith(".tr.md")
}
"""The Turkish documents by the English ones."""
IN_TURKISH_ALREADY = {"çalıyor", "açıldı", "kapandı"}
"""What the comments of the English documents have from the panel."""
PAIR = pytest.mark.parametrize(("english", "turkish"), TRANSLATED.items(), ids=TRANSLATED)


def both(english: str, turkish: str) -> Iterator[tuple[str, str]]:
    """Yield each section of the two, but for the first line."""
    there, here = (DOCUMENTS[name].partition("\n")[2] for name in (english, turkish))
    return zip(sections(there), sections(here), strict=True)


def test_each_turkish_document_is_compared() -> None:
    """One that is left out would stay behind its English."""
    there = [*ROOT.glob("*.tr.md"), *(ROOT / ".github").rglob("*.tr.md")]

    assert {path.relative_to(ROOT).as_posix() for path in there} == {*TRANSLATED.values()}


def test_the_form_for_bugs_asks_in_both_languages() -> None:
    """In one form, so that nobody has to choose."""
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/bug.yml").read_text("utf-8"))
    introduction, *questions = (part["attributes"] for part in form["body"])
    asked = [form, *questions, *(one for each in questions for one in each.get("options", ()))]
    texts = [one[key] for one in asked for key in ("name", "label", "description") if key in one]
    english, turkish = zip(*(text.split(" / ") for text in texts), strict=True)
    there, here = introduction["value"].strip().split("\n\n**Burada ")

    assert len(texts) == 15
    assert "".join(english).isascii()
    assert {*english}.isdisjoint(turkish)
    assert there.count("\n\n") == here.count("\n\n") == 1


@PAIR
def test_the_two_lead_to_each_other(english: str, turkish: str) -> None:
    """In their first lines."""
    first = [DOCUMENTS[name].splitlines()[0] for name in (english, turkish)]

    assert first == [f"[Türkçe]({Path(turkish).name})", f"[English]({Path(english).name})"]


@PAIR
def test_the_two_have_the_same_structure(english: str, turkish: str) -> None:
    """Headings, lists, tables and blocks, one after the other; of the README each paragraph too."""
    there, here = (
        [
            one
            for one in structure(DOCUMENTS[name])
            if english == "README.md" or one not in PARAGRAPHS
        ]
        for name in (english, turkish)
    )

    assert here == there


@PAIR
def test_the_commands_are_the_same(english: str, turkish: str) -> None:
    """But for what comments and texts say, and the language that is set.

    So running those of one runs those of both.
    """
    texts = DOCUMENTS[english], DOCUMENTS[turkish]
    there, here = ([b for b in code_blocks(text) if b.language != "text"] for text in texts)

    assert [block.commands for block in here] == [block.commands for block in there]


@PAIR
def test_the_texts_within_commands_are_turkish(english: str, turkish: str) -> None:
    """What a recipe prints or sends is translated, and holds no sign that means something there."""
    texts = DOCUMENTS[english], DOCUMENTS[turkish]
    there, here = ([t for b in code_blocks(text) for t in b.texts] for text in texts)

    assert {*there}.isdisjoint(here)
    assert [text for text in here if re.search(r"[\"'`\\$<>|;]|%(?!i\b)", text)] == []


@PAIR
def test_a_recipe_in_turkish_has_the_program_speak_it(english: str, turkish: str) -> None:
    """Each that is a whole script or pipeline: a server's language is rarely its reader's."""
    whole = [b.code for b in code_blocks(DOCUMENTS[turkish]) if "SANTRAL_TIME_LIMIT" in b.code]

    assert [code for code in whole if "SANTRAL_LANG" not in code] == []
    assert "SANTRAL_LANG" not in "".join(b.code for b in code_blocks(DOCUMENTS[english]))


@PAIR
def test_the_blocks_in_turkish_can_be_read(english: str, turkish: str) -> None:
    """By a shell and as YAML: a quote in a translation could end what it stands in."""
    read = {"yaml": _read_yaml, "sh": _read_by_a_shell}
    blocks = [one for name in (turkish, english) for one in code_blocks(DOCUMENTS[name])]

    for block in blocks:
        read.get(block.language, str)(textwrap.dedent(block.code))


def _read_yaml(code: str) -> object:
    return [*yaml.parse(code, yaml.CSafeLoader)]


def _read_by_a_shell(code: str) -> object:
    return subprocess.run(["bash", "-n"], input=code, text=True, check=True, capture_output=True)


@PAIR
def test_the_comments_are_turkish(english: str, turkish: str) -> None:
    """None is left as it was."""
    texts = DOCUMENTS[english], DOCUMENTS[turkish]
    there, here = ({c for b in code_blocks(text) for c in b.comments} for text in texts)

    assert there & here <= IN_TURKISH_ALREADY


@PAIR
def test_the_tables_are_of_the_same(english: str, turkish: str) -> None:
    """Of the same commands and codes, in the same order; what stands for a value is translated."""
    there, here = (
        [
            re.findall(r"<code>santral [a-z]+|^[\d, ]+$", cell)
            for cell in first_cells(DOCUMENTS[name])
        ]
        for name in (english, turkish)
    )

    assert here == there


@PAIR
def test_each_section_names_the_same(english: str, turkish: str) -> None:
    """Options, variables, files and numbers, whatever the words between them."""
    for there, here in both(english, turkish):
        heading = there.partition("\n")[0]
        assert (heading, names(here)) == (heading, names(there))
        assert (heading, numbers(here)) == (heading, numbers(there))


@PAIR
def test_each_link_leads_to_the_same_place(english: str, turkish: str) -> None:
    """To the Turkish document where there is one, and there to the same heading."""
    for there, here in both(english, turkish):
        assert targets(here) == sorted(in_turkish(target, english) for target in targets(there))


def in_turkish(target: str, document: str) -> str:
    """Return what a link of an English document is in the Turkish one."""
    path, mark, anchor = target.partition("#")
    folder = posixpath.dirname(document)
    leads_to = posixpath.normpath(posixpath.join(folder, path)) if path else document
    if leads_to not in TRANSLATED:
        return target
    there, here = (anchors(DOCUMENTS[name]) for name in (leads_to, TRANSLATED[leads_to]))
    said = path.replace(".md", ".tr.md")
    return f"{said}{mark}{anchor and here[there.index(anchor)]}"


def test_a_heading_is_named_as_github_names_it() -> None:
    """Turkish letters stay what they are."""
    assert anchors("## URL'lerdeki gizli değerler\n\n### Çıkış kodları: 0, 1\n") == [
        "urllerdeki-gizli-değerler",
        "çıkış-kodları-0-1",
    ]


@pytest.mark.parametrize("name", TRANSLATED.values())
def test_a_link_can_be_typed(name: str) -> None:
    """The small letter of one is two characters, as GitHub makes it, one of them unseen."""
    assert [
        anchor for anchor in anchors(DOCUMENTS[name]) if "\N{COMBINING DOT ABOVE}" in anchor
    ] == []
