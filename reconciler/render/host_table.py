"""What the HTML page says of where calls go: a table for whoever answers for personal data."""

from collections.abc import Iterator

from reconciler.core import idn
from reconciler.core.known_receivers import service_of
from reconciler.core.messages import say, say_number
from reconciler.core.text import HIDDEN
from reconciler.render.hosts import ShownHost
from reconciler.render.markup import NOTHING, Markup, element, lines
from reconciler.render.view import ShownPlan

_MOST_OPEN = 12
"""Hosts that are shown unasked."""


def host_table(plan: ShownPlan) -> Markup:
    """Return the hosts with how many santrals send to each; nothing where there is none."""
    if not plan.hosts:
        return NOTHING
    number = element("b", str(len(plan.hosts)))
    label = element("summary", say("Where calls go"), " (", number, ")")
    is_open = "" if len(plan.hosts) <= _MOST_OPEN else None
    inside = lines(label, _table(plan), *_uncounted(plan))
    return element("details", inside, class_="hosts", open=is_open)


def _table(plan: ShownPlan) -> Markup:
    now = say("Before the run") if plan.count_outcomes() else say("Live")
    columns = (element("th", name, scope="col") for name in (say("Host"), now, say("Wanted")))
    caption = element("caption", say("The number of santrals whose calls go to each host."))
    head = element("thead", element("tr", *columns))
    return element("table", lines(caption, head, element("tbody", lines(*map(_row, plan.hosts)))))


def _row(host: ShownHost) -> Markup:
    counts = (element("td", str(count)) for count in (host.live, host.wanted))
    return element("tr", element("th", *_name(host.host), scope="row"), *counts)


def _name(host: str | None) -> Iterator[Markup | str]:
    """Yield a host, and what a reader cannot see by it."""
    if host is None:
        yield say("No host that all programs agree on")
    elif host == HIDDEN:
        yield say("Hidden, because the URL may hold a secret")
    else:
        yield element("code", host, translate="no")
        for note in _notes(host):
            yield " "
            yield element("small", note)


def _notes(host: str) -> Iterator[str]:
    letters, service = idn.written_out(host), service_of(host)
    if letters:
        yield letters
    if service:
        yield say("{service}, for tests only", service=service.name)


def _uncounted(plan: ShownPlan) -> Iterator[Markup]:
    """Yield how many santrals send no calls, or nobody knows where."""
    count = len(plan.santrals) - sum(host.live for host in plan.hosts)
    if count > 0:
        said = say_number(
            "1 other santral has no notification_url, or could not be read.",
            "{count} other santrals have no notification_url, or could not be read.",
            count=count,
        )
        yield element("p", said, class_="legend")
