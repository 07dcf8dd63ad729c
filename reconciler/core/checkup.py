"""What ``doctor`` found out: of each santral's key, and of the server at its notification URL."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.core.errors import ExitCode
from reconciler.core.fleet import Place
from reconciler.core.messages import Message
from reconciler.core.text import HIDDEN


class Level(StrEnum):
    """How a santral is, from best to worst."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


WORST_FIRST = (Level.RED, Level.YELLOW, Level.GREEN)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, in one or more sentences."""

    level: Level
    messages: tuple[Message, ...]

    @staticmethod
    def of(level: Level, *messages: Message) -> "Finding":
        """Return a finding of these sentences."""
        return Finding(level, messages)

    def without_texts(self) -> "Finding":
        """Return it with stars for every text in it that is of somebody else."""
        hidden = (message.rewritten(lambda _: HIDDEN) for message in self.messages)
        return Finding(self.level, tuple(hidden))


class Source(StrEnum):
    """Whose notification URLs are looked at."""

    LIVE = "live"
    DESIRED = "desired"
    """Those of the files."""


class Reach(StrEnum):
    """How far each URL is followed."""

    NOWHERE = "nowhere"
    """No URL is asked: it is only read."""
    TLS = "tls"
    """As far as a connection goes; nothing is sent."""
    POST = "post"
    """What the vendor sends to test a new URL is sent, and its answer taken."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one request to a URL showed, whether or not something is wrong with that."""

    seconds: float
    status: int | None = None
    certificate_days: int | None = None
    """Days that its certificate is valid yet; None for http, and where none was accepted."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One santral, as far as it may be shown."""

    name: str
    place: Place
    findings: tuple[Finding, ...] = ()
    url: str | None = None
    """None where there is none, or where it is not known."""
    measured: Measured | None = field(default=None, compare=False)

    @property
    def level(self) -> Level:
        """The worst of what was found."""
        found = {finding.level for finding in self.findings}
        return next((level for level in WORST_FIRST if level in found), Level.GREEN)


@dataclass(frozen=True, slots=True)
class Checkup:
    """All santrals that were looked at, sorted by name."""

    santrals: tuple[Checked, ...]
    source: Source
    reach: Reach
    api: str | None
    """Which API was asked; None where none was."""
    made: str
    """When, in UTC."""
    notes: tuple[Message, ...] = ()
    """What to know of it as a whole."""
    in_sandbox: bool = False
    """Whether the stand-in was in the place of the API, asked or not."""

    def of(self, level: Level) -> tuple[Checked, ...]:
        """Return the santrals of one level."""
        return tuple(santral for santral in self.santrals if santral.level is level)

    def count(self) -> dict[Level, int]:
        """Return how many santrals there are of each level, zeros included."""
        counted = Counter(santral.level for santral in self.santrals)
        return {level: counted[level] for level in Level}

    @property
    def exit_code(self) -> ExitCode:
        """What it calls for."""
        return ExitCode.ERROR if self.of(Level.RED) else ExitCode.OK
