"""What somebody of a team types against a forge: gh and curl, as far as PIPELINES.md uses them.

The stand-ins of the APIs take these requests, too. gh itself is a stand-in (``fake_gh.py``), which
hands its arguments over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import MIMEPart
from email.policy import default
from urllib.parse import unquote

from support.forge_api import Asked, Entry, Reply, dispatch
from support.github_api import GitHubApi
from support.gitlab_api import PROJECT, GitLabApi

REVIEWER = 71
"""The number of the user who approves."""
_ENVIRONMENT = "repos/{owner}/{repo}/environments/"


@dataclass
class GitHubDesk(GitHubApi):
    """GitHub, and what is done there by gh."""

    rules: dict[str, str] = field(default_factory=dict)
    """What each environment asks for, as JSON."""
    branches: dict[str, list[str]] = field(default_factory=dict)
    """Which branches each environment is for, where it is not for all."""
    secrets: dict[str, str] = field(default_factory=dict)
    """The secret SANTRAL_KEYS of each environment."""
    asked_for: list[Entry] = field(default_factory=list)
    """Merges, and runs by hand, that are still to be carried out."""

    def answer(self, asked: Asked) -> Reply:
        """Return what gh is answered, or the API answers."""
        if asked.path != "/_gh":
            return super().answer(asked)
        words = asked.fields["arguments"]
        for start, act in _GH.items():
            if " ".join(words).startswith(start):
                return Reply(body=act(self, words, asked.fields).encode())
        return Reply(404, {"message": f"No stand-in for {words}"})


Act = Callable[[GitHubDesk, list[str], Entry], str]


def _rule(desk: GitHubDesk, words: list[str], asked: Entry) -> str:
    desk.rules[words[4].removeprefix(_ENVIRONMENT)] = asked["input"]
    return ""


def _branch(desk: GitHubDesk, words: list[str], _: Entry) -> str:
    name = words[2].removeprefix(_ENVIRONMENT).partition("/")[0]
    desk.branches.setdefault(name, []).append(words[-1].removeprefix("name="))
    return ""


def _secret(desk: GitHubDesk, words: list[str], asked: Entry) -> str:
    desk.secrets[words[-1]] = asked["input"]
    return ""


def _pull(desk: GitHubDesk, _: list[str], asked: Entry) -> str:
    desk.open_pull(asked["commit"], branch=asked["branch"])
    return ""


def _ask(desk: GitHubDesk, words: list[str], _: Entry) -> str:
    given = dict(word.split("=", 1) for word in words if "=" in word)
    desk.asked_for.append({"command": " ".join(words[:2]), **given})
    return ""


_GH: dict[str, Act] = {
    f"api --silent --method PUT {_ENVIRONMENT}": _rule,
    f"api --silent {_ENVIRONMENT}": _branch,
    "api users/": lambda *_: f"{REVIEWER}\n",
    "secret set SANTRAL_KEYS --env": _secret,
    "pr create --fill": _pull,
    "pr merge --merge": _ask,
    "workflow run santral.yml": _ask,
}


@dataclass
class GitLabDesk(GitLabApi):
    """GitLab, and what is done there by curl."""

    variables: list[Entry] = field(default_factory=list)
    settings: Entry = field(default_factory=dict)
    process_modes: dict[str, str] = field(default_factory=dict)
    """In which order the jobs of each resource group are run."""
    asked_for: list[int] = field(default_factory=list)
    """Merge requests that are still to be merged."""

    def answer(self, asked: Asked) -> Reply:
        """Return what curl is answered, or the API answers."""
        below = Asked(**{**vars(asked), "path": asked.path.removeprefix(f"/projects/{PROJECT}")})
        return dispatch(_CURL, self, below) or super().answer(asked)


def _form(asked: Asked) -> Entry:
    """Return the fields of a form as curl sends it."""
    head = f"Content-Type: {asked.headers['content-type']}\n\n".encode()
    parts = message_from_bytes(head + asked.body, policy=default).iter_parts()
    return {str(one.get_param("name", header="content-disposition")): _text(one) for one in parts}


def _text(part: MIMEPart) -> str:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def _variable(desk: GitLabDesk, asked: Asked) -> Reply:
    desk.variables.append(_form(asked))
    return Reply(201, {})


def _merge(desk: GitLabDesk, _: Asked, iid: str) -> Reply:
    desk.asked_for.append(int(iid))
    return Reply(body={})


def _settings(desk: GitLabDesk, asked: Asked) -> Reply:
    desk.settings.update(_form(asked))
    return Reply(body={})


def _order(desk: GitLabDesk, asked: Asked, group: str) -> Reply:
    desk.process_modes[unquote(group)] = _form(asked)["process_mode"]
    return Reply(body={})


_CURL: dict[tuple[str, str], Callable[..., Reply]] = {
    ("PUT", r""): _settings,
    ("POST", r"/variables"): _variable,
    ("PUT", r"/merge_requests/(\d+)/merge"): _merge,
    ("PUT", r"/resource_groups/([\w-]+)"): _order,
}
