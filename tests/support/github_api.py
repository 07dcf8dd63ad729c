"""A stand-in of GitHub's REST API for one repository, on loopback.

The API keeps what it answers in its own words. What a workflow's actions do beside the API is
under ``/_runner``: ``POST /_runner/artifacts?name=&run=`` keeps the bytes of a zip as an artifact
of a run that ``begin_run`` made, ``GET`` gives the newest of that name and run back, or the files
of all that a pattern names. ``GET /_state`` is all that there is.
"""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from support.forge_api import TOKEN, Asked, Entry, ForgeApi, NotPermittedError, Reply, dispatch, now

REPOSITORY = "ornek/santral-ayarlari"
BOT = "github-actions[bot]"
REPOSITORY_ID, FORK_ID = 1, 2
"""The numbers of the repository, and of somebody's fork of it."""
WORKFLOW, OTHER_WORKFLOW = 501, 502
__all__ = ["BOT", "REPOSITORY", "TOKEN", "GitHubApi", "zipped"]


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return files as the zip that an artifact is downloaded as."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return archive.getvalue()


@dataclass
class GitHubApi(ForgeApi):
    """The repository."""

    repository: str = REPOSITORY
    default_branch: str = "main"
    private: bool = True
    pulls: list[Entry] = field(default_factory=list)
    comments: list[Entry] = field(default_factory=list)
    issues: list[Entry] = field(default_factory=list)
    runs: dict[int, Entry] = field(default_factory=dict)
    artifacts: list[Entry] = field(default_factory=list)
    archives: dict[int, bytes] = field(default_factory=dict)
    """The zip of each artifact, by its number."""
    unindexed: int = 0
    """How many more times nobody knows yet which pull request a commit came by."""
    unmerged: int = 0
    """How many more answers have null for merge_commit_sha."""

    shortest_page: ClassVar[int] = 30

    def state(self) -> Entry:
        """Return what it holds, for JSON."""
        kinds = ("pulls", "comments", "issues", "artifacts")
        return {**{kind: getattr(self, kind) for kind in kinds}, "runs": [*self.runs.values()]}

    # What others do

    def open_pull(self, head: str, *, branch: str = "change", is_fork: bool = False) -> Entry:
        """Open a pull request of a commit."""
        owner = "baskasi/santral-ayarlari" if is_fork else self.repository
        whose = {"id": FORK_ID if is_fork else REPOSITORY_ID, "full_name": owner}
        self.pulls.append(
            {
                "number": 1 + len(self.pulls) + len(self.issues),
                "state": "open",
                "user": {"login": "biri"},
                "head": {"ref": branch, "sha": head, "repo": whose},
                "base": {"ref": self.default_branch, "repo": {"id": REPOSITORY_ID}},
                "merged_at": None,
                "merge_commit_sha": f"trial-of-{head}",
                "updated_at": now(),
            }
        )
        return self.pulls[-1]

    def merge_pull(self, number: int, commit: str) -> Entry:
        """Merge it as a commit of the default branch."""
        pull = self.pull(number)
        pull.update(state="closed", merged_at=now(), merge_commit_sha=commit, updated_at=now())
        return pull

    def pull(self, number: int) -> Entry:
        """Return a pull request."""
        return next(one for one in self.pulls if one["number"] == number)

    def begin_run(
        self, head: str, *, event: str = "pull_request", branch: str = "change", **more: Any
    ) -> Entry:
        """Begin a run of the workflow; ``more`` says what is different about it."""
        number = more.pop("id", 9_000 + len(self.runs))
        self.runs[number] = {
            "id": number,
            "workflow_id": WORKFLOW,
            "event": event,
            "head_sha": head,
            "head_branch": branch,
            "repository": {"id": REPOSITORY_ID},
            "head_repository": {"id": REPOSITORY_ID},
            **more,
        }
        return self.runs[number]

    def keep_artifact(self, name: str, run: int, archive: bytes, **more: Any) -> Entry:
        """Keep a zip as an artifact of a run."""
        number = 700 + len(self.artifacts)
        of, owner = self.runs[run], self.runs[run]["head_repository"]
        about = {
            "id": run,
            "repository_id": REPOSITORY_ID,
            "head_repository_id": owner["id"] if owner else None,
            "head_branch": of["head_branch"],
            "head_sha": of["head_sha"],
        }
        common = {"id": number, "name": name, "size_in_bytes": len(archive), "expired": False}
        self.artifacts.append({**common, "created_at": now(), "workflow_run": about, **more})
        self.archives[number] = archive
        return self.artifacts[-1]

    def comment_by(self, login: str, issue: int, body: str) -> Entry:
        """Let somebody comment on an issue or a pull request."""
        number = 300 + len(self.comments)
        entry = {"id": number, "issue": issue, "user": {"login": login}, "body": body}
        self.comments.append(entry)
        return entry

    def open_issue_by(self, login: str, title: str, body: str | None) -> Entry:
        """Let somebody open an issue."""
        number = 1 + len(self.pulls) + len(self.issues)
        entry = {
            "number": number,
            "state": "open",
            "title": title,
            "body": body,
            "user": {"login": login},
        }
        self.issues.append(entry)
        return entry

    # What it answers

    def answer(self, asked: Asked) -> Reply:
        """Return what the API answers; raises NotPermittedError."""
        beside = dispatch(_BESIDE, self, asked)
        if beside:
            return beside
        self._require_token(asked)
        inside = f"/repos/{self.repository}"
        below = Asked(**{**vars(asked), "path": asked.path.removeprefix(inside)})
        answered = asked.path.startswith(inside) and dispatch(_ROUTES, self, below)
        return answered or _NOT_FOUND

    def _require_token(self, asked: Asked) -> None:
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            raise NotPermittedError(Reply(401, {"message": "Bad credentials", "status": "401"}))

    def require(self, asked: Asked, *rights: str) -> None:
        """Let pass who has one of these rights, of which "write" holds "read"."""
        has = self.tokens[asked.headers["authorization"].removeprefix("Bearer ")]
        enough = {*rights, *(right.replace(": read", ": write") for right in rights)}
        if has is not None and not has & enough:
            message = {"message": "Resource not accessible by integration", "status": "403"}
            raise NotPermittedError(Reply(403, message))

    def shown(self, pull: Entry) -> Entry:
        """Return a pull request as it is answered now."""
        if not self.unmerged:
            return pull
        self.unmerged -= 1
        return {**pull, "merge_commit_sha": None}


