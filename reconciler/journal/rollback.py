"""What a rollback wants: the settings from before runs, as if a file asked for them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from reconciler.core.errors import ExitCode, SantralError
from reconciler.core.fleet import Fleet, Place, Santral, selected
from reconciler.core.messages import Message
from reconciler.core.plan import Pending, Plan, Purpose, SantralPlan, refuse
from reconciler.core.settings import SWITCHES, DesiredSettings, Settings
from reconciler.core.text import printable
from reconciler.documents import local_text
from reconciler.journal.contents import JournalContents
from reconciler.journal.history import PastChange, PastEnd, PastRun, named, runs_of
from reconciler.journal.rollback_warnings import loses_others, renewed_secret, warnings_of
from reconciler.journal.trust import Trust

ROLLBACK = "rollback"
"""The command that a run is of which undoes others."""


class RollbackError(SantralError):
    """There is nothing to roll back, or it cannot be done here."""

    options: tuple[str, ...] = ("run_id", "moment", "journal")


class OtherApiError(RollbackError):
    """The run changed settings at another API than this run talks to, or nobody knows at which."""

    exit_code = ExitCode.REFUSED
    options: tuple[str, ...] = ("run_id", "moment", "api_url", "sandbox")


class Step(NamedTuple):
    """One change to undo, and its run."""

    run: PastRun
    end: PastEnd


Steps = Mapping[str, tuple[Step, ...]]
"""Changes that were made, or may have been, oldest first, by santral."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """What is to be undone: changes that runs made, or may have made."""

    past: JournalContents
    every_step: "Steps"
    """All changes of the journal."""
    runs: tuple[PastRun, ...]
    """Oldest first, with what the journal says of them judged by ``trust``."""
    steps: "Steps"
    """The changes to undo; back goes each santral to the settings before its first."""
    trust: Trust
    since: datetime | None = None
    """The moment to go back to; None where one run is undone."""
    earlier: PastRun | None = None
    """The last run before them that changed something, or may have, and was no rollback."""

    @property
    def lost(self) -> tuple[str, ...]:
        """The santrals that were changed, or may have been, with nobody knowing from what."""
        firsts = {name: steps[0].end for name, steps in self.steps.items()}
        return tuple(name for name, end in firsts.items() if not isinstance(end, PastChange))

    def runs_of(self, names: Collection[str]) -> tuple[PastRun, ...]:
        """Return those of the runs that changed one of these santrals, oldest first."""
        steps = chain.from_iterable(self.steps[name] for name in names)
        undone = {step.run.id for step in steps}
        return tuple(run for run in self.runs if run.id in undone)

    def require_same_api(self, api: str) -> None:
        """Raise OtherApiError unless the journal says that the runs changed the settings there."""
        for run in self.runs:
            if run.api is None:
                raise OtherApiError(Message("rollback-api-unknown", run=run.id))
            if run.api != api:
                where = printable(run.api)
                raise OtherApiError(Message("rollback-api", run=run.id, api=where, this=api))

    def wanted(
        self,
        fleet: Fleet,
        targets: Sequence[str],
        excludes: Sequence[str],
        unselected: frozenset[str],
    ) -> Fleet:
        """Return the santrals to bring back, with the settings from before the runs as desired.

        For those that are ``lost``, nothing is desired.
        Their keys are looked up by their entries in the files' ``fleet``, of which the labels leave
        out the ``unselected``. Raises RollbackError for a santral that has no entry, and
        NothingMatchesError for a glob that matches none of the runs'.
        """
        entries = {santral.name: santral for santral in fleet.santrals}
        names = selected(self.steps, targets, excludes, self._unmatched) - unselected
        _require_entries(names, entries)
        return Fleet(tuple(self._santral(entries[name]) for name in sorted(names)))

    def _unmatched(self, pattern: str) -> Message:
        if self.since:
            return Message("nothing-matches-since", pattern=pattern, time=local_text(self.since))
        return Message("nothing-matches-of-run", pattern=pattern, run=self.runs[0].id)

    def _santral(self, entry: Santral) -> Santral:
        change = self.steps[entry.name][0].end
        place = Place(str(self.past.path), change.line, 1)
        if not isinstance(change, PastChange):
            return Santral(entry.name, entry.key_name, DesiredSettings(), place, mask=entry.mask)
        sealed = change.before.sealed_url
        url = sealed.template if sealed else None
        switches = {name: getattr(change.before, name) for name in SWITCHES}
        plain_url = change.before.notification_url
        mask = replace(
            entry.mask,
            templates=(*([url] if url else ()), *entry.mask.templates),
            asked=plain_url,
        )
        return Santral(
            entry.name,
            entry.key_name,
            DesiredSettings(**switches, notification_url=url.text if url else plain_url),
            place,
            warnings_of(change.before),
            labels=entry.labels,
            url=url,
            url_place=place,
            mask=mask,
        )

    def reviewed(self, plan: Plan) -> Plan:
        """Return the plan as a rollback's, warning where somebody changed settings since.

        What the journal says of a santral may be in doubt, or cannot be read; then nothing may be
        done to it.
        """
        warned = tuple(self._warned(one, self.steps[one.santral.name]) for one in plan.santrals)
        lost = {
            name: (Message("rollback-santral-lost", run=self.steps[name][0].run.id),)
            for name in self.lost
        }
        doubts = {
            step.end.santral: (step.end.doubt,) for step in self._every_step if step.end.doubt
        }
        return refuse(replace(plan, purpose=Purpose.ROLLBACK, santrals=warned), lost | doubts)

    @property
    def _every_step(self) -> tuple[Step, ...]:
        return tuple(chain.from_iterable(self.steps.values()))

    def _warned(self, planned: SantralPlan, steps: Sequence[Step]) -> SantralPlan:
        changes = [step.end for step in steps if isinstance(step.end, PastChange)]
        known = {settings for change in changes for settings in (change.before, change.after)}
        key = self.trust.keys.get(planned.santral.name)
        is_moved = isinstance(planned, Pending) and loses_others(planned, known, key)
        moved = (self._moved(planned.before, steps[-1]),) if is_moved else ()  # type: ignore[union-attr]
        trusted = (self.trust.warnings(step.run, step.end) for step in steps)
        renewed = renewed_secret(planned.santral, changes[0].before, key) if changes else ()
        warnings = (*moved, *renewed, *chain.from_iterable(trusted))
        return replace(planned, warnings=(*planned.warnings, *warnings))

    def _moved(self, live: Settings, last: Step) -> Message:
        """Say whether runs or somebody else changed a santral after the last that is undone."""
        later = _after(last.run, self.every_step[last.end.santral])
        key = self.trust.keys.get(last.end.santral)
        is_by_run = any(change.after.is_same_as(live, key) for change in later)
        code = "change-would-be-undone" if is_by_run else "change-would-be-lost"
        return Message(code, run=last.run.id)


def _after(run: PastRun, steps: Sequence[Step]) -> Iterator[PastChange]:
    """Yield the changes of a santral that runs after this one made, as far as they are readable."""
    later = steps[[step.run.id for step in steps].index(run.id) + 1 :]
    return (step.end for step in later if isinstance(step.end, PastChange))


def _require_entries(names: Collection[str], entries: Collection[str]) -> None:
    missing = sorted(set(names) - set(entries))
    if missing:
        raise RollbackError(Message("rollback-not-in-files", santrals=", ".join(missing)))


def rollback_of_run(past: JournalContents, run_id: str | None, trust: Trust) -> Rollback:
    """Return the rollback of a run, or of the last one that changed anything and was no rollback.

    Raises RollbackError, or UnknownRunError.
    """
    runs = tuple(trust.judged(run) for run in runs_of(past.records))
    run = _last(runs, past) if run_id is None else _named(run_id, runs, past)
    every = _steps(runs)
    earlier = _earlier(run, runs, every)
    return _readable(Rollback(past, every, (run,), _steps([run]), trust, None, earlier))


def rollback_to(past: JournalContents, moment: datetime, trust: Trust) -> Rollback:
    """Return the rollback of all that runs changed at that moment or later; or RollbackError."""
    runs = tuple(trust.judged(run) for run in runs_of(past.records))
    steps = _steps(runs, moment)
    undone = {step.run.id for of_one in steps.values() for step in of_one}
    found = tuple(run for run in runs if run.id in undone)
    if not found:
        raise RollbackError(_nothing_since(moment, runs, past))
    every = _steps(runs)
    earlier = _earlier(found[0], runs, every)
    return _readable(Rollback(past, every, found, steps, trust, moment, earlier))


def _steps(runs: Sequence[PastRun], moment: datetime | None = None) -> Steps:
    steps = defaultdict[str, tuple[Step, ...]](tuple)
    for run in runs:
        for end in run.touched:
            if end.may_have_been_made and not (moment and _is_before(moment, run, end)):
                steps[end.santral] += (Step(run, end),)
    return dict(steps)


def _is_before(moment: datetime, run: PastRun, end: PastEnd) -> bool:
    """Return whether a change was made before; an edited time must not hide one that is doubted."""
    return (max(run.started, end.began) if end.doubt else end.began) < moment


def _readable(rollback: Rollback) -> Rollback:
    """Return the rollback; raises RollbackError where nobody knows what to go back to."""
    lost = rollback.lost
    if len(lost) < len(rollback.steps):
        return rollback
    first, path = rollback.steps[lost[0]][0].run.id, rollback.past.shown_path
    raise RollbackError(Message("rollback-lost", run=first, santrals=", ".join(lost), path=path))


def _named(run_id: str, runs: Sequence[PastRun], past: JournalContents) -> PastRun:
    run = named(run_id, runs, past.shown_path)
    if not run.may_have_changed:
        raise RollbackError(Message("rollback-changed-nothing", run=run.id))
    return run


def _last(runs: Sequence[PastRun], past: JournalContents) -> PastRun:
    """Return the run to undo; a rollback is none, or a second one would undo the first."""
    changed = [run for run in runs if run.may_have_changed]
    forward = [run for run in changed if run.command != ROLLBACK]
    if forward:
        return forward[-1]
    if changed:
        raise RollbackError(Message("rollback-only", path=past.shown_path, run=changed[-1].id))
    raise RollbackError(Message("journal-nothing-changed", path=past.shown_path))


def _earlier(run: PastRun, runs: Sequence[PastRun], every: Steps) -> PastRun | None:
    """Return the last run before this one that is worth undoing, and no rollback."""
    before = runs[: [one.id for one in runs].index(run.id)]
    found = (one for one in before[::-1] if one.command != ROLLBACK)
    return next((one for one in found if _is_worth_undoing(one, every)), None)


def _is_worth_undoing(run: PastRun, every: Steps) -> bool:
    """Return whether a run changed something that was set up before, and that is not back yet."""
    return any(
        change.before.has_url
        and not any(
            later.after.is_same_record(change.before)
            for later in _after(run, every[change.santral])
        )
        for change in run.changes
        if change.may_have_been_made
    )


def _nothing_since(moment: datetime, runs: Sequence[PastRun], past: JournalContents) -> Message:
    changed = [run for run in runs if run.may_have_changed]
    if not changed:
        return Message("journal-nothing-changed", path=past.shown_path)
    said = {"run": changed[-1].id, "last": local_text(changed[-1].started)}
    return Message("rollback-nothing-since", path=past.shown_path, time=local_text(moment), **said)
