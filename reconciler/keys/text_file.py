"""Reading a file that holds keys or secrets, which may be named where its content is meant."""

import contextlib
import os
import re
import shlex
import stat
from collections.abc import Sequence
from typing import NamedTuple

from reconciler.core.errors import SantralError, system_reason
from reconciler.core.messages import Message
from reconciler.core.text import printable
from reconciler.files import HAS_OWNERS

_MOST_TOLD = 20
MOST_BYTES = 16 * 1024 * 1024
"""Of a keys file; 10,000 of the longest keys with the longest names take a fifth of it."""


class KeyLookupError(SantralError):
    """A key is missing, malformed or given to two santrals; the text never holds it."""

    options: tuple[str, ...] = ("keys_file",)


class SecretLookupError(KeyLookupError):
    """Secrets of notification URLs are malformed or given twice; the text never holds one."""

    options: tuple[str, ...] = ("secrets_file",)

    def __init__(
        self, *messages: Message, place: str = "", others: Sequence["SecretLookupError"] = ()
    ) -> None:
        """Say what is wrong with one; ``others`` are said below it, as far as anybody reads."""
        super().__init__(*messages, place=place)
        self.others = others

    def __str__(self) -> str:
        lines = [super().__str__(), *map(str, self.others[:_MOST_TOLD])]
        more = len(self.others) - _MOST_TOLD
        return "\n".join(
            [*lines, *([str(Message("secrets-more", count=more))] if more > 0 else [])]
        )


class Kind(NamedTuple):
    """What a file holds: the codes of what may be wrong with it, and the error that says so."""

    content_given: str
    unnamed: str
    unreadable: str
    error: type[KeyLookupError]


KEYS = Kind("keys-file-content", "keys-file-unnamed", "keys-file-unreadable", KeyLookupError)
SECRETS = Kind(
    "secrets-file-content", "secrets-file-unnamed", "secrets-file-unreadable", SecretLookupError
)


def read(path: str, kind: Kind) -> str | KeyLookupError:
    """Return the text of a file, which may be a pipe such as /dev/fd/63; an error is returned."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - also a pipe
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        return _refused(path, kind, system_reason(error))
    reason = why_unreadable(content)
    return _refused(path, kind, reason) if reason else content.decode("utf-8-sig")


def _refused(path: str, kind: Kind, reason: Message) -> KeyLookupError:
    if re.search(r"[={\n]", path):
        return kind.error(Message(kind.content_given))
    return kind.error(_unreadable(path, kind), reason)


def why_unreadable(content: bytes) -> Message | None:
    """Say why no text can be read in these bytes; None where it can."""
    if len(content) > MOST_BYTES:
        return Message("file-too-large", most=MOST_BYTES // 1024**2)
    if _is_utf_16(content):
        return Message("keys-utf-16")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return Message("keys-not-utf8")
    return None


def _is_utf_16(content: bytes) -> bool:
    """Say whether it has the mark of UTF-16, or most of its characters have a NUL beside them."""
    has_mark = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return has_mark or any(half.count(0) * 2 > len(half) for half in (content[::2], content[1::2]))


_MAY_BE_KEY = re.compile("[!-~]{8}")
"""What may be a key, or hold one, with what was copied along."""


def _unreadable(path: str, kind: Kind) -> Message:
    """Say which file cannot be read, without its name where that may be a key, of any shape.

    It is none where something has that name, or where it names something in a folder that exists.
    """
    folder = os.path.dirname(path)  # noqa: PTH120 - no name is too long for it, or odd
    is_in_a_folder = os.path.basename(folder) not in {"", ".", ".."} and os.path.isdir(folder)  # noqa: PTH112, PTH119
    is_file = is_in_a_folder or os.path.exists(path) or not _MAY_BE_KEY.search(path)  # noqa: PTH110
    return Message(kind.unreadable, path=printable(path)) if is_file else Message(kind.unnamed)


def exposed(path: str) -> Message | None:
    """Warn of a file that other users of this machine may read, as Windows does not tell."""
    with contextlib.suppress(OSError):
        status = os.stat(path)  # noqa: PTH116 - also a pipe
        if HAS_OWNERS and stat.S_ISREG(status.st_mode) and _is_open_to_others(status):
            shown = printable(path)
            return Message("keys-file-exposed", path=shown, argument=shlex.quote(shown))
    return None


def _is_open_to_others(status: os.stat_result) -> bool:
    """Return whether others may read it. By its group alone one may be meant to read a file.

    So is a Secret of Kubernetes, which is root's, in a pod that is not run by root.
    """
    is_ours = status.st_uid == os.geteuid()
    return bool(status.st_mode & (stat.S_IRWXO | (stat.S_IRWXG if is_ours else 0)))


def content_lines(content: str) -> list[tuple[int, str]]:
    """Return the lines that say something, stripped, with their numbers."""
    lines = ((n, line.strip()) for n, line in enumerate(content.splitlines(), start=1))
    return [(number, line) for number, line in lines if line and not line.startswith("#")]
