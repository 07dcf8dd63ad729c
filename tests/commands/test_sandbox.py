"""The stand-in API: what it answers, how it is served, and the options that use it."""

import contextlib
import http.client
import json
import re
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlencode

import pytest
from support.fleet import KEYS, OFF, settings
from support.key_places import ANKARA, BURSA
from support.places import EXAMPLE
from support.program import IN_SANDBOX, Program, Result
from support.sandbox_served import (
    NEW,
    NEW_FIELDS,
    OLD,
    PATH,
    STATE,
    Listener,
    ask,
    broken_state,
    command,
    connect,
    form,
    serving,
    wait_until,
)

from reconciler.core.language import TURKISH
from reconciler.core.translation import speak
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import RateLimit, Reply, Service, by_name
from reconciler.sandbox.store import Store

OK = Reply(200, "Ok")


# What it answers


@pytest.mark.parametrize(
    ("query", "body"),
    [
        pytest.param("", form(ANKARA, **NEW_FIELDS), id="form"),
        pytest.param(f"?{form(ANKARA, **NEW_FIELDS)}", "", id="query"),
        pytest.param(f"?{form(ANKARA)}", urlencode(NEW_FIELDS), id="key-by-query"),
        pytest.param(
            f"?{form('K0', ringing='on')}", form(ANKARA, **NEW_FIELDS), id="form-over-query"
        ),
    ],
)
def test_a_post_changes_the_settings_and_is_answered_ok(
    service: Service, query: str, body: str
) -> None:
    """Parameters may come by form or by query; the form's count where both have one."""
    assert service.answer("POST", f"{PATH}{query}", body) == OK
    assert service.store.get("ankara") == NEW


@pytest.mark.parametrize(
    ("query", "body"), [(f"?{form(ANKARA)}", ""), ("", form(ANKARA))], ids=["query", "form"]
)
def test_a_get_shows_the_settings(service: Service, query: str, body: str) -> None:
    """They come as the JSON object that the vendor's page shows."""
    reply = service.answer("GET", f"{PATH}{query}", body)
    assert (reply.status, reply.content_type) == (200, "application/json")
    assert json.loads(reply.body) == asdict(OLD)


def test_a_santral_that_was_never_set_up_has_all_off_and_no_url(service: Service) -> None:
    """The documents do not say; this is what the stand-in assumes."""
    reply = service.answer("GET", f"{PATH}?{form(BURSA)}", "")
    assert json.loads(reply.body) == asdict(OFF)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("query", "echo"),
    [
        pytest.param(f"?key={KEYS['denizli'].reveal()}", KEYS["denizli"].reveal(), id="unknown"),
        pytest.param("?key=a%20%C4%B1%26b", "a ı&b", id="malformed"),
        pytest.param("?key=", "", id="empty"),
        pytest.param("", "", id="absent"),
    ],
)
def test_a_key_that_does_not_exist_is_echoed(
    service: Service, method: str, query: str, echo: str
) -> None:
    """As the vendor's page shows, and the reason why no answer may be printed raw."""
    assert service.answer(method, f"{PATH}{query}", "") == Reply(400, f"Gecersiz anahtar: {echo}")


REFUSALS = {
    "no-url": ({"ringing": "on"}, "notification_url required"),
    "empty-url": ({"notification_url": ""}, "notification_url required"),
    "no-scheme": ({"notification_url": "crm.example.com"}, "notification_url invalid"),
    "too-long": ({"notification_url": f"https://{'x' * 2041}"}, "notification_url invalid"),
    "upper-case": ({**NEW_FIELDS, "ringing": "ON"}, "ringing must be on or off"),
    "number": ({**NEW_FIELDS, "answered": "1"}, "answered must be on or off"),
    "empty-switch": ({**NEW_FIELDS, "hangup": ""}, "hangup must be on or off"),
}


@pytest.mark.parametrize(("fields", "error"), REFUSALS.values(), ids=REFUSALS)
def test_a_post_with_a_mistake_changes_nothing(
    service: Service, fields: dict[str, str], error: str
) -> None:
    """It is answered with 400 and a short text, as sister endpoints do."""
    assert service.answer("POST", PATH, form(ANKARA, **fields)) == Reply(400, error)
    assert service.store.get("ankara") == OLD


