"""``santral import``: from live settings, clicked together over years, to a file."""

from collections.abc import Callable
from typing import Any

import click

from reconciler.cli.api_options import Access, reading_options
from reconciler.cli.console import Console
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.help import Heading
from reconciler.cli.import_wish import Wish
from reconciler.cli.importing import Import
from reconciler.cli.option_types import FilePath
from reconciler.cli.options import (
    Command,
    grouped,
    no_color_option,
    not_empty,
    option,
    quiet_option,
    verbose_option,
)
from reconciler.core.messages import say, template

_HELP = template(
    "Read the live settings of every key, and write a santral.yaml that asks for just them.\n\n"
    "With nothing but keys, all of them are read. With --csv, those of a list, as saved from "
    "Excel. Without -o, the file goes to stdout. A file that is there gets the santrals that it "
    "lacks, after the change was shown and agreed to; all else in it stays as it is. Sends nothing "
    "but GETs. The exit code is 1 if a santral could not be read; the others are written all the "
    "same."
)


def _file_option(*names: str, **attributes: Any) -> Callable[[Command], Command]:
    """Declare an option that names a file."""
    return option(*names, type=FilePath(), callback=not_empty, metavar="FILE", **attributes)


_wish_options = grouped(
    "wish",
    Wish,
    _file_option(
        "--csv",
        "csv_file",
        heading=Heading.SELECTION,
        help=template(
            "A list of santrals with a line of headings, among them name (ad, isim, santral) and "
            "key (anahtar), perhaps description (açıklama). Names are made valid ones: "
            "İstanbul Şube 2 becomes istanbul-sube-2."
        ),
    ),
    option(
        "--labels",
        heading=Heading.SELECTION,
        metavar="HEADING,...",
        help=template("Other columns of the list that become labels."),
    ),
    option(
        "--skip-bad",
        heading=Heading.SELECTION,
        is_flag=True,
        help=template("Leave out the rows of the list that are wrong, and go on."),
    ),
    _file_option(
        "-o",
        "--output",
        heading=Heading.OUTPUT,
        help=template("A new file, or one that gets the santrals that it lacks."),
    ),
    _file_option(
        "--keys-out",
        heading=Heading.OUTPUT,
        help=template(
            "Add the keys to this file, for --keys-file, under the names of the santrals. Nobody "
            "but you may read it."
        ),
    ),
    _file_option(
        "--secrets-out",
        heading=Heading.OUTPUT,
        help=template(
            "Add what looks like a token in a URL to this file, for --secrets-file; the santral's "
            "entry gets {{secret.NAME}} in its place. Without it, such a URL is left unmanaged."
        ),
    ),
    option(
        "--plain-urls",
        heading=Heading.OUTPUT,
        is_flag=True,
        help=template("Write URLs in full, whatever looks like a token in them."),
    ),
    option("--yes", is_flag=True, help=template("Do not ask before a file that is there changes.")),
)


@click.command("import", cls=HeadedCommand, help=_HELP)
@_wish_options
@reading_options
@no_color_option
@quiet_option
@verbose_option
def command(wish: Wish, access: Access, *, no_color: bool, quiet: bool, verbose: bool) -> int:
    """Run ``santral import``, and return the exit code."""
    if wish.secrets_out and wish.plain_urls:
        raise click.UsageError(say("--secrets-out and --plain-urls cannot be used together."))
    if (wish.labels or wish.skip_bad) and not wish.csv_file:
        raise click.UsageError(say("--labels and --skip-bad are for a list: add --csv."))
    if access.sandbox and (wish.keys_out or wish.secrets_out):
        raise click.UsageError(
            say(
                "--keys-out and --secrets-out are for real santrals: the sandbox has keys and "
                "secrets of its own."
            )
        )
    wish.forbid_overwriting(access)
    return Import(wish, access, Console(quiet, verbose, no_color)).run()
