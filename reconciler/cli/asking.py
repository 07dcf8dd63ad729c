"""Whether somebody is asked before anything is changed, and where they see the question."""

import os
import sys
from dataclasses import dataclass
from enum import Enum, auto

import click


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
        """Ask, where somebody is to be asked; raises click.Abort where the answer never comes."""
        return click.confirm(question, err=not self.on_stdout)


def way_to_ask(*, yes: bool, is_text: bool) -> Asking:
    """Return how to ask, by the streams that are terminals; ``is_text`` says what stdout gets.

    In CI, and where no stream is a terminal, nobody is there to be asked.
    """
    seen, is_typed = sys.stderr.isatty(), sys.stdin.isatty()
    if yes or os.environ.get("CI") or not (seen or is_typed or sys.stdout.isatty()):
        return Asking(Way.GIVEN)
    on_stdout = not seen and is_text and sys.stdout.isatty()
    return Asking(Way.ASK if is_typed and (seen or on_stdout) else Way.IMPOSSIBLE, on_stdout)
