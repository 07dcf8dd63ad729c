"""Saving plans and reading saved ones, for the commands that do."""

import sys
from pathlib import Path

from reconciler.cli.console import Console
from reconciler.cli.run import Run
from reconciler.config.load import STANDARD_INPUT_NAME
from reconciler.core.errors import explaining
from reconciler.core.messages import Message
from reconciler.core.plan import Plan
from reconciler.core.text import printable
from reconciler.documents import utc_now, utc_text
from reconciler.files import STANDARD_INPUT
from reconciler.render.view import ShownPlan, show_plan
from reconciler.saved_plans import file
from reconciler.saved_plans.digests import Sealer, configuration_of
from reconciler.saved_plans.merging import ShardPlan

_MOST_NAMED = 5


def save(plan: Plan, run: Run, path: str) -> None:
    """Save the plan, its URLs masked whatever is shown elsewhere; raises SavedPlanError."""
    created = plan.origin.made if plan.origin else utc_text(utc_now())
    sealer = Sealer(created, run.session.keys)
    seals = {planned.santral.name: sealer.seal(planned) for planned in plan.santrals}
    configuration = configuration_of(run.fleets.whole)
    text = file.text_of(show_plan(plan), run.session.name, configuration, seals, sealer)
    file.write(text, path)


def load(path: str, console: Console) -> file.SavedPlan:
    """Read a saved plan from a file or from stdin (``-``); raises SavedPlanError."""
    saved = file.read(*_content(path))
    if saved.unknown:
        named = ", ".join(saved.unknown[:_MOST_NAMED])
        more = len(saved.unknown) - _MOST_NAMED
        console.warning(
            Message("saved-fields-more", fields=named, count=more)
            if more > 0
            else Message("saved-fields", fields=named)
        )
    return saved


def load_shard(path: str) -> ShardPlan:
    """Read the plan or the report of a shard as ``load`` does; raises MergeError, too."""
    content, name = _content(path)
    return ShardPlan.of(printable(name), file.read_shown(content, name))


def save_merged(plan: ShownPlan, configuration: str, path: str) -> None:
    """Save a plan that was merged, for showing it; raises SavedPlanError."""
    file.write(file.unsealed_text_of(plan, configuration), path)


def _content(path: str) -> tuple[bytes, str]:
    """Return the bytes of a file, and what to call it."""
    if path == STANDARD_INPUT:
        return sys.stdin.buffer.read(file.MOST_BYTES + 1), STANDARD_INPUT_NAME
    unreadable = Message("saved-unreadable", path=printable(path))
    with (
        explaining(lambda reason: file.SavedPlanError(unreadable, reason)),
        Path(path).open("rb") as stream,
    ):
        return stream.read(file.MOST_BYTES + 1), path
