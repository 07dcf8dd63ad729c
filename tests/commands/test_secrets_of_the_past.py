"""Secrets in URLs that earlier runs sent: in the journal, in history, recovery and rollback."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.fleet import KEYS
from support.journals import ASKED_AGAIN, JOURNAL, begun, runs_in, undoing
from support.program import Program, Result
from support.reports import summary, unresolved
from support.secret_files import (
    FILLED,
    LINE,
    OLD_FILLED,
    OLD_LINE,
    OLD_TOKEN,
    SHOWN,
    TOKEN,
    URL,
    give,
    hold,
    live_url,
    write,
)
from support.stand_in import StandIn

from reconciler.journal.records import content_of
from reconciler.journal.trust import digest_of

PLAIN = "https://crm.example.com/ankara"
SEALED = "https://crm.example.com/ankara?token={secret.crm}"
Line = dict[str, Any]


@pytest.fixture
def one(program: Program, stand_in: StandIn) -> StandIn:
    """Give a file of one santral, in sync but for its secret, which another one was before."""
    write(program)
    hold(stand_in, OLD_FILLED)
    give(program, LINE)
    return stand_in


def lines() -> list[Line]:
    """Return the journal's lines."""
    return [json.loads(line) for line in JOURNAL.read_text().splitlines()]


def leave(left: list[Line]) -> None:
    """Write the journal anew."""
    JOURNAL.write_text("".join(f"{json.dumps(line)}\n" for line in left))


def told(**counts: int) -> str:
    """Return rollback's last line for these counts."""
    return summary(**counts).replace("Apply", "Rollback")


def undoing_last() -> str:
    """Return what a rollback of the last run in the journal says at its beginning."""
    run = runs_in(JOURNAL)[-1]
    return undoing(run, begun(JOURNAL, run))


def test_a_secret_that_the_journal_knows_is_never_written_down_later(
    program: Program, one: StandIn
) -> None:
    """Though the file has dropped the placeholder, and the secret was renewed since."""
    write(program, "https://crm.example.com/{secret.crm}/{name}")
    give(program, OLD_LINE)
    program.run("apply")
    write(program, PLAIN)
    give(program, LINE)

    assert program.run("apply").exit_code == 0
    assert live_url(one) == PLAIN
    assert OLD_TOKEN not in JOURNAL.read_text()
    history = program.run("history", "--show-urls").stdout
    assert f"https://crm.example.com/***/ankara → {PLAIN}" in " ".join(history.split())
    assert program.run("rollback").exit_code == 0
    assert live_url(one) == f"https://crm.example.com/{TOKEN}/ankara"


def test_the_journal_has_the_placeholder_and_a_digest_for_each_url(
    program: Program, one: StandIn
) -> None:
    """Neither the secret of now nor that of before, which are told apart by the digests alone."""
    program.run("apply")

    _, intent, outcome, _ = lines()
    urls = [intent["before"], intent["after"], outcome["live"]]
    assert [url["notification_url"] for url in urls] == [None] * 3
    assert [url["sealed_url"]["text"] for url in urls] == [SEALED] * 3
    before, after, live = (url["sealed_url"]["digest"] for url in urls)
    assert (before != after, after == live, len(before)) == (True, True, 32)
    assert TOKEN not in JOURNAL.read_text()
    assert OLD_TOKEN not in JOURNAL.read_text()


@pytest.mark.parametrize("options", [(), ("--show-urls",)])
def test_history_shows_a_rotation_as_a_change_of_what_is_hidden(
    program: Program, one: StandIn, options: tuple[str, ...]
) -> None:
    """Without any secret at hand."""
    program.run("apply")
    program.monkeypatch.delenv("SANTRAL_SECRETS")

    shown = program.run("history", *options).stdout

    assert shown.partition("\n")[2] == (
        "ankara: applied\n"
        f"    notification_url  {SHOWN}\n"
        f"                      → {SHOWN}  (the part shown as *** changes)\n"
        "Ended with exit code 0. Planned: 1 to change, 0 in sync, 0 failed. Result: 1 applied.\n"
    )


