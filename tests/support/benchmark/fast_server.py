"""A server that is no bottleneck: it answers as the API does, or as PowerDNS, after a latency.

Run as a program, so that it has a process of its own. It uses uvloop where that is installed;
``tests/benchmark.py --peers`` prints how much it can serve, and how busy it was. What it is asked
it does not check, since nothing but what is measured asks it.
"""

import argparse
import asyncio
import contextlib
import json
import re
import ssl
import time
from urllib.parse import parse_qsl, unquote

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_KEY = re.compile(rb"[?&]key=([^& ]+)")
_ZONE = re.compile(rb"/zones/([^/? ]+)")
_FIELDS = ("ringing", "answered", "hangup", "notification_url")
_LIVE = json.dumps(
    dict.fromkeys(_FIELDS[:3], "on") | {"notification_url": "https://a.example.com/"}
)
_VERSION = b'{"version": "4.9.0"}'


class Server:
    """What all connections share: what was written, and how long each answer takes."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self._live = _answer(_LIVE.encode())
        self._ok = _answer(b"Ok", b"text/plain")
        self._version = _answer(_VERSION)
        self._written: dict[str, bytes] = {}
        self._requests = 0

    def answer(self, head: bytes, body: bytes) -> bytes:
        """Return the full answer to a request."""
        self._requests += 1
        if head.startswith(b"POST"):
            return self._write(dict(parse_qsl(body.decode())))
        key = _KEY.search(head)
        if key:
            return self._written.get(unquote(key[1].decode()), self._live)
        zone = _ZONE.search(head)
        if zone:
            return _answer(_zone(zone[1].decode()))
        return self._usage() if head.startswith(b"GET /usage ") else self._version

    def _usage(self) -> bytes:
        """Say what the server has taken so far, so that whoever measures sees whether it waits."""
        used = {"seconds": time.process_time(), "requests": self._requests}
        return _answer(json.dumps(used).encode())

    def _write(self, form: dict[str, str]) -> bytes:
        settings = {name: form[name] for name in _FIELDS}
        self._written[form["key"]] = _answer(json.dumps(settings).encode())
        return self._ok


def _answer(body: bytes, kind: bytes = b"application/json") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
    return head % (kind, len(body)) + body


def _zone(name: str) -> bytes:
    """Return a zone with four records, as many as a santral has settings."""
    records = [
        {"name": f"r{number}.{name}", "type": "TXT", "ttl": 300, "records": [{"content": '"on"'}]}
        for number in range(4)
    ]
    return json.dumps({"name": name, "rrsets": records}).encode()


class _Connection(asyncio.Protocol):
    """Answers the requests of one connection, in their order."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            end = int(length[1]) if length else 0
            if len(rest) < end:
                return
            self._received = rest[end:]
            self._send(self._server.answer(head, rest[:end]))

    def _send(self, answer: bytes) -> None:
        if self._server.latency:
            loop = asyncio.get_running_loop()
            loop.call_later(self._server.latency, self._transport.write, answer)  # type: ignore[attr-defined]
        else:
            self._transport.write(answer)  # type: ignore[attr-defined]


async def _serve(latency: float, certificate: str | None) -> None:
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    shared, loop = Server(latency), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Connection(shared), "127.0.0.1", 0, ssl=context, backlog=1024
    )
    scheme = "https" if certificate else "http"
    print(f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201
    await server.serve_forever()


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0, help="in seconds")
    parser.add_argument("--certificate", help="serve HTTPS, with this chain and its key, in PEM")
    given = parser.parse_args()
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415

        uvloop.install()
    asyncio.run(_serve(given.latency, given.certificate))


if __name__ == "__main__":
    main()
