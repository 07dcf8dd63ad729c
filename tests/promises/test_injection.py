"""Text by others, wherever it reaches an output: no terminal and no runner finds a command in it.

What the program shows of a live URL, of an answer, of a file's name or content, of an option, of a
variable: each is given hostile text here, and whatever comes out is held to one rule.
"""

import itertools
import json
import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.fleet import FILE
from support.fleet import settings as live
from support.program import Program, Result
from support.stand_in import StandIn
from support.workflow_commands import commands_in, unescaped

from reconciler.cli.formats import Format
from reconciler.client import receiver
from reconciler.client.receiver import Visit
from reconciler.render import as_json
from reconciler.sandbox.service import Reply
from reconciler.saved_plans.digests import digest_of

REPORT = "report"
FORMATS = {
    **{
        name: f"--format={name}" for name in ("text", "json", "markdown", "html", "junit", "github")
    },
    "gitlab": f"--format=gitlab={REPORT}",
}
"""Every format by the option that asks for it; a new one belongs here."""

OWN_SIGNS = "→−…\n"
"""What the program itself writes beyond printable ASCII."""

ATTACKS = [
    "::error::pwned",
    "\u00a0\u3000::stop-commands::x",
    "::ADD-MASK::off",
    "https://crm.example.com/##[error]pwned",
    "##[set-output name=plan_ok]true",
    "https://crm.example.com/\r::error::pwned",
    "x\n::set-output name=x::y",
    "x\r\n ::warning file=x::y",
    "\u2028::error::x",
    "\x0b::debug::x\x0c##[group]",
    "###[add-path]/tmp",
    "https://crm.example.com/##vso[task.prependpath]/tmp",
    "https://crm.example.com/##teamcity[setParameter name='a' value='b']",
]
"""Each is a command to the runner if it gets through raw, alone on a line or at its start."""

PIECES = [
    *("::", ":", "##[", "#", "[", "]", "error", "::error::", "##[error]", " ", "\t", "\r", "\n"),
    *("\x0b", "\x0c", "\x1b[2J", "\x1b]8;;", "\x07", "\b", "\x9b", "\u0085", "\u00a0", "\u2028"),
    *("\u202e", "\u200b", "\ufeff", "\udc80", "\u0430", "ş", "\\", "%0A", '"', "{", "}", "&"),
    *("##vso[", "##teamcity[", "https://", "crm.example.com", "@", "/", "?a=", "*", "=", "-", "."),
]
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
hostile = st.lists(st.sampled_from(PIECES + ATTACKS) | characters, min_size=1, max_size=8).map(
    "".join
)


@dataclass(frozen=True)
class Stage:
    """A program whose stand-in can be made to say anything."""

    program: Program
    stand_in: StandIn

    def run(self, *arguments: str, stdin: bytes = b"") -> Result:
        return self.program.run(*arguments, stdin=stdin)

    def run_with(self, variable: str, value: str, *arguments: str) -> Result:
        """Run with one more variable."""
        with self.program.monkeypatch.context() as patch:
            patch.setenv(variable, value)
            return self.program.run(*arguments)

    def run_on(self, content: str, *arguments: str) -> Result:
        """Run on a file with this content, given as standard input."""
        return self.run(*arguments, "-c", "-", stdin=content.encode("utf-8", "surrogateescape"))


@pytest.fixture
def stage(program: Program, stand_in: StandIn) -> Stage:
    """Set the stage; no example leaves anything for the next."""
    program.write("santral.yaml", FILE)
    return Stage(program, stand_in)


def live_url(stage: Stage, text: str, *options: str) -> Result:
    """Show it as what is live."""
    stage.stand_in.hold("ankara", live("on", "on", "off", text))
    return stage.run("plan", *options)


def live_url_unmasked(stage: Stage, text: str, *options: str) -> Result:
    """Show it as what is live, with nothing masked."""
    return live_url(stage, text, "--show-urls", *options)


