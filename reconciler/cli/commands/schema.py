"""``santral schema``: print a JSON Schema."""

import click

from reconciler.cli.console import Console
from reconciler.cli.declaring import HeadedCommand
from reconciler.core.errors import ExitCode
from reconciler.core.messages import template
from reconciler.scaffold.starters import explained
from reconciler.schemas import Schema

_HELP = template(
    "Print the JSON Schema of santral.yaml, or of what plan, history or doctor prints as JSON.\n\n"
    "With it, an editor that has the YAML language server completes and explains the file."
)


@click.command("schema", cls=HeadedCommand, help=_HELP)
@click.argument("name", type=click.Choice([str(schema) for schema in Schema]), default="santral")
def command(name: str) -> ExitCode:
    """Run ``santral schema``, and return the exit code."""
    Console().write(explained(Schema(name)))
    return ExitCode.OK
