"""``merge``: the plans, or the reports, of all shards as one."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support.fleet import OFF, key_number, settings
from support.program import Program
from support.reports import TO_APPLY, assert_follows_schema, summary
from support.repository import commit, git
from support.stand_in import StandIn

from reconciler.cli import fleets
from reconciler.saved_plans.document import with_checksum

FILE = """\
version: 1
defaults: {crm_integration: {notification_url: 'https://crm.example.com/{name}'}}
santrals:
  ankara: {crm_integration: {ringing: on}}
  bursa: {crm_integration: {ringing: on}}
  canakkale: {crm_integration: {ringing: on}}
  denizli: {crm_integration: {ringing: on}}
"""
SHARDS = ("1/3", "2/3", "3/3")
PLANS = [f"plan-{number}.json" for number in (1, 2, 3)]
MERGED = " Merged from 3 shards: 4 of 4 santrals looked at."
BY_SHARD = " To make them, apply the plan of each shard.\n"


@pytest.fixture
def four(program: Program, stand_in: StandIn) -> StandIn:
    """Give a file of four santrals, one of which cannot be read, and one that is in sync."""
    program.write("santral.yaml", FILE)
    stand_in.hold("bursa", settings("on", "off", "off", "https://crm.example.com/bursa"))
    return stand_in


def plan_all(program: Program, *options: str, shards: Sequence[str] = SHARDS) -> None:
    """Save the plan of each shard."""
    for shard in shards:
        name = f"plan-{shard[0]}.json"
        program.run("plan", "--shard", shard, "--out", name, *options)


def test_the_merged_plan_is_the_plan_of_the_fleet(program: Program, four: StandIn) -> None:
    """In every format, but for where it comes from."""
    plan_all(program)
    whole = program.run("plan")

    merged = program.run("merge", *PLANS)

    assert (merged.exit_code, merged.stderr, merged.origin) == (0, "", whole.origin)
    assert merged.stdout == whole.stdout.replace(TO_APPLY, MERGED + BY_SHARD)
    assert program.run("merge", *reversed(PLANS)) == merged
    for kind in ("markdown", "html"):
        shown = program.run("merge", *PLANS, "--format", kind).stdout
        shown = shown.replace(f"<p>{MERGED.strip()}</p>", "", 1)
        assert shown.replace(MERGED, "") == program.run("plan", "--format", kind).stdout


def test_as_json_it_says_of_how_many_parts_it_is(program: Program, four: StandIn) -> None:
    """All else is as in the plan of the fleet."""
    plan_all(program)
    whole = json.loads(program.run("plan", "--format", "json").stdout)

    merged = json.loads(program.run("merge", *PLANS, "--format", "json").stdout)

    assert_follows_schema(merged)
    assert merged == whole | {"scope": whole["scope"] | {"merged": 3}}


def test_json_from_stdout_serves_as_well_as_a_saved_plan(program: Program, four: StandIn) -> None:
    """A job may keep either."""
    plan_all(program)
    saved = program.run("merge", *PLANS)
    for shard, name in zip(SHARDS, PLANS, strict=True):
        program.write(name, program.run("plan", "--shard", shard, "--format", "json").stdout)

    assert program.run("merge", *PLANS) == saved


def test_a_merged_plan_is_for_showing_and_not_for_applying(program: Program, four: StandIn) -> None:
    """It has no seals; each shard's plan is applied by its own machine."""
    plan_all(program)
    merged = program.run("merge", *PLANS, "--out", "merged.json")

    shown, applied = program.run("show", "merged.json"), program.run("apply", "merged.json")

    assert merged.stderr == "The merged plan is saved as merged.json.\n"
    assert (shown.exit_code, shown.whole_stdout) == (0, merged.whole_stdout)
    assert (applied.exit_code, applied.stdout, applied.stderr) == (
        1,
        "",
        "This is a plan that was merged from those of all shards, for santral show. Apply the plan "
        "of each shard.\n",
    )
    assert [method for method, _ in four.service.requests if method == "POST"] == []


