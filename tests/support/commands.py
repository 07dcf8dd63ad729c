"""All commands of the program, those below another one too."""

from collections.abc import Iterator

import click

from reconciler.cli.main import santral


def commands_below(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield each command that can be run, by what is typed for it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands_below(command, *path, name)
        elif command:
            yield " ".join((*path, name)), command


RUNNABLE = dict(commands_below(santral))
"""By what is typed, such as ``ci comment``."""
