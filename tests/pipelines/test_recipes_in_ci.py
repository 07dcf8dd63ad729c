"""The pipelines of .github/RECIPES.md for Azure DevOps, Jenkins and Bitbucket.

Their scripts are run in order as the runner of each runs them, with what it sets. .ci/run holds the
files against the schemas of the services.
"""

import os
import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import warm
from support.fleet import KEYS, QUIETER
from support.program import Program
from support.readme import RECIPES, blocks, section
from support.stand_in import StandIn

(AZURE,) = (yaml.safe_load(one) for one in blocks("yaml", section("Azure DevOps", RECIPES)))
(BITBUCKET,) = (yaml.safe_load(one) for one in blocks("yaml", section("Bitbucket", RECIPES)))
(JENKINSFILE,) = blocks("groovy", section("Jenkins", RECIPES))


@dataclass
class Job:
    """One job after the other on a machine that has the checkout and the keys, and no santral."""

    folder: Path
    origin: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def checkout(self) -> Path:
        return self.folder / "work"

    def begin(self) -> None:
        """Begin a job: what the one before had for itself is gone."""
        shutil.rmtree(self.folder / "own", ignore_errors=True)
        (self.folder / "own").mkdir()

    def run(
        self, command: list[str], script: str, more: Mapping[str, str] = {}, exit_code: int = 0
    ) -> str:
        """Run a script, which must end with this exit code; return what it prints."""
        file = self.folder / "script"
        file.write_text(script)
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        done = subprocess.run(
            [*command, str(file)],
            cwd=self.checkout,
            env={"PATH": path} | self.environment | {**more},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == exit_code, (script, done.stderr)
        return done.stdout


@pytest.fixture
def job(program: Program, in_sync: StandIn, tmp_path: Path) -> Job:
    """Give a job for a pull request that changes two santrals."""
    made = tmp_path / "made"
    for path, script in {
        tmp_path / "bin/python3": f'mkdir -p "$3/bin" && cp "{made}"/* "$3/bin"',
        made / "python": f'echo "$@" >> "{tmp_path}/installed"',
        made / "santral": f"export SANTRAL_API_URL={in_sync.origin}\n{warm.start()}",
    }.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    program.write("santral.yaml", QUIETER)
    (tmp_path / "keys").write_text("".join(f"{k}={v.reveal()}\n" for k, v in KEYS.items()))
    return Job(tmp_path, in_sync.origin)


def assert_applied(job: Job, in_sync: StandIn, printed: str, *reports: Path) -> None:
    """Assert that the change was made, is told santral by santral, and can be rolled back."""
    assert "\nPlan: 2 to change, 0 in sync, 0 failed. " in printed
    assert "\nApply: 2 applied, 0 in sync, " in printed
    assert {str(in_sync.live(name).answered) for name in ("ankara", "bursa")} == {"off"}
    for report in reports:
        cases = re.findall(r'<testcase [^>]*\bname="([^"]*)"', report.read_text("utf-8"))
        assert cases == ["ankara", "bursa"]
    pip = "-I -m pip install --quiet"
    assert (job.folder / "installed").read_text().splitlines() == [
        f"{pip} --require-hashes --only-binary=:all: --requirement={job.checkout}/santral.lock",
        f"{pip} --no-deps --no-build-isolation santral-reconciler==0.2.0",
    ] * 2


AZURE_FOLDERS = {
    "Agent.TempDirectory": "own",
    "Build.ArtifactStagingDirectory": "staging",
    "Build.SourcesDirectory": "work",
    "Pipeline.Workspace": "artifacts",
    "System.JobAttempt": "1",
}


def on_azure(job: Job) -> Iterator[tuple[dict[str, Any], str]]:
    """Run both stages; yield each step with what it printed."""
    places = {name: str(job.folder / place) for name, place in AZURE_FOLDERS.items()}
    set_ = {name.upper().replace(".", "_"): place for name, place in places.items()}
    job.environment = set_ | AZURE["variables"] | {"BUILD_REASON": "IndividualCI"}
    known = places | {"System.JobAttempt": "1", "keys.secureFilePath": str(job.folder / "keys")}

    def filled(text: str) -> str:
        return re.sub(r"\$\(([\w.]+)\)", lambda found: known[found[1]], text)

    (job.folder / "staging").mkdir()
    for stage in AZURE["stages"]:
        job.begin()
        (one,) = stage["jobs"]
        for step in one.get("steps") or one["strategy"]["runOnce"]["deploy"]["steps"]:
            printed = ""
            if "bash" in step:
                given = {name: filled(value) for name, value in step.get("env", {}).items()}
                assert "$(" not in step["bash"], "Azure would put a variable into the script"
                printed = job.run(["bash", "--noprofile", "--norc"], step["bash"], given)
            if "publish" in step:
                place = job.folder / "artifacts" / filled(step["artifact"])
                shutil.copytree(filled(step["publish"]), place)
            if "PublishTestResults" in step.get("task", ""):
                inputs = step["inputs"]
                name = inputs["testResultsFiles"]
                shutil.copy(Path(filled(inputs["searchFolder"]), name), job.folder / name)
            yield step, printed


def test_azure_applies_the_plan_that_was_approved(job: Job, in_sync: StandIn) -> None:
    """Its file is only read by its owner, and the journal is kept."""
    printed = "".join(text for _, text in on_azure(job))

    reports = (job.folder / f"santral-{name}.xml" for name in ("plan", "apply"))
    assert_applied(job, in_sync, printed, *reports)
    assert (job.folder / "keys").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (job.folder / "artifacts/journal-1").iterdir()] == [
        "journal.jsonl"
    ]


