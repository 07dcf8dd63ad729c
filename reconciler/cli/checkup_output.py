"""Where the results of a checkup go."""

from collections.abc import Callable, Mapping

from reconciler.cli.annotations import path_at_host
from reconciler.cli.formats import Format, stdout_format
from reconciler.cli.output import Output
from reconciler.core.checkup import Checkup
from reconciler.core.errors import ExitCode
from reconciler.render.as_text import TextStyle
from reconciler.render.checkup import as_github, as_json, as_text

CHECKUP_FORMATS = (Format.TEXT, Format.JSON, Format.HTML, Format.JUNIT, Format.GITHUB)


def _html(checkup: Checkup) -> str:
    from reconciler.render.checkup import as_html  # noqa: PLC0415

    return as_html.render(checkup)


def _junit(checkup: Checkup) -> str:
    from reconciler.render.checkup import as_junit  # noqa: PLC0415

    return as_junit.render(checkup, path_at_host)


_RENDERERS: Mapping[Format, Callable[[Checkup], str]] = {
    Format.TEXT: lambda checkup: as_text.render(checkup, TextStyle()),
    Format.JSON: as_json.render,
    Format.HTML: _html,
    Format.JUNIT: _junit,
}


def present(checkup: Checkup, output: Output) -> ExitCode:
    """Write every format, and return ERROR where one could not be written."""
    kind = stdout_format(output.formats)
    if kind in {Format.TEXT, Format.GITHUB}:
        text = as_text.render(checkup, output.console.style)
    else:
        text = _RENDERERS[kind](checkup)
    if kind is Format.GITHUB:
        text += as_github.annotations(checkup, path_at_host)
    codes = output.to_stdout(text), output.to_files(lambda each: _RENDERERS[each](checkup))
    return ExitCode.most_severe(codes)
