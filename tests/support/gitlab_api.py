"""A stand-in of GitLab's REST API for one project, on loopback.

The API keeps what it answers in its own words. ``GET /_state`` is all that there is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from support.forge_api import (
    TOKEN,
    Asked,
    Entry,
    ForgeApi,
    NotPermittedError,
    Reply,
    dispatch,
    matching,
    now,
)

PROJECT, FORK = 7, 8
"""The numbers of the project, and of somebody's fork of it."""
BOT: Entry = {"id": 41, "username": f"project_{PROJECT}_bot"}
"""The user that the token is of."""
SOMEBODY: Entry = {"id": 42, "username": "biri"}
__all__ = ["BOT", "FORK", "PROJECT", "SOMEBODY", "TOKEN", "GitLabApi"]


@dataclass
class GitLabApi(ForgeApi):
    """The project. A token may "read", "write", or do everything."""

    default_branch: str = "main"
    merge_requests: list[Entry] = field(default_factory=list)
    pipelines: list[Entry] = field(default_factory=list)
    jobs: list[Entry] = field(default_factory=list)
    files: dict[tuple[int, str], bytes] = field(default_factory=dict)
    """The artifacts, by the number of the job and the name of the file."""
    notes: list[Entry] = field(default_factory=list)
    issues: list[Entry] = field(default_factory=list)
    issue_notes: list[Entry] = field(default_factory=list)
    unindexed: int = 0
    """How many more times nobody knows yet which merge request a commit came by."""
    unmerged: int = 0
    """How many more answers have null for what a merge request was merged as."""
    is_stored_elsewhere: bool = False
    """Whether artifacts are redirected to."""

    prefix: ClassVar[str] = "/api/v4"

    def state(self) -> Entry:
        """Return what it holds, for JSON."""
        kinds = ("merge_requests", "pipelines", "jobs", "notes", "issues", "issue_notes")
        return {kind: getattr(self, kind) for kind in kinds}

    # What others do

    def open_merge_request(self, head: str, *, is_fork: bool = False) -> Entry:
        """Open a merge request of a commit."""
        self.merge_requests.append(
            {
                "id": 100 + len(self.merge_requests),
                "iid": 1 + len(self.merge_requests),
                "state": "opened",
                "target_branch": self.default_branch,
                "source_project_id": FORK if is_fork else PROJECT,
                "target_project_id": PROJECT,
                "sha": head,
                "merge_commit_sha": None,
                "squash_commit_sha": None,
            }
        )
        return self.merge_requests[-1]

    def merge(self, iid: int, **made: str) -> Entry:
        """Merge it: ``made`` says as which merge_commit_sha, squash_commit_sha or sha."""
        request = self.merge_requests[iid - 1]
        request.update(state="merged", merged_at=now(), **made)
        return request

    def begin_pipeline(self, sha: str, ref: str, source: str, **more: Any) -> Entry:
        """Begin a pipeline."""
        number = more.pop("id", 400 + len(self.pipelines))
        about = {"id": number, "project_id": PROJECT, "sha": sha, "ref": ref, "source": source}
        self.pipelines.append({**about, "status": "success", **more})
        return self.pipelines[-1]

    def run_job(
        self, name: str, pipeline: int, files: Mapping[str, bytes], /, **more: Any
    ) -> Entry:
        """Run a job of a pipeline, which leaves these files."""
        (of,) = matching(self.pipelines, id=pipeline)
        number = more.pop("id", 600 + len(self.jobs))
        listed = [{"file_type": "archive", "filename": "artifacts.zip"}] if files else []
        entry = {
            "id": number,
            "name": name,
            "status": "success",
            "ref": of["ref"],
            "tag": False,
            "pipeline": {"id": pipeline, "project_id": of["project_id"], "ref": of["ref"]},
            "artifacts": listed,
            "artifacts_file": {"filename": "artifacts.zip"} if files else None,
            **more,
        }
        self.jobs.append(entry)
        self.files.update({(number, file): content for file, content in files.items()})
        return entry

    def note_by(self, author: Entry, iid: int, body: str) -> Entry:
        """Let somebody write a note on a merge request."""
        number = 300 + len(self.notes)
        entry = {"id": number, "merge_request": iid, "author": author, "body": body}
        self.notes.append(entry)
        return entry

    def open_issue_by(self, author: Entry, title: str, description: str | None) -> Entry:
        """Let somebody open an issue."""
        iid = 1 + len(self.issues)
        text = {"title": title, "description": description}
        entry = {"id": 800 + iid, "iid": iid, "state": "opened", "author": author, **text}
        self.issues.append(entry)
        return entry

    # What it answers

    def answer(self, asked: Asked) -> Reply:
        """Return what the API answers; raises NotPermittedError."""
        rights = self.tokens.get(asked.headers.get("private-token", ""), set())
        if rights is not None and not rights:
            raise NotPermittedError(Reply(401, {"message": "401 Unauthorized"}))
        if rights is not None and asked.method != "GET" and "write" not in rights:
            raise NotPermittedError(Reply(403, {"error": "insufficient_scope"}))
        inside = f"/projects/{PROJECT}"
        path = asked.path.removeprefix(inside)
        is_known = asked.path.startswith(inside) or path == "/user"
        below = Asked(**{**vars(asked), "path": path})
        return (is_known and dispatch(_ROUTES, self, below)) or _NOT_FOUND

    def shown(self, request: Entry) -> Entry:
        """Return a merge request as it is answered now."""
        if not self.unmerged:
            return request
        self.unmerged -= 1
        return {**request, "merge_commit_sha": None, "squash_commit_sha": None, "sha": None}


