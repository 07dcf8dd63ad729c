"""What a CI system says of the job that this runs in, read strictly: others may have written it."""

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.ci.forge import ForgeError
from reconciler.client.address import Address
from reconciler.core.ci_systems import SYSTEMS, Ci, System
from reconciler.core.errors import explaining
from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.core.text import printable
from reconciler.documents import parse_json
from reconciler.files import read_regular

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
REPOSITORY = re.compile(r"[A-Za-z0-9_-]{1,100}/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}")
LINE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,1000}")
"""Any text of one line, such as the name of a branch; what is not UTF-8 could not be sent."""
_TOKEN = re.compile(r"[!-~]{1,8192}")
_EVENT = "GITHUB_EVENT_PATH"
_MOST_BYTES = 32 * 1024 * 1024
"""Of an event; GitHub sends 25 MB at most."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a CI system."""

    ci: Ci
    variables: Mapping[str, str] = field(repr=False)

    @property
    def system(self) -> System:
        """What is particular to the CI system."""
        return SYSTEMS[self.ci]

    def text(self, variable: str, form: re.Pattern[str]) -> str:
        """Return the value of a variable of the CI system's own; raises ForgeError."""
        value = self.variables.get(variable, "")
        if not form.fullmatch(value):
            raise ForgeError(
                Message("forge-variable", variable=variable, forge=self.system.name),
            )
        return value

    @property
    def commit(self) -> str:
        """The commit that it runs on; raises ForgeError."""
        return self.text(self.system.commit, COMMIT)

    @property
    def branch(self) -> str:
        """The branch that it runs on; raises ForgeError."""
        return self.text(self.system.branch, LINE)

    @property
    def started_by(self) -> str:
        """What started it; raises ForgeError."""
        return self.text(self.system.event, LINE)

    @property
    def address(self) -> Address:
        """The address of the API; raises ForgeError."""
        address = Address.parse(self.variables.get(self.system.api, "").rstrip("/"))
        if not address or "?" in address.path:
            raise ForgeError(Message("forge-address", variable=self.system.api))
        return address

    @property
    def link(self) -> str:
        """The address of its page; raises ForgeError."""
        link = self.system.link_of(self.variables)
        if not link:
            names = filter(str.isupper, self.system.link)
            missing = next((name for name in names if not self.variables.get(name)), "")
            raise ForgeError(Message("forge-variable", variable=missing, forge=self.system.name))
        return printable(link)

    def event(self) -> Any:
        """Return what GitHub tells of the event; raises ForgeError."""
        path = self.text(_EVENT, LINE)
        named = Message("forge-event-unreadable", variable=_EVENT)
        with explaining(lambda reason: ForgeError(named, reason)):
            content = read_regular(Path(path), _MOST_BYTES, follows=True)
        event = parsed(content)
        if not isinstance(event, dict):
            raise ForgeError(named)
        return event


def take_token(job: Job, environment: MutableMapping[str, str]) -> Key:
    """Take the forge's token out of the environment; raises ForgeError where there is none."""
    token = Key(environment.pop(job.system.token, "").strip())
    if not token.is_like(_TOKEN):
        raise ForgeError(Message(_TOKEN_MISSING[job.ci], variable=job.system.token))
    return token


_TOKEN_MISSING = {Ci.GITHUB: "forge-token-missing-github", Ci.GITLAB: "forge-token-missing-gitlab"}


def parsed(content: bytes) -> Any:
    """Return what JSON holds; None for what is none."""
    try:
        return parse_json(content.decode("utf-8-sig"))
    except ValueError:
        return None


def at(entry: Any, *path: str) -> Any:
    """Return what stands at a place in what others wrote; None where nothing does."""
    for name in path:
        entry = entry.get(name) if isinstance(entry, dict) else None
    return entry


def text_at(entry: Any, *path: str) -> str:
    """Return the text there; an empty one for anything else."""
    found = at(entry, *path)
    return found if isinstance(found, str) else ""


def number_at(entry: Any, *path: str) -> int:
    """Return the whole number there; 0, which no forge gives to anything, for anything else."""
    found = at(entry, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else 0
