"""A plan as it may be shown, in any format: nothing secret in it, and nothing unprintable.

Every renderer works only on this value. It can be had from a plan, from the report of a run, or
from a saved plan, so that a job without keys shows what a job with keys saw.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from reconciler.core.change_limit import Guard
from reconciler.core.fleet import Place
from reconciler.core.messages import Message
from reconciler.core.outcome import Outcome, Report, Result
from reconciler.core.plan import (
    Cause,
    Change,
    Dropped,
    Failed,
    InSync,
    KeyUse,
    Origin,
    Pending,
    Plan,
    Purpose,
    SantralPlan,
)
from reconciler.core.scope import Scope
from reconciler.core.settings import URL_FIELD
from reconciler.core.text import printable
from reconciler.core.url_mask import UrlMask
from reconciler.render.hosts import ShownHost, hosts_of

_LONGEST_DESCRIPTION = 100
"""Characters of a santral's description that are shown."""


class Status(StrEnum):
    """What a plan says of a santral."""

    CHANGE = "change"
    IN_SYNC = "in_sync"
    FAILED = "failed"


Standing = Status | Result
"""How a santral stands: by the plan, or once a run has ended by its outcome."""

MOST_SEVERE_FIRST: tuple[Standing, ...] = (
    *(Result.NOT_VERIFIED, Result.FAILED, Result.REFUSED, Result.STALE, Result.NOT_TRIED),
    *(Status.CHANGE, Result.APPLIED, Result.IN_SYNC),
)
"""An order in which what needs somebody comes first."""


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change made safe to show; None stands for a notification URL that is not set."""

    field: str
    before: str | None
    after: str | None
    is_masked: bool = False
    """Whether a part of a URL that may be a token was replaced by ``***``."""
    is_hidden_part_changed: bool = False
    """Whether what was replaced differs before and after."""
    before_host: str | None = None
    """The host of a URL; None where there is none that all programs agree on."""
    after_host: str | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class ShownOutcome:
    """How apply ended for a santral."""

    result: Result
    reason: tuple[Message, ...] = ()
    moved: tuple[ShownChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownSantral:
    """One santral of a plan, and what became of it in a run."""

    name: str
    source: str
    """The file that describes it, as it was named."""
    line: int
    column: int
    status: Status
    changes: tuple[ShownChange, ...] = ()
    error: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()
    outcome: ShownOutcome | None = None
    key: KeyUse | None = None
    """None in a plan that an earlier version of the program wrote."""
    description: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    """Names and values, sorted."""

    @property
    def at(self) -> Place:
        """Where its entry stands."""
        return Place(self.source, self.line, self.column)

    @property
    def place(self) -> str:
        """The same in words: ``file:line:column``."""
        return f"{self.source}:{self.line}:{self.column}"

    @property
    def is_unplanned(self) -> bool:
        """Whether the run failed for it already in the plan, which says why."""
        return self.status is Status.FAILED and self.standing is Result.FAILED

    @property
    def reason(self) -> tuple[Message, ...]:
        """Why it did not go well, if so: what the plan says, else what the run does."""
        return self.error or (self.outcome.reason if self.outcome else ())

    @property
    def standing(self) -> Standing:
        """How it stands."""
        return self.outcome.result if self.outcome else self.status


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """A plan, its santrals sorted by name; with outcomes, the report of a run."""

    santrals: tuple[ShownSantral, ...]
    guard: Guard | None = None
    purpose: Purpose = Purpose.CHANGES
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[Message, ...] = ()
    """What to know of the plan as a whole."""
    origin: Origin | None = None
    """None in a plan that an earlier version of the program wrote."""
    scope: Scope | None = None
    """None in a plan that an earlier version of the program wrote."""
    hosts: tuple[ShownHost, ...] = ()
    """Where calls go and are to go, sorted; none in a plan that an earlier version wrote."""

    @property
    def news(self) -> tuple[ShownSantral, ...]:
        """The santrals of which a run's report says what the plan did not say already."""
        return tuple(santral for santral in self.santrals if not santral.is_unplanned)

    def of(self, status: Status) -> tuple[ShownSantral, ...]:
        """Return the santrals of one status."""
        return tuple(santral for santral in self.santrals if santral.status is status)

    def count(self) -> dict[Status, int]:
        """Return how many santrals there are of each status, zeros included."""
        counted = Counter(santral.status for santral in self.santrals)
        return {status: counted[status] for status in Status}

    def count_causes(self) -> dict[Cause, int]:
        """Return how many changed fields there are of each cause, zeros included."""
        counted = Counter(change.cause for santral in self.santrals for change in santral.changes)
        return {cause: counted[cause] for cause in Cause}

    def count_outcomes(self) -> dict[Result, int] | None:
        """Return how many santrals ended in each way, zeros included; None for a mere plan."""
        results = [santral.outcome.result for santral in self.santrals if santral.outcome]
        counted = Counter(results)
        return {result: counted[result] for result in Result} if results else None


