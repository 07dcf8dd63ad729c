"""Whether somebody is asked before anything is changed, and where they see the question."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

import click

from reconciler.cli.interrupt import SignalError
from reconciler.cli.terminal import await_typing, columns_of, typed_key, unechoed, wrapped
from reconciler.cli.yes_or_no import answer_of
from reconciler.core.errors import SantralError
from reconciler.core.messages import say
from reconciler.core.secret import Key
from reconciler.core.text import printable

T = TypeVar("T")


class Way(Enum):
    """How it is made sure that a change is meant."""

    GIVEN = auto()
    """The command itself says so: nobody sits there, or they said that they need not be asked."""
    ASK = auto()
    IMPOSSIBLE = auto()
    """Somebody sits there, but cannot be asked."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked, if anything; each question raises click.Abort where no answer comes.

    Nothing of Python's own asks: it puts a question on stderr, even one for stdout.
    """

    way: Way
    on_stdout: bool = False
    """Whether the question is only seen there."""

    def agrees(self, question: str, *, default: bool = False) -> bool:
        """Ask until the answer is plain; an empty one is the default."""
        choice = say("[Y/n]") if default else say("[y/N]")
        while True:
            typed = self.line(f"{question} {choice}:")
            answer = answer_of(typed) if typed else default
            if answer is not None:
                return answer
            self.tell(say("Answer y for yes or n for no."))

    def choice(self, question: str, options: Mapping[T, str], default: T) -> T:
        """Ask for one of several, by its number; an empty answer is the default."""
        values = [*options]
        for number, option in enumerate(options.values(), start=1):
            self.tell(f"  {number}  {option}")
        while True:
            answer = self.line(f"{question} [{values.index(default) + 1}]:")
            if not answer:
                return default
            if answer.isascii() and answer.isdigit() and 0 < int(answer[:4]) <= len(values):
                return values[int(answer[:4]) - 1]
            self.tell(say("Answer with a number from 1 to {count}.", count=len(values)))

    def line(self, question: str, default: str = "") -> str:
        """Return the line that is typed, without white space around it; or the default."""
        prompt = f"{question} [{printable(default)}]:" if default else question
        return self._asked(f"{prompt} ", _typed) or default

    def key(self, question: str) -> Key:
        """Return the key that is typed, and not shown."""
        with unechoed(sys.stdin):  # Before the question, to which a key may be pasted at once.
            typed = self._asked(f"{question} ", typed_key)
        self._show("\n")
        return typed

    def tell(self, text: str) -> None:
        """Say something where the questions are seen, as wide as the terminal is."""
        self._show(f"{wrapped(text, self._columns)}\n")

    def begin(self, text: str) -> None:
        """Say something that begins a new subject, below an empty line."""
        self.show("")
        self.tell(text)

    def show(self, text: str) -> None:
        """Show lines there as they are: commands, say."""
        self._show(f"{text}\n")

    def _asked(self, prompt: str, answer: Callable[[], T]) -> T:
        """Return what is answered; the rest of the last line is for that."""
        try:
            self._show(f"{wrapped(prompt.rstrip(), self._columns)} ")
            return answer()
        except (KeyboardInterrupt, SignalError, EOFError):
            self._show("\n")
            raise click.Abort from None

    @property
    def _columns(self) -> int:
        return columns_of(sys.stdout if self.on_stdout else sys.stderr)

    def _show(self, text: str) -> None:
        stream = sys.stdout if self.on_stdout else sys.stderr
        stream.write(text)
        stream.flush()


def _typed() -> str:
    """Return a line that is typed; raises EOFError where stdin has ended."""
    await_typing()
    answer = sys.stdin.buffer.readline().decode(sys.stdin.encoding, "replace")
    if not answer:
        raise EOFError
    return answer.strip()


def way_to_ask(*, yes: bool, is_text: bool) -> Asking:
    """Return how to ask, by the streams that are terminals; ``is_text`` says what stdout gets.

    In CI, and where no stream is a terminal, nobody is there to be asked.
    """
    seen, is_typed = sys.stderr.isatty(), sys.stdin.isatty()
    if yes or os.environ.get("CI") or not (seen or is_typed or sys.stdout.isatty()):
        return Asking(Way.GIVEN)
    on_stdout = not seen and is_text and sys.stdout.isatty()
    return Asking(Way.ASK if is_typed and (seen or on_stdout) else Way.IMPOSSIBLE, on_stdout)


def require_agreement(
    text: str, question: str, *, yes: bool, impossible: SantralError, declined: SantralError
) -> None:
    """Ask whether what a text shows is meant; who is asked must see it, wherever stdout goes.

    Raises ``impossible`` where who sits there cannot be asked, and ``declined`` where they say no.
    """
    asking = way_to_ask(yes=yes, is_text=True)
    if asking.way is Way.IMPOSSIBLE:
        raise impossible
    if asking.way is Way.ASK:
        if not sys.stdout.isatty():
            sys.stderr.write(text)
            sys.stderr.flush()
        if not asking.agrees(question):
            raise declined
