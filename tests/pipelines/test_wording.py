"""What ``init`` writes, in the reader's language: other words in comments, and nothing else."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from support.program import Program
from support.texts_of_files import NAMES, SCHEMAS, WITH_COMMENTS, of_files

from reconciler.core.ci_systems import SYSTEMS, Ci, Gate
from reconciler.core.language import LANGUAGES, TURKISH
from reconciler.core.translation import catalogue_of
from reconciler.scaffold.wording import in_words, schema_in_words

turkish = catalogue_of(TURKISH).gettext
every_file = pytest.mark.parametrize("name", WITH_COMMENTS)

_SAID = (
    (r"(^|\s)# .*", ""),
    (r'(echo "(?:::error::)?)[^"]*', r"\1"),
    (r"(\$\{SANTRAL_PACKAGE:\?)[^}]*", r"\1"),
    (r"(format\(')[^']*(?=', inputs\.run\))", r"\1"),
    (r"^(Install santral|santral kurulumu)$", ""),
    (r"\n\s*(?=\n)", ""),
)
"""What may differ between two languages within a value, and what comes in its place here."""


def structure(node: Any) -> Any:
    """Return what YAML holds, without what is said to people in it."""
    if isinstance(node, list):
        return [structure(item) for item in node]
    if isinstance(node, dict):
        shown = {"description", "expose_as"}
        return {key: key in shown or structure(value) for key, value in node.items()}
    if isinstance(node, str):
        for pattern, instead in _SAID:
            node = re.sub(pattern, instead, node, flags=re.MULTILINE)
    return node


def structures(text: str) -> list[Any]:
    """Return what each document of a file holds."""
    return [structure(one) for one in yaml.safe_load_all(text)]


def comments(text: str) -> Iterator[str]:
    """Yield the lines that are a comment for people."""
    for line in text.splitlines():
        if re.match(r" *# (?!SANTRAL_\w+: |yamllint |yaml-language-server: )", line):
            yield line


SAMPLE = """\
# <About this file,
# in two lines.>
#
# <1. First
#    this.>
# <Then that.>
run-name: ${{ format('<Roll back {0}>', inputs.run) }}
env:
  # <Which one.>
  # SANTRAL_CANARY: 5%
  URL: https://example.com/#here # <where to>
jobs:
  - uses: actions/checkout@3d3c42e # v7.0.1
  - run: echo "::error::<It failed.>" && exit 1
    name: <Install santral>