def test_what_changed_is_merged_too(program: Program, four: StandIn) -> None:
    """The plan of one shard is applied to its santrals, and to no others."""
    plan_all(program)

    result = program.run("apply", "plan-1.json")

    names = [one["name"] for one in json.loads(Path("plan-1.json").read_text())["santrals"]]
    changed = [n for n in ("ankara", "canakkale", "denizli") if four.live(n) != OFF]
    assert (result.exit_code, changed) == (0, [name for name in names if name != "bursa"])


def test_the_reports_of_all_shards_are_one_report(program: Program, four: StandIn) -> None:
    """With the exit code that it would have had."""
    plan_all(program)
    four.move("denizli", settings("off", "on", "off", None), before=("GET", 3))
    codes = [
        program.run("apply", plan, "--format", f"json=report-{plan}").exit_code for plan in PLANS
    ]

    merged = program.run("merge", *(f"report-{plan}" for plan in PLANS))

    assert sorted(codes) == [0, 0, 3]
    assert (merged.exit_code, merged.stderr) == (3, "")
    assert merged.stdout.endswith(f"\n{summary(applied=2, in_sync=1, stale=1)}")


def planned(shard: str, *options: str, file: str = FILE) -> Callable[[Program], object]:
    """Return what plans one shard again, otherwise."""

    def plan(program: Program) -> None:
        program.write("santral.yaml", file)
        plan_all(program, *options, shards=[shard])

    return plan


def _later(program: Program) -> None:
    later = datetime.fromisoformat("2026-11-25T09:00:01Z")
    program.monkeypatch.setattr(fleets, "utc_now", lambda: later)
    plan_all(program, shards=["2/3"])


def _with_other_labels(program: Program) -> None:
    labelled = FILE.replace("ankara: {", "ankara: {labels: {crm: v2}, ")
    program.write("santral.yaml", labelled.replace("denizli: {", "denizli: {labels: {crm: v2}, "))
    plan_all(program, "--select", "crm=v2", shards=SHARDS[:1] + SHARDS[2:])
    program.write("santral.yaml", labelled)
    plan_all(program, "--select", "crm=v2", shards=["2/3"])


def _since_another_commit(program: Program) -> None:
    git("init", "-q", "-b", "main")
    commit("first")
    program.write("santral.yaml", FILE.replace("ringing: on", "ringing: off"))
    plan_all(program, "--changed", "main")
    commit("second")
    plan_all(program, "--changed", "main", shards=["2/3"])


def _with_one_left_out(program: Program) -> None:
    text = program.run("plan", "--shard", "2/3", "--format", "json").stdout
    document = json.loads(text)
    (left_out,) = (one for one in document["santrals"] if one["name"] == "bursa")
    document["santrals"].remove(left_out)
    document["summary"]["in_sync"] -= 1
    program.write("plan-2.json", json.dumps(document))


