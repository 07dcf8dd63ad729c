"""The options that several commands share, handed to each as one value."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import click

from reconciler.cli.completing import complete_labels, complete_santrals
from reconciler.cli.declaring import HeadedOption
from reconciler.cli.help import Heading
from reconciler.cli.option_types import (
    CanaryType,
    FilePath,
    LimitType,
    OneFile,
    SelectorType,
    ShardType,
    WholeNumber,
    YesOrNo,
)
from reconciler.core.change_limit import DEFAULT_LIMIT, SMALLEST_GUARDED_FLEET
from reconciler.core.label_selector import LabelSelector
from reconciler.core.messages import say, template
from reconciler.core.shard import Shard

Command = TypeVar("Command", bound=Callable[..., Any])


def not_empty(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Refuse an empty name, which a variable that is not set leaves behind."""
    if value == "":
        raise click.BadParameter(say("It is empty. Is a variable not set?"))
    return value


def option(
    *names: str, heading: Heading = Heading.GENERAL, **attributes: Any
) -> Callable[[Command], Command]:
    """Declare an option that an environment variable SANTRAL_<OPTION> can give too.

    Where a key could have that variable, ``envvar`` names another.
    """
    long = next(name for name in names if name.startswith("--")).split("/")[0]
    variable = f"SANTRAL_{long.removeprefix('--').upper().replace('-', '_')}"
    kind = {"type": YesOrNo()} if attributes.get("is_flag") else {}
    attributes = {"envvar": variable, "heading": heading, **kind, **attributes}
    return click.option(*names, cls=HeadedOption, **attributes)


