"""``santral completion``: let a shell complete commands, options and their values."""

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from reconciler.cli.console import Console
from reconciler.cli.declaring import HeadedCommand
from reconciler.core.errors import ExitCode
from reconciler.core.messages import template

_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


_HELP = template(
    "Print a script that lets a shell complete the commands and options of santral, the names of "
    "your santrals, and the IDs of runs.\n\n"
    'bash: eval "$(santral completion bash)" in ~/.bashrc. zsh: the same with zsh in ~/.zshrc, '
    "after compinit. fish: santral completion fish > ~/.config/fish/completions/santral.fish"
)


@click.command("completion", cls=HeadedCommand, help=_HELP)
@click.argument("shell", type=click.Choice([*_SHELLS]))
@click.pass_context
def command(context: click.Context, shell: str) -> ExitCode:
    """Run ``santral completion``, and return the exit code."""
    program = context.find_root().command
    Console().write(_SHELLS[shell](program, {}, "santral", "_SANTRAL_COMPLETE").source())
    return ExitCode.OK
