"""What was answered, and what follows from it: values, of which nothing is written yet."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.cli.import_drafting import Drafted
from reconciler.cli.import_wish import Wish
from reconciler.cli.scaffolding import starter_of
from reconciler.core.secret import Key
from reconciler.core.text import printable
from reconciler.onboarding.imported import Imported
from reconciler.scaffold.pipelines import Pipeline
from reconciler.scaffold.starters import IGNORE_FILE, SETTINGS_FILE, schema

_SECRETS, _PLACEHOLDER = "secrets", b"{secret."


def first_wish(*, sandbox: bool) -> Wish:
    """Return where everything goes, before it is known where keys go; the sandbox has its own."""
    secrets = None if sandbox else os.environ.get("SANTRAL_SECRETS_FILE") or _SECRETS
    return Wish(
        csv_file=None,
        labels=None,
        skip_bad=False,
        output=SETTINGS_FILE,
        keys_out=None,
        secrets_out=secrets,
        plain_urls=False,
        yes=False,
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """All that is to be written."""

    wish: Wish
    """Which files get it."""
    imported: tuple[Imported, ...]
    drafted: Drafted
    new_keys: Mapping[str, Key] = field(repr=False)
    """Those that lie nowhere yet, by name."""
    ignored: tuple[str, ...]
    """What git is to ignore of this folder, beside what it always is."""
    pipeline: Pipeline | None
    is_whole: bool
    """Whether every santral was read and stands in the file."""

    @property
    def files(self) -> tuple[str, ...]:
        """The files, in the order in which they are written, safe to show."""
        private = (self.wish.keys_out if self.new_keys else None, self.wish.secrets_out)
        settings = SETTINGS_FILE if self.drafted.draft.content else None
        once = (schema().place, *self._of_pipeline())
        new = (place for place in once if not Path(place).exists())
        return tuple(map(printable, filter(None, (IGNORE_FILE, *private, settings, *new))))

    @property
    def has_secrets(self) -> bool:
        """Whether the file of settings has placeholders for secrets."""
        draft = self.drafted.draft
        return _PLACEHOLDER in (draft.content or draft.before or b"")

    def _of_pipeline(self) -> tuple[str, ...]:
        if not self.pipeline:
            return ()
        return starter_of(self.pipeline).place, self.pipeline.lock.place