def test_its_sentences_are_in_the_language_of_who_serves_it(service: Service) -> None:
    """What the vendor's pages show, or have the form of, is as it is there."""
    speak(TURKISH)
    answers = {
        service.answer("POST", PATH, form(ANKARA, **fields)).body for fields, _ in REFUSALS.values()
    }

    assert answers == {
        "notification_url required",
        "notification_url invalid",
        *(f"{name} alanı on veya off olmalı" for name in ("ringing", "answered", "hangup")),
    }


def test_why_a_web_page_is_refused_is_said_in_that_language_too(service: Service) -> None:
    """To a person, as no program asks so."""
    speak(TURKISH)
    with (
        SandboxServer(service).running() as origin,
        contextlib.closing(connect(origin)) as connection,
    ):
        connection.request("GET", PATH, headers={"Origin": "https://x"})
        body = connection.getresponse().read().decode()

    assert body == (
        "Bu, santral programının deneme ortamı; bu makinedeki programlar içindir. 127.0.0.1 ya da "
        "localhost adresine ve kendi portuna gelen istekleri yanıtlar; başka kaynaktan (origin) "
        "gelen bir web sayfasının isteklerini yanıtlamaz (bkz. Host, Origin ve Sec-Fetch-Site)."
    )


def test_a_switch_that_a_post_leaves_out_keeps_its_value(service: Service) -> None:
    """So a client that does not send the complete set is found out by reading back."""
    fields = {"hangup": "off", "notification_url": "https://crm.example.com/new"}
    assert service.answer("POST", PATH, form(ANKARA, **fields)) == OK
    assert service.store.get("ankara") == settings("on", "off", "off", fields["notification_url"])


@pytest.mark.parametrize("target", ["/", "/crm_integrations/", "/crm", "*", "http://[/crm"])
def test_another_path_is_not_found(service: Service, target: str) -> None:
    """The stand-in has the one endpoint."""
    assert service.answer("GET", target, form(ANKARA)) == Reply(404, "Not Found")


def test_requests_of_one_key_are_limited() -> None:
    """GETs and POSTs count alike, other keys do not, and Retry-After says when to come again."""
    now = [100.0]
    limit = RateLimit(2, 60.0)
    service = Service(Store(), by_name(KEYS), rate_limit=limit, now=lambda: now[0])

    def status_at(moment: float, method: str, key: str) -> tuple[int, str | None]:
        now[0] = 100.0 + moment
        reply = service.answer(method, PATH, form(key, **NEW_FIELDS))
        return reply.status, reply.headers.get("Retry-After")

    assert [
        status_at(0.0, "GET", ANKARA),
        status_at(20.0, "POST", ANKARA),
        status_at(20.5, "GET", ANKARA),
        status_at(20.5, "GET", BURSA),
        status_at(59.5, "POST", ANKARA),
        status_at(60.0, "GET", ANKARA),
        status_at(60.0, "GET", ANKARA),
    ] == [(200, None), (200, None), (429, "40"), (200, None), (429, "1"), (200, None), (429, "20")]


# The test of a new URL


URL_DOWN = Reply(400, "notification_url did not answer the test request with success")


@pytest.mark.parametrize("path", ["/200", "/204", "/299?token=a%20b&c"])
def test_a_new_url_that_answers_with_success_is_taken(
    checking: Service, listener: Listener, path: str
) -> None:
    """It is asked once, as ``curl --data '{}'`` would."""
    url = f"{listener.origin}{path}"
    assert checking.answer("POST", PATH, form(ANKARA, notification_url=url)) == OK
    assert checking.store.get("ankara").notification_url == url
    assert listener.asked == [("POST", path, "application/x-www-form-urlencoded", b"{}")]


