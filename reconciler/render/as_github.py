"""What GitHub's runner takes: annotations on stdout, and counts for later steps."""

from collections.abc import Iterator

from reconciler.core.fleet import Place
from reconciler.core.plan import Cause
from reconciler.render import wording
from reconciler.render.view import ShownChange, ShownPlan, ShownSantral

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def annotations(plan: ShownPlan) -> str:
    """Return an error for each santral that failed.

    And a warning for drift, for another key than before, and for what is odd.
    """
    return "".join(line for santral in plan.santrals for line in _annotations(santral))


def _annotations(santral: ShownSantral) -> Iterator[str]:
    title = f"santral {santral.name}"
    place = Place(santral.source, santral.line, santral.column)
    if santral.error:
        yield annotation("error", place, title, santral.error)
    outcome = santral.outcome
    if outcome and outcome.reason and not santral.error:
        yield annotation("error", place, title, outcome.reason)
    if santral.key and santral.key.has_moved:
        yield annotation("warning", place, title, f"{wording.key(santral)}.")
    for warning in santral.warnings:
        yield annotation("warning", place, title, warning)
    for change in santral.changes:
        if change.cause in {Cause.DRIFT, Cause.BOTH}:
            yield annotation("warning", place, title, _drift(change))


def _drift(change: ShownChange) -> str:
    live = wording.NOT_SET if change.before is None else change.before
    return f"{change.field} was changed outside the file; it is {live} now."


def annotation(level: str, place: Place, title: str, message: str) -> str:
    """Return the command that shows a message at a place of a file; both must be printable."""
    where = {"file": place.source, "line": place.line, "col": place.column, "title": title}
    properties = ",".join(f"{name}={str(v).translate(_PROPERTY)}" for name, v in where.items())
    return f"::{level} {properties}::{message.translate(_DATA)}\n"


def outputs(plan: ShownPlan) -> str:
    """Return the counts as ``name=number`` lines, the names being those of the JSON plan.

    And whether they are of the sandbox. No address: a step that puts an output into its script must
    find nothing in it that others wrote.
    """
    counts = {str(status): count for status, count in plan.count().items()}
    if plan.purpose.tells_causes:
        counts |= {str(cause): count for cause, count in plan.count_causes().items()}
    counts |= {str(result): n for result, n in (plan.count_outcomes() or {}).items()}
    lines = "".join(f"{name}={count}\n" for name, count in counts.items())
    return f"{lines}sandbox={str(wording.is_of_sandbox(plan)).lower()}\n"
