"""Broken notification URLs: ``doctor`` says of each what is wrong with it, and what to do."""

import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support import doors
from support import fault_server as fault
from support.certificates import tls_with
from support.doors import NAME, door, lead_here, url_of
from support.fault_server import Act, Door, answer, drip, gush, head, say
from support.fleet import settings
from support.program import SOON, Program, Result
from support.stand_in import StandIn

from reconciler.client import deadline, receiver
from reconciler.core.message_catalogue import TEMPLATES
from reconciler.doctor import diagnosis

SHORT = "3"
"""Seconds that a request has which is never answered; enough for a busy machine to get there."""


@dataclass(frozen=True)
class Kind:
    """What a receiver does, and what it is to be called."""

    code: str
    act: Act | None = None
    door: Door | None = None
    tls: Callable[[Path], ssl.SSLContext] | None = lambda _: tls_with(doors.IN_ORDER)
    is_slow: bool = False


def certificate(leaf: Any) -> Callable[[Path], ssl.SSLContext]:
    """Return what gives the TLS of a server with this certificate."""
    return lambda _: tls_with(leaf)


RED = {
    "expired": Kind("receiver-certificate-expired", tls=certificate(doors.EXPIRED)),
    "not valid yet": Kind("receiver-certificate-not-yet", tls=certificate(doors.NOT_YET)),
    "self-signed": Kind("receiver-certificate-self-signed", tls=doors.self_signed),
    "another name": Kind("receiver-certificate-name", tls=certificate(doors.OTHER_NAME)),
    "no chain": Kind("receiver-certificate-incomplete", tls=certificate(doors.WITHOUT_CHAIN)),
    "private authority": Kind("receiver-certificate-private", tls=lambda _: doors.private_chain()),
    "old TLS": Kind("receiver-tls-old", tls=lambda _: doors.old_tls()),
    "no TLS": Kind("receiver-tls-plain", door=fault.greet_in_the_clear),
    "TLS breaks off": Kind("receiver-tls-none", door=fault.hang_up),
    "TLS hangs": Kind("receiver-tls-late", door=fault.stay_silent, is_slow=True),
    "refuses": Kind("receiver-connection-refused", door=fault.refuse),
    "greets": Kind("receiver-unasked", door=fault.greet),
    "hangs": Kind("receiver-late", fault.hang, is_slow=True),
    "trickles": Kind("receiver-late", drip(head(200, "Content-Length: 999")), is_slow=True),
    "half an answer": Kind("receiver-broken", say(head(200, "Content-Length: 9"), b"Ok")),
    "breaks off": Kind("receiver-broken", fault.reset),
    "endless head": Kind("receiver-flood", gush(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 999)),
    "not HTTP": Kind("receiver-not-http", say(b"220 mail.example.com ESMTP\r\n")),
    "client certificate": Kind("receiver-tls-client", tls=lambda _: doors.asking_for_a_client()),
    "no cipher in common": Kind("receiver-tls-refused", tls=lambda _: doors.other_ciphers()),
    "another protocol": Kind("receiver-not-http", say(head(101))),
    "redirects": Kind("receiver-redirect", answer(301, "", "Location: https://www.example.com/")),
    "redirects nowhere": Kind("receiver-redirect-nowhere", answer(302)),
    **{
        f"answers {status}": Kind(code, answer(status, "No"))
        for status, code in {
            400: "receiver-rejected",
            401: "receiver-forbidden",
            403: "receiver-forbidden",
            404: "receiver-not-found",
            405: "receiver-method",
            410: "receiver-not-found",
            415: "receiver-rejected",
            418: "receiver-status",
            429: "receiver-busy",
            500: "receiver-error",
            503: "receiver-error",
        }.items()
    },
}
"""What does not work; a name that is none and a private address are looked at below."""

GREEN = {
    "200": answer(200, "Ok"),
    "204": answer(204),
    "299": answer(299, "Fine"),
    "as long an answer as is read": answer(200, b"x" * 65_536),
    "compressed": answer(200, b"\x1f\x8b\x08", "Content-Encoding: gzip"),
    "after interim ones": say(head(102), head(103), head(200, "Content-Length: 2"), b"Ok"),
    "until it closes": say(head(200), b"Ok"),
}


FILE = "version: 1\nsantrals: {ankara: {crm_integration: {}}}\n"


