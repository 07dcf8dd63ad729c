"""One machine's part of a fleet, which adding a santral changes for no other."""

import hashlib
import re
from dataclasses import dataclass

MOST_SHARDS = 10_000
_SHARD = re.compile("([0-9]{1,5})/([0-9]{1,5})")


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """One of so many parts, counted from 1."""

    index: int
    total: int

    @staticmethod
    def of(text: str) -> "Shard | None":
        """Return the shard that ``str`` gives as this text, ``2/5``; None for anything else."""
        written = _SHARD.fullmatch(text)
        if not written:
            return None
        shard = Shard(int(written[1]), int(written[2]))
        return shard if 1 <= shard.index <= shard.total <= MOST_SHARDS else None

    def holds(self, name: str) -> bool:
        """Return whether the santral of this name is in it."""
        digest = hashlib.sha256(name.encode()).digest()
        return int.from_bytes(digest) % self.total == self.index - 1

    def __str__(self) -> str:
        return f"{self.index}/{self.total}"
