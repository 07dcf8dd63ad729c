"""Where the keys come from, and that none of them is ever shown."""

import re

import pytest
from support.fleet import FILE, KEYS, settings
from support.key_places import ANKARA, BURSA, failed, put
from support.key_search import files_with_key
from support.program import Program, Result
from support.stand_in import StandIn

pytestmark = pytest.mark.usefixtures("without_keys")

IN_SYNC = "Plan: 0 to change, 2 in sync, 0 failed.\n"


# Precedence


@pytest.mark.parametrize(
    ("places", "used"),
    [
        pytest.param(["SANTRAL_KEY_ANKARA"], "ankara", id="variable"),
        pytest.param(["SANTRAL_KEY_ANKARA", "SANTRAL_KEYS"], "bursa", id="fleet-over-variable"),
        pytest.param(["SANTRAL_KEY_ANKARA", "file"], "canakkale", id="file-over-variable"),
        pytest.param(["SANTRAL_KEYS", "file"], "canakkale", id="file-over-fleet"),
        pytest.param(
            ["SANTRAL_KEY_ANKARA", "SANTRAL_KEYS", "file"], "canakkale", id="file-over-both"
        ),
    ],
)
def test_the_file_goes_before_the_fleet_and_that_before_the_variable(
    program: Program, stand_in: StandIn, places: list[str], used: str
) -> None:
    """Of several keys for one santral, the most explicit one is sent."""
    contents = {
        "SANTRAL_KEY_ANKARA": ANKARA,
        "SANTRAL_KEYS": f"ankara={BURSA}",
        "file": f"ankara={KEYS['canakkale'].reveal()}",
    }
    for place in places:
        put(program, place, contents[place])
    program.run("plan", "--target", "ankara")
    assert stand_in.service.requests == [("GET", used)]


def test_the_places_complete_each_other(program: Program) -> None:
    """A santral that one place does not name is looked up in the next."""
    put(program, "file", f"ankara={ANKARA}")
    put(program, "SANTRAL_KEY_BURSA", BURSA)
    assert program.run("plan") == Result(0, IN_SYNC, "")


def test_the_keys_file_is_an_option(program: Program) -> None:
    """--keys-file names the file, too, and goes before its variable."""
    put(program, "file", "")
    program.write("other", f"ankara={ANKARA}\nbursa={BURSA}\n")
    assert program.run("plan", "--keys-file", "other") == Result(0, IN_SYNC, "")


# Formats

FORMATS = {
    "lines": f"ankara={ANKARA}\nbursa={BURSA}\n",
    "no-final-newline": f"ankara={ANKARA}\nbursa={BURSA}",
    "blanks-and-comments": f"# ours\n\n  ankara = {ANKARA} \n \n  # =\n\tbursa={BURSA}\t\n\n",
    "lines-crlf": f"ankara={ANKARA}\r\n\r\n# ours\r\nbursa={BURSA}\r\n",
    "lines-bom": f"\ufeffankara={ANKARA}\nbursa={BURSA}\n",
    "lines-others-too": f"ankara={ANKARA}\nbursa={BURSA}\nizmir=\n",
    "json": f'{{"ankara": "{ANKARA}", "bursa": "{BURSA}"}}',
    "json-pretty-crlf": f'\r\n{{\r\n  "ankara": "{ANKARA}",\r\n  "bursa": "{BURSA}"\r\n}}\r\n',
    "json-bom": f'\ufeff{{"ankara": "{ANKARA}", "bursa": "{BURSA}"}}',
    "json-spaces-around-keys": f'{{"ankara": " {ANKARA}", "bursa": "{BURSA}\\n"}}',
}


@pytest.mark.parametrize("place", ["file", "SANTRAL_KEYS"])
@pytest.mark.parametrize("content", FORMATS.values(), ids=FORMATS)
def test_lines_and_json_are_read_from_file_and_variable(
    program: Program, place: str, content: str
) -> None:
    """Both places take both formats, whichever editor wrote them."""
    put(program, place, content)
    assert program.run("plan") == Result(0, IN_SYNC, "")


