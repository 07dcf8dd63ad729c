"""What an import promises: a plan right after it has nothing to change, and no token gets out.

Whatever is live, and however many santrals: the accepted case is a company with 300, from Excel.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from support.fleet import KEYS, key_number, settings
from support.key_places import private
from support.program import Program, Result
from support.stand_in import StandIn

from reconciler.core.secret import Key
from reconciler.core.settings import Settings, Switch
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Service, by_name
from reconciler.sandbox.store import Store

# Any fleet.

TOKENS = ("Zx9Kq2Wv7Bn4Mt1R", "9f86d081884c7d659a2feaa0c55ad015", "%5Ax9Kq2Wv7%2BBn4Mt1Q")
PARTS = (
    *("{}", "{}.php", "calls", "all-events", "%41", "a b", "{name}", "${x}", "#end", "\u2028", "ş"),
    *(f"token={TOKENS[0]}", TOKENS[1], f"sig={TOKENS[2]}", f"x={TOKENS[0]}&y=1", "😀", "\r", '"'),
)
HOSTS = (
    "crm.example.com",
    "crm.example.com:8443",
    "CRM.example.com",
    "10.0.0.1",
    "şube.example.com",
)
SCHEMES = (*["https://"] * 6, "http://", "HTTPS://", "https://u:Pw7x9Kq2@")


@st.composite
def urls(draw: st.DrawFn, name: str) -> str | None:
    """Draw what may be live: much that is shared, much that is odd, and anything else."""
    parts = st.lists(st.sampled_from(PARTS), max_size=3)
    path, query = "/".join(draw(parts)), "&".join(draw(parts))
    made = f"{draw(st.sampled_from(SCHEMES))}{draw(st.sampled_from(HOSTS))}/{path}?{query}"
    anything = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
    return draw(st.sampled_from([made.replace("{}", name)] * 8) | anything)


switches = st.sampled_from(Switch)


@st.composite
def fleets(draw: st.DrawFn) -> dict[str, Settings]:
    """Draw what is live for each santral that the stand-in knows."""
    return {
        name: Settings(draw(switches), Switch.ON, draw(switches), draw(urls(name))) for name in KEYS
    }


some = tried(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
WAYS = ((), ("--plain-urls",), ("--secrets-out", "secrets"))


def started_anew(program: Program) -> None:
    """Remove what an example before has left."""
    for path in program.folder.iterdir():
        if path.is_file():
            path.unlink()


def is_settled(program: Program, *options: str) -> tuple[int, str]:
    """Plan, and return the exit code, which is 2 for changes, and the last line."""
    planned = program.run("plan", "--detailed-exitcode", "-c", "live.yaml", *options)
    return planned.exit_code, planned.stdout.splitlines()[-1]


SETTLED = (0, "Plan: 0 to change, 4 in sync, 0 failed.")


@some
@given(fleets(), st.sampled_from(WAYS), st.integers(0, 3))
def test_a_plan_right_after_an_import_has_nothing_to_change(
    program: Program,
    stand_in: StandIn,
    fleet: dict[str, Settings],
    way: Sequence[str],
    already: int,
) -> None:
    """Whatever is live, in a new file and in one that had some of the santrals before."""
    started_anew(program)
    for name, live in fleet.items():
        stand_in.hold(name, live)
    secrets = ("--secrets-file", "secrets") if "secrets" in way else ()
    keys = "".join(f"{name}={KEYS[name].reveal()}\n" for name in [*KEYS][:already])
    if keys:
        private(program, "list.csv", f"name,key\n{keys.replace('=', ',')}")
        assert program.run("import", "--csv", "list.csv", "-o", "live.yaml", *way).exit_code == 0
    before = Path("live.yaml").read_bytes() if keys else b""

    result = program.run("import", "-o", "live.yaml", *way)

    assert result.exit_code == 0, result.stderr
    assert Path("live.yaml").read_bytes().startswith(before)
    assert is_settled(program, *secrets) == SETTLED
    assert stand_in.count("POST") == 0


@some
@given(fleets(), st.sampled_from(WAYS[:2]))
def test_the_same_holds_in_the_sandbox(
    program: Program, fleet: dict[str, Settings], way: Sequence[str]
) -> None:
    """There is no key at all, and nothing that is real."""
    started_anew(program)
    state = {"santrals": {name: asdict(live) for name, live in fleet.items()}}
    program.write(".santral/sandbox.json", json.dumps(state))

    result = program.run("import", "--sandbox", "-o", "live.yaml", *way)

    assert (result.exit_code, result.stdout) == (0, "")
    assert is_settled(program, "--sandbox") == SETTLED


# A company.

CITIES = {
    "İstanbul": "istanbul",
    "Şanlıurfa": "sanliurfa",
    "Çanakkale": "canakkale",
    "Muğla": "mugla",
    "Gümüşhane": "gumushane",
    "Iğdır": "igdir",
    "Ağrı": "agri",
    "Van": "van",
    "İzmir": "izmir",
    "Uşak": "usak",
}
KINDS = {"Şube": "sube", "Mağaza": "magaza", "Depo": "depo"}
TITLES = {
    f"{city} {kind} {number}": f"{CITIES[city]}-{KINDS[kind]}-{number}"
    for number in range(1, 11)
    for city in CITIES
    for kind in KINDS
}
"""300 names as people write them, and as a file has them."""
SHARED = "0f1e2d3c4b5a69788796a5b4"
LIVE_KEY_SHAPE = "K12345678-1234-5678-4321-123456789012"
ODD = (
    "http://192.0.2.10:8080/events",
    "https://user:Passw0rd1234@crm.example.com/x",
    "https://crm.example.com/x#frag",
    "HTTPS://crm.example.com/upper",
    "https://şube.example.com/",
    "https://crm.example.com/{id}",
    None,
    " ",
    "https://crm.example.com/a b",
    "https://crm.example.com/\u2028x",
    "http://crm.example.com/plain",
    "https://10.0.0.1/x",
    "https://crm.example.com/${X}",
    "ftp://crm.example.com/c",
    "https://crm/x",
    f"https://crm.example.com/{'a' * 2100}",
    "https://crm.example.com/\rx: y",
    "not a URL",
    "https://crm.example.com:99999/",
    f"https://crm.example.com/{LIVE_KEY_SHAPE}",
)
"""Twenty forms that no file may have, or only with a word on it."""


assert len(ODD) == 20


def token(number: int) -> str:
    """Return a token of a santral's own; every tenth one is percent-encoded in part."""
    digits = hashlib.sha256(f"{number}".encode()).hexdigest()[:24]
    return f"%{ord(digits[0]):02X}{digits[1:]}" if number % 10 == 2 else digits