"""
"""A file with each text of it in brackets."""


def test_a_paragraph_is_one_text_and_each_item_of_a_list() -> None:
    """With its line breaks; and so is what stands beside something, or is shown by a forge."""
    assert in_words(re.sub("[<>]", "", SAMPLE), lambda text: f"<{text}>") == SAMPLE


@every_file
def test_a_file_is_the_same_in_turkish_but_for_its_words(name: str) -> None:
    """The same jobs, the same commands, the same settings; and no other word is English."""
    english = WITH_COMMENTS[name]
    translated = in_words(english, turkish)

    assert structures(translated) == structures(english) != []
    assert translated != english
    assert re.findall(r"uses: .*", translated) == re.findall(r"uses: .*", english)


@every_file
def test_what_says_the_same_changes_nothing(name: str) -> None:
    """To the letter."""
    assert in_words(WITH_COMMENTS[name], str) == WITH_COMMENTS[name]


@every_file
def test_no_comment_goes_past_the_catalogue(name: str) -> None:
    """Where all texts are blank, nothing is left of any."""
    blank = in_words(WITH_COMMENTS[name], lambda _: "-")

    assert {line.strip() for line in comments(blank)} == {"# -"}
    assert {*re.findall(r"[^ #\n].* # (?!v[\d.]+$)(.+)", blank, re.MULTILINE)} <= {"-"}


@every_file
def test_a_comment_in_turkish_is_no_wider_than_in_english(name: str) -> None:
    """At most 80 columns, as yamllint has it."""
    wide = [line for line in comments(in_words(WITH_COMMENTS[name], turkish)) if len(line) > 80]
    assert wide == []


_SAME = re.compile(
    r"SANTRAL_\w+|santral-[a-z]+|\.git\w+/[\w./]*\w|resource_groups[\w/?=-]+|https?:"
    r"|Settings(?: -> [A-Z][\w/]+)+|\{[a-z]+(?=\.[A-Zİ]+\})|\{[a-zA-Z0-9]+\}|--[a-z][a-z-]+"
    r"|kubectl [a-z]+|\$\w+|<N>|^\d+\. "
)
"""Names and commands: they are the same in every language; of {secret.NAME}, the first word is."""


def test_both_languages_name_the_same() -> None:
    """What is to be set up, typed, or looked at; of a page, its Turkish edition."""
    named = {
        text: [
            {*_SAME.findall(" ".join(one.split()))}
            for one in (re.sub(r"(?<=[A-Z])\.md", ".tr.md", text), turkish(text))
        ]
        for text, _ in of_files()
    }

    assert len(named) > 300
    assert {text: names for text, names in named.items() if names[0] != names[1]} == {}


def test_gitlab_takes_the_name_of_an_exposed_report() -> None:
    """It allows letters of ASCII, digits, hyphens, underscores and spaces."""
    assert re.fullmatch(r"\w[-\w ]*", turkish("Plan of the santrals"), re.ASCII)


def test_a_shell_reads_nothing_into_what_is_echoed() -> None:
    """Texts in double quotes hold no sign that means something there, but for variables."""
    echoed = re.findall(
        r'(?:echo "(?:::error::)?|PACKAGE:\?)([^"}\n]+)', "".join(WITH_COMMENTS.values())
    )
    assert len(echoed) > 5
    for text in echoed:
        assert not re.search(r'["`\\}]|\$(?!SANTRAL_[A-Z]+\b)|: | #', turkish(text))


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_the_same_in_turkish_but_for_its_sentences(name: str) -> None:
    """Its descriptions, and those among the examples."""
    english = SCHEMAS[name]
    translated = schema_in_words(english, turkish)

    said = re.compile(
        r'^( *(?:"description": (?=")|(?:"text": )?(?="[^"]* [^"]*\.",?$)))"(.*)"', re.MULTILINE
    )
    assert json.loads(said.sub(r'\1""', translated)) == json.loads(said.sub(r'\1""', english))
    assert schema_in_words(english, str) == english
    assert all(text.endswith(".") for _, text in said.findall(translated))


@pytest.mark.parametrize("name", ["santral", "plan", "history", "doctor"])
def test_the_schema_is_printed_in_the_readers_language(program: Program, name: str) -> None:
    """By --lang, or a variable; init writes the same."""
    english = SCHEMAS[f"{name}.schema.json"]

    assert program.run("schema", name, "--lang", "tr").whole_stdout == schema_in_words(
        english, turkish
    )
    assert program.run("schema", name, "--lang", "en").whole_stdout == english


CHOICES = [
    *(("--ci", str(ci), "--gate", str(gate)) for ci in Ci for gate in Gate),
    ("--ci", "kubernetes"),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("choice", CHOICES, ids=" ".join)
def test_init_writes_its_own_language_into_the_pipeline(
    program: Program, choice: tuple[str, ...], language: str
) -> None:
    """So that comments, issues and annotations are in it; the words of the files are in it too."""
    program.run("init", *choice, "--lang", language)
    ci = choice[1]
    place = SYSTEMS[Ci(ci)].pipeline if ci in {*Ci} else "kubernetes/santral.yaml"
    written = (program.folder / place).read_text("utf-8")
    first = next(yaml.safe_load_all(written))

    settings = first.get("env") or first.get("variables") or first["data"]
    assert settings["SANTRAL_LANG"] == language
    assert ("Bir kez yapılacaklar:" in written) == (language == TURKISH)
    for file in ("santral.yaml", "schemas/santral.schema.json"):
        text = (program.folder / file).read_text("utf-8")
        assert ("santrallerinizi" in text or "ayarları" in text) == (language == TURKISH)


def test_every_template_names_the_language_once() -> None:
    """In the one form that init looks for."""
    assert [WITH_COMMENTS[name].count("\n  SANTRAL_LANG: en # ") for name in NAMES] == [1] * 5
