"""What a rollback wants: the settings from before a run, as if a file asked for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from reconciler.core.errors import ExitCode, SantralError
from reconciler.core.fleet import Fleet, Place, Santral, selected
from reconciler.core.messages import Message, located
from reconciler.core.notification_url import url_problem, url_warnings
from reconciler.core.plan import Pending, Plan, Purpose, SantralPlan, refuse
from reconciler.core.settings import FIELDS, DesiredSettings, Settings
from reconciler.core.text import printable
from reconciler.journal.contents import JournalContents
from reconciler.journal.history import PastChange, PastRun, runs_of
from reconciler.journal.trust import Trust


class RollbackError(SantralError):
    """There is nothing to roll back, or it cannot be done here."""

    options: tuple[str, ...] = ("run_id", "to", "journal")


class OtherApiError(RollbackError):
    """The run changed settings at another API than this run talks to, or nobody knows at which."""

    exit_code = ExitCode.REFUSED
    options: tuple[str, ...] = ("run_id", "to", "api_url", "sandbox")


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
    def lost_lines(self) -> tuple[str, ...]:
        """What to say of those, a line for each."""
        said = Message("rollback-santral-lost", run=self.run.id)
        return tuple(located(santral, said) for santral in self.lost)

    def require_same_api(self, api: str) -> None:
        """Raise OtherApiError unless the journal says that the run changed the settings there."""
        if self.run.api is None:
            raise OtherApiError(Message("rollback-api-unknown", run=self.run.id))
        if self.run.api != api:
            where = printable(self.run.api)
            raise OtherApiError(Message("rollback-api", run=self.run.id, api=where, this=api))

    def wanted(self, fleet: Fleet, targets: Sequence[str], excludes: Sequence[str]) -> Fleet:
        """Return the santrals to bring back, with the settings from before the run as desired.

        Their keys are looked up by their entries in the files' ``fleet``. Raises RollbackError for
        a santral that has none, and NothingMatchesError for a glob that matches none of the run's.
        """
        changes = {c.santral: c for c in self.run.changes if c.may_have_been_made}
        entries = {santral.name: santral for santral in fleet.santrals}
        names = selected(changes, targets, excludes, self.run.id)
        self._require_entries(names, entries)
        return Fleet(tuple(self._santral(entries[name], changes[name]) for name in sorted(names)))

    def _require_entries(self, names: Collection[str], entries: Collection[str]) -> None:
        missing = sorted(set(names) - set(entries))
        if missing:
            names = ", ".join(missing)
            raise RollbackError(Message("rollback-not-in-files", run=self.run.id, santrals=names))

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
        doubts = {name: (change.doubt,) for name, change in changes.items() if change.doubt}
        return refuse(replace(plan, purpose=Purpose.ROLLBACK, santrals=warned), doubts)

    def _warned(self, planned: SantralPlan, change: PastChange) -> SantralPlan:
        is_moved = isinstance(planned, Pending) and planned.before not in {
            change.before,
            change.after,
        }
        moved = Message("change-would-be-lost", run=self.run.id)
        warnings = (*((moved,) if is_moved else ()), *self.trust.warnings(self.run, change))
        return replace(planned, warnings=(*planned.warnings, *warnings))


def rollback_of(past: JournalContents, run_id: str | None, trust: Trust) -> Rollback:
    """Return the rollback of a run, or of the last one that changed anything; or RollbackError."""
    runs = [trust.judged(run) for run in runs_of(past.records)]
    run = _last(runs, past) if run_id is None else _named(run_id, runs, past)
    rollback = Rollback(past, run, trust)
    if not any(change.may_have_been_made for change in run.changes):
        lost = ", ".join(rollback.lost)
        raise RollbackError(
            Message("rollback-lost", run=run.id, santrals=lost, path=past.shown_path)
        )
    return rollback


def _named(run_id: str, runs: Sequence[PastRun], past: JournalContents) -> PastRun:
    run = next((one for one in runs if one.id == run_id), None)
    if not run:
        unknown = Message("journal-no-run", path=past.shown_path, run=printable(run_id))
        raise RollbackError(unknown)
    if not run.may_have_changed:
        raise RollbackError(Message("rollback-changed-nothing", run=run.id))
    return run


def _last(runs: Sequence[PastRun], past: JournalContents) -> PastRun:
    for run in reversed(runs):
        if run.may_have_changed:
            return run
    raise RollbackError(Message("journal-nothing-changed", path=past.shown_path))


def _warnings(before: Settings) -> tuple[Message, ...]:
    """Return what a reviewer should know of the settings to go back to."""
    url = before.notification_url
    if url is None:
        return (Message("rollback-url-missing"),)
    unusual = (Message("rollback-url-unusual"),) if url_problem(url, allow_insecure=True) else ()
    return (*url_warnings(url), *unusual)
