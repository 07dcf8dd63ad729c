"""``santral ci journal``: the newest journal of a job that may be believed, or a word on stderr."""

from typing import Any

import pytest
from support.forge_api import Reply
from support.github_api import FORK_ID, OTHER_WORKFLOW, zipped
from support.gitlab_api import FORK
from support.pipelines import MERGED, RUN, OnGitHub, OnGitLab, Pipeline
from support.program import Result

FETCHED = Result(0, "", "The newest journal was written to journal.jsonl.\n")
NONE = Result(0, "", "No job has kept a journal yet. Nothing was written.\n")
EXPIRED = Result(
    0,
    "",
    "Warning: The newest journal of this pipeline has expired, or its job has kept none. Nothing "
    "was written: a change that an earlier run left unresolved will not be named.\n",
)
NEWEST_GONE = (
    "Warning: The newest journal of this pipeline has expired or was deleted. What its run changed "
    "may be missing in this one: compare with the log of that run before you roll anything back.\n"
)
JOURNAL, EVIL = b'{"journal": "good"}\n', b'{"journal": "evil"}\n'


def fetch(job: Pipeline, **variables: str | None) -> Result:
    """Run the command."""
    return job.run("journal", "--out", "journal.jsonl", **variables)


def keep(github: OnGitHub, journal: bytes, name: str = "santral-journal", **run: Any) -> Any:
    """Let a run of GitHub keep a journal."""
    about = {"head": MERGED, "event": "push", "branch": "main", **run}
    begun = github.api.begin_run(about.pop("head"), **about)
    return github.api.keep_artifact(name, begun["id"], zipped({"journal.jsonl": journal}))


@pytest.fixture
def applying(github: OnGitHub) -> OnGitHub:
    """Give the job of a push to main."""
    github.api.begin_run(MERGED, id=RUN, event="push", branch="main")
    github.push(MERGED)
    return github


