"""The recipes of .github/PIPELINES.md for keys that are in Vault, against stand-ins of it."""

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
import yaml
from support.fleet import KEYS
from support.program import Program
from support.readme import PIPELINES, blocks, section, with_jq
from support.stand_in import StandIn

ON_GITHUB, ON_GITLAB = blocks(
    "yaml", section("Keys of a large fleet, and secrets of URLs", PIPELINES)
)
FILE = """\
version: 1
santrals:
  ankara:
    crm_integration: {notification_url: "https://crm.example.com/"}
"""
SIGNED, GIVEN, ASKING = "token-that-the-forge-signed", "token-of-vault", "token-to-ask-for-tokens"


class Vault(BaseHTTPRequestHandler):
    """Vault, and beside it where GitHub signs tokens; each answers only whom it should."""

    keys: ClassVar[Mapping[str, str]] = {"ankara": KEYS["ankara"].reveal()}

    def do_GET(self) -> None:
        audience = f"http://{self.headers['Host']}"
        if self.path == f"/sign?version=1&audience={audience}":
            assert self.headers["Authorization"] == f"Bearer {ASKING}"
            self._answer({"value": SIGNED})
        else:
            assert (self.path, self.headers["X-Vault-Token"]) == ("/v1/secret/data/santral", GIVEN)
            self._answer({"data": {"data": self.keys}})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Content-Type"] == "application/json"
        assert (self.path, asked) == ("/v1/auth/jwt/login", {"role": "santral", "jwt": SIGNED})
        self._answer({"auth": {"client_token": GIVEN}})

    def _answer(self, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def vault() -> Iterator[str]:
    """Serve Vault, and give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Vault) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        with contextlib.ExitStack() as stack:
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            yield f"http://127.0.0.1:{server.server_port}"


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
