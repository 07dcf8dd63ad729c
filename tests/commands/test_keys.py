"""Where the keys come from, and that none of them is ever shown."""

import os
import re
import threading

import pytest
from support.fleet import FILE, KEYS, settings
from support.key_places import ANKARA, BURSA, failed, private, put
from support.key_search import files_with_key
from support.program import Program, Result
from support.reports import TO_APPLY
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
    private(program, "other", f"ankara={ANKARA}\nbursa={BURSA}\n")
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


BEGINS_WITH_QUOTE = (
    'Line 1 begins with a quote. Write "name=key" without quotes around any part of it.'
)
NO_OBJECT = 'It starts like JSON but is not an object of strings: {"name": "key"}.'
UNUSABLE = {
    "no-equals-sign": ("ankara", 'Line 1 is not of the form "name=key".'),
    "key-alone": (f"bursa={BURSA}\n{ANKARA}\n", 'Line 2 is not of the form "name=key".'),
    "written-line-break": (
        f"ankara={ANKARA}\\nbursa={BURSA}",
        "Line 1 has \\n written out where a line ends. Use real line breaks.",
    ),
    "no-name": (f"={ANKARA}", 'Line 1 is not of the form "name=key".'),
    "list": (f'["{ANKARA}"]', 'Line 1 is not of the form "name=key".'),
    "export": (
        f"# ours\nexport ankara={ANKARA}",
        'Line 2 begins with "export", as in a shell script. Write only "name=key".',
    ),
    "export-of-a-variable": (
        f"export\tSANTRAL_KEY_ANKARA={ANKARA}",
        'Line 1 begins with "export", as in a shell script. Write only "name=key".',
    ),
    "variable": (
        f"SANTRAL_KEY_ANKARA={ANKARA}",
        "Line 1 begins with SANTRAL_KEY_, which is for variables. Write the name of the key as it "
        'is in santral.yaml: "name=key".',
    ),
    "line-in-quotes": (f'"ankara={ANKARA}"', BEGINS_WITH_QUOTE),
    "name-in-quotes": (f"'ankara'='{ANKARA}'", BEGINS_WITH_QUOTE),
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
    taken = "Taken from the environment: SANTRAL_KEYS_FILE.\n" if place == "file" else ""
    assert program.run("plan") == Result(1, "", f"{source}: {error}\n{taken}")
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


UTF_16 = (
    "The keys file keys cannot be read. It is UTF-16, not UTF-8. Save it again: in Notepad with "
    "Save As and the encoding UTF-8, in PowerShell with -Encoding utf8.\n"
)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("comment", ["", "# anahtarlarımız\r\n", "# " + "ışığı" * 5])
def test_a_keys_file_in_utf_16_says_how_to_save_it(
    program: Program, encoding: str, comment: str
) -> None:
    """With a mark at its beginning or without, as PowerShell and Notepad write it."""
    text = f"{comment}\r\nankara={ANKARA}\r\nbursa={BURSA}\r\n"
    private(program, "keys", text.encode(encoding))
    assert program.run("plan", "--keys-file", "keys") == Result(1, "", UTF_16)


@pytest.mark.parametrize("content", ["ankara=", '{"ankara": ""}', "ankara =  "])
def test_a_line_without_its_key_is_named(program: Program, content: str) -> None:
    """Whoever reads "there is no key" sees a line for it, and looks elsewhere."""
    put(program, "SANTRAL_KEY_BURSA", BURSA)
    put(program, "SANTRAL_KEYS", content)
    empty = (
        "There is no key for this santral: nothing stands behind ankara in the keys. Write its "
        "key there."
    )
    assert program.run("plan") == Result(1, failed(1, ankara=empty), "")


# Several files and variables


def test_several_keys_files_are_taken_together(program: Program) -> None:
    """In any order, with a space in a name; none of them is looked at before another."""
    private(program, "of ankara", f"ankara={ANKARA}\n")
    private(program, "of:bursa", f'{{"bursa": "{BURSA}"}}')
    for files in (("of ankara", "of:bursa"), ("of:bursa", "of ankara")):
        named = [argument for file in files for argument in ("--keys-file", file)]
        assert program.run("plan", *named) == Result(0, IN_SYNC, "")


@pytest.mark.parametrize("name", ["my keys", "keys:ours", "a b:c"])
def test_the_variable_names_one_keys_file(program: Program, name: str) -> None:
    """Whatever characters its name has, for a colon may be part of it."""
    file = private(program, name, f"ankara={ANKARA}\nbursa={BURSA}\n")
    program.monkeypatch.setenv("SANTRAL_KEYS_FILE", str(file))
    assert program.run("plan") == Result(0, IN_SYNC, "")


def test_several_pipes_are_keys_files(program: Program) -> None:
    """As bash makes them of <(...); nobody is warned of their permissions."""
    ends = [os.pipe() for _ in range(2)]
    for (_, writing), line in zip(ends, (f"ankara={ANKARA}", f"bursa={BURSA}"), strict=True):
        os.write(writing, line.encode())
        os.close(writing)
    named = [f"--keys-file=/dev/fd/{reading}" for reading, _ in ends]
    assert program.run("plan", *named) == Result(0, IN_SYNC, "")
    for reading, _ in ends:
        os.close(reading)


def test_an_empty_name_of_a_keys_file_is_an_error(program: Program) -> None:
    """A variable that is not set must not mean other keys than were meant."""
    result = program.run("plan", "--keys-file", "")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(
        "\nError: Invalid value for '--keys-file': It is empty. Is a variable not set?\n"
    )


def test_the_numbered_variables_are_taken_together_with_the_first(program: Program) -> None:
    """A forge's secret ends at 48 KB; each may have either format, and the first may be missing."""
    program.write("santral.yaml", f"{FILE}  canakkale: {{crm_integration: {{ringing: off}}}}\n")
    put(program, "SANTRAL_KEYS", f"ankara={ANKARA}")
    put(program, "SANTRAL_KEYS_2", f'{{"bursa": "{BURSA}"}}')
    put(program, "SANTRAL_KEYS_9", f"canakkale={KEYS['canakkale'].reveal()}")
    assert program.run("plan").stdout.endswith(f"Plan: 1 to change, 2 in sync, 0 failed.{TO_APPLY}")

    program.monkeypatch.delenv("SANTRAL_KEYS")
    put(program, "SANTRAL_KEYS_3", f"ankara={ANKARA}")
    assert program.run("plan").stdout.endswith(f"Plan: 1 to change, 2 in sync, 0 failed.{TO_APPLY}")


def test_a_numbered_variable_that_is_not_read_is_warned_of(program: Program) -> None:
    """Whoever splits the keys may begin with 1, or go on after 9; an empty one means nothing."""
    put(program, "SANTRAL_KEYS", f"ankara={ANKARA}\nbursa={BURSA}")
    put(program, "SANTRAL_KEYS_1", "izmir=a-made-up-key")
    put(program, "SANTRAL_KEYS_10", "a-made-up-key")
    put(program, "SANTRAL_KEYS_11", "")
    warnings = "".join(
        f"Warning: {name} is not read. Give the keys in SANTRAL_KEYS (what does not fit there, in "
        "SANTRAL_KEYS_2 to SANTRAL_KEYS_9), or name a file with them in SANTRAL_KEYS_FILE.\n"
        for name in ("SANTRAL_KEYS_1", "SANTRAL_KEYS_10")
    )
    assert program.run("plan") == Result(0, IN_SYNC, warnings)


TWICE = {
    "one file": ({"a": f"ankara={ANKARA}\n\nankara={BURSA}"}, "a:1", "a:3"),
    "two files": ({"a": f"ankara={ANKARA}", "b": f"# ours\nankara={ANKARA}"}, "a:1", "b:2"),
    "lines and JSON": ({"a": f"ankara={ANKARA}", "b": f'{{"ankara": "{BURSA}"}}'}, "a:1", "b"),
    "one variable": (
        {"SANTRAL_KEYS": f"ankara={ANKARA}\nankara={BURSA}"},
        "SANTRAL_KEYS:1",
        "SANTRAL_KEYS:2",
    ),
    "two variables": (
        {"SANTRAL_KEYS_2": f"bursa={BURSA}\nankara={ANKARA}", "SANTRAL_KEYS_5": "ankara="},
        "SANTRAL_KEYS_2:2",
        "SANTRAL_KEYS_5:1",
    ),
}


@pytest.mark.parametrize(("contents", "first", "second"), TWICE.values(), ids=TWICE)
def test_a_name_that_is_given_twice_in_one_kind_of_place_is_an_error(
    program: Program, stand_in: StandIn, contents: dict[str, str], first: str, second: str
) -> None:
    """Both places are named; the later one does not silently win."""
    named: list[str] = []
    for place, content in contents.items():
        if place.startswith("SANTRAL_KEYS"):
            put(program, place, content)
        else:
            private(program, place, content)
            named += ["--keys-file", place]
    error = f"A name of a key is given twice: at {first} and at {second}. Remove one of the two.\n"
    assert program.run("plan", *named) == Result(1, "", error)
    assert stand_in.service.requests == []


# Permissions

EXPOSED = (
    "Warning: Other users of this machine may read {}, which holds keys or secrets. Take "
    'that permission away with "chmod 600 {}".\n'
)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_keys_file_that_others_may_read_is_warned_of(program: Program, mode: int) -> None:
    """Once, with what to do; nothing else changes, and --quiet wants no warnings."""
    private(program, "my keys", f"ankara={ANKARA}\nbursa={BURSA}\n").chmod(mode)
    expected = EXPOSED.format("my keys", "'my keys'")
    assert program.run("plan", "--keys-file", "my keys") == Result(0, IN_SYNC, expected)
    assert program.run("plan", "-q", "--keys-file", "my keys") == Result(0, IN_SYNC, "")


@pytest.mark.parametrize(("mode", "is_exposed"), [(0o440, False), (0o640, False), (0o444, True)])
def test_of_a_file_of_somebody_else_the_group_may_read_it(
    program: Program, mode: int, *, is_exposed: bool
) -> None:
    """As we do then, for instance a Secret in a pod that is not run by root; others may not."""
    private(program, "my keys", f"ankara={ANKARA}\nbursa={BURSA}\n").chmod(mode)
    other = os.geteuid() + 1
    program.monkeypatch.setattr(os, "geteuid", lambda: other)
    expected = EXPOSED.format("my keys", "'my keys'") if is_exposed else ""
    assert program.run("plan", "--keys-file", "my keys") == Result(0, IN_SYNC, expected)


def test_a_named_pipe_is_not_warned_of(program: Program) -> None:
    """Whatever its permissions, it keeps nothing."""
    pipe = program.folder / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o644)
    content = f"ankara={ANKARA}\nbursa={BURSA}\n"
    writer = threading.Thread(target=pipe.write_text, args=(content,))
    writer.start()
    assert program.run("plan", "--keys-file", "pipe") == Result(0, IN_SYNC, "")
    writer.join()


