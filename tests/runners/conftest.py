"""Repositories on stand-ins of GitHub and GitLab, whose pipelines others' runners run."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.act import GitHub
from support.fleet import ANKARA, BURSA, FILE, KEYS
from support.forge import ENVIRONMENTS, Repository
from support.github_api import GitHubApi
from support.gitlab_api import GitLabApi
from support.gitlab_ci_local import GitLab
from support.machines import PACKAGE, Supplies, copy
from support.runners import tool
from support.stand_in import StandIn

NO_PACKAGE, ITS_PACKAGE = 'SANTRAL_PACKAGE: ""', f"SANTRAL_PACKAGE: {PACKAGE}"
SECRETS = dict.fromkeys(
    ENVIRONMENTS, json.dumps({name: KEYS[name].reveal() for name in ("ankara", "bursa")})
)
"""What each environment of a repository has as SANTRAL_KEYS."""

Made = Callable[[str, str, int], Repository]


@pytest.fixture(scope="session")
def supplies(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Supplies:
    """Give what all machines are made from, once for all processes that run tests."""
    own = tmp_path_factory.getbasetemp()
    supplies = Supplies((own if worker_id == "master" else own.parent) / "supplies")
    supplies.make()
    return supplies


@pytest.fixture(scope="session")
def made(supplies: Supplies, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Give repositories made with ``init``, by forge, gate and shards, to be copied."""
    known: dict[tuple[str, str, int], Repository] = {}

    def make(forge: str, gate: str, shards: int) -> Repository:
        if (forge, gate, shards) not in known:
            known[forge, gate, shards] = repository = Repository(tmp_path_factory.mktemp("made"))
            repository.create()
            santral = str(supplies.ready / "bin" / "santral")
            init = [santral, "init", "--ci", forge, "--gate", gate]
            init += ["--shards", str(shards)] if shards else []
            subprocess.run(init, cwd=repository.desk, check=True, capture_output=True)
            repository.commit("main", {pipeline(forge): packaged(repository, forge)}, santral=FILE)
        return known[forge, gate, shards]

    return make


def pipeline(forge: str) -> str:
    """Return where the pipeline is in a repository."""
    return {"github": ".github/workflows/santral.yml", "gitlab": ".gitlab-ci.yml"}[forge]


def packaged(repository: Repository, forge: str) -> str:
    """Return the pipeline with the one line that its user has to fill in."""
    text = (repository.desk / pipeline(forge)).read_text("utf-8")
    assert text.count(NO_PACKAGE) == 1
    return text.replace(NO_PACKAGE, ITS_PACKAGE)


@pytest.fixture
def live(stand_in: StandIn) -> StandIn:
    """Give the API with what FILE wants."""
    stand_in.hold("ankara", ANKARA)
    stand_in.hold("bursa", BURSA)
    return stand_in


@pytest.fixture(params=["reviewers", "manual"])
def gate(request: pytest.FixtureRequest) -> str:
    """Give each gate, to a test that does not name one."""
    return str(request.param)


@pytest.fixture
def shards() -> int:
    """Give into how many shards the fleet is divided, or 0."""
    return 0


@pytest.fixture
def github(
    tmp_path: Path, supplies: Supplies, made: Made, live: StandIn, gate: str, shards: int
) -> Iterator[GitHub]:
    """Give a repository on GitHub, set up as the comments in its workflow say."""
    act = tool("act")
    shutil.copytree(made("github", gate, shards).folder, tmp_path / "hub")
    repository = Repository(tmp_path / "hub")
    folder = tmp_path / "runner"
    machine = supplies.machine(
        folder,
        SANTRAL_API_URL=live.origin,
        PYTHON_TO_SET_UP=str(supplies.ready),
        BARE_PYTHON=str(supplies.bare),
        PROGRAM=str(supplies.program),
    )
    api = GitHubApi()
    with api.serving() as address:
        yield GitHub(act, api, address, repository, folder, machine, dict(SECRETS))


@pytest.fixture
def gitlab(
    tmp_path: Path, supplies: Supplies, made: Made, live: StandIn, gate: str, shards: int
) -> Iterator[GitLab]:
    """Give a project on GitLab, set up as the comments in its pipeline say."""
    program = tool("gitlab-ci-local")
    shutil.copytree(made("gitlab", gate, shards).folder, tmp_path / "lab")
    repository = Repository(tmp_path / "lab")
    folder = tmp_path / "runner"
    machine = supplies.machine(folder, SANTRAL_API_URL=live.origin)
    copy(supplies.ready, folder / "python")
    machine["PATH"] = f"{folder / 'python' / 'bin'}{os.pathsep}{machine['PATH']}"
    api = GitLabApi()
    with api.serving() as address:
        yield GitLab(program, api, address, repository, folder, machine, dict(SECRETS))
