"""Variables that stand for options, those of others that look like them, and those ignored."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests.utils
from support.certificates import AUTHORITY, OTHER_AUTHORITY, good_tls
from support.fault_server import FaultServer
from support.fleet import FILE, KEYS
from support.program import Program
from support.stand_in import StandIn

VALID = "santral.yaml: 2 santrals, valid\n"


def passed_over(variable: str, command: str) -> str:
    """Return what is said of a variable that is for others."""
    return f"{variable} has a value that is not for santral {command}. It is passed over.\n"


@pytest.mark.parametrize(
    ("value", "stdout"),
    [
        ("json", VALID),
        ("json=plan.json", VALID),
        ("json gitlab=quality.json", VALID),
        ("json markdown=a.md", VALID),
    ],
)
def test_a_format_that_only_other_commands_take_is_passed_over_with_a_word(
    program: Program, value: str, stdout: str
) -> None:
    """One setting for a pipeline is enough for all of its commands."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_FORMAT", value)

    result = program.run("validate")

    expected = (0, stdout, passed_over("SANTRAL_FORMAT", "validate"))
    assert (result.exit_code, result.stdout, result.stderr) == expected
    assert (program.folder / "quality.json").exists() == ("gitlab" in value)


def test_history_passes_over_a_format_of_plans(program: Program, two: StandIn) -> None:
    """And shows its text."""
    program.run("apply")
    program.monkeypatch.setenv("SANTRAL_FORMAT", "markdown")

    result = program.run("history")

    assert (result.exit_code, result.stderr) == (0, passed_over("SANTRAL_FORMAT", "history"))
    assert "ankara: applied" in result.stdout


def test_the_port_that_kubernetes_gives_a_service_of_this_name_is_passed_over(
    program: Program,
) -> None:
    """The sandbox starts, and here only fails at its state file, which comes after the port."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_PORT", "tcp://10.0.0.1:8080")

    result = program.run("sandbox", "--state", "santral.yaml")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(passed_over("SANTRAL_PORT", "sandbox"))
    assert "SANTRAL_PORT:" not in result.stderr


BAD = {
    "a number": ("SANTRAL_PARALLELISM", "many", "It must be a whole number."),
    "a format": (
        "SANTRAL_FORMAT",
        "xml",
        "It must be one of text, json, markdown, html, junit, github, gitlab.",
    ),
    "an address": (
        "SANTRAL_API_URL",
        "api.example.com",
        "It must be https://HOST[:PORT], or http://127.0.0.1[:PORT].",
    ),
    "a limit": (
        "SANTRAL_MAX_CHANGES",
        "a few",
        "It must be a number of changes, or a percentage up to 100%.",
    ),
}


@pytest.mark.parametrize(("variable", "value", "message"), BAD.values(), ids=BAD)
def test_a_bad_value_of_a_variable_is_an_error_that_names_the_variable(
    program: Program, stand_in: StandIn, variable: str, value: str, message: str
) -> None:
    """Whoever reads the log has typed no option."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv(variable, value)

    result = program.run("plan")

    assert (result.exit_code, stand_in.service.requests) == (1, [])
    assert result.stderr.splitlines()[-1] == f"Error: Invalid value for {variable}: {message}"


LATER = {
    "a file that is not there": (
        {"SANTRAL_CONFIG": "nowhere.yaml"},
        ("plan",),
        "nowhere.yaml: This file cannot be read. The system says: No such file or directory. Name "
        "your file with --config, or create one to start from with santral init.\n"
        "Taken from the environment: SANTRAL_CONFIG.\n",
    ),
    "a santral that is not there": (
        {"SANTRAL_TARGET": "nobody", "SANTRAL_PARALLELISM": "2"},
        ("plan",),
        'No santral matches "nobody". Compare --target and --exclude with the names in the files.\n'
        "Taken from the environment: SANTRAL_TARGET.\n",
    ),
    "options that cannot go together": (
        {"SANTRAL_DRIFT": "1"},
        ("plan", "--base", "main"),
        "Usage: santral plan [OPTIONS]\n"
        "Try 'santral plan --help'.\n\n"
        "Error: --base and --drift cannot be used together.\n"
        "Taken from the environment: SANTRAL_DRIFT.\n",
    ),
    "a file of keys": (
        {"SANTRAL_KEYS_FILE": "nowhere/keys"},
        ("plan",),
        "The keys file that --keys-file (SANTRAL_KEYS_FILE) names cannot be read. The system says: "
        "No such file or directory.\n",
    ),
    "a moment to go back to": (
        {"SANTRAL_TO": "2026-01-01", "SANTRAL_TARGET": "ankara"},
        ("rollback",),
        "Taken from the environment: SANTRAL_TO.\n",
    ),
    "a journal": (
        {"SANTRAL_JOURNAL": "santral.yaml/journal"},
        ("apply",),
        "Taken from the environment: SANTRAL_JOURNAL.\n",
    ),
}


