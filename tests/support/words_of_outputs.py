"""The words that an output has for people: of it is left out what is written for programs.

That is markup, keys and single words of JSON, all of YAML but its comments, and every name with
anything but letters in it: options, fields, codes, files, addresses, variables.
"""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from support.places import SUPPORT

FOR_PEOPLE = {"title", "alt", "placeholder", "aria-label", "message"}
"""The attributes of HTML, and of JUnit's XML, that people read."""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag if tag in {"script", "style"} else self._silent
        self.found += [value or "" for name, value in attrs if name in FOR_PEOPLE]

    def handle_endtag(self, tag: str) -> None:
        self._silent = "" if tag == self._silent else self._silent

    def handle_data(self, data: str) -> None:
        self.found += [] if self._silent else [data]


def _of_page(text: str) -> str:
    page = _Page()
    page.feed(text)
    return " ".join(page.found)


def _of_json(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _of_json(one)
    elif isinstance(value, str) and " " in value.strip():
        yield value


_JSON = re.compile(r"^[\[{]\n.*|^\{\".*", re.MULTILINE | re.DOTALL)
_OF_YAML = re.compile(
    r"(?:^|\s)#(.*)|\b(?:description: |echo )(\"[^\"\n]*)|^ +(?:name|description): ([A-Z].*)"
    r"|format\('([^']*)'|:\?([^}]*)\}",
    re.MULTILINE,
)
"""Comments, and what a forge shows, or a job writes into its log."""
_NAMES = re.compile(
    r"\x1b\[[?\d;]*\w|::(?:error|warning|notice)(?: [^\n]*?)?::|<!--.*?-->|https?://\S+|%\w+"
    r"|\b(?:GET|POST|PUT)\b|^plain$|\"Not Found\"|actions: read|:all:"
    r"|Secrets\s+and\s+variables|Run\s+workflow|masked\s+and\s+hidden|Minimum\s+role\s+to\s+use\s+pipeline\s+variables",
    re.MULTILINE,
)
"""Marks for terminals and forges, addresses, methods, what the forge says, what is typed for pip,
and what the forge's pages say to everybody."""


def text_for_people(name: str, text: str) -> str:
    """Return what people read of an output; the name of a file says what is in it."""
    if " > " in name and name.endswith((".yaml", ".yml")):
        text = "\n".join("".join(found) for found in _OF_YAML.findall(text))
    if "<?xml" in text or "<!doctype html" in text.lower():
        text = _of_page(text)
    if found := _JSON.search(text):
        text = text[: found.start()] + "\n".join(_of_json(json.loads(found[0])))
    return _NAMES.sub(" ", text)


def words(text: str) -> set[str]:
    """Return the words of a text, in small letters; what has a sign or a digit in it is a name."""
    parts = re.split(r"[\s,;:()\[\]|\"`→]+", text)
    bare = (re.sub(r"(?<=\w)['\u2019].*", "", part.strip("'.!?*…")) for part in parts)
    return {word.replace("İ", "i").lower() for word in bare if re.fullmatch(r"[^\W\d_]{2,}", word)}


COMMONEST = frozenset((SUPPORT / "commonest_words.txt").read_text("utf-8").split())
"""Some 300 of the commonest words of English; without "an", "as", "at", "can", "do", "her", "not",
"on" and "son", which Turkish has too."""
