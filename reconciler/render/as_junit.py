"""Santrals as test cases in JUnit's XML, which most CI systems show as the tests of a job."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from reconciler.config.problems import Problem
from reconciler.core.errors import SantralError
from reconciler.core.fleet import Place
from reconciler.core.messages import Message, codes_of, located, say, text_of
from reconciler.core.outcome import Result
from reconciler.core.plan import Purpose
from reconciler.render import as_text, markup, origin_wording, wording
from reconciler.render.markup import Markup
from reconciler.render.view import ShownPlan, ShownSantral, Standing, Status

PathOf = Callable[[str], str]
"""Says what the code host calls a file, in a printable way."""

_PLAIN = as_text.TextStyle()
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_MOST_REASONS = 5
"""Different reasons why santrals were not tried that are said of the run; each says its own."""


class Kind(StrEnum):
    """How a test case ends that does not pass, as its element is called."""

    FAILURE = "failure"
    """What was asked for is known not to be so."""
    ERROR = "error"
    """It is not known, or nothing came of the attempt."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a test case did not pass."""

    kind: Kind
    code: str
    """The codes of its messages, or how the santral stands."""
    text: str

    @staticmethod
    def of(kind: Kind, messages: Iterable[Message]) -> "Trouble":
        """Return what messages, of which there is at least one, say."""
        said = [*messages]
        return Trouble(kind, codes_of(said), text_of(said))


@dataclass(frozen=True, slots=True)
class Case:
    """A test case."""

    name: str
    """The same in each run, as CI systems know a test by its name and its suite's."""
    at: Place | None = None
    trouble: Trouble | None = None
    said: tuple[str, ...] = ()
    """More to know, line by line."""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """All test cases of a run."""

    command: str
    cases: Sequence[Case]
    about: str = ""
    """What is said of them as a whole."""
    is_of_sandbox: bool = False
    made: str | None = None
    """When, in UTC."""

    @property
    def name(self) -> str:
        """The command line that it stands for, in short."""
        return f"santral {self.command}{' --sandbox' if self.is_of_sandbox else ''}"


_KINDS: dict[Standing, Kind] = {
    Status.FAILED: Kind.ERROR,
    Result.FAILED: Kind.ERROR,
    Result.NOT_VERIFIED: Kind.ERROR,
    Result.STALE: Kind.FAILURE,
    Result.REFUSED: Kind.FAILURE,
    Result.NOT_TRIED: Kind.SKIPPED,
}
"""Of what stands otherwise, only what has a reason does not pass."""


def render(plan: ShownPlan, path_of: PathOf) -> str:
    """Return the plan, with the outcomes of a run if it has them.

    A change that is planned passes, since it is what somebody asks for; drift does not. Santrals
    that were not tried are skipped, and why is a failure of the run.
    """
    cases = [_case(santral, plan.purpose) for santral in plan.santrals]
    has_report = plan.count_outcomes() or plan.purpose is Purpose.ROLLBACK
    suite = Suite(
        command=wording.command(plan.purpose) if has_report else "plan",
        cases=cases,
        about=_about(plan),
        is_of_sandbox=origin_wording.is_of_sandbox(plan.origin),
        made=plan.origin.made if plan.origin else None,
    )
    return text_of_suite(suite, path_of, _trouble_of_run(plan))


def render_valid(santrals: Iterable[ShownSantral], path_of: PathOf) -> str:
    """Return santrals whose files are valid, with their warnings."""
    cases = [_case(santral, Purpose.CHANGES) for santral in santrals]
    return text_of_suite(Suite("validate", cases), path_of)


