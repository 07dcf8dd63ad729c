"""Whose key? An entry with another key describes another santral, and each format says so."""

import json
from html import unescape
from pathlib import Path

import pytest
from support.fleet import ANKARA, BURSA, FILE, settings
from support.program import Program
from support.stand_in import StandIn

FILES = FILE.replace("{ringing: off}", "{}")
"""Both santrals want the same, but for their names in the URL."""
SAME = FILES.replace("/{name}", "")
"""They want the very same, so that each is in sync with the other's settings."""
MOVED = SAME.replace("  ankara:\n", "  ankara:\n    key: bursa\n").replace(
    "  bursa:\n", "  bursa:\n    key: denizli\n"
)
"""The pull request: ankara's entry gets the key of bursa."""
ANKARA_SAYS = "other key: ankara → bursa (before: the key of bursa)"
BURSA_SAYS = "other key: bursa → denizli"


@pytest.fixture
def same(program: Program, stand_in: StandIn) -> StandIn:
    """Give santrals that are all in sync, a file before and a file now."""
    program.write("before.yaml", SAME)
    program.write("santral.yaml", MOVED)
    for name in ("ankara", "bursa", "denizli"):
        stand_in.hold(name, settings("on", "on", "on", "https://crm.example.com"))
    return stand_in


def base(*options: str) -> tuple[str, ...]:
    """Return the command line that compares with the file before."""
    return ("plan", "--base=before.yaml", *options)


# A key that moved, where everything looks in sync.


def test_the_text_shows_it_though_everything_is_in_sync(program: Program, same: StandIn) -> None:
    """Both keys, and whose the new one was."""
    assert program.run(*base()).stdout == (
        f"= ankara  (santral.yaml:9:3)\n    {ANKARA_SAYS}\n\n"
        f"= bursa  (santral.yaml:12:3)\n    {BURSA_SAYS}\n\n"
        "Fields: 0 by this change, 0 by drift, 0 by both.\n"
        "Plan: 0 to change, 2 in sync, 0 failed.\n"
    )


def test_the_terminal_shows_it_like_another_host(program: Program, same: StandIn) -> None:
    """In the colour of what must not be overlooked."""
    assert f"\x1b[35m\x1b[1m{BURSA_SAYS}\x1b[0m\n" in program.run(*base(), terminal=True).stdout


def test_markdown_shows_it_though_everything_is_in_sync(program: Program, same: StandIn) -> None:
    """In a table of its own."""
    comment = program.run(*base("--format=markdown")).stdout

    assert comment.partition("#### ")[2] == (
        "In sync, by a key of another name\n\n"
        "| Santral | Key |\n| --- | --- |\n"
        f"| `ankara`<br>`santral.yaml:9:3` | **`{ANKARA_SAYS}`** |\n"
        f"| `bursa`<br>`santral.yaml:12:3` | **`{BURSA_SAYS}`** |\n"
    )


def test_html_shows_it_on_the_santral_s_card(program: Program, same: StandIn) -> None:
    """Strongly."""
    page = unescape(program.run(*base("--format=html")).stdout)

    for said in (ANKARA_SAYS, BURSA_SAYS):
        assert f"<p><strong>{said}</strong></p>" in page


def test_json_holds_both_names_and_the_other_entry(program: Program, same: StandIn) -> None:
    """For each santral, whether its key moved or not."""
    document = json.loads(program.run(*base("--format=json")).stdout)

    assert {santral["name"]: santral["key"] for santral in document["santrals"]} == {
        "ankara": {"name": "bursa", "before": "ankara", "taken_from": "bursa"},
        "bursa": {"name": "denizli", "before": "bursa", "taken_from": None},
    }


def test_github_gets_a_warning_at_the_entry(program: Program, same: StandIn) -> None:
    """A reviewer sees it in the changed file."""
    lines = program.run(*base("--format=github")).stdout.splitlines()

    assert [line for line in lines if line.startswith("::")] == [
        "::warning file=santral.yaml,line=9,col=3,title=santral ankara%3A key-other::"
        "The santral uses another key than before: ankara → bursa.",
        "::warning file=santral.yaml,line=9,col=3,title=santral ankara%3A key-taken::"
        "Its key, bursa, was the key of bursa before.",
        "::warning file=santral.yaml,line=12,col=3,title=santral bursa%3A key-other::"
        "The santral uses another key than before: bursa → denizli.",
    ]


def test_a_saved_plan_shows_it_in_each_format(program: Program, same: StandIn) -> None:
    """As the plan did."""
    for name in ("text", "json", "markdown", "html", "junit"):
        planned = program.run(*base(f"--format={name}", "--out=plan.json"))
        assert program.run("show", "plan.json", f"--format={name}") == planned


# Where the santral would change, or cannot be read.


