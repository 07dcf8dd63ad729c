"""The text of plans and reports: what is the same is said once, and the end says what to do."""

import json
import os
import pty
import re
import sys
import termios
from pathlib import Path

import pytest
from support.fleet import ANKARA, FILE, KEYS, settings
from support.program import Program, without_origin
from support.reports import TO_APPLY_IN_SANDBOX, summary
from support.stand_in import StandIn

from reconciler.sandbox.service import Reply

EVERY = "ringing: on, answered: on, hangup: on"


def fleet(count: int, settings: str = f"{{{EVERY}}}") -> str:
    """Return a file of santrals a00, a01 and on, which ask for the same."""
    entries = "".join(f"  a{n:02}: {{crm_integration: {settings}}}\n" for n in range(count))
    return f"version: 1\nsantrals:\n{entries}"


def url_of_each(url: str) -> str:
    """Return settings that ask for everything, and for a URL."""
    return f"{{{EVERY}, notification_url: '{url}'}}"


# What is the same is said once.


def test_changes_that_differ_in_the_name_alone_stand_under_all_their_names(
    program: Program,
) -> None:
    """Each with its place and its description; the name in a URL is ``{name}``."""
    file = fleet(3, url_of_each("https://crm.example.com/{name}"))
    other = "  b: {crm_integration: {hangup: on, notification_url: 'https://crm.example.com/b'}}\n"
    described = file.replace("a01: {", "a01: {description: Depo, ") + other
    program.write("santral.yaml", described)

    assert program.run("plan", "--sandbox").stdout == (
        "~ a00  (santral.yaml:3:3)\n"
        "~ a01  (santral.yaml:4:3)  Depo\n"
        "~ a02  (santral.yaml:5:3)\n"
        "    ringing           off → on\n"
        "    answered          off → on\n"
        "    hangup            off → on\n"
        "    notification_url  (not set) → https://crm.example.com/{name}\n"
        "                      new host: crm.example.com\n"
        "    {name} stands for the name of each santral.\n"
        "\n"
        "~ b  (santral.yaml:6:3)\n"
        "    hangup            off → on\n"
        "    notification_url  (not set) → https://crm.example.com/b\n"
        "                      new host: crm.example.com\n"
        "\n"
        f"Plan: 4 to change, 0 in sync, 0 failed.{TO_APPLY_IN_SANDBOX}"
    )


def test_changes_are_named_however_many_they_are(program: Program) -> None:
    """Who reviews a plan sees each santral that it is about."""
    program.write("santral.yaml", fleet(99, url_of_each("https://crm.example.com/x")))

    heads = re.findall("^~ (a[0-9]+) ", program.run("plan", "--sandbox").stdout, re.MULTILINE)

    assert heads == [f"a{n:02}" for n in range(99)]


def test_a_failure_of_many_is_said_once_and_names_twenty(program: Program) -> None:
    """The others are counted; JSON has them all."""
    program.write("santral.yaml", fleet(23))

    result = program.run("plan", "--sandbox", "--format", "json=plan.json")

    assert result.stdout == (
        "".join(f"! a{n:02}  (santral.yaml:{n + 3}:3)\n" for n in range(20)) + "! and 3 more\n"
        "    No notification_url is set, neither live nor in the file, and the API accepts no "
        "change without one. Write one in the file.\n"
        "\n"
        "Plan: 0 to change, 0 in sync, 23 failed.\n"
    )
    assert len(json.loads(Path("plan.json").read_text("utf-8"))["santrals"]) == 23


def test_a_warning_of_many_is_said_once_and_names_twenty(program: Program) -> None:
    """In a plan, in a run, and where a saved plan is shown; that of one has its place."""
    insecure = url_of_each("http://crm.example.com/x")
    file = fleet(22, insecure).replace("crm_int", "allow_insecure_url: true, crm_int")
    address = (
        "{allow_insecure_url: true, crm_integration: {notification_url: 'https://192.0.2.1/'}}"
    )
    program.write("santral.yaml", f"{file}  z: {address}\n")
    said = (
        f"Warning for {', '.join(f'a{n:02}' for n in range(20))}, and 2 more: The notification_url "
        "uses http, so call data are sent unencrypted.\n"
        "Warning: santral.yaml:25:3: santral z: The host of the notification_url is an IP address, "
        "which no certificate vouches for.\n"
    )

    for command in (("plan", "--out", "plan.json"), ("apply", "--max-changes", "0")):
        assert program.run(*command, "--sandbox").stderr.endswith(said)
    assert program.run("show", "plan.json").stderr == said


