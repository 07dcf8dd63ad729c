"""``santral init``: files to start from."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.cli.console import Console
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.options import option
from reconciler.core.ci_systems import SYSTEMS, Ci, Gate, System
from reconciler.core.errors import ExitCode
from reconciler.core.messages import Message, say, say_number, template
from reconciler.core.text import printable
from reconciler.scaffold.placement import add_lines, place_new, text_at, text_of_lines
from reconciler.scaffold.starters import (
    BRANCH,
    IGNORE_FILE,
    IGNORED,
    Starter,
    for_ci,
    for_every_repository,
    lock_for_ci,
)

_TOP = Path()


_HELP = template(
    "Write a commented santral.yaml into this folder, its schema for editors, and a pipeline.\n\n"
    "Only files that do not exist yet are written. An existing .gitignore gets the lines that it "
    "lacks, so that no commit holds the keys, the journal, plans or reports. Nothing else is "
    "changed."
)


@click.command("init", cls=HeadedCommand, help=_HELP)
@option(
    "--ci",
    type=click.Choice([str(ci) for ci in Ci]),
    help=template(
        "Also write the pipeline for pull or merge requests, merges and drift, and the lock of "
        "what it installs."
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
        "starts plan and apply by hand (every plan)."
    ),
)
def command(ci: str | None, gate: str | None) -> ExitCode:
    """Run ``santral init``, and return the exit code."""
    if gate and not ci:
        raise click.UsageError(say("--gate is for a pipeline: add --ci github or --ci gitlab."))
    console = Console()
    for starter in for_every_repository():
        console.write(_placed(starter))
    console.write(_ignored())
    if ci:
        system = SYSTEMS[Ci(ci)]
        there = text_at(_TOP, system.pipeline) if system.included else None
        starter = for_ci(Ci(ci), Gate(gate or Gate.REVIEWERS), there)
        console.write(_placed(starter))
        console.write(_placed(lock_for_ci(Ci(ci))))
        console.info(_to_set_up(starter, system))
        console.info(say(BRANCH[Ci(ci)]))
        _warn_below_the_top(console, starter, system)
    console.info(say('Try it with "santral plan --sandbox", which needs no key.'))
    return ExitCode.OK


def _placed(starter: Starter) -> str:
    is_new = place_new(_TOP, starter.place, starter.text)
    return _written(starter.place) if is_new else _kept(starter.place)


def _ignored() -> str:
    if place_new(_TOP, IGNORE_FILE, text_of_lines(IGNORED)):
        return _written(IGNORE_FILE)
    added = add_lines(_TOP, IGNORE_FILE, IGNORED)
    return _added(IGNORE_FILE, added) if added else _kept(IGNORE_FILE)


def _added(place: str, lines: Sequence[str]) -> str:
    said = say_number(
        "{place}: added the line {lines}",
        "{place}: added {count} lines: {lines}",
        count=len(lines),
        place=place,
        lines=", ".join(lines),
    )
    return f"{said}\n"


def _written(place: str) -> str:
    return say("{place}: written", place=place) + "\n"


def _kept(place: str) -> str:
    return say("{place}: kept as it was", place=place) + "\n"


def _warn_below_the_top(console: Console, starter: Starter, system: System) -> None:
    """Say so where a folder above this one is the repository's, for there pipelines are read."""
    here = Path.cwd()
    folders = (here, *here.parents)
    top = next((folder for folder in folders if os.path.lexists(folder / ".git")), here)
    if top != here:
        settings = printable(str(here.relative_to(top) / "santral.yaml"))
        console.warning(
            Message(
                "pipeline-below-top",
                top=printable(str(top)),
                place=starter.place,
                lock=system.lock,
                settings=settings,
            )
        )


def _to_set_up(starter: Starter, system: System) -> str:
    is_alone = starter.place == system.pipeline
    if is_alone or starter.place in (text_at(_TOP, system.pipeline) or ""):
        return say(
            "The top of {place} says what to set up once for the pipeline.", place=starter.place
        )
    return say(
        "{pipeline} was there before, with another pipeline. Add these lines to it:\n\n"
        "include:\n  - local: {place}\n\n"
        'If it has a list of stages, "test" and "deploy" must be among them. The top of {place} '
        "says what to set up once.",
        pipeline=system.pipeline,
        place=starter.place,
    )
