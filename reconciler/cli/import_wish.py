"""What an import was asked for, and whether that can be done without harm to any file."""

from dataclasses import dataclass
from pathlib import Path

from reconciler.cli.api_options import Access
from reconciler.cli.output import forbid_overwriting
from reconciler.config.load import assemble
from reconciler.core.errors import SantralError, explaining
from reconciler.core.messages import Message
from reconciler.core.text import printable
from reconciler.files import MOST_KEPT, link_on_the_way, read_regular
from reconciler.onboarding.imported import Tokens
from reconciler.output_files import is_stream


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
        """Return the file to which santrals are added, None for a new one.

        Raises ImportFailedError where it cannot be read, and ConfigError where it is not valid.
        """
        if not (self.output and _is_there(self.output)):
            return None
        content = content_of(self.output)
        assemble([(self.output, content)])
        return content

    def forbid_overwriting(self, access: Access) -> None:
        """Raise a usage error where an output would destroy something.

        Keys may be added to the file that keys come from, and secrets to that of secrets.
        """
        is_new = self.output and not _is_there(self.output)
        roots = access.ca_file.path if access.ca_file else None
        read = [self.csv_file, roots]
        forbid_overwriting(
            [self.output] if is_new else [],
            [*read, None if is_new else self.output],
            appended=[self.keys_out] if self.keys_out else [],
            added_to=("SANTRAL_KEYS_FILE",),
        )
        forbid_overwriting(
            [],
            [*read, self.output, self.keys_out, *access.keys_file],
            appended=[self.secrets_out] if self.secrets_out else [],
            added_to=("SANTRAL_SECRETS_FILE",),
        )


def _is_there(path: str) -> bool:
    """Return whether it is a file that may get more santrals; a link leads to somebody else's."""
    return not is_stream(path) and Path(path).is_file() and not link_on_the_way(Path(path))


def content_of(path: str) -> bytes:
    """Return what a file holds that the user named; raises ImportFailedError."""
    unreadable = Message("file-unreadable")
    with explaining(lambda reason: ImportFailedError(unreadable, reason, place=printable(path))):
        return read_regular(Path(path), MOST_KEPT, follows=True)