@pytest.mark.parametrize("event", ["push", "workflow_dispatch", "schedule"])
def test_the_newest_journal_of_github_is_fetched(applying: OnGitHub, event: str) -> None:
    """Of whichever run kept one, for its owner only."""
    keep(applying, JOURNAL, event=event)

    assert fetch(applying) == FETCHED
    assert applying.written("journal.jsonl") == JOURNAL
    assert (applying.program.folder / "journal.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_the_newest_journals_of_github_hold_is_taken_together(applying: OnGitHub) -> None:
    """A check that keeps the journal anew can end after an apply that began later."""
    before, applied = (f'{{"run": "{name}"}}\n'.encode() for name in "ab")
    keep(applying, before)
    keep(applying, before + applied)
    keep(applying, before, event="schedule")

    assert fetch(applying) == FETCHED
    assert applying.written("journal.jsonl") == before + applied


def test_each_shard_of_github_has_a_journal_of_its_own(applying: OnGitHub) -> None:
    """By its number."""
    keep(applying, JOURNAL, "santral-journal-2")
    keep(applying, EVIL, "santral-journal-12")
    keep(applying, EVIL)

    assert fetch(applying, SANTRAL_SHARD="2/3") == FETCHED
    assert applying.written("journal.jsonl") == JOURNAL


FALSE: dict[str, dict[str, Any]] = {
    "of another workflow": {"workflow_id": OTHER_WORKFLOW},
    "of a fork": {"head_repository": {"id": FORK_ID}},
    "of a pull request": {"event": "pull_request"},
    "of another branch": {"branch": "change"},
    "of another fleet": {"name": "bayi-2-journal"},
}


@pytest.mark.parametrize("run", FALSE.values(), ids=FALSE)
def test_a_journal_of_another_run_is_passed_over(applying: OnGitHub, run: dict[str, Any]) -> None:
    """Any run may keep that name; the good one is older."""
    keep(applying, JOURNAL)
    keep(applying, EVIL, **run)

    assert fetch(applying) == FETCHED
    assert applying.written("journal.jsonl") == JOURNAL


@pytest.mark.parametrize("run", FALSE.values(), ids=FALSE)
def test_there_may_be_no_journal_yet(applying: OnGitHub, run: dict[str, Any]) -> None:
    """The first apply has none, and goes on."""
    keep(applying, EVIL, **run)

    assert fetch(applying) == NONE
    assert not applying.has("journal.jsonl")


def test_the_default_branch_is_asked_for_where_the_event_does_not_name_it(
    applying: OnGitHub,
) -> None:
    """Whatever it is called."""
    applying.api.default_branch = "anadal"
    keep(applying, EVIL)
    keep(applying, JOURNAL, branch="anadal")
    applying.happen("schedule")

    assert fetch(applying) == FETCHED
    assert applying.written("journal.jsonl") == JOURNAL


def test_an_expired_journal_of_github_is_a_warning(applying: OnGitHub) -> None:
    """What an earlier run left unresolved will not be named; so older ones are taken, if any."""
    keep(applying, JOURNAL)["expired"] = True
    assert fetch(applying) == EXPIRED
    assert not applying.has("journal.jsonl")

    keep(applying, JOURNAL)
    keep(applying, EVIL)["expired"] = True
    assert fetch(applying) == Result(0, "", NEWEST_GONE + FETCHED.stderr)
    assert applying.written("journal.jsonl") == JOURNAL


# GitLab


def run_apply(gitlab: OnGitLab, journal: bytes, job: str = "santral:apply", **more: Any) -> Any:
    """Let a job of GitLab keep a journal."""
    about = {"sha": MERGED, "ref": "main", "source": "push"}
    pipeline = gitlab.api.begin_pipeline(**{key: more.pop(key, about[key]) for key in about})
    return gitlab.api.run_job(job, pipeline["id"], {".santral-ci/journal.jsonl": journal}, **more)


@pytest.mark.parametrize("job", ["santral:apply 2/3", "santral:rollback 2/3", "santral:apply 2/5"])
def test_each_shard_of_gitlab_has_a_journal_of_its_own(gitlab: OnGitLab, job: str) -> None:
    """By its number, also where there were once more shards; no other job's counts."""
    for other in (
        *("santral:apply", "santral:apply 1/3", "santral:apply 12/13", "bayi:apply 2/3"),
        *("santral:apply 2/3 x", "santral:apply 2/", "santral:drift 2/3"),
    ):
        keep_shard(gitlab, EVIL, other)
    assert fetch(gitlab, SANTRAL_SHARD="2/3") == NONE
    keep_shard(gitlab, JOURNAL, job)
    keep_shard(gitlab, EVIL, "santral:apply 3/3")

    assert fetch(gitlab, SANTRAL_SHARD="2/3") == FETCHED
    assert gitlab.written("journal.jsonl") == JOURNAL


def keep_shard(gitlab: OnGitLab, journal: bytes, job: str) -> None:
    """Let a job of a push to main keep a shard's journal."""
    pipeline = gitlab.api.begin_pipeline(MERGED, "main", "push")
    gitlab.api.run_job(job, pipeline["id"], {".santral-ci/journal-2.jsonl": journal})


@pytest.mark.parametrize("job", ["santral:apply", "santral:rollback"])
@pytest.mark.parametrize("status", ["success", "failed", "canceled"])
def test_the_newest_journal_of_gitlab_is_fetched(gitlab: OnGitLab, job: str, status: str) -> None:
    """Of whichever job changed something, however it ended."""
    run_apply(gitlab, JOURNAL, job, status=status)

    assert fetch(gitlab) == FETCHED
    assert gitlab.written("journal.jsonl") == JOURNAL


def test_what_the_newest_journals_of_gitlab_hold_is_taken_together(gitlab: OnGitLab) -> None:
    """A job can have fetched one before another job, which it waited for, had kept its own."""
    before, first, second = (f'{{"run": "{name}"}}\n'.encode() for name in "abc")
    cut = b'{"run": "cu'
    run_apply(gitlab, before)
    run_apply(gitlab, before + first + cut)
    run_apply(gitlab, before + second)

    assert fetch(gitlab) == FETCHED
    assert gitlab.written("journal.jsonl") == before + first + cut + b"\n" + second


def test_no_more_than_five_journals_of_gitlab_are_taken_together(gitlab: OnGitLab) -> None:
    """An older one that is the only one to hold something is of a run that was lost long ago."""
    runs = [f'{{"run": {number}}}\n'.encode() for number in range(7)]
    for run in runs:
        run_apply(gitlab, run)

    assert fetch(gitlab) == FETCHED
    assert gitlab.written("journal.jsonl") == b"".join(runs[2:])


FALSE_JOBS: dict[str, dict[str, Any]] = {
    "of another job": {"job": "evil"},
    "of another fleet": {"job": "bayi-2:apply"},
    "of another branch": {"ref": "change"},
    "of a tag": {"tag": True},
    "of a fork": {"pipeline": {"id": 1, "project_id": FORK}},
    "that has not ended": {"status": "running"},
}


@pytest.mark.parametrize("job", FALSE_JOBS.values(), ids=FALSE_JOBS)
def test_a_journal_of_another_job_is_passed_over(gitlab: OnGitLab, job: dict[str, Any]) -> None:
    """The good one is older; and there is none where it is the only one."""
    run_apply(gitlab, EVIL, **job)
    assert fetch(gitlab) == NONE

    gitlab.api.jobs.clear()
    run_apply(gitlab, JOURNAL)
    run_apply(gitlab, EVIL, **job)
    assert fetch(gitlab) == FETCHED
    assert gitlab.written("journal.jsonl") == JOURNAL


def test_a_job_that_kept_nothing_is_passed_over(gitlab: OnGitLab) -> None:
    """It had nothing to change."""
    run_apply(gitlab, JOURNAL)
    run_apply(gitlab, b"", artifacts_file=None)

    assert fetch(gitlab) == FETCHED


def test_an_expired_journal_of_gitlab_is_a_warning(gitlab: OnGitLab) -> None:
    """GitLab answers 404 then."""
    run_apply(gitlab, JOURNAL)
    gitlab.api.files.clear()

    assert fetch(gitlab) == EXPIRED
    assert not gitlab.has("journal.jsonl")


def test_no_more_than_ten_pages_of_jobs_are_read(gitlab: OnGitLab) -> None:
    """A project may have had hundreds of thousands."""
    run_apply(gitlab, JOURNAL)
    for _ in range(1_050):
        gitlab.api.jobs.append({**gitlab.api.jobs[0], "name": "test", "id": len(gitlab.api.jobs)})

    assert fetch(gitlab) == NONE
    assert gitlab.asked == ["GET /jobs"] * 10


# Where it goes


def test_it_may_be_written_where_apply_looks_for_it(gitlab: OnGitLab) -> None:
    """So SANTRAL_JOURNAL can be set for the whole job; and in place of the usual journal."""
    run_apply(gitlab, JOURNAL)
    (gitlab.program.folder / ".santral").mkdir()

    for place in ("journal.jsonl", ".santral/journal.jsonl"):
        result = gitlab.run("journal", "--out", place, SANTRAL_JOURNAL="journal.jsonl")
        assert result == Result(0, "", f"The newest journal was written to {place}.\n")
        assert gitlab.written(place) == JOURNAL


def test_a_journal_that_is_there_is_never_replaced(gitlab: OnGitLab) -> None:
    """It may be of a run that has just ended."""
    run_apply(gitlab, EVIL)
    gitlab.program.write("journal.jsonl", JOURNAL)
    result = fetch(gitlab)

    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        1,
        "Error: journal.jsonl is there already, and a journal is never replaced. Name another "
        "file, or remove that one first.",
    )
    assert gitlab.written("journal.jsonl") == JOURNAL
    assert gitlab.asked == []


