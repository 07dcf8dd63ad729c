"""What GitLab's merge-request page reads: counts of a plan, and problems as code quality."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from reconciler.core.fleet import Place
from reconciler.core.messages import Message
from reconciler.core.text import printable
from reconciler.render.view import ShownPlan, Status


def render_plan(plan: ShownPlan) -> str:
    """Return the counts in the shape that GitLab shows beside a merge request.

    Nothing is ever created or deleted here, so only ``update`` counts. The shape has no room for
    more: of which API, files and commit they are, and whose keys moved, the other formats say.
    """
    counts = {"create": 0, "update": plan.count()[Status.CHANGE], "delete": 0}
    return json.dumps(counts, separators=(",", ":")) + "\n"


def render_problems(problems: Iterable[tuple[Place, Message]]) -> str:
    """Return a code-quality report of what is wrong in files."""
    return json.dumps([_issue(place, message) for place, message in problems], indent=2) + "\n"


def _issue(place: Place, message: Message) -> dict[str, Any]:
    problem = json.dumps([str(place), message.code, message.values])
    return {
        "description": str(message),
        "check_name": message.code,
        "fingerprint": hashlib.sha256(problem.encode()).hexdigest(),
        "severity": "major",
        "location": {"path": printable(place.source), "lines": {"begin": place.line}},
    }
