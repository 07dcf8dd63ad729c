"""``santral import``: which santrals it reads, with which keys, and what it makes of them."""

import json
import os
from pathlib import Path

import pytest
import yaml
from support.fault_server import FaultServer
from support.fleet import ANKARA, BURSA, KEYS, OTHER_SHAPE, key_number, settings
from support.key_places import private, put
from support.program import IN_SANDBOX, Program, Result
from support.stand_in import StandIn
from support.workflow_commands import commands_in

from reconciler.sandbox.service import Reply

TOKEN = "Zx9Kq2Wv7Bn4Mt1R"  # noqa: S105 - nobody's
A, B, C, D = (key.reveal() for key in KEYS.values())
NOWHERE = (
    "Warning: The keys of the list are written nowhere. To have them in a file for later runs, "
    "import with --keys-out.\n"
)
UNQUOTED = "What it said is not shown, because the URL of this santral may have a secret."

HEAD = """\
# yaml-language-server: $schema=./schemas/santral.schema.json
#
# Imported from what was live. No key belongs here.
version: 1
"""
TO_DECIDE = HEAD.replace("version", "# 1 santral has a comment that says what to decide.\nversion")
BOTH = f"""\
{HEAD}
# Merged under every santral, field by field.
defaults:
  crm_integration:
    answered: on
    hangup: on
    notification_url: https://crm.example.com/{{name}}

santrals:
  ankara:
    crm_integration:
      ringing: on

  bursa:
    crm_integration:
      ringing: off
"""
ONLY_ANKARA = f"""\
{HEAD}
santrals:
  ankara:
    crm_integration:
      ringing: on
      answered: on
      hangup: on
      notification_url: https://crm.example.com/ankara
"""


@pytest.fixture
def live(program: Program, stand_in: StandIn) -> StandIn:
    """Give an API with two santrals that were set up, and no key at hand."""
    for name in KEYS:
        program.monkeypatch.delenv(f"SANTRAL_KEY_{name.upper()}")
    stand_in.hold("ankara", ANKARA)
    stand_in.hold("bursa", BURSA)
    return stand_in


@pytest.fixture
def two(program: Program, live: StandIn) -> StandIn:
    """Give an API with two santrals that were set up, and their keys."""
    put(program, "SANTRAL_KEYS", f"ankara={A}\nbursa={B}\n")
    return live


def files(program: Program) -> set[str]:
    """Return the names of all files that are there."""
    return {path.name for path in program.folder.rglob("*") if path.is_file()}


def mode(path: str) -> int:
    """Return who may do what with a file."""
    return Path(path).stat().st_mode & 0o777


# Keys.


@pytest.mark.parametrize("place", ["file", "SANTRAL_KEYS", "SANTRAL_KEYS_7"])
def test_with_nothing_but_keys_every_santral_is_read(
    program: Program, live: StandIn, place: str
) -> None:
    """Each is called as its key is; what is written is what a plan finds in sync."""
    put(program, place, f"bursa={B}\nankara={A}\n")

    result = program.run("import")

    assert result == Result(0, BOTH, "")
    assert sorted(live.service.requests) == [("GET", "ankara"), ("GET", "bursa")]
    program.write("santral.yaml", result.stdout)
    assert program.run("plan").stdout == "Plan: 0 to change, 2 in sync, 0 failed.\n"


def test_a_variable_of_one_key_names_its_santral(program: Program, live: StandIn) -> None:
    """In lowercase, with hyphens: it is the name by which a plan finds it again."""
    program.monkeypatch.setenv("SANTRAL_KEY_A_B", A)

    result = program.run("import")

    assert result == Result(0, ONLY_ANKARA.replace("ankara:", "a-b:"), "")
    program.write("santral.yaml", result.stdout)
    assert program.run("plan").stdout == "Plan: 0 to change, 1 in sync, 0 failed.\n"


