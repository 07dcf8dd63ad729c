"""What is typed as the value of an option, and what is said where it is none."""

import re

import pytest
from support.program import Program
from support.stand_in import StandIn

TAKEN = ("5", "0.5", "0,5", "00,5", "12,25", "0,125", " 5 ", "1.000", "1e2")
NO_NUMBERS = ("", ",5", "5,", "1,000", "1.000,5", "1,000.5", "1,0,5", "0,5s", "half")


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("option", ["--timeout", "--time-limit"])
@pytest.mark.parametrize("typed", TAKEN)
def test_seconds_may_have_a_decimal_comma(
    program: Program, two: StandIn, typed: str, option: str, language: str
) -> None:
    """As the program itself writes them in Turkish; what is wrong behind them is found then."""
    result = program.run("plan", option, typed, "--target", "nobody", "--lang", language)

    assert result.exit_code == 1
    assert result.stderr.startswith(
        {"en": 'No santral matches "nobody".', "tr": '"nobody" ile'}[language]
    )


@pytest.mark.parametrize("typed", NO_NUMBERS)
def test_a_number_that_may_be_a_thousand_times_another_is_refused(
    program: Program, in_sync: StandIn, typed: str
) -> None:
    """As what is no number is."""
    result = program.run("plan", "--timeout", typed)

    assert (result.exit_code, in_sync.service.requests) == (1, [])
    assert result.stderr == (
        "Usage: santral plan [OPTIONS]\nTry 'santral plan --help'.\n\n"
        "Error: Invalid value for '--timeout': It must be a number of seconds.\n"
    )


@pytest.mark.parametrize(("option", "ends"), [("--max-changes", 3), ("--canary", 0)])
@pytest.mark.parametrize("typed", ["50%", "%50"])
def test_a_percentage_may_have_its_sign_in_front(
    program: Program, two: StandIn, option: str, ends: int, typed: str
) -> None:
    """As Turkish writes it, and the program shows it there: half of two are fewer than both."""
    refused = program.run("apply", "--yes", option, f"{typed}%")
    assert (refused.exit_code, two.service.requests) == (1, [])

    assert program.run("apply", "--yes", option, typed).exit_code == ends


OUTSIDE = {
    "0": ("plan --timeout 0", "0 is not from 0.1 to 3600.", "0; 0,1 ile 3600 arasında olmalı."),
    "a comma": (
        "plan --timeout 0,05",
        "0,05 is not from 0.1 to 3600.",
        "0,05; 0,1 ile 3600 arasında olmalı.",
    ),
    "too long": (
        "apply --time-limit 700000.5",
        "700000.5 is not from 0.1 to 604800.",
        "700000.5; 0,1 ile 604800 arasında olmalı.",
    ),
    "no number": ("plan --timeout nan", "nan is not from 0.1 to 3600.", "nan; 0,1 ile 3600"),
    "endless": ("plan --timeout inf", "inf is not from 0.1 to 3600.", "inf; 0,1 ile 3600"),
    "too many": (
        "plan --parallelism 257",
        "257 is not from 1 to 256.",
        "257; 1 ile 256 arasında olmalı.",
    ),
    "too few": ("apply --max-failures 0", "0 is less than 1.", "0; en az 1 olmalı."),
    "a comma in whole": (
        "plan --parallelism 1,5",
        "It must be a whole number.",
        "Tam sayı olmalı.",
    ),
}


@pytest.mark.parametrize(("line", "english", "turkish"), OUTSIDE.values(), ids=OUTSIDE)
def test_a_number_outside_its_range_is_named_as_it_was_typed(
    program: Program, line: str, english: str, turkish: str
) -> None:
    """And so is the range, in the reader's language."""
    _, option, _ = line.split()
    said = program.run(*line.split()).stderr.splitlines()[-1]
    told = program.run(*line.split(), "--lang", "tr").stderr.splitlines()[-1]

    assert said == f"Error: Invalid value for '{option}': {english}"
    assert told.startswith(f"Hata: '{option}' için geçersiz değer: {turkish}")


@pytest.mark.parametrize(
    ("language", "default", "timeout", "failures"),
    [
        ("en", "[default: 10; 1 to 256]", "0.1 to 3600]", "at least 1]"),
        ("tr", "[varsayılan: 10; 1 ile 256 arası]", "0,1 ile 3600 arası]", "en az 1]"),
    ],
)
def test_the_help_says_which_numbers_may_be_typed(
    program: Program, language: str, default: str, timeout: str, failures: str
) -> None:
    """Without signs of mathematics."""
    shown = " ".join(program.run("apply", "--help", "--lang", language).stdout.split())

    assert all(text in shown for text in (default, timeout, failures))
    assert "<=" not in shown


