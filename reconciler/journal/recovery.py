"""Finding out what became of the changes of a run that died."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from reconciler.core.fleet import Fleet
from reconciler.core.plan import Failed, InSync, Plan, SantralPlan
from reconciler.core.settings import Settings
from reconciler.core.text import printable
from reconciler.journal.contents import JournalContents
from reconciler.journal.history import PastChange, PastRun, runs_of
from reconciler.journal.records import Finding, Settled
from reconciler.journal.trust import Trust

_LIVE_TELLS = {
    Finding.APPLIED: "The change had been applied: what it wanted is live.",
    Finding.NOT_APPLIED: "The change had not been applied: the settings from before it are live.",
    Finding.OTHERS_LIVE: (
        "Somebody changed the settings since: neither those from before it nor those that it "
        "wanted are live."
    ),
}
_CANNOT_TELL = "What became of it cannot be told now."
_LEFT_OUT = f"{_CANNOT_TELL} This run was told to leave this santral out."
_NOT_IN_FILES = "What became of it cannot be told: no santral of this name is in the files."


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found out about one change."""

    santral: str
    run: str
    finding: Finding
    sentence: str
    live: Settings | None = None
    is_final: bool = True
    """Whether asking again could tell no more, so that it need not be told for ever."""
    is_doubted: bool = False
    """Whether the journal's entry is not trusted, so that nothing may be done to the santral."""

    @property
    def settled(self) -> Settled:
        """What to write to the journal."""
        return Settled(self.santral, self.run, self.finding, self.live)

    def __str__(self) -> str:
        return (
            f"unresolved: {self.santral}: Run {self.run} ended before it could tell what became of "
            f"its change. {self.sentence}"
        )


def recover(past: JournalContents, plan: Plan, fleet: Fleet, trust: Trust) -> Iterator[Recovered]:
    """Yield what the plan's readings tell of each change without an outcome.

    ``fleet`` is all that the files hold, read at the API of ``trust``.
    """
    planned = {santral.santral.name: santral for santral in plan.santrals}
    in_files = {santral.name for santral in fleet.santrals}
    for run in map(trust.believed, runs_of(past.records)):
        for change in run.changes:
            if not (change.is_unresolved or trust.contradicts(run, change)):
                continue
            if run.api != trust.api:
                yield _unknown(run.id, change, _elsewhere(run.api, trust.api), is_final=False)
            elif change.santral not in in_files:
                yield _unknown(run.id, change, _NOT_IN_FILES, is_final=True)
            else:
                yield _judge(run, change, planned.get(change.santral), trust)


def _judge(
    run: PastRun, change: PastChange, planned: SantralPlan | None, trust: Trust
) -> Recovered:
    if planned is None:
        return _unknown(run.id, change, _LEFT_OUT, is_final=False)
    if isinstance(planned, Failed):
        return _unknown(run.id, change, f"{_CANNOT_TELL} {planned.error}", is_final=False)
    doubt = trust.doubt(run, change)
    if doubt:
        return replace(_unknown(run.id, change, doubt, is_final=False), is_doubted=True)
    live = planned.live if isinstance(planned, InSync) else planned.before
    findings = {change.before: Finding.NOT_APPLIED, change.after: Finding.APPLIED}
    finding = findings.get(live, Finding.OTHERS_LIVE)
    sentence = " ".join([_LIVE_TELLS[finding], *trust.warnings(run, change)])
    return Recovered(change.santral, run.id, finding, sentence, live)


def _unknown(run: str, change: PastChange, sentence: str, *, is_final: bool) -> Recovered:
    return Recovered(change.santral, run, Finding.UNKNOWN, sentence, is_final=is_final)


def _elsewhere(api: str | None, this_api: str) -> str:
    if api is None:
        return f"{_CANNOT_TELL} The journal does not tell to which API it was sent."
    return f"{_CANNOT_TELL} It was sent to {printable(api)}, and this run talks to {this_api}."
