"""An import: what is read, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.cli.api_options import Access
from reconciler.cli.console import Console
from reconciler.cli.import_drafting import Drafted, drafted, imported_of, keys_of
from reconciler.cli.import_list import list_in
from reconciler.cli.import_report import ImportReport
from reconciler.cli.import_wish import ImportFailedError, Wish
from reconciler.cli.import_writing import Writing
from reconciler.cli.reading import read_fleet
from reconciler.core.errors import ExitCode
from reconciler.core.messages import Message, say
from reconciler.onboarding.csv_file import Listed
from reconciler.onboarding.imported import Imported


@dataclass(frozen=True, slots=True)
class Import:
    """One run of the command."""

    wish: Wish
    access: Access
    console: Console

    def run(self) -> int:
        """Read, write, and return the exit code; raises SantralError, or click.Abort."""
        existing = self.wish.existing()
        rows = self._rows()
        keys = {row.name: row.key for row in rows} if self.wish.csv_file else None
        fleet = read_fleet(self.access, keys, self.console)
        if fleet.interrupted:
            self.console.error(say("Nothing was written."))
            return fleet.interrupted
        report = ImportReport(fleet, self.wish.output or "", self.console)
        imported = imported_of(fleet, {row.name: row for row in rows})
        if not imported:
            report.tell_failures()
            raise ImportFailedError(Message("import-nothing-read"))
        made = drafted(self.wish, existing, imported, fleet)
        code = self._written(made, report, imported)
        if not (fleet.candidates.are_at_hand or self.wish.keys_out):
            self.console.warning(Message("import-keys-nowhere"))
        is_whole = not made.left_out and fleet.is_whole
        return ExitCode.most_severe([code, ExitCode.OK if is_whole else ExitCode.ERROR])

    def _rows(self) -> tuple[Listed, ...]:
        """Return the santrals of the list, if there is one; raises ImportFailedError."""
        if not self.wish.csv_file:
            return ()
        found = list_in(self.wish.csv_file, self.wish.headings, self.console)
        if found.problems and not self.wish.skip_bad:
            raise ImportFailedError(Message("import-rows", count=len(found.problems)))
        if not found.santrals:
            raise ImportFailedError(Message("import-rows-none"))
        return found.santrals

    def _written(
        self, made: Drafted, report: ImportReport, imported: Sequence[Imported]
    ) -> ExitCode:
        """Write it, and say what is to be known where it is seen last: before a question."""
        writing = Writing(self.wish, self.access, self.console)
        keys = keys_of(imported, report.fleet)
        if not self.wish.output:
            code = writing.write(made.draft, keys)
            report.tell(made, len(imported))
            return code
        writing.show(made.draft)
        report.tell(made, len(imported))
        writing.require_agreement(made.draft)
        return writing.write(made.draft, keys)
