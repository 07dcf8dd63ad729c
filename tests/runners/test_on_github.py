"""GitHub's pipelines, of both gates, run whole by act."""

import io
import json
import re
import zipfile

import pytest
from support.act import PROGRAM, GitHub
from support.fleet import ANKARA, BURSA, FILE, KEYS, QUIETER, settings
from support.github_api import BOT
from support.machines import keyed_steps, keys_in, run_named, steps
from support.places import ROOT
from support.posing import POSING
from support.program import without_origin
from support.readme import PIPELINES, blocks
from support.stand_in import StandIn

reviewers = pytest.mark.parametrize("gate", ["reviewers"])
manual = pytest.mark.parametrize("gate", ["manual"])
QUIETEST = QUIETER.replace("hangup: on", "hangup: off")
QUIETEST_ANKARA = settings("on", "off", "off", "https://crm.example.com/ankara")
APPLIED = "Apply: 2 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 0 not tried."
PLANNED = {"validate": "success", "plan": "success", "comment": "success"}
APPROVED = {"validate": "success", "plan": "success", "apply": "success"}
UNSAID = "SANTRAL_PACKAGE: is not set. Set it at the top of this workflow."
NO_QUEUE = "santral does not work with a merge queue, because nobody reviews the plan of a queued"


COMMENT = """\
<!-- santral:plan -->

**Plan: 2 to change, 0 in sync, 0 failed.**

Fields: 2 by this change, 0 by drift, 0 by both.

#### Shared changes

| Santral | Change |
| --- | --- |
| 2 santrals | `answered` `on` → `off` (this change)<details><summary>names</summary>\
`ankara` `bursa`</details> |

The plan of {commit}. The merge applies exactly this, or says what moved.
"""


def kept(github: GitHub, name: str) -> list[dict[str, bytes]]:
    """Return the files of each artifact whose name begins so, the oldest first."""
    numbers = [one["id"] for one in github.api.artifacts if one["name"].startswith(name)]
    return [_unzipped(github.api.archives[number]) for number in numbers]


