"""The GitHub workflow that ``init`` writes, run: each of its scripts, on a stand-in of GitHub."""

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable

import pytest
from support.fleet import KEYS, settings
from support.forge import ENVIRONMENTS, PACKAGE, load, machine
from support.github_hub import BOT, Hub, run_of
from support.github_runner import JobRun, Runner, StepRun, results
from support.program import Program, without_origin
from support.stand_in import StandIn
from support.warm import start_from_nothing

NAMES = ("ankara", "bursa", "canakkale")
FILE = """\
version: 1
defaults:
  crm_integration:
    ringing: on
    answered: on
    hangup: on
    notification_url: https://crm.example.com/{name}
santrals:
  ankara:
    crm_integration: {}
  bursa:
    crm_integration: {}
  canakkale:
    crm_integration: {}
"""
QUIETER = FILE.replace("    ringing: on", "    ringing: off")
QUIETEST = QUIETER.replace("    answered: on", "    answered: off")
APPLY = "Apply the reviewed plan"
KEYED = {"Plan", APPLY, "Compare the live settings with the file"}
"""The steps that get the keys."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """Give a repository made with ``init --ci github``, to be copied."""
    hub = Hub(tmp_path_factory.mktemp("made"))
    hub.create()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(hub.desk)
        assert Program(hub.desk, patch).run("init", "--ci", "github").exit_code == 0
    hub.commit("main", santral=FILE)
    return hub


@pytest.fixture
def hub(program: Program, stand_in: StandIn, made: Hub) -> Hub:
    """Give one of one's own, whose settings are live."""
    hub = Hub(program.folder)
    shutil.copytree(made.folder, hub.folder, dirs_exist_ok=True)
    program.monkeypatch.chdir(hub.desk)
    for name in NAMES:
        hold(stand_in, name)
    return hub


@pytest.fixture
def runner(hub: Hub, stand_in: StandIn) -> Runner:
    """Give GitHub's machines, set up as the comments in the workflow say."""
    workflow = load((hub.desk / ".github" / "workflows" / "santral.yml").read_text("utf-8"))
    workflow["env"]["SANTRAL_PACKAGE"] = PACKAGE
    variables = {**machine(hub.folder / "tools"), "SANTRAL_API_URL": stand_in.origin}
    return Runner(hub, workflow, variables, {name: keys_of(*NAMES) for name in ENVIRONMENTS})


def keys_of(*names: str) -> dict[str, str]:
    """Return the secrets of an environment."""
    return {"SANTRAL_KEYS": "\n".join(f"{name}={KEYS[name].reveal()}" for name in names)}


def hold(stand_in: StandIn, name: str, hangup: str = "on") -> None:
    """Make live what FILE wants, but for one switch."""
    stand_in.hold(name, settings("on", "on", hangup, f"https://crm.example.com/{name}"))


def opened(hub: Hub, content: str = QUIETER, *, is_fork: bool = False) -> int:
    """Open a pull request that changes the file; return its number."""
    hub.commit("daha-sessiz", santral=content)
    number: int = hub.open_pull("daha-sessiz", is_fork=is_fork)["number"]
    return number


def steps(jobs: dict[str, JobRun]) -> list[tuple[str, StepRun]]:
    """Return the scripts that were run, with their steps' names."""
    return [step for job in jobs.values() for step in job.steps.items()]


def ringing(stand_in: StandIn) -> dict[str, str]:
    """Return one live switch of each santral."""
    return {name: str(stand_in.live(name).ringing) for name in NAMES}


