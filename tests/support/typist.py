"""Somebody who types keys into the guided start in this process, whatever comes of each."""

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

from reconciler.cli.asking import Asking


class _Typist(io.BytesIO):
    """A terminal's input, which answers the question that was shown last."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__()
        self._keys, self._count = iter(keys), 0
        self.shown = ""

    def readline(self, _: int | None = -1, /) -> bytes:
        if self.shown.startswith("Write"):
            return b""
        return f"{self._answer()}\n".encode()

    def _answer(self) -> str:
        if self.shown.startswith("Key"):
            return next(self._keys, "")
        if self.shown.startswith("Name"):
            self._count += 1
            return f"typed {self._count}"
        if self.shown.startswith("Try"):
            return "n"
        return "1" if self.shown.startswith("Which? [3]") and self._more() else ""

    def _more(self) -> bool:
        """Return whether there is a key to be typed yet, or a pipeline to be had."""
        left = [*self._keys]
        self._keys = iter(left)
        return bool(left)


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@contextmanager
def typing(keys: Sequence[str]) -> Iterator[None]:
    """Let a terminal be all streams, at which these keys are typed, and left at the last question.

    The first has to be a good one.
    """
    typist = _Typist(keys)
    show: Callable[[Asking, str], None] = Asking._show  # noqa: SLF001

    def shown(asking: Asking, text: str) -> None:
        typist.shown = text
        show(asking, text)

    with (
        mock.patch.object(sys, "stdin", _Terminal(typist)),
        mock.patch.object(sys.stdout, "isatty", return_value=True),
        mock.patch.object(sys.stderr, "isatty", return_value=True),
        mock.patch.object(Asking, "_show", shown),
    ):
        yield