@pytest.mark.parametrize("path", ["/301", "/302", "/307", "/400", "/404", "/500", "/503"])
def test_a_new_url_that_answers_otherwise_is_refused(
    checking: Service, listener: Listener, path: str
) -> None:
    """A redirect is no success and is not followed; the settings stay as they were."""
    url = f"{listener.origin}{path}"
    assert checking.answer("POST", PATH, form(ANKARA, notification_url=url)) == URL_DOWN
    assert checking.store.get("ankara") == OLD
    assert [path for _, path, _, _ in listener.asked] == [path]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://127.0.0.1:99999/", "https://", "https://[", "http://a b"]
)
def test_a_new_url_that_nobody_answers_is_refused(checking: Service, url: str) -> None:
    """So is one where nobody could: it is answered like any other that fails the test."""
    assert checking.answer("POST", PATH, form(ANKARA, notification_url=url)) == URL_DOWN
    assert checking.store.get("ankara") == OLD


def test_why_a_new_url_is_refused_is_said_in_the_language_of_who_serves_it(
    checking: Service,
) -> None:
    """It stands in reports, as what the API answered."""
    speak(TURKISH)
    reply = checking.answer("POST", PATH, form(ANKARA, notification_url="http://127.0.0.1:1/"))

    assert reply == Reply(400, "notification_url adresi test isteğine başarılı bir yanıt vermedi")


def test_a_url_that_stays_is_not_tested(checking: Service, listener: Listener) -> None:
    """Changing a switch asks nobody, so it works while the customer's server is down."""
    url = f"{listener.origin}/500"
    checking.store.update("ankara", {"notification_url": url})
    assert checking.answer("POST", PATH, form(ANKARA, ringing="off", notification_url=url)) == OK
    assert checking.store.get("ankara") == settings("off", "off", "on", url)
    assert listener.asked == []


# How it is served


@pytest.fixture
def connection(service: Service) -> Iterator[http.client.HTTPConnection]:
    """Serve the stand-in, and give a connection to it."""
    with SandboxServer(service).running() as origin, contextlib.closing(connect(origin)) as opened:
        yield opened


def test_a_connection_serves_many_requests(connection: http.client.HTTPConnection) -> None:
    """Also after a POST and after each kind of refusal."""
    connection.connect()
    used = connection.sock
    assert [
        ask(connection, "POST", PATH, form(ANKARA, **NEW_FIELDS)),
        ask(connection, "GET", f"{PATH}?{form(ANKARA)}"),
        ask(connection, "GET", f"{PATH}?key=K0"),
        ask(connection, "GET", "/"),
        ask(connection, "PUT", PATH, form(ANKARA)),
        ask(connection, "POST", f"{PATH}?{form(ANKARA, **NEW_FIELDS)}"),
    ] == [
        (200, "Ok"),
        (200, json.dumps(asdict(NEW))),
        (400, "Gecersiz anahtar: K0"),
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (200, "Ok"),
    ]
    assert connection.sock is used


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_another_method_is_not_allowed(connection: http.client.HTTPConnection, method: str) -> None:
    """The answer is plain text, and says what is allowed."""
    connection.request(method, PATH, form(ANKARA))
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("length", ["65537", "99999999999999999999", "-1", "1e3", "²", ""])
def test_a_body_too_long_or_without_a_clear_length_is_not_read(
    connection: http.client.HTTPConnection, length: str
) -> None:
    """The answer comes before the body, and the connection ends with it."""
    connection.putrequest("POST", PATH)
    connection.putheader("Content-Length", length)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (413, b"Content Too Large")
    assert answer.headers["Connection"] == "close"


# The command


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_on_loopback_until_it_is_told_to_end(number: signal.Signals) -> None:
    """Being told to end is its ordinary end: exit code 0, and nothing more is said."""
    with serving() as served:
        assert served.origin.startswith("http://127.0.0.1:")
        assert served.ask("GET", ANKARA) == (200, json.dumps(asdict(OFF)))
        assert served.end(number) == (0, "", "")


@pytest.mark.usefixtures("program")
def test_the_command_logs_nothing() -> None:
    """Request lines hold keys: not even of what is no HTTP, or breaks off, is a word written."""
    with serving() as served:
        port = int(served.origin.rpartition(":")[2])
        for sent in (f"GET {PATH}?{form(ANKARA)}\r\n\r\n", f"{ANKARA}\r\n\r\n", f"GET /{ANKARA}"):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(sent.encode())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert served.ask("GET", "K0") == (400, "Gecersiz anahtar: K0")
        assert served.end(signal.SIGTERM) == (0, "", "")


