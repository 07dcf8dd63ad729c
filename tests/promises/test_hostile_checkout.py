"""A pull request puts modules of its own at the checkout's top: no pipeline imports any.

The programs are real here (Python, venv, pip, git); what pip installs is a stand-in of santral,
which needs nothing from elsewhere and says what it was given.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pip
import pytest
from support.forge import load
from support.hostile_checkout import COMMITTED, MODULES, OUTPUTS, Places
from support.jobs_with_keys import PROGRAM, Job, github_jobs, gitlab_jobs
from support.places import CONTRIBUTING, ROOT
from support.wheels import FORGOTTEN, leaving, make_hostile, make_wheel

ACTION = load((ROOT / ".github" / "actions" / "santral" / "action.yml").read_text("utf-8"))
TEMPLATES = {
    path.stem: load(path.read_text("utf-8"))
    for path in (ROOT / "reconciler" / "scaffold" / "templates").glob("*.yml")
}
REUSABLE = load((ROOT / ".github" / "workflows" / "santral.yml").read_text("utf-8"))

SHELL = ("--noprofile", "--norc", "-eo", "pipefail")
"""How runners start bash."""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Give a hostile repository, a machine's own folder and the stand-in."""
    places = Places(tmp_path)
    places.prepare()
    places.check_out("evil")
    return places


