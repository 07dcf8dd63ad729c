"""Runs every command against every fault in this process, with a key and secrets for each.

A test starts it and searches what comes out for them; the secrets are in canary_secrets.py. It
listens where a test cannot: what any library logs, the whole chain and the variables of each error
that ends a command, and the arguments of each process that is started, all go to stderr. ``LEAKS``
make the program a leaking one, to prove that a key that gets out is found.
"""

import gzip
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import asdict, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

from support import canary_doors, canary_secrets
from support import fault_server as fault
from support.clock import JumpingClock
from support.fault_server import LIVE, Act, FaultServer, Turn, answer, drip, head, say
from support.forge_api import Reply
from support.github_api import REPOSITORY, GitHubApi
from support.typist import typing

from reconciler.apply import protocol
from reconciler.cli.main import main, santral
from reconciler.client import api, deadline, transport
from reconciler.client.response import Fault
from reconciler.core import key_finder, secret_finder, url_mask
from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.engine import reader, scheduler
from reconciler.keys import ring
from reconciler.keys.text_file import KeyLookupError
from reconciler.sandbox.server import SandboxServer

CHUNKED = "Transfer-Encoding: chunked"
MOMENT = 0.3
"""Seconds that a slow server is waited for."""
LEAKABLE = ("echo as it is", canary_secrets.ECHO)
"""The faults that the leaking programs are run against."""


def said(*parts: str) -> Act:
    """Send these texts, ``KEY`` in them being the key, and close the connection."""
    return lambda turn: say("".join(parts).replace("KEY", turn.key).encode("latin-1"))(turn)


def echo(written: Callable[[str], str], status: int = 404) -> Act:
    """Answer with the key, written in some way, between words."""
    return fault.echo(status, lambda key: f"Cannot find {written(key)}, sorry")


def settings_with(**fields: str) -> Act:
    """Answer a GET well, ``KEY`` in these fields being the key."""

    def act(turn: Turn) -> None:
        body = json.dumps({**asdict(LIVE), **fields}).replace("KEY", turn.key)
        answer(200, body)(turn)

    return act


def percent_encoded(key: str) -> str:
    """Write each character as %XX."""
    return "".join(f"%{ord(character):02X}" for character in key)


ECHOES: dict[str, Act] = {
    "echo as it is": echo(str),
    "echo in capitals": echo(str.upper),
    "echo in lowercase": echo(str.lower),
    "echo percent-encoded": echo(percent_encoded),
    "echo percent-encoded in part": echo(lambda key: key.replace("-", "%2d")),
    "echo percent-encoded twice": echo(lambda key: quote(percent_encoded(key))),
    "echo in base64": echo(lambda key: b64encode(key.encode()).decode()),
    "echo in base64 with more": echo(lambda key: b64encode(f"x:{key}&r=on".encode()).decode()),
    "echo spaced out": echo(" ".join),
    "echo over lines": echo(lambda key: f"{key[:15]}\r\n\t{key[15:]}"),
    "echo of a part": echo(lambda key: key[3:25]),
    "echo at the cut": echo(lambda key: f"{'.' * 170}{key}"),
    "echo as a bad key": fault.echo(400, "Gecersiz anahtar: {}".format),
    "echo as a bad key, 401": fault.echo(401, "GECERSIZ ANAHTAR: {}".format),
    "echo with 429": echo(str, 429),
    "echo with 500": echo(str, 500),
    "echo with 200": echo(str, 200),
    "echo in HTML": echo("<a href='/crm_integrations?key={}'>".format, 503),
    "echo in a field": settings_with(ringing="KEY"),
    "echo in a field more": settings_with(KEY="KEY"),
    "echo in the URL's path": settings_with(notification_url="https://crm.example.com/KEY"),
    "echo in the URL's query": settings_with(notification_url="https://crm.example.com/?k=KEY"),
    "echo in the URL's host": settings_with(notification_url="https://KEY.example.com/"),
    "echo as the URL": settings_with(notification_url="KEY"),
    "echo in the first line": said("HTTP/1.1 404 no KEY\r\nContent-Length: 0\r\n\r\n"),
    "echo as the status": said("HTTP/1.1 KEY\r\n\r\n"),
    "echo as no HTTP": said("KEY KEY KEY\r\n\r\n"),
    "echo in a malformed header": said("HTTP/1.1 404 No\r\nkey KEY\r\nX: y\r\n\r\n"),
    "echo in a cookie": said("HTTP/1.1 200 Ok\r\nSet-Cookie: k=KEY\r\nContent-Length: 0\r\n\r\n"),
    "echo as Retry-After": said("HTTP/1.1 429 No\r\nRetry-After: KEY\r\n\r\n"),
    "echo as Content-Encoding": said("HTTP/1.1 200 Ok\r\nContent-Encoding: KEY\r\n\r\nx"),
    "echo as Content-Length": said("HTTP/1.1 200 Ok\r\nContent-Length: KEY\r\n\r\nx"),
    "echo as a chunk's size": said(f"HTTP/1.1 200 Ok\r\n{CHUNKED}\r\n\r\nKEY\r\n"),
    **{
        f"redirect {status}": fault.redirect(status, "https://evil.example.com")
        for status in (301, 302, 303, 307, 308)
    },
}
"""The server gives the key back, in each way and at each place that a library may pass on."""

