"""Finding out what became of the changes of a run that died."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from reconciler.core.fleet import Fleet
from reconciler.core.messages import Message, located
from reconciler.core.plan import Failed, InSync, Plan, SantralPlan
from reconciler.core.settings import Settings
from reconciler.core.text import printable
from reconciler.journal.contents import JournalContents
from reconciler.journal.history import PastChange, PastRun, runs_of
from reconciler.journal.records import Finding
from reconciler.journal.trust import Trust

_BY_WHAT_IS_LIVE = {
    Finding.APPLIED: Message("change-applied"),
    Finding.NOT_APPLIED: Message("change-not-applied"),
    Finding.OTHERS_LIVE: Message("change-others-live"),
}
_UNKNOWN = Message("change-unknown")


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found out about one change."""

    santral: str
    run: str
    finding: Finding
    said: tuple[Message, ...]
    live: Settings | None = None
    is_final: bool = True
    """Whether asking again could bring nothing new, so that it need not be reported for ever."""
    is_doubted: bool = False
    """Whether the journal's entry is not trusted, so that nothing may be done to the santral."""

    def __str__(self) -> str:
        return located(self.santral, Message("change-unresolved", run=self.run), *self.said)


def recover(past: JournalContents, plan: Plan, fleet: Fleet, trust: Trust) -> Iterator[Recovered]:
    """Yield what the plan's readings show of each change without an outcome.

    ``fleet`` is all that the files hold, read at the API of ``trust``.
    """
    planned = {santral.santral.name: santral for santral in plan.santrals}
    in_files = {santral.name for santral in fleet.santrals}
    for run in map(trust.believed, runs_of(past.records)):
        for change in run.changes:
            if not (change.is_unresolved or trust.contradicts(run, change)):
                continue
            if run.api != trust.api:
                yield _unknown(
                    run.id, change, _UNKNOWN, _elsewhere(run.api, trust.api), is_final=False
                )
            elif change.santral not in in_files:
                gone = Message("change-not-in-files")
                yield _unknown(run.id, change, gone, is_final=True)
            else:
                yield _judge(run, change, planned.get(change.santral), trust)


def _judge(
    run: PastRun, change: PastChange, planned: SantralPlan | None, trust: Trust
) -> Recovered:
    if planned is None:
        return _unknown(run.id, change, _UNKNOWN, Message("change-left-out"), is_final=False)
    if isinstance(planned, Failed):
        return _unknown(run.id, change, _UNKNOWN, *planned.error, is_final=False)
    doubt = trust.doubt(run, change)
    if doubt:
        return replace(_unknown(run.id, change, doubt, is_final=False), is_doubted=True)
    live = planned.live if isinstance(planned, InSync) else planned.before
    finding = _finding(change, live, trust.keys.get(change.santral))
    said = _BY_WHAT_IS_LIVE[finding], *trust.warnings(run, change)
    return Recovered(change.santral, run.id, finding, said, live)


def _finding(change: PastChange, live: Settings, key: object) -> Finding:
    if change.after.is_exactly(live, key):
        return Finding.APPLIED
    is_old = change.before.is_exactly(live, key)
    return Finding.NOT_APPLIED if is_old else Finding.OTHERS_LIVE


def _unknown(run: str, change: PastChange, *said: Message, is_final: bool) -> Recovered:
    return Recovered(change.santral, run, Finding.UNKNOWN, said, is_final=is_final)


def _elsewhere(api: str | None, this_api: str) -> Message:
    if api is None:
        return Message("change-unknown-api")
    return Message("change-elsewhere", api=printable(api), this=this_api)
