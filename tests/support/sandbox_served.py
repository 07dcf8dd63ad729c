"""The stand-in API served on loopback, as the tests of the sandbox ask it."""

import contextlib
import http.client
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

from support.fleet import KEYS, settings

from reconciler.doctor.vendor_test import vendor_test
from reconciler.sandbox.service import Service, by_name
from reconciler.sandbox.store import Store

STATE = Path("state.json")

OLD = settings("on", "off", "on", "https://crm.example.com/old")

NEW = settings("off", "on", "off", "https://crm.example.com/new")

PATH = "/crm_integrations"


def form(key: str, **fields: str) -> str:
    """Return a form body, or a query."""
    return urlencode({"key": key, **fields})


NEW_FIELDS = {name: str(value) for name, value in asdict(NEW).items()}


@dataclass
class Listener:
    """A customer's web server, and what it was asked."""

    origin: str
    asked: list[tuple[str, str, str | None, bytes]] = field(default_factory=list)


def connect(origin: str) -> http.client.HTTPConnection:
    """Return a connection that speaks HTTP and nothing else."""
    return http.client.HTTPConnection(origin.removeprefix("http://"), timeout=120)


def ask(
    connection: http.client.HTTPConnection, method: str, target: str, body: str | None = None
) -> tuple[int, str]:
    """Send a request and return the answer's status and body."""
    connection.request(method, target, body)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@dataclass(frozen=True)
class Served:
    """``santral sandbox``, running as a process of its own."""

    process: subprocess.Popen[str]
    origin: str

    def ask(self, method: str, key: str, **fields: str) -> tuple[int, str]:
        with contextlib.closing(connect(self.origin)) as connection:
            return ask(connection, method, PATH, form(key, **fields))

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        """Send a signal; return the exit code and what was written after the first line."""
        self.process.send_signal(number)
        stdout, stderr = self.process.communicate(timeout=120)
        return self.process.returncode, stdout, stderr


def command(*options: str) -> list[str]:
    """Return the command line of a stand-in on a free port."""
    return [sys.executable, "-m", "reconciler", "sandbox", "--port", "0", *options]


@contextlib.contextmanager
def serving(*options: str) -> Iterator[Served]:
    """Run ``santral sandbox`` until the block ends, if it was not ended before."""
    with subprocess.Popen(
        command("--state", str(STATE), *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            said = re.fullmatch(
                r"The sandbox is at (http://\S+) \(press Ctrl-C to stop it\)\.\n", line
            )
            assert said, line
            yield Served(process, said[1])
        finally:
            process.kill()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, for a while."""
    ends = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.02)


def broken_state(path: str) -> str:
    """Return the message for a state file that is not the stand-in's."""
    return (
        f"The state file of the sandbox, {path}, does not hold what the sandbox writes. Delete it "
        "to start afresh."
    )


def old_service() -> Service:
    """Return a stand-in that knows ankara, with old settings, and bursa, which is not set up."""
    service = Service(Store(), by_name({name: KEYS[name] for name in ("ankara", "bursa")}))
    service.store.update("ankara", asdict(OLD))
    return service


def checking_service() -> Service:
    """Return a stand-in that tests new URLs, and knows ankara with old settings."""
    service = Service(
        Store(), by_name({"ankara": KEYS["ankara"]}), is_url_up=vendor_test(allow_private=True)
    )
    service.store.update("ankara", asdict(OLD))
    return service


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """Serve paths that are HTTP statuses: a POST to /204 is answered with 204."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.asked.append(("POST", self.path, self.headers["Content-Type"], body))
            self.send_response(int(self.path[1:4]))
            self.send_header("Location", "/200")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        heard = Listener(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield heard
        server.shutdown()
        thread.join()