END = "\nThe plan of {commit}. The merge applies exactly this, or says what moved.\n"
COMMENT = (
    """\
<!-- santral:plan -->

**Plan: 3 to change, 0 in sync, 0 failed.**

Fields: 3 by this change, 1 by drift, 0 by both.

#### Shared changes

| Santral | Change |
| --- | --- |
| 2 santrals | `ringing` `on` → `off` (this change)<details><summary>names</summary>\
`ankara` `bursa`</details> |

#### Single changes

| Santral | Change |
| --- | --- |
| `canakkale`<br>`santral.yaml:13:3` | `ringing` `on` → `off` (this change)<br>\
`hangup` `off` → `on` (drift) |
"""
    + END
)
NEXT_COMMENT = (
    """\
<!-- santral:plan -->

**Plan: 3 to change, 0 in sync, 0 failed.**

Fields: 6 by this change, 0 by drift, 0 by both.

#### Shared changes

| Santral | Change |
| --- | --- |
| 3 santrals | `ringing` `on` → `off` (this change)<br>`answered` `on` → `off` (this change)\
<details><summary>names</summary>`ankara` `bursa` `canakkale`</details> |
"""
    + END
)
PARTIAL_COMMENT = (
    """\
<!-- santral:plan -->

**Plan: 2 to change, 0 in sync, 1 failed.**

Fields: 2 by this change, 0 by drift, 0 by both.

#### Failed

| Santral | Error |
| --- | --- |
| `canakkale`<br>`santral.yaml:13:3` | `There is no key for this santral. Set \
SANTRAL_KEY_CANAKKALE, or add "canakkale=..." to SANTRAL_KEYS or to the --keys-file.` |

#### Shared changes

| Santral | Change |
| --- | --- |
| 2 santrals | `ringing` `on` → `off` (this change)<details><summary>names</summary>\
`ankara` `bursa`</details> |
"""
    + END
)


def test_a_pull_request_gets_its_plan_as_a_comment(
    runner: Runner, hub: Hub, stand_in: StandIn
) -> None:
    """The whole fleet is read, nothing is sent, and the reviewer sees whose changes they are."""
    hold(stand_in, "canakkale", hangup="off")
    number = opened(hub)

    jobs = runner.pull_request(number)

    assert results(jobs) == {"validate": "success", "plan": "success", "comment": "success"}
    (comment,) = hub.state["comments"]
    head = hub.state["pulls"][0]["head"]["sha"]
    assert (comment["issue"], comment["user"]["login"]) == (number, BOT)
    assert " from `santral.yaml`. All of it is as in commit `" in comment["body"]
    assert without_origin(comment["body"]) == COMMENT.format(commit=head)
    assert jobs["plan"].steps["Plan"].outputs == {
        "change": "3",
        "in_sync": "0",
        "failed": "0",
        "this_change": "3",
        "drift": "1",
        "both": "0",
        "sandbox": "false",
    }
    assert jobs["plan"].steps["Plan"].summary.startswith("<!-- santral:plan -->\n")
    assert stand_in.count("POST") == 0


def test_the_next_push_updates_the_comment_in_place(runner: Runner, hub: Hub) -> None:
    """There is one comment, whatever else is said; somebody else's is not touched."""
    number = opened(hub)
    quoted = {
        "issue": number,
        "user": {"login": "biri"},
        "body": "<!-- santral:plan -->\nbence iyi",
    }
    hub.add("comments", **quoted)
    runner.pull_request(number)
    head = hub.commit("daha-sessiz", santral=QUIETEST)

    jobs = runner.pull_request(number)

    assert results(jobs)["comment"] == "success"
    somebodys, ours = hub.state["comments"]
    assert somebodys["body"] == quoted["body"]
    assert without_origin(ours["body"]) == NEXT_COMMENT.format(commit=head)


def test_the_merge_applies_the_reviewed_plan(runner: Runner, hub: Hub, stand_in: StandIn) -> None:
    """Each change once; the journal is kept, for nobody else knows the settings before."""
    number = opened(hub)
    runner.pull_request(number)
    hub.merge_pull(number)

    jobs = runner.on_main("push")

    assert results(jobs) == {"apply": "success"}
    assert jobs["apply"].steps[APPLY].code == 0
    assert ringing(stand_in) == {"ankara": "off", "bursa": "off", "canakkale": "off"}
    assert stand_in.count("POST") == 3
    journal = hub.state["artifacts"][-1]
    assert journal["name"] == "santral-journal-1"
    kept = hub.folder / "artifacts" / str(journal["number"]) / "journal.jsonl"
    records = map(json.loads, kept.read_text("utf-8").splitlines())
    assert {record["santral"] for record in records if "santral" in record} == {*NAMES}