def test_a_key_may_stand_between_spaces_in_its_variable(program: Program) -> None:
    """The newline that a secret store adds does no harm."""
    put(program, "SANTRAL_KEY_ANKARA", f" {ANKARA}\n")
    put(program, "SANTRAL_KEY_BURSA", f"{BURSA}\r\n")
    assert program.run("plan") == Result(0, IN_SYNC, "")


NO_OBJECT = 'It starts like JSON but is not an object of strings: {"name": "key"}.'
UNUSABLE = {
    "no-equals-sign": ("ankara", 'Line 1 is not of the form "name=key".'),
    "key-alone": (f"bursa={BURSA}\n{ANKARA}\n", 'Line 2 is not of the form "name=key".'),
    "no-name": (f"={ANKARA}", 'Line 1 is not of the form "name=key".'),
    "list": (f'["{ANKARA}"]', 'Line 1 is not of the form "name=key".'),
    "name-twice": (
        f"ankara={ANKARA}\n# again\nankara={BURSA}",
        "Line 3 names a key that was given before.",
    ),
    "json-cut": (f'{{"ankara": "{ANKARA}", "bur', NO_OBJECT),
    "json-and-more": (f'{{"ankara": "{ANKARA}"}} bursa={BURSA}', NO_OBJECT),
    "json-nested": (f'{{"ankara": {{"key": "{ANKARA}"}}}}', NO_OBJECT),
    "json-list-inside": (f'{{"ankara": ["{ANKARA}"]}}', NO_OBJECT),
    "json-number": ('{"ankara": 17}', NO_OBJECT),
    "json-null": ('{"ankara": null}', NO_OBJECT),
    "json-very-deep": ('{"ankara": ' * 15_000, NO_OBJECT),
    "json-name-twice": (
        f'{{"ankara": "{ANKARA}", "ankara": "{BURSA}"}}',
        "A key is given twice under one name.",
    ),
}


@pytest.mark.parametrize("place", ["file", "SANTRAL_KEYS"])
@pytest.mark.parametrize(("content", "error"), UNUSABLE.values(), ids=UNUSABLE)
def test_keys_that_cannot_be_read_stop_the_run(
    program: Program, stand_in: StandIn, place: str, content: str, error: str
) -> None:
    """Nothing is sent before all keys are understood, and what stood there is not shown."""
    put(program, place, content)
    source = str(program.folder / "keys") if place == "file" else place
    assert program.run("plan") == Result(1, "", f"{source}: {error}\n")
    assert stand_in.service.requests == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("nowhere", "The system says: No such file or directory", id="missing"),
        pytest.param("folder", "The system says: Is a directory", id="directory"),
        pytest.param("folder/latin-5", "It is not UTF-8 text", id="latin-5"),
    ],
)
def test_a_keys_file_that_cannot_be_read_stops_the_run(
    program: Program, stand_in: StandIn, path: str, reason: str
) -> None:
    """The message names the file and the reason, and nothing is sent."""
    program.write("folder/latin-5", f"# anahtarlarımız\nankara={ANKARA}".encode("iso-8859-9"))
    error = f"The keys file {path} cannot be read. {reason}.\n"
    assert program.run("plan", "--keys-file", path) == Result(1, "", error)
    assert stand_in.service.requests == []


# Missing, malformed and shared keys

MISSING = (
    "There is no key for this santral. Set SANTRAL_KEY_ANKARA, "
    'or add "ankara=..." to SANTRAL_KEYS or to the --keys-file.'
)


@pytest.mark.parametrize(
    ("place", "content"),
    [
        pytest.param("SANTRAL_KEYS", "", id="nowhere"),
        pytest.param("SANTRAL_KEY_ANKARA", "", id="variable-empty"),
        pytest.param("SANTRAL_KEY_ANKARA", " \n", id="variable-blank"),
        pytest.param("SANTRAL_KEYS", "ankara=", id="line-empty"),
        pytest.param("SANTRAL_KEYS", '{"ankara": ""}', id="json-empty"),
        pytest.param("SANTRAL_KEYS", "Ankara=K0", id="another-name"),
        pytest.param("file", "# nothing yet\n", id="file-without-keys"),
    ],
)
def test_a_missing_key_is_an_error_that_names_the_santral_and_the_variable(
    program: Program, place: str, content: str
) -> None:
    """The other santrals are planned, and the exit code tells of the one that was not."""
    put(program, "SANTRAL_KEY_BURSA", BURSA)
    put(program, place, content)
    assert program.run("plan") == Result(1, failed(1, ankara=MISSING), "")


