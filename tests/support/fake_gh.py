"""The command ``gh``, as far as the workflows use it: on a Hub, with the rights of the job."""

import json
import os
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jq
from support.forge import git
from support.github_hub import BOT, REPOSITORY, Hub

Answer = Callable[[Hub, tuple[str, ...], dict[str, str]], Any]


def comments(hub: Hub, found: tuple[str, ...], _: dict[str, str]) -> Any:
    """List the comments of an issue or a pull request."""
    return [one for one in hub.state["comments"] if one["issue"] == int(found[0])]


def comment(hub: Hub, found: tuple[str, ...], fields: dict[str, str]) -> Any:
    """Comment on one."""
    return hub.add("comments", issue=int(found[0]), user={"login": BOT}, **fields)


def change_comment(hub: Hub, found: tuple[str, ...], fields: dict[str, str]) -> Any:
    """Change a comment's text."""
    return hub.change("comments", int(found[0]) - 100, **fields)


def issues(hub: Hub, _: tuple[str, ...], query: dict[str, str]) -> Any:
    """List the issues of a state and an author."""
    wanted = query["state"], query["creator"]
    return [one for one in hub.state["issues"] if (one["state"], one["user"]["login"]) == wanted]


def open_issue(hub: Hub, _: tuple[str, ...], fields: dict[str, str]) -> Any:
    """Open an issue."""
    return hub.add("issues", state="open", user={"login": BOT}, **fields)


def change_issue(hub: Hub, found: tuple[str, ...], fields: dict[str, str]) -> Any:
    """Change an issue's text or state."""
    return hub.change("issues", int(found[0]), **fields)


def pulls_of(hub: Hub, found: tuple[str, ...], _: dict[str, str]) -> Any:
    """List the pull requests that a commit came by."""
    return [one for one in hub.state["pulls"] if one["merge_commit_sha"] == found[0]]


def artifacts(hub: Hub, _: tuple[str, ...], query: dict[str, str]) -> Any:
    """List the artifacts of a name."""
    found = [one for one in hub.state["artifacts"] if one["name"] == query["name"]]
    return {"total_count": len(found), "artifacts": found}


def environment(hub: Hub, found: tuple[str, ...], _: dict[str, str]) -> Any:
    """Make an environment."""
    return hub.add("environments", name=found[0])


ROUTES: dict[tuple[str, str], tuple[str, Answer]] = {
    ("GET", r"/issues/(\d+)/comments"): ("pull-requests: read", comments),
    ("POST", r"/issues/(\d+)/comments"): ("pull-requests: write|issues: write", comment),
    ("PATCH", r"/issues/comments/(\d+)"): ("pull-requests: write", change_comment),
    ("GET", r"/issues"): ("issues: read", issues),
    ("POST", r"/issues"): ("issues: write", open_issue),
    ("PATCH", r"/issues/(\d+)"): ("issues: write", change_issue),
    ("GET", r"/commits/(\w+)/pulls"): ("pull-requests: read", pulls_of),
    ("GET", r"/actions/artifacts"): ("actions: read", artifacts),
    ("PUT", r"/environments/([\w-]+)"): ("administration: write", environment),
}
"""What the API answers, and the right that it asks for: either of two."""


def main() -> None:
    """Do what the command line says, or leave as gh does."""
    parser = ArgumentParser()
    verbs = parser.add_subparsers(required=True)
    api = verbs.add_parser("api")
    api.set_defaults(act=call_api)
    for flag in ("--paginate", "--silent"):
        api.add_argument(flag, action="store_true")
    api.add_argument("--method", default="GET")
    api.add_argument("--jq")
    api.add_argument("--field", action="append", default=[])
    api.add_argument("--raw-field", action="append", default=[])
    api.add_argument("path")
    secret = verbs.add_parser("secret").add_subparsers(required=True).add_parser("set")
    secret.set_defaults(act=set_secret)
    secret.add_argument("name")
    secret.add_argument("--env", required=True)
    pulls = verbs.add_parser("pr").add_subparsers(required=True)
    create = pulls.add_parser("create")
    create.set_defaults(act=create_pull)
    create.add_argument("--fill", action="store_true", required=True)
    merge = pulls.add_parser("merge")
    merge.set_defaults(act=merge_pull)
    merge.add_argument("--merge", action="store_true", required=True)
    run = verbs.add_parser("run").add_subparsers(required=True).add_parser("download")
    run.set_defaults(act=download)
    run.add_argument("run", type=int)
    run.add_argument("--repo", required=True)
    run.add_argument("--name", required=True)
    arguments = parser.parse_args()
    if "GH_TOKEN" not in os.environ:
        sys.exit("gh: set the GH_TOKEN environment variable")
    arguments.act(Hub(Path(os.environ["HUB"])), arguments)


def call_api(hub: Hub, arguments: Namespace) -> None:
    """Answer ``gh api``."""
    url = urlsplit(arguments.path.replace("{owner}/{repo}", REPOSITORY))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    fields = {**query, **dict(_raw(arguments.raw_field)), **dict(_typed(arguments.field))}
    for (method, pattern), (right, answer) in ROUTES.items():
        found = re.fullmatch(f"repos/{REPOSITORY}{pattern}", url.path)
        if found and method == arguments.method:
            _require(right)
            _print(answer(hub, found.groups(), fields), arguments)
            return
    sys.exit(f"gh: Not Found (HTTP 404): {arguments.method} {arguments.path}")


def download(hub: Hub, arguments: Namespace) -> None:
    """Answer ``gh run download``."""
    _require("actions: read")
    if not hub.fetch_artifact(arguments.name, arguments.run, Path.cwd()):
        sys.exit("no valid artifacts found to download")


def set_secret(hub: Hub, arguments: Namespace) -> None:
    """Answer ``gh secret set``, whose value comes by stdin."""
    _require("secrets: write")
    assert arguments.env in {one["name"] for one in hub.state["environments"]}
    hub.add("secrets", name=arguments.name, environment=arguments.env, value=sys.stdin.read())


def create_pull(hub: Hub, _: Namespace) -> None:
    """Answer ``gh pr create``: from the branch that is checked out."""
    _require("pull-requests: write")
    hub.open_pull(git(Path.cwd(), "branch", "--show-current"))


def merge_pull(hub: Hub, _: Namespace) -> None:
    """Answer ``gh pr merge``: the branch's pull request, which is the newest here."""
    _require("contents: write")
    hub.merge_pull(len(hub.state["pulls"]))


def _require(rights: str) -> None:
    held = json.loads(os.environ["HUB_PERMISSIONS"])
    for right in rights.split("|"):
        scope, level = right.split(": ")
        if held.get(scope) in {level, "write"}:
            return
    sys.exit("gh: Resource not accessible by integration (HTTP 403)")


def _raw(fields: Iterable[str]) -> Iterable[tuple[str, str]]:
    for field in fields:
        name, _, value = field.partition("=")
        yield name, value


def _typed(fields: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Read ``name=@file``; the other magic of --field is not used by the workflows."""
    for name, value in _raw(fields):
        assert value.startswith("@")
        yield name, Path(value[1:]).read_text("utf-8")


def _print(answer: Any, arguments: Namespace) -> None:
    if arguments.silent:
        return
    assert arguments.jq, "without --jq the answer would go to the log"
    for value in jq.compile(arguments.jq).input_value(answer).all():
        print(value if isinstance(value, str) else json.dumps(value))  # noqa: T201


if __name__ == "__main__":
    main()
