"""Comparing a saved plan with the one that apply has just made, santral by santral."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.apply.outcome import Outcome, Result
from reconciler.errors import ExitCode, SantralError
from reconciler.fleet import Fleet, Santral
from reconciler.plan import Change, Pending, Plan
from reconciler.render.shown import ShownSantral, Status, show_value
from reconciler.saved.file import TOUCHED, SavedPlan, SavedPlanError, is_sealed
from reconciler.saved.seal import Sealer, Seals, configuration_of
from reconciler.settings import FIELDS
from reconciler.text import printable

_STALE = "This is not the change of the saved plan. Nothing was sent. Plan again."
_UNREAD = (
    "The saved plan could not read it, so nobody has seen this change. Nothing was sent. "
    "Plan again."
)
_NOT_SHOWN = "What moved is a field that the file does not manage, or a hidden part of a URL."


class OtherOriginError(SantralError):
    """The saved plan was made from something else than this run is."""

    exit_code = ExitCode.REFUSED


@dataclass(frozen=True, slots=True)
class Comparison:
    """A saved plan, and the keys that its digests were made with."""

    saved: SavedPlan
    keys: Mapping[str, object]

    def demand_same_origin(self, fleet: Fleet, api: str) -> None:
        """Raise OtherOriginError unless the plan was made from these files, this API, these keys.

        Raises SavedPlanError where it shows something else than was sealed with the keys.
        A santral whose key is missing, then or now, is compared but for what its URL hides.
        """
        if self.saved.api != api:
            raise OtherOriginError(
                f"The saved plan was made from {printable(self.saved.api)}, and this run is for "
                f"{printable(api)}. Nothing was sent. Plan again."
            )
        is_same = self.saved.configuration == configuration_of(fleet)
        if not is_same or any(map(self._is_other, fleet.santrals)):
            raise OtherOriginError(
                "The saved plan was made from another configuration, or with other keys. Nothing "
                "was sent. Plan again."
            )
        if not is_sealed(self.saved, self._sealer):
            raise SavedPlanError(TOUCHED)

    def _is_other(self, santral: Santral) -> bool:
        then = self.saved.seals.get(santral.name, Seals()).wanted
        now = self._sealer.wanted(santral)
        return bool(then and now) and then != now

    def disagreements(self, plan: Plan) -> Iterator[Outcome]:
        """Yield the outcome of each santral whose change is not the one that was saved: stale.

        What is in sync by now needs no change, whatever the saved plan says.
        """
        entries = {santral.name: santral for santral in self.saved.shown.santrals}
        for pending in plan.pending:
            name = pending.santral.name
            if entries[name].status is Status.FAILED:
                yield Outcome(name, Result.STALE, _UNREAD)
            elif not self._is_sealed(pending):
                moved = tuple(_moved(entries[name], pending))
                reason = _STALE if moved else f"{_STALE} {_NOT_SHOWN}"
                yield Outcome(name, Result.STALE, reason, moved)

    def _is_sealed(self, pending: Pending) -> bool:
        then, now = self.saved.seals[pending.santral.name], self._sealer.seal(pending)
        return (then.wanted, then.before) == (now.wanted, now.before)

    @property
    def _sealer(self) -> Sealer:
        return Sealer(self.saved.created, self.keys)


def _moved(entry: ShownSantral, pending: Pending) -> Iterator[Change]:
    """Yield what is live now against what the saved plan saw, as far as it shows that."""
    seen = {change.field: change.before for change in entry.changes}
    for field in FIELDS:
        wanted = getattr(pending.santral.desired, field)
        live = show_value(field, getattr(pending.before, field))
        expected = seen.get(field, show_value(field, wanted))
        if (field in seen or wanted) and expected != live:
            yield Change(field, expected, live)