@pytest.mark.parametrize("command", ["journal", "reviewed-plan"])
def test_nothing_else_is_overwritten(gitlab: OnGitLab, command: str) -> None:
    """Not even asked for."""
    gitlab.program.write("santral.yaml", "version: 1\n")
    result = gitlab.run(command, "--out", "santral.yaml", SANTRAL_CONFIG="santral.yaml")

    assert result.exit_code == 1
    assert gitlab.written("santral.yaml") == b"version: 1\n"
    assert gitlab.asked == []


def test_what_is_no_text_is_not_written(gitlab: OnGitLab) -> None:
    """No journal holds such bytes."""
    run_apply(gitlab, b"\xff\xfe")

    assert fetch(gitlab) == Result(
        1,
        "",
        "The journal that an earlier job has kept is not text in UTF-8. Look at what that job "
        "did.\n",
    )
    assert not gitlab.has("journal.jsonl")


def test_a_folder_that_is_not_there_is_an_error(gitlab: OnGitLab) -> None:
    """It is not made."""
    run_apply(gitlab, JOURNAL)

    assert gitlab.run("journal", "--out", "nowhere/journal.jsonl") == Result(
        1,
        "",
        "nowhere/journal.jsonl cannot be written. The system says: No such file or directory.\n",
    )


def test_a_job_without_the_right_is_told_which(applying: OnGitHub) -> None:
    """Of a private repository GitHub says only that there is nothing."""
    applying.api.plan("GET", r".*/actions/runs/.*", Reply(404, {"message": "Not Found"}))

    assert fetch(applying) == Result(
        1,
        "",
        f"GitHub has no /repos/ornek/santral-ayarlari/actions/runs/{RUN}, or does not show it to "
        'this job. Give the job the permission "actions: read" (GET needs it). It says: '
        '"Not Found".\n',
    )
