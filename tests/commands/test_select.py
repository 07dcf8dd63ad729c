"""``--select``: santrals chosen by their labels in the files; and where labels are shown."""

import json
import re
from pathlib import Path

import pytest
from support.fleet import ANKARA, DEFAULTS, OFF, settings
from support.journals import ASKED_AGAIN, JOURNAL, begun, runs_in, undoing
from support.program import Program
from support.reports import assert_follows_schema, summary
from support.stand_in import StandIn

LABELLED = (
    DEFAULTS
    + """\
  ankara:
    labels: {crm: v2.1, city: ankara}
    crm_integration: {}
  bursa:
    labels: {city: bursa, crm: v1}
    crm_integration: {}
  canakkale:
    labels: {city: bursa}
    crm_integration: {}
  denizli:
    crm_integration: {}
"""
)
ALL = ["ankara", "bursa", "canakkale", "denizli"]


@pytest.fixture
def four(program: Program, stand_in: StandIn) -> StandIn:
    """Give a file of four santrals with labels, none of which is as it asks for."""
    program.write("santral.yaml", LABELLED)
    return stand_in


def chosen(program: Program, *options: str) -> list[str]:
    """Return the names of the santrals that a plan is for."""
    result = program.run("plan", "--format", "json", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    return [santral["name"] for santral in json.loads(result.stdout)["santrals"]]


SELECTIONS = {
    "city": ["ankara", "bursa", "canakkale"],
    "city=bursa": ["bursa", "canakkale"],
    "city!=bursa": ["ankara", "denizli"],
    "crm=v*": ["ankara", "bursa"],
    "crm=v?": ["bursa"],
    "crm=v[!1]*": ["ankara"],
    "crm!=v2*": ["bursa", "canakkale", "denizli"],
    "crm!=*": ["canakkale", "denizli"],
    "city=bursa crm": ["bursa"],
    "city crm!=v1": ["ankara", "canakkale"],
    "city=bursa city=bursa": ["bursa", "canakkale"],
}


@pytest.mark.parametrize(("selectors", "names"), SELECTIONS.items(), ids=str)
def test_labels_select_santrals(
    program: Program, four: StandIn, selectors: str, names: list[str]
) -> None:
    """All that is said must hold, on the command line as in the variable; no other is asked for."""
    options = [f"--select={one}" for one in selectors.split()]

    assert chosen(program, *options) == names
    assert sorted(four.service.requests) == [("GET", name) for name in names]
    program.monkeypatch.setenv("SANTRAL_SELECT", selectors)
    assert chosen(program) == names


def test_names_and_labels_together_must_hold(program: Program, four: StandIn) -> None:
    """An exclusion leaves out what a label would take."""
    assert chosen(program, "--select", "city", "--target", "*a") == ["ankara", "bursa"]
    assert chosen(program, "--select", "city=bursa", "--exclude", "bursa") == ["canakkale"]


def test_apply_changes_only_the_selected_santrals(program: Program, four: StandIn) -> None:
    """The labels themselves are nothing that is sent."""
    result = program.run("apply", "--select", "city=ankara")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "~ ankara  (santral.yaml:9:3)\n"
        "    ringing           off → on\n"
        "    answered          off → on\n"
        "    hangup            off → on\n"
        "    notification_url  (not set) → https://crm.example.com/ankara\n"
        "                      new host: crm.example.com\n"
        "\n"
        "Plan: 1 to change, 0 in sync, 0 failed.\n"
        "ankara: applied\n"
        "\n" + summary(applied=1)
    )
    assert [four.live(name) for name in ALL] == [ANKARA, OFF, OFF, OFF]


def test_a_saved_plan_of_selected_santrals_is_applied_to_them_alone(
    program: Program, four: StandIn
) -> None:
    """The selection is part of what was reviewed; another one beside it is refused."""
    program.run("plan", "--select", "city!=bursa", "--out", "plan.json")

    other = program.run("apply", "plan.json", "--select", "city")
    same = program.run("apply", "plan.json", "--select", "city!=bursa")

    assert (other.exit_code, other.stdout) == (3, "")
    assert other.stderr.startswith("The saved plan was made with --select city!=bursa. ")
    assert (same.exit_code, [four.live(name) for name in ALL]) == (
        0,
        [ANKARA, OFF, OFF, settings("on", "on", "on", "https://crm.example.com/denizli")],
    )


