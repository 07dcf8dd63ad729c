"""``santral plan``: show what apply would change."""

from dataclasses import dataclass, replace

import click

from reconciler.cli import saved_plan
from reconciler.cli.baseline import Base, load_base
from reconciler.cli.journal import past_of, tell_unresolved, with_renewed, without_doubted
from reconciler.cli.options import (
    Access,
    Selection,
    access_options,
    grouped,
    max_changes_option,
    not_empty,
    option,
    selection_options,
)
from reconciler.cli.output import Output, Presenter, output_options
from reconciler.cli.overwriting import forbid_overwriting
from reconciler.cli.planning import load_fleets, make_plan
from reconciler.cli.session import files_of, journal_of, open_session, scheduler_for
from reconciler.core import attribution
from reconciler.core.errors import ExitCode
from reconciler.core.fleet import Fleet
from reconciler.core.guard import Limit
from reconciler.core.plan import Plan
from reconciler.render.view import show_plan


@dataclass(frozen=True, slots=True)
class _Purpose:
    """What the plan is made to find out."""

    base: str | None
    drift: bool
    out: str | None
    detailed_exitcode: bool


_purpose_options = grouped(
    "purpose",
    _Purpose,
    option(
        "--base",
        callback=not_empty,
        metavar="REV|FILE",
        help="Tell whose change each is: the files' since this git revision (or the file), or "
        "somebody's outside.",
    ),
    option("--drift", is_flag=True, help="Take the files as applied: whatever differs is drift."),
    option(
        "--out",
        type=click.Path(dir_okay=False),
        callback=not_empty,
        metavar="FILE",
        help="Save the plan too, for apply FILE and show FILE.",
    ),
    option(
        "--detailed-exitcode",
        is_flag=True,
        help="Exit code 2 when changes are pending, instead of 0.",
    ),
)


@click.command("plan", short_help="Show what apply would change.")
@selection_options
@_purpose_options
@access_options
@output_options
@max_changes_option
def command(
    selection: Selection,
    purpose: _Purpose,
    access: Access,
    output: Output,
    *,
    max_changes: Limit | None,
) -> int:
    """Read the live settings, compare them with the files, and show what apply would change.

    Nothing is changed. Exit code 0, or 1 when something could not be read.
    """
    if purpose.base and purpose.drift:
        raise click.UsageError("--base and --drift exclude each other.")
    own = (*files_of(selection, access), purpose.base, journal_of(access))
    forbid_overwriting((*output.files, purpose.out), own, appended=output.appended)
    console = output.console
    fleets = load_fleets(selection, output.formats, console)
    base = load_base(purpose.base, selection, console) if purpose.base else None
    with open_session(access, fleets.whole, console) as session:
        past = past_of(session, console)
        planned = make_plan(fleets, session, console, scheduler_for(access), max_changes)
        made = with_renewed(planned.plan, session)
        console.warn_of(made)
        recovered = tell_unresolved(past, made, fleets, session, console)
    plan = _for_purpose(without_doubted(made, recovered), purpose, base, fleets.whole)
    code = Presenter(output, console).present(show_plan(plan, show_urls=output.show_urls))
    if purpose.out:
        saved_plan.save(plan, fleets, session, purpose.out)
    codes = [code, _exit_code(plan, is_detailed=purpose.detailed_exitcode)]
    return planned.interrupted or ExitCode.gravest(codes)


def _for_purpose(plan: Plan, purpose: _Purpose, base: Base | None, now: Fleet) -> Plan:
    if purpose.drift:
        return attribution.as_drift(plan, now)
    if not base:
        return plan
    attributed = attribution.attribute(plan, base.fleet, now) if base.fleet else plan
    return replace(attributed, notes=(*plan.notes, *base.notes))


def _exit_code(plan: Plan, *, is_detailed: bool) -> ExitCode:
    if plan.failed:
        return ExitCode.ERROR
    return ExitCode.CHANGES_PENDING if is_detailed and plan.pending else ExitCode.OK