FAILURES: dict[str, Act] = {
    "reset": fault.reset,
    "closed": say(),
    "cut in the head": say(b"HTTP/1.1 2"),
    "cut in the body": say(head(200, "Content-Length: 99"), b'{"ringing'),
    "cut in a chunk": say(head(200, CHUNKED), b"40\r\n{"),
    "no answer": fault.hang,
    "head drips": drip(b"HTTP/1.1 200 OK\r\nX: "),
    "body drips": drip(head(200, "Content-Length: 999")),
    "no end": fault.gush(head(200)),
    "not HTTP": say(b"220 mail.example.com ESMTP\r\n"),
    "1000 headers": say(head(200, *["X: x"] * 1_000)),
    "gzip": answer(200, gzip.compress(b"Ok"), "Content-Encoding: gzip"),
    "HTML": answer(200, "<!DOCTYPE html>"),
    "no object": answer(200, "[]"),
    "no UTF-8": answer(200, b'{"ringing": "\xff"}'),
    **{f"status {status}": answer(status) for status in (204, 304, 400, 403, 408, 429, 503, 599)},
}
"""There is no good answer."""

OF_A_POST: dict[str, Act] = {
    "applied, then reset": fault.after_applying(fault.reset),
    "applied, then no answer": fault.after_applying(fault.hang),
    "applied late": fault.apply_late,
    "normalised": fault.normalise,
    "Ok without applying": answer(200, "Ok"),
}
"""What a change alone can meet."""

FAULTS = {**ECHOES, **canary_secrets.ECHOES, **FAILURES}
SLOW = ("no answer", "head drips", "body drips", "applied, then no answer")
"""Those that nothing but a time-out ends."""
STEPS = {"read": ("GET", 1), "look": ("GET", 2), "post": ("POST", 1), "read back": ("GET", 3)}
"""The method of each step of a change, and which request of a santral it is at first."""


def fleet(faults: Iterable[str]) -> dict[str, Key]:
    """Return the key of each santral: one for each fault at each step, ``FAULT/STEP``."""
    names = [f"{name}/{step}" for name in faults if name in FAULTS for step in STEPS]
    names += [f"{name}/post" for name in faults if name in OF_A_POST]
    return {name: _key_for(name, number) for number, name in enumerate(names)}


def _key_for(name: str, number: int) -> Key:
    """Return a key of the documented shape, or one of no known shape, in turn; nobody's."""
    digits = hashlib.sha256(name.encode()).hexdigest()
    if number % 5 % 2:
        return Key(f"z{digits[:40]}")
    groups = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32])
    return Key(f"K{'-'.join(groups)}")


