"""``santral show``: render a saved plan."""

from dataclasses import replace

import click

from reconciler.cli import saved_plan
from reconciler.cli.annotations import reported
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.option_types import FilePath
from reconciler.cli.options import not_empty
from reconciler.cli.output import Output, Presenter, forbid_overwriting, output_options
from reconciler.cli.speaking import SpokenArgument
from reconciler.core.errors import ExitCode
from reconciler.core.messages import template
from reconciler.core.plan import Origin
from reconciler.render.view import ShownPlan
from reconciler.saved_plans.file import SavedPlan

_HELP = template(
    "Show a plan that plan --out saved (- for stdin) in any format. Needs no key.\n\n"
    "With it, a job without keys can comment on what a job with keys planned."
)


@click.command("show", cls=HeadedCommand, help=_HELP)
@click.argument("planfile", cls=SpokenArgument, type=FilePath(allow_dash=True), callback=not_empty)
@output_options
def command(planfile: str, output: Output) -> ExitCode:
    """Run ``santral show``, and return the exit code."""
    forbid_overwriting(output.files, [planfile], appended=output.appended)
    with reported("show", output.formats, output.console):
        saved = saved_plan.load(planfile, output.console)
    presenter = Presenter(output, output.console)
    if presenter.is_text:
        output.console.warn_of(saved.shown.santrals)
    return presenter.present(_shown(saved))


def _shown(saved: SavedPlan) -> ShownPlan:
    """Return what was saved; of an earlier version's plan, API and time are known all the same."""
    known = Origin(saved.api, files=(), commit=None, is_committed=False, made=saved.created)
    return replace(saved.shown, origin=saved.shown.origin or known)