YES = ("1", "true", "TRUE", "on", "y", "yes", "e", "E", "evet", "EVET", " evet ")
NO = ("0", "false", "off", "n", "no", "h", "hayır", "HAYIR", "HAYİR", "hayir", "", " ")


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("value", [*YES, *NO])
def test_a_variable_takes_the_words_that_a_question_takes(
    program: Program, in_sync: StandIn, value: str, language: str
) -> None:
    """Of both languages, in any letters."""
    program.monkeypatch.setenv("SANTRAL_VERBOSE", value)

    result = program.run("plan", "--lang", language)

    assert (result.exit_code, "GET " in result.stderr) == (0, value in YES)


@pytest.mark.parametrize(
    ("language", "error"),
    [
        (
            "en",
            "Error: Invalid value for SANTRAL_YES: It must be yes or no, true or false, on or off, "
            "1 or 0.",
        ),
        (
            "tr",
            "Hata: SANTRAL_YES için geçersiz değer: Evet ya da hayır, true ya da false, on ya da "
            "off, 1 ya da 0 olmalı.",
        ),
    ],
)
def test_a_variable_that_says_neither_yes_nor_no_is_an_error(
    program: Program, in_sync: StandIn, language: str, error: str
) -> None:
    """With the words that it may be."""
    program.monkeypatch.setenv("SANTRAL_YES", "belki")

    result = program.run("apply", "--lang", language)

    assert (result.exit_code, in_sync.service.requests) == (1, [])
    assert result.stderr.splitlines()[-1] == error


TIME = re.compile(r"[0-9]{2,4}[-.][0-9]{2}[-.][0-9]{2,4}(?:[T ][0-9:]+)?(?: ?[+][0-9:]+)?")


@pytest.mark.parametrize(
    ("language", "times"),
    [
        ("en", ["2026-11-25", "2026-11-25T11:00", "2026-11-25T11:00:00+03:00"]),
        (
            "tr",
            ["25.11.2026", "25.11.2026 14:05", "25.11.2026 14:05:00 +03:00", "2026-11-25T14:05"],
        ),
    ],
)
@pytest.mark.parametrize(("command", "option"), [("history", "--since"), ("rollback", "--to")])
def test_the_times_that_an_error_names_can_be_typed(
    program: Program, command: str, option: str, language: str, times: list[str]
) -> None:
    """First as they are written in the language."""
    refused = program.run(command, option, "now", "--lang", language).stderr
    shown = " ".join(program.run(command, "--help", "--lang", language).stdout.split())
    taken = [program.run(command, option, time, "--lang", language).stderr for time in times]

    assert TIME.findall(refused) == times
    assert times[1] in shown
    assert f"'{option}'" in refused
    assert not any(f"'{option}'" in said for said in taken)


def test_the_help_names_every_variable_that_chooses_the_language(program: Program) -> None:
    """Ours first."""
    shown = " ".join(program.run("plan", "--help").stdout.split())

    assert (
        "If not given, the first of SANTRAL_LANG, LC_ALL, LC_MESSAGES and LANG that is set chooses "
        "it." in shown
    )


UNFINISHED = {
    "plan --target": ("plan [OPTIONS]", "Option '--target' requires an argument."),
    "plan --format": ("plan [OPTIONS]", "Option '--format' requires an argument."),
    "plan -c": ("plan [OPTIONS]", "Option '-c' requires an argument."),
    "plan --drift=x": ("plan [OPTIONS]", "Option '--drift' does not take a value."),
    "rollback --run": ("rollback [OPTIONS]", "Option '--run' requires an argument."),
    "show --lang": ("show [OPTIONS] PLANFILE", "Option '--lang' requires an argument."),
    "ci --lang": ("ci [OPTIONS] COMMAND [ARGS]...", "Option '--lang' requires an argument."),
    "--lang": ("[OPTIONS] COMMAND [ARGS]...", "Option '--lang' requires an argument."),
}


@pytest.mark.parametrize("line", UNFINISHED)
def test_an_option_without_its_value_is_told_as_other_errors_of_usage_are(
    program: Program, line: str
) -> None:
    """With how the command is used, and how to learn more."""
    usage, error = UNFINISHED[line]
    command = " ".join(["santral", *(word for word in line.split() if word[0] != "-")])

    result = program.run(*line.split())

    assert (result.exit_code, result.stdout) == (1, "")
    expected = f"Usage: santral {usage}\nTry '{command} --help'.\n\nError: {error}\n"
    assert result.stderr == expected
