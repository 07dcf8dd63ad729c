"""An import: what is read, and what becomes of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.cli.api_options import Access
from reconciler.cli.console import Console
from reconciler.cli.import_wish import ImportFailedError, Wish, content_of
from reconciler.cli.import_writing import Draft, Writing
from reconciler.cli.reading import ReadFleet, read_fleet
from reconciler.config.load import assemble
from reconciler.core.errors import ExitCode
from reconciler.core.messages import Message, located, say, say_number
from reconciler.core.plan import Unreadable
from reconciler.core.secret import Key
from reconciler.core.settings import Settings
from reconciler.core.text import printable
from reconciler.keys.text_file import exposed
from reconciler.onboarding.addition import add_missing
from reconciler.onboarding.csv_file import Listed, SantralList, read_list
from reconciler.onboarding.imported import Imported, Remark
from reconciler.onboarding.new_file import new_file
from reconciler.render.wording import listed


@dataclass(frozen=True, slots=True)
class _Drafted:
    """What is to be written, and what is to be said of it."""

    draft: Draft
    remarks: tuple[Remark, ...]
    moved: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Import:
    """One run of the command."""

    wish: Wish
    access: Access
    console: Console

    def run(self) -> int:
        """Read, write, and return the exit code; raises SantralError, or click.Abort."""
        existing = self._existing()
        rows = self._rows()
        keys = {row.name: row.key for row in rows} if self.wish.csv_file else None
        fleet = read_fleet(self.access, keys, self.console)
        if fleet.interrupted:
            self.console.error(say("Nothing was written."))
            return fleet.interrupted
        imported = _imported(fleet, {row.name: row for row in rows})
        if not imported:
            self._report_failures(fleet)
            raise ImportFailedError(Message("import-nothing-read"))
        drafted = self._drafted(existing, imported)
        if fleet.finder.finds((drafted.draft.content or b"").decode()):
            raise ImportFailedError(Message("import-key"))
        code = self._written(drafted, fleet, imported)
        if not (fleet.candidates.are_at_hand or self.wish.keys_out):
            self.console.warning(Message("import-keys-nowhere"))
        is_partial = drafted.left_out or fleet.candidates.misnamed
        is_whole = not is_partial and len(imported) == len(fleet.readings)
        return ExitCode.most_severe([code, ExitCode.OK if is_whole else ExitCode.ERROR])

    def _existing(self) -> bytes | None:
        """Return the file that is there, before anything is read; raises ConfigError too."""
        existing = self.wish.existing()
        if existing is not None:
            assemble([(self.wish.output or "", existing)])
        return existing

    def _rows(self) -> tuple[Listed, ...]:
        """Return the santrals of the list, if there is one; raises ImportFailedError."""
        path = self.wish.csv_file
        if not path:
            return ()
        warning = exposed(path)
        if warning:
            self.console.warning(warning)
        found = read_list(content_of(path), printable(path), self.wish.headings)
        if not isinstance(found, SantralList):
            raise found
        for remark in found.problems:
            self.console.error(located(f"{printable(path)}:{remark.line}", remark.message))
        for remark in found.notes:
            self.console.info(located(f"{printable(path)}:{remark.line}", remark.message))
        if found.problems and not self.wish.skip_bad:
            raise ImportFailedError(Message("import-rows", count=len(found.problems)))
        if not found.santrals:
            raise ImportFailedError(Message("import-rows-none"))
        return found.santrals

    def _drafted(self, existing: bytes | None, imported: Sequence[Imported]) -> _Drafted:
        if existing is None:
            made = new_file(imported, self.wish.tokens)
            return _Drafted(Draft(made.content, made.secrets), made.remarks)
        found = add_missing(existing, self.wish.output or "", imported, self.wish.tokens)
        draft = Draft(
            found.content if found.added else None,
            found.secrets,
            existing,
            len(found.added),
            found.diff,
            found.snippet,
            found.refusal,
        )
        return _Drafted(draft, found.remarks, found.moved, found.left_out)

    def _written(
        self, drafted: _Drafted, fleet: ReadFleet, imported: Sequence[Imported]
    ) -> ExitCode:
        """Write it, and say what is to be known where it is seen last: before a question."""
        writing = Writing(self.wish, self.access, self.console)
        keys = {one.key_name: fleet.candidates.keys[one.name] for one in imported}
        known = {name: key for name, key in keys.items() if isinstance(key, Key)}
        if not self.wish.output:
            code = writing.write(drafted.draft, known)
            self._report(drafted, fleet, len(imported))
            return code
        writing.show(drafted.draft)
        self._report(drafted, fleet, len(imported))
        writing.require_agreement(drafted.draft)
        return writing.write(drafted.draft, known)

    def _report(self, drafted: _Drafted, fleet: ReadFleet, count: int) -> None:
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
        self._report_failures(fleet)

    def _say_complete(self, count: int) -> None:
        said = say_number(
            "{path}: has this santral already",
            "{path}: has all {count} santrals already",
            count=count,
            path=printable(self.wish.output or ""),
        )
        self.console.info(said)

    def _report_failures(self, fleet: ReadFleet) -> None:
        """Say which santrals could not be read, and why; the same of several once."""
        failed = (
            (one.santral.name, one.live.error)
            for one in fleet.readings
            if isinstance(one.live, Unreadable)
        )
        _tell(self.console.error, failed)
        for message in fleet.candidates.misnamed:
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


def _imported(fleet: ReadFleet, rows: Mapping[str, Listed]) -> list[Imported]:
    """Return the santrals that were read, with what a list says of them."""
    read = ((one.santral.name, one.live) for one in fleet.readings)
    return [
        Imported(
            name,
            fleet.candidates.key_names.get(name, name),
            live,
            rows[name].description if name in rows else "",
            rows[name].labels if name in rows else (),
        )
        for name, live in read
        if isinstance(live, Settings)
    ]
