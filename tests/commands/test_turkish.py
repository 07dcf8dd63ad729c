"""The program in Turkish: who asks for it gets it everywhere, and nothing else changes."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from support.fleet import FILE
from support.program import Program
from support.stand_in import StandIn

from reconciler.core import forms, translation
from reconciler.core.language import chosen
from reconciler.core.messages import Message, say
from reconciler.core.translation import speak
from reconciler.sandbox.service import Reply

TURKISH_LETTERS = re.compile("[çğıöşüÇĞİÖŞÜ]")

CHOSEN: Mapping[str, tuple[Sequence[str], Mapping[str, str], str]] = {
    "nothing": ((), {}, "en"),
    "LANG": ((), {"LANG": "tr_TR.UTF-8"}, "tr"),
    "LANG alone": ((), {"LANG": "tr"}, "tr"),
    "with a hyphen": ((), {"LANG": "tr-TR"}, "tr"),
    "with an encoding only": ((), {"LANG": "tr.UTF-8"}, "tr"),
    "with a modifier": ((), {"LANG": "tr@x"}, "tr"),
    "C": ((), {"LANG": "C"}, "en"),
    "an unknown one": ((), {"LANG": "xx_XX"}, "en"),
    "a word that begins so": ((), {"LANG": "trk"}, "en"),
    "LC_MESSAGES before LANG": ((), {"LANG": "tr_TR", "LC_MESSAGES": "C"}, "en"),
    "LC_ALL before LC_MESSAGES": ((), {"LC_ALL": "tr_TR", "LC_MESSAGES": "C"}, "tr"),
    "SANTRAL_LANG before all": ((), {"SANTRAL_LANG": "en", "LC_ALL": "tr_TR"}, "en"),
    "in capitals": ((), {"SANTRAL_LANG": "TR"}, "tr"),
    "an empty one": ((), {"SANTRAL_LANG": "", "LC_ALL": "", "LANG": "tr_TR"}, "tr"),
    "behind a command": (("plan", "--lang", "tr"), {"LANG": "en_US"}, "tr"),
    "before a command": (("--lang", "tr", "plan"), {}, "tr"),
    "in one word": (("plan", "--lang=en"), {"LC_ALL": "tr_TR"}, "en"),
    "the last": (("--lang", "en", "plan", "--lang", "tr"), {}, "tr"),
    "a wrong one": (("plan", "--lang", "de"), {"LANG": "tr_TR"}, "tr"),
    "without a value": (("plan", "--lang"), {"LANG": "tr_TR"}, "tr"),
    "behind the options' end": (("show", "--", "--lang", "tr"), {}, "en"),
    "while a shell completes": (
        (),
        {"_SANTRAL_COMPLETE": "zsh_complete", "COMP_WORDS": "santral --lang tr pl"},
        "tr",
    ),
}


@pytest.mark.parametrize(("arguments", "environment", "language"), CHOSEN.values(), ids=CHOSEN)
def test_the_option_chooses_the_language_and_then_the_variables(
    arguments: Sequence[str], environment: Mapping[str, str], language: str
) -> None:
    """The first variable that is not empty counts."""
    assert chosen(arguments, environment) == language


WINDOWS = {"tr_TR": "tr", "en_US": "en", "0x1f": "en", None: "en"}


@pytest.mark.parametrize(("locale", "language"), WINDOWS.items(), ids=map(str, WINDOWS))
def test_where_no_variable_says_it_windows_does(
    monkeypatch: pytest.MonkeyPatch, locale: str | None, language: str
) -> None:
    """By its settings for the region; there, such variables are for programs from elsewhere."""
    monkeypatch.setattr("_locale._getdefaultlocale", lambda: (locale, "cp1254"), raising=False)

    assert chosen((), {}) == language
    assert chosen((), {"LANG": "C"}) == "en"


@pytest.mark.parametrize(
    "line", ["--lang tr plan --help", "plan --help --lang tr", "plan --lang=tr --help"]
)
def test_it_holds_wherever_it_stands(program: Program, line: str) -> None:
    """The usage, its placeholders, the headings and the options are of one language."""
    shown = program.run(*line.split()).whole_stdout

    assert shown.startswith("Kullanım: santral plan [SEÇENEKLER]\n")
    assert "\nSeçenekler:\n  --lang [tr|en]  " in shown
    assert "--config DOSYA|KLASÖR" in shown


@pytest.mark.parametrize("command", ["", "plan", "ci", "ci comment", "completion"])
def test_every_help_shows_the_option(program: Program, command: str) -> None:
    """Beside the other options that all commands have."""
    shown = program.run(*command.split(), "--help").stdout

    assert re.search(r"\nOptions:\n(?:  .*\n)*  --lang \[tr\|en\]  ", shown)


def test_alone_it_shows_the_help(program: Program) -> None:
    """As no argument does."""
    bare, chosen_alone = program.run(), program.run("--lang", "tr")

    assert (bare.exit_code, chosen_alone.exit_code) == (1, 1)
    assert chosen_alone.stderr.startswith("Kullanım: santral [SEÇENEKLER] KOMUT [ARGÜMANLAR]...\n")


@pytest.mark.parametrize("line", ["plan --lang de", "--lang de plan", "--lang=de", "plan --lang="])
def test_another_value_is_refused(program: Program, line: str) -> None:
    """In the language that is spoken without it."""
    program.monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")

    refused = program.run(*line.split())

    assert refused.exit_code == 1
    assert "Hata: '--lang' için geçersiz değer: '" in refused.stderr
    assert refused.stderr.endswith(" şunlardan biri değil: 'tr', 'en'.\n")


@pytest.mark.parametrize("value", ["de", "tr_TR.UTF-8", "C", ""])
def test_no_value_of_the_variable_is_an_error(program: Program, value: str) -> None:
    """A machine may have any."""
    program.monkeypatch.setenv("SANTRAL_LANG", value)
    program.write("santral.yaml", FILE)

    assert program.run("validate").exit_code == 0


ERRORS = {
    "an unknown option": ("plan --nothing", "'--nothing' diye bir seçenek yok."),
    "an unknown command": ("nothing", "'nothing' diye bir komut yok."),
    "a missing argument": ("show", "Eksik argüman 'PLANDOSYASI'."),
    "no number": ("plan --parallelism x", "Tam sayı olmalı."),
    "a folder": ("plan --out .", "Dosya bekleniyordu, bu bir klasör: '.'."),
    "another choice": ("completion csh", "'csh' şunlardan biri değil: 'bash', 'zsh', 'fish'."),
    "another tool's": ("plan --file x", "--config=DOSYA"),
}


@pytest.mark.parametrize(("line", "said"), ERRORS.values(), ids=ERRORS)
def test_errors_of_usage_are_in_turkish(program: Program, line: str, said: str) -> None:
    """Those that click says, too, with what it does not translate itself."""
    refused = program.run(*line.split(), "--lang", "tr")

    assert refused.exit_code == 1
    assert said in refused.stderr
    assert not re.search("Error|Usage|Try|value|OPTIONS", refused.stderr)


def completed(program: Program, line: str) -> str:
    """Return what zsh is told of a command line."""
    program.monkeypatch.setenv("_SANTRAL_COMPLETE", "zsh_complete")
    program.monkeypatch.setenv("COMP_WORDS", line)
    program.monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
    return program.run().stdout


def test_a_shell_completes_with_turkish_descriptions(program: Program) -> None:
    """Of commands, of those below them, and of options, with the fields that those have."""
    assert completed(program, "santral --lang tr val") == (
        "plain\nvalidate\nDosyaları çevrimdışı denetler. Anahtar gerekmez.\n"
    )
    assert completed(program, "santral --lang tr ci com").startswith("plain\ncomment\nKaydedilmiş")
    assert completed(program, "santral --lang tr plan --dri").startswith("plain\n--drift\nDosya")
    assert completed(program, "santral plan --lang ") == "plain\ntr\n_\nplain\nen\n_\n"
    assert "{limit}" not in completed(program, "santral plan --max")


COMMANDS = (
    "validate",
    "plan",
    "plan --drift",
    "plan --nothing",
    "apply --help",
    "history",
    "show x",
)


@pytest.mark.parametrize("line", COMMANDS)
def test_english_is_the_same_on_a_turkish_machine(
    stand_in: StandIn, program: Program, line: str
) -> None:
    """It has no Turkish in it, and no other number or date."""
    program.write("santral.yaml", FILE)
    stand_in.answer("GET", "bursa", with_=Reply(500, "out of order"))
    usual = program.run(*line.split())
    program.monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")

    turkish, english = program.run(*line.split()), program.run(*line.split(), "--lang", "en")

    assert (english, english.whole_stdout) == (usual, usual.whole_stdout)
    assert not TURKISH_LETTERS.search(english.whole_stdout + english.stderr)
    assert (turkish.exit_code, turkish == usual) == (usual.exit_code, False)


def test_codes_and_fields_of_json_are_in_no_language(stand_in: StandIn, program: Program) -> None:
    """Only the texts beside them are."""
    program.write("santral.yaml", FILE)
    stand_in.answer("GET", "bursa", with_=Reply(500, "out of order"))

    english, turkish = (
        json.loads(program.run("plan", "--format", "json", "--lang", each).stdout)
        for each in ("en", "tr")
    )

    assert [s["error_messages"] for s in english["santrals"] if "error_messages" in s] == [
        s["error_messages"] for s in turkish["santrals"] if "error_messages" in s
    ]
    assert english["santrals"][1]["error"] != turkish["santrals"][1]["error"]
    assert {*english} == {*turkish}


YES = ("e", "E", "evet", "EVET", "y", "yes", "Yes")
NO = ("h", "H", "hayır", "HAYIR", "HAYİR", "hayir", "Hayır", "n", "no", "NO", "")


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("answer", [*YES, *NO])
def test_both_languages_take_the_answers_of_both(
    stand_in: StandIn, program: Program, answer: str, language: str
) -> None:
    """In any letters, whichever i they have."""
    program.write("santral.yaml", FILE)

    asked = program.run("apply", "--lang", language, stdin=f"{answer}\n".encode(), terminal=True)

    assert ("[e/H]: " if language == "tr" else "[y/N]: ") in asked.stderr
    assert (asked.exit_code == 0) is (answer in YES)
    assert asked.stderr.count("/") == asked.stderr.count("/", 0, asked.stderr.index("]: "))


def test_an_answer_that_is_none_is_asked_for_again(stand_in: StandIn, program: Program) -> None:
    """With what to type."""
    program.write("santral.yaml", FILE)

    asked = program.run("apply", "--lang", "tr", stdin=b"belki\ne\n", terminal=True)

    assert asked.exit_code == 0
    assert asked.stderr.count("[e/H]: ") == 2


@pytest.fixture
def in_turkish() -> None:
    """Speak it."""
    speak("tr")


def test_numbers_and_moments_have_the_languages_form(in_turkish: None) -> None:
    """Those that are written for programs stay as they are."""
    local, utc = "2026-11-25 11:00:00 +03:00", "2026-11-25T08:00:00Z"
    turkish = (forms.number(12_345), forms.decimal(0.5), forms.decimal(0.123, 2), forms.percent(30))
    assert turkish == ("12.345", "0,5", "0,12", "%30")
    assert forms.moment(local) == "25.11.2026 11:00:00 +03:00"
    assert forms.moment(utc) == "25.11.2026 08:00:00 UTC"
    assert say("{time} {name}", time=utc, name=utc) == f"25.11.2026 08:00:00 UTC {utc}"
    assert say("{fleet} {name}", fleet="12,345", name="1,234") == "12.345 1,234"
    assert "0,5 saniye" in str(Message("connection-timeout", seconds=0.5))
    assert "Diskte yer kalmadı" in str(Message("system-error", reason="No space left on device"))

    speak("en")
    english = (forms.number(12_345), forms.decimal(0.5), forms.decimal(0.123, 2), forms.percent(30))
    assert english == ("12,345", "0.5", "0.12", "30%")
    assert (forms.moment(local), forms.moment(utc)) == (local, utc)


def test_a_moment_can_be_given_as_it_is_shown(two: StandIn, program: Program) -> None:
    """One of the list of runs, in either language."""
    program.run("apply", "--yes")
    shown = program.run("history", "--lang", "tr").stdout
    found = re.search(r"\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d \+03:00", shown)
    assert found

    assert program.run("history", "--since", found[0], "--lang", "tr").stdout == shown
    assert program.run("history", "--since", "31.12.9998 00:00:00 UTC").stdout == ""
    assert program.run("history", "--since", "31.13.2026").exit_code == 1


def test_a_page_says_its_language(two: StandIn, program: Program) -> None:
    """So that a screen reader pronounces it right."""
    for language in ("tr", "en"):
        page = program.run("plan", "--format", "html", "--lang", language).whole_stdout
        assert f'<html lang="{language}">' in page


def test_a_terminal_gets_the_letters_that_it_shows(two: StandIn, program: Program) -> None:
    """And plain ones for others: no run ends, and no line is garbled, for want of a letter."""
    line = ("plan", "--lang", "tr", "--no-color")
    whole = program.run(*line, terminal=True).whole_stdout
    windows = program.run(*line, terminal=True, shows="cp1254").whole_stdout
    oldest = program.run(*line, terminal=True, shows="ascii").whole_stdout

    assert {"→", "ş"} < {*whole}
    assert windows == whole.replace("→", "->")
    assert oldest == windows.translate(str.maketrans("çğıöşüÇĞİÖŞÜ", "cgiosuCGIOSU"))
    assert program.run(*line, shows="cp1254").whole_stdout == program.run(*line).whole_stdout


def test_what_is_typed_is_read_as_the_terminal_writes_it(two: StandIn, program: Program) -> None:
    """A no is a no in its letters, too."""
    no = "hayır\n".encode("cp1254")

    asked = program.run("apply", "--lang", "tr", stdin=no, terminal=True, shows="cp1254")

    assert asked.stderr.count("[e/H]") == 1
    assert asked.exit_code != 0


@pytest.mark.parametrize("content", [None, b"", b"no catalogue", b"\xde\x12\x04\x95\0"])
def test_a_catalogue_that_cannot_be_read_is_none(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program speaks English then, and does what it is for."""
    catalogue = tmp_path / "tr/LC_MESSAGES/santral.mo"
    catalogue.parent.mkdir(parents=True)
    catalogue.mkdir() if content is None else catalogue.write_bytes(content)
    monkeypatch.setattr(translation, "_LOCALE", str(tmp_path))
    translation.catalogue_of.cache_clear()

    try:
        speak("tr")
        assert translation.language() == "en"
    finally:
        translation.catalogue_of.cache_clear()


