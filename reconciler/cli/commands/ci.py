"""``santral ci``: a pipeline's work at its forge, GitHub or GitLab."""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass

import click

from reconciler import output_files
from reconciler.ci.environment import Job
from reconciler.ci.forge import Draft, Forge, ForgeError
from reconciler.ci.opening import USUAL_NAME, open_forge
from reconciler.ci.posting import marker_of, post, resolve
from reconciler.ci.web import Reach
from reconciler.cli import saved_plan
from reconciler.cli.api_options import ca_file_option, proxy_option, timeout_option
from reconciler.cli.console import Console
from reconciler.cli.declaring import HeadedCommand
from reconciler.cli.groups import HeadedGroup
from reconciler.cli.help import Heading
from reconciler.cli.option_types import FilePath, FleetName
from reconciler.cli.options import (
    grouped,
    not_empty,
    option,
    quiet_option,
    shard_option,
    verbose_option,
)
from reconciler.cli.output import forbid_overwriting
from reconciler.cli.speaking import SpokenArgument
from reconciler.client.api import Timeouts
from reconciler.client.proxy import Proxy
from reconciler.client.roots import Roots
from reconciler.core.ci_systems import Ci, running
from reconciler.core.errors import ExitCode, explaining
from reconciler.core.messages import Message, say, template
from reconciler.core.plan import Purpose
from reconciler.core.shard import Shard
from reconciler.core.text import printable
from reconciler.engine import scheduler
from reconciler.files import JOURNAL
from reconciler.keys.ring import variables_with_secrets
from reconciler.render import as_issue, as_markdown
from reconciler.render.view import ShownPlan, Status

_HELP = template(
    "Do a pipeline's work at GitHub or GitLab, in a job without santral keys.\n\n"
    "The token is taken from GITHUB_TOKEN or SANTRAL_GITLAB_TOKEN, and all else from the "
    "variables that the runner sets."
)
_COMMENT = template(
    "Comment on the pull or merge request with a saved plan, in the place of the comment before."
)
_PLAN = template("Fetch the plan that was reviewed for this commit, for apply FILE.")
_ISSUE = template(
    "Open, update or close the issue on drift, from a plan that plan --drift --out saved."
)
_JOURNAL = template("Fetch the newest journal, for --journal FILE of apply and rollback.")
_KEYS_HERE = {
    Ci.GITHUB: template(
        "This job has {names}, which a ci command has no use for. Give keys and secrets only to "
        "the step that needs them (env: of that step)."
    ),
    Ci.GITLAB: template(
        "This job has {names}, which a ci command has no use for. Give the variable an environment "
        "as its scope, and this work a job of its own without that environment."
    ),
}


@dataclass(frozen=True, slots=True)
class _Options:
    """How to reach the forge, and how much to say."""

    name: str
    proxy: Proxy | None
    ca_file: Roots | None
    timeout: float | None
    quiet: bool
    verbose: bool

    @property
    def console(self) -> Console:
        return Console(self.quiet, self.verbose)

    @property
    def reach(self) -> Reach:
        """How the forge's server is reached."""
        return Reach(
            proxy=self.proxy,
            roots=self.ca_file.pem if self.ca_file else None,
            timeouts=Timeouts(self.timeout, self.timeout) if self.timeout else Timeouts(),
            observe=self.console.observe,
            sleep=scheduler.Clock().sleep,
        )

    def marker(self, kind: str) -> str:
        """Return by which line what this fleet's pipeline writes is known."""
        return marker_of(kind, self.name, USUAL_NAME)


_options = grouped(
    "options",
    _Options,
    option(
        "--name",
        type=FleetName(),
        default=USUAL_NAME,
        show_default=True,
        metavar="NAME",
        help=template("Tells the fleets of one repository apart."),
    ),
    proxy_option(
        template(
            "The proxy through which to reach GitHub or GitLab, http[s]://HOST[:PORT]; none if not "
            "given. Give one with a user and a password as SANTRAL_PROXY."
        )
    ),
    ca_file_option(
        template(
            "The certificate authorities to trust for GitHub or GitLab, in PEM, instead of the "
            "built-in ones: for a company that intercepts TLS with a CA of its own. Whoever holds "
            "that CA can read the token of the job."
        )
    ),
    timeout_option,
    quiet_option,
    verbose_option,
)
_out_option = option(
    "--out",
    heading=Heading.OUTPUT,
    type=FilePath(dir_okay=False),
    callback=not_empty,
    required=True,
    metavar="FILE",
    help=template("The file to write."),
)
_shard_option = shard_option(
    template(
        "For part I of N of the santrals only, where a job of its own plans and applies each part."
    )
)
_planfile = click.argument("planfile", cls=SpokenArgument, type=FilePath(allow_dash=True))


@click.group("ci", cls=HeadedGroup, help=_HELP)
def command() -> None:
    """Run one of the commands below ``santral ci``."""


