"""Plans and reports as JSON: a versioned shape of its own, described by plan.schema.json."""

import json
from collections.abc import Iterable
from typing import Any

from reconciler import __version__
from reconciler.apply.outcome import Outcome, Report
from reconciler.plan import Change, Failed, Guard, InSync, Pending, Plan, SantralPlan
from reconciler.render.shown import shown
from reconciler.text import printable

FORMAT_VERSION = "1.0"


def render_plan(plan: Plan, *, show_urls: bool) -> str:
    """Return the plan as one JSON document."""
    return _text(_plan(plan, show_urls=show_urls))


def render_report(report: Report, *, show_urls: bool) -> str:
    """Return the plan as one JSON document, with each santral's outcome in it."""
    document = _plan(report.plan, show_urls=show_urls)
    outcomes = {outcome.name: outcome for outcome in report.outcomes}
    for santral in document["santrals"]:
        santral["outcome"] = _outcome(outcomes[santral["name"]], show_urls=show_urls)
    document["summary"]["outcomes"] = {str(k): count for k, count in report.count().items()}
    return _text(document)


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _plan(plan: Plan, *, show_urls: bool) -> dict[str, Any]:
    counts = (len(plan.pending), len(plan.in_sync), len(plan.failed))
    return {
        "format_version": FORMAT_VERSION,
        "tool_version": __version__,
        "santrals": [_santral(santral, show_urls=show_urls) for santral in plan.santrals],
        "summary": dict(zip(_STATUSES.values(), counts, strict=True)),
        "guard": _guard(plan.guard) if plan.guard else None,
    }


_STATUSES = {Pending: "change", InSync: "in_sync", Failed: "failed"}


def _santral(planned: SantralPlan, *, show_urls: bool) -> dict[str, Any]:
    place = planned.santral.place
    changes = planned.changes if isinstance(planned, Pending) else ()
    return {
        "name": planned.santral.name,
        "source": {"file": printable(place.source), "line": place.line, "column": place.column},
        "status": _STATUSES[type(planned)],
        "changes": _changes(changes, show_urls=show_urls),
        "error": planned.error if isinstance(planned, Failed) else None,
        "warnings": list(planned.warnings),
    }


def _changes(changes: Iterable[Change], *, show_urls: bool) -> list[dict[str, Any]]:
    seen = (shown(change, show_urls=show_urls) for change in changes)
    return [
        {
            "field": change.field,
            "before": change.before,
            "after": change.after,
            "masked": change.is_masked,
            "hidden_part_changed": change.is_hidden_part_changed,
        }
        for change in seen
    ]


def _guard(guard: Guard) -> dict[str, Any]:
    return {
        "limit": str(guard.limit),
        "changes": guard.changes,
        "fleet": guard.fleet,
        "tripped": guard.is_tripped,
    }


def _outcome(outcome: Outcome, *, show_urls: bool) -> dict[str, Any]:
    return {
        "result": str(outcome.result),
        "reason": outcome.reason,
        "moved": _changes(outcome.moved, show_urls=show_urls),
    }
