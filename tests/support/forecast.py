"""What the documents promise of one santral's run, worked out on paper.

It knows what the server holds, what befalls each request, and what a client can know from that; it
shares no code with the program. The promises are SECURITY.md's: a read that fails is tried three
times, and for four minutes where it came too often; who asks for a longer wait than is made is not
asked again; what came over a connection with bytes that nobody asked for is read anew; nothing is
sent without a look before it, and sent again once at most; applied is what reads back.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from support.fault_kinds import ANOTHERS_ANSWER, DOUBTED, Effect, Fault, Heard

from reconciler.core.settings import DesiredSettings, Settings, Switch

TRIES = 3
LONGEST_WAIT = 90
LONGEST_WAITS = 240
"""In seconds; for rate limits, one and all those of one read."""
_TRY_AGAIN = (Heard.NOTHING, Heard.NOBODY)
_FOR_GOOD = (Heard.NO, Heard.NO_KEY, Heard.STRANGER)
"""Asking again in the same way is of no use."""
_NEVER_ARRIVED = (Heard.NOBODY, Heard.STRANGER, Heard.NO_KEY)

Befalls = Callable[[str], Fault | None]
"""What befalls the last request of all those so far: ``GGP`` asks for the first POST."""


@dataclass
class Forecast:
    """One santral's run, foretold request by request."""

    holds: Settings
    """What the server holds."""
    wants: DesiredSettings
    befalls: Befalls
    asked: str = ""
    """Every request that was tried, in order: ``GGPG`` is GET, GET, POST, GET."""
    arrived: str = ""
    """Those of them that the server has seen."""
    told: str = ""
    """What the user must be told of the last request that failed."""
    late: Settings | None = None
    waits: int = 0
    """How many requests wait until the time-out."""
    last: Fault | None = None
    """What befell the last request."""
    answer_to_come: bool = False
    """Whether another answer comes first, where the next request goes over this connection."""

    def plan(self) -> str:
        """Return the santral's status in a plan."""
        seen = self._read_for_plan()
        if seen is None:
            return "failed"
        return "in_sync" if self.wants.over(seen) == seen else "change"

    def apply(self) -> str:
        """Return the santral's result in a report."""
        before = self._read_for_plan()
        if before is None:
            return "failed"
        wanted = self.wants.over(before)
        if wanted == before:
            return "in_sync"
        looked = self._read()
        self.answer_to_come = bool(self.last and self.last.comes_again)
        if looked != before:
            return "stale" if looked else "failed"
        return self._change(before, wanted)

    def _change(self, before: Settings, wanted: Settings) -> str:
        heard = self._send(before, wanted)
        if heard is None:
            return "stale"
        seen = self._read_back(heard, before)
        if heard in (Heard.NOTHING, Heard.NOT_NOW) and seen == before:
            heard = self._send(before, wanted) or Heard.NOBODY
            seen = self._read_back(heard, before)
        return _verdict(heard, seen, before, wanted)

    def _send(self, before: Settings, wanted: Settings) -> Heard | None:
        """POST; where nobody is there, look again and try as often as a GET.

        None where that look shows other settings, so that nothing is sent.
        """
        heard = self._post(wanted)
        for _ in range(TRIES - 1):
            looked = self._read() if heard is Heard.NOBODY else None
            if looked is None:
                break
            if looked != before:
                return None
            heard = self._post(wanted)
        return heard

    def _read_back(self, heard: Heard, before: Settings) -> Settings | None:
        """GET what is live after a POST, and once more where it may take effect late."""
        if heard in _NEVER_ARRIVED or self._is_to_be_let_alone():
            return None
        self.answer_to_come = bool(self.last and self.last.comes_again)
        seen = self._read()
        if seen is None and self.last and self.last.get in _FOR_GOOD:
            seen = self._read()
        if seen == before and heard in (Heard.ALL, Heard.NOTHING):
            seen = self._read()
        return seen

    def _is_to_be_let_alone(self) -> bool:
        """Tell whether whoever was asked last wants a longer wait than is made."""
        return bool(self.last and self.last.asks > LONGEST_WAIT)

    def _read_for_plan(self) -> Settings | None:
        """GET, and again where more came over the connection than the answer."""
        seen = self._read()
        return self._read() if self.last and self.last.is_followed else seen

    def _read(self) -> Settings | None:
        """GET, three times where it fails, and for four minutes where it is too often."""
        tries, waited = 0, 0.0
        while tries < TRIES and waited <= LONGEST_WAITS:
            what = self._ask("G")
            heard = what.get if what else Heard.ALL
            if heard is Heard.ALL:
                return self._shown()
            if what and what.asks > LONGEST_WAIT:
                break
            if what and heard is Heard.NOT_NOW:
                waited += min(what.asks + waited, LONGEST_WAIT)
            else:
                tries += 1 if heard in _TRY_AGAIN else TRIES
        return None

    def _shown(self) -> Settings:
        shown = self.holds
        if self.late:
            self.holds, self.late = self.late, None
        return shown

    def _post(self, wanted: Settings) -> Heard:
        what = self._ask("P")
        effect = what.effect if what else Effect.TAKEN
        if effect in (Effect.TAKEN, Effect.EDIT):
            self.holds = wanted
        elif effect is Effect.ALTERED:
            self.holds = replace(wanted, notification_url=f"{wanted.notification_url}/")
        elif effect is Effect.LATE:
            self.late = wanted
        return what.post if what else Heard.ALL

    def _ask(self, method: str) -> Fault | None:
        self.asked += method
        is_doubted = method == "P" and self.last and self.last.is_followed
        what = DOUBTED if is_doubted else self.befalls(self.asked)
        if not (what and what.door):
            self.arrived += method
        self.waits += bool(what and what.is_slow)
        if self.answer_to_come:
            self.answer_to_come = False
            what = replace(ANOTHERS_ANSWER, effect=what.effect if what else Effect.TAKEN)
        self.last = what
        if what and what.effect is Effect.EDIT:
            self.holds = replace(self.holds, hangup=Switch.OFF)
        if what and what.heard_by(method) is not Heard.ALL:
            self.told = what.told_of(method)
        return what


def _verdict(heard: Heard, seen: Settings | None, before: Settings, wanted: Settings) -> str:
    """Say how a change ended, from what can be known."""
    if seen is None:
        not_read = {Heard.NOBODY: "failed", Heard.STRANGER: "failed", Heard.NO_KEY: "refused"}
        return not_read.get(heard, "not_verified")
    if seen == wanted:
        return "applied"
    if seen != before or heard is Heard.ALL:
        return "not_verified"
    return "refused" if heard is Heard.NO else "failed"


EXIT_CODES = {
    "not_verified": 4,
    "stale": 3,
    "refused": 1,
    "failed": 1,
    "not_tried": 1,
    "change": 2,
}
"""The codes of the README for single santrals, the most_severe first; 0 for what is not here."""


def exit_code(*ended: str) -> int:
    """Return the code for a run whose santrals ended in these ways."""
    return next((code for result, code in EXIT_CODES.items() if result in ended), 0)