def test_files_go_before_variables_of_many_keys_and_those_before_variables_of_one(
    program: Program, live: StandIn
) -> None:
    """As everywhere: each name is read once, with the key that a plan would take."""
    private(program, "keys", f"x={A}\n")
    put(program, "SANTRAL_KEYS", f"x={B}\ny={B}\n")
    program.monkeypatch.setenv("SANTRAL_KEY_X", C)
    program.monkeypatch.setenv("SANTRAL_KEY_Y", C)

    result = program.run("import", "--keys-file", "keys")

    assert (result.exit_code, result.stderr) == (0, "")
    assert sorted(live.service.requests) == [("GET", "ankara"), ("GET", "bursa")]


NO_KEYS = {
    "a file that nobody names": (
        (),
        "No key at all was given, but there is a file keys in this folder. To take the keys from "
        'there, run export SANTRAL_KEYS_FILE="$PWD/keys" in this terminal, or add --keys-file '
        "keys.\n",
    ),
    "an empty file": (
        ("--keys-file", "keys"),
        "No key at all was given: the keys file keys holds none. Write a line "
        '"name=key" for each santral into it.\n',
    ),
}


@pytest.mark.parametrize(("options", "said"), NO_KEYS.values(), ids=NO_KEYS)
def test_without_a_key_nothing_is_read(
    program: Program, live: StandIn, options: tuple[str, ...], said: str
) -> None:
    """An error that says where keys are looked for, or that the file has none."""
    private(program, "keys", "# none yet\n")

    assert program.run("import", *options, "-o", "santral.yaml") == Result(1, "", said)
    assert (live.service.requests, files(program)) == ([], {"keys"})


def test_a_line_without_a_key_yet_is_passed_over(program: Program, live: StandIn) -> None:
    """And so is a variable that a pipeline has left empty."""
    put(program, "SANTRAL_KEYS", f"ankara={A}\nizmir=\n")
    program.monkeypatch.setenv("SANTRAL_KEY_VAN", "")

    assert program.run("import") == Result(0, ONLY_ANKARA, "")


def test_a_key_whose_name_no_file_can_have_is_named_where_it_cannot_be_a_key(
    program: Program, live: StandIn
) -> None:
    """The others are written."""
    put(program, "SANTRAL_KEYS", f"ankara={A}\nİzmir_2={B}\n{C}=denizli\n")

    assert program.run("import") == Result(
        1,
        ONLY_ANKARA,
        "Nothing was read for İzmir_2, because a santral cannot have such a name in a file. Give "
        "each a name of lowercase letters (a-z), digits and hyphens, at most 63.\n"
        "Nothing was read for 1 key, because a santral cannot have that name in a file. The name "
        "is not shown, because it may be a key itself. Write lines of the form name=key.\n",
    )


def test_a_key_in_place_of_a_name_is_not_shown(program: Program, live: StandIn) -> None:
    """Even where it would be a name by its characters."""
    put(program, "SANTRAL_KEYS", f"ankara={A}\n{C.lower()}={B}\n")

    result = program.run("import")

    assert (result.exit_code, result.stdout) == (1, ONLY_ANKARA)
    assert result.stderr.startswith("Nothing was read for 1 key, because a santral cannot have")
    assert C.lower() not in result.stderr


def test_where_no_key_has_a_name_for_a_file_nothing_is_read(
    program: Program, live: StandIn
) -> None:
    """Of many, ten are named."""
    lines = [f"Şube {n}={key_number(100 + n).reveal()}\n" for n in range(12)]
    put(program, "SANTRAL_KEYS", "".join(lines).replace(" ", "_"))

    assert program.run("import") == Result(
        1,
        "",
        "Nothing was read for Şube_0, Şube_1, Şube_10, Şube_11, Şube_2, Şube_3, Şube_4, Şube_5, "
        "Şube_6, Şube_7 and 2 more, because a santral cannot have such a name in a file. Give each "
        "a name of lowercase letters (a-z), digits and hyphens, at most 63.\n",
    )
    assert live.service.requests == []


