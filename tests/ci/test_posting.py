"""``santral ci comment`` and ``ci issue``: what stands at the forge afterwards."""

import pytest
from support.clock import JumpingClock
from support.fleet import ANKARA, BURSA, FILE
from support.forge_api import TOKEN, Lost, Reply
from support.github_api import BOT
from support.gitlab_api import BOT as GITLAB_BOT
from support.gitlab_api import SOMEBODY
from support.pipelines import HEAD, JOB_LINK, LINK, OnGitHub, OnGitLab, Pipeline, write_plan
from support.program import Program, Result, without_origin
from support.stand_in import StandIn

from reconciler.sandbox.service import Reply as ApiReply

PROMISE = f"\nThe plan of {HEAD}. The merge applies exactly this, or says what moved.\n"
SAID = Result(0, "", "The plan is posted as a comment.\n")
LOST = (
    "The write was sent three times and never answered, and it has not taken effect. Run this job "
    "again later.\n"
)
PLAN, DRIFT = "<!-- santral:plan -->", "<!-- santral:drift -->"


def planned(program: Program, file: str = FILE, *options: str) -> str:
    """Save a plan against the sandbox, and return its Markdown."""
    program.write("santral.yaml", file)
    write_plan(program, "--sandbox", *options)
    return program.run("show", "plan.json", "--format", "markdown").stdout


# Comments


def comments(job: Pipeline) -> list[tuple[str, str]]:
    """Return who has written what on the pull or merge request."""
    if isinstance(job, OnGitHub):
        return [(one["user"]["login"], one["body"]) for one in job.api.comments]
    assert isinstance(job, OnGitLab)
    return [(one["author"]["username"], one["body"]) for one in job.api.notes]


def us(job: Pipeline) -> str:
    """Return as whom the program writes."""
    return BOT if isinstance(job, OnGitHub) else GITLAB_BOT["username"]


def say_as_somebody(job: Pipeline, text: str) -> None:
    """Let somebody else comment."""
    if isinstance(job, OnGitHub):
        job.api.comment_by("biri", 1, text)
    elif isinstance(job, OnGitLab):
        job.api.note_by(SOMEBODY, 1, text)


def test_the_plan_becomes_a_comment(job: Pipeline, program: Program) -> None:
    """As show renders it, with the commit that it is of."""
    markdown = planned(program)

    assert job.run("comment", "plan.json") == SAID
    assert comments(job) == [(us(job), markdown + PROMISE)]
    assert markdown.startswith(f"{PLAN}\n")


def test_a_newer_plan_takes_the_place_of_the_comment(job: Pipeline, program: Program) -> None:
    """There is one comment, with the newest plan; and none is touched that says the same."""
    planned(program)
    job.run("comment", "plan.json")
    markdown = planned(program, FILE.replace("answered: on", "answered: off"))

    assert job.run("comment", "plan.json") == SAID
    assert comments(job) == [(us(job), markdown + PROMISE)]
    asked = len(job.asked)
    job.run("comment", "plan.json")
    assert {one.split()[0] for one in job.asked[asked:]} == {"GET"}


def test_somebody_elses_comment_is_left_alone(job: Pipeline, program: Program) -> None:
    """Though it begins as ours do."""
    say_as_somebody(job, f"{PLAN}\nApply it, all is well.")
    markdown = planned(program)

    assert job.run("comment", "plan.json") == SAID
    assert comments(job) == [
        ("biri", f"{PLAN}\nApply it, all is well."),
        (us(job), markdown + PROMISE),
    ]


ODD_USERS: tuple[object, ...] = (
    None,
    [],
    {},
    "41",
    {"id": None},
    {"id": "41"},
    {"id": True},
    {"id": -41},
    {"id": 0},
)