def labels(santrals: Iterable[str]) -> dict[str, str]:
    """Return a santral's name in the file for each of the fleet."""
    return {name: f"s{number}" for number, name in enumerate(santrals)}


@contextmanager
def serving(santrals: dict[str, Key]) -> Iterator[FaultServer]:
    """Serve with each santral's fault in place."""
    with FaultServer(santrals) as server:
        canary_secrets.put_live(server, santrals)
        for name in santrals:
            kind, _, step = name.partition("/")
            method, first = STEPS[step]
            act = FAULTS.get(kind) or OF_A_POST[kind]
            server.rule(name, method, act, turns=range(first, 1_000))
        yield server


# The runs

FORMATS = (
    *("--format=text=plan.txt", "--format=markdown=plan.md"),
    *("--format=html=plan.html", "--format=junit=plan.xml"),
)
_FEW = "--config=few.yaml"
"""For what reads no santral, or only one: all keys and secrets are given there, too."""
GITHUB_FILES = {"GITHUB_STEP_SUMMARY": "summary.md", "GITHUB_OUTPUT": "outputs"}


def run_all(santrals: dict[str, Key], *options: str, shows_urls: bool) -> None:
    """Run each command, keys and secrets coming from each place that they may come from."""
    named = {label: santrals[name].reveal() for name, label in labels(santrals).items()}
    singles = {ring.variable_of(name): text for name, text in named.items()}
    lines = "\n".join(f"{name}={text}" for name, text in named.items())
    elsewhere, secrets_file = Path("..", "keys"), Path("..", "secrets")
    elsewhere.write_text(json.dumps(named))
    given = canary_secrets.lines(labels(santrals))
    secrets, half = "\n".join(given), len(given) // 2
    secrets_file.write_text(secrets)
    halves = {
        "SANTRAL_SECRETS": "\n".join(given[:half]),
        "SANTRAL_SECRETS_2": "\n".join(given[half:]),
    }
    by_file, by_variable = f"--secrets-file={secrets_file}", {"SANTRAL_SECRETS": secrets}
    urls = ["--show-urls"] if shows_urls else []
    online = ("--timeout=60", "--parallelism=64", "--max-changes=100%", *options, *urls)
    validated = ("--format=gitlab=problems.json", "--format=junit=problems.xml")
    run("validate", *validated, **by_variable)
    run("schema")
    run("init", "--ci=github", **singles)
    run("completion", "bash", SANTRAL_KEYS=lines)
    with serving(santrals) as server:
        made = ("--out=plan.json", "--base=santral.yaml", "--format=json", "--shard=1/1")
        run("plan", *online, *made, f"--api-url={server.origin}", **singles, **halves)
    run("show", "plan.json", *options, "--format=github", *FORMATS)
    merged = ("--out=merged.json", "--format=json=merged-too.json", "--format=html=merged.html")
    run("merge", "plan.json", *options, *merged)
    with serving(santrals) as server:
        where = (f"--api-url={server.origin}", "--format=github")
        reports = ("--format=json=report.json", "--format=junit=report.xml")
        run("apply", *online, *where, *reports, by_file, SANTRAL_KEYS=lines, **GITHUB_FILES)
        run("rollback", *online, *where, SANTRAL_KEYS=lines, **by_variable, **GITHUB_FILES)
    outputs = ("--keys-out=../imported-keys", "--secrets-out=../imported-secrets")
    with serving(santrals) as server:
        reading = ("--timeout=60", "--parallelism=64", f"--api-url={server.origin}", *options)
        run("import", *reading, "--output=imported.yaml", *outputs, SANTRAL_KEYS=lines)
        run("import", *reading, "--output=imported.yaml", "--yes", SANTRAL_KEYS=lines)
    run_at_doors(santrals, [*options, *urls], by_file, SANTRAL_KEYS=lines, **by_variable)
    run_guided(santrals)
    run("history", "--show-urls")
    run("history", "--format=json", **by_variable)
    unreachable = ("--api-url=http://127.0.0.1:9", "--target=s0", _FEW)
    run("plan", *online, *unreachable, f"--keys-file={elsewhere}", by_file)
    sandboxed = (*options, "--sandbox", "--max-changes=100%", _FEW)
    run("plan", *sandboxed, "--out=sandbox-plan.json", SANTRAL_KEYS=lines, **by_variable)
    a_few_first = ("--canary=50%", "--max-failures=1")
    run("apply", *sandboxed, *a_few_first, "sandbox-plan.json", SANTRAL_KEYS=lines, **by_variable)
    run("rollback", *sandboxed, SANTRAL_KEYS=lines, **by_variable)
    run("plan", *options, _FEW, SANTRAL_KEYS=f"{lines}\n{lines}", **singles, **by_variable)
    run("plan", *options, _FEW, SANTRAL_KEYS=json.dumps(named)[:-1], **by_variable)
    run_with_bad_secrets(given, *options, _FEW, SANTRAL_KEYS=lines)
    run_in_pipeline(lines, next(iter(named.values())), secrets)
    run_sandbox(elsewhere, next(iter(named.values())))


