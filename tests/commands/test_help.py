"""``--help``, where every option is explained: each once, under the heading that it belongs to."""

import re

import click
import pytest
from support.commands import RUNNABLE
from support.program import Program

from reconciler.cli.help import Heading

WITHOUT_OPTIONS = {"schema", "completion"}
"""Commands that have no option but --help."""
VARIABLES = (
    "Every option can also be set by an environment variable: SANTRAL_ and the name of the option, "
    "as in SANTRAL_PARALLELISM=32. An option on the command line wins. Several values in one "
    "variable are separated by spaces, except in SANTRAL_CONFIG, where they are separated as in "
    "PATH; SANTRAL_KEYS_FILE and SANTRAL_SECRETS_FILE name one file each."
)


def sections(help_text: str) -> dict[str, list[str]]:
    """Return the options that stand under each heading, by their long names."""
    found = re.findall(r"^(\w+):\n((?:^ .*\n)+)", help_text, re.MULTILINE)
    return {
        heading: re.findall(r"^  (?:-\w, )?(--[a-z-]+)", rows, re.MULTILINE)
        for heading, rows in found
    }


def options_of(name: str) -> list[click.Option]:
    """Return a command's options, less --help."""
    return [one for one in RUNNABLE[name].params if isinstance(one, click.Option)]


def test_the_options_of_a_plan_stand_under_their_headings(program: Program) -> None:
    """In the order in which somebody looks for them."""
    assert sections(program.run("plan", "--help").stdout) == {
        "Selection": [
            *("--config", "--target", "--exclude", "--select"),
            *("--shard", "--changed"),
        ],
        "Comparison": ["--base", "--drift"],
        "API": ["--keys-file", "--secrets-file", "--api-url", "--proxy", "--ca-file", "--sandbox"],
        "URLs": ["--allow-hosts"],
        "Limits": ["--parallelism", "--rate", "--timeout", "--time-limit", "--max-changes"],
        "Journal": ["--journal", "--key-renewed"],
        "Output": [
            *("--format", "--show-urls", "--no-color", "--quiet", "--verbose"),
            *("--out", "--detailed-exitcode"),
        ],
        "Options": ["--lang", "--help"],
    }


@pytest.mark.parametrize("name", RUNNABLE)
def test_every_option_is_explained_once(program: Program, name: str) -> None:
    """A flag that is not documented is not there for anybody."""
    shown = sections(program.run(*name.split(), "--help").stdout)
    there = {max(option.opts, key=len) for option in options_of(name)} | {"--help"}

    assert sorted(option for options in shown.values() for option in options) == sorted(there)
    assert [*shown] == [heading for heading in Heading if heading in shown]
    assert [option.name for option in options_of(name) if not option.help] == []


@pytest.mark.parametrize("name", RUNNABLE)
def test_the_variables_are_explained_where_there_are_any(program: Program, name: str) -> None:
    """Once, below all options."""
    shown = " ".join(program.run(*name.split(), "--help").stdout.split())

    assert shown.endswith(VARIABLES) == (name not in WITHOUT_OPTIONS)


@pytest.mark.parametrize("name", RUNNABLE)
def test_every_option_has_the_variable_that_is_said(name: str) -> None:
    """All but one, whose help names it, as its usual one would be taken for a key's."""
    usual = {
        f"SANTRAL_{max(o.opts, key=len)[2:].upper().replace('-', '_')}" for o in options_of(name)
    }
    odd = {str(option.envvar) for option in options_of(name)} - usual

    assert odd <= {"SANTRAL_RENEWED_KEY"}