def test_two_santrals_with_one_key_are_both_refused(program: Program, stand_in: StandIn) -> None:
    """Nobody could say whose settings the key would change."""
    put(program, "SANTRAL_KEYS", f"ankara={ANKARA}\nbursa={ANKARA}")
    expected = failed(0, ankara=shared("bursa"), bursa=shared("ankara"))
    assert program.run("plan") == Result(1, expected, "")
    assert stand_in.service.requests == []


@pytest.mark.parametrize("selection", [("--target", "ankara"), ("--exclude", "bursa")])
def test_a_shared_key_is_refused_also_when_one_santral_is_wanted(
    program: Program, stand_in: StandIn, selection: tuple[str, str]
) -> None:
    """The santral left out has its key looked up, too; from wherever it comes."""
    put(program, "SANTRAL_KEY_ANKARA", ANKARA)
    put(program, "file", f"bursa={ANKARA}")
    expected = failed(0, ankara=shared("bursa"))
    assert program.run("plan", *selection) == Result(1, expected, "")
    assert stand_in.service.requests == []


def test_a_shared_key_leaves_the_others_planned(program: Program) -> None:
    """Each of the santrals that share names the others; one with a key of its own is read."""
    program.write("santral.yaml", f"{FILE}  canakkale: {{crm_integration: {{}}}}\n")
    put(program, "SANTRAL_KEYS", f"ankara={ANKARA}\nbursa={BURSA}\ncanakkale={ANKARA}")
    expected = failed(1, ankara=shared("canakkale"), canakkale=shared("ankara"))
    assert program.run("plan") == Result(1, expected, "")


def test_a_santral_that_lacks_a_key_and_is_not_wanted_does_no_harm(program: Program) -> None:
    """Who may change one santral alone needs one key alone."""
    put(program, "SANTRAL_KEY_ANKARA", ANKARA)
    expected = "Plan: 0 to change, 1 in sync, 0 failed.\n"
    assert program.run("plan", "--target", "ankara") == Result(0, expected, "")


def shared(others: str) -> str:
    """Return the error of a santral that has the key of others."""
    return f"This santral was given the same key as {others}. Each santral has a key of its own."


def test_a_key_of_many_santrals_names_a_few_of_them(program: Program) -> None:
    """Each error stays short, or those of 10,000 santrals would be a hundred million names."""
    names = ("a", "b", "c", "d", "e", "f")
    entries = "".join(f"  {name}: {{crm_integration: {{answered: on}}}}\n" for name in names)
    program.write("santral.yaml", f"version: 1\nsantrals:\n{entries}")
    put(program, "SANTRAL_KEYS", "".join(f"{name}={ANKARA}\n" for name in names))
    told = [line for line in program.run("plan").stdout.splitlines() if line[:1] in {"!", " "}]
    others = ("b, c, d", "a, c, d", "a, b, d", "a, b, c", "a, b, c", "a, b, c")
    heads = [f"! {name}  (santral.yaml:{nth}:3)" for nth, name in enumerate(names, start=3)]
    errors = [f"    {shared(f'{few} and 2 more')}" for few in others]
    alike = [*heads[3:], errors[3]]
    assert told == [*(line for nth in range(3) for line in (heads[nth], errors[nth])), *alike]


# Names of keys

BRANCHES = """\
version: 1
santrals:
  ankara-sube-2:
    crm_integration: {answered: on}
  izmir:
    key: ege-bolge
    crm_integration: {answered: on}
"""


def test_the_variable_of_a_key_is_its_name_in_upper_case(program: Program) -> None:
    """``-`` becomes ``_``, and an entry's ``key`` stands for the santral's own name."""
    program.write("santral.yaml", BRANCHES)
    put(program, "SANTRAL_KEY_ANKARA_SUBE_2", ANKARA)
    put(program, "SANTRAL_KEY_EGE_BOLGE", BURSA)
    put(program, "SANTRAL_KEY_IZMIR", "not looked at")
    named = f"= izmir  (santral.yaml:5:3)\n    key: ege-bolge\n\n{IN_SYNC}"
    assert program.run("plan") == Result(0, named, "")