def live_url_after_the_plan(stage: Stage, text: str, *options: str) -> Result:
    """Have somebody change it between the plan and the change."""
    stage.stand_in.service.requests.clear()
    stage.stand_in.move("ankara", live("off", "on", "off", text), before=("GET", 2))
    stage.stand_in.hold("ankara", live("on", "on", "off", "https://crm.example.com/ankara"))
    result = stage.run("apply", "--target=ankara", *options)
    stage.stand_in.answer_as_usual()
    return result


def error_of_the_server(stage: Stage, text: str, *options: str) -> Result:
    """Have the server refuse to be read."""
    stage.stand_in.answer(with_=Reply(404, text.encode("utf-8", "replace").decode()))
    result = stage.run("plan", "-v", *options)
    stage.stand_in.answer_as_usual()
    return result


def refusal_of_the_server(stage: Stage, text: str, *options: str) -> Result:
    """Have the server refuse a change."""
    reply = Reply(400, text.encode("utf-8", "replace").decode())
    stage.stand_in.hold("ankara", live("on", "on", "off", "https://crm.example.com/ankara"))
    stage.stand_in.answer("POST", with_=reply)
    result = stage.run("apply", "-v", "--target=ankara", *options)
    stage.stand_in.answer_as_usual()
    return result


def live_url_of_a_checkup(stage: Stage, text: str, *options: str) -> Result:
    """Have ``doctor`` look at it as what is live, and ``ring`` send something there."""
    stage.stand_in.hold("ankara", live("on", "on", "off", text))
    return asked(stage, Visit(0.1, status=200), *options)


def redirect_of_a_receiver(stage: Stage, text: str, *options: str) -> Result:
    """Have the server at a notification URL lead there."""
    stage.stand_in.hold("ankara", live("on", "on", "off", "https://crm.example.com/ankara"))
    location = text.encode("utf-8", "replace").decode("latin-1")
    return asked(stage, Visit(0.1, status=302, location=location), *options)


def answer_of_a_receiver(stage: Stage, text: str, *options: str) -> Result:
    """Have the server at a notification URL say that."""
    stage.stand_in.hold("ankara", live("on", "on", "off", "https://crm.example.com/ankara"))
    body = text.encode("utf-8", "replace")
    return asked(stage, Visit(0.1, status=500, body=body, content_type=text[:50]), *options)


def asked(stage: Stage, visit: Visit, *options: str) -> Result:
    """Run ``doctor`` and ``ring`` where every request to a notification URL comes to this."""
    with stage.program.monkeypatch.context() as patch:
        patch.setattr(receiver.Receivers, "_visited", lambda *_: visit)
        found = stage.run("doctor", "-v", "--show-urls", *options)
        rung = stage.run("ring", "ankara", "--show-urls")
    return Result(0, found.whole_stdout + rung.stdout, found.stderr + rung.stderr)


def named(text: str) -> str:
    """Return the text as the name of a file."""
    name = os.fsdecode(os.fsencode(text.replace("/", "_"))[:200])
    return "_" if name in {".", "..", "-"} else name


def name_of_a_file(stage: Stage, text: str, *options: str) -> Result:
    """Plan a file of that name, in which something is to be warned of."""
    insecure = FILE.replace("https:", "http:").replace(
        "crm_integration: {", "allow_insecure_url: true\n    crm_integration: {"
    )
    path = stage.program.write(f"folder/{named(text)}", insecure)
    result = stage.run("plan", f"--config={os.path.relpath(path)}", *options)
    path.unlink()
    return result


def name_of_a_bad_file(stage: Stage, text: str, *options: str) -> Result:
    """Name a file with a mistake, so that the name begins a line."""
    path = stage.program.write(named(text), "version: 2\n")
    result = stage.run("plan", f"--config={path.name}", *options)
    path.unlink()
    return result


def name_of_no_file(stage: Stage, text: str, *options: str) -> Result:
    """Name a file that is not there, the name alone."""
    return stage.run("plan", f"--config={named(text)}", *options)


def content_of_a_file(stage: Stage, text: str, *options: str) -> Result:
    """Plan a file that is nothing else."""
    return stage.run_on(text, "plan", *options)


def content_to_validate(stage: Stage, text: str, *options: str) -> Result:
    """Validate a file that is nothing else."""
    return stage.run_on(text, "validate", *options)


