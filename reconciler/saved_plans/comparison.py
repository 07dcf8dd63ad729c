"""Comparing a saved plan with the one that apply has just made, santral by santral."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.core.errors import ExitCode, SantralError
from reconciler.core.fleet import Fleet, Santral
from reconciler.core.messages import Message
from reconciler.core.outcome import Outcome, Result
from reconciler.core.plan import Change, Pending, Plan, Purpose, SantralPlan
from reconciler.core.scope import Scope
from reconciler.core.settings import FIELDS
from reconciler.core.text import printable
from reconciler.render.view import ShownSantral, Status, show_value
from reconciler.saved_plans import digests
from reconciler.saved_plans.digests import Sealer, Seals, configuration_of
from reconciler.saved_plans.document import TOUCHED, content_of
from reconciler.saved_plans.file import SavedPlan, SavedPlanError

_PLAN_AGAIN = (Message("nothing-sent"), Message("plan-again"))
_STALE = (Message("saved-other"), *_PLAN_AGAIN)
_UNREAD = (Message("saved-unread"), *_PLAN_AGAIN)
_NOT_SHOWN = Message("moved-unseen")
_OF_ALL = Message("saved-of-all")
_OF_UNKNOWN = Message("saved-of-unknown")


class OtherOriginError(SantralError):
    """The saved plan was made from something else than this run is, or cannot be compared."""

    options: tuple[str, ...] = ("config",)

    exit_code = ExitCode.REFUSED


class OtherApiOriginError(OtherOriginError):
    """The saved plan is of another API than this run is for."""

    options: tuple[str, ...] = ("api_url", "sandbox")


class OtherSelectionError(OtherOriginError):
    """The options pick other santrals than those of the saved plan."""

    options: tuple[str, ...] = ("target", "exclude", "select", "changed", "shard")


def require_appliable(saved: SavedPlan) -> None:
    """Raise SavedPlanError for a merged plan, and OtherOriginError for seals of another version."""
    if saved.shown.scope and saved.shown.scope.merged:
        raise SavedPlanError(Message("saved-merged"))
    if saved.seal_version != digests.VERSION:
        raise OtherOriginError(Message("saved-seal-version"), Message("nothing-sent"))


def require_same_selection(saved: SavedPlan, asked: Scope) -> None:
    """Raise OtherSelectionError where options pick santrals otherwise than the saved plan's did."""
    scope = saved.shown.scope
    if not asked.options or (scope and {*asked.options} == {*scope.options}):
        return
    raise OtherSelectionError(
        _made_with(scope), Message("saved-selection"), Message("nothing-sent")
    )


def _made_with(scope: Scope | None) -> Message:
    """Say which options picked the santrals of a saved plan."""
    if not scope:
        return _OF_UNKNOWN
    return Message("saved-of", options=" ".join(scope.options)) if scope.options else _OF_ALL


