"""What became of a plan, santral by santral."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.errors import ExitCode
from reconciler.core.messages import Message
from reconciler.core.plan import Change, Failed, Plan


class Result(StrEnum):
    """How the run ended for one santral, in the order of the summary."""

    APPLIED = "applied"
    """Sent, and read back as wanted."""
    IN_SYNC = "in_sync"
    STALE = "stale"
    """Somebody changed the live settings after the plan was made; nothing was sent."""
    REFUSED = "refused"
    """The API did not take the change."""
    FAILED = "failed"
    """Not applied, and known not to be."""
    NOT_VERIFIED = "not_verified"
    """Sent, but what is live now is not known, or not what was wanted."""
    NOT_TRIED = "not_tried"


_EXIT_CODES = {
    Result.APPLIED: ExitCode.OK,
    Result.IN_SYNC: ExitCode.OK,
    Result.STALE: ExitCode.REFUSED,
    Result.REFUSED: ExitCode.ERROR,
    Result.FAILED: ExitCode.ERROR,
    Result.NOT_VERIFIED: ExitCode.NOT_VERIFIED,
    Result.NOT_TRIED: ExitCode.ERROR,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the run ended for one santral."""

    name: str
    result: Result
    reason: tuple[Message, ...] = ()
    """Nothing where the result says it all."""
    moved: tuple[Change, ...] = ()
    """What is live now against what was expected, where that is the trouble."""
    is_recorded: bool = True
    """False when the journal holds the intent but could not take the outcome."""

    @property
    def is_applied(self) -> bool:
        """Whether the settings are as wanted, and the journal says so."""
        return self.result is Result.APPLIED and self.is_recorded


@dataclass(frozen=True, slots=True)
class Report:
    """A plan and what became of it, sorted by name."""

    plan: Plan
    outcomes: tuple[Outcome, ...]

    @property
    def exit_code(self) -> ExitCode:
        """The code that the outcomes call for."""
        return ExitCode.most_severe([*map(_exit_code, self.outcomes)])


def code_of(result: Result) -> ExitCode:
    """Return the code that one outcome calls for."""
    return _EXIT_CODES[result]


def _exit_code(outcome: Outcome) -> ExitCode:
    code = code_of(outcome.result)
    return code if outcome.is_recorded else ExitCode.most_severe([code, ExitCode.ERROR])


def report(plan: Plan, outcomes: Iterable[Outcome]) -> Report:
    """Add to the outcomes of changes what the plan itself settles, and sort by name."""
    in_sync = (Outcome(s.santral.name, Result.IN_SYNC) for s in plan.in_sync)
    failed = map(_unplanned, plan.failed)
    return Report(plan, tuple(sorted([*outcomes, *in_sync, *failed], key=lambda o: o.name)))


def _unplanned(failed: Failed) -> Outcome:
    result = Result.FAILED if failed.was_tried else Result.NOT_TRIED
    return Outcome(failed.santral.name, result, failed.error)


def untouched(plan: Plan, *reason: Message, held_back: Sequence[Outcome] = ()) -> Report:
    """Return the report of a plan that was not carried out; some outcomes may be settled before."""
    settled = {outcome.name for outcome in held_back}
    names = (pending.santral.name for pending in plan.pending)
    rest = (Outcome(name, Result.NOT_TRIED, reason) for name in names if name not in settled)
    return report(plan, [*held_back, *rest])