def name_of_a_file_to_validate(stage: Stage, text: str, *options: str) -> Result:
    """Validate a file of that name, with a mistake in it."""
    path = stage.program.write(named(text), "version: 2\n")
    result = stage.run("validate", f"--config={path.name}", *options)
    path.unlink()
    return result


def content_of_a_saved_plan(stage: Stage, text: str, *options: str) -> Result:
    """Show a plan that is nothing else."""
    return stage.run("show", "-", *options, stdin=text.encode("utf-8", "surrogateescape"))


def value_in_a_saved_plan(stage: Stage, text: str, *options: str) -> Result:
    """Show a plan that somebody filled with it, and sealed anew."""
    stage.run("plan", "--out=saved.json")
    path = stage.program.folder / "saved.json"
    document = json.loads(path.read_text("utf-8"))
    santral = document["santrals"][0]
    santral["warnings"], santral["changes"][-1]["before"] = [text], text
    del document["saved"]["checksum"]
    document["saved"]["checksum"] = digest_of(document)
    path.write_text(json.dumps(document))
    return stage.run("show", "saved.json", *options)


def origin_in_a_saved_plan(stage: Stage, text: str, *options: str) -> Result:
    """Show a plan that somebody says to be of it, and sealed anew."""
    stage.run("plan", "--out=saved.json")
    path = stage.program.folder / "saved.json"
    document = json.loads(path.read_text("utf-8"))
    document["origin"] |= {"api": text, "files": [text, text]}
    del document["saved"]["checksum"]
    document["saved"]["checksum"] = digest_of(document)
    path.write_text(as_json.text_of(document), "utf-8", "surrogatepass")
    return stage.run("show", "saved.json", *options)


def key_in_a_saved_plan(stage: Stage, text: str, *options: str) -> Result:
    """Show a plan in which keys have that name, sealed anew."""
    stage.run("plan", "--out=saved.json")
    path = stage.program.folder / "saved.json"
    document = json.loads(path.read_text("utf-8"))
    document["santrals"][0]["key"] = {"name": text, "before": text, "taken_from": text}
    document |= {
        "dropped": [text],
        "keys_of_dropped": [{"name": text, "key": text, "now_of": text}],
    }
    del document["saved"]["checksum"]
    document["saved"]["checksum"] = digest_of(document)
    path.write_text(as_json.text_of(document), "utf-8", "surrogatepass")
    return stage.run("show", "saved.json", *options)


def scope_of_a_saved_plan(stage: Stage, text: str, *options: str) -> Result:
    """Show a plan that somebody says to be made with such options, and sealed anew."""
    stage.run("plan", "--out=saved.json")
    path = stage.program.folder / "saved.json"
    document = json.loads(path.read_text("utf-8"))
    document["scope"] |= {"target": [text], "changed": text}
    del document["saved"]["checksum"]
    document["saved"]["checksum"] = digest_of(document)
    path.write_text(as_json.text_of(document), "utf-8", "surrogatepass")
    shown, applied = stage.run("show", "saved.json", *options), stage.run("apply", "saved.json")
    return Result(0, shown.stdout, shown.stderr + applied.stderr)


def name_of_a_plan_to_merge(stage: Stage, text: str, *options: str) -> Result:
    """Merge plans of that name, which are not those of all shards."""
    name = named(text)
    stage.run("plan", "--shard=1/2", f"--out={name}")
    result = stage.run("merge", *options, "--", name, name)
    (stage.program.folder / name).unlink(missing_ok=True)
    return result


def sentences_of_a_plan_to_merge(stage: Stage, text: str, *options: str) -> Result:
    """Merge a report whose sentences somebody wrote, with no messages beside them."""
    report = json.loads(stage.run("plan", "--shard=1/1", "--format=json").stdout)
    report |= {"notes": [text]}
    for santral in report["santrals"]:
        santral |= {"warnings": [text]}
        del santral["warning_messages"]
    path = stage.program.write("report.json", b"")
    path.write_text(as_json.text_of(report), "utf-8", "surrogatepass")
    return stage.run("merge", "report.json", *options)


