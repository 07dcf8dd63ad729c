"""The santrals of the files, and those of them that were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.cli.annotations import annotated
from reconciler.cli.console import Console
from reconciler.cli.formats import Target
from reconciler.cli.options import Selection
from reconciler.config.folders import passed_over
from reconciler.config.git import Commit, commit_here
from reconciler.config.load import STANDARD_INPUT_NAME, load
from reconciler.core.fleet import Fleet
from reconciler.core.plan import Origin
from reconciler.core.url_mask import UrlMask
from reconciler.documents import utc_now, utc_text
from reconciler.files import STANDARD_INPUT


@dataclass(frozen=True, slots=True)
class Fleets:
    """All santrals of the files, and those that were asked for."""

    whole: Fleet
    wanted: Fleet
    files: tuple[str, ...]
    """As they were named."""
    commit: Commit | None
    """What is checked out where they lie."""

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


def load_fleets(selection: Selection, formats: Sequence[Target], console: Console) -> Fleets:
    """Load the files and pick the santrals asked for; raises what is wrong with either."""
    with annotated(formats, console):
        loaded = load(selection.config)
    say_passed_over(selection.config, console)
    wanted = loaded.fleet.select(selection.target, selection.exclude, selection.select)
    return Fleets(loaded.fleet, wanted, _named(selection.config), commit_here(loaded.sources))


def say_passed_over(paths: Sequence[str], console: Console) -> None:
    """Say what is not read in directories, although it looks like settings."""
    for message in passed_over(paths):
        console.info(str(message))


def _named(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(STANDARD_INPUT_NAME if path == STANDARD_INPUT else path for path in paths)
