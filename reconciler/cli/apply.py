"""``santral apply``: plan, then make the changes and read them back."""

import sys
from dataclasses import dataclass

import click

from reconciler.apply import run
from reconciler.apply.journal import Journal, JournalError
from reconciler.apply.outcome import Report, untouched
from reconciler.apply.protocol import Protocol
from reconciler.cli.console import Console, OutputError
from reconciler.cli.interrupt import INTERRUPTED, interruptible
from reconciler.cli.options import (
    Access,
    Output,
    Selection,
    access_options,
    max_changes_option,
    option,
    output_options,
    selection_options,
)
from reconciler.cli.planning import Planned, console_for, load_fleets, make_plan, style_for
from reconciler.cli.session import Session, open_session
from reconciler.errors import ExitCode
from reconciler.patience import Patience
from reconciler.plan import Limit, Plan
from reconciler.render import as_json, as_text
from reconciler.scheduler import Scheduler
from reconciler.secret import Key


@click.command("apply", short_help="Plan, then make the changes.")
@selection_options
@access_options
@output_options
@option("--yes", is_flag=True, help="Do not ask, also on a terminal.")
@max_changes_option
def command(
    selection: Selection,
    access: Access,
    output: Output,
    *,
    yes: bool,
    max_changes: Limit | None,
) -> int:
    """Plan, then make the changes, and read each back: only what reads back counts as applied.

    On a terminal it shows the plan and asks first. Each change is written to the journal
    .santral/journal.jsonl before it is sent.
    """
    console = console_for(output)
    fleets = load_fleets(selection)
    with open_session(access, fleets.whole, fleets.wanted, console.observe) as session:
        scheduler = Scheduler(access.parallelism)
        planned = make_plan(fleets, session, console, scheduler, max_changes)
        asks = not yes and bool(planned.plan.pending) and sys.stdin.isatty()
        _show_plan(planned.plan, output, console, asks=asks)
        obstacle = _obstacle(planned, asks=asks)
        with interruptible(scheduler) as interruption:
            ended = obstacle or _apply(planned.plan, session, scheduler, console)
            code = _show_report(ended, output, console)
    return interruption.exit_code or code


@dataclass(frozen=True, slots=True)
class _Ended:
    """What became of the plan, and an exit code that the outcomes alone do not call for."""

    report: Report
    code: int = ExitCode.OK

    @property
    def exit_code(self) -> int:
        if self.code > ExitCode.NOT_VERIFIED:
            return self.code
        return ExitCode.gravest([ExitCode(self.code), self.report.exit_code])


def _show_plan(plan: Plan, output: Output, console: Console, *, asks: bool) -> None:
    """Show the plan before anything is done; as JSON it comes with the report, at the end.

    Who is asked must see what, also where stdout is no terminal.
    """
    is_result = output.format == "text"
    is_asked_elsewhere = asks and not (is_result and sys.stdout.isatty())
    if not (is_result or is_asked_elsewhere):
        return
    text = as_text.render_plan(plan, style_for(output, console))
    if is_result:
        console.write(text)
    if is_asked_elsewhere:
        click.echo(text, err=True, nl=False)


def _obstacle(planned: Planned, *, asks: bool) -> _Ended | None:
    """Return why the plan is not carried out, if so."""
    plan = planned.plan
    if planned.interrupted:
        return _Ended(untouched(plan, _INTERRUPTED), planned.interrupted)
    if plan.guard and plan.guard.is_tripped:
        return _Ended(untouched(plan, _GUARDED), ExitCode.REFUSED)
    if not plan.pending:
        return _Ended(untouched(plan, ""))
    return _asked(plan) if asks else None


def _asked(plan: Plan) -> _Ended | None:
    """Ask, and return why the plan is not carried out, if so."""
    try:
        agrees = click.confirm(_question(plan), err=True)
    except click.Abort:
        return _Ended(untouched(plan, _INTERRUPTED), INTERRUPTED)
    return None if agrees else _Ended(untouched(plan, _DECLINED), ExitCode.ERROR)


_INTERRUPTED = "The run was interrupted before anything was sent."
_GUARDED = "--max-changes forbids so many changes. Nothing was sent."
_DECLINED = "You did not agree. Nothing was sent."


def _question(plan: Plan) -> str:
    count = len(plan.pending)
    return "Apply this change?" if count == 1 else f"Apply these {count} changes?"


def _apply(plan: Plan, session: Session, scheduler: Scheduler, console: Console) -> _Ended:
    keys = {name: key for name, key in session.keys.items() if isinstance(key, Key)}
    try:
        with (
            Journal(session.journal) as journal,
            console.progress("Applying", len(plan.pending)) as step,
        ):
            protocol = Protocol(session.api, journal, Patience(), lambda: scheduler.is_stopping)
            return _Ended(run.apply(plan, keys, protocol, scheduler, step))
    except JournalError as error:
        return _Ended(untouched(plan, str(error)), ExitCode.ERROR)


def _show_report(ended: _Ended, output: Output, console: Console) -> int:
    """Show what was done; that it cannot be shown does not undo it."""
    if output.format == "json":
        text = as_json.render_report(ended.report, show_urls=output.show_urls)
    else:
        text = as_text.render_report(ended.report, style_for(output, console))
    try:
        console.write(text)
    except OutputError as error:
        console.complain(f"{error}\n{text}")
        return _Ended(ended.report, max(ended.code, ExitCode.ERROR)).exit_code
    return ended.exit_code
