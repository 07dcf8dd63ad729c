"""The program as its user meets it, to be run in a folder of its own."""

import io
import os
import re
import sys
from collections.abc import Collection
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
    """Without what is in ``unused``, which tests/commands/test_unused_keys.py looks at."""
    origin: str = field(default="", compare=False)
    """The line at the top of a plan's text that says what it is of, and the empty one below."""
    named: str = field(default="", compare=False)
    """The line on stderr that says how a run is called and undone, or where a plan was saved."""
    unused: str = field(default="", compare=False)
    """The line on keys that no santral uses, of which most tests have some."""

    @property
    def whole_stdout(self) -> str:
        """What really came out."""
        return self.origin + self.stdout


_ORIGIN = re.compile(r"(?:\x1b\[\d+m)*For [^\n]*\.(?:\x1b\[0m)? Made \d{4}-[^\n]*\.\n\n")

_NAMED = re.compile(
    r"^(?:This was run \S+\. santral rollback (?:--sandbox )?--run \S+ undoes it\.|"
    r"The plan is saved as .*)\n",
    re.MULTILINE,
)
_UNUSED = re.compile(
    r"^(?:1 key is|\d+ keys are) used by no santral of these files[^\n]*\n", re.MULTILINE
)


def without_names(stderr: str) -> str:
    """Return what was said apart from how a run is called, or where a plan was saved."""
    return _NAMED.sub("", stderr)


def without_times(stderr: str) -> str:
    """Return what -v told, with dots for the times that requests took."""
    return re.sub(r" in \d+\.\d\d s\.$", " in ... s.", stderr, flags=re.MULTILINE)


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


STREAMS = ("stdin", "stdout", "stderr")


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

    def run(
        self,
        *arguments: str,
        stdin: bytes | io.BytesIO = b"",
        terminal: bool | Collection[str] = False,
        shows: str = "utf-8",
    ) -> Result:
        """Run one command line; ``terminal`` says which streams are one, or that all three are.

        ``shows`` is its encoding.

        The environment, which the program takes the keys from, is given back afterwards.
        """
        streams = STREAMS if terminal is True else terminal or ()
        in_, out, err = (_Terminal if name in streams else io.TextIOWrapper for name in STREAMS)
        coded = {name: shows if name in streams else "ascii" for name in STREAMS}
        stdout = out(io.BytesIO(), encoding=coded["stdout"])
        stderr = err(io.BytesIO(), encoding=coded["stderr"])
        typed = stdin if isinstance(stdin, io.BytesIO) else io.BytesIO(stdin)
        with mock.patch.dict(os.environ), pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", in_(typed, encoding=shows))
            patch.setattr(sys, "stdout", stdout)
            patch.setattr(sys, "stderr", stderr)
            exit_code = main(arguments)
        origin, shown = parted(_text(stdout))
        told = _text(stderr)
        unused, named = ("".join(each.findall(told)) for each in (_UNUSED, _NAMED))
        rest = without_names(told.replace(unused, "", 1))
        return Result(exit_code, shown, rest, origin, named, unused)


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(stream.encoding)
