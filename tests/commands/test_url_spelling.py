"""What happens where the API keeps a notification URL in a spelling of its own."""

import json

import pytest
from support.fleet import BURSA, FILE, settings
from support.program import Program
from support.reports import summary
from support.stand_in import StandIn

from reconciler.core.settings import Settings

SPELLED = (
    "which differs from the one in the file only in its spelling, so nothing is sent. Write it so "
    "in the file, or in defaults if it stands there."
)


def kept(url: str) -> Settings:
    """Return settings with everything on and this URL."""
    return settings("on", "on", "on", url)


@pytest.fixture
def one(program: Program, stand_in: StandIn) -> StandIn:
    """Give a fleet of one, whose URL the API stores with a slash at its end, once it has it."""
    program.write("santral.yaml", FILE.split("  bursa")[0])
    with_slash = kept("https://crm.example.com/ankara/")
    stand_in.meanwhile("GET", "ankara", 3, do=lambda: stand_in.hold("ankara", with_slash))
    return stand_in


def test_the_first_apply_is_not_verified_and_says_how_the_api_keeps_the_url(
    program: Program, one: StandIn
) -> None:
    """What reads back is not what was sent, which nobody has confirmed to be the same."""
    result = program.run("apply")

    assert result.exit_code == 4
    assert result.stdout.endswith(
        "ankara: not verified. The change was sent, but the live settings are not what was "
        "wanted. Compare them, and plan again. The API keeps the notification_url as "
        "https://crm.example.com/ankara/. Write it so in the file.\n"
        "    Expected, and what is live instead:\n"
        "    notification_url  https://crm.example.com/ankara → https://crm.example.com/ankara/\n"
        "\n" + summary(not_verified=1)
    )


def test_later_runs_count_it_as_in_sync_with_a_warning_and_send_nothing(
    program: Program, one: StandIn
) -> None:
    """Else each apply would send the same again, for ever."""
    program.run("apply")
    one.answer_as_usual()
    one.service.requests.clear()
    warning = (
        "Warning: santral.yaml:9:3: santral ankara: The live notification_url is "
        f"https://crm.example.com/ankara/, {SPELLED}\n"
    )

    plan = program.run("plan", "--detailed-exitcode")
    apply = program.run("apply")

    assert (plan.exit_code, apply.exit_code) == (0, 0)
    assert plan.stderr == apply.stderr == warning
    assert apply.stdout.endswith(summary(in_sync=1))
    assert one.count("POST") == 0


def test_another_field_is_changed_with_the_url_sent_as_the_api_keeps_it(
    program: Program, one: StandIn
) -> None:
    """Sending the file's spelling would read back otherwise, and never be verified."""
    one.answer_as_usual()
    one.hold("ankara", settings("off", "on", "on", "https://CRM.example.com/ankara"))

    result = program.run("apply")

    assert result.exit_code == 0
    assert one.live("ankara") == kept("https://CRM.example.com/ankara")


def test_what_is_hidden_is_not_shown_by_the_warning(program: Program, stand_in: StandIn) -> None:
    """A token that is percent-encoded in another way."""
    program.write("santral.yaml", FILE.replace("/{name}", "/{name}?token=a%2fb"))
    stand_in.hold("ankara", kept("https://crm.example.com/ankara?token=a%2Fb"))
    stand_in.hold(
        "bursa", settings("off", "on", "on", "https://crm.example.com/bursa/?token=a%2Fb")
    )

    result = program.run("plan", "--format", "json")

    warnings = {one["name"]: one["warnings"] for one in json.loads(result.stdout)["santrals"]}
    assert warnings == {
        "ankara": [
            "The live notification_url has other percent-encodings than the file in a part that "
            "is hidden here, so nothing is sent. In the file, write them in upper case, and none "
            "for letters, digits, - . _ and ~."
        ],
        "bursa": [
            f"The live notification_url is https://crm.example.com/bursa/?token=***, {SPELLED}"
        ],
    }


def test_what_a_pull_request_changes_is_not_called_drift_for_a_slash(
    program: Program, two: StandIn
) -> None:
    """Nobody changed anything in the panel: the API keeps a slash that the earlier file had not."""
    program.write("before.yaml", FILE)
    program.write("santral.yaml", FILE.replace("/{name}", "/calls/{name}"))
    two.hold("ankara", kept("https://crm.example.com/ankara/"))
    two.hold("bursa", BURSA)

    result = program.run("plan", "--base", "before.yaml", "--format", "json")

    document = json.loads(result.stdout)
    assert document["summary"]["causes"] == {"this_change": 2, "drift": 0, "both": 0}


def test_a_rollback_does_not_take_a_slash_for_somebodys_change(
    program: Program, one: StandIn
) -> None:
    """It would warn that a change is lost which nobody made."""
    one.hold("ankara", kept("https://crm.example.com/old"))
    program.run("apply")
    one.answer_as_usual()

    result = program.run("rollback")

    assert result.exit_code == 0
    assert "would be lost" not in result.stdout + result.stderr
    assert one.live("ankara") == kept("https://crm.example.com/old")


@pytest.mark.parametrize(
    "live", ["https://crm.example.com/ankara//", "https://crm.example.com/Ankara"]
)
def test_any_other_difference_is_a_change(program: Program, two: StandIn, live: str) -> None:
    """A server may tell these apart."""
    two.hold("ankara", kept(live))
    two.hold("bursa", BURSA)

    assert program.run("plan", "--detailed-exitcode").exit_code == 2