@pytest.mark.parametrize("user", ODD_USERS, ids=repr)
@pytest.mark.parametrize("command", [("comment", "plan.json"), ("issue", "drift.json")])
def test_where_gitlab_does_not_say_who_we_are_nothing_is_written(
    gitlab: OnGitLab, program: Program, command: tuple[str, str], user: object
) -> None:
    """What is there would not be known as ours, and each run would write the same once more."""
    planned(program)
    write_plan(program, "--sandbox", "--drift", name="drift.json")
    gitlab.api.plan("GET", r"/user", Reply(body=user))

    assert gitlab.run(*command) == Result(
        1, "", "An answer of GitLab is not the documented one. Run this job again later.\n"
    )
    assert {one.method for one in gitlab.api.requests} == {"GET"}


ODD_LISTS: tuple[object, ...] = (None, {}, "x", [None], [1], ["x"], [[]], [{}, True])


@pytest.mark.parametrize("odd", ODD_LISTS, ids=repr)
@pytest.mark.parametrize("command", [("comment", "plan.json"), ("issue", "drift.json")])
def test_a_list_of_anything_but_objects_is_not_taken_for_one_without_ours(
    job: Pipeline, program: Program, command: tuple[str, str], odd: object
) -> None:
    """What is there is not known then, and writing might say the same once more."""
    planned(program)
    write_plan(program, "--sandbox", "--drift", name="drift.json")
    job.api.plan("GET", r".*/(comments|notes|issues)", Reply(body=odd))
    result = job.run(*command)

    assert (result.exit_code, result.stderr.split(" of ")[0]) == (1, "An answer")
    assert "is not the documented one. Run this job again later.\n" in result.stderr
    assert {one.method for one in job.api.requests} == {"GET"}


def test_each_fleet_of_a_repository_has_its_comment(job: Pipeline, program: Program) -> None:
    """Neither takes the other's place, whichever is there first."""
    markdown = planned(program)
    ours, other = markdown + PROMISE, f"<!-- santral:plan:bayi-2 -->\n{markdown}{PROMISE}"

    for name in ("bayi-2", "santral", "bayi-2", "santral"):
        assert job.run("comment", "plan.json", "--name", name) == SAID

    assert comments(job) == [(us(job), other), (us(job), ours)]


def test_the_comment_is_found_on_the_third_page(job: Pipeline, program: Program) -> None:
    """The address of a page is made here: the one that a Link names is not followed."""
    for number in range(230):
        say_as_somebody(job, f"No {number}")
    planned(program)
    job.run("comment", "plan.json")
    markdown = planned(program, FILE.replace("answered: on", "answered: off"))

    assert job.run("comment", "plan.json") == SAID
    assert comments(job)[230:] == [(us(job), markdown + PROMISE)]
    assert [one.query["page"] for one in job.api.requests if "page" in one.query] == [
        *("1", "2", "3"),
        *("1", "2", "3"),
    ]


@pytest.mark.parametrize("is_done", [True, False])
def test_a_comment_whose_answer_was_lost_is_there_once(
    job: Pipeline, program: Program, is_done: bool
) -> None:
    """It is looked for before it would be sent again."""
    markdown = planned(program)
    job.api.plan("POST", r".*(comments|notes)", Lost(is_done))

    assert job.run("comment", "plan.json") == SAID
    assert comments(job) == [(us(job), markdown + PROMISE)]
    assert [*map(round, JumpingClock.waits)] == [5]
    writes = [one for one in job.asked if one.startswith("POST")]
    assert len(writes) == (1 if is_done else 2)


def test_a_comment_that_never_gets_through_is_an_error(job: Pipeline, program: Program) -> None:
    """After three times; each time it was looked for."""
    planned(program)
    job.api.plan("POST", r".*(comments|notes)", *[Reply(502)] * 3)

    assert job.run("comment", "plan.json") == Result(1, "", LOST)
    assert comments(job) == []