USAGE = "Usage: santral plan [OPTIONS]\nTry 'santral plan --help'.\n\nError: Invalid value for "
FORM = (
    ": It must be KEY, KEY=VALUE or KEY!=VALUE, such as city=ankara. Give the option once for "
    "each; in a variable, spaces separate them.\n"
)
OF_NONE = " Compare --select with the labels in the files.\n"
LEFT = "No santral is left to look at. Compare --target, --exclude and --select with each other.\n"
ERRORS = {
    "no selector": (("city=",), f"{USAGE}'--select'{FORM}"),
    "as in Kubernetes": (("city==bursa",), f"{USAGE}'--select'{FORM}"),
    "two in one": (("city=bursa,crm=v1",), f"{USAGE}'--select'{FORM}"),
    "an unknown label": (("town=bursa",), f'No santral has the label "town".{OF_NONE}'),
    "a mistyped label": (("citty",), 'No santral has the label "citty". Did you mean "city"?\n'),
    "one that is negated": (
        ("citty!=bursa",),
        'No santral has the label "citty". Did you mean "city"?\n',
    ),
    "an unknown value": (("city=izmir",), f'No santral has the label "city=izmir".{OF_NONE}'),
    "a mistyped value": (
        ("city=brusa",),
        'No santral has the label "city=brusa". Did you mean "city=bursa"?\n',
    ),
    "one that is negated, too": (
        ("city!=brusa",),
        'No santral has the label "city=brusa". Did you mean "city=bursa"?\n',
    ),
    "the second of two": (
        ("city", "\x1bx"),
        f'No santral has the label "\\x1bx".{OF_NONE}',
    ),
    "labels that no santral has at once": (("city=ankara", "crm=v1"), LEFT),
}


@pytest.mark.parametrize(("selectors", "stderr"), ERRORS.values(), ids=ERRORS)
def test_a_slip_in_a_selector_is_an_error(
    program: Program, four: StandIn, selectors: tuple[str, ...], stderr: str
) -> None:
    """Above all in a negated one, which would take in what is to be left out; nothing is asked."""
    result = program.run("plan", *(f"--select={one}" for one in selectors))

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", stderr)
    assert four.service.requests == []


@pytest.mark.parametrize(
    ("value", "stderr"),
    [
        ("crm city=", f"{USAGE}SANTRAL_SELECT{FORM}"),
        (
            "crm town",
            f'No santral has the label "town".{OF_NONE}Taken from the environment: '
            "SANTRAL_SELECT.\n",
        ),
        ("city=ankara crm=v1", f"{LEFT}Taken from the environment: SANTRAL_SELECT.\n"),
    ],
)
def test_a_slip_in_the_variable_is_said_to_be_there(
    program: Program, four: StandIn, value: str, stderr: str
) -> None:
    """Nobody would look for it there otherwise."""
    program.monkeypatch.setenv("SANTRAL_SELECT", value)

    result = program.run("plan")

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", stderr)


# Going back.

OLD = settings("on", "off", "off", "https://old.example.com/")


@pytest.fixture
def applied(program: Program, four: StandIn) -> StandIn:
    """Give a fleet that was brought from older settings to those of the file."""
    for name in ALL:
        four.hold(name, OLD)
    assert program.run("apply", "--parallelism", "1").exit_code == 0
    four.service.requests.clear()
    return four


def test_a_rollback_is_for_the_santrals_that_have_the_label_now(
    program: Program, applied: StandIn
) -> None:
    """The labels of the files when it is made, not of those that were applied."""
    program.write("santral.yaml", LABELLED.replace("city: bursa, crm: v1", "city: ankara"))

    result = program.run("rollback", "--select", "city=ankara", "--format", "json")

    run = runs_in(JOURNAL)[0]
    assert (result.exit_code, result.stderr) == (0, undoing(run, begun(JOURNAL, run)) + ASKED_AGAIN)
    assert [
        (santral["name"], santral["labels"], santral["outcome"]["result"])
        for santral in json.loads(result.stdout)["santrals"]
    ] == [
        ("ankara", {"city": "ankara", "crm": "v2.1"}, "applied"),
        ("bursa", {"city": "ankara"}, "applied"),
    ]
    assert [applied.live(name) == OLD for name in ALL] == [True, True, False, False]


