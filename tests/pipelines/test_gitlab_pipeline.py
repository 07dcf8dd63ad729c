"""The GitLab pipeline that ``init`` writes, run: each of its scripts, on a stand-in of GitLab."""

import json
import shutil
from collections.abc import Iterator

import pytest
from support.fleet import KEYS, settings
from support.forge import ENVIRONMENTS, PACKAGE, Repository, git, load, machine
from support.gitlab_hub import OURS, PROJECT, SOMEBODY, TOKEN, Entry, GitLab, add
from support.gitlab_runner import JobRun, Runner
from support.program import Program
from support.stand_in import StandIn

NAMES = ("ankara", "bursa")
FILE = """\
version: 1
santrals:
  ankara:
    crm_integration: {ringing: on, answered: on}
  bursa:
    crm_integration: {ringing: on, answered: on}
"""
QUIETER = FILE.replace("ringing: on", "ringing: off")
QUIETEST = QUIETER.replace("answered: on", "answered: off")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Give a repository made with ``init --ci gitlab``, to be copied."""
    repository = Repository(tmp_path_factory.mktemp("made"))
    repository.create()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(repository.desk)
        assert Program(repository.desk, patch).run("init", "--ci", "gitlab").exit_code == 0
    repository.commit("main", santral=FILE)
    return repository


@pytest.fixture
def repository(program: Program, stand_in: StandIn, made: Repository) -> Repository:
    """Give one of one's own, whose settings are live."""
    repository = Repository(program.folder)
    shutil.copytree(made.folder, repository.folder, dirs_exist_ok=True)
    program.monkeypatch.chdir(repository.desk)
    for name in NAMES:
        hold(stand_in, name)
    return repository


@pytest.fixture
def runner(repository: Repository, stand_in: StandIn) -> Iterator[Runner]:
    """Give GitLab's machines, set up as the comments in the pipeline say."""
    pipeline = load((repository.desk / ".gitlab-ci.yml").read_text("utf-8"))
    pipeline["variables"]["SANTRAL_PACKAGE"] = PACKAGE
    gitlab = GitLab()
    with gitlab.serving() as api:
        variables = {
            **machine(repository.folder / "tools"),
            "CI_API_V4_URL": api,
            "SANTRAL_API_URL": stand_in.origin,
            "SANTRAL_GITLAB_TOKEN": TOKEN,
        }
        scoped = {scope: keys_of(*NAMES) for scope in ENVIRONMENTS}
        yield Runner(gitlab, str(repository.origin), repository.folder, pipeline, variables, scoped)


def keys_of(*names: str) -> dict[str, str]:
    """Return the variables of an environment."""
    keys = {name: KEYS[name].reveal() for name in names}
    return {"SANTRAL_KEYS": json.dumps(keys, separators=(",", ":"))}


def hold(stand_in: StandIn, name: str, ringing: str = "on", answered: str = "on") -> None:
    """Make live what FILE wants, if not told otherwise, beside what it leaves alone."""
    stand_in.hold(name, settings(ringing, answered, "on", "https://crm.example.com/"))


def push(repository: Repository, content: str = QUIETER) -> str:
    """Push to the branch of the merge request; return the commit."""
    return repository.commit("daha-sessiz", santral=content)


def review(
    runner: Runner, repository: Repository, commit: str, project: int = PROJECT
) -> dict[str, JobRun]:
    """Run the pipeline of the merge request, which is opened at the first time."""
    if not runner.gitlab.merge_requests:
        add(runner.gitlab.merge_requests, {"state": "opened"})
    runner.gitlab.merge_requests[0]["sha"] = commit
    return runner.run(
        commit,
        CI_PIPELINE_SOURCE="merge_request_event",
        CI_MERGE_REQUEST_IID="1",
        CI_MERGE_REQUEST_SOURCE_PROJECT_ID=str(project),
        CI_MERGE_REQUEST_DIFF_BASE_SHA=git(repository.desk, "merge-base", "main", commit),
    )


def merge(runner: Runner, repository: Repository) -> dict[str, JobRun]:
    """Merge it, fast-forward as the comments in the pipeline say, and run what follows."""
    git(repository.desk, "checkout", "-q", "main")
    git(repository.desk, "merge", "-q", "--ff-only", "daha-sessiz")
    git(repository.desk, "push", "-q", "origin", "main")
    runner.gitlab.merge_requests[0] |= {"state": "merged", "merge_commit_sha": None}
    return on_main(runner, repository, "push")


