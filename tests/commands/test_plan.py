"""What ``santral plan`` shows, as text and as JSON, and how it ends."""

import json

import pytest
from jsonschema import Draft202012Validator
from support.fleet import KEYS, settings
from support.program import NOW, Program, without_times
from support.reports import assert_follows_schema
from support.stand_in import StandIn

from reconciler import __version__
from reconciler.schemas import Schema, text_of


def test_santrals_in_sync_are_counted_and_not_listed(program: Program, in_sync: StandIn) -> None:
    """Nothing to change is one line."""
    result = program.run("plan")

    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "Plan: 0 to change, 2 in sync, 0 failed.\n",
        "",
    )
    assert sorted(in_sync.service.requests) == [("GET", "ankara"), ("GET", "bursa")]


def test_a_change_shows_its_place_each_field_and_another_host(
    program: Program, in_sync: StandIn
) -> None:
    """Where call data would go stands out on a line of its own."""
    in_sync.hold("bursa", settings("on", "on", "off", "https://crm.exarnple.com/bursa"))

    assert program.run("plan").stdout == (
        "~ bursa  (santral.yaml:11:3)\n"
        "    ringing           on → off\n"
        "    hangup            off → on\n"
        "    notification_url  https://crm.exarnple.com/bursa → https://crm.example.com/bursa\n"
        "                      other host: crm.exarnple.com → crm.example.com\n"
        "\n"
        "Plan: 1 to change, 1 in sync, 0 failed. To make them, run santral apply for "
        "the same files and santrals.\n"
    )


URL_CHANGES = {
    "a first URL": (
        None,
        "(not set) → https://crm.example.com/ankara",
        "new host: crm.example.com",
    ),
    "the same host": (
        "https://crm.example.com/old",
        "https://crm.example.com/old → https://crm.example.com/ankara",
        None,
    ),
    "a masked token": (
        "https://crm.example.com/ankara?token=abc&plain",
        "https://crm.example.com/ankara?token=***&***\n"
        "                      → https://crm.example.com/ankara  (the part shown as *** changes)",
        None,
    ),
    "a masked user part": (
        "https://user:secret@crm.example.com/ankara",
        "https://***@crm.example.com/ankara\n"
        "                      → https://crm.example.com/ankara  (the part shown as *** changes)",
        None,
    ),
    "a host that programs read differently": (
        "https://good.example.com\\@evil.example.com/",
        "https://***@evil.example.com/\n"
        "                      → https://crm.example.com/ankara  (the part shown as *** changes)",
        "other host: (unclear) → crm.example.com",
    ),
    "a terminal's escapes": (
        "https://crm.example.com/\x1b[2J\u202e",
        "https://crm.example.com/\\x1b[2J\\u202e → https://crm.example.com/ankara",
        None,
    ),
    "a key": (
        "https://crm.example.com/K12345678-1234-5678-4321-123456789012",
        "https://crm.example.com/*** → https://crm.example.com/ankara",
        None,
    ),
}


@pytest.mark.parametrize(("live", "shown", "host"), URL_CHANGES.values(), ids=URL_CHANGES)
def test_a_live_url_is_shown_without_what_could_harm(
    program: Program, in_sync: StandIn, live: str | None, shown: str, host: str | None
) -> None:
    """Tokens are masked, escapes made visible, and the host is named when it changes."""
    in_sync.hold("ankara", settings("on", "on", "on", live))

    host_line = f"                      {host}\n" if host else ""
    assert program.run("plan").stdout == (
        f"~ ankara  (santral.yaml:9:3)\n    notification_url  {shown}\n{host_line}\n"
        "Plan: 1 to change, 1 in sync, 0 failed. To make them, run santral apply for "
        "the same files and santrals.\n"
    )


def test_a_masked_value_that_changed_still_shows_as_changed(
    program: Program, stand_in: StandIn
) -> None:
    """Both sides look the same, so the line says that they are not."""
    program.write("santral.yaml", _one("notification_url: https://crm.example.com/?token=new"))
    stand_in.hold("ankara", settings("off", "off", "off", "https://crm.example.com/?token=old"))

    assert program.run("plan").stdout == (
        "~ ankara  (santral.yaml:3:3)\n"
        "    notification_url  https://crm.example.com/?token=***\n"
        "                      → https://crm.example.com/?token=***"
        "  (the part shown as *** changes)\n"
        "\n"
        "Plan: 1 to change, 0 in sync, 0 failed. To make them, run santral apply for "
        "the same files and santrals.\n"
    )


def test_urls_are_shown_whole_when_asked_for(program: Program, stand_in: StandIn) -> None:
    """``--show-urls`` unmasks, and needs no note then."""
    program.write("santral.yaml", _one("notification_url: https://crm.example.com/?token=new"))
    stand_in.hold("ankara", settings("off", "off", "off", "https://crm.example.com/?token=old"))

    assert program.run("plan", "--show-urls").stdout == (
        "~ ankara  (santral.yaml:3:3)\n"
        "    notification_url  https://crm.example.com/?token=old → "
        "https://crm.example.com/?token=new\n"
        "\n"
        "Plan: 1 to change, 0 in sync, 0 failed. To make them, run santral apply for "
        "the same files and santrals.\n"
    )


