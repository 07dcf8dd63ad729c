"""What ``plan --base`` compares with: the files as they were, or others."""

import os
from dataclasses import dataclass

from reconciler.cli.console import Console
from reconciler.cli.options import Selection
from reconciler.config.load import assemble, load
from reconciler.config.problems import ConfigError
from reconciler.config.revision import NoRevisionError, read_at
from reconciler.fleet import Fleet
from reconciler.text import printable

_UNUSABLE = "Whose change it is cannot be told, since the files of --base have problems."


@dataclass(frozen=True, slots=True)
class Base:
    """The fleet as it was, if that can be told, and what to know of it."""

    fleet: Fleet | None
    notes: tuple[str, ...] = ()


def load_base(base: str, selection: Selection, console: Console) -> Base:
    """Load the fleet as it was at a git revision, or as another file has it.

    A revision goes before a file of the same name, since a pull request can add any file. Where
    the earlier files have problems there is no fleet, and no error: the one who mends them needs a
    plan. Raises NoRevisionError, SourceError.
    """
    try:
        return _load_base(base, selection)
    except ConfigError as error:
        console.complain(f"Warning: {_UNUSABLE}\n{error}")
        return Base(None, (_UNUSABLE,))


def _load_base(base: str, selection: Selection) -> Base:
    try:
        earlier = read_at(base, selection.config)
    except NoRevisionError:
        if not os.path.exists(base):  # noqa: PTH110 - Path.exists raises for a name too long
            raise
        return Base(load([base]).fleet)
    notes = (_missing(path, base) for path in earlier.missing)
    return Base(assemble(earlier.contents).fleet, tuple(notes))


def _missing(path: str, base: str) -> str:
    return (
        f"{printable(path)} was not there at {printable(base)}, or had another name: all that it "
        "asks for counts as this change."
    )
