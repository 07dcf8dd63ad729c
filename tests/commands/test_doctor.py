"""``santral doctor``: what it says of a fleet, in each format, and what it does not do."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support import doors
from support.certificates import tls_with
from support.doors import door, lead_here, url_of
from support.fault_server import FaultServer, answer
from support.fleet import FILE, KEYS, settings
from support.program import IN_SANDBOX, Program, Result
from support.stand_in import StandIn

from reconciler.cli.connecting import made_up_key
from reconciler.core.checkup import Level
from reconciler.core.settings import Switch
from reconciler.core.stop import Stop
from reconciler.engine.scheduler import Scheduler
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Reply, Service, by_name
from reconciler.sandbox.store import Store
from reconciler.schemas import Schema, text_of

VIEW = (
    "Note: This is what this machine sees. The vendor's servers stand elsewhere, and may see "
    "something else.\n"
)
NO_KEYS = "Note: No key is at hand, so only the URLs were looked at.\n"
SECONDS = re.compile(r"in \d+\.\d\d s")


@pytest.fixture
def server(program: Program, tmp_path: Path) -> Any:
    """Serve a receiver that is in order; every name below example.com leads there."""
    lead_here(program.monkeypatch, tmp_path / "authority.pem")
    with door(tls_with(doors.ENDS_SOON)) as served:
        yield served


def file_of(server: FaultServer, *entries: str, path: str = "/{name}") -> str:
    """Return a file with these entries, whose URLs are at the server."""
    url = url_of(server, path)
    default = f"defaults:\n  crm_integration: {{notification_url: '{url}'}}\n"
    return f"version: 1\n{default}santrals:\n" + "".join(f"  {entry}\n" for entry in entries)


def doctor(program: Program, *options: str) -> Result:
    """Run ``doctor``, with the same time in each answer."""
    result = program.run("doctor", "--allow-private", *options)
    return Result(
        result.exit_code, SECONDS.sub("in 0.01 s", result.stdout), result.stderr, result.origin
    )


def live(stand_in: StandIn, name: str, url: str | None) -> None:
    """Make a URL live."""
    stand_in.hold(name, settings("on", "on", "on", url))


def test_a_checkup_says_what_is_red_first_and_together_what_is_alike(
    program: Program, stand_in: StandIn, server: FaultServer
) -> None:
    """Of each santral the key, the live URL, and what to do."""
    server.rule("?", "POST", answer(404), turns=range(1, 3))
    entries = (f"{name}: {{crm_integration: {{}}}}" for name in (*KEYS, "edirne"))
    program.write("santral.yaml", file_of(server, *entries))
    for name in ("ankara", "bursa"):
        live(stand_in, name, url_of(server, f"/{name}?token=abc"))
    stand_in.answer("GET", "canakkale", with_=Reply(401, "Gecersiz anahtar: x"))
    live(stand_in, "denizli", url_of(server, "/denizli"))

    result = doctor(program, "--parallelism=1")

    here = f"https://crm.example.com:{server.port}"
    assert result == Result(
        1,
        f"""\
! ankara  (santral.yaml:5:3)  {here}/ankara?token=***
! bursa  (santral.yaml:6:3)  {here}/bursa?token=***
    red: It answered 404: there is nothing at this path. Correct the path.
    yellow: The live notification_url is not the one in the file: {here}/{{name}}. Find out who \
changed it. santral apply sets the one in the file.
    yellow: Its certificate ends in 12 days. Renew it.
    {{name}} stands for the name of each santral.

! canakkale  (santral.yaml:7:3)
    red: The API refused the key. Copy it from the panel again: it may have been renewed there.

! edirne  (santral.yaml:9:3)
    red: There is no key for this santral. Set SANTRAL_KEY_EDIRNE, or add "edirne=..." to \
SANTRAL_KEYS or to the --keys-file.

? denizli  (santral.yaml:8:3)  {here}/denizli
    yellow: Its certificate ends in 12 days. Renew it.
    Answered 200 in 0.01 s. Its certificate is valid for 12 more days.