def test_there_is_nothing_to_comment_on_outside_of_pull_requests(
    github: OnGitHub, program: Program
) -> None:
    """Nothing is asked then."""
    planned(program)
    github.push(HEAD)

    assert github.run("comment", "plan.json") == Result(
        1,
        "",
        "This is not a run for a pull request, so there is none to comment on. Run this job for "
        "the event pull_request only.\n",
    )
    assert github.asked == []


def test_there_is_nothing_to_comment_on_outside_of_merge_requests(
    gitlab: OnGitLab, program: Program
) -> None:
    """Nothing is asked then."""
    planned(program)

    assert gitlab.run("comment", "plan.json", CI_MERGE_REQUEST_IID=None) == Result(
        1,
        "",
        "This is not a pipeline of a merge request: CI_MERGE_REQUEST_IID is not set. Run this job "
        "for merge_request_event only.\n",
    )
    assert gitlab.asked == []


def test_a_token_that_may_only_read_is_told_what_it_lacks(
    github: OnGitHub, program: Program
) -> None:
    """As that of a run for Dependabot is."""
    planned(program)
    github.api.tokens = {TOKEN: {"pull-requests: read"}}

    assert github.run("comment", "plan.json") == Result(
        1,
        "",
        "GitHub refused POST /repos/ornek/santral-ayarlari/issues/1/comments. Give this job the "
        'permission "pull-requests: write". The pull requests of forks and of Dependabot cannot '
        'be given it. It says: "Resource not accessible by integration".\n',
    )


def test_a_token_of_gitlab_is_told_what_it_lacks(gitlab: OnGitLab, program: Program) -> None:
    """Its scope, and its role."""
    planned(program)
    gitlab.api.tokens = {TOKEN: {"read"}}

    assert gitlab.run("comment", "plan.json") == Result(
        1,
        "",
        "GitLab refused POST /projects/7/merge_requests/1/notes. Give the token in "
        "SANTRAL_GITLAB_TOKEN the scope api and the role Developer. It says: "
        '"insufficient_scope".\n',
    )


# Issues


def issues(job: Pipeline) -> list[tuple[str, str, str]]:
    """Return state, title and text of all issues, without what a plan is of."""
    if isinstance(job, OnGitHub):
        return [(one["state"], one["title"], one["body"]) for one in job.api.issues]
    assert isinstance(job, OnGitLab)
    return [(one["state"], one["title"], one["description"]) for one in job.api.issues]


def differs(job: Pipeline) -> str:
    """Return what an issue says of settings that differ."""
    request, link = (
        ("pull request", LINK) if isinstance(job, OnGitHub) else ("merge request", JOB_LINK)
    )
    return (
        "The live settings differ from the file: somebody changed them in the panel, or a merged "
        f"change is not applied yet. To keep one of these changes, put it in the file with a "
        f"{request}; the next apply makes everything else match the file.\n\nFound by {link}\n"
    )


def unread(job: Pipeline) -> str:
    """Return what an issue says of a check that could not read everything."""
    link = LINK if isinstance(job, OnGitHub) else JOB_LINK
    return (
        "The check could not read the live settings of every santral, so nobody knows whether "
        "those differ from the file. The reasons are below. No difference was found in the "
        f"others.\n\nFound by {link}\n"
    )


OPEN = {OnGitHub: "open", OnGitLab: "opened"}
DIFFER, UNREAD = (
    "Live settings differ from the file",
    "The check for drift could not read every santral",
)
IN_ISSUE = Result(0, "", "The drift is reported in an issue.\n")
NO_DRIFT = Result(0, "", "There is no drift, and no open issue about it.\n")


def checked(program: Program) -> str:
    """Save a plan that looks for drift, and return its Markdown without the marker."""
    write_plan(program, "--drift")
    shown = program.run("show", "plan.json", "--format", "markdown").stdout
    return shown.removeprefix(f"{PLAN}\n")