def test_history_says_which_hosts_a_url_had_though_it_is_sealed(
    program: Program, one: StandIn
) -> None:
    """What was hidden was hidden for good, host and all."""
    hold(one, f"https://{OLD_TOKEN}.example.com/")
    program.run("apply")

    (run,) = json.loads(program.run("history", "--show-urls", "--format=json").stdout)["runs"]

    assert run["changes"][0]["changes"] == [
        {
            "field": "notification_url",
            "before": "https://***",
            "after": SHOWN,
            "masked": True,
            "hidden_part_changed": False,
            "before_host": "***",
            "after_host": "crm.example.com",
            "cause": None,
        }
    ]


# Rollback


def rotated(program: Program, one: StandIn) -> str:
    """Apply with the secret of before, change the URL, then rotate; return the second run."""
    give(program, OLD_LINE)
    hold(one, None)
    assert program.run("apply").exit_code == 0
    write(program, f"{URL}&v=2")
    assert program.run("apply").exit_code == 0
    give(program, LINE)
    assert program.run("apply").exit_code == 0
    assert live_url(one) == f"{FILLED}&v=2"
    return runs_in(JOURNAL)[1]


def test_a_rollback_fills_in_the_secret_of_now_and_says_so(program: Program, one: StandIn) -> None:
    """The one of then is written down nowhere, and is likely to be no good any more."""
    run = rotated(program, one)

    result = program.run("rollback", "--run", run)

    assert live_url(one) == FILLED
    assert result == Result(
        0,
        "~ ankara  (.santral/journal.jsonl:6:1)\n"
        f"    notification_url  {SHOWN}&v=***\n"
        f"                      → {SHOWN}  (the part shown as *** changes)\n\n"
        "Plan: 1 to change, 0 in sync, 0 failed.\nankara: applied\n\n" + told(applied=1),
        f"{undoing(run, begun(JOURNAL, run))}"
        f"Warning: {JOURNAL}:6:1: santral ankara: Later runs changed the settings after run {run}. "
        "That would be undone too: santral history shows what they changed.\n"
        f"Warning: {JOURNAL}:6:1: santral ankara: The URL from before the run is restored with the "
        "secrets of now (crm); at least one of them was another one then.\n"
        f"{ASKED_AGAIN}",
    )


def test_a_url_whose_form_changed_is_written_down_as_the_run_had_it_that_set_it(
    program: Program, one: StandIn
) -> None:
    """The file of now does not fit it; an edited line is not believed, and stars stand there."""
    give(program, LINE)
    program.run("apply")
    write(program, "https://crm.example.com/new/{name}?token={secret.crm}")
    kept = lines()
    program.run("apply")
    known = lines()[-3]["before"]["sealed_url"]["text"]

    hold(one, FILLED)
    for line in kept[1:3]:
        line["time"] = "2020-01-01T00:00:00Z"
    leave(kept)
    program.run("apply")
    unknown = lines()[-3]["before"]["sealed_url"]["text"]

    assert (known, unknown) == (SEALED, "https://crm.example.com/***")


def test_a_rollback_with_the_secret_of_then_says_nothing_of_it(
    program: Program, one: StandIn
) -> None:
    """The digest tells that it is the same."""
    program.run("apply")
    write(program, PLAIN)
    program.run("apply")
    assert live_url(one) == PLAIN

    result = program.run("rollback")

    assert (result.exit_code, live_url(one)) == (0, FILLED)
    assert "secrets of now" not in result.stderr
    assert lines()[-3]["after"]["sealed_url"]["text"] == SEALED


def test_a_rollback_to_before_the_placeholder_restores_the_plain_url(
    program: Program, one: StandIn
) -> None:
    """Which the journal has of the days when nothing of it was a secret."""
    write(program, PLAIN)
    hold(one, "https://old.example.com/x?token=of-old-days")
    program.run("apply")
    first = runs_in(JOURNAL)[0]
    write(program)
    program.run("apply")
    assert live_url(one) == FILLED

    result = program.run("rollback", "--run", first)

    assert (result.exit_code, live_url(one)) == (0, "https://old.example.com/x?token=of-old-days")
    assert "of-old-days" not in result.stdout + result.stderr
    assert "→ https://old.example.com/x?token=***" in result.stdout
    assert "other host: crm.example.com → old.example.com" in result.stdout


