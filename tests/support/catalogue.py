"""All texts for people, found where they stand, and the catalogues that translate them.

As a program (``.ci/catalogue``) it makes them anew: what is translated stays, what nothing says any
more goes, and what is new gets an empty place. Files that are named give translations, too.
"""

import ast
import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from support.places import ROOT
from support.templates import SPEAKERS, TREES, is_call_of
from support.texts_of_files import of_files

from reconciler.core import message_catalogue, shortages
from reconciler.core.system_words import SYSTEM_WORDS

TURKISH = ROOT / "reconciler/locale/tr/LC_MESSAGES/santral.po"
_HEADER = """\
# Turkish of all texts for people. CONTRIBUTING.md has the words; .ci/catalogue makes it anew.
msgid ""
msgstr ""
"Language: tr\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""

Text = str | tuple[str, str]
"""One to translate; or two, for one thing and for several."""
Extractor = Callable[[], Iterator[tuple[Text, str]]]
"""Yields texts, each with where it stands, in words for the translator."""


def of_the_source() -> Iterator[tuple[Text, str]]:
    """Yield what the program says, or keeps to be said later."""
    for name, tree in TREES.items():
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
            texts = [one.value for one in call.args if isinstance(one, ast.Constant)]
            if texts and is_call_of(call, {"say_number"}):
                yield (str(texts[0]), str(texts[1])), name
            elif texts and is_call_of(call, SPEAKERS):
                yield str(texts[0]), name


def of_messages() -> Iterator[tuple[Text, str]]:
    """Yield the templates of all codes."""
    names = [one.name for one in iter_modules(message_catalogue.__path__) if one.name != "form"]
    parts = [import_module(f"{message_catalogue.__name__}.{name}") for name in names]
    for part in (*parts, shortages):
        for code, text in part.TEMPLATES.items():
            yield text, code


def of_the_system() -> Iterator[tuple[Text, str]]:
    """Yield what systems say."""
    yield from ((words, "system") for words in SYSTEM_WORDS)


def of_click() -> Iterator[tuple[Text, str]]:
    """Yield what click looks up."""
    keywords = {"_": None, "ngettext": (1, 2)}
    for path in sorted(Path(click.__file__).parent.glob("*.py")):
        with path.open("rb") as file:
            for _, text, _, _ in extract("python", file, keywords):
                yield (text if isinstance(text, str) else (text[0], text[1])), "click"
    yield "required", "click"  # which it does not look up by that word


EXTRACTORS: tuple[Extractor, ...] = (
    of_the_source,
    of_messages,
    of_the_system,
    of_click,
    of_files,
)


def texts() -> Mapping[Text, list[str]]:
    """Return every text with the places where it stands, in the order of those."""
    found: dict[Text, list[str]] = {}
    for extractor in EXTRACTORS:
        for text, where in extractor():
            places = found.setdefault(text, [])
            places.extend([where] if where not in places else [])
    return found


Translations = Mapping[Text, tuple[str, ...]]
"""By text: the translation, or those for one thing and for several; empty where there is none."""


def translations_in(path: Path) -> Translations:
    """Return what a catalogue has; raises ValueError where something in it is fuzzy."""
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    entries = [entry for entry in catalogue if entry.id]
    fuzzy = [entry.id for entry in entries if entry.fuzzy]
    if fuzzy or catalogue.obsolete:
        raise ValueError(path, fuzzy, [*catalogue.obsolete])
    return {_key(entry.id): _forms(entry.string) for entry in entries}


def _key(id_: str | Iterable[str]) -> Text:
    if isinstance(id_, str):
        return id_
    one, many = id_
    return one, many


def _forms(string: str | Iterable[str] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def written(translations: Translations) -> str:
    """Return a catalogue of all texts with what of them is translated."""
    catalogue = Catalog(locale="tr", fuzzy=False)
    for text, places in texts().items():
        forms = translations.get(text, ("",))
        plural = forms if len(forms) > 1 else forms * 2
        string = forms[0] if isinstance(text, str) else plural
        catalogue.add(text, string, auto_comments=[", ".join(places)])
    entries = io.BytesIO()
    write_po(entries, catalogue, width=0, omit_header=True)
    return _HEADER + entries.getvalue().decode().lstrip("\n")


FIELD = re.compile(r"\{([^{}\"]*)\}|%\((\w+)\)s")


def fields_of(text: str) -> set[str]:
    """Return the fields of a text, each with how it is shown; {secret.AD} is {secret.NAME}."""
    said = re.sub(r"\{\{|\}\}|\.[A-ZİĞÜŞÖÇ]+(?=\})", "", text)
    return {found.group() for found in FIELD.finditer(said)}


if __name__ == "__main__":
    known: dict[Text, tuple[str, ...]] = {}
    for each in (TURKISH, *map(Path, sys.argv[1:])):
        if each.exists():
            given = translations_in(each)
            known |= {text: forms for text, forms in given.items() if any(forms)}
    TURKISH.write_text(written(known), "utf-8", newline="\n")
    lacking = [text for text in texts() if text not in known]
    print(f"{len(texts())} texts, {len(lacking)} of them not translated yet")  # noqa: T201