{VIEW}Doctor: 0 green, 1 yellow, 4 red.
""",
        "",
    )
    assert stand_in.count("POST") == 0
    assert re.fullmatch(
        rf"For {stand_in.origin}\. Made \S+Z\. Looked at: the live URLs, with the vendor's test, "
        r"a POST with \{\}\.\n\n",
        result.origin,
    )


@pytest.mark.parametrize("count", [3, 40])
def test_a_green_fleet(program: Program, tmp_path: Path, count: int) -> None:
    """A few santrals are named one by one, with what their URL answered; many in one line."""
    lead_here(program.monkeypatch, tmp_path / "authority.pem")
    with door(tls_with(doors.IN_ORDER)) as server:
        entries = [f"s{number:02}: {{crm_integration: {{}}}}" for number in range(count)]
        program.write("santral.yaml", file_of(server, *entries, path="/all"))

        result = doctor(program, "--desired")

    url, days = url_of(server, "/all"), (doors.IN_ORDER_UNTIL - doors.NOW).days
    few = "".join(
        f"= s{n:02}  (santral.yaml:{n + 5}:3)  {url}\n"
        f"    Answered 200 in 0.01 s. Its certificate is valid for {days} more days.\n\n"
        for n in range(3)
    )
    names = ", ".join(f"s{number:02}" for number in range(20))
    many = f"= 40 santrals\n    green: {names}, and 20 more\n\n"
    shown = few if count == 3 else many
    assert without_header(result.stdout) == (
        f"{shown}{NO_KEYS}{VIEW}Doctor: {count} green, 0 yellow, 0 red.\n"
    )
    assert (result.exit_code, len(server.requests)) == (0, 1)


def without_header(text: str) -> str:
    """Return the text of a checkup without its first line, which has the time."""
    return text.partition("\n\n")[2]


DESIRED_HEADER = (
    "The API was not asked. Made TIME. Looked at: the URLs of the files, with the vendor's test, a "
    "POST with {}.\n\n"
)


def test_without_any_key_the_urls_of_the_files_are_looked_at(
    program: Program, server: FaultServer
) -> None:
    """Nothing else of them; an unmanaged one is none."""
    program.write(
        "santral.yaml",
        file_of(
            server,
            "a: {crm_integration: {}}",
            "b: {crm_integration: {notification_url: unmanaged}}",
        ),
    )

    result = doctor(program, "--desired")

    assert re.sub(r"\d{4}-\S+Z", "TIME", result.stdout) == (
        f"""{DESIRED_HEADER}\
? a  (santral.yaml:5:3)  {url_of(server, "/a")}
    yellow: Its certificate ends in 12 days. Renew it.
    Answered 200 in 0.01 s. Its certificate is valid for 12 more days.

= b  (santral.yaml:6:3)
    green: The file leaves notification_url unmanaged, so there is none to ask.