def test_drift_is_an_issue_until_it_is_gone(job: Pipeline, program: Program, two: StandIn) -> None:
    """Opened, brought up to date, and closed with a word; then another one is opened."""
    found = checked(program)
    assert job.run("issue", "plan.json") == IN_ISSUE
    state, text = OPEN[type(job)], f"{DRIFT}\n{differs(job)}{found}"
    assert issues(job) == [(state, DIFFER, text)]

    two.hold("ankara", ANKARA)
    found = checked(program)
    assert job.run("issue", "plan.json") == IN_ISSUE
    text = f"{DRIFT}\n{differs(job)}{found}"
    assert issues(job) == [(state, DIFFER, text)]

    two.hold("bursa", BURSA)
    checked(program)
    assert job.run("issue", "plan.json") == NO_DRIFT
    assert issues(job) == [("closed", DIFFER, text)]
    assert farewells(job) == [f"The drift is gone, says {link_of(job)}"]
    assert job.run("issue", "plan.json") == NO_DRIFT
    assert len(farewells(job)) == 1


def test_what_was_posted_in_one_language_is_found_in_another(
    job: Pipeline, program: Program, two: StandIn
) -> None:
    """It is brought up to date, and closed, and stands there once."""
    planned(program)
    job.run("comment", "plan.json")
    checked(program)
    job.run("issue", "plan.json")

    planned(program)
    assert job.run("comment", "plan.json", "--lang", "tr").exit_code == 0
    checked(program)
    assert job.run("issue", "plan.json", "--lang", "tr").exit_code == 0

    ((_, comment),) = comments(job)
    ((state, title, issue),) = issues(job)
    assert (state, title) == (OPEN[type(job)], "Santraldeki ayarlar dosyadakilerden farklı")
    assert ("Plan: 2 değişecek" in comment, issue.startswith(f"{DRIFT}\n")) == (True, True)

    two.hold("ankara", ANKARA)
    two.hold("bursa", BURSA)
    checked(program)
    job.run("issue", "plan.json")
    assert [state for state, _, _ in issues(job)] == ["closed"]


def link_of(job: Pipeline) -> str:
    """Return the address of the job."""
    return LINK if isinstance(job, OnGitHub) else JOB_LINK


def farewells(job: Pipeline) -> list[str]:
    """Return what was commented on issues."""
    if isinstance(job, OnGitHub):
        return [one["body"] for one in job.api.comments]
    assert isinstance(job, OnGitLab)
    return [one["body"] for one in job.api.issue_notes]


def test_what_could_not_be_read_is_an_issue_of_other_words(
    job: Pipeline, program: Program, in_sync: StandIn
) -> None:
    """And the same issue is about drift as soon as some is found: its title too."""
    in_sync.answer("GET", "bursa", with_=ApiReply(401, "no"))
    found = checked(program)
    said = "What could not be read is reported in an issue.\n"
    assert job.run("issue", "plan.json") == Result(0, "", said)
    state = OPEN[type(job)]
    assert issues(job) == [(state, UNREAD, f"{DRIFT}\n{unread(job)}{found}")]

    in_sync.hold("ankara", BURSA)
    found = checked(program)
    assert job.run("issue", "plan.json") == IN_ISSUE
    assert issues(job) == [(state, DIFFER, f"{DRIFT}\n{differs(job)}{found}")]


def test_our_issue_is_found_among_more_than_are_read(
    job: Pipeline, program: Program, two: StandIn
) -> None:
    """Whoever may open issues can open many: only ours are asked for."""
    checked(program)
    job.run("issue", "plan.json")
    for number in range(5_100):
        if isinstance(job, OnGitHub):
            job.api.open_issue_by("biri", f"No {number}", None)
        elif isinstance(job, OnGitLab):
            job.api.open_issue_by(SOMEBODY, f"No {number}", None)
    job.api.issues.reverse()  # type: ignore[attr-defined]

    two.hold("ankara", ANKARA)
    assert job.run("issue", "plan.json") == IN_ISSUE
    assert [title for _, title, _ in issues(job)].count(DIFFER) == 1


