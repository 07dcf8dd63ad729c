"""What an earlier run left in the journal: how it is told, settled, and never a traceback."""

import json
import os
import stat
import subprocess
import sys
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fleet import KEYS, settings
from support.journals import INTENT, JOURNAL, OFF, ON, RUN, START, UNKEYED, events, leave, start_at
from support.program import IN_SANDBOX, Program
from support.reports import unresolved
from support.stand_in import StandIn

from reconciler import locks
from reconciler.journal.decoding import decode
from reconciler.journal.fields import RecordError
from reconciler.sandbox.service import Reply

LEFT = unresolved("ankara", RUN).rstrip()


def test_settings_that_somebody_changed_since_are_told(program: Program, two: StandIn) -> None:
    """Then nobody can say whether the change had been applied in between."""
    leave(program, start_at(two), INTENT)
    two.hold("ankara", settings("off", "on", "off", None))
    told = (
        f"{LEFT} Somebody has changed the settings since: what is live is neither what was there "
        f"before the change nor what it wanted. {UNKEYED}\n"
    )

    assert program.run("apply").stderr == told
    settled = json.loads((program.folder / JOURNAL).read_text().splitlines()[3])
    assert {name: settled[name] for name in ("event", "of_run", "santral", "finding")} == {
        "event": "settled",
        "of_run": RUN,
        "santral": "ankara",
        "finding": "others_live",
    }
    assert settled["live"] == {**OFF, "answered": "on"}
    assert program.run("plan").stderr == ""


def test_a_santral_that_is_no_longer_in_the_files_is_told_once(
    program: Program, two: StandIn
) -> None:
    """Nobody could ever read it, so the journal is told that, and it is not told for ever."""
    leave(program, start_at(two), {**INTENT, "santral": "sinop"})
    told = (
        f"{LEFT} No santral in the files has this name, so what became of it cannot be found out.\n"
    )
    told = told.replace("ankara", "sinop")

    assert [program.run(command).stderr for command in ("plan", "apply", "apply")] == [
        *(told, told, "")
    ]


LATER = {
    "left out": (
        ("--exclude", "ankara"),
        {},
        "This run leaves this santral out. A run without --target, --exclude and --select shows "
        "what became of it.",
    ),
    "unreadable": (
        (),
        {"SANTRAL_KEY_ANKARA": ""},
        (
            "There is no key for this santral. SANTRAL_KEY_ANKARA is set, but empty. In a "
            "pipeline, is there a secret for it, and may this job read it?"
        ),
    ),
}


@pytest.mark.parametrize(("options", "environment", "reason"), LATER.values(), ids=LATER)
def test_what_cannot_be_told_now_is_told_when_it_can(
    program: Program,
    two: StandIn,
    options: tuple[str, ...],
    environment: dict[str, str],
    reason: str,
) -> None:
    """Only an answer settles it."""
    leave(program, start_at(two), INTENT)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)

        result = program.run("apply", *options)

    assert result.stderr == f"{LEFT} What became of it is not known yet. {reason}\n"
    assert program.run("plan").stderr == (
        f"{LEFT} The change had not been applied: the settings from before it are live. {UNKEYED}\n"
    )


def test_another_api_says_nothing_about_a_change(program: Program, two: StandIn) -> None:
    """What is live at a stand-in is not what is live at the vendor's."""
    leave(program, START, INTENT)

    assert program.run("apply").stderr == (
        f"{LEFT} What became of it is not known yet. It was sent to "
        f"https://api.bulutsantralim.com, but this run is for {two.origin}. A run for "
        "that API shows what became of it.\n"
    )
    assert "settled" not in events(program.folder / JOURNAL)


def test_a_change_at_an_api_that_is_not_known_stays_unresolved(
    program: Program, two: StandIn
) -> None:
    """The line that would tell it is unreadable; what is live here may be another's."""
    leave(program, "unreadable", INTENT)

    assert program.run("apply").stderr == (
        f"{JOURNAL}:1: This line of the journal cannot be read. It is not a JSON object.\n"
        f"{LEFT} What became of it is not known yet. The journal does not say to which API it "
        "was sent.\n"
    )
    assert '"settled"' not in (program.folder / JOURNAL).read_text()


