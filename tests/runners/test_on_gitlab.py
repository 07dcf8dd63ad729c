"""GitLab's pipelines, of both gates, run whole by gitlab-ci-local."""

import json
import re

import pytest
from support.fleet import ANKARA, BURSA, FILE, KEYS, QUIETER, settings
from support.gitlab_api import BOT, FORK, PROJECT
from support.gitlab_ci_local import GitLab
from support.machines import keys_in, run_named, steps
from support.posing import POSING
from support.stand_in import StandIn

reviewers = pytest.mark.parametrize("gate", ["reviewers"])
manual = pytest.mark.parametrize("gate", ["manual"])
QUIETEST = QUIETER.replace("hangup: on", "hangup: off")
QUIETEST_ANKARA = settings("on", "off", "off", "https://crm.example.com/ankara")
APPLIED = "Apply: 2 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 0 not tried."
PLANNED = {"validate": "success", "plan": "success", "comment": "success"}
UNSAID = "SANTRAL_PACKAGE: is not set. Set it at the top of this pipeline."
KEYED = {"plan", "apply", "rollback-plan", "rollback", "drift"}


def keyed(gitlab: GitLab) -> set[str]:
    """Return which jobs had keys."""
    environments = [step.environment for step in steps(gitlab.machine)]
    named = {one["CI_JOB_NAME"] for one in environments if one.get("SANTRAL_KEYS")}
    return {name.removeprefix("santral:") for name in named}


def assert_no_key_got_out(gitlab: GitLab) -> None:
    """Neither into a log nor to GitLab."""
    files = [content.decode() for content in gitlab.api.files.values()]
    texts = [*gitlab.everything, *files, json.dumps(gitlab.api.state())]
    assert keys_in(texts) == []


@reviewers
def test_from_a_merge_request_to_the_way_back(gitlab: GitLab, live: StandIn) -> None:
    """Its plan is noted, updated, applied by the merge, and undone by hand."""
    request = gitlab.api.open_merge_request(gitlab.repository.commit("change", santral=QUIETER))
    first = gitlab.merge_request(request)
    assert first.results == PLANNED
    (note,) = gitlab.api.notes
    assert (note["merge_request"], note["author"]) == (request["iid"], BOT)
    assert "| 2 santrals | `answered` `on` → `off` (this change)" in note["body"]
    counts = json.loads(first.left("plan", ".santral-ci/terraform.json"))
    assert counts == {"create": 0, "update": 2, "delete": 0}

    head = gitlab.repository.commit("change", santral=QUIETEST)
    assert gitlab.merge_request(request).results == PLANNED
    (note,) = gitlab.api.notes
    assert f"The plan of {head}." in note["body"]
    assert live.count("POST") == 0

    applied = gitlab.merge(request)
    assert applied.results == {"validate": "success", "fetch": "success", "apply": "success"}
    assert APPLIED in applied.log("apply")
    assert live.live("ankara") == QUIETEST_ANKARA
    assert applied.kept("apply").keys() == {".santral-ci/journal.jsonl"}

    undone = gitlab.by_hand(SANTRAL_RUN=run_named(applied.log("apply")))
    assert undone.results == {"fetch": "success", "rollback-plan": "success"}
    assert "Plan: 2 to change, 0 in sync, 0 failed." in undone.log("rollback-plan")
    assert live.live("ankara") == QUIETEST_ANKARA
    gitlab.start(undone, "rollback")
    assert undone.results["rollback"] == "success"
    assert (live.live("ankara"), live.live("bursa")) == (ANKARA, BURSA)
    assert keyed(gitlab) == KEYED - {"drift"}
    assert_no_key_got_out(gitlab)


