"""``santral plan``: show what apply would change."""

import click

from reconciler.cli.options import (
    Access,
    Output,
    Selection,
    access_options,
    max_changes_option,
    option,
    output_options,
    selection_options,
)
from reconciler.cli.planning import console_for, load_fleets, make_plan, style_for
from reconciler.cli.session import open_session
from reconciler.errors import ExitCode
from reconciler.plan import Limit, Plan
from reconciler.render import as_json, as_text
from reconciler.scheduler import Scheduler


@click.command("plan", short_help="Show what apply would change.")
@selection_options
@access_options
@output_options
@option(
    "--detailed-exitcode",
    is_flag=True,
    help="Exit code 2 when changes are pending, instead of 0.",
)
@max_changes_option
def command(
    selection: Selection,
    access: Access,
    output: Output,
    *,
    detailed_exitcode: bool,
    max_changes: Limit | None,
) -> int:
    """Read the live settings, compare them with the files, and show what apply would change.

    Nothing is changed. Exit code 0, or 1 when something could not be read.
    """
    console = console_for(output)
    fleets = load_fleets(selection)
    with open_session(access, fleets.whole, fleets.wanted, console.observe) as session:
        scheduler = Scheduler(access.parallelism)
        planned = make_plan(fleets, session, console, scheduler, max_changes)
    if output.format == "json":
        console.write(as_json.render_plan(planned.plan, show_urls=output.show_urls))
    else:
        console.write(as_text.render_plan(planned.plan, style_for(output, console)))
    return planned.interrupted or _exit_code(planned.plan, is_detailed=detailed_exitcode)


def _exit_code(plan: Plan, *, is_detailed: bool) -> ExitCode:
    if plan.failed:
        return ExitCode.ERROR
    return ExitCode.CHANGES_PENDING if is_detailed and plan.pending else ExitCode.OK