def test_the_run_that_brought_the_placeholder_is_undone_but_for_the_url(
    program: Program, one: StandIn
) -> None:
    """What was live may have held a token anywhere, so the journal has stars for it."""
    hold(one, "https://old.example.com/of-old-days")
    program.run("apply")

    result = program.run("rollback")

    assert (result.exit_code, live_url(one)) == (0, FILLED)
    assert "of-old-days" not in JOURNAL.read_text()
    assert lines()[1]["before"]["sealed_url"]["text"] == "https://***"
    assert "All that is to be restored is live, so nothing is left to undo." in result.stderr


REMOVED = {
    "in its place": (FILLED, SEALED),
    "in the path": (f"{PLAIN}/{TOKEN}/x", f"{PLAIN}/{{secret.crm}}/x"),
    "twice": (f"{PLAIN}/{TOKEN}?t={TOKEN}", f"{PLAIN}/{{secret.crm}}?t={{secret.crm}}"),
    "in capitals": (f"{PLAIN}/{TOKEN.upper()}", f"{PLAIN}/***"),
    "in part": (f"{PLAIN}/{TOKEN[4:18]}", f"{PLAIN}/***"),
}


@pytest.mark.parametrize(("url", "sealed"), REMOVED.values(), ids=REMOVED)
def test_where_the_placeholder_was_removed_the_journal_seals_by_value(
    program: Program, one: StandIn, url: str, sealed: str
) -> None:
    """So it can be rolled back, as far as anybody knows the secret."""
    write(program, PLAIN)
    hold(one, url)

    applied = program.run("apply")
    written = lines()[1]["before"]
    back = program.run("rollback")

    assert (applied.exit_code, back.exit_code) == (0, 0)
    assert (written["notification_url"], written["sealed_url"]["text"]) == (None, sealed)
    assert live_url(one) == (PLAIN if "***" in sealed else url)


NO_SECRET = {
    "none": (
        "",
        'No secret was given, and this URL needs one. Write a line "crm@crm.example.com=VALUE" '
        "into a file, and name the file with --secrets-file (SANTRAL_SECRETS_FILE), or give the "
        "line in SANTRAL_SECRETS. In a pipeline, is there such a secret, and may this job read it?",
    ),
    "others": (
        "zzz@crm.example.com=abcd",
        'There is no secret crm. Add "crm@crm.example.com=..." to SANTRAL_SECRETS or to the '
        "--secrets-file.",
    ),
    "one for another host": (
        f"crm@other.example.com={TOKEN}",
        "The secret crm may go to other.example.com only, and this URL is at crm.example.com. "
        "Correct the URL, or give a secret of another name for that host.",
    ),
}


@pytest.mark.parametrize(("line", "said"), NO_SECRET.values(), ids=NO_SECRET)
def test_a_rollback_without_the_secret_is_an_error_and_changes_nothing(
    program: Program, one: StandIn, line: str, said: str
) -> None:
    """At the line of the journal that needs it."""
    write(program, PLAIN)
    hold(one, FILLED)
    program.run("apply")
    give(program, line)
    content = JOURNAL.read_bytes()

    result = program.run("rollback")

    assert result == Result(1, "", f"{undoing_last()}{JOURNAL}:2:1: {said}\n")
    assert (live_url(one), JOURNAL.read_bytes()) == (PLAIN, content)


OPEN = (
    "The URL has a secret, so it must start with https://, whatever allow_insecure_url says. A "
    "secret is never sent unencrypted."
)
IN_ADDRESS = (
    "A label or a secret cannot stand in the host of a URL, where it would say who gets the calls. "
    "Write the host out, and use the placeholder in the path or the query."
)
FORGED = {
    "another host": (
        "https://evil.example.com/{secret.crm}",
        "The secret crm may go to *.example.net only, and this URL is at evil.example.com. Correct "
        "the URL, or give a secret of another name for that host.",
    ),
    "another port": (
        "https://crm.example.net:8443/{secret.crm}",
        "The secret crm may go to *.example.net only, and this URL is at crm.example.net:8443. "
        "Correct the URL, or give a secret of another name for that host.",
    ),
    "unencrypted at the same port": ("http://crm.example.net:443/{secret.crm}", OPEN),
    "in the host": ("https://{secret.crm}.example.net/x", IN_ADDRESS),
    "no URL": ("{secret.crm}", IN_ADDRESS),
    "no host": (
        "https://crm:example:net/{secret.crm}",
        "The host or the port cannot be read. Write them like crm.example.com:8443.",
    ),
    "a user": (
        "https://u@crm.example.net/{secret.crm}",
        "The URL has a user part before @, which hides the real host. Remove it.",
    ),
}


