"""Which module may import which: the layout that CONTRIBUTING.md describes, held to."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler

PACKAGE = Path(reconciler.__file__).parent

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"reconciler"}),
    frozenset({"bugs", "errors", "settings", "text", "files", "locking", "moments", "resources"}),
    frozenset({"strict_json", "render.markup", "private", "spellings"}),
    frozenset({"secret", "international", "fleet", "schemas", "placing"}),
    frozenset({"url", "lookout"}),
    frozenset({"plan", "keys", "config.problems", "client.http", "client.answers", "client.proxy"}),
    frozenset({"starters"}),
    frozenset({"causes", "scheduler", "config.nodes", "config.characters", "config.syntax"}),
    frozenset({"client.deadline", "config.reader"}),
    frozenset({"config.structure", "config.rules", "client.lines"}),
    frozenset({"client.transport", "config.load"}),
    frozenset({"client.api"}),
    frozenset({"patience", "config.revision", "outputs"}),
    frozenset({"reading", "client.url_check", "apply.outcome", "sandbox.store"}),
    frozenset({"apply.records", "apply.journal_file"}),
    frozenset({"apply.decoding", "apply.history"}),
    frozenset({"apply.past", "apply.trust"}),
    frozenset({"apply.journal", "apply.recovery", "apply.rollback", "apply.verdict"}),
    frozenset({"sandbox.service", "render.shown"}),
    frozenset({"apply.protocol", "sandbox.server", "render.wording", "render.as_json"}),
    frozenset({"render.grouping", "render.tables"}),
    frozenset({"render.cards"}),
    frozenset({"render.as_text", "render.as_markdown", "render.as_html"}),
    frozenset({"render.history", "render.as_github", "render.as_gitlab", "saved.seal"}),
    frozenset({"saved.document"}),
    frozenset({"saved.file", "apply.run", "cli.options", "cli.overwriting"}),
    frozenset({"cli.interrupt", "cli.precautions"}),
    frozenset({"saved.agreement", "cli.formats", "cli.author", "cli.console"}),
    frozenset({"cli.problems", "cli.session"}),
    frozenset({"cli.base", "cli.planning", "cli.presenting"}),
    frozenset({"cli.saved_plan", "cli.recovery"}),
    frozenset({"cli.applying"}),
    frozenset({"cli.validate", "cli.plan", "cli.apply", "cli.rollback", "cli.history", "cli.show"}),
    frozenset({"cli.sandbox", "cli.schema", "cli.init", "cli.completion"}),
    frozenset({"cli.main"}),
    frozenset({"__main__"}),
)
"""A module may import from the layers above its own, and from no other."""

PARTS = {
    "config": {"config", "files", "fleet", "text", "url", "settings", "schemas", "errors"},
    "client": {"bugs", "client", "lookout", "secret", "settings", "strict_json", "text", "url"},
    "apply": {
        *(
            "apply",
            "bugs",
            "client",
            "errors",
            "files",
            "fleet",
            "moments",
            "patience",
            "plan",
            "private",
        ),
        "scheduler",
        *("secret", "settings", "strict_json", "text", "url"),
    },
    "render": {"render", "apply", "fleet", "moments", "plan", "text", "url"},
    "saved": {
        *("saved", "apply", "errors", "fleet", "outputs", "plan", "render", "schemas", "secret"),
        *("settings", "strict_json", "text", "url"),
    },
    "sandbox": {
        *("sandbox", "secret", "settings", "text", "url", "errors", "files", "locking"),
        *("outputs", "private"),
    },
}
"""What a package may know of: the parts of the program by their first name."""

OWNERS = {
    "requests": {"client.transport"},
    "urllib3": {"client.transport", "client.deadline"},
    "yaml": {"config.reader", "config.syntax"},
    "jsonschema": {"config.structure", "saved.document"},
    "deepdiff": {"plan"},
    "click": {
        *(
            "cli.overwriting",
            "cli.main",
            "cli.options",
            "cli.formats",
            "cli.console",
            "cli.presenting",
        ),
        *("cli.validate", "cli.plan", "cli.applying", "cli.apply", "cli.show", "cli.sandbox"),
        *(
            "cli.schema",
            "cli.history",
            "cli.rollback",
            "cli.init",
            "cli.completion",
            "render.as_text",
        ),
    },
}
"""The modules that may use a library."""

REVEALERS = {"secret", "lookout", "client.api", "sandbox.service"}
"""The modules that may ask a key for its text."""


def modules() -> list[str]:
    """Return every module of the package but the packages' docstrings, dotted."""
    found = (path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
    return sorted(
        ".".join(path.with_suffix("").parts) for path in found if path != Path("__init__.py")
    )


MODULES = [name for name in modules() if not name.endswith("__init__")]


def tree_of(module: str) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse((PACKAGE / Path(*module.split("."))).with_suffix(".py").read_text("utf-8"))


def imports_of(module: str) -> Iterator[str]:
    """Yield what a module imports, wherever in it, as dotted names."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (_imported(node, alias.name) for alias in node.names)


def _imported(node: ast.ImportFrom, name: str) -> str:
    """Return the module that ``from x import y`` means: x, or x.y where that is one."""
    module = (node.module or "").removeprefix("reconciler").removeprefix(".")
    inner = f"{module}.{name}".removeprefix(".")
    return f"reconciler.{inner}" if inner in MODULES else (node.module or "")


def own_imports_of(module: str) -> set[str]:
    """Return the modules of this program that a module imports."""
    found = (name for name in imports_of(module) if name.split(".")[0] == "reconciler")
    return {name.removeprefix("reconciler.") for name in found}


def test_every_module_has_one_place() -> None:
    """A new module fails here until it is given a layer."""
    assert sorted(name for layer in LAYERS[1:] for name in layer) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_the_layers_above_its_own(module: str) -> None:
    """Imports point inward; a cycle cannot be."""
    depth = next(depth for depth, layer in enumerate(LAYERS) if module in layer)
    allowed = {name for layer in LAYERS[:depth] for name in layer}

    assert own_imports_of(module) - allowed == set()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_knows_only_of_the_parts_it_may_know_of(part: str) -> None:
    """Rendering knows no HTTP, the file's reader no keys, and none of them the command line."""
    inside = [module for module in MODULES if module.split(".")[0] == part]
    known = {name.split(".")[0] for module in inside for name in own_imports_of(module)}

    assert known - {"reconciler"} - PARTS[part] == set()


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_is_used_by_its_owners_alone(library: str) -> None:
    """One module speaks HTTP, one reads YAML, one compares."""
    users = {m for m in MODULES if library in {name.split(".")[0] for name in imports_of(m)}}

    assert users == OWNERS[library]


def test_only_few_modules_may_reveal_a_key() -> None:
    """Who reads this list has read every place where a key is plain text."""
    revealers = {
        module
        for module in MODULES
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Attribute) and node.attr == "reveal"
    }

    assert revealers | {"secret"} == REVEALERS


def test_only_the_command_line_prints_and_exits() -> None:
    """Everything else returns values."""
    speakers = {
        module
        for module in MODULES
        for node in ast.walk(tree_of(module))
        if (isinstance(node, ast.Name) and node.id in {"print", "exit", "input"})
        or (
            isinstance(node, ast.Attribute)
            and node.attr in {"echo", "exit", "_exit", "stdout", "stderr"}
        )
    }

    assert {module for module in speakers if not module.startswith("cli.")} == {"__main__"}