def run_at_doors(
    santrals: dict[str, Key], options: Sequence[str], by_file: str, **given: str
) -> None:
    """Ask the notification URLs, live ones and those of the files, whose server repeats them."""
    talk = [option for option in options if option != "-v"]
    with serving(santrals) as server, canary_doors.serving(Path("..", "authority.pem")):
        online = ("--timeout=60", f"--api-url={server.origin}", "--allow-private")
        formats = {"json": "checkup.json", "html": "checkup.html", "junit": "checkup.xml"}
        many = ("--parallelism=64", *(f"--format={one}={file}" for one, file in formats.items()))
        run("doctor", *online, *many, *options, "--format=github", **given)
        run("doctor", *online, *many, *options, _FEW, "--desired", by_file, **given)
        for name in ("s0", "s1", "s2", "s3"):
            run("ring", name, *online, *talk, _FEW, **given)
            run("ring", name, *online, *talk, _FEW, "--desired", by_file, **given)


def run_guided(santrals: dict[str, Key]) -> None:
    """Type the keys of those whose faults come when they are tried, or when all are read."""
    met = [key.reveal() for name, key in santrals.items() if name.endswith(("/read", "/look"))]
    good = next(key.reveal() for name, key in santrals.items() if name.endswith("/post"))
    folder = Path("guided")
    folder.mkdir()
    os.environ.pop("CI", None)  # There nobody would be asked.
    with serving(santrals) as server, typing([good, *met]), chdir(folder):
        run("init", "--timeout=60", f"--api-url={server.origin}")


def run_with_bad_secrets(given: Sequence[str], *options: str, **keys: str) -> None:
    """Give secrets twice, in lines that are none, and for hosts of others."""
    twice = "\n".join([*given, given[0]])
    as_object = json.dumps(dict(line.split("=", 1) for line in given))
    nowhere = ("--api-url=http://127.0.0.1:9", "--target=s0")
    run("plan", *options, *nowhere, **keys, SANTRAL_SECRETS=as_object)
    for text in (as_object[:-1], as_object.replace("@", " at ", 1)):
        run("plan", *options, **keys, SANTRAL_SECRETS=text)
    run("plan", *options, "--format=junit=error.xml", **keys, SANTRAL_SECRETS=twice)
    run("plan", *options, **keys, SANTRAL_SECRETS_10=twice)
    for bad in (("@", " at "), ("=", " is "), ("=", "=&"), (".", "_"), (".example", ".evil")):
        line = given[0].replace(*bad)
        run("plan", *options, **keys, SANTRAL_SECRETS="\n".join([line, *given[1:]]))


