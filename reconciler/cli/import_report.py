"""What is said of an import: what its file does not have as it is live, and what it lacks."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from reconciler.cli.console import Console
from reconciler.cli.import_drafting import Drafted
from reconciler.cli.reading import ReadFleet
from reconciler.core.messages import Message, located, say_number
from reconciler.core.plan import Unreadable
from reconciler.core.text import printable
from reconciler.render.wording import listed


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Says it of one import."""

    fleet: ReadFleet
    path: str
    """The file, as it is called."""
    console: Console

    def tell(self, drafted: Drafted, count: int) -> None:
        """Say what the file does not have as it is live, and what it lacks."""
        said = {one.name: one.messages for one in drafted.remarks}
        lacking = {name: said.pop(name) for name in drafted.left_out}
        _tell(self.console.info, said.items(), listed)  # The file says it of each.
        _tell(self.console.error, lacking.items())
        if len(said) > 1:
            self.console.info(str(Message("import-decisions", count=len(said))))
        if drafted.moved:
            self.console.warning(Message("import-moved", names=listed(drafted.moved)))
        draft = drafted.draft
        if draft.before is not None and not (draft.added or draft.refusal or drafted.left_out):
            self._say_complete(count)
        self.tell_failures()

    def _say_complete(self, count: int) -> None:
        said = say_number(
            "{path}: has this santral already",
            "{path}: has all {count} santrals already",
            count=count,
            path=printable(self.path),
        )
        self.console.info(said)

    def tell_failures(self) -> None:
        """Say which santrals could not be read, and why; the same of several once."""
        failed = (
            (one.santral.name, one.live.error)
            for one in self.fleet.readings
            if isinstance(one.live, Unreadable)
        )
        _tell(self.console.error, failed)
        for message in self.fleet.candidates.misnamed:
            self.console.error(str(message))


def _tell(
    tell: Callable[[str], None],
    said: Iterable[tuple[str, tuple[Message, ...]]],
    shown: Callable[[Sequence[str]], str] = ", ".join,
) -> None:
    """Tell what is to be said of santrals, behind their names; the same of several once."""
    names_by_message: dict[tuple[Message, ...], list[str]] = {}
    for name, messages in said:
        names_by_message.setdefault(messages, []).append(name)
    for messages, names in names_by_message.items():
        tell(located(shown(names), *messages))
