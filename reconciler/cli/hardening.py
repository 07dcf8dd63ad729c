"""What is made sure of before anything else: nothing around the program is to betray a key."""

import contextlib
from collections.abc import Mapping

from reconciler.core.errors import SantralError
from reconciler.core.messages import Message

_TRUE = frozenset({"true", "1", "$true"})
"""What GitHub's runner takes for true, in lowercase."""


class UnsafeEnvironmentError(SantralError):
    """A variable is set that would give secrets away."""


def take_precautions(environment: Mapping[str, str]) -> None:
    """Forbid core dumps; raises UnsafeEnvironmentError where no run could be a safe one."""
    _forbid_core_dumps()
    danger = _danger(environment)
    if danger:
        raise UnsafeEnvironmentError(danger)


def _forbid_core_dumps() -> None:
    """Let no crash write the memory, and the keys in it, to a file; Windows has no such limit."""
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415 - POSIX only

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _danger(environment: Mapping[str, str]) -> Message | None:
    if environment.get("SSLKEYLOGFILE"):
        return Message("environment-tls-log")
    if environment.get("ACTIONS_ALLOW_UNSECURE_COMMANDS", "").strip().lower() in _TRUE:
        return Message("environment-github-commands")
    return None
