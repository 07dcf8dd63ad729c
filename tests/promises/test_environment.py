"""What is around the program: variables and files that would lead requests or keys elsewhere."""

import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from support.fault_server import HOST, FaultServer
from support.program import FILE, KEYS, Program, Result, StandIn

from reconciler.keys import open_ring

# Variables with which the program does not start

TLS_SECRETS = (
    "SSLKEYLOGFILE is set, which is there to write down the secrets of TLS connections: with them, "
    "whoever records this run's traffic reads the keys. Unset it and run again.\n"
)
RUNNER_COMMANDS = (
    "ACTIONS_ALLOW_UNSECURE_COMMANDS is true, which lets a line of any output set the variables of "
    "the job's later steps. Unset it and run again.\n"
)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("SSLKEYLOGFILE", "keylog", TLS_SECRETS),
        ("SSLKEYLOGFILE", "/dev/null", TLS_SECRETS),
        ("ACTIONS_ALLOW_UNSECURE_COMMANDS", "true", RUNNER_COMMANDS),
        ("ACTIONS_ALLOW_UNSECURE_COMMANDS", "True ", RUNNER_COMMANDS),
        ("ACTIONS_ALLOW_UNSECURE_COMMANDS", "1", RUNNER_COMMANDS),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply", "validate", "--version"])
def test_the_program_does_not_start_where_secrets_would_leak(
    program: Program, stand_in: StandIn, command: str, variable: str, value: str, message: str
) -> None:
    """Whatever it was to do: nothing is read, asked or written."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv(variable, value)
    assert program.run(command) == Result(1, "", message)
    assert stand_in.service.requests == []
    assert [path.name for path in program.folder.iterdir()] == ["santral.yaml"]


@pytest.mark.parametrize("value", ["", "false", "0", "no"])
def test_a_runner_that_takes_no_commands_is_no_obstacle(program: Program, value: str) -> None:
    """Such a variable is set on many a runner."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("ACTIONS_ALLOW_UNSECURE_COMMANDS", value)
    program.monkeypatch.setenv("SSLKEYLOGFILE", "")
    assert program.run("validate", "-q") == Result(0, "", "")


# The process


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no core dumps")
def test_a_crash_leaves_no_core_dump(program: Program) -> None:
    """The limit is zero and cannot be raised again, though it was as high as it may be here."""
    script = """
        import resource
        from reconciler.cli.main import main
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))
        main(["schema"])
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
    """
    run = run_python(script)
    assert (run.returncode, run.stderr) == (0, "")


def test_the_keys_are_taken_out_of_the_environment(program: Program, stand_in: StandIn) -> None:
    """A child of this process, and whatever prints the environment, would find none."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_KEYS", "# none")
    program.monkeypatch.setenv("SANTRAL_KEY_OF_NO_SANTRAL", "whatever")
    script = """
        import os, subprocess, sys
        from reconciler.cli.main import main
        assert main(["plan"]) == 0
        child = "import os; print(*sorted(name for name in os.environ if 'SANTRAL' in name))"
        print("left:", *sorted(name for name in os.environ if "SANTRAL" in name), flush=True)
        subprocess.run([sys.executable, "-c", child], check=True)
    """
    lines = run_python(script).stdout.splitlines()
    assert lines[-3:] == [
        "Plan: 2 to change, 0 in sync, 0 failed.",
        "left: SANTRAL_API_URL",
        "SANTRAL_API_URL",
    ]


def test_the_keys_are_taken_out_also_when_they_cannot_be_read() -> None:
    """The run ends then, but not at once."""
    environment = {"SANTRAL_KEYS": "{", "SANTRAL_KEY_A": "x", "SANTRAL_KEYS_FILE": "f", "LANG": "C"}
    with pytest.raises(Exception, match="starts like JSON"):
        open_ring(None, environment)
    assert environment == {"SANTRAL_KEYS_FILE": "f", "LANG": "C"}


def run_python(script: str) -> "subprocess.CompletedProcess[str]":
    """Run a script in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=False,
    )


# Variables and files by which libraries find proxies, passwords and authorities

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY")
AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture
def trap(program: Program) -> Iterator[FaultServer]:
    """Serve where every variable that a library may heed leads; nobody is to come."""
    with FaultServer(KEYS) as trap:
        for name in (*PROXIES, *map(str.lower, PROXIES), *AUTHORITIES):
            program.monkeypatch.setenv(name, trap.origin)
        for name in ("NO_PROXY", "no_proxy"):
            program.monkeypatch.delenv(name, raising=False)
        yield trap


@pytest.fixture
def netrc(program: Program) -> Path:
    """Write passwords for this host, and for any other, where requests looks for them."""
    content = f"machine {HOST} login a password b\ndefault login c password d\n"
    path = program.write("home/.netrc", content)
    path.chmod(0o600)
    (path.parent / "_netrc").write_text(content)
    program.monkeypatch.setenv("HOME", str(path.parent))
    program.monkeypatch.setenv("NETRC", str(path))
    return path


def test_no_variable_and_no_netrc_changes_a_request(
    program: Program, trap: FaultServer, netrc: Path
) -> None:
    """Plan and apply go straight to the API, with no password that was not theirs to send."""
    program.write("santral.yaml", FILE)
    for name in ("ankara", "bursa"):
        program.monkeypatch.setenv(f"SANTRAL_KEY_{name.upper()}", KEYS[name].reveal())
    with FaultServer(KEYS) as server:
        program.monkeypatch.setenv("SANTRAL_API_URL", server.origin)
        assert program.run("apply").exit_code == 0
    assert [server.steps(name) for name in ("ankara", "bursa")] == ["GGPG", "GGPG"]
    assert {"authorization", "proxy-authorization", "cookie"} & {
        header for request in server.requests for header in request.headers
    } == set()
    assert trap.connections == 0


def test_the_real_api_is_asked_past_every_proxy(
    program: Program, trap: FaultServer, netrc: Path
) -> None:
    """The name of the API does not get to a proxy either; here, it does not resolve."""

    def resolve_nothing(*_: object, **__: object) -> None:
        raise socket.gaierror

    program.write("santral.yaml", FILE)
    program.monkeypatch.setattr(socket, "getaddrinfo", resolve_nothing)
    program.monkeypatch.setenv("SANTRAL_KEY_ANKARA", KEYS["ankara"].reveal())
    result = program.run("plan", "--target=ankara")
    assert "The name of the server could not be resolved" in result.stdout
    assert trap.connections == 0


def test_the_trap_is_one(trap: FaultServer, netrc: Path) -> None:
    """What requests does when it is left to itself: it asks the proxy, and tells the password."""
    requests.get(f"http://example.com/crm_integrations?key={KEYS['ankara'].reveal()}", timeout=120)
    assert trap.connections == 1
    assert "authorization" in trap.requests[0].headers
