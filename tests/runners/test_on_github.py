"""GitHub's pipelines, of both gates, run whole by act."""

import io
import json
import re
import zipfile

import pytest
from support.act import ADAPTED, GitHub, adapted
from support.fleet import ANKARA, BURSA, FILE, KEYS, QUIETER, settings
from support.github_api import BOT
from support.machines import steps
from support.stand_in import StandIn

reviewers = pytest.mark.parametrize("gate", ["reviewers"])
manual = pytest.mark.parametrize("gate", ["manual"])
QUIETEST = QUIETER.replace("hangup: on", "hangup: off")
APPLIED = (
    "Apply: 2 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 0 not tried.\n"
)


def kept(github: GitHub, name: str) -> list[dict[str, bytes]]:
    """Return the files of each artifact of this name, the oldest first."""
    numbers = [one["id"] for one in github.api.artifacts if one["name"] == name]
    return [_unzipped(github.api.archives[number]) for number in numbers]


def _unzipped(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return {name: file.read(name) for name in file.namelist()}


def run_named(log: str) -> str:
    """Return the ID by which an apply's log calls its run."""
    found = re.search(r"^This was run (\S+)\. ", log, re.MULTILINE)
    assert found, log
    return found[1]


@reviewers
def test_from_a_pull_request_to_the_way_back(github: GitHub, live: StandIn) -> None:
    """Its plan is commented, updated, applied by the merge, and undone by hand."""
    pull = github.propose(github.repository.commit("change", santral=QUIETER))
    first = github.pull_request(pull)
    assert first.results == {"validate": "success", "plan": "success", "comment": "success"}
    (comment,) = github.api.comments
    assert (comment["issue"], comment["user"]["login"]) == (pull["number"], BOT)
    assert "2 santrals" in comment["body"]

    head = github.repository.commit("change", santral=QUIETEST)
    second = github.pull_request(pull)
    assert second.results == first.results
    (comment,) = github.api.comments
    assert f"The plan of {head}." in comment["body"]
    assert live.count("POST") == 0

    applied = github.merge(pull)
    assert applied.results == {"apply": "success"}
    assert APPLIED in applied.log("apply")
    assert live.live("ankara") == settings("on", "off", "off", "https://crm.example.com/ankara")
    (journal,) = kept(github, "santral-journal")
    lines = map(json.loads, journal["journal.jsonl"].splitlines())
    assert {line["santral"] for line in lines if "santral" in line} == {"ankara", "bursa"}

    undone = github.by_hand(run=run_named(applied.log("apply")))
    assert undone.results == {"validate": "success", "plan": "success", "apply": "success"}, (
        undone.log("plan")
    )
    assert (live.live("ankara"), live.live("bursa")) == (ANKARA, BURSA)
    assert len(kept(github, "santral-journal")) == 2
