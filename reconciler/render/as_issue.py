"""What a pipeline writes at its forge: a plan as a comment, and drift as an issue."""

from reconciler.core.ci_systems import Ci
from reconciler.core.messages import say, template
from reconciler.render import as_markdown
from reconciler.render.view import ShownPlan, Status

_DIFFER = {
    Ci.GITHUB: template(
        "The live settings differ from the file: somebody changed them in the panel, or a merged "
        "change is not applied yet. To keep one of these changes, put it in the file with a pull "
        "request; the next apply makes everything else match the file."
    ),
    Ci.GITLAB: template(
        "The live settings differ from the file: somebody changed them in the panel, or a merged "
        "change is not applied yet. To keep one of these changes, put it in the file with a merge "
        "request; the next apply makes everything else match the file."
    ),
}
_UNREAD = template(
    "The check could not read the live settings of every santral, so nobody knows whether those "
    "differ from the file. The reasons are below. No difference was found in the others."
)


def comment(plan: ShownPlan, commit: str) -> str:
    """Return a plan as a comment, without a marker."""
    promise = say(
        "The plan of {commit}. The merge applies exactly this, or says what moved.", commit=commit
    )
    return f"{_unmarked(plan)}\n{promise}\n"


def issue(plan: ShownPlan, ci: Ci, link: str) -> tuple[str, str]:
    """Return the title and the text, without a marker, of an issue about a check for drift."""
    if plan.of(Status.CHANGE):
        title, what = say("Live settings differ from the file"), say(_DIFFER[ci])
    else:
        title, what = say("The check for drift could not read every santral"), say(_UNREAD)
    found = say("Found by {link}", link=link)
    return title, f"{what}\n\n{found}\n{_unmarked(plan)}"


def is_settled(plan: ShownPlan) -> bool:
    """Return whether nothing differs, and everything could be read."""
    return not plan.of(Status.CHANGE) and not plan.of(Status.FAILED)


def farewell(link: str) -> str:
    """Return what is said before the issue is closed."""
    return say("The drift is gone, says {link}", link=link)


def _unmarked(plan: ShownPlan) -> str:
    return as_markdown.render(plan).removeprefix(f"{as_markdown.MARKER}\n")
