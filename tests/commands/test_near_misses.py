"""What somebody types who knows other tools, or mistypes: the answer is what to type instead."""

import pytest
from support.fleet import FILE, KEYS
from support.program import Program
from support.stand_in import StandIn

WORDS = {
    "a file without its option": (
        ("plan", "santral.yaml"),
        "Error: Got unexpected extra argument (santral.yaml)\n"
        "Write --config santral.yaml to use that file.\n",
    ),
    "the files that a shell found": (
        ("validate", "a.yaml", "b.yml"),
        "Write --config a.yaml to use that file.\nWrite --config b.yml to use that file.\n",
    ),
    "a name without its option": (
        ("plan", "ankara"),
        "Write --target ankara to pick santrals by name.\n",
    ),
    "a label without its option": (
        ("plan", "city=ankara"),
        "Error: Got unexpected extra argument (city=ankara)\n"
        "Write --select city=ankara to pick santrals by label.\n",
    ),
    "the labels of kubectl": (
        ("plan", "-l", "city=ankara"),
        "Error: No such option '-l'.\nWrite --select=KEY=VALUE instead.\n",
    ),
    "its long option": (
        ("rollback", "--selector=city=ankara"),
        "Error: No such option '--selector'.\nWrite --select=KEY=VALUE instead.\n",
    ),
    "a label where none are chosen": (
        ("validate", "city=ankara"),
        "Error: Got unexpected extra argument (city=ankara)\n",
    ),
    "a run without its option": (
        ("rollback", "20261124T101112Z-0a1b2c"),
        "Write --run 20261124T101112Z-0a1b2c to name that run.\n",
    ),
    "the option of kubectl": (
        ("plan", "--json"),
        "Error: No such option '--json'.\nWrite --format=json instead.\n",
    ),
    "an option of Terraform": (
        ("apply", "--auto-approve"),
        "Error: No such option '--auto-approve'.\nWrite --yes instead.\n",
    ),
    "with its one dash": (("apply", "-auto-approve"), "Write --yes instead.\n"),
    "our option with one dash": (
        ("plan", "-target", "ankara"),
        "Error: No such option '-target'.\nOptions have two dashes: --target.\n",
    ),
    "that, and its value": (("plan", "-target=ankara"), "Options have two dashes: --target.\n"),
    "that which begins as a short one": (
        ("plan", "-config", "santral.yaml"),
        "Error: No such option '-config'.\nOptions have two dashes: --config.\n",
    ),
    "a dry run": (("apply", "--dry-run"), "Write santral plan instead.\n"),
    "a key": (
        ("plan", "--key", KEYS["ankara"].reveal()),
        "A key is never an argument, because every program on this machine can read the "
        "arguments. Give it with --keys-file FILE, or as SANTRAL_KEYS.\n",
    ),
    "a misspelt command": (
        ("pln",),
        "Write santral plan instead.\n",
    ),
    "a command of other tools": (("diff",), "Write santral plan instead.\n"),
    "a file in place of a command": (
        ("santral.yaml",),
        "Write santral plan --config santral.yaml to use that file.\n",
    ),
    "names with commas": (
        ("plan", "--target", "ankara,bursa"),
        'No santral matches "ankara,bursa". A comma does not separate names. Give the option once '
        "for each; in a variable, spaces separate them.\n",
    ),
    "a file of settings as a plan": (
        ("apply", "santral.yaml"),
        "santral.yaml: This is not a saved plan, but may be a file of settings. Name it with "
        "--config santral.yaml to plan or apply it.\n",
    ),
    "that, to be shown": (
        ("show", "./santral.yaml"),
        "./santral.yaml: This is not a saved plan, but may be a file of settings. Name it with "
        "--config ./santral.yaml to plan or apply it.\n",
    ),
    "a folder without its option": (
        ("validate", "conf"),
        "Write --config conf to use that file.\n",
    ),
    "a file with another ending": (
        ("plan", "santral.yaml.txt"),
        "Write --config santral.yaml.txt to use that file.\n",
    ),
    "yes in short": (("apply", "-y"), "Write --yes instead.\n"),
    "hyphens of a word processor": (
        ("plan", "\u2013-target", "ankara"),
        "Write two plain hyphens in front of an option: --\n",
    ),
    "help as a word": (("plan", "help"), "Write --help instead.\n"),
    "a dry run of a rollback": (
        ("rollback", "--preview"),
        "Error: No such option '--preview'.\nWrite --dry-run instead.\n",
    ),
    "a time without quotes": (
        ("rollback", "--to", "2026-11-26", "16:39:09", "+00:00"),
        "Error: Got unexpected extra arguments (16:39:09 +00:00)\n"
        "Put a time that has spaces in quotes.\n",
    ),
    "a format that this command does not have": (
        ("validate", "--json"),
        "Error: No such option '--json'.\n",
    ),
    "the beginning of names": (
        ("plan", "--target", "ank"),
        'No santral matches "ank". Did you mean "ank*"?\n',
    ),
    "a name in capitals": (
        ("plan", "--exclude", "Bursa"),
        'No santral matches "Bursa". Did you mean "bursa"?\n',
    ),
    "seconds with a unit": (
        ("plan", "--timeout", "5m"),
        "Error: Invalid value for '--timeout': It must be a number of seconds.\n",
    ),
    "an option of another command": (
        ("validate", "--parallelism", "2"),
        "Error: No such option '--parallelism'.\n",
    ),
    "what nobody knows": (
        ("qwertz",),
        "Try 'santral --help'.\n\nError: No such command 'qwertz'.\n",
    ),
}


