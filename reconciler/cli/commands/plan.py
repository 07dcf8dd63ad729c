"""``santral plan``: show what apply would change."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from reconciler.cli.api_options import Access
from reconciler.cli.console import Console
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.help import Heading
from reconciler.cli.journal import past_of, report_unresolved, with_renewed, without_doubted
from reconciler.cli.option_types import FilePath
from reconciler.cli.options import grouped, max_changes_option, not_empty, option
from reconciler.cli.output import Presenter
from reconciler.cli.planning import Planned, make_plan, warn_of
from reconciler.cli.run import Request, Run, open_run, run_options
from reconciler.core import attribution
from reconciler.core.change_limit import Limit
from reconciler.core.errors import ExitCode
from reconciler.core.messages import say, template
from reconciler.core.plan import Plan
from reconciler.core.text import printable
from reconciler.render.view import show_plan

if TYPE_CHECKING:
    from reconciler.cli.baseline import Base


@dataclass(frozen=True, slots=True)
class _Purpose:
    """What the plan is made to find out."""

    base: str | None
    drift: bool
    out: str | None
    detailed_exitcode: bool


_purpose_options = grouped(
    "purpose",
    _Purpose,
    option(
        "--base",
        heading=Heading.COMPARISON,
        callback=not_empty,
        metavar="REV|FILE",
        help=template(
            "Say of each change where it comes from: made in the files since this git revision "
            "(or since this file), or made outside."
        ),
    ),
    option(
        "--drift",
        heading=Heading.COMPARISON,
        is_flag=True,
        help=template("Treat the files as already applied: whatever differs is drift."),
    ),
    option(
        "--out",
        heading=Heading.OUTPUT,
        type=FilePath(dir_okay=False),
        callback=not_empty,
        metavar="FILE",
        help=template("Also save the plan, for apply FILE and show FILE."),
    ),
    option(
        "--detailed-exitcode",
        heading=Heading.OUTPUT,
        is_flag=True,
        help=template(
            "Exit code 2, instead of 0, when changes are pending; with --drift, when something "
            "drifted."
        ),
    ),
)


_HELP = template(
    "Read the live settings, compare them with the files, and show what apply would change.\n\n"
    "Changes nothing. The exit code is 0, or 1 if something could not be read."
)


@click.command("plan", cls=HeadedCommand, help=_HELP)
@run_options
@_purpose_options
@max_changes_option
def command(request: Request, purpose: _Purpose, *, max_changes: Limit | None) -> int:
    """Run ``santral plan``, and return the exit code."""
    if purpose.base and purpose.drift:
        raise click.UsageError(say("--base and --drift cannot be used together."))
    request.forbid_overwriting(writes=[purpose.out], reads=[purpose.base], keeps_journal=False)
    output, console = request.output, request.output.console
    with request.reported("plan"):
        fleets = request.load_fleets(console)
        base = _base_of(purpose.base, request, console) if purpose.base else None
        with open_run(request, fleets, console) as run:
            planned = _plan(run, max_changes)
    plan = _for_purpose(planned.plan, purpose, base, run)
    code = Presenter(output, console).present(show_plan(plan, show_urls=output.show_urls))
    if purpose.out:
        from reconciler.cli import saved_plan  # noqa: PLC0415 - only --out needs it

        saved_plan.save(plan, run, purpose.out)
        options = _options_to_apply(request.access, max_changes)
        console.info(_saved(plan, purpose.out, options))
    codes = [code, _exit_code(plan, is_detailed=purpose.detailed_exitcode)]
    return planned.interrupted or ExitCode.most_severe(codes)


def _base_of(base: str, request: Request, console: Console) -> "Base":
    from reconciler.cli.baseline import load_base  # noqa: PLC0415 - only --base needs it

    return load_base(base, request.selection, console)


def _options_to_apply(access: Access, limit: Limit | None) -> list[str]:
    """Return the options without which a saved plan would be refused."""
    sandbox = ["--sandbox"] if access.sandbox else []
    return [*sandbox, *(["--max-changes", str(limit)] if limit else [])]


def _saved(plan: Plan, path: str, options: Sequence[str]) -> str:
    """Say where the plan is, and how to apply it if there is anything to."""
    shown = printable(path)
    if not plan.pending:
        return say("The plan is saved as {path}.", path=shown)
    return say(
        "The plan is saved as {path}. {command}, with the same files and keys, makes these "
        "changes and no others.",
        path=shown,
        command=printable(shlex.join(["santral", "apply", path, *options])),
    )


def _plan(run: Run, limit: Limit | None) -> Planned:
    """Plan, and report what earlier runs left behind."""
    past = past_of(run)
    planned = make_plan(run, limit)
    plan = with_renewed(planned.plan, run.session)
    warn_of(plan, run.console)
    return replace(planned, plan=without_doubted(plan, report_unresolved(past, plan, run)))


def _for_purpose(plan: Plan, purpose: _Purpose, base: "Base | None", run: Run) -> Plan:
    now = run.fleets.whole
    if purpose.drift:
        return attribution.as_drift(plan, now)
    if not base:
        return plan
    base = base.without_keys(run.session.api.finder)
    before, _ = run.session.secrets.fill(base.fleet) if base.fleet else (None, ())
    attributed = attribution.attribute(plan, before, now) if before else plan
    return replace(attributed, notes=(*plan.notes, *base.notes))


def _exit_code(plan: Plan, *, is_detailed: bool) -> ExitCode:
    if plan.failed:
        return ExitCode.ERROR
    return ExitCode.CHANGES_PENDING if is_detailed and plan.pending else ExitCode.OK