OTHER_SANTRALS = (
    "plan-2.json: The same options picked other santrals for it than for plan-1.json: labels, or "
    "the commit that --changed stands for, were others there. Plan all shards again, from one "
    "commit."
)
REFUSED: dict[str, tuple[Callable[[Program], object], Sequence[str], str]] = {
    "missing": (
        lambda _: None,
        PLANS[:2],
        "The plan of 1 shard is missing: 3/3. Run that shard again.",
    ),
    "several missing": (
        lambda _: None,
        PLANS[2:],
        "The plans of 2 shards are missing: 1/3, 2/3. Run those shards again.",
    ),
    "doubled": (
        lambda program: program.write("again.json", Path("plan-2.json").read_bytes()),
        [*PLANS, "again.json"],
        "again.json: It is of shard 2/3, as plan-2.json is. Give the plan of each shard once.",
    ),
    "of another number": (
        planned("2/4"),
        PLANS,
        "plan-2.json: It is of another number of shards than plan-1.json.",
    ),
    "of another configuration": (
        planned("2/3", file=FILE.replace("ringing: on", "ringing: off", 1)),
        PLANS,
        "plan-2.json: It was made from another configuration than plan-1.json.",
    ),
    "of another selection": (
        planned("2/3", "--target", "*a*"),
        PLANS,
        "plan-2.json: It was made with other --target, --exclude, --select or --changed than "
        "plan-1.json.",
    ),
    "of other labels": (_with_other_labels, PLANS, OTHER_SANTRALS),
    "since another commit": (_since_another_commit, PLANS, OTHER_SANTRALS),
    "with a santral left out": (
        _with_one_left_out,
        PLANS,
        "The plans do not have exactly the santrals that were picked for all shards together. One "
        "of them was edited. Plan all shards again.",
    ),
    "for another purpose": (
        planned("2/3", "--drift"),
        PLANS,
        "plan-2.json: It was made for another purpose than plan-1.json, such as --drift.",
    ),
    "of another API": (
        planned("2/3", "--sandbox"),
        PLANS,
        "plan-2.json: It is of another API than plan-1.json.",
    ),
    "of no shard": (
        lambda program: program.run("plan", "--out", "plan-2.json"),
        PLANS,
        "plan-2.json: This is not a plan of a shard. plan --shard I/N --out writes one.",
    ),
    "made later": (
        _later,
        PLANS,
        "plan-1.json: It was made at 2026-11-25T08:00:00Z, and plan-2.json at "
        "2026-11-25T09:00:01Z, which is more than 1h apart: what is live may have changed between. "
        "Plan again, or give a longer --within.",
    ),
    "with a report among them": (
        lambda program: program.run("apply", "plan-2.json", "--format", "json=report.json"),
        [PLANS[0], "report.json", PLANS[2]],
        "plan-3.json: It is a plan, while report.json is the report of a run.",
    ),
    "edited": (
        lambda program: program.write(
            "plan-2.json", Path("plan-2.json").read_text().replace("crm.example", "evil.example")
        ),
        PLANS,
        "plan-2.json: This plan was edited or damaged after it was saved. Plan again.",
    ),
    "not there": (
        lambda _: None,
        [*PLANS[:2], "none.json"],
        "The plan none.json cannot be read. The system says: No such file or directory.",
    ),
    "no plan": (
        lambda program: program.write("plan-3.json", "{}"),
        PLANS,
        "plan-3.json: This is not a saved plan. plan --out writes one.",
    ),
}


@pytest.mark.parametrize(("prepare", "names", "message"), REFUSED.values(), ids=REFUSED)
def test_what_are_not_the_plans_of_all_shards_of_one_fleet_is_refused(
    program: Program,
    four: StandIn,
    prepare: Callable[[Program], object],
    names: Sequence[str],
    message: str,
) -> None:
    """By name: nobody shall take a part of the fleet for all of it."""
    plan_all(program)
    prepare(program)

    result = program.run("merge", *names, "--out", "merged.json")

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{message}\n")
    assert not Path("merged.json").exists()


def test_a_santral_that_is_not_in_its_shard_is_refused(program: Program, four: StandIn) -> None:
    """Another plan's santral could else be shown twice, or instead of its own."""
    plan_all(program)
    one, two = (json.loads(Path(name).read_text()) for name in PLANS[:2])
    one["santrals"], one["summary"] = two["santrals"], two["summary"]
    del one["saved"]["checksum"]
    program.write("plan-1.json", json.dumps(with_checksum(one)))

    result = program.run("merge", *PLANS)

    assert (result.exit_code, result.stderr) == (
        1,
        "plan-1.json: It has santrals that are not in its shard, 1/3. It was edited.\n",
    )


IMPOSSIBLE: dict[str, dict[str, object]] = {
    "a day that no calendar has": {"origin.made": "2026-99-99T00:00:00Z"},
    "a year zero": {"origin.made": "0000-01-01T00:00:00Z"},
    "a broken number of shards": {"scope.shard.total": 3.0},
    "a broken shard": {"scope.shard.index": 2.0},
    "a shard beyond the last": {"scope.shard.index": 9},
    "more santrals than the files have": {"scope.fleet": 1},
    "a part that was merged": {"scope.merged": 3},
    "a broken line": {"santrals.0.source.line": 7.0},
    "a count beyond counting": {"hosts.0.live": 1e300},
}


