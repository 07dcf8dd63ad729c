"""The santrals that the files describe, and where each is written."""

import re
from collections.abc import Callable, Collection, Container, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from reconciler.core.errors import SantralError
from reconciler.core.globs import near_glob
from reconciler.core.label_selector import LabelSelector
from reconciler.core.messages import Message
from reconciler.core.settings import DesiredSettings
from reconciler.core.shard import Shard
from reconciler.core.text import printable
from reconciler.core.url_mask import UrlMask
from reconciler.core.url_template import UrlTemplate

_LONG_WORD = re.compile(r"\S{8,}")
_NAME = re.compile("[a-z0-9][a-z0-9-]{0,62}")


def is_name(text: str) -> bool:
    """Return whether a santral may be called so, as the schema of the file has it."""
    return bool(_NAME.fullmatch(text))


class Place(NamedTuple):
    """A place in a file; line and column count from 1, the column in characters.

    A tuple and no dataclass, since one is made for each value of a file.
    """

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{printable(self.source)}:{self.line}:{self.column}"


class Passage(NamedTuple):
    """A file's text, comments included, and where it begins; or a value, undone of its quotes."""

    place: Place
    text: str

    @property
    def all_words(self) -> str:
        """All words of eight characters and more, once each, with a quote between any two.

        No key has a quote, so none begins in one word and ends in the next.
        """
        return '"'.join({*_LONG_WORD.findall(self.text)})

    def words(self) -> Iterator[tuple[str, Place]]:
        """Yield each word of eight characters and more, and its place."""
        line, column, counted = self.place.line, self.place.column, 0
        for word in _LONG_WORD.finditer(self.text):
            breaks = self.text.count("\n", counted, word.start())
            begun = self.text.rfind("\n", counted, word.start()) + 1 if breaks else counted
            column = 1 + word.start() - begun if breaks else column + word.start() - counted
            line, counted = line + breaks, word.start()
            yield word.group(), Place(self.place.source, line, column)


@dataclass(frozen=True, slots=True)
class Santral:
    """One entry of a file."""

    name: str
    key_name: str
    """The name under which the key is looked up: the santral's own, or the entry's ``key``."""
    desired: DesiredSettings
    place: Place
    warnings: tuple[Message, ...] = ()
    """What a reviewer should know at each run."""
    description: str = ""
    """For people, as it was typed."""
    labels: tuple[tuple[str, str], ...] = ()
    """Names and values, sorted."""
    allow_insecure_url: bool = False
    """Whether its notification URL may be http, or have an IP address."""
    url: UrlTemplate | None = None
    """The notification URL where it has secrets; None where the file knows all of it, or nothing.

    ``desired`` has the same, until a run fills the secrets in.
    """
    url_place: Place | None = None
    """Where the notification URL is written, which may be in the defaults."""
    mask: UrlMask = field(default=UrlMask(), repr=False)
    """What may be seen of its notification URLs."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """All santrals of all files given, sorted by name."""

    santrals: tuple[Santral, ...]
    passages: tuple[Passage, ...] = field(default=(), repr=False)
    """All that is written in the files, for whom they must not give anything away."""

    def select(
        self,
        targets: Sequence[str],
        excludes: Sequence[str],
        selectors: Collection[LabelSelector] = (),
    ) -> "Fleet":
        """Return the santrals that some target glob, no exclude glob and every selector matches.

        No target means every santral. Raises NothingMatchesError for a glob that matches none,
        NoSuchLabelError for a selector, and NothingLeftError where all together leave none.
        """
        names = [santral.name for santral in self.santrals]
        return self.only(selected(names, targets, excludes) - self.unselected(selectors))

    def unselected(self, selectors: Collection[LabelSelector]) -> frozenset[str]:
        """Return the names of the santrals that some selector does not match.

        Raises NoSuchLabelError for a selector with a label, or a value of it, that none has.
        """
        fleet = {santral.name: dict(santral.labels) for santral in self.santrals}
        mistakes = (selector.mistake(fleet.values()) for selector in selectors)
        mistake = next(filter(None, mistakes), None)
        if mistake:
            raise NoSuchLabelError(mistake)
        return frozenset(
            name
            for name, labels in fleet.items()
            if not all(selector.matches(labels) for selector in selectors)
        )

    def only(self, names: Container[str]) -> "Fleet":
        """Return the santrals of these names; raises NothingLeftError where there is none."""
        found = self.among(names)
        if not found.santrals:
            raise NothingLeftError
        return found

    def among(self, names: Container[str]) -> "Fleet":
        """Return the santrals of these names, which may be none."""
        return Fleet(tuple(santral for santral in self.santrals if santral.name in names))

    def within(self, shard: Shard) -> "Fleet":
        """Return the santrals of one shard, which may be none."""
        return Fleet(tuple(santral for santral in self.santrals if shard.holds(santral.name)))


def _not_in_files(pattern: str) -> Message:
    return Message("nothing-matches", pattern=pattern)


def _near(pattern: str, names: Collection[str]) -> Message | None:
    """Say what may be meant by a glob that matches none of the names."""
    shown = printable(pattern)
    if "," in pattern:
        return Message("nothing-matches-list", pattern=shown)
    near = near_glob(pattern, names)
    return Message("nothing-matches-near", pattern=shown, near=printable(near)) if near else None


def selected(
    names: Collection[str],
    targets: Sequence[str],
    excludes: Sequence[str],
    unmatched: Callable[[str], Message] = _not_in_files,
) -> frozenset[str]:
    """Return the names that some target glob matches and no exclude glob does.

    No target means every name. Raises NothingMatchesError for a glob that matches none, with what
    ``unmatched`` says of it, made printable.
    """
    for pattern in (*targets, *excludes):
        if not any(fnmatchcase(name, pattern) for name in names):
            near = _near(pattern, names)
            raise NothingMatchesError(near or unmatched(printable(pattern)))
    return frozenset(name for name in names if is_selected(name, targets, excludes))


def is_selected(name: str, targets: Sequence[str], excludes: Sequence[str]) -> bool:
    """Return whether some target glob, if there is any, matches a name and no exclude glob does."""
    return (not targets or _matches(name, targets)) and not _matches(name, excludes)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


class NothingLeftError(SantralError):
    """What was asked for leaves no santral to look at."""

    options: tuple[str, ...] = ("target", "exclude", "select")

    def __init__(self) -> None:
        super().__init__(Message("nothing-selected"))


class NothingMatchesError(SantralError):
    """A ``--target`` or ``--exclude`` glob matches no santral."""

    options: tuple[str, ...] = ("target", "exclude")


class NoSuchLabelError(SantralError):
    """A ``--select`` is about a label that no santral has, or about a value that none has there."""

    options: tuple[str, ...] = ("select",)
