"""Which santrals there are: keys at hand, keys that are typed, and lists."""

import os
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from reconciler.cli.guided.keys import KeyQuestion
from reconciler.cli.guided.talk import Talk
from reconciler.cli.import_list import list_in
from reconciler.core.errors import SantralError
from reconciler.core.messages import say, say_number, template
from reconciler.core.secret import Key
from reconciler.core.text import printable
from reconciler.onboarding.csv_file import Listed
from reconciler.onboarding.names import name_of
from reconciler.render.wording import listed

Santrals = tuple[Listed, ...]
_WHERE_KEYS_ARE = template(
    "The key of a santral is in the Online İşlem Merkezi, under Bulut Santralim, Santral "
    "Ayarlarım. The same key places calls and reads recordings, so it is not shown when you paste "
    "it."
)
_QUOTES = "\"'"


@dataclass(frozen=True, slots=True)
class Found:
    """Santrals, and the lists that they are from."""

    santrals: Santrals = ()
    lists: tuple[str, ...] = ()

    def with_(self, more: "Found") -> "Found":
        """Return these and more."""
        return Found((*self.santrals, *more.santrals), (*self.lists, *more.lists))


class _More(Enum):
    """What else there may be."""

    KEY = auto()
    LIST = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class SantralQuestions:
    """Asks which there are."""

    talk: Talk

    def ask(self) -> Found:
        """Return the santrals that are to be read, at least one; raises ImportFailedError."""
        found = self._at_hand() or self._first()
        while True:
            more, known = self._more(), found.santrals
            if more is _More.NOTHING:
                return found
            found = found.with_(self._typed(known) if more is _More.KEY else self._of_list(known))

    def _at_hand(self) -> Found | None:
        there = self.talk.keys_at_hand
        if not there:
            return None
        question = say_number(
            "1 key is at hand already, from {source}. Use it?",
            "{count} keys are at hand already, from {source}. Use them?",
            count=len(there),
            source=self._source(),
        )
        if not self.talk.asking.agrees(question, default=True):
            return None
        return Found(tuple(Listed(name, "", key) for name, key in there.items()))

    def _source(self) -> str:
        files = self.talk.access.keys_file
        return listed([*map(printable, files)]) if files else say("the environment")

    def _first(self) -> Found:
        """Ask for a key until there is a santral; who has a list can begin with that."""
        if not self.talk.access.sandbox:
            self.talk.asking.begin(say(_WHERE_KEYS_ARE))
        question = say("Key (not shown; Enter alone if you have a list):")
        while True:
            key = KeyQuestion(self.talk).ask(question, ())
            found = Found((self._named(key, ()),)) if key else self._of_list(())
            if found.santrals:
                return found

    def _more(self) -> _More:
        self.talk.asking.begin(say("Are there more santrals?"))
        options = {
            _More.KEY: say("Another key."),
            _More.LIST: say("A list of them, saved from Excel as CSV."),
            _More.NOTHING: say("No more."),
        }
        return self.talk.asking.choice(say("Which?"), options, _More.NOTHING)

    def _typed(self, known: Santrals) -> Found:
        key = KeyQuestion(self.talk).ask(say("Key (not shown; Enter alone to go back):"), known)
        return Found((self._named(key, known),)) if key else Found()

    def _named(self, key: Key, known: Santrals) -> Listed:
        """Ask what the santral of a key is called, until that is a name for it."""
        asking = self.talk.asking
        asking.begin(say("What do you call this santral? For example: İstanbul Merkez."))
        while True:
            title = " ".join(asking.line(say("Name:")).split())
            name = name_of(title)
            fault = self._fault_of(title, name, key, known)
            if name and not fault:
                asking.tell(say("In the file it is called {name}.", name=name))
                return Listed(name, title if title != name else "", key)
            asking.tell(fault)

    def _fault_of(self, title: str, name: str | None, key: Key, known: Santrals) -> str:
        if not title:
            return say("Type a name.")
        if self.talk.seems_key(title, (*known, Listed("", "", key))):
            return say("That looks like a key. Type the name of the santral.")
        if not name:
            return say("That has neither a Latin letter nor a digit. Type one that has.")
        taken = {**self.talk.keys_at_hand, **{one.name: one.key for one in known}}
        if taken.get(name, key) != key:
            return say("There is another key for {name} already. Type another name.", name=name)
        return ""

    def _of_list(self, known: Santrals) -> Found:
        """Ask for a list until there is a good one; nothing for an empty answer."""
        asking = self.talk.asking
        asking.begin(
            say(
                "The list has a row of headings, name (ad) and key (anahtar) among them, and below "
                "it a row for each santral. Which file is it?"
            )
        )
        while True:
            path = path_of(asking.line(say("File (Enter alone to go back):")))
            if not path:
                return Found()
            if not Path(path).exists():  # It may be a key, which is not to be shown again.
                asking.tell(
                    say(
                        "There is no such file. If it was a key: press Enter alone here, and paste "
                        "it where a key is asked for."
                    )
                )
                continue
            rows = self._rows(path, known)
            if rows is not None:
                return Found(rows, (path,))

    def _rows(self, path: str, known: Santrals) -> Santrals | None:
        """Return the new santrals of a list; None where it is wrong, which is said."""
        asking = self.talk.asking
        try:
            found = list_in(path, (), self.talk.console)
        except SantralError as error:
            asking.tell(str(error))
            return None
        if found.problems or not found.santrals:
            asking.tell(say("Correct that and save the list. Then type its name again."))
            return None
        return self._new_ones(found.santrals, known)

    def _new_ones(self, rows: Santrals, known: Santrals) -> Santrals | None:
        keys = {one.name: one.key for one in known}
        taken = [row.name for row in rows if keys.get(row.name, row.key) != row.key]
        if taken:
            names = listed(taken)
            self.talk.asking.tell(
                say("There are other keys for these already: {names}. Rename them.", names=names)
            )
            return None
        new = tuple(row for row in rows if row.key not in keys.values())
        names = listed([row.name for row in new])
        self.talk.asking.tell(
            say("New from the list: {names}.", names=names)
            if new
            else say("Every key of the list is known already.")
        )
        return new


def path_of(answer: str) -> str:
    """Return the file that is meant, as a shell would have understood it."""
    is_quoted = answer[:1] in {*_QUOTES} and answer[:1] == answer[-1:]
    return os.path.expanduser(answer[1:-1] if is_quoted else answer)  # noqa: PTH111 - as typed
