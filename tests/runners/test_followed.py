"""PIPELINES.md, followed by its blocks from nothing to an apply, a report on drift, and back."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.act import GitHub, Jobs
from support.desks import REVIEWER, GitHubDesk, GitLabDesk
from support.fleet import KEYS
from support.forge import ENVIRONMENTS, Repository, git
from support.forge_api import TOKEN
from support.gitlab_api import PROJECT
from support.gitlab_ci_local import GitLab
from support.machines import PACKAGE, Supplies, copy, run_named
from support.places import SUPPORT
from support.readme import PIPELINES, blocks, section, type_in
from support.runners import tool

from reconciler.core.settings import Settings
from reconciler.sandbox.server import SandboxServer
from reconciler.sandbox.service import Service, by_name
from reconciler.sandbox.store import Store

ON_GITHUB, ON_GITLAB = (blocks("sh", section(forge, PIPELINES)) for forge in ("GitHub", "GitLab"))
ONCE, FIRST = re.findall(r"`(gh workflow run [^`]+)`", section("Rolling back", PIPELINES))
GOING_BACK = {"reviewers": [ONCE], "manual": [FIRST, FIRST.replace("=plan", "=apply")]}
FETCHING = "token-of-a-maintainer"
"""What only the job that fetches gets."""
KEY_NAMES = dict(zip(("istanbul-merkez", "ankara", "izmir-depo"), KEYS.values(), strict=False))
"""The names of the keys of the file that ``init`` writes, and keys."""
PLANNED = {"validate": "success", "plan": "success", "comment": "success"}
APPROVED = {"validate": "success", "plan": "success", "apply": "success"}


class Panel:
    """What is live of the santrals of that file."""

    def __init__(self) -> None:
        keys = {name.replace("ankara", "ankara-sube"): key for name, key in KEY_NAMES.items()}
        self.service = Service(Store(), by_name(keys))

    @property
    def centre(self) -> Settings:
        return self.service.store.get("istanbul-merkez")

    def switch_off(self) -> None:
        """Let somebody change something in the panel."""
        self.service.store.update("izmir-depo", {"hangup": "off"})


@pytest.fixture
def panel() -> Panel:
    """Give the santrals, none set up."""
    return Panel()


@pytest.fixture
def api_url(panel: Panel) -> Iterator[str]:
    """Give the address of the API that knows them."""
    with SandboxServer(panel.service).running() as origin:
        yield origin


@pytest.fixture
def desk(tmp_path: Path, supplies: Supplies, gate: str) -> dict[str, str]:
    """Give the environment of somebody who has installed the program, and has a repository."""
    Repository(tmp_path).create()
    git(tmp_path / "origin.git", "config", "receive.advertisePushOptions", "true")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, target in (
        ("santral", f'"{supplies.ready}/bin/santral"'),
        ("gh", f'python3 -I "{SUPPORT / "fake_gh.py"}"'),
    ):
        (programs / name).write_text(f'#!/bin/sh\nexec {target} "$@"\n')
        (programs / name).chmod(0o755)
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "GIT_AUTHOR_NAME": "Ekip",
        "GIT_AUTHOR_EMAIL": "ekip@example.com",
        "GIT_COMMITTER_NAME": "Ekip",
        "GIT_COMMITTER_EMAIL": "ekip@example.com",
        "REPOSITORY": (tmp_path / "origin.git").as_uri(),
        "GATE": gate,
    }


def private(path: Path, text: str) -> str:
    """Write a file for its owner only, and return its name."""
    path.touch(mode=0o600)
    path.write_text(text)
    return str(path)


def fill_in(pipeline: Path) -> None:
    """Make the one edit that is asked for."""
    text = pipeline.read_text("utf-8")
    pipeline.write_text(text.replace('PACKAGE: ""', f"PACKAGE: {PACKAGE}"), "utf-8")


def started(github: GitHub, desk: GitHubDesk) -> list[Jobs]:
    """Carry out the runs by hand that gh has asked for."""
    asked, desk.asked_for = desk.asked_for, []
    assert {one["command"] for one in asked} == {"workflow run"}
    return [
        github.by_hand(**{name: value for name, value in one.items() if name != "command"})
        for one in asked
    ]


def test_on_github(
    tmp_path: Path,
    supplies: Supplies,
    panel: Panel,
    api_url: str,
    desk: dict[str, str],
    gate: str,
) -> None:
    """With both gates; what is set up is what the jobs then have."""
    make, push, environments, propose, merge, plan, apply = ON_GITHUB
    act = tool("act")
    machine = supplies.machine(
        tmp_path / "runner", SANTRAL_API_URL=api_url, PYTHON_TO_SET_UP=str(supplies.ready)
    )
    lines = "".join(f"{name}={key.reveal()}\n" for name, key in KEY_NAMES.items())
    api = GitHubDesk()
    with api.serving() as address:
        desk |= {"GITHUB_STAND_IN": address, "REVIEWER": "basmuhendis"}
        desk |= {"SANTRAL_KEYS_FILE": private(tmp_path / "keys", lines)}
        type_in(tmp_path, make, desk)
        folder = tmp_path / "santral-ayarlari"
        fill_in(folder / ".github/workflows/santral.yml")
        for block in (push, environments, propose):
            type_in(folder, block, desk)
        repository = Repository(tmp_path)
        github = GitHub(act, api, address, repository, tmp_path / "runner", machine, api.secrets)
        (pull,) = api.pulls

        first = github.pull_request(pull)
        type_in(folder, merge, desk)
        assert [one["command"] for one in api.asked_for] == ["pr merge"]
        api.asked_for.clear()
        if gate == "reviewers":
            assert first.results == PLANNED
            applied = github.merge(pull)
        else:
            assert first.results == {"validate": "success"}
            github.merge(pull)
            type_in(folder, plan, desk)
            assert [run.results for run in started(github, api)] == [{"plan": "success"}]
            type_in(folder, apply, desk)
            (applied,) = started(github, api)
        assert applied.results == {"apply": "success"}
        assert panel.centre.ringing == "on"
        panel.switch_off()
        assert github.by_schedule().results == {"drift": "success", "issue": "success"}
        assert "1 drifted, 2 in sync" in api.issues[0]["body"]
        desk["RUN"] = run_named(applied.log("apply"))
        for command in GOING_BACK[gate]:
            type_in(folder, command, desk)
        by_gate = {"reviewers": [APPROVED], "manual": [{"plan": "success"}, {"apply": "success"}]}
        assert [run.results for run in started(github, api)] == by_gate[gate]
        assert panel.centre.ringing == "off"
    assert api.secrets == dict.fromkeys(ENVIRONMENTS, lines)
    limited = ENVIRONMENTS if gate == "manual" else ENVIRONMENTS[1:]
    assert api.branches == {name: ["main"] for name in limited}
    asked = {name: json.loads(rule)["reviewers"] for name, rule in api.rules.items()}
    them = [{"type": "User", "id": REVIEWER}] if gate == "reviewers" else None
    assert asked == dict.fromkeys(ENVIRONMENTS[:2], them) | {"santral-drift": None}


def test_on_gitlab(
    tmp_path: Path,
    supplies: Supplies,
    panel: Panel,
    api_url: str,
    desk: dict[str, str],
    gate: str,
) -> None:
    """With both gates, as on GitHub."""
    make, push, variables, forks, propose, merge, order = ON_GITLAB
    program = tool("gitlab-ci-local")
    machine = supplies.machine(tmp_path / "runner", SANTRAL_API_URL=api_url)
    copy(supplies.ready, tmp_path / "runner" / "python")
    machine["PATH"] = f"{tmp_path / 'runner/python/bin'}{os.pathsep}{machine['PATH']}"
    keys = json.dumps({name: key.reveal() for name, key in KEY_NAMES.items()})
    api = GitLabDesk()
    api.tokens[FETCHING] = None
    with api.serving() as address:
        desk |= {
            "API": f"{address}/projects/{PROJECT}",
            "HEADERS": private(tmp_path / "headers", f"PRIVATE-TOKEN: {TOKEN}\n"),
            "SANTRAL_KEYS_FILE": private(tmp_path / "keys", keys),
            "TOKEN_FILE": private(tmp_path / "token", f"{TOKEN}\n"),
            "FETCH_TOKEN_FILE": private(tmp_path / "fetching", f"{FETCHING}\n"),
            "REQUEST": "1",
        }
        type_in(tmp_path, make, desk)
        folder = tmp_path / "santral-ayarlari"
        fill_in(folder / ".gitlab-ci.yml")
        for block in (push, variables, forks, order, propose):
            type_in(folder, block, desk)
        repository = Repository(tmp_path)
        keys_of, tokens = (
            {one["environment_scope"]: one["value"] for one in api.variables if one["key"] == key}
            for key in ("SANTRAL_KEYS", "SANTRAL_GITLAB_TOKEN")
        )
        gitlab = GitLab(
            program, api, address, repository, tmp_path / "runner", machine, keys_of, tokens
        )
        request = api.open_merge_request(git(folder, "rev-parse", "HEAD"))

        first = gitlab.merge_request(request, branch="ilk-ayarlar")
        type_in(folder, merge, desk)
        assert api.asked_for == [request["iid"]]
        if gate == "reviewers":
            assert first.results == PLANNED
            applied = gitlab.merge(request)
        else:
            assert first.results == {"validate": "success"}
            applied = gitlab.merge(request, start="plan")
            gitlab.start(applied, "apply")
        assert applied.results["apply"] == "success"
        assert panel.centre.ringing == "on"
        panel.switch_off()
        assert gitlab.by_schedule().results == {"drift": "warning", "issue": "success"}
        assert "1 drifted, 2 in sync" in api.issues[0]["description"]
        back = gitlab.by_hand(SANTRAL_RUN=run_named(applied.log("apply")))
        gitlab.start(back, "rollback")
        assert back.results["rollback"] == "success"
        assert panel.centre.ringing == "off"
    assert (keys_of, tokens) == (
        dict.fromkeys(ENVIRONMENTS, keys),
        {"*": TOKEN, "santral-fetch": FETCHING},
    )
    assert api.settings == {"ci_allow_fork_pipelines_to_run_in_parent_project": "false"}
    assert api.process_modes == {"santral-apply": "oldest_first"}
