"""Files that decide what a run may do, which nothing in a CI job's checkout may be."""

import os
from pathlib import PurePath

import click

from reconciler.core.ci_systems import workspaces
from reconciler.core.messages import say


def require_outside_checkout(path: str) -> None:
    """Raise a usage error where a pull request could bring a file along."""
    workspace = _workspace_of(path)
    if workspace:
        raise click.BadParameter(
            say(
                "The file lies in the checkout ({workspace}), where a pull request could replace "
                "it. Keep it outside.",
                workspace=workspace,
            )
        )


def _workspace_of(path: str) -> str | None:
    """Return the variable of the CI system in whose checkout the file lies, or its name does."""
    places = {os.path.abspath(path), os.path.realpath(path)}  # noqa: PTH100 - before links too
    found = workspaces(os.environ)
    return next((name for name, top in found if any(_is_below(one, top) for one in places)), None)


def _is_below(place: str, folder: str) -> bool:
    return any(PurePath(place).is_relative_to(one) for one in (folder, os.path.realpath(folder)))