@pytest.mark.parametrize(("arguments", "stderr"), WORDS.values(), ids=WORDS)
def test_a_near_miss_is_answered_with_what_to_type(
    program: Program, stand_in: StandIn, arguments: tuple[str, ...], stderr: str
) -> None:
    """Nothing is read or sent, and no key is repeated."""
    program.write("santral.yaml", FILE)
    program.write("conf/a.yaml", FILE)

    result = program.run(*arguments)

    assert (result.exit_code, result.stdout, stand_in.service.requests) == (1, "", [])
    assert result.stderr.endswith(stderr)
    assert KEYS["ankara"].reveal() not in result.stderr


def test_what_follows_two_dashes_is_no_option(program: Program) -> None:
    """A file may have any name."""
    result = program.run("show", "--", "-format")

    assert "Options have two dashes" not in result.stderr
    assert result.exit_code == 1


NEAR = {
    "with a suffix of Windows": ("santral.yaml.txt", "santral.yaml.txt"),
    "with the other suffix": ("santral.yml", "santral.yml"),
    "in capitals": ("Santral.yaml", "Santral.yaml"),
    "misspelt": ("santrall.yaml", "santrall.yaml"),
}


@pytest.mark.parametrize(("there", "named"), NEAR.values(), ids=NEAR)
def test_a_file_of_nearly_that_name_is_named(program: Program, there: str, named: str) -> None:
    """The most frequent reason why santral.yaml is not found, after being elsewhere."""
    program.write(there, FILE)

    result = program.run("plan")

    assert result.stderr == (
        "santral.yaml: This file cannot be read. The system says: No such file or directory. "
        f"There is {named} beside it. Rename that, or name it with --config.\n"
    )


def test_in_another_folder_the_near_name_is_there_too(program: Program) -> None:
    """What is printed can be copied."""
    program.write("settings/santral.yml", FILE)

    result = program.run("validate", "-c", "settings/santral.yaml")

    assert "There is settings/santral.yml beside it." in result.stderr


def test_a_near_name_that_is_a_key_is_not_shown(program: Program) -> None:
    """Nor does one that holds commands for a terminal reach it."""
    program.write(f"santral.{KEYS['ankara'].reveal()}", "")
    program.write("santral.yaml\x1b[31m", "")

    result = program.run("validate")

    assert KEYS["ankara"].reveal() not in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("there", ["other.yaml", "README.md", "santral.yaml.docx"])
def test_a_file_of_another_name_is_not_named(program: Program, there: str) -> None:
    """It has nothing to do with it."""
    program.write(there, FILE)

    assert "santral init" in program.run("validate").stderr
