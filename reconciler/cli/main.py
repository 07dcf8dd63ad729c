"""The program's entry: picks the command, and turns whatever happens into an exit code."""

import contextlib
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from keyword import iskeyword
from typing import NoReturn

import click

from reconciler import __version__
from reconciler.cli.groups import HeadedGroup
from reconciler.cli.hardening import take_precautions
from reconciler.cli.interrupt import INTERRUPTED, Interruption, SignalError, leave, leaving
from reconciler.cli.speaking import SpokenOption
from reconciler.cli.streams import open_closed_streams, use_utf8
from reconciler.core.errors import ExitCode, SantralError, system_reason, trace
from reconciler.core.language import chosen
from reconciler.core.messages import Message, say, template
from reconciler.core.shortages import shortage
from reconciler.core.text import printable
from reconciler.core.translation import speak
from reconciler.files import has_working_folder

_OBJECTS_BETWEEN_COLLECTIONS = 200_000
"""With Python's own 700 the collector walks through all that was imported, again and again.

A plan of a few santrals makes 60,000, and ends in 0.93 of the time without being walked through.
"""

_COMMANDS = {
    "init": template("Write a santral.yaml, and a pipeline, to start from."),
    "validate": template("Check the files offline. Needs no key."),
    "plan": template("Show what apply would change. Changes nothing."),
    "apply": template("Plan, make the changes, and read them back."),
    "rollback": template("Restore the settings from before a run."),
    "import": template("Write a file for the settings that are live."),
    "history": template("List what earlier runs changed, and who ran them."),
    "doctor": template("Find out whether each key works, and each URL takes calls."),
    "ring": template("Send a made-up call event to a notification URL."),
    "sandbox": template("Serve the stand-in API on this machine."),
    "show": template("Show a saved plan in any format."),
    "merge": template("Put the plans of all shards together."),
    "ci": template("Do a pipeline's work at GitHub or GitLab."),
    "schema": template("Print the JSON Schema of the file, or of the JSON output."),
    "completion": template("Print a completion script for bash, zsh or fish."),
}


class _LazyGroup(HeadedGroup):
    """Imports a command when it is called, so that ``--version`` does not wait for the others."""

    def described(self) -> Mapping[str, str]:
        return _COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [*_COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = import_module(f"reconciler.cli.commands.{module}").command
        command.short_help = say(_COMMANDS[cmd_name])
        return command

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        formatter.write_paragraph()
        formatter.write_text(
            say("Every option can also be set by an environment variable, SANTRAL_<OPTION>.")
        )


@click.group(
    cls=_LazyGroup,
    help=template("Keep the CRM integration settings of Bulutsantralim santrals as code."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(
    __version__,
    message="santral %(version)s",
    cls=SpokenOption,
    help=template("Show the version and exit."),
)
def santral() -> None:
    """Run a command of the program."""


def run() -> NoReturn:
    """Run the program and leave with its exit code."""
    interruption = Interruption()
    leave(_run(None, interruption), interruption)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code; nothing is raised for what a user did."""
    return _run(arguments, Interruption())


def _run(arguments: Sequence[str] | None, interruption: Interruption) -> int:
    """Return the exit code; a signal's goes before all others, whatever failed because of it."""
    code = _outcome(arguments, interruption)
    return interruption.exit_code or code


def _outcome(arguments: Sequence[str] | None, interruption: Interruption) -> int:
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    gc.enable()
    given = sys.argv[1:] if arguments is None else arguments
    speak(chosen(given, os.environ))
    open_closed_streams()
    use_utf8()
    try:
        take_precautions(os.environ)
        _refuse_nul(given)
        with leaving(interruption):
            return _run_command(arguments)
    except click.exceptions.NoArgsIsHelpError as error:
        _say(error.format_message())
    except click.ClickException as error:
        what = say("Error: {message}", message=_one_line(error.format_message()))
        _say(_usage(error), what, *_notes(error), _lost_folder())
    except (click.Abort, KeyboardInterrupt, SignalError):
        return _interrupted()
    except SystemExit as left:  # As click leaves where nobody reads stdout any more.
        return int(left.code or 0)
    except SantralError as error:
        _say(str(error), *_notes(error), _lost_folder())
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort
        if _is_of_a_signal(error):
            return _interrupted()
        _say(*_last_words(error))
    return ExitCode.ERROR


def _run_command(arguments: Sequence[str] | None) -> int:
    """Run a command, and return its exit code."""
    code = santral.main(
        arguments,
        prog_name="santral",
        standalone_mode=False,
        windows_expand_args=False,  # A pattern of --target is of santrals, not of files.
    )
    return int(code or 0)


def _interrupted() -> int:
    """Say so, and return the exit code where no signal has another."""
    _say(f"\n{say('Interrupted.')}")
    return INTERRUPTED


def _is_of_a_signal(error: BaseException | None) -> bool:
    """Return whether a signal is behind it: Python puts errors of its own in a signal's place.

    So it does while a class is made, and where a lock is waited for.
    """
    if error is None or isinstance(error, (KeyboardInterrupt, SignalError)):
        return error is not None
    return _is_of_a_signal(error.__cause__ or error.__context__)


def _refuse_nul(arguments: Sequence[str]) -> None:
    """Raise a usage error where opening a file would be a ValueError, and so look like a bug."""
    if any("\0" in argument for argument in arguments):
        raise click.ClickException(say("An argument holds a NUL character, which no name may."))


def _notes(error: Exception) -> Sequence[str]:
    """Return what the command has added to an error."""
    return getattr(error, "__notes__", ())


def _usage(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if not context:
        return ""
    hint = say("Try '{command} --help'.", command=context.command_path)
    return f"{context.get_usage()}\n{hint}\n"


def _one_line(message: str) -> str:
    """Return a message of click's, which may list choices on lines of their own, in one line."""
    return printable(" ".join(message.split()))


def _lost_folder() -> str:
    """Return what to say where the working folder is gone, which makes many things fail."""
    if has_working_folder():
        return ""
    return say("The working folder was removed. Go to another one and run this again.")


def _last_words(error: Exception) -> Sequence[str]:
    short = shortage(error)
    if short:
        return (str(Message(short)),)
    if not isinstance(error, OSError):
        return _bug_report(error)
    name = printable(str(error.filename)) if error.filename else None
    failed = (
        say("An operation on {file} failed.", file=name)
        if name
        else say("A stream or file of this run failed.")
    )
    return f"{failed} {system_reason(error)}", _lost_folder()


def _bug_report(error: Exception) -> Sequence[str]:
    """Show where a bug struck, but neither its text nor any value, which might hold a key."""
    kind, *places = trace(error)
    return (
        say("This is a bug in santral. Please report it with these lines (they hold no values):"),
        f"  santral {__version__}: {kind}",
        *(f"  {place}" for place in places),
    )


def _say(*lines: str) -> None:
    """Write to stderr; where even that is closed, there is nobody to say it to."""
    with contextlib.suppress(OSError):
        print(*filter(None, lines), sep="\n", file=sys.stderr, flush=True)  # noqa: T201
