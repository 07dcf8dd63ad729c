"""What stands where the name of a file should is not shown where it may be a key."""

import pytest
from support.fleet import FILE, OTHER_SHAPE
from support.key_places import ANKARA
from support.program import Program, Result

pytestmark = pytest.mark.usefixtures("without_keys")


@pytest.mark.parametrize("command", ["plan", "apply", "sandbox"])
@pytest.mark.parametrize(
    "value",
    [ANKARA, OTHER_SHAPE, "a-secret", "dGhpcy9pcw.9pcy9/hIGtleQ", "../a-secret", "/a.secret"],
)
def test_a_key_in_the_place_of_the_keys_files_name_is_not_shown(
    program: Program, command: str, value: str
) -> None:
    """Whatever may be a key is not repeated, of whatever shape; nothing is sent."""
    program.monkeypatch.setenv("SANTRAL_KEYS_FILE", value)
    named = "that --keys-file (SANTRAL_KEYS_FILE) names cannot be read"
    error = f"The keys file {named}. The system says: No such file or directory.\n"
    assert program.run(command) == Result(1, "", error)


@pytest.mark.parametrize("content", [f"ankara={ANKARA}", f'{{"ankara": "{ANKARA}"}}', "a=b\nc=d"])
def test_keys_in_the_place_of_their_files_name_are_not_shown(
    program: Program, content: str
) -> None:
    """The message says where the content can be given."""
    program.monkeypatch.setenv("SANTRAL_KEYS_FILE", content)
    error = (
        "--keys-file (SANTRAL_KEYS_FILE) takes the name of a file. Its content can be given in "
        "SANTRAL_KEYS.\n"
    )
    assert program.run("plan") == Result(1, "", error)


@pytest.mark.parametrize("around", ["{} ", '"{}"', "{}\r", "{}\tx", " {}", "'{}'"])
def test_a_key_with_what_was_copied_along_is_not_shown_either(
    program: Program, around: str
) -> None:
    """Such a name is shown only where a file has it, or it lies in a folder that there is."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_KEYS_FILE", around.format("ABCDefgh12345678"))
    result = program.run("plan")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "ABCDefgh" not in result.stderr


def test_a_missing_keys_file_in_a_folder_that_exists_is_named(program: Program) -> None:
    """No key names a folder of this machine."""
    program.write("folder/other", "")
    error = (
        "The keys file folder/keys.txt cannot be read. The system says: No such file or directory."
        "\n"
    )
    assert program.run("plan", "--keys-file=folder/keys.txt") == Result(1, "", error)