{NO_KEYS}{VIEW}Doctor: 1 green, 1 yellow, 0 red.
"""
    )
    assert (result.exit_code, result.stderr) == (0, "")


TOKEN = "Zx9Kq2Wv7Bn4Mt1R"  # noqa: S105 - nobody's


def test_desired_urls_are_asked_with_their_secrets(
    program: Program, stand_in: StandIn, server: FaultServer
) -> None:
    """Which nobody sees; where a key is at hand, that is tried too."""
    program.monkeypatch.setenv("SANTRAL_SECRETS", f"crm@crm.example.com:{server.port}={TOKEN}")
    path = "/{name}?token={secret.crm}"
    program.write("santral.yaml", file_of(server, "ankara: {crm_integration: {}}", path=path))
    stand_in.answer("GET", "ankara", with_=Reply(401, "Gecersiz anahtar: x"))

    result = doctor(program, "--desired", "--show-urls", "-v")

    assert server.requests[0].target == f"/ankara?token={TOKEN}"
    assert "! ankara  (santral.yaml:5:3)" in result.stdout
    assert "/ankara?token=***" in result.stdout
    assert "red: The API refused the key." in result.stdout
    assert "URL ankara: Answered 200 in" in result.stderr
    assert TOKEN not in result.stdout + result.stderr


def test_a_secret_that_is_not_at_hand_is_red(program: Program, server: FaultServer) -> None:
    """The URL cannot be asked without it; other santrals are."""
    entries = (
        "a: {crm_integration: {notification_url: 'https://a.example.com/?t={secret.crm}'}}",
        "b: {crm_integration: {}}",
    )
    program.write("santral.yaml", file_of(server, *entries))

    result = doctor(program, "--desired")

    assert "! a  (santral.yaml:5:3)  https://a.example.com/?t=***\n    red: " in result.stdout
    assert (result.exit_code, len(server.requests)) == (1, 1)


def test_of_a_santral_with_a_secret_only_what_the_file_has_is_shown_of_its_live_url(
    program: Program, stand_in: StandIn, server: FaultServer
) -> None:
    """Not the host of another URL, nor where that leads or redirects to; in no format."""
    program.monkeypatch.setenv("SANTRAL_SECRETS", f"crm@crm.example.com={TOKEN}")
    path = "https://crm.example.com/{name}?token={secret.crm}"
    program.write(
        "santral.yaml",
        f"version: 1\nsantrals: {{ankara: {{crm_integration: {{notification_url: '{path}'}}}}}}\n",
    )
    live(stand_in, "ankara", url_of(server, "/an-old-secret", "hidden.example.com"))
    server.rule("?", "POST", answer(302, "", "Location: /an-old-secret/login"))

    for kind in ("text", "json", "html", "junit", "github"):
        result = doctor(program, f"--format={kind}", "--show-urls", "-v")

        assert result.exit_code == 1, kind
        assert "https://***" in result.stdout, kind
        for hidden in ("hidden.example.com", "an-old-secret", TOKEN):
            assert hidden not in result.stdout + result.stderr, kind


HIDDEN_HOSTS = {
    "an address": ("https://10.1.2.3/x", "10.1.2.3"),
    "a private address": ("https://inside.example.net/x", "10.9.8.7"),
    "letters beyond ASCII": ("https://gizli-tok\u00e9n.example.com/x", "gizli-tokn"),
    "an international one": ("https://xn--gizli-tokn-j7a.example.com/x", "gizli-tok"),
}


@pytest.mark.parametrize(("url", "hidden"), HIDDEN_HOSTS.values(), ids=HIDDEN_HOSTS)
@pytest.mark.parametrize("command", ["doctor", "ring"])
def test_where_a_host_may_not_be_seen_nothing_tells_of_it(
    program: Program, stand_in: StandIn, tmp_path: Path, command: str, url: str, hidden: str
) -> None:
    """Neither what it stands for nor where it leads; also not to who watches."""
    leads = {"inside.example.net": ["10.9.8.7"], "xn--gizli-tokn-j7a.example.com": ["10.9.8.7"]}
    lead_here(program.monkeypatch, tmp_path / "authority.pem", leads)
    program.monkeypatch.setenv("SANTRAL_SECRETS", f"crm@crm.example.com={TOKEN}")
    path = "https://crm.example.com/{name}?token={secret.crm}"
    program.write("santral.yaml", FILE.replace("https://crm.example.com/{name}", path))
    live(stand_in, "ankara", url)
    options = ["doctor", "-v"] if command == "doctor" else ["ring", "ankara"]

    result = program.run(*options, "--show-urls")

    assert result.exit_code == 1
    assert hidden not in result.stdout + result.stderr


@pytest.mark.parametrize("command", ["doctor", "ring"])
def test_a_redirect_shows_nothing_that_the_url_hides(
    program: Program, stand_in: StandIn, server: FaultServer, command: str
) -> None:
    """A server that moves the token into the path would give it away."""
    program.write("santral.yaml", file_of(server, "ankara: {crm_integration: {}}"))
    live(stand_in, "ankara", url_of(server, f"/calls?token={TOKEN}"))
    server.rule("?", "POST", answer(301, "", f"Location: https://h.example.com/{TOKEN}/x"))
    target = ["ankara"] if command == "ring" else []

    result = program.run(command, *target, "--allow-private")

    assert "a redirect to https://h.example.com/***/x." in result.stdout
    assert TOKEN not in result.stdout + result.stderr


PLACES = {
    "a space": ("/log in", r"/log\x20in"),
    "a backslash": ("/log\\in", r"/log\\in"),
    "a long one": (f"/{'x' * 300}", f"/{'x' * 299}..."),
}


@pytest.mark.parametrize(("place", "shown"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("command", ["doctor", "ring"])
def test_what_is_odd_in_the_place_of_a_redirect_is_escaped_once_and_a_long_one_cut(
    program: Program, stand_in: StandIn, server: FaultServer, command: str, place: str, shown: str
) -> None:
    """So that it can be compared with what the server is set up to answer."""
    program.write("santral.yaml", file_of(server, "ankara: {crm_integration: {}}"))
    live(stand_in, "ankara", url_of(server, "/calls"))
    server.rule("?", "POST", answer(302, "", f"Location: {place}"))
    target = ["ankara"] if command == "ring" else []

    result = program.run(command, *target, "--allow-private")

    assert f"a redirect to {shown}. A redirect was not followed" in result.stdout


OFF = settings("off", "off", "off", "https://crm.example.com/ankara")


def test_that_no_event_is_on_is_said(program: Program, two: StandIn) -> None:
    """Whatever the server answers, no call arrives; of live switches, and of the file's."""
    program.write("santral.yaml", FILE.replace(": on", ": off"))
    two.hold("ankara", OFF)

    live, desired = (
        program.run("doctor", "--target=ankara", *more, "--format=json")
        for more in ([], ["--desired", "--offline"])
    )

    for result in (live, desired):
        findings = json.loads(result.stdout)["santrals"][0]["findings"]
        assert "receiver-silent" in [one["messages"][0]["code"] for one in findings]