@manual
def test_all_by_hand_to_the_way_back(gitlab: GitLab, live: StandIn) -> None:
    """A merge request is validated; after it somebody plans, applies, and undoes that."""
    request = gitlab.api.open_merge_request(gitlab.repository.commit("change", santral=QUIETEST))
    assert gitlab.merge_request(request).results == {"validate": "success"}
    assert live.service.requests == []

    merged = gitlab.merge(request, start="plan")
    assert merged.results == {"validate": "success", "plan": "success", "fetch": "success"}
    assert "Plan: 2 to change, 0 in sync, 0 failed." in merged.log("plan")
    assert live.count("POST") == 0
    gitlab.start(merged, "apply")
    assert merged.results["apply"] == "success"
    assert live.live("ankara") == QUIETEST_ANKARA

    undone = gitlab.by_hand(SANTRAL_RUN=run_named(merged.log("apply")))
    assert undone.results == {"fetch": "success", "rollback-plan": "success"}
    assert live.live("ankara") == QUIETEST_ANKARA
    gitlab.start(undone, "rollback")
    assert undone.results["rollback"] == "success"
    assert (live.live("ankara"), live.live("bursa")) == (ANKARA, BURSA)
    assert keyed(gitlab) == KEYED - {"drift"}
    assert_no_key_got_out(gitlab)


@reviewers  # with the other gate, test_followed.py sees the issue opened
def test_drift_opens_an_issue_and_closes_it(gitlab: GitLab, live: StandIn) -> None:
    """What somebody changed in the panel is one issue, as long as it lasts."""
    live.hold("bursa", settings("off", "on", "off", "https://crm.example.com/bursa"))
    assert gitlab.by_schedule().results == {"drift": "warning", "issue": "success"}
    (issue,) = gitlab.api.issues
    assert (issue["state"], issue["author"]) == ("opened", BOT)
    assert "**Drift: 1 drifted, 1 in sync, 0 failed.**" in issue["description"]

    live.hold("bursa", BURSA)
    assert gitlab.by_schedule().results == {"drift": "success", "issue": "success"}
    assert [one["state"] for one in gitlab.api.issues] == ["closed"]
    assert live.count("POST") == 0
    assert keyed(gitlab) == {"drift"}
    assert_no_key_got_out(gitlab)


@manual
def test_a_check_that_could_not_read_a_santral_says_so_in_an_issue(
    gitlab: GitLab, live: StandIn
) -> None:
    """Its job fails, too."""
    gitlab.keys["santral-drift"] = json.dumps({"ankara": KEYS["ankara"].reveal()})

    assert gitlab.by_schedule().results == {"drift": "failed", "issue": "success"}
    (issue,) = gitlab.api.issues
    assert "**Drift: 0 drifted, 1 in sync, 1 failed.**" in issue["description"]


@manual
def test_a_check_that_compared_nothing_leaves_the_issue_as_it_is(
    gitlab: GitLab, live: StandIn
) -> None:
    """That it could not look is the failure of its job."""
    live.hold("bursa", settings("off", "on", "off", "https://crm.example.com/bursa"))
    gitlab.by_schedule()
    (before,) = [dict(issue) for issue in gitlab.api.issues]
    gitlab.repository.commit("main", santral=FILE.replace("ringing: on", "ringing: yes"))

    assert gitlab.by_schedule().results == {"drift": "failed", "issue": "success"}
    assert (gitlab.api.issues, gitlab.api.issue_notes) == ([before], [])


@pytest.mark.parametrize("runs_in", [PROJECT, FORK])
def test_a_merge_request_from_a_fork_is_validated_and_no_more(
    gitlab: GitLab, live: StandIn, runs_in: int
) -> None:
    """In a pipeline of the project, and in one of the fork itself, where no key is."""
    head = gitlab.repository.commit("change", santral=QUIETER)
    request = gitlab.api.open_merge_request(head, is_fork=True)

    pipeline = gitlab.merge_request(request, CI_PROJECT_ID=str(runs_in))

    assert pipeline.results == {"validate": "success"}
    assert (live.service.requests, gitlab.api.notes, keyed(gitlab)) == ([], [], set())


@reviewers
def test_what_was_changed_in_the_panel_meanwhile_is_refused(gitlab: GitLab, live: StandIn) -> None:
    """That santral is not touched; the journal is kept all the same."""
    request = gitlab.api.open_merge_request(gitlab.repository.commit("change", santral=QUIETER))
    gitlab.merge_request(request)
    moved = settings("off", "on", "off", "https://crm.example.com/bursa")
    live.hold("bursa", moved)

    pipeline = gitlab.merge(request)

    assert pipeline.results == {"validate": "success", "fetch": "success", "apply": "failed"}
    assert "Apply: 1 applied, 0 in sync, 1 stale, 0 refused" in pipeline.log("apply")
    assert (live.live("ankara").answered, live.live("bursa")) == ("off", moved)
    assert pipeline.kept("apply").keys() == {".santral-ci/journal.jsonl"}


