"""Which santrals of the files a plan is of."""

from dataclasses import dataclass

from reconciler.core.shard import Shard


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a fleet one machine looks at, and of which configuration it is a part."""

    shard: Shard
    configuration: str
    """The digest of all that the files ask for, as ``saved_plans.digests`` makes it."""
    picked: str
    """The digest of the names of all santrals that the parts together look at."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What was picked from the santrals of the files, all texts printable."""

    fleet: int
    """All santrals of the files."""
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    changed: str | None = None
    """The revision from which an entry has to differ."""
    part: Part | None = None
    merged: int | None = None
    """How many parts were put together."""

    @property
    def shard(self) -> Shard | None:
        """Which part of the fleet it is, if it is one."""
        return self.part.shard if self.part else None

    @property
    def options(self) -> tuple[str, ...]:
        """The options that pick the same again, as they are typed."""
        texts = {
            "--target": self.targets,
            "--exclude": self.excludes,
            "--select": self.selectors,
            "--changed": (self.changed,) if self.changed else (),
            "--shard": (str(self.shard),) if self.shard else (),
        }
        return tuple(f"{option} {text}" for option, given in texts.items() for text in given)
