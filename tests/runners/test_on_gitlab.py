"""GitLab's pipelines, of both gates, run whole by gitlab-ci-local."""

import json
import re

import pytest
from support.fleet import ANKARA, BURSA, FILE, KEYS, QUIETER, settings
from support.gitlab_api import BOT, FORK, PROJECT, TOKEN
from support.gitlab_ci_local import GitLab
from support.machines import steps
from support.stand_in import StandIn

reviewers = pytest.mark.parametrize("gate", ["reviewers"])
manual = pytest.mark.parametrize("gate", ["manual"])
QUIETEST = QUIETER.replace("hangup: on", "hangup: off")
APPLIED = "Apply: 2 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 0 not tried."


def run_named(log: str) -> str:
    """Return the ID by which an apply's log calls its run."""
    found = re.search(r"^This was run (\S+)\. ", log, re.MULTILINE)
    assert found, log
    return found[1]


@reviewers
def test_from_a_merge_request_to_the_way_back(gitlab: GitLab, live: StandIn) -> None:
    """Its plan is noted, updated, applied by the merge, and undone by hand."""
    request = gitlab.api.open_merge_request(gitlab.repository.commit("change", santral=QUIETER))
    first = gitlab.merge_request(request)
    assert first.results == {"validate": "success", "plan": "success", "comment": "success"}, gitlab.everything
    (note,) = gitlab.api.notes
    assert (note["merge_request"], note["author"]) == (request["iid"], BOT)
    assert "2 santrals" in note["body"]
    assert json.loads(first.left("plan", ".santral-ci/terraform.json"))["update"] == 2

    head = gitlab.repository.commit("change", santral=QUIETEST)
    second = gitlab.merge_request(request)
    assert second.results == first.results
    (note,) = gitlab.api.notes
    assert f"The plan of {head}." in note["body"]
    assert live.count("POST") == 0

    applied = gitlab.merge(request)
    assert applied.results == {"validate": "success", "fetch": "success", "apply": "success"}, gitlab.everything[-2:]
    assert APPLIED in applied.log("apply")
    assert live.live("ankara") == settings("on", "off", "off", "https://crm.example.com/ankara")
    assert applied.kept("apply").keys() == {".santral-ci/journal.jsonl"}

    undone = gitlab.by_hand(SANTRAL_RUN=run_named(applied.log("apply")))
    assert undone.results == {"fetch": "success", "rollback-plan": "success"}, gitlab.everything[-2:]
    assert live.live("ankara") == settings("on", "off", "off", "https://crm.example.com/ankara")
    gitlab.start(undone, "rollback")
    assert undone.results["rollback"] == "success"
    assert (live.live("ankara"), live.live("bursa")) == (ANKARA, BURSA)
