"""What a shell completes: names of santrals, from the files that the command line names."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from reconciler.core.errors import SantralError


def complete_santrals(
    context: click.Context, _: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """Return the names that begin like this; none where the files cannot be read, or not yet.

    No key is looked up, and standard input and pipes are left to the command itself.
    """
    names = _names(context.params.get("config") or ())
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _names(paths: Sequence[str]) -> list[str]:
    from reconciler.config.load import load  # noqa: PLC0415 - only a Tab needs it here

    with suppress(SantralError, OSError):
        if all(Path(path).is_file() or Path(path).is_dir() for path in paths):
            return [santral.name for santral in load(paths).fleet.santrals]
    return []