def test_the_sandbox_has_a_journal_of_its_own(program: Program, two: StandIn) -> None:
    """What was left unresolved there is no matter of the real API, and the other way round."""
    leave(program, start_at(two), INTENT)

    assert program.run("apply", "--sandbox").stderr == IN_SANDBOX
    assert events(program.folder / ".santral/sandbox-journal.jsonl")[0] == "run_started"
    assert events(program.folder / JOURNAL) == ["run_started", "intent"]


def test_quiet_hides_nothing_that_is_unresolved(program: Program, two: StandIn) -> None:
    """It is no talk but something to act upon."""
    leave(program, start_at(two), INTENT)

    assert program.run("plan", "-q").stderr.startswith(LEFT)


NO_OBJECT = "It is not a JSON object."
NO_RECORD = "It does not have the fields of a record."
UNREADABLE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", NO_OBJECT),
    "zeros": (b"\0" * 512, NO_OBJECT),
    "not UTF-8": (b'{"run": "\xff"}', NO_OBJECT),
    "no object": (b"[]", NO_OBJECT),
    "deep": (b"[" * 100_000, NO_OBJECT),
    "long": (b'{"run": "' + b"x" * 3_000_000 + b'"}', NO_OBJECT),
    "a huge number": (b'{"run": ' + b"9" * 5_000 + b"}", NO_OBJECT),
    "a field twice": (b'{"run": "a", "run": "b"}', NO_OBJECT),
    "an earlier format than the first": (
        json.dumps({**INTENT, "format_version": "0.9"}).encode(),
        "Its format is 0.9, and this santral reads 1.0 and every later 1.x.",
    ),
    "a hostile format": (
        json.dumps({**INTENT, "format_version": f"\x1b[31m{KEYS['ankara'].reveal()}"}).encode(),
        "Its format is \\x1b[31m***, and this santral reads 1.0 and every later 1.x.",
    ),
    "no format": (
        b'{"run": "a"}',
        "Its format is unknown. This santral reads 1.0 and every later 1.x.",
    ),
    "an unknown event": (json.dumps({**INTENT, "event": "danced"}).encode(), NO_RECORD),
    "an event that is no text": (json.dumps({**INTENT, "event": []}).encode(), NO_RECORD),
    "a field too many": (json.dumps({**INTENT, "x": 1}).encode(), NO_RECORD),
    "a field too few": (
        json.dumps({name: value for name, value in INTENT.items() if name != "after"}).encode(),
        NO_RECORD,
    ),
}
WRONG: dict[str, tuple[str, object]] = {
    "a time of day": ("time", "10:11"),
    "a day that is none": ("time", "2026-02-30T10:11:12Z"),
    "a number for a time": ("time", 1),
    "a path for a run": ("run", "../../etc"),
    "a santral's name that is none": ("santral", "::set-output"),
    "settings of three fields": ("before", {k: v for k, v in OFF.items() if k != "hangup"}),
    "settings of five fields": ("before", {**OFF, "key": "x"}),
    "a switch that is none": ("before", {**OFF, "hangup": "ON"}),
    "a switch that is a boolean": ("before", {**OFF, "hangup": True}),
    "a URL that is a number": ("after", {**ON, "notification_url": 1}),
    "a blank URL": ("after", {**ON, "notification_url": " "}),
    "half a character": ("after", {**ON, "notification_url": "https://\ud800.example.com"}),
}
UNREADABLE.update(
    (
        name,
        (
            json.dumps({**INTENT, field: value}).encode(),
            f"Its {field} is not as santral writes it.",
        ),
    )
    for name, (field, value) in WRONG.items()
)


