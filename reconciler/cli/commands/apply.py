"""``santral apply``: plan, then make the changes and read them back."""

from dataclasses import replace

import click

from reconciler.cli import saved_plan
from reconciler.cli.applying import Applying, Approval, careful_approval_options
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.fleets import Fleets, scope_of
from reconciler.cli.journal import open_journal, warn_of_other_journal
from reconciler.cli.option_types import FilePath
from reconciler.cli.options import not_empty
from reconciler.cli.output import Presenter
from reconciler.cli.run import Request, open_run, run_options
from reconciler.cli.speaking import SpokenArgument
from reconciler.core.messages import template
from reconciler.saved_plans.comparison import (
    Comparison,
    require_appliable,
    require_same_selection,
)
from reconciler.saved_plans.file import SavedPlan

_HELP = template(
    "Plan, make the changes, and read each one back: only what reads back counts as applied.\n\n"
    "With a PLANFILE from plan --out, make only the changes on which both plans agree. On a "
    "terminal, show the plan and ask first, and refuse where nobody can be asked; in CI, or where "
    "no stream is a terminal, do not ask. Each change is written to the journal "
    ".santral/journal.jsonl before it is sent; without a journal, nothing is read or sent."
)


@click.command("apply", cls=HeadedCommand, help=_HELP)
@click.argument("planfile", cls=SpokenArgument, required=False, type=FilePath(), callback=not_empty)
@run_options
@careful_approval_options
def command(planfile: str | None, request: Request, approval: Approval) -> int:
    """Run ``santral apply``, and return the exit code."""
    request.forbid_overwriting(reads=[planfile], keeps_journal=True)
    console = request.output.console
    with request.reported("apply"):
        saved = saved_plan.load(planfile, console) if planfile else None
        fleets = _fleets_of(saved, request) if saved else request.load_fleets(console)
        if approval.canary:
            approval.canary.require_label(fleets.whole)
        warn_of_other_journal(request, console)
        with (
            open_run(request, fleets, console) as run,
            open_journal(run.session.journal, console) as journal,
        ):
            applying = Applying(run, journal, Presenter(request.output, console), approval)
            return _apply(applying, saved)


def _fleets_of(saved: SavedPlan, request: Request) -> Fleets:
    """Load the files, and pick just the santrals of a saved plan, whatever is picked otherwise."""
    require_appliable(saved)
    console, selection = request.output.console, request.selection
    fleets = replace(request, selection=selection.of_all).load_fleets(console)
    require_same_selection(saved, scope_of(selection, fleets.whole, fleets.whole))
    scope = saved.shown.scope or fleets.scope
    return replace(fleets, wanted=fleets.whole.among(saved.seals), scope=scope)


def _apply(applying: Applying, saved: SavedPlan | None) -> int:
    """Carry out what the files ask for, or of that only what a saved plan agrees on."""
    if not saved:
        return applying.carry_out("apply")
    run = applying.run
    comparison = Comparison(saved, run.session.keys)
    comparison.require_same_origin(run.fleets.whole, run.session.name)
    return applying.carry_out("apply", comparison.labelled, comparison.disagreements)