def run_in_pipeline(lines: str, token: str, secrets: str) -> None:
    """Run jobs with keys or secrets, and one whose token is a key, at a forge that says it."""
    forge = GitHubApi()
    forge.plan("GET", ".*", *[Reply(status, {"message": f"No {token}!"}) for status in STATUSES])
    with forge.serving() as address:
        job = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": address,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "1",
            "GITHUB_TOKEN": token,
        }
        run("ci", "comment", "plan.json", SANTRAL_KEYS=lines, **job)
        run("ci", "comment", "plan.json", SANTRAL_SECRETS=secrets, **job)
        for _ in STATUSES:
            run("ci", "journal", "-v", "--out=fetched.jsonl", GITHUB_EVENT_PATH="plan.json", **job)


STATUSES = (401, 403, 404, 422)


def run(*arguments: str, **variables: str) -> None:
    """Run one command line."""
    os.environ.update(variables)
    code = main(arguments)
    sys.stdout.write(f"{arguments[0]} ended with {code}\n")
    sys.stdout.flush()
    for name in variables:
        os.environ.pop(name, None)


def run_sandbox(keys_file: Path, key: str) -> None:
    """Serve the stand-in, ask it for a santral that it knows and one that it does not, end it."""
    serve = SandboxServer.running

    @contextmanager
    def asked(server: SandboxServer) -> Iterator[str]:
        with serve(server) as origin:
            threading.Thread(target=_use, args=[server.server_port, key]).start()
            yield origin

    with mock.patch.object(SandboxServer, "running", asked):
        run("sandbox", "--port=0", f"--keys-file={keys_file}", "--state=state.json")


def _use(port: int, key: str) -> None:
    for sent in (key, f"{key}0"):
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", f"/crm_integrations?key={sent}")
        connection.getresponse().read()
        connection.close()
    os.kill(os.getpid(), signal.SIGINT)


def lose_patience_with(santrals: dict[str, Key]) -> None:
    """Give requests a moment only where the server is slow, and to all others what they need."""
    keys = [key for name, key in santrals.items() if name.partition("/")[0] in SLOW]
    exchange = transport.Transport._exchange  # noqa: SLF001

    def sooner(line: Any, request: Any, seconds: float, *rest: Any, **more: Any) -> Any:
        is_slow = _has_any(keys, request)
        return exchange(line, request, MOMENT if is_slow else seconds, *rest, **more)

    put(transport.Transport, "_exchange", sooner)


def _has_any(keys: Iterable[Key], request: Any) -> bool:
    return any(key.reveal() in f"{request.url} {request.body}" for key in keys)


# Listening


def listen() -> None:
    """Write to stderr what a test cannot see from outside."""
    real_main = santral.main

    def watched_main(*arguments: Any, **options: Any) -> Any:
        try:
            return real_main(*arguments, **options)
        except BaseException as error:
            sys.stderr.writelines(_whole_chain(error, set()))
            raise

    put(santral, "main", watched_main)
    sys.addaudithook(_tell_of_processes)


def put(owner: object, name: str, replacement: object) -> None:
    """Put something else in the place of a part of the program, for as long as the process runs."""
    mock.patch.object(owner, name, replacement).start()


def _whole_chain(error: BaseException | None, seen: set[int]) -> Iterator[str]:
    """Yield an error and all that hangs on it, suppressed or not, with every frame's variables."""
    if error and id(error) not in seen:
        seen.add(id(error))
        yield f"{vars(error)} {error.args}"
        yield from traceback.TracebackException.from_exception(error, capture_locals=True).format()
        yield from _whole_chain(error.__cause__, seen)
        yield from _whole_chain(error.__context__, seen)


def _tell_of_processes(event: str, arguments: Any) -> None:
    if event.startswith(("subprocess.", "os.exec", "os.posix_spawn", "os.spawn", "os.system")):
        sys.stderr.write(f"PROCESS {arguments}\n")


