"""Secrets in URLs: where they come from, where they may go, and that a run shows none of them."""

import json
from pathlib import Path

import pytest
from support.key_places import private
from support.program import IN_SANDBOX, Program, Result
from support.reports import TO_APPLY, assert_follows_schema, summary
from support.secret_files import (
    FILLED,
    LINE,
    OLD_FILLED,
    OLD_LINE,
    OLD_TOKEN,
    SHOWN,
    TOKEN,
    URL,
    URL_PLACE,
    give,
    hold,
    live_url,
    write,
)
from support.stand_in import StandIn

IN_SYNC = Result(0, "Plan: 0 to change, 1 in sync, 0 failed.\n", "")
ROTATED = (
    "~ ankara  (santral.yaml:8:3)\n"
    f"    notification_url  {SHOWN}\n"
    f"                      → {SHOWN}  (the part shown as *** changes)\n\n"
    "Plan: 1 to change, 0 in sync, 0 failed."
)


@pytest.fixture
def one(program: Program, stand_in: StandIn) -> StandIn:
    """Give a file of one santral, in sync but for its secret, which another one was before."""
    write(program)
    hold(stand_in, OLD_FILLED)
    return stand_in


UNSENDABLE = (
    "The secret has a character that cannot stand in a URL as it is. Percent-encode it, as in "
    "%26 for &."
)
NO_HOST = (
    "What follows the @ is not a host. Write one such as crm.example.com or "
    "*.example.com, with its port where that is not 443."
)


# Where they come from


def put(program: Program, place: str, line: str) -> None:
    """Give a secret in a variable, or in a file that a variable or an option names."""
    if place == "file":
        program.monkeypatch.setenv("SANTRAL_SECRETS_FILE", str(private(program, "secrets", line)))
    else:
        program.monkeypatch.setenv(place, line)


@pytest.mark.parametrize(
    "place", ["file", "SANTRAL_SECRETS", *(f"SANTRAL_SECRETS_{n}" for n in range(2, 10))]
)
def test_a_secret_is_filled_in_from_each_place(program: Program, one: StandIn, place: str) -> None:
    """It is sent, and is live afterwards."""
    put(program, place, LINE)

    assert program.run("apply").exit_code == 0
    assert live_url(one) == FILLED


def test_a_file_goes_before_the_variables_and_both_complete_each_other(
    program: Program, one: StandIn
) -> None:
    """As for keys; --secrets-file may be given several times."""
    write(program, f"{URL}&a={{secret.a}}&b={{secret.b}}&c={{secret.c}}")
    give(program, OLD_LINE, "a@crm.example.com=aaaa")
    put(program, "SANTRAL_SECRETS_9", "b@crm.example.com=bbbb")
    private(program, "one", f"\ufeff# ours\r\n\r\n  {LINE.replace('=', ' = ')}  \r\n")
    private(program, "two", "c@*.example.com=cccc")

    applied = program.run("apply", "--secrets-file", "one", "--secrets-file", "two")

    assert (applied.exit_code, applied.stderr) == (0, "")
    assert live_url(one) == f"{FILLED}&a=aaaa&b=bbbb&c=cccc"


@pytest.mark.parametrize("place", ["SANTRAL_SECRETS", "SANTRAL_SECRETS_2", "file"])
def test_secrets_may_be_given_as_one_object(program: Program, one: StandIn, place: str) -> None:
    """On one line, as GitLab wants what it is to hide in logs."""
    put(program, place, json.dumps({"crm@crm.example.com": f" {TOKEN}\n", "z@*.a.com": "zzzz"}))

    assert program.run("apply").exit_code == 0
    assert live_url(one) == FILLED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"crm": "VALUE"}', 'This line is not of the form "NAME@HOST=VALUE", NAME in lowercase.'),
        ('{"crm@*": "VALUE"}', NO_HOST),
        (
            '{"crm@crm.example.com": ""}',
            "Nothing follows the =. Write the secret there.",
        ),
        ('{"crm@crm.example.com": "VALUE&"}', UNSENDABLE),
    ],
)
def test_what_is_wrong_in_an_object_is_an_error(
    program: Program, one: StandIn, text: str, said: str
) -> None:
    """As in a line."""
    give(program, text.replace("VALUE", TOKEN))

    assert program.run("plan") == Result(1, "", f"SANTRAL_SECRETS: {said}\n")


@pytest.mark.parametrize(
    "text",
    [
        '{"crm@crm.example.com": "VALUE"',
        '{"crm@crm.example.com": ["VALUE"]}',
        '{"crm@crm.example.com": "VALUE", "crm@crm.example.com": "VALUE"}',
        '{"crm@crm.example.com": "VALUE", "crm@a.example.com": "VALUE"}',
    ],
)
def test_an_object_that_cannot_be_read_is_an_error_that_quotes_nothing(
    program: Program, one: StandIn, text: str
) -> None:
    """Cut off, of other values, or with a name twice."""
    give(program, text.replace("VALUE", TOKEN))

    result = program.run("plan")

    assert (result.exit_code, result.stdout, one.service.requests) == (1, "", [])
    assert "SANTRAL_SECRETS" in result.stderr
    assert TOKEN not in result.stderr


