"""What is known of a santral before its notification URL is asked, and whether it may be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from reconciler.core.allowed_hosts import AllowedHosts
from reconciler.core.checkup import Finding, Level
from reconciler.core.destinations import warnings_of
from reconciler.core.fleet import Santral
from reconciler.core.key_finder import KeyFinder
from reconciler.core.messages import Message
from reconciler.core.plan import Reading, Unreadable
from reconciler.core.settings import (
    SWITCHES,
    URL_FIELD,
    DesiredSettings,
    Settings,
    Switch,
    is_same_value,
)
from reconciler.core.text import without_keys
from reconciler.core.url_hiding import hide_in
from reconciler.doctor.diagnosis import obstacle
from reconciler.keys.secrets import SecretRing
from reconciler.render.view import show_value


@dataclass(frozen=True, slots=True)
class Subject:
    """One santral, and what is known of it so far."""

    santral: Santral
    findings: tuple[Finding, ...] = ()
    url: str | None = field(default=None, repr=False)
    template: str | None = None
    """What the file has in the place of a URL that cannot be filled in."""
    may_ask: bool = False

    @property
    def hides_host(self) -> bool:
        """Whether nothing may be told of where its URL leads."""
        return self.url is not None and self.santral.mask.hides_host(self.url)

    def told(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return what was found at its URL, as far as that may be told."""
        if not self.hides_host:
            return tuple(findings)
        return tuple(finding.without_texts() for finding in findings)

    def shown(self, *, in_full: bool) -> str | None:
        """Return its URL as it may be shown, or what the file has in its place."""
        if self.url is None:
            return self.template
        return show_value(URL_FIELD, self.url, self.santral.mask, in_full=in_full)

    def shown_place(self, place: str, *, in_full: bool) -> str:
        """Return where a redirect leads as it may be shown: without what its URL hides, too."""
        shown = show_value(URL_FIELD, place, self.santral.mask, in_full=in_full) or ""
        return shown if in_full else hide_in(shown, self.url)


@dataclass(frozen=True, slots=True)
class Rules:
    """What keeps a URL from being asked."""

    keys: KeyFinder
    secrets: SecretRing
    allow_private: bool
    allowed: AllowedHosts | None = None
    """Where calls may go; None where nobody said that."""

    def judged(self, santral: Santral, url: str, *before: Finding) -> Subject:
        """Return a santral with a URL of it, and what can be said of that unasked."""
        obstacles = self._obstacles(url)
        subject = Subject(santral, (), url, may_ask=not obstacles)
        if obstacles:
            found = [Finding.of(Level.RED, *obstacles)]
        else:
            found = [Finding.of(Level.YELLOW, warning) for warning in warnings_of(url)]
        if self.allowed and not self.allowed.allows(url):
            found.append(Finding.of(Level.YELLOW, Message("receiver-elsewhere")))
        return replace(subject, findings=(*before, *subject.told(found)))

    def _obstacles(self, url: str) -> tuple[Message, ...]:
        """Return why no request may go to a URL; nothing if one may."""
        if without_keys(url) != url or self.keys.finds(url):
            return (Message("receiver-key"),)
        problem = obstacle(url, allow_private=self.allow_private)
        if problem:
            return (Message("receiver-unusable"), problem)
        return () if self.secrets.may_send(url) else (Message("receiver-hidden"),)


def of_key(reading: Reading) -> tuple[Finding, ...]:
    """Return what reading a santral showed: why it failed, or what is odd about the answer."""
    if isinstance(reading.live, Unreadable):
        return (Finding.of(Level.RED, *reading.live.error),)
    own = reading.santral.warnings
    odd = (warning for warning in reading.warnings if warning not in own)
    return tuple(Finding.of(Level.YELLOW, warning) for warning in odd)


def of_live(reading: Reading, rules: Rules) -> Subject:
    """Return a santral with the URL that is live, if it could be read."""
    santral, live, found = reading.santral, reading.live, of_key(reading)
    if not isinstance(live, Settings):
        return Subject(santral, found)
    if live.notification_url is None:
        return Subject(santral, (*found, _unset(santral)))
    found = (*found, *_of_switches(live))
    if not _is_as_wanted(santral, live.notification_url):
        found = (*found, Finding.of(Level.YELLOW, _differs(santral)))
    return rules.judged(santral, live.notification_url, *found)


def _of_switches(settings: Settings | DesiredSettings) -> tuple[Finding, ...]:
    """Return that no call event is reported, where that is so."""
    is_silent = all(getattr(settings, name) is Switch.OFF for name in SWITCHES)
    return (Finding.of(Level.YELLOW, Message("receiver-silent")),) if is_silent else ()


def _unset(santral: Santral) -> Finding:
    """Return that no URL is live, which is as it should be only where the file wants none."""
    is_wanted = santral.desired.notification_url is not None
    return Finding.of(Level.RED if is_wanted else Level.YELLOW, Message("receiver-unset"))


def _differs(santral: Santral) -> Message:
    """Say what the file has in the place of a live URL."""
    wanted = santral.desired.notification_url or ""
    shown = santral.url.shown if santral.url else show_value(URL_FIELD, wanted, santral.mask)
    return Message("receiver-differs", wanted=shown or "")


def _is_as_wanted(santral: Santral, live: str) -> bool:
    """Return whether a live URL is the file's, as far as that is known here."""
    wanted = santral.desired.notification_url
    if wanted is None or is_same_value(wanted, live):
        return True
    is_unfilled = santral.url is not None and wanted == santral.url.text
    return is_unfilled and santral.url is not None and santral.url.values_in(live) is not None


def of_file(
    santral: Santral, unfilled: Sequence[Message], found: tuple[Finding, ...], rules: Rules
) -> Subject:
    """Return a santral with the URL of its file; ``unfilled`` says why that lacks a secret."""
    url, found = santral.desired.notification_url, (*found, *_of_switches(santral.desired))
    if unfilled and santral.url:
        lacking = (Finding.of(Level.RED, reason) for reason in unfilled)
        return Subject(santral, (*found, *lacking), template=santral.url.shown)
    if url is None:
        unmanaged = Finding.of(Level.GREEN, Message("receiver-unmanaged"))
        return Subject(santral, (*found, unmanaged))
    return rules.judged(santral, url, *found)
