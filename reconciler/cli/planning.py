"""What the commands that plan do alike: load, read, compare."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reconciler.cli.annotations import annotated
from reconciler.cli.console import Console
from reconciler.cli.formats import Target
from reconciler.cli.interrupt import interruptible
from reconciler.cli.options import Selection
from reconciler.cli.session import Session
from reconciler.config.git import Commit, commit_here
from reconciler.config.load import STANDARD_INPUT_NAME, load
from reconciler.core import plan
from reconciler.core.fleet import Fleet
from reconciler.core.guard import Limit
from reconciler.documents import utc_now, utc_text
from reconciler.engine.reader import FleetReader
from reconciler.engine.retry import Patience
from reconciler.engine.scheduler import Scheduler, Stop
from reconciler.files import STANDARD_INPUT


@dataclass(frozen=True, slots=True)
class Fleets:
    """All santrals of the files, and those that were asked for."""

    whole: Fleet
    wanted: Fleet
    files: tuple[str, ...]
    """As they were named."""
    commit: Commit | None
    """What is checked out where they lie."""

    def origin(self, api: str) -> plan.Origin:
        """Say what a plan of these files is of that is made now, from what is live at an API."""
        return plan.Origin(
            api=api,
            files=self.files,
            commit=self.commit.name if self.commit else None,
            is_committed=bool(self.commit and self.commit.has_all),
            made=utc_text(utc_now()),
        )


def load_fleets(selection: Selection, formats: Sequence[Target], console: Console) -> Fleets:
    """Load the files and pick the santrals asked for; raises what is wrong with either."""
    with annotated(formats, console):
        loaded = load(selection.config)
    wanted = loaded.fleet.select(selection.target, selection.exclude)
    return Fleets(loaded.fleet, wanted, _named(selection.config), commit_here(loaded.sources))


def _named(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(STANDARD_INPUT_NAME if path == STANDARD_INPUT else path for path in paths)


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what cut its making short."""

    plan: plan.Plan
    interrupted: int | None
    """The exit code that a signal calls for."""
    is_out_of_time: bool


def make_plan(
    fleets: Fleets,
    session: Session,
    console: Console,
    scheduler: Scheduler,
    limit: Limit | None,
) -> Planned:
    """Read what is live and compare."""
    wanted = fleets.wanted.santrals
    with (
        interruptible(scheduler) as interruption,
        console.progress("Reading", len(wanted)) as step,
    ):
        reader = FleetReader(session.api, session.keys, scheduler, Patience())
        santrals = reader.plan(wanted, step)
    made = plan.build(santrals, session.headcount(fleets.whole), limit)
    made = replace(made, origin=fleets.origin(session.name))
    is_out_of_time = scheduler.stopped_by is Stop.TIME_LIMIT
    return Planned(made, interruption.exit_code, is_out_of_time)