def test_outcomes_that_are_alike_are_told_once(program: Program) -> None:
    """Of a few each has its line."""
    file = url_of_each("https://crm.example.com/{name}")
    program.write("santral.yaml", fleet(2, file))
    two = program.run("apply", "--sandbox").stdout
    program.write("santral.yaml", fleet(24, file))
    many = program.run("apply", "--sandbox", "--max-changes", "22").stdout

    assert two.endswith(f"failed.\na00: applied\na01: applied\n\n{summary(applied=2)}")
    names = ", ".join(f"a{n:02}" for n in range(2, 22))
    ended = summary(applied=22, in_sync=2)
    assert many.endswith(f"22 santrals: applied\n    {names}, and 2 more\n\n{ended}")


def test_what_moved_in_many_santrals_is_told_once(program: Program, stand_in: StandIn) -> None:
    """With the name of each in its URL."""
    three = "".join(f"  {name}: {{crm_integration: {{hangup: on}}}}\n" for name in [*KEYS][:3])
    program.write("santral.yaml", f"version: 1\nsantrals:\n{three}")
    for name in [*KEYS][:3]:
        stand_in.hold(name, settings("off", "off", "off", "https://crm.example.com/"))
        moved = settings("off", "off", "off", f"https://crm.example.com/{name}")
        stand_in.move(name, moved, before=("GET", 2))

    assert program.run("apply").stdout.partition("failed.\n")[2] == (
        "3 santrals: stale. The live settings changed after the plan was made. Nothing was sent. "
        "Plan again.\n"
        "    ankara, bursa, canakkale\n"
        "    Expected, and what is live instead:\n"
        "    notification_url  https://crm.example.com/ → https://crm.example.com/{name}\n"
        "    {name} stands for the name of each santral.\n"
        f"\n{summary(stale=3)}"
    )


# The end says what to do.


def test_what_the_plan_says_of_failures_the_report_does_not_repeat(
    program: Program, two: StandIn
) -> None:
    """And a run that could plan nothing has no row of zeroes."""
    two.answer(name="ankara", with_=Reply(401, "no"))
    two.answer(name="bursa", with_=Reply(401, "no"))
    refused = '    The API answered 401: "no".\n\n'

    nothing = program.run("apply", "--format", "markdown=report.md")
    two.answer_as_usual()
    two.answer(name="ankara", with_=Reply(401, "no"))
    one = program.run("apply")

    assert (nothing.exit_code, nothing.stdout) == (
        1,
        f"! ankara  (santral.yaml:9:3)\n! bursa  (santral.yaml:11:3)\n{refused}"
        "Plan: 0 to change, 0 in sync, 2 failed.\n",
    )
    assert "**Apply:" not in Path("report.md").read_text("utf-8")
    assert one.stdout.endswith(
        f"! ankara  (santral.yaml:9:3)\n{refused}Plan: 1 to change, 0 in sync, 1 failed.\n"
        f"bursa: applied\n\n{summary(applied=1, failed=1)}"
    )


def test_the_guard_has_the_last_word(program: Program) -> None:
    """Once in a plan, and once in a run, whose plan stands above."""
    program.write("santral.yaml", fleet(12, url_of_each("https://crm.example.com/x")))
    guard = (
        "Guard: 12 of 12 santrals with a usable key would change; --max-changes allows 30%. apply "
        "refuses this plan (exit code 3). If it is intended, give --max-changes 12.\n"
    )

    planned = program.run("plan", "--sandbox").stdout
    applied = program.run("apply", "--sandbox").stdout

    assert planned.endswith(f"Plan: 12 to change, 0 in sync, 0 failed.\n{guard}")
    assert applied.endswith(
        "Plan: 12 to change, 0 in sync, 0 failed.\n"
        "12 santrals: not tried. --max-changes does not allow this many changes. "
        "Nothing was sent.\n"
        f"    {', '.join(f'a{n:02}' for n in range(12))}\n"
        "\n"
        f"{summary(not_tried=12)}{guard}"
    )


def test_who_is_asked_about_json_sees_the_guard_too(program: Program) -> None:
    """On stderr, under the plan."""
    program.write("santral.yaml", fleet(12, url_of_each("https://crm.example.com/x")))

    result = program.run(
        "apply", "--sandbox", "-q", "--format", "json", terminal={"stdin", "stderr"}
    )

    assert result.exit_code == 3
    assert "\nGuard: 12 of 12 santrals" in result.stderr