def test_a_santral_that_would_change_shows_it_first(program: Program, same: StandIn) -> None:
    """Its changes are this change's: what was asked for before was asked of another santral."""
    program.write("before.yaml", FILES)
    same.hold("bursa", settings("on", "on", "on", "https://crm.example.com/bursa"))
    program.write(
        "santral.yaml",
        FILES.replace("  ankara:\n", "  ankara:\n    key: bursa\n").split("  bursa")[0],
    )

    result = program.run(*base())

    assert result.stdout == (
        f"~ ankara  (santral.yaml:9:3)\n    {ANKARA_SAYS}\n"
        "    notification_url  https://crm.example.com/bursa → https://crm.example.com/ankara"
        "  (this change)\n\n"
        "- bursa  No longer in the files. Its key, bursa, is now the key of ankara, so what is "
        "planned for ankara is planned for this santral.\n\n"
        "Fields: 1 by this change, 0 by drift, 0 by both.\n"
        "Plan: 1 to change, 0 in sync, 0 failed. To make them, run santral apply for "
        "the same files and santrals.\n"
    )


def test_a_santral_that_cannot_be_read_shows_it_too(program: Program, same: StandIn) -> None:
    """Above the error."""
    program.monkeypatch.delenv("SANTRAL_KEY_BURSA")

    result = program.run(*base("--target=ankara"))
    table = program.run(*base("--target=ankara", "--format=markdown")).stdout

    assert result.exit_code == 1
    assert result.stdout.startswith(
        f"! ankara  (santral.yaml:9:3)  {ANKARA_SAYS}\n    There is no key for this santral. "
    )
    assert f"| **`{ANKARA_SAYS}`**<br>`There is no key" in table


# Where there is no --base, or nothing moved.


@pytest.mark.parametrize("options", [(), ("--base=santral.yaml",), ("--drift",)])
def test_a_key_of_another_name_is_shown_by_its_name(
    program: Program, stand_in: StandIn, options: tuple[str, ...]
) -> None:
    """That it did not move is no news; a key of the santral's own name is none at all."""
    program.write("santral.yaml", FILE.replace("  bursa:\n", "  bursa:\n    key: denizli\n"))
    stand_in.hold("denizli", BURSA)
    stand_in.hold("ankara", ANKARA)

    result = program.run("plan", *options)
    github = program.run("plan", *options, "--format=github")
    applied = program.run("apply")

    assert result.stdout.startswith("= bursa  (santral.yaml:11:3)\n    key: denizli\n\n")
    assert ("ankara" in result.stdout, github.stdout) == (False, result.stdout)
    assert applied.stdout.startswith("= bursa  (santral.yaml:11:3)\n    key: denizli\n\n")


def test_many_keys_named_alike_are_one_row(program: Program, stand_in: StandIn) -> None:
    """A fleet whose keys are named by a pattern costs a comment no room."""
    entries = "".join(
        f"  s{number}: {{key: s{number}-key, crm_integration: {{}}}}\n" for number in range(9)
    )
    program.write("santral.yaml", FILES.split("  ankara")[0] + entries)
    program.run("apply", "--sandbox", "--max-changes=9")

    comment = program.run("plan", "--sandbox", "--format=markdown").stdout

    assert "| 9 santrals | `key: {name}-key`<details>" in comment


# Entries that came and went.


def test_an_entry_that_was_renamed_keeps_its_history(program: Program, same: StandIn) -> None:
    """It goes by the key of the one that is gone, and what was asked for is known by the key."""
    program.write("santral.yaml", SAME.replace("  bursa:\n", "  cesme:\n    key: bursa\n"))
    same.hold("bursa", settings("off", "on", "on", "https://crm.example.com"))

    document = json.loads(program.run(*base("--format=json")).stdout)
    comment = program.run(*base("--format=markdown")).stdout
    page = program.run(*base("--format=html")).stdout

    said = (
        "No longer in the files. Its key, bursa, is now the key of cesme, so what is planned for "
        "cesme is planned for this santral."
    )
    assert document["dropped"] == ["bursa"]
    assert document["keys_of_dropped"] == [{"name": "bursa", "key": "bursa", "now_of": "cesme"}]
    assert document["santrals"][1]["key"] == {
        "name": "bursa",
        "before": None,
        "taken_from": "bursa",
    }
    assert [change["cause"] for change in document["santrals"][1]["changes"]] == ["drift"]
    assert f"\n| `bursa` | **`{said}`** |\n" in comment
    assert f'<p class="alarm"><code translate="no">bursa</code> {said}</p>' in page


def test_a_new_entry_by_its_own_name_says_whose_key_that_was(
    program: Program, same: StandIn
) -> None:
    """Another entry went by it."""
    program.write("before.yaml", SAME.replace("  bursa:\n", "  cesme:\n    key: bursa\n"))
    program.write("santral.yaml", SAME)

    result = program.run(*base())

    assert result.stdout.startswith(
        "= bursa  (santral.yaml:11:3)\n    key: bursa (before: the key of cesme)\n\n- cesme  "
    )


def test_an_entry_that_is_gone_with_its_key_stays_as_it_is(program: Program, same: StandIn) -> None:
    """So it is said, and JSON names no key."""
    program.write("santral.yaml", SAME.split("  bursa")[0])

    result = program.run(*base("--format=json=plan.json"))

    assert result.stdout.startswith(
        "- bursa  No longer in the files. Its live settings stay as they are.\n"
    )
    assert json.loads(Path("plan.json").read_bytes())["keys_of_dropped"] == []
