"""Where the calls of a fleet go, and where they are to go: hosts, with how many send to each."""

from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field

from reconciler.core import notification_url
from reconciler.core.host_glob import comparable
from reconciler.core.plan import Failed, InSync, Plan, SantralPlan
from reconciler.core.text import HIDDEN, printable
from reconciler.core.url_mask import UrlMask


@dataclass(frozen=True, slots=True)
class ShownHost:
    """A host, and how many santrals send calls to it."""

    host: str | None
    """As it is compared. Stars stand for all that are hidden, None for URLs with none that all
    programs agree on."""
    live: int
    """How many send calls there now, of those that could be read."""
    wanted: int
    """How many would with all that is asked for. What is not touched counts as it is live."""
    allowed: bool | None = None
    """Whether the list of where calls may go names it; None where nobody gave one, or it is not
    shown."""


def hosts_of(plan: Plan) -> tuple[ShownHost, ...]:
    """Return the hosts, sorted; santrals without a URL count nowhere."""
    live, wanted, eye = Counter[str | None](), Counter[str | None](), _Eye()
    for planned in plan.santrals:
        before, after = _urls_of(planned)
        mask, asked = planned.santral.mask, planned.santral.desired.notification_url
        if before is not None:
            live[eye.host_of(before, mask, asked)] += 1
        if after is not None:
            wanted[eye.host_of(after, mask, asked)] += 1
    allowed = plan.allowed
    return _rows(live, wanted, lambda host: allowed.names(host) if allowed else None)


def summed(hosts: Iterable[ShownHost]) -> tuple[ShownHost, ...]:
    """Return hosts each once and sorted, as they are where no row was added, moved or doubled.

    Where several lists were given, a host that one of them does not name is not allowed.
    """
    live, wanted = Counter[str | None](), Counter[str | None]()
    said: dict[str | None, set[bool | None]] = {}
    for one in hosts:
        said.setdefault(one.host, set()).add(one.allowed)
        live[one.host] += one.live
        wanted[one.host] += one.wanted
    return _rows(live, wanted, lambda host: _strictest(said[host]))


def _strictest(said: Container[bool | None]) -> bool | None:
    return next((verdict for verdict in (False, True) if verdict in said), None)


def _rows(
    live: Counter[str | None],
    wanted: Counter[str | None],
    is_allowed: Callable[[str], bool | None],
) -> tuple[ShownHost, ...]:
    """Return a row for each host; nothing is told of one of which a part is hidden."""
    every = sorted({*live, *wanted}, key=_order)
    verdicts: dict[str | None, bool | None] = {
        host: is_allowed(host) for host in every if host and HIDDEN not in host
    }
    return tuple(ShownHost(host, live[host], wanted[host], verdicts.get(host)) for host in every)


def _order(host: str | None) -> tuple[bool, bool, str]:
    return host is None, host == HIDDEN, host or ""


def _urls_of(planned: SantralPlan) -> tuple[str | None, str | None]:
    """Return the URL that is live, as far as it is known, and the one that is wanted."""
    if isinstance(planned, InSync):
        return planned.live.notification_url, planned.live.notification_url
    if not isinstance(planned, Failed):
        return planned.before.notification_url, planned.after.notification_url
    if planned.live:
        return planned.live.notification_url, planned.live.notification_url
    return None, planned.santral.desired.notification_url


@dataclass(frozen=True, slots=True)
class _Eye:
    """Sees hosts as ``UrlMask`` does, and those that files have at little cost."""

    known: dict[str, str | None] = field(default_factory=dict)
    """How a host that stands in the files is seen."""

    def host_of(self, url: str, mask: UrlMask, asked: str | None) -> str | None:
        """Return the host of a URL as it may be seen."""
        is_whole = mask.shows_all_of(url) or (url == asked and "@" not in url)
        real = notification_url.host(url) if is_whole else None
        if real is None:
            return _as_counted(mask.seen(url).host)
        if real not in self.known:
            is_whole = mask.secrets.without_whole(real) == real
            self.known[real] = _as_counted(real) if is_whole else HIDDEN
        return self.known[real]


def _as_counted(host: str | None) -> str | None:
    return None if host is None else printable(comparable(host))