def test_apply_of_a_saved_plan_keeps_its_labels(program: Program, two: StandIn) -> None:
    """Of what both plans agree on; a santral that moved meanwhile has none."""
    program.write("base.yaml", FILE.replace("hangup: on", "hangup: off"))
    for name, ringing in (("ankara", "off"), ("bursa", "off")):
        two.hold(name, settings(ringing, "on", "off", f"https://crm.example.com/{name}"))
    planned = program.run("plan", "--base", "base.yaml", "--out", "plan.json").stdout
    labelled = "    ringing  off → on  (drift)\n    hangup   off → on  (this change)\n"
    two.hold("bursa", settings("on", "on", "off", "https://crm.example.com/bursa"))

    result = program.run("apply", "plan.json", "--format", "json=report.json")

    assert labelled in planned
    assert result.stdout == (
        f"~ ankara  (santral.yaml:9:3)\n{labelled}\n"
        "~ bursa  (santral.yaml:11:3)\n    ringing  on → off\n    hangup   off → on\n\n"
        "Fields: 1 by this change, 1 by drift, 0 by both.\n"
        "Plan: 2 to change, 0 in sync, 0 failed.\n"
        "ankara: applied\n"
        "bursa: stale. This is not the change of the saved plan. Nothing was sent. Plan again.\n"
        "    Expected, and what is live instead:\n"
        "    ringing  off → on\n"
        f"\n{summary(applied=1, stale=1)}"
    )
    assert json.loads(Path("report.json").read_text("utf-8"))["purpose"] == "causes"


# Descriptions.

DESCRIBED = FILE.replace("  bursa:\n", '  bursa:\n    description: "  Genel   merkez, 🏢 "\n')


def test_a_description_stands_beside_its_name_in_every_format(
    program: Program, two: StandIn
) -> None:
    """In one line; where a plan was saved, also when it is shown."""
    two.hold("ankara", ANKARA)
    program.write("santral.yaml", DESCRIBED)
    formats = ("json", "markdown", "html")
    options = [f"--format={name}=out.{name}" for name in formats]

    planned = program.run("plan", "--out", "plan.json", *options)
    written = {name: Path(f"out.{name}").read_text("utf-8") for name in formats}
    shown = program.run("show", "plan.json", *options)

    said = r"Genel merkez, \U0001f3e2"
    ankara, bursa = json.loads(written["json"])["santrals"]
    assert planned.stdout.startswith(f"~ bursa  (santral.yaml:11:3)  {said}\n")
    assert ("description" in ankara, bursa["description"]) == (False, said)
    assert f"\n| `bursa`<br>`{said}`<br>`santral.yaml:11:3` | " in written["markdown"]
    assert f'<code translate="no">bursa</code> <span>{said}</span> ' in written["html"]
    assert shown.stdout == planned.stdout
    assert without_origin(Path("out.markdown").read_text("utf-8")) == without_origin(
        written["markdown"]
    )


def test_a_long_description_is_cut(program: Program, two: StandIn) -> None:
    """A plan is no place for a novel."""
    program.write(
        "santral.yaml", FILE.replace("  bursa:\n", f"  bursa:\n    description: {'ş' * 101}\n")
    )

    head = program.run("plan", "--target", "bursa").stdout.partition("\n")[0]

    assert head == f"~ bursa  (santral.yaml:11:3)  {'ş' * 100}..."


# The terminal.