@pytest.mark.parametrize(("line", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_line_that_is_no_record_is_told_until_an_apply_has_told_it(
    program: Program, two: StandIn, line: bytes, reason: str
) -> None:
    """The records around it count as ever."""
    begun, known = json.dumps(start_at(two)).encode(), json.dumps(INTENT).encode()
    bursa = known.replace(b"ankara", b"bursa")
    program.write(JOURNAL, b"\n".join([begun, bursa, line, known, b""]))
    told = f"{JOURNAL}:3: This line of the journal cannot be read. {reason}\n"

    results = [program.run(command).stderr for command in ("plan", "apply", "plan")]

    assert [result.startswith(told) for result in results] == [True, True, False]
    assert [
        result.count(" is unresolved: the run ended before it could report what became of it.")
        for result in results
    ] == [2, 2, 0]


@given(st.binary() | st.dictionaries(st.text(), st.text()).map(lambda d: json.dumps(d).encode()))
def test_whatever_a_line_holds_it_is_a_record_or_none(line: bytes) -> None:
    """And never a traceback."""
    with pytest.raises(RecordError):
        decode(line, 1)


def test_a_line_of_each_kind_is_read_as_it_was_written(program: Program, two: StandIn) -> None:
    """A journal with every kind of record has none that is unreadable."""
    two.answer("POST", nth=1, with_=Reply(502, ""))
    leave(program, start_at(two), {**INTENT, "santral": "bursa"})

    program.run("apply")

    told = {"run_started", "intent", "sending_again", "outcome", "settled", "run_ended"}
    assert set(events(program.folder / JOURNAL)) == told
    assert program.run("plan").stderr == ""


PLACES = {
    "a directory": (lambda path: path.mkdir(), "It is not a regular file"),
    "a pipe": (os.mkfifo, "It is not a regular file"),
    "a link": (
        lambda path: path.symlink_to("/dev/zero"),
        f"{JOURNAL} is a link, which may lead anywhere. Remove it, or name the place it leads to",
    ),
}


@pytest.mark.parametrize(("make", "reason"), PLACES.values(), ids=PLACES)
def test_a_plan_without_its_journal_is_a_plan_all_the_same(
    program: Program, two: StandIn, make: Any, reason: str
) -> None:
    """It only cannot tell what it does not know; apply stops before it reads anything."""
    path = program.folder / JOURNAL
    path.parent.mkdir()
    make(path)

    planned = program.run("plan")

    assert (planned.exit_code, planned.stdout.splitlines()[-1], planned.stderr) == (
        0,
        "Plan: 2 to change, 0 in sync, 0 failed. To make them, run santral apply for "
        "the same files and santrals.",
        f"The journal {JOURNAL} cannot be read. {reason}. What earlier runs left unresolved is not "
        "known.\n",
    )


@pytest.mark.parametrize("content", ["note\n" * 40, "note\n"], ids=["many lines", "one line"])
def test_a_file_that_is_no_journal_is_left_as_it_is(
    program: Program, two: StandIn, content: str
) -> None:
    """A slip of the hand must not append to one's configuration, nor change who may read it."""
    notes = program.write("notes.txt", content)
    notes.chmod(0o644)

    applied = program.run("apply", "--journal", "notes.txt")

    assert (applied.exit_code, applied.stdout, applied.stderr, two.service.requests) == (
        1,
        "",
        "The journal notes.txt cannot be opened. It is not a journal that this santral "
        "knows. Name another file with --journal. "
        "Nothing was sent.\n",
        [],
    )
    assert (notes.read_text(), stat.S_IMODE(notes.stat().st_mode)) == (content, 0o644)


def test_of_many_unreadable_lines_the_first_are_told(program: Program) -> None:
    """Nobody reads more."""
    program.write("notes.txt", "note\n" * 40)

    listed = program.run("history", "--journal", "notes.txt")

    assert listed.stderr.splitlines()[9:] == [
        "notes.txt:10: This line of the journal cannot be read. It is not a JSON object.",
        "notes.txt: 30 more lines of the journal cannot be read.",
        "There is no run in the journal notes.txt.",
    ]


def test_a_journal_that_others_could_read_is_made_private(program: Program, two: StandIn) -> None:
    """A copy of it may have lost its mode."""
    leave(program, start_at(two))
    (program.folder / JOURNAL).chmod(0o644)

    program.run("apply")

    assert stat.S_IMODE((program.folder / JOURNAL).stat().st_mode) == 0o600


def test_a_second_apply_on_one_journal_refuses_while_the_first_is_at_work(
    program: Program, two: StandIn
) -> None:
    """It reads and sends nothing; plan only tells that it cannot know what is under way."""
    has_come, may_go_on = threading.Event(), threading.Event()
    waits: list[float] = []
    program.monkeypatch.setattr(locks, "sleep", waits.append)

    def wait() -> None:
        has_come.set()
        may_go_on.wait(120)

    two.meanwhile("POST", do=wait)
    first = [sys.executable, "-m", "reconciler", "apply", "--target", "ankara"]
    with subprocess.Popen(first, cwd=program.folder, stdout=subprocess.PIPE, text=True) as run:
        assert has_come.wait(120)
        asked = len(two.service.requests)

        second = program.run("apply")
        assert (second.exit_code, second.stdout, second.stderr) == (
            1,
            "",
            f"The journal {JOURNAL} cannot be opened. Another run is using it. Wait for "
            "it to end, then run again. Nothing was sent.\n",
        )
        assert len(two.service.requests) == asked
        assert sum(waits) == pytest.approx(1)
        assert program.run("plan").stderr == (
            f"Another run is using the journal {JOURNAL} now, so what it changes may be "
            "missing here.\n"
        )

        may_go_on.set()
        assert "ankara: applied\n" in run.communicate(timeout=120)[0]
    assert program.run("apply").stderr == ""


def test_an_apply_waits_until_who_only_reads_the_journal_has_read_it(
    program: Program, two: StandIn
) -> None:
    """A plan or a history that happens to read it is no reason to refuse."""
    fcntl = pytest.importorskip("fcntl")
    leave(program, start_at(two))
    with (program.folder / JOURNAL).open() as journal:
        fcntl.flock(journal, fcntl.LOCK_SH)

        def let_go(_: float) -> None:
            fcntl.flock(journal, fcntl.LOCK_UN)

        program.monkeypatch.setattr(locks, "sleep", let_go)
        result = program.run("apply")

    assert (result.exit_code, result.stderr) == (0, "")


def test_a_plan_does_not_keep_an_apply_waiting(program: Program, two: StandIn) -> None:
    """It lets go of the journal before it asks the API for anything."""
    fcntl = pytest.importorskip("fcntl")
    leave(program, start_at(two), INTENT)

    def lock() -> None:
        with (program.folder / JOURNAL).open() as journal:
            fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)

    two.meanwhile(do=lock)

    assert "\nPlan: 2 to change, 0 in sync, 0 failed. " in program.run("plan").stdout


def test_what_was_found_out_cannot_be_written_down(program: Program, two: StandIn) -> None:
    """Then nothing can be sent either."""
    leave(program, start_at(two), INTENT)
    fsync, calls = os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(28, os.strerror(28))
        fsync(descriptor)

    program.monkeypatch.setattr(os, "fsync", full)

    result = program.run("apply")

    assert (result.exit_code, result.stdout, two.count("POST")) == (1, "", 0)
    assert result.stderr.splitlines()[1:] == [
        f"The journal {JOURNAL} cannot be written. The system says: {os.strerror(28)}. Nothing was "
        "sent."
    ]


WHO = {
    "GitHub": (
        {
            "GITHUB_ACTOR": "octocat\x1b",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_RUN_ID": "7",
        },
        {"name": "octocat\\x1b", "link": "https://github.com/o/r/actions/runs/7"},
    ),
    "GitHub without a run": ({"GITHUB_ACTOR": "octocat"}, {"name": "octocat", "link": None}),
    "GitLab": (
        {"GITLAB_USER_LOGIN": "ayşe", "CI_JOB_URL": "https://gitlab.com/o/r/-/jobs/7?token=abc"},
        {"name": "ayşe", "link": "https://gitlab.com/o/r/-/jobs/7?token=***"},
    ),
}


@pytest.mark.parametrize(("environment", "author"), WHO.values(), ids=WHO)
def test_who_started_the_run_is_written_down(
    program: Program, two: StandIn, environment: dict[str, str], author: dict[str, str | None]
) -> None:
    """From the variables of the CI, which somebody else wrote."""
    for name in ("GITHUB_ACTOR", "GITHUB_SERVER_URL", "GITHUB_RUN_ID"):
        program.monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        program.monkeypatch.setenv(name, value)

    program.run("apply")

    first = json.loads((program.folder / JOURNAL).read_text().splitlines()[0])
    assert first["author"] == author


def test_at_a_desk_it_is_the_user_of_the_system(program: Program, two: StandIn) -> None:
    """A container's user may have no name."""
    pwd = pytest.importorskip("pwd")
    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN"):
        program.monkeypatch.delenv(name, raising=False)
    user = pwd.getpwuid(os.getuid()).pw_name
    program.run("apply")

    def nobody(_: int) -> None:
        raise KeyError

    program.monkeypatch.setattr(pwd, "getpwuid", nobody)
    program.run("apply")

    lines = map(json.loads, (program.folder / JOURNAL).read_text().splitlines())
    named, unnamed = (line["author"] for line in lines if line["event"] == "run_started")
    assert named == {"name": user, "link": None}
    assert unnamed == {"name": f"uid={os.getuid()}", "link": None}