@pytest.mark.usefixtures("program")
def test_without_a_keys_file_every_well_formed_key_exists() -> None:
    """Each has settings of its own."""
    with serving() as served:
        assert served.ask("POST", ANKARA, **NEW_FIELDS) == (200, "Ok")
        assert served.ask("GET", ANKARA) == (200, json.dumps(asdict(NEW)))
        assert served.ask("GET", BURSA) == (200, json.dumps(asdict(OFF)))
        assert served.ask("GET", "not a key") == (400, "Gecersiz anahtar: not a key")


def test_a_keys_file_says_which_keys_exist(program: Program) -> None:
    """It is read like that of the other commands."""
    program.write("keys", f'{{"ankara": "{ANKARA}\\n"}}')
    with serving("--keys-file", "keys") as served:
        assert served.ask("GET", ANKARA) == (200, json.dumps(asdict(OFF)))
        assert served.ask("GET", BURSA) == (400, f"Gecersiz anahtar: {BURSA}")


def test_a_name_without_a_key_in_the_keys_file_lets_nobody_in(program: Program) -> None:
    """Else a request without a key would be answered."""
    program.write("keys", "ankara=\n")
    with serving("--keys-file", "keys") as served:
        assert served.ask("GET", "") == (400, "Gecersiz anahtar: ")


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_state_survives_a_restart(number: signal.Signals) -> None:
    """Also one that nobody announced, once the change was saved."""
    with serving() as served:
        served.ask("POST", ANKARA, **NEW_FIELDS)
        if number == signal.SIGKILL:
            wait_until(STATE.exists)
        served.end(number)
    with serving() as served:
        assert served.ask("GET", ANKARA) == (200, json.dumps(asdict(NEW)))


def test_the_state_file_names_the_santrals_as_the_keys_file_does(program: Program) -> None:
    """So that people can edit it; it holds no key."""
    program.write("keys", f"bursa={BURSA}\nankara={ANKARA}")
    with serving("--keys-file", "keys") as served:
        served.ask("POST", BURSA, **NEW_FIELDS)
        served.ask("POST", ANKARA, **NEW_FIELDS)
        served.end(signal.SIGTERM)
    expected = {"santrals": {"ankara": asdict(NEW), "bursa": asdict(NEW)}}
    assert STATE.read_text() == json.dumps(expected, indent=2) + "\n"


@pytest.mark.usefixtures("program")
def test_the_state_file_holds_no_part_of_a_key() -> None:
    """Without a keys file there are no names; what stands in for them does not tell the key."""
    with serving() as served:
        served.ask("POST", ANKARA, **NEW_FIELDS)
        served.end(signal.SIGTERM)
    (label,) = json.loads(STATE.read_text())["santrals"]
    assert [part for part in ANKARA.split("-") if part in label] == []


@pytest.mark.usefixtures("program")
def test_a_state_that_cannot_be_saved_is_an_error_at_the_end() -> None:
    """Serving goes on, for what hinders may go away; if not, the last word says what was lost."""
    with serving("--state", "folder/state.json") as served:
        Path("folder").write_text("")
        served.ask("POST", ANKARA, **NEW_FIELDS)
        time.sleep(0.8)  # Longer than from one save to the next.
        assert served.ask("GET", ANKARA) == (200, json.dumps(asdict(NEW)))
        error = (
            "The state file of the sandbox, folder/state.json, cannot be written. The system says: "
            "Not a directory.\n"
        )
        assert served.end(signal.SIGTERM) == (1, "", error)


@pytest.mark.usefixtures("program")
def test_latency_delays_each_answer() -> None:
    """--latency counts milliseconds."""
    with serving("--latency", "250") as served:
        started = time.monotonic()
        served.ask("GET", ANKARA)
        assert time.monotonic() - started >= 0.25


