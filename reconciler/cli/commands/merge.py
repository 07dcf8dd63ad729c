"""``santral merge``: one plan of those of all shards."""

from datetime import timedelta

import click

from reconciler.cli import saved_plan
from reconciler.cli.annotations import reported
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.help import Heading
from reconciler.cli.option_types import DurationType, FilePath, OneFile
from reconciler.cli.options import not_empty, option
from reconciler.cli.output import Output, Presenter, forbid_overwriting, output_options
from reconciler.cli.speaking import SpokenArgument
from reconciler.core.errors import ExitCode
from reconciler.core.messages import say, template
from reconciler.core.text import printable
from reconciler.saved_plans.merging import exit_code_of, merge

_HELP = template(
    "Put the plans of all shards together, and show them as one in any format. Needs no key.\n\n"
    "Takes what plan --shard I/N --out saved, or what plan and apply wrote as --format json. "
    "Refuses them where a shard is missing or there twice, or where one is of another "
    "configuration, API, number of shards or selection. The exit code is 1 if something failed, "
    "and 3 where all shards together would change more than --max-changes allowed each: no shard "
    "knows of the changes of the others."
)


@click.command("merge", cls=HeadedCommand, help=_HELP)
@click.argument(
    "planfiles",
    cls=SpokenArgument,
    nargs=-1,
    required=True,
    type=OneFile(),
    metavar="PLANFILE...",
)
@option(
    "--within",
    heading=Heading.LIMITS,
    type=DurationType(),
    default="1h",
    show_default=True,
    metavar="DURATION",
    help=template("Refuse plans that were made longer than this apart, such as 30m, 2h or 3d."),
)
@option(
    "--out",
    heading=Heading.OUTPUT,
    type=FilePath(dir_okay=False),
    callback=not_empty,
    metavar="FILE",
    help=template("Also save the merged plan, for show FILE. To apply, take the shards' plans."),
)
@output_options
def command(
    planfiles: tuple[str, ...], within: timedelta, out: str | None, output: Output
) -> ExitCode:
    """Run ``santral merge``, and return the exit code."""
    forbid_overwriting((*output.files, out), planfiles, appended=output.appended)
    with reported("merge", output.formats, output.console):
        shards = [saved_plan.load_shard(path) for path in planfiles]
        merged = merge(shards, within)
    presenter = Presenter(output, output.console)
    if presenter.is_text:
        output.console.warn_of(merged.santrals)
    code = presenter.present(merged)
    if out:
        saved_plan.save_merged(merged, shards[0].part.configuration, out)
        output.console.info(say("The merged plan is saved as {path}.", path=printable(out)))
    return ExitCode.most_severe([code, exit_code_of(merged)])
