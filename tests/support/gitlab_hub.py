"""A stand-in of GitLab's API for one project: what the pipeline's jobs ask of it, on loopback."""

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

TOKEN = "token-of-the-project"  # noqa: S105 - nobody's
PROJECT = 7
Entry = dict[str, Any]
OURS: Entry = {"id": 41, "username": f"project_{PROJECT}_bot"}
"""The user that the token is of."""
SOMEBODY: Entry = {"id": 42, "username": "biri"}
_PAGE, _LONGEST_PAGE = 20, 100
"""How many entries of a list are answered unless asked otherwise, and at most."""


@dataclass
class GitLab:
    """What the project holds, in the API's own words."""

    merge_requests: list[Entry] = field(default_factory=list)
    pipelines: list[Entry] = field(default_factory=list)
    jobs: list[Entry] = field(default_factory=list)
    files: dict[tuple[int, str], bytes] = field(default_factory=dict)
    """The artifacts, by the number of the job and the name of the file."""
    notes: list[Entry] = field(default_factory=list)
    issues: list[Entry] = field(default_factory=list)
    issue_notes: list[Entry] = field(default_factory=list)

    def answer(self, method: str, path: str, fields: Entry) -> Any:
        """Return what the API answers; bytes as they are, all else as JSON."""
        for (asked, pattern), act in _ROUTES.items():
            found = re.fullmatch(pattern, path)
            if found and asked == method:
                return act(self, found.groups(), fields)
        raise AssertionError(f"nothing answers {method} {path}")

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Serve the API, and give its address."""
        handler = type("_Handler", (_Handler,), {"gitlab": self})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/v4"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def add(entries: list[Entry], fields: Entry, **more: Any) -> Entry:
    """Add an entry, and number it: ``id`` for all of GitLab, ``iid`` for the project."""
    number = len(entries) + 1
    entries.append({"id": 100 + number, "iid": number, **fields, **more})
    return entries[-1]


def _of(entries: list[Entry], **wanted: Any) -> list[Entry]:
    return [one for one in entries if wanted.items() <= one.items()]


def _change_issue(gitlab: GitLab, found: tuple[str, ...], fields: Entry) -> Entry:
    state = {"state": "closed"} if fields.pop("state_event", "") == "close" else {}
    issue = gitlab.issues[int(found[0]) - 1]
    issue.update(fields, **state)
    return issue


def _change_note(gitlab: GitLab, found: tuple[str, ...], fields: Entry) -> Entry:
    (note,) = _of(gitlab.notes, merge_request=int(found[0]), id=int(found[1]))
    note.update(fields)
    return note


_ROUTES: dict[tuple[str, str], Callable[[GitLab, tuple[str, ...], Entry], Any]] = {
    ("GET", r"/user"): lambda *_: OURS,
    ("GET", r"merge_requests/(\d+)/notes"): lambda hub, found, _: _of(
        hub.notes, merge_request=int(found[0])
    ),
    ("POST", r"merge_requests/(\d+)/notes"): lambda hub, found, fields: add(
        hub.notes, fields, merge_request=int(found[0]), author=OURS
    ),
    ("PUT", r"merge_requests/(\d+)/notes/(\d+)"): _change_note,
    ("GET", r"repository/commits/\w+/merge_requests"): lambda hub, *_: hub.merge_requests,
    ("GET", r"merge_requests/(\d+)/pipelines"): lambda hub, found, _: _of(
        hub.pipelines, ref=f"refs/merge-requests/{found[0]}/head"
    ),
    ("GET", r"pipelines/(\d+)/jobs"): lambda hub, found, _: _of(hub.jobs, pipeline=int(found[0])),
    ("GET", r"jobs/(\d+)/artifacts/([\w.]+)"): lambda hub, found, _: hub.files[
        int(found[0]), found[1]
    ],
    ("GET", r"issues"): lambda hub, *_: _of(hub.issues, state="opened"),
    ("POST", r"issues"): lambda hub, _, fields: add(
        hub.issues, fields, state="opened", author=OURS
    ),
    ("PUT", r"issues/(\d+)"): _change_issue,
    ("POST", r"issues/(\d+)/notes"): lambda hub, found, fields: add(
        hub.issue_notes, fields, issue=int(found[0])
    ),
}


def _page_of(entries: list[Entry], query: dict[str, str]) -> tuple[list[Entry], str]:
    """Return the page that is asked for, and the number of the next; of the last, an empty one."""
    page, size = int(query.get("page", 1)), min(int(query.get("per_page", _PAGE)), _LONGEST_PAGE)
    end = page * size
    return entries[end - size : end], str(page + 1) if end < len(entries) else ""


class _Handler(BaseHTTPRequestHandler):
    gitlab: GitLab

    def do_GET(self) -> None:
        assert self.headers["PRIVATE-TOKEN"] == TOKEN
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        path = url.path.removeprefix("/api/v4").removeprefix(f"/projects/{PROJECT}/")
        answer = self.gitlab.answer(self.command, path, {**query, **dict(parse_qsl(body))})
        self.send_response(200)
        if isinstance(answer, list):
            answer, following = _page_of(answer, query)
            self.send_header("X-Next-Page", following)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PUT = do_GET  # noqa: N815 - likewise

    def log_message(self, *_: object) -> None:
        """Say nothing."""
