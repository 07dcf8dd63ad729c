"""Which part may import which: the house that CONTRIBUTING.md describes, held to.

A module's room is its package, or itself where it lies loose at the top. A new module needs no
entry here unless it opens a new room, or does what only few may do.
"""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import reconciler

PACKAGE = Path(reconciler.__file__).parent

ROWS = (
    {"cli"},
    {"apply", "doctor", "onboarding", "saved_plans"},
    {"render", "engine"},
    {"journal", "config", "sandbox", "scaffold", "keys", "ci"},
    {"client", "locks", "output_files"},
    {"core"},
    {"documents", "files", "schemas"},
)
"""The rooms, from the top down; imports go down, and never between the rooms of a row."""

OWNERS = {
    "requests": {"client.transport"},
    "urllib3": {"client.transport", "client.deadline"},
    "yaml": {"config.reader", "config.syntax"},
    "jsonschema": {"config.structure", "saved_plans.document"},
    "deepdiff": {"core.plan"},
    "click": {"cli", "render.as_text"},
}
"""The rooms or modules that may use a library."""

REVEALERS = {
    "core.secret",
    "core.key_finder",
    "core.secret_finder",
    "keys.secrets",
    "keys.secret_lines",
    "client.api",
    "ci.web",
    "onboarding.private_lines",  # What import writes to --keys-out and --secrets-out.
    "sandbox.service",
}
"""The modules that may ask a key for its text."""

SPEAKERS = {"cli", "__main__"}
"""The rooms or modules that may print, ask and exit."""

MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 30
MOST_LOOSE_MODULES = 8


def modules() -> Iterator[str]:
    """Yield every module of the package but the packages' docstrings, dotted."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name != "__init__.py":
            yield ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


MODULES = tuple(modules())
ROOMS = sorted({module.split(".")[0] for module in MODULES} - {"__main__"})


def path_of(module: str) -> Path:
    """Return a module's file."""
    return (PACKAGE / Path(*module.split("."))).with_suffix(".py")


def tree_of(module: str) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(path_of(module).read_text("utf-8"))


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
    return {
        name.removeprefix("reconciler.")
        for name in imports_of(module)
        if name.startswith("reconciler.")
    }


def is_one_of(module: str, owners: set[str]) -> bool:
    """Say whether a module, or its room, is among these."""
    return module in owners or module.split(".", maxsplit=1)[0] in owners


def test_every_room_has_a_row() -> None:
    """A new room fails here until it is given one, and a row names no room that is not there."""
    assert sorted(room for row in ROWS for room in row) == ROOMS


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_the_rows_below_it(room: str) -> None:
    """Nothing knows of what is above it, nor of what stands beside it."""
    depth = next(depth for depth, row in enumerate(ROWS) if room in row)
    below = {room, *(lower for row in ROWS[depth + 1 :] for lower in row)}
    inside = [module for module in MODULES if module.split(".")[0] == room]

    strays = {
        f"{module} imports {name}"
        for module in inside
        for name in own_imports_of(module)
        if name.split(".")[0] not in below
    }

    assert strays == set()


def test_no_imports_go_in_a_circle() -> None:
    """Not even within a room; graphlib raises CycleError, which names the circle."""
    graph = {module: own_imports_of(module) for module in MODULES}

    assert set(TopologicalSorter(graph).static_order()) >= set(MODULES)


@pytest.mark.parametrize("library", OWNERS)
def test_only_its_owners_use_a_library(library: str) -> None:
    """One room speaks HTTP, one reads YAML, one module compares."""
    users = {m for m in MODULES if library in {name.split(".")[0] for name in imports_of(m)}}

    assert {module for module in users if not is_one_of(module, OWNERS[library])} == set()


def test_only_few_modules_may_reveal_a_key() -> None:
    """Who reads this list has read every place where a key is plain text."""
    revealers = {
        module
        for module in MODULES
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Attribute) and node.attr == "reveal"
    }

    assert revealers | {"core.secret"} == REVEALERS


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

    assert {module for module in speakers if not is_one_of(module, SPEAKERS)} == set()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_can_be_read_in_one_sitting(module: str) -> None:
    """It is short, and so is each function in it."""
    lines = path_of(module).read_text("utf-8").splitlines()
    functions = (node for node in ast.walk(tree_of(module)) if isinstance(node, ast.FunctionDef))
    long = [
        function.name
        for function in functions
        if (function.end_lineno or 0) - function.lineno >= MOST_LINES_OF_A_FUNCTION
    ]

    assert len(lines) <= MOST_LINES
    assert long == []


def test_few_modules_lie_loose_at_the_top() -> None:
    """The others have a room."""
    loose = {path.name for path in PACKAGE.glob("*.py")}

    assert len(loose) <= MOST_LOOSE_MODULES