def on_main(runner: Runner, repository: Repository, cause: str, *started: str) -> dict[str, JobRun]:
    """Run the pipeline of main."""
    commit = git(repository.desk, "rev-parse", "main")
    return runner.run(commit, started=started, CI_PIPELINE_SOURCE=cause, CI_COMMIT_BRANCH="main")


def results(jobs: dict[str, JobRun]) -> dict[str, str]:
    """Return what became of the jobs that were run."""
    return {name.removeprefix("santral:"): run.result for name, run in jobs.items()}


def test_a_merge_request_gets_its_plan_as_a_note(
    runner: Runner, repository: Repository, stand_in: StandIn
) -> None:
    """One note, which the next push updates; the widget gets the counts; nothing is sent."""
    first = review(runner, repository, push(repository))
    (note,) = runner.gitlab.notes
    written = note["body"]
    commit = push(repository, QUIETEST)
    review(runner, repository, commit)

    assert results(first) == {"validate": "success", "plan": "success", "comment": "success"}
    end = "\nThe plan of {}. The merge applies exactly this, or says what moved.\n"
    assert written.startswith("<!-- santral:plan -->\n")
    assert written.endswith(end.format(git(repository.desk, "rev-parse", f"{commit}^")))
    (note,) = runner.gitlab.notes
    assert (note["merge_request"], note["body"].endswith(end.format(commit))) == (1, True)
    plan = first["santral:plan"].number
    counts = json.loads(runner.gitlab.files[plan, "terraform.json"])
    assert counts == {"create": 0, "update": 2, "delete": 0}
    assert "Fields: 2 by this change, 0 by drift, 0 by both." in first["santral:plan"].stdout
    assert stand_in.count("POST") == 0


def test_the_merge_applies_the_reviewed_plan(
    runner: Runner, repository: Repository, stand_in: StandIn
) -> None:
    """The plan is that of the last pipeline of the merge request."""
    review(runner, repository, push(repository))
    review(runner, repository, push(repository, QUIETEST))

    jobs = merge(runner, repository)

    assert results(jobs) == {"apply": "success"}
    assert [str(stand_in.live(name).answered) for name in NAMES] == ["off", "off"]
    assert stand_in.count("POST") == 2


def test_what_was_changed_in_the_panel_meanwhile_is_refused(
    runner: Runner, repository: Repository, stand_in: StandIn
) -> None:
    """That santral is not touched; the others get what was reviewed."""
    review(runner, repository, push(repository))
    hold(stand_in, "bursa", answered="off")

    jobs = merge(runner, repository)

    assert results(jobs) == {"apply": "failed"}
    assert "Apply: 1 applied, 0 in sync, 1 stale" in jobs["santral:apply"].stdout
    assert [str(stand_in.live(name).ringing) for name in NAMES] == ["off", "on"]


def test_what_nobody_reviewed_is_not_applied(
    runner: Runner, repository: Repository, stand_in: StandIn
) -> None:
    """The failure says what to do, and doing it works: plan by hand, look, start the apply."""
    commit = repository.commit("main", santral=QUIETER)

    jobs = on_main(runner, repository, "push")

    assert results(jobs) == {"apply": "failed"}
    assert jobs["santral:apply"].stderr.endswith(
        f"There is no reviewed plan for {commit}: it came without a merge request of this project, "
        "or SANTRAL_GITLAB_TOKEN is not set. Nothing was applied. Start a pipeline by hand on this "
        "branch (Build, Pipelines, New pipeline): it plans anew, and its santral:apply applies "
        "that plan when you start it.\n"
    )
    assert stand_in.service.requests == []

    jobs = on_main(runner, repository, "web")
    assert results(jobs) == {"validate": "success", "plan": "success"}
    assert stand_in.count("POST") == 0
    jobs = on_main(runner, repository, "web", "santral:apply")
    assert results(jobs) == {"validate": "success", "plan": "success", "apply": "success"}
    assert stand_in.count("POST") == 2