def render_problems(command: str, problems: Iterable[Problem], path_of: PathOf) -> str:
    """Return what is wrong in files, that of a santral together, and that of no santral by file."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.santral or path_of(problem.place.source), []).append(problem)
    cases = [_case_of_problems(name, those, path_of) for name, those in found.items()]
    return text_of_suite(Suite(command, cases), path_of)


def render_error(command: str, error: SantralError, path_of: PathOf) -> str:
    """Return what ended a run before it had a result, which is of no santral."""
    trouble = Trouble(Kind.ERROR, codes_of(error.messages), str(error))
    return text_of_suite(Suite(command, ()), path_of, trouble)


def _case_of_problems(name: str, problems: Sequence[Problem], path_of: PathOf) -> Case:
    messages = dict.fromkeys(problem.message for problem in problems)
    first, *rest = problems
    return Case(
        name,
        first.place,
        Trouble(Kind.FAILURE, codes_of(messages), str(first.message)),
        tuple(located(_place(one.place, path_of), one.message) for one in rest),
    )


def _case(santral: ShownSantral, purpose: Purpose) -> Case:
    trouble = _trouble(santral, purpose)
    return Case(santral.name, santral.at, trouble, tuple(_said(santral, purpose)))


def _trouble(santral: ShownSantral, purpose: Purpose) -> Trouble | None:
    if _has_drifted(santral, purpose):
        return Trouble.of(Kind.FAILURE, wording.drifted(santral))
    standing = santral.standing
    kind = _KINDS.get(standing)
    if santral.reason:
        return Trouble.of(kind or Kind.ERROR, santral.reason)
    return Trouble(kind, standing, wording.result_words(standing)) if kind else None


def _has_drifted(santral: ShownSantral, purpose: Purpose) -> bool:
    return santral.standing is Status.CHANGE and purpose is Purpose.DRIFT


def _said(santral: ShownSantral, purpose: Purpose) -> Iterator[str]:
    """Yield what text says of a santral besides its trouble."""
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
    if _has_drifted(santral, purpose):
        yield wording.next_step_of_drift()


def _lines(texts: Iterable[str]) -> Iterator[str]:
    return (text.removesuffix("\n") for text in texts)


def _trouble_of_run(plan: ShownPlan) -> Trouble | None:
    """Return why santrals were not tried, if some were not; of merged plans also their guard."""
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


def text_of_suite(suite: Suite, path_of: PathOf, trouble: Trouble | None = None) -> str:
    """Return the XML; with a test case of the run itself where it has trouble, or no santral.

    Some CI systems take a report without a test case for a mistake.
    """
    of_run = [Case(suite.name, trouble=trouble)] if trouble or not suite.cases else []
    cases = [*of_run, *suite.cases]
    class_name = f"santral.sandbox.{suite.command}" if suite.is_of_sandbox else None
    shown = [_shown(case, class_name or f"santral.{suite.command}", path_of) for case in cases]
    about = [_element("system-out", suite.about)] if suite.about else []
    counts = Counter(case.trouble.kind for case in cases if case.trouble)
    root = _element(
        "testsuite",
        Markup("\n"),
        markup.lines(*shown, *about),
        Markup("\n"),
        name=suite.name,
        tests=str(len(cases)),
        failures=str(counts[Kind.FAILURE]),
        errors=str(counts[Kind.ERROR]),
        skipped=str(counts[Kind.SKIPPED]),
        timestamp=suite.made,
    )
    document = markup.element("testsuites", Markup("\n"), root, Markup("\n"))
    return f"{_DECLARATION}\n{document.html}\n"


def _shown(case: Case, class_name: str, path_of: PathOf) -> Markup:
    return _element(
        "testcase",
        *_inside(case, path_of),
        classname=class_name,
        name=case.name,
        file=path_of(case.at.source) if case.at else None,
        line=str(case.at.line) if case.at else None,
        time=None if case.seconds is None else f"{case.seconds:.3f}",
    )


def _inside(case: Case, path_of: PathOf) -> Iterator[Markup]:
    """Yield what a test case holds; GitLab shows of a trouble only what is inside it."""
    trouble = case.trouble
    if trouble:
        first = f"{_place(case.at, path_of)}: {trouble.text}" if case.at else trouble.text
        text = "\n".join([first, *case.said])
        yield _element(trouble.kind, text, type=trouble.code, message=trouble.text)
    elif case.said:
        yield _element("system-out", "\n".join(case.said))


def _place(place: Place, path_of: PathOf) -> str:
    return f"{path_of(place.source)}:{place.line}:{place.column}"


_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, in whatever spelling (its production ``Char``)."""
_ATTACHMENT = "[["
"""Begins what GitLab, and a plugin of Jenkins, take for the name of a file to attach."""


def _element(tag: str, *content: Markup | str, **attributes: str | None) -> Markup:
    """Return an element; what is harmful in a text is an escape there, as on a terminal."""
    inside = (one if isinstance(one, Markup) else _harmless(one) for one in content)
    given = {name: value and _harmless(value) for name, value in attributes.items()}
    return markup.element(tag, *inside, **given)


def _harmless(text: str) -> str:
    legal = _NOT_IN_XML.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return legal.replace(_ATTACHMENT, r"[\x5b")
