"""How a forge is asked: patience, redirects, and what is said where it does not work."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.certificates import good_tls
from support.clock import JumpingClock
from support.forge_api import TOKEN, Asked, Lost, Reply
from support.github_api import GitHubApi, zipped
from support.pipelines import HEAD, MERGED, RUN, OnGitHub, OnGitLab, Pipeline, on_github, write_plan
from support.program import Program, Result, without_times
from support.proxy_server import ProxyServer, tunnel

from reconciler.ci.environment import Job, take_token
from reconciler.core.ci_systems import Ci
from reconciler.core.secret import Key

PLAN = b'{"plan": "reviewed"}'
RUNS = r".*/actions/runs/.*"


@pytest.fixture
def merged(github: OnGitHub) -> OnGitHub:
    """Give the job of the push that merged a pull request, whose plan was kept."""
    return after_merge(github)


@pytest.fixture
def over_tls(program: Program, ca_file: str) -> Iterator[OnGitHub]:
    """Give the same, at an API that is reached over TLS, as the real ones are."""
    with on_github(program, good_tls()) as github:
        github.variables["SANTRAL_CA_FILE"] = ca_file
        yield after_merge(github)


def after_merge(github: OnGitHub) -> OnGitHub:
    """Merge the pull request, whose plan was kept."""
    run = github.api.begin_run(HEAD)
    github.api.keep_artifact(f"santral-plan-{HEAD}", run["id"], zipped({"plan.json": PLAN}))
    github.api.merge_pull(1, MERGED)
    github.api.begin_run(MERGED, id=RUN, event="push", branch="main")
    github.push(MERGED)
    return github


def fetch(job: Pipeline, *options: str, **variables: str | None) -> Result:
    """Run a command that asks for much."""
    return job.run("reviewed-plan", "--out", "plan.json", *options, **variables)


FETCHED = Result(0, "", "The plan that was reviewed was written to plan.json.\n")


def waits() -> list[int]:
    """Return how long the run has waited, in seconds."""
    return [*map(round, JumpingClock.waits)]


# Patience


@pytest.mark.parametrize("reply", [Reply(500), Reply(502), Reply(503), Lost(is_done=False)])
def test_a_server_that_is_out_of_order_is_asked_three_times(
    merged: OnGitHub, reply: Reply | Lost
) -> None:
    """Then it is said."""
    merged.api.plan("GET", RUNS, reply, reply)
    assert fetch(merged) == FETCHED
    assert len(JumpingClock.waits) == 2

    merged.api.plan("GET", RUNS, reply, reply, reply)
    assert fetch(merged).exit_code == 1


@pytest.mark.parametrize("status", [403, 429])
def test_a_rate_limit_is_waited_for_as_is_asked(merged: OnGitHub, status: int) -> None:
    """However the forge says it."""
    merged.api.plan("GET", RUNS, Reply(status, {}, {"Retry-After": "17"}))
    assert fetch(merged) == FETCHED
    assert waits() == [17]

    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 40)}
    merged.api.plan("GET", RUNS, Reply(status, {}, reset))
    assert fetch(merged) == FETCHED
    assert 30 <= waits()[0] <= 40


def test_gitlabs_rate_limit_is_waited_for(gitlab: OnGitLab, program: Program) -> None:
    """Its headers have other names."""
    limit = {"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(time.time()) + 40)}
    write_plan(program_with_file(program), "--sandbox")
    gitlab.api.plan("GET", r"/user", Reply(429, {}, limit))

    assert gitlab.run("comment", "plan.json").exit_code == 0
    assert 30 <= waits()[0] <= 40


def program_with_file(program: Program) -> Program:
    """Give the program a file."""
    program.write(
        "santral.yaml",
        "version: 1\nsantrals: {ankara: {crm_integration: {ringing: on, notification_url: "
        '"https://crm.example.com/a"}}}\n',
    )
    return program


def test_a_secondary_rate_limit_says_so_in_words(merged: OnGitHub) -> None:
    """With no header at all."""
    text = {"message": "You have exceeded a secondary rate limit."}
    merged.api.plan("GET", RUNS, Reply(403, text))

    assert fetch(merged) == FETCHED
    assert 5 <= waits()[0] <= 8


def test_a_wait_that_is_too_long_is_not_made(merged: OnGitHub) -> None:
    """It is said until when, and that it is no missing right."""
    merged.api.plan("GET", RUNS, Reply(403, {}, {"Retry-After": "3600"}))
    result = fetch(merged)

    assert result.exit_code == 1
    assert result.stderr.startswith(
        'GitHub takes no more requests for now. Run this job again later. It says: "{}". It asks '
        "to be tried again no earlier than 20"
    )
    assert waits() == []


def test_a_write_that_is_one_too_many_is_sent_again(job: Pipeline, program: Program) -> None:
    """It had no effect."""
    write_plan(program_with_file(program), "--sandbox")
    job.api.plan("POST", r".*(comments|notes)", Reply(429, {}, {"Retry-After": "3"}))

    assert job.run("comment", "plan.json").exit_code == 0
    assert waits() == [3]
    assert sum(one.startswith("POST") for one in job.asked) == 2


def test_requests_and_waits_are_shown_if_asked_for(merged: OnGitHub) -> None:
    """With paths, without queries."""
    merged.api.plan("GET", RUNS, Reply(429, {}, {"Retry-After": "3"}))
    result = fetch(merged, "-v")

    repository = "/repos/ornek/santral-ayarlari"
    shown = without_times(result.stderr).replace(merged.api.storage, "STORAGE")
    assert shown == (
        f"GET {repository}/commits/{MERGED}/pulls: Answered 200 in ... s.\n"
        f"GET {repository}/pulls/1: Answered 200 in ... s.\n"
        f"GET {repository}/pulls: Answered 200 in ... s.\n"
        f"GET {repository}/actions/runs/{RUN}: Answered 429 in ... s.\n"
        f"GET {repository}/actions/runs/{RUN}: Waiting 3 s before trying again.\n"
        f"GET {repository}/actions/runs/{RUN}: Answered 200 in ... s.\n"
        f"GET {repository}/actions/artifacts: Answered 200 in ... s.\n"
        f"GET {repository}/actions/runs/9000: Answered 200 in ... s.\n"
        f"GET {repository}/actions/artifacts/700/zip: Answered 302 in ... s.\n"
        "GET STORAGE: Answered 200 in ... s.\n"
        "The plan that was reviewed was written to plan.json.\n"
    )
    assert fetch(merged, "-q") == Result(0, "", "")


# Redirects


REDIRECTS = {
    "http elsewhere": "http://storage.example.com/zip",
    "a file": "file:///etc/passwd",
    "no scheme": "//storage.example.com/zip",
    "a path": "/zip",
    "a user": "https://user@storage.example.com/zip",
    "nothing": "",
    "a fragment": "https://storage.example.com/zip#x",
}


@pytest.mark.parametrize("location", REDIRECTS.values(), ids=REDIRECTS)
def test_a_download_is_redirected_to_https_only(merged: OnGitHub, location: str) -> None:
    """Or to http on this machine, where the API itself is that."""
    redirect = Reply(302, headers={"Location": location} if location else {})
    merged.api.plan("GET", r".*/zip", redirect)

    assert fetch(merged) == Result(
        1,
        "",
        "GitHub redirects the download to an address that is not https. Nothing was fetched. Look "
        "at what stands between this job and GitHub.\n",
    )


def test_no_download_goes_from_https_to_http(over_tls: OnGitHub) -> None:
    """Not even on this machine."""
    with GitHubApi().serving() as plain:
        over_tls.api.redirect = f"{plain}/kept/0"
        result = fetch(over_tls)

    assert result.stderr.startswith("GitHub redirects the download to an address that is not https")


def test_both_the_api_and_the_download_are_reached_through_the_proxy(over_tls: OnGitHub) -> None:
    """It is told where to, and reads nothing."""
    with ProxyServer(tunnel) as proxy:
        assert fetch(over_tls, "--proxy", proxy.url) == FETCHED

    asked = [head.split(" HTTP/1.")[0] for head in proxy.heads]
    origins = (over_tls.api.origin, over_tls.api.storage)
    assert asked == [f"CONNECT {origin.removeprefix('https://')}" for origin in origins]
    assert TOKEN.encode() not in proxy.carried


def test_a_server_that_is_not_trusted_gets_no_token(over_tls: OnGitHub) -> None:
    """As where somebody intercepts TLS, and no --ca-file says so."""
    result = fetch(over_tls, SANTRAL_CA_FILE=None)

    assert result.stderr.startswith("The TLS certificate of the server is not trusted.")
    assert over_tls.api.requests == []


def test_one_redirect_is_followed_and_no_other(merged: OnGitHub) -> None:
    """The second may lead anywhere."""
    merged.api.redirect = f"{merged.api.origin}/repos/elsewhere/actions/artifacts/1/zip"
    result = fetch(merged)
    asked = merged.api.requests[-1]

    assert result.exit_code == 1
    assert asked.path == "/repos/elsewhere/actions/artifacts/1/zip"
    assert asked.headers.keys().isdisjoint({"authorization", "private-token"})

    second = Reply(302, headers={"Location": f"{merged.api.storage}/kept/0"})
    merged.api.plan("GET", "/repos/elsewhere/.*", second)
    result = fetch(merged)
    assert result.stderr == (
        f"GitHub answered 302 to GET {merged.api.origin}. Run this job again later.\n"
    )
    assert merged.api.stored_requests == []


def test_no_other_answer_is_redirected(merged: OnGitHub) -> None:
    """As that of a repository with a new name would be: the token would go along."""
    moved = Reply(301, headers={"Location": f"{merged.api.storage}/elsewhere"})
    merged.api.plan("GET", RUNS, moved)

    assert fetch(merged).stderr == (
        f"GitHub answered 301 to GET /repos/ornek/santral-ayarlari/actions/runs/{RUN}. Run this "
        "job again later.\n"
    )
    assert merged.api.stored_requests == []


def test_what_is_kept_elsewhere_may_be_gone(merged: OnGitHub) -> None:
    """That is an expired plan."""
    merged.api.redirect = f"{merged.api.storage}/gone"

    assert fetch(merged).stderr.startswith(f"The plan that was reviewed for {HEAD} is no longer")


# What the job lacks


Change = Callable[[dict[str, str]], object]
LACKS: dict[str, tuple[dict[str, str | None], str]] = {
    "the API's address": (
        {"GITHUB_API_URL": None},
        "GITHUB_API_URL is not the address of an API: it must be https, or http on this machine. "
        "Run this command in a job, where the runner sets it.\n",
    ),
    "an address that is safe": (
        {"GITHUB_API_URL": "http://api.example.com"},
        "GITHUB_API_URL is not the address of an API: it must be https, or http on this machine. "
        "Run this command in a job, where the runner sets it.\n",
    ),
    "an address without a query": (
        {"GITHUB_API_URL": "https://api.example.com/?x="},
        "GITHUB_API_URL is not the address of an API: it must be https, or http on this machine. "
        "Run this command in a job, where the runner sets it.\n",
    ),
    "a repository that is one": (
        {"GITHUB_REPOSITORY": "ornek/.."},
        "GITHUB_REPOSITORY does not have a value as in a job of GitHub. Run this command in a "
        "job of GitHub.\n",
    ),
    "the token": (
        {"GITHUB_TOKEN": None},
        "GITHUB_TOKEN holds no token. Put GITHUB_TOKEN: ${{ github.token }} under the env of this "
        "step.\n",
    ),
    "a token of one line": (
        {"GITHUB_TOKEN": "two\nlines"},
        "GITHUB_TOKEN holds no token. Put GITHUB_TOKEN: ${{ github.token }} under the env of this "
        "step.\n",
    ),
    "the repository": (
        {"GITHUB_REPOSITORY": "no repository"},
        "GITHUB_REPOSITORY does not have a value as in a job of GitHub. Run this command in a "
        "job of GitHub.\n",
    ),
    "the commit": (
        {"GITHUB_SHA": "../../user"},
        "GITHUB_SHA does not have a value as in a job of GitHub. Run this command in a "
        "job of GitHub.\n",
    ),
    "its run": (
        {"GITHUB_RUN_ID": "1/../2"},
        "GITHUB_RUN_ID does not have a value as in a job of GitHub. Run this command in a "
        "job of GitHub.\n",
    ),
    "its event's file": (
        {"GITHUB_EVENT_PATH": "nowhere.json"},
        "The file that GITHUB_EVENT_PATH names, with what happened, cannot be read. Run this "
        "command in a job, where the runner writes it. The system says: No such file or "
        "directory.\n",
    ),
}


@pytest.mark.parametrize(("variables", "said"), LACKS.values(), ids=LACKS)
def test_what_the_runner_does_not_say_is_named(
    merged: OnGitHub, variables: dict[str, str | None], said: str
) -> None:
    """By its variable; its value is not shown."""
    assert fetch(merged, **variables) == Result(1, "", said)


@pytest.mark.parametrize("content", ["[]", "{", '{"a": 1, "a": 2}', "\xff"])
def test_an_event_that_is_none_is_named(merged: OnGitHub, content: str) -> None:
    """By the variable of its file."""
    merged.program.write("../event.json", content)

    assert fetch(merged) == Result(
        1,
        "",
        "The file that GITHUB_EVENT_PATH names, with what happened, cannot be read. Run this "
        "command in a job, where the runner writes it.\n",
    )


def test_an_events_file_that_is_none_is_not_read(merged: OnGitHub) -> None:
    """Nobody waits for a pipe, and nothing without an end is taken in."""
    folder = merged.program.folder.parent
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    with (folder / "huge").open("wb") as huge:
        huge.truncate(33 * 1024 * 1024)
    unread = (
        "The file that GITHUB_EVENT_PATH names, with what happened, cannot be read. Run this "
        "command in a job, where the runner writes it. "
    )

    for name, why in {
        str(folder / "folder"): "It is not a regular file.\n",
        str(folder / "pipe"): "It is not a regular file.\n",
        "/dev/zero": "It is not a regular file.\n",
        str(folder / "huge"): "It is larger than 32 MiB.\n",
    }.items():
        assert fetch(merged, GITHUB_EVENT_PATH=name) == Result(1, "", unread + why)


@pytest.mark.parametrize("event", ["push", "workflow_dispatch"])
def test_a_branch_that_is_not_utf_8_is_named(merged: OnGitHub, event: str) -> None:
    """It cannot be asked for, though an answer has the same name."""
    merged.api.pulls[0]["base"]["ref"] = "\udcff"
    variables = {"GITHUB_REF_NAME": "\udcff", "GITHUB_EVENT_NAME": event}

    assert fetch(merged, **variables) == Result(
        1,
        "",
        "GITHUB_REF_NAME does not have a value as in a job of GitHub. Run this command in a "
        "job of GitHub.\n",
    )


def test_a_forge_that_does_not_answer_is_given_up(merged: OnGitHub) -> None:
    """After --timeout, three times; the token went nowhere else."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        result = fetch(merged, "--timeout", "0.2", GITHUB_API_URL=address)

    assert result == Result(
        1, "", "No complete answer arrived within 0.2 s. Run again later, or raise --timeout.\n"
    )
    assert len(JumpingClock.waits) == 2
    assert merged.api.requests == []