@dataclass(frozen=True, slots=True)
class Comparison:
    """A saved plan, and the keys that its digests were made with."""

    saved: SavedPlan
    keys: Mapping[str, object]

    def require_same_origin(self, fleet: Fleet, api: str) -> None:
        """Raise OtherOriginError unless the plan was made from these files, this API, these keys.

        Raises SavedPlanError where something in it is not as it was sealed. A santral whose key is
        missing now cannot be changed anyway, and its seal is not looked at.
        """
        if self.saved.api != api:
            other = Message("saved-api", saved=printable(self.saved.api), this=printable(api))
            raise OtherApiOriginError(other, *_PLAN_AGAIN)
        is_same = self.saved.configuration == configuration_of(fleet)
        santrals = (one for one in fleet.santrals if one.name in self.saved.seals)
        if not is_same or any(map(self._is_other, santrals)):
            raise OtherOriginError(Message("saved-configuration"), *_PLAN_AGAIN)
        self._require_seals()

    def _require_seals(self) -> None:
        """Require the seal of each key at hand, of one at least, and that all of them fit."""
        content = content_of(self.saved.document)
        at_hand = [name for name in self.saved.seals if self._sealer.has_key(name)]
        sealed = [name for name in at_hand if not self._had_no_key(name)]
        if any(self.saved.seals[n].document != self._sealer.document(n, content) for n in sealed):
            raise SavedPlanError(TOUCHED)
        if at_hand and not sealed:
            raise OtherOriginError(Message("saved-unsealed"), *_PLAN_AGAIN)
        if not self.saved.seals:
            self._require_witness(content)

    def _require_witness(self, content: str) -> None:
        """Require the seal of a plan of no santral, or else anybody could empty one."""
        witness = self.saved.witness
        if not any(map(self._sealer.has_key, self.keys)):
            return
        if not (witness and self._sealer.has_key(witness.name)):
            raise OtherOriginError(Message("saved-unsealed"), *_PLAN_AGAIN)
        if witness.seal != self._sealer.document(witness.name, content):
            raise SavedPlanError(TOUCHED)

    def _had_no_key(self, name: str) -> bool:
        """Return whether the saved plan says so, and therefore that nothing was planned for it."""
        is_failed = self.saved.entries[name].status is Status.FAILED
        return is_failed and self.saved.seals[name] == Seals()

    def _is_other(self, santral: Santral) -> bool:
        then = self.saved.seals.get(santral.name, Seals()).wanted
        now = self._sealer.wanted(santral)
        return bool(then and now) and then != now

    def labelled(self, plan: Plan) -> Plan:
        """Return the plan with the causes that the saved one tells of the changes they agree on."""
        if not self.saved.shown.purpose.tells_causes:
            return plan
        entries = self.saved.entries
        santrals = (self._labelled(one, entries[one.santral.name]) for one in plan.santrals)
        return replace(plan, santrals=tuple(santrals), purpose=Purpose.CAUSES)

    def _labelled(self, planned: SantralPlan, entry: ShownSantral) -> SantralPlan:
        if not isinstance(planned, Pending) or not self._is_sealed(planned):
            return planned
        causes = {change.field: change.cause for change in entry.changes}
        changes = (replace(change, cause=causes.get(change.field)) for change in planned.changes)
        return replace(planned, changes=tuple(changes))

    def disagreements(self, plan: Plan) -> Iterator[Outcome]:
        """Yield the outcome of each santral whose change is not the one that was saved: stale.

        What is in sync by now needs no change, whatever the saved plan says.
        """
        entries = self.saved.entries
        for pending in plan.pending:
            name = pending.santral.name
            if entries[name].status is Status.FAILED:
                yield Outcome(name, Result.STALE, _UNREAD)
            elif entries[name].status is not Status.CHANGE or not self._is_sealed(pending):
                moved = tuple(_moved(entries[name], pending))
                reason = _STALE if moved else (*_STALE, _NOT_SHOWN)
                yield Outcome(name, Result.STALE, reason, moved)

    def _is_sealed(self, pending: Pending) -> bool:
        then, now = self.saved.seals[pending.santral.name], self._sealer.seal(pending)
        pairs = ((then.wanted, now.wanted), (then.before, now.before))
        return all(now and then == now for then, now in pairs)

    @property
    def _sealer(self) -> Sealer:
        return Sealer(self.saved.created, self.keys)


def _moved(entry: ShownSantral, pending: Pending) -> Iterator[Change]:
    """Yield what is live now against what the saved plan saw, as far as it shows that."""
    mask = pending.santral.mask
    seen = {change.field: change.before for change in entry.changes}
    for field in FIELDS:
        wanted = getattr(pending.santral.desired, field)
        live = show_value(field, getattr(pending.before, field), mask)
        expected = seen.get(field, show_value(field, wanted, mask))
        if (field in seen or wanted) and expected != live:
            yield Change(field, expected, live)