def test_the_same_key_under_two_names_is_the_error_of_both(program: Program, live: StandIn) -> None:
    """Nobody could say whose settings they are."""
    put(program, "SANTRAL_KEYS", f"ankara={A}\nbursa={B}\nizmir={B}\n")

    assert program.run("import") == Result(
        1,
        ONLY_ANKARA,
        "bursa: This santral was given the same key as izmir. Each santral has a key of its own.\n"
        "izmir: This santral was given the same key as bursa. Each santral has a key of its own.\n",
    )


# Reading.


def test_each_santral_is_read_over_a_connection_of_its_own(program: Program) -> None:
    """No answer to another one can come over it: what is read becomes what is wanted."""
    put(program, "SANTRAL_KEYS", f"ankara={A}\nbursa={B}\ncanakkale={C}\n")
    with FaultServer(KEYS) as server:
        program.monkeypatch.setenv("SANTRAL_API_URL", server.origin)
        result = program.run("import", "--parallelism", "1")

    assert (result.exit_code, result.stderr) == (0, "")
    assert (server.connections, [asked.method for asked in server.requests]) == (3, ["GET"] * 3)


def test_what_cannot_be_read_is_named_and_the_rest_written(program: Program, two: StandIn) -> None:
    """The same reason once, for all that have it."""
    put(program, "SANTRAL_KEYS_2", f"canakkale={C}\ndenizli={D}\nvan={key_number(9).reveal()}\n")
    for name in ("canakkale", "denizli"):
        two.answer("GET", name, with_=Reply(403, "no"))

    assert program.run("import") == Result(
        1,
        BOTH,
        f"canakkale, denizli: The API answered 403. {UNQUOTED}\n"
        "van: The API refused the key. Copy it from the panel again: it may have been renewed "
        "there.\n",
    )


def test_all_that_cannot_be_read_are_named_however_many_they_are(
    program: Program, two: StandIn
) -> None:
    """Nothing else says which they are."""
    names = [f"van-{number}" for number in range(10, 40)]
    keys = (key_number(100 + number).reveal() for number in range(30))
    lines = (f"{name}={key}\n" for name, key in zip(names, keys, strict=True))
    put(program, "SANTRAL_KEYS_2", "".join(lines))

    assert program.run("import").stderr == (
        f"{', '.join(names)}: The API refused the key. Copy it from the panel again: it may have "
        "been renewed there.\n"
    )


def test_what_the_api_says_of_a_santral_is_not_shown(program: Program, live: StandIn) -> None:
    """It may repeat a live URL, and nobody knows yet which of those have a token."""
    put(program, "SANTRAL_KEYS", f"ankara={A}\n")
    live.answer("GET", with_=Reply(500, f"cannot call https://crm.example.com/?token={TOKEN}"))

    result = program.run("import", "--verbose")

    assert (result.exit_code, result.stdout, TOKEN in result.stderr) == (1, "", False)
    assert f"ankara: The API answered 500. {UNQUOTED}" in result.stderr


def test_where_none_can_be_read_nothing_is_written(program: Program, two: StandIn) -> None:
    """Not even the file of keys."""
    two.answer("GET", with_=Reply(403, "no"))

    result = program.run("import", "-o", "santral.yaml", "--keys-out", "keys")

    assert result == Result(
        1,
        "",
        f"ankara, bursa: The API answered 403. {UNQUOTED}\n"
        "No santral could be read. Nothing was written.\n",
    )
    assert files(program) == set()


def test_what_time_does_not_allow_for_is_not_written(program: Program, two: StandIn) -> None:
    """It is named, and a later run adds it."""
    two.answer("GET", "bursa", with_=Reply(429, "", headers={"Retry-After": "3000"}))

    result = program.run("import", "--time-limit", "1000")

    assert (result.exit_code, result.stdout) == (1, ONLY_ANKARA)
    assert result.stderr.startswith("bursa: ")


