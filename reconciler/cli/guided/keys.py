"""Asking for a key: it is not shown, and tried at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

import click

from reconciler.cli.connecting import ignored_variables
from reconciler.cli.guided.talk import Talk
from reconciler.cli.import_wish import ImportFailedError
from reconciler.cli.reading import read_fleet
from reconciler.core.messages import Message, say, text_of
from reconciler.core.plan import Unreadable
from reconciler.core.secret import Key
from reconciler.onboarding.csv_file import Listed

_NOBODY = "?"
"""What a santral is called before it has a name; no key can be at hand under it."""
_REFUSED = "key-refused"


class _Outcome(Enum):
    """What came of trying a key."""

    GOOD = auto()
    REFUSED = auto()
    UNREAD = auto()
    """Nothing is known of it, and the user does not want to try again."""


@dataclass(frozen=True, slots=True)
class KeyQuestion:
    """Asks for keys."""

    talk: Talk

    def ask(self, question: str, known: Sequence[Listed]) -> Key | None:
        """Ask until a key is good; None for an empty answer, and where it could not be tried.

        Raises ImportFailedError where the first one could not be.
        """
        while True:
            key = self.talk.asking.key(question)
            if key.is_empty:
                return None
            fault = _fault_of(key, known)
            if fault:
                self.talk.asking.tell(fault)
                continue
            outcome = self._tried(key)
            if outcome is _Outcome.UNREAD and not known:
                raise ImportFailedError(Message("import-declined"))
            if outcome is not _Outcome.REFUSED:
                return key if outcome is _Outcome.GOOD else None

    def _tried(self, key: Key) -> _Outcome:
        asking = self.talk.asking
        while not self.talk.access.sandbox:
            asking.tell(say("Trying it at the API."))
            errors = self._errors_with(key)
            if not errors:
                break
            hints = ignored_variables(self.talk.access).missed_by(errors)
            asking.tell(text_of((*errors, *hints)))
            if any(one.code == _REFUSED for one in errors):
                asking.tell(say("Was it copied whole, and nothing else with it?"))
                return _Outcome.REFUSED
            if not asking.agrees(say("Try again?"), default=True):
                return _Outcome.UNREAD
        asking.tell(say("The key is good."))
        return _Outcome.GOOD

    def _errors_with(self, key: Key) -> tuple[Message, ...]:
        """Read a santral by its key, and return why that failed, if it did."""
        quiet = replace(self.talk.console, is_quiet=True)
        fleet = read_fleet(self.talk.access, {_NOBODY: key}, quiet, self.talk.given)
        if fleet.interrupted:
            raise click.Abort
        live = fleet.readings[0].live
        return live.error if isinstance(live, Unreadable) else ()


def _fault_of(key: Key, known: Sequence[Listed]) -> str | None:
    """Say why it need not be tried, if so."""
    if key.is_placeholder:
        return say(
            "That is the placeholder from the documentation. Paste the key from the panel: Online "
            "İşlem Merkezi, Bulut Santralim, Santral Ayarlarım."
        )
    if key.is_quoted:
        return say("It stands in quotes. Paste it without them: no key has any.")
    if not key.is_well_formed:
        return say(
            "That cannot be an API key. A key has 8 to 256 printable ASCII characters without "
            "spaces or quotes. Was all of it copied, and nothing else?"
        )
    owner = next((one.name for one in known if one.key == key), None)
    if owner:
        return say("That is the key of {name}. Each santral has a key of its own.", name=owner)
    return None
