"""What people type who know other tools, or one letter too many, and what to type here instead."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches

import click

from reconciler.cli.speaking import placeholders
from reconciler.core.label_selector import LabelSelector
from reconciler.core.messages import say, template
from reconciler.core.text import printable
from reconciler.files import is_settings_file

_LONGEST = 80
_COMMANDS = {
    "check": "validate",
    "lint": "validate",
    "test": "validate",
    "diff": "plan",
    "preview": "plan",
    "status": "plan",
    "deploy": "apply",
    "sync": "apply",
    "push": "apply",
    "up": "apply",
    "undo": "rollback",
    "revert": "rollback",
    "restore": "rollback",
    "log": "history",
    "runs": "history",
    "ping": "doctor",
    "health": "doctor",
    "webhook": "ring",
    "help": "--help",
    "version": "--version",
}
_KEY = template(
    "A key is never an argument, because every program on this machine can read the arguments. "
    "Give it with --keys-file FILE, or as SANTRAL_KEYS."
)
_OPTIONS = {
    "y": "--yes",
    "approve": "--yes",
    "auto-approve": "--yes",
    "doit": "--yes",
    "no-input": "--yes",
    "json": "--format=json",
    "html": "--format=html=FILE",
    "markdown": "--format=markdown",
    "output": "--out=FILE",
    "o": "--out=FILE",
    "f": "--config=FILE",
    "filter": "--target=GLOB",
    "insecure": "--ca-file=FILE",
    "file": "--config=FILE",
    "config-file": "--config=FILE",
    "filename": "--config=FILE",
    "refresh-only": "--drift",
    "only": "--target=GLOB",
    "selector": "--select=KEY=VALUE",
    "label": "--select=KEY=VALUE",
    "labels": "--select=KEY=VALUE",
    "l": "--select=KEY=VALUE",
    "tag": "--select=KEY=VALUE",
    "tags": "--select=KEY=VALUE",
    "debug": "--verbose",
    "host": "--api-url=URL",
    "language": "--lang=tr",
    "locale": "--lang=tr",
    "cacert": "--ca-file=FILE",
    "ca-bundle": "--ca-file=FILE",
}
"""Options of other tools, without their dashes, and ours, where the command has it."""
_DRY_RUNS = {"dry-run", "plan", "preview", "check", "diff"}
_RUN = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]+")
_DASHES = ("\u2013", "\u2014")
"""What word processors make of hyphens."""
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}")
_NAME = re.compile(r"[a-z0-9*?][a-z0-9*?-]*")


def command_hint(word: str, commands: Collection[str], group: str = "") -> str:
    """Return what to type instead of a command that does not exist; nothing where nobody knows.

    ``group`` is the command that the commands are below.
    """
    if group:
        near = _nearest(word.lower(), commands)
        return say("Write santral {command} instead.", command=f"{group} {near}") if near else ""
    if is_settings_file(word):
        file = printable(word, _LONGEST)
        return say("Write santral plan --config {file} to use that file.", file=file)
    near = _COMMANDS.get(word.lower()) or _nearest(word.lower(), commands)
    return say("Write santral {command} instead.", command=near) if near else ""


def _nearest(word: str, words: Collection[str]) -> str:
    return next(iter(get_close_matches(word[:_LONGEST], words, n=1)), "")


def option_hints(command: click.Command, arguments: Sequence[str]) -> Iterator[str]:
    """Yield what to type instead of arguments that a command does not take."""
    known = {option for one in command.params for option in one.opts if option.startswith("--")}
    typed = [*_before_end_of_options(arguments)]
    for word in typed:
        name, is_long = word.lstrip("-").partition("=")[0], word.startswith("--")
        if word.startswith("-") and f"--{name}" in known and not is_long:
            yield say("Options have two dashes: --{name}.", name=name)
        elif word.startswith("-") and f"--{name}" not in known:
            yield from _of_other_tools(command, name, known)
    yield from _of_extra_words(command, known, typed)


def refuse_single_dash(command: click.Command, arguments: Iterable[str]) -> None:
    """Raise a usage error for a long option with one dash: ``-config`` is ``-c onfig`` to click."""
    known = {option for one in command.params for option in one.opts}
    names = (word.partition("=")[0] for word in _before_end_of_options(arguments))
    mistyped = next((one for one in names if len(one) > len("-x") and f"-{one}" in known), None)
    if mistyped:
        raise click.NoSuchOption(mistyped)


def _before_end_of_options(arguments: Iterable[str]) -> Iterator[str]:
    for word in arguments:
        if word == "--":
            return
        yield word


def _is_for_config(word: str) -> bool:
    """Return whether a word names a file of settings, or what may be one, or a folder."""
    lower = word.lower().removesuffix(".txt")
    return is_settings_file(lower.rpartition("/")[2]) or os.path.isdir(word)  # noqa: PTH112


def _takes(command: click.Command, format_: str) -> bool:
    """Return whether a command knows a format."""
    options = (one for one in command.params if "--format" in one.opts)
    return any(format_ in getattr(one.type, "choices", ()) for one in options)


def _of_other_tools(command: click.Command, name: str, known: Collection[str]) -> Iterator[str]:
    ours = _OPTIONS.get(name, "")
    option, _, value = ours.partition("=")
    if option in known and (option != "--format" or _takes(command, value.partition("=")[0])):
        yield say("Write {ours} instead.", ours=placeholders(ours))
    if name in _DRY_RUNS:
        yield _dry_run(known)
    if name in {"key", "api-key", "token"}:
        yield say(_KEY)


def _dry_run(known: Collection[str]) -> str:
    """Say how to see first what a command would do."""
    if "--dry-run" in known:
        return say("Write {ours} instead.", ours="--dry-run")
    return say("Write santral plan instead.")


def _of_extra_words(
    command: click.Command, known: Collection[str], typed: Sequence[str]
) -> Iterator[str]:
    """Yield how to give a file or the name of a santral, where one may stand without its option."""
    if any(isinstance(one, click.Argument) for one in command.params) or not typed:
        return
    for before, word in zip(("", *typed), typed, strict=False):
        if before.startswith("-") and "=" not in before:
            continue
        if word.startswith(_DASHES):
            yield say("Write two plain hyphens in front of an option: --")
            return
        elif word == "help":
            yield say("Write --help instead.")
        elif _TIME.match(word):
            yield say("Put a time that has spaces in quotes.")
        elif _is_for_config(word) and "--config" in known:
            file = printable(word, _LONGEST)
            yield say("Write --config {file} to use that file.", file=file)
        elif _RUN.fullmatch(word) and "--run" in known:
            yield say("Write --run {run} to name that run.", run=word)
        else:
            yield from _of_santrals(word, known)


def _of_santrals(word: str, known: Collection[str]) -> Iterator[str]:
    """Yield how to pick santrals by what may be a name of them, or a label."""
    shown = printable(word, _LONGEST)
    if _NAME.fullmatch(word) and "--target" in known:
        yield say("Write --target {name} to pick santrals by name.", name=shown)
    elif "=" in word and LabelSelector.of(word) and "--select" in known:
        yield say("Write --select {label} to pick santrals by label.", label=shown)
