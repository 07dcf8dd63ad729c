"""Keeping what a run writes away from what it reads."""

import os
from collections.abc import Iterable

import click

from reconciler.text import printable


def forbid_overwriting(written: Iterable[str | None], read: Iterable[str | None]) -> None:
    """Raise a usage error where a file would be written twice, or is one that the run reads."""
    taken = {os.path.realpath(path) for path in read if path}
    for path in filter(None, written):
        place = os.path.realpath(path)
        if place in taken and (os.path.isfile(place) or not os.path.exists(place)):  # noqa: PTH110, PTH113
            raise click.UsageError(
                f"{printable(path)} would be overwritten: this run reads it, or writes it twice."
            )
        taken.add(place)