# The sandbox.


def test_in_the_sandbox_all_that_was_set_up_there_is_read(program: Program) -> None:
    """A first try, with no key and nothing at risk."""
    program.write("first.yaml", BOTH)
    program.run("apply", "--sandbox", "-c", "first.yaml")

    assert program.run("import", "--sandbox") == Result(0, BOTH, IN_SANDBOX)


def test_a_list_can_be_tried_in_the_sandbox(program: Program) -> None:
    """Its names are asked for, and its keys go nowhere."""
    program.write("first.yaml", BOTH)
    program.run("apply", "--sandbox", "-c", "first.yaml")
    private(program, "list.csv", f"name,key\nAnkara,{A}\n")

    result = program.run("import", "--sandbox", "--csv", "list.csv")

    described = "  ankara:\n    description: Ankara\n"
    assert result == Result(0, ONLY_ANKARA.replace("  ankara:\n", described), IN_SANDBOX)
    assert A not in (program.folder / ".santral/sandbox.json").read_text()


def test_an_empty_sandbox_has_nothing_to_read(program: Program) -> None:
    """An error that says how to fill it."""
    assert program.run("import", "--sandbox") == Result(
        1,
        "",
        "No santral was set up in the sandbox (.santral/sandbox.json) yet. Set some up with "
        "santral apply --sandbox, or name a list with --csv.\n",
    )


def test_what_somebody_has_set_up_in_the_sandbox_under_an_odd_name_is_named(
    program: Program,
) -> None:
    """The file of the sandbox may be edited."""
    off = dict.fromkeys(("ringing", "answered", "hangup"), "off")
    url = "https://crm.example.com/ankara"
    on = {"ringing": "on", "answered": "on", "hangup": "on", "notification_url": url}
    odd = {**off, "notification_url": None}
    state = {"santrals": {"ankara": on, "Ankara Şube\n": odd, A: odd}}
    program.write(".santral/sandbox.json", json.dumps(state))

    assert program.run("import", "--sandbox") == Result(
        1,
        ONLY_ANKARA,
        f"{IN_SANDBOX}Nothing was read for Ankara Şube\\n, because a santral cannot have such a "
        "name in a file. Give each a name of lowercase letters (a-z), digits and hyphens, at most "
        "63.\n"
        "Nothing was read for 1 key, because a santral cannot have that name in a file. The name "
        "is not shown, because it may be a key itself. Write lines of the form name=key.\n",
    )


# Lists.

LIST = f"""\
Ad;Anahtar;Şehir;Açıklama
İstanbul Şube 2;{A};İstanbul;
Bursa;{B};Bursa;Depo: 2
bursa;{C};;
"""
NUMBERED = (
    "list.csv:4: This santral is called bursa-2, since another one in the list has its name "
    "already.\n"
)
UNSET = "bursa-2: notification_url is unmanaged: none is set. Set one below crm_integration.\n"
FROM_LIST = f"""\
{TO_DECIDE}
# Merged under every santral, field by field.
defaults:
  crm_integration:
    ringing: off
    answered: on
    hangup: on

santrals:
  bursa:
    description: "Depo: 2"
    labels:
      sehir: bursa
    crm_integration:
      notification_url: https://crm.example.com/bursa

  bursa-2:
    description: bursa
    # notification_url is unmanaged: none is set. Set one below crm_integration.
    crm_integration:
      answered: off
      hangup: off

  istanbul-sube-2:
    description: İstanbul Şube 2
    labels:
      sehir: istanbul
    crm_integration:
      ringing: on
      notification_url: https://crm.example.com/ankara
"""


