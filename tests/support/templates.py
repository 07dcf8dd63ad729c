"""All texts for people, as the source has them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import reconciler
from reconciler.core.message_catalogue import TEMPLATES

PACKAGE = Path(reconciler.__file__).parent
SOURCES = {str(path.relative_to(PACKAGE)): path for path in sorted(PACKAGE.rglob("*.py"))}
"""The modules by their paths."""
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in SOURCES.items()}
SPEAKERS = {"say", "say_number", "template"}
"""The functions that take a text for people."""


def is_call_of(node: ast.AST, names: set[str]) -> bool:
    """Return whether it is a call of one of these functions, by name."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _templates() -> Iterator[str]:
    for tree in TREES.values():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and is_call_of(call, SPEAKERS):
                yield from (str(one.value) for one in call.args if isinstance(one, ast.Constant))
    for template in TEMPLATES.values():
        yield from ((template,) if isinstance(template, str) else template)


def _pieces() -> Iterator[str]:
    """Yield what stands between the fields of templates, where it is more than a word or two."""
    for template in _templates():
        for piece in re.split(r"\{[a-z_]*\}", template):
            words = " ".join(piece.split())
            if len(re.findall(r"[A-Za-z]{2,}", words)) > 2:
                yield words.replace("{{", "{").replace("}}", "}")


TEMPLATES_OF_THE_SOURCE = frozenset(_pieces())
