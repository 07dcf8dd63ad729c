"""What ``plan --base`` compares with: the files as they were, or others."""

import os
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from reconciler.cli.console import Console
from reconciler.cli.options import Selection
from reconciler.config.git import NoRevisionError, revision_of
from reconciler.config.load import assemble, load
from reconciler.config.problems import ConfigError
from reconciler.config.revision import read_at
from reconciler.core.fleet import Fleet
from reconciler.core.key_finder import KeyFinder
from reconciler.core.messages import Message
from reconciler.files import is_settings_file

_UNUSABLE = Message("base-has-problems")
_FILE_MAY_BE_MEANT = {
    "base-no-git",
    "base-no-repository",
    "base-no-repository-git-dir",
    "base-no-revision",
    "base-no-stdin",
}


@dataclass(frozen=True, slots=True)
class Base:
    """The fleet as it was, if that is known, and what to know of it."""

    fleet: Fleet | None
    notes: tuple[Message, ...] = ()

    def without_keys(self, finder: KeyFinder) -> "Base":
        """Return it, but without a fleet that has a key at hand for a name, which is shown."""
        santrals = self.fleet.santrals if self.fleet else ()
        names = chain.from_iterable((one.name, one.key_name) for one in santrals)
        return Base(None, (_UNUSABLE,)) if finder.finds('"'.join({*names})) else self


def load_base(base: str, selection: Selection, console: Console) -> Base:
    """Load the fleet as it was at a git revision, or as another file has it.

    A revision goes before a file of the same name, since a pull request can add any file. Where
    the earlier files have problems there is no fleet, and no error: the one who mends them needs a
    plan. Raises RevisionError, SourceError.
    """
    try:
        return _load_base(base, selection, console)
    except ConfigError as error:
        console.warning(_UNUSABLE)
        console.error(str(error))
        return Base(None, (_UNUSABLE,))


def _load_base(base: str, selection: Selection, console: Console) -> Base:
    try:
        with revision_of("base", base):
            earlier = read_at(base, selection.config)
    except NoRevisionError as error:
        if _is_file(base):
            return Base(load([base]).fleet)
        if {message.code for message in error.messages} & _FILE_MAY_BE_MEANT:
            error.messages = (*error.messages, Message("base-may-be-file"))
        raise
    for doubt in earlier.doubts:
        console.warning(doubt)
    fleet = assemble(earlier.contents).fleet
    return Base(fleet, (*earlier.doubts, *earlier.absent(base)))


def _is_file(base: str) -> bool:
    """Return whether a file is meant, and there.

    Only a name that no branch would have is taken for one: where the revision cannot be had, a
    pull request that adds a file of its name must not become the base.
    """
    is_named_so = is_settings_file(base) or base.startswith((".", "/")) or Path(base).is_absolute()
    return is_named_so and os.path.exists(base)  # noqa: PTH110 - Path's raises for a long name