@reviewers
def test_what_has_no_reviewed_plan_is_planned_by_hand(gitlab: GitLab, live: StandIn) -> None:
    """The push applies nothing and says why; a pipeline by hand plans, and its apply waits."""
    request = gitlab.api.open_merge_request(gitlab.repository.commit("change", santral=QUIETER))
    gitlab.merge_request(request)
    gitlab.api.files.clear()

    pipeline = gitlab.merge(request)
    assert pipeline.results == {"validate": "success", "fetch": "failed"}
    assert "is no longer kept: it has expired" in pipeline.log("fetch")

    by_hand = gitlab.by_hand()
    assert by_hand.results == {"validate": "success", "plan": "success", "fetch": "success"}
    assert live.count("POST") == 0
    gitlab.start(by_hand, "apply")
    assert by_hand.results["apply"] == "success"
    assert live.live("ankara").answered == "off"


@manual
def test_without_a_token_nothing_is_written_to_gitlab(gitlab: GitLab, live: StandIn) -> None:
    """What was planned by hand can be applied by hand; drift is the warning of its job."""
    gitlab.tokens = {}
    gitlab.repository.commit("main", santral=QUIETER)

    by_hand = gitlab.by_hand()
    gitlab.start(by_hand, "apply")
    drifted = gitlab.by_schedule()

    assert by_hand.results["apply"] == "success"
    assert live.live("ankara").answered == "off"
    assert drifted.results == {"drift": "success"}
    assert gitlab.api.requests == []


@reviewers
def test_what_a_merge_request_commits_under_an_outputs_name_is_never_used(
    gitlab: GitLab, live: StandIn
) -> None:
    """What is kept, shown and applied is what the jobs have made."""
    head = gitlab.repository.commit("change", POSING, santral=QUIETER)
    request = gitlab.api.open_merge_request(head)
    assert gitlab.merge_request(request).results == PLANNED
    assert gitlab.merge(request).results["apply"] == "success"

    assert [place for place, content in gitlab.api.files.items() if b"posing" in content] == []
    assert "posing" not in json.dumps(gitlab.api.notes)
    assert live.live("ankara").answered == "off"


def test_the_folder_that_jobs_hand_files_over_in_is_not_the_repositorys(
    gitlab: GitLab, live: StandIn
) -> None:
    """A merge request that commits files there is refused by name, before anything is installed."""
    posing = {f".santral-ci/{name}": content for name, content in POSING.items()}
    head = gitlab.repository.commit("change", posing, santral=QUIETER)

    pipeline = gitlab.merge_request(gitlab.api.open_merge_request(head))

    assert pipeline.results == {"validate": "failed"}
    assert "This repository holds .santral-ci" in pipeline.log("validate")
    assert gitlab.api.files == {}


def test_what_to_install_must_be_said(gitlab: GitLab, live: StandIn) -> None:
    """As ``init`` writes it, the pipeline names no package; nobody could know one to trust."""
    text = (gitlab.repository.desk / ".gitlab-ci.yml").read_text("utf-8")
    unsaid = re.sub("SANTRAL_PACKAGE: .*", 'SANTRAL_PACKAGE: ""', text)
    head = gitlab.repository.commit("change", {".gitlab-ci.yml": unsaid}, santral=QUIETER)

    pipeline = gitlab.merge_request(gitlab.api.open_merge_request(head))

    assert pipeline.results == {"validate": "failed"}
    assert UNSAID in pipeline.log("validate")


@manual
def test_mistakes_are_a_code_quality_report(gitlab: GitLab, live: StandIn) -> None:
    """GitLab shows them in the merge request, where they stand; nothing is planned."""
    wrong = FILE.replace("ringing: on", "ringing: yes")
    head = gitlab.repository.commit("change", santral=wrong)

    pipeline = gitlab.merge_request(gitlab.api.open_merge_request(head))

    assert pipeline.results == {"validate": "failed"}
    (entry,) = json.loads(pipeline.left("validate", ".santral-ci/quality.json"))
    assert entry["description"] == 'ringing is "yes". Write on or off.'
    assert entry["location"] == {"path": "santral.yaml", "lines": {"begin": 4}}
