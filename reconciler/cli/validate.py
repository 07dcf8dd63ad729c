"""``santral validate``: check the files offline."""

import click

from reconciler.cli.console import Console
from reconciler.cli.options import config_option, option
from reconciler.config.load import load
from reconciler.errors import ExitCode
from reconciler.text import printable


@click.command("validate", short_help="Check the files offline.")
@config_option
@option("-q", "--quiet", is_flag=True, help="Print nothing but what is wrong.")
def command(config: tuple[str, ...], *, quiet: bool) -> ExitCode:
    """Check the files offline: YAML, schema and rules. Needs no key and no network.

    Exit code 0 when they are valid, 1 when they are not, with all that is wrong and where.
    """
    loaded = load(config)
    for source in () if quiet else loaded.sources:
        noun = "santral" if source.santrals == 1 else "santrals"
        Console().write(f"{printable(source.name)}: {source.santrals} {noun}, valid\n")
    return ExitCode.OK
