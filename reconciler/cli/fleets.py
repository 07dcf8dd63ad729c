"""The santrals of the files, and those of them that were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.cli.console import Console
from reconciler.cli.options import Selection
from reconciler.config.folders import passed_over
from reconciler.config.git import Commit, commit_here
from reconciler.config.load import STANDARD_INPUT_NAME, load
from reconciler.core.allowed_hosts import AllowedHosts
from reconciler.core.fleet import Fleet
from reconciler.core.messages import Message
from reconciler.core.plan import Origin
from reconciler.core.scope import Part, Scope
from reconciler.core.shard import Shard
from reconciler.core.text import printable
from reconciler.core.url_mask import UrlMask
from reconciler.documents import utc_now, utc_text
from reconciler.files import STANDARD_INPUT

if TYPE_CHECKING:
    from reconciler.config.changed import Difference


@dataclass(frozen=True, slots=True)
class Fleets:
    """All santrals of the files, and those that were asked for."""

    whole: Fleet
    wanted: Fleet
    files: tuple[str, ...]
    """As they were named."""
    commit: Commit | None
    """What is checked out where they lie."""
    scope: Scope
    """What was asked for."""
    difference: "Difference | None" = None
    """What separates the files from the revision that was named, if one was."""

    @property
    def masks(self) -> dict[str, UrlMask]:
        """What may be seen of each santral's notification URLs, by name."""
        santrals = (*self.whole.santrals, *self.wanted.santrals)
        return {santral.name: santral.mask for santral in santrals}

    def origin(self, api: str) -> Origin:
        """Say what a plan of these files is of that is made now, from what is live at an API."""
        return Origin(
            api=api,
            files=self.files,
            commit=self.commit.name if self.commit else None,
            is_committed=bool(self.commit and self.commit.has_all),
            made=utc_text(utc_now()),
        )


def load_fleets(selection: Selection, console: Console, allowed: AllowedHosts | None) -> Fleets:
    """Load the files and pick the santrals asked for; raises what is wrong with either.

    ``allowed`` is where calls may go, None where that is not looked at.
    """
    loaded = load(selection.config, allowed)
    say_passed_over(selection.config, console)
    difference = _difference(selection, loaded.fleet)
    picked = _picked(selection, loaded.fleet, difference)
    return Fleets(
        whole=loaded.fleet,
        wanted=_within(selection.shard, picked, console),
        files=_named(selection.config),
        commit=commit_here(loaded.sources),
        scope=scope_of(selection, loaded.fleet, picked),
        difference=difference,
    )


def _difference(selection: Selection, fleet: Fleet) -> "Difference | None":
    if selection.changed is None:
        return None
    from reconciler.config.changed import changed_since  # noqa: PLC0415 - only --changed needs it

    return changed_since(selection.changed, selection.config, fleet)


def _picked(selection: Selection, fleet: Fleet, difference: "Difference | None") -> Fleet:
    """Return the santrals asked for, in whatever shard: none is an error, unless none changed."""
    picked = fleet.select(selection.target, selection.exclude, selection.select)
    return picked.among(difference.names) if difference else picked


def _within(shard: Shard | None, picked: Fleet, console: Console) -> Fleet:
    """Return those of the shard, if there is one; that it has none is said."""
    if not shard:
        return picked
    part = picked.within(shard)
    if not part.santrals:
        console.info(str(Message("shard-empty", shard=str(shard))))
    return part


def scope_of(selection: Selection, fleet: Fleet, picked: Fleet) -> Scope:
    """Return what the options ask for, which picked these santrals, in whatever shard."""
    return Scope(
        fleet=len(fleet.santrals),
        targets=tuple(map(printable, selection.target)),
        excludes=tuple(map(printable, selection.exclude)),
        selectors=tuple(printable(str(selector)) for selector in selection.select),
        changed=None if selection.changed is None else printable(selection.changed),
        part=_part_of(selection.shard, fleet, picked) if selection.shard else None,
    )


def _part_of(shard: Shard, fleet: Fleet, picked: Fleet) -> Part:
    from reconciler.saved_plans import digests  # noqa: PLC0415 - only --shard needs it

    names = (one.name for one in picked.santrals)
    return Part(shard, digests.configuration_of(fleet), digests.picked_of(names))


def say_passed_over(paths: Sequence[str], console: Console) -> None:
    """Say what is not read in directories, although it looks like settings."""
    for message in passed_over(paths):
        console.info(str(message))


def _named(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(STANDARD_INPUT_NAME if path == STANDARD_INPUT else path for path in paths)
