"""What finding a plan has in common at both forges."""

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from reconciler.ci.environment import Job, number_at
from reconciler.ci.forge import ForgeError
from reconciler.ci.web import Web
from reconciler.core.ci_systems import Ci
from reconciler.core.messages import Field, Message
from reconciler.core.shard import Shard
from reconciler.core.text import printable

_WAITS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds, a minute in all: so long it may take until a forge knows how a commit came."""
_PLAN_ANEW = {Ci.GITHUB: "plan-anew-github", Ci.GITLAB: "plan-anew-gitlab"}


def suffix_of(shard: Shard | None) -> str:
    """Return what the names of a shard's files end with, before their dot."""
    return f"-{shard.index}" if shard else ""


def no_plan(job: Job, code: str, **fields: Field) -> NoReturn:
    """Say why there is no plan to apply, and what to do; raises ForgeError."""
    anew = Message(_PLAN_ANEW[job.ci], branch=printable(job.branch))
    raise ForgeError(Message(code, **fields), anew)


def patiently(web: Web, path: str, look: Callable[[], list[Any]]) -> list[Any]:
    """Look until something is found, for a minute at most."""
    for wait in _WAITS:
        found = look()
        if found:
            return found
        web.pause(path, wait)
    return look()


def newest(entries: Iterator[Any] | list[Any]) -> list[Any]:
    """Return the entries that have a number, the highest first."""
    return sorted(filter(_number, entries), key=_number, reverse=True)


def _number(entry: Any) -> int:
    return number_at(entry, "id")


def names_of(entries: list[Any], field: str, sign: str) -> str:
    """Return the numbers of pull or merge requests as people write them."""
    return ", ".join(f"{sign}{number_at(entry, field)}" for entry in entries)