def test_a_limit_without_an_end_is_waited_for_no_longer(merged: OnGitHub) -> None:
    """No date is so late."""
    limit = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 12}
    merged.api.plan("GET", RUNS, Reply(429, b"", limit))

    assert fetch(merged).stderr == (
        "GitHub takes no more requests for now. Run this job again later. It asks for a longer "
        "wait than any date can express.\n"
    )


def test_outside_of_a_pipeline_there_is_no_forge(github: OnGitHub) -> None:
    """It is said which variables say so."""
    result = fetch(github, GITHUB_ACTIONS=None)

    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        1,
        "Error: This is not a job of GitHub or GitLab: neither GITHUB_ACTIONS nor GITLAB_CI is "
        "true. Run ci commands in a pipeline.",
    )


def test_a_token_that_is_not_accepted_is_named(job: Pipeline, program: Program) -> None:
    """By its variable."""
    write_plan(program_with_file(program), "--sandbox")
    job.api.tokens = {"another": None}
    result = job.run("comment", "plan.json")
    variable = "GITHUB_TOKEN" if isinstance(job, OnGitHub) else "SANTRAL_GITLAB_TOKEN"

    assert result.exit_code == 1
    assert f"does not accept the token in {variable}. Has it expired, or been " in result.stderr


def test_a_server_that_is_not_there_is_named_as_the_forges(merged: OnGitHub) -> None:
    """There is no --api-url to check here."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    address = f"http://127.0.0.1:{port}"

    assert fetch(merged, GITHUB_API_URL=address).stderr == (
        "No connection to the server could be made. Check the network; behind a proxy, give "
        "--proxy.\n"
    )
    longer = Reply(body=b"[" + b" " * (33 * 1024 * 1024) + b"]")
    merged.api.plan("GET", r".*/commits/.*", longer)
    assert fetch(merged).stderr == (
        "An answer of GitHub is longer than any that is expected. Run this job again later.\n"
    )


@pytest.mark.parametrize("name", ["", "Santral", "-a", "a b", "a" * 41, "a/b", "a\nb"], ids=ascii)
def test_a_name_is_one_that_artifacts_and_jobs_may_have(github: OnGitHub, name: str) -> None:
    """All else is refused before anything is asked."""
    result = fetch(github, "--name", name)

    assert result.exit_code == 1
    assert "It must be lowercase letters, digits and hyphens, at most 40" in result.stderr
    assert github.asked == []


# Secrets


SECRETS = (
    "SANTRAL_KEYS",
    "SANTRAL_KEYS_2",
    "SANTRAL_KEY_ANKARA",
    "SANTRAL_KEYS_FILE",
    "SANTRAL_SECRETS",
    "SANTRAL_SECRETS_9",
    "SANTRAL_SECRETS_FILE",
)
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("comment", "plan.json"),
    ("issue", "plan.json"),
    ("reviewed-plan", "--out", "plan.json"),
    ("journal", "--out", "journal.jsonl"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("variable", SECRETS)
def test_where_there_are_keys_nothing_is_asked(
    job: Pipeline, variable: str, command: tuple[str, ...]
) -> None:
    """They are named, and how to keep them away; their values are not shown."""
    result = job.run(*command, **{variable: "a-secret"})
    advice = (
        "Give keys and secrets only to the step that needs them (env: of that step)."
        if isinstance(job, OnGitHub)
        else "Give the variable an environment as its scope, and this work a job of its own "
        "without that environment."
    )

    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        1,
        f"Error: This job has {variable}, which a ci command has no use for. {advice}",
    )
    assert "a-secret" not in result.stderr
    assert job.asked == []


def test_an_empty_variable_is_no_key(merged: OnGitHub) -> None:
    """As GitHub gives where there is no such secret."""
    assert fetch(merged, SANTRAL_KEYS="") == FETCHED


def test_the_token_is_taken_out_of_the_environment() -> None:
    """Nothing that the program starts, or loads, finds it there afterwards."""
    environment = {"GITHUB_TOKEN": TOKEN, "GITHUB_SHA": HEAD}
    token = take_token(Job(Ci.GITHUB, environment), environment)

    assert environment == {"GITHUB_SHA": HEAD}
    assert token == Key(TOKEN)
    assert TOKEN not in f"{token!r}{Job(Ci.GITHUB, {'GITHUB_TOKEN': TOKEN})!r}"


ECHO: dict[str, Callable[[str], Any]] = {
    "in JSON": lambda token: {"message": f"Bad token {token}"},
    "in text": lambda token: f"Authorization: Bearer {token}".encode(),
    "in capitals": lambda token: {"message": token.upper()},
    "in part": lambda token: {"error": token[4:]},
}


@pytest.mark.parametrize("echo", ECHO.values(), ids=ECHO)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 500])
def test_the_token_is_in_no_output(
    merged: OnGitHub, echo: Callable[[str], Any], status: int
) -> None:
    """Though the server says it."""
    merged.api.plan("GET", r".*", *[Reply(status, echo(TOKEN))] * 3)
    result = fetch(merged, "-v")
    said = f"{result.stdout}{result.stderr}".lower()

    assert result.exit_code == 1
    assert not [at for at in range(len(TOKEN) - 11) if TOKEN[at : at + 12].lower() in said]
    assert any(one.headers["authorization"].endswith(TOKEN) for one in merged.api.requests)


def test_what_the_forge_says_is_quoted_without_harm(merged: OnGitHub) -> None:
    """No command to the runner, no escape."""
    merged.api.plan("GET", r".*", Reply(422, {"message": "x\n::error::\x1b[2J##[group]"}))

    assert fetch(merged).stderr == (
        f"GitHub answered 422 to GET /repos/ornek/santral-ayarlari/commits/{MERGED}/pulls. Run "
        'this job again later. It says: "x ::error::\\x1b[2J#\\x23[group]".\n'
    )
    assert isinstance(merged.api.requests[0], Asked)
