"""An import: what is read, what becomes of it, and where that is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from reconciler.cli.api_options import Access
from reconciler.cli.asking import Way, way_to_ask
from reconciler.cli.console import Console
from reconciler.cli.output import forbid_overwriting
from reconciler.cli.reading import ReadFleet, read_fleet
from reconciler.core.errors import ExitCode, SantralError, explaining
from reconciler.core.messages import Message, located, say, say_number
from reconciler.core.plan import Unreadable
from reconciler.core.secret import Key
from reconciler.core.settings import Settings
from reconciler.core.text import printable
from reconciler.files import MOST_KEPT, read_regular
from reconciler.keys.reading import read_text
from reconciler.keys.secret_lines import lines_in
from reconciler.keys.text_file import KeyLookupError, exposed
from reconciler.onboarding.addition import add_missing
from reconciler.onboarding.csv_file import Listed, SantralList, read_list
from reconciler.onboarding.imported import Imported, ImportedSecret, Tokens
from reconciler.onboarding.new_file import new_file
from reconciler.onboarding.private_lines import add_lines
from reconciler.onboarding.rewriting import rewrite
from reconciler.render.wording import listed


class ImportFailedError(SantralError):
    """Something that was named cannot be read or written."""

    options: tuple[str, ...] = ("csv_file", "output", "keys_out", "secrets_out")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which santrals are imported, and where to."""

    csv_file: str | None
    labels: str | None
    skip_bad: bool
    output: str | None
    keys_out: str | None
    secrets_out: str | None
    plain_urls: bool
    yes: bool

    @property
    def tokens(self) -> Tokens:
        """What becomes of what looks like a token."""
        if self.secrets_out:
            return Tokens.SECRET
        return Tokens.PLAIN if self.plain_urls else Tokens.UNMANAGED

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of columns that become labels."""
        return tuple(filter(None, (one.strip() for one in (self.labels or "").split(","))))

    def existing(self) -> bytes | None:
        """Return the file to which santrals are added, None for a new one."""
        if not self.output or not Path(self.output).exists():
            return None
        return _content(self.output)

    def forbid_overwriting(self, access: Access) -> None:
        """Raise a usage error where an output would destroy something."""
        private = [path for path in (self.keys_out, self.secrets_out) if path]
        if len(private) > 1 and Path(private[0]).resolve() == Path(private[1]).resolve():
            raise click.UsageError(say("--keys-out and --secrets-out must be two files."))
        is_new = self.output and not Path(self.output).exists()
        roots = access.ca_file.path if access.ca_file else None
        forbid_overwriting(
            [self.output] if is_new else [],
            [self.csv_file, roots, None if is_new else self.output],
            appended=private,
            added_to=("SANTRAL_KEYS_FILE", "SANTRAL_SECRETS_FILE"),
        )


def _content(path: str) -> bytes:
    with explaining(lambda reason: ImportFailedError(reason, place=printable(path))):
        return read_regular(Path(path), MOST_KEPT, follows=True)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is to be written."""

    content: bytes | None
    """Of the whole file; None where nothing is to be written there."""
    secrets: tuple[ImportedSecret, ...]
    before: bytes | None = None
    """The file as it is; None where it is a new one."""


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
            return fleet.interrupted
        imported = _imported(fleet, {row.name: row for row in rows})
        draft = self._draft(existing, imported)
        self._require_agreement(draft)
        self._write_private(draft, {one.key_name: fleet.keys[one.key_name] for one in imported})
        code = self._write_file(draft)
        return ExitCode.most_severe([code, self._report_failures(fleet)])

    def _rows(self) -> tuple[Listed, ...]:
        """Return the santrals of the list, if there is one; raises ImportFailedError."""
        path = self.wish.csv_file
        if not path:
            return ()
        warning = exposed(path)
        if warning:
            self.console.warning(warning)
        found = read_list(_content(path), printable(path), self.wish.headings)
        if not isinstance(found, SantralList):
            raise found
        for remark in sorted((*found.problems, *found.notes)):
            self.console.error(located(f"{printable(path)}:{remark.line}", remark.message))
        if found.problems and not self.wish.skip_bad:
            raise ImportFailedError(Message("import-rows", count=len(found.problems)))
        return found.santrals

    def _draft(self, existing: bytes | None, imported: Sequence[Imported]) -> _Draft:
        """Return what is to be written; raises ImportFailedError."""
        if existing is None:
            made = new_file(imported, self.wish.tokens)
            self._report([(remark.name, remark.messages) for remark in made.remarks])
            return _Draft(made.content, made.secrets)
        addition = add_missing(existing, self.wish.output or "", imported, self.wish.tokens)
        self._report([(remark.name, remark.messages) for remark in addition.remarks])
        if addition.moved:
            self.console.warning(Message("import-moved", names=listed(addition.moved)))
        if addition.refusal:
            self.console.write(addition.snippet)
            raise ImportFailedError(addition.refusal, place=printable(self.wish.output or ""))
        self.console.write(addition.diff)
        return _Draft(addition.content if addition.added else None, addition.secrets, existing)

    def _report(self, said: Iterable[tuple[str, tuple[Message, ...]]]) -> None:
        """Say what is to be known of santrals, the same of several once."""
        names_by_message: dict[tuple[Message, ...], list[str]] = {}
        for name, messages in said:
            names_by_message.setdefault(messages, []).append(name)
        for messages, names in names_by_message.items():
            self.console.error(located(listed(names), *messages))

    def _require_agreement(self, draft: _Draft) -> None:
        """Ask whether a file that is there shall change; raises ImportFailedError if not."""
        if draft.before is None or draft.content is None:
            return
        asking = way_to_ask(yes=self.wish.yes, is_text=True)
        if asking.way is Way.IMPOSSIBLE:
            raise ImportFailedError(Message("import-cannot-ask"))
        if asking.way is Way.ASK and not asking.agrees(say("Change the file so?")):
            raise ImportFailedError(Message("import-declined"))

    def _write_private(self, draft: _Draft, keys: Mapping[str, Key | KeyLookupError]) -> None:
        """Add keys and secrets to their files, before a file asks for them; raises SantralError."""
        if self.wish.keys_out:
            lines = {name: key for name, key in keys.items() if isinstance(key, Key)}
            self._say_added(self.wish.keys_out, add_lines(self.wish.keys_out, lines, read_text))
        if self.wish.secrets_out:
            lines = {f"{one.name}@{one.host}": one.value for one in draft.secrets}
            self._say_added(
                self.wish.secrets_out, add_lines(self.wish.secrets_out, lines, lines_in)
            )

    def _say_added(self, path: str, added: Sequence[str] | SantralError) -> None:
        if isinstance(added, SantralError):
            raise added
        said = say_number(
            "{path}: added 1 line",
            "{path}: added {count} lines",
            count=len(added),
            path=printable(path),
        )
        self.console.info(said)

    def _write_file(self, draft: _Draft) -> ExitCode:
        output, content = self.wish.output, draft.content
        if content is None:
            self.console.info(say("There is nothing to be written into the file."))
        elif not output:
            self.console.write(content.decode())
        else:
            write = partial(rewrite, output, draft.before, content)
            return self._said_written(output, self.console.tried(output, write))
        return ExitCode.OK

    def _said_written(self, path: str, code: ExitCode) -> ExitCode:
        if code is ExitCode.OK:
            said = say(
                "{path}: written. santral plan -c {path} compares it with what is live.",
                path=printable(path),
            )
            self.console.info(said)
        return code

    def _report_failures(self, fleet: ReadFleet) -> ExitCode:
        """Say which santrals are missing in the file, and why; return the exit code."""
        self._report(
            (one.santral.name, one.live.error)
            for one in fleet.readings
            if isinstance(one.live, Unreadable)
        )
        for message in fleet.misnamed:
            self.console.error(str(message))
        is_whole = all(isinstance(one.live, Settings) for one in fleet.readings)
        return ExitCode.OK if is_whole and not fleet.misnamed else ExitCode.ERROR


def _imported(fleet: ReadFleet, rows: Mapping[str, Listed]) -> list[Imported]:
    """Return the santrals that were read, with what a list says of them."""
    read = ((one.santral.name, one.live) for one in fleet.readings)
    return [
        Imported(
            name,
            name,
            live,
            rows[name].description if name in rows else "",
            rows[name].labels if name in rows else (),
        )
        for name, live in read
        if isinstance(live, Settings)
    ]
