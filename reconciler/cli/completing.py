"""What a shell completes: names of santrals and labels, from the files on the command line."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from reconciler.core.errors import SantralError
from reconciler.core.fleet import Santral


def complete_santrals(
    context: click.Context, _: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """Return the names that begin like this; none where the files cannot be read, or not yet.

    No key is looked up, and standard input and pipes are left to the command itself.
    """
    return _beginning(incomplete, (santral.name for santral in _santrals(context)))


def complete_labels(
    context: click.Context, _: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """Return the labels, each alone and with each of its values, that begin like this.

    None where ``complete_santrals`` returns none.
    """
    labels = {label for santral in _santrals(context) for label in santral.labels}
    pairs = (f"{name}={value}" for name, value in labels)
    return _beginning(incomplete, sorted({name for name, _ in labels}.union(pairs)))


def _beginning(incomplete: str, words: Iterable[str]) -> "list[CompletionItem[str]]":
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _santrals(context: click.Context) -> Sequence[Santral]:
    from reconciler.config.load import load  # noqa: PLC0415 - only a Tab needs it here

    paths: Sequence[str] = context.params.get("config") or ()
    with suppress(SantralError, OSError):
        if all(Path(path).is_file() or Path(path).is_dir() for path in paths):
            return load(paths).fleet.santrals
    return ()