def _one(setting: str) -> str:
    return f"version: 1\nsantrals:\n  ankara:\n    crm_integration:\n      {setting}\n"


def test_an_unmanaged_field_makes_no_difference(program: Program, stand_in: StandIn) -> None:
    """Only what the file names is compared."""
    program.write("santral.yaml", _one("hangup: on"))
    stand_in.hold("ankara", settings("on", "off", "on", "https://elsewhere.example.com/x?t=1"))

    assert program.run("plan").stdout == "Plan: 0 to change, 1 in sync, 0 failed.\n"


def test_a_change_that_the_api_would_not_take_without_a_url_is_an_error(
    program: Program, stand_in: StandIn
) -> None:
    """The URL is mandatory in an update; an empty one has an effect that nobody documents."""
    program.write("santral.yaml", _one("hangup: on"))
    stand_in.hold("ankara", settings("off", "off", "off", None))

    result = program.run("plan")

    assert (result.exit_code, result.stdout) == (
        1,
        "! ankara  (santral.yaml:3:3)\n"
        "    No notification_url is set, neither live nor in the file, and the API accepts no "
        "change without one. Write one in the file.\n"
        "\n"
        "Plan: 0 to change, 0 in sync, 1 failed.\n",
    )


def test_a_santral_that_cannot_be_read_is_listed_and_the_others_are_planned(
    program: Program, in_sync: StandIn
) -> None:
    """One failure is an error of the run, not its end."""
    in_sync.hold("bursa", settings("off", "on", "off", "https://crm.example.com/bursa"))
    program.monkeypatch.setenv("SANTRAL_KEY_ANKARA", "K99999999-9999-9999-9999-999999999999")

    result = program.run("plan")

    assert (result.exit_code, result.stdout) == (
        1,
        "~ bursa  (santral.yaml:11:3)\n"
        "    hangup  off → on\n"
        "\n"
        "! ankara  (santral.yaml:9:3)\n"
        "    The API refused the key. Copy it from the panel again: it may have been renewed "
        "there.\n"
        "\n"
        "Plan: 1 to change, 0 in sync, 1 failed. To make them, run santral apply for "
        "the same files and santrals.\n",
    )


EXIT_CODES = {
    "in sync": ("on", (), 0),
    "in sync, detailed": ("on", ("--detailed-exitcode",), 0),
    "changes": ("off", (), 0),
    "changes, detailed": ("off", ("--detailed-exitcode",), 2),
}


@pytest.mark.parametrize(("hangup", "options", "code"), EXIT_CODES.values(), ids=EXIT_CODES)
def test_changes_make_exit_code_2_only_when_asked_for(
    program: Program, in_sync: StandIn, hangup: str, options: tuple[str, ...], code: int
) -> None:
    """As Terraform has it."""
    in_sync.hold("ankara", settings("on", "on", hangup, "https://crm.example.com/ankara"))

    assert program.run("plan", *options).exit_code == code


def test_an_error_goes_before_changes_in_the_exit_code(program: Program, in_sync: StandIn) -> None:
    """Where both hold, 1 comes before 2."""
    in_sync.hold("bursa", settings("off", "on", "off", "https://crm.example.com/bursa"))
    program.monkeypatch.delenv("SANTRAL_KEY_ANKARA")

    assert program.run("plan", "--detailed-exitcode").exit_code == 1


def test_the_same_input_gives_the_same_bytes(program: Program, in_sync: StandIn) -> None:
    """Whatever order the answers come in."""
    for name in ("ankara", "bursa"):
        in_sync.hold(name, settings("off", "off", "off", None))

    assert len({program.run("plan", "--parallelism", "2").stdout for _ in range(5)}) == 1


