"""``--changed``: only the santrals whose entries are not as they were at a git revision."""

import json
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.fleet import KEYS, OFF, settings
from support.program import Program
from support.reports import assert_follows_schema
from support.repository import commit, git
from support.stand_in import StandIn

from reconciler.saved_plans.document import with_checksum

ENTRIES = """\
santrals:
  ankara:
    description: Genel merkez
    labels: {city: ankara}
    crm_integration: {}
  bursa:
    crm_integration: {ringing: off}
  canakkale:
    crm_integration:
      notification_url: https://crm.example.com/elsewhere
"""
DEFAULTS = """\
defaults:
  crm_integration:
    ringing: on
    answered: on
    hangup: on
    notification_url: https://crm.example.com/{name}?t={secret.token}
"""
FILE = f"version: 1\n{DEFAULTS}{ENTRIES}"
ONLY = (
    "Only santrals whose entry changed since HEAD were looked at. What else differs, such as what "
    "an earlier apply left undone or somebody changed in the panel, is found by a plan without "
    "--changed, such as the daily check."
)
NOTHING = (
    "Nothing that the files ask for changed since HEAD, so no santral was looked at. What differs "
    "otherwise, such as what an earlier apply left undone or somebody changed in the panel, is "
    "found by a plan without --changed, such as the daily check."
)


@pytest.fixture
def three(program: Program, stand_in: StandIn) -> StandIn:
    """Give a repository with three santrals, none of which is live as the file asks for."""
    git("init", "-q", "-b", "main")
    program.monkeypatch.setenv("SANTRAL_SECRETS", "token@crm.example.com=made-up-token-0001")
    program.write("santral.yaml", FILE)
    commit("first")
    return stand_in