def test_a_santral_without_a_url_is_red_only_where_the_file_wants_one(
    program: Program, two: StandIn
) -> None:
    """Somebody may want no calls reported of one."""
    unmanaged = "{ringing: off, notification_url: unmanaged}"
    program.write("santral.yaml", FILE.replace("{ringing: off}", unmanaged))

    result = program.run("doctor", "--format=json")

    levels = [one["level"] for one in json.loads(result.stdout)["santrals"]]
    assert levels == ["red", "yellow"]


def test_many_without_keys_are_said_in_a_line(program: Program) -> None:
    """Forty lines of names would look like forty troubles."""
    names = [f"s{number:02}" for number in range(8)]
    entries = "".join(f"  {name}: {{crm_integration: {{}}}}\n" for name in names)
    program.write("santral.yaml", f"version: 1\nsantrals:\n{entries}")

    result = program.run("doctor")

    assert result.stdout.startswith(
        f"! 8 santrals\n    {', '.join(names)}\n    red: No key at all was given: "
    )


def test_offline_asks_nobody(program: Program, two: StandIn) -> None:
    """Keys and secrets that are at hand, and URLs that are in order, can be told without."""
    program.monkeypatch.delenv("SANTRAL_KEY_BURSA")

    result = program.run("doctor", "--offline")

    assert without_header(result.stdout) == (
        """\
! bursa  (santral.yaml:11:3)  https://crm.example.com/bursa
    red: There is no key for this santral. Set SANTRAL_KEY_BURSA, or add "bursa=..." to \
SANTRAL_KEYS or to the --keys-file.

= ankara  (santral.yaml:9:3)  https://crm.example.com/ankara

Note: Nobody was asked. Green only says that the URL is valid and no key is known to be missing.
Doctor: 1 green, 0 yellow, 1 red.
"""
    )
    assert (result.exit_code, two.service.requests) == (1, [])


def test_in_the_sandbox_no_url_is_asked(program: Program) -> None:
    """It is the stand-in's, and nothing is at risk."""
    program.write("santral.yaml", FILE)
    program.run("apply", "--sandbox", "--yes", "--target=ankara")

    result = program.run("doctor", "--sandbox")

    assert result == Result(
        1,
        """\
! bursa  (santral.yaml:11:3)
    red: No notification_url is set, so no call is reported. Set one.

= ankara  (santral.yaml:9:3)  https://crm.example.com/ankara

Note: In the sandbox no URL is asked.
Doctor: 1 green, 0 yellow, 1 red.
""",
        IN_SANDBOX,
    )