@command.command("comment", cls=HeadedCommand, help=_COMMENT)
@_planfile
@_options
def comment(planfile: str, options: _Options) -> ExitCode:
    """Run ``santral ci comment``, and return the exit code."""
    job = _job()
    plan = saved_plan.load(planfile, options.console).shown
    marker = options.marker("plan")
    lines = dict.fromkeys((marker, as_markdown.MARKER))
    with _forge(job, options) as forge:
        text = "\n".join([*lines, as_issue.comment(plan, forge.planned_commit())])
        post(forge, forge.comments(), marker, Draft(text))
    options.console.info(say("The plan is posted as a comment."))
    return ExitCode.OK


@command.command("issue", cls=HeadedCommand, help=_ISSUE)
@_planfile
@_options
def issue(planfile: str, options: _Options) -> ExitCode:
    """Run ``santral ci issue``, and return the exit code."""
    job = _job()
    plan = saved_plan.load(planfile, options.console).shown
    if plan.purpose is not Purpose.DRIFT:
        raise ForgeError(Message("plan-not-of-drift"), place=printable(planfile))
    with _forge(job, options) as forge:
        said = _report_drift(forge, job, plan, options.marker("drift"))
    options.console.info(said)
    return ExitCode.OK


def _report_drift(forge: Forge, job: Job, plan: ShownPlan, marker: str) -> str:
    """Write what a check found into the issue, or close it; return what was done."""
    if as_issue.is_settled(plan):
        resolve(forge, marker, as_issue.farewell(job.link))
        return say("There is no drift, and no open issue about it.")
    title, text = as_issue.issue(plan, job.ci, job.link)
    post(forge, forge.issues(), marker, Draft(f"{marker}\n{text}", title))
    if plan.of(Status.CHANGE):
        return say("The drift is reported in an issue.")
    return say("What could not be read is reported in an issue.")


@command.command("reviewed-plan", cls=HeadedCommand, help=_PLAN)
@_out_option
@_shard_option
@_options
def reviewed_plan(out: str, shard: Shard | None, options: _Options) -> ExitCode:
    """Run ``santral ci reviewed-plan``, and return the exit code."""
    job = _job()
    forbid_overwriting([out], [])
    with _forge(job, options) as forge:
        plan = _text(forge.reviewed_plan(shard), "plan-not-text")
    _write(out, plan)
    options.console.info(
        say("The plan that was reviewed was written to {path}.", path=printable(out))
    )
    return ExitCode.OK


@command.command("journal", cls=HeadedCommand, help=_JOURNAL)
@_out_option
@_shard_option
@_options
def journal(out: str, shard: Shard | None, options: _Options) -> ExitCode:
    """Run ``santral ci journal``, and return the exit code."""
    job, console = _job(), options.console
    _forbid_losing(out)
    with _forge(job, options) as forge:
        kept = forge.journal(shard)
    if not kept:
        console.info(say("No job has kept a journal yet. Nothing was written."))
    elif kept.content is None:
        console.warning(Message("journal-expired"))
    else:
        if kept.lacks_newest:
            console.warning(Message("journal-newest-gone"))
        _write(out, _text(kept.content, "journal-not-text"))
        console.info(say("The newest journal was written to {path}.", path=printable(out)))
    return ExitCode.OK


def _job() -> Job:
    """Return the job that this is; raises a usage error where it is none, or has keys."""
    ci = running(os.environ)
    if not ci:
        raise click.UsageError(
            say(
                "This is not a job of GitHub or GitLab: neither GITHUB_ACTIONS nor GITLAB_CI is "
                "true. Run ci commands in a pipeline."
            )
        )
    secret = variables_with_secrets(os.environ)
    if secret:
        names = ", ".join(map(printable, secret))
        raise click.UsageError(say(_KEYS_HERE[ci], names=names))
    return Job(ci, os.environ)


def _forbid_losing(journal: str) -> None:
    """Raise a usage error where a journal would be put in the place of another, or of something.

    It may be where --journal is to find it: SANTRAL_JOURNAL may name the same file.
    """
    forbid_overwriting((), (), kept=output_files.Kept(journal, JOURNAL))
    if os.path.exists(journal) and os.path.getsize(journal):  # noqa: PTH110, PTH202 - any name
        raise click.UsageError(str(Message("journal-there", path=printable(journal))))


def _forge(job: Job, options: _Options) -> AbstractContextManager[Forge]:
    return open_forge(job, os.environ, options.reach, options.name)


def _text(content: bytes, code: str) -> str:
    """Return what was fetched as text; raises ForgeError."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        pass
    raise ForgeError(Message(code))


def _write(path: str, text: str) -> None:
    """Write a file that only its owner may read; raises ForgeError."""
    unwritten = Message("output-unwritten", path=printable(path))
    with explaining(lambda reason: ForgeError(unwritten, reason)):
        output_files.write(path, text, is_private=True)