def url(number: int, name: str) -> str | None:
    """Return what somebody set up by hand: in five styles, and twenty times in an odd form."""
    if number % 15 == 14:
        return ODD[number // 15]
    styles = (
        f"https://crm.example.com/santral/{name}",
        f"https://crm.example.com/hook?santral={name}&token={SHARED}",
        f"https://hooks.other.example.net/{token(number)}/events",
        "https://crm.example.com/all-events",
        f"https://b{number % 3}.example.org/cagri?kod={number}",
    )
    return styles[number % 5]


COMPANY = {
    name: settings(
        "off" if number % 11 == 0 else "on",
        "on",
        "off" if number % 7 == 0 else "on",
        url(number, name),
    )
    for number, name in enumerate(TITLES.values())
}
COMPANY_KEYS: dict[str, Key] = {
    name: key_number(1000 + number) for number, name in enumerate(COMPANY)
}
assert len(COMPANY) == 300
COMPANY_TOKENS = (
    SHARED,
    "Passw0rd1234",
    *(token(number) for number in range(300) if number % 5 == 2 and number % 15 != 14),
)


def company_list(count: int) -> bytes:
    """Return the first rows of the company's list, as Excel saves one in Turkey."""
    rows = (
        f"{title};{COMPANY_KEYS[name].reveal()};{title.split()[0]};"
        for title, name in [*TITLES.items()][:count]
    )
    return "\r\n".join(["Ad;Anahtar;Şehir;Açıklama", *rows, ""]).encode("cp1254")


@pytest.fixture
def company(program: Program) -> Iterator[None]:
    """Serve the company's 300 santrals, of which the list has the names and keys."""
    store = Store()
    for name, live in COMPANY.items():
        store.update(name, asdict(live))
    private(program, "list.csv", company_list(300))
    with SandboxServer(Service(store, by_name(COMPANY_KEYS))).running() as origin:
        program.monkeypatch.setenv("SANTRAL_API_URL", origin)
        program.monkeypatch.setenv("SANTRAL_PARALLELISM", "64")
        yield


IMPORT = ("import", "--csv", "list.csv", "-o", "live.yaml", "--keys-out", "keys")
SECRETS = ("--secrets-out", "secrets")
ALL_SETTLED = (0, "Plan: 0 to change, 300 in sync, 0 failed.")


def planned(program: Program, *options: str) -> tuple[int, str]:
    """Plan what was imported, and return the exit code and the last line."""
    return is_settled(program, "--keys-file", "keys", *options)


def tokens_in(program: Program, *results: Result) -> set[str]:
    """Return what of the tokens is in any file but that of secrets, or was said, in any form."""
    paths = (path for path in program.folder.rglob("*") if path.is_file())
    contents = [path.read_bytes() for path in paths if path.name != "secrets"]
    contents += [f"{one.whole_stdout}{one.stderr}".encode() for one in results]
    return {one for one in COMPANY_TOKENS if any(_holds(content, one) for content in contents)}


def _holds(content: bytes, text: str) -> bool:
    forms = {text.encode(), unquote(text).encode()}
    return any(form in each for form in forms for each in (content, unquote_to_bytes(content)))


CANNOT = "notification_url is unmanaged: the live URL cannot stand in this file."
OPEN = "The notification_url uses http, so call data are sent unencrypted."
ADDRESS = "The host of the notification_url is an IP address, which no certificate vouches for."
CHANGE = "Change the URL so in the panel, then write it here."
REMARKS = f"""\
gumushane-depo-1: {OPEN} {ADDRESS}
gumushane-depo-2: {CANNOT} The URL has a fragment (#...), which is never sent to a server. Remove \
it. {CHANGE}
gumushane-depo-3: {CANNOT} The host has letters beyond ASCII. Write it as DNS does: \
xn--ube-rza.example.com. {CHANGE}
gumushane-depo-4, usak-depo-4: notification_url is unmanaged: none is set. Set one below \
crm_integration.
gumushane-depo-5, usak-depo-9: {CANNOT} The URL must be ASCII without spaces and line breaks. \
Percent-encode other characters, and write an international host as xn--... {CHANGE}
gumushane-depo-6: {OPEN}
gumushane-depo-7, usak-depo-3: {CANNOT} The live URL has braces in it, which would be a \
placeholder in this file. Percent-encode them in the panel (%7B and %7D), then write the URL here.
gumushane-depo-8: {CANNOT} The host has no dot. Write the full DNS name. {CHANGE}
gumushane-depo-9, usak-depo-5: {CANNOT} The live URL has a hidden character or an odd space in it. \
Write it anew in the panel, then here.
gumushane-depo-10: {CANNOT} The port must be from 1 to 65535. {CHANGE}
usak-depo-1: {CANNOT} The URL has a user part before @, which hides the real host. Remove it. \
{CHANGE}
usak-depo-2, usak-depo-7: {CANNOT} The URL must start with https://, in lowercase. {CHANGE}
usak-depo-6: {ADDRESS}
usak-depo-8: {CANNOT} The URL has 2124 characters; at most 2048 are allowed. {CHANGE}
usak-depo-10: {CANNOT} The live URL holds what looks like an API key. Renew that key in the panel: \
whoever gets the calls can use it.
20 santrals have a comment that says what to decide.
"""
BEGINNING = """\
# yaml-language-server: $schema=./schemas/santral.schema.json
#
# Imported from what was live. No key belongs here.
# 20 santrals have a comment that says what to decide.
version: 1

# Merged under every santral, field by field.
defaults:
  crm_integration:
    ringing: on
    answered: on
    hangup: on
    notification_url: https://crm.example.com/santral/{name}

santrals:
  agri-depo-1:
    description: Ağrı Depo 1
    labels:
      sehir: agri
    crm_integration: {}

"""
ENTRIES = {
    "agri-depo-5": "      hangup: off\n",
    "agri-magaza-10": "      notification_url: https://b1.example.org/cagri?kod=289\n",
    "istanbul-depo-1": "      notification_url: "
    "https://hooks.other.example.net/{secret.token_istanbul_depo_1}/events\n",
    "sanliurfa-depo-1": "",
    "van-sube-1": "      hangup: off\n"
    "      notification_url: https://crm.example.com/hook?santral={name}&token={secret.crm_token}\n",
}
"""What some entries have of their own."""


def own_settings(text: str) -> dict[str, str]:
    """Return what each entry of a file has of its own, by name."""
    found = re.findall(
        r"^  (\S+):\n(?:    .*\n)*?    crm_integration:.*\n((?:      .*\n)*)", text, re.MULTILINE
    )
    return dict(found)


@pytest.mark.usefixtures("company")
def test_a_company_is_imported_in_one_command(program: Program) -> None:
    """Its plan is empty, and its file one that a person would have written."""
    result = program.run(*IMPORT, *SECRETS, "--labels", "Şehir")

    text = Path("live.yaml").read_text("utf-8")
    own = own_settings(text)
    assert result == Result(
        0,
        "",
        f"{REMARKS}keys: added 300 lines\nsecrets: added 61 lines\nlive.yaml: written. To compare "
        "it with what is live: santral plan -c live.yaml --keys-file keys --secrets-file secrets\n",
    )
    assert text.startswith(BEGINNING)
    assert sorted(own) == sorted(TITLES.values())
    assert {name: own[name] for name in ENTRIES} == ENTRIES
    assert planned(program, "--secrets-file", "secrets") == ALL_SETTLED
    assert tokens_in(program, result) == set()


@pytest.mark.usefixtures("company")
def test_without_a_file_for_secrets_no_token_is_written_at_all(program: Program) -> None:
    """The URLs that have one are unmanaged, so a plan has nothing to change either."""
    result = program.run(*IMPORT, "--verbose")

    assert result.exit_code == 0
    assert planned(program) == ALL_SETTLED
    assert tokens_in(program, result) == set()


@pytest.mark.usefixtures("company")
def test_a_company_can_be_imported_bit_by_bit(program: Program) -> None:
    """A file that is there gets the rest; what it had stays, and what is shown has no token."""
    private(program, "list.csv", company_list(100))
    first = program.run(*IMPORT, *SECRETS)
    before = Path("live.yaml").read_bytes()
    private(program, "list.csv", company_list(300))

    second = program.run(*IMPORT, *SECRETS, "--verbose")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert Path("live.yaml").read_bytes().startswith(before)
    assert planned(program, "--secrets-file", "secrets") == ALL_SETTLED
    assert tokens_in(program, first, second) == set()