def test_the_json_follows_its_schema(
    program: Program, stand_in: StandIn, server: FaultServer
) -> None:
    """Codes and sentences, and what was measured."""
    schema = json.loads(text_of(Schema.DOCTOR))
    program.write(
        "santral.yaml", file_of(server, *(f"{n}: {{crm_integration: {{}}}}" for n in KEYS))
    )
    live(stand_in, "ankara", url_of(server, "/ankara"))
    live(stand_in, "bursa", "https://crm.example.invalid/")

    document = json.loads(doctor(program, "--format=json").stdout)

    assert list(Draft202012Validator(schema).iter_errors(document)) == []
    ankara = document["santrals"][0]
    assert ankara["measured"]["seconds"] >= 0
    assert ankara == {
        "name": "ankara",
        "source": {"file": "santral.yaml", "line": 5, "column": 3},
        "level": "yellow",
        "notification_url": url_of(server, "/ankara"),
        "findings": [
            {
                "level": "yellow",
                "text": "Its certificate ends in 12 days. Renew it.",
                "messages": [{"code": "receiver-certificate-ends", "fields": {"count": 12}}],
            }
        ],
        "measured": {
            "seconds": ankara["measured"]["seconds"],
            "status": 200,
            "certificate_days": 12,
        },
    }
    assert document["summary"] == {"green": 0, "yellow": 1, "red": 3}


def test_github_gets_each_finding_at_its_place(
    program: Program, stand_in: StandIn, server: FaultServer
) -> None:
    """Red as errors, yellow as warnings."""
    program.write("santral.yaml", file_of(server, "ankara: {crm_integration: {}}"))
    server.rule("?", "POST", answer(500))
    live(stand_in, "ankara", url_of(server, "/ankara"))

    lines = doctor(program, "--format=github").stdout.splitlines()

    assert lines[-2:] == [
        "::error file=santral.yaml,line=5,col=3,title=santral ankara%3A receiver-error::It "
        "answered 500: the program behind the URL failed. Look into its log.",
        "::warning file=santral.yaml,line=5,col=3,title=santral ankara%3A "
        "receiver-certificate-ends::Its certificate ends in 12 days. Renew it.",
    ]


def test_the_page_has_a_section_for_each_level(
    program: Program, stand_in: StandIn, server: FaultServer
) -> None:
    """And everything that others wrote as text."""
    hostile = "/<script>alert(1)</script>"
    program.write(
        "santral.yaml",
        file_of(
            server,
            "ankara: {crm_integration: {}}",
            "bursa: {crm_integration: {notification_url: unmanaged}}",
        ),
    )
    server.rule("?", "POST", answer(302, "", f"Location: {hostile}"))
    live(stand_in, "ankara", url_of(server, "/ankara"))

    page = doctor(program, "--format=html").stdout

    assert "<h1>Checkup of 2 santrals</h1>" in page
    sections = re.findall(r'<section data-status="(\w+)"><h2>([^<]*)</h2>', page)
    assert sections == [("red", "Red: does not work"), ("yellow", "Yellow: needs a look")]
    assert hostile not in page
    assert "a redirect to /&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert {*re.findall(r'<label data-status="(\w*)"', page)} == {"", *map(str, Level)}


def test_several_formats_go_to_several_places(program: Program, server: FaultServer) -> None:
    """One to stdout, the others to files, as with a plan."""
    program.write("santral.yaml", file_of(server, "a: {crm_integration: {}}"))

    result = doctor(program, "--desired", "--format=json=a.json", "--format=html=a.html")

    assert result.stdout.endswith("Doctor: 0 green, 1 yellow, 0 red.\n")
    assert json.loads((program.folder / "a.json").read_text())["urls"] == "desired"
    assert (program.folder / "a.html").read_text().startswith("<!doctype html>")