def on_terminal(columns: int, *arguments: str, **variables: str) -> str:
    """Run the program on a terminal of so many columns, and return all that it wrote there."""
    pid, terminal = pty.fork()
    if pid == 0:
        termios.tcsetwinsize(0, (24, columns))
        environment = {name: value for name, value in os.environ.items() if name != "CI"}
        words = [sys.executable, "-m", "reconciler", *arguments]
        os.execve(sys.executable, words, {**environment, "TERM": "xterm", **variables})  # noqa: S606
    written = b""
    while piece := _read(terminal):
        written += piece
    os.close(terminal)
    os.waitpid(pid, 0)
    return written.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    """Return what was written; nothing once nobody can write any more, which Linux calls EIO."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


@pytest.fixture
def moved(program: Program, in_sync: StandIn) -> Program:
    """Give a santral whose call data went to another host."""
    in_sync.hold("bursa", settings("off", "on", "on", "https://old.example.com/bursa"))
    return program


ON_ONE = (
    "    notification_url  https://old.example.com/bursa → https://crm.example.com/bursa\n"
    "                      other host: old.example.com → crm.example.com\n"
)
ON_TWO = (
    "    notification_url  https://old.example.com/bursa\n"
    "                      → https://crm.example.com/bursa\n"
    "                      other host: old.example.com → crm.example.com\n"
)


@pytest.mark.parametrize(("columns", "shown"), [(83, ON_ONE), (82, ON_TWO), (40, ON_TWO)])
def test_two_urls_stand_on_two_lines_where_one_is_too_narrow(
    moved: Program, columns: int, shown: str
) -> None:
    """So that both begin at the same column, and can be compared."""
    assert shown in on_terminal(columns, "plan", "--no-color", "-q")


def test_where_there_is_no_terminal_a_line_has_a_hundred_columns(
    program: Program, in_sync: StandIn
) -> None:
    """Whatever the environment says, so that the same plan is the same text everywhere."""
    program.monkeypatch.setenv("COLUMNS", "40")
    for length, separator in ((46, " "), (47, "\n                      ")):
        old = f"https://crm.example.com/{'x' * (length - len('https://crm.example.com/'))}"
        in_sync.hold("bursa", settings("off", "on", "on", old))
        expected = f"    notification_url  {old}{separator}→ https://crm.example.com/bursa\n"
        assert expected in program.run("plan").stdout


BAR = re.compile("\r(Reading [^\r\n]*)")


@pytest.mark.parametrize("columns", [36, 40, 60, 200])
def test_the_progress_bar_is_narrower_than_the_terminal(moved: Program, columns: int) -> None:
    """A line that is as wide as the terminal would begin another one at each step."""
    bars = BAR.findall(re.sub(r"\x1b\[[0-9?]*[A-Za-z]", "", on_terminal(columns, "plan")))

    assert bars
    assert max(map(len, bars)) < columns


@pytest.mark.parametrize(("columns", "variables"), [(80, {"TERM": "dumb"}), (30, {})])
def test_where_a_bar_cannot_be_drawn_there_is_none(
    moved: Program, columns: int, variables: dict[str, str]
) -> None:
    """And the cursor is left alone."""
    written = on_terminal(columns, "plan", "--no-color", **variables)

    assert ("Reading" in written, "\x1b" in written, "\r" in written) == (False, False, False)
    assert "~ bursa" in written


COLOURS = {
    "a pipe": ({}, (), False),
    "a pipe that is to get it": ({"FORCE_COLOR": "1"}, (), True),
    "forced by any value": ({"FORCE_COLOR": "yes"}, (), True),
    "not forced": ({"FORCE_COLOR": "0"}, (), False),
    "an empty value": ({"FORCE_COLOR": ""}, (), False),
    "a dumb terminal that is to get it": ({"FORCE_COLOR": "1", "TERM": "dumb"}, (), True),
    "NO_COLOR beside it": ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
    "--no-color beside it": ({"FORCE_COLOR": "1"}, ("--no-color",), False),
}


@pytest.mark.parametrize(("variables", "options", "is_coloured"), COLOURS.values(), ids=COLOURS)
def test_colour_can_be_had_in_a_pipeline_s_log(
    moved: Program, variables: dict[str, str], options: tuple[str, ...], is_coloured: bool
) -> None:
    """Who forbids it is heard before who forces it, and a file has none."""
    for name, value in variables.items():
        moved.monkeypatch.setenv(name, value)

    result = moved.run("plan", "--format", "text=plan.txt", *options)

    assert ("\x1b[" in result.stdout) is is_coloured
    assert "\x1b[" not in Path("plan.txt").read_text("utf-8")


def test_santrals_without_a_key_stand_together(program: Program, stand_in: StandIn) -> None:
    """Two hundred blocks that differ in a name hide what else there is."""
    program.write("santral.yaml", fleet(3))

    result = program.run("plan")

    assert result.stdout == (
        "! a00  (santral.yaml:3:3)\n"
        "! a01  (santral.yaml:4:3)\n"
        "! a02  (santral.yaml:5:3)\n"
        '    There is no key for this santral. Set SANTRAL_KEY_{NAME}, or add "{name}=..." to '
        "SANTRAL_KEYS or to the --keys-file.\n"
        "    {name} stands for the name of each santral.\n"
        "\n"
        "Plan: 0 to change, 0 in sync, 3 failed.\n"
    )


def test_no_key_at_all_is_said_once_whatever_the_keys_are_called(
    program: Program, stand_in: StandIn
) -> None:
    """It is the first thing that anybody sees who has not given any yet."""
    for name in KEYS:
        program.monkeypatch.delenv(f"SANTRAL_KEY_{name.upper()}")
    program.write(
        "santral.yaml",
        "version: 1\nsantrals:\n"
        "  a: {key: b, crm_integration: {}}\n"
        "  c: {description: Merkez, crm_integration: {}}\n",
    )

    result = program.run("apply", "--yes")

    heads = "! a  (santral.yaml:3:3)  key: b\n! c  (santral.yaml:4:3)  Merkez\n"
    assert result.stdout.startswith(f"{heads}    No key at all was given: SANTRAL_KEYS is empty")
    assert result.stdout.count("No key at all") == 1
    assert result.stdout.endswith("\n\nPlan: 0 to change, 0 in sync, 2 failed.\n")