def test_each_of_several_keys_files_is_warned_of(program: Program) -> None:
    """But not the one that is as it should be."""
    private(program, "a", f"ankara={ANKARA}").chmod(0o644)
    private(program, "b", f"bursa={BURSA}").chmod(0o666)
    private(program, "c", "canakkale=")
    named = [f"--keys-file={name}" for name in "abc"]
    expected = EXPOSED.format("a", "a") + EXPOSED.format("b", "b")
    assert program.run("plan", *named) == Result(0, IN_SYNC, expected)


# Missing, malformed and shared keys

NONE = (
    'No key at all was given: SANTRAL_KEYS is empty or not set. Write a line "name=key" for each '
    "santral into a file, and name the file with --keys-file (SANTRAL_KEYS_FILE), or give the "
    "lines in SANTRAL_KEYS. In a pipeline, is there such a secret, and may this job read it?"
)
NONE_IN_FILE = (
    'No key at all was given: the keys file {} holds none. Write a line "name=key" for each '
    "santral into it."
)
NONE_IN_FILES = (
    'No key at all was given: none of the 2 keys files holds one (a, b). Write a line "name=key" '
    "for each santral into one of them."
)


@pytest.mark.parametrize("variables", [[], ["SANTRAL_KEYS"], ["SANTRAL_KEYS", "SANTRAL_KEYS_2"]])
def test_no_key_at_all_is_one_fact(
    program: Program, stand_in: StandIn, variables: list[str]
) -> None:
    """Each santral has the same message: a forge's secret that is missing is an empty variable."""
    for variable in variables:
        put(program, variable, "")
    assert program.run("plan") == Result(1, failed(0, ankara=NONE, bursa=NONE), "")
    assert stand_in.service.requests == []


