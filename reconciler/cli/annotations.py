"""Reporting what is wrong in the files to a code host, beside the text on stderr."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from reconciler.cli.console import Console, OutputError
from reconciler.cli.formats import Format, Target, stdout_format
from reconciler.config.load import STANDARD_INPUT_NAME
from reconciler.config.problems import ConfigError, Problem
from reconciler.core.ci_systems import workspaces
from reconciler.core.errors import ExitCode, SantralError
from reconciler.core.text import is_printable, printable
from reconciler.render import as_github, as_gitlab
from reconciler.render.view import ShownSantral


@contextlib.contextmanager
def reported(
    command: str, formats: Sequence[Target], console: Console, *, in_sandbox: bool = False
) -> Iterator[None]:
    """Report to code hosts why a command ended without a result, in the formats that can say so.

    GitHub shows each problem at its place in the file. JUnit's report tells of the error instead of
    a result, because a missing report would look like a run without tests.
    """
    try:
        yield
    except SantralError as error:
        if isinstance(error, ConfigError) and stdout_format(formats) is Format.GITHUB:
            found = [*map(_annotation, error.problems)]
            _write(as_github.errors(found, path_at_host), console)
        if has_junit(formats):
            write_junit(_junit_of(command, error, in_sandbox=in_sandbox), formats, console)
        raise


def _junit_of(command: str, error: SantralError, *, in_sandbox: bool) -> str:
    from reconciler.render import as_junit  # noqa: PLC0415

    if isinstance(error, ConfigError):
        return as_junit.render_problems(
            command, error.problems, path_at_host, is_of_sandbox=in_sandbox
        )
    return as_junit.render_error(command, error, path_at_host, is_of_sandbox=in_sandbox)


def has_junit(formats: Sequence[Target]) -> bool:
    """Return whether JUnit's format was asked for."""
    return any(target.format is Format.JUNIT for target in formats)


def write_junit(text: str, formats: Sequence[Target], console: Console) -> ExitCode:
    """Write a report wherever JUnit's format goes; return ERROR where it could not be written."""
    is_written = stdout_format(formats) is not Format.JUNIT or _write(text, console)
    to_files = _write_files(text, Format.JUNIT, formats, console)
    return to_files if is_written else ExitCode.ERROR


def _write(text: str, console: Console) -> bool:
    """Write to stdout; return False if that fails, which is said on stderr, as the problems are."""
    try:
        console.write(text)
    except OutputError as error:
        console.error(str(error))
        return False
    return True


def _annotation(problem: Problem) -> as_github.Annotation:
    return as_github.Annotation(problem.place, "validate", (problem.message,))


def write_warnings(
    santrals: Sequence[ShownSantral], formats: Sequence[Target], console: Console
) -> ExitCode:
    """Say what a reviewer should know of valid files, in each way that was asked for."""
    console.warn_of(santrals)
    found = [(one, warning) for one in santrals for warning in one.warnings]
    if found and stdout_format(formats) is Format.GITHUB:
        shown = [as_github.Annotation(one.at, one.name, (warning,)) for one, warning in found]
        _write(as_github.warnings(shown, path_at_host), console)
    findings = (
        as_gitlab.Finding(path_at_host(one.source), one.line, one.name, warning, is_error=False)
        for one, warning in found
    )
    return _write_findings(findings, formats, console)


def write_code_quality(
    problems: Sequence[Problem], formats: Sequence[Target], console: Console
) -> ExitCode:
    """Write GitLab's code-quality report to each file asked for."""
    return _write_findings(map(_finding, problems), formats, console)


def _finding(problem: Problem) -> as_gitlab.Finding:
    path = path_at_host(problem.place.source)
    return as_gitlab.Finding(path, problem.place.line, problem.santral, problem.message)


def _write_findings(
    findings: Iterable[as_gitlab.Finding], formats: Sequence[Target], console: Console
) -> ExitCode:
    return _write_files(as_gitlab.render_problems(findings), Format.GITLAB, formats, console)


def _write_files(text: str, kind: Format, formats: Sequence[Target], console: Console) -> ExitCode:
    """Write to each file that a format goes to; return ERROR where one could not be written."""
    paths = [target.path for target in formats if target.path and target.format is kind]
    return ExitCode.most_severe(console.write_file(path, text) for path in paths)


def path_at_host(source: str) -> str:
    """Return what the code host calls a file, wherever this runs; printable.

    That is its path below the folder that a CI system names, if it lies there, else below the top
    of its git repository; a file outside them all is called as it was named.
    """
    if source == STANDARD_INPUT_NAME:
        return source
    folder, name = os.path.split(os.path.normpath(source))
    try:
        file = Path(os.path.realpath(folder), name)
    except OSError:  # The working folder is gone.
        return _shown(source)
    below = (file.relative_to(top) for top in _tops(file) if file.is_relative_to(top))
    return _shown(next(below, Path(folder, name)).as_posix())


def _shown(path: str) -> str:
    """Return a path that may have been made printable already."""
    return path if is_printable(path) else printable(path)


def _tops(file: Path) -> Iterator[Path]:
    """Yield the folders that the file's path may start from, the first that holds it counting."""
    yield from (Path(os.path.realpath(folder)) for _, folder in workspaces(os.environ))
    yield from (folder for folder in file.parents if os.path.lexists(folder / ".git"))
