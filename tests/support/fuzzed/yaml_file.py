"""santral.yaml: whatever the bytes, a fleet or every problem, from both parsers the same."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any
from unittest import mock

import yaml
from hypothesis import strategies as st
from support.fuzzed.documents import near
from support.fuzzed.target import Target, encoded
from support.places import CASES
from support.yaml_parsers import HAS_C_PARSER

from reconciler.config import nodes
from reconciler.config.load import assemble
from reconciler.config.nodes import Node, Refused, Scalar
from reconciler.config.problems import ConfigError, Problem
from reconciler.config.reader import read
from reconciler.config.rules import UNMANAGED
from reconciler.core.fleet import Fleet, Santral
from reconciler.core.notification_url import url_problem
from reconciler.core.settings import FIELDS, SWITCHES
from reconciler.core.text import KEY_SHAPE, is_printable
from reconciler.core.url_template import with_stand_ins

_KEY = "K00000001-1111-2222-3333-444444444444"
_READ_DIFFERENTLY = re.compile(r"[{,\[].*\?|[|>][-+0-9]*#|:[\[\]{},]", re.DOTALL)
"""What the reader's docstring names: one parser refuses it, the other does not."""
_REFUSED_OTHERWISE = re.compile(r"!|:\s*,|\\[uU](?:0000)?[dD][89a-fA-F]|(?m:^%)")
"""Both parsers refuse it, but name other places or reasons: a bare tag, a colon before a comma, an
escape for half a character, to which the one in Python may come only after another fault, and a
percent sign at the start of a line."""
_QUOTED_KEY = re.compile(r'"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"', re.IGNORECASE)
"""One without its letter, which ``is_printable`` does not take for one."""


def check(content: bytes) -> None:
    """Read a file with each parser, and look at each answer and whether they agree."""
    answer, tree = _answer(content), _tree(content)
    _check_answer(answer, content)
    if isinstance(answer, Fleet):
        _check_meaning(answer, content)
    if HAS_C_PARSER:
        with mock.patch.object(yaml, "CSafeLoader", yaml.SafeLoader):
            other, other_tree = _answer(content), _tree(content)
        _check_answer(other, content)
        _check_agreement(content.decode("utf-8", "replace"), (answer, tree), (other, other_tree))


def _check_agreement(text: str, one: tuple[object, object], other: tuple[object, object]) -> None:
    if _READ_DIFFERENTLY.search(text):
        return
    if _REFUSED_OTHERWISE.search(text):
        assert isinstance(one[0], Fleet) == isinstance(other[0], Fleet)
    else:
        assert one == other


def _answer(content: bytes) -> Fleet | tuple[Problem, ...]:
    try:
        return assemble([("f.yaml", content)]).fleet
    except ConfigError as error:
        return error.problems


def _tree(content: bytes) -> object:
    """Return the texts and places of a file that is YAML; the parsers agree on no other tree."""
    document = read(content, "f.yaml")
    return document.problems or (texts_in(document.root), places_of(document.root))


def texts_in(node: Node) -> Any:
    """Return the texts of a tree."""
    if isinstance(node, nodes.Mapping):
        return {name: texts_in(value) for name, (_, value) in node.entries.items()}
    return node.text if isinstance(node, Scalar) else None


def places_of(node: Node) -> Any:
    """Return the places of a tree: of each name, and of each value that is not empty."""
    if isinstance(node, nodes.Mapping):
        return {
            name: (str(key.place), places_of(value)) for name, (key, value) in node.entries.items()
        }
    return str(node.place) if isinstance(node, Refused) or node.text else None


def _check_answer(answer: Fleet | Sequence[Problem], content: bytes) -> None:
    lines = _lines(content)
    if isinstance(answer, Fleet):
        _check_fleet(answer, lines)
        return
    assert answer
    for problem in answer:
        assert 1 <= problem.place.line <= len(lines)
        assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
        assert is_printable(str(problem.message))
        assert not _QUOTED_KEY.search(str(problem.message))


def _lines(content: bytes) -> list[str]:
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    return text.replace("\r\n", "\n").split("\n")


def _check_fleet(fleet: Fleet, lines: Sequence[str]) -> None:
    names = [santral.name for santral in fleet.santrals]
    keys = {santral.key_name for santral in fleet.santrals}
    assert names == sorted(set(names))
    assert len(keys) == len(names) > 0
    assert not KEY_SHAPE.search("\n".join(lines))
    for santral in fleet.santrals:
        _check_santral(santral, lines)
    assert _without_places(_answer(_rewritten(fleet))) == _without_places(fleet)


