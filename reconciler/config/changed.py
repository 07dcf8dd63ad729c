"""Which entries of the files are not as they were at a git revision.

The earlier files are not held to all rules: a setting, a name or a key that was wrong then cannot
equal one that is right now, so its santral counts as changed. So do those that had a name or a key
in common, since it is unknown which was meant, and all of a file that could not be read in order.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from reconciler.config.characters import is_pasted_key
from reconciler.config.collector import collector_paused
from reconciler.config.git import revision_of
from reconciler.config.reader import read
from reconciler.config.revision import read_at
from reconciler.config.rules import Entry, entries_of
from reconciler.core.attribution import dropped_entries
from reconciler.core.fleet import Fleet, Santral, is_name
from reconciler.core.messages import Message
from reconciler.core.plan import Dropped
from reconciler.core.settings import SWITCHES
from reconciler.core.text import printable

_UNREAD = Message("changed-has-problems")


@dataclass(frozen=True, slots=True)
class Difference:
    """What separates the files from an earlier revision of them."""

    names: frozenset[str]
    """The santrals whose entry is new, or asks for something else than before."""
    dropped: tuple[Dropped, ...]
    notes: tuple[Message, ...]
    """What a reviewer should know of the comparison."""


def changed_since(revision: str, paths: Sequence[str], now: Fleet) -> Difference:
    """Compare the files' entries with those of a revision; raises RevisionError, ConfigError.

    A description, comments, and the place of an entry do not count. What the defaults give to an
    entry does, as if it stood there.
    """
    with revision_of("changed", revision):
        earlier = read_at(revision, paths)
    with collector_paused():
        documents = [read(content, name) for name, content in earlier.contents]
        whole = (document for document in documents if not document.problems)
        before = [*chain.from_iterable(map(entries_of, whole))]
    alone = _alone(before)
    names = frozenset(one.name for one in now.santrals if not _is_as(alone.get(one.name), one))
    dropped = dropped_entries(_named(before), now)
    unread = (_UNREAD,) if any(document.problems for document in documents) else ()
    remarks = (*unread, *earlier.doubts, *earlier.absent(revision))
    notes = (_of_scope(revision, is_same=not (names or dropped)), *remarks)
    return Difference(names, dropped, notes)


def _alone(entries: Collection[Entry]) -> dict[str, Entry]:
    """Return the entries by name, but those whose name or key another has too."""
    names = Counter(one.name.text for one in entries)
    keys = Counter(one.key_name for one in entries)
    alone = (one for one in entries if names[one.name.text] == keys[one.key_name] == 1)
    return {one.name.text: one for one in alone}


def _named(entries: Iterable[Entry]) -> Iterable[tuple[str, str]]:
    """Return the names, each once and with that of its key, of entries with a valid one to show."""
    keys = {entry.name.text: entry.key_name for entry in entries}
    return [one for one in keys.items() if is_name(one[0]) and not is_pasted_key(one[0])]


def _is_as(entry: Entry | None, santral: Santral) -> bool:
    """Return whether an entry asked for the same, of the same santral."""
    return (
        entry is not None
        and entry.key_name == santral.key_name
        and entry.allow_insecure_url == santral.allow_insecure_url
        and entry.labels == dict(santral.labels)
        and all(_switch_of(entry, name) == getattr(santral.desired, name) for name in SWITCHES)
        and _url_of(entry) == santral.desired.notification_url
    )


def _switch_of(entry: Entry, name: str) -> str | None:
    written = entry.fields.get(name)
    return written.text if written else None


def _url_of(entry: Entry) -> str | None:
    """Return the URL that an entry asked for; an empty one where it had a label that is not there.

    No santral asks for that, so it counts as changed.
    """
    try:
        return entry.expanded_url
    except KeyError:
        return ""


def _of_scope(revision: str, *, is_same: bool) -> Message:
    return Message("changed-nothing" if is_same else "changed-only", revision=printable(revision))