def test_an_output_destroys_no_input(program: Program, two: StandIn) -> None:
    """The settings are read, so nothing is written there."""
    result = program.run("doctor", "--offline", "--format=json=santral.yaml")

    assert result.exit_code == 1
    assert "santral.yaml would be overwritten" in result.stderr
    assert (program.folder / "santral.yaml").read_text() == FILE


def test_offline_and_no_post_are_one_too_many(program: Program, two: StandIn) -> None:
    """Offline posts nothing anyway."""
    result = program.run("doctor", "--offline", "--no-post")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "--offline and --no-post cannot be used together." in result.stderr


def test_a_time_limit_leaves_urls_unasked_and_says_so(
    program: Program, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are red, since nobody knows."""
    program.write(
        "santral.yaml", file_of(server, *(f"s{n}: {{crm_integration: {{}}}}" for n in range(9)))
    )
    server.rule("?", "POST", answer(200))
    monkeypatch.setattr(
        Scheduler, "seconds_left", lambda self: (self.stop(Stop.TIME_LIMIT), 0.0)[1]
    )

    result = doctor(program, "--desired", "--time-limit=1")

    assert "red: The run ended before this URL was asked. Run again." in result.stdout
    assert (result.exit_code, server.requests) == (1, [])


ILL = ("sube-07", "sube-21", "sube-33")


def test_in_a_fleet_of_forty_the_three_that_are_ill_stand_out(
    program: Program, tmp_path: Path
) -> None:
    """A dead URL, one that somebody changed, and a wrong certificate: at the top, by name."""
    lead_here(program.monkeypatch, tmp_path / "authority.pem")
    names = [f"sube-{number:02}" for number in range(40)]
    keys = {name: made_up_key(name) for name in names}
    program.monkeypatch.setenv(
        "SANTRAL_KEYS", "\n".join(f"{name}={key.reveal()}" for name, key in keys.items())
    )
    store = Store()
    with (
        door(tls_with(doors.IN_ORDER)) as good,
        door(tls_with(doors.OTHER_NAME)) as wrong,
        SandboxServer(Service(store, by_name(keys))).running() as origin,
    ):
        urls = {name: url_of(good, f"/{name}") for name in names}
        urls |= {"sube-07": "https://crm.example.com:1/sube-07", "sube-21": url_of(wrong)}
        entries = (
            f"{n}: {{crm_integration: {{notification_url: '{u}'}}}}" for n, u in urls.items()
        )
        program.write("santral.yaml", file_of(good, *entries))
        for name, url in urls.items():
            store.update(name, {"ringing": Switch.ON, "notification_url": url})
        store.update("sube-33", {"notification_url": url_of(good, "/elsewhere")})

        result = doctor(program, f"--api-url={origin}")

    others = ", ".join([name for name in names if name not in ILL][:20])
    days = (doors.IN_ORDER_UNTIL - doors.NOW).days
    assert result.stdout == (
        f"""\
! sube-07  (santral.yaml:12:3)  https://crm.example.com:1/sube-07
    red: Nothing there takes connections on port 1. Start the web server, or correct the host or \
the port.

! sube-21  (santral.yaml:26:3)  {url_of(wrong)}
    red: Its certificate is for other names than the host of this URL. Correct the host, or have \
the certificate issued for it.

? sube-33  (santral.yaml:38:3)  {url_of(good, "/elsewhere")}
    yellow: The live notification_url is not the one in the file: {urls["sube-33"]}. Find out who \
changed it. santral apply sets the one in the file.
    Answered 200 in 0.01 s. Its certificate is valid for {days} more days.

= 37 santrals
    green: {others}, and 17 more

{VIEW}Doctor: 37 green, 1 yellow, 2 red.
"""
    )


def test_a_bar_shows_how_many_urls_were_asked(program: Program, server: FaultServer) -> None:
    """On a terminal; each URL counts once."""
    entries = (f"s{number}: {{crm_integration: {{}}}}" for number in range(4))
    program.write("santral.yaml", file_of(server, *entries))

    result = program.run("doctor", "--desired", "--allow-private", terminal=("stderr",))

    assert result.exit_code == 0
    assert re.search(r"Asking  \[#+\]  100%", result.stderr)
