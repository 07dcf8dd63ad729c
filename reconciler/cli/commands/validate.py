"""``santral validate``: check the files offline."""

from collections.abc import Sequence

import click

from reconciler.cli.annotations import (
    has_junit,
    path_at_host,
    reported,
    write_code_quality,
    write_junit,
    write_warnings,
)
from reconciler.cli.console import Console
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.fleets import say_passed_over
from reconciler.cli.formats import Format, Target, format_option, stdout_format
from reconciler.cli.help import Heading
from reconciler.cli.host_options import allow_hosts_option
from reconciler.cli.options import config_option, option
from reconciler.cli.output import forbid_overwriting
from reconciler.config.load import Loaded, load
from reconciler.config.problems import ConfigError
from reconciler.core.allowed_hosts import AllowedHosts
from reconciler.core.errors import ExitCode
from reconciler.core.fleet import Santral
from reconciler.core.messages import say_number, template
from reconciler.core.text import printable
from reconciler.render.view import ShownSantral, Status

_HELP = template(
    "Check the files offline: YAML, schema and rules. Needs no key and no network.\n\n"
    "The exit code is 0 if they are valid, and 1 if not, with everything that is wrong, and where."
)


@click.command("validate", cls=HeadedCommand, help=_HELP)
@config_option
@allow_hosts_option
@format_option(Format.TEXT, Format.JUNIT, Format.GITHUB, Format.GITLAB)
@option(
    "-q",
    "--quiet",
    heading=Heading.OUTPUT,
    is_flag=True,
    help=template("Print only what is wrong."),
)
def command(
    config: tuple[str, ...],
    allow_hosts: AllowedHosts | None,
    formats: tuple[Target, ...],
    *,
    quiet: bool,
) -> ExitCode:
    """Run ``santral validate``, and return the exit code."""
    hosts = allow_hosts.path if allow_hosts else None
    forbid_overwriting((target.path for target in formats), (*config, hosts))
    console = Console(quiet)
    try:
        with reported("validate", formats, console):
            loaded = load(config, allow_hosts)
    except ConfigError as error:
        write_code_quality(error.problems, formats, console)
        raise
    odd = [_shown(one) for one in loaded.fleet.santrals if one.warnings]
    code = write_warnings(odd, formats, console)
    say_passed_over(config, console)
    if not quiet and stdout_format(formats) is not Format.JUNIT:
        _say_valid(loaded, console)
    return ExitCode.most_severe([code, _write_junit(loaded, formats, console)])


def _write_junit(loaded: Loaded, formats: Sequence[Target], console: Console) -> ExitCode:
    """Write the report of valid files, if it was asked for."""
    if not has_junit(formats):
        return ExitCode.OK
    from reconciler.render import as_junit  # noqa: PLC0415 - only this format needs it

    shown = map(_shown, loaded.fleet.santrals)
    return write_junit(as_junit.render_valid(shown, path_at_host), formats, console)


def _shown(santral: Santral) -> ShownSantral:
    """Return an entry as it may be shown; what is live nobody asked."""
    place, warnings = santral.place, santral.warnings
    source = printable(place.source)
    return ShownSantral(
        santral.name, source, place.line, place.column, Status.IN_SYNC, warnings=warnings
    )


def _say_valid(loaded: Loaded, console: Console) -> None:
    for source in loaded.sources:
        said = say_number(
            "{file}: 1 santral, valid",
            "{file}: {count} santrals, valid",
            count=source.santrals,
            file=printable(source.name),
        )
        console.write(f"{said}\n")
