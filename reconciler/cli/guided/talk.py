"""With whom the guided start talks, and what it was given before the first question."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.cli.api_options import Access
from reconciler.cli.asking import Asking
from reconciler.cli.connecting import AtHand
from reconciler.cli.console import Console
from reconciler.cli.reading import usable_keys
from reconciler.config.characters import is_pasted_key
from reconciler.core.key_finder import KeyFinder
from reconciler.core.secret import Key
from reconciler.keys.ring import USUAL_FILE
from reconciler.onboarding.csv_file import Listed


def with_keys_here(access: Access, environment: Mapping[str, str]) -> Access:
    """Return it with the file of keys that an earlier start has left here, if nothing names any."""
    is_named = access.keys_file or any(name.startswith("SANTRAL_KEY") for name in environment)
    if is_named or access.sandbox or not Path(USUAL_FILE).is_file():
        return access
    return replace(access, keys_file=(USUAL_FILE,))


@dataclass(frozen=True, slots=True)
class Talk:
    """What every question needs."""

    access: Access
    asking: Asking
    console: Console
    given: AtHand | None
    """What is at hand before anything is typed; None in the sandbox, which has keys of its own."""

    @property
    def keys_at_hand(self) -> dict[str, Key]:
        """The keys that a later run finds without this one, by name."""
        found = usable_keys(self.given.ring) if self.given else {}
        return {name: key for name, key in found.items() if key.is_well_formed}

    def seems_key(self, answer: str, known: Iterable[Listed]) -> bool:
        """Return whether an answer that is to be shown may be, or hold, a key."""
        finder = KeyFinder({one.key: one.name for one in known})
        return is_pasted_key(answer) or finder.finds(answer)
