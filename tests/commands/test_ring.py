"""``santral ring``: what is sent, to whom, after which question, and what is said of the answer."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import doors
from support import fault_server as fault
from support.certificates import tls_with
from support.doors import door, lead_here, url_of
from support.fault_server import FaultServer, answer
from support.fleet import FILE, settings
from support.program import IN_SANDBOX, Program, Result
from support.stand_in import StandIn

from reconciler.client import receiver
from reconciler.doctor.call_event import Event

FIELDS = (
    *("event_type", "domain_id", "direction", "caller_id_number", "outbound_caller_id_number"),
    *("destination_number", "dialed_user", "connected_user", "call_uuid", "start_stamp"),
    *("answer_stamp", "end_stamp", "duration", "recording_present", "answered", "queue"),
    *("queue_wait_duration", "sip_hangup_disposition", "hangup_cause", "failure_status"),
    "failure_phrase",
)
"""Those that the vendor documents, in its order."""
KNOWN = {
    Event.RINGING: {
        *("event_type", "domain_id", "direction", "caller_id_number", "destination_number"),
        *("dialed_user", "call_uuid", "start_stamp"),
    },
}
"""The fields that have a value in an event."""
KNOWN[Event.ANSWER] = KNOWN[Event.RINGING] | {"connected_user", "answer_stamp"}
KNOWN[Event.HANGUP] = KNOWN[Event.ANSWER] | {
    *("end_stamp", "duration", "recording_present", "answered", "sip_hangup_disposition"),
    "hangup_cause",
}
KNOWN[Event.USER_HANGUP] = KNOWN[Event.HANGUP]


@pytest.fixture
def server(program: Program, tmp_path: Path) -> Iterator[FaultServer]:
    """Serve a receiver that is in order; every name below example.com leads there."""
    lead_here(program.monkeypatch, tmp_path / "authority.pem")
    with door(tls_with(doors.IN_ORDER)) as served:
        yield served


def ring(program: Program, *arguments: str, stdin: bytes = b"", terminal: bool = False) -> Result:
    """Run ``ring``, with the same times in each answer."""
    result = program.run("ring", "--allow-private", *arguments, stdin=stdin, terminal=terminal)
    shown = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d{8}T\d{6}", "TIME", result.stdout)
    return Result(result.exit_code, re.sub(r"in \d+\.\d\d s", "in 0.01 s", shown), result.stderr)


def shown(url: str) -> str:
    """Return what is shown of a ringing event before it is sent."""
    known = {
        "event_type": "ringing",
        "domain_id": "0",
        "direction": "inbound",
        "caller_id_number": "00000000000",
        "destination_number": "00000000000",
        "dialed_user": "0000",
        "call_uuid": "santral-test-TIME",
        "start_stamp": "TIME",
    }
    lines = "".join(f"    {name}={known.get(name, '')}\n" for name in FIELDS)
    return f"POST {url}\n{lines}\n"


def test_a_url_gets_a_call_event_that_is_made_up(program: Program, server: FaultServer) -> None:
    """Without a key and without a file; it is shown, and so is the answer."""
    server.rule("?", "POST", answer(200, "<b>Ok</b>, \x1b[31mthank you"))
    url = url_of(server)

    result = ring(program, url)

    assert result == Result(
        0,
        f'{shown(url)}Answered 200 in 0.01 s.\nIt said: "<b>Ok</b>, \\x1b[31mthank you"\n',
        "",
    )
    (request,) = server.requests
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (*request.fields,) == FIELDS


@pytest.mark.parametrize("event", Event)
def test_each_event_has_every_documented_field(
    program: Program, server: FaultServer, event: Event
) -> None:
    """What is not known yet when it happens is empty; nothing is of anybody."""
    assert ring(program, url_of(server), f"--event={event}").exit_code == 0

    fields = server.requests[0].fields
    assert (*fields,) == FIELDS
    assert {name for name, value in fields.items() if value} == KNOWN[event]
    assert fields["event_type"] == str(event)
    assert re.fullmatch(r"santral-test-\d{8}T\d{6}", fields["call_uuid"])
    assert {*fields["caller_id_number"], *fields["dialed_user"]} == {"0"}


def test_a_santral_is_rung_at_its_live_url(
    program: Program, two: StandIn, server: FaultServer
) -> None:
    """Or, if so asked, at that of its file."""
    url = url_of(server, "/live")
    two.hold("ankara", settings("on", "on", "on", url))
    program.write("santral.yaml", FILE.replace("https://crm.example.com", url_of(server, "/file")))

    live, desired = ring(program, "ankara"), ring(program, "ankara", "--desired")

    assert (live.exit_code, desired.exit_code) == (0, 0)
    assert [one.target for one in server.requests] == ["/live", "/file/ankara"]
    assert live.stderr == (
        f"Warning: The live notification_url is not the one in the file: {url_of(server, '/file')}/"
        "ankara. Find out who changed it. santral apply sets the one in the file.\n"
    )
    assert two.count("POST") == 0


ANSWERS = {"y": (b"y\n", 1, 0), "evet": (b"EVET\n", 1, 0), "n": (b"n\n", 0, 1), "": (b"\n", 0, 1)}


@pytest.mark.parametrize(("typed", "sent", "code"), ANSWERS.values(), ids=ANSWERS)
def test_on_a_terminal_it_asks_first(
    program: Program, server: FaultServer, typed: bytes, sent: int, code: int
) -> None:
    """Nothing goes out before somebody has seen what."""
    result = ring(program, url_of(server), stdin=typed, terminal=True)

    assert (result.exit_code, len(server.requests)) == (code, sent)
    assert result.stdout.startswith(shown(url_of(server)))
    assert result.stderr.startswith("Send this made-up call event? [y/N]: ")
    assert sent or result.stderr.endswith("Cancelled. Nothing was sent.\n")


def test_who_cannot_be_asked_must_say_yes(program: Program, server: FaultServer) -> None:
    """As with apply."""
    url = url_of(server)

    refused = program.run("ring", url, "--allow-private", terminal=("stdout", "stderr"))
    given = program.run("ring", url, "--allow-private", "--yes", terminal=("stdout", "stderr"))

    assert (refused.exit_code, given.exit_code, len(server.requests)) == (1, 0, 1)
    assert "Add --yes to send the event without being asked. Nothing was sent." in refused.stderr


def test_what_does_not_work_is_said_as_doctor_says_it(
    program: Program, server: FaultServer
) -> None:
    """With the answer, and what to do."""
    server.rule("?", "POST", answer(500, "no such column: caller"))
    url = url_of(server)

    assert ring(program, url) == Result(
        1,
        f"{shown(url)}Answered 500 in 0.01 s.\nIt answered 500: the program behind the URL failed. "
        'Look into its log.\nIt said: "no such column: caller"\n',
        "",
    )
    server.rule("?", "POST", fault.reset)
    assert ring(program, url).stdout.endswith(
        "The server took the request and broke the connection off before its answer was complete. "
        "Look into its log.\n"
    )


TOKEN = "Zx9Kq2Wv7Bn4Mt1R"  # noqa: S105 - nobody's


def test_who_interrupts_it_is_told_that_it_may_have_arrived(
    program: Program, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether the server had it by then."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(receiver.Receivers, "post", interrupted)

    result = ring(program, url_of(server))

    assert (result.exit_code, result.stderr) == (
        130,
        "The event may have been sent.\n\n\nInterrupted.\n",
    )


def test_that_nothing_was_sent_is_said(program: Program, server: FaultServer) -> None:
    """Where it did not come so far."""
    server.refuse_connections()

    result = ring(program, url_of(server))

    assert result.exit_code == 1
    assert result.stdout.endswith("correct the host or the port.\nNothing was sent.\n")


def test_a_token_in_a_url_is_sent_and_not_shown(program: Program, server: FaultServer) -> None:
    """Nor what the answer repeats of it."""
    server.rule("?", "POST", answer(403, f"bad token {TOKEN}"))
    url = url_of(server, f"/calls?token={TOKEN}")

    result = ring(program, url)

    assert server.requests[0].target == f"/calls?token={TOKEN}"
    assert 'It said: "bad token ***"' in result.stdout
    assert TOKEN not in result.stdout + result.stderr


def test_of_a_santral_with_a_secret_no_answer_is_shown(
    program: Program, two: StandIn, server: FaultServer
) -> None:
    """It might repeat the secret of another day."""
    program.monkeypatch.setenv("SANTRAL_SECRETS", f"crm@crm.example.com:{server.port}={TOKEN}")
    url = url_of(server, "/{name}?t={secret.crm}")
    program.write("santral.yaml", FILE.replace("https://crm.example.com/{name}", url))
    server.rule("?", "POST", answer(200, "an old secret"))

    result = ring(program, "ankara", "--desired", "--show-urls")

    assert server.requests[0].target == f"/ankara?t={TOKEN}"
    assert result.stdout.endswith("failure_phrase=\n\nAnswered 200 in 0.01 s.\n")
    assert TOKEN not in result.stdout


def test_the_sandbox_sends_nothing(program: Program) -> None:
    """It shows what would be sent."""
    program.write("santral.yaml", FILE)
    program.run("apply", "--sandbox", "--yes")

    result = ring(program, "ankara", "--sandbox")

    assert result == Result(
        0,
        shown("https://crm.example.com/ankara"),
        f"{IN_SANDBOX}The sandbox sends nothing to any URL.\n",
    )


MISTAKES = {
    "no such santral": (["zonguldak"], 'No santral of the files is called "zonguldak". Write'),
    "nearly one": (["ankra"], 'Did you mean "ankara"?'),
    "several": (["*"], "* stands for 2 santrals, and an event goes to one."),
    "not set": (["bursa"], "No notification_url is set, so no call is reported."),
    "not a URL": (["ftp://x.example.com"], "The notification_url was not asked"),
    "desired of a URL": (["https://a.example.com", "--desired"], "--desired is for a santral"),
    "an unknown event": (["ankara", "--event=call"], "Invalid value for '--event'"),
    "nothing": ([], "Missing argument 'NAME|URL'"),
}


@pytest.mark.parametrize(("arguments", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_said_and_nothing_sent(
    program: Program, two: StandIn, arguments: list[str], told: str
) -> None:
    """With the exit code of an error."""
    result = program.run("ring", *arguments)

    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr


def test_a_host_of_one_label_is_for_tests(program: Program, tmp_path: Path) -> None:
    """``localhost`` is what a developer rings at first."""
    lead_here(program.monkeypatch, tmp_path / "authority.pem")
    with door() as server:
        url = f"http://localhost:{server.port}/calls"

        assert program.run("ring", url).exit_code == 1
        assert ring(program, url).exit_code == 0

    assert len(server.requests) == 1
