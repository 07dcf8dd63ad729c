"""Keys that no santral uses are counted, and named where their names cannot be keys."""

import json

import pytest
from support.fleet import FILE, KEYS, OTHER_SHAPE, key_number
from support.key_places import ANKARA, BURSA, failed, put
from support.key_search import files_with_key
from support.program import Program
from support.stand_in import StandIn

from reconciler.core.secret import Key

pytestmark = pytest.mark.usefixtures("without_keys")

BOTH = f"ankara={ANKARA}\nbursa={BURSA}\n"
HIDDEN = (
    " 1 name is not shown, because it may be a key itself. Is there a line of the form key=name?\n"
)
SOME_KEY = KEYS["denizli"].reveal()


def lines(*names: str) -> str:
    """Return a key for each name, none for two."""
    keys = (key_number(number).reveal() for number in range(100, 200))
    return "".join(f"{name}={key}\n" for name, key in zip(names, keys, strict=False))


UNUSED = {
    "none": ("", ""),
    "one": (
        lines("Merkez"),
        "1 key is used by no santral of these files: Merkez.\n",
    ),
    "several, in order": (
        lines("yeni-sube", "Merkez", "İZMİR_2", "bayındır"),
        "4 keys are used by no santral of these files: Merkez, bayındır, yeni-sube, İZMİR_2.\n",
    ),
    "ten": (
        lines(*(f"sube-{number}" for number in range(10))),
        "10 keys are used by no santral of these files: "
        "sube-0, sube-1, sube-2, sube-3, sube-4, sube-5, sube-6, sube-7, sube-8, sube-9.\n",
    ),
    "twelve": (
        lines(*(f"sube-{number}" for number in range(10, 22))),
        "12 keys are used by no santral of these files: sube-10, sube-11, sube-12, sube-13, "
        "sube-14, sube-15, sube-16, sube-17, sube-18, sube-19 and 2 more.\n",
    ),
    "one without a key yet": ("izmir=\n", ""),
}


@pytest.mark.parametrize("place", ["SANTRAL_KEYS", "file"])
@pytest.mark.parametrize(("others", "told"), UNUSED.values(), ids=UNUSED)
def test_keys_that_no_santral_uses_are_named(
    program: Program, place: str, others: str, told: str
) -> None:
    """In one line; it is information, so --quiet does without, and the exit code is the same."""
    put(program, place, BOTH + others)
    result = program.run("plan")
    assert (result.exit_code, result.unused, result.stderr) == (0, told, "")
    assert program.run("plan", "-q").unused == ""


def test_variables_of_single_keys_count_too(program: Program) -> None:
    """Those of santrals in the files do not, whichever place their keys come from."""
    put(program, "SANTRAL_KEYS", BOTH)
    for name in ("ANKARA", "YENI_SUBE", "merkez"):
        put(program, f"SANTRAL_KEY_{name}", key_number(len(name)).reveal())
    put(program, "SANTRAL_KEY_LATER", "")
    assert program.run("plan").unused == (
        "2 keys are used by no santral of these files: SANTRAL_KEY_YENI_SUBE, SANTRAL_KEY_merkez.\n"
    )


@pytest.mark.parametrize("selection", ["--target=ankara", "--exclude=ankara"])
def test_the_santrals_that_were_not_asked_for_count(program: Program, selection: str) -> None:
    """Their keys are not superfluous because somebody looks at one santral."""
    put(program, "SANTRAL_KEYS", BOTH)
    assert program.run("plan", selection).unused == ""


def test_the_sandbox_has_no_keys_to_speak_of(program: Program) -> None:
    """It looks at none."""
    put(program, "SANTRAL_KEYS", BOTH + lines("merkez"))
    assert program.run("plan", "--sandbox").unused == ""


@pytest.mark.parametrize("command", ["apply", "rollback"])
def test_each_command_that_reads_santrals_says_it(program: Program, command: str) -> None:
    """Once."""
    put(program, "SANTRAL_KEYS", BOTH + lines("merkez"))
    program.run("apply")
    assert program.run(command).unused.count("merkez") == 1


