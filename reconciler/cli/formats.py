"""The option ``--format``: which formats, each to stdout or to a file."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import click
from click.shell_completion import CompletionItem

from reconciler.cli.help import Heading
from reconciler.cli.options import Command, option
from reconciler.core.messages import say, template


class Format(StrEnum):
    """A way to write down what was found."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    JUNIT = "junit"
    GITHUB = "github"
    """The text, annotations behind it, and what GitHub's environment files ask for."""
    GITLAB = "gitlab"


_EXPLAINED = {
    Format.TEXT: template("text"),
    Format.JSON: template("json (santral schema {schema} describes it)"),
    Format.MARKDOWN: template("markdown (for a comment, at most 60,000 characters for any fleet)"),
    Format.HTML: template("html (a single page with a filter, which loads nothing from outside)"),
    Format.JUNIT: template(
        "junit (each santral as a test case, for Jenkins, Azure DevOps, Bitbucket and GitLab)"
    ),
    Format.GITHUB: template(
        "github (text and annotations; for a plan also Markdown in the summary of the job, and "
        "counts in its outputs)"
    ),
    Format.GITLAB: template(
        "gitlab=FILE (counts for the widget of a merge request; for validate a code quality report)"
    ),
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
        self.choices = formats

    def convert(self, value: Any, param: Any, ctx: Any) -> Target:
        if isinstance(value, Target):
            return value
        name, equals, path = value.partition("=")
        if name not in self.choices:
            known = ", ".join(self.choices)
            self.fail(say("It must be one of {formats}.", formats=known), param, ctx)
        if equals and not path:
            self.fail(say("The name of a file is missing after {name}=.", name=name), param, ctx)
        if path == "-":
            self.fail(say("For stdout, write only {name}.", name=name), param, ctx)
        return self._placed(Format(name), path or None, param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> "list[CompletionItem[str]]":
        """Return the formats that begin like this."""
        return [CompletionItem(str(one)) for one in self.choices if one.startswith(incomplete)]

    def _placed(self, kind: Format, path: str | None, param: Any, ctx: Any) -> Target:
        if kind is Format.GITHUB and path:
            self.fail(
                say("github goes to stdout and to the files of GitHub. Give no file."), param, ctx
            )
        if kind is Format.GITLAB and not path:
            self.fail(say("gitlab goes to a file. Write gitlab=FILE."), param, ctx)
        return Target(kind, path)


def _apart(_: click.Context, __: click.Parameter, targets: tuple[Target, ...]) -> Any:
    """Refuse two formats in one place, where the second would follow or replace the first."""
    paths = [target.path for target in targets]
    if paths.count(None) > 1:
        raise click.BadParameter(
            say("Only one format can go to stdout. Give the others as NAME=FILE.")
        )
    if len(set(paths)) < len(paths):
        raise click.BadParameter(say("Each format needs a file of its own."))
    return targets


def is_elsewhere(value: str, own: Collection[str]) -> bool:
    """Return whether it names formats that exist, but not in a command that has these."""
    names = [word.partition("=")[0] for word in value.split()]
    return bool(names) and {*names} <= {*map(str, Format)} and not {*names} & {*own}


def format_option(*formats: Format, schema: str = "plan") -> Callable[[Command], Command]:
    """Declare ``--format`` for a command that knows these formats; ``schema`` is of its JSON."""
    return option(
        "--format",
        "formats",
        heading=Heading.OUTPUT,
        type=_TargetType(formats),
        multiple=True,
        callback=_apart,
        is_for_others=lambda value: is_elsewhere(value, formats),
        show_default="text",
        help=template(
            "What to write: {formats}. Repeatable: one goes to stdout, the others to files."
        ),
        fields=lambda: {
            "formats": ", ".join(say(_EXPLAINED[each], schema=schema) for each in formats)
        },
    )
