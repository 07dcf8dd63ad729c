"""The protocol of one change: look again, write down, send once, read back, write down.

0. All of it goes over a connection of its own, which no other santral's answer can come over.
1. GET: the live settings must equal the plan's ``before``, else the santral is stale.
2. The intent goes to the journal and to the disk, or nothing is sent.
3. POST, once. 4. GET: only what reads back as wanted is applied. 5. The outcome is journalled.

A POST whose answer was lost is not sent again blindly: when the old settings read back, and still
do after the time in which a late request could take effect, it is sent once more, and no more;
that too is written to the journal first. A POST of which not a byte left is no POST for it.
"""

from dataclasses import dataclass, replace
from itertools import count

from reconciler.apply.verdict import judge
from reconciler.client.api import Account, Api, Delivery, ReadFailure, WriteResult
from reconciler.client.decoding import Live
from reconciler.client.retries import TRY_AGAIN, Patience, when_to_ask_again
from reconciler.core.errors import bug
from reconciler.core.messages import Message, template
from reconciler.core.outcome import Outcome, Result
from reconciler.core.plan import Pending, differences
from reconciler.core.settings import Settings
from reconciler.core.stop import Stop
from reconciler.engine.jobs import Job, Pause
from reconciler.engine.retry import apart, read_patiently, report_wait
from reconciler.engine.scheduler import Scheduler
from reconciler.journal.journal import Journal, JournalError

NOT_SENT = {
    Stop.SIGNAL: Message("change-interrupted"),
    Stop.TIME_LIMIT: Message("change-out-of-time"),
    Stop.FAILURES: Message("failures-reached"),
    Stop.CANARY: Message("canary-not-applied"),
}
"""Why a santral was not tried, where the run ended before its work was done."""
_NOTHING_SENT = Message("nothing-sent")
_READ_BACK = template("Waiting {seconds} s before reading back.")
_READ_BACK_LATE = template(
    "Waiting {seconds} s before reading back again, because the POST may take effect late."
)


@dataclass(frozen=True, slots=True)
class Protocol:
    """What the changes of a run have in common."""

    api: Api
    journal: Journal
    patience: Patience
    scheduler: Scheduler

    def change(self, account: Account, pending: Pending) -> Job[Outcome]:
        """Bring one santral from the plan's ``before`` to ``after``, and say how that ended."""
        return apart(self.api, lambda api: _Change(replace(self, api=api), account, pending).run())


