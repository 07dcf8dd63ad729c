"""What ``plan`` and ``apply`` do alike: load, read, compare."""

from dataclasses import dataclass

from reconciler import plan
from reconciler.cli.console import Console
from reconciler.cli.interrupt import interruptible
from reconciler.cli.options import Output, Selection
from reconciler.cli.session import Session
from reconciler.config.load import load
from reconciler.fleet import Fleet
from reconciler.patience import Patience
from reconciler.reading import FleetReader
from reconciler.render.as_text import TextStyle
from reconciler.scheduler import Scheduler


@dataclass(frozen=True, slots=True)
class Fleets:
    """All santrals of the files, and those that were asked for."""

    whole: Fleet
    wanted: Fleet


def load_fleets(selection: Selection) -> Fleets:
    """Load the files and pick the santrals asked for; raises what is wrong with either."""
    whole = load(selection.config).fleet
    return Fleets(whole, whole.select(selection.target, selection.exclude))


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the exit code of a signal that cut its making short."""

    plan: plan.Plan
    interrupted: int | None


def make_plan(
    fleets: Fleets,
    session: Session,
    console: Console,
    scheduler: Scheduler,
    limit: plan.Limit | None,
) -> Planned:
    """Read what is live and compare; warnings go to stderr."""
    wanted = fleets.wanted.santrals
    with (
        interruptible(scheduler) as interruption,
        console.progress("Reading", len(wanted)) as step,
    ):
        reader = FleetReader(session.api, session.keys, scheduler, Patience())
        santrals = reader.plan(wanted, step)
    made = plan.build(santrals, len(fleets.whole.santrals), limit)
    console.warn_of(made)
    return Planned(made, interruption.exit_code)


def console_for(output: Output) -> Console:
    """Return the console that the options ask for."""
    return Console(output.quiet, output.verbose, output.no_color)


def style_for(output: Output, console: Console) -> TextStyle:
    """Return the text style that the options and the terminal ask for."""
    return TextStyle(console.shows_colour, output.show_urls)