@pytest.mark.parametrize(("variables", "command", "stderr"), LATER.values(), ids=LATER)
def test_an_error_that_may_come_from_a_variable_names_it(
    program: Program,
    stand_in: StandIn,
    variables: dict[str, str],
    command: tuple[str, ...],
    stderr: str,
) -> None:
    """Also where the value is well-formed; what the error cannot be about is not named."""
    program.write("santral.yaml", FILE)
    for variable, value in variables.items():
        program.monkeypatch.setenv(variable, value)

    result = program.run(*command)

    assert (result.exit_code, stand_in.service.requests) == (1, [])
    assert result.stderr.endswith(stderr)


PROXY_IGNORED = (
    "is set, but santral ignores it on purpose, so that nothing around it decides where keys go. "
    "If the API is only reached through a proxy, give --proxy URL.\n"
)
ROOTS_IGNORED = (
    "is set, but santral ignores it on purpose, so that nothing around it decides who is trusted. "
    "If your company intercepts TLS with a CA of its own, give --ca-file FILE.\n"
)


PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")


@pytest.fixture
def at(program: Program) -> Callable[[str], Program]:
    """Set the program up with one key, to talk to a server of which the test says where it is."""

    def set_up(origin: str) -> Program:
        program.write("santral.yaml", FILE)
        program.monkeypatch.setenv("SANTRAL_API_URL", origin)
        program.monkeypatch.setenv("SANTRAL_TARGET", "ankara")
        program.monkeypatch.setenv("SANTRAL_KEY_ANKARA", KEYS["ankara"].reveal())
        return program

    return set_up


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Serve over TLS, with the certificate of an authority that is not built in."""
    with FaultServer(KEYS, good_tls()) as server:
        yield server


UNREACHABLE = "https://127.0.0.1:1"


@pytest.mark.usefixtures("jumping_clock")
@pytest.mark.parametrize("variable", PROXIES)
def test_a_proxy_of_the_environment_is_named_where_the_api_cannot_be_reached(
    at: Callable[[str], Program], variable: str
) -> None:
    """Curl works, santral does not: why, and what to do. Its address, or password, is not shown."""
    program = at(UNREACHABLE)
    program.monkeypatch.setenv(variable, "http://user:password@proxy.example.com:3128")
    program.monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/somewhere")

    result = program.run("plan")

    assert result.stderr == f"Warning: {variable} {PROXY_IGNORED}"


@pytest.mark.usefixtures("jumping_clock")
def test_where_a_proxy_is_given_or_the_api_answers_the_environments_is_not_missed(
    at: Callable[[str], Program], stand_in: StandIn
) -> None:
    """A word about what does not matter would lead astray."""
    program = at(UNREACHABLE)
    program.monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    with_proxy = program.run("plan", "--proxy", "http://127.0.0.1:1")
    answered = program.run("plan", "--api-url", stand_in.origin)

    assert "HTTPS_PROXY" not in with_proxy.stderr + answered.stderr
    assert (with_proxy.exit_code, answered.exit_code) == (1, 0)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_ca_of_the_environment_is_named_where_a_certificate_is_not_trusted(
    at: Callable[[str], Program], server: FaultServer, ca_file: str, variable: str
) -> None:
    """The variable names the very CA that would do; only an option makes it trusted."""
    program = at(server.origin)
    program.monkeypatch.setenv(variable, ca_file)

    ignored = program.run("plan")
    given = program.run("plan", "--ca-file", ca_file)

    assert (ignored.exit_code, given.exit_code) == (1, 0)
    assert ignored.stderr.endswith(f"Warning: {variable} {ROOTS_IGNORED}")
    assert variable not in given.stderr


def test_with_ca_file_that_authority_is_trusted_and_changes_are_made(
    at: Callable[[str], Program], server: FaultServer, ca_file: str
) -> None:
    """The variable does the same."""
    program = at(server.origin)
    program.monkeypatch.setenv("SANTRAL_CA_FILE", ca_file)

    assert program.run("apply").exit_code == 0
    assert server.steps("ankara") == "GGPG"


def test_with_ca_file_no_other_authority_is_trusted(
    at: Callable[[str], Program], server: FaultServer, tmp_path: Path
) -> None:
    """It replaces the built-in ones, and adds nothing to them."""
    other = tmp_path / "other.pem"
    OTHER_AUTHORITY.cert_pem.write_to_path(str(other))

    program = at(server.origin)
    program.monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", "/trusts/everybody")
    result = program.run("plan", "--ca-file", str(other))

    assert (result.exit_code, server.requests) == (1, [])
    assert (
        "The TLS certificate of the server is not trusted. If your company intercepts "
        "TLS, use a network that does not, or name its CA with --ca-file." in result.stdout
    )


NO_PEM = "It has no certificate in PEM form (-----BEGIN CERTIFICATE-----)."
BAD_FILES = {
    "missing": (None, "The system says: No such file or directory."),
    "empty": (b"", NO_PEM),
    "a key": (KEYS["ankara"].reveal().encode(), NO_PEM),
    "half": (AUTHORITY.cert_pem.bytes()[:200], NO_PEM),
    "binary": (bytes(range(256)), NO_PEM),
    "huge": (b"#" * (4 * 1024**2 + 1), "It is larger than 4 MiB."),
}


@pytest.mark.parametrize(("content", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_ca_file_without_certificates_is_an_error_before_any_request(
    at: Callable[[str], Program], server: FaultServer, content: bytes | None, message: str
) -> None:
    """Else every santral would fail with "not trusted", which leads astray."""
    program = at(server.origin)
    if content is not None:
        program.write("ca.pem", content)

    result = program.run("plan", "--ca-file", "ca.pem")

    assert (result.exit_code, result.stdout, server.connections) == (1, "", 0)
    last_line = result.stderr.splitlines()[-1]
    assert last_line == f"Error: Invalid value for '--ca-file': {message}"


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
@pytest.mark.parametrize("way", ["in it", "linked into it", "linked out of it"])
def test_in_a_pipeline_a_ca_file_of_the_checkout_is_refused(
    at: Callable[[str], Program],
    server: FaultServer,
    ca_file: str,
    variable: str,
    way: str,
) -> None:
    """A pull request could bring a CA of its own, and read the keys of whoever plans it."""
    program = at(server.origin)
    checkout, given = program.folder, program.folder / "ca.pem"
    if way == "in it":
        given.write_bytes(Path(ca_file).read_bytes())
    elif way == "linked out of it":
        given.symlink_to(ca_file)
    else:
        program.write("own.pem", Path(ca_file).read_bytes())
        given = Path(ca_file).with_name("link.pem")
        given.symlink_to(program.folder / "own.pem")
    program.monkeypatch.setenv(variable, str(checkout))

    refused = program.run("plan", "--ca-file", str(given))
    outside = program.run("plan", "--ca-file", ca_file)

    assert (refused.exit_code, outside.exit_code, server.steps("ankara")) == (1, 0, "G")
    assert refused.stderr.splitlines()[-1] == (
        f"Error: Invalid value for '--ca-file': The file lies in the checkout ({variable}), where "
        "a pull request could replace it. Keep it outside."
    )


def test_a_ca_file_is_only_for_https(program: Program, stand_in: StandIn, ca_file: str) -> None:
    """A run that uses no certificate must not look as if it did."""
    program.write("santral.yaml", FILE)

    result = program.run("plan", "--ca-file", ca_file)

    assert (result.exit_code, stand_in.service.requests) == (1, [])
    assert "--ca-file is only for an https --api-url: http has no certificates." in result.stderr


def test_no_result_is_written_over_the_ca_file(
    at: Callable[[str], Program], server: FaultServer, ca_file: str
) -> None:
    """Nothing that a run reads is ever overwritten."""
    before = Path(ca_file).read_bytes()

    result = at(server.origin).run("plan", "--ca-file", ca_file, "--format", f"html={ca_file}")

    assert (result.exit_code, Path(ca_file).read_bytes()) == (1, before)
    assert "would be overwritten" in result.stderr


def test_a_variable_that_looks_mistyped_is_named(program: Program, stand_in: StandIn) -> None:
    """What it asks for is not done: here, a limit. One of another command is left alone."""
    program.write("santral.yaml", FILE)
    for name in ("SANTRAL_TARGETS", "SANTRAL_MAXCHANGES", "SANTRAL_RATE_LIMIT", "SANTRAL_CI"):
        program.monkeypatch.setenv(name, "1")

    result = program.run("plan")

    assert (result.exit_code, result.stderr) == (
        0,
        "SANTRAL_MAXCHANGES is not read. Did you mean SANTRAL_MAX_CHANGES?\n"
        "SANTRAL_TARGETS is not read. Did you mean SANTRAL_TARGET?\n",
    )


@pytest.mark.parametrize("command", ["plan", "import"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANTRAL_KEYS_OUT", "more-keys"),
        ("SANTRAL_SECRETS_OUT", "secrets"),
        ("SANTRAL_SECRETS", "token@crm.example.com=not-for-this-file"),
        ("SANTRAL_SECRETS_2", "token@crm.example.com=not-for-this-file"),
    ],
)
def test_no_variable_that_is_one_looks_mistyped(
    program: Program, two: StandIn, name: str, value: str, command: str
) -> None:
    """Not even to a command that does not need it; its neighbours have similar names."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv(name, value)

    result = program.run(command)

    assert (result.exit_code, "is not read" in result.stderr) == (0, False)
    assert two.service.requests


def test_the_name_of_a_variable_may_be_hostile(program: Program) -> None:
    """Whoever sets the environment of a job writes no commands into its log."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_TARGE\x1b[31m", "1")

    result = program.run("plan", "--sandbox")

    assert "\x1b" not in result.stderr


def test_the_variable_that_key_renewed_would_have_is_an_error(
    program: Program, stand_in: StandIn
) -> None:
    """It is one of a key; taken for that, a name in the file would be called a key."""
    program.write("santral.yaml", FILE)
    program.monkeypatch.setenv("SANTRAL_KEY_RENEWED", "ankara")

    result = program.run("apply")

    assert (result.exit_code, result.stdout, stand_in.service.requests) == (1, "", [])
    assert result.stderr == (
        "SANTRAL_KEY_RENEWED would be the key of a santral named renewed. The variable of "
        "--key-renewed is SANTRAL_RENEWED_KEY.\n"
    )
