"""``santral show``: render a saved plan."""

import click

from reconciler.cli import saved_plan
from reconciler.cli.overwriting import forbid_overwriting
from reconciler.cli.presenting import Output, Presenter, output_options
from reconciler.errors import ExitCode


@click.command("show", short_help="Show a saved plan, in any format.")
@click.argument("planfile", type=click.Path(allow_dash=True))
@output_options
def command(planfile: str, output: Output) -> ExitCode:
    """Show a plan that plan --out saved, or - for stdin, in any format. Needs no key.

    So a job without keys can comment on what a job with keys planned.
    """
    forbid_overwriting(output.files, [planfile], output.appended)
    plan = saved_plan.load(planfile).shown
    return Presenter(output, output.console).present(plan)