def forged(text: str, key: str = "ankara") -> str:
    """Let the journal say that a URL was live before its run; return what a rollback says first."""
    start, intent, *_ = lines()
    sealed = {"text": text, "digest": "0" * 32}
    intent["before"] |= {"notification_url": None, "sealed_url": sealed}
    intent["digest"] = digest_of(content_of(intent), start["api"], KEYS[key])
    leave([start, intent])
    return undoing_last()


@pytest.mark.parametrize(("text", "said"), FORGED.values(), ids=FORGED)
def test_no_journal_sends_a_secret_elsewhere_even_with_the_santrals_key(
    program: Program, one: StandIn, text: str, said: str
) -> None:
    """Whoever has the key of one santral must not get all secrets by it."""
    write(program, PLAIN)
    program.run("apply")
    give(program, f"crm@*.example.net={TOKEN}")
    first = forged(text)
    one.service.requests.clear()

    result = program.run("rollback")

    assert result == Result(1, "", f"{first}{JOURNAL}:2:1: {said}\n")
    assert (live_url(one), one.service.requests) == (PLAIN, [])


def test_a_journal_that_was_edited_fills_in_nothing(program: Program, one: StandIn) -> None:
    """Its digest is of another key, or none."""
    write(program, PLAIN)
    program.run("apply")
    forged(SEALED, key="bursa")

    result = program.run("rollback")

    assert (result.exit_code, live_url(one)) == (1, PLAIN)
    assert "Line 2 of the journal does not match the key of this santral" in result.stdout


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_sealed_url_in_a_line_of_an_older_format_is_refused(
    program: Program, one: StandIn, version: str
) -> None:
    """No such program wrote it, and in format 1.0 no digest would show that."""
    program.run("apply")
    start, intent, *rest = lines()
    if version == "1.0":
        intent = {k: v for k, v in intent.items() if k not in ("digest", "record")}
    leave([start, intent | {"format_version": version}, *rest])

    result = program.run("history")

    assert result.stderr == (
        f"{JOURNAL}:2: This line of the journal cannot be read. It does not have the fields of a "
        "record.\n"
    )


# Recovery

FOUND = {
    "applied": (FILLED, "The change had been applied: what it wanted is live.\n"),
    "not applied": (
        OLD_FILLED,
        "The change had not been applied: the settings from before it are live.\n",
    ),
    "others live": (
        f"{OLD_FILLED}x",
        "Somebody has changed the settings since: what is live is neither what was there before "
        "the change nor what it wanted.\n",
    ),
}


@pytest.mark.parametrize(("url", "said"), FOUND.values(), ids=FOUND)
@pytest.mark.parametrize("is_gone", [False, True], ids=["same files", "no secret any more"])
def test_what_became_of_a_change_that_a_run_left_behind_is_found_out(
    program: Program, one: StandIn, url: str, said: str, *, is_gone: bool
) -> None:
    """By the digests of its URLs, so that no secret is needed for it."""
    program.run("apply")
    start, intent, *_ = lines()
    leave([start, intent])
    hold(one, url)
    if is_gone:
        write(program, PLAIN)
        program.monkeypatch.delenv("SANTRAL_SECRETS")

    planned, applied, again = (program.run(command) for command in ("plan", "apply", "apply"))

    why = unresolved("ankara", start["run"])
    assert [one.stderr for one in (planned, applied, again)] == [f"{why}{said}", f"{why}{said}", ""]
    assert live_url(one) == (PLAIN if is_gone else FILLED)
    assert Path(".santral/journal.jsonl").read_text().count('"settled"') == 1
