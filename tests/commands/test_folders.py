"""Directories of settings: what in them is not read, although it looks like settings."""

import pytest
from support.fleet import FILE, KEYS
from support.program import IN_SANDBOX, Program, Result

NOT_READ = (
    "Only names that end in .yaml or .yml, in lowercase, are read, and no sub-folders; name those "
    "with another --config.\n"
)
NONE_FITS = "This directory has no *.yaml or *.yml file."
ONLY = "Only names that end in .yaml or .yml are read."
VALID = "fleet/a.yaml: 2 santrals, valid\n"


def fill(program: Program, *names: str) -> None:
    """Write files of these names into a folder; what ends in a slash is an empty folder."""
    for name in names:
        if name.endswith("/"):
            (program.folder / "fleet" / name).mkdir(parents=True)
        else:
            program.write(f"fleet/{name}", FILE)


PASSED_OVER = {
    "capitals": (["B.YAML", "c.Yml"], "B.YAML, c.Yml"),
    "an editor's ending": (["b.yml.txt", "b.yaml.TXT"], "b.yaml.TXT, b.yml.txt"),
    "sub-folders": (["inner/b.yaml", "Other/B.YML"], "Other/, inner/"),
    "a folder of such a name": (["x.yml.d/b.yaml"], "x.yml.d/"),
    "hostile": (["b\n::error::\x1b[2J.YAML"], "b\\n::error::\\x1b[2J.YAML"),
    "a pasted key": (
        [f"{KEYS['ankara'].reveal()}.YAML"],
        "***.YAML",
    ),
    "ten": (
        [f"{n}.YML" for n in range(10)],
        "0.YML, 1.YML, 2.YML, 3.YML, 4.YML, 5.YML, 6.YML, 7.YML, 8.YML, 9.YML",
    ),
    "twelve": (
        [f"{n}.YML" for n in range(10, 22)],
        "10.YML, 11.YML, 12.YML, 13.YML, 14.YML, 15.YML, 16.YML, 17.YML, 18.YML, 19.YML and 2 more",
    ),
}


@pytest.mark.parametrize(("names", "shown"), PASSED_OVER.values(), ids=PASSED_OVER)
def test_what_looks_like_settings_and_is_not_read_is_named(
    program: Program, names: list[str], shown: str
) -> None:
    """On stderr, as information: what is read is valid, and --quiet does without it."""
    fill(program, "a.yaml", *names)
    told = f"fleet has more that is not read: {shown}. {NOT_READ}"
    assert program.run("validate", "-c", "fleet") == Result(0, VALID, told)
    assert program.run("validate", "-q", "-c", "fleet/") == Result(0, "", "")

    result = program.run("plan", "--sandbox", "-c", "fleet")
    assert (result.exit_code, result.stderr) == (0, told + IN_SANDBOX)


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "keys",
        ".b.yaml",
        ".hidden/b.yaml",
        "b.yaml~",
        "b.yaml.bak",
        "#b.yaml#",
        "schemas/b.json",
        "empty/",
        "docs/README.md",
        "outer/inner/b.yaml",
    ],
)
def test_what_nobody_takes_for_settings_is_not_worth_a_word(program: Program, name: str) -> None:
    """Documents, hidden files, and what editors keep."""
    fill(program, "a.yaml", name)
    assert program.run("validate", "-c", "fleet") == Result(0, VALID, "")


def test_each_of_several_folders_is_told_of_and_files_are_not(program: Program) -> None:
    """In the order in which they are given."""
    fill(program, "a.yaml", "A.YAML")
    program.write("b/b.yaml", FILE.replace("ankara", "izmir").replace("bursa", "mersin"))
    program.write("b/B.YML", FILE)
    told = [f"{folder} has more that is not read: {name}. {NOT_READ}" for folder, name in BOTH]
    assert program.run("validate", "-c", "b", "-c", "fleet").stderr == "".join(told)
    result = program.run("validate", "-c", "fleet/a.yaml", "-c", "-", stdin=b"")
    assert "not read" not in result.stderr


BOTH = [("b", "B.YML"), ("fleet", "A.YAML")]

HELD = {
    "other files": (["README.md", "B.YAML", "inner/b.yaml"], f"B.YAML, README.md, inner/. {ONLY}"),
    "hostile": (["a\n::stop-commands::x\u202e"], f"a\\n::stop-commands::x\\u202e. {ONLY}"),
    "twelve": (
        [f"{n}" for n in range(10, 22)],
        f"10, 11, 12, 13, 14, 15, 16, 17, 18, 19 and 2 more. {ONLY}",
    ),
}


@pytest.mark.parametrize(("names", "shown"), HELD.values(), ids=HELD)
@pytest.mark.parametrize("command", [["validate"], ["plan", "--sandbox"]])
def test_a_folder_in_which_nothing_is_read_says_what_is_there(
    program: Program, command: list[str], names: list[str], shown: str
) -> None:
    """Whoever named the wrong one sees it."""
    fill(program, *names)
    error = f"fleet: {NONE_FITS} It holds {shown}\n"
    assert program.run(*command, "-c", "fleet") == Result(1, "", error)


def test_an_empty_folder_is_said_to_be_empty(program: Program) -> None:
    """As where a volume was not mounted."""
    fill(program, "./")
    error = f"fleet: {NONE_FITS} There is nothing in it.\n"
    assert program.run("validate", "-c", "fleet") == Result(1, "", error)


def test_a_long_name_is_cut(program: Program) -> None:
    """A line on what is not read stays one that can be read."""
    fill(program, "a.yaml", f"{'b' * 200}.YAML")
    told = f"fleet has more that is not read: {'b' * 100}.... {NOT_READ}"
    assert program.run("validate", "-c", "fleet") == Result(0, VALID, told)