def _check_santral(santral: Santral, lines: Sequence[str]) -> None:
    start = lines[santral.place.line - 1][santral.place.column - 1 :]
    assert start.startswith((santral.name[:1], "'", '"', "?", "|", ">"))
    for name in (santral.name, santral.key_name):
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name)
    url = santral.desired.notification_url
    if url is not None:
        assert url_problem(with_stand_ins(url), allow_insecure=bool(santral.warnings)) is None


def _check_meaning(fleet: Fleet, content: bytes) -> None:
    """Compare a fleet with PyYAML's tree of its file, which has no anchor, tag or repetition."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    for event in yaml.parse(content, Loader=loader):
        assert (getattr(event, "anchor", None), getattr(event, "tag", None)) == (None, None)
    document = _plain(yaml.compose(content, Loader=loader))
    defaults = (document.get("defaults") or {}).get("crm_integration") or {}
    for santral in fleet.santrals:
        written = document["santrals"][santral.name]
        assert dict(santral.labels) == (written.get("labels") or {})
        assert santral.key_name == (written.get("key") or santral.name)
        own = {name: text for name, text in (written["crm_integration"] or {}).items() if text}
        for field in FIELDS:
            asked = {**defaults, **own}.get(field) or UNMANAGED
            text = "" if asked == UNMANAGED else asked.replace("{name}", santral.name)
            for label, value in santral.labels:
                text = text.replace(f"{{labels.{label}}}", value)
            assert (getattr(santral.desired, field) or "") == text


def _plain(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        fields = [(name.value, _plain(value)) for name, value in node.value]
        assert len(dict(fields)) == len(fields)
        return dict(fields)
    return node.value if node else None


def _rewritten(fleet: Fleet) -> bytes:
    """Return a file that asks for the same, as a program would write it: JSON."""
    entries = {
        santral.name: {
            "key": santral.key_name,
            **({"labels": dict(santral.labels)} if santral.labels else {}),
            "allow_insecure_url": "true" if santral.warnings else "false",
            "crm_integration": {
                field: str(value)
                for field in FIELDS
                if (value := getattr(santral.desired, field)) is not None
            },
        }
        for santral in fleet.santrals
    }
    return json.dumps({"version": "1", "santrals": entries}).encode()


def _without_places(answer: Fleet | tuple[Problem, ...]) -> object:
    if isinstance(answer, Fleet):
        return [(s.name, s.key_name, s.desired, s.warnings, s.labels) for s in answer.santrals]
    return answer


# What files are made of.

_TYPED = [
    "on", "off", "1", "yes", "true", "~", "''", '""', "0532", "1:30", "=", "ankara", "a b", "ş",
    "'on'", '"\\x6fn"', "{name}", "${x}", "https://a.b/{name}", "https://a.b/?c=d", "'http://1.2.3.4'",
    "|-\n      on", ">\n   on\n", "&a on", "*a", "!t on", "!!str on", "'it''s'", '"\\u202e"',
    '"\\ud800"', "[on, off]", "[]", "{}", "? on", "- on", "@", "%", "a: b", "on # x", "on\t", "on,",
    "9" * 1000, _KEY, _KEY[1:], f"'{_KEY[:20]}'", "<<",
]  # fmt: skip
"""Values, right and wrong, as they may be typed."""
_NAMES = [
    "version", "defaults", "santrals", "crm_integration", "notification_url", "ringing", "answered",
    "hangup", "description", "key", "labels", "allow_insecure_url", "ankara", "izmir-2", "İzmir",
    "<<",
    "'version'", '"a\\nb"', "? a", "&a a", "!t a", "*a ", "a b", "-a", "version:1", "ringing:on",
    "K00000001_1111_2222_3333_444444444444", _KEY[1:], "::error::a", "##[group]a",
]  # fmt: skip
_MARKS = [
    "\n", "\n  ", "\n    ", "\n      ", " ", "- ", "? ", ": ", ":", ",", ", ", "{", "}", "[", "]",
    "'", '"', "''", '\\"', "# x", " #", "|", ">", "|-\n", ">+2\n", "|# x", "&", "*", "!", "!!str ",
    "---\n", "\n---\n", "&a ", "!t ", "...\n", "---", "...", "$(", "{{",
    "\\", "\\n", "\\x41", "\\U0001F600", "\\UFFFFFFFF", "\\\n",
    "%YAML 1.2\n", "%TAG ! a\n", "%X\n", "\ufeff", "\r\n", "\r", "\t", "\u202e", "\u2028", "\x85",
    "\xa0", "\ufdd0", "😀", "\x00", "`", "@", "5%",
]  # fmt: skip


_FRONT = ["&a ", "!t ", "!!str ", "- ", "? "]
_IN_FRONT = st.sampled_from([*[""] * 850, *_FRONT * 5, *map("".join, product(_FRONT, repeat=2))])
"""Of a value, seldom."""
_STYLES = (st.integers(0, 2), st.integers(0, 3))
_BETWEEN = st.sampled_from([", ", ",", "\n ,  "])
_ENDS = st.sampled_from(["\n", " # x\n", "\n\n"])
"""Each made once: hypothesis takes longer to make one than to draw from it."""


def _write(
    draw: st.DrawFn, node: str | Mapping[str, Any], indent: str = "", *, in_flow: bool = False
) -> str:
    """Write a tree as YAML, each part of it in a style of its own, and some with a mark."""
    return draw(_IN_FRONT) + _styled(draw, node, indent, in_flow=in_flow)


def _styled(draw: st.DrawFn, node: str | Mapping[str, Any], indent: str, *, in_flow: bool) -> str:
    if isinstance(node, str):
        styles = [node, f"'{node}'", json.dumps(node), f">-\n{indent}{node}"]
        return styles[draw(_STYLES[not in_flow])]
    if in_flow or not node or (indent and draw(st.booleans())):
        pairs = [f"{name}: {_write(draw, each, in_flow=True)}" for name, each in node.items()]
        return "{" + draw(_BETWEEN).join(pairs) + "}"
    lines = (f"{indent}{name}: {_write(draw, each, indent + '  ')}" for name, each in node.items())
    return draw(_ENDS) + draw(_ENDS).join(lines)


@st.composite
def _written(draw: st.DrawFn, node: str | Mapping[str, Any]) -> str:
    return _write(draw, node)


_SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(SWITCHES, st.sampled_from(["on", "off"])),
        "notification_url": st.sampled_from(
            ["https://a.b/{name}", "https://a.b/{labels.city}", "https://a.b/", "http://1.2.3.4"]
        ),
    },
)
_SANTRALS = st.fixed_dictionaries(
    {"crm_integration": _SETTINGS},
    optional={
        "key": st.sampled_from(["ankara", "a", "0"]),
        "description": st.sampled_from(["Genel merkez", "ş", "0532"]),
        "allow_insecure_url": st.sampled_from(["true", "false"]),
        "labels": st.fixed_dictionaries({"city": st.sampled_from(["ankara", "0532", "v2.1_b"])}),
    },
)
_FILES = st.fixed_dictionaries(
    {
        "version": st.just("1"),
        "santrals": st.dictionaries(
            st.from_regex("[a-z0-9][a-z0-9-]{0,5}", fullmatch=True),
            _SANTRALS,
            min_size=1,
            max_size=3,
        ),
    },
    optional={"defaults": st.fixed_dictionaries({"crm_integration": _SETTINGS})},
)


def _cases() -> tuple[bytes, ...]:
    """Return the files that the other tests read."""
    files = (path for kind in ("good", "bad") for path in sorted((CASES / kind).glob("*.yaml")))
    return tuple(path.read_bytes() for path in files)


_ODD = [
    'a: "\\UFFFFFFFF"', 'a: "\\" \\UFFFFFFFF"', 'a: "\\ud800"', "%YAML 1.2\n---\na: b", "a:\nb",
    "%SANTRAL 1\n---\na: b", "# x\n\n%YAML 1." + "9" * 5000 + "\n---\na: b", " a: b\nc: d", "{",
    "a: b\n...\nc: d", "\ufeff", "",
]  # fmt: skip

TARGET = Target(
    check=check,
    seeds=(*_cases(), *encoded(_ODD), b"a: \xed\xa0\x80", b"\xff\xfea\0"),
    words=encoded([*_TYPED, *(f"{name}: " for name in _NAMES), *_MARKS]),
    grown=(_FILES | near(_FILES, [*_TYPED, {}], _NAMES)).flatmap(_written).map(str.encode),
)