def grouped(
    name: str, kind: type[Any], *options: Callable[[Any], Any]
) -> Callable[[Command], Command]:
    """Add options to a command, which gets their values as one dataclass.

    A field without an option has its default.
    """

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_group(**values: Any) -> Any:
            given = [field.name for field in fields(kind) if field.name in values]
            group = kind(**{name: values.pop(name) for name in given})
            return command(**{name: group}, **values)

        return functools.reduce(lambda so_far, add: add(so_far), reversed(options), with_group)  # type: ignore[return-value]

    return decorate


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files, and which of their santrals."""

    config: tuple[str, ...]
    target: tuple[str, ...]
    exclude: tuple[str, ...]
    select: tuple[LabelSelector, ...]
    shard: Shard | None
    changed: str | None = None
    """The git revision from which an entry has to differ."""

    @property
    def of_all(self) -> "Selection":
        """The same files, and all of their santrals."""
        return Selection(self.config, target=(), exclude=(), select=(), shard=None)


config_option = option(
    "-c",
    "--config",
    heading=Heading.SELECTION,
    multiple=True,
    default=("santral.yaml",),
    show_default="santral.yaml",
    metavar="FILE|DIR",
    type=FilePath(allow_dash=True),
    help=template(
        "A file, a directory (every *.yaml and *.yml in it, as one fleet), or - for stdin. "
        "Repeatable."
    ),
)


def keys_file_option(
    help_: str, *, heading: Heading = Heading.GENERAL
) -> Callable[[Command], Command]:
    """Declare --keys-file, which several files can be named with."""
    return option(
        "--keys-file",
        heading=heading,
        multiple=True,
        type=OneFile(),
        metavar="FILE",
        help=help_,
    )


def shard_option(help_: str) -> Callable[[Command], Command]:
    """Declare --shard."""
    return option("--shard", heading=Heading.SELECTION, type=ShardType(), metavar="I/N", help=help_)


_SELECTION = (
    config_option,
    option(
        "--target",
        heading=Heading.SELECTION,
        multiple=True,
        metavar="GLOB",
        shell_complete=complete_santrals,
        help=template("Only santrals whose name matches, such as ankara-*. Repeatable."),
    ),
    option(
        "--exclude",
        heading=Heading.SELECTION,
        multiple=True,
        metavar="GLOB",
        shell_complete=complete_santrals,
        help=template("Exclude santrals whose name matches. Repeatable."),
    ),
    option(
        "--select",
        heading=Heading.SELECTION,
        multiple=True,
        metavar="KEY[=VALUE]",
        type=SelectorType(),
        shell_complete=complete_labels,
        help=template(
            "Only santrals with this label in the files: KEY, KEY=VALUE with a glob such as "
            "city=ist*, or KEY!=VALUE, which also takes santrals without the label. Repeatable; "
            "all must hold."
        ),
    ),
    shard_option(
        template(
            "Only part I of N of the santrals, counted from 1, for N machines that share the work. "
            "A santral's part depends on its name alone. The limits of a run are each machine's "
            "own: divide --rate by N. merge puts the plans together."
        )
    ),
)
selection_options = grouped("selection", Selection, *_SELECTION)
"""Those of a command that looks at what happened before, too."""

selection_options_with_changed = grouped(
    "selection",
    Selection,
    *_SELECTION,
    option(
        "--changed",
        heading=Heading.SELECTION,
        callback=not_empty,
        metavar="REV",
        help=template(
            "Only santrals whose entry is new or asks for something else than at this git "
            "revision, by the defaults too. What else differs from what is live is not seen: an "
            "earlier apply that failed, a change in the panel."
        ),
    ),
)


def sandbox_option(help_: str) -> Callable[[Command], Command]:
    """Declare --sandbox."""
    return option("--sandbox", heading=Heading.API, is_flag=True, help=help_)


def journal_option(help_: str) -> Callable[[Command], Command]:
    """Declare --journal."""
    return option(
        "--journal",
        heading=Heading.JOURNAL,
        type=FilePath(),
        metavar="FILE",
        show_default=template(
            ".santral/journal.jsonl, or with --sandbox .santral/sandbox-journal.jsonl"
        ),
        help=help_,
    )


no_color_option = option(
    "--no-color",
    heading=Heading.OUTPUT,
    is_flag=True,
    help=template(
        "No colour on a terminal. The variable NO_COLOR does the same. FORCE_COLOR gives colour to "
        "what is no terminal too, such as the log of a pipeline."
    ),
)

show_urls_option = option(
    "--show-urls",
    heading=Heading.OUTPUT,
    is_flag=True,
    help=template("Do not mask query values, the user part and the fragment of URLs."),
)

quiet_option = option(
    "-q",
    "--quiet",
    heading=Heading.OUTPUT,
    is_flag=True,
    help=template("Write only errors to stderr."),
)

verbose_option = option(
    "-v",
    "--verbose",
    heading=Heading.OUTPUT,
    is_flag=True,
    help=template("Write each request and each wait to stderr."),
)

talk_options = (no_color_option, quiet_option, verbose_option)


max_changes_option = option(
    "--max-changes",
    heading=Heading.LIMITS,
    type=LimitType(),
    metavar="N|P%",
    show_default=template(
        "{limit} if the files have at least {fleet} santrals; if they have fewer, but at least "
        "{fleet} keys are at hand, {limit} of the keys"
    ),
    fields=lambda: {"limit": str(DEFAULT_LIMIT), "fleet": SMALLEST_GUARDED_FLEET},
    help=template(
        "Refuse to apply more changes than this number, or than this share of the santrals in the "
        "files. A share counts those that have a key of their own at hand, except those that were "
        "asked and could not be read."
    ),
)

careful_options = (
    option(
        "--canary",
        heading=Heading.LIMITS,
        type=CanaryType(),
        metavar="N|P%|LABEL=VALUE",
        shell_complete=complete_labels,
        help=template(
            "Make part of the changes first, and the rest only if each of those ends as applied: "
            "so many of them or such a share, chosen anew in each run, or those of santrals with "
            "this label in the files, written as for --select. If no change has the label, nothing "
            "is changed, and that is an error."
        ),
    ),
    option(
        "--max-failures",
        heading=Heading.LIMITS,
        type=WholeNumber(1),
        show_default=template("none"),
        metavar="N",
        help=template(
            "Start no new changes after N that failed, were refused or not verified; 1 stops at "
            "the first. What is under way is finished."
        ),
    ),
)
"""Those of a command that can try a part of the changes first, or stop on its way."""