def test_json_holds_the_whole_plan(program: Program, in_sync: StandIn) -> None:
    """The document is complete, also when a santral failed, and follows its schema."""
    in_sync.hold("bursa", settings("off", "on", "off", "https://crm.example.com/x?token=abc"))
    program.monkeypatch.setenv("SANTRAL_KEY_ANKARA", "K99999999-9999-9999-9999-999999999999")

    result = program.run("plan", "--format", "json")

    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document == {
        "format_version": "1.0",
        "tool_version": __version__,
        "origin": {
            "api": in_sync.origin,
            "files": ["santral.yaml"],
            "commit": None,
            "committed": False,
            "made": NOW,
        },
        "scope": {
            "fleet": 2,
            "target": [],
            "exclude": [],
            "select": [],
            "changed": None,
            "shard": None,
            "merged": None,
        },
        "purpose": "changes",
        "santrals": [
            {
                "name": "ankara",
                "key": {"name": "ankara", "before": None, "taken_from": None},
                "source": {"file": "santral.yaml", "line": 9, "column": 3},
                "status": "failed",
                "changes": [],
                "error": (
                    "The API refused the key. Copy it from the panel again: it may have been "
                    "renewed there."
                ),
                "error_messages": [{"code": "key-refused", "fields": {}}],
                "warnings": [],
                "warning_messages": [],
            },
            {
                "name": "bursa",
                "key": {"name": "bursa", "before": None, "taken_from": None},
                "source": {"file": "santral.yaml", "line": 11, "column": 3},
                "status": "change",
                "changes": [
                    {
                        "field": "hangup",
                        "before": "off",
                        "after": "on",
                        "masked": False,
                        "hidden_part_changed": False,
                        "before_host": None,
                        "after_host": None,
                        "cause": None,
                    },
                    {
                        "field": "notification_url",
                        "before": "https://crm.example.com/x?token=***",
                        "after": "https://crm.example.com/bursa",
                        "masked": True,
                        "hidden_part_changed": True,
                        "before_host": "crm.example.com",
                        "after_host": "crm.example.com",
                        "cause": None,
                    },
                ],
                "error": None,
                "error_messages": [],
                "warnings": [],
                "warning_messages": [],
            },
        ],
        "dropped": [],
        "keys_of_dropped": [],
        "notes": [],
        "note_messages": [],
        "hosts": [{"host": "crm.example.com", "live": 1, "wanted": 2, "allowed": None}],
        "summary": {"change": 1, "in_sync": 0, "failed": 1, "causes": None},
        "guard": None,
    }
    assert_follows_schema(document)


def test_the_plan_schema_is_strict_and_valid() -> None:
    """It passes the metaschema and refuses what it does not name."""
    schema = json.loads(text_of(Schema.PLAN))
    Draft202012Validator.check_schema(schema)

    assert not Draft202012Validator(schema).is_valid({"unknown": 1})


WARNINGS = {
    "http": (
        "http://crm.example.com/x",
        "The notification_url uses http, so call data are sent unencrypted.",
    ),
    "an IP address": (
        "https://192.0.2.1/x",
        "The host of the notification_url is an IP address, which no certificate vouches for.",
    ),
}


@pytest.mark.parametrize(("url", "warning"), WARNINGS.values(), ids=WARNINGS)
def test_an_insecure_url_warns_at_each_run(
    program: Program, stand_in: StandIn, url: str, warning: str
) -> None:
    """Also when nothing changes; on stderr, and in the JSON."""
    entry = f"{{allow_insecure_url: true, crm_integration: {{notification_url: '{url}'}}}}"
    program.write("santral.yaml", f"version: 1\nsantrals:\n  ankara: {entry}\n")
    stand_in.hold("ankara", settings("off", "off", "off", url))

    result = program.run("plan", "--format", "json")

    assert result.stderr == f"Warning: santral.yaml:3:3: santral ankara: {warning}\n"
    assert json.loads(result.stdout)["santrals"][0]["warnings"] == [warning]
    assert program.run("plan", "-q").stderr == ""


SELECTIONS = {
    "a target": (("--target", "an*"), ["ankara"]),
    "two targets": (("--target", "ankara", "--target", "b*"), ["ankara", "bursa"]),
    "an exclusion": (("--exclude", "an*"), ["bursa"]),
    "both": (("--target", "*a*", "--exclude", "bursa"), ["ankara"]),
}


@pytest.mark.parametrize(("options", "names"), SELECTIONS.values(), ids=SELECTIONS)
def test_globs_select_santrals(
    program: Program, in_sync: StandIn, options: tuple[str, ...], names: list[str]
) -> None:
    """Only the selected ones are asked for and shown."""
    document = json.loads(program.run("plan", "--format", "json", *options).stdout)

    assert [santral["name"] for santral in document["santrals"]] == names
    assert sorted(in_sync.service.requests) == [("GET", name) for name in names]


@pytest.mark.parametrize("option", ["--target", "--exclude"])
def test_a_glob_that_matches_nothing_is_an_error(
    program: Program, in_sync: StandIn, option: str
) -> None:
    """It is a typo more often than a wish; nothing is asked of the API."""
    result = program.run("plan", option, "anakra")

    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        'No santral matches "anakra". Did you mean "ankara"?\n',
    )
    assert in_sync.service.requests == []


def test_only_targeted_santrals_need_their_keys(program: Program, in_sync: StandIn) -> None:
    """A person with one key can plan one santral."""
    program.monkeypatch.delenv("SANTRAL_KEY_BURSA")

    assert program.run("plan", "--target", "ankara").exit_code == 0
    assert in_sync.service.requests == [("GET", "ankara")]


def test_verbose_tells_each_request_and_no_key(program: Program, in_sync: StandIn) -> None:
    """Method, santral and outcome; the time is the only thing that varies."""
    stderr = program.run("plan", "-v", "--target", "ankara").stderr

    assert without_times(stderr) == "GET ankara: Answered 200 in ... s.\n"
    assert KEYS["ankara"].reveal() not in stderr
    assert in_sync.count("GET") == 1
