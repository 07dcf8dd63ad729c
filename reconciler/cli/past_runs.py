"""What looking back takes: naming a run, and a journal that may not be there."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from reconciler.cli.help import Heading
from reconciler.cli.options import Command, not_empty, option
from reconciler.cli.session import journal_path
from reconciler.core.errors import SantralError
from reconciler.core.messages import Message
from reconciler.core.text import printable
from reconciler.files import JOURNAL, SANDBOX_JOURNAL, has_working_folder
from reconciler.journal.history import PastRun, runs_of
from reconciler.journal.journal import read_journal
from reconciler.render.history import head_of


def run_option(**attributes: Any) -> Callable[[Command], Command]:
    """Declare ``--run``, whose values a shell completes from the journal."""
    return option(
        "--run",
        "run_id",
        heading=Heading.SELECTION,
        metavar="ID",
        callback=not_empty,
        shell_complete=_complete_runs,
        **attributes,
    )


def complete_past_santrals(
    context: click.Context, _: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """Return the names of the santrals in the journal that begin like this."""
    names = {end.santral for run in _runs(context) for end in run.touched}
    return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]


def _complete_runs(
    context: click.Context, _: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":
    """Return the IDs that begin like this, newest first, each with when, what and who it was."""
    found = (run for run in reversed(_runs(context)) if run.id.startswith(incomplete))
    return [CompletionItem(run.id, help=head_of(run)) for run in found]


def _runs(context: click.Context) -> Sequence[PastRun]:
    """Return the runs in the journal that a command line names; none where it cannot be read."""
    journal, sandbox = context.params.get("journal"), context.params.get("sandbox")
    with suppress(SantralError):
        return runs_of(read_journal(journal_path(journal, sandbox=bool(sandbox))).records)
    return ()


def is_missing(path: Path) -> bool:
    """Return whether nothing is there, nor stands in the way of it, which opening it will say."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def no_journal(path: Path) -> Iterator[Message]:
    """Yield what to say where there is no journal: which, where it was looked for, and another."""
    yield Message("journal-missing", path=printable(str(path)))
    if not path.is_absolute() and has_working_folder():
        yield Message("journal-looked-for", folder=printable(str(Path.cwd())))
    if path == JOURNAL and os.path.lexists(SANDBOX_JOURNAL):
        yield Message("journal-of-sandbox")
