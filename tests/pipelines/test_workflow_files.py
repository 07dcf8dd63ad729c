"""The workflow files, ours and those that ``init`` writes: what they may do, and that they agree.

.ci/run has linters look at them too; here stands what this project asks for beyond that.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.forge import load
from support.places import ROOT
from support.program import Program

from reconciler.core.language import TURKISH
from reconciler.core.translation import catalogue_of
from reconciler.scaffold.wording import in_words

turkish = catalogue_of(TURKISH).gettext
TEMPLATES = ROOT / "reconciler" / "scaffold" / "templates"
TEMPLATE = TEMPLATES / "github-reviewers.yml"
MANUAL = TEMPLATES / "github-manual.yml"
REUSABLE = ROOT / ".github" / "workflows" / "santral.yml"
CI, CALLED, RELEASE = (
    ROOT / ".github" / "workflows" / f"{name}.yml" for name in ("ci", "called", "release")
)
ACTION = ROOT / ".github" / "actions" / "santral" / "action.yml"
WORKFLOWS = [TEMPLATE, MANUAL, REUSABLE, CI, CALLED, RELEASE]
FILES = [*WORKFLOWS, ACTION]

NO_RIGHTS: dict[str, str] = {}
READ = {"contents": "read"}
READ_ARTIFACTS = {**READ, "actions": "read"}
RIGHTS = {
    "validate": READ,
    "plan": READ_ARTIFACTS,
    "comment": {**READ, "pull-requests": "write"},
    "apply": {**READ_ARTIFACTS, "pull-requests": "read"},
    "drift": READ_ARTIFACTS,
    "issue": {**READ, "issues": "write"},
}
BY_HAND = {**RIGHTS, "apply": READ_ARTIFACTS}
del BY_HAND["comment"]
ENVIRONMENTS = {"plan": "santral-plan", "apply": "santral-apply", "drift": "santral-drift"}


def read(file: Path) -> dict[Any, Any]:
    """Read a workflow or an action."""
    return load(file.read_text("utf-8"))


def steps(file: Path) -> Iterator[dict[str, Any]]:
    """Yield every step of a workflow or an action."""
    document = read(file)
    jobs = document.get("jobs", {"": document.get("runs")})
    for job in jobs.values():
        yield from job.get("steps", ())


def uses(file: Path) -> list[tuple[str, str]]:
    """Return every action that a file uses, and the version behind it, which Dependabot reads."""
    return re.findall(r"uses: +(\S+)(?: # (v[\d.]+))?$", file.read_text("utf-8"), re.MULTILINE)


def name_of(path: Path) -> str:
    """Name a file in a test's name."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_every_action_is_pinned(file: Path) -> None:
    """By the full SHA of a commit, with the version that it is of; a tag can be moved."""
    others = [(action, version) for action, version in uses(file) if action[:2] != "$/"]

    assert others or file == CALLED
    for action, version in others:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert version, action


def test_the_files_agree_on_the_versions_of_actions() -> None:
    """One commit for each action, so that an update has no place to forget."""
    pins = {pin for file in FILES for pin in uses(file)}

    assert len(pins) == len({action.partition("@")[0] for action, _ in pins})


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_no_script_has_an_expression_in_it(file: Path) -> None:
    """What an expression stands for would be run as the script's own text; env is the way in."""
    assert [step["run"] for step in steps(file) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=name_of)
def test_a_workflow_has_no_rights_of_its_own(file: Path) -> None:
    """Each job is given what it needs; and none runs a fork's code beside secrets."""
    workflow = read(file)

    assert workflow["permissions"] == NO_RIGHTS
    assert [job for job in workflow["jobs"].values() if "permissions" not in job] == []
    assert "pull_request_target" not in file.read_text("utf-8")


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_no_checkout_leaves_its_token_behind(file: Path) -> None:
    """Later steps, and what they run, could read it."""
    checkouts = [step for step in steps(file) if "actions/checkout@" in step.get("uses", "")]

    assert [step["with"]["persist-credentials"] for step in checkouts] == [False] * len(checkouts)


@pytest.mark.parametrize(
    ("file", "rights"), [(TEMPLATE, RIGHTS), (MANUAL, BY_HAND), (REUSABLE, RIGHTS)], ids=str
)
def test_each_job_has_the_least_rights(file: Path, rights: dict[str, Any]) -> None:
    """The list above is the whole of what the pipeline may do, and where it has keys."""
    jobs = read(file)["jobs"]
    with_keys = [name for name, job in jobs.items() if "secrets." in str(job)]
    named = {name: job["environment"] for name, job in jobs.items() if "environment" in job}

    environments = {n: e["name"] if isinstance(e, dict) else e for n, e in named.items()}
    assert {name: job["permissions"] for name, job in jobs.items()} == rights
    assert {n: e.replace(NAME, "santral") for n, e in environments.items()} == ENVIRONMENTS
    assert with_keys == [*ENVIRONMENTS]
    for job in jobs.values():
        assert "secrets." not in str(job.get("env", ""))


