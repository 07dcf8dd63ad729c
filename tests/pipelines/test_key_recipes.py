"""The recipes of .github/PIPELINES.md for keys in Vault, and for more than a secret holds."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from support.fleet import KEYS
from support.program import Program
from support.readme import PIPELINES, blocks, section, type_in, with_jq
from support.stand_in import StandIn
from support.vault import ASKING, SIGNED, serving

from reconciler.core.ci_systems import Gate

KEYS_SECTION = section("Keys of a large fleet, and secrets of URLs", PIPELINES)
DIVIDED, ON_GITHUB, ON_GITLAB = blocks("yaml", KEYS_SECTION)
(DIVIDING,) = blocks("sh", KEYS_SECTION)
FILE = """\
version: 1
santrals:
  ankara:
    crm_integration: {notification_url: "https://crm.example.com/"}
"""


@pytest.fixture
def vault() -> Iterator[str]:
    """Serve Vault, and give its address."""
    with serving() as address:
        yield address


def run(script: str, folder: Path, **environment: str) -> None:
    """Run a script as both runners do, on a machine whose jq is the library's."""
    tool = with_jq(folder / "bin")
    path = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_job_on_github_gets_its_keys_from_vault(
    program: Program, stand_in: StandIn, vault: str
) -> None:
    """For the token that GitHub signs; nothing is left but the keys, for this job only."""
    (step,) = yaml.safe_load(ON_GITHUB)
    run(
        step["run"],
        program.folder,
        RUNNER_TEMP=str(program.folder),
        ACTIONS_ID_TOKEN_REQUEST_TOKEN=ASKING,
        ACTIONS_ID_TOKEN_REQUEST_URL=f"{vault}/sign?version=1",
        **dict.fromkeys(step["env"], vault),
    )

    assert_planned_with(program, program.folder / "keys")


def test_a_job_on_gitlab_gets_its_keys_from_vault(
    program: Program, stand_in: StandIn, vault: str, tmp_path: Path
) -> None:
    """For the token that GitLab signs."""
    keys = program.folder / "keys"
    run(
        "\n".join(yaml.safe_load(ON_GITLAB)),
        program.folder,
        VAULT_ID_TOKEN=SIGNED,
        VAULT_ADDR=vault,
        SANTRAL_KEYS_FILE=str(keys),
        TMPDIR=str(program.folder),
    )

    assert_planned_with(program, keys)


def assert_planned_with(program: Program, keys: Path) -> None:
    """Assert that a file of keys serves, that it is its owner's, and that no token is left."""
    program.write("santral.yaml", FILE)
    left = {path.name for path in program.folder.iterdir() if path.name not in {"bin", ".santral"}}
    program.monkeypatch.setenv("SANTRAL_KEYS_FILE", str(keys))
    program.monkeypatch.delenv("SANTRAL_KEY_ANKARA")

    result = program.run("plan")

    assert left == {"keys", "santral.yaml"}
    assert keys.stat().st_mode & 0o777 == 0o600
    assert (result.exit_code, result.stderr) == (0, "")
    assert "\nPlan: 1 to change, 0 in sync, 0 failed. " in result.stdout


MOST = 48 * 1000
"""Bytes of a secret of GitHub, by the smaller reading of 48 KB."""


@pytest.mark.skipif(sys.platform != "linux", reason="split and sed of GNU")
@pytest.mark.parametrize("gate", [*map(str, Gate)])
def test_a_large_file_of_keys_is_divided_by_lines(program: Program, gate: str) -> None:
    """Into secrets that GitHub takes and this program reads; typed in twice, too."""
    program.run("init", "--ci", "github", "--gate", gate)
    key = next(iter(KEYS.values())).reveal()
    keys = [f"santral-{number}={key}" for number in range(1200)]
    program.write("keys", "".join(f"{line}\n" for line in keys))
    program.write(
        "bin/gh",
        '#!/bin/sh\n[ "$1 $2 $4" = "secret set --env" ] && mkdir -p "gh/$5" && cat > "gh/$5/$3"\n',
    ).chmod(0o755)
    path = f"{program.folder}/bin:{os.environ['PATH']}"
    for _ in range(2):
        type_in(
            program.folder,
            DIVIDING,
            {"PATH": path, "SANTRAL_KEYS_FILE": "keys", "TMPDIR": str(program.folder)},
        )

    of_all = [secrets_in(place) for place in sorted((program.folder / "gh").iterdir())]
    lines = (program.folder / ".github/workflows/santral.yml").read_text("utf-8").splitlines()
    keyed = [line for line in lines if "secrets.SANTRAL_KEYS " in line]

    assert of_all == of_all[:1] * 3
    assert [*of_all[0]] == ["SANTRAL_KEYS", "SANTRAL_KEYS_2"]
    assert max(map(len, of_all[0].values())) <= MOST < sum(map(len, of_all[0].values()))
    assert [line for part in of_all[0].values() for line in part.splitlines()] == keys
    assert any(line.strip() == DIVIDED.strip() for line in keyed)
    assert all(SECOND in line for line in keyed)
    assert {path.name for path in program.folder.iterdir()} >= {"keys", "gh"}
    assert not [*program.folder.glob("tmp.*")]


SECOND = ' SANTRAL_KEYS_2: "${{ secrets.SANTRAL_KEYS_2 }}",'


def secrets_in(place: Path) -> dict[str, str]:
    """Return what an environment of the stand-in has, by name."""
    return {path.name: path.read_text("utf-8") for path in sorted(place.iterdir())}
