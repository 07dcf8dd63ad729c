"""What GitLab's merge-request page reads: counts of a plan, and problems as code quality."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reconciler.core.messages import Message
from reconciler.render.view import ShownPlan, Status


def render_plan(plan: ShownPlan) -> str:
    """Return the counts in the shape that GitLab shows beside a merge request.

    Nothing is ever created or deleted here, so only ``update`` counts. The shape has no room for
    more: of which API, files and commit they are, and whose keys moved, the other formats say.
    """
    counts = {"create": 0, "update": plan.count()[Status.CHANGE], "delete": 0}
    return json.dumps(counts, separators=(",", ":")) + "\n"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at a line of a file."""

    path: str
    """As GitLab calls it; printable."""
    line: int
    santral: str
    """The entry that it is in; empty where it is in none."""
    message: Message
    is_error: bool = True
    """Whether the file cannot be used because of it."""


def render_problems(findings: Iterable[Finding]) -> str:
    """Return a code-quality report of what is wrong in files."""
    alike: Counter[str] = Counter()
    return json.dumps([_issue(finding, alike) for finding in findings], indent=2) + "\n"


def _issue(finding: Finding, alike: Counter[str]) -> dict[str, Any]:
    what = _without_lines(finding)
    alike[what] += 1
    return {
        "description": str(finding.message),
        "check_name": finding.message.code,
        "fingerprint": hashlib.sha256(f"{what} {alike[what]}".encode()).hexdigest(),
        "severity": "major" if finding.is_error else "minor",
        "location": {"path": finding.path, "lines": {"begin": finding.line}},
    }


_LINE_AND_COLUMN = re.compile(r":\d+:\d+\Z")


def _without_lines(finding: Finding) -> str:
    """Return what is found where, the same when lines are added above; some messages name one."""
    message = finding.message.rewritten(lambda text: _LINE_AND_COLUMN.sub("", text))
    return json.dumps([finding.path, finding.santral, message.code, message.values])