@dataclass
class Scene:
    """A program, an API that holds one URL for ankara, and what doctor found."""

    program: Program
    stand_in: StandIn

    def doctor(self, url: str, *options: str) -> Result:
        """Run ``doctor`` with this URL live."""
        self.program.write(
            "santral.yaml", "version: 1\nsantrals: {ankara: {crm_integration: {}}}\n"
        )
        self.stand_in.hold("ankara", settings("on", "on", "on", url))
        return self.program.run("doctor", "--allow-private", *options)

    def found(self, url: str, *options: str) -> tuple[int, str, list[dict[str, Any]]]:
        """Return the exit code, the level, and the findings."""
        result = self.doctor(url, "--format=json", *options)
        (santral,) = json.loads(result.stdout)["santrals"]
        return result.exit_code, santral["level"], santral["findings"]


@pytest.fixture
def scene(program: Program, stand_in: StandIn, tmp_path: Path) -> Scene:
    """Have every name below example.com lead to this machine."""
    lead_here(program.monkeypatch, tmp_path / "authority.pem")
    return Scene(program, stand_in)


def codes(findings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the level and the code of each finding."""
    return [(one["level"], one["messages"][0]["code"]) for one in findings]


@pytest.mark.parametrize("kind", RED.values(), ids=RED)
def test_each_broken_url_is_called_by_its_cause(scene: Scene, tmp_path: Path, kind: Kind) -> None:
    """And by one only; the exit code says that something does not work."""
    with door(kind.tls(tmp_path) if kind.tls else None) as server:
        if kind.act:
            server.rule("?", "POST", kind.act)
        if kind.door:
            server.door(kind.door)

        found = scene.found(url_of(server), *(["--timeout", SHORT] if kind.is_slow else []))

    assert (*found[:2], codes(found[2])) == (1, "red", [("red", kind.code)])


@pytest.mark.parametrize("act", GREEN.values(), ids=GREEN)
def test_whatever_is_answered_with_success_is_in_order(scene: Scene, act: Act) -> None:
    """The body is nobody's concern."""
    with door(tls_with(doors.IN_ORDER)) as server:
        server.rule("?", "POST", act)

        assert scene.found(url_of(server)) == (0, "green", [])


def test_the_test_is_the_one_that_the_vendor_makes(scene: Scene) -> None:
    """``{}`` as a form, to the path and query of the URL, and nothing that tells who asks."""
    with door(tls_with(doors.IN_ORDER)) as server:
        scene.doctor(url_of(server, "/calls?a=b&c=%20"))

    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/calls?a=b&c=+")
    assert dict(request.headers) == {
        "host": f"{NAME}:{server.port}",
        "content-length": "2",
        "accept": "*/*",
        "accept-encoding": "identity",
        "user-agent": "santral-reconciler",
        "content-type": "application/x-www-form-urlencoded",
    }


def test_a_redirect_is_told_and_not_followed(scene: Scene) -> None:
    """Its place is shown without what may be a token, and nobody there is asked."""
    with door(tls_with(doors.IN_ORDER)) as server, door(tls_with(doors.IN_ORDER)) as elsewhere:
        location = f"Location: {url_of(elsewhere)}?token=abc"
        server.rule("?", "POST", answer(307, "", location))

        _, _, findings = scene.found(url_of(server))

    assert findings[0]["text"] == (
        f"It answered 307, a redirect to {url_of(elsewhere)}?token=***. A redirect was not "
        "followed, and should not be needed: write the address that it leads to."
    )
    assert elsewhere.connections == 0


def test_a_certificate_that_ends_soon_is_yellow(scene: Scene) -> None:
    """With the days that are left; it works still."""
    with door(tls_with(doors.ENDS_SOON)) as server:
        code, level, findings = scene.found(url_of(server))

    assert (code, level) == (0, "yellow")
    assert [one["text"] for one in findings] == ["Its certificate ends in 12 days. Renew it."]


def test_a_certificate_that_ends_today_is_yellow(scene: Scene) -> None:
    """Not in 0 days."""
    with door(tls_with(doors.ENDS_TODAY)) as server:
        _, level, findings = scene.found(url_of(server))

    assert level == "yellow"
    assert [one["text"] for one in findings] == ["Its certificate ends within a day. Renew it."]


@pytest.mark.parametrize(
    "act", [answer(200, b"x" * 65_537), gush(head(200))], ids=["a byte too long", "endless"]
)
def test_an_answer_that_is_not_read_to_its_end_is_yellow(scene: Scene, act: Act) -> None:
    """Nobody knows whether the vendor waits for it."""
    with door(tls_with(doors.IN_ORDER)) as server:
        server.rule("?", "POST", act)

        code, level, findings = scene.found(url_of(server))

    assert (code, level, codes(findings)) == (0, "yellow", [("yellow", "receiver-long")])


HANGING_UP = {
    "at once": (fault.hang_up_after_welcome, "receiver-closed"),
    "asking for a certificate": (None, "receiver-tls-client"),
}


@pytest.mark.parametrize(("way", "code"), HANGING_UP.values(), ids=HANGING_UP)
def test_no_post_notices_a_server_that_hangs_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, way: Door | None, code: str
) -> None:
    """And does not say that anything was sent."""
    with door(tls_with(doors.IN_ORDER) if way else doors.asking_for_a_client()) as server:
        monkeypatch.setattr(receiver, "pulse_of", pulse_once_closed)
        if way:
            server.door(way)

        found = scene.found(url_of(server), "--no-post")

    assert (*found[:2], codes(found[2])) == (1, "red", [("red", code)])