def test_the_journal_stays_out_of_a_public_repository(runner: Runner, hub: Hub) -> None:
    """Its URLs are in full, and everybody can read the artifacts there."""
    runner.is_private = False
    number = opened(hub)
    runner.pull_request(number)
    hub.merge_pull(number)

    assert results(runner.on_main("push")) == {"apply": "success"}
    assert [one["name"][:12] for one in hub.state["artifacts"]] == ["santral-plan"]


def test_what_was_changed_in_the_panel_meanwhile_is_refused(
    runner: Runner, hub: Hub, stand_in: StandIn
) -> None:
    """That santral is not touched, and the job ends with 3; the others get what was reviewed."""
    number = opened(hub)
    runner.pull_request(number)
    hold(stand_in, "bursa", hangup="off")
    hub.merge_pull(number)

    jobs = runner.on_main("push")

    assert results(jobs) == {"apply": "failure"}
    apply = jobs["apply"].steps[APPLY]
    assert apply.code == 3
    assert "Apply: 2 applied, 0 in sync, 1 stale, 0 refused, 0 failed" in apply.stdout
    assert ringing(stand_in) == {"ankara": "off", "bursa": "on", "canakkale": "off"}


def test_a_change_by_the_panel_is_planned_and_applied_by_hand(
    runner: Runner, hub: Hub, stand_in: StandIn
) -> None:
    """After a refusal, a run by hand plans anew, and applies that plan once approved."""
    hub.commit("main", santral=QUIETER)
    hold(stand_in, "bursa", hangup="off")

    jobs = runner.on_main("workflow_dispatch")

    assert results(jobs) == {"validate": "success", "plan": "success", "apply": "success"}
    assert ringing(stand_in) == {"ankara": "off", "bursa": "off", "canakkale": "off"}
    assert str(stand_in.live("bursa").hangup) == "on"
    assert hub.state["comments"] == []


def without_pull_request(hub: Hub) -> str:
    """Push to main."""
    return hub.commit("main", santral=QUIETER)


def with_a_plan_that_expired(hub: Hub) -> str:
    """Merge a pull request whose plan GitHub keeps no longer."""
    number = opened(hub)
    keep_plan(hub, number, is_fork=False)
    hub.change("artifacts", 1, expired=True)
    return hub.merge_pull(number)


def with_a_plan_that_a_fork_made_up(hub: Hub) -> str:
    """Merge a fork's pull request, in which the workflow was changed to keep a plan of its own."""
    number = opened(hub, is_fork=True)
    keep_plan(hub, number, is_fork=True)
    return hub.merge_pull(number)


def keep_plan(hub: Hub, number: int, *, is_fork: bool) -> None:
    """Keep something under the name that the workflow gives to the plan of a pull request."""
    plan = hub.folder / "plan.json"
    plan.write_text("{}")
    head = hub.state["pulls"][number - 1]["head"]["sha"]
    hub.keep_artifact(f"santral-plan-{head}", [plan], run_of(1, head, is_fork=is_fork))


@pytest.mark.parametrize(
    "arrive", [without_pull_request, with_a_plan_that_expired, with_a_plan_that_a_fork_made_up]
)
def test_what_nobody_reviewed_is_not_applied(
    runner: Runner, hub: Hub, stand_in: StandIn, arrive: Callable[[Hub], str]
) -> None:
    """The failure says what to do; no key was looked at, no request made."""
    commit = arrive(hub)

    jobs = runner.on_main("push")

    assert results(jobs) == {"apply": "failure"}
    assert [name for name, _ in steps(jobs)] == [
        "Install santral",
        "Fetch the plan that was reviewed",
    ]
    assert jobs["apply"].steps["Fetch the plan that was reviewed"].stdout == (
        f"::error::There is no reviewed plan for {commit}: it came without a pull request of this "
        "repository, or the plan has expired. Nothing was applied. Run this workflow by hand on "
        "main (Actions, santral, Run workflow): it plans anew, and applies that plan once it is "
        "approved.\n"
    )
    assert stand_in.service.requests == []


def test_a_pull_request_from_a_fork_is_validated_and_no_more(
    runner: Runner, hub: Hub, stand_in: StandIn
) -> None:
    """What it changes runs beside no secret and no token."""
    number = opened(hub, is_fork=True)

    jobs = runner.pull_request(number)

    assert results(jobs) == {"validate": "success"}
    environments = [step.environment for _, step in steps(jobs)]
    assert [{"SANTRAL_KEYS", "GH_TOKEN"} & {*environment} for environment in environments] == [
        set(),
        set(),
    ]
    assert (stand_in.service.requests, hub.state["comments"]) == ([], [])


