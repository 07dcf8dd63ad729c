"""The verdict on one change: from what was answered and what read back to how it ended."""

from reconciler.client.api import Delivery, ReadFailure, WriteResult
from reconciler.client.decoding import Live
from reconciler.core.messages import Message
from reconciler.core.outcome import Outcome, Result
from reconciler.core.plan import Pending, differences
from reconciler.core.url_mask import UrlMask
from reconciler.core.url_spelling import is_same_url

_OTHERS_LIVE = (Message("change-other-live"),)
_OLD_LIVE = (Message("old-settings-live-after-ok"),)


def judge(
    pending: Pending,
    written: WriteResult,
    live: Live | ReadFailure | None,
) -> Outcome:
    """Say how a change ended; ``live`` is None where reading back could show nothing new.

    What is live counts before what was answered: settings that read back as wanted are applied,
    though the answer was lost, and others than either are not verified, though it was "Ok".
    """
    name, before, after = pending.santral.name, pending.before, pending.after
    if not isinstance(live, Live):
        return _judge_answer(name, written, live)
    if live.settings == after:
        return Outcome(name, Result.APPLIED)
    if live.settings != before:
        moved = differences(after, live.settings)
        urls = after.notification_url, live.settings.notification_url
        reason = *_OTHERS_LIVE, *_kept(pending.santral.mask, *urls)
        return Outcome(name, Result.NOT_VERIFIED, reason, moved)
    return _judge_unchanged(name, written)


def _kept(mask: UrlMask, sent: str | None, live: str | None) -> tuple[Message, ...]:
    """Say how the API keeps the URL that was sent, if that is another spelling of it."""
    if not sent or not live or sent == live or not is_same_url(sent, live):
        return ()
    return (mask.kept_otherwise(sent, live, "url-kept"),)


def _judge_answer(name: str, written: WriteResult, unread: ReadFailure | None) -> Outcome:
    if unread:
        reason = Message("change-not-read-back"), *unread.reason
        return Outcome(name, Result.NOT_VERIFIED, reason)
    if written.delivery.is_refusal:
        return Outcome(name, Result.REFUSED, written.reason)
    return Outcome(name, Result.FAILED, (Message("change-not-sent"), *written.reason))


def _judge_unchanged(name: str, written: WriteResult) -> Outcome:
    if written.delivery is Delivery.ACCEPTED:
        return Outcome(name, Result.NOT_VERIFIED, _OLD_LIVE)
    if written.delivery.is_refusal:
        return Outcome(name, Result.REFUSED, written.reason)
    return Outcome(name, Result.FAILED, (Message("old-settings-live"), *written.reason))
