"""What ``init`` writes passes the linter that many run over all YAML of a repository."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.places import EXAMPLE
from support.program import Program

from reconciler.core.ci_systems import Ci, Gate
from reconciler.scaffold.pipelines import KUBERNETES


def errors_in(file: Path) -> list[str]:
    """Return what yamllint's own configuration calls an error; warnings are a matter of taste."""
    run = subprocess.run(
        [sys.executable, "-m", "yamllint", "-d", "default", "-f", "parsable", file],
        capture_output=True,
        check=False,
        text=True,
    )
    assert (run.stderr, run.returncode in {0, 1}) == ("", True)
    return [line for line in run.stdout.splitlines() if "[warning]" not in line]


VARIANTS = [
    (),
    *(("--ci", ci) for ci in (*map(str, Ci), KUBERNETES)),
    *(("--ci", str(ci), "--gate", str(gate), "--shards", "200") for ci in Ci for gate in Gate),
    ("--ci", KUBERNETES, "--shards", "200"),
]
VARIANTS += [(*options, "--lang", "tr") for options in VARIANTS]


@pytest.mark.parametrize("options", VARIANTS, ids=" ".join)
@pytest.mark.parametrize("is_taken", [False, True])
def test_yamllint_finds_no_error_in_what_init_writes(
    program: Program, options: tuple[str, ...], *, is_taken: bool
) -> None:
    """Also where another pipeline has the place, so that ours goes beside it."""
    if is_taken:
        program.write(".gitlab-ci.yml", "build:\n  script: make\n")
    program.run("init", *options)
    written = [file for file in program.folder.rglob("*") if file.suffix in {".yaml", ".yml"}]

    assert len(written) == 1 + ("--ci" in options) + is_taken
    assert [error for file in written for error in errors_in(file)] == []


def test_yamllint_finds_no_error_in_the_example() -> None:
    """Nor in one that is copied from it."""
    assert errors_in(EXAMPLE) == []


def test_an_error_would_be_found(program: Program) -> None:
    """A long line is one; that on and off are no booleans is a warning."""
    file = program.write("x.yaml", f"a: on\nb: {'long ' * 20}line\n")
    assert errors_in(file) == [
        f"{file}:2:81: [error] line too long (107 > 80 characters) (line-length)"
    ]
