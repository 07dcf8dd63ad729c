"""What an import writes, and in which order: keys and secrets first, then what needs them."""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.cli.api_options import Access
from reconciler.cli.asking import require_agreement
from reconciler.cli.console import Console
from reconciler.cli.import_wish import ImportFailedError, Wish
from reconciler.core.errors import ExitCode, SantralError
from reconciler.core.messages import Message, say, say_number
from reconciler.core.secret import Key
from reconciler.core.text import printable
from reconciler.keys.reading import read_text
from reconciler.keys.secret_lines import lines_in
from reconciler.onboarding.imported import ImportedSecret
from reconciler.onboarding.private_lines import add_lines
from reconciler.onboarding.rewriting import rewrite, write_new
from reconciler.output_files import is_stream


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be written."""

    content: bytes | None = field(repr=False)
    """Of the whole file; None where nothing is to be written there."""
    secrets: tuple[ImportedSecret, ...]
    before: bytes | None = field(default=None, repr=False)
    """The file as it is; None where it is a new one."""
    added: int = 0
    """How many santrals a file that is there gets."""
    diff: str = field(default="", repr=False)
    snippet: str = field(default="", repr=False)
    """What is to be added by hand, where the program cannot do it."""
    refusal: Message | None = None
    """Why it cannot."""

    @property
    def secret_lines(self) -> dict[str, Key]:
        """What a file of secrets has for it, by what stands before the values."""
        return {f"{one.name}@{one.host}": one.value for one in self.secrets}


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes what was imported where it was asked for."""

    wish: Wish
    access: Access
    console: Console

    def show(self, draft: Draft) -> None:
        """Show how a file that is there changes; raises OutputError."""
        self.console.write(draft.diff)

    def require_agreement(self, draft: Draft) -> None:
        """Ask whether a file that is there shall change; raises ImportFailedError if not."""
        if draft.before is None or draft.content is None:
            return
        require_agreement(
            draft.diff,
            self._question(draft),
            yes=self.wish.yes,
            impossible=ImportFailedError(Message("import-cannot-ask")),
            declined=ImportFailedError(Message("import-declined")),
        )

    def _question(self, draft: Draft) -> str:
        return say_number(
            "Add this santral to {path}?",
            "Add these {count} santrals to {path}?",
            count=draft.added,
            path=printable(self.wish.output or ""),
        )

    def write(self, draft: Draft, keys: Mapping[str, Key]) -> ExitCode:
        """Write all of it, the keys by their names too; raises SantralError."""
        self.write_private(draft, keys)
        if draft.refusal:
            self.console.write(draft.snippet)
            raise ImportFailedError(draft.refusal, place=printable(self.wish.output or ""))
        return self._write_file(draft)

    def write_private(self, draft: Draft, keys: Mapping[str, Key]) -> None:
        """Write the keys and the secrets, each to its file if there is to be one.

        Raises SantralError.
        """
        if self.wish.keys_out:
            added = add_lines(self.wish.keys_out, keys, read_text)
            self._say_added(self.wish.keys_out, added)
        if self.wish.secrets_out:
            added = add_lines(self.wish.secrets_out, draft.secret_lines, lines_in)
            self._say_added(self.wish.secrets_out, added)

    def _say_added(self, path: str, added: Sequence[str] | SantralError) -> None:
        if isinstance(added, SantralError):
            raise added
        shown = printable(path)
        said = say_number(
            "{path}: added 1 line", "{path}: added {count} lines", count=len(added), path=shown
        )
        self.console.info(said if added else say("{path}: nothing to add", path=shown))

    def _write_file(self, draft: Draft) -> ExitCode:
        output, content = self.wish.output, draft.content
        if content is None:
            return ExitCode.OK
        if not output:
            self.console.write(content.decode())
            return ExitCode.OK
        if is_stream(output):
            return self.console.write_file(output, content.decode())
        code = self.console.tried(output, lambda: put(output, draft.before, content))
        if code is ExitCode.OK:
            self._say_written(output)
        return code

    def _say_written(self, path: str) -> None:
        said = say(
            "{path}: written. To compare it with what is live: {command}",
            path=printable(path),
            command=self._plan(path),
        )
        self.console.info(said)

    def _plan(self, path: str) -> str:
        """Return the command that shows nothing to change now."""
        sandbox = ["--sandbox"] if self.access.sandbox else []
        usual = os.environ.get("SANTRAL_KEYS_FILE")
        named = [file for file in self.access.keys_file if file != usual]
        keys = [self.wish.keys_out] if self.wish.keys_out else named
        secrets = [self.wish.secrets_out] if self.wish.secrets_out else []
        words = ["santral", "plan", *sandbox, "-c", path]
        words += [word for one in keys for word in ("--keys-file", one)]
        words += [word for one in secrets for word in ("--secrets-file", one)]
        return printable(shlex.join(words))


def put(path: str, before: bytes | None, content: bytes) -> None:
    """Write a new file, or change one that is as it was; raises OSError."""
    if before is None:
        write_new(path, content)
    else:
        rewrite(path, before, content)
