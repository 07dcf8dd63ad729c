"""What the HTML page says of where calls go: a table for whoever answers for personal data."""

from collections.abc import Iterator

from reconciler.core import idn
from reconciler.core.forms import number
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
    count = element("b", number(len(plan.hosts)))
    label = element("summary", say("Where calls go"), " (", count, ")")
    is_open = "" if len(plan.hosts) <= _MOST_OPEN else None
    inside = lines(label, _table(plan), *_uncounted(plan), *_gone(plan))
    return element("details", inside, class_="hosts", open=is_open)


def _table(plan: ShownPlan) -> Markup:
    now = say("Before the run") if plan.count_outcomes() else say("Live")
    is_judged = any(host.allowed is not None for host in plan.hosts)
    names = (say("Host"), now, say("Wanted"), *([say("Allowed")] if is_judged else ()))
    caption = element("caption", " ".join(_caption(plan, is_judged=is_judged)))
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in names)))
    rows = (_row(host, is_judged=is_judged) for host in plan.hosts)
    return element("table", lines(caption, head, element("tbody", lines(*rows))))


def _caption(plan: ShownPlan, *, is_judged: bool) -> Iterator[str]:
    """Yield what the numbers count, and what is allowed."""
    fleet, looked_at = plan.scope.fleet if plan.scope else 0, len(plan.santrals)
    if looked_at < fleet:
        yield say(
            "The number of santrals whose calls go to each host, of the {looked_at} of {fleet} "
            "santrals looked at.",
            looked_at=number(looked_at),
            fleet=number(fleet),
        )
    else:
        yield say("The number of santrals whose calls go to each host.")
    if is_judged:
        yield say("Allowed are the hosts that --allow-hosts (SANTRAL_ALLOW_HOSTS) named.")


def _row(host: ShownHost, *, is_judged: bool) -> Markup:
    counts = (element("td", number(count)) for count in (host.live, host.wanted))
    verdict = (_verdict(host),) if is_judged else ()
    return element("tr", element("th", *_name(host.host), scope="row"), *counts, *verdict)


def _verdict(host: ShownHost) -> Markup:
    if host.allowed is None:
        return element("td", say("unknown"))
    if host.allowed:
        return element("td", say("yes"))
    return element("td", say("not on the list"), class_="elsewhere")


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
            "{shown} other santrals have no notification_url, or could not be read.",
            count=count,
            shown=number(count),
        )
        yield element("p", said, class_="legend")


def _gone(plan: ShownPlan) -> Iterator[Markup]:
    """Yield how many send calls that the files say nothing of; one with an heir is in its row."""
    count = sum(not entry.heir for entry in plan.dropped)
    if count:
        said = say_number(
            "1 santral that is no longer in the files is not counted. Its calls still go where "
            "they went.",
            "{shown} santrals that are no longer in the files are not counted. Their calls still "
            "go where they went.",
            count=count,
            shown=number(count),
        )
        yield element("p", said, class_="legend")