_NOT_FOUND = Reply(404, {"message": "Not Found", "status": "404"})


def _with(*rights: str) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
    """Let only who has one of these rights get an answer."""

    def decorate(act: Callable[..., Reply]) -> Callable[..., Reply]:
        def permitted(api: GitHubApi, asked: Asked, *found: str) -> Reply:
            api.require(asked, *rights)
            return act(api, asked, *found)

        return permitted

    return decorate


def _repository(api: GitHubApi, _: Asked) -> Reply:
    about = {"id": REPOSITORY_ID, "full_name": api.repository, "private": api.private}
    return Reply(body={**about, "default_branch": api.default_branch})


@_with("issues: read", "pull-requests: read")
def _comments(api: GitHubApi, _: Asked, issue: str) -> Reply:
    return Reply(body=[one for one in api.comments if one["issue"] == int(issue)])


@_with("issues: write", "pull-requests: write")
def _comment(api: GitHubApi, asked: Asked, issue: str) -> Reply:
    return Reply(201, api.comment_by(BOT, int(issue), asked.fields["body"]))


@_with("issues: write", "pull-requests: write")
def _change_comment(api: GitHubApi, asked: Asked, number: str) -> Reply:
    for comment in api.comments:
        if comment["id"] == int(number):
            comment.update(asked.fields)
            return Reply(body=comment)
    return _NOT_FOUND


@_with("issues: read")
def _issues(api: GitHubApi, asked: Asked) -> Reply:
    """Return issues, and, as the API does, pull requests too."""
    pulls = [{**one, "pull_request": {}, "title": "", "body": ""} for one in api.pulls]
    wanted = asked.query.get("state", "open"), asked.query.get("creator")
    found = [
        one
        for one in [*api.issues, *pulls]
        if one["state"] == wanted[0] and wanted[1] in {None, one["user"]["login"]}
    ]
    return Reply(body=found)


@_with("issues: write")
def _open_issue(api: GitHubApi, asked: Asked) -> Reply:
    return Reply(201, api.open_issue_by(BOT, asked.fields["title"], asked.fields["body"]))