@pytest.mark.parametrize("name", ["SANTRAL_SECRETS_10", "SANTRAL_SECRETS_1", "SANTRAL_SECRET"])
def test_a_variable_that_looks_like_one_for_secrets_is_named(
    program: Program, one: StandIn, name: str
) -> None:
    """Whoever set it would wait for its secrets in vain."""
    hold(one, FILLED)
    give(program, LINE)
    program.monkeypatch.setenv(name, OLD_LINE)

    assert program.run("plan") == Result(
        0,
        IN_SYNC.stdout,
        f"Warning: {name} is not read. Give the secrets in SANTRAL_SECRETS (what does not fit "
        "there, in SANTRAL_SECRETS_2 to SANTRAL_SECRETS_9), or name a file with them in "
        "SANTRAL_SECRETS_FILE.\n",
    )


def test_a_file_that_others_may_read_is_warned_of(program: Program, one: StandIn) -> None:
    """As a file with keys is."""
    hold(one, FILLED)
    program.write("secrets", LINE).chmod(0o640)

    result = program.run("plan", "--secrets-file", "secrets")

    assert result == Result(
        0,
        IN_SYNC.stdout,
        "Warning: Other users of this machine may read secrets, which holds keys or secrets. Take "
        'that permission away with "chmod 600 secrets".\n',
    )


LINES = {
    "no host": ("crm=abcd", 'This line is not of the form "NAME@HOST=VALUE", NAME in lowercase.'),
    "no equals sign": (
        "crm@crm.example.com",
        'This line is not of the form "NAME@HOST=VALUE", NAME in lowercase.',
    ),
    "a name in capitals": (
        "CRM@crm.example.com=abcd",
        'This line is not of the form "NAME@HOST=VALUE", NAME in lowercase.',
    ),
    "no value": (
        "crm@crm.example.com= ",
        "Nothing follows the =. Write the secret there.",
    ),
    **dict.fromkeys(
        [f"a {what} in it" for what in ("&", "#", "space", "quote", "percent", "Turkish letter")],
        (),
    ),
    **dict.fromkeys(
        [f"for {host}" for host in (
            *("*", "*.com", "*.*.example.com", "a.*.example.com", "*a.example.com", "**.a.com"),
            *("example", "crm.example.com.", ".example.com", "crm.example.com:", "a.com:0"),
            *("a.com:65536", "a.com:x", "a.com/x", "https://a.com", "u@a.com", "*.10.0.0.1"),
            *("crm..example.com", "%63rm.example.com", "cr\u0131m.example.com", "a.com?", "a.com#"),
        )],
        (),
    ),
}  # fmt: skip
CHARACTERS = {"space": " ", "quote": '"', "percent": "%4", "Turkish letter": "ş"}


def line_of(name: str) -> tuple[str, str]:
    """Return a line that is wrong, and what is said of it."""
    if LINES[name]:
        line, said = LINES[name]
        return line, said
    if name.startswith("for "):
        return f"crm@{name[4:]}={TOKEN}", NO_HOST
    what = name.removeprefix("a ").removesuffix(" in it")
    return f"crm@crm.example.com={TOKEN}{CHARACTERS.get(what, what)}x", UNSENDABLE


@pytest.mark.parametrize("place", ["SANTRAL_SECRETS", "SANTRAL_SECRETS_2", "file"])
@pytest.mark.parametrize("name", LINES)
def test_a_line_that_is_wrong_is_an_error_at_its_place(
    program: Program, one: StandIn, name: str, place: str
) -> None:
    """Nothing of the line is quoted, and nothing is asked of the API."""
    line, said = line_of(name)
    put(program, place, f"# ours\n\nother@crm.example.com={OLD_TOKEN}\n{line}\n")
    where = "secrets" if place == "file" else place
    source = "Taken from the environment: SANTRAL_SECRETS_FILE.\n" if place == "file" else ""

    result = program.run("plan")

    folder = str(program.folder)
    assert result.stdout == ""
    assert result.stderr.replace(f"{folder}/", "") == f"{where}:4: {said}\n{source}"
    assert (result.exit_code, one.service.requests) == (1, [])


@pytest.mark.parametrize(
    ("given", "first", "second"),
    [
        ({"SANTRAL_SECRETS": f"{LINE}\n{LINE}"}, "SANTRAL_SECRETS:1", "SANTRAL_SECRETS:2"),
        (
            {"SANTRAL_SECRETS": LINE, "SANTRAL_SECRETS_3": f"\n{OLD_LINE}"},
            "SANTRAL_SECRETS:1",
            "SANTRAL_SECRETS_3:2",
        ),
    ],
)
def test_a_name_that_is_given_twice_is_an_error(
    program: Program, one: StandIn, given: dict[str, str], first: str, second: str
) -> None:
    """Nobody could say which one is meant."""
    for name, lines in given.items():
        program.monkeypatch.setenv(name, lines)

    assert program.run("plan") == Result(
        1,
        "",
        f"A name of a secret is given twice: at {first} and at {second}. Remove one of the two.\n",
    )