def test_without_the_token_nothing_is_written_to_gitlab(
    runner: Runner, repository: Repository, stand_in: StandIn
) -> None:
    """The plan is in the job's log; what was reviewed cannot be found."""
    runner.variables = {k: v for k, v in runner.variables.items() if k != "SANTRAL_GITLAB_TOKEN"}

    assert results(review(runner, repository, push(repository))) == {
        "validate": "success",
        "plan": "success",
    }
    jobs = merge(runner, repository)
    assert results(jobs) == {"apply": "failed"}
    assert "SANTRAL_GITLAB_TOKEN is not set" in jobs["santral:apply"].stderr
    hold(stand_in, "bursa", answered="off")
    assert results(on_main(runner, repository, "schedule")) == {"drift": "warning"}


def test_a_merge_request_from_a_fork_is_validated_and_no_more(
    runner: Runner, repository: Repository, stand_in: StandIn
) -> None:
    """What it changes runs beside no key."""
    jobs = review(runner, repository, push(repository), project=PROJECT + 1)

    assert results(jobs) == {"validate": "success"}
    assert "SANTRAL_KEYS" not in jobs["santral:validate"].environment
    assert stand_in.service.requests == []


def test_mistakes_are_a_code_quality_report(runner: Runner, repository: Repository) -> None:
    """GitLab shows them in the merge request, where they stand; nothing is planned."""
    jobs = review(runner, repository, push(repository, FILE.replace("ringing: on", "ringing: yes")))

    assert results(jobs) == {"validate": "failed"}
    report = runner.gitlab.files[jobs["santral:validate"].number, "codequality.json"]
    shown = [(entry["description"], entry["location"]) for entry in json.loads(report)]
    assert shown == [
        ('ringing is "yes". Write on or off.', {"path": "santral.yaml", "lines": {"begin": line}})
        for line in (4, 6)
    ]


def test_drift_opens_an_issue_and_keeps_it_up_to_date(
    runner: Runner, repository: Repository, stand_in: StandIn
) -> None:
    """One issue, as long as there is drift; when that is gone, it says so and is closed."""
    hold(stand_in, "bursa", ringing="off")
    first = on_main(runner, repository, "schedule")
    (issue,) = runner.gitlab.issues
    opened_with = issue["description"]
    on_main(runner, repository, "schedule")
    (issue,) = runner.gitlab.issues

    assert results(first) == {"drift": "warning", "issue": "success"}
    text = (
        "<!-- santral:drift -->\nThe live settings differ from the file: somebody changed them in "
        "the panel, or a merged change is not applied yet. To keep one of these changes, put it "
        "in the file with a merge request; the next apply makes everything else match the file.\n\n"
        "Found by https://gitlab.example/pipelines/{}\n\n<!-- santral:plan -->\n"
    )
    assert issue["title"] == "Live settings differ from the file"
    assert opened_with.startswith(text.format(101))
    assert issue["description"].startswith(text.format(102))

    hold(stand_in, "bursa")
    last = on_main(runner, repository, "schedule")

    assert results(last) == {"drift": "success", "issue": "success"}
    (issue,), (note,) = runner.gitlab.issues, runner.gitlab.issue_notes
    assert (issue["state"], note["issue"]) == ("closed", issue["iid"])
    assert note["body"] == "The drift is gone, says https://gitlab.example/pipelines/103"


def test_drift_is_told_also_when_a_santral_cannot_be_read(
    runner: Runner, repository: Repository, stand_in: StandIn
) -> None:
    """The job fails, for one is unknown; an issue is opened for what is known, and none closed."""
    runner.scoped = {"santral-drift": keys_of("bursa")}
    hold(stand_in, "bursa", ringing="off")
    jobs = on_main(runner, repository, "schedule")

    assert results(jobs) == {"drift": "failed", "issue": "success"}
    assert jobs["santral:drift"].dotenv == {"SANTRAL_DRIFT_CODE": "1", "SANTRAL_DRIFTED": "1"}
    (issue,) = runner.gitlab.issues
    assert "**Drift: 1 drifted, 0 in sync, 1 failed.**" in issue["description"]

    hold(stand_in, "bursa")
    jobs = on_main(runner, repository, "schedule")

    assert results(jobs) == {"drift": "failed", "issue": "success"}
    (issue,) = runner.gitlab.issues
    assert (issue["state"], runner.gitlab.issue_notes) == ("opened", [])


