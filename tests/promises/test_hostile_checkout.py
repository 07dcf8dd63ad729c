"""A pull request puts modules of its own at the checkout's top: no pipeline imports any.

The programs are real here (Python, venv, pip); what pip installs is a stand-in of santral, which
needs nothing from elsewhere and says what it was given.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pip
import pytest
from support.forge import load
from support.places import CONTRIBUTING, ROOT

ACTION = load((ROOT / ".github" / "actions" / "santral" / "action.yml").read_text("utf-8"))
GITHUB = load((ROOT / "reconciler" / "scaffold" / "templates" / "github.yml").read_text("utf-8"))
GITLAB = load((ROOT / "reconciler" / "scaffold" / "templates" / "gitlab.yml").read_text("utf-8"))
REUSABLE = load((ROOT / ".github" / "workflows" / "santral.yml").read_text("utf-8"))

BACKEND = '''\
"""Builds the stand-in's wheel, with nothing but the standard library."""
import base64, hashlib, json, logging, zipfile

NAME = "santral_reconciler-0-py3-none-any.whl"
FILES = {
    "reconciler/__init__.py": "",
    "reconciler/__main__.py": "import json, logging, sys; print(json.dumps(sys.argv[1:]))",
    "santral_reconciler-0.dist-info/METADATA":
        "Metadata-Version: 2.1\\nName: santral-reconciler\\nVersion: 0\\n",
    "santral_reconciler-0.dist-info/WHEEL":
        "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{folder}/{NAME}", "w") as wheel:
        for name, content in FILES.items():
            wheel.writestr(name, content)
        record = "santral_reconciler-0.dist-info/RECORD"
        wheel.writestr(record, "".join(f"{name},,\\n" for name in [*FILES, record]))
    return NAME