@pytest.mark.usefixtures("program")
def test_rate_limit_refuses_what_is_too_much() -> None:
    """--rate-limit N/SECONDS counts for each key; the refusal says when to come again."""
    with serving("--rate-limit", "2/60") as served:
        answers = [served.ask("GET", key) for key in (ANKARA, ANKARA, ANKARA, BURSA)]
        assert [status for status, _ in answers] == [200, 200, 429, 200]
        with contextlib.closing(connect(served.origin)) as connection:
            connection.request("GET", f"{PATH}?{form(ANKARA)}")
            assert 0 < int(connection.getresponse().headers["Retry-After"]) <= 60


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    ("options", "answer", "asked"),
    [
        pytest.param(
            ["--check-urls", "--allow-private"],
            (400, URL_DOWN.body),
            ["/500"],
            id="with-check-urls",
        ),
        pytest.param([], (200, "Ok"), [], id="without"),
    ],
)
def test_check_urls_tests_new_urls(
    listener: Listener, options: list[str], answer: tuple[int, str], asked: list[str]
) -> None:
    """Only when it is given does the stand-in talk to anybody."""
    with serving(*options) as served:
        url = f"{listener.origin}/500"
        assert served.ask("POST", ANKARA, notification_url=url) == answer
    assert [path for _, path, _, _ in listener.asked] == asked