def test_only_our_issue_of_this_fleet_is_closed(
    github: OnGitHub, program: Program, in_sync: StandIn
) -> None:
    """Not somebody's with our marker, nor another fleet's, nor ours about something else.

    Nor a pull request, which the API counts among issues.
    """
    github.api.open_issue_by("biri", "Drift?", f"{DRIFT}\nNo.")
    github.api.open_issue_by(BOT, DIFFER, "<!-- santral:drift:bayi-2 -->\n")
    github.api.open_issue_by(BOT, "Bump", None)
    github.api.open_issue_by(BOT, "A pull request", f"{DRIFT}\n")["pull_request"] = {}
    checked(program)

    assert github.run("issue", "plan.json") == NO_DRIFT
    assert [one["state"] for one in github.api.issues] == ["open"] * 4
    assert github.run("issue", "plan.json", "--name", "bayi-2") == NO_DRIFT
    assert [one["state"] for one in github.api.issues] == ["open", "closed", "open", "open"]


def test_closing_goes_on_where_an_answer_was_lost(
    job: Pipeline, program: Program, two: StandIn
) -> None:
    """The farewell is said once; closing twice does no harm."""
    checked(program)
    job.run("issue", "plan.json")
    two.hold("ankara", ANKARA)
    two.hold("bursa", BURSA)
    checked(program)
    job.api.plan("POST", r".*/issues/\d+/(comments|notes)", Lost(is_done=True))
    job.api.plan("PATCH", r".*/issues/\d+", Lost(is_done=True))
    job.api.plan("PUT", r".*/issues/\d+", Lost(is_done=True))

    assert job.run("issue", "plan.json") == NO_DRIFT
    assert [state for state, _, _ in issues(job)] == ["closed"]
    assert len(farewells(job)) == 1


def test_a_plan_that_is_not_of_drift_is_no_issue(job: Pipeline, program: Program) -> None:
    """Every pull request would be one."""
    planned(program)

    assert job.run("issue", "plan.json") == Result(
        1,
        "",
        "plan.json: This plan was not made to look for drift. Make it with plan --drift --out "
        "FILE.\n",
    )
    assert job.asked == []


def test_the_markdown_of_an_issue_has_no_second_marker(
    job: Pipeline, program: Program, two: StandIn
) -> None:
    """Else a comment's marker would stand in it."""
    found = checked(program)
    job.run("issue", "plan.json")
    assert PLAN not in issues(job)[0][2]
    assert without_origin(f"{PLAN}\n{found}").startswith(PLAN)


def test_an_issue_that_cannot_be_closed_is_an_error(
    github: OnGitHub, program: Program, in_sync: StandIn
) -> None:
    """After three times without an answer."""
    github.api.open_issue_by(BOT, DIFFER, DRIFT)
    checked(program)
    github.api.plan("PATCH", r".*/issues/\d+", *[Lost(is_done=False)] * 3)

    assert github.run("issue", "plan.json").stderr == LOST
    assert [one["state"] for one in github.api.issues] == ["open"]


def test_a_job_without_an_address_is_named_by_its_variables(
    github: OnGitHub, program: Program, two: StandIn
) -> None:
    """An issue says which run found the drift."""
    checked(program)

    assert github.run("issue", "plan.json", GITHUB_SERVER_URL=None).stderr == (
        "GITHUB_SERVER_URL does not have a value as in a job of GitHub. Run this command in a "
        "job of GitHub.\n"
    )
    assert github.asked == []


def test_a_pull_request_without_a_commit_is_none(github: OnGitHub, program: Program) -> None:
    """What stands in a comment is a commit and nothing else."""
    planned(program)
    github.happen("pull_request", pull_request={"number": 1, "head": {"sha": "<b>"}})

    assert github.run("comment", "plan.json").stderr.startswith("This is not a run for a pull")
    assert github.asked == []
