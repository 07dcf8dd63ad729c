"""Carrying a plan out, whatever it was made from: show it, ask, change, and report."""

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import click

from reconciler.apply.protocol import Protocol
from reconciler.apply.run import Changing, Tolerance
from reconciler.cli.asking import Asking, Way, way_to_ask
from reconciler.cli.author import author_of
from reconciler.cli.interrupt import INTERRUPTED, interruptible, signalled_code
from reconciler.cli.journal import report_unresolved, settle, with_renewed, without_doubted
from reconciler.cli.obstacles import Ended, obstacle_to
from reconciler.cli.options import careful_options, grouped, max_changes_option, option
from reconciler.cli.output import Presenter
from reconciler.cli.planning import Planned, make_plan, warn_of
from reconciler.cli.run import Run
from reconciler.client.retries import Patience
from reconciler.core.canary import Canary, Stages, stages_of
from reconciler.core.change_limit import Limit
from reconciler.core.errors import ExitCode, SantralError
from reconciler.core.messages import say, say_number, template
from reconciler.core.outcome import Outcome, Report, Result, report
from reconciler.core.plan import Pending, Plan
from reconciler.core.secret import Key
from reconciler.core.stop import Stop
from reconciler.engine.scheduler import Scheduler
from reconciler.journal.journal import Journal, JournalError
from reconciler.journal.records import SANDBOX, RunEnded
from reconciler.journal.recovery import Recovered
from reconciler.render.view import show_plan, show_report

_CALLED = template("This was run {run}. santral rollback --run {run} undoes it.")
_CALLED_IN_SANDBOX = template(
    "This was run {run}. santral rollback --sandbox --run {run} undoes it."
)
_TO_UNDO = (Result.APPLIED, Result.NOT_VERIFIED)
_SIGNALLED = 128
"""What an exit code is above where a signal ended the run."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What may be done without asking, and how much of it."""

    yes: bool
    max_changes: Limit | None
    canary: Canary | None = None
    """What is tried first."""
    max_failures: int | None = None
    """After how many changes that did not succeed no further one is begun."""


_limited_options = (
    option("--yes", is_flag=True, help=template("Do not ask on a terminal.")),
    max_changes_option,
)
approval_options = grouped("approval", Approval, *_limited_options)
careful_approval_options = grouped("approval", Approval, *_limited_options, *careful_options)
"""Those of a command that can try a part of the changes first, or stop on its way."""


@dataclass(slots=True)
class _Course:
    """How far a run has come."""

    scheduler: Scheduler
    plan: Plan | None = None
    canary: tuple[str, ...] | None = None
    """The santrals whose changes come first."""
    report: Report | None = None
    code: int = ExitCode.OK

    @property
    def ended(self) -> RunEnded:
        """What to write to the journal at its end."""
        plan, report = self.plan, self.report
        counts = Counter(outcome.result for outcome in report.outcomes) if report else None
        return RunEnded(
            to_change=tuple(one.santral.name for one in plan.pending) if plan else None,
            in_sync=len(plan.in_sync) if plan else 0,
            failed=len(plan.failed) if plan else 0,
            results=None if counts is None else {result: counts[result] for result in Result},
            exit_code=int(self.code),
            interrupted=self._is_interrupted,
            canary=self.canary,
            stopped_by=self._stopped_by,
        )

    @property
    def _is_interrupted(self) -> bool:
        return self.code > _SIGNALLED

    @property
    def _stopped_by(self) -> Stop | None:
        """What stopped it with changes left, if something did."""
        outcomes = self.report.outcomes if self.report else ()
        if outcomes and all(one.result is not Result.NOT_TRIED for one in outcomes):
            return None
        return self.scheduler.stopped_by or (Stop.SIGNAL if self._is_interrupted else None)


def _code_of(error: BaseException) -> int:
    """Return the exit code that the program will end with, as ``cli.main`` has it."""
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return signalled_code() or INTERRUPTED
    code = error.exit_code if isinstance(error, SantralError) else ExitCode.ERROR
    return signalled_code() or code


