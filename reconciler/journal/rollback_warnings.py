"""What a reviewer of a rollback should know of the settings to go back to, and of the live ones."""

from collections.abc import Collection

from reconciler.core import destinations
from reconciler.core.allowed_hosts import AllowedHosts
from reconciler.core.fleet import Fleet, Santral
from reconciler.core.messages import Message
from reconciler.core.notification_url import url_problem
from reconciler.core.outcome import Report, Result
from reconciler.core.plan import Change, Pending, Plan
from reconciler.core.settings import URL_FIELD, is_same_value
from reconciler.core.url_template import with_stand_ins
from reconciler.journal.recorded import Recorded


def warnings_of(before: Recorded) -> tuple[Message, ...]:
    """Return what a reviewer should know of the settings to go back to."""
    if before.sealed_url and not before.sealed_url.template:
        return (Message("rollback-url-hidden"),)
    sealed = before.sealed_url and with_stand_ins(before.sealed_url.text)
    url = sealed or before.notification_url
    if url is None:
        return (Message("rollback-url-missing"),)
    unusual = (Message("rollback-url-unusual"),) if url_problem(url, allow_insecure=True) else ()
    return (*destinations.warnings_of(url), *unusual)


def elsewhere(plan: Plan, allowed: AllowedHosts) -> dict[str, tuple[Message, ...]]:
    """Return, by santral, why no URL may come back that leads where no calls may go."""
    returning = (one for one in plan.pending if any(it.field == URL_FIELD for it in one.changes))
    return {
        one.santral.name: (Message("rollback-host-elsewhere"),)
        for one in returning
        if not allowed.allows(one.after.notification_url or "")
    }


def loses_others(planned: Pending, known: Collection[Recorded], key: object) -> bool:
    """Return whether a field would be changed that none of the known settings has as it is live."""
    return not all(
        any(settings.has(change.field, change.before, key) for settings in known)
        for change in planned.changes
    )


def renewed_secret(santral: Santral, before: Recorded, key: object) -> tuple[Message, ...]:
    """Warn where a secret is filled in that was another one when the URL was written down."""
    url = santral.desired.notification_url
    if not santral.url or before.has(URL_FIELD, url, key):
        return ()
    return (Message("rollback-secret-other", secrets=", ".join(santral.url.secrets)),)


def files_asking_again(report: Report, fleet: Fleet) -> tuple[str, ...]:
    """Return the files that ask for something else than what a rollback has brought back."""
    applied = {end.name for end in report.outcomes if end.result is Result.APPLIED}
    undone = {one.santral.name: one.changes for one in report.plan.pending}
    entries = (one for one in fleet.santrals if one.name in applied)
    asking = (one for one in entries if any(_is_asked(one, it) for it in undone[one.name]))
    return tuple(dict.fromkeys(one.place.source for one in asking))


def _is_asked(entry: Santral, undone: Change) -> bool:
    """Return whether an entry asks for another value of a field than was brought back."""
    asked = getattr(entry.desired, undone.field)
    return asked is not None and not is_same_value(asked, undone.after)
