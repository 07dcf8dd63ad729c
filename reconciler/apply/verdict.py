"""The verdict on one change: from what was answered and what read back to how it ended."""

from reconciler.client.answers import Live
from reconciler.client.api import Delivery, ReadFailure, WriteResult
from reconciler.core.outcome import Outcome, Result
from reconciler.core.plan import differences
from reconciler.core.settings import Settings
from reconciler.core.text import sentence

_OTHERS_LIVE = "Sent, but other settings are live than were wanted."
_OLD_LIVE = "The API answered Ok, but the old settings are still live."


def judge(
    name: str,
    before: Settings,
    after: Settings,
    written: WriteResult,
    live: Live | ReadFailure | None,
) -> Outcome:
    """Say how a change ended; ``live`` is None where reading back could tell nothing new.

    What is live counts before what was answered: settings that read back as wanted are applied,
    though the answer was lost, and others than either are not verified, though it was "Ok".
    """
    if not isinstance(live, Live):
        return _judge_answer(name, written, live)
    if live.settings == after:
        return Outcome(name, Result.APPLIED)
    if live.settings != before:
        moved = differences(after, live.settings)
        return Outcome(name, Result.NOT_VERIFIED, _OTHERS_LIVE, moved)
    return _judge_unchanged(name, written)


def _judge_answer(name: str, written: WriteResult, unread: ReadFailure | None) -> Outcome:
    if unread:
        reason = sentence(f"Sent, but not read back: {unread.reason}")
        return Outcome(name, Result.NOT_VERIFIED, reason)
    if written.delivery.is_refusal:
        return _refused(name, written)
    return Outcome(name, Result.FAILED, sentence(f"Not sent: {written.reason}"))


def _judge_unchanged(name: str, written: WriteResult) -> Outcome:
    if written.delivery is Delivery.ACCEPTED:
        return Outcome(name, Result.NOT_VERIFIED, _OLD_LIVE)
    if written.delivery.is_refusal:
        return _refused(name, written)
    reason = sentence(f"The old settings are still live: {written.reason}")
    return Outcome(name, Result.FAILED, reason)


def _refused(name: str, written: WriteResult) -> Outcome:
    return Outcome(name, Result.REFUSED, sentence(f"Not changed: {written.reason}"))