@dataclass(frozen=True, slots=True)
class Applying:
    """One run that changes settings."""

    run: Run
    journal: Journal
    presenter: Presenter
    approval: Approval

    def carry_out(
        self,
        command: str,
        review: Callable[[Plan], Plan] = lambda made: made,
        hold_back: Callable[[Plan], Iterable[Outcome]] = lambda _: (),
        conclude: Callable[[Report], object] = lambda _: None,
    ) -> int:
        """Plan, settle what earlier runs left unresolved, and carry the plan out; return the code.

        ``review`` may add to the plan what a reviewer should know; ``hold_back`` gives the outcomes
        of santrals that must not be touched; ``conclude`` may say what follows from the report. The
        journal gets the run's beginning and its end. Raises JournalError, OutputError.
        """
        session, course = self.run.session, _Course(self.run.scheduler)
        author, masks = author_of(os.environ), self.run.fleets.masks
        self.journal.start(command, author, session.name, session.keys, masks)
        try:
            planned = self._plan(review)
            course.plan = planned.plan
            course.code = self._carry_out(planned, tuple(hold_back(planned.plan)), course)
        except BaseException as error:
            course.code = _code_of(error)
            with contextlib.suppress(JournalError):
                self.journal.end(course.ended)
            raise
        code = self._end(course)
        if course.report:
            self._name_run(course.report)
            conclude(course.report)
        return code

    def preview(self, review: Callable[[Plan], Plan]) -> int:
        """Plan as ``carry_out`` does, show that and write nothing down; return the exit code.

        Raises OutputError.
        """
        planned, _ = self._made(review)
        shown = show_plan(planned.plan, show_urls=self.presenter.output.show_urls)
        least = ExitCode.ERROR if planned.plan.failed else ExitCode.OK
        code = self.presenter.present(shown)
        return planned.interrupted or ExitCode.most_severe([code, least])

    def _name_run(self, report: Report) -> None:
        """Say how the run is called and undone, where it changed something or may have."""
        if any(outcome.result in _TO_UNDO for outcome in report.outcomes):
            is_sandbox = self.run.session.name == SANDBOX
            words = _CALLED_IN_SANDBOX if is_sandbox else _CALLED
            self.run.console.info(say(words, run=self.journal.run_id))

    def _end(self, course: "_Course") -> int:
        """Write the run's end to the journal, and return its exit code."""
        was_broken = self.journal.is_broken
        try:
            self.journal.end(course.ended)
        except JournalError as error:
            if not was_broken:
                self.run.console.error(str(error))
            return course.code or ExitCode.ERROR
        return course.code

    def _plan(self, review: Callable[[Plan], Plan]) -> Planned:
        planned, recovered = self._made(review)
        settle(self.journal, recovered)
        return planned

    def _made(self, review: Callable[[Plan], Plan]) -> tuple[Planned, tuple[Recovered, ...]]:
        """Plan, and report what earlier runs left unresolved; return both."""
        planned = make_plan(self.run, self.approval.max_changes)
        plan = with_renewed(review(planned.plan), self.run.session)
        warn_of(plan, self.run.console)
        recovered = report_unresolved(self.journal.past, plan, self.run)
        return replace(planned, plan=without_doubted(plan, recovered)), recovered

    def _carry_out(self, planned: Planned, held_back: Sequence[Outcome], course: "_Course") -> int:
        """Show the plan, ask, make the changes, and report; return the exit code."""
        sent = _without(planned.plan.pending, held_back)
        stages = stages_of(self.approval.canary, sent, self.journal.run_id)
        planned, course.canary = _noted(planned, stages), stages.names
        plan, show_urls = planned.plan, self.presenter.output.show_urls
        asking = way_to_ask(yes=self.approval.yes or not sent, is_text=self.presenter.is_text)
        self._announce(plan, stages, asking)
        obstacle = obstacle_to(planned, held_back, stages, asking)
        with interruptible(self.run.scheduler) as interruption:
            ended = obstacle or Ended(report(plan, [*held_back, *self._apply(stages)]))
            course.report = ended.report
            shown = show_report(ended.report, show_urls=show_urls)
            code = self.presenter.present(shown, was_announced=True)
        codes = [code, ended.code, ended.report.exit_code]
        return interruption.exit_code or ended.interrupted or ExitCode.most_severe(codes)

    def _announce(self, plan: Plan, stages: Stages, asking: Asking) -> None:
        """Show the plan, and which changes come first, before anything is done."""
        asks = asking.way is Way.ASK and not asking.on_stdout
        shown = show_plan(plan, show_urls=self.presenter.output.show_urls)
        self.presenter.announce(shown, asks=asks)
        if stages.note and not (asks or self.presenter.is_text):
            self.run.console.info(str(stages.note))

    def _apply(self, stages: Stages) -> list[Outcome]:
        """Make the changes; those behind a canary only where all of it ended as applied."""
        session, scheduler = self.run.session, self.run.scheduler
        keys = {name: key for name, key in session.keys.items() if isinstance(key, Key)}
        protocol = Protocol(session.api, self.journal, Patience(), scheduler)
        changing = Changing(keys, protocol, Tolerance(self.approval.max_failures, scheduler))
        if stages.canary is None:
            return self._make(stages.rest, changing, say("Applying"))
        tried = self._make(stages.canary, changing, say("Applying the canary"))
        self._judge(tried, len(stages.rest))
        return [*tried, *self._make(stages.rest, changing, say("Applying"))]

    def _make(self, changes: Sequence[Pending], changing: Changing, label: str) -> list[Outcome]:
        with self.run.console.progress(label, len(changes)) as step:
            return changing.apply(changes, step)

    def _judge(self, tried: Sequence[Outcome], left: int) -> None:
        """Say that the canary went well, or let nothing follow it."""
        scheduler = self.run.scheduler
        if not (tried and all(outcome.is_applied for outcome in tried)):
            scheduler.stop(Stop.CANARY)
        if left and not scheduler.is_stopping:
            said = say_number(
                "The canary ended as applied. 1 change follows.",
                "The canary ended as applied. {count} changes follow.",
                count=left,
            )
            self.run.console.info(said)


def _without(pending: Sequence[Pending], held_back: Sequence[Outcome]) -> tuple[Pending, ...]:
    names = {outcome.name for outcome in held_back}
    return tuple(change for change in pending if change.santral.name not in names)


def _noted(planned: Planned, stages: Stages) -> Planned:
    """Return the plan with a note on what comes first, if something does."""
    if not stages.note:
        return planned
    return replace(planned, plan=replace(planned.plan, notes=(*planned.plan.notes, stages.note)))
