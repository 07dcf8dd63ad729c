"""No pull request can have its files compared with others than those that they take the place of.

A link, or a submodule, could else lead to what is at the revision already, and nothing of what it
brings would count as a change.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fleet import FILE, QUIETER
from support.program import Program
from support.repository import commit, git
from support.stand_in import StandIn


@pytest.fixture
def two(program: Program, stand_in: StandIn) -> Path:
    """Give a repository with the fleet's files, some of them behind links, and others."""
    git("init", "-q", "-b", "main")
    program.write("ours/santral.yaml", FILE)
    program.write("others/santral.yaml", QUIETER)
    for name, target in {"fleet": "ours", "link.yaml": "ours/santral.yaml"}.items():
        (program.folder / name).symlink_to(target)
    commit("first")
    git("switch", "-q", "-c", "pull-request")
    return program.folder


def turn(path: Path, target: str) -> None:
    """Have a link, or what was none, lead elsewhere."""
    path.unlink()
    path.symlink_to(target)
    commit("turned")


def _by_a_link_on_the_way(folder: Path) -> str:
    turn(folder / "fleet", "others")
    return "fleet/santral.yaml"


def _by_a_folder(folder: Path) -> str:
    turn(folder / "fleet", "others")
    return "fleet"


def _by_a_file(folder: Path) -> str:
    turn(folder / "link.yaml", "others/santral.yaml")
    return "link.yaml"


def _by_what_was_no_link(folder: Path) -> str:
    turn(folder / "ours/santral.yaml", "../others/santral.yaml")
    return "ours/santral.yaml"


def _by_a_link_that_is_new(folder: Path) -> str:
    (folder / "new.yaml").symlink_to(folder / "others/santral.yaml")
    commit("new")
    return "new.yaml"


def _by_the_second_of_two(folder: Path) -> str:
    (folder / "first.yaml").symlink_to("fleet/../link.yaml")
    commit("both")
    git("branch", "-f", "main")
    turn(folder / "link.yaml", "others/santral.yaml")
    return "first.yaml"


LINKS = {
    "a folder on the way": _by_a_link_on_the_way,
    "a folder": _by_a_folder,
    "a file": _by_a_file,
    "what was no link": _by_what_was_no_link,
    "a link that is new": _by_a_link_that_is_new,
    "the second of two links": _by_the_second_of_two,
}


@pytest.mark.parametrize("led_by", LINKS.values(), ids=LINKS)
def test_what_a_link_leads_to_since_then_is_this_change(
    program: Program, two: Path, led_by: Callable[[Path], str]
) -> None:
    """Although it was there before."""
    path = led_by(two)

    changed = program.run("plan", "-c", path, "--changed", "main")
    base = program.run("plan", "-c", path, "--base", "main")

    note = (
        f"Note: {path} leads over a link that led elsewhere at main, or was none, so everything "
        "that it asks for counts as this change.\n"
    )
    assert note in changed.stdout
    assert "2 of 2 santrals looked at." in changed.stdout
    assert note in base.stdout
    assert "Fields: 5 by this change, 0 by drift, 0 by both.\n" in base.stdout


def test_a_link_that_is_as_it_was_is_followed(program: Program, two: Path) -> None:
    """So is one that nobody committed: whoever made it has this machine."""
    (two / "own.yaml").symlink_to("link.yaml")
    program.write("ours/santral.yaml", QUIETER)

    for path in ("fleet", "fleet/santral.yaml", "link.yaml", "own.yaml"):
        changed = program.run("plan", "-c", path, "--changed", "main")

        assert "leads over a link" not in changed.stdout
        assert "2 of 2 santrals looked at." in changed.stdout

    program.write("ours/santral.yaml", FILE)
    assert "0 of 2 santrals" in program.run("plan", "-c", "own.yaml", "--changed", "main").stdout


@pytest.fixture
def submodule(program: Program, two: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a submodule where the fleet was, with a branch of the name of its revision."""
    other = tmp_path_factory.mktemp("other")
    (other / "santral.yaml").write_text(QUIETER)
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for arguments in (
        ("init", "-q", "-b", "main"),
        ("add", "-A"),
        (*who, "commit", "-q", "-m", "theirs"),
    ):
        subprocess.run(["git", *arguments], cwd=other, check=True)
    git("rm", "-rq", "ours")
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "ours")
    commit("as a submodule")
    return two / "ours"


@pytest.mark.parametrize("option", ["--base", "--changed"])
def test_a_revision_of_a_submodule_is_not_taken_for_one_of_the_repository(
    program: Program, submodule: Path, option: str
) -> None:
    """Its branches are whatever their owner says; where one works in it, they are meant."""
    refused = program.run("plan", "-c", "ours", option, "main")
    program.monkeypatch.chdir(submodule)
    meant = program.run("plan", option, "main")

    assert (refused.exit_code, refused.stdout, refused.stderr) == (
        1,
        "",
        f"{option} main: ours is in a submodule, where a revision is one of the submodule and says "
        "nothing of what this repository had. Run in the submodule, or keep the files in this "
        "repository.\n",
    )
    assert (meant.exit_code, meant.stderr) == (0, "")