NAME = "${{ inputs.name }}"
"""What stands for the name in the workflow to call."""
(QUEUED,) = re.findall(
    r" +- if: github.event_name == 'merge_group'\n.*\n", TEMPLATE.read_text("utf-8")
)
"""The step that refuses a merge queue."""
INSTALL = "Install santral"
IN_BOTH_LANGUAGES = {
    in_words(QUEUED, turkish).replace("\n", " && inputs.lang == 'tr'\n", 1): "",
    f"${{{{ inputs.lang == 'tr' && '{turkish(INSTALL)}' || '{INSTALL}' }}}}": INSTALL,
}
"""What is chosen by the input ``lang``: ``init`` writes one of both."""
FROM_ITS_OWN_COMMIT = {
    "# Fetch santral as it was when this workflow was written.": (
        "# Which packages may be installed is for main to say, not the pull request."
    ),
    (
        'repository: "${{ job.workflow_repository }}", ref: "${{ job.workflow_sha }}", '
        "path: santral-program"
    ): 'ref: "${{ github.event.repository.default_branch }}"',
    "cp -R santral-program ": "cp .github/santral.lock ",
    "--requirement=santral-program/requirements.lock": "--requirement=santral.lock",
    "./santral-program": '"${SANTRAL_PACKAGE:?is not set. Set it at the top of this workflow.}"',
    f'"{NAME}-apply"': "santral-apply",
    f'"{NAME}-drift"': "santral-drift",
    f'"{NAME}-journal"': "santral-journal",
    f'"{NAME}-plan"': "santral-plan",
    f"{NAME}-plan-": "santral-plan-",
}
"""What the workflow to call has, and the template in its place."""


def test_the_reusable_workflow_has_the_templates_jobs() -> None:
    """To the letter, but for its languages and where the program comes from: one text to review."""
    template, reusable = (file.read_text("utf-8") for file in (TEMPLATE, REUSABLE))
    jobs = reusable[reusable.index("\njobs:\n") :]
    for own, copied in {**IN_BOTH_LANGUAGES, **FROM_ITS_OWN_COMMIT}.items():
        assert own in jobs
        jobs = jobs.replace(own, copied)

    assert jobs == template[template.index("\njobs:\n") :]


def test_the_reusable_workflow_speaks_the_language_that_its_caller_names() -> None:
    """A workflow that is called gets no variable of its caller; English is the usual."""
    workflow = read(REUSABLE)

    assert workflow["env"]["SANTRAL_LANG"] == "${{ inputs.lang }}"
    assert workflow[True]["workflow_call"]["inputs"]["lang"]["default"] == "en"


@pytest.mark.parametrize("file", sorted(TEMPLATES.glob("*.yml")), ids=name_of)
def test_a_pipeline_is_read_in_one_sitting(file: Path) -> None:
    """What it does is the program's; a template lists it, in some 150 lines."""
    lines = map(str.strip, file.read_text("utf-8").splitlines())

    assert len([line for line in lines if line and not line.startswith("#")]) <= 155


def test_what_comes_first_is_for_the_command_that_applies(program: Program) -> None:
    """So its variables may stand beside SANTRAL_CONFIG: no other command has the options."""
    lines = "".join(
        re.sub(r"^ *#.*\n", "", file.read_text("utf-8"), flags=re.MULTILINE)
        for file in sorted(TEMPLATES.iterdir())
    )
    words = {*re.findall(r"santral ((?:ci )?[a-z][a-z-]*)", lines)}
    help_of = {word: program.run(*word.split(), "--help") for word in words}
    commands = {word for word, result in help_of.items() if result.exit_code == 0}

    assert commands == {
        *("validate", "plan", "apply", "rollback", "merge"),
        *("ci journal", "ci reviewed-plan", "ci comment", "ci issue"),
    }
    for option in ("--canary", "--max-failures"):
        assert {word for word in commands if option in help_of[word].stdout} == {"apply"}


FEW = {"SANTRAL_CANARY": "5%", "SANTRAL_MAX_FAILURES": "3"}


@pytest.mark.parametrize("file", sorted(TEMPLATES.glob("*.yml")), ids=name_of)
def test_a_few_first_is_a_matter_of_two_signs(file: Path) -> None:
    """The lines are there, each behind a # of its own, among the settings of the pipeline."""
    text = re.sub(r"^  # (SANTRAL_\w+: )", r"  \1", file.read_text("utf-8"), flags=re.MULTILINE)
    pipeline = load(text)

    assert (pipeline.get("env") or pipeline["variables"]).items() >= FEW.items()


def test_this_repositorys_ci_uses_both() -> None:
    """The reusable workflow and the action are tried where they are written."""
    (called,) = read(CALLED)["jobs"].values()

    assert called["uses"] == "$/.github/workflows/santral.yml"
    assert called["with"]["sandbox"] is True
    assert "$/.github/actions/santral" in {step.get("uses") for step in steps(CI)}


def test_the_hook_validates_the_file() -> None:
    """What pre-commit runs needs no key and no network."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))

    assert (hook["id"], hook["entry"], hook["language"]) == (
        "santral-validate",
        "santral validate",
        "python",
    )
    assert [name for name in ("santral.yaml", "x.yaml") if re.search(hook["files"], name)] == [
        "santral.yaml"
    ]
