"""Making a plan: read what is live, and compare."""

from dataclasses import dataclass, replace
from functools import partial
from threading import Thread

from reconciler.cli.console import Console
from reconciler.cli.interrupt import interruptible
from reconciler.cli.run import Run
from reconciler.client.retries import Patience
from reconciler.core.allowed_hosts import AllowedHosts
from reconciler.core.change_limit import Limit
from reconciler.core.destinations import with_warnings
from reconciler.core.messages import say
from reconciler.core.plan import (
    Plan,
    Reading,
    SantralPlan,
    build,
    compare,
    load_comparison,
)
from reconciler.core.stop import Stop
from reconciler.engine.reader import FleetReader
from reconciler.render.view import show_plan


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what cut its making short."""

    plan: Plan
    interrupted: int | None
    """The exit code that a signal calls for."""
    is_out_of_time: bool


def warn_of(plan: Plan, console: Console) -> None:
    """Say what a reviewer should know of the santrals; the others are not made ready to show."""
    odd = tuple(one for one in plan.santrals if one.warnings)
    console.warn_of(show_plan(replace(plan, santrals=odd)).santrals)


def _compared(allowed: AllowedHosts | None, reading: Reading) -> SantralPlan:
    """Compare what the file wants with what is live, and warn of where that sends calls."""
    return compare(with_warnings(reading, allowed))


def make_plan(run: Run, limit: Limit | None) -> Planned:
    """Read what is live and compare."""
    session, wanted = run.session, run.fleets.wanted.santrals
    with (
        interruptible(run.scheduler) as interruption,
        run.console.progress(say("Reading"), len(wanted)) as step,
    ):
        if wanted:
            Thread(target=load_comparison, daemon=True).start()
        reader = FleetReader(session.api, session.keys, run.scheduler, Patience())
        santrals = reader.read(wanted, partial(_compared, run.allowed), step)
    made = build(santrals, session.headcount(run.fleets.whole), limit)
    made = _of(run, made)
    errors = [message for one in made.failed for message in one.error]
    for hint in session.ignored.missed_by(errors):
        run.console.warning(hint)
    is_out_of_time = run.scheduler.stopped_by is Stop.TIME_LIMIT
    return Planned(made, interruption.exit_code, is_out_of_time)


def _of(run: Run, plan: Plan) -> Plan:
    """Return the plan with what it is of, and what separates that from an earlier revision.

    The files hold no key, but those of the revision may, as the name of an entry: it is not shown.
    """
    fleets, difference = run.fleets, run.fleets.difference
    origin = fleets.origin(run.session.name)
    plan = replace(plan, origin=origin, scope=fleets.scope, allowed=run.allowed)
    if not difference:
        return plan
    finder = run.session.api.finder
    dropped = tuple(one for one in difference.dropped if not finder.finds(one.name))
    return replace(plan, dropped=dropped, notes=(*plan.notes, *difference.notes))