def looked_at(program: Program, *options: str) -> tuple[list[str], list[str]]:
    """Return whom a plan looked at, and what it says besides."""
    result = program.run("plan", "--changed", "HEAD", "--format", "json", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert_follows_schema(document)
    return [santral["name"] for santral in document["santrals"]], document["notes"]


CHANGES: dict[str, tuple[str, str, Sequence[str]]] = {
    "a setting": ("{ringing: off}", "{ringing: on}", ["bursa"]),
    "a setting that the defaults have too": ("{ringing: off}", "{answered: on}", ["bursa"]),
    "one that is not managed any more": ("{ringing: off}", "{ringing: unmanaged}", ["bursa"]),
    "a URL": ("example.com/elsewhere", "example.com/here", ["canakkale"]),
    "a key": ("  bursa:\n", "  bursa:\n    key: denizli\n", ["bursa"]),
    "a label": ("city: ankara", "city: cankaya", ["ankara"]),
    "one label more": ("city: ankara", "city: ankara, crm: v2", ["ankara"]),
    "leave for an insecure URL": (
        "  bursa:\n",
        "  bursa:\n    allow_insecure_url: true\n",
        ["bursa"],
    ),
    "a new santral": ("santrals:\n", "santrals:\n  denizli: {crm_integration: {}}\n", ["denizli"]),
    "a default that one entry has otherwise": (
        "ringing: on",
        "ringing: off",
        ["ankara", "canakkale"],
    ),
    "a default URL": ("com/{name}?t", "com/v2/{name}?t", ["ankara", "bursa"]),
    "the secret's name": ("secret.token", "secret.token2", ["ankara", "bursa"]),
}


@pytest.mark.parametrize(("old", "new", "names"), CHANGES.values(), ids=CHANGES)
def test_only_a_santral_whose_entry_changed_is_looked_at(
    program: Program, three: StandIn, old: str, new: str, names: Sequence[str]
) -> None:
    """A changed default counts for those that it reaches; no other santral is asked for."""
    tokens = (f"{name}@crm.example.com=made-up-{name}\n" for name in ("token", "token2"))
    program.monkeypatch.setenv("SANTRAL_SECRETS", "".join(tokens))
    assert FILE.count(old) >= 1
    program.write("santral.yaml", FILE.replace(old, new, 1))

    assert looked_at(program) == (names, [ONLY])
    assert three.service.requests.count(("GET", "?")) == 0
    assert sorted(three.service.requests) == [("GET", name) for name in _by_key(names, new)]


def _by_key(names: Sequence[str], new: str) -> list[str]:
    """Return whose keys santrals go by."""
    return sorted("denizli" if "key: denizli" in new else name for name in names)


SAME = {
    "a description": FILE.replace("Genel merkez", "Merkez"),
    "comments, quotes and order": FILE.replace(
        "{ringing: off}", '{"ringing": "off"} # quiet'
    ).replace("labels: {city: ankara}", "labels:\n      city: ankara"),
    "what a default says, written into the entry": FILE.replace(
        "{ringing: off}", "{ringing: off, hangup: on}"
    ),
    "a placeholder, written out": FILE.replace(
        "{ringing: off}",
        "{ringing: off, notification_url: 'https://crm.example.com/bursa?t={secret.token}'}",
    ),
    "line ends": FILE.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_what_asks_for_the_same_is_no_change(program: Program, three: StandIn, text: str) -> None:
    """And where there is none, that is said, and nobody is asked."""
    program.write("santral.yaml", text)

    assert looked_at(program) == ([], [NOTHING])
    assert three.service.requests == []


def test_the_counts_say_of_how_many(program: Program, three: StandIn) -> None:
    """So that no reviewer takes it for a plan of the fleet."""
    program.write("santral.yaml", FILE.replace("{ringing: off}", "{ringing: on}"))

    result = program.run("plan", "--changed", "HEAD")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "~ bursa  (santral.yaml:13:3)\n"
        "    ringing           off → on\n"
        "    answered          off → on\n"
        "    hangup            off → on\n"
        "    notification_url  (not set) → https://crm.example.com/bursa?t=***\n"
        "                      new host: crm.example.com\n"
        "\n"
        f"Note: {ONLY}\n"
        "\n"
        "Plan: 1 to change, 0 in sync, 0 failed. 1 of 3 santrals looked at. To make them, run "
        "santral apply for the same files and santrals.\n"
    )


def test_no_change_is_success_in_plan_and_apply(program: Program, three: StandIn) -> None:
    """A pull request may change only a comment."""
    plan = program.run("plan", "--changed", "HEAD", "--detailed-exitcode", "--out", "plan.json")
    saved = program.run("apply", "plan.json")
    applied = program.run("apply", "--changed", "HEAD")

    said = f"Note: {NOTHING}\n\nPlan: 0 to change, 0 in sync, 0 failed. 0 of 3 santrals looked at."
    assert (plan.exit_code, plan.stdout, plan.stderr) == (0, f"{said}\n", "")
    assert (saved.exit_code, applied.exit_code) == (0, 0)
    assert applied.stdout.startswith(said)
    assert three.service.requests == []


def test_a_dropped_entry_is_named(program: Program, three: StandIn) -> None:
    """Also where nothing else changed; and whose key another entry takes over."""
    program.write("santral.yaml", FILE[: FILE.index("  canakkale")])
    dropped = program.run("plan", "--changed", "HEAD").stdout
    program.write("santral.yaml", FILE.replace("  bursa:\n", "  bursa-2:\n    key: bursa\n"))
    renamed = program.run("plan", "--changed", "HEAD").stdout

    assert dropped == (
        "- canakkale  No longer in the files. Its live settings stay as they are.\n"
        "\n"
        f"Note: {ONLY}\n"
        "\n"
        "Plan: 0 to change, 0 in sync, 0 failed. 0 of 2 santrals looked at.\n"
    )
    assert "- bursa  No longer in the files. Its key, bursa, is now the key of bursa-2" in renamed
    assert "1 of 3 santrals looked at." in renamed


def test_with_base_alone_every_santral_is_read(program: Program, three: StandIn) -> None:
    """Whose change each is, is another question than which are looked at; both can be asked."""
    program.write("santral.yaml", FILE.replace("{ringing: off}", "{ringing: on}"))

    program.run("plan", "--base", "HEAD")
    every = len(three.service.requests)
    both = program.run("plan", "--base", "HEAD", "--changed", "HEAD")

    assert (every, len(three.service.requests)) == (3, 4)
    assert "    ringing           off → on  (this change)\n" in both.stdout
    assert ONLY in both.stdout


def test_names_labels_and_shards_narrow_it_further(program: Program, three: StandIn) -> None:
    """All that is asked for must hold; that nothing is left then is no error."""
    program.write("santral.yaml", FILE.replace("com/{name}?t", "com/v2/{name}?t"))

    assert looked_at(program, "--target", "b*") == (["bursa"], [ONLY])
    assert looked_at(program, "--select", "city=ankara") == (["ankara"], [ONLY])
    assert looked_at(program, "--target", "canakkale") == ([], [ONLY])
    assert looked_at(program, "--shard", "1/1") == (["ankara", "bursa"], [ONLY])


def test_apply_changes_only_what_changed_in_the_files(program: Program, three: StandIn) -> None:
    """Whether it plans itself or has a saved plan, which knows its santrals."""
    program.write("santral.yaml", FILE.replace("{ringing: off}", "{ringing: on}"))
    wanted = settings("on", "on", "on", "https://crm.example.com/bursa?t=made-up-token-0001")
    program.run("plan", "--changed", "HEAD", "--out", "plan.json")
    commit("second")

    applied = program.run("apply", "plan.json")

    assert applied.exit_code == 0
    live = [three.live(name) for name in ("ankara", "bursa", "canakkale")]
    assert live == [OFF, wanted, OFF]
    assert len({name for _, name in three.service.requests}) == 1


WRONG = {
    "an invalid value": FILE.replace("{ringing: off}", "{ringing: yes}"),
    "a label that is not there": FILE.replace(
        "{ringing: off}", "{notification_url: 'https://crm.example.com/{labels.x}'}"
    ),
    "a name that is none": FILE.replace("bursa", "'<b>bursa'"),
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_was_wrong_before_counts_as_changed(
    program: Program, three: StandIn, text: str
) -> None:
    """The earlier files are not judged: whoever mends them needs a plan of what they mended."""
    program.write("santral.yaml", text)
    commit("wrong")
    program.write("santral.yaml", FILE)

    assert looked_at(program) == (["bursa"], [ONLY])


UNREAD = {
    "an entry twice": f"{FILE}  bursa:\n    crm_integration: {{ringing: on}}\n",
    "no YAML from there on": FILE.replace("  bursa:\n", "  bursa: [\n"),
    "a key pasted as a name": FILE.replace("bursa", KEYS["ankara"].reveal()),
    "no UTF-8": FILE.encode().replace(b"Genel", b"\xff"),
}


@pytest.mark.parametrize("content", UNREAD.values(), ids=UNREAD)
def test_every_santral_counts_as_changed_where_the_file_could_not_be_read(
    program: Program, three: StandIn, content: str | bytes
) -> None:
    """Nobody knows what such a file asked for."""
    program.write("santral.yaml", content)
    commit("broken")
    program.write("santral.yaml", FILE)

    assert looked_at(program) == (
        ["ankara", "bursa", "canakkale"],
        [
            ONLY,
            "The files of that revision have problems, so all of their santrals count as changed.",
        ],
    )


def test_an_entry_that_two_files_had_counts_as_changed(program: Program, three: StandIn) -> None:
    """Whichever of the two was meant."""
    program.write("fleet/a.yaml", FILE)
    program.write("fleet/b.yaml", FILE)
    commit("twice")
    (program.folder / "fleet/b.yaml").unlink()

    assert looked_at(program, "-c", "fleet") == (["ankara", "bursa", "canakkale"], [ONLY])


def test_entries_that_had_a_key_in_common_count_as_changed(
    program: Program, three: StandIn
) -> None:
    """The files were refused, so nobody has applied either of them."""
    other = "  zonguldak:\n    key: bursa\n    crm_integration: {}\n"
    program.write("santral.yaml", FILE + other)
    commit("one key for two")
    program.write("santral.yaml", FILE)

    assert looked_at(program) == (["bursa"], [ONLY])


def test_an_entry_that_two_files_had_is_named_once_it_is_dropped(
    program: Program, three: StandIn
) -> None:
    """Whichever of the two was meant."""
    head, entries = FILE.split("  canakkale:\n")
    last = f"version: 1\n{DEFAULTS}santrals:\n  canakkale:\n{entries}"
    for name, text in {"a": FILE, "b": last}.items():
        program.write(f"fleet/{name}.yaml", text)
    commit("twice")
    program.write("fleet/a.yaml", head)
    (program.folder / "fleet/b.yaml").unlink()

    dropped = program.run("plan", "-c", "fleet", "--changed", "HEAD").stdout

    assert dropped.count("- canakkale  No longer in the files.") == 1
    assert f"Note: {ONLY}\n" in dropped


def test_files_that_were_not_there_count_as_new(program: Program, three: StandIn) -> None:
    """In a folder, too, whose files are told apart by their names only."""
    program.write("fleet/a.yaml", FILE)
    (program.folder / "santral.yaml").unlink()

    names, notes = looked_at(program, "-c", "fleet")

    assert names == ["ankara", "bursa", "canakkale"]
    assert notes[1:] == [
        "fleet did not exist at HEAD, or had another name, so everything that it asks for counts "
        "as this change."
    ]


def test_git_is_asked_only_for_the_files_that_changed(program: Program, three: StandIn) -> None:
    """A folder may have a file for each of thousands of santrals."""
    head = "version: 1\nsantrals:\n"
    for name in KEYS:
        program.write(f"fleet/{name}.yaml", f"{head}  {name}: {{crm_integration: {{}}}}\n")
    commit("a file each")
    program.write(
        "fleet/bursa.yaml", f"{head}  bursa: {{labels: {{a: b}}, crm_integration: {{}}}}\n"
    )
    program.write("fleet/ankara.yaml", f"{head}  ankara: {{crm_integration: {{}}}}\n# same\n")
    script = f'#!/bin/sh\necho "$*" >> "{program.folder}/asked"\nexec {shutil.which("git")} "$@"\n'
    program.write("bin/git", script).chmod(0o755)
    program.monkeypatch.setenv("PATH", f"{program.folder}/bin{os.pathsep}{os.environ['PATH']}")

    assert looked_at(program, "-c", "fleet") == (["bursa"], [ONLY])
    asked = (program.folder / "asked").read_text()
    assert (asked.count("cat-file -s"), asked.count("cat-file blob")) == (2, 2)


def test_an_entry_may_move_to_another_file_of_the_folder(program: Program, three: StandIn) -> None:
    """It asks for the same of the same santral."""
    program.write("fleet/a.yaml", FILE)
    commit("a folder")
    head, entries = FILE.split("  canakkale:\n")
    program.write("fleet/a.yaml", head)
    program.write("fleet/b.yaml", f"version: 1\n{DEFAULTS}santrals:\n  canakkale:\n{entries}")

    assert looked_at(program, "-c", "fleet") == ([], [NOTHING])


ERRORS = {
    "an unknown revision": ("nope", "There is no such revision."),
    "an option of git's": ("--help", "There is no such revision."),
    "escapes": ("\x1b[2J", "There is no such revision."),
    "a file, which may be a base": ("./other.yaml", "There is no such revision."),
}


@pytest.mark.parametrize(("revision", "message"), ERRORS.values(), ids=ERRORS)
def test_a_revision_that_is_not_to_be_had_is_an_error_before_any_request(
    program: Program, three: StandIn, revision: str, message: str
) -> None:
    """It could be anybody's guess what has changed."""
    Path("other.yaml").write_text(FILE)

    result = program.run("plan", f"--changed={revision}")

    shown = revision.replace("\x1b", "\\x1b")
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        f"--changed {shown}: {message}\n",
    )
    assert three.service.requests == []


def test_standard_input_has_no_history(program: Program, three: StandIn) -> None:
    """Nor is it taken for the file of its content."""
    result = program.run("plan", "-c", "-", "--changed", "HEAD", stdin=FILE.encode())

    assert (result.exit_code, result.stderr) == (
        1,
        "--changed HEAD: Standard input has no history. Name a file with --config.\n",
    )


def test_an_empty_revision_is_a_mistake_and_an_empty_variable_is_none(
    program: Program, three: StandIn
) -> None:
    """A pipeline has the variable for its pull requests only."""
    empty = program.run("plan", "--changed", "")
    program.monkeypatch.setenv("SANTRAL_CHANGED", "")
    unset = program.run("plan")
    program.monkeypatch.setenv("SANTRAL_CHANGED", "HEAD")
    given = program.run("plan")

    assert empty.exit_code == 1
    assert "Is a variable not set?" in empty.stderr
    assert "3 to change" in unset.stdout
    assert "0 of 3 santrals looked at." in given.stdout


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize("kind", ["text", "markdown", "html", "junit", "github"])
def test_every_format_for_people_says_of_how_many(
    program: Program, three: StandIn, kind: str, command: str
) -> None:
    """A reviewer may see just one of them; a page's title is not what is seen of it."""
    program.write("santral.yaml", FILE.replace("{ringing: off}", "{ringing: on}"))

    result = program.run(command, "--changed", "HEAD", "--format", kind)

    assert "1 of 3 santrals looked at." in re.sub("<title>.*?</title>", "", result.stdout)
    assert re.search("somebody changed in the panel", result.stdout)


def test_doctor_checks_only_what_changed(program: Program, three: StandIn) -> None:
    """Its part of the pipeline is of the same santrals."""
    program.write("santral.yaml", FILE.replace("{ringing: off}", "{ringing: on}"))

    changed = program.run("doctor", "--offline", "--changed", "HEAD")
    part = program.run("doctor", "--offline", "--changed", "HEAD", "--shard", "1/1")

    assert changed.stdout.partition("\n\n")[2] == (
        "= bursa  (santral.yaml:13:3)  https://crm.example.com/bursa?t=***\n"
        "\n"
        "Note: 1 of 3 santrals looked at, because of --changed HEAD.\n"
        f"Note: {ONLY}\n"
        "Note: Nobody was asked. Green only says that the URL is valid and no key is known to be "
        "missing.\n"
        "Doctor: 1 green, 0 yellow, 0 red.\n"
    )
    assert "1 of 3 santrals looked at, because of --changed HEAD --shard 1/1.\n" in part.stdout


@pytest.mark.parametrize("option", ["--changed", "--base"])
def test_a_key_that_was_the_name_of_an_entry_is_not_shown(
    program: Program, three: StandIn, option: str
) -> None:
    """Of whatever shape: it stands in no file any more, but whoever dropped it has it at hand."""
    key = "my-secret-0001-abcdef-xyz"
    program.monkeypatch.setenv("SANTRAL_KEY_ANKARA", key)
    program.write("santral.yaml", f"{FILE}  {key}: {{key: denizli, crm_integration: {{}}}}\n")
    commit("as a name")
    program.write("santral.yaml", FILE.replace("ringing: off", "ringing: on"))

    result = program.run("plan", option, "HEAD", "--out", "plan.json")

    shown = (result.whole_stdout, result.stderr, Path("plan.json").read_text())
    assert not any(key in text for text in shown)
    assert "ringing           off → on" in result.stdout


def test_a_branch_that_lacks_commits_is_told_so(program: Program, three: StandIn) -> None:
    """What others changed there is looked at too."""
    git("branch", "pull-request")
    program.write("santral.yaml", FILE.replace("{ringing: off}", "{ringing: on}"))
    commit("others'")
    git("switch", "-q", "pull-request")

    result = program.run("plan", "--changed", "main")

    assert "1 of 3 santrals looked at." in result.stdout
    assert (
        "Note: The branch lacks commits of main, so what others changed there counts as this "
        "change. Merge main first.\n" in result.stdout
    )


def test_a_plan_of_no_santral_is_refused_without_the_key_that_sealed_it(
    program: Program, three: StandIn
) -> None:
    """Nobody could tell whether it was emptied."""
    program.run("plan", "--changed", "HEAD", "--out", "none.json")
    sealed_by = json.loads(Path("none.json").read_text())["saved"]["witness"]["name"]
    program.monkeypatch.delenv(f"SANTRAL_KEY_{sealed_by.upper()}")

    result = program.run("apply", "none.json")

    assert (result.exit_code, result.stdout) == (3, "")


def test_nobody_can_empty_a_saved_plan(program: Program, three: StandIn) -> None:
    """A plan of no santral has a seal too, by the key of another one of the files."""
    program.run("plan", "--changed", "HEAD", "--out", "none.json")
    none = json.loads(Path("none.json").read_text())
    program.write("santral.yaml", FILE.replace("{ringing: off}", "{ringing: on}"))
    program.run("plan", "--changed", "HEAD", "--out", "plan.json")
    plan = json.loads(Path("plan.json").read_text())
    emptied = plan | {"santrals": [], "summary": none["summary"]}
    emptied["saved"] |= {"witness": none["saved"]["witness"]}
    del emptied["saved"]["checksum"]
    program.write("emptied.json", json.dumps(with_checksum(emptied)))

    result = program.run("apply", "emptied.json")

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "This plan was edited or damaged after it was saved. Plan again.\n",
    )
