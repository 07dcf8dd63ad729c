"""What GitHub's runner takes: annotations on stdout, and counts for later steps."""

from collections.abc import Iterator, Sequence

from reconciler.core.fleet import Place
from reconciler.core.messages import Message, codes_of, text_of
from reconciler.core.plan import Cause, KeyUse
from reconciler.render import wording
from reconciler.render.view import ShownPlan, ShownSantral

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def annotations(plan: ShownPlan) -> str:
    """Return an error for each santral that failed.

    And a warning for drift, for another key than before, and for what is odd.
    """
    return "".join(line for santral in plan.santrals for line in _annotations(santral))


def _annotations(santral: ShownSantral) -> Iterator[str]:
    place = Place(santral.source, santral.line, santral.column)
    error = santral.error or (santral.outcome.reason if santral.outcome else ())
    if error:
        yield annotation("error", place, santral.name, error)
    for warning in _warnings(santral):
        yield annotation("warning", place, santral.name, (warning,))


def _warnings(santral: ShownSantral) -> Iterator[Message]:
    yield from _moved_key(santral.key)
    yield from santral.warnings
    for change in santral.changes:
        if change.cause in {Cause.DRIFT, Cause.BOTH}:
            live = wording.not_set() if change.before is None else change.before
            yield Message("drifted", field=change.field, live=live)


def _moved_key(use: KeyUse | None) -> Iterator[Message]:
    if use and use.before not in {None, use.name}:
        yield Message("key-other", before=use.before or "", name=use.name)
    if use and use.taken_from:
        yield Message("key-taken", name=use.name, owner=use.taken_from)


def annotation(level: str, place: Place, name: str, messages: Sequence[Message]) -> str:
    """Return the command that shows messages at a place of a file; all must be printable.

    The title says which santral they are of, or which command, and their codes.
    """
    title, message = f"santral {name}: {codes_of(messages)}", text_of(messages)
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
