"""What keeps a plan from being carried out, and what becomes of it then."""

from collections.abc import Sequence
from dataclasses import dataclass

import click

from reconciler.apply.protocol import NOT_SENT
from reconciler.cli.asking import Asking, Way
from reconciler.cli.interrupt import INTERRUPTED
from reconciler.cli.planning import Planned
from reconciler.core.canary import Stages
from reconciler.core.errors import ExitCode
from reconciler.core.messages import Message, say_number
from reconciler.core.outcome import Outcome, Report, untouched
from reconciler.core.plan import Plan
from reconciler.core.stop import Stop

_GUARDED = Message("guard-refused"), Message("nothing-sent")
_DECLINED = Message("declined"), Message("nothing-sent")
_UNTRIED = Message("canary-none"), Message("nothing-sent")
_UNASKED = Message("cannot-ask"), Message("nothing-sent")


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of the plan, and what the outcomes alone do not call for."""

    report: Report
    code: ExitCode = ExitCode.OK
    interrupted: int | None = None
    """The exit code of an interruption."""


def obstacle_to(
    planned: Planned, held_back: Sequence[Outcome], stages: Stages, asking: Asking
) -> Ended | None:
    """Return why the plan is not carried out, if so."""
    return (
        _cut_short(planned, held_back)
        or _ruled_out(planned.plan, held_back, stages)
        or _unanswered(planned.plan, held_back, stages.count, asking)
    )


def _cut_short(planned: Planned, held_back: Sequence[Outcome]) -> Ended | None:
    """Return that the plan could not be made to its end, if so."""
    plan = planned.plan
    if planned.interrupted:
        report = untouched(plan, NOT_SENT[Stop.SIGNAL], held_back=held_back)
        return Ended(report, interrupted=planned.interrupted)
    if planned.is_out_of_time:
        return Ended(untouched(plan, NOT_SENT[Stop.TIME_LIMIT], held_back=held_back))
    return None


def _ruled_out(plan: Plan, held_back: Sequence[Outcome], stages: Stages) -> Ended | None:
    """Return why these changes must not be made, if so, or that there are none."""
    if plan.guard and plan.guard.is_tripped:
        return Ended(untouched(plan, *_GUARDED, held_back=held_back), ExitCode.REFUSED)
    if not stages.count:
        return Ended(untouched(plan, held_back=held_back))
    if stages.is_without_canary:
        return Ended(untouched(plan, *_UNTRIED, held_back=held_back), ExitCode.ERROR)
    return None


def _unanswered(
    plan: Plan, held_back: Sequence[Outcome], count: int, asking: Asking
) -> Ended | None:
    """Return that nobody agreed to the changes who has to, if so."""
    if asking.way is Way.IMPOSSIBLE:
        return Ended(untouched(plan, *_UNASKED, held_back=held_back), ExitCode.ERROR)
    return _asked(plan, held_back, count, asking) if asking.way is Way.ASK else None


def _asked(plan: Plan, held_back: Sequence[Outcome], count: int, asking: Asking) -> Ended | None:
    """Ask, and return why the plan is not carried out, if so."""
    question = say_number("Apply this change?", "Apply these {count} changes?", count=count)
    try:
        agrees = asking.agrees(question)
    except click.Abort:
        return Ended(
            untouched(plan, NOT_SENT[Stop.SIGNAL], held_back=held_back), interrupted=INTERRUPTED
        )
    return (
        None if agrees else Ended(untouched(plan, *_DECLINED, held_back=held_back), ExitCode.ERROR)
    )