@pytest.mark.parametrize(
    "text", ["##vso[task.setvariable x]y", "a ##[error]b", '##teamcity[c "d"]']
)
def test_a_description_in_a_list_is_no_command_to_a_runner(
    program: Program, live: StandIn, text: str
) -> None:
    """Where the file goes to stdout; whoever reads the file reads the description."""
    private(program, "list.csv", f"name\tkey\tdescription\nankara\t{A}\t{text}\n")

    printed = program.run("import", "--csv", "list.csv").stdout

    assert [*commands_in(printed)] == []
    assert yaml.safe_load(printed)["santrals"]["ankara"]["description"] == text
    program.write("live.yaml", printed)
    assert program.run("validate", "-c", "live.yaml").exit_code == 0


@pytest.mark.parametrize("encoding", ["cp1254", "utf-8", "utf-8-sig", "utf-16"])
def test_a_list_from_excel_names_the_santrals(
    program: Program, live: StandIn, encoding: str
) -> None:
    """With the names that it has; the keys are kept under those, for the plan."""
    private(program, "list.csv", LIST.encode(encoding))

    result = program.run(
        *("import", "--csv", "list.csv", "--labels", "Şehir", "-o", "live.yaml"),
        *("--keys-out", "keys"),
    )

    assert result == Result(
        0,
        "",
        f"{NUMBERED}{UNSET}keys: added 3 lines\nlive.yaml: written. To compare it with what is "
        "live: santral plan -c live.yaml --keys-file keys\n",
    )
    assert Path("live.yaml").read_text("utf-8") == FROM_LIST
    assert Path("keys").read_text() == f"istanbul-sube-2={A}\nbursa={B}\nbursa-2={C}\n"
    assert (mode("keys"), live.count("POST")) == (0o600, 0)
    plan = program.run("plan", "-c", "live.yaml", "--keys-file", "keys")
    assert plan.stdout == "Plan: 0 to change, 3 in sync, 0 failed.\n"


def test_what_became_of_a_list_is_not_told_to_who_wants_errors_only(
    program: Program, live: StandIn
) -> None:
    """Numbered names, and URLs that are unmanaged."""
    private(program, "list.csv", LIST)

    result = program.run("import", "--csv", "list.csv", "--labels", "Şehir", "--quiet")

    assert result == Result(0, FROM_LIST, "")


BAD_LIST = f"""\
name,key
ankara,{A}
,{B}
denizli,{A}
van,K1
"""
BAD_ROWS = (
    "list.csv:3: There is no name in this row. Write one, or delete the row.\n"
    "list.csv:4: The key in this row is also in the one that begins at line 2. Each santral has a "
    "key of its own.\n"
    "list.csv:5: The key in this row cannot be an API key. A key has 8 to 256 printable ASCII "
    "characters without spaces or quotes. Was all of it copied, and nothing else?\n"
)


def test_rows_that_are_wrong_are_all_told_and_nothing_is_read_or_written(
    program: Program, live: StandIn
) -> None:
    """With the line of each, and without a key of theirs."""
    private(program, "list.csv", BAD_LIST)

    result = program.run("import", "--csv", "list.csv", "-o", "live.yaml", "--keys-out", "keys")

    assert result == Result(
        1,
        "",
        f"{BAD_ROWS}3 problems are in the list, so nothing was read and nothing written. Correct "
        "them, or leave those rows out with --skip-bad.\n",
    )
    assert (live.service.requests, files(program)) == ([], {"list.csv"})


def test_bad_rows_can_be_left_out(program: Program, live: StandIn) -> None:
    """They are told all the same."""
    private(program, "list.csv", BAD_LIST)

    result = program.run("import", "--csv", "list.csv", "--skip-bad", "--quiet")

    assert result == Result(0, ONLY_ANKARA, BAD_ROWS)


def test_where_every_row_is_bad_nothing_is_left_to_read(program: Program, live: StandIn) -> None:
    """The keys at hand are not what was asked for."""
    private(program, "list.csv", f"name,key\n,{A}\n")
    put(program, "SANTRAL_KEYS", f"ankara={A}\n")

    result = program.run("import", "--csv", "list.csv", "--skip-bad")

    assert result == Result(
        1,
        "",
        "list.csv:2: There is no name in this row. Write one, or delete the row.\n"
        "No row of the list is right, so there is nothing to read.\n",
    )
    assert live.service.requests == []


