"""Keeping what a run writes away from what it reads."""

from collections.abc import Iterable

import click

from reconciler import outputs


def forbid_overwriting(
    written: Iterable[str | None],
    read: Iterable[str | None],
    appended: Iterable[str | None] = (),
) -> None:
    """Raise a usage error where an output would destroy something: see ``outputs.obstacle``."""
    named = ([*filter(None, paths)] for paths in (written, read, appended))
    obstacle = outputs.obstacle(*named)
    if obstacle:
        raise click.UsageError(obstacle)