def test_the_daily_run_fails_when_something_differs(job: Job, in_sync: StandIn) -> None:
    """On Azure and on Jenkins alike; nothing is changed."""
    job.begin()
    install, plan = (
        step["bash"] for step in AZURE["stages"][0]["jobs"][0]["steps"] if "bash" in step
    )
    jenkins = jenkins_stages()
    places = {"AGENT_TEMPDIRECTORY": "own", "WORKSPACE_TMP": "own", "WORKSPACE": "work"}
    job.environment = {name: str(job.folder / place) for name, place in places.items()} | {
        "BUILD_SOURCESDIRECTORY": str(job.checkout),
        "BUILD_REASON": "Schedule",
        "SANTRAL_PACKAGE": "santral-reconciler==0.2.0",
        "SANTRAL_KEYS_FILE": str(job.folder / "keys"),
    }
    for script in (install, jenkins["Install"]):
        job.run(["bash"], script)

    for script in (plan, jenkins["Drift"]):
        printed = job.run(["bash"], script, exit_code=2)
        assert "\nDrift: 2 drifted, 0 in sync, 0 failed. " in printed
    assert in_sync.count("POST") == 0
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
    del stages["Drift"]
    keys = {"SANTRAL_KEYS_FILE": str(job.folder / "keys")}
    (job.folder / "keys").chmod(0o400)

    printed = ""
    for name, script in stages.items():
        printed += job.run(["/bin/sh", "-xe"], script, {} if name == "Install" else keys)
    job.run(["/bin/sh", "-xe"], stages["Install"])

    assert [*stages] == ["Install", "Plan", "Apply"]
    assert "\nApply: 2 applied, 0 in sync, " in printed
    assert [*(job.checkout / "reports").iterdir()] == [], "nothing of an earlier run is shown"


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

    reports = (job.checkout / "test-results" / f"{name}.xml" for name in ("plan", "apply"))
    assert_applied(job, in_sync, printed, *reports)
    (pull_request,) = BITBUCKET["pipelines"]["pull-requests"].values()
    plan, apply = BITBUCKET["pipelines"]["branches"]["main"]
    assert pull_request == [plan]
    assert (apply["step"]["trigger"], apply["step"]["deployment"]) == ("manual", "production")
