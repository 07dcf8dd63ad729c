"""``santral completion``: what a shell does with the script it prints."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.program import Program


@pytest.fixture
def shell_path(tmp_path: Path) -> str:
    """Give a PATH on which ``santral`` is this program."""
    script = tmp_path / "bin" / "santral"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m reconciler "$@"\n')
    script.chmod(0o755)
    return f"{script.parent}{os.pathsep}{os.environ['PATH']}"


COMPLETED = {
    "a command": ("santral pl", ["plan"]),
    "a command in the middle": ("santral com", ["completion"]),
    "an option": ("santral plan --det", ["--detailed-exitcode"]),
    "a value": ("santral completion f", ["fish"]),
    "nothing that is known": ("santral x", []),
}


@pytest.mark.parametrize(("line", "expected"), COMPLETED.values(), ids=COMPLETED)
def test_bash_completes_what_is_typed(shell_path: str, line: str, expected: list[str]) -> None:
    """The script is sourced, and its function asked as bash does at a press of Tab."""
    words = line.split()
    asked = (
        'eval "$(santral completion bash)"; '
        f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
        f'_santral_completion santral; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )

    run = subprocess.run(
        ["bash", "-c", asked],
        env={**os.environ, "PATH": shell_path},
        capture_output=True,
        text=True,
        check=True,
    )

    assert (run.stdout.split(), run.stderr) == (expected, "")


SETUPS = {
    "bash": "complete -o nosort -F _santral_completion santral",
    "zsh": "compdef _santral_completion santral",
    "fish": "complete --no-files --command santral",
}


@pytest.mark.parametrize("shell", SETUPS)
def test_each_shell_has_a_script(program: Program, shell: str) -> None:
    """It says to its shell that the completion is santral's."""
    result = program.run("completion", shell)

    assert (result.exit_code, result.stderr) == (0, "")
    assert SETUPS[shell] in result.stdout


def test_another_shell_is_an_error(program: Program) -> None:
    """It says which there are."""
    result = program.run("completion", "csh")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("'csh' is not one of 'bash', 'zsh', 'fish'.\n")
