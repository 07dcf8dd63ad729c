"""Carrying a plan out, whatever it was made from: show it, ask, change, and report."""

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import click

from reconciler.apply.protocol import NOT_SENT, Protocol
from reconciler.apply.run import apply
from reconciler.cli.asking import Asking, Way, way_to_ask
from reconciler.cli.author import author_of
from reconciler.cli.interrupt import INTERRUPTED, interruptible, signalled_code
from reconciler.cli.journal import report_unresolved, settle, with_renewed, without_doubted
from reconciler.cli.options import grouped, max_changes_option, option
from reconciler.cli.output import Presenter
from reconciler.cli.planning import Planned, make_plan, warn_of
from reconciler.cli.run import Run
from reconciler.client.retries import Patience
from reconciler.core.change_limit import Limit
from reconciler.core.errors import ExitCode, SantralError
from reconciler.core.messages import Message, say, say_number, template
from reconciler.core.outcome import Outcome, Report, Result, report, untouched
from reconciler.core.plan import Pending, Plan
from reconciler.core.secret import Key
from reconciler.engine.scheduler import Stop
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
_GUARDED = Message("guard-refused"), Message("nothing-sent")
_DECLINED = Message("declined"), Message("nothing-sent")
_UNASKED = Message("cannot-ask"), Message("nothing-sent")


@dataclass(frozen=True, slots=True)
class Approval:
    """What may be done without asking, and how much of it."""

    yes: bool
    max_changes: Limit | None


approval_options = grouped(
    "approval",
    Approval,
    option("--yes", is_flag=True, help=template("Do not ask on a terminal.")),
    max_changes_option,
)


@dataclass(frozen=True, slots=True)
class _Ended:
    """What became of the plan, and what the outcomes alone do not call for."""

    report: Report
    code: ExitCode = ExitCode.OK
    interrupted: int | None = None
    """The exit code of an interruption."""


@dataclass(slots=True)
class _Course:
    """How far a run has come."""

    plan: Plan | None = None
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
            interrupted=self.code > _SIGNALLED,
        )


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
    is_incomplete: bool = False
    """Whether part of what was asked for cannot be done at all, which is an error of the run."""

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
        session, course = self.run.session, _Course()
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
        is_partial = self.is_incomplete or planned.plan.failed
        least = ExitCode.ERROR if is_partial else ExitCode.OK
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
        plan, show_urls = planned.plan, self.presenter.output.show_urls
        sent = _without(plan.pending, held_back)
        asking = way_to_ask(yes=self.approval.yes or not sent, is_text=self.presenter.is_text)
        asks = asking.way is Way.ASK and not asking.on_stdout
        self.presenter.announce(show_plan(plan, show_urls=show_urls), asks=asks)
        obstacle = _obstacle(planned, held_back, sent, asking)
        with interruptible(self.run.scheduler) as interruption:
            ended = obstacle or _Ended(report(plan, [*held_back, *self._apply(sent)]))
            course.report = ended.report
            shown = show_report(ended.report, show_urls=show_urls)
            code = self.presenter.present(shown, was_announced=True)
        least = ExitCode.ERROR if self.is_incomplete else ExitCode.OK
        codes = [code, ended.code, ended.report.exit_code, least]
        return interruption.exit_code or ended.interrupted or ExitCode.most_severe(codes)

    def _apply(self, sent: Sequence[Pending]) -> list[Outcome]:
        session = self.run.session
        keys = {name: key for name, key in session.keys.items() if isinstance(key, Key)}
        protocol = Protocol(session.api, self.journal, Patience(), self.run.scheduler)
        with self.run.console.progress(say("Applying"), len(sent)) as step:
            return apply(sent, keys, protocol, step)


def _without(pending: Sequence[Pending], held_back: Sequence[Outcome]) -> tuple[Pending, ...]:
    names = {outcome.name for outcome in held_back}
    return tuple(change for change in pending if change.santral.name not in names)


def _obstacle(
    planned: Planned, held_back: Sequence[Outcome], sent: Sequence[Pending], asking: Asking
) -> _Ended | None:
    """Return why the plan is not carried out, if so."""
    plan = planned.plan
    if planned.interrupted:
        report = untouched(plan, NOT_SENT[Stop.SIGNAL], held_back=held_back)
        return _Ended(report, interrupted=planned.interrupted)
    if planned.is_out_of_time:
        return _Ended(untouched(plan, NOT_SENT[Stop.TIME_LIMIT], held_back=held_back))
    if plan.guard and plan.guard.is_tripped:
        return _Ended(untouched(plan, *_GUARDED, held_back=held_back), ExitCode.REFUSED)
    if not sent:
        return _Ended(untouched(plan, held_back=held_back))
    if asking.way is Way.IMPOSSIBLE:
        return _Ended(untouched(plan, *_UNASKED, held_back=held_back), ExitCode.ERROR)
    return _asked(plan, held_back, len(sent), asking) if asking.way is Way.ASK else None


def _asked(plan: Plan, held_back: Sequence[Outcome], count: int, asking: Asking) -> _Ended | None:
    """Ask, and return why the plan is not carried out, if so."""
    question = say_number("Apply this change?", "Apply these {count} changes?", count=count)
    try:
        agrees = asking.agrees(question)
    except click.Abort:
        return _Ended(
            untouched(plan, NOT_SENT[Stop.SIGNAL], held_back=held_back), interrupted=INTERRUPTED
        )
    return (
        None if agrees else _Ended(untouched(plan, *_DECLINED, held_back=held_back), ExitCode.ERROR)
    )