BAD_LISTS = {
    "a column that is not there": (
        f"name,key\nankara,{A}\n".encode(),
        ("--labels", "Şehir, key"),
        "list.csv:1: There is no column Şehir for a label of this name. Write its heading as it is "
        "in the list. key cannot be a label: names, keys and descriptions of santrals have columns "
        "of this name.\n",
    ),
    "no headings": (
        f"ankara,{A}\n".encode(),
        (),
        "list.csv:1: This row has no headings. The first row of a list says what its columns hold: "
        "write name (or ad, isim, santral) above the names, and key (or anahtar) above the keys.\n",
    ),
    "a workbook": (
        b"PK\x03\x04",
        (),
        "list.csv: This is an Excel workbook, not CSV. Open it in Excel and save it with Save As "
        'and the type "CSV UTF-8".\n',
    ),
    "an empty one": (
        b"",
        (),
        "list.csv: There is no santral in this list. Write headings into its first row (name;key "
        "or ad;anahtar), and a santral into each row below.\n",
    ),
}


def test_no_key_of_any_shape_gets_into_the_file(program: Program, live: StandIn) -> None:
    """Though it is none of the list's, and stands in a description."""
    put(program, "SANTRAL_KEYS", "other=words-as-a-key-may-have")
    private(program, "list.csv", f"ad;anahtar;açıklama\nankara;{A};words-as-a-key-may-have\n")

    result = program.run("import", "--csv", "list.csv", "-o", "santral.yaml", "--keys-out", "keys")

    assert result == Result(
        1,
        "",
        "A key stands in the list elsewhere than in its column, so it would be in the file. "
        "Nothing was written. Remove it from the names, the descriptions and the labels.\n",
    )
    assert files(program) == {"list.csv"}


@pytest.mark.parametrize(("content", "options", "said"), BAD_LISTS.values(), ids=BAD_LISTS)
def test_a_list_that_cannot_be_used_says_what_it_lacks(
    program: Program, live: StandIn, content: bytes, options: tuple[str, ...], said: str
) -> None:
    """Before anything is read."""
    private(program, "list.csv", content)

    assert program.run("import", "--csv", "list.csv", *options) == Result(1, "", said)
    assert live.service.requests == []


FROM_THE_ENVIRONMENT = {
    "not there": (
        None,
        "list.csv: This file cannot be read. The system says: No such file or directory.\n",
    ),
    "no list": (b"PK\x03\x04", BAD_LISTS["a workbook"][2]),
}


@pytest.mark.parametrize(
    ("content", "said"), FROM_THE_ENVIRONMENT.values(), ids=FROM_THE_ENVIRONMENT
)
def test_an_error_about_a_list_names_the_variable_that_named_it(
    program: Program, live: StandIn, content: bytes | None, said: str
) -> None:
    """Nobody looks for it on the command line then."""
    program.monkeypatch.setenv("SANTRAL_CSV", "list.csv")
    if content:
        private(program, "list.csv", content)

    result = program.run("import")

    assert result == Result(1, "", f"{said}Taken from the environment: SANTRAL_CSV.\n")


def test_a_list_of_keys_that_others_may_read_is_warned_of(program: Program, live: StandIn) -> None:
    """It holds what a keys file does."""
    program.write("list.csv", f"name,key\nankara,{A}\n").chmod(0o644)

    assert program.run("import", "--csv", "list.csv") == Result(
        0,
        ONLY_ANKARA,
        "Warning: Other users of this machine may read list.csv, which holds keys or secrets. Take "
        'that permission away with "chmod 600 list.csv".\n'
        f"{NOWHERE}",
    )


