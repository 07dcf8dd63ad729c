"""Where results go: every format that was asked for, and no file that it would destroy."""

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from reconciler import output_files
from reconciler.cli.annotations import path_at_host
from reconciler.cli.console import Console, OutputError
from reconciler.cli.formats import Format, Target, format_option, stdout_format
from reconciler.cli.host_options import file_of
from reconciler.cli.options import grouped, show_urls_option, talk_options
from reconciler.core.errors import ExitCode
from reconciler.core.messages import text_of
from reconciler.files import JOURNAL, SANDBOX_JOURNAL, SANDBOX_STATE
from reconciler.render import as_github, as_gitlab, as_json, as_text
from reconciler.render.view import ShownPlan

_NAMED: Mapping[str, Sequence[Path]] = {
    "SANTRAL_CONFIG": (),
    "SANTRAL_KEYS_FILE": (),
    "SANTRAL_SECRETS_FILE": (),
    "SANTRAL_CA_FILE": (),
    "SANTRAL_ALLOW_HOSTS": (),
    "SANTRAL_JOURNAL": (JOURNAL, SANDBOX_JOURNAL),
    "SANTRAL_STATE": (SANDBOX_STATE,),
}
"""Variables that name files of other commands, also where this one does not read them; and in place
of which of our own files."""


@dataclass(frozen=True, slots=True)
class Output:
    """How to show what was found."""

    formats: tuple[Target, ...]
    show_urls: bool
    no_color: bool
    quiet: bool
    verbose: bool

    @property
    def files(self) -> tuple[str, ...]:
        """The files that formats go to."""
        return tuple(target.path for target in self.formats if target.path)

    @property
    def appended(self) -> tuple[str, ...]:
        """The files of GitHub's runner that the format for it adds to."""
        return tuple(_github_files().values()) if self.is_for_github else ()

    @property
    def is_for_github(self) -> bool:
        """Whether GitHub's format was asked for."""
        return stdout_format(self.formats) is Format.GITHUB

    @property
    def console(self) -> Console:
        """The console that the options ask for."""
        return Console(self.quiet, self.verbose, self.no_color)

    def to_stdout(self, text: str, *, is_report: bool = False) -> ExitCode:
        """Write a result; where it cannot be written, what was done is written to stderr."""
        try:
            self.console.write(text)
        except OutputError as error:
            self.console.error(f"{error}\n{text}" if is_report else str(error))
            return ExitCode.ERROR
        return ExitCode.OK

    def to_files(self, render: Callable[[Format], str]) -> ExitCode:
        """Write each format that has a file to it; return ERROR where one could not be written."""
        return ExitCode.most_severe(
            [
                self.console.write_file(target.path, render(target.format))
                for target in self.formats
                if target.path
            ]
        )


output_options = grouped(
    "output",
    Output,
    format_option(*Format),
    show_urls_option,
    *talk_options,
)


def _markdown(plan: ShownPlan) -> str:
    from reconciler.render import as_markdown  # noqa: PLC0415

    return as_markdown.render(plan)


def _html(plan: ShownPlan) -> str:
    from reconciler.render import as_html  # noqa: PLC0415

    return as_html.render(plan)


def _junit(plan: ShownPlan) -> str:
    from reconciler.render import as_junit  # noqa: PLC0415

    return as_junit.render(plan, path_at_host)


_RENDERERS: Mapping[Format, Callable[[ShownPlan], str]] = {
    Format.TEXT: lambda plan: as_text.render(plan, as_text.TextStyle()),
    Format.JSON: as_json.render,
    Format.MARKDOWN: _markdown,
    Format.HTML: _html,
    Format.JUNIT: _junit,
    Format.GITLAB: as_gitlab.render_plan,
}


@dataclass(frozen=True, slots=True)
class Presenter:
    """Knows which formats go where, and writes them."""

    output: Output
    console: Console

    @property
    def is_text(self) -> bool:
        """Whether stdout gets text, which can be written bit by bit; other formats cannot."""
        return stdout_format(self.output.formats) in {Format.TEXT, Format.GITHUB}

    def announce(self, plan: ShownPlan, *, asks: bool) -> None:
        """Show the plan before anything is done; who is asked must see what, wherever stdout goes.

        Raises OutputError.
        """
        text = f"{as_text.render_plan(plan, self.console.style)}\n"
        if self.is_text:
            self.console.write(text)
        if asks and not (self.is_text and self.console.has_terminal):
            sys.stderr.write(f"{text}{as_text.guard_line(plan, self.console.style)}")
            sys.stderr.flush()

    def present(self, plan: ShownPlan, *, was_announced: bool = False) -> ExitCode:
        """Write every format, and return ERROR where one could not be written."""
        text = self._stdout_text(plan, was_announced=was_announced)
        stdout = self.output.to_stdout(text, is_report=was_announced)
        files = self.output.to_files(lambda kind: _RENDERERS[kind](plan))
        github = self._to_github(plan) if self.output.is_for_github else ExitCode.OK
        return ExitCode.most_severe([stdout, files, github])

    def _stdout_text(self, plan: ShownPlan, *, was_announced: bool) -> str:
        kind = stdout_format(self.output.formats)
        if not self.is_text:
            return _RENDERERS[kind](plan)
        render = as_text.render_report if was_announced else as_text.render
        annotations = as_github.annotations(plan, path_at_host) if kind is Format.GITHUB else ""
        return render(plan, self.console.style) + annotations

    def _to_github(self, plan: ShownPlan) -> ExitCode:
        """Append to the files that GitHub's runner names, where it does."""
        return ExitCode.most_severe(
            self.console.append(path, _FOR_GITHUB[name](plan))
            for name, path in _github_files().items()
        )


_FOR_GITHUB = {"GITHUB_STEP_SUMMARY": _markdown, "GITHUB_OUTPUT": as_github.outputs}


def _github_files() -> dict[str, str]:
    """Return the files that GitHub's runner names, by their variables."""
    return {name: path for name in _FOR_GITHUB if (path := os.environ.get(name))}


def forbid_overwriting(
    written: Iterable[str | None],
    read: Iterable[str | None],
    *,
    kept: output_files.Kept | None = None,
    appended: Iterable[str] = (),
    added_to: Collection[str] = (),
) -> None:
    """Raise a usage error where an output would destroy something (``output_files.obstacle``).

    ``added_to`` are variables with files that may be among ``appended``.
    """
    own = {name for name, places in _NAMED.items() if kept and kept.own in places}
    files = output_files.Files(
        written=_named(written),
        read=[*_named(read), *_named_by(_NAMED.keys() - own - {*added_to})],
        kept=kept,
        appended=[*appended],
        foreign=[*_named_by(own)],
    )
    obstacle = output_files.obstacle(files)
    if obstacle:
        raise click.UsageError(text_of(obstacle))


def _named(paths: Iterable[str | None]) -> list[str]:
    return [*filter(None, paths)]


def _named_by(variables: Iterable[str]) -> Iterator[str]:
    """Yield the files that these name; a path list is what click takes several files from."""
    for name in variables:
        value = os.environ.get(name, "")
        if name == "SANTRAL_ALLOW_HOSTS":
            value = file_of(value) or ""
        yield from filter(None, value.split(os.pathsep) if name == "SANTRAL_CONFIG" else [value])
