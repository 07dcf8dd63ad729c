"""A stand-in of Vault: its key/value store, and logging in by a signed token or by AppRole."""

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from support.fleet import KEYS

SIGNED, GIVEN, ASKING = "token-that-the-forge-signed", "token-of-vault", "token-to-ask-for-tokens"
APPROLE = {"role_id": "role-of-the-server", "secret_id": "secret-of-the-server"}
LOGINS = {
    "/v1/auth/jwt/login": {"role": "santral", "jwt": SIGNED},
    "/v1/auth/approle/login": APPROLE,
}


class _Vault(BaseHTTPRequestHandler):
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
        if asked == LOGINS[self.path]:
            self._answer({"auth": {"client_token": GIVEN}})
        else:
            self._answer({"errors": ["invalid role or secret ID"]}, status=400)

    def _answer(self, content: object, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Serve Vault, and give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Vault) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        with contextlib.ExitStack() as stack:
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            yield f"http://127.0.0.1:{server.server_port}"
