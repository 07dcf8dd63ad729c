"""Keeping what a run writes away from what it, or another run, reads."""

import os
from collections.abc import Iterable

import click

from reconciler import outputs

_NAMED = ("SANTRAL_KEYS_FILE", "SANTRAL_JOURNAL")
"""Variables that name files of other commands, also where this one does not read them."""


def forbid_overwriting(
    written: Iterable[str | None],
    read: Iterable[str | None],
    *,
    kept: str | None = None,
    appended: Iterable[str] = (),
) -> None:
    """Raise a usage error where an output would destroy something: see ``outputs.obstacle``."""
    files = outputs.Files(
        written=_named(written),
        read=_named(read),
        kept=_named([kept]),
        appended=[*appended],
        foreign=_named(map(os.environ.get, _NAMED)),
    )
    obstacle = outputs.obstacle(files)
    if obstacle:
        raise click.UsageError(obstacle)


def _named(paths: Iterable[str | None]) -> list[str]:
    return [*filter(None, paths)]
