"""What is said, in every format for people, of where a plan or a checkup comes from."""

from collections.abc import Callable

from reconciler.core.checkup import Checkup
from reconciler.core.messages import say, say_number
from reconciler.core.plan import Origin
from reconciler.journal.records import SANDBOX

_MOST_FILES = 5
"""Files that are named where there are many; JSON names all."""


def is_of_sandbox(asked: Origin | Checkup | None) -> bool:
    """Return whether the stand-in was asked, and so no real santral."""
    return asked is not None and asked.api == SANDBOX


def target(asked: Origin | Checkup, quote: Callable[[str], str] = str) -> str:
    """Say which API was asked; ``quote`` marks what others named."""
    if asked.api is None:
        return say("The API was not asked.")
    if is_of_sandbox(asked):
        return say("For the sandbox, not for real santrals.")
    return say("For {api}.", api=quote(asked.api))


def made(when: str) -> str:
    """Say when something was made."""
    return say("Made {made}.", made=when)


def source(origin: Origin, quote: Callable[[str], str] = str) -> str:
    """Say when a plan was made, and from which files of which commit."""
    if not origin.files:
        return made(origin.made)
    return " ".join(filter(None, [_files(origin, quote), _commit(origin, quote)]))


def _files(origin: Origin, quote: Callable[[str], str]) -> str:
    files = ", ".join(map(quote, origin.files[:_MOST_FILES]))
    more = len(origin.files) - _MOST_FILES
    if more <= 0:
        return say("Made {made} from {files}.", made=origin.made, files=files)
    return say_number(
        "Made {made} from {files} and 1 more.",
        "Made {made} from {files} and {count} more.",
        count=more,
        made=origin.made,
        files=files,
    )


def _commit(origin: Origin, quote: Callable[[str], str]) -> str:
    if not origin.commit:
        return ""
    commit = quote(origin.commit[:12])
    if origin.is_committed:
        return say("All of it is as in commit {commit}.", commit=commit)
    return say("Not all of it is as in commit {commit}.", commit=commit)