def test_a_file_with_a_mistake_is_not_planned(runner: Runner, hub: Hub, stand_in: StandIn) -> None:
    """The mistake is shown in the pull request, where it stands."""
    number = opened(hub, FILE.replace("hangup: on", "hangup: yes"))

    jobs = runner.pull_request(number)

    assert results(jobs) == {"validate": "failure"}
    assert "::error file=santral.yaml,line=6,col=13" in jobs["validate"].steps["Validate"].stdout
    assert stand_in.service.requests == []


def test_a_plan_of_which_a_part_failed_is_commented_on_too(runner: Runner, hub: Hub) -> None:
    """The check is red, and the comment says why."""
    runner.secrets = {"santral-plan": keys_of("ankara", "bursa")}
    number = opened(hub)

    jobs = runner.pull_request(number)

    assert results(jobs) == {"validate": "success", "plan": "failure", "comment": "success"}
    (comment,) = hub.state["comments"]
    head = hub.state["pulls"][0]["head"]["sha"]
    assert without_origin(comment["body"]) == PARTIAL_COMMENT.format(commit=head)


RUN_URL = "https://github.example/ornek/santral-ayarlari/actions/runs"
ISSUE = """\
<!-- santral:drift -->
The live settings differ from the file: somebody changed them in the panel, or a merged \
change is not applied yet. To keep one of these changes, put it in the file with a pull request; \
the next apply makes everything else match the file.

Found by {url}

<!-- santral:plan -->

**Drift: 1 drifted, 2 in sync, 0 failed.**

Each arrow points from the live value to the value in the file, which apply restores.

#### Single changes

| Santral | Change |
| --- | --- |
| `bursa`<br>`santral.yaml:11:3` | `hangup` `off` → `on` (drift) |
"""


def test_drift_opens_an_issue_and_keeps_it_up_to_date(
    runner: Runner, hub: Hub, stand_in: StandIn
) -> None:
    """One issue, as long as there is drift; when that is gone, it says so and is closed."""
    hold(stand_in, "bursa", hangup="off")

    first = runner.on_main("schedule")

    assert results(first) == {"drift": "success", "issue": "success"}
    assert first["drift"].outputs == {"artifact": "1", "code": "2", "drift": "1"}
    (issue,) = hub.state["issues"]
    assert issue["title"] == "Live settings differ from the file"
    assert without_origin(issue["body"]) == ISSUE.format(url=f"{RUN_URL}/1")

    hold(stand_in, "ankara", hangup="off")
    runner.on_main("schedule")

    (issue,) = hub.state["issues"]
    assert f"Found by {RUN_URL}/2\n" in issue["body"]
    assert "**Drift: 2 drifted, 1 in sync, 0 failed.**" in issue["body"]

    hold(stand_in, "ankara")
    hold(stand_in, "bursa")
    last = runner.on_main("schedule")

    assert last["drift"].outputs == {"artifact": "3", "code": "0", "drift": "0"}
    assert [issue["state"] for issue in hub.state["issues"]] == ["closed"]
    assert [comment["body"] for comment in hub.state["comments"]] == [
        f"The drift is gone, says {RUN_URL}/3"
    ]
    assert stand_in.count("POST") == 0


def test_without_drift_there_is_nothing_to_tell(runner: Runner, hub: Hub) -> None:
    """A night like most."""
    jobs = runner.on_main("schedule")

    assert results(jobs) == {"drift": "success", "issue": "success"}
    assert (hub.state["issues"], hub.state["comments"]) == ([], [])


def test_drift_is_told_also_when_a_santral_cannot_be_read(
    runner: Runner, hub: Hub, stand_in: StandIn
) -> None:
    """The job fails, for one is unknown; an issue is opened for what is known, and none closed."""
    runner.secrets = {"santral-drift": keys_of("ankara", "bursa")}
    hold(stand_in, "bursa", hangup="off")
    jobs = runner.on_main("schedule")

    assert results(jobs) == {"drift": "failure", "issue": "success"}
    assert jobs["drift"].outputs == {"artifact": "1", "code": "1", "drift": "1"}

    hold(stand_in, "bursa")
    runner.on_main("schedule")

    assert [issue["state"] for issue in hub.state["issues"]] == ["open"]