def name_of_a_folder(stage: Stage, text: str, *options: str) -> Result:
    """Plan the files of a folder of that name."""
    path = stage.program.write(f"{named(text)}/santral.yaml", FILE)
    result = stage.run("plan", f"--config={path.parent.name}", *options)
    path.unlink()
    path.parent.rmdir()
    return result


def answer_of_git(stage: Stage, text: str, *options: str) -> Result:
    """Have git say that the commit is that, in every way in which it may be asked."""
    Path("answer").write_bytes(text.encode("utf-8", "surrogateescape"))
    stage.program.write("bin/git", '#!/bin/sh\nexec cat "$FOLDER/answer"\n').chmod(0o755)
    with stage.program.monkeypatch.context() as patch:
        patch.setenv("FOLDER", str(stage.program.folder))
        patch.setenv("PATH", f"{stage.program.folder}/bin{os.pathsep}{os.environ['PATH']}")
        return stage.run("plan", *options)


def name_of_a_saved_plan(stage: Stage, text: str, *options: str) -> Result:
    """Save a plan under that name, and apply it when something has changed."""
    name = f"./{named(text)}"
    stage.stand_in.hold("ankara", live("on", "on", "off", "https://crm.example.com/"))
    saved = stage.run("plan", f"--out={name}", "--target=ankara", *options)
    applied = stage.run("apply", name, *options)
    Path(name).unlink()
    return Result(0, saved.stdout + applied.stdout, saved.stderr + applied.stderr)


def name_in_a_file(stage: Stage, text: str, *options: str) -> Result:
    """Name a field, a santral and a key like that."""
    quoted = text.replace("'", "''")
    entry = f"  '{quoted}': {{'{quoted}': on, key: '{quoted}'}}\n"
    content = FILE.replace("  ankara:", f"{entry}  ankara:")
    return stage.run_on(content, "plan", *options)


def value_in_a_file(stage: Stage, text: str, *options: str) -> Result:
    """Write it as every value."""
    quoted = text.replace("'", "''")
    fields = "".join(f", {name}: '{quoted}'" for name in ("ringing", "hangup", "notification_url"))
    content = FILE.replace("{ringing: off}", f"{{answered: '{quoted}'{fields}}}")
    return stage.run_on(content, "plan", *options)


def description_in_a_file(stage: Stage, text: str, *options: str) -> Result:
    """Describe a santral like that, which is shown beside its change."""
    stage.stand_in.hold("bursa", live("on", "on", "on", "https://crm.example.com/"))
    quoted = text.replace("'", "''")
    content = FILE.replace("  bursa:\n", f"  bursa:\n    description: '{quoted}'\n")
    return stage.run_on(content, "plan", *options)