def pulse_once_closed(connection: deadline.Connection) -> deadline.Pulse:
    """Listen for as long as it takes a busy machine to hang up."""
    return deadline.pulse_of(connection, SOON)


def test_a_slow_answer_is_yellow(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows how long the vendor waits."""
    monkeypatch.setattr(diagnosis, "SLOW", 0.0)
    with door(tls_with(doors.IN_ORDER)) as server:
        code, level, findings = scene.found(url_of(server))

    assert (code, level, codes(findings)) == (0, "yellow", [("yellow", "receiver-slow")])


def test_a_name_that_is_none_is_red(scene: Scene) -> None:
    """The host, or the DNS, is what to look at."""
    assert scene.found("https://crm.example.invalid/") == (
        1,
        "red",
        [
            {
                "level": "red",
                "text": "There is no server of this name. Correct the host, or its entry in the "
                "DNS.",
                "messages": [{"code": "receiver-name-unknown", "fields": {}}],
            }
        ],
    )


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://localhost:1/", "receiver-connection-refused"),
        ("ftp://crm.example.com/", "receiver-unusable"),
        ("https://u:p@crm.example.com/", "receiver-unusable"),
        ("https://crm.example.com\\@evil.example.com/", "receiver-unusable"),
        ("https://crm.example.com:99999/", "receiver-unusable"),
        ("https://127.1/", "receiver-unusable"),
        ("https://2130706433/", "receiver-unusable"),
        ("https://crm.example.com/\r\nX: y", "receiver-unusable"),
        ("not a URL", "receiver-unusable"),
    ],
)
def test_a_url_that_programs_read_differently_is_not_asked(
    scene: Scene, url: str, code: str
) -> None:
    """What may not stand in a file is not sent to either."""
    assert ("red", code) in codes(scene.found(url)[2])


def test_no_post_connects_and_sends_nothing(scene: Scene) -> None:
    """The certificate is looked at all the same."""
    with door(tls_with(doors.ENDS_SOON)) as server:
        found = scene.found(url_of(server), "--no-post")

    assert codes(found[2]) == [("yellow", "receiver-certificate-ends")]
    assert (server.connections, server.requests) == (1, [])


def test_every_cause_is_tried() -> None:
    """One that nothing leads to would be called by another's name."""
    tried = {kind.code for kind in RED.values()}
    elsewhere = {
        *("receiver-address", "receiver-certificate-ends", "receiver-certificate-ends-today"),
        *("receiver-certificate-untrusted", "receiver-closed", "receiver-long"),
        *("receiver-connection-late", "receiver-connection-none", "receiver-differs"),
        "receiver-elsewhere",
        *("receiver-hidden", "receiver-key", "receiver-name-late", "receiver-name-unanswered"),
        *(
            "receiver-name-unknown",
            "receiver-not-tried",
            "receiver-silent",
            "receiver-slow",
            "receiver-tls-name",
            "receiver-unmanaged",
        ),
        *("receiver-unreachable", "receiver-unset", "receiver-unusable"),
    }
    assert {code for code in TEMPLATES if code.startswith("receiver-")} == tried | elsewhere