@pytest.mark.parametrize("is_saved", [True, False], ids=["saved", "as JSON"])
@pytest.mark.parametrize("edits", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_no_santral_writes_is_refused(
    program: Program, four: StandIn, edits: Mapping[str, object], *, is_saved: bool
) -> None:
    """Whoever edits a plan can make a new checksum; there is no traceback, and no such claim."""
    plan_all(program)
    document = json.loads(Path("plan-2.json").read_text())
    for path, value in edits.items():
        _put(document, path.split("."), value)
    document["saved"]["created"] = document["origin"]["made"]
    del document["saved"]["checksum"]
    document = with_checksum(document)
    if not is_saved:
        del document["saved"]
        for santral in document["santrals"]:
            del santral["seals"]
    program.write("plan-2.json", json.dumps(document))

    merged = program.run("merge", "plan-2.json", "plan-1.json", "plan-3.json")

    assert (merged.exit_code, merged.stdout, merged.stderr) == (
        1,
        "",
        "plan-2.json: This plan was edited or damaged after it was saved. Plan again.\n",
    )


def _put(node: Any, steps: Sequence[str], value: object) -> None:
    *above, last = steps
    for step in above:
        node = node[int(step) if isinstance(node, list) else step]
    node[last] = value


def test_they_may_be_made_as_far_apart_as_is_said(program: Program, four: StandIn) -> None:
    """What is live may change in between, and whoever knows that may say so."""
    plan_all(program)
    _later(program)

    assert program.run("merge", *PLANS, "--within", "2h").exit_code == 0
    assert program.run("merge", *PLANS, "--within", "60m").exit_code == 1
    usage = program.run("merge", *PLANS, "--within", "soon")
    assert usage.stderr.endswith(
        "Error: Invalid value for '--within': It must be a duration such as 30m, 2h or 3d.\n"
    )


def test_the_guard_counts_the_changes_of_all_shards(program: Program, four: StandIn) -> None:
    """No shard knows of those of the others, so each alone would be let through."""
    plan_all(program, "--max-changes", "60%")

    single = program.run("apply", "plan-1.json", "--max-changes", "60%", "--yes")
    merged = program.run("merge", *PLANS)

    assert (single.exit_code, merged.exit_code) == (0, 3)
    assert merged.stdout.endswith(
        "\nGuard: 3 of 4 santrals with a usable key would change; --max-changes allows 60%. That "
        "is too much for all shards together (exit code 3), although each alone may be within the "
        "limit. If it is intended, plan them with --max-changes 3.\n"
    )


def test_the_guard_is_that_of_a_plan_of_the_fleet_where_some_are_not_read(
    program: Program, four: StandIn
) -> None:
    """A shard does not know what others could not read, which makes no room for changes."""
    program.monkeypatch.setenv("SANTRAL_KEY_ANKARA", key_number(9).reveal())
    plan_all(program, "--max-changes", "60%")
    whole = json.loads(program.run("plan", "--max-changes", "60%", "--format", "json").stdout)

    merged = program.run("merge", *PLANS, "--format", "json")

    guard = {"limit": "60%", "changes": 2, "fleet": 3, "tripped": True}
    assert json.loads(merged.stdout)["guard"] == whole["guard"] == guard
    assert merged.exit_code == 3


def test_the_guard_counts_the_changes_of_a_shard_without_a_limit(
    program: Program, four: StandIn
) -> None:
    """One machine's limit is for all that would change."""
    plan_all(program, "--max-changes", "1", shards=["2/3"])
    plan_all(program, shards=["1/3", "3/3"])

    merged = program.run("merge", *PLANS)

    assert merged.exit_code == 3
    assert "\nGuard: 3 of 4 santrals with a usable key would change; --max" in merged.stdout


def origin_of_merged(program: Program) -> dict[str, Any]:
    """Return what the merged plan says that it is of."""
    result = program.run("merge", *PLANS, "--format", "json")
    origin: dict[str, Any] = json.loads(result.stdout)["origin"]
    return origin


def test_it_is_of_a_commit_only_if_all_are_and_as_old_as_the_oldest(
    program: Program, four: StandIn
) -> None:
    """A commit may change what nobody asks for, such as a comment."""
    git("init", "-q", "-b", "main")
    commit("first")
    plan_all(program)
    of_one = origin_of_merged(program)
    program.write("santral.yaml", f"{FILE}# more\n")
    plan_all(program, shards=["2/3"])
    of_one_but_for_a_file = origin_of_merged(program)
    git("commit", "-qam", "second")
    later = datetime.fromisoformat("2026-11-25T08:30:00Z")
    program.monkeypatch.setattr(fleets, "utc_now", lambda: later)
    plan_all(program, shards=["1/3"])
    of_two = origin_of_merged(program)

    assert len(of_one["commit"]) == 40
    assert of_one["committed"]
    assert of_one_but_for_a_file == of_one | {"committed": False}
    assert of_two == of_one | {"commit": None, "committed": False}
    assert of_one["made"] == "2026-11-25T08:00:00Z"


def test_what_is_said_of_the_whole_is_said_once(program: Program, four: StandIn) -> None:
    """Each shard says it."""
    git("init", "-q", "-b", "main")
    commit("first")
    smaller = FILE.replace("  bursa: {crm_integration: {ringing: on}}\n", "")
    program.write("santral.yaml", smaller.replace("crm.example.com/", "webhook.site/"))
    plan_all(program, "--base", "HEAD", "--changed", "HEAD")
    whole = program.run("plan", "--base", "HEAD", "--changed", "HEAD")

    merged = program.run("merge", *PLANS)

    assert merged.stderr == whole.stderr != ""
    assert merged.stdout.count("- bursa  No longer in the files.") == 1
    assert merged.stdout.count("Note: Only santrals whose entry changed since HEAD") == 1
    assert merged.stdout.startswith(whole.stdout.partition("Plan: ")[0])


def test_rollbacks_are_merged_whatever_each_brings_back(program: Program, four: StandIn) -> None:
    """That is what each machine's journal has."""
    program.run("apply")
    for shard, name in zip(SHARDS, PLANS, strict=True):
        program.run("rollback", "--shard", shard, "--dry-run", "--format", f"json={name}")

    merged = program.run("merge", *PLANS)

    assert merged.exit_code == 0
    assert "Merged from 3 shards: 3 of 4 santrals looked at." in merged.stdout


def test_one_that_could_not_be_read_fails_the_whole(program: Program, four: StandIn) -> None:
    """As it does a plan of the fleet; the plan is shown all the same."""
    program.monkeypatch.delenv("SANTRAL_KEY_DENIZLI")
    plan_all(program)

    result = program.run("merge", *PLANS)

    assert result.exit_code == 1
    assert "Plan: 2 to change, 1 in sync, 1 failed." in result.stdout


def test_no_output_replaces_a_plan_that_is_read(program: Program, four: StandIn) -> None:
    """As for every other command."""
    plan_all(program)

    for option in (("--out", "plan-3.json"), ("--format", "html=plan-3.json")):
        result = program.run("merge", *PLANS, *option)

        assert result.exit_code == 1
        assert "plan-3.json would be overwritten" in result.stderr
    assert json.loads(Path("plan-3.json").read_text())["scope"]["shard"]["index"] == 3


def test_one_plan_may_come_from_standard_input(program: Program, four: StandIn) -> None:
    """As for apply and show."""
    plan_all(program)
    expected = program.run("merge", *PLANS)

    merged = program.run("merge", *PLANS[:2], "-", stdin=Path(PLANS[2]).read_bytes())
    doubled = program.run("merge", *PLANS, "-", stdin=Path(PLANS[2]).read_bytes())

    assert merged == expected
    assert doubled.stderr == (
        "<stdin>: It is of shard 3/3, as plan-3.json is. Give the plan of each shard once.\n"
    )


@pytest.mark.parametrize("command", ["merge", "show", "apply"])
def test_an_empty_name_is_a_variable_that_is_not_set(program: Program, command: str) -> None:
    """It is not the folder that one is in."""
    result = program.run(command, "")

    assert result.exit_code == 1
    assert result.stderr.endswith(": It is empty. Is a variable not set?\n")


def test_it_takes_at_least_one_plan(program: Program) -> None:
    """And says so."""
    result = program.run("merge")

    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        1,
        "Error: Missing argument 'PLANFILE...'.",
    )
