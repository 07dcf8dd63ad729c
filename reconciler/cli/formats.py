"""The option ``--format``: which formats, each to stdout or to a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import click

from reconciler.cli.help import Heading
from reconciler.cli.options import Command, option


class Format(StrEnum):
    """A way to write down what was found."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    GITHUB = "github"
    """The text, annotations behind it, and what GitHub's environment files ask for."""
    GITLAB = "gitlab"


_EXPLAINED = {
    Format.TEXT: "text",
    Format.JSON: "json (santral schema plan describes it)",
    Format.MARKDOWN: "markdown (for a comment: at most 60,000 characters for any fleet)",
    Format.HTML: "html (one page with a filter, which makes no outside request)",
    Format.GITHUB: "github (text and annotations; of a plan also the Markdown in the job's "
    "summary, and the counts in its outputs)",
    Format.GITLAB: "gitlab=FILE (the counts for the merge request's widget; of validate, a "
    "code-quality report)",
}
"""For the help."""


@dataclass(frozen=True, slots=True)
class Target:
    """One format that was asked for."""

    format: Format
    path: str | None = None
    """The file to write; None for stdout."""


def stdout_format(targets: Sequence[Target]) -> Format:
    """Return what stdout gets: text, unless another format was asked for without a file."""
    return next((target.format for target in targets if target.path is None), Format.TEXT)


class _TargetType(click.ParamType[Target]):
    name = "NAME[=FILE]"

    def __init__(self, formats: Sequence[Format]) -> None:
        self._formats = formats

    def convert(self, value: Any, param: Any, ctx: Any) -> Target:
        if isinstance(value, Target):
            return value
        name, equals, path = value.partition("=")
        if name not in self._formats:
            self.fail(f"It must be one of {', '.join(self._formats)}.", param, ctx)
        if equals and not path:
            self.fail(f"The name of a file is missing after {name}=.", param, ctx)
        if path == "-":
            self.fail(f"For stdout, write {name} alone.", param, ctx)
        return self._placed(Format(name), path or None, param, ctx)

    def _placed(self, kind: Format, path: str | None, param: Any, ctx: Any) -> Target:
        if kind is Format.GITHUB and path:
            self.fail("github goes to stdout and to GitHub's files; give no file.", param, ctx)
        if kind is Format.GITLAB and not path:
            self.fail("gitlab goes to a file: gitlab=FILE.", param, ctx)
        return Target(kind, path)


def _apart(_: click.Context, __: click.Parameter, targets: tuple[Target, ...]) -> Any:
    """Refuse two formats in one place, where the second would follow or replace the first."""
    paths = [target.path for target in targets]
    if paths.count(None) > 1:
        raise click.BadParameter("Only one format can go to stdout; give the others as NAME=FILE.")
    if len(set(paths)) < len(paths):
        raise click.BadParameter("Each format needs a file of its own.")
    return targets


def format_option(*formats: Format) -> Callable[[Command], Command]:
    """Declare ``--format`` for a command that knows these formats."""
    return option(
        "--format",
        "formats",
        heading=Heading.OUTPUT,
        type=_TargetType(formats),
        multiple=True,
        callback=_apart,
        show_default="text",
        help=f"What to write: {', '.join(map(_EXPLAINED.__getitem__, formats))}. Repeatable: one "
        "goes to stdout, the others to files.",
    )