# Programs that leak


def _log_requests() -> None:
    put(transport, "silence_libraries", lambda: None)


def _print_server_text() -> None:
    put(key_finder.KeyFinder, "redact", lambda _, text, *__: text)


def _print_errors() -> None:
    put(transport, "_fault", lambda *_: Fault(_said(sys.exc_info()[1]), True, False))  # noqa: FBT003


def _said(what: object) -> Message:
    return Message("as-written", text=str(what))


def _show_variables() -> None:
    put(Key, "__repr__", Key.reveal)


def _raise_among_texts() -> None:
    def parse(content: str, _: str) -> None:
        raise KeyLookupError(_said(f"The {len(content)} characters cannot be read."))

    put(ring, "read_text", parse)


def _write_keys_down() -> None:
    def intent(_: Any, account: api.Account, __: Any) -> None:
        with Path("debug").open("a") as file:
            file.write(account.key.reveal().upper())

    put(protocol.Protocol, "change", intent)


def _start_processes() -> None:
    def read(_: Any, account: api.Account) -> api.ReadFailure:
        subprocess.run([sys.executable, "-c", "", account.key.reveal()], check=False)
        return api.ReadFailure((_said("It was told to others."),))

    put(api.Api, "read", read)


def _print_requests() -> None:
    put(deadline.Connection, "debuglevel", 1)


def _print_echoed_secrets() -> None:
    put(secret_finder.SecretFinder, "redact", lambda _, text: text)


def _quote_all() -> None:
    account = reader.account_of
    put(reader, "account_of", lambda *whom, **_: replace(account(*whom), may_quote=True))


def _show_urls_in_full() -> None:
    def seen(_: Any, url: str, **__: Any) -> url_mask.SeenUrl:
        return url_mask.SeenUrl(url, (), None)

    put(url_mask.UrlMask, "seen", seen)


def _write_secrets_down() -> None:
    put(url_mask.UrlMask, "sealed", lambda *_: None)


LEAKS: dict[str, Callable[[], None]] = {
    "a library logs requests": _log_requests,
    "the server's text is printed": _print_server_text,
    "the text of an error is printed": _print_errors,
    "variables show keys": _show_variables,
    "an error is raised among texts of keys": _raise_among_texts,
    "a file gets keys": _write_keys_down,
    "a process gets keys": _start_processes,
    "http.client prints requests": _print_requests,
}
SECRET_LEAKS: dict[str, Callable[[], None]] = {
    "secrets of others' texts are printed": _print_echoed_secrets,
    "the API is quoted on URLs with secrets": _quote_all,
    "URLs are shown in full": _show_urls_in_full,
    "the journal gets secrets": _write_secrets_down,
    "variables show secrets": _show_variables,
}
"""Those of which secrets are found, and not keys alone."""


def run_as_told(debug: bool, verbose: bool, leak: str | None) -> None:
    """Run all there is, or what shows a leak."""
    if debug:
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    logging.getLogger("canary").debug("this would be heard")
    put(scheduler, "Clock", JumpingClock)
    listen()
    if leak:
        {**LEAKS, **SECRET_LEAKS}[leak]()
    santrals = fleet(LEAKABLE if leak else [*FAULTS, *OF_A_POST])
    lose_patience_with(santrals)
    named = enumerate(labels(santrals).values())
    entries = [canary_secrets.entry(label, number) for number, label in named]
    defaults = "defaults:\n  crm_integration: {ringing: off}\n"
    for name, those in (("few.yaml", entries[:10]), ("santral.yaml", entries)):
        Path(name).write_text(f"version: 1\n{defaults}santrals:\n{''.join(those)}")
    run_all(santrals, *(["-v"] if verbose else []), shows_urls=debug is verbose)


if __name__ == "__main__":
    run_as_told(**json.loads(sys.argv[1]))