def test_all_lines_that_are_wrong_are_told_at_once(program: Program, one: StandIn) -> None:
    """Of all sources, up to as many as anybody reads."""
    program.monkeypatch.setenv("SANTRAL_SECRETS", "a=1\n\nb@c=1\nc@crm.example.com=")
    program.monkeypatch.setenv("SANTRAL_SECRETS_2", f"{LINE}\n" * 30)

    result = program.run("plan")

    twice = "A name of a secret is given twice: at SANTRAL_SECRETS_2:1 and at SANTRAL_SECRETS_2:{}."
    assert result.stderr.splitlines() == [
        'SANTRAL_SECRETS:1: This line is not of the form "NAME@HOST=VALUE", NAME in lowercase.',
        "SANTRAL_SECRETS:3: What follows the @ is not a host. Write one such as "
        "crm.example.com or *.example.com, with its port where that is not 443.",
        "SANTRAL_SECRETS:4: Nothing follows the =. Write the secret there.",
        *(f"{twice.format(line)} Remove one of the two." for line in range(2, 20)),
        "There are 11 more such problems.",
    ]


def test_a_name_may_not_stand_in_two_files(program: Program, one: StandIn) -> None:
    """Neither is more explicit than the other."""
    private(program, "one", LINE)
    private(program, "two", OLD_LINE)

    assert program.run("plan", "--secrets-file", "one", "--secrets-file", "two") == Result(
        1, "", "A name of a secret is given twice: at one:1 and at two:1. Remove one of the two.\n"
    )


UNREADABLE = {
    "missing": (
        "secrets/none",
        "The file with secrets, secrets/none, cannot be read. The system says: No such file or "
        "directory.\n",
    ),
    "a secret in its place": (
        LINE,
        "--secrets-file (SANTRAL_SECRETS_FILE) takes the name of a file. Its content can be given "
        "in SANTRAL_SECRETS.\n",
    ),
    "a value in its place": (
        TOKEN,
        "The file that --secrets-file (SANTRAL_SECRETS_FILE) names cannot be read. The system "
        "says: No such file or directory.\n",
    ),
    "not UTF-8": (
        "odd",
        "The file with secrets, odd, cannot be read. It is not UTF-8 text.\n",
    ),
}


