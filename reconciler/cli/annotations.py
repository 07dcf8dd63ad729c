"""Reporting what is wrong in the files to a code host, beside the text on stderr."""

import contextlib
from collections.abc import Iterator, Sequence

from reconciler.cli.console import Console, OutputError
from reconciler.cli.formats import Format, Target, stdout_format
from reconciler.config.problems import ConfigError, Problem
from reconciler.core.errors import ExitCode
from reconciler.core.text import printable
from reconciler.render import as_github, as_gitlab


@contextlib.contextmanager
def annotated(formats: Sequence[Target], console: Console) -> Iterator[None]:
    """Have GitHub show each problem at its place in the file, if its format was asked for."""
    try:
        yield
    except ConfigError as error:
        if stdout_format(formats) is Format.GITHUB:
            _annotate(error.problems, console)
        raise


def _annotate(problems: Sequence[Problem], console: Console) -> None:
    """Write the annotations; where they cannot be written, stderr has the problems still."""
    try:
        console.write("".join(map(_annotation, problems)))
    except OutputError as error:
        console.error(str(error))


def _annotation(problem: Problem) -> str:
    place = problem.place._replace(source=printable(problem.place.source))
    return as_github.annotation("error", place, "validate", [problem.message])


def write_report(
    problems: Sequence[Problem], formats: Sequence[Target], console: Console
) -> ExitCode:
    """Write GitLab's code-quality report to each file asked for; an empty one for valid files."""
    text = as_gitlab.render_problems((problem.place, problem.message) for problem in problems)
    paths = [target.path for target in formats if target.path and target.format is Format.GITLAB]
    return ExitCode.most_severe(console.write_file(path, text) for path in paths)
