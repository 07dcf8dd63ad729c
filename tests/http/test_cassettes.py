"""The exchanges that the vendor documents: played to the client, and put to the stand-in.

So both are held to one text. Nobody on this project can reach the real API: the cassettes are
written by hand from the vendor's page, with ``<KEY>`` where a key stands.
"""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest
import requests
import vcr
import yaml
from support.fleet import KEYS, settings
from support.places import CASSETTES
from vcr.errors import CannotOverwriteExistingCassetteException as NotInCassetteError
from vcr.stubs.requests_stubs import VCRRequestsHTTPSConnection

from reconciler.client.api import (
    PRODUCTION,
    Account,
    Api,
    Delivery,
    ReadFailure,
    Timeouts,
    WriteResult,
)
from reconciler.client.deadline import DeadlineTlsPool
from reconciler.client.decoding import Live
from reconciler.client.transport import Transport
from reconciler.core.key_finder import KeyFinder
from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.core.settings import Switch
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Service, by_name
from reconciler.sandbox.store import Store

RECORDER = vcr.VCR(
    record_mode="none",
    match_on=["method", "scheme", "host", "port", "path", "query", "body"],
    custom_patches=[(DeadlineTlsPool, "ConnectionCls", VCRRequestsHTTPSConnection)],
)
LIVE = settings("on", "on", "on", "https://siteadresi.com/events")
WANTED = replace(LIVE, hangup=Switch.OFF)
MERKEZ = Account("merkez", KEYS["ankara"])
REFUSED = (Message("key-refused"),)
Ask = Callable[[Api], Live | ReadFailure | WriteResult]


def read(api: Api) -> Live | ReadFailure:
    """Ask what the vendor's page asks with GET."""
    return api.read(MERKEZ)


def write(api: Api) -> WriteResult:
    """Send what the vendor's page sends with POST."""
    return api.write(MERKEZ, WANTED)


EXCHANGES: dict[str, tuple[Ask, Live | ReadFailure | WriteResult]] = {
    "get-good-key": (read, Live(LIVE)),
    "get-bad-key": (read, ReadFailure(REFUSED)),
    "post-good-key": (write, WriteResult(Delivery.ACCEPTED)),
    "post-bad-key": (write, WriteResult(Delivery.KEY_REFUSED, REFUSED)),
}
"""By cassette: what is asked of the client, and what it makes of the answer."""


@contextlib.contextmanager
def replaying(name: str) -> Iterator[None]:
    """Let a cassette answer for the API; it is an error to leave any of it unplayed."""
    path, secrets = CASSETTES / f"{name}.yaml", {"<KEY>": MERKEZ.key.reveal()}
    with RECORDER.use_cassette(path, filter_sensitive_data=secrets) as cassette:
        yield
    assert cassette.play_count == len(cassette) > 0, f"{name}.yaml was not played to its end"


@pytest.fixture
def api() -> Iterator[Api]:
    """Give the client as the program uses it against the real API."""
    transport = Transport(PRODUCTION, connections=1)
    yield Api(transport, Timeouts(), KeyFinder({}))
    transport.close()


@pytest.mark.parametrize("name", EXCHANGES)
def test_the_client_understands_what_the_vendor_documents(api: Api, name: str) -> None:
    """Each documented answer becomes the value that the rest of the program builds on."""
    ask, expected = EXCHANGES[name]
    with replaying(name):
        assert ask(api) == expected


OTHERS: dict[str, tuple[str, Ask]] = {
    "another-method": ("get-good-key", write),
    "another-key-in-the-query": (
        "get-good-key",
        lambda api: api.read(Account("merkez", KEYS["bursa"])),
    ),
    "another-key-in-the-form": (
        "post-good-key",
        lambda api: api.write(Account("merkez", KEYS["bursa"]), WANTED),
    ),
    "another-switch": (
        "post-good-key",
        lambda api: api.write(MERKEZ, replace(WANTED, ringing=Switch.OFF)),
    ),
    "another-url": (
        "post-good-key",
        lambda api: api.write(MERKEZ, replace(WANTED, notification_url="https://example.com/")),
    ),
}
"""Requests that differ from a cassette's in one thing."""


@pytest.mark.parametrize(("name", "ask"), OTHERS.values(), ids=OTHERS)
def test_a_cassette_does_not_answer_another_request(api: Api, name: str, ask: Ask) -> None:
    """A client that sent something wrong could not pass by a recorded success."""
    with pytest.raises(NotInCassetteError), replaying(name):
        ask(api)


def test_a_cassette_answers_each_request_once(api: Api) -> None:
    """A client that asked twice where once is enough would be seen."""
    with replaying("post-good-key"):
        write(api)
        with pytest.raises(NotInCassetteError):
            write(api)


def test_a_cassette_that_is_not_played_to_its_end_is_an_error() -> None:
    """A test that sends nothing cannot pass for one that replayed an exchange."""
    with pytest.raises(AssertionError, match="was not played"), replaying("get-good-key"):
        pass


def test_every_cassette_is_played() -> None:
    """No cassette lies idle on the disk, unused by the tests above."""
    assert {path.name for path in CASSETTES.iterdir()} == {f"{name}.yaml" for name in EXCHANGES}


@pytest.mark.parametrize("name", EXCHANGES)
def test_a_cassette_holds_no_key(name: str) -> None:
    """Where a key would stand is the placeholder, in the request and where the answer echoes it."""
    text = (CASSETTES / f"{name}.yaml").read_text(encoding="utf-8")
    assert re.findall(r"(?i)K\d{8}-\w*", text) == []


@pytest.mark.parametrize("name", EXCHANGES)
def test_the_stand_in_answers_as_the_vendor_documents(name: str) -> None:
    """What a cassette asks is answered by the stand-in as by the cassette."""
    store = Store()
    store.update("merkez", asdict(LIVE))
    exists = name.endswith("good-key")
    service = Service(store, by_name({"merkez": MERKEZ.key if exists else KEYS["bursa"]}))
    with SandboxServer(service).running() as origin:
        for recorded in interactions(name, MERKEZ.key):
            assert send(recorded["request"], origin) == recorded_answer(recorded["response"])


def interactions(name: str, key: Key) -> list[dict[str, Any]]:
    """Return a cassette's exchanges, with the key put in."""
    text = (CASSETTES / f"{name}.yaml").read_text(encoding="utf-8")
    recorded: list[dict[str, Any]] = yaml.safe_load(text.replace("<KEY>", key.reveal()))[
        "interactions"
    ]
    return recorded


def send(request: dict[str, Any], origin: str) -> tuple[int, str, str, Any]:
    """Send a recorded request to another server, with a client that is not ours."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(
            request["method"],
            request["uri"].replace(PRODUCTION, origin),
            data=request["body"],
            headers={name: value for name, [value] in request["headers"].items()},
            timeout=120,
        )
    return comparable(
        answer.status_code, answer.reason, answer.headers["Content-Type"], answer.text
    )


def recorded_answer(response: dict[str, Any]) -> tuple[int, str, str, Any]:
    """Return a recorded answer in the shape of a received one."""
    status, [content_type] = response["status"], response["headers"]["Content-Type"]
    text = response["body"]["string"]
    return comparable(status["code"], status["message"], content_type, text)


def comparable(status: int, reason: str, content_type: str, text: str) -> tuple[int, str, str, Any]:
    """Return an answer in which JSON is compared as JSON, and any other text to the letter."""
    is_json = content_type == "application/json"
    return status, reason, content_type, json.loads(text) if is_json else text
