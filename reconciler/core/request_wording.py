"""What is said of one request that is over: what it came to, and after how long."""

from reconciler.core.forms import decimal
from reconciler.core.messages import Message, say


def ended(status: int | None, seconds: float) -> str:
    """Say what was answered; without a status that a connection was all there was to be."""
    if status is None:
        return say("Connected in {seconds} s.", seconds=_shown(seconds))
    return say("Answered {status} in {seconds} s.", status=status, seconds=_shown(seconds))


def failed(reason: Message, seconds: float) -> str:
    """Say why no complete answer came."""
    return say("Failed in {seconds} s: {reason}", seconds=_shown(seconds), reason=str(reason))


def _shown(seconds: float) -> str:
    return decimal(seconds, 2)