def refused(*options: str) -> Result:
    """Run ``santral sandbox`` where it cannot serve."""
    ended = subprocess.run(
        command(*options), capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    return Result(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.usefixtures("program")
def test_a_port_in_use_is_an_error() -> None:
    """The message names the port and the reason."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = (
            f"The sandbox cannot listen on port {port}. Name another with --port. The system "
            "says: Address already in use.\n"
        )
        assert refused("--port", str(port)) == Result(1, "", error)


def test_a_broken_state_file_is_an_error(program: Program) -> None:
    """The message says what to do, and the file is left as it is."""
    broken = program.write("state.json", '{"santrals": ')
    assert refused("--state", "state.json") == Result(1, "", f"{broken_state('state.json')}\n")
    assert broken.read_text() == '{"santrals": '


def test_an_unreadable_keys_file_is_an_error(program: Program) -> None:
    """As it is for the other commands."""
    program.write("keys", ANKARA)
    error = 'keys: Line 1 is not of the form "name=key".\n'
    assert refused("--keys-file", "keys") == Result(1, "", error)


USAGE = "Usage: santral sandbox [OPTIONS]\nTry 'santral sandbox --help'.\n\nError: "


@pytest.mark.parametrize(
    "limit", ["2", "0/60", "2/0", "-1/60", "2/60s", "2/1e3", "", "²/60", "2/1,000"]
)
def test_a_rate_limit_that_is_none_is_a_wrong_option(program: Program, limit: str) -> None:
    """Nothing is served; the message shows what it must be like."""
    error = "Invalid value for '--rate-limit': It must be like 10/60: requests, a slash, seconds.\n"
    broken = program.write("state.json", "")
    result = program.run("sandbox", "--state", str(broken), "--rate-limit", limit)
    assert result == Result(1, "", USAGE + error)


@pytest.mark.parametrize("limit", ["2/0.5", "2/0,5"])
def test_a_rate_limit_may_be_of_half_a_second(program: Program, limit: str) -> None:
    """Here the sandbox only fails at its state file, which comes after the options."""
    broken = program.write("state.json", "")
    result = program.run("sandbox", "--state", str(broken), "--rate-limit", limit)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"The state file of the sandbox, {broken}, ")


# --sandbox


@pytest.fixture
def example(program: Program) -> Program:
    """Give the program the example file, and what would break it if --sandbox looked at it."""
    program.write("santral.yaml", EXAMPLE.read_bytes())
    program.monkeypatch.setenv("SANTRAL_SANDBOX", "1")
    program.monkeypatch.setenv("SANTRAL_API_URL", "http://127.0.0.1:1")
    program.monkeypatch.setenv("SANTRAL_KEYS", "no keys")
    return program


def in_sandbox_state(program: Program, **changed: object) -> None:
    """Edit the settings of ankara-sube in the state file, as somebody would in the panel."""
    path = program.folder / ".santral" / "sandbox.json"
    state = json.loads(path.read_text())
    state["santrals"]["ankara-sube"].update(changed)
    path.write_text(json.dumps(state))


ALL_IN_SYNC = Result(
    0,
    "= ankara-sube  (santral.yaml:20:3)\n    key: ankara\n\n"
    "Plan: 0 to change, 3 in sync, 0 failed.\n",
    IN_SANDBOX,
)


def test_what_was_applied_in_the_sandbox_is_in_sync(example: Program) -> None:
    """Each run starts where the last one ended, with no key and no network."""
    assert example.run("apply", "--yes").exit_code == 0
    assert example.run("plan", "--detailed-exitcode") == ALL_IN_SYNC


def test_a_plan_in_the_sandbox_writes_nothing(example: Program) -> None:
    """There is nothing to save while all are as new."""
    assert example.run("plan").exit_code == 0
    assert [path.name for path in example.folder.rglob("*")] == ["santral.yaml"]


def test_editing_the_sandbox_state_plays_a_change_in_the_panel(example: Program) -> None:
    """The next plan would change it back."""
    example.run("apply", "--yes")
    in_sandbox_state(example, hangup="off", notification_url="https://evil.example.net/ankara")
    assert example.run("plan", "--detailed-exitcode") == Result(2, EDITED, IN_SANDBOX)


EDITED = """\
~ ankara-sube  (santral.yaml:20:3)
    key: ankara
    hangup            off → on
    notification_url  https://evil.example.net/ankara → https://crm.example.com/ankara
                      other host: evil.example.net → crm.example.com

Plan: 1 to change, 2 in sync, 0 failed. \
To make them, run santral apply --sandbox for the same files and santrals.
"""


def test_the_sandbox_keeps_its_files_to_itself(example: Program) -> None:
    """They lie in a directory that git ignores and others cannot read, and hold no key."""
    example.run("apply", "--yes")
    files = {path.name: path.read_text() for path in (example.folder / ".santral").iterdir()}
    assert sorted(files) == [".gitignore", "sandbox-journal.jsonl", "sandbox.json"]
    assert files[".gitignore"] == "*\n"
    assert re.findall(r"K\d{8}-", "".join(files.values())) == []
    assert (example.folder / ".santral").stat().st_mode & 0o777 == 0o700


ALL_ON = {"ringing": "on", "answered": "on", "hangup": "on", "notification_url": None}
BROKEN_STATES = {
    "empty": "",
    "cut": '{"santrals": {"ankara-sube": {"ringing',
    "list": "[]",
    "another-object": '{"version": 1}',
    "santrals-list": '{"santrals": []}',
    "settings-text": '{"santrals": {"ankara-sube": "on"}}',
    "field-missing": json.dumps({"santrals": {"a": {"ringing": "on"}}}),
    "field-unknown": json.dumps({"santrals": {"a": {**ALL_ON, "color": "red"}}}),
    "switch-true": json.dumps({"santrals": {"a": {**ALL_ON, "ringing": True}}}),
    "switch-list": json.dumps({"santrals": {"a": {**ALL_ON, "ringing": []}}}),
    "url-number": json.dumps({"santrals": {"a": {**ALL_ON, "notification_url": 1}}}),
    "very-deep": '{"santrals": ' * 100_000,
    "latin-5": b'{"santrals": {"\xfe": {}}}',
}


@pytest.mark.parametrize("content", BROKEN_STATES.values(), ids=BROKEN_STATES)
def test_a_sandbox_state_that_was_edited_wrongly_is_an_error(
    example: Program, content: str | bytes
) -> None:
    """The run stops before anything is read, and the file is left for its editor to mend."""
    state = example.write(".santral/sandbox.json", content)
    before = state.read_bytes()
    error = f"{broken_state('.santral/sandbox.json')}\n"
    assert example.run("apply", "--yes") == Result(1, "", error)
    assert state.read_bytes() == before


def test_a_sandbox_state_that_cannot_be_read_is_an_error(example: Program) -> None:
    """The message names the file and the reason."""
    (example.folder / ".santral" / "sandbox.json").mkdir(parents=True)
    error = (
        "The state file of the sandbox, .santral/sandbox.json, cannot be read. It is not a regular "
        "file.\n"
    )
    assert example.run("plan") == Result(1, "", error)