def test_a_key_of_the_list_that_is_at_hand_keeps_its_name(program: Program, live: StandIn) -> None:
    """Under a second name, too, the next plan would have it twice."""
    put(program, "SANTRAL_KEYS", f"merkez={A}")
    private(program, "list.csv", f"ad;anahtar\nankara;{A}\n")
    as_live = ONLY_ANKARA.replace("  ankara:\n", "  ankara:\n    key: merkez\n")

    new = program.run("import", "--csv", "list.csv", "--keys-out", "keys", "-o", "live.yaml")
    again = program.run("import", "--csv", "list.csv", "-o", "live.yaml")

    assert (new.exit_code, Path("live.yaml").read_text("utf-8")) == (0, as_live)
    assert Path("keys").read_text("utf-8") == f"merkez={A}\n"
    assert again == Result(0, "", "live.yaml: has this santral already\n")
    assert program.run("plan", "-c", "live.yaml").exit_code == 0


def test_another_key_than_is_at_hand_under_a_santrals_name_is_an_error(
    program: Program, live: StandIn
) -> None:
    """Every later run would take the other one, and change another santral."""
    put(program, "SANTRAL_KEYS", f"ankara={B}")
    private(program, "list.csv", f"ad;anahtar\nankara;{A}\nbursa;{C}\n")

    result = program.run("import", "--csv", "list.csv", "-o", "live.yaml", "--keys-out", "keys")

    assert (result.exit_code, result.stderr.splitlines()[1]) == (
        1,
        "ankara: The list has another key for this santral than is at hand under the name ankara, "
        "which every later run would take. Remove the one that is not right.",
    )
    assert "ankara:" not in Path("live.yaml").read_text("utf-8")
    assert Path("keys").read_text("utf-8") == f"bursa={C}\n"


# Tokens and keys in URLs.

WITH_TOKEN = settings("on", "on", "on", f"https://crm.example.com/ankara?token={TOKEN}")


@pytest.fixture
def token(program: Program, live: StandIn) -> StandIn:
    """Give an API with a santral in whose URL a token is."""
    put(program, "SANTRAL_KEYS", f"ankara={A}\n")
    live.hold("ankara", WITH_TOKEN)
    return live


def test_a_url_with_a_token_is_left_unmanaged(program: Program, token: StandIn) -> None:
    """Nothing of it is shown or written, and a plan has nothing to change."""
    result = program.run("import")

    url = "      notification_url: https://crm.example.com/ankara\n"
    why = (
        "notification_url is unmanaged: the live URL seems to hold a token. Delete",
        "this entry and import again with --secrets-out, or write the URL here with",
        "{secret.NAME}.",
    )
    comment = "".join(f"    # {line}\n" for line in why)
    written = ONLY_ANKARA.replace(url, "").replace(
        "    crm_integration", f"{comment}    crm_integration"
    )
    assert result == Result(0, written.replace(HEAD, TO_DECIDE), f"ankara: {' '.join(why)}\n")
    program.write("santral.yaml", result.stdout)
    assert program.run("plan").stdout == "Plan: 0 to change, 1 in sync, 0 failed.\n"


def test_a_token_becomes_a_secret_where_there_is_a_file_for_it(
    program: Program, token: StandIn
) -> None:
    """Bound to its host, in a file for its owner only; the plan fills it in again."""
    result = program.run("import", "-o", "live.yaml", "--secrets-out", "my secrets")

    assert result == Result(
        0,
        "",
        "my secrets: added 1 line\nlive.yaml: written. To compare it with what is live: santral "
        "plan -c live.yaml --secrets-file 'my secrets'\n",
    )
    assert Path("live.yaml").read_text() == ONLY_ANKARA.replace(
        "/ankara\n", "/ankara?token={secret.crm_token}\n"
    )
    assert Path("my secrets").read_text() == f"crm_token@crm.example.com={TOKEN}\n"
    assert mode("my secrets") == 0o600
    plan = program.run("plan", "-c", "live.yaml", "--secrets-file", "my secrets")
    assert plan.stdout == "Plan: 0 to change, 1 in sync, 0 failed.\n"


