"""What GitHub's runner takes: annotations on stdout, and counts for later steps."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.fleet import Place
from reconciler.core.messages import Message, codes_of, text_of
from reconciler.core.plan import KeyUse
from reconciler.render import origin_wording, wording
from reconciler.render.view import MOST_SEVERE_FIRST, ShownPlan, ShownSantral

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


_MOST = 9
"""Annotations of a level. A step may have ten, and the runner drops the others unseen; the tenth
says how many those are."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is said at a place of a file; name and messages must be printable."""

    place: Place
    name: str
    """The santral that it is of, or the command."""
    messages: tuple[Message, ...]


def annotations(plan: ShownPlan, path_of: Callable[[str], str]) -> str:
    """Return errors for the santrals that failed, as far as a step may have them, the worst first.

    And warnings for drift, for another key than before, and for what is odd. ``path_of`` says what
    the code host calls a file, in a printable way.
    """
    failed = sorted(plan.santrals, key=lambda santral: MOST_SEVERE_FIRST.index(santral.standing))
    odd = sorted(plan.santrals, key=lambda santral: not wording.is_striking(santral))
    return errors([*_errors(failed)], path_of) + warnings([*_warnings(odd)], path_of)


def errors(found: Sequence[Annotation], path_of: Callable[[str], str]) -> str:
    """Return the commands that show errors, as far as a step may have them."""
    return _commands("error", "errors-more", found, path_of)


def warnings(found: Sequence[Annotation], path_of: Callable[[str], str]) -> str:
    """Return the commands that show warnings, as far as a step may have them."""
    return _commands("warning", "warnings-more", found, path_of)


def _errors(santrals: Iterable[ShownSantral]) -> Iterator[Annotation]:
    for santral in santrals:
        if santral.reason:
            yield _at(santral, santral.reason)


def _warnings(santrals: Iterable[ShownSantral]) -> Iterator[Annotation]:
    for santral in santrals:
        for warning in _warnings_of(santral):
            yield _at(santral, (warning,))


def _at(santral: ShownSantral, messages: tuple[Message, ...]) -> Annotation:
    return Annotation(santral.at, santral.name, messages)


def _warnings_of(santral: ShownSantral) -> Iterator[Message]:
    yield from _moved_key(santral.key)
    yield from santral.warnings
    yield from wording.drifted(santral)


def _moved_key(use: KeyUse | None) -> Iterator[Message]:
    if use and use.before not in {None, use.name}:
        yield Message("key-other", before=use.before or "", name=use.name)
    if use and use.taken_from:
        yield Message("key-taken", name=use.name, owner=use.taken_from)


def _commands(
    level: str, code_of_rest: str, found: Sequence[Annotation], path_of: Callable[[str], str]
) -> str:
    """Return the commands for the first, and one that says how many more there are."""
    first = "".join(_command(level, one, path_of) for one in found[:_MOST])
    rest = len(found) - _MOST
    if rest <= 0:
        return first
    more = Message(code_of_rest, count=rest)
    return first + _line(level, {"title": f"santral: {more.code}"}, (more,))


def _command(level: str, shown: Annotation, path_of: Callable[[str], str]) -> str:
    """Return the command; its title says which santral it is of, or command, and their codes."""
    place = shown.place
    where = {"file": path_of(place.source), "line": str(place.line), "col": str(place.column)}
    title = f"santral {shown.name}: {codes_of(shown.messages)}"
    return _line(level, where | {"title": title}, shown.messages)


def _line(level: str, where: Mapping[str, str], messages: Iterable[Message]) -> str:
    properties = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in where.items())
    return f"::{level} {properties}::{text_of(messages).translate(_DATA)}\n"


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
    return f"{lines}sandbox={str(origin_wording.is_of_sandbox(plan.origin)).lower()}\n"
