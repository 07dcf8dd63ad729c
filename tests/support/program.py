"""The program as its user meets it, to be run in a folder of its own."""

import io
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import pytest

from reconciler.cli.main import main

NOW = "2026-11-25T08:00:00Z"
"""The time at which the program fixture makes all plans."""

SOON = 30.0
"""Seconds within which a busy machine ends what takes well under one, and what hangs does not."""

IN_SANDBOX = "This is the sandbox (.santral/sandbox.json). No real santral is read or changed.\n"
"""What every run with --sandbox says on stderr."""


@dataclass(frozen=True)
class Result:
    """What a run of the program gave."""

    exit_code: int
    stdout: str
    """Without what is in ``origin``, which tests/promises/test_origin.py looks at."""
    stderr: str
    origin: str = field(default="", compare=False)
    """The line at the top of a plan's text that says what it is of, and the empty one below."""

    @property
    def whole_stdout(self) -> str:
        """What really came out."""
        return self.origin + self.stdout


_ORIGIN = re.compile(r"(?:\x1b\[\d+m)*For [^\n]*\.(?:\x1b\[0m)? Made \d{4}-[^\n]*\.\n\n")


def parted(text: str) -> tuple[str, str]:
    """Part the text of a plan into what says what it is of, with place and time, and the rest."""
    found = _ORIGIN.match(text)
    end = found.end() if found else 0
    return text[:end], text[end:]


def without_origin(text: str) -> str:
    """Return a plan, text or comment, without what differs from place to place, time to time."""
    return _ORIGIN_IN_COMMENT.sub(r"\1", parted(text)[1])


_ORIGIN_IN_COMMENT = re.compile(
    r"(<!-- santral:plan -->\n)\n(?:\*\*)?For [^\n]*\.(?:\*\*)? Made [^\n]*\.\n"
)


@dataclass
class Program:
    """The program as its user meets it, run inside this process in an empty folder."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def write(self, name: str | Path, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, *arguments: str, stdin: bytes = b"", terminal: bool = False) -> Result:
        """Run one command line; with ``terminal``, all three streams say that they are one.

        The environment, which the program takes the keys from, is given back afterwards.
        """
        kind = _Terminal if terminal else io.TextIOWrapper
        out, err = (kind(io.BytesIO(), encoding="ascii") for _ in range(2))
        with mock.patch.dict(os.environ), pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", kind(io.BytesIO(stdin)))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            exit_code = main(arguments)
        origin, stdout = parted(_text(out))
        return Result(exit_code, stdout, _text(err), origin)


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")