def _unzipped(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return {name: file.read(name) for name in file.namelist()}


def assert_no_key_got_out(github: GitHub) -> None:
    """Neither into a log nor to GitHub."""
    files = [content.decode() for one in kept(github, "") for content in one.values()]
    texts = [*github.everything, *files, json.dumps(github.api.state())]
    assert keys_in(texts) == []


@reviewers
def test_from_a_pull_request_to_the_way_back(github: GitHub, live: StandIn) -> None:
    """Its plan is commented, updated, applied by the merge, and undone by hand."""
    pull = github.propose(github.repository.commit("change", santral=QUIETER))
    assert github.pull_request(pull).results == PLANNED
    (comment,) = github.api.comments
    assert (comment["issue"], comment["user"]["login"]) == (pull["number"], BOT)
    assert without_origin(comment["body"]) == COMMENT.format(commit=pull["head"]["sha"])

    head = github.repository.commit("change", santral=QUIETEST)
    assert github.pull_request(pull).results == PLANNED
    (comment,) = github.api.comments
    assert f"The plan of {head}." in comment["body"]
    assert live.count("POST") == 0

    applied = github.merge(pull)
    assert applied.results == {"apply": "success"}
    assert APPLIED in applied.log("apply")
    assert live.live("ankara") == QUIETEST_ANKARA
    (journal,) = kept(github, "santral-journal")
    lines = [json.loads(line) for line in journal["journal.jsonl"].splitlines()]
    assert {line["santral"] for line in lines if "santral" in line} == {"ankara", "bursa"}

    undone = github.by_hand(run=run_named(applied.log("apply")))
    assert undone.results == APPROVED
    assert "Plan: 2 to change, 0 in sync, 0 failed." in undone.log("plan")
    assert (live.live("ankara"), live.live("bursa")) == (ANKARA, BURSA)
    assert len(kept(github, "santral-journal")) == 2
    assert keyed_steps(github.machine) == {"santral plan", "santral apply", "santral rollback"}
    assert_no_key_got_out(github)


@manual
def test_all_by_hand_to_the_way_back(github: GitHub, live: StandIn) -> None:
    """A pull request is validated; on main somebody plans, applies, and undoes that."""
    pull = github.propose(github.repository.commit("change", santral=QUIETEST))
    assert github.pull_request(pull).results == {"validate": "success"}
    assert github.queue(pull).results == {"validate": "success"}
    github.merge(pull)
    assert live.service.requests == []

    planned = github.by_hand(action="plan")
    assert planned.results == {"plan": "success"}
    assert "Plan: 2 to change, 0 in sync, 0 failed." in planned.log("plan")
    applied = github.by_hand(action="apply")
    assert applied.results == {"apply": "success"}
    assert live.live("ankara") == QUIETEST_ANKARA

    run = run_named(applied.log("apply"))
    assert github.by_hand(action="plan", run=run).results == {"plan": "success"}
    assert live.live("ankara") == QUIETEST_ANKARA
    assert github.by_hand(action="apply", run=run).results == {"apply": "success"}
    assert (live.live("ankara"), live.live("bursa")) == (ANKARA, BURSA)
    assert keyed_steps(github.machine) == {"santral plan", "santral apply", "santral rollback"}
    assert_no_key_got_out(github)


@reviewers  # with the other gate, test_followed.py sees the issue opened
def test_drift_opens_an_issue_and_closes_it(github: GitHub, live: StandIn) -> None:
    """What somebody changed in the panel is one issue, as long as it lasts."""
    live.hold("bursa", settings("off", "on", "off", "https://crm.example.com/bursa"))
    found = github.by_schedule()
    assert found.results == {"drift": "success", "issue": "success"}
    (issue,) = github.api.issues
    assert (issue["state"], issue["user"]["login"]) == ("open", BOT)
    assert "**Drift: 1 drifted, 1 in sync, 0 failed.**" in issue["body"]

    live.hold("bursa", BURSA)
    assert github.by_schedule().results == found.results
    assert [one["state"] for one in github.api.issues] == ["closed"]
    assert live.count("POST") == 0
    assert keyed_steps(github.machine) == {"santral plan"}
    assert_no_key_got_out(github)


@manual
def test_a_check_that_could_not_read_a_santral_says_so_in_an_issue(
    github: GitHub, live: StandIn
) -> None:
    """Its job fails, too."""
    github.secrets["santral-drift"] = json.dumps({"ankara": KEYS["ankara"].reveal()})

    assert github.by_schedule().results == {"drift": "failure", "issue": "success"}
    (issue,) = github.api.issues
    assert "**Drift: 0 drifted, 1 in sync, 1 failed.**" in issue["body"]


@manual
def test_a_check_that_compared_nothing_leaves_the_issue_as_it_is(
    github: GitHub, live: StandIn
) -> None:
    """That it could not look is the failure of its job."""
    live.hold("bursa", settings("off", "on", "off", "https://crm.example.com/bursa"))
    github.by_schedule()
    (before,) = [dict(issue) for issue in github.api.issues]
    github.repository.commit("main", santral=FILE.replace("ringing: on", "ringing: yes"))

    assert github.by_schedule().results == {"drift": "failure"}
    assert (github.api.issues, github.api.comments) == ([before], [])


@reviewers
def test_a_plan_of_which_a_part_failed_is_commented_on_too(github: GitHub, live: StandIn) -> None:
    """The check is red, and the comment says why."""
    github.secrets["santral-plan"] = json.dumps({"ankara": KEYS["ankara"].reveal()})
    pull = github.propose(github.repository.commit("change", santral=QUIETER))

    assert github.pull_request(pull).results == {**PLANNED, "plan": "failure"}
    (comment,) = github.api.comments
    assert "**Plan: 1 to change, 0 in sync, 1 failed.**" in comment["body"]


@manual
def test_a_mistake_is_shown_where_it_stands(github: GitHub, live: StandIn) -> None:
    """It is not planned."""
    wrong = FILE.replace("ringing: on", "ringing: yes")
    pull = github.propose(github.repository.commit("change", santral=wrong))

    jobs = github.pull_request(pull)

    assert jobs.results == {"validate": "failure"}
    assert "::error file=santral.yaml,line=4,col=14," in jobs.log("validate")
    assert live.service.requests == []


@pytest.mark.parametrize("author", ["somebody elsewhere", "dependabot[bot]"])
def test_who_gets_no_secrets_is_validated_and_no_more(
    github: GitHub, live: StandIn, author: str
) -> None:
    """A fork's pull request, and Dependabot's."""
    head = github.repository.commit("change", santral=QUIETER)
    pull = github.propose(head, is_fork=author != "dependabot[bot]", author=author)

    assert github.pull_request(pull).results == {"validate": "success"}
    assert (live.service.requests, github.api.comments) == ([], [])
    assert {"SANTRAL_KEYS", "GITHUB_TOKEN"} & {
        name for step in steps(github.machine) for name in step.environment
    } == set()


@reviewers
def test_a_merge_queue_is_refused_by_name(github: GitHub, live: StandIn) -> None:
    """Nobody would review the plan of what is queued."""
    jobs = github.queue(github.propose(github.repository.commit("change", santral=QUIETER)))

    assert jobs.results == {"validate": "failure"}
    assert "santral does not work with a merge queue, because nobody reviews" in jobs.log(
        "validate"
    )
    assert live.service.requests == []


@reviewers
def test_what_was_changed_in_the_panel_meanwhile_is_refused(github: GitHub, live: StandIn) -> None:
    """That santral is not touched; and in a public repository no journal is kept."""
    github.api.private = False
    pull = github.propose(github.repository.commit("change", santral=QUIETER))
    github.pull_request(pull)
    moved = settings("off", "on", "off", "https://crm.example.com/bursa")
    live.hold("bursa", moved)

    jobs = github.merge(pull)

    assert jobs.results == {"apply": "failure"}
    assert "Apply: 1 applied, 0 in sync, 1 stale, 0 refused" in jobs.log("apply")
    assert (live.live("ankara").answered, live.live("bursa")) == ("off", moved)
    assert kept(github, "santral-journal") == []


@reviewers
def test_what_has_no_reviewed_plan_is_planned_by_hand(github: GitHub, live: StandIn) -> None:
    """The push applies nothing and says why; a run by hand plans, and applies that if approved."""
    pull = github.propose(github.repository.commit("change", santral=QUIETER))
    github.pull_request(pull)
    github.api.artifacts[-1]["expired"] = True

    jobs = github.merge(pull)

    assert jobs.results == {"apply": "failure"}
    gone = f"The plan that was reviewed for {pull['head']['sha']} is no longer kept"
    assert gone in jobs.log("apply")
    assert live.count("POST") == 0

    assert github.by_hand().results == APPROVED
    assert live.live("ankara").answered == "off"


@manual
def test_nothing_is_applied_that_was_not_planned(github: GitHub, live: StandIn) -> None:
    """Neither without any plan, nor by one of a commit before."""
    assert github.by_hand(action="apply").results == {"apply": "failure"}
    github.by_hand(action="plan")
    github.repository.commit("main", santral=QUIETER)

    jobs = github.by_hand(action="apply")

    assert jobs.results == {"apply": "failure"}
    assert f"This pipeline has kept no plan of {github.repository.main}." in jobs.log("apply")
    assert live.count("POST") == 0


@reviewers
def test_what_a_pull_request_commits_under_an_outputs_name_is_never_used(
    github: GitHub, live: StandIn
) -> None:
    """What is kept, shown and applied is what the jobs have made."""
    pull = github.propose(github.repository.commit("change", POSING, santral=QUIETER))
    assert github.pull_request(pull).results == PLANNED
    assert github.merge(pull).results == {"apply": "success"}

    made = [one for name in ("santral-plan", "santral-journal") for one in kept(github, name)]
    assert [sorted(one) for one in made] == [["plan.html", "plan.json"], ["journal.jsonl"]]
    assert [name for one in made for name in one if b"posing" in one[name]] == []
    assert "posing" not in json.dumps(github.api.comments)
    assert live.live("ankara").answered == "off"


@reviewers
def test_where_no_plan_could_be_made_none_is_shown(github: GitHub, live: StandIn) -> None:
    """Not that which the pull request commits, either."""
    github.secrets["santral-plan"] = "these are no keys"
    pull = github.propose(github.repository.commit("change", POSING, santral=QUIETER))

    assert github.pull_request(pull).results == {"validate": "success", "plan": "failure"}
    assert (github.api.artifacts, github.api.comments) == ([], [])


def test_what_to_install_must_be_said(github: GitHub, live: StandIn) -> None:
    """As ``init`` writes it, the workflow names no package; nobody could know one to trust."""
    path = ".github/workflows/santral.yml"
    text = (github.repository.desk / path).read_text("utf-8")
    unsaid = re.sub("SANTRAL_PACKAGE: .*", 'SANTRAL_PACKAGE: ""', text)
    pull = github.propose(github.repository.commit("change", {path: unsaid}, santral=QUIETER))

    jobs = github.pull_request(pull)

    assert jobs.results == {"validate": "failure"}
    assert "SANTRAL_PACKAGE: is not set. Set it at the top of this workflow." in jobs.log(
        "validate"
    )


@manual
def test_a_job_installs_all_that_it_needs(github: GitHub, live: StandIn) -> None:
    """From main's lock, onto a machine that has nothing but Python."""
    pull = github.propose(github.repository.commit("change", santral=QUIETER))
    github.machine = {**github.machine, "PYTHON_TO_SET_UP": github.machine["BARE_PYTHON"]}

    assert github.pull_request(pull).results == {"validate": "success"}


CALLED = ROOT / ".github" / "workflows" / "santral.yml"
(CALLER,) = (block for block in blocks("yaml", PIPELINES) if "/workflows/santral.yml@" in block)


@pytest.fixture
def caller(github: GitHub) -> GitHub:
    """Give a repository whose workflow is the one in PIPELINES.md that calls ours."""
    repository, _, commit = PROGRAM.partition("@")
    text = CALLER.replace("OWNER/REPOSITORY", repository).replace("FULL-COMMIT-SHA", commit)
    github.repository.commit("main", {".github/workflows/santral.yml": text})
    github.called = CALLED
    return github


@reviewers
def test_a_called_workflow_does_all_that_a_copied_one_does(caller: GitHub, live: StandIn) -> None:
    """Down to the way back, and the check for drift."""
    pull = caller.propose(caller.repository.commit("change", santral=QUIETER))
    assert caller.pull_request(pull).results == PLANNED
    applied = caller.merge(pull)
    assert applied.results == {"apply": "success"}
    assert live.live("ankara").answered == "off"
    assert caller.by_schedule().results == {"drift": "success", "issue": "success"}
    assert caller.api.issues == []
    assert caller.by_hand(run=run_named(applied.log("apply"))).results == APPROVED
    assert (live.live("ankara"), live.live("bursa")) == (ANKARA, BURSA)
