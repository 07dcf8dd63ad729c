"""Whether somebody is asked before anything is changed, and where they see the question."""

import os
import sys
from dataclasses import dataclass
from enum import Enum, auto

import click

from reconciler.cli.interrupt import SignalError
from reconciler.core.messages import say

_YES = ("y", "yes", "e", "evet")
_NO = ("", "n", "no", "h", "hay\u0131r", "hayir")
_ANSWERS = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}


class Way(Enum):
    """How it is made sure that a change is meant."""

    GIVEN = auto()
    """The command itself says so: nobody sits there, or they said that they need not be asked."""
    ASK = auto()
    IMPOSSIBLE = auto()
    """Somebody sits there, but cannot be asked."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked, if anything."""

    way: Way
    on_stdout: bool = False
    """Whether the question is only seen there."""

    def agrees(self, question: str) -> bool:
        """Ask until the answer is plain; raises click.Abort where it never comes.

        Nothing of Python's own asks: it puts a question on stderr, even one for stdout.
        """
        try:
            return self._answered(question)
        except (KeyboardInterrupt, SignalError):
            raise click.Abort from None

    def _answered(self, question: str) -> bool:
        while True:
            self._show(f"{question} [y/N]: ")
            answer = sys.stdin.buffer.readline().decode("utf-8", "replace")
            if not answer:
                self._show("\n")
                raise click.Abort
            if answer.strip().lower() in _ANSWERS:
                return _ANSWERS[answer.strip().lower()]
            self._show(say("Answer y for yes or n for no.") + "\n")

    def _show(self, text: str) -> None:
        stream = sys.stdout if self.on_stdout else sys.stderr
        stream.write(text)
        stream.flush()


def way_to_ask(*, yes: bool, is_text: bool) -> Asking:
    """Return how to ask, by the streams that are terminals; ``is_text`` says what stdout gets.

    In CI, and where no stream is a terminal, nobody is there to be asked.
    """
    seen, is_typed = sys.stderr.isatty(), sys.stdin.isatty()
    if yes or os.environ.get("CI") or not (seen or is_typed or sys.stdout.isatty()):
        return Asking(Way.GIVEN)
    on_stdout = not seen and is_text and sys.stdout.isatty()
    return Asking(Way.ASK if is_typed and (seen or on_stdout) else Way.IMPOSSIBLE, on_stdout)