def author_of_a_run(stage: Stage, text: str, *options: str) -> Result:
    """Have a CI name whoever starts a run, and where, like that; then list the runs."""
    stage.stand_in.hold("ankara", live("on", "on", "off", "https://crm.example.com/"))
    names = ("GITHUB_ACTOR", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    with stage.program.monkeypatch.context() as patch:
        for name in names:
            patch.setenv(name, text)
        stage.run("apply", "--journal=journal/authors")
    result = listed(stage, "journal/authors", *options)
    Path("journal/authors").unlink()
    return result


def value_in_a_journal(stage: Stage, text: str, *options: str) -> Result:
    """List the runs of a journal that somebody filled with it, and roll the last one back."""
    stage.stand_in.hold("ankara", live("on", "on", "off", "https://crm.example.com/"))
    stage.run("apply", "--journal=journal/whole")
    whole = Path("journal/whole").read_text("utf-8")
    Path("journal/whole").unlink()
    quoted = json.dumps(text)[1:-1]
    edited = re.sub(
        r'("(?:run|name|command|api|reason|notification_url|link)": )"[^"]*"',
        lambda found: f'{found[1]}"{quoted}"',
        whole,
    )
    Path("journal/edited").write_text(edited, "utf-8")
    rolled_back = stage.run("rollback", "--journal=journal/edited", *options)
    shown = listed(stage, "journal/edited", *options)
    return Result(0, shown.stdout + rolled_back.stdout, shown.stderr + rolled_back.stderr)


def lines_of_a_journal(stage: Stage, text: str, *options: str) -> Result:
    """List the runs of a journal that is nothing else."""
    Path("journal").mkdir(exist_ok=True)
    Path("journal/other").write_bytes(text.encode("utf-8", "surrogateescape"))
    return listed(stage, "journal/other", *options)


def name_of_a_journal(stage: Stage, text: str, *options: str) -> Result:
    """Name a journal that is not there."""
    return listed(stage, f"./{named(text)}", *options)


def listed(stage: Stage, journal: str, *options: str) -> Result:
    """List the runs of a journal, as text unless JSON is asked for."""
    formats = [option for option in options if option == FORMATS["json"]]
    return stage.run("history", "--show-urls", f"--journal={journal}", *formats)


def option(name: str) -> Callable[..., Result]:
    """Return the place that an option's value is."""
    return lambda stage, text, *options: stage.run("plan", *options, f"{name}={text}")


def variable(name: str) -> Callable[..., Result]:
    """Return the place that a variable's value is."""
    return lambda stage, text, *options: stage.run_with(name, text, "plan", *options)


def argument(stage: Stage, text: str, *options: str) -> Result:
    """Give an argument where none belongs."""
    return stage.run("plan", *options, "--", text)


def command(stage: Stage, text: str, *_: str) -> Result:
    """Call a command of that name."""
    return stage.run("--", text)


def name_in_a_keys_file(stage: Stage, text: str, *options: str) -> Result:
    """Name a key like that, twice, which is a mistake."""
    return stage.run_with("SANTRAL_KEYS", f"{text}=x\n{text}=x", "plan", *options)


OPTIONS = (
    *("target", "exclude", "format", "api-url", "proxy", "keys-file", "parallelism", "max-changes"),
    *("base", "changed", "shard", "timeout", "no-such-option"),
)
VARIABLES = ("SANTRAL_KEYS", "SANTRAL_KEYS_FILE", "SANTRAL_KEY_ANKARA", "SANTRAL_TIMEOUT")
PLACES: dict[str, Callable[..., Result]] = {
    place.__name__.replace("_", " "): place
    for place in (
        *(live_url, live_url_unmasked, live_url_after_the_plan),
        *(error_of_the_server, refusal_of_the_server),
        *(live_url_of_a_checkup, redirect_of_a_receiver, answer_of_a_receiver),
        *(name_of_a_file, name_of_a_bad_file, name_of_no_file),
        *(content_of_a_file, name_in_a_file, value_in_a_file, description_in_a_file),
        *(content_to_validate, name_of_a_file_to_validate),
        *(content_of_a_saved_plan, value_in_a_saved_plan, name_of_a_saved_plan),
        *(origin_in_a_saved_plan, key_in_a_saved_plan, scope_of_a_saved_plan),
        *(name_of_a_plan_to_merge, sentences_of_a_plan_to_merge),
        *(name_of_a_folder, answer_of_git),
        *(author_of_a_run, value_in_a_journal, lines_of_a_journal, name_of_a_journal),
        *(argument, command, name_in_a_keys_file),
    )
} | {
    **{f"--{name}": option(f"--{name}") for name in OPTIONS},
    **{name: variable(name) for name in VARIABLES},
}


def assert_harmless(output: str) -> None:
    """Hold an output to the rule: known letters alone, and no command to a runner."""
    assert sorted(itertools.filterfalse(is_known, set(output))) == []
    assert "##[" not in output
    assert [line for line in output.split("\n") if line.lstrip().startswith("::")] == []
    assert [*commands_in(output)] == []


def is_known(character: str) -> bool:
    """Tell whether a character is printable ASCII, a Latin letter, or one of our own signs."""
    is_ascii = " " <= character <= "~"
    is_latin = character.isalpha() and unicodedata.name(character, "").startswith("LATIN ")
    return is_ascii or is_latin or character in OWN_SIGNS


OWN_COMMAND = re.compile(
    r"::(?:error|warning) file=([^,:]*),line=[0-9]+,col=[0-9]+,title=([^,:]*)::(.*)"
)
"""An annotation, which --format=github asks for; texts by others stand in it, escaped."""
COUNT = re.compile(
    r"::(error|warning) title=santral%3A \1s-more"
    r"::There (?:is 1 more \1|are [0-9]+ more \1s)\. See the log of this step\."
)
"""The annotation that counts those for which there is no room; nothing by others stands in it."""


def without_own_commands(output: str) -> str:
    """Return an output with its annotations replaced by the texts that the runner reads in them."""
    lines: list[str] = []
    for line in output.split("\n"):
        if COUNT.fullmatch(line):
            continue
        own = OWN_COMMAND.fullmatch(line)
        lines += map(unescaped, own.groups()) if own else [line]
    return "\n".join(lines)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=hostile, shown_as=st.sampled_from([*FORMATS]))