MAY_BE_KEYS = {
    "a key before its name": f"{SOME_KEY}=yeni-sube",
    "a key of the other shape": f"{OTHER_SHAPE}=yeni-sube",
    "a key of words before its name": "not-a-random-key=yeni-sube",
    "a short name behind it": "abcdefgh=izmir",
    "a colon in place of =": f"izmir:{SOME_KEY}==",
    "a space in place of =": f"izmir {SOME_KEY}==",
    "a hyphen in place of =": f"izmir-{SOME_KEY}=x",
    "hexadecimal": "0123abcd4567ef89=abcdefgh12345678",
    "letters in any case": "aBcDeFgHiJkLmNoP=abcdefgh12345678",
    "long numbers": "izmir-20211231=abcdefgh12345678",
    "a very long word": f"{'a' * 16}=abcdefgh12345678",
    "hostile": "izmir\x1b[2J=abcdefgh12345678",
}


@pytest.mark.parametrize("line", MAY_BE_KEYS.values(), ids=MAY_BE_KEYS)
def test_a_name_that_may_be_a_key_is_counted_and_not_shown(program: Program, line: str) -> None:
    """With what may have gone wrong; the others are named beside it."""
    put(program, "SANTRAL_KEYS", BOTH + line)
    told = f"1 key is used by no santral of these files.{HIDDEN}"
    assert program.run("plan").unused == told

    put(program, "SANTRAL_KEYS", f"{BOTH}{line}\nmerkez=abcdefgh12345678")
    told = f"2 keys are used by no santral of these files: merkez.{HIDDEN}"
    assert program.run("plan").unused == told
    assert files_with_key(program.folder, Key(line.split("=", maxsplit=1)[0])) == []


@pytest.mark.parametrize("name", ["several-words-for-one", "words-for-on", "severalwords"])
def test_a_name_that_is_part_of_a_key_at_hand_is_not_shown(program: Program, name: str) -> None:
    """Of that of a santral in the files, in whatever spelling is looked for."""
    keys = {"ankara": "its-several-words-for-one-0123", "bursa": f"x-{name}"}
    put(program, "SANTRAL_KEYS", json.dumps({**keys, name: "abcdefgh12345678"}))
    told = f"1 key is used by no santral of these files.{HIDDEN}"
    assert program.run("plan").unused == told


# Near names

MISSING = (
    "There is no key for this santral. Set SANTRAL_KEY_ANKARA, "
    'or add "ankara=..." to SANTRAL_KEYS or to the --keys-file. '
)
NEAR = (
    'There is one named "{}", which no santral uses. If it is the one for this santral, rename it '
    'to "{}"'
)
ENTRY = ', or write "key: {}" in the entry of this santral.'


@pytest.mark.parametrize("near", ["Ankara", "ANKARA", "an-kara", "an_kara"])
def test_a_missing_key_names_the_one_that_is_there_under_a_similar_name(
    program: Program, near: str
) -> None:
    """It differs in what is easily mistaken; only what a file may say is advised."""
    put(program, "SANTRAL_KEYS", f"{lines(near)}bursa={BURSA}")
    advice = NEAR.format(near, "ankara") + (ENTRY.format(near) if near == "an-kara" else ".")
    assert program.run("plan").stdout == failed(1, ankara=MISSING + advice)


@pytest.mark.parametrize("near", ["akara", "ankarra", "ankaar", "ankaro", "snkara"])
def test_a_key_of_which_a_letter_was_mistyped_is_named(program: Program, near: str) -> None:
    """One too few, too many, another, or two in the wrong order."""
    put(program, "SANTRAL_KEYS", f"{lines(near)}bursa={BURSA}")
    advice = NEAR.format(near, "ankara") + ENTRY.format(near)
    assert program.run("plan").stdout == failed(1, ankara=MISSING + advice)


