"""A server at the canary's notification URLs, which repeats each of them wherever it can."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import requests.utils
from support.canary_secrets import HOST
from support.certificates import AUTHORITY, tls_with
from support.fault_server import FaultServer, Turn, answer

from reconciler.client import receiver

STATUSES = (200, 302, 404, 500)


def _repeat(turn: Turn) -> None:
    """Say the URL again, in the place of a redirect and in words, with one status or another."""
    target = turn.request.target
    status = STATUSES[sum(map(ord, target)) % len(STATUSES)]
    location = f"Location: https://{HOST}/login{target}&from={target}"
    answer(status, f"Cannot find {target}, sorry", location)(turn)


@contextmanager
def serving(authority: Path) -> Iterator[None]:
    """Have every name lead to the server, by a certificate that is trusted."""
    AUTHORITY.cert_pem.write_to_path(str(authority))
    certificate = AUTHORITY.issue_cert(HOST, "*.example.com")
    with FaultServer({}, tls_with(certificate)) as server:
        server.rule("?", "POST", _repeat)

        def resolve(*_: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", server.port))]

        with (
            mock.patch.object(receiver, "resolve", resolve),
            mock.patch.object(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(authority)),
        ):
            yield
