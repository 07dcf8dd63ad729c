"""No text that others wrote is a command to a CI's runner, in any format."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from support.fleet import FILE
from support.fleet import settings as live
from support.hostile import COMMANDS, MARKUP, TEXTS_OF_A_PLAN, plan_of, plans
from support.program import Program
from support.stand_in import StandIn

from reconciler.core.outcome import Result
from reconciler.core.text import printable
from reconciler.render import as_github, as_gitlab, as_html, as_json, as_junit, as_markdown, as_text
from reconciler.render.view import ShownPlan, Status

each = settings(max_examples=100, deadline=None, derandomize=True)

FORMATS: dict[str, Callable[[ShownPlan], str]] = {
    "text": lambda plan: as_text.render(plan, as_text.TextStyle()),
    "text in colour": lambda plan: as_text.render(plan, as_text.TextStyle(colour=True)),
    "json": as_json.render,
    "markdown": as_markdown.render,
    "html": as_html.render,
    "junit": lambda plan: as_junit.render(plan, str),
    "gitlab": as_gitlab.render_plan,
    "counts for GitHub": as_github.outputs,
}


def commands_in(text: str) -> list[str]:
    """Return the lines that GitHub's runner would obey.

    Its ActionCommand.cs takes ``::`` at the start of a line, after white space, and ``##[``
    anywhere in it. .NET ends a line at a CR too, so that a CR alone is one line too many.
    """
    lines = re.split("(?<=[\r\n])", text)
    return [line for line in lines if re.match(r"\s*::", line) or "##[" in line or "\r" in line]


@each
@given(plan=plans)
def test_no_format_has_a_command(plan: ShownPlan) -> None:
    """Whatever stands in URLs, errors, warnings, hosts and names of files."""
    assert found_in_each_format(plan) == {}


@pytest.mark.parametrize("text", [*COMMANDS, *MARKUP], ids=ascii)
@pytest.mark.parametrize("before", ["", "x", "#"])
@pytest.mark.parametrize("status", [Status.CHANGE, Status.FAILED])
def test_no_known_attack_is_a_command(status: Status, before: str, text: str) -> None:
    """Each by itself, in every place, and read back from annotations as what it is."""
    plan = plan_of([printable(before + text)] * TEXTS_OF_A_PLAN, status, Result.STALE)

    assert found_in_each_format(plan) == {}
    assert annotations_of(plan) == said_of(plan)


def found_in_each_format(plan: ShownPlan) -> dict[str, list[str]]:
    """Return the commands in the plan, for each format that has any."""
    found = {name: commands_in(render(plan)) for name, render in FORMATS.items()}
    return {name: lines for name, lines in found.items() if lines}


@each
@given(plan=plans)
def test_annotations_are_the_only_commands_of_github_s_format(plan: ShownPlan) -> None:
    """One a line, each the program's own, and read back by the runner as the text that it was."""
    assert annotations_of(plan) == said_of(plan)


Annotation = tuple[str, dict[str, str], str]


def said_of(plan: ShownPlan) -> list[Annotation]:
    """Return what the annotations of a plan for one santral have to say."""
    (santral,) = plan.santrals
    reason = santral.outcome.reason if santral.outcome and not santral.error else ()
    drift = [
        ("drifted", f"{change.field} was changed outside the files. Live now: {change.before}.")
        for change in santral.changes
    ]
    errors = [("error", one.code, str(one)) for one in (*santral.error, *reason)]
    odd = [(one.code, str(one)) for one in santral.warnings]
    warnings = [("warning", code, text) for code, text in (*odd, *drift)]
    place = {"file": santral.source, "line": "9", "col": "3"}
    return [
        (level, {**place, "title": f"santral ankara: {code}"}, text)
        for level, code, text in (*errors, *warnings)
    ]


def annotations_of(plan: ShownPlan) -> list[Annotation]:
    """Return the annotations as the runner reads them; each line has to be one."""
    text = as_github.annotations(plan, str)
    assert ("##[" in text, "\r" in text) == (False, False)
    return [parsed(line) for line in text.splitlines()]


def parsed(line: str) -> Annotation:
    """Read a command as ActionCommand.cs does: level, properties, message."""
    match = re.fullmatch("::([a-z]+) ([^\r\n]*?)::([^\r\n]*)", line)
    assert match
    pairs = (pair.partition("=") for pair in match[2].split(","))
    return match[1], {name: unescaped(value) for name, _, value in pairs}, unescaped(match[3])


def unescaped(text: str) -> str:
    """Undo what the runner undoes, the percent sign last."""
    codes = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
    return re.sub("%(?:0D|0A|3A|2C|25)", lambda found: codes[found.group()], text)


@pytest.mark.parametrize("command", COMMANDS, ids=ascii)
def test_a_hostile_url_in_the_panel_reaches_no_runner(
    program: Program, stand_in: StandIn, command: str
) -> None:
    """On stdout, on stderr and in every file, from plan to report."""
    program.write("santral.yaml", FILE)
    for name in ("ankara", "bursa"):
        stand_in.hold(name, live("on", "on", "on", f"{command}\r{command}"))
    formats = ("json", "markdown", "html", "junit", "gitlab")
    options = [f"--format={name}=out.{name}" for name in formats]

    for words in (["plan", "--drift"], ["apply", "--max-changes", "0"]):
        result = program.run(*words, "-v", "--show-urls", *options)
        written = [(program.folder / f"out.{name}").read_text("utf-8") for name in formats]
        assert commands_in("\n".join([result.whole_stdout, result.stderr, *written])) == []
