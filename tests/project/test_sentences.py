"""Texts for people are whole sentences with named fields, and go through one small function.

So a second language needs catalogues and no code. This reads the source.
"""

import ast
import re
from collections.abc import Iterator

from support.templates import SOURCES, SPEAKERS, TREES, is_call_of

from reconciler.core.message_catalogue import TEMPLATES

NOT_FOR_PEOPLE = {
    "core/language.py",  # The Turkish of what may have to be said before there is a catalogue.
    "core/message_catalogue",  # All of it is templates; tests/unit/test_messages.py reads them.
    "core/system_words.py",
    "core/shortages.py",  # A part of the catalogue, and what others' errors say.
}

WORDS = re.compile(r"[A-Za-z]{2,}[,;:.]? [A-Za-z]{2,}")
OTHERS = {
    "ci/github.py": {"issues: write", "pull-requests: write"},
    "ci/github_artifacts.py": {"actions: read", "contents: read"},
    "ci/github_plans.py": {"pull-requests: read"},
    "config/reader.py": {"exceeded maximum nesting depth"},
    "config/revision.py": {
        "fatal: Needed a single revision",
        "refname '(.+)' is ambiguous",
        "not a git repository",
    },
    "config/syntax.py": {
        "block scalar",
        "cannot start any token",
        "document indicator",
        "end of stream",
        "expected ',' or",
        "expected '<document start>'",
        "expected <document start>",
        "could not find expected ':'",
        "mapping values are not allowed",
        "quoted scalar",
        "scanning an alias",
        "scanning an anchor",
    },
    "core/ci_systems.py": {"Authorization: Bearer "},
    "core/secret.py": {"A key is not stored anywhere, so it cannot be pickled or copied."},
    "sandbox/server.py": {"Content Too Large"},
    "sandbox/service.py": {
        "GET, POST",
        "Gecersiz anahtar: ",
        "Method Not Allowed",
        "Not Found",
        "Too Many Requests",
        "notification_url invalid",
        "notification_url required",
        "text/plain; charset=utf-8",
    },
    "render/junit_suite.py": {'<?xml version="1.0" encoding="UTF-8"?>'},
    "client/decoding.py": {"gecersiz anahtar", "geçersiz anahtar"},
}
"""What other programs say, by the module that looks for it, or answers in the vendor's place; and
what only a programmer sees."""


def sentences_of(tree: ast.Module) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Yield each literal that has words in it, but for docstrings."""
    inner = {id(one) for f in ast.walk(tree) if isinstance(f, ast.JoinedStr) for one in f.values}
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if id(node) not in inner | docstrings and WORDS.search(literal_text(node)):
            assert isinstance(node, ast.Constant | ast.JoinedStr)
            yield node


def literal_text(node: ast.AST) -> str:
    """Return what is literally written in a string, and nothing of anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(map(literal_text, node.values)) if isinstance(node, ast.JoinedStr) else ""


def strays_of(name: str) -> set[str]:
    """Return the texts of a module that nothing translates."""
    tree = TREES[name]
    given = {
        id(argument)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and is_call_of(call, SPEAKERS)
        for argument in call.args
    }
    found = {literal_text(node) for node in sentences_of(tree) if id(node) not in given}
    return found - OTHERS.get(name, set())


def test_every_text_for_people_is_a_template() -> None:
    """A literal with words in it is given to the one function, or is what another program says."""
    spoken = [name for name in SOURCES if not name.startswith(tuple(NOT_FOR_PEOPLE))]

    assert {name: strays for name in spoken if (strays := strays_of(name))} == {}


def test_no_text_for_people_is_glued() -> None:
    """No f-string, plus or percent sign adds words to what was said, or makes a template."""
    assert [place for name in SOURCES for place in glued_in(name)] == []


def glued_in(name: str) -> list[str]:
    """Return where a module glues texts."""
    tree = TREES[name]
    said = {id(node) for node in ast.walk(tree) if is_call_of(node, {"say", "say_number"})}
    glued = [
        f"{name}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr | ast.BinOp)
        and any(id(part) in said for part in ast.walk(node))
        and re.search("[A-Za-z]", re.sub("<[^>]*>", "", literals_beside(node, said)))
    ]
    made = [
        f"{name}:{call.lineno}"
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and is_call_of(call, SPEAKERS)
        for argument in call.args
        if isinstance(argument, ast.JoinedStr | ast.BinOp)
    ]
    return glued + made


def literals_beside(node: ast.AST, said: set[int]) -> str:
    """Return what is literally written in an expression, but for what it says."""
    if id(node) in said or isinstance(node, ast.FormattedValue):
        return ""
    if isinstance(node, ast.Constant | ast.JoinedStr):
        return literal_text(node)
    return "".join(literals_beside(part, said) for part in ast.iter_child_nodes(node))


def test_nothing_is_said_while_a_module_is_imported() -> None:
    """The reader's language may not be known by then; a template may be given a name."""
    assert [place for name in SOURCES for place in said_early_in(name)] == []


def said_early_in(name: str) -> list[str]:
    """Return where a module says something outside of functions."""
    tree = TREES[name]
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)]
    within = {
        id(part)
        for function in functions
        for statement in (function.body if isinstance(function.body, list) else [function.body])
        for part in ast.walk(statement)
    }
    return [
        f"{name}:{call.lineno}"
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and is_call_of(call, {"say", "say_number"})
        and id(call) not in within
    ]


def test_the_words_of_other_programs_are_still_looked_for() -> None:
    """What is listed here as somebody else's stands in the module that is said to have it."""
    missing = {
        (name, words)
        for name, listed in OTHERS.items()
        for words in listed
        if words not in SOURCES[name].read_text("utf-8").replace("\\", "")
    }

    assert missing == set()


CODED = re.compile(r"[a-z]+(-[a-z0-9]+)+")


def test_every_code_is_used() -> None:
    """A template that nothing says is deleted, but for its code in the list of all codes."""
    literals = {
        node.value
        for name, tree in TREES.items()
        if not name.startswith("core/message_catalogue")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert set(TEMPLATES) - literals == set()


def messages() -> Iterator[tuple[str, str, set[str]]]:
    """Yield where each message is made, its code, and the names of its fields."""
    for name, tree in TREES.items():
        for call in ast.walk(tree):
            if (
                isinstance(call, ast.Call)
                and is_call_of(call, {"Message", "RefusedError"})
                and isinstance(call.args[0], ast.Constant)
                and all(keyword.arg for keyword in call.keywords)
            ):
                fields = {str(keyword.arg) for keyword in call.keywords}
                yield f"{name}:{call.lineno}", str(call.args[0].value), fields


def test_each_message_has_the_fields_of_its_template() -> None:
    """Another code or field would be shown as a bare code."""
    wrong = [
        (place, code, fields)
        for place, code, fields in messages()
        if code not in TEMPLATES or fields_of(TEMPLATES[code]) != fields
    ]

    assert wrong == []


def fields_of(forms: str | tuple[str, str]) -> set[str]:
    """Return the names of the fields of a template; one with two forms has a count."""
    several, counted = (forms, set()) if isinstance(forms, str) else (forms[1], {"count"})
    return counted | set(re.findall(r"\{([a-z_]+)\}", re.sub(r"\{\{|\}\}", "", several)))