def environment(places: Places, **more: str) -> dict[str, str]:
    """Return the environment of a job; pip finds packages in the index of these places only."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(places.top / "home"),
        "CI": "true",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(places.index),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "RUNNER_TEMP": str(places.temp),
        "GITHUB_WORKSPACE": str(places.checkout),
        "SANTRAL_PACKAGE": str(places.program),
        **more,
    }


def run(places: Places, script: str, variables: Mapping[str, str]) -> Any:
    """Run a script in the checkout, as a runner does."""
    return subprocess.run(
        ["bash", *SHELL, "-c", script],
        cwd=places.checkout,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


COMMANDS = {
    "plan --detailed-exitcode": ["plan", "--detailed-exitcode"],
    "plan\n  --detailed-exitcode\n": ["plan", "--detailed-exitcode"],
    "plan\r\n--detailed-exitcode\r\n": ["plan", "--detailed-exitcode"],
    "\tplan \t --detailed-exitcode": ["plan", "--detailed-exitcode"],
    "plan\n--target * $HOME `id` $(id) ; id": [
        *("plan", "--target", "*", "$HOME", "`id`", "$(id)", ";", "id"),
    ],
}
"""What the action may be given, and the arguments that this is: no line is lost, nothing is run."""


def test_the_action_imports_nothing_of_the_checkout_and_keeps_every_line(places: Places) -> None:
    """Not when it makes its environment, not when it installs, not when it runs.

    Nor does it take newer packages than those that it pins.
    """
    make_hostile(places.index, "2", places.mark)
    action = places.program / ".github" / "actions" / "santral"
    variables = environment(places, PYTHON=sys.executable, GITHUB_ACTION_PATH=str(action))
    action.mkdir(parents=True)

    install, command = (step["run"] for step in ACTION["runs"]["steps"] if "run" in step)
    installed = run(places, install, variables)
    ran = [run(places, command, variables | {"COMMAND": given}) for given in COMMANDS]

    assert [(done.returncode, done.stderr) for done in (installed, *ran)] == [(0, "")] * 6
    assert [json.loads(done.stdout) for done in ran] == [*COMMANDS.values()]
    assert places.marks == ""


def python_for(places: Places) -> str:
    """Make an environment for pip to install into; return the start of a PATH that names it.

    A new pip is long in the making, so it has the one that is here. There is a stand-in of gh, too.
    """
    folder = places.top / "python"
    subprocess.run([sys.executable, "-I", "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "pip").symlink_to(Path(pip.__file__).parent)
    (folder / "bin" / "gh").write_text("#!/bin/sh\necho 1\n")
    (folder / "bin" / "gh").chmod(0o755)
    return f"{folder}/bin{os.pathsep}"


CARELESS = {
    "pip by a Python that is not isolated": "python -m pip --version",
    "an environment made so": "python -m venv --without-pip x",
    "the program by a Python that is not isolated": "python -m santral",
    "the search path for modules": "PYTHONPATH=$PWD python -c 0",
    "the search path for programs": 'PATH=$PWD:$PATH; git --version; python; "$(command -v pip)"',
    "the checkout as a package": "python -I -m pip install --no-build-isolation .",
    "the lock of the pull request": (
        "python -I -m pip install --require-hashes -r .github/santral.lock; python -I -c 0"
    ),
    "the lock of a tag that has the branch's name": (
        'git show origin/main:.gitlab/santral.lock >"$RUNNER_TEMP/lock"; cd "$RUNNER_TEMP"; '
        "python -I -m pip install --require-hashes -r lock; python -I -c 0"
    ),
    "the wheels of the checkout": (
        "python -I -m pip install --find-links .github standin-library; python -I -c 0"
    ),
    "the checkout as the home folder": (
        "HOME=$PWD python -I -m pip install standin-library --target=y; PYTHONPATH=y python -Ic 0;"
        "HOME=$PWD git -c core.pager=cat status"
    ),
    "a checkout in a folder with hooks": "git checkout -q HEAD^",
    "a folder for modules of the site": (
        "python -I -c 'import os, site; site.addsitedir(os.getcwd())'"
    ),
}
"""What a pipeline must not do, each of which meets something hostile."""


@pytest.mark.parametrize("script", CARELESS.values(), ids=CARELESS)
def test_the_checkout_is_hostile(places: Places, script: str) -> None:
    """So the tests here prove something."""
    path = python_for(places) + os.environ["PATH"]
    done = run(places, script, environment(places, PATH=path))

    assert places.marks != "", done.stderr


JOBS = {
    f"{pipeline}, {name}": job
    for pipeline, jobs in (
        ("GitHub, reviewers", github_jobs(TEMPLATES["github-reviewers"])),
        ("GitHub, manual", github_jobs(TEMPLATES["github-manual"])),
        ("GitHub, called", github_jobs(REUSABLE)),
        ("GitLab, reviewers", gitlab_jobs(TEMPLATES["gitlab-reviewers"])),
        ("GitLab, manual", gitlab_jobs(TEMPLATES["gitlab-manual"])),
    )
    for name, job in jobs
}


PLANNING = {name: job for name, job in JOBS.items() if name.endswith("plan") and "roll" not in name}
"""One job of each pipeline; all of them install in the same way."""


def each(jobs: Mapping[str, Job]) -> pytest.MarkDecorator:
    """Try each of the jobs; one that several pipelines have, to the letter, is tried once."""
    names: dict[str, str] = {}
    for name, job in jobs.items():
        names.setdefault(repr(job), name)
    chosen = {name: jobs[name] for name in names.values()}
    return pytest.mark.parametrize("job", chosen.values(), ids=chosen)


def variables_of(places: Places) -> dict[str, str]:
    """Return the environment of a job that has keys, on either."""
    files = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
    return environment(
        places,
        PATH=python_for(places) + os.environ["PATH"],
        SANTRAL_KEYS="ankara=of-a-santral-and-of-no-shape",
        GITHUB_SHA="HEAD",
        GITHUB_EVENT_NAME="workflow_dispatch",
        GITHUB_REF_NAME="main",
        GITHUB_REPOSITORY="ekip/ayarlar",
        CI_PIPELINE_SOURCE="web",
        SANTRAL_GITLAB_TOKEN="of-nobody",  # noqa: S106 - nobody's
        CI_DEFAULT_BRANCH="main",
        CI_PROJECT_DIR=str(places.checkout),
        **{name: str(places.top / name) for name in files},
    )


def do(places: Places, job: Job, **more: str) -> list[Any]:
    """Carry out a job; return what became of its scripts, of which the last may have failed."""
    variables, ran = variables_of(places) | more, []
    for step in job:
        if step.branch == PROGRAM:
            (places.checkout / step.folder).symlink_to(places.program)
        elif step.script is None:
            places.check_out(step.branch, step.folder)
        else:
            script = f'cd "{step.folder}"\n{step.script}'
            ran.append(run(places, script, variables | dict(step.variables)))
            if ran[-1].returncode:
                break
    return ran


@each(JOBS)
def test_a_job_with_keys_takes_nothing_from_the_checkout(places: Places, job: Job) -> None:
    """It imports nothing of it, and has no file there that a pull request can have committed.

    Nor does it install a newer package than the lock names, be it of its build tool.
    """
    make_hostile(places.index, "2", places.mark)

    ran = do(places, job)

    lines = [line for done in ran for line in done.stdout.splitlines()]
    commands = [json.loads(line) for line in lines if line.startswith('["')]
    names = [name.rpartition("=")[2] for command in commands for name in command]
    assert [(done.returncode, done.stderr) for done in ran] == [(0, "")] * len(ran)
    assert {command[0] for command in commands} <= {"ci", "plan", "apply", "rollback"}
    assert commands
    assert [name for name in names if is_committed(places.checkout / name)] == []
    assert places.marks == ""


@each(PLANNING)
def test_no_job_with_keys_installs_what_was_replaced(places: Places, job: Job) -> None:
    """Other files under the name and version that are pinned: the job ends before the program."""
    make_hostile(places.index, "1", places.mark)

    ran = do(places, job)

    assert (ran[-1].returncode, ran[-1].stdout, places.marks) == (1, "", "")
    assert "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE." in (
        ran[-1].stderr
    )


@each(PLANNING)
def test_no_job_with_keys_runs_with_the_lock_of_another_version(places: Places, job: Job) -> None:
    """What the program needs and the lock does not name is not installed, and is told."""
    make_hostile(places.index, "2", places.mark)
    (places.program / "more-needed").write_text(FORGOTTEN)

    ran = do(places, job)

    told = "santral-reconciler 0 requires standin-forgotten, which is not installed.\n"
    assert (ran[-1].returncode, ran[-1].stdout, places.marks) == (1, told, "")


def is_committed(file: Path) -> bool:
    """Return whether a file is there, and as the pull request has it."""
    return file.is_file() and COMMITTED in file.read_text("utf-8")


HANDING_OVER = {name: job for name, job in JOBS.items() if name.startswith("GitLab")}


@pytest.mark.parametrize("place", [".santral-ci", ".santral-ci/plan.json"])
@each(HANDING_OVER)
def test_a_job_ends_where_the_repository_has_the_folder_that_jobs_hand_files_over_in(
    places: Places, job: Job, place: str
) -> None:
    """What lies there is from the job before or from the repository, and nobody could say which."""
    places.commit_everywhere(place)

    (ended,) = do(places, job)

    assert (ended.returncode, ended.stdout, places.marks) == (1, REFUSED, "")


REFUSED = (
    "This repository holds .santral-ci, where the jobs hand files over to each other. Remove it "
    "with git rm -r .santral-ci.\n"
)
SETS_ITSELF_UP = """\
[build-system]
requires = []
build-backend = "building"
backend-path = ["."]
"""
"""A source distribution that brings what builds it."""


def offer_source(places: Places) -> None:
    """Put a source distribution of santral into the index, which leaves a mark when it is built."""
    name = "santral_reconciler-0"
    folder = places.top / name
    folder.mkdir()
    (folder / "pyproject.toml").write_text(SETS_ITSELF_UP)
    (folder / "building.py").write_text(leaving(places.mark, "the source distribution"))
    shutil.make_archive(str(places.index / name), "gztar", places.top, name)


def offer_wheel(places: Places) -> None:
    """Put a wheel of santral into the index, which says so when it is run."""
    files = {
        "reconciler/__init__.py": "",
        "reconciler/__main__.py": "def run():\n    print('a run of the wheel')\n",
        "santral_reconciler-0.dist-info/entry_points.txt": (
            "[console_scripts]\nsantral = reconciler.__main__:run\n"
        ),
    }
    make_wheel(places.index, "santral_reconciler", "0", files)


COPIED = {name: job for name, job in PLANNING.items() if "called" not in name}
"""Those that are told what to install; a called workflow installs what it belongs to."""


@each(COPIED)
def test_a_version_of_an_index_is_installed_from_its_wheel(places: Places, job: Job) -> None:
    """Not from what has to be built first, which is run beside the keys."""
    offer_source(places)
    offer_wheel(places)

    ran = do(places, job, SANTRAL_PACKAGE="santral-reconciler==0")

    assert [(done.returncode, done.stderr) for done in ran] == [(0, "")] * len(ran)
    assert (ran[-1].stdout.splitlines()[-1], places.marks) == ("a run of the wheel", "")


@each(COPIED)
def test_a_version_that_has_no_wheel_is_not_installed(places: Places, job: Job) -> None:
    """The job ends there."""
    offer_source(places)

    ended = do(places, job, SANTRAL_PACKAGE="santral-reconciler==0")[-1]

    assert (ended.returncode, ended.stdout, places.marks) == (1, "", "")
    assert "No matching distribution found for santral-reconciler==0" in ended.stderr


@each(COPIED)
def test_a_pipeline_without_a_package_stops(places: Places, job: Job) -> None:
    """The job goes no further."""
    ended = do(places, job, SANTRAL_PACKAGE="")[-1]

    assert (ended.returncode != 0, ended.stdout) == (True, "")
    assert "SANTRAL_PACKAGE: is not set. Set it at the top of this " in ended.stderr


IN_TEMP = (
    "plan --base HEAD^ --out {temp}/plan.json --format github --format html={temp}/plan.html",
    "apply {temp}/plan.json --yes --format github",
    "plan --drift --detailed-exitcode --format github --format markdown={temp}/drift.md",
    "rollback --yes",
)
"""What jobs with keys run, one after the other."""


def test_the_program_itself_believes_nothing_of_the_folder_it_runs_in(places: Places) -> None:
    """It imports nothing, starts nothing, and shows and keeps nothing that was committed."""
    santral = Path(sys.executable).parent / "santral"
    journal = str(places.temp / "journal.jsonl")
    variables = variables_of(places) | {"SANTRAL_SANDBOX": "true", "SANTRAL_JOURNAL": journal}
    ran = [
        run(places, f"{santral} {command.format(temp=places.temp)}", variables)
        for command in IN_TEMP
    ]

    assert [done.returncode for done in ran] == [0] * len(IN_TEMP), ran
    assert places.marks == ""
    assert COMMITTED not in str(ran)
    made = {path.name: path.read_text("utf-8") for path in places.temp.iterdir()}
    assert made.keys() == {"plan.json", "plan.html", "journal.jsonl", "drift.md"}
    assert [name for name, text in made.items() if COMMITTED in text] == []
    assert [name for name in OUTPUTS if not is_committed(places.checkout / name)] == []


@pytest.mark.parametrize(
    "program",
    [(sys.executable, "-P", "-m", "reconciler"), (str(Path(sys.executable).parent / "santral"),)],
    ids=["module", "script"],
)
def test_the_program_itself_imports_nothing_of_the_folder_it_runs_in(
    places: Places, program: tuple[str, ...]
) -> None:
    """As ``python -P -m reconciler``, which is the console script."""
    done = subprocess.run(
        [*program, "schema"], cwd=places.checkout, capture_output=True, check=False
    )

    assert (done.returncode, done.stderr, places.marks) == (0, b"", "")


def test_no_text_of_ours_runs_the_program_from_the_folder() -> None:
    """Without -P, Python would import a logging.py that lies there."""
    documents = (
        "README.md",
        "README.tr.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        ".github/PIPELINES.md",
    )
    for name in (*documents, ".ci/run", ".pre-commit-hooks.yaml"):
        assert " -m reconciler" not in (ROOT / name).read_text("utf-8").replace(
            "-P -m reconciler", ""
        )


def test_the_number_of_attacks_is_the_documented_one() -> None:
    """One fewer would be seen."""
    claims = CONTRIBUTING.read_text("utf-8")
    assert f"a checkout with {len(MODULES)} modules, packages" in claims
    attacked = f"{len(JOBS)} jobs, {len(COMMANDS)} commands, {len(CARELESS)} careless ones |"
    assert f"`tests/promises/test_hostile_checkout.py` | {attacked}" in claims
