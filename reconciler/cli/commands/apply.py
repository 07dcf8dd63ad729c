"""``santral apply``: plan, then make the changes and read them back."""

from dataclasses import replace

import click

from reconciler.cli import saved_plan
from reconciler.cli.applying import Applying, Approval, approval_options
from reconciler.cli.journal import open_journal
from reconciler.cli.options import Access, Selection, access_options, not_empty, selection_options
from reconciler.cli.output import Output, Presenter, output_options
from reconciler.cli.overwriting import forbid_overwriting
from reconciler.cli.planning import load_fleets
from reconciler.cli.session import files_of, journal_of, open_session, scheduler_for
from reconciler.saved.comparison import Comparison, demand_own_seals


@click.command("apply", short_help="Plan, then make the changes.")
@click.argument("planfile", required=False, type=click.Path(), callback=not_empty)
@selection_options
@access_options
@output_options
@approval_options
def command(
    planfile: str | None,
    selection: Selection,
    access: Access,
    output: Output,
    approval: Approval,
) -> int:
    """Plan, then make the changes, and read each back: only what reads back counts as applied.

    With a PLANFILE of plan --out, only the changes that both plans agree on. On a terminal it
    shows the plan and asks first. Each change is written to the journal .santral/journal.jsonl
    before it is sent; without a journal nothing is read or sent.
    """
    own = (*files_of(selection, access), planfile)
    forbid_overwriting(output.files, own, kept=journal_of(access), appended=output.appended)
    console = output.console
    saved = saved_plan.load(planfile, console) if planfile else None
    if saved:
        demand_own_seals(saved)
    fleets = load_fleets(selection, output.formats, console)
    if saved:
        fleets = replace(fleets, wanted=fleets.wanted.only(saved.seals))
    with (
        open_session(access, fleets.whole, console) as session,
        open_journal(session.journal, console) as journal,
    ):
        comparison = Comparison(saved, session.keys) if saved else None
        if comparison:
            comparison.demand_same_origin(fleets.whole, session.name)
        scheduler = scheduler_for(access)
        applying = Applying(session, journal, scheduler, Presenter(output, console), approval)
        if not comparison:
            return applying.run("apply", fleets)
        return applying.run("apply", fleets, hold_back=comparison.disagreements)