def test_a_santral_of_the_run_that_no_file_has_is_left_out_by_name_and_not_by_label(
    program: Program, applied: StandIn
) -> None:
    """Which labels it had, nobody knows."""
    program.write("santral.yaml", LABELLED[: LABELLED.index("  denizli:")])

    result = program.run("rollback", "--select", "crm=v1")
    excluded = program.run("rollback", "--select", "crm=v1", "--exclude", "denizli")

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "The files no longer have what is to be restored: denizli. A key is looked up through the "
        "entry in the files. Restore what is missing, or leave it out with --exclude.\n",
    )
    assert excluded.exit_code == 0
    assert [applied.live(name) == OLD for name in ALL] == [False, True, False, False]


@pytest.mark.parametrize(
    ("options", "stderr"),
    [
        (("--select", "city=ankara", "--exclude", "ankara"), LEFT),
        (("--exclude", "*"), LEFT),
        (("--select", "city=izmir"), f'No santral has the label "city=izmir".{OF_NONE}'),
    ],
)
def test_a_rollback_for_nobody_is_an_error(
    program: Program, applied: StandIn, options: tuple[str, ...], stderr: str
) -> None:
    """It must not look as if there were nothing left to undo."""
    result = program.run("rollback", *options)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", stderr)
    assert applied.service.requests == []


# Where labels are shown.


def test_labels_stand_in_the_json_and_on_the_page_and_nowhere_else(
    program: Program, four: StandIn
) -> None:
    """Sorted by name; where a plan was saved, also when it is shown."""
    formats = ("json", "markdown", "html")
    options = [f"--format={name}=out.{name}" for name in formats]

    planned = program.run("plan", "--out", "plan.json", *options)
    written = {name: Path(f"out.{name}").read_text("utf-8") for name in formats}
    shown = program.run("show", "plan.json", "--format", "json", "--format=html=shown.html")

    document = json.loads(written["json"])
    assert_follows_schema(document)
    labels = [santral.get("labels") for santral in document["santrals"]]
    assert [each and [*each.items()] for each in labels] == [
        [("city", "ankara"), ("crm", "v2.1")],
        [("city", "bursa"), ("crm", "v1")],
        [("city", "bursa")],
        None,
    ]
    assert [one.get("labels") for one in json.loads(shown.stdout)["santrals"]] == labels
    chips = (
        '<span class="labels" translate="no"><span class="label">city=bursa</span> '
        '<span class="label">crm=v1</span> </span>'
    )
    assert chips in written["html"]
    assert chips in Path("shown.html").read_text("utf-8")
    assert ["v2.1" in text for text in (planned.whole_stdout, written["markdown"])] == [False] * 2


def test_a_label_that_somebody_edits_in_a_saved_plan_is_noticed(
    program: Program, four: StandIn
) -> None:
    """Whoever approves a plan may go by the labels."""
    program.run("plan", "--out", "plan.json")
    saved = Path("plan.json").read_text("utf-8")

    for edited in (
        saved.replace('"crm": "v1"', '"crm": "v9"'),
        saved.replace('"crm": "v1"', '"crm": "V 1"'),
        saved.replace('"crm": "v1"', '"c_m": "v1"'),
    ):
        Path("plan.json").write_text(edited, "utf-8")
        result = program.run("apply", "plan.json")
        assert (result.exit_code, four.count("POST")) == (1, 0)
        assert result.stderr == (
            "plan.json: This plan was edited or damaged after it was saved. Plan again.\n"
        )


def test_santrals_with_other_labels_are_still_shown_together(
    program: Program, stand_in: StandIn
) -> None:
    """Labels are of the santral, and say nothing of its change."""
    program.write("santral.yaml", LABELLED)
    labelled = program.run("plan", "--format", "markdown").stdout
    program.write("santral.yaml", re.sub("    labels: .*", "    # none", LABELLED))

    assert program.run("plan", "--format", "markdown").stdout == labelled