def warned(santrals: Iterable[ShownSantral]) -> dict[Message, list[ShownSantral]]:
    """Return what a reviewer should know, each with the santrals that it is about."""
    found: dict[Message, list[ShownSantral]] = {}
    for santral in santrals:
        for warning in santral.warnings:
            found.setdefault(warning, []).append(santral)
    return found


def show_plan(plan: Plan, *, show_urls: bool = False) -> ShownPlan:
    """Return the plan as it may be shown; ``show_urls`` leaves URLs unmasked."""
    santrals = (_santral(planned, plan.keys, show_urls=show_urls) for planned in plan.santrals)
    return ShownPlan(
        tuple(santrals),
        plan.guard,
        plan.purpose,
        plan.dropped,
        plan.notes,
        plan.origin and _origin(plan.origin),
        plan.scope,
        hosts_of(plan),
    )


def _origin(origin: Origin) -> Origin:
    files = tuple(map(printable, origin.files))
    return replace(origin, api=printable(origin.api), files=files)


def show_report(report: Report, *, show_urls: bool = False) -> ShownPlan:
    """Return the plan with each santral's outcome."""
    outcomes = {outcome.name: outcome for outcome in report.outcomes}
    masks = {planned.santral.name: planned.santral.mask for planned in report.plan.santrals}
    plan = show_plan(report.plan, show_urls=show_urls)
    santrals = (
        replace(
            santral,
            outcome=_outcome(outcomes[santral.name], masks[santral.name], show_urls=show_urls),
        )
        for santral in plan.santrals
    )
    return replace(plan, santrals=tuple(santrals))


_STATUSES = {Pending: Status.CHANGE, InSync: Status.IN_SYNC, Failed: Status.FAILED}


def _santral(planned: SantralPlan, keys: Mapping[str, KeyUse], *, show_urls: bool) -> ShownSantral:
    name, place = planned.santral.name, planned.santral.place
    return ShownSantral(
        name=name,
        source=_source(place.source),
        line=place.line,
        column=place.column,
        status=_STATUSES[type(planned)],
        changes=show_changes(
            planned.changes if isinstance(planned, Pending) else (),
            planned.santral.mask,
            show_urls=show_urls,
        ),
        error=planned.error if isinstance(planned, Failed) else (),
        warnings=planned.warnings,
        key=keys.get(name) or KeyUse(planned.santral.key_name),
        description=printable(" ".join(planned.santral.description.split()), _LONGEST_DESCRIPTION),
        labels=planned.santral.labels,
    )


_source = lru_cache(64)(printable)
"""Makes a file's name printable; a file has many santrals."""


def _outcome(outcome: Outcome, mask: UrlMask, *, show_urls: bool) -> ShownOutcome:
    moved = show_changes(outcome.moved, mask, show_urls=show_urls)
    return ShownOutcome(outcome.result, outcome.reason, moved)


def show_changes(
    changes: Iterable[Change], mask: UrlMask, *, show_urls: bool
) -> tuple[ShownChange, ...]:
    """Return changed fields as they may be shown."""
    return tuple(_change(change, mask, show_urls=show_urls) for change in changes)


def _change(change: Change, mask: UrlMask, *, show_urls: bool) -> ShownChange:
    if change.field != URL_FIELD:
        return ShownChange(change.field, change.before, change.after, cause=change.cause)
    seen = [
        mask.seen(url, in_full=show_urls) if url is not None else None
        for url in (change.before, change.after)
    ]
    before, after = (_shown_url(one.text) if one else None for one in seen)
    before_host, after_host = (one.host if one else None for one in seen)
    return ShownChange(
        field=change.field,
        before=before,
        after=after,
        is_masked=any(one.hidden for one in seen if one),
        is_hidden_part_changed=all(seen) and len({one.hidden for one in seen if one}) > 1,
        before_host=before_host,
        after_host=after_host,
        cause=change.cause,
    )


def show_value(
    field: str, value: str | None, mask: UrlMask, *, in_full: bool = False
) -> str | None:
    """Return a field's value as it may be shown."""
    if value is None or field != URL_FIELD:
        return value
    return _shown_url(mask.seen(value, in_full=in_full).text)


def _shown_url(text: str) -> str:
    """Return a URL as it may be printed: its spaces as escapes, since all count."""
    return printable(text).replace(" ", r"\x20")


def around_host(value: str, host: str | None) -> tuple[str, str, str]:
    """Split a URL into what stands before its host, the host as it is spelled, and the rest."""
    found = re.search(re.escape(host), value, re.IGNORECASE | re.ASCII) if host else None
    start, end = found.span() if found else (len(value), len(value))
    return value[:start], value[start:end], value[end:]