FIRST = {
    "a signal": ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", "\nYarıda kesildi.\n"),
    "a shortage": (
        "import sys\n"
        "class Short:\n"
        "    def find_spec(self, *_): raise MemoryError\n"
        "sys.meta_path.insert(0, Short())\n"
        "entry.run()",
        "Bellek doldu. --parallelism değerini düşürün ya da sınırı yükseltin (ulimit -v).\n",
    ),
}


@pytest.mark.parametrize(("code", "said"), FIRST.values(), ids=FIRST)
def test_even_the_first_words_are_in_turkish(code: str, said: str) -> None:
    """What ends the program while it is still being read."""
    run = subprocess.run(
        [sys.executable, "-P", "-c", f"import reconciler.__main__ as entry\n{code}"],
        env={**os.environ, "SANTRAL_LANG": "tr"},
        capture_output=True,
        check=False,
    )

    assert (run.returncode, run.stderr.decode()) == (
        128 + signal.SIGINT if "signal" in code else 1,
        said,
    )


@pytest.mark.parametrize(
    ("language", "first", "last"), [("tr", "  %0", "%100"), ("en", "  0%", "100%")]
)
def test_a_progress_bar_has_its_percentages_from_the_first_to_the_last(
    program: Program, stand_in: StandIn, language: str, first: str, last: str
) -> None:
    """As they are written in the language."""
    program.write("santral.yaml", FILE)

    told = program.run("plan", "--lang", language, terminal=True).stderr

    seen = re.findall(r"\]  ([ %0-9]{4})", told)
    assert (seen[0], seen[-1]) == (first, last)