def test_keys_are_in_the_steps_that_need_them_and_nowhere_else(
    runner: Runner, hub: Hub, stand_in: StandIn
) -> None:
    """No step has both keys and a token, and no key is in anything that is left behind."""
    hold(stand_in, "bursa", hangup="off")
    number = opened(hub)
    runs = [runner.pull_request(number)]
    hub.merge_pull(number)
    runs += [runner.on_main(event) for event in ("push", "workflow_dispatch", "schedule")]
    done = [step for jobs in runs for step in steps(jobs)]

    assert {name for name, step in done if "SANTRAL_KEYS" in step.environment} == KEYED
    assert {name for name, step in done if "GH_TOKEN" in step.environment} & KEYED == set()
    left = [path.read_text("utf-8") for path in (hub.folder / "artifacts").rglob("*.*")]
    left += [json.dumps(hub.state), *(part for _, s in done for part in (s.stdout, s.stderr))]
    left += [step.summary for _, step in done]
    assert [name for name in NAMES if any(KEYS[name].reveal() in text for text in left)] == []


def test_what_to_install_must_be_said(runner: Runner, hub: Hub) -> None:
    """As ``init`` writes it, the workflow names no package; nobody could know one to trust."""
    runner.workflow["env"]["SANTRAL_PACKAGE"] = ""

    jobs = runner.pull_request(opened(hub))

    assert results(jobs) == {"validate": "failure"}
    assert (
        jobs["validate"]
        .steps["Install santral"]
        .stderr.endswith("SANTRAL_PACKAGE: is not set. Set it at the top of this workflow.\n")
    )


def test_the_program_is_installed_as_the_user_said(runner: Runner, hub: Hub) -> None:
    """Before the pull request's tree is there, which could put a pip of its own in the way."""
    jobs = runner.pull_request(opened(hub))

    installs = [job.steps["Install santral"] for job in jobs.values() if job.steps]
    told = f"-I -m pip install --quiet {PACKAGE}\n"
    elsewhere = [step.environment["RUNNER_TEMP"] for step in installs]
    assert [step.stdout for step in installs] == [f"{folder}: {told}" for folder in elsewhere]
    assert len(installs) == 3
    order = [
        step.get("name", step.get("uses")) for step in runner.workflow["jobs"]["plan"]["steps"]
    ]
    (checkout,) = (name for name in order if name.startswith("actions/checkout@"))
    assert order.index("Install santral") < order.index(checkout)


def test_a_cancelled_apply_ends_in_order(
    program: Program, runner: Runner, hub: Hub, stand_in: StandIn
) -> None:
    """GitHub signals the shell alone; the program has its place, and so finishes what it began."""
    steps = {step.get("name"): step for step in runner.workflow["jobs"]["apply"]["steps"]}
    script = program.write("script.sh", steps[APPLY]["run"])
    hub.commit("main", santral=QUIETER)
    assert program.run("plan", "--out", "plan.json").exit_code == 0
    is_sent, may_end = threading.Event(), threading.Event()

    def wait() -> None:
        is_sent.set()
        may_end.wait(120)

    stand_in.meanwhile("POST", do=wait)
    shell = subprocess.Popen(
        ["bash", "-e", str(script)],
        cwd=hub.desk,
        env={
            **os.environ,
            **runner.variables,
            **machine(hub.folder / "tools-from-nothing", start_from_nothing),
            **keys_of(*NAMES),
            "SANTRAL_PARALLELISM": "1",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert is_sent.wait(120)
    os.kill(shell.pid, signal.SIGINT)
    threading.Timer(0.5, may_end.set).start()
    stdout, _ = shell.communicate(timeout=120)

    assert shell.returncode == 130
    assert (
        "Apply: 1 applied, 0 in sync, 0 stale, 0 refused, 0 failed, 0 not verified, 2 not tried."
    ) in stdout.splitlines()
    assert stand_in.count("POST") == 1
