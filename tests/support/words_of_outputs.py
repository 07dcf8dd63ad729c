"""The words that an output has for people: of it is left out what is written for programs.

That is markup, keys and single words of JSON, all of YAML but its comments, and every name with
anything but letters in it: options, fields, codes, files, addresses, variables.
"""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

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
    r"(?:^|\s)#(.*)|\b(?:description: |echo )(\"[^\"\n]*)|^ +name: ([A-Z].*)"
    r"|format\('([^']*)'|:\?([^}]*)\}",
    re.MULTILINE,
)
"""Comments, and what a forge shows, or a job writes into its log."""
_NAMES = re.compile(
    r"\x1b\[[?\d;]*\w|::(?:error|warning|notice)(?: [^\n]*?)?::|<!--.*?-->|https?://\S+|%\w+"
    r"|\b(?:GET|POST|PUT)\b|^plain$|\"Not Found\"|actions: read"
    r"|Secrets\s+and\s+variables|Run\s+workflow|masked\s+and\s+hidden|Minimum\s+role\s+to\s+use\s+pipeline\s+variables",
    re.MULTILINE,
)
"""Marks for terminals and forges, addresses, methods, what the forge says, and what its pages say
to everybody."""


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


COMMONEST = frozenset(
    """
    the of and to in is you that it he was for are with his they be this have from or one had by
    word but what all were we when your said there use each which she how their if will up other
    about out many then them these so some would make like him into time has look two more write go
    see number no way could people my than first water been call who oil its now find long down day
    did get come made may part over new sound take only little work know place year live me back
    give most very after thing our just name good sentence man think say great where help through
    much before line right too mean old any same tell boy follow came want show also around form
    three small set put end does another well large must big even such because turn here why ask
    went men read need land different home us move try kind hand picture again change off play spell
    air away animal house point page letter mother answer found study still learn should world high
    every near add food between own below country plant last school father keep tree never start
    city earth eye light thought head under story saw left few while along might close something
    seem next hard open example begin life always those both paper together got group often run
    important until children side feet car mile night walk white sea began grow took river four
    carry state once book hear stop without second later miss idea enough eat face watch far really
    almost let above girl sometimes mountain cut young talk soon list song being leave family body
    music color stand sun question fish area mark dog horse birds problem complete room knew since
    ever piece told usually friends easy heard order red door sure become top ship across today
    during short better best however low hours black products happened whole measure remember early
    """.split()
)
"""Some 300 of the commonest words of English; without "an", "as", "at", "can", "do", "her", "not",
"on" and "son", which Turkish has too."""
