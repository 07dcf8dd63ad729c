"""What a visit to a notification URL means, and what to do about it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus

from reconciler.client.receiver import MOST_BODY_BYTES, Visit
from reconciler.core.checkup import Finding, Level, Measured
from reconciler.core.messages import Message
from reconciler.core.notification_url import url_problem
from reconciler.core.text import shortened

DAYS_LEFT = 21
"""A certificate that ends sooner should have been renewed by now, if that happens by itself."""
SLOW = 3.0
"""Seconds; nobody knows how long the vendor waits."""
_REDIRECTS = range(300, 400)
_SERVER_ERRORS = range(500, 600)
_OF_STATUSES: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "receiver-rejected",
    HTTPStatus.UNAUTHORIZED: "receiver-forbidden",
    HTTPStatus.FORBIDDEN: "receiver-forbidden",
    HTTPStatus.NOT_FOUND: "receiver-not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "receiver-method",
    HTTPStatus.NOT_ACCEPTABLE: "receiver-rejected",
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: "receiver-forbidden",
    HTTPStatus.GONE: "receiver-not-found",
    HTTPStatus.LENGTH_REQUIRED: "receiver-rejected",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "receiver-rejected",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "receiver-rejected",
    HTTPStatus.UNPROCESSABLE_ENTITY: "receiver-rejected",
    HTTPStatus.TOO_MANY_REQUESTS: "receiver-busy",
}
_LONGEST_LOCATION = 300


def obstacle(url: str, *, allow_private: bool) -> Message | None:
    """Return why no request may go to a URL, or None if one may."""
    return url_problem(url, allow_insecure=True, allow_local=allow_private)


def of_visit(
    visit: Visit, now: datetime, shown: Callable[[str], str], *, was_posted: bool
) -> Iterator[Finding]:
    """Yield what a visit shows; ``shown`` makes a redirect's place printable, fit to be seen."""
    if visit.problem:
        yield Finding.of(Level.RED, visit.problem)
        return
    if was_posted and not visit.is_success:
        yield Finding.of(Level.RED, _of_status(visit, shown))
    days = days_left(visit, now)
    if days is not None and days < DAYS_LEFT:
        yield Finding.of(Level.YELLOW, _of_days(days))
    if visit.is_long:
        yield Finding.of(Level.YELLOW, Message("receiver-long", most=MOST_BODY_BYTES // 1024))
    if visit.seconds > SLOW:
        yield Finding.of(Level.YELLOW, Message("receiver-slow", seconds=round(visit.seconds, 1)))


def _of_days(days: int) -> Message:
    if days < 1:
        return Message("receiver-certificate-ends-today")
    return Message("receiver-certificate-ends", count=days)


def days_left(visit: Visit, now: datetime) -> int | None:
    """Return for how many full days the certificate is valid yet; None where there was none."""
    return (visit.certificate_ends - now).days if visit.certificate_ends else None


def measured(visit: Visit, now: datetime) -> Measured | None:
    """Return what a visit showed in numbers; None where it did not come to its end."""
    if visit.problem:
        return None
    return Measured(visit.seconds, visit.status, days_left(visit, now))


def _of_status(visit: Visit, shown: Callable[[str], str]) -> Message:
    status = visit.status or 0
    if status in _REDIRECTS:
        return _of_redirect(status, visit.location, shown)
    if status in _SERVER_ERRORS:
        return Message("receiver-error", status=status)
    return Message(_OF_STATUSES.get(status, "receiver-status"), status=status)


def _of_redirect(status: int, location: str, shown: Callable[[str], str]) -> Message:
    if not location:
        return Message("receiver-redirect-nowhere", status=status)
    place = shortened(shown(location), _LONGEST_LOCATION)
    return Message("receiver-redirect", status=status, location=place)