def test_a_missing_key_is_asked_for_by_its_own_name(program: Program) -> None:
    """The message names what to set, and not what the santral is called."""
    program.write("santral.yaml", BRANCHES)
    put(program, "SANTRAL_KEYS", f"ankara-sube-2={ANKARA}\nizmir={BURSA}")
    assert program.run("plan") == Result(1, ASKED_FOR, "")


ASKED_FOR = """\
! izmir  (santral.yaml:5:3)
    key: ege-bolge
    There is no key for this santral. Set SANTRAL_KEY_EGE_BOLGE, or add "ege-bolge=..." to \
SANTRAL_KEYS or to the --keys-file.

Plan: 0 to change, 1 in sync, 1 failed.
"""


# A key in a live URL


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize(
    "url",
    [
        f"https://crm.example.com/{ANKARA}",
        f"https://crm.example.com/?token={ANKARA.lower()}",
        f"https://user:{ANKARA}@crm.example.com/",
        f"https://crm.example.com/{ANKARA[1:20]}",
    ],
)
def test_a_live_url_that_holds_the_key_is_an_error(
    program: Program, stand_in: StandIn, command: str, url: str
) -> None:
    """The plan would show it and the journal keep it, so such a santral is left alone."""
    put(program, "SANTRAL_KEYS", f"ankara={ANKARA}\nbursa={BURSA}")
    stand_in.hold("ankara", settings("on", "on", "off", url))
    error = (
        "The live notification_url contains the key of this santral, and so do the logs of "
        "whoever receives the call data. Set another URL in the panel, and renew the key."
    )
    result = program.run(command)
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.startswith(failed(1, ankara=error))
    assert stand_in.count("POST") == 0
    assert files_with_key(program.folder, KEYS["ankara"]) == []


# One failing, the others going on


def test_a_santral_without_a_key_leaves_the_others_planned(
    program: Program, stand_in: StandIn
) -> None:
    """The change of the one is shown beside the error of the other; the exit code is 1."""
    stand_in.hold("bursa", settings("on", "on", "on", "https://crm.example.com/bursa"))
    put(program, "SANTRAL_KEYS", f"bursa={BURSA}")
    assert program.run("plan", "--detailed-exitcode") == Result(1, ONE_OF_TWO, "")
    assert stand_in.service.requests == [("GET", "bursa")]


ONE_OF_TWO = f"""\
~ bursa  (santral.yaml:11:3)
    ringing  on → off

! ankara  (santral.yaml:9:3)
    {MISSING}

Plan: 1 to change, 0 in sync, 1 failed. To make these changes, run santral apply.
"""


# No key in any output

KEY_SHAPE = re.compile(r"K\d{8}|1111-2222|3333-4444", re.IGNORECASE)
RUNS = {
    "text": ["plan"],
    "json": ["plan", "--format", "json"],
    "verbose": ["plan", "-v", "--show-urls"],
    "apply": ["apply", "-v"],
    "apply-json": ["apply", "--format", "json"],
}


@pytest.mark.parametrize("arguments", RUNS.values(), ids=RUNS)
def test_no_output_and_no_file_holds_a_key(
    program: Program, stand_in: StandIn, arguments: list[str]
) -> None:
    """Keys that work, that the API refuses and echoes, and that are malformed: none is shown."""
    program.write("santral.yaml", f"{FILE}  canakkale: {{crm_integration: {{}}}}\n")
    stand_in.hold("ankara", settings("off", "off", "off", None))
    put(program, "SANTRAL_KEY_ANKARA", ANKARA)
    put(program, "SANTRAL_KEY_BURSA", ANKARA.replace("K0", "K9"))
    put(program, "SANTRAL_KEY_CANAKKALE", ANKARA.replace("-", "_"))
    result = program.run(*arguments)
    written = [path.read_text() for path in program.folder.rglob("*") if path.is_file()]
    assert result.exit_code == 1
    assert KEY_SHAPE.findall("".join([result.stdout, result.stderr, *written])) == []
