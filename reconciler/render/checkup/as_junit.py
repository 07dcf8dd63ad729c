"""A checkup as test cases in JUnit's XML: what is red does not pass."""

from collections.abc import Iterator

from reconciler.core.checkup import Checked, Checkup, Level
from reconciler.core.messages import say, text_of
from reconciler.render import origin_wording
from reconciler.render.checkup import wording
from reconciler.render.junit_suite import Case, Kind, PathOf, Suite, Trouble, as_xml


def render(checkup: Checkup, path_of: PathOf) -> str:
    """Return the checkup; ``path_of`` says what the code host calls a file, in a printable way."""
    suite = Suite(
        command="doctor",
        cases=[*map(_case, checkup.santrals)],
        about="\n".join(_about(checkup)),
        is_of_sandbox=checkup.in_sandbox,
        made=checkup.made,
    )
    return as_xml(suite, path_of)


def _case(checked: Checked) -> Case:
    red = [m for one in checked.findings if one.level is Level.RED for m in one.messages]
    return Case(
        name=checked.name,
        at=checked.place,
        trouble=Trouble.of(Kind.FAILURE, red) if red else None,
        said=tuple(_said(checked)),
        seconds=checked.measured.seconds if checked.measured else None,
    )


def _said(checked: Checked) -> Iterator[str]:
    if checked.url:
        yield checked.url
    for finding in checked.findings:
        if finding.level is not Level.RED:
            yield f"{wording.level(finding.level)}: {text_of(finding.messages)}"
    if checked.measured:
        yield wording.measured(checked.measured)


def _about(checkup: Checkup) -> Iterator[str]:
    yield f"{origin_wording.target(checkup)} {wording.source(checkup)}"
    for note in checkup.notes:
        yield say("Note: {note}", note=str(note))
    yield wording.counts(checkup)