@_with("issues: write")
def _change_issue(api: GitHubApi, asked: Asked, number: str) -> Reply:
    for issue in api.issues:
        if issue["number"] == int(number):
            issue.update(asked.fields)
            return Reply(body=issue)
    return _NOT_FOUND


@_with("pull-requests: read")
def _pulls_of(api: GitHubApi, _: Asked, commit: str) -> Reply:
    if api.unindexed:
        api.unindexed -= 1
        return Reply(body=[])
    found = [one for one in api.pulls if commit in {one["merge_commit_sha"], one["head"]["sha"]}]
    return Reply(body=[*map(api.shown, found)])


@_with("pull-requests: read")
def _pulls(api: GitHubApi, asked: Asked) -> Reply:
    wanted = asked.query.get("state", "open"), asked.query.get("base")
    found = [
        one
        for one in api.pulls
        if one["state"] == wanted[0] and wanted[1] in {None, one["base"]["ref"]}
    ]
    return Reply(body=found)


@_with("pull-requests: read")
def _pull(api: GitHubApi, _: Asked, number: str) -> Reply:
    found = [one for one in api.pulls if one["number"] == int(number)]
    return Reply(body=api.shown(found[0])) if found else _NOT_FOUND


@_with("actions: read")
def _run(api: GitHubApi, _: Asked, number: str) -> Reply:
    run = api.runs.get(int(number))
    return Reply(body=run) if run else _NOT_FOUND


@_with("actions: read")
def _artifacts(api: GitHubApi, asked: Asked) -> Reply:
    name = asked.query.get("name")
    found = [one for one in reversed(api.artifacts) if name in {None, one["name"]}]
    body = {"total_count": len(found), "artifacts": found}
    return Reply(body=body, listed="artifacts")


@_with("actions: read")
def _download(api: GitHubApi, _: Asked, number: str) -> Reply:
    found = [one for one in api.artifacts if one["id"] == int(number)]
    if not found:
        return _NOT_FOUND
    if found[0]["expired"]:
        return Reply(410, {"message": "Artifact has expired", "status": "410"})
    return api.store(api.archives[int(number)])


_ROUTES: dict[tuple[str, str], Callable[..., Reply]] = {
    ("GET", r""): _repository,
    ("GET", r"/issues/(\d+)/comments"): _comments,
    ("POST", r"/issues/(\d+)/comments"): _comment,
    ("PATCH", r"/issues/comments/(\d+)"): _change_comment,
    ("GET", r"/issues"): _issues,
    ("POST", r"/issues"): _open_issue,
    ("PATCH", r"/issues/(\d+)"): _change_issue,
    ("GET", r"/commits/([\w-]+)/pulls"): _pulls_of,
    ("GET", r"/pulls"): _pulls,
    ("GET", r"/pulls/(\d+)"): _pull,
    ("GET", r"/actions/runs/(\d+)"): _run,
    ("GET", r"/actions/artifacts"): _artifacts,
    ("GET", r"/actions/artifacts/(\d+)/zip"): _download,
}


def _upload(api: GitHubApi, asked: Asked) -> Reply:
    run = int(asked.query["run"])
    if run not in api.runs:
        return Reply(404, {"message": f"no run {run} was begun"})
    return Reply(201, api.keep_artifact(asked.query["name"], run, asked.body))


def _fetch(api: GitHubApi, asked: Asked) -> Reply:
    name, run = asked.query["name"], int(asked.query["run"])
    of_run = [one for one in api.artifacts if one["workflow_run"]["id"] == run]
    newest = {one["name"]: one["id"] for one in of_run if fnmatchcase(one["name"], name)}
    if "*" in name:
        return Reply(body=zipped(dict(_files(api.archives[number] for number in newest.values()))))
    return Reply(body=api.archives[newest[name]]) if newest else _NOT_FOUND


def _files(archives: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    for archive in archives:
        with zipfile.ZipFile(io.BytesIO(archive)) as file:
            yield from ((name, file.read(name)) for name in file.namelist())


_BESIDE: dict[tuple[str, str], Callable[..., Reply]] = {
    ("POST", "/_runner/artifacts"): _upload,
    ("GET", "/_runner/artifacts"): _fetch,
}
