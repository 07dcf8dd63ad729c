"""Writing to the terminal: data to stdout, everything else to stderr."""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO, cast

import click

from reconciler import output_files
from reconciler.cli.terminal import columns_of, shows_colour, wrapped
from reconciler.client.api import Note
from reconciler.core.errors import ExitCode, SantralError, system_reason
from reconciler.core.forms import percent
from reconciler.core.messages import Message, say, text_of
from reconciler.core.text import printable
from reconciler.render.as_text import WIDTH, TextStyle
from reconciler.render.view import ShownSantral, warned
from reconciler.render.wording import listed


class OutputError(SantralError):
    """The result cannot be written to stdout."""


@dataclass(frozen=True, slots=True)
class Console:
    """Who is listening, and what they want to hear."""

    is_quiet: bool = False
    is_verbose: bool = False
    no_color: bool = False
    wraps: bool = False
    """Whether lines on stderr are broken between words, as wide as its terminal is."""

    @property
    def has_terminal(self) -> bool:
        """Whether stdout is a terminal."""
        return sys.stdout.isatty()

    @property
    def style(self) -> TextStyle:
        """How text for stdout shall look; the same everywhere where that is no terminal."""
        return TextStyle(self._shows_colour, columns_of(sys.stdout) or WIDTH)

    @property
    def _shows_colour(self) -> bool:
        """Whether stdout is a terminal that can show colour, or is to get it anyway, and may."""
        if self.no_color or os.environ.get("NO_COLOR"):
            return False
        is_forced = os.environ.get("FORCE_COLOR", "0") not in {"", "0"}
        return is_forced or (self.has_terminal and not _is_dumb() and shows_colour())

    def write(self, text: str) -> None:
        """Write a result to stdout; raises OutputError."""
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as error:
            reason = system_reason(error)
        else:
            return
        _forget_stdout()
        raise OutputError(Message("output-stdout"), reason)

    def write_file(self, path: str, text: str) -> ExitCode:
        """Write a result to a file; where that fails, say so and return ERROR."""
        return self.tried(path, lambda: output_files.write(path, text))

    def append(self, path: str, text: str) -> ExitCode:
        """Add to a file that the environment names; where that fails, say so and return ERROR."""
        return self.tried(path, lambda: output_files.append(path, text))

    def tried(self, path: str, write: Callable[[], object]) -> ExitCode:
        """Write to a file in some way; where that fails, say so and return ERROR."""
        try:
            write()
        except OSError as error:
            unwritten = Message("output-unwritten", path=printable(path))
            self.error(text_of([unwritten, system_reason(error)]))
            return ExitCode.ERROR
        return ExitCode.OK

    def info(self, text: str) -> None:
        """Write a line to stderr, unless quiet."""
        if not self.is_quiet:
            self.error(text)

    def error(self, text: str) -> None:
        """Write to stderr; where that is closed or full, there is nobody to say it to."""
        text = wrapped(text, columns_of(sys.stderr)) if self.wraps else text
        with contextlib.suppress(OSError):
            sys.stderr.write(text if text.endswith("\n") else f"{text}\n")
            sys.stderr.flush()

    def warn_of(self, santrals: Iterable[ShownSantral]) -> None:
        """Write what a reviewer should know of the santrals, the same of several once."""
        for warning, those in warned(santrals).items():
            self.info(_warning_of(those, str(warning)))

    def warning(self, message: Message) -> None:
        """Write what may be a mistake."""
        self.info(say("Warning: {warning}", warning=str(message)))

    def observe(self, note: Note) -> None:
        """Write of one request or wait, if asked to."""
        if self.is_verbose:
            self.info(f"{note.method} {note.subject}: {note.event}")

    @contextlib.contextmanager
    def progress(self, label: str, total: int) -> Iterator[Callable[[], object]]:
        """Show a bar while something long runs on a terminal; gives what to call at each step."""
        columns = min(_BAR, (columns_of(sys.stderr) or WIDTH) - len(label) - _BESIDE_BAR)
        is_shown = sys.stderr.isatty() and not (_is_dumb() or os.environ.get("CI"))
        if self.is_quiet or self.is_verbose or not (is_shown and total and columns > 0):
            yield lambda: None
            return
        file = cast("TextIO", _Unheard(sys.stderr))
        bar = click.progressbar(length=total, label=label, file=file, width=columns)
        bar.format_pct = lambda: percent(int(bar.pct * 100)).rjust(4)  # type: ignore[method-assign]
        with bar:
            yield lambda: bar.update(1)


_BAR = 36
"""The widest that the bar itself gets."""
_BESIDE_BAR = len("  [") + len("]  100%  10d 00:00:00") + 1
"""What stands beside it, and the last column, in which a terminal would begin another line."""


def _is_dumb() -> bool:
    """Return whether the terminal knows nothing but text."""
    return os.environ.get("TERM") == "dumb"


def _warning_of(santrals: Sequence[ShownSantral], warning: str) -> str:
    first = santrals[0]
    if not santrals[1:]:
        fields = {"place": first.place, "name": first.name, "warning": warning}
        return say("Warning: {place}: santral {name}: {warning}", **fields)
    names = listed([santral.name for santral in santrals])
    return say("Warning for {names}: {warning}", names=names, warning=warning)


class _Unheard(io.TextIOBase):
    """Shows on a terminal; one that went away must not end the run."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal.isatty()

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._terminal.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._terminal.flush()


def _forget_stdout() -> None:
    """Let nothing try to write to it again, as the interpreter would at its end."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
