"""The pipelines of .github/RECIPES.md for Azure DevOps, Jenkins and Bitbucket.

Their scripts are run in order as the runner of each runs them, with what it sets. .ci/run holds the
files against the schemas of the services.
"""

import os
import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.fleet import BURSA, KEYS, QUIETER, settings
from support.installed import stand_ins
from support.program import Program
from support.readme import RECIPES, blocks, section
from support.stand_in import StandIn

from reconciler import __version__

(AZURE,) = (yaml.safe_load(one) for one in blocks("yaml", section("Azure DevOps", RECIPES)))
(BITBUCKET,) = (yaml.safe_load(one) for one in blocks("yaml", section("Bitbucket", RECIPES)))
(JENKINSFILE,) = blocks("groovy", section("Jenkins", RECIPES))


NONE: Mapping[str, str] = {}


@dataclass
class Job:
    """One job after the other on a machine that has the checkout and the keys, and no santral."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)
    """The exit codes of its scripts."""

    @property
    def checkout(self) -> Path:
        return self.folder / "work"

    def begin(self) -> None:
        """Begin a job: what the one before had for itself is gone."""
        shutil.rmtree(self.folder / "own", ignore_errors=True)
        (self.folder / "own").mkdir()

    def run(self, command: list[str], script: str, more: Mapping[str, str] = NONE) -> str:
        """Run a script, note how it ended, and return what it prints."""
        file = self.folder / "script"
        file.write_text(script)
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        done = subprocess.run(
            [*command, str(file)],
            cwd=self.checkout,
            env={"PATH": path} | self.environment | {**more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.ended.append(done.returncode)
        return done.stdout


@pytest.fixture
def job(program: Program, in_sync: StandIn, tmp_path: Path) -> Job:
    """Give a job for a pull request that changes two santrals."""
    stand_ins(tmp_path, in_sync.origin)
    program.write("santral.yaml", QUIETER)
    (tmp_path / "keys").write_text("".join(f"{k}={v.reveal()}\n" for k, v in KEYS.items()))
    return Job(tmp_path)


CLICKED = settings("on", "on", "on", BURSA.notification_url)


def assert_applied(job: Job, in_sync: StandIn, printed: str, *reports: Path) -> None:
    """Assert that the plan was applied, but for the santral that was changed after it was made."""
    assert "\nPlan: 2 to change, 0 in sync, 0 failed. " in printed
    assert "\nApply: 1 applied, 0 in sync, 1 stale, " in printed
    assert not [name for name, key in KEYS.items() if key.reveal() in printed]
    assert (str(in_sync.live("ankara").answered), in_sync.live("bursa")) == ("off", CLICKED)
    for report in reports:
        cases = re.findall(r'<testcase [^>]*\bname="([^"]*)"', report.read_text("utf-8"))
        assert cases == ["ankara", "bursa"]
    pip = "-I -m pip install --quiet"
    installed = (job.folder / "installed").read_text().splitlines()
    assert installed[:2] == [
        f"{pip} --require-hashes --only-binary=:all: --requirement={job.checkout}/santral.lock",
        f"{pip} --no-deps --no-build-isolation --only-binary=santral-reconciler "
        f"santral-reconciler=={__version__}",
    ]
    assert {*installed[2:]} <= {*installed[:2]}


@dataclass
class Azure:
    """An agent of Azure, which runs steps: scripts, tasks, and what keeps files."""

    job: Job

    def __post_init__(self) -> None:
        self.variables = {
            "Agent.TempDirectory": str(self.job.folder / "own"),
            "Build.ArtifactStagingDirectory": str(self.job.folder / "staging"),
            "Build.SourcesDirectory": str(self.job.checkout),
            "Pipeline.Workspace": str(self.job.folder / "artifacts"),
            "System.JobAttempt": "1",
            "keys.secureFilePath": str(self.job.folder / "keys"),
        }
        set_ = {name.upper().replace(".", "_"): here for name, here in self.variables.items()}
        self.job.environment = set_ | AZURE["variables"] | {"BUILD_REASON": "IndividualCI"}
        (self.job.folder / "staging").mkdir()

    def run(self, job: Mapping[str, Any]) -> str:
        """Run a job; return what it prints."""
        self.job.begin()
        steps = job.get("steps") or job["strategy"]["runOnce"]["deploy"]["steps"]
        return "".join(map(self._step, steps))

    def _step(self, step: Mapping[str, Any]) -> str:
        if "publish" in step:
            place = self.job.folder / "artifacts" / self._filled(step["artifact"])
            shutil.copytree(self._filled(step["publish"]), place)
        elif step.get("task") == "PublishTestResults@2":
            folder, name = step["inputs"]["searchFolder"], step["inputs"]["testResultsFiles"]
            shutil.copy(Path(self._filled(folder), name), self.job.folder)
        return self._script(step) if "bash" in step else ""

    def _script(self, step: Mapping[str, Any]) -> str:
        assert "$(" not in step["bash"], "Azure would put a variable into the script"
        given = {name: self._filled(value) for name, value in step.get("env", {}).items()}
        return self.job.run(["bash", "--noprofile", "--norc"], step["bash"], given)

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\(([\w.]+)\)", lambda found: self.variables[found[1]], text)


def test_azure_applies_the_plan_that_was_approved(job: Job, in_sync: StandIn) -> None:
    """Its file is only read by its owner, and the journal is kept."""
    agent = Azure(job)
    ((plan,), (apply,)) = (stage["jobs"] for stage in AZURE["stages"])

    printed = agent.run(plan)
    in_sync.hold("bursa", CLICKED)
    printed += agent.run(apply)

    assert job.ended == [0, 0, 0, 3], printed

    reports = (job.folder / f"santral-{name}.xml" for name in ("plan", "apply"))
    assert_applied(job, in_sync, printed, *reports)
    assert (job.folder / "keys").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (job.folder / "artifacts/journal-1").iterdir()] == [
        "journal.jsonl"
    ]


def test_the_daily_run_fails_when_something_differs(job: Job, in_sync: StandIn) -> None:
    """On Azure, Jenkins and Bitbucket alike; nothing is changed."""
    job.begin()
    install, plan = (
        step["bash"] for step in AZURE["stages"][0]["jobs"][0]["steps"] if "bash" in step
    )
    jenkins = jenkins_stages()
    places = {"AGENT_TEMPDIRECTORY": "own", "WORKSPACE_TMP": "own", "WORKSPACE": "work"}
    job.environment = {name: str(job.folder / place) for name, place in places.items()} | {
        "BUILD_SOURCESDIRECTORY": str(job.checkout),
        "BUILD_REASON": "Schedule",
        "SANTRAL_PACKAGE": f"santral-reconciler=={__version__}",
        "SANTRAL_KEYS_FILE": str(job.folder / "keys"),
    }
    for script in (install, jenkins["Install"]):
        job.run(["bash"], script)

    (drift,) = BITBUCKET["pipelines"]["custom"]["drift"]
    bitbucket = drift["step"]["script"][-1].replace(PROGRAM, f"{job.folder}/own/santral")
    (job.checkout / "test-results").mkdir()
    for script in (plan, jenkins["Drift"], bitbucket):
        printed = job.run(["bash"], script)
        assert "\nDrift: 2 drifted, 0 in sync, 0 failed. " in printed
    assert (job.ended, in_sync.count("POST")) == ([0, 0, 2, 2, 2], 0)
    assert "when { triggeredBy 'TimerTrigger' }" in JENKINSFILE


def test_only_main_is_applied_by_azure_and_by_nobody_at_night() -> None:
    """And not before somebody lets a job into the environment."""
    plan, apply = AZURE["stages"]
    (deployment,) = apply["jobs"]

    assert "condition" not in plan
    assert apply["condition"] == (
        "and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'),"
        " ne(variables['Build.Reason'], 'Schedule'))"
    )
    assert deployment["environment"] == "santral"
    for stage in AZURE["stages"]:
        (one,) = stage["jobs"]
        assert int(one["timeoutInMinutes"]) * 60 > int(AZURE["variables"]["SANTRAL_TIME_LIMIT"])


def jenkins_stages() -> dict[str, str]:
    """Return the script of each stage."""
    pattern = re.compile(r"stage\('(\w+)'\).*?\bsh (?:'''(.*?)'''|'([^']*)')", re.DOTALL)
    return {name: textwrap.dedent(a or b) for name, a, b in pattern.findall(JENKINSFILE)}


def test_jenkins_applies_the_plan_that_somebody_saw(job: Job, in_sync: StandIn) -> None:
    """With the shell of its step, which shows each command; no key is in what it shows."""
    (block,) = re.findall(r"^  environment \{\n(.*?)^  \}", JENKINSFILE, re.DOTALL | re.MULTILINE)
    job.environment = dict(re.findall(r"^ *(\w+) = '([^']*)'", block, re.MULTILINE)) | {
        "WORKSPACE": str(job.checkout),
        "WORKSPACE_TMP": str(job.folder / "own"),
    }
    job.begin()
    stages = jenkins_stages()
    keys = {"SANTRAL_KEYS_FILE": str(job.folder / "keys")}
    (job.folder / "keys").chmod(0o400)

    shell = ["/bin/sh", "-xe"]
    printed = job.run(shell, stages["Install"]) + job.run(shell, stages["Plan"], keys)
    in_sync.hold("bursa", CLICKED)
    printed += job.run(shell, stages["Apply"], keys)

    reports = job.checkout / "reports"
    assert job.ended == [0, 0, 3], printed
    assert_applied(job, in_sync, printed, reports / "plan.xml", reports / "apply.xml")
    job.run(shell, stages["Install"])
    assert [*reports.iterdir()] == [], "nothing of an earlier run is shown"


def test_jenkins_asks_on_main_alone() -> None:
    """Outside of what runs by itself, and before the keys of the stage are there."""
    stage = JENKINSFILE.partition("stage('Apply')")[2].partition("post {")[0]

    assert "when { branch 'main'; not { triggeredBy 'TimerTrigger' }; beforeInput true }" in stage
    assert stage.index("input {") < stage.index("credentials(")
    assert JENKINSFILE.count("{") == JENKINSFILE.count("}")


PROGRAM = "/tmp/santral"  # noqa: S108 - in a container of the job's own
"""Where the program is, on Bitbucket."""


def bitbucket_scripts() -> Iterator[list[str]]:
    """Yield the script of each step for main."""
    for one in BITBUCKET["pipelines"]["branches"]["main"]:
        yield one["step"]["script"]


def test_bitbucket_applies_the_plan_that_was_made(job: Job, in_sync: StandIn) -> None:
    """Steps share what is an artifact, and nothing else."""
    line = ",".join(f'"{name}":"{key.reveal()}"' for name, key in KEYS.items())
    job.environment = {
        "BITBUCKET_CLONE_DIR": str(job.checkout),
        "SANTRAL_KEYS": f"{{{line}}}",
        "CI": "true",
    }
    printed = ""
    for script in bitbucket_scripts():
        job.begin()
        here = "\n".join(script).replace(PROGRAM, f"{job.folder}/own/santral")
        printed += job.run(["/bin/bash", "-e"], here)
        in_sync.hold("bursa", CLICKED)

    assert job.ended == [0, 3], printed
    reports = (job.checkout / "test-results" / f"{name}.xml" for name in ("plan", "apply"))
    assert_applied(job, in_sync, printed, *reports)
    (pull_request,) = BITBUCKET["pipelines"]["pull-requests"].values()
    plan, apply = BITBUCKET["pipelines"]["branches"]["main"]
    assert pull_request == [plan]
    assert (apply["step"]["trigger"], apply["step"]["deployment"]) == ("manual", "production")
    (journal,) = apply["step"]["artifacts"]["upload"]
    assert journal["capture-on"] == "always", "what failed is what somebody may have to undo"
    assert [(job.checkout / path).is_file() for path in journal["paths"]] == [True]
