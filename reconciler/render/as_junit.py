"""Santrals as test cases in JUnit's XML."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from reconciler.config.problems import Problem
from reconciler.core.errors import SantralError
from reconciler.core.messages import codes_of, located, say
from reconciler.core.outcome import Result
from reconciler.core.plan import Purpose
from reconciler.render import as_text, origin_wording, wording
from reconciler.render.junit_suite import Case, Kind, PathOf, Suite, Trouble, as_xml, shown_place
from reconciler.render.view import ShownPlan, ShownSantral, Standing, Status

_PLAIN = as_text.TextStyle()
_MOST_REASONS = 5
"""Different reasons why santrals were not tried that the run's own test case repeats."""
_KINDS: dict[Standing, Kind] = {
    Status.FAILED: Kind.ERROR,
    Result.FAILED: Kind.ERROR,
    Result.NOT_VERIFIED: Kind.ERROR,
    Result.STALE: Kind.FAILURE,
    Result.REFUSED: Kind.FAILURE,
    Result.NOT_TRIED: Kind.SKIPPED,
}
"""A santral that stands otherwise passes, unless there is a reason why it did not go well."""


def render(plan: ShownPlan, path_of: PathOf) -> str:
    """Return the plan, with the outcomes of a run if it has them.

    A planned change passes, since somebody asked for it; drift does not. A santral that was not
    tried is skipped, and the reason is a failure of the run.
    """
    has_report = plan.count_outcomes() or plan.purpose is Purpose.ROLLBACK
    to_undo = wording.next_step_of_drift(plan) if plan.purpose is Purpose.DRIFT else ""
    suite = Suite(
        command=wording.command(plan.purpose) if has_report else "plan",
        cases=[_case(santral, to_undo) for santral in plan.santrals],
        trouble=_trouble_of_run(plan),
        about=_about(plan),
        is_of_sandbox=origin_wording.is_of_sandbox(plan.origin),
        made=plan.origin.made if plan.origin else None,
    )
    return as_xml(suite, path_of)


def render_valid(santrals: Iterable[ShownSantral], path_of: PathOf) -> str:
    """Return the santrals of valid files, with their warnings."""
    cases = [*map(_case, santrals)]
    return as_xml(Suite("validate", cases), path_of)


def render_problems(
    command: str, problems: Iterable[Problem], path_of: PathOf, *, is_of_sandbox: bool
) -> str:
    """Return what is wrong in files: a case for each santral, and for what is of none each file."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.santral or path_of(problem.place.source), []).append(problem)
    cases = [_case_of_problems(name, those, path_of) for name, those in found.items()]
    return as_xml(Suite(command, cases, is_of_sandbox=is_of_sandbox), path_of)


def render_error(command: str, error: SantralError, path_of: PathOf, *, is_of_sandbox: bool) -> str:
    """Return the error that ended a run before it had a result."""
    trouble = Trouble(Kind.ERROR, codes_of(error.messages), str(error))
    return as_xml(Suite(command, trouble=trouble, is_of_sandbox=is_of_sandbox), path_of)


def _case_of_problems(name: str, problems: Sequence[Problem], path_of: PathOf) -> Case:
    messages = dict.fromkeys(problem.message for problem in problems)
    first, *rest = problems
    return Case(
        name,
        first.place,
        Trouble(Kind.FAILURE, codes_of(messages), str(first.message)),
        tuple(located(shown_place(one.place, path_of), one.message) for one in rest),
    )


def _case(santral: ShownSantral, to_undo: str = "") -> Case:
    """Return a santral; where what differs is drift, with what to do to undo it."""
    has_drifted = to_undo != "" and santral.standing is Status.CHANGE
    trouble = _drift(santral) if has_drifted else _trouble(santral)
    said = [*_said(santral), *([to_undo] if has_drifted else [])]
    return Case(santral.name, santral.at, trouble, tuple(said))


def _drift(santral: ShownSantral) -> Trouble:
    return Trouble.of(Kind.FAILURE, wording.drifted(santral))


def _trouble(santral: ShownSantral) -> Trouble | None:
    standing = santral.standing
    kind = _KINDS.get(standing)
    if santral.reason:
        return Trouble.of(kind or Kind.ERROR, santral.reason)
    return Trouble(kind, standing, wording.result_words(standing)) if kind else None


def _said(santral: ShownSantral) -> Iterator[str]:
    """Yield what the text format says of a santral, apart from its trouble."""
    if santral.outcome:
        yield wording.result_words(santral.outcome.result)
    key = wording.key(santral)
    if key:
        yield key
    yield from _lines(as_text.change_lines(santral.changes, _PLAIN))
    if santral.outcome and santral.outcome.moved:
        yield wording.moved()
        yield from _lines(as_text.change_lines(santral.outcome.moved, _PLAIN))
    for warning in santral.warnings:
        yield say("Warning: {warning}", warning=str(warning))


def _lines(texts: Iterable[str]) -> Iterator[str]:
    return (text.removesuffix("\n") for text in texts)


def _trouble_of_run(plan: ShownPlan) -> Trouble | None:
    """Return why santrals were not tried, if some were not, or why a merged plan is refused."""
    has_report = plan.count_outcomes() is not None
    is_merged = plan.scope is not None and plan.scope.merged is not None
    if plan.guard and plan.guard.is_tripped and (has_report or is_merged):
        return Trouble(Kind.FAILURE, "guard-refused", wording.guard(plan.guard, plan))
    untried = (one for one in plan.santrals if one.standing is Result.NOT_TRIED)
    reasons = dict.fromkeys(message for one in untried for message in one.reason)
    return Trouble.of(Kind.FAILURE, islice(reasons, _MOST_REASONS)) if reasons else None


def _about(plan: ShownPlan) -> str:
    origin = plan.origin
    came_from = [origin_wording.target(origin), origin_wording.source(origin)] if origin else []
    ended = [wording.outcomes(plan)] if plan.count_outcomes() else []
    guard = as_text.guard_line(plan, _PLAIN).rstrip()
    return "\n".join(filter(None, [" ".join(came_from), as_text.about(plan), *ended, guard]))
