"""The terminal that somebody sits at: how wide it is, and typing that it does not show."""

import contextlib
import io
import os
import re
import select
import sys
import textwrap
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, TextIO

import click

from reconciler.core.secret import Key

_HANGING = re.compile(r" *(?:[0-9](?:\. |  ))?")
"""What the further lines of a wrapped one stand below: the text behind an indent or a number."""


def columns_of(stream: TextIO) -> int:
    """Return the columns of a terminal; 0 where they are not known."""
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return 0


_STANDARD_OUTPUT, _UNDERSTANDS_ESCAPES = -11, 0x0004
"""STD_OUTPUT_HANDLE and ENABLE_VIRTUAL_TERMINAL_PROCESSING, of Windows' console API."""


def shows_colour() -> bool:
    """Return whether the terminal on stdout understands escape sequences.

    Windows' console has to be told to; one from before Windows 10 prints them as they are.
    """
    if find_spec("msvcrt") is None:
        return True
    import ctypes  # noqa: PLC0415 - rarely needed

    kernel: Any = vars(ctypes)["windll"].kernel32
    console = ctypes.c_void_p(kernel.GetStdHandle(_STANDARD_OUTPUT))
    mode = ctypes.c_uint32()
    is_console = kernel.GetConsoleMode(console, ctypes.byref(mode))
    return bool(is_console and kernel.SetConsoleMode(console, mode.value | _UNDERSTANDS_ESCAPES))


def wrapped(text: str, columns: int) -> str:
    """Return a text with each line broken between words where it is longer; 0 breaks none."""
    return "\n".join(_wrapped(line, columns) for line in text.split("\n")) if columns else text


def _wrapped(line: str, columns: int) -> str:
    indent = re.match(_HANGING, line)
    return textwrap.fill(
        line,
        columns,
        subsequent_indent=" " * (indent.end() if indent else 0),
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


_A_WHILE = 0.5
"""In seconds."""
_IS_POSIX = find_spec("termios") is not None
"""Whether a terminal is a file, which can be waited for and told not to show what is typed."""


def await_typing() -> None:
    """Wait until something is typed, or the terminal is gone.

    Python hears of a signal only once a wait has ended that it came right before, and a read that
    waits for somebody to type does not end.
    """
    if _IS_POSIX and _is_real(sys.stdin):
        while not select.select([sys.stdin], [], [], _A_WHILE)[0]:
            pass


def typed_key() -> Key:
    """Return a line that is typed, ``unechoed``; raises EOFError where stdin has ended.

    No variable holds its text, which an error would take along.
    """
    if not _IS_POSIX and _is_real(sys.stdin):
        import getpass  # noqa: PLC0415 - Windows has no other way to hide it

        return Key(getpass.getpass("")).stripped
    await_typing()
    typed = Key(sys.stdin.buffer.readline().decode(sys.stdin.encoding, "replace"))
    if typed.is_empty:  # Not even the end of a line was typed.
        raise EOFError
    return typed.stripped


def _is_real(stream: TextIO) -> bool:
    try:
        stream.fileno()
    except io.UnsupportedOperation:
        return False
    return True


@contextlib.contextmanager
def unechoed(stream: TextIO) -> Iterator[None]:
    """Let a terminal not show what is typed, as long as the block lasts.

    What was typed before, and what comes behind the line, is forgotten: it may be of a key that
    was pasted with line breaks. Nor can the program be stopped meanwhile and leave it so.
    """
    if not _IS_POSIX or not _is_real(stream):
        yield
        return
    import termios  # noqa: PLC0415 - POSIX only

    terminal = stream.fileno()
    try:
        before = termios.tcgetattr(terminal)
        hidden = termios.tcgetattr(terminal)
        hidden[3] &= ~termios.ECHO
        off = os.fpathconf(terminal, "PC_VDISABLE").to_bytes()
        for number in (termios.VSUSP, termios.VQUIT):
            hidden[6][number] = off
        try:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, hidden)
            yield
        finally:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
    except termios.error:  # It has hung up.
        raise click.Abort from None