@example(text=ATTACKS[0], shown_as="text")
@example(text=ATTACKS[4], shown_as="json")
@example(text=":", shown_as="text")
@example(text="##[error]%0A::error::,:x=", shown_as="github")
@example(text="\udc80\x1b[31m##[error]\r::error::\u202e", shown_as="gitlab")
@example(text="]]></failure><testcase name='x'/>\ufffe\udc80&#0;", shown_as="junit")
@example(text="`</code>|<img src=https://evil.example.com/>", shown_as="html")
def test_hostile_text_is_harmless_wherever_it_is_shown(
    stage: Stage, place: Callable[..., Result], shown_as: str, text: str
) -> None:
    """Neither stdout nor stderr passes it on, nor does a file for others to read."""
    result = place(stage, text, FORMATS[shown_as])
    report = Path(REPORT)
    written = report.read_text("utf-8") if report.exists() else ""
    report.unlink(missing_ok=True)
    whole = result.whole_stdout
    stdout = without_own_commands(whole) if shown_as == "github" else whole
    for output in (stdout, result.stderr, written):
        assert_harmless(output)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_each_place_is_one_where_text_is_shown_or_refused(
    stage: Stage, place: Callable[..., Result]
) -> None:
    """What is tried above does reach the program: it says something, be it that it took no harm."""
    result = place(stage, "https://crm.example.com/x", FORMATS["text"])
    assert result.stdout + result.stderr != ""


SHOWN = {
    "live url unmasked": r"https://crm.example.com/\x1b#\x23[error]\u202eş" + "\n",
    "error of the server": r'"https://crm.example.com/\x1b#***"',
    "name of no file": r"https:__crm.example.com_\x1b#\x23[error]\u202eş: This file cannot be read",
    "--target": r'"https://crm.example.com/\x1b#\x23[error]\u202eş"',
    "argument": r"(https://crm.example.com/\x1b#\x23[error]\u202eş)",
}


@pytest.mark.parametrize("name", SHOWN)
def test_hostile_text_can_still_be_read(stage: Stage, name: str) -> None:
    """Where it is shown at all, each of its characters can be told from what is shown."""
    result = PLACES[name](stage, "https://crm.example.com/\x1b##[error]\u202eş", FORMATS["text"])
    assert SHOWN[name] in result.stdout + result.stderr


@pytest.mark.parametrize("text", ATTACKS, ids=ascii)
def test_the_runner_that_these_tests_rely_on_takes_each_attack_for_a_command(text: str) -> None:
    """Raw, each would be carried out; and the rule above sees it."""
    assert [*commands_in(text)] != []
    with pytest.raises(AssertionError):
        assert_harmless(text)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "a ::error::x",
        "::error",
        "::nothing-of-the-kind::x",
        "#[error]x",
        "##[error",
        "##[nothing-of-the-kind]x",
        "##vso[task]x",
        r"\x3a:error::x",
        r"#\x23[error]x",
    ],
)
def test_the_runner_that_these_tests_rely_on_takes_nothing_else_for_one(line: str) -> None:
    """A parser that saw commands everywhere would prove nothing either."""
    assert [*commands_in(line)] == []


def test_so_many_places_are_tried_as_contributing_says() -> None:
    """One that is lost is missed."""
    assert len(PLACES) == 51


def test_every_format_is_tried() -> None:
    """A format that is missing here would go untested."""
    assert set(FORMATS) == {str(known) for known in Format}
