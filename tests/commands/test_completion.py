"""``santral completion``: what a shell does with the script it prints."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.fleet import FILE, KEYS
from support.journals import INTENT, JOURNAL, LATER, RUN, START, later, leave, outcome
from support.program import Program

from reconciler.core.language import LANGUAGES
from reconciler.core.translation import catalogue_of


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
    "a command that is a word of Python's": ("santral im", ["import"]),
    "an option": ("santral plan --det", ["--detailed-exitcode"]),
    "a value": ("santral completion f", ["fish"]),
    "a format": ("santral plan --format m", ["markdown"]),
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


def offered(program: Program, line: str, shell: str = "bash") -> list[str]:
    """Return what is completed at the end of a command line, as that shell is told of it."""
    words = line.split(" ")
    program.monkeypatch.setenv("_SANTRAL_COMPLETE", f"{shell}_complete")
    program.monkeypatch.setenv("COMP_WORDS", line)
    program.monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else f"{len(words) - 1}")
    result = program.run()
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.splitlines()


DESCRIBED = {
    "santral hist": ("history", "List what earlier runs changed, and who ran them."),
    "santral plan --exc": ("--exclude", "Exclude santrals whose name matches. Repeatable."),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("line", DESCRIBED)
def test_what_is_completed_is_described_in_the_readers_language(
    program: Program, line: str, language: str
) -> None:
    """In the one that the line names, too: then only it is asked."""
    word, described = DESCRIBED[line]
    said = catalogue_of(language).gettext(described)

    assert offered(program, f"santral --lang {language}{line[7:]}", "zsh") == ["plain", word, said]
    program.monkeypatch.setenv("SANTRAL_LANG", language)
    assert offered(program, line, "zsh") == ["plain", word, said]


@pytest.mark.parametrize("command", ["plan", "apply", "rollback"])
@pytest.mark.parametrize("option", ["--target", "--exclude"])
def test_names_of_santrals_are_completed_from_the_files(
    program: Program, command: str, option: str
) -> None:
    """From santral.yaml, or from those that the line or the variable names."""
    program.write("santral.yaml", FILE)
    program.write("other.yml", FILE.replace("ankara", "adana").replace("bursa", "bolu"))

    assert offered(program, f"santral {command} {option} ") == ["plain,ankara", "plain,bursa"]
    assert offered(program, f"santral {command} {option} b") == ["plain,bursa"]
    assert offered(program, f"santral {command} {option} *") == [""]
    assert offered(program, f"santral {command} -c other.yml {option} ") == [
        "plain,adana",
        "plain,bolu",
    ]
    program.monkeypatch.setenv("SANTRAL_CONFIG", "other.yml")
    assert offered(program, f"santral {command} {option} b") == ["plain,bolu"]


@pytest.mark.parametrize("command", ["plan", "apply", "rollback"])
def test_labels_are_completed_from_the_files(program: Program, command: str) -> None:
    """Alone, and with each value that a santral has; each once."""
    labelled = FILE.replace("  ankara:\n", "  ankara:\n    labels: {city: ankara, crm: v2}\n")
    program.write(
        "santral.yaml", labelled.replace("  bursa:\n", "  bursa:\n    labels: {city: bursa}\n")
    )

    assert offered(program, f"santral {command} --select ") == [
        *("plain,city", "plain,city=ankara", "plain,city=bursa", "plain,crm", "plain,crm=v2"),
    ]
    assert offered(program, f"santral {command} --select cr") == ["plain,crm", "plain,crm=v2"]
    assert offered(program, f"santral {command} --select city=b") == ["plain,city=bursa"]
    assert offered(program, f"santral {command} --select bursa") == [""]


UNREADABLE = {
    "not there": None,
    "not valid": FILE.replace("ringing: on", "ringing: yes"),
    "not YAML": "\x00{",
    "named like a command": FILE.replace("bursa:", '"$(touch x)":'),
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_files_that_cannot_be_read_complete_nothing_and_say_nothing(
    program: Program, content: str | None
) -> None:
    """The command itself will say what is wrong with them."""
    if content:
        program.write("santral.yaml", content)

    assert offered(program, "santral plan --target ") == [""]
    assert offered(program, "santral plan --select ") == [""]


def test_no_pipe_and_no_stream_is_read_for_a_completion(program: Program) -> None:
    """It would wait for ever, or take from the command what it is to read."""
    os.mkfifo("pipe")

    for name in ("pipe", "-"):
        assert offered(program, f"santral plan -c {name} --target ") == [""]


def test_keys_are_not_looked_at_for_a_completion(program: Program) -> None:
    """A keys file is not opened, so a broken one does not matter; nothing is written."""
    program.write("santral.yaml", FILE)
    program.write("keys", f"={KEYS['ankara'].reveal()}")
    program.monkeypatch.setenv("SANTRAL_KEYS_FILE", "keys")
    before = sorted(program.folder.iterdir())

    assert offered(program, "santral plan --target a") == ["plain,ankara"]
    assert offered(program, "santral rollback --run ") == [""]
    assert sorted(program.folder.iterdir()) == before


@pytest.mark.parametrize("command", ["history", "rollback"])
def test_runs_are_completed_from_the_journal_newest_first(program: Program, command: str) -> None:
    """With when each began, what it was and who started it, where the shell shows that."""
    leave(program, START, INTENT, later({**START, "author": {"name": "\n\x1b,$(x)", "link": None}}))
    program.write("other.jsonl", json.dumps(START))

    assert offered(program, f"santral {command} --run ") == [f"plain,{LATER}", f"plain,{RUN}"]
    assert offered(program, f"santral {command} --run 20261124") == [f"plain,{RUN}"]
    assert offered(program, f"santral {command} --journal other.jsonl --run ") == [f"plain,{RUN}"]
    assert offered(program, f"santral {command} --sandbox --run ") == [""]
    assert offered(program, f"santral {command} --run ", "zsh") == [
        *("plain", LATER, "2026-11-25 10:00:00 +03:00  apply by \\n\\x1b,$(x)"),
        *("plain", RUN, "2026-11-24 13:11:12 +03:00  apply by ayşe"),
    ]


def test_history_completes_the_santrals_that_the_journal_knows(program: Program) -> None:
    """The files may have others."""
    program.write("santral.yaml", FILE)
    leave(program, START, INTENT, later({**outcome("applied"), "santral": "izmir"}))

    assert offered(program, "santral history --target ") == ["plain,ankara", "plain,izmir"]
    assert offered(program, "santral history --target i") == ["plain,izmir"]


def test_a_journal_that_cannot_be_read_completes_nothing(program: Program) -> None:
    """Nor does it say anything."""
    program.write(JOURNAL, json.dumps({**START, "format_version": "2.0"}) + "\n")

    assert offered(program, "santral history --run ") == [""]
    assert offered(program, "santral history --journal . --run ") == [""]
