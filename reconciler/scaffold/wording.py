"""A file that comes with the program, with what people read of it in another language.

That is found by its form, so a template is an ordinary file in English, and everything else stays
to the letter. It is never filled in: braces in it are its own.
"""

import json
import re
from collections.abc import Callable

Translate = Callable[[str], str]
"""What says a text in another language."""

_COMMENTS = re.compile(r"^(?P<margin> *# ).*(?:\n(?P=margin).*)*", re.MULTILINE)
"""Lines of comment with one margin. An empty one parts them."""
_FOR_PROGRAMS = r"(?:SANTRAL_\w+: |yamllint |yaml-language-server: )"
"""How a line of comment begins that no people read: a setting to turn on, a word to a linter."""
_UNIT = re.compile(
    rf"{_FOR_PROGRAMS}.*"
    r"|\d+\. .*(?:\n .*)*"  # one of a numbered list, with the lines that are indented below it
    rf"|.+(?:\n(?!\d+\. |{_FOR_PROGRAMS}).+)*"
)
_BESIDE = re.compile(r"^(?P<before> *[^ #\n].* # )(?!v[\d.]+$)(?P<text>.+)", re.MULTILINE)
"""A comment behind something, other than the version of an action, which Dependabot reads."""
_SHOWN = tuple(
    re.compile(rf"(?P<before>{before})(?P<text>{text})", re.MULTILINE)
    for before, text in (
        (r'(?:description: |echo )"(?:::error::)?', r'[^"\n]+'),
        (r"\$\{SANTRAL_PACKAGE:\?", r"[^}\n]+"),
        (r"^ +(?:name|expose_as): ", r"[A-Z].*"),
        (r"^run-name: .*?format\('", r"[^'\n]+"),
    )
)
"""What a forge shows, or a job writes into its log."""
_STRING = r'"(?:[^"\\\n]|\\.)*'
_EXPLAINED = re.compile(
    rf'(?P<before>"description": )(?P<text>{_STRING}")'
    # A sentence among the examples.
    rf'|(?P<key>"text": |^ +)(?P<sentence>{_STRING} {_STRING[1:]}\.")(?!:)',
    re.MULTILINE,
)


def in_words(text: str, translate: Translate) -> str:
    """Return a YAML file with its comments, and what a forge or a log shows, translated."""
    text = _COMMENTS.sub(lambda found: _comments(found, translate), text)
    for pattern in (_BESIDE, *_SHOWN):
        text = pattern.sub(lambda found: found["before"] + translate(found["text"]), text)
    return text


def schema_in_words(text: str, translate: Translate) -> str:
    """Return a JSON Schema with its descriptions and examples translated; its titles are names."""

    def explained(found: re.Match[str]) -> str:
        said = translate(json.loads(found["text"] or found["sentence"]))
        return (found["before"] or found["key"]) + json.dumps(said, ensure_ascii=False)

    return _EXPLAINED.sub(explained, text)


def _comments(found: re.Match[str], translate: Translate) -> str:
    margin = found["margin"]
    said = found[0].removeprefix(margin).replace(f"\n{margin}", "\n")
    units = (_unit(one, translate) for one in _UNIT.findall(said))
    return margin + "\n".join(units).replace("\n", f"\n{margin}")


def _unit(text: str, translate: Translate) -> str:
    return text if re.match(_FOR_PROGRAMS, text) else translate(text)