'''
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'

MODULES = (
    *("logging", "json", "venv", "ensurepip", "pip", "setuptools", "backend", "zipfile", "click"),
    *("santral", "reconciler", "sitecustomize", "usercustomize", "re", "os", "encodings"),
    *("subprocess", "shlex", "tempfile", "urllib", "typing", "site", "runpy", "types", "gitlab"),
)
"""Names of modules that one of the programs imports, or would."""


def hostile(folder: Path) -> Path:
    """Make a checkout in which whatever is imported or run leaves a mark; return its path."""
    mark = folder.parent / "mark"
    leaving = f"open({str(mark)!r}, 'a').write(__file__ + chr(10))\n"
    folder.mkdir()
    for name in MODULES:
        (folder / f"{name}.py").write_text(leaving)
    for package in ("reconciler", "pip", "venv", "ensurepip"):
        (folder / package).mkdir()
        for module in ("__init__", "__main__"):
            (folder / package / f"{module}.py").write_text(leaving)
    (folder / "evil.pth").write_text(f"import os; open({str(mark)!r}, 'a').write('pth')\n")
    (folder / "setup.py").write_text(leaving)
    (folder / "setup.cfg").write_text("[install]\nprefix = /nowhere\n[global]\ntarget = x\n")
    (folder / "pip.conf").write_text("[global]\nindex-url = http://127.0.0.1:9/\ntarget = x\n")
    (folder / "pyvenv.cfg").write_text(f"home = {folder}\n")
    (folder / "pyproject.toml").write_text(PROJECT)
    for name in ("python", "python3", "pip", "santral", "git"):
        if not (folder / name).exists():
            (folder / name).write_text(f'#!/bin/sh\necho "$0" >> "{mark}"\n')
            (folder / name).chmod(0o755)
    return mark


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """Give a hostile checkout, a machine's own folder and the stand-in; return the environment."""
    hostile(tmp_path / "checkout")
    program = tmp_path / "program"
    (program / "a" / "b" / "c").mkdir(parents=True)
    (program / "pyproject.toml").write_text(
        PROJECT + '[project]\nname = "santral-reconciler"\nversion = "0"\n'
    )
    (program / "backend.py").write_text(BACKEND)
    (tmp_path / "temp").mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_WORKSPACE": str(tmp_path / "checkout"),
        "GITHUB_ACTION_PATH": str(program / "a" / "b" / "c"),
        "SANTRAL_PACKAGE": str(program),
    }


def run(script: str, environment: dict[str, str], *options: str) -> Any:
    """Run a script in the checkout, as a runner does."""
    return subprocess.run(
        ["bash", *options, "-c", script],
        cwd=environment["GITHUB_WORKSPACE"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def left(environment: dict[str, str]) -> str:
    """Return the marks."""
    mark = Path(environment["HOME"]) / "mark"
    return mark.read_text() if mark.exists() else ""


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


def test_the_action_imports_nothing_of_the_checkout_and_keeps_every_line(
    places: dict[str, str],
) -> None:
    """Not when it makes its environment, not when it installs, not when it runs."""
    shell = ("--noprofile", "--norc", "-eo", "pipefail")
    install, command = (step["run"] for step in ACTION["runs"]["steps"] if "run" in step)
    installed = run(install, places | {"PYTHON": sys.executable}, *shell)
    ran = [run(command, places | {"COMMAND": given}, *shell) for given in COMMANDS]

    assert [(done.returncode, done.stderr) for done in (installed, *ran)] == [(0, "")] * 6
    assert [json.loads(done.stdout) for done in ran] == [*COMMANDS.values()]
    assert left(places) == ""


def test_the_checkout_is_hostile(places: dict[str, str]) -> None:
    """So the tests here prove something."""
    run(f'"{sys.executable}" -m venv "$RUNNER_TEMP/x"', places)

    assert left(places) != ""


def installing(environment: dict[str, str]) -> str:
    """Make an environment for pip to install into; return the start of a PATH that names it.

    A new pip is long in the making, so it has the one that is here.
    """
    folder = Path(environment["HOME"]) / "python"
    subprocess.run([sys.executable, "-I", "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "pip").symlink_to(Path(pip.__file__).parent)
    return f"{folder}/bin{os.pathsep}"


def github_script(workflow: dict[str, Any]) -> str:
    """Return how a workflow installs the program."""
    steps = workflow["jobs"]["plan"]["steps"]
    (script,) = (step["run"] for step in steps if step.get("name") == "Install santral")
    return str(script)


SCRIPTS = {
    "GitHub": github_script(GITHUB),
    "GitHub, called": github_script(REUSABLE),
    "GitLab": "\n".join(GITLAB[".santral"]["before_script"]),
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_no_pipeline_imports_anything_of_the_checkout(places: dict[str, str], script: str) -> None:
    """GitLab has it there before anything else; a machine of one's own may have an older one."""
    (Path(places["GITHUB_WORKSPACE"]) / "santral-program").symlink_to(places["SANTRAL_PACKAGE"])
    places["PATH"] = installing(places) + places["PATH"]

    done = run(f"{script}\npython -I -m reconciler plan", places, "-eo", "pipefail")

    assert (done.returncode, done.stderr, done.stdout, left(places)) == (0, "", '["plan"]\n', "")


def test_a_pipeline_without_a_package_stops(places: dict[str, str]) -> None:
    """The script goes no further."""
    environment = places | {"SANTRAL_PACKAGE": ""}
    for name in ("GitHub", "GitLab"):
        done = run(f"{SCRIPTS[name]}\necho went on", environment, "-eo", "pipefail")

        assert (done.returncode != 0, done.stdout) == (True, "")
        assert "SANTRAL_PACKAGE: is not set. Set it at the top of this " in done.stderr


def test_the_program_itself_imports_nothing_of_the_folder_it_runs_in(tmp_path: Path) -> None:
    """As ``python -P -m reconciler``, which is the console script."""
    mark = hostile(tmp_path / "checkout")
    programs = (
        [sys.executable, "-P", "-m", "reconciler"],
        [Path(sys.executable).parent / "santral"],
    )
    for program in programs:
        done = subprocess.run(
            [*program, "schema"], cwd=tmp_path / "checkout", capture_output=True, check=False
        )
        assert (done.returncode, done.stderr, mark.exists()) == (0, b"", False)


def test_no_text_of_ours_runs_the_program_from_the_folder() -> None:
    """Without -P, Python would import a logging.py that lies there."""
    documents = ("README.md", "SECURITY.md", "CONTRIBUTING.md", ".github/PIPELINES.md")
    for name in (*documents, ".ci/run", ".pre-commit-hooks.yaml"):
        assert " -m reconciler" not in (ROOT / name).read_text("utf-8").replace(
            "-P -m reconciler", ""
        )


def test_the_number_of_attacks_is_the_documented_one() -> None:
    """One fewer would be seen."""
    claims = CONTRIBUTING.read_text("utf-8")
    assert f"a checkout with {len(MODULES)} modules, packages" in claims
    pipelines = f"{len(SCRIPTS) + 1} pipelines, {len(COMMANDS)} commands |"
    assert f"`tests/promises/test_hostile_checkout.py` | {pipelines}" in claims
