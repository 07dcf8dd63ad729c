"""Where calls go, and what whoever answers for the data should know of that."""

from collections.abc import Iterator
from dataclasses import replace

from reconciler.core.allowed_hosts import AllowedHosts
from reconciler.core.fleet import Santral
from reconciler.core.known_receivers import Kind, Service, service_of
from reconciler.core.messages import Message
from reconciler.core.notification_url import host as host_of
from reconciler.core.notification_url import url_warnings
from reconciler.core.plan import Reading
from reconciler.core.settings import Settings
from reconciler.core.text import printable

_WANTED = {Kind.RECEIVER: "url-host-receiver", Kind.TUNNEL: "url-host-tunnel"}
_LIVE = {Kind.RECEIVER: "live-host-receiver", Kind.TUNNEL: "live-host-tunnel"}


def warnings_of(url: str) -> tuple[Message, ...]:
    """Return what a reviewer should know of an allowed URL that somebody asks for."""
    service = _service_at(url)
    known = (Message(_WANTED[service.kind], service=service.name),) if service else ()
    return (*url_warnings(url), *known)


def with_warnings(reading: Reading, allowed: AllowedHosts | None) -> Reading:
    """Return what was read with warnings of where calls go, whoever asked for that.

    ``allowed`` is None where nobody said where they may go.
    """
    url = reading.live.notification_url if isinstance(reading.live, Settings) else None
    if url is None:
        return reading
    found = tuple(_warnings(reading.santral, url, allowed))
    return replace(reading, warnings=(*reading.warnings, *found)) if found else reading


def _warnings(santral: Santral, url: str, allowed: AllowedHosts | None) -> Iterator[Message]:
    if allowed and not allowed.allows(url):
        yield _elsewhere(santral, url)
    service = _service_at(url)
    if service and service != _service_at(santral.desired.notification_url):
        is_hidden = santral.mask.hides_host(url)
        of_service = Message(_LIVE[service.kind], service=service.name)
        yield Message("live-host-test-hidden") if is_hidden else of_service


def _service_at(url: str | None) -> Service | None:
    host = host_of(url)
    return service_of(host) if host else None


def _elsewhere(santral: Santral, url: str) -> Message:
    """Say where calls go, as far as that may be said."""
    if santral.mask.hides_host(url):
        return Message("live-host-elsewhere-hidden")
    host = santral.mask.seen(url).host
    if not host:
        return Message("live-host-unclear")
    return Message("live-host-elsewhere", host=printable(host))