def test_a_token_is_written_in_full_where_that_was_asked_for(
    program: Program, token: StandIn
) -> None:
    """It is the user's decision."""
    assert program.run("import", "--plain-urls") == Result(
        0, ONLY_ANKARA.replace("/ankara\n", f"/ankara?token={TOKEN}\n"), ""
    )


@pytest.mark.parametrize("held", [OTHER_SHAPE, A, B, OTHER_SHAPE.replace("_", "%5F")])
@pytest.mark.parametrize("options", [(), ("--plain-urls",), ("--secrets-out", "secrets")])
def test_a_key_in_a_live_url_is_written_nowhere(
    program: Program, live: StandIn, held: str, options: tuple[str, ...]
) -> None:
    """Of whatever shape, and whoever it belongs to: such a santral counts as not to be read."""
    put(program, "SANTRAL_KEYS", f"ankara={A}\nbursa={B}\nother={OTHER_SHAPE}\n")
    live.hold("ankara", settings("on", "on", "on", f"https://crm.example.com/x?to={held}"))

    result = program.run("import", "--keys-out", "keys", "-o", "live.yaml", *options)

    owner = "this santral" if held in {A, B} else "santral other"  # A and B are much alike.
    assert result.stderr.startswith(
        f"ankara: The live notification_url contains the key of {owner}, and so do the logs of "
        "whoever receives the call data. "
    )
    assert (result.exit_code, files(program) - {"secrets"}) == (1, {"keys", "live.yaml"})
    shown = [Path(name).read_text() for name in files(program) - {"keys"}]
    assert not [text for text in (*shown, result.stderr) if held in text]


# Options.

WRONG_LINES = {
    "two ways for a token": (
        ("--secrets-out", "secrets", "--plain-urls"),
        "--secrets-out and --plain-urls cannot be used together.",
    ),
    "labels of no list": (
        ("--labels", "city"),
        "--labels and --skip-bad are for a list: add --csv.",
    ),
    "rows of no list": (("--skip-bad",), "--labels and --skip-bad are for a list: add --csv."),
    "keys of the sandbox": (
        ("--sandbox", "--keys-out", "keys"),
        "--keys-out and --secrets-out are for real santrals: the sandbox has keys and secrets of "
        "its own.",
    ),
    "secrets of the sandbox": (
        ("--sandbox", "--secrets-out", "secrets"),
        "--keys-out and --secrets-out are for real santrals: the sandbox has keys and secrets of "
        "its own.",
    ),
}


@pytest.mark.parametrize(("options", "said"), WRONG_LINES.values(), ids=WRONG_LINES)
def test_options_that_do_not_go_together_are_refused(
    program: Program, two: StandIn, options: tuple[str, ...], said: str
) -> None:
    """Before anything is read."""
    result = program.run("import", *options)

    usage = "Usage: santral import [OPTIONS]\nTry 'santral import --help'.\n\n"
    assert result == Result(1, "", f"{usage}Error: {said}\n")
    assert (two.service.requests, files(program)) == ([], set())


def test_every_option_can_be_a_variable(program: Program, token: StandIn) -> None:
    """As of every command."""
    private(program, "list.csv", LIST)
    values = {
        "CSV": "list.csv",
        "LABELS": "Şehir",
        "SKIP_BAD": "1",
        "OUTPUT": "live.yaml",
        "KEYS_OUT": "keys",
        "SECRETS_OUT": "secrets",
        "PLAIN_URLS": "0",
        "YES": "1",
    }
    for name, value in values.items():
        program.monkeypatch.setenv(f"SANTRAL_{name}", value)

    result = program.run("import")

    assert (result.exit_code, result.stdout) == (0, "")
    assert files(program) == {"list.csv", "live.yaml", "keys", "secrets"}
    assert os.environ["SANTRAL_CSV"] == "list.csv"
