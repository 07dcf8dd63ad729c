"""The Turkish catalogue: every text for people is in it, whole, and nothing else is."""

import ast
import re
import unicodedata
from collections.abc import Iterator

import click
import pytest
from support.catalogue import (
    FIELD,
    TURKISH,
    Text,
    fields_of,
    of_click,
    texts,
    translations_in,
)
from support.templates import TREES
from support.texts_of_files import of_files

from reconciler.cli.main import santral
from reconciler.cli.speaking import placeholders
from reconciler.core import language, shortages
from reconciler.core.translation import speak, translated

KNOWN = translations_in(TURKISH)
NEEDED = texts()
OF_CLICK = {text for text, _ in of_click()}
OF_FILES = {text for text, _ in of_files()}
REMEDY = "Run .ci/catalogue, and translate what is new."


def pairs() -> Iterator[tuple[str, str]]:
    """Yield each English form with its Turkish."""
    for text, forms in KNOWN.items():
        yield from zip([text] if isinstance(text, str) else text, forms, strict=True)


def test_every_text_is_in_the_catalogue_and_nothing_that_is_not_said() -> None:
    """Also each of click, as far as this one goes: another that is allowed may have fewer."""
    assert (set(NEEDED) - set(KNOWN), REMEDY) == (set(), REMEDY)
    assert (set(KNOWN) - set(NEEDED) - OF_CLICK, REMEDY) == (set(), REMEDY)


def test_every_text_is_translated() -> None:
    """Each of its forms; one that is fuzzy cannot even be read."""
    assert [english for english, turkish in pairs() if not turkish.strip()] == []


SAME = re.compile(r"[^a-z]*|.*[{].*|https?://.*")
"""What has no words of its own, or only names."""


def test_what_is_translated_has_other_words() -> None:
    """But for names, which are the same in every language."""
    same = {english for english, turkish in pairs() if english == turkish}

    assert {text for text in same if not SAME.fullmatch(text)} == {
        "1 santral",
        "Santral",
        "reviewers",
        "text",
    }


def fields_asked(text: Text) -> list[set[str]]:
    """Return the fields of each form; that for one thing may name the number, too."""
    return [fields_of(form) for form in ([text] if isinstance(text, str) else text)]


def test_a_translation_has_the_fields_of_its_text() -> None:
    """By name, and shown in the same way; a brace that is meant is doubled in both."""
    wrong = []
    for text, forms in KNOWN.items():
        *one, many = fields_asked(text)
        *first, last = map(fields_of, forms)
        if last != many or any(found not in (*one, many) for found in first):
            wrong.append((text, forms))

    assert wrong == []


@pytest.mark.parametrize("mark", ["{{", "}}", "\n", "`", "**"])
def test_a_translation_has_the_marks_of_its_text(mark: str) -> None:
    """As often, so that nothing else is bold, or on a line of its own; comments have any lines."""
    wrong = {english for english, turkish in pairs() if english.count(mark) != turkish.count(mark)}

    assert wrong - OF_FILES == set()


PLURAL = re.compile(r"\{(?:changes|count|fleet|limit|more|shown|total)\} \w+l[ae]r(?:[ıi]\w*)?\b")


def test_no_plural_stands_behind_a_number() -> None:
    """The number says it: 3 santral, and not 3 santraller."""
    assert [turkish for _, turkish in pairs() if PLURAL.search(turkish)] == []


SUFFIX = re.compile(r"\}[\"')\]]*['\u2019]?[a-zçğıöşü]")
"""A field cannot know which vowels its value has, so that a noun beside it bears the case."""


def test_no_case_stands_on_a_field() -> None:
    """It is santral ankara's own noun that bears it."""
    bare = (
        (turkish, FIELD.sub("}", turkish.replace("{{", "").replace("}}", "")))
        for _, turkish in pairs()
    )

    assert [turkish for turkish, text in bare if SUFFIX.search(text)] == []


def test_a_console_of_windows_shows_every_letter() -> None:
    """No character but those of cp1254, and those that the English has; none in two pieces."""
    strange = [
        (english, turkish)
        for english, turkish in pairs()
        if "?" in "".join({*turkish} - {*english, "?"}).encode("cp1254", "replace").decode("cp1254")
        or unicodedata.normalize("NFC", turkish) != turkish
    ]

    assert strange == []


def test_the_first_words_are_those_of_the_catalogue() -> None:
    """What may have to be said before it is read says the same."""
    speak(language.TURKISH)
    for text in ("Interrupted.", *shortages.TEMPLATES.values()):
        assert language.first_words(text, language.TURKISH) == translated(text)
        assert language.first_words(text, language.ENGLISH) == text


def commands(group: click.Group, context: click.Context) -> Iterator[click.Command]:
    """Yield all commands below one."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        yield command
        if isinstance(command, click.Group):
            yield from commands(command, context)


def test_every_placeholder_of_a_help_is_translated() -> None:
    """What stands for a value: FILE is DOSYA; a single letter is the same in both."""
    speak(language.ENGLISH)
    context = click.Context(santral, info_name="santral")
    shown = {
        word
        for command in (santral, *commands(santral, context))
        for option in command.params
        if isinstance(option, click.Option) and not option.is_flag
        for word in re.findall("[A-Z]{2,}", option.make_metavar(context))
    }
    speak(language.TURKISH)

    assert {word for word in shown if placeholders(word) == word} == {"MS", "PORT", "URL"}


LETTER_CASE = {"upper", "lower", "capitalize", "title", "casefold", "swapcase"}
OF_IDENTIFIERS = {
    "cli/hardening.py",
    "cli/near_misses.py",
    "cli/options.py",
    "cli/yes_or_no.py",
    "client/decoding.py",
    "client/transport.py",
    "config/folders.py",
    "config/git.py",
    "config/structure.py",
    "core/globs.py",
    "core/host_glob.py",
    "core/idn.py",
    "core/key_spellings.py",
    "core/language.py",
    "core/notification_url.py",
    "core/shortages.py",
    "core/url_spelling.py",
    "journal/history.py",
    "keys/names.py",
    "keys/ring.py",
    "onboarding/names.py",
    "onboarding/secret_names.py",
    "onboarding/tokens.py",
    "onboarding/yaml_text.py",
    "output_files.py",
    "render/as_github.py",
    "render/grouping.py",
    "sandbox/server.py",
}
"""The modules that change letters of names, words of formats and answers; of nothing that is said.

A capital i has no dot in English and has one in Turkish, and Python knows English only.
"""


def test_no_text_for_people_is_written_in_other_letters() -> None:
    """A heading is written as it is to be seen."""
    found = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LETTER_CASE
    }

    assert found == OF_IDENTIFIERS