@pytest.mark.parametrize(
    ("variable", "key"),
    [
        ("SANTRAL_KEY_ankara", None),
        ("SANTRAL_KEY_AN_KARA", "an-kara"),
        ("SANTRAL_KEY_Ankara", None),
    ],
)
def test_a_variable_of_a_similar_name_is_named(
    program: Program, variable: str, key: str | None
) -> None:
    """What to rename it to is a variable, too."""
    put(program, variable, key_number(9).reveal())
    put(program, "SANTRAL_KEY_BURSA", BURSA)
    advice = NEAR.format(variable, "SANTRAL_KEY_ANKARA") + (ENTRY.format(key) if key else ".")
    assert program.run("plan").stdout == failed(1, ankara=MISSING + advice)


TURKISH = {
    "isik-cesme-sogut": ["IŞIK-ÇEŞME-SÖĞÜT", "ışık_çeşme_söğüt", "İsik-Cesme-Sogut"],
    "sube-2": ["şube-2", "ŞUBE_2"],
}


@pytest.mark.parametrize(
    ("wanted", "near"),
    [(wanted, near) for wanted, names in TURKISH.items() for near in names],
)
def test_turkish_letters_count_as_the_ones_they_are_written_for(
    program: Program, wanted: str, near: str
) -> None:
    """A name in the file has none of them."""
    program.write("santral.yaml", FILE.replace("ankara:", f"{wanted}:"))
    put(program, "SANTRAL_KEYS", f"{lines(near)}bursa={BURSA}")
    advice = NEAR.format(near, wanted)
    assert advice in program.run("plan").stdout


@pytest.mark.parametrize("other", ["ankara-2", "ankara2", "izmir", "a", "kara-ankara"])
def test_a_name_that_means_another_santral_is_not_suggested(program: Program, other: str) -> None:
    """Digits tell santrals apart."""
    put(program, "SANTRAL_KEYS", f"{lines(other)}bursa={BURSA}")
    assert program.run("plan").stdout == failed(1, ankara=MISSING.strip())


def test_a_short_name_is_not_taken_for_another(program: Program) -> None:
    """A letter is too much of it."""
    program.write("santral.yaml", FILE.replace("ankara:", "abc:"))
    put(program, "SANTRAL_KEYS", f"{lines('abd')}bursa={BURSA}")
    assert "There is one named" not in program.run("plan").stdout


def test_a_key_that_is_there_and_malformed_has_no_near_name(program: Program) -> None:
    """What is wrong with it is all there is to say."""
    put(program, "SANTRAL_KEYS", f'ankara="{ANKARA}"\nbursa={BURSA}\n{lines("Ankara")}')
    quoted = "The key of this santral (ankara) stands in quotes. Remove them: no key has any."
    assert program.run("plan").stdout == failed(1, ankara=quoted)


def test_a_key_that_another_santral_uses_is_not_suggested(program: Program) -> None:
    """Two santrals never have one key."""
    program.write("santral.yaml", FILE.replace("bursa:", "an-kara:"))
    put(program, "SANTRAL_KEYS", f"an-kara={BURSA}")
    assert MISSING.strip() + "\n" in program.run("plan").stdout


@pytest.mark.parametrize("near", ["ankara-K12345678", f"ankara{SOME_KEY}"])
def test_a_near_name_that_may_be_a_key_is_not_shown(
    program: Program, stand_in: StandIn, near: str
) -> None:
    """Not there either."""
    put(program, "SANTRAL_KEYS", f"{lines(near)}bursa={BURSA}")
    assert program.run("plan").stdout == failed(1, ankara=MISSING.strip())


def test_placeholders_that_were_left_in_the_keys_are_not_counted(
    program: Program, in_sync: StandIn
) -> None:
    """They are lines of the README, and belong to no santral."""
    keys = f"ankara={ANKARA}\nbursa={BURSA}\nizmir=PUT-ITS-KEY-FROM-THE-PANEL-HERE-1"
    for name in KEYS:
        program.monkeypatch.delenv(f"SANTRAL_KEY_{name.upper()}", raising=False)
    program.monkeypatch.setenv("SANTRAL_KEYS", keys)

    result = program.run("plan")

    assert (result.exit_code, result.stderr, result.unused) == (0, "", "")
