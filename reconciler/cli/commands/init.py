"""``santral init``: files to start from."""

import re
import sys
from dataclasses import fields, replace
from typing import Any

import click
from click.core import ParameterSource

from reconciler.cli.api_options import Access, reading_options
from reconciler.cli.asking import Way, way_to_ask
from reconciler.cli.console import Console
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.guided.start import GuidedStart
from reconciler.cli.options import option
from reconciler.cli.scaffolding import Scaffolding
from reconciler.core.ci_systems import Ci, Gate
from reconciler.core.errors import ExitCode
from reconciler.core.messages import say, template
from reconciler.scaffold.pipelines import KUBERNETES, SHARDS, Pipeline
from reconciler.scaffold.starters import example, schema

_HELP = template(
    "Set up this folder: a santral.yaml, its schema for editors, and a pipeline.\n\n"
    "On a terminal it asks for the keys, reads what is live, and shows the file before anything is "
    "written. It sends nothing but GETs, and Ctrl-C leaves at any question. With --no-input, in "
    "CI, and where stdin or stdout is no terminal, it asks nothing, and writes a commented example "
    "instead.\n\n"
    "Only files that do not exist yet are written. An existing .gitignore gets the lines that it "
    "lacks, so that no commit holds the keys, the journal, plans or reports. An existing "
    "santral.yaml is kept; after the questions, it gets the santrals that it lacks. Nothing else "
    "is changed."
)


class _ShardCount(click.ParamType[int]):
    """Into how many shards a pipeline divides a fleet."""

    name = "N"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Return the number, or raise a usage error."""
        if isinstance(value, int):
            return value
        is_number = re.fullmatch("[1-9][0-9]{0,2}", value)
        if not is_number or int(value) not in SHARDS:
            return self.fail(
                say(
                    "It must be 2 to 200. GitLab runs at most 200 jobs of one kind in parallel; "
                    "GitHub's matrix has at most 256. For one machine, leave it out."
                ),
                param,
                ctx,
            )
        return int(value)


@click.command("init", cls=HeadedCommand, help=_HELP)
@option(
    "--ci",
    type=click.Choice([*map(str, Ci), KUBERNETES]),
    help=template(
        "Also write the pipeline for pull or merge requests, merges and drift, and the lock of "
        "what it installs. kubernetes: Jobs that plan and apply, and a CronJob for drift."
    ),
)
@option(
    "--gate",
    type=click.Choice([str(gate) for gate in Gate]),
    show_default=template("reviewers"),
    help=template(
        "What lets the pipeline apply a plan. reviewers: the merge applies the plan that was "
        "reviewed, if the approvers of an environment agree (GitHub: public repositories, or "
        "Enterprise; GitLab: Premium). manual: merge requests are only validated, and somebody "
        "starts plan and apply by hand (on every GitHub or GitLab subscription)."
    ),
)
@option(
    "--shards",
    type=_ShardCount(),
    help=template(
        "Divide the fleet among so many jobs of the pipeline, 2 to 200, each with its own share of "
        "the santrals and of the time. The questions do not ask for it."
    ),
)
@option(
    "--no-input",
    is_flag=True,
    help=template("Ask nothing, on a terminal either, and write a commented example."),
)
@reading_options
def command(
    ci: str | None, gate: str | None, shards: int | None, access: Access, *, no_input: bool
) -> int:
    """Run ``santral init``, and return the exit code."""
    wanted, chosen = _wanted(ci, gate, shards), Gate(gate) if gate else None
    asking = way_to_ask(yes=no_input, is_text=True)
    if asking.way is Way.ASK and sys.stdout.isatty():
        return GuidedStart(access, asking, wanted, chosen).run()
    _refuse_what_is_for_questions(click.get_current_context())
    if gate and not ci:
        raise click.UsageError(say("--gate is for a pipeline: add --ci github or --ci gitlab."))
    return _write_examples(wanted, chosen or Gate.REVIEWERS)


def _wanted(ci: str | None, gate: str | None, shards: int | None) -> Pipeline | None:
    """Return the pipeline that is asked for, without its gate; raises a usage error."""
    if shards is not None and not ci:
        raise click.UsageError(
            say("--shards is for a pipeline: add --ci github, --ci gitlab or --ci kubernetes.")
        )
    if gate and ci == KUBERNETES:
        raise click.UsageError(
            say(
                "--gate is for pipelines of GitHub and GitLab. On Kubernetes, whoever may start "
                "the Job applies."
            )
        )
    return Pipeline(None if ci == KUBERNETES else Ci(ci), None, shards or 1) if ci else None


def _refuse_what_is_for_questions(context: click.Context) -> None:
    """Raise a usage error for an option on the command line that only the questions heed."""
    for one in context.command.params:
        is_given = context.get_parameter_source(str(one.name)) is ParameterSource.COMMANDLINE
        if is_given and one.name in {field.name for field in fields(Access)}:
            raise click.UsageError(
                say(
                    "{option} is for the questions that init asks on a terminal, and here it asks "
                    "none.",
                    option=max(one.opts, key=len),
                )
            )


def _write_examples(wanted: Pipeline | None, gate: Gate) -> ExitCode:
    console = Console()
    scaffolding = Scaffolding(console)
    scaffolding.place(example())
    scaffolding.place(schema())
    scaffolding.ignore()
    if wanted:
        scaffolding.place_pipeline(replace(wanted, gate=gate) if wanted.ci else wanted)
    console.info(say('Try it with "santral plan --sandbox", which needs no key.'))
    return ExitCode.OK
