"""A saved plan: what the file holds, who may edit it (nobody), and what apply does with it."""

import json
import re
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.fleet import ANKARA, BURSA, FILE, KEYS, settings
from support.key_search import files_with_key
from support.program import Program
from support.reports import TO_APPLY
from support.stand_in import StandIn

from reconciler import __version__
from reconciler.core.outcome import Result
from reconciler.sandbox.service import Reply
from reconciler.saved_plans.digests import digest_of
from reconciler.saved_plans.file import SavedPlanError, read

OLD = settings("off", "off", "off", "https://old.example.com/x?token=abc")
PLAN = Path("plan.json")
SUMMARY = (
    "Apply: {} applied, {} in sync, {} stale, 0 refused, {} failed, 0 not verified, 0 not tried."
)


@pytest.fixture
def two(program: Program, stand_in: StandIn) -> StandIn:
    """Give a file of two santrals that both differ from what is live."""
    program.write("santral.yaml", FILE)
    stand_in.hold("ankara", OLD)
    stand_in.hold("bursa", OLD)
    return stand_in


def last_line(text: str) -> str:
    """Return the summary of a run."""
    return text.splitlines()[-1]


# The file.


def without_sentences(document: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON plan without what is said in one language, of which it has the messages too."""
    santrals = [
        {name: value for name, value in santral.items() if name not in {"error", "warnings"}}
        for santral in document["santrals"]
    ]
    rest = {name: value for name, value in document.items() if name != "notes"}
    return rest | {"santrals": santrals}


def test_it_is_the_json_plan_and_what_a_comparison_needs(program: Program, two: StandIn) -> None:
    """The text goes to stdout as ever."""
    plain = program.run("plan")
    document = json.loads(program.run("plan", "--format", "json").stdout)

    saved = program.run("plan", "--out", "plan.json")

    assert saved == plain
    written = json.loads(PLAN.read_text())
    about = written.pop("saved")
    seals = [santral.pop("seals") for santral in written["santrals"]]
    assert written == without_sentences(document)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", about.pop("created"))
    assert (about.pop("api"), about.pop("seal_version")) == (two.origin, 2)
    assert {name: len(digest) for name, digest in about.items()} == {
        "configuration": 64,
        "checksum": 64,
    }
    assert [{name: len(seal) for name, seal in each.items()} for each in seals] == [
        {"wanted": 32, "before": 32, "document": 32}
    ] * 2


def test_only_its_owner_can_read_it_and_it_holds_no_secret(program: Program, two: StandIn) -> None:
    """Neither a key nor a digest of one, nor a URL's token, also when URLs are shown elsewhere."""
    shown = program.run("plan", "--out", "plan.json", "--show-urls")

    assert "token=abc" in shown.stdout
    assert stat.S_IMODE(PLAN.stat().st_mode) == 0o600
    assert "abc" not in re.sub("[0-9a-f]{32,}", "", PLAN.read_text())
    assert files_with_key(program.folder, KEYS["ankara"]) == []


def test_a_santral_without_a_key_has_no_digest(program: Program, two: StandIn) -> None:
    """The file is complete also when something failed."""
    program.monkeypatch.delenv("SANTRAL_KEY_ANKARA")

    result = program.run("plan", "--out", "plan.json")

    ankara, bursa = json.loads(PLAN.read_text())["santrals"]
    assert (result.exit_code, ankara["status"], ankara["seals"]) == (
        1,
        "failed",
        {"wanted": None, "before": None, "document": None},
    )
    assert None not in bursa["seals"].values()


def test_a_plan_that_cannot_be_saved_is_an_error(program: Program, two: StandIn) -> None:
    """What was found out is shown all the same."""
    result = program.run("plan", "--out", "no-folder/plan.json")

    assert (result.exit_code, last_line(result.stdout), result.stderr) == (
        1,
        f"Plan: 2 to change, 0 in sync, 0 failed.{TO_APPLY.rstrip()}",
        "The plan cannot be saved to no-folder/plan.json. The system says: No such file or "
        "directory.\n",
    )


def test_saving_replaces_an_earlier_plan_whole(program: Program, two: StandIn) -> None:
    """One that others could read included."""
    PLAN.write_text("x" * 100_000)

    program.run("plan", "--out", "plan.json")

    assert stat.S_IMODE(PLAN.stat().st_mode) == 0o600
    assert program.run("show", "plan.json").exit_code == 0


# Showing it.


def test_show_needs_no_key_and_shows_what_plan_showed(program: Program, two: StandIn) -> None:
    """So a job without keys can comment on what a job with keys planned."""
    planned = program.run("plan", "--out", "plan.json")
    content = PLAN.read_bytes()
    for name in KEYS:
        program.monkeypatch.delenv(f"SANTRAL_KEY_{name.upper()}")
    two.service.requests.clear()

    assert program.run("show", "plan.json") == planned
    assert program.run("show", "-", stdin=content) == planned
    assert two.service.requests == []


def test_show_gives_every_format(program: Program, two: StandIn) -> None:
    """The same bytes as plan gave."""
    formats = ("json", "markdown", "html", "junit", "github")
    program.run("plan", "--out", "plan.json", "--detailed-exitcode")

    for name in formats:
        planned = program.run("plan", "--format", name)
        assert program.run("show", "plan.json", "--format", name) == planned


# Refusing it.


def edited(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    """Return an edit of a document."""

    def edit(content: bytes) -> bytes:
        document = json.loads(content)
        change(document)
        return json.dumps(document, ensure_ascii=False).encode()

    return edit


def resealed(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    """Return an edit by somebody who knows how the checksum is made."""

    def edit(content: bytes) -> bytes:
        document = json.loads(content)
        change(document)
        del document["saved"]["checksum"]
        document["saved"]["checksum"] = digest_of(document)
        return json.dumps(document, ensure_ascii=False).encode()

    return edit


def first(document: dict[str, Any]) -> dict[str, Any]:
    """Return the first santral of a plan."""
    santral: dict[str, Any] = document["santrals"][0]
    return santral


TOUCHED = "This plan was edited or damaged after it was saved. Plan again."
NO_PLAN = "This is not a saved plan. plan --out writes one."
BAD_FILES = {
    "a value": (edited(lambda d: first(d)["changes"][0].update(after="off")), TOUCHED),
    "a count": (edited(lambda d: d["summary"].update(change=1)), TOUCHED),
    "a santral less": (edited(lambda d: d["santrals"].pop()), TOUCHED),
    "another time": (edited(lambda d: d["saved"].update(created="2020-01-01T00:00:00Z")), TOUCHED),
    "a santral twice": (resealed(lambda d: d["santrals"].append(first(d))), TOUCHED),
    "another API shown": (resealed(lambda d: d["origin"].update(api="sandbox")), TOUCHED),
    "another time shown": (
        resealed(lambda d: d["origin"].update(made="2020-01-01T00:00:00Z")),
        TOUCHED,
    ),
    "no seals": (resealed(lambda d: first(d).pop("seals")), TOUCHED),
    "a field that no santral would add": (resealed(lambda d: d.update({"x y": 1})), TOUCHED),
    "unknown text that does harm": (resealed(lambda d: d.update(more=["\x1b[31m"])), TOUCHED),
    "an unknown name that does harm": (resealed(lambda d: d.update(more={"\u202e": 1})), TOUCHED),
    "an unknown field nested deep": (
        resealed(lambda d: first(d).update(more=json.loads("[" * 30 + "]" * 30))),
        TOUCHED,
    ),
    "a result without a count": (
        resealed(
            lambda d: first(d).update(outcome={"result": "stale", "reason": None, "moved": []})
        ),
        TOUCHED,
    ),
    "a count of results without a result": (
        resealed(lambda d: d["summary"].update(outcomes=dict.fromkeys(Result, 0))),
        TOUCHED,
    ),
    "counts that do not fit": (resealed(lambda d: d["summary"].update(change=1)), TOUCHED),
    "a count that is no whole number": (
        resealed(lambda d: d["summary"].update(change=2.0)),
        TOUCHED,
    ),
    "a terminal's escapes": (resealed(lambda d: first(d).update(error="\x1b[31m")), TOUCHED),
    "a command to GitHub's runner": (
        resealed(lambda d: first(d).update(warnings=["##[stop-commands]x"])),
        TOUCHED,
    ),
    "a line break": (resealed(lambda d: first(d).update(warnings=["a\n::error::b"])), TOUCHED),
    "a name that is none": (resealed(lambda d: first(d).update(name="@everyone")), TOUCHED),
    "another format version": (
        edited(lambda d: d.update(format_version="2.0", tool_version="3.1.4")),
        "This plan is in format 2.0, and this santral reads only what it "
        "knows of 1.x. Use santral 3.1.4, "
        "which wrote it, or plan again.",
    ),
    "another format version, by nobody": (
        edited(lambda d: d.update(format_version="2.0", tool_version="\x1b[31m")),
        "This plan is in format 2.0, and this santral reads only what it "
        "knows of 1.x. Use the santral that wrote it, or plan again.",
    ),
    "a newer version with a value not known": (
        resealed(lambda d: (d.update(format_version="1.7"), first(d).update(status="merged"))),
        "This plan is in format 1.7, and this santral reads only what it "
        f"knows of 1.x. Use santral {__version__}, "
        "which wrote it, or plan again.",
    ),
    "a format version that is none": (edited(lambda d: d.update(format_version="1")), TOUCHED),
    "a format version that is no text": (edited(lambda d: d.update(format_version=1.0)), TOUCHED),
    "a plan that was not saved": (
        edited(lambda d: d.pop("saved")),
        "This is a plan, but not a saved one. plan --out writes one.",
    ),
    "cut": (lambda content: content[:-100], NO_PLAN),
    "nothing": (lambda _: b"", NO_PLAN),
    "a list": (lambda _: b"[]", NO_PLAN),
    "another object": (lambda _: b"{}", NO_PLAN),
    "Latin-5": (lambda _: b'{"format_version": "\xfe"}', NO_PLAN),
    "a name given twice": (lambda content: content.replace(b"{", b'{"guard": null,', 1), NO_PLAN),
    "10^5 brackets": (lambda _: b"[" * 10**5, NO_PLAN),
}


@pytest.mark.parametrize(("edit", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_that_is_not_as_it_was_saved_is_refused_before_any_request(
    program: Program, two: StandIn, edit: Callable[[bytes], bytes], message: str
) -> None:
    """Whatever was done to it, by apply and by show."""
    program.run("plan", "--out", "plan.json")
    PLAN.write_bytes(edit(PLAN.read_bytes()))
    two.service.requests.clear()

    applied, shown = program.run("apply", "plan.json"), program.run("show", "plan.json")

    assert (applied.exit_code, applied.stdout, applied.stderr) == (1, "", f"plan.json: {message}\n")
    assert shown == applied
    assert two.service.requests == []


def test_no_depth_of_nesting_is_more_than_an_edited_file(program: Program, two: StandIn) -> None:
    """Some depths can be read as JSON and not be looked through."""
    program.run("plan", "--out", "plan.json")
    content, no_error = PLAN.read_text(), '"error_messages": []'
    assert no_error in content

    for depth in range(800, 1_000):
        nested = "[" * depth + "]" * depth
        with pytest.raises(SavedPlanError):
            read(content.replace(no_error, f'"error_messages": {nested}', 1).encode(), "plan.json")


def test_a_file_that_is_far_too_large_is_not_read_to_its_end(
    program: Program, two: StandIn
) -> None:
    """It may be a device that never ends."""
    result = program.run("show", "/dev/zero")

    assert (result.exit_code, result.stderr) == (
        1,
        "/dev/zero: This file is larger than 64 MiB, so it is not a saved plan.\n",
    )


def test_a_name_that_is_empty_applies_nothing(program: Program, two: StandIn) -> None:
    """A variable that is not set must not turn a reviewed plan into any plan."""
    for arguments in (("apply", ""), ("plan", "--base", ""), ("plan", "--out", "")):
        result = program.run(*arguments)

        assert result.exit_code == 1
        assert result.stderr.endswith(": It is empty. Is a variable not set?\n")
    assert two.service.requests == []


def test_a_file_that_is_not_there_is_an_error(program: Program, two: StandIn) -> None:
    """Of apply and of show."""
    for command in ("apply", "show"):
        result = program.run(command, "plan.json")

        assert (result.exit_code, result.stderr) == (
            1,
            "The plan plan.json cannot be read. The system says: No such file or directory.\n",
        )


OTHER = (
    "The saved plan was made from another configuration, or with other keys or secrets. "
    "Nothing was sent. Plan again.\n"
)
OTHER_FILES = {
    "another value": ("answered: on", "answered: off"),
    "a santral more": ("santrals:\n", "santrals:\n  denizli: {crm_integration: {}}\n"),
    "another key": ("bursa:\n", "bursa:\n    key: denizli\n"),
    "a field left to itself": ("    hangup: on\n", ""),
    "another token": ("{name}", "{name}?token=b"),
}


@pytest.mark.parametrize(("old", "new"), OTHER_FILES.values(), ids=OTHER_FILES)
def test_a_plan_of_another_configuration_is_refused_before_any_request(
    program: Program, two: StandIn, old: str, new: str
) -> None:
    """The whole plan, since the reviewer saw another file."""
    program.write("santral.yaml", FILE.replace("{name}", "{name}?token=a"))
    program.run("plan", "--out", "plan.json")
    program.write("santral.yaml", FILE.replace("{name}", "{name}?token=a").replace(old, new, 1))
    if old == "{name}":
        program.write("santral.yaml", FILE.replace("{name}", new))
    two.service.requests.clear()

    result = program.run("apply", "plan.json")

    assert (result.exit_code, result.stdout, result.stderr) == (3, "", OTHER)
    assert two.service.requests == []


def test_a_comment_or_another_order_makes_no_other_configuration(
    program: Program, two: StandIn
) -> None:
    """Only what the file asks for counts."""
    program.run("plan", "--out", "plan.json")
    program.write("santral.yaml", f"# reviewed\n{FILE}")

    assert program.run("apply", "plan.json").exit_code == 0


def test_a_plan_made_with_another_key_is_refused(program: Program, two: StandIn) -> None:
    """Nobody could tell whether it is the same santral."""
    program.run("plan", "--out", "plan.json")
    program.monkeypatch.setenv("SANTRAL_KEY_ANKARA", KEYS["denizli"].reveal())

    result = program.run("apply", "plan.json")

    assert (result.exit_code, result.stderr, two.count("POST")) == (3, OTHER, 0)


def test_a_plan_made_in_the_sandbox_is_refused_elsewhere(program: Program, two: StandIn) -> None:
    """The other way round too."""
    program.run("plan", "--out", "plan.json", "--sandbox")

    result = program.run("apply", "plan.json")

    assert (result.exit_code, result.stderr, two.count("POST")) == (
        3,
        f"The saved plan was made from sandbox, but this run is for {two.origin}. "
        "Nothing was sent. Plan again.\nTaken from the environment: SANTRAL_API_URL.\n",
        0,
    )


# Applying it.


def test_apply_makes_the_changes_that_both_plans_agree_on(program: Program, two: StandIn) -> None:
    """And shows the plan that it has just made."""
    planned = program.run("plan", "--out", "plan.json")

    result = program.run("apply", "plan.json")

    assert (result.exit_code, last_line(result.stdout)) == (0, SUMMARY.format(2, 0, 0, 0))
    assert result.stdout.startswith(planned.stdout.removesuffix(TO_APPLY))
    assert (two.live("ankara"), two.live("bursa")) == (ANKARA, BURSA)


MOVES = {
    "a field that would change": (
        settings("on", "off", "off", "https://old.example.com/x?token=abc"),
        "",
        "    ringing  off → on\n",
    ),
    "the URL": (
        settings("off", "off", "off", "https://new.example.com/"),
        "",
        "    notification_url  https://old.example.com/x?token=***\n"
        "                      → https://new.example.com/  (the part shown as *** changes)\n"
        "                      other host: old.example.com → new.example.com\n",
    ),
    "a hidden part of the URL": (
        settings("off", "off", "off", "https://old.example.com/x?token=abd"),
        " What changed is a field that the file does not manage, or a hidden part of a URL.",
        "",
    ),
}


@pytest.mark.parametrize(("live", "hint", "moved"), MOVES.values(), ids=MOVES)
def test_a_santral_that_moved_is_stale_and_the_others_are_applied(
    program: Program, two: StandIn, live: Any, hint: str, moved: str
) -> None:
    """It is named, with what moved since the plan was saved, and not touched."""
    program.run("plan", "--out", "plan.json")
    two.hold("ankara", live)

    result = program.run("apply", "plan.json")

    shown_as_moved = f"    Expected, and what is live instead:\n{moved}" if moved else ""
    assert result.exit_code == 3
    assert result.stdout.partition("failed.\n")[2] == (
        "ankara: stale. This is not the change of the saved plan. Nothing was sent. Plan again."
        f"{hint}\n{shown_as_moved}"
        "bursa: applied\n\n" + SUMMARY.format(1, 0, 1, 0) + "\n"
    )
    assert (two.live("ankara"), two.live("bursa")) == (live, BURSA)


def test_an_unmanaged_field_that_moved_makes_stale_too(program: Program, two: StandIn) -> None:
    """It would be sent along, and nobody has reviewed that."""
    program.write(
        "santral.yaml", "version: 1\nsantrals: {ankara: {crm_integration: {hangup: on}}}\n"
    )
    program.run("plan", "--out", "plan.json")
    two.hold("ankara", settings("on", "off", "off", OLD.notification_url))

    result = program.run("apply", "plan.json")

    assert (result.exit_code, two.count("POST")) == (3, 0)


def test_a_santral_that_was_in_sync_and_moved_is_stale(program: Program, two: StandIn) -> None:
    """The saved plan said that nothing would be sent to it."""
    two.hold("ankara", ANKARA)
    program.run("plan", "--out", "plan.json")
    two.hold("ankara", OLD)

    result = program.run("apply", "plan.json")

    assert (result.exit_code, last_line(result.stdout)) == (3, SUMMARY.format(1, 0, 1, 0))
    assert "    ringing           on → off\n" in result.stdout.partition("ankara: stale")[2]
    assert two.live("ankara") == OLD


def test_a_santral_that_could_not_be_read_then_is_stale_now(program: Program, two: StandIn) -> None:
    """Nobody has seen its change."""
    two.answer(name="ankara", with_=Reply(403, "no"))
    program.run("plan", "--out", "plan.json")
    two.answer_as_usual()

    result = program.run("apply", "plan.json")

    assert result.exit_code == 3
    assert result.stdout.splitlines()[-4] == (
        "ankara: stale. The saved plan could not read this santral, so nobody has seen this "
        "change. Nothing was sent. Plan again."
    )
    assert two.live("ankara") == OLD


def test_a_santral_that_cannot_be_read_now_has_failed(program: Program, two: StandIn) -> None:
    """The others go on."""
    program.run("plan", "--out", "plan.json")
    two.answer(name="ankara", with_=Reply(403, "no"))

    result = program.run("apply", "plan.json")

    assert (result.exit_code, last_line(result.stdout)) == (1, SUMMARY.format(1, 0, 0, 1))


def test_applying_a_saved_plan_again_finds_it_done(program: Program, two: StandIn) -> None:
    """A job that is run again is no mistake."""
    program.run("plan", "--out", "plan.json")
    program.run("apply", "plan.json")
    two.service.requests.clear()

    result = program.run("apply", "plan.json")

    assert (result.exit_code, last_line(result.stdout)) == (0, SUMMARY.format(0, 2, 0, 0))
    assert two.count("POST") == 0


def test_only_the_santrals_of_the_saved_plan_are_looked_at(program: Program, two: StandIn) -> None:
    """What was not planned was not reviewed; a target can narrow it further."""
    program.run("plan", "--out", "plan.json", "--target", "ankara")
    two.service.requests.clear()

    applied = program.run("apply", "plan.json")

    assert (applied.exit_code, last_line(applied.stdout)) == (0, SUMMARY.format(1, 0, 0, 0))
    assert {name for _, name in two.service.requests} == {"ankara"}


SELECTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str | None]] = {
    "the same again": (("--target", "ankara"), ("--target", "ankara"), None),
    "left out": (("--target", "ankara"), (), None),
    "others": (("--target", "ankara"), ("--target", "bursa"), "made with --target ankara."),
    "fewer": ((), ("--target", "ankara"), "made without options that pick santrals."),
    "others excluded": (
        ("--target", "*", "--exclude", "bursa"),
        (
            "--target",
            "*",
        ),
        "made with --target * --exclude bursa.",
    ),
    "another shard": (("--shard", "1/2"), ("--shard", "2/2"), "made with --shard 1/2."),
    "any revision": ((), ("--changed", "nope"), "made without options that pick santrals."),
}
SAME = (
    "An apply of a saved plan is for its santrals and no others, so the options that pick santrals "
    "must be the same, or left out. Nothing was sent.\n"
)


@pytest.mark.parametrize(("made", "given", "refused"), SELECTIONS.values(), ids=SELECTIONS)
def test_a_saved_plan_says_itself_which_santrals_are_applied(
    program: Program,
    two: StandIn,
    made: tuple[str, ...],
    given: tuple[str, ...],
    refused: str | None,
) -> None:
    """Options beside it can only repeat what it was made with; others touch nothing."""
    program.run("plan", "--out", "plan.json", *made)

    result = program.run("apply", "plan.json", *given)

    if refused:
        assert (result.exit_code, result.stdout) == (3, "")
        assert result.stderr == f"The saved plan was {refused} {SAME}"
        assert (two.live("ankara"), two.live("bursa")) == (OLD, OLD)
    else:
        assert (result.exit_code, last_line(result.stdout)) == (0, SUMMARY.format(1, 0, 0, 0))
        assert (two.live("ankara"), two.live("bursa")) == (ANKARA, OLD)


def test_a_variable_that_picks_others_is_named(program: Program, two: StandIn) -> None:
    """A pipeline may set it for all its jobs."""
    program.run("plan", "--out", "plan.json", "--shard", "1/2")
    program.monkeypatch.setenv("SANTRAL_SHARD", "2/2")

    result = program.run("apply", "plan.json")

    assert (result.exit_code, result.stderr) == (
        3,
        f"The saved plan was made with --shard 1/2. {SAME}Taken from the environment: "
        "SANTRAL_SHARD.\n",
    )


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "another value": lambda d: first(d)["changes"][-1].update(
        after="https://evil.example.com/", after_host="evil.example.com"
    ),
    "a change less": lambda d: first(d)["changes"].pop(),
    "a santral less": lambda d: (d["santrals"].pop(), d["summary"].update(change=1)),
    "a santral in sync": lambda d: (
        first(d).update(status="in_sync", changes=[]),
        d["summary"].update(change=1, in_sync=1),
    ),
    "another place": lambda d: first(d)["source"].update(line=1),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_plan_that_shows_something_else_than_was_sealed_is_refused(
    program: Program, two: StandIn, edit: Callable[[dict[str, Any]], object]
) -> None:
    """Who can make the checksum, and has no key, cannot make a reviewer see another plan."""
    program.run("plan", "--out", "plan.json")
    PLAN.write_bytes(resealed(edit)(PLAN.read_bytes()))
    assert program.run("show", "plan.json").exit_code == 0
    two.service.requests.clear()

    result = program.run("apply", "plan.json")

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{TOUCHED}\n")
    assert two.service.requests == []


def test_who_is_asked_is_asked_only_about_what_would_be_sent(
    program: Program, two: StandIn
) -> None:
    """One of the two is stale."""
    program.run("plan", "--out", "plan.json")
    two.hold("ankara", settings("on", "off", "off", None))

    result = program.run("apply", "plan.json", stdin=b"n\n", terminal=True)

    assert "Apply this change? [y/N]: " in result.stderr
    assert (result.exit_code, two.count("POST")) == (3, 0)
    assert last_line(result.stdout).endswith("0 not verified, 1 not tried.")


def test_who_saves_a_plan_learns_how_to_apply_it(program: Program, two: StandIn) -> None:
    """By its name; one with nothing to do is only said to be there."""
    changes = program.run("plan", "--out", "plan.json")
    many = program.run("plan", "--max-changes", "100%", "--out", "plan.json")
    program.run("apply")
    nothing = program.run("plan", "--out", "none.json")
    rehearsed = program.run("plan", "--sandbox", "--out", "my plan.json")
    named = "santral apply 'my plan.json' --sandbox"

    assert changes.named == (
        "The plan is saved as plan.json. santral apply plan.json, with the same files and "
        "keys, makes these changes and no others.\n"
    )
    assert many.named == (
        "The plan is saved as plan.json. santral apply plan.json --max-changes 100%, with the same "
        "files and keys, makes these changes and no others.\n"
    )
    assert nothing.named == "The plan is saved as none.json.\n"
    assert rehearsed.named == (
        f"The plan is saved as my plan.json. {named}, with the same files and keys, makes these "
        "changes and no others.\n"
    )
    assert program.run(*shlex.split(named)[1:]).exit_code == 0