def test_a_check_that_compared_nothing_tells_and_closes_nothing(
    runner: Runner, repository: Repository, stand_in: StandIn
) -> None:
    """What is live may differ or not; that the check could not tell is the failure of its job."""
    hold(stand_in, "bursa", ringing="off")
    on_main(runner, repository, "schedule")
    (before,) = [dict(issue) for issue in runner.gitlab.issues]
    hold(stand_in, "bursa")
    repository.commit("main", santral=FILE.replace("ringing: on", "ringing: yes"))

    jobs = on_main(runner, repository, "schedule")

    assert results(jobs) == {"drift": "failed", "issue": "success"}
    assert jobs["santral:issue"].stderr == ""
    assert (runner.gitlab.issues, runner.gitlab.issue_notes) == ([before], [])


def crowd(entries: list[Entry], text: str, mark: str, **more: object) -> list[Entry]:
    """Add what fills more than a page, and what others put our mark on; return copies of all."""
    for words in (None, mark, *(f"{number}. söz" for number in range(120)), mark):
        add(entries, {text: words}, author=SOMEBODY, **more)
    return [dict(entry) for entry in entries]


def test_the_note_that_is_updated_is_our_own(runner: Runner, repository: Repository) -> None:
    """However many there are, and whoever else writes what ours begin with."""
    others = crowd(runner.gitlab.notes, "body", "<!-- santral:plan -->\nbence iyi", merge_request=1)
    review(runner, repository, push(repository))
    commit = push(repository, QUIETEST)

    jobs = review(runner, repository, commit)

    assert results(jobs)["comment"] == "success"
    *kept, ours = runner.gitlab.notes
    assert kept == others
    assert (ours["author"], f"The plan of {commit}." in ours["body"]) == (OURS, True)


def test_nothing_of_the_branch_is_imported_beside_the_token(
    runner: Runner, repository: Repository
) -> None:
    """A team that keeps the pipeline in a project of its own does so to keep this apart."""
    (repository.desk / "gitlab.py").write_text("raise SystemExit('imported')")

    jobs = review(runner, repository, push(repository))

    assert results(jobs)["comment"] == "success"
    assert [note["author"] for note in runner.gitlab.notes] == [OURS]


def test_the_issue_that_is_updated_and_closed_is_our_own(
    runner: Runner, repository: Repository, stand_in: StandIn
) -> None:
    """As with the note."""
    others = crowd(runner.gitlab.issues, "description", "<!-- santral:drift -->", state="opened")
    hold(stand_in, "bursa", ringing="off")
    on_main(runner, repository, "schedule")
    on_main(runner, repository, "schedule")

    *kept, ours = runner.gitlab.issues
    assert (kept, ours["author"], ours["state"]) == (others, OURS, "opened")
    assert "Found by https://gitlab.example/pipelines/102\n" in ours["description"]

    hold(stand_in, "bursa")
    on_main(runner, repository, "schedule")

    *kept, ours = runner.gitlab.issues
    assert (kept, ours["state"]) == (others, "closed")


def test_keys_are_in_the_jobs_that_need_them_and_nowhere_else(
    runner: Runner, repository: Repository, stand_in: StandIn
) -> None:
    """And no key is in anything that is left behind."""
    done = review(runner, repository, push(repository))
    done |= merge(runner, repository)
    done |= on_main(runner, repository, "schedule")

    assert {name for name, job in done.items() if "SANTRAL_KEYS" in job.environment} == {
        "santral:plan",
        "santral:apply",
        "santral:drift",
    }
    left = [*runner.gitlab.files.values(), str(runner.gitlab.notes).encode()]
    left += [part.encode() for job in done.values() for part in (job.stdout, job.stderr)]
    assert [name for name in NAMES if any(KEYS[name].reveal().encode() in x for x in left)] == []


def test_the_apply_has_the_shells_place(runner: Runner) -> None:
    """So that the signal of a cancelled job reaches it; see the test of GitHub's."""
    assert runner.pipeline["santral:apply"]["script"][-1] == "exec santral apply plan.json --yes"
    assert runner.pipeline["santral:apply"]["interruptible"] is False