@dataclass(frozen=True, slots=True)
class _Change:
    """One change under way."""

    run_wide: Protocol
    account: Account
    pending: Pending

    @property
    def before(self) -> Settings:
        return self.pending.before

    @property
    def after(self) -> Settings:
        return self.pending.after

    def run(self) -> Job[Outcome]:
        obstacle = yield from self._look()
        obstacle = obstacle or self._journal_intent()
        if obstacle:
            return obstacle
        live: Live | ReadFailure | None
        try:
            outcome, live = yield from self._deliver()
        except Exception as error:  # noqa: BLE001 - the outcome must reach the journal
            outcome, live = self._ended(Result.NOT_VERIFIED, bug(error)), None
        return self._journal_outcome(outcome, live)

    def _look(self) -> Job[Outcome | None]:
        """Read what is live right before a POST, and return why nothing may be sent, if so.

        Where something may, it is this santral's turn to send it.
        """
        live = yield from self._read()
        obstacle = self._stopped() or self._obstacle(live)
        if obstacle:
            return obstacle
        yield from self.run_wide.scheduler.turn(ends_on_stop=True)
        return self._stopped()

    def _read(self, *, is_in_flight: bool = False) -> Job[Live | ReadFailure]:
        shared = self.run_wide
        return read_patiently(
            shared.api, self.account, shared.patience, shared.scheduler, is_in_flight=is_in_flight
        )

    def _stopped(self) -> Outcome | None:
        """Return that the run is to stop, if so."""
        stopped_by = self.run_wide.scheduler.stopped_by
        return self._ended(Result.NOT_TRIED, NOT_SENT[stopped_by]) if stopped_by else None

    def _obstacle(self, live: Live | ReadFailure) -> Outcome | None:
        """Return what speaks against sending anything, if something does."""
        if isinstance(live, ReadFailure):
            unread = Message("reread-failed"), *live.reason
            return self._ended(Result.FAILED, *unread, _NOTHING_SENT)
        if live.settings != self.before:
            moved = differences(self.before, live.settings)
            reason = Message("live-changed"), _NOTHING_SENT, Message("plan-again")
            return replace(self._ended(Result.STALE, *reason), moved=moved)
        return None

    def _journal_intent(self) -> Outcome | None:
        try:
            self.run_wide.journal.intent(self.account.name, self.before, self.after)
        except JournalError as error:
            return self._ended(Result.FAILED, *error.messages, _NOTHING_SENT)
        return None

    def _journal_sending_again(self) -> bool:
        """Return whether it is written down; if not, nothing more can be: the outcome says so."""
        try:
            self.run_wide.journal.sending_again(self.account.name)
        except JournalError:
            return False
        return True

    def _journal_outcome(self, outcome: Outcome, live: Live | ReadFailure | None) -> Outcome:
        settings = live.settings if isinstance(live, Live) else None
        try:
            self.run_wide.journal.outcome(outcome, settings)
        except JournalError as error:
            reason = *outcome.reason, *error.messages
            return replace(outcome, reason=reason, is_recorded=False)
        return outcome

    def _deliver(self) -> Job[tuple[Outcome, Live | ReadFailure | None]]:
        """Send, read back, and send once more where that is safe; judge what came of it."""
        written = yield from self._send()
        if isinstance(written, Outcome):
            return written, None
        live = yield from self._read_back(written)
        may_send = yield from self._may_send_again(written, live)
        if may_send and self._journal_sending_again():
            again = yield from self._send()
            if isinstance(again, Outcome):  # What speaks against it may be the first one's effect.
                live = yield from self._read(is_in_flight=True)
            elif not again.delivery.is_without_effect:
                written = again
                live = yield from self._read_back(again)
        return judge(self.pending, written, live), live

    def _may_send_again(self, written: WriteResult, live: Live | ReadFailure | None) -> Job[bool]:
        """Return whether a second POST is safe; if so, it is this santral's turn to send it."""
        if not (written.delivery.may_be_sent_again and self._is_old(live)):
            return False
        yield from self.run_wide.scheduler.turn(ends_on_stop=True)
        return not self.run_wide.scheduler.is_stopping

    def _send(self) -> Job[WriteResult | Outcome]:
        """POST; while not a byte has left this machine, look again and try as often as a GET.

        The outcome is what such a look finds that speaks against sending anything.
        """
        patience = self.run_wide.patience
        for attempt in count(1):
            written = self.run_wide.api.write(self.account, self.after)
            may_retry = written.delivery is Delivery.UNSENT and written.may_retry
            if not may_retry or attempt == patience.tries:
                break
            yield self._wait("POST", TRY_AGAIN, patience.wait(attempt), ends_on_stop=True)
            obstacle = yield from self._look()
            if obstacle:
                return obstacle
        return written

    def _read_back(self, written: WriteResult) -> Job[Live | ReadFailure | None]:
        """Return what is live after a POST; None where reading could say nothing new."""
        patience = self.run_wide.patience
        if written.delivery.is_without_effect:
            return None
        if written.delivery is Delivery.RATE_LIMITED:
            if patience.is_too_long(written.wait):
                return ReadFailure((*written.reason, *when_to_ask_again(written.wait)))
            yield self._wait("GET", _READ_BACK, self._rate_limit_wait(written))
        live = yield from self._read_surely(written)
        if self._is_old(live) and written.delivery.may_take_effect_late:
            yield self._wait("GET", _READ_BACK_LATE, patience.late_delivery)
            live = yield from self._read(is_in_flight=True)
        return live

    def _read_surely(self, written: WriteResult) -> Job[Live | ReadFailure]:
        """Read what is live, over a new connection where an answer may have been another one's.

        An answer that is none may be an earlier one, which came twice.
        """
        if written.delivery is Delivery.UNKNOWN:
            self.run_wide.api.hang_up()
        live = yield from self._read(is_in_flight=True)
        if isinstance(live, ReadFailure) and not live.may_retry:
            self.run_wide.api.hang_up()
            live = yield from self._read(is_in_flight=True)
        return live

    def _rate_limit_wait(self, written: WriteResult) -> float:
        """Return for how long to make no request, so that then both a GET and a POST may pass.

        The limit may count the GET of the plan, which is as old as the run at the most, and the
        one right before the POST. When the older one's place is free, the other's is not yet.
        """
        shared = self.run_wide
        return shared.patience.rate_limit_wait(written.wait, shared.scheduler.age())

    def _wait(self, method: str, text: str, seconds: float, *, ends_on_stop: bool = False) -> Pause:
        report_wait(self.run_wide.api, method, self.account, text, seconds)
        return Pause(seconds, ends_on_stop)

    def _is_old(self, live: Live | ReadFailure | None) -> bool:
        return isinstance(live, Live) and live.settings == self.before

    def _ended(self, result: Result, *reason: Message) -> Outcome:
        return Outcome(self.account.name, result, reason)
