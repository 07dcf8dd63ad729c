"""Whether what the journal says of a change was written with the santral's key, and not edited.

Each line about a change has a digest, keyed by the santral's key, of the full line and of the API:
so a line that was edited, one of another santral, run or API, and one without its digest fit none.
Only what was settled without the key, since the santral had left the files, never had one; it says
that nobody knows, and is not believed once somebody can know, since the key is at hand.
What this cannot show: that lines are missing, that the beginning or end of a run, which belong to
no key, were edited, or that somebody rewrote all lines of a run as format 1.0, which has no
digests: of such a run there is only the warning that nobody can know.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hmac import compare_digest
from typing import TypeVar

from reconciler.core.messages import Message
from reconciler.core.secret import Key
from reconciler.journal.history import PastChange, PastEnd, PastRun
from reconciler.journal.recorded import Recorded, SealedUrl
from reconciler.journal.records import (
    UNKEYED,
    Ended,
    Event,
    Finding,
    Intent,
    Keyed,
    Record,
    Settled,
)

End = TypeVar("End", bound=PastEnd)


def digest_of(content: str, api: str, key: Key) -> str:
    """Return the digest of a line of the journal, by its santral's key."""
    return key.digest(json.dumps(["journal", api, content]))


def sealed_texts(
    records: Iterable[Record], api: str, keys: Mapping[str, object]
) -> Mapping[str, str]:
    """Return what was written of each URL that can be filled in again, by the URL's digest.

    Only lines that were written at this API with their santral's key are believed.
    """
    return {
        sealed.digest: sealed.text
        for record in records
        for sealed in _sealed_in(record.event)
        if sealed.digest and sealed.template and _is_own(record, api, keys)
    }


def _sealed_in(event: Event) -> Iterator[SealedUrl]:
    settings: tuple[Recorded | None, ...] = ()
    match event:
        case Intent(before=before, after=after):
            settings = before, after
        case Ended(live=live) | Settled(live=live):
            settings = (live,)
    yield from (one.sealed_url for one in settings if one and one.sealed_url)


def _is_own(record: Record, api: str, keys: Mapping[str, object]) -> bool:
    event = record.event
    key = keys.get(event.santral) if isinstance(event, Keyed) else None
    if not isinstance(event, Keyed) or not isinstance(key, Key) or event.digest is None:
        return False
    return compare_digest(event.digest, digest_of(record.content, api, key))


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys of now, by santral name, and the santrals whose key was renewed since."""

    api: str
    """At which this run is; of runs elsewhere nobody here can judge."""
    keys: Mapping[str, object]
    renewed: frozenset[str]

    def doubt(self, run: PastRun, end: PastEnd) -> Message | None:
        """Return why what the journal says of a change is not trusted, if so."""
        key = self.keys.get(end.santral)
        is_judged = run.api == self.api and end.santral not in self.renewed
        if not is_judged or not isinstance(key, Key):
            return None
        bad = next((one for one in end.records if not _fits(one, run, key)), None)
        if not bad:
            return None
        return Message("change-doubted", line=bad.line, santral=end.santral)

    def warnings(self, run: PastRun, end: PastEnd) -> tuple[Message, ...]:
        """Return what a reviewer should know of a change that is trusted."""
        is_unkeyed = run.is_unkeyed and end.santral not in self.renewed
        return (Message("change-unkeyed", run=run.id),) if is_unkeyed else ()

    def contradicts(self, run: PastRun, change: PastChange) -> bool:
        """Return whether its end is by somebody else than the change, which is of this key.

        Where the key was renewed since, none of it fits, and that says nothing new of old changes.
        """
        key = self.keys.get(change.santral)
        is_own = isinstance(key, Key) and _fits(change.records[0], run, key)
        return is_own and self.doubt(run, change) is not None

    def believed(self, run: PastRun) -> PastRun:
        """Return the run without what was settled by somebody who had no key, where one is here."""
        ends = tuple(end for end in map(self._founded, run.ends) if end.records)
        return replace(run, changes=tuple(map(self._founded, run.changes)), ends=ends)

    def _founded(self, end: End) -> End:
        if not isinstance(self.keys.get(end.santral), Key):
            return end
        records = tuple(record for record in end.records if not _is_unfounded(record))
        found = [one.event.finding for one in records if isinstance(one.event, Settled)]
        return replace(end, records=records, settled=found[-1] if found else None)

    def judged(self, run: PastRun) -> PastRun:
        """Return the run as it is believed, with what is doubted of it marked as that."""
        run = self.believed(run)
        return replace(
            run,
            changes=tuple(replace(c, doubt=self.doubt(run, c)) for c in run.changes),
            ends=tuple(replace(end, doubt=self.doubt(run, end)) for end in run.ends),
        )


def _fits(record: Record, run: PastRun, key: Key) -> bool:
    """Return whether a line about a change of the run is as it was written with this key."""
    event = record.event
    if not isinstance(event, Keyed):
        return True
    if event.digest is None:
        return run.is_unkeyed and record.version == UNKEYED
    return _is_own(record, run.api or "", {event.santral: key})


def _is_unfounded(record: Record) -> bool:
    """Return whether it says, without a digest, that nobody could find anything out."""
    match record.event:
        case Settled(finding=Finding.UNKNOWN, digest=None):
            return record.version != UNKEYED
    return False
