"""What GitHub's runner shows of a checkup: each red or yellow santral at its place in the file."""

from collections.abc import Callable, Iterator

from reconciler.core.checkup import Checked, Checkup, Level
from reconciler.render import as_github


def annotations(checkup: Checkup, path_of: Callable[[str], str]) -> str:
    """Return errors for what is red and warnings for what is yellow, as far as a step has room.

    ``path_of`` says what the code host calls a file, in a printable way.
    """
    errors = [one for santral in checkup.santrals for one in _of(santral, Level.RED)]
    warnings = [one for santral in checkup.santrals for one in _of(santral, Level.YELLOW)]
    return as_github.errors(errors, path_of) + as_github.warnings(warnings, path_of)


def _of(santral: Checked, level: Level) -> Iterator[as_github.Annotation]:
    for finding in santral.findings:
        if finding.level is level:
            yield as_github.Annotation(santral.place, santral.name, finding.messages)
