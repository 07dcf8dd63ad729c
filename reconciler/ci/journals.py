"""The journal of a pipeline, from what its newest jobs have kept.

One of them alone may lack something. On GitLab, the job that fetches the journal is not the one
that applies, since the keys are there, so another apply can come between; and a check that only
keeps the journal anew, lest it expire, can end after an apply that began later.
"""

from collections.abc import Iterable
from itertools import islice

from reconciler.ci.forge import KeptJournal

JOURNAL = "journal.jsonl"
"""The name of the file that jobs keep."""
_TOGETHER = 5
"""So many are taken together: more jobs than that seldom keep one at the same time."""


def together(newest_first: Iterable[bytes | None]) -> KeptJournal | None:
    """Return what the newest journals hold; None where there is none, not even one that is gone."""
    journals = [*islice(newest_first, _TOGETHER)]
    there = [journal for journal in reversed(journals) if journal is not None]
    if not there:
        return KeptJournal(None) if journals else None
    return KeptJournal(_joined(there), lacks_newest=journals[0] is None)


def _joined(oldest_first: Iterable[bytes]) -> bytes:
    """Return the lines of journals in their order; one that several have is there once."""
    lines = dict.fromkeys(line for each in oldest_first for line in each.split(b"\n") if line)
    return b"".join(line + b"\n" for line in lines)