@pytest.mark.parametrize(("path", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_an_error(
    program: Program, one: StandIn, path: str, said: str
) -> None:
    """Which names what was meant, unless that may be a secret."""
    (program.folder / "secrets").mkdir()
    private(program, "odd", b"crm@crm.example.com=\xff")

    result = program.run("plan", "--secrets-file", path)

    assert result == Result(1, "", said)


# Where they may go


def other_host(bound: str, host: str) -> str:
    """Return what is said where a secret would go to another host than its own."""
    return (
        f"The secret crm may go to {bound} only, and this URL is at {host}. Correct the URL, or "
        "give a secret of another name for that host."
    )


IN_ADDRESS = (
    "A label or a secret cannot stand in the host of a URL, where it would say who gets the calls. "
    "Write the host out, and use the placeholder in the path or the query."
)
OPEN = (
    "The URL has a secret, so it must start with https://, whatever allow_insecure_url says. A "
    "secret is never sent unencrypted."
)
NO_PLACEHOLDER = (
    "This is not a placeholder. There are {name}, {labels.KEY} and {secret.NAME} (NAME in "
    "lowercase, with digits and underscores). Percent-encode other braces."
)
NO_NAME = "The host is not a DNS name, which has letters, digits and hyphens between dots."
SEGMENT = (
    "The secret crm cannot stand in the path of a URL: it has a / or a ?, or is a dot or two. "
    "Percent-encode it where it is given (%2F for /, %3F for ?), or use it in the query."
)
NEEDED = (
    'No secret was given, and this URL needs one. Write a line "crm@crm.example.com=VALUE" into a '
    "file, and name the file with --secrets-file (SANTRAL_SECRETS_FILE), or give the line in "
    "SANTRAL_SECRETS. In a pipeline, is there such a secret, and may this job read it?"
)
_AT = "https://crm.example.com"
ELSEWHERE: dict[str, tuple[str, str, str]] = {
    "no secret at all": (f"{_AT}/{{secret.crm}}", "", NEEDED),
    "an unknown one": (
        f"{_AT}/{{secret.zzz}}",
        LINE,
        'There is no secret zzz. Add "zzz@crm.example.com=..." to SANTRAL_SECRETS or to the '
        "--secrets-file.",
    ),
    "an unknown one at a port": (
        f"{_AT}:8443/{{secret.zzz}}",
        LINE,
        'There is no secret zzz. Add "zzz@crm.example.com:8443=..." to SANTRAL_SECRETS or to the '
        "--secrets-file.",
    ),
    "a mistyped one": (
        f"{_AT}/{{secret.crn}}",
        LINE,
        "There is no secret crn, but there is one named crm. Correct the name, or add "
        '"crn@crm.example.com=..." to SANTRAL_SECRETS or to the --secrets-file.',
    ),
    "another host": (
        "https://evil.example.com/{secret.crm}",
        LINE,
        other_host("crm.example.com", "evil.example.com"),
    ),
    "a host below": (
        "https://a.crm.example.com/{secret.crm}",
        LINE,
        other_host("crm.example.com", "a.crm.example.com"),
    ),
    "a host that ends alike": (
        "https://evilcrm.example.com/{secret.crm}",
        LINE,
        other_host("crm.example.com", "evilcrm.example.com"),
    ),
    "its host as another's beginning": (
        "https://crm.example.com.evil.com/{secret.crm}",
        LINE,
        other_host("crm.example.com", "crm.example.com.evil.com"),
    ),
    "its host in the query": (
        "https://evil.com?x=@crm.example.com/{secret.crm}",
        LINE,
        other_host("crm.example.com", "evil.com"),
    ),
    "its host by the name": (
        "https://{name}.example.com/{secret.crm}",
        LINE,
        other_host("crm.example.com", "ankara.example.com"),
    ),
    "another port": (
        f"{_AT}:8443/{{secret.crm}}",
        LINE,
        other_host("crm.example.com", "crm.example.com:8443"),
    ),
    "the usual port, of another's": (
        f"{_AT}/{{secret.crm}}",
        f"crm@crm.example.com:8443={TOKEN}",
        other_host("crm.example.com:8443", "crm.example.com"),
    ),
    "two labels for a glob": (
        "https://a.b.example.com/{secret.crm}",
        f"crm@*.example.com={TOKEN}",
        other_host("*.example.com", "a.b.example.com"),
    ),
    "no label for a glob": (
        "https://example.com/{secret.crm}",
        f"crm@*.example.com={TOKEN}",
        other_host("*.example.com", "example.com"),
    ),
    "a glob at another port": (
        f"{_AT}:444/{{secret.crm}}",
        f"crm@*.example.com={TOKEN}",
        other_host("*.example.com", "crm.example.com:444"),
    ),
    "a glob's end in another label": (
        "https://evilexample.com/{secret.crm}",
        f"crm@*.example.com={TOKEN}",
        other_host("*.example.com", "evilexample.com"),
    ),
    "a slash in the path": (f"{_AT}/{{secret.crm}}", "crm@crm.example.com=a/b", SEGMENT),
    "a question mark in the path": (f"{_AT}/{{secret.crm}}?x", "crm@crm.example.com=a?b", SEGMENT),
    "a dot as a segment": (f"{_AT}/{{secret.crm}}/x", "crm@crm.example.com=.", SEGMENT),
    "two dots as a segment": (f"{_AT}/{{secret.crm}}/x", "crm@crm.example.com=..", SEGMENT),
    "too long": (
        f"{_AT}/{{secret.crm}}",
        f"crm@crm.example.com={'a' * 2025}",
        "With its secrets filled in, the URL has more than 2048 characters. Shorten it.",
    ),
}


@pytest.mark.parametrize(("url", "line", "said"), ELSEWHERE.values(), ids=ELSEWHERE)
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_secret_that_cannot_be_filled_in_is_an_error_at_its_place(
    program: Program, one: StandIn, command: str, url: str, line: str, said: str
) -> None:
    """Nothing is asked of the API; validate, which has no secrets, finds nothing wrong."""
    write(program, url)
    give(program, line)

    assert program.run(command) == Result(1, "", f"{URL_PLACE}: {said}\n")
    assert (one.service.requests, Path(".santral/journal.jsonl").exists()) == ([], False)
    assert program.run("validate") == Result(0, "santral.yaml: 1 santral, valid\n", "")


MISUSED: dict[str, tuple[str, str]] = {
    "as a label of the host": ("https://{secret.crm}.example.com/", IN_ADDRESS),
    "behind a label as its host": (
        "https://{labels.city}.example.com/{secret.crm}",
        IN_ADDRESS,
    ),
    "as the user": ("https://{secret.crm}@crm.example.com/", IN_ADDRESS),
    "as the port": ("https://crm.example.com:{secret.crm}/", IN_ADDRESS),
    "behind the host": ("https://crm.example.com{secret.crm}", IN_ADDRESS),
    "in place of a host": ("https:{secret.crm}/", IN_ADDRESS),
    "unencrypted": ("http://crm.example.com/{secret.crm}", OPEN),
    "with a scheme in capitals": ("HTTPS://crm.example.com/{secret.crm}", OPEN),
    "with no scheme": ("//crm.example.com/{secret.crm}", OPEN),
    "in the fragment": (
        f"{_AT}/#{{secret.crm}}",
        "The URL has a fragment (#...), which is never sent to a server. Remove it.",
    ),
    "with a backslash": (
        f"{_AT}\\@evil.com/{{secret.crm}}",
        "The URL has a backslash, which browsers and servers read differently. Write /.",
    ),
    "with a user": (
        "https://crm.example.com@evil.com/{secret.crm}",
        "The URL has a user part before @, which hides the real host. Remove it.",
    ),
    "at a host with a dot at its end": ("https://crm.example.com./{secret.crm}", NO_NAME),
    "at a host that is encoded": ("https://crm%2eexample.com/{secret.crm}", NO_NAME),
    "at a host beyond ASCII": (
        "https://cr\u0131m.example.com/{secret.crm}",
        "The host has letters beyond ASCII. Write it as DNS does: xn--crm-kua.example.com.",
    ),
    "with a name in capitals": (f"{_AT}/{{secret.CRM}}", NO_PLACEHOLDER),
    "as secrets": (f"{_AT}/{{secrets.crm}}", NO_PLACEHOLDER),
    "not closed": (f"{_AT}/{{secret.crm", NO_PLACEHOLDER),
    "inside another placeholder": (f"{_AT}/{{secret.{{name}}}}", NO_PLACEHOLDER),
}


@pytest.mark.parametrize(("url", "said"), MISUSED.values(), ids=MISUSED)
def test_validate_finds_what_needs_no_secret_to_be_found(
    program: Program, one: StandIn, url: str, said: str
) -> None:
    """And plan says the same."""
    write(program, url)
    give(program, LINE)

    for command in ("validate", "plan", "apply"):
        assert program.run(command) == Result(1, "", f"{URL_PLACE}: {said}\n")
    assert one.service.requests == []


def test_a_secret_elsewhere_than_in_a_url_is_an_error(program: Program, one: StandIn) -> None:
    """It would be shown there, and in a label it would get into a URL unseen."""
    entry = "    description: 'of {secret.crm}'\n    labels: {city: '{secret.crm}'}\n"
    text = Path("santral.yaml").read_text().replace("  ankara:\n", f"  ankara:\n{entry}")
    program.write("santral.yaml", text)

    misplaced = "A secret can be used in notification_url only. Remove the placeholder here."
    no_label = (
        'The value of the label "city" must have lowercase letters (a-z), digits, hyphens, dots '
        "and underscores, begin with a letter or digit, and have at most 63 characters."
    )
    assert program.run("validate") == Result(
        1,
        "",
        f"santral.yaml:9:18: {misplaced}\nsantral.yaml:10:20: {no_label}\n"
        f"santral.yaml:10:20: {misplaced}\n",
    )


ALLOWED = {
    "its host in capitals": ("https://CRM.Example.com/{secret.crm}", LINE),
    "a binding in capitals": (f"{_AT}/{{secret.crm}}", f"crm@CRM.EXAMPLE.COM={TOKEN}"),
    "the usual port, written": (f"{_AT}:443/{{secret.crm}}", LINE),
    "the usual port, bound": (f"{_AT}/{{secret.crm}}", f"crm@crm.example.com:443={TOKEN}"),
    "another port": (f"{_AT}:8443/{{secret.crm}}", f"crm@crm.example.com:8443={TOKEN}"),
    "a glob": (f"{_AT}/{{secret.crm}}", f"crm@*.example.com={TOKEN}"),
    "a glob at a port": (f"{_AT}:1/{{secret.crm}}", f"crm@*.example.com:1={TOKEN}"),
    "the host by the name": (
        "https://{name}.example.com/{secret.crm}",
        f"crm@ankara.example.com={TOKEN}",
    ),
}


@pytest.mark.parametrize(("url", "line"), ALLOWED.values(), ids=ALLOWED)
def test_a_secret_goes_to_its_own_host(program: Program, one: StandIn, url: str, line: str) -> None:
    """However that is spelled, and once the name has been filled in."""
    write(program, url)
    give(program, line)

    assert program.run("apply").exit_code == 0
    filled = url.replace("{name}", "ankara").replace("{secret.crm}", TOKEN)
    assert live_url(one) == filled


def test_an_ip_address_is_a_host_where_the_entry_allows_it(program: Program, one: StandIn) -> None:
    """Over https, as any other."""
    write(program, "https://10.0.0.1/{secret.crm}")
    text = Path("santral.yaml").read_text()
    allowed = text.replace("  ankara:\n", "  ankara:\n    allow_insecure_url: true\n")
    program.write("santral.yaml", allowed)
    give(program, f"crm@10.0.0.1={TOKEN}")

    assert program.run("apply").exit_code == 0
    assert live_url(one) == f"https://10.0.0.1/{TOKEN}"


def test_what_may_stand_in_a_query_is_sent_as_it_is(program: Program, one: StandIn) -> None:
    """Base64 with all it has, and what is percent-encoded; in the path, too, but for / and ?."""
    value = "aB3+/x?%2F~!$'()*,:@-._=="
    write(program, f"{_AT}/{{secret.crm}}?token={{secret.query}}&v=2")
    give(program, f"query@crm.example.com={value}", "crm@crm.example.com=a+b=%2F@")

    applied = program.run("apply")

    assert applied.exit_code == 0
    assert live_url(one) == f"{_AT}/a+b=%2F@?token={value}&v=2"
    assert program.run("plan") == IN_SYNC


MANY = """\
version: 1
defaults:
  crm_integration: {ringing: on, notification_url: 'https://crm.example.com/{secret.zzz}'}
santrals:
  ankara: {crm_integration: {}}
  bursa:
    crm_integration:
      notification_url: https://evil.example.com/{secret.crm}?a={secret.crn}
"""
MANY_SAID = (
    (
        *("3:52", "secret-missing"),
        'There is no secret zzz. Add "zzz@crm.example.com=..." to SANTRAL_SECRETS or to the '
        "--secrets-file.",
    ),
    (
        *("8:25", "secret-missing-near"),
        "There is no secret crn, but there is one named crm. Correct the name, or add "
        '"crn@evil.example.com=..." to SANTRAL_SECRETS or to the --secrets-file.',
    ),
    ("8:25", "secret-other-host", other_host("crm.example.com", "evil.example.com")),
)


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_all_errors_come_at_once_and_where_the_url_is_written(
    program: Program, one: StandIn, command: str
) -> None:
    """In the log, and as annotations of the pull request."""
    program.write("santral.yaml", MANY)
    give(program, LINE)
    told = "".join(f"santral.yaml:{place}: {said}\n" for place, _, said in MANY_SAID)
    annotated = "".join(
        f"::error file=santral.yaml,line={place.split(':')[0]},col={place.split(':')[1]},"
        f"title=santral validate%3A {code}::{said}\n"
        for place, code, said in MANY_SAID
    )

    assert program.run(command) == Result(1, "", told)
    assert program.run(command, "--format", "github") == Result(1, annotated, told)


def test_a_santral_that_is_left_out_needs_no_secret(program: Program, one: StandIn) -> None:
    """As it needs no key."""
    program.write("santral.yaml", MANY)
    give(program, f"zzz@crm.example.com={TOKEN}")

    assert program.run("plan", "--exclude", "bursa").exit_code == 0
    assert program.run("plan", "--target", "bursa").exit_code == 1


# Rotating one


def test_rotating_a_secret_is_a_change_like_any_other(program: Program, one: StandIn) -> None:
    """It is shown as one, proved by reading back, and gone with the next plan."""
    give(program, LINE)
    assert live_url(one) == OLD_FILLED

    planned = program.run("plan", "--detailed-exitcode", "--show-urls")
    applied = program.run("apply")

    assert planned == Result(2, f"{ROTATED}{TO_APPLY}", "")
    assert applied == Result(0, f"{ROTATED}\nankara: applied\n\n{summary(applied=1)}", "")
    assert live_url(one) == FILLED
    assert program.run("plan") == IN_SYNC
    give(program, OLD_LINE)
    assert program.run("plan") == Result(0, f"{ROTATED}{TO_APPLY}", "")


def test_a_rotation_that_the_api_does_not_keep_is_not_applied(
    program: Program, one: StandIn
) -> None:
    """Only what reads back counts, though both would be shown alike."""
    give(program, LINE)
    one.meanwhile("GET", "ankara", 3, do=lambda: hold(one, OLD_FILLED[:-1]))

    result = program.run("apply")

    assert result.exit_code == 4
    assert "ankara: not verified" in result.stdout
    assert OLD_TOKEN[:-1] not in result.stdout


def test_the_json_of_a_rotation_says_that_the_hidden_part_changes(
    program: Program, one: StandIn
) -> None:
    """Once as a plan, once as history."""
    give(program, LINE)
    change = {
        "field": "notification_url",
        "before": SHOWN,
        "after": SHOWN,
        "masked": True,
        "hidden_part_changed": True,
        "before_host": "crm.example.com",
        "after_host": "crm.example.com",
        "cause": None,
    }

    planned = json.loads(program.run("plan", "--format", "json", "--show-urls").stdout)
    program.run("apply")
    (run,) = json.loads(program.run("history", "--format", "json", "--show-urls").stdout)["runs"]

    assert_follows_schema(planned)
    assert planned["santrals"][0]["changes"] == [change]
    assert run["changes"][0]["changes"] == [change]


# What is shown of live URLs, which may hold another day's secret anywhere

LIVE_URLS = {
    "another host": (f"https://old.example.com/{OLD_TOKEN}", "https://***", "***"),
    "the token in the path": (f"{_AT}/ankara/{OLD_TOKEN}", f"{_AT}/***", "crm.example.com"),
    "the token under another name": (
        f"{_AT}/ankara?key={OLD_TOKEN}",
        f"{_AT}/ankara?***",
        "crm.example.com",
    ),
    "the token in the host": (f"https://{OLD_TOKEN}.example.com/", "https://***", "***"),
    "the token as the user": (f"https://u:{OLD_TOKEN}@crm.example.com/", "https://***", "***"),
    "more behind it": (f"{OLD_FILLED}&x={OLD_TOKEN}", SHOWN, "crm.example.com"),
    "http": (f"http://crm.example.com/ankara?token={OLD_TOKEN}", "***", "***"),
    "no URL": (f"token {OLD_TOKEN}", "***", None),
}


@pytest.mark.parametrize(("url", "shown", "host"), LIVE_URLS.values(), ids=LIVE_URLS)
@pytest.mark.parametrize("purpose", [(), ("--drift",)], ids=["plan", "drift"])
def test_of_a_live_url_only_what_equals_the_files_is_shown(
    program: Program,
    one: StandIn,
    purpose: tuple[str, ...],
    url: str,
    shown: str,
    host: str | None,
) -> None:
    """Also with --show-urls, and in each format."""
    give(program, LINE)
    hold(one, url)

    document = json.loads(program.run("plan", *purpose, "--show-urls", "--format=json").stdout)
    texts = [
        program.run("plan", *purpose, "--show-urls", f"--format={form}").stdout
        for form in ("text", "markdown", "html", "junit", "github", "json")
    ]

    change = document["santrals"][0]["changes"][0]
    assert (change["before"], change["before_host"]) == (shown, host)
    assert (change["after"], change["masked"], change["hidden_part_changed"]) == (SHOWN, True, True)
    assert [text for text in texts if OLD_TOKEN in text or TOKEN in text] == []


GUESSES = ("https://crm.example.com/hooks/", "https://crm.example.com/hooks?token=")


@pytest.mark.parametrize("start", GUESSES)
@pytest.mark.parametrize("rest", ["", "/x", "&x=1"])
def test_no_template_learns_a_live_url_letter_by_letter(
    program: Program, one: StandIn, start: str, rest: str
) -> None:
    """What is shown is the same whether the letters around the placeholder are right or wrong."""
    give(program, LINE)
    hold(one, f"{start}{OLD_TOKEN}{rest}")

    def shown(before: str, after: str) -> str:
        write(program, f"{start}{before}{{secret.crm}}{after}{rest}")
        document = json.loads(program.run("plan", "--format=json", "--show-urls").stdout)
        return str(document["santrals"][0]["changes"][0]["before"])

    guesses = [("old", ""), ("odd", ""), ("", "QRS"), ("", "QRX"), ("old", "QRS"), ("ole", "QRT")]
    assert len({shown(*guess) for guess in guesses}) == 1


@pytest.mark.parametrize("rest", ["", "?token={secret.crm}"])
def test_no_file_learns_how_a_secret_goes_on(program: Program, one: StandIn, rest: str) -> None:
    """Whoever knows twelve characters of it, as of a JWT, sees their own guess at the next."""
    give(program, LINE)

    for guess in (TOKEN[:13], f"{TOKEN[:12]}~", f"{TOKEN[1:12]}~"):
        write(program, f"https://crm.example.com/{guess}{rest}")
        document = json.loads(program.run("plan", "--format=json", "--show-urls").stdout)
        after = document["santrals"][0]["changes"][0]["after"]
        assert after == f"https://crm.example.com/{guess}{rest.replace('{secret.crm}', '***')}"


REMOVED = {
    "as it is, in the path": f"https://crm.example.com/{TOKEN}/ankara",
    "as it is, in the host": f"https://{TOKEN}.example.com/ankara",
    "in capitals": f"https://crm.example.com/{TOKEN.upper()}",
    "percent-encoded": "https://crm.example.com/" + "".join(f"%{ord(c):02x}" for c in TOKEN),
    "in part": f"https://crm.example.com/{TOKEN[3:18]}",
}


@pytest.mark.parametrize("url", REMOVED.values(), ids=REMOVED)
def test_a_known_secret_is_hidden_though_the_file_has_no_placeholder(
    program: Program, one: StandIn, url: str
) -> None:
    """A pull request that removes it must not make the plan print the token."""
    write(program, "https://crm.example.com/ankara")
    give(program, LINE)
    hold(one, url)

    outputs = [
        program.run(*command).whole_stdout
        for command in (
            ("plan", "--show-urls"),
            ("plan", "--drift", "--show-urls", "--format=json"),
            ("plan", "--out=plan.json"),
            ("apply", "--show-urls", "--format=markdown"),
            ("history", "--show-urls"),
        )
    ]

    hidden = url.removeprefix("https://").removeprefix("crm.example.com/").partition(".")[0]
    kept = (Path("plan.json").read_text(), Path(".santral/journal.jsonl").read_text())
    assert [text for text in (*outputs, *kept) if hidden.partition("/")[0] in text] == []
    assert "***" in outputs[0]


# With an earlier file, and as a saved plan


def test_base_tells_whose_a_change_of_a_url_with_a_secret_is(
    program: Program, one: StandIn
) -> None:
    """A secret that was rotated is in both files the one of now, so the change is nobody's."""
    give(program, LINE)
    program.write("base.yaml", Path("santral.yaml").read_text())
    rotated = json.loads(program.run("plan", "--base=base.yaml", "--format=json").stdout)
    write(program, f"{URL}&v=2")
    changed = json.loads(program.run("plan", "--base=base.yaml", "--format=json").stdout)
    hold(one, FILLED)
    asked = json.loads(program.run("plan", "--base=base.yaml", "--format=json").stdout)

    causes = [one["santrals"][0]["changes"][0]["cause"] for one in (rotated, changed, asked)]
    assert causes == ["drift", "both", "this_change"]


@pytest.mark.parametrize("asked", ["https://crm.example.com/hooks/plain", "https://a.example.com/"])
def test_base_hides_the_token_of_before_where_the_file_drops_its_placeholder(
    program: Program, one: StandIn, asked: str
) -> None:
    """It is live still, while what the file asks for instead is shown as it is written."""
    give(program, LINE)
    hold(one, f"https://crm.example.com/hooks/{OLD_TOKEN}")
    write(program, "https://crm.example.com/hooks/{secret.crm}")
    program.write("base.yaml", Path("santral.yaml").read_text())
    write(program, asked)

    planned = program.run("plan", "--base=base.yaml", "--format=json", "--out=plan.json")

    change = json.loads(planned.stdout)["santrals"][0]["changes"][0]
    assert (change["before"], change["after"]) == ("https://crm.example.com/hooks/***", asked)
    assert change["hidden_part_changed"] is True
    assert OLD_TOKEN not in planned.stdout + Path("plan.json").read_text()


def test_a_saved_plan_of_a_rotation_is_shown_and_applied(program: Program, one: StandIn) -> None:
    """It holds neither secret."""
    give(program, LINE)
    program.run("plan", "--out", "plan.json")
    program.monkeypatch.delenv("SANTRAL_SECRETS")

    shown = program.run("show", "plan.json")
    give(program, LINE)
    applied = program.run("apply", "plan.json")

    assert (shown.exit_code, shown.stdout.startswith(ROTATED)) == (0, True)
    assert (applied.exit_code, live_url(one)) == (0, FILLED)
    held = Path("plan.json").read_text()
    assert (TOKEN in held, OLD_TOKEN in held, "{secret" in held) == (False, False, False)


@pytest.mark.parametrize("line", [f"{OLD_LINE}x", f"{LINE}x"])
def test_a_saved_plan_of_another_secret_is_refused(
    program: Program, one: StandIn, line: str
) -> None:
    """What is sent would not be what was reviewed, though it looks alike."""
    give(program, LINE)
    program.run("plan", "--out", "plan.json")
    give(program, line)

    result = program.run("apply", "plan.json")

    assert (result.exit_code, live_url(one)) == (3, OLD_FILLED)
    assert result == Result(
        3,
        "",
        "The saved plan was made from another configuration, or with other keys or secrets. "
        "Nothing was sent. Plan again.\n",
    )


def test_a_live_secret_that_moved_since_makes_a_saved_plan_stale(
    program: Program, one: StandIn
) -> None:
    """Nothing of either is shown."""
    give(program, LINE)
    program.run("plan", "--out", "plan.json")
    hold(one, f"{OLD_FILLED}-moved")

    result = program.run("apply", "plan.json")

    assert (result.exit_code, live_url(one)) == (3, f"{OLD_FILLED}-moved")
    assert "ankara: stale" in result.stdout
    assert "moved" not in result.stdout + result.stderr


# In the sandbox


def test_the_sandbox_makes_secrets_up(program: Program) -> None:
    """No real one is asked for, nor filled in where one is given."""
    write(program)
    give(program, LINE)

    applied, again = (program.run("apply", "--sandbox") for _ in range(2))

    assert (applied.exit_code, again.exit_code, again.stderr) == (0, 0, IN_SANDBOX)
    assert TOKEN not in Path(".santral/sandbox.json").read_text()
    assert "sandbox-crm" in Path(".santral/sandbox.json").read_text()
    assert "sandbox-crm" not in Path(".santral/sandbox-journal.jsonl").read_text()


# A santral that is stale, or whose URL the API spells otherwise


def test_a_santral_that_is_stale_shows_nothing_of_what_is_live(
    program: Program, one: StandIn
) -> None:
    """Somebody rotated the secret in the panel between the plan and the change."""
    give(program, LINE)
    one.meanwhile("GET", "ankara", 2, do=lambda: hold(one, f"{OLD_FILLED}-moved"))

    result = program.run("apply", "--show-urls")

    assert (result.exit_code, live_url(one)) == (3, f"{OLD_FILLED}-moved")
    assert "ankara: stale" in result.stdout
    assert result.stdout.count(f"→ {SHOWN}  (the part shown as *** changes)") == 2
    assert OLD_TOKEN not in result.stdout


def test_how_the_api_spells_a_url_with_a_secret_is_not_quoted(
    program: Program, one: StandIn
) -> None:
    """It would show the token once more."""
    give(program, LINE)
    spelled = FILLED.replace("crm.example", "CRM.example").replace("tok", "%74ok")
    one.meanwhile("GET", "ankara", 3, do=lambda: hold(one, spelled))

    result = program.run("apply", "--show-urls")

    assert TOKEN[3:] not in result.stdout + result.stderr
    assert program.run("plan", "--show-urls").stdout == IN_SYNC.stdout
