"""Writing once, whatever gets lost: what is there is looked at before anything is written."""

from itertools import count

from reconciler.ci.forge import Board, Draft, Forge, ForgeError, Post
from reconciler.client.retries import Patience
from reconciler.core.messages import Message

_PATIENCE = Patience()


def marker_of(kind: str, name: str, usual: str) -> str:
    """Return the line by which our comments or issues of a kind are known.

    That of the usual name has no name in it, as it had before there were names.
    """
    return f"<!-- santral:{kind} -->" if name == usual else f"<!-- santral:{kind}:{name} -->"


def post(forge: Forge, board: Board, marker: str, draft: Draft) -> None:
    """Write a draft in the place of ours, or anew where there is none; raises ForgeError.

    A write whose answer was lost may have taken effect: it is not sent again before a look.
    """
    for attempt in count(1):
        there = find(board, marker)
        if there and there.draft == draft:
            return
        if board.replace(there.number, draft) if there else board.add(draft):
            return
        if attempt == _PATIENCE.tries:
            raise ForgeError(Message("forge-write-lost"))
        forge.pause(_PATIENCE.late_delivery)


def find(board: Board, marker: str) -> Post | None:
    """Return the first of ours that begins with a marker, if there is one; raises ForgeError."""
    return next((post for post in board.ours() if post.draft.text.startswith(marker)), None)


def resolve(forge: Forge, marker: str, farewell: str) -> None:
    """Close our issue with this comment, if there is one; raises ForgeError."""
    issue = find(forge.issues(), marker)
    if issue:
        post(forge, forge.replies(issue.number), farewell, Draft(farewell))
        _close(forge, issue.number)


def _close(forge: Forge, issue: int) -> None:
    """Close an issue; closing it twice does no harm."""
    for _ in range(_PATIENCE.tries):
        if forge.close(issue):
            return
        forge.pause(_PATIENCE.late_delivery)
    raise ForgeError(Message("forge-write-lost"))
