"""What runners take for a command in a job's log, written anew from their description.

GitHub's runner reads both streams line by line. A line is a command in the newer form if it begins,
after any white space that Unicode knows, with ``::name ...::``; in the older form if
``##[name ...]`` stands anywhere in it (``ActionCommand.cs``, TryParseV2 and TryParse). For Azure's
agent it is one if ``##vso[area.event ...]`` stands anywhere in it (``Command.cs``, TryParse).
TeamCity's agent looks for ``##teamcity[name ...]``, taken here to be one anywhere, to be safe.
"""

import re
from collections.abc import Iterator

_LINE_END = re.compile(r"\r\n|\r|\n")
"""Where .NET's ReadLine ends a line."""
NAMES = frozenset(
    [
        *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group"),
        *("internal-set-repo-path", "notice", "remove-matcher", "save-state", "set-env"),
        *("set-output", "stop-commands", "warning"),
    ]
)


def commands_in(output: str) -> Iterator[str]:
    """Yield the name of each command that a runner would carry out."""
    for line in _LINE_END.split(output):
        name = _newer(line) or _older(line) or _of_others(line)
        if name:
            yield name


def _newer(line: str) -> str | None:
    text = line.lstrip()
    if not text.startswith("::"):
        return None
    command, end, _ = text[2:].partition("::")
    return _known(command) if end else None


def _older(line: str) -> str | None:
    _, start, rest = line.partition("##[")
    command, end, _ = rest.partition("]")
    return _known(command) if start and end else None


def _of_others(line: str) -> str | None:
    found = re.search(r"##(?:vso\[(?=\w+\.)|teamcity\[)([\w.]+)[^\]]*\]", line)
    return found[1] if found else None


def _known(command: str) -> str | None:
    name = command.split(" ", maxsplit=1)[0].lower()
    return name if name in NAMES else None


def unescaped(text: str) -> str:
    """Return what the runner makes of a command's text or property."""
    codes = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
    for code, character in codes.items():
        text = text.replace(code, character)
    return text