def test_a_keys_file_without_a_key_is_named(program: Program) -> None:
    """Or several; whoever gave one need not hear of variables."""
    for name in ("a", "b"):
        private(program, name, "# later\n")
    one, both = NONE_IN_FILE.format("a"), NONE_IN_FILES
    expected = Result(1, failed(0, ankara=one, bursa=one), "")
    assert program.run("plan", "--keys-file=a") == expected
    expected = Result(1, failed(0, ankara=both, bursa=both), "")
    assert program.run("plan", "--keys-file=a", "--keys-file=b") == expected


MISSING = (
    "There is no key for this santral. Set SANTRAL_KEY_ANKARA, "
    'or add "ankara=..." to SANTRAL_KEYS or to the --keys-file.'
)


@pytest.mark.parametrize(
    ("place", "content"),
    [
        pytest.param("SANTRAL_KEYS", "", id="nowhere"),
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


@pytest.mark.parametrize("content", ["", " \n"])
def test_a_variable_that_is_set_to_nothing_is_named(program: Program, content: str) -> None:
    """As a forge sets it where it has no such secret; to set it is no advice then."""
    put(program, "SANTRAL_KEY_BURSA", BURSA)
    put(program, "SANTRAL_KEY_ANKARA", content)
    empty = (
        "There is no key for this santral. SANTRAL_KEY_ANKARA is set, but empty. In a pipeline, is "
        "there a secret for it, and may this job read it?"
    )
    assert program.run("plan") == Result(1, failed(1, ankara=empty), "")


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
    """The message names what to set; and the key of the santral's own name, if that is there."""
    program.write("santral.yaml", BRANCHES)
    put(program, "SANTRAL_KEYS", f"ankara-sube-2={ANKARA}\nizmir={BURSA}")
    assert program.run("plan") == Result(1, ASKED_FOR, "")


ASKED_FOR = """\
! izmir  (santral.yaml:5:3)  key: ege-bolge
    There is no key for this santral. Set SANTRAL_KEY_EGE_BOLGE, or add "ege-bolge=..." to \
SANTRAL_KEYS or to the --keys-file. There is one named "izmir", which no santral uses. If it is \
the one for this santral, rename it to "ege-bolge", or write "key: izmir" in the entry of this \
santral.

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

Plan: 1 to change, 0 in sync, 1 failed.{TO_APPLY}"""


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


def test_a_file_with_keys_that_nobody_names_is_named(program: Program) -> None:
    """It is what the guided start leaves, and a new terminal knows nothing of."""
    program.write("santral.yaml", "version: 1\nsantrals: {ankara: {crm_integration: {}}}\n")
    program.write("keys", "ankara=a-key-of-nobody\n").chmod(0o600)

    result = program.run("plan")

    assert (
        "No key at all was given, but there is a file keys in this folder. To take the keys from "
        'there, run export SANTRAL_KEYS_FILE="$PWD/keys" in this terminal, or add --keys-file keys.'
    ) in result.stdout
