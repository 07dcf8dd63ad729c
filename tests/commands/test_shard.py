"""``--shard``: one machine's part of the fleet, which depends on the santrals' names alone."""

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from support.fleet import OFF
from support.program import Program
from support.reports import assert_follows_schema
from support.stand_in import StandIn

from reconciler.saved_plans.document import with_checksum

NAMES = ("ankara", "bursa", "canakkale", "denizli")
ENTRIES = "".join(f"  {name}: {{crm_integration: {{ringing: on}}}}\n" for name in NAMES)
URL = "defaults: {crm_integration: {notification_url: 'https://crm.example.com/{name}'}}\n"
FILE = f"version: 1\n{URL}santrals:\n{ENTRIES}"


@pytest.fixture
def four(program: Program, stand_in: StandIn) -> StandIn:
    """Give a file of four santrals, none of which is as it asks for."""
    program.write("santral.yaml", FILE)
    return stand_in


def part(program: Program, shard: str, *options: str) -> list[str]:
    """Return whom the plan of a shard looks at."""
    result = program.run("plan", "--shard", shard, "--format", "json", *options)
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert_follows_schema(document)
    return [santral["name"] for santral in document["santrals"]]


def home_of(name: str, total: int) -> int:
    """Return the number of a santral's shard, as it is documented."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % total + 1


@pytest.mark.parametrize("total", [1, 2, 3, 7])
def test_each_santral_is_in_one_shard_which_its_name_decides(
    program: Program, four: StandIn, total: int
) -> None:
    """By SHA-256 of the name, modulo N; and no other santral is asked for."""
    parts = [part(program, f"{index}/{total}") for index in range(1, total + 1)]

    assert Counter(name for names in parts for name in names) == Counter(NAMES)
    assert [home_of(name, total) for names in parts for name in names] == [
        index for index, names in enumerate(parts, start=1) for _ in names
    ]
    assert sorted(four.service.requests) == [("GET", name) for name in NAMES]


def test_adding_a_santral_moves_no_other(program: Program, four: StandIn) -> None:
    """Machines need not be told of it."""
    before = [part(program, f"{index}/3") for index in (1, 2, 3)]
    program.write("santral.yaml", FILE.replace("  denizli: {crm_integration: {ringing: on}}\n", ""))

    after = [part(program, f"{index}/3") for index in (1, 2, 3)]

    assert after == [[name for name in names if name != "denizli"] for names in before]


def test_a_plan_says_which_part_it_is_of(program: Program, four: StandIn) -> None:
    """Nobody takes it for the plan of the fleet."""
    name = next(name for name in NAMES if home_of(name, 2) == 1)

    result = program.run("plan", "--shard", "1/2", "--target", name)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith(
        "Plan: 1 to change, 0 in sync, 0 failed. Shard 1/2: 1 of 4 santrals looked at. To make "
        "them, run santral apply for the same files and santrals.\n"
    )


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_an_empty_shard_is_success_and_said(program: Program, four: StandIn, command: str) -> None:
    """With few santrals and many machines some have nothing to do."""
    empty = next(n for n in range(1, 51) if n not in {home_of(name, 50) for name in NAMES})

    result = program.run(command, "--shard", f"{empty}/50")

    assert (result.exit_code, result.stderr) == (
        0,
        f"Shard {empty}/50 has none of these santrals.\n",
    )
    assert result.stdout.splitlines()[0] == (
        f"Plan: 0 to change, 0 in sync, 0 failed. Shard {empty}/50: 0 of 4 santrals looked at."
    )
    assert four.service.requests == []


def test_apply_changes_the_santrals_of_its_shard_only(program: Program, four: StandIn) -> None:
    """The variable says the same as the option."""
    program.monkeypatch.setenv("SANTRAL_SHARD", "2/2")

    result = program.run("apply")

    changed = [name for name in NAMES if four.live(name) != OFF]
    assert (result.exit_code, changed) == (0, [n for n in NAMES if home_of(n, 2) == 2])


def test_options_beside_a_saved_plan_may_stand_in_any_order(
    program: Program, four: StandIn
) -> None:
    """They pick the same."""
    program.run("plan", "--target", "a*", "--target", "b*", "--shard", "1/1", "--out", "plan.json")

    same = program.run("apply", "plan.json", "--shard", "1/1", "--target", "b*", "--target", "a*")
    fewer = program.run("apply", "plan.json", "--shard", "1/1", "--target", "a*")

    assert (same.exit_code, fewer.exit_code) == (0, 3)


def test_a_saved_plan_without_its_options_is_not_said_to_be_of_all(
    program: Program, four: StandIn
) -> None:
    """As an earlier version saved it."""
    program.run("plan", "--target", "ankara", "--out", "plan.json")
    document = json.loads(Path("plan.json").read_text())
    del document["scope"], document["saved"]["checksum"]
    program.write("plan.json", json.dumps(with_checksum(document)))

    result = program.run("apply", "plan.json", "--target", "ankara")

    assert (result.exit_code, result.stderr) == (
        3,
        "The saved plan is from an earlier version of santral, which did not write down the "
        "options that picked its santrals. An apply of a saved plan is for its santrals and no "
        "others, so the options that pick santrals must be the same, or left out. Nothing was "
        "sent.\n",
    )


MANY = [f"santral-{number}" for number in range(12)]


def test_a_limit_in_percent_is_of_all_files_santrals(
    program: Program, sandbox_of_many: None
) -> None:
    """A shard may change all of its own where that is within the limit of the fleet."""
    assert sum(home_of(name, 3) == 1 for name in MANY) == 6

    refused = program.run("apply", "--sandbox", "--shard", "1/3", "--max-changes", "49%")
    applied = program.run("apply", "--sandbox", "--shard", "1/3", "--max-changes", "50%")

    assert refused.stdout.endswith(
        "Guard: 6 of 12 santrals with a usable key would change; --max-changes allows 49%. apply "
        "refuses this plan (exit code 3). If it is intended, give every shard the same "
        "--max-changes, for its plan and its apply: merge counts the changes of all of them "
        "together.\n"
    )
    assert (refused.exit_code, applied.exit_code) == (3, 0)


@pytest.fixture
def sandbox_of_many(program: Program) -> None:
    """Give a file of as many santrals as the limit is for."""
    entries = "".join(f"  {name}: {{crm_integration: {{ringing: on}}}}\n" for name in MANY)
    program.write("santral.yaml", f"version: 1\n{URL}santrals:\n{entries}")


def test_a_rollback_is_of_its_shard(program: Program, four: StandIn) -> None:
    """Each machine has a journal of its own; where there is one for all, it takes its part."""
    program.run("apply")

    one = program.run("rollback", "--shard", "1/2", "--dry-run")
    program.run("rollback", "--shard", "1/2")

    assert "Shard 1/2: " in one.stdout
    still = {name for name in NAMES if four.live(name).ringing == "on"}
    assert still == {name for name in NAMES if home_of(name, 2) == 2}


FORM = "It must be I/N, such as 2/5: part I of N, with at most 10,000 parts. I counts from 1 to N."


@pytest.mark.parametrize("shard", ["0/4", "5/4", "1/0", "1", "a/b", "-1/4", "1/10001", "1/4/4", ""])
def test_what_is_no_shard_is_a_usage_error(program: Program, four: StandIn, shard: str) -> None:
    """Above all one counted from 0, as some engines do: it says what is counted."""
    result = program.run("plan", f"--shard={shard}")

    assert result.exit_code == 1
    assert result.stderr.endswith(f"Error: Invalid value for '--shard': {FORM}\n")
    assert four.service.requests == []


def test_no_variable_of_an_engine_is_read(program: Program, four: StandIn) -> None:
    """They count from 0 and from 1, and say 1 where nothing is shared."""
    for name, value in {
        "CI_NODE_INDEX": "1",
        "CI_NODE_TOTAL": "2",
        "JOB_COMPLETION_INDEX": "0",
        "CIRCLE_NODE_INDEX": "0",
    }.items():
        program.monkeypatch.setenv(name, value)

    assert part(program, "1/1") == [*NAMES]
    assert "Shard" not in program.run("plan").stdout


def test_the_json_document_says_what_was_asked_for(program: Program, four: StandIn) -> None:
    """For merge, and for whoever reads it."""
    options = ("--target", "*a*", "--exclude", "bursa", "--shard", "1/1")

    document = json.loads(program.run("plan", "--format", "json", *options).stdout)

    digests = [document["scope"]["shard"].pop(name) for name in ("configuration", "picked")]
    assert len(digests[0]) == 64
    assert digests[1] == hashlib.sha256(b'["ankara","canakkale"]').hexdigest()
    assert document["scope"] == {
        "fleet": 4,
        "target": ["*a*"],
        "exclude": ["bursa"],
        "select": [],
        "changed": None,
        "shard": {"index": 1, "total": 1},
        "merged": None,
    }
