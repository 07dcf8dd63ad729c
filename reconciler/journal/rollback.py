"""What a rollback wants: the settings from before a run, as if a file asked for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from reconciler.core.errors import ExitCode, SantralError
from reconciler.core.fleet import Fleet, Place, Santral, selected
from reconciler.core.plan import Pending, Plan, Purpose, SantralPlan, refuse
from reconciler.core.settings import FIELDS, DesiredSettings, Settings
from reconciler.core.text import printable
from reconciler.core.url import url_problem, url_warnings
from reconciler.journal.contents import JournalContents
from reconciler.journal.history import PastChange, PastRun, runs_of
from reconciler.journal.trust import Trust

_NO_URL = (
    "notification_url was not set before the run, and the API takes no change without one; the one "
    "that is live stays."
)
_NOT_ALLOWED = "notification_url from before the run is one that no file may have."


class RollbackError(SantralError):
    """There is nothing to roll back, or it cannot be done here."""


class OtherApiError(RollbackError):
    """The run changed settings at another API than this run talks to, or nobody knows at which."""

    exit_code = ExitCode.REFUSED


@dataclass(frozen=True, slots=True)
class Rollback:
    """A run that is to be undone, as far as it made changes or may have made them."""

    past: JournalContents
    run: PastRun
    """With what the journal says of it judged by ``trust``."""
    trust: Trust

    @property
    def lost(self) -> tuple[str, ...]:
        """The santrals that it changed, or may have, with nobody knowing from what."""
        return tuple(end.santral for end in self.run.ends if end.may_have_been_made)

    @property
    def lost_sentences(self) -> tuple[str, ...]:
        """What to tell of those."""
        return tuple(
            f"{santral}: Run {self.run.id} changed its settings, or may have; those from before it "
            "are in a line of the journal that cannot be read, so they are not brought back."
            for santral in self.lost
        )

    def require_same_api(self, api: str) -> None:
        """Raise OtherApiError unless the journal tells that the run changed the settings there."""
        if self.run.api is None:
            raise OtherApiError(
                f"The journal does not tell at which API run {self.run.id} changed settings, so it "
                "cannot be rolled back. Name another run with --run, or put what history lists "
                "into the files."
            )
        if self.run.api != api:
            raise OtherApiError(
                f"Run {self.run.id} changed settings at {printable(self.run.api)}, and this run "
                f"talks to {api}. Name another run with --run, or that address."
            )

    def wanted(self, fleet: Fleet, targets: Sequence[str], excludes: Sequence[str]) -> Fleet:
        """Return the santrals to bring back, with the settings from before the run as desired.

        Their keys are looked up by their entries in the files' ``fleet``. Raises RollbackError for
        a santral that has none, and NothingMatchesError for a glob that matches none of the run's.
        """
        changes = {c.santral: c for c in self.run.changes if c.may_have_been_made}
        entries = {santral.name: santral for santral in fleet.santrals}
        names = selected(changes, targets, excludes, f"of run {self.run.id}")
        self._demand_entries(names, entries)
        return Fleet(tuple(self._santral(entries[name], changes[name]) for name in sorted(names)))

    def _demand_entries(self, names: Collection[str], entries: Collection[str]) -> None:
        missing = sorted(set(names) - set(entries))
        if missing:
            raise RollbackError(
                f"Run {self.run.id} changed {', '.join(missing)}, which the files do not have any "
                "more; a key is looked up by the entry there. Put it back, or leave it out with "
                "--exclude."
            )

    def _santral(self, entry: Santral, change: PastChange) -> Santral:
        desired = DesiredSettings(**{name: getattr(change.before, name) for name in FIELDS})
        place = Place(str(self.past.path), change.line, 1)
        return Santral(entry.name, entry.key_name, desired, place, _warnings(change.before))

    def reviewed(self, plan: Plan) -> Plan:
        """Return the plan as a rollback's, warning where somebody changed settings since.

        What the journal says of a santral may be in doubt; then nothing may be done to it.
        """
        changes = {change.santral: change for change in self.run.changes}
        warned = tuple(self._warned(one, changes[one.santral.name]) for one in plan.santrals)
        doubts = {name: change.doubt for name, change in changes.items() if change.doubt}
        return refuse(replace(plan, purpose=Purpose.ROLLBACK, santrals=warned), doubts)

    def _warned(self, planned: SantralPlan, change: PastChange) -> SantralPlan:
        is_moved = isinstance(planned, Pending) and planned.before not in {
            change.before,
            change.after,
        }
        moved = f"Somebody changed its settings after run {self.run.id}; they would be lost."
        warnings = (*((moved,) if is_moved else ()), *self.trust.warnings(self.run, change))
        return replace(planned, warnings=(*planned.warnings, *warnings))


def rollback_of(past: JournalContents, run_id: str | None, trust: Trust) -> Rollback:
    """Return the rollback of a run, or of the last one that changed anything; or RollbackError."""
    runs = [trust.judged(run) for run in runs_of(past.records)]
    run = _last(runs, past) if run_id is None else _named(run_id, runs, past)
    rollback = Rollback(past, run, trust)
    if not any(change.may_have_been_made for change in run.changes):
        raise RollbackError(
            f"Run {run.id} changed {', '.join(rollback.lost)}, or may have, but the settings from "
            f"before it are in lines of the journal {past.shown_path} that cannot be read. Name "
            "another run with --run."
        )
    return rollback


def _named(run_id: str, runs: Sequence[PastRun], past: JournalContents) -> PastRun:
    run = next((one for one in runs if one.id == run_id), None)
    if not run:
        raise RollbackError(
            f"The journal {past.shown_path} has no run {printable(run_id)}; santral history lists "
            "its runs."
        )
    if not run.may_have_changed:
        raise RollbackError(f"Run {run.id} changed nothing, so there is nothing to roll back.")
    return run


def _last(runs: Sequence[PastRun], past: JournalContents) -> PastRun:
    for run in reversed(runs):
        if run.may_have_changed:
            return run
    raise RollbackError(
        f"No run in the journal {past.shown_path} changed anything, so there is nothing to roll "
        "back."
    )


def _warnings(before: Settings) -> tuple[str, ...]:
    """Return what a reviewer should know of the settings to go back to."""
    url = before.notification_url
    if url is None:
        return (_NO_URL,)
    unusual = (_NOT_ALLOWED,) if url_problem(url, allow_insecure=True) else ()
    return (*url_warnings(url), *unusual)
