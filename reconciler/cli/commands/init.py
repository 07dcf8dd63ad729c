"""``santral init``: files to start from."""

import os
from pathlib import Path

import click

from reconciler.cli.console import Console
from reconciler.cli.help import HeadedCommand
from reconciler.cli.options import option
from reconciler.core.errors import ExitCode
from reconciler.core.systems import SYSTEMS, Ci, System
from reconciler.core.text import printable
from reconciler.scaffold.placement import add_line, place_new, text_at
from reconciler.scaffold.starters import (
    BRANCH,
    IGNORE_FILE,
    IGNORED,
    Starter,
    for_ci,
    for_every_repository,
)

_TOP = Path()


@click.command("init", cls=HeadedCommand)
@option(
    "--ci",
    type=click.Choice([str(ci) for ci in Ci]),
    help="Write the pipeline for pull or merge requests, merges and drift too.",
)
def command(ci: str | None) -> ExitCode:
    """Write a commented santral.yaml into this folder, its schema for editors, and a pipeline.

    Only files that are not there yet are written. An existing .gitignore gets the line .santral/
    if it lacks it; nothing else is changed.
    """
    console = Console()
    for starter in for_every_repository():
        console.write(_placed(starter))
    console.write(_ignored())
    if ci:
        system = SYSTEMS[Ci(ci)]
        starter = for_ci(Ci(ci), text_at(_TOP, system.pipeline) if system.included else None)
        console.write(_placed(starter))
        console.info(f"{_to_set_up(starter, system)}\n{BRANCH[Ci(ci)]}")
        _warn_below_the_top(console, starter)
    console.info('Try it with "santral plan --sandbox", which needs no key.')
    return ExitCode.OK


def _placed(starter: Starter) -> str:
    is_new = place_new(_TOP, starter.place, starter.text)
    return f"{starter.place}: {'written' if is_new else 'kept as it was'}\n"


def _ignored() -> str:
    if place_new(_TOP, IGNORE_FILE, f"{IGNORED}\n"):
        return f"{IGNORE_FILE}: written\n"
    is_new = add_line(_TOP, IGNORE_FILE, IGNORED)
    return f"{IGNORE_FILE}: {f'given the line {IGNORED}' if is_new else 'kept as it was'}\n"


def _warn_below_the_top(console: Console, starter: Starter) -> None:
    """Say so where a folder above this one is the repository's, for there pipelines are read."""
    here = Path.cwd()
    folders = (here, *here.parents)
    top = next((folder for folder in folders if os.path.lexists(folder / ".git")), here)
    if top != here:
        settings = printable(str(here.relative_to(top) / "santral.yaml"))
        console.info(
            f"Warning: a pipeline is read at the top of the repository alone, which is "
            f"{printable(str(top))}. Run this command there; or move {starter.place} there, and in "
            f"it write {settings} for santral.yaml."
        )


def _to_set_up(starter: Starter, system: System) -> str:
    is_alone = starter.place == system.pipeline
    if is_alone or starter.place in (text_at(_TOP, system.pipeline) or ""):
        return f"What to set up once for the pipeline is said at the top of {starter.place}."
    return (
        f"{system.pipeline} was there before, with another pipeline. Add these lines to it:\n\n"
        f"include:\n  - local: {starter.place}\n\n"
        f'If it has a list of stages, "test" and "deploy" must be among them. '
        f"What to set up once is said at the top of {starter.place}."
    )