_NOT_FOUND = Reply(404, {"message": "404 Not Found"})


def _requests_of(api: GitLabApi, _: Asked, commit: str) -> Reply:
    """Return those that brought the commit, and those that only hold it."""
    if api.unindexed:
        api.unindexed -= 1
        return Reply(body=[])
    made = ("merge_commit_sha", "squash_commit_sha", "sha")
    found = [one for one in api.merge_requests if commit in map(one.get, made)]
    return Reply(body=[*map(api.shown, found)])


def _request(api: GitLabApi, _: Asked, iid: str) -> Reply:
    found = matching(api.merge_requests, iid=int(iid))
    return Reply(body=api.shown(found[0])) if found else _NOT_FOUND


def _pipelines_of(api: GitLabApi, _: Asked, iid: str) -> Reply:
    ref = f"refs/merge-requests/{iid}/"
    return Reply(body=[one for one in reversed(api.pipelines) if one["ref"].startswith(ref)])


def _jobs_of(api: GitLabApi, _: Asked, pipeline: str) -> Reply:
    of_it = [one for one in api.jobs if one["pipeline"]["id"] == int(pipeline)]
    return Reply(body=[*reversed(of_it)])


def _jobs(api: GitLabApi, asked: Asked) -> Reply:
    scopes = asked.query.get("scope[]", "").split(",")
    return Reply(body=[one for one in reversed(api.jobs) if one["status"] in scopes])


def _file(api: GitLabApi, _: Asked, job: str, name: str) -> Reply:
    content = api.files.get((int(job), name))
    if content is None:
        return _NOT_FOUND
    return api.store(content) if api.is_stored_elsewhere else Reply(body=content)


def _notes(api: GitLabApi, _: Asked, iid: str) -> Reply:
    return Reply(body=matching(api.notes, merge_request=int(iid)))


def _note(api: GitLabApi, asked: Asked, iid: str) -> Reply:
    return Reply(201, api.note_by(BOT, int(iid), asked.fields["body"]))


def _change_note(api: GitLabApi, asked: Asked, iid: str, number: str) -> Reply:
    for note in matching(api.notes, merge_request=int(iid), id=int(number)):
        note.update(asked.fields)
        return Reply(body=note)
    return _NOT_FOUND


def _issues(api: GitLabApi, asked: Asked) -> Reply:
    author = asked.query.get("author_id")
    found = [one for one in api.issues if author in {None, str(one["author"]["id"])}]
    return Reply(body=matching(found, state=asked.query["state"]))


def _open_issue(api: GitLabApi, asked: Asked) -> Reply:
    fields = asked.fields
    return Reply(201, api.open_issue_by(BOT, fields["title"], fields["description"]))


def _change_issue(api: GitLabApi, asked: Asked, iid: str) -> Reply:
    for issue in matching(api.issues, iid=int(iid)):
        fields = dict(asked.fields)
        state = {"state": "closed"} if fields.pop("state_event", "") == "close" else {}
        issue.update(fields, **state)
        return Reply(body=issue)
    return _NOT_FOUND


def _issue_notes(api: GitLabApi, _: Asked, iid: str) -> Reply:
    return Reply(body=matching(api.issue_notes, issue=int(iid)))


def _issue_note(api: GitLabApi, asked: Asked, iid: str) -> Reply:
    number = 900 + len(api.issue_notes)
    entry = {"id": number, "issue": int(iid), "author": BOT, "body": asked.fields["body"]}
    api.issue_notes.append(entry)
    return Reply(201, entry)


_ROUTES: dict[tuple[str, str], Callable[..., Reply]] = {
    ("GET", r"/user"): lambda *_: Reply(body=BOT),
    ("GET", r""): lambda api, _: Reply(body={"id": PROJECT, "default_branch": api.default_branch}),
    ("GET", r"/merge_requests/(\d+)/notes"): _notes,
    ("POST", r"/merge_requests/(\d+)/notes"): _note,
    ("PUT", r"/merge_requests/(\d+)/notes/(\d+)"): _change_note,
    ("GET", r"/repository/commits/([\w-]+)/merge_requests"): _requests_of,
    ("GET", r"/merge_requests/(\d+)"): _request,
    ("GET", r"/merge_requests/(\d+)/pipelines"): _pipelines_of,
    ("GET", r"/pipelines/(\d+)/jobs"): _jobs_of,
    ("GET", r"/jobs"): _jobs,
    ("GET", r"/jobs/(\d+)/artifacts/([\w./-]+)"): _file,
    ("GET", r"/issues"): _issues,
    ("POST", r"/issues"): _open_issue,
    ("PUT", r"/issues/(\d+)"): _change_issue,
    ("GET", r"/issues/(\d+)/notes"): _issue_notes,
    ("POST", r"/issues/(\d+)/notes"): _issue_note,
}
