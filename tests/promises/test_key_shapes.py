"""A key has any shape that the vendor may give it, and no spelling of it is shown."""

import html
import json
import os
import re
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import pytest
from support import texts_of_files
from support.fleet import OTHER_SHAPE, settings
from support.key_places import ANKARA, BURSA, failed, put
from support.key_search import files_with_key
from support.program import Program, Result
from support.readme import PIPELINES, README, README_TR
from support.stand_in import StandIn
from support.validation import PASTED, expected_of, validated_with_each_parser

from reconciler.core.language import TURKISH
from reconciler.core.secret import Key
from reconciler.core.translation import catalogue_of
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Reply, Service, by_name
from reconciler.sandbox.store import Store
from reconciler.scaffold.wording import in_words

pytestmark = pytest.mark.usefixtures("without_keys")

PIPELINE_FILES = "".join(
    in_words(text, translate)
    for text in texts_of_files.PIPELINES.values()
    for translate in (str, catalogue_of(TURKISH).gettext)
)

MALFORMED = (
    "The key of this santral (ankara) cannot be an API key. A key has 8 to 256 printable ASCII "
    "characters without spaces or quotes. Was all of it copied, and nothing else?"
)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(ANKARA.replace("-", " ", 1), id="space"),
        pytest.param(ANKARA.replace("-", "\n", 1), id="newline"),
        pytest.param(f"{ANKARA}\x1b[2J", id="control"),
        pytest.param(ANKARA.replace("-", '"', 1), id="a-quote-inside"),
        pytest.param(ANKARA.replace("1", "\u0661"), id="arabic-digits"),
        pytest.param(ANKARA.replace("K", "\u212a"), id="kelvin-sign"),
        pytest.param(f"\ufeff{ANKARA}", id="bom"),
        pytest.param(os.fsdecode(b"\xff" + ANKARA.encode()), id="not-utf-8"),
        pytest.param("sevenup", id="7-characters"),
        pytest.param("0" * 257, id="257-characters"),
    ],
)
def test_a_malformed_key_is_refused_unsent_and_unshown(
    program: Program, stand_in: StandIn, key: str
) -> None:
    """What cannot be a key may be another secret: it goes neither to the API nor to the screen."""
    put(program, "SANTRAL_KEY_ANKARA", key)
    put(program, "SANTRAL_KEY_BURSA", BURSA)
    assert program.run("plan") == Result(1, failed(1, ankara=MALFORMED), "")
    assert stand_in.service.requests == [("GET", "bursa")]


QUOTED = "The key of this santral (ankara) stands in quotes. Remove them: no key has any."


@pytest.mark.parametrize(
    "quotes", ['""', "''", "\u201c\u201d", "\u2018\u2019", "\u201e\u201c", '" ', ' "']
)
@pytest.mark.parametrize("place", ["SANTRAL_KEY_ANKARA", "SANTRAL_KEYS", "file", "JSON"])
def test_a_key_in_quotes_is_told_so_unsent_and_unshown(
    program: Program, stand_in: StandIn, quotes: str, place: str
) -> None:
    """As a shell or a program's settings have them, or an editor makes them; also only one."""
    key = f"{quotes[0]}{ANKARA}{quotes[1]}"
    content = {"SANTRAL_KEY_ANKARA": key, "JSON": json.dumps({"ankara": key})}
    put(program, "SANTRAL_KEY_BURSA", BURSA)
    put(program, place.replace("JSON", "SANTRAL_KEYS"), content.get(place, f"ankara={key}"))
    assert program.run("plan") == Result(1, failed(1, ankara=QUOTED), "")
    assert stand_in.service.requests == [("GET", "bursa")]


PLACEHOLDER = (
    "The key of this santral (ankara) is still the placeholder from the documentation. Replace it "
    "with the key from the panel: Online İşlem Merkezi, Bulut Santralim, Santral Ayarlarım."
)
PLACEHOLDERS = sorted(
    {
        *re.findall("PUT-ITS-KEY[-A-Z0-9]*", README + README_TR),
        *re.findall('ankara"?[=:]"?([-A-Z]+)', PIPELINES + PIPELINE_FILES),
    }
)


@pytest.mark.parametrize("key", PLACEHOLDERS)
@pytest.mark.parametrize("place", ["SANTRAL_KEYS", "file"])
def test_a_placeholder_of_the_documents_is_refused_unsent(
    program: Program, stand_in: StandIn, key: str, place: str
) -> None:
    """Whoever follows them is told what was left out, and not what the API says of it."""
    put(program, place, f"ankara={key}\nbursa={BURSA}")
    assert program.run("plan") == Result(1, failed(1, ankara=PLACEHOLDER), "")
    assert stand_in.service.requests == [("GET", "bursa")]


def test_all_placeholders_are_tried() -> None:
    """Those of the README, and of what pipelines are set up by, in both languages."""
    assert [*PLACEHOLDERS] == [
        "ANAHTARI",
        "ITS-KEY",
        *(f"PUT-ITS-KEY-FROM-THE-PANEL-HERE-{number}" for number in (1, 2, 3, 4)),
    ]


SHAPES = {
    "8 characters": "a_secret",
    "256 characters": "0123456789abcdef" * 16,
    "one that begins with sk_": OTHER_SHAPE,
    "all that ASCII has": "!#$%&()*+,-./09:;<=>?@AZ[\\]^_`az{|}~",
    "a form's characters": "a&ringing=off&b=c+d%41%zz?e#f",
    "a line's characters": "#==a=b=#",
}


@pytest.mark.parametrize("key", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("place", ["SANTRAL_KEY_ANKARA", "SANTRAL_KEYS", "file", "JSON"])
def test_a_key_may_have_any_shape(program: Program, key: str, place: str) -> None:
    """From 8 to 256 printable ASCII characters, it comes to the API as it was given."""
    content = {"SANTRAL_KEY_ANKARA": key, "JSON": json.dumps({"ankara": key})}
    put(program, place.replace("JSON", "SANTRAL_KEYS"), content.get(place, f"ankara={key}"))
    service = Service(Store(), by_name({"ankara": Key(key)}))
    service.store.update("ankara", asdict(settings("on", "on", "off", "https://a.example.com/")))
    with SandboxServer(service).running() as origin:
        result = program.run("apply", "-v", "--target=ankara", "--api-url", origin)

    assert (result.exit_code, result.stdout.splitlines()[-1][:16]) == (0, "Apply: 1 applied")
    assert service.store.get("ankara").hangup == "on"
    assert set(files_with_key(program.folder, Key(key))) <= {"keys"}


@pytest.mark.parametrize("key", SHAPES.values(), ids=SHAPES)
def test_a_key_of_any_shape_that_is_refused_and_echoed_is_not_shown(
    program: Program, stand_in: StandIn, key: str
) -> None:
    """As it is, in HTML, and percent-encoded, in an error that is quoted otherwise."""
    spellings = (key, html.escape(key), quote(key, safe=""), quote(quote(key, safe="")))
    stand_in.answer(with_=Reply(404, " | ".join(spellings)))
    put(program, "SANTRAL_KEY_ANKARA", key)
    result = program.run("plan", "--target=ankara")
    said = 'The API answered 404: "*** | *** | *** | ***".'
    assert result == Result(1, failed(0, ankara=said), "")


@pytest.mark.parametrize("case", PASTED, ids=lambda case: case.stem)
def test_a_file_with_a_pasted_key_gets_the_expected_message(case: Path, program: Program) -> None:
    """With the place and without the key, of both known shapes, whichever parser reads it."""
    assert validated_with_each_parser(case, program) == expected_of(case)
